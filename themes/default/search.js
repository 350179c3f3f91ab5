// The search dialog: results as the reader types, by pages, and the words marked where one lands.
//
// It is loaded with search-engine.js when somebody first wants to search. site.js has opened the
// dialog by then, so that no key is lost.
"use strict";
(function () {
  const words = $WORDS.search;
  const { fill } = window.$rb;
  const root = new URL("../", document.currentScript.src).href;
  const FIRST = 5, LENGTH = 160, BEFORE = 30, LINE = 60;

  const element = (name, text, attributes) => {
    const made = document.createElement(name);
    made.textContent = text || "";
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    return made;
  };
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

  function attach(dialog) {
    const input = dialog.querySelector("input"), status = dialog.querySelector("[role=status]"), list = dialog.querySelector("[role=listbox]");
    let asked = 0, active = -1, options = [];

    const choose = (at) => {
      active = options.length ? (at + options.length) % options.length : -1;
      options.forEach((option, n) => option.setAttribute("aria-selected", n === active));
      if (active < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    };

    const option = (place, forms) => {
      const link = element("a", "", { role: "option", tabindex: "-1" });
      const to = new URL(place.url, root);
      to.search = "?" + new URLSearchParams({ find: marks(place.heading + "\n" + place.text, forms).join(" ") });
      to.hash = place.anchor;
      link.href = to.href;
      if (place.anchor) link.append(element("b", place.heading));
      const part = element("span");
      for (const [piece, marked] of excerpt(place.text, forms)) part.append(marked ? element("mark", piece) : piece);
      link.append(part);
      return link;
    };

    const group = (places, hit, forms) => {
      const [page] = places, box = element("div", "", { role: "group" });
      const title = element("div", page.title, { class: "page", id: `found-${hit.page}` });
      title.append(element("small", [page.crumb, page.kind === "runbook" ? "" : page.kind].filter(Boolean).join(" · ")));
      if (hit.missing.length) title.append(element("small", `${words.without} ${quoted(hit.missing)}`));
      box.setAttribute("aria-labelledby", title.id);
      box.append(title, ...places.map((place) => option(place, forms)));
      return box;
    };

    // The first page shows its best three sections, the others their best one.
    const placed = (hits, first) => Promise.all(hits.map((hit, at) =>
      Promise.all(hit.sections.slice(0, first && at === 0 ? 3 : 1).map($rbs.place))));

    async function add(answer, from, to, turn) {
      const hits = answer.hits.slice(from, to), found = await placed(hits, from === 0);
      if (turn !== asked) return;
      if (from === 0) list.textContent = "";
      hits.forEach((hit, at) => {
        const places = found[at].filter(Boolean);
        if (places.length) list.append(group(places, hit, answer.forms));
        else list.append(element("p", words.lost, { class: "lost" }));
      });
      const rest = answer.hits.length - to;
      if (rest > 0) {
        const more = element("div", fill(words.more, { count: rest }), { role: "option", class: "more" });
        more.addEventListener("click", () => { const at = active;
          more.remove();
          add(answer, to, answer.hits.length, turn).then(() => choose(at));
        });
        list.append(more);
      }
      options = Array.from(list.querySelectorAll("[role=option]"));
      options.forEach((option, at) => { option.id = `option-${at}`; });
      input.setAttribute("aria-expanded", options.length > 0);
      if (from === 0) choose(0);
    }

    const said = (answer) => {
      const count = answer.hits.length, lines = [];
      if (answer.unread.length) lines.push(fill(words.unread, { words: quoted(answer.unread) }));
      if (answer.unknown.length) lines.push(fill(words.no_page, { words: quoted(answer.unknown) }));
      lines.push(count ? fill(count === 1 ? words.page : words.pages, { count }) : words.nothing);
      return lines.join(" ");
    };

    async function look() {
      const turn = ++asked, text = input.value;
      list.setAttribute("aria-busy", "true");
      const none = { hits: [], unknown: [], unread: [], forms: new Set() };
      try {
        const answer = text.trim() ? await $rbs.search(text) : none;
        if (turn !== asked) return;
        await add(answer, 0, FIRST, turn);
        if (turn === asked) status.textContent = text.trim() ? said(answer) : "";
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
      if (event.ctrlKey || event.metaKey) return open(option.href, "_blank", "noopener");
      dialog.close();
      location.assign(option.href);
    };

    input.addEventListener("input", look);
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && event.target === input && !event.isComposing) enter(event);
    });
    list.addEventListener("click", (event) => { if (event.target.closest("a") && !event.ctrlKey && !event.metaKey) dialog.close(); });
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
