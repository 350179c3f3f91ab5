// A real npm registry on loopback: node launch.mjs STORAGE
//
// Prints {"url": "...", "token": "..."} as one line when it answers: where it is, and what the user
// `ana` signs in with. Ends when its standard input closes, so that no test leaves it behind. It asks
// no other registry.
import { createRequire } from "node:module";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { signIn } from "./ana.mjs";

const { runServer } = createRequire(import.meta.url)("verdaccio");
const storage = path.resolve(process.argv[2]);

// The registry proves the password at each request, which at its usual ten rounds of bcrypt costs more than all
// else that it does: `npm ci` of a sample asks 200 times. Four are the fewest.
const config = `
storage: ${JSON.stringify(path.join(storage, "packages"))}
auth: { htpasswd: { file: ${JSON.stringify(path.join(storage, "htpasswd"))}, max_users: 100, rounds: 4 } }
uplinks: {}
packages: { "**": { access: $all, publish: $authenticated, unpublish: $authenticated } }
log: { type: stdout, format: pretty, level: fatal }
`;

await mkdir(storage, { recursive: true });
const file = path.join(storage, "config.yaml");
await writeFile(file, config);
const server = await runServer(file);
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { token } = await signIn(url);
  process.stdout.write(`${JSON.stringify({ url, token })}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
