// What came that changes a package, with its answer: a line each, for tests that count what was sent.
import { appendFileSync } from "node:fs";
import { json } from "./answers.mjs";
import { upload } from "./publishing.mjs";

const CHANGES = ["publish", "change", "unpublish", "dist-tag", "stage-publish", "stage-approve", "stage-reject"];

/** Adds a line such as `publish demo@1.5.0 201` to the file. */
export function note(file, request, status) {
  if (request.method === "GET" || !CHANGES.includes(request.kind)) return;
  appendFileSync(file, `${[request.kind, what(request), status].filter(Boolean).join(" ")}\n`);
}

function what(request) {
  if (["publish", "stage-publish"].includes(request.kind)) {
    const { name, version } = upload(request);
    return `${name}@${version}`;
  }
  if (request.kind === "dist-tag") return `${request.name}:${request.tag}=${request.method === "PUT" ? json(request.body) : ""}`;
  return request.name ?? "";
}
