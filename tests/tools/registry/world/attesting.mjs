// Provenance: what the registry says of versions that a job in CI built and signed.
import { json } from "./answers.mjs";

/** The answer to a read, with the attestations of those versions that have them. */
export function attest(request, result, { attested }, url) {
  if (attested.length === 0 || result.status !== 200) return result;
  const read = json(result.body);
  if (request.kind === "version" && attested.includes(read.version)) prove(request.name, read, url);
  for (const version of request.kind === "packument" ? attested : []) {
    if (read.versions[version]) prove(request.name, read.versions[version], url);
  }
  return read === null ? result : { ...result, body: Buffer.from(JSON.stringify(read)) };
}

function prove(name, manifest, url) {
  const provenance = { predicateType: "https://slsa.dev/provenance/v1" };
  manifest.dist.attestations = { url: `${url}-/npm/v1/attestations/${name}@${manifest.version}`, provenance };
}
