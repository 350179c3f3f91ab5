// The search dialog: results as the reader types, by pages, and the words marked where one lands.
//
// It is loaded with search-engine.js when somebody first wants to search. site.js has opened the
// dialog by then, so that no key is lost.
"use strict";
(function () {
  const words = $WORDS.search;
  const { fill, kept, element, button, load } = window.$rb;
  const { near, errors } = document.querySelector(".find").dataset;
  const root = new URL("../", document.currentScript.src).href;
  const FIRST = 5, LENGTH = 160, BEFORE = 30, LINE = 60, LABELS = 8, RECENT = 5, ENTRIES = 3, UNKNOWN = 3, PASTED = 5;
  const MESSAGE = /\b(?:error|err!|fatal|failed|denied|refused|rejected|cannot|unable)\b/i, CODE = /\bE[A-Z0-9]{3,}\b/;

  const quoted = (list) => list.map((word) => `“${word}”`).join(", ");
  const form = (run, forms) => run.parts.concat(run.compound || []).find((word) => forms.has(word));

  // The piece of a text with the most different words, as [words, marked] pairs.
  function excerpt(text, forms) {
    const found = $rbs.runs(text).map((run) => ({ ...run, word: form(run, forms) })).filter((run) => run.word);
    const variety = (at) => new Set(found.slice(at)
      .filter((run) => run.end <= found[at].start + LENGTH - BEFORE).map((run) => run.word)).size;
    let best = 0;
    found.forEach((run, at) => { if (variety(at) > variety(best)) best = at; });
    const first = found.length ? found[best].start : 0, line = text.lastIndexOf("\n", first - 1) + 1;
    const near = first - line <= LINE || first === 0, space = text.slice(first - BEFORE, first).search(/\s/);
    const from = near ? (first ? line : 0) : space < 0 ? first : first - BEFORE + space + 1;
    const cut = text.slice(first, from + LENGTH).search(/\s\S*$/);
    const to = text.length > from + LENGTH && cut >= 0 ? first + cut : text.length, pieces = [];
    const oneLine = (piece) => piece.replace(/\n/g, " · ");
    let at = from;
    for (const run of found.filter((run) => run.start >= from && run.end <= to)) {
      pieces.push([oneLine(text.slice(at, run.start)), false], [text.slice(run.start, run.end), true]);
      at = run.end;
    }
    return pieces.concat([[oneLine(text.slice(at, to)), false]]);
  }

  // The words that were found in a text, for the page to mark.
  const marks = (text, forms) => Array.from(new Set($rbs.runs(text).map((run) => form(run, forms)).filter(Boolean))).slice(0, 12);

  // A paste without what no page can know: addresses, paths, hashes, ids and times.
  function telling(text) {
    const pieces = text.split(/\s+/).filter(Boolean), count = (piece, sign) => (piece.match(sign) || []).length;
    const rest = pieces.filter((piece) => {
      const bare = piece.replace(/^[^0-9A-Za-z/~]+|[^0-9A-Za-z/~]+$/g, "");
      return !(bare.includes("://") || count(bare, /\//g) > 1 || bare.startsWith("~/")
        || (/^\d/.test(bare) && count(bare, /\d/g) > 3 && count(bare, /[:-]/g) > 1 && count(bare, /[A-Za-z]/g) < 3)
        || (/^[\dA-Fa-f-]{7,}$/.test(bare) && /\d/.test(bare) && /[A-Fa-f]/.test(bare)));
    });
    return pieces.length > 4 && rest.length < pieces.length && rest.some((piece) => /[A-Za-z]/.test(piece)) ? rest.join(" ") : text;
  }

  // Where words are nowhere in the site, the same in words that it has: what finds them is loaded then.
  async function answerTo(all, on) {
    const answer = await $rbs.search(telling(all), on);
    if (!answer.unknown.length || answer.unread.length) return answer;
    const other = await load(near).then(() => $rbs.instead(answer), () => "");
    return other ? { ...(await $rbs.search(other, on)), unknown: answer.unknown, instead: other } : answer;
  }

  // The entries that answer a message, where the site has any.
  async function entriesFor(text) {
    if (!errors || text.trim().length < 4) return [];
    return load(errors).then(() => $rbs.diagnose(text), () => []);
  }

  // Whether a text is more likely pasted than typed.
  const isMessage = (text) => MESSAGE.test(text) || CODE.test(text);
  const isPasted = (text) => text.trim().includes("\n") || (text.trim().split(/\s+/).length >= PASTED && isMessage(text));

  // The line of a paste that stands for it.
  function teller(text) {
    const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
    return (lines.find(isMessage) || lines[0] || "").slice(0, 200);
  }

  // The buttons that narrow an answer: those that are pressed, and those that would leave something out.
  function narrowing(look) {
    const row = element("div", { class: "labels", role: "group", "aria-label": words.narrow }), chosen = new Set();
    const has = (label, page) => label.pages.has(page + 1);
    const control = ({ key, name }, count) => {
      const made = button(name, () => { if (!chosen.delete(key)) chosen.add(key); look(); });
      made.id = "only-" + key;
      made.setAttribute("aria-pressed", chosen.has(key));
      if (count) made.append(element("small", {}, " " + count));
      return made;
    };
    return {
      row,
      on: (page, labels) => labels.every((label) => !chosen.has(label.key) || has(label, page)),
      show({ all = [], labels = [] }) {
        const focused = document.activeElement.id, controls = [];
        for (const label of labels) {
          const count = all.filter(({ page }) => has(label, page)).length;
          if (chosen.has(label.key)) controls.unshift(control(label));
          else if (count && count < all.length) controls.push(control(label, count));
        }
        row.replaceChildren(...controls.slice(0, LABELS));
        const again = controls.find((made) => made.id === focused);
        if (again) again.focus();
      },
    };
  }

  // What was looked for before, in this browser alone.
  const recent = {
    key: "runbook:searches",
    list() { return kept.texts(this.key).slice(0, RECENT); },
    add(text) {
      if (text) kept.set(this.key, JSON.stringify([text, ...this.list().filter((other) => other !== text)].slice(0, RECENT)));
    },
  };

  function attach(dialog) {
    const input = dialog.querySelector("input"), status = dialog.querySelector("[role=status]"), list = dialog.querySelector("[role=listbox]");
    // The whole of what was pasted, while its line stands in the field.
    let asked = 0, active = -1, options = [], twins, pasted = "";
    const narrow = narrowing(() => look());
    status.before(narrow.row);

    const choose = (at) => {
      active = options.length ? (at + options.length) % options.length : -1;
      options.forEach((option, n) => option.setAttribute("aria-selected", n === active));
      if (active < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    };

    const option = (place, forms) => {
      const link = element("a", { role: "option", tabindex: "-1" });
      const to = new URL(place.url, root);
      to.search = "?" + new URLSearchParams({ find: marks(place.heading + "\n" + place.text, forms).join(" ") });
      to.hash = place.anchor;
      link.href = to.href;
      if (place.anchor) link.append(element("b", {}, place.heading));
      const part = element("span");
      for (const [piece, marked] of excerpt(place.text, forms)) part.append(marked ? element("mark", {}, piece) : piece);
      link.append(part);
      return link;
    };

    // What stands beside a title. Where that of two pages is the same, both show their addresses.
    const about = ({ title, crumb, kind, url }) => {
      const text = [crumb, kind === "runbook" ? "" : kind].filter(Boolean).join(" · "), name = title.toLowerCase() + "\n" + text;
      const made = element("small", {}, text), same = [...(twins.get(name) || []), { made, url }];
      twins.set(name, same);
      // The first is alone until the second comes.
      const told = { 1: [], 2: same }[same.length] || same.slice(-1);
      for (const twin of told) twin.made.append((text && " · ") + twin.url.replace(/\.html$/, ""));
      return made;
    };

    const group = (places, hit, forms) => {
      const [page] = places, box = element("div", { role: "group" });
      const title = element("div", { class: "page", id: `found-${hit.page}` }, page.title);
      title.append(about(page));
      if (hit.missing.length) title.append(element("small", {}, `${words.without} ${quoted(hit.missing)}`));
      box.setAttribute("aria-labelledby", title.id);
      box.append(title, ...places.map((place) => option(place, forms)));
      return box;
    };

    // An entry that answers a message: the line that leads there, and what differs in it each time.
    const entry = ({ id, title, url, recovery, said }) => {
      const box = element("div", { role: "group", class: "answer" }), name = element("div", { class: "page" }, id ? `${id}: ${title}` : title);
      const [{ line, from, text, caught }] = said, to = new URL(url, root), link = element("a", { role: "option", tabindex: "-1" });
      // The longer words of the line are marked there: the short ones are on each page.
      const long = new Set($rbs.runs(text).flatMap((run) => run.parts).filter((part) => part.length > 4));
      to.search = "?" + new URLSearchParams({ find: Array.from(long).slice(0, 12).join(" ") });
      link.href = to.href;
      const lines = [fill(words.line, { line: line + 1, text: text.slice(Math.max(0, from - 200), from + 300) })];
      lines.push(...caught.map(([name, value]) => `${name}: ${value}`), ...(recovery ? [fill(words.recovery, { runbook: recovery })] : []));
      name.id = "entry-" + url;
      box.setAttribute("aria-labelledby", name.id);
      link.append(...lines.map((text) => element("span", {}, text)));
      box.append(name, link);
      return box;
    };

    // The first page shows its best three sections, the others their best one.
    const placed = (hits, first) => Promise.all(hits.map((hit, at) =>
      Promise.all(hit.sections.slice(0, first && at === 0 ? 3 : 1).map($rbs.place))));

    async function add(answer, from, to, turn) {
      const hits = answer.hits.slice(from, to), found = await placed(hits, from === 0);
      if (turn !== asked) return;
      if (from === 0) {
        list.textContent = "";
        twins = new Map();
        list.append(...answer.entries.slice(0, ENTRIES).map(entry));
      }
      hits.forEach((hit, at) => {
        const places = found[at].filter(Boolean);
        if (places.length) list.append(group(places, hit, answer.forms));
        else list.append(element("p", { class: "lost" }, words.lost));
      });
      const rest = answer.hits.length - to;
      if (rest > 0) {
        const more = element("div", { role: "option", class: "more" }, fill(words.more, { count: rest }));
        more.addEventListener("click", async () => {
          const at = active;
          more.remove();
          list.setAttribute("aria-busy", "true");
          await add(answer, to, answer.hits.length, turn);
          if (turn !== asked) return;
          choose(at);
          list.setAttribute("aria-busy", "false");
        });
        list.append(more);
      }
      offer();
      if (from === 0) choose(0);
    }

    const offer = () => {
      options = Array.from(list.querySelectorAll("[role=option]"));
      options.forEach((option, at) => { option.id = `option-${at}`; });
      input.setAttribute("aria-expanded", options.length > 0);
    };

    // In place of results: what was looked for before, or the way to all pages.
    const act = (text, done) => {
      const option = element("div", { role: "option" }, text);
      option.addEventListener("click", done);
      return option;
    };
    const before = () => {
      const searches = recent.list(), title = element("div", { class: "page", id: "found-before" }, words.before);
      if (!searches.length) return;
      const box = element("div", { role: "group", "aria-labelledby": title.id });
      box.append(title, ...searches.map((text) => act(text, () => { input.value = text; input.focus(); look(); })),
        act(words.forget, () => { kept.drop(recent.key); input.focus(); look(); }));
      list.append(box);
      offer();
    };
    const allPages = () => {
      list.append(element("a", { role: "option", class: "all", tabindex: "-1", href: root + "search/index.html" }, words.all_pages));
      offer();
      choose(0);
    };

    const said = (answer) => {
      const all = answer.all.length, count = answer.hits.length, lines = [];
      if (answer.isUnknown) lines.push(words.no_message);
      if (answer.unread.length) lines.push(fill(words.unread, { words: quoted(answer.unread) }));
      if (answer.unknown.length) lines.push(fill(words.no_page, { words: quoted(answer.unknown) }));
      if (answer.beyond) lines.push(fill(words.beyond, { count: answer.words.length, more: answer.beyond }));
      if (answer.instead) lines.push(fill(words.instead, { words: quoted([answer.instead]) }));
      lines.push(count < all ? fill(words.best, { count, all }) : count ? fill(count === 1 ? words.page : words.pages, { count }) : words.nothing);
      return lines.join(" ");
    };

    async function look() {
      const turn = ++asked, text = input.value;
      list.setAttribute("aria-busy", "true");
      const none = { hits: [], forms: new Set(), entries: [] }, whole = pasted || text;
      try {
        const [found, entries] = await Promise.all([text.trim() ? answerTo(text, narrow.on) : none, entriesFor(whole)]);
        const isUnknown = Boolean(errors) && !entries.length && isPasted(whole), answer = { ...found, entries, isUnknown };
        if (turn !== asked) return;
        await add(answer, 0, isUnknown ? UNKNOWN : FIRST, turn);
        if (turn !== asked) return;
        narrow.show(answer);
        status.textContent = text.trim() ? said(answer) : "";
        if (!text.trim()) before(); else if (!answer.hits.length && !entries.length) allPages();
      } catch (fault) {
        if (turn !== asked) return;
        await add(none, 0, FIRST, turn);
        status.textContent = words[fault.message] || fault.message;
      }
      if (turn === asked) list.setAttribute("aria-busy", "false");
    }

    const enter = (event) => {
      const option = options[active];
      if (!option) return;
      event.preventDefault();
      if (!option.href) return option.click();
      recent.add(input.value.trim());
      if (event.ctrlKey || event.metaKey) return open(option.href, "_blank", "noopener");
      dialog.close();
      location.assign(option.href);
    };

    input.addEventListener("input", () => { pasted = ""; look(); });
    // A field has one line; what was pasted is looked into as a whole.
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[\r\n]/.test(text.trim())) return;
      event.preventDefault();
      pasted = text;
      input.value = teller(text);
      look();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && event.target === input && !event.isComposing) enter(event);
    });
    list.addEventListener("click", (event) => {
      if (!event.target.closest("a")) return;
      recent.add(input.value.trim());
      if (!event.ctrlKey && !event.metaKey) dialog.close();
    });
    look();
  }

  // Marks words on the page, without touching it.
  function mark(found) {
    if (!window.Highlight || !CSS.highlights) return;
    const forms = new Set(found.split(" ")), ranges = [];
    const texts = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const run of $rbs.runs(texts.currentNode.data)) {
        if (!form(run, forms)) continue;
        const range = new Range();
        range.setStart(texts.currentNode, run.start);
        range.setEnd(texts.currentNode, run.end);
        ranges.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  Object.assign(window.$rbs, { attach, mark });
})();
