// The public npm registry as it behaves towards npm, on loopback: node world.mjs REGISTRY BEHAVIOUR
//
// Stands before a registry that knows neither second factors nor scans nor staging, and adds them.
// The file BEHAVIOUR says what it does (see world/behaviour.mjs); writes.txt beside it is what came that changes
// a package. Prints {"url": "..."} when it answers; ends when its standard input closes.
import http from "node:http";
import path from "node:path";
import { refusal, nothing } from "./world/answers.mjs";
import { advise } from "./world/advising.mjs";
import { attest } from "./world/attesting.mjs";
import { behaviour } from "./world/behaviour.mjs";
import { Factor } from "./world/factor.mjs";
import { note } from "./world/notes.mjs";
import { Publishing } from "./world/publishing.mjs";
import { shown } from "./world/reading.mjs";
import { understood } from "./world/requests.mjs";
import { Sessions } from "./world/sessions.mjs";
import { Staging } from "./world/staging.mjs";
import { ask } from "./world/upstream.mjs";
import { Window } from "./world/window.mjs";
import { signIn } from "./ana.mjs";

const registry = new URL(process.argv[2]);
const notes = path.join(path.dirname(process.argv[3]), "writes.txt");
const upstream = (request) => ask(registry, request);
const sessions = new Sessions();
const factor = new Factor();
const staging = new Staging();
const window = new Window();
const publishing = new Publishing({ ask: upstream, window, staged: (name, version) => staging.has(name, version) });
let url = "";

const reads = async (request, wanted) => attest(request, shown(window, request, await upstream(request)), wanted, url);

const KINDS = {
  "sign-in": async (request, wanted) => {
    const result = await upstream(request);
    sessions.opened(result, wanted);
    return result;
  },
  "web-sign-in": async (request, wanted) => {
    if (wanted.factor !== "browser") return nothing();
    const result = await signIn(registry.href);
    sessions.opened(result, wanted);
    return factor.signsIn(url, result.token);
  },
  browser: (request) => factor.page(request.id),
  advice: advise,
  done: (request, wanted) => factor.done(request.query.get("authId"), wanted),
  packument: reads,
  version: reads,
  tarball: reads,
  publish: async (request, wanted) => (await publishing.refuses(request)) ?? publishing.accept(request, wanted),
  change: (request) => publishing.change(request),
  unpublish: (request) => publishing.unpublish(request),
  "dist-tag": (request, wanted) => (request.method === "PUT" ? publishing.tag(request) : request.writes ? upstream(request) : reads(request, wanted)),
  "stage-publish": async (request, wanted) => {
    const isNew = (await publishing.known(request, request.name)) === null;
    return (await publishing.refuses(request)) ?? staging.keep(request, isNew, wanted);
  },
  "stage-list": (request) => staging.list(request.query),
  "stage-view": (request) => staging.view(request.id),
  "stage-download": (request) => staging.download(request.id),
  "stage-reject": (request) => (staging.take(request.id) ? { status: 204, headers: {}, body: Buffer.alloc(0) } : nothing()),
  "stage-approve": (request, wanted) => {
    const { authorization } = request.headers;
    const kept = staging.take(request.id, { authorization });
    return kept ? publishing.accept(kept, wanted) : nothing();
  },
};

/** The answer to a request: of whoever has something against it first. */
async function answered(request, wanted) {
  const against = sessions.refuses(request, wanted) ?? factor.asks(request, wanted, url);
  return against ?? (KINDS[request.kind] ?? upstream)(request, wanted);
}

const server = http.createServer(async (incoming, outgoing) => {
  try {
    const wanted = behaviour(process.argv[3]);
    if (wanted.is_gone) return incoming.socket.destroy();
    const request = understood(incoming.method, incoming.url, incoming.headers, Buffer.concat(await incoming.toArray()));
    const { status, headers, body } = await answered(request, wanted);
    note(notes, request, status);
    if (status < 300 && wanted.lost_answers.includes(request.kind)) return incoming.socket.destroy();
    if (status < 300 && wanted.late_answers.includes(request.kind)) return;
    outgoing.writeHead(status, headers);
    outgoing.end(body);
  } catch (error) {
    // 418: no client tries again, and no registry says so.
    const { status, headers, body } = refusal(418, `the world of the tests is broken: ${error.stack}`);
    outgoing.writeHead(status, headers);
    outgoing.end(body);
  }
});

server.listen(0, "127.0.0.1", () => {
  url = `http://127.0.0.1:${server.address().port}/`;
  process.stdout.write(`${JSON.stringify({ url })}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
