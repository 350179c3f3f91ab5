// The user of the registry in the tests.
const ANA = { name: "ana", password: "a password of the tests" };

/** Signs `ana` in, and up if nobody has; gives the answer's body and its `token`. */
export async function signIn(url) {
  const first = await put(url, {});
  // A name that is there asks for its password in the head.
  const basic = Buffer.from(`${ANA.name}:${ANA.password}`).toString("base64");
  const answer = first.ok ? first : await put(url, { authorization: `Basic ${basic}` });
  const body = Buffer.from(await answer.arrayBuffer());
  const { token } = JSON.parse(body.toString());
  if (!token) throw new Error(`ana cannot sign in: ${body}`);
  return { body, token };
}

function put(url, headers) {
  const body = JSON.stringify(ANA);
  return fetch(`${url}-/user/org.couchdb.user:ana`, { method: "PUT", headers: { "content-type": "application/json", ...headers }, body });
}
