// Uploads: which numbers are taken, what the first of a name gets, and when it can be seen.
import { json, refusal, nothing } from "./answers.mjs";

const PROCESSED = "Your package is being processed and may take a few minutes to become available";

/** What an upload brings, from the body that npm sends. */
export function upload(request) {
  const sent = json(request.body);
  const version = Object.keys(sent.versions)[0];
  return { name: sent.name, version, sent, tags: sent["dist-tags"] };
}

export class Publishing {
  #spent = new Set();

  /** `ask` asks the registry, `staged` says whether a version waits for approval. */
  constructor({ ask, window, staged }) {
    Object.assign(this, { ask, window, staged });
  }

  /** A refusal of an upload, or null. */
  async refuses(request) {
    const { name, version, sent } = upload(request);
    const known = await this.known(request, name);
    const isWaiting = this.staged(name, version) || (this.window.hides(name, version) && !this.window.blocks(name, version));
    if (isWaiting) return refusal(409, `Cannot publish over previously staged version "${version}"`);
    if (known?.versions[version] || this.#spent.has(`${name}@${version}`)) {
      return refusal(403, `You cannot publish over the previously published versions: ${version}.`);
    }
    if (!known && name.startsWith("@") && sent.access !== "public") return refusal(402, "You must sign up for private packages");
    return null;
  }

  /** Passes an upload on. Its number is taken from now on, whatever becomes of it. */
  async accept(request, wanted) {
    const { name, version, sent, tags } = upload(request);
    const known = await this.known(request, name);
    if (!known) tags.latest = version;
    const url = `/${name.replace("/", "%2f")}`;
    const result = await this.ask({ ...request, method: "PUT", url, body: Buffer.from(JSON.stringify(sent)) });
    if (result.status >= 300) return result;
    this.#spent.add(`${name}@${version}`);
    const before = Object.fromEntries(Object.keys(tags).map((tag) => [tag, known?.["dist-tags"][tag]]));
    const isHidden = this.window.accepted(name, version, before, wanted);
    return isHidden ? { ...result, headers: { ...result.headers, "npm-notice": PROCESSED } } : result;
  }

  /** Changes of what is there: to deprecate, to unpublish, to change owners. */
  async change(request) {
    const sent = json(request.body);
    const known = await this.known(request, request.name);
    if (!sent?.versions || !known) return this.ask(request);
    this.#spend(request.name, known);
    const hidden = this.window.of(request.name);
    if (hidden.some(({ version }) => sent.versions[version])) return nothing();
    // The registry takes what is missing for unpublished; nobody could have sent it.
    for (const { version } of hidden) {
      sent.versions[version] = known.versions[version];
      for (const tag of Object.keys(known["dist-tags"])) {
        if (known["dist-tags"][tag] === version) sent["dist-tags"][tag] = version;
      }
    }
    return this.ask({ ...request, body: Buffer.from(JSON.stringify(sent)) });
  }

  async unpublish(request) {
    const known = await this.known(request, request.name);
    const hidden = this.window.of(request.name).map(({ version }) => version);
    if (request.version ? hidden.includes(request.version) : hidden.length > 0) return nothing();
    this.#spend(request.name, known);
    return this.ask(request);
  }

  async tag(request) {
    const version = json(request.body);
    if (this.window.blocks(request.name, version)) return nothing();
    const known = await this.known(request, request.name);
    const result = await this.ask(request);
    if (result.status < 300) this.window.tagged(request.name, version, request.tag, known?.["dist-tags"][request.tag]);
    return result;
  }

  /** The numbers of a package stay taken when their versions are unpublished. */
  #spend(name, known) {
    for (const version of Object.keys(known?.versions ?? {})) this.#spent.add(`${name}@${version}`);
  }

  /** What the registry has of a package, hidden or not; null where it has none. */
  async known(request, name) {
    const { authorization, host } = request.headers;
    const headers = { accept: "application/json", host, ...(authorization && { authorization }) };
    const result = await this.ask({ method: "GET", url: `/${name.replace("/", "%2f")}`, headers });
    return result.status === 200 ? json(result.body) : null;
  }
}
