// What the world is told to do: a JSON file that is read again at each request, so that a test can
// change its mind while npm runs.
import { readFileSync } from "node:fs";

const USUAL = {
  // Asked at each writing call: "none", "code" (123456) or "browser".
  factor: "none",
  // When an accepted upload can be seen: after { "reads": n } or { "milliseconds": n } that answer
  // 404, or never, since it is "held" or "blocked".
  visible_after: { reads: 0 },
  // Whether whoever is signed in may write.
  may_write: true,
  // What a PUT of somebody who may not write is answered: 404 as npm does, or 401.
  unauthorised_put: 404,
  // Seconds by which the clock of the registry is ahead; a session ends after two hours.
  clock_ahead: 0,
  // Whether a version of a name that nobody has published can be staged: the texts differ.
  stages_new_names: true,
  // Kinds of requests whose answer is lost after they took effect, for instance ["publish"].
  lost_answers: [],
  // Kinds of requests that take effect and are never answered; the connection stays open.
  late_answers: [],
  // Whether nobody can reach it: each connection breaks before anything happens.
  is_gone: false,
  // Versions that a job in CI published with provenance, for instance ["1.4.2"].
  attested: [],
  // What is known of vulnerabilities: severities by the names of packages, for instance { "left": "high" }; or
  // "unknown", where the registry answers no such questions.
  vulnerable: {},
  // Seconds between two questions of npm whether the browser is done.
  browser_asked_every: 0.1,
};

/** The behaviour that the file asks for; what it does not say is as usual. */
export function behaviour(file) {
  const wanted = JSON.parse(readFileSync(file, "utf8"));
  for (const name of Object.keys(wanted)) {
    if (!(name in USUAL)) throw new Error(`${file}: nothing is called "${name}"; there are: ${Object.keys(USUAL).join(", ")}`);
  }
  return { ...USUAL, ...wanted };
}
