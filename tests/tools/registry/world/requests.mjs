// What a request asks for, in the words of a registry.
import { json } from "./answers.mjs";

/**
 * The request with `kind`, `writes` and what its address says: `name`, `version`, `tag`, `id`.
 * Every change writes, except those by which one signs in or out and those that only ask.
 */
export function understood(method, url, headers, body) {
  const { pathname, searchParams } = new URL(url, "http://registry");
  const parts = pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const asked = parts[0] === "-" ? service(method, parts.slice(1)) : ofPackage(method, parts, body);
  return { writes: !["GET", "HEAD"].includes(method), ...asked, method, url, headers, body, query: searchParams };
}

function service(method, [first, second, third, ...rest]) {
  if (first === "user") return { kind: method === "DELETE" ? "sign-out" : "sign-in", writes: false };
  if (first === "v1" && second === "login") return { kind: "web-sign-in", writes: false };
  if (first === "v1" && second === "done") return { kind: "done", writes: false };
  if (first === "whoami") return { kind: "whoami" };
  if (first === "stage") return staged(method, second, third, rest);
  if (first === "npm" && second === "v1" && third === "security") return { kind: "advice", writes: false };
  if (first === "package") return { name: second, ...packageService(third, rest) };
  return { kind: "other" };
}

function packageService(what, [tag]) {
  if (what === "dist-tags") return { kind: "dist-tag", tag };
  return { kind: what };
}

function staged(method, id, what, [name]) {
  if (id === undefined) return { kind: "stage-list" };
  if (id === "package") return { kind: "stage-publish", name: [what, name].filter(Boolean).join("/"), writes: false };
  if (what === "tarball") return { kind: "stage-download", id };
  if (what === "approve") return { kind: "stage-approve", id };
  return { kind: method === "DELETE" ? "stage-reject" : "stage-view", id };
}

function ofPackage(method, parts, body) {
  // A scope and its name come as one part or as two.
  const [name, ...rest] = parts[0]?.startsWith("@") && !parts[0].includes("/") ? [`${parts[0]}/${parts[1]}`, ...parts.slice(2)] : parts;
  if (name === undefined) return { kind: "other" };
  if (name === "auth" && rest[0] === "cli") return { kind: "browser", id: rest[1] };
  if (method === "DELETE") return { kind: "unpublish", name, version: versionOfFile(name, rest) };
  if (method === "PUT") return { kind: brings(body) ? "publish" : "change", name };
  if (rest[0] === "-") return { kind: "tarball", name, version: versionOfFile(name, rest) };
  return rest.length === 0 ? { kind: "packument", name } : { kind: "version", name, version: rest[0] };
}

/** Whether a body brings a file: what comes back with a change only names those that are there. */
function brings(body) {
  return Object.values(json(body)?._attachments ?? {}).some(({ data }) => data);
}

function versionOfFile(name, [dash, file]) {
  if (dash !== "-" || !file?.endsWith(".tgz")) return undefined;
  return file.split("/").at(-1).slice(name.split("/").at(-1).length + 1, -".tgz".length);
}
