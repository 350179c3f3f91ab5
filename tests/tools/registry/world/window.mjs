// The time between an accepted upload and the moment at which readers see it.

export class Window {
  #hidden = new Map();

  /** Remembers an accepted upload; `before` says what its tags were until then. */
  accepted(name, version, before, { visible_after: after }) {
    const never = typeof after === "string" ? after : null;
    const until = after.milliseconds ? Date.now() + after.milliseconds : null;
    const upload = { name, version, before, never, until, reads: after.reads ?? 0 };
    this.#hidden.set(`${name}@${version}`, upload);
    return this.hides(name, version);
  }

  /** Uploads of a package that nobody sees. */
  of(name) {
    return [...this.#hidden.values()].filter((upload) => upload.name === name && this.hides(name, upload.version));
  }

  hides(name, version) {
    return this.#upload(name, version) !== null;
  }

  blocks(name, version) {
    return this.#upload(name, version)?.never === "blocked";
  }

  /** Counts a read that saw nothing. */
  read(name, version) {
    const upload = this.#upload(name, version);
    if (upload) upload.reads -= 1;
  }

  /** Remembers what a tag said before somebody set it to a version that nobody sees. */
  tagged(name, version, tag, earlier) {
    const upload = this.#upload(name, version);
    if (upload && !(tag in upload.before)) upload.before[tag] = earlier;
  }

  /** The tags as they were before those uploads that nobody sees; `isHidden` says which these are. */
  tags(name, tags, isHidden = () => true) {
    const shown = {};
    for (const [tag, version] of Object.entries(tags)) {
      let seen = version;
      let upload = this.#upload(name, seen);
      while (upload && isHidden(upload)) {
        seen = upload.before[tag];
        upload = this.#upload(name, seen);
      }
      if (seen) shown[tag] = seen;
    }
    return shown;
  }

  #upload(name, version) {
    const upload = this.#hidden.get(`${name}@${version}`);
    if (!upload) return null;
    const isOver = upload.until ? Date.now() >= upload.until : upload.reads <= 0;
    return upload.never || !isOver ? upload : null;
  }
}
