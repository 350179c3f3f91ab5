// Answers that the world gives itself, in the form of npm's registry.

/** An answer with a JSON body. */
export function answer(status, value, headers = {}) {
  return { status, headers: { "content-type": "application/json", ...headers }, body: Buffer.from(JSON.stringify(value)) };
}

/** A refusal; npm prints the text behind the status. */
export function refusal(status, error, headers = {}) {
  return answer(status, { error }, headers);
}

/** What is answered to a reader as long as there is nothing. */
export function nothing() {
  return refusal(404, "Not found");
}

/** The JSON of a body, or null. */
export function json(body) {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
