// What a registry knows of vulnerabilities, as `npm audit` asks for it: POST advisories/bulk with
// {"name": ["1.0.0"]}, answered by {"name": [advisory]}.
import { gunzipSync } from "node:zlib";
import { answer, json, nothing } from "./answers.mjs";

/** The advisories of the behaviour about what is asked; 404 where the registry knows nothing of audits. */
export function advise(request, wanted) {
  if (wanted.vulnerable === "unknown") return nothing();
  if (!request.url.endsWith("/advisories/bulk")) return nothing();
  const packed = request.headers["content-encoding"] === "gzip";
  const asked = json(packed ? gunzipSync(request.body) : request.body) ?? {};
  const found = Object.entries(wanted.vulnerable).filter(([name]) => name in asked);
  return answer(200, Object.fromEntries(found.map(([name, severity], id) => [name, [advisory(id + 1, severity)]])));
}

function advisory(id, severity) {
  return {
    id,
    url: `https://advisories.example.org/${id}`,
    title: "Made up for a test",
    severity,
    vulnerable_versions: "<9999.0.0",
    cwe: ["CWE-1"],
    cvss: { score: 0, vectorString: null },
  };
}
