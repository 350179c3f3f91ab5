// The user of the registry in the tests.

/** Signs `ana` in, and up if nobody has; gives the answer's status, body and `token`. */
export async function signIn(url) {
  const body = JSON.stringify({ name: "ana", password: "a password of the tests" });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}-/user/org.couchdb.user:ana`, { method: "PUT", headers, body });
  const text = await answer.text();
  return { status: answer.status, body: Buffer.from(text), token: JSON.parse(text).token };
}
