// Publishes the installed tools into a registry: node seed.mjs URL TOKEN TARBALLS
//
// TARBALLS is a folder for the tarballs. They are those of the public registry, byte for byte, so that
// a lock file with their integrities holds for the registry that is filled here. Prints
// {"published": N} when all are there.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

const [url, token, tarballs] = process.argv.slice(2);
const here = import.meta.dirname;
const locked = JSON.parse(readFileSync(path.join(here, "package-lock.json"), "utf8")).packages;
delete locked[""];

const packages = Object.entries(locked).map(([folder, { version, integrity }]) => {
  const manifest = JSON.parse(readFileSync(path.join(here, folder, "package.json"), "utf8"));
  const file = `${manifest.name.replace("@", "").replace("/", "-")}-${version}.tgz`;
  return { name: manifest.name, version, integrity, manifest, file };
});

// From npm's cache: they were installed a moment ago.
mkdirSync(tarballs, { recursive: true });
const wanted = [...new Set(packages.map(({ name, version }) => `${name}@${version}`))];
const pack = ["pack", "--silent", "--ignore-scripts", "--prefer-offline", "--pack-destination", tarballs];
execFileSync("npm", [...pack, ...wanted], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });

async function publish({ name, version, integrity, manifest, file }) {
  const bytes = readFileSync(path.join(tarballs, file));
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity) throw new Error(`${file} is not what the lock file names: ${found}`);
  const shasum = createHash("sha1").update(bytes).digest("hex");
  const dist = { integrity, shasum, tarball: `${url}${name}/-/${file}` };
  const body = {
    _id: name,
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
    _attachments: {
      [file]: { content_type: "application/octet-stream", data: bytes.toString("base64"), length: bytes.length },
    },
  };
  const answer = await fetch(url + name.replace("/", "%2f"), {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${name}@${version}: ${answer.status} ${await answer.text()}`);
}

// The versions of one package one after the other, the packages side by side.
const versionsOf = new Map();
for (const one of packages) {
  if (!versionsOf.has(one.name)) versionsOf.set(one.name, new Map());
  versionsOf.get(one.name).set(one.version, one);
}
let published = 0;
await Promise.all(
  [...versionsOf.values()].map(async (versions) => {
    for (const one of versions.values()) {
      await publish(one);
      published += 1;
    }
  }),
);
process.stdout.write(`${JSON.stringify({ published })}\n`);
