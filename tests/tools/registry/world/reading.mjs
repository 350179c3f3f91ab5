// What readers get: as if an upload that is not visible had never been sent.
import { answer, json, nothing } from "./answers.mjs";

/** What is left of the registry's answer to a read. */
export function shown(window, request, result) {
  if (result.status !== 200) return result;
  if (request.kind === "packument") return packument(window, request, result);
  // The list of tags knows of an upload before its readers do.
  if (request.kind === "dist-tag") return answer(200, window.tags(request.name, json(result.body), ({ never }) => never === "blocked"));
  const version = request.kind === "tarball" ? request.version : json(result.body)?.version;
  if (!window.hides(request.name, version)) return result;
  window.read(request.name, version);
  return nothing();
}

function packument(window, request, result) {
  const hidden = window.of(request.name);
  if (hidden.length === 0) return result;
  const read = json(result.body);
  read["dist-tags"] = window.tags(request.name, read["dist-tags"]);
  for (const { version } of hidden) {
    delete read.versions[version];
    delete read.time?.[version];
    window.read(request.name, version);
  }
  if (Object.keys(read.versions).length === 0) return nothing();
  return { ...result, body: Buffer.from(JSON.stringify(read)) };
}
