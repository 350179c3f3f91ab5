// `npm stage`: uploads that wait for a person with the second factor. Nobody sees them until then.
import { randomUUID } from "node:crypto";
import { answer, nothing } from "./answers.mjs";
import { upload } from "./publishing.mjs";

export class Staging {
  #staged = new Map();

  has(name, version) {
    return [...this.#staged.values()].some(({ item }) => item.packageName === name && item.version === version);
  }

  /** Keeps an upload; `isNew` says that the registry has nothing of that name. */
  keep(request, isNew, wanted) {
    if (isNew && !wanted.stages_new_names) return nothing();
    const { name, version, sent, tags } = upload(request);
    const item = {
      id: randomUUID(),
      packageName: name,
      version,
      tag: Object.keys(tags)[0],
      createdAt: new Date().toISOString(),
      actor: "ana",
      actorType: "user",
      shasum: sent.versions[version].dist.shasum,
    };
    this.#staged.set(item.id, { item, request });
    return answer(201, { stageId: item.id });
  }

  list(query) {
    const wanted = query.get("package");
    const items = [...this.#staged.values()].map(({ item }) => item).filter(({ packageName }) => !wanted || packageName === wanted);
    const [page, size] = [Number(query.get("page") ?? 0), Number(query.get("perPage") ?? 100)];
    return answer(200, { items: items.slice(page * size, (page + 1) * size), total: items.length });
  }

  view(id) {
    const kept = this.#staged.get(id);
    return kept ? answer(200, kept.item) : nothing();
  }

  download(id) {
    const kept = this.#staged.get(id);
    if (!kept) return nothing();
    const [{ data }] = Object.values(upload(kept.request).sent._attachments);
    return { status: 200, headers: { "content-type": "application/octet-stream" }, body: Buffer.from(data, "base64") };
  }

  /** Takes an upload out: it was rejected, or goes on to be published by whoever approves. */
  take(id, headers) {
    const kept = this.#staged.get(id);
    this.#staged.delete(id);
    return kept && { ...kept.request, headers: { ...kept.request.headers, ...headers } };
  }
}
