// What pages gain with JavaScript. Without it they are complete.
//
// `$rb` is what the scripts that are loaded later build upon: run mode and the preview.
"use strict";
(function () {
  const words = $WORDS.site;
  const root = document.documentElement;
  const say = (text) => { document.getElementById("said").textContent = text; };
  const fill = (text, values) => text.replace(/\{([a-z_]+)\}/g, (place, name) => values[name] ?? place);

  const element = (name, attributes, ...content) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...content);
    return made;
  };
  const button = (text, act) => {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  };

  // What is kept in this browser. Storage is closed on some hosts: then it is kept for this page. Other
  // pages of the same host, and all that are opened from a disk, write into it too: any value may be there.
  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch (e) { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); return true; } catch (e) { return false; } },
    drop(key) { try { localStorage.removeItem(key); } catch (e) { /* there is nothing to drop */ } },
    json(key) { try { return JSON.parse(this.get(key)); } catch (e) { return null; } },
    texts(key) {
      const found = this.json(key);
      return Array.isArray(found) ? found.filter((text) => typeof text === "string") : [];
    },
  };

  // The id behind the `#` of an address, which anybody may have written.
  const idOf = (hash) => { try { return decodeURIComponent(hash.slice(1)); } catch (e) { return hash.slice(1); } };

  const load = (src) => new Promise((done, failed) => {
    const tag = element("script", { src });
    tag.onload = done;
    tag.onerror = () => failed(new Error(src));
    document.head.append(tag);
  });

  // A dialog in front of everything: Escape and a click beside it close it, the focus returns.
  function dialog(name, label, ...content) {
    const made = element("dialog", { class: name, "aria-label": label }, ...content);
    made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
    made.addEventListener("close", () => root.classList.remove("held"));
    document.body.append(made);
    const show = made.showModal;
    made.showModal = () => { show.call(made); root.classList.add("held"); };
    return made;
  }

  // Colours: system, light, dark.
  function colours() {
    const control = document.querySelector(".mode");
    const label = control.querySelector("span");
    const modes = ["system", "light", "dark"];
    const show = () => { label.textContent = words[root.dataset.mode || "system"]; };
    control.addEventListener("click", () => {
      const next = modes[(modes.indexOf(root.dataset.mode || "system") + 1) % modes.length];
      if (next === "system") delete root.dataset.mode; else root.dataset.mode = next;
      kept.set("runbook:colours", next);
      show();
    });
    show();
  }

  // The list of all pages as a drawer where it has no column. Going back closes it too.
  function drawer() {
    const link = document.querySelector(".menu");
    const side = document.getElementById("pages");
    const home = side.parentNode;
    const shown = dialog("drawer", side.getAttribute("aria-label"), button(words.close, () => shown.close()));
    let pushed = false;
    link.setAttribute("role", "button");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      shown.append(side);
      shown.showModal();
      seek(shown);
      history.pushState({ drawer: true }, "");
      pushed = true;
    });
    link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); link.click(); } });
    addEventListener("popstate", () => { pushed = false; if (shown.open) shown.close(); });
    shown.addEventListener("click", (event) => {
      const to = event.target.closest("a[href]");
      if (!to || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      pushed = false;
      shown.close();
      location.replace(to.href);
    });
    shown.addEventListener("close", () => {
      home.prepend(side);
      if (pushed) history.back();
      pushed = false;
      link.focus();
    });
  }

  // Groups of the list that the reader folds. The one with the current page is always open at first.
  function groups() {
    const read = () => kept.texts("runbook:folded");
    for (const section of document.querySelectorAll(".side section")) {
      const list = section.querySelector("details");
      const name = section.dataset.group;
      if (!list || section.classList.contains("open")) continue;
      list.open = !read().includes(name);
      list.addEventListener("toggle", () => {
        const others = read().filter((other) => other !== name);
        kept.set("runbook:folded", JSON.stringify(list.open ? others : [...others, name]));
      });
    }
    document.adoptedStyleSheets = [];
  }

  // The list of all pages begins where the reader is.
  function seek(box) {
    const here = document.querySelector(".side [aria-current]");
    if (!here) return;
    const place = here.getBoundingClientRect(), around = box.getBoundingClientRect();
    box.scrollTop += place.top - around.top - (box.clientHeight - place.height) / 2;
  }

  // Keys. Single ones can be turned off, and never act while somebody types or a dialog is open.
  const keys = {
    title: words.keys,
    list: [["/", words.key_search, () => finder.open()], ["?", words.key_list, () => keys.show()]],
    on(set) {
      if (set !== undefined) kept.set("runbook:keys", set ? "on" : "off");
      return kept.get("runbook:keys") !== "off";
    },
    box() {
      const box = element("input", { type: "checkbox" });
      box.checked = this.on();
      box.addEventListener("change", () => this.on(box.checked));
      return box;
    },
    show() {
      const list = element("dl", { class: "pair" });
      for (const [key, does] of this.list) list.append(element("dt", {}, element("kbd", {}, key)), element("dd", {}, does));
      const shown = dialog("small", words.keys, element("h2", {}, words.keys), list,
        element("p", {}, element("label", {}, this.box(), " " + words.keys_on)), button(words.close, () => shown.close()));
      shown.addEventListener("close", () => shown.remove());
      shown.showModal();
    },
    start() {
      const typing = (where) => where.closest && where.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
      addEventListener("keydown", (event) => {
        const control = event.ctrlKey || event.metaKey;
        if (control && event.key.toLowerCase() === "k") { event.preventDefault(); finder.open(); return; }
        if (control || event.altKey || typing(event.target) || document.querySelector("dialog[open]") || !this.on()) return;
        const known = this.list.find(([key]) => key === event.key);
        if (!known) return;
        event.preventDefault();
        known[2]();
      });
    },
  };

  // Search. The dialog stands at once, so that no key is lost; what answers is loaded then.
  const finder = {
    link: document.querySelector(".find"),
    load() {
      this.loading = this.loading || load(this.link.dataset.engine).then(() => load(this.link.dataset.dialog));
      return this.loading;
    },
    dialog() {
      const input = element("input", {
        type: "search", role: "combobox", "aria-label": words.search_for, placeholder: words.search_for, "aria-expanded": "false",
        "aria-controls": "found", "aria-autocomplete": "list", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      });
      const status = element("p", { role: "status" });
      const key = (text) => element("kbd", {}, text);
      const shown = dialog("search", words.search,
        element("form", { method: "dialog" }, input, element("button", { type: "submit" }, words.close)), status,
        element("div", { id: "found", role: "listbox", "aria-label": words.results }),
        element("p", { class: "keys" }, element("span", {}, key("↑"), " ", key("↓"), ` ${words.choose}, `, key("Enter"), " " + words.go),
          element("label", {}, keys.box(), " ", key("/"), " " + words.slash)));
      shown.addEventListener("close", () => this.link.focus({ preventScroll: true }));
      this.load().then(() => window.$rbs.attach(shown)).catch(() => {
        const titles = element("a", { href: this.link.href }, this.link.href.split("/").slice(-2).join("/"));
        status.append(words.no_search, " ", titles);
      });
      return shown;
    },
    open(text) {
      this.shown = this.shown || this.dialog();
      if (!this.shown.open) this.shown.showModal();
      const input = this.shown.querySelector("input");
      if (text) { input.value = text; input.dispatchEvent(new Event("input")); }
      input.select();
    },
    // The words of an address at which there is nothing.
    lost() {
      const last = idOf("#" + location.pathname).replace(/(\/index)?\.[a-z]+$|\/$/, "").split("/").pop();
      return last === "404" ? "" : last.split(/[^\p{L}\p{N}]+/u).join(" ").trim();
    },
    start() {
      const find = new URLSearchParams(location.search).get("find");
      for (const link of document.querySelectorAll(".find")) {
        link.setAttribute("role", "button");
        link.addEventListener("click", (event) => {
          if (event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          this.open("lost" in link.dataset ? this.lost() : "");
        });
        link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); link.click(); } });
      }
      if (find) this.load().then(() => window.$rbs.mark(find), () => {});
    },
  };

  // What a code block says, without prompts and output.
  function textOf(pre) {
    const copy = pre.cloneNode(true);
    copy.querySelectorAll(".p, .o").forEach((part) => part.remove());
    return copy.textContent.replace(/\n+$/, "");
  }

  function selected(text) {
    const area = element("textarea", { class: "sr" });
    area.value = text;
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("refused"));
  }

  const put = (text) => (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject()).catch(() => selected(text));

  // Copies a text and says so on the control.
  function copy(text, control) {
    return put(text).then(
      () => { control.textContent = words.copied; say(words.copied); },
      () => { control.textContent = words.select; say(words.not_copied); },
    ).then(() => setTimeout(() => { control.textContent = words.copy; }, 2000));
  }

  const nameOf = (place) => place.textContent.replace(/[‹›<>]/g, "");

  // A place that a guide leaves to its reader. What is typed stands wherever the page has that place,
  // and is forgotten with the page: it belongs to this incident.
  const blanks = {
    given: new Map(),
    start() { document.querySelectorAll(".code var").forEach((blank) => { blank.dataset.of = blank.textContent; }); },
    give(of, value) {
      this.given.set(of, value);
      document.querySelectorAll(".code var").forEach((blank) => {
        if (blank.dataset.of !== of) return;
        blank.textContent = value || of;
        blank.classList.toggle("filled", value !== "");
      });
      document.querySelectorAll("input[data-of]").forEach((other) => { if (other.dataset.of === of && other.value !== value) other.value = value; });
    },
    field(of) {
      const input = element("input", { "data-of": of, autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
      input.value = this.given.get(of) || "";
      input.addEventListener("input", () => this.give(of, input.value));
      return element("label", {}, of.slice(1, -1), " ", input);
    },
    // Asks for all of a block's places above it.
    ask(figure) {
      if (!figure.querySelector(".blanks")) {
        const all = new Set(Array.from(figure.querySelectorAll(".code var"), (blank) => blank.dataset.of));
        const fields = element("div", { class: "blanks" }, ...Array.from(all, (of) => this.field(of)));
        fields.addEventListener("keydown", (event) => { if (event.key === "Enter") figure.querySelector(".copy").click(); });
        figure.querySelector("figcaption").after(fields);
      }
      const empty = Array.from(figure.querySelectorAll(".blanks input")).find((input) => input.value === "");
      if (empty) empty.focus();
    },
  };

  // A command with unfilled places is not given out: half of it could be run.
  function refuse(figure, places) {
    const text = fill(words.fill, { names: Array.from(new Set(places.map(nameOf))).join(", ") });
    say(text);
    if (places.some((place) => place.matches("var"))) return blanks.ask(figure);
    const notice = figure.querySelector(".notice") || element("p", { class: "notice" });
    notice.textContent = text;
    figure.querySelector("figcaption").after(notice);
    document.dispatchEvent(new CustomEvent("rb-hole", { detail: places[0].dataset.of }));
  }

  function copyButton(figure) {
    const control = button(words.copy, () => {
      const pre = figure.querySelector("pre");
      const places = Array.from(pre.querySelectorAll(".hole, var:not(.filled)"));
      if (places.length > 0) return refuse(figure, places);
      figure.querySelectorAll("p.notice").forEach((notice) => notice.remove());
      copy(textOf(pre), control);
    });
    control.className = "copy";
    figure.querySelector("figcaption").append(control);
    figure.addEventListener("click", (event) => { if (event.target.matches(".code var")) blanks.ask(figure); });
  }

  function wrapButton(figure) {
    const pre = figure.querySelector("pre");
    if (pre.scrollWidth <= pre.clientWidth) return;
    const control = button(words.wrap, () => control.setAttribute("aria-pressed", figure.classList.toggle("wrap")));
    control.setAttribute("aria-pressed", "false");
    figure.querySelector("figcaption").append(control);
  }

  // Tabs. All panels are there; one is shown, and those of other groups with the same label.
  const tabs = {
    groups: [],
    make(group, number) {
      const list = element("div", { role: "tablist", "aria-label": group.dataset.sync || words.choose_tab });
      const entries = [...group.children].map((panel, at) => {
        const label = panel.querySelector(".tab-label").textContent;
        const tab = button(label, () => this.choose(label, group));
        tab.id = `tab-${number}-${at}`;
        panel.id = `panel-${number}-${at}`;
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", panel.id);
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
        panel.tabIndex = 0;
        panel.addEventListener("beforematch", () => this.choose(label, group));
        list.append(tab);
        return { tab, panel, label };
      });
      list.addEventListener("keydown", (event) => {
        const at = entries.findIndex(({ tab }) => tab === document.activeElement);
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: entries.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const next = entries[(to + entries.length) % entries.length];
        this.choose(next.label, group);
        next.tab.focus();
      });
      group.prepend(list);
      group.classList.add("chosen");
      this.groups.push({ group, entries });
      const before = this.remembered(group);
      this.show(entries, entries.some(({ label }) => label === before) ? before : entries[0].label);
    },
    remembered: (group) => group.dataset.sync && kept.get(`runbook:tab:${group.dataset.sync}`),
    show(entries, label) {
      const chosen = entries.find((entry) => entry.label === label);
      if (!chosen) return;
      for (const { tab, panel } of entries) {
        const on = panel === chosen.panel;
        tab.setAttribute("aria-selected", on);
        tab.tabIndex = on ? 0 : -1;
        if (on) panel.removeAttribute("hidden"); else panel.setAttribute("hidden", "until-found");
      }
    },
    // What the reader chose stays where it is on the screen while other groups change above it.
    choose(label, group) {
      const before = group.getBoundingClientRect().top;
      if (group.dataset.sync) kept.set(`runbook:tab:${group.dataset.sync}`, label);
      this.groups.forEach(({ entries }) => this.show(entries, label));
      scrollBy({ top: group.getBoundingClientRect().top - before, behavior: "instant" });
    },
    // A link may lead into a panel or a block that is not shown.
    reveal() {
      const target = document.getElementById(idOf(location.hash));
      if (!target) return;
      for (const { entries } of this.groups) {
        const around = entries.find(({ panel }) => panel.contains(target));
        if (around) this.show(entries, around.label);
      }
      for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
      target.scrollIntoView();
    },
    start() {
      document.querySelectorAll(".tabs").forEach((group, number) => { if (group.children.length) this.make(group, number); });
      if (!this.groups.length) return;
      addEventListener("hashchange", () => this.reveal());
      if (location.hash) this.reveal();
    },
  };

  // The table of contents follows the reader.
  function spy() {
    const toc = document.querySelector(".toc details");
    if (!toc) return;
    const wide = matchMedia("(min-width: 80rem)");
    const fold = () => { toc.open = wide.matches; toc.dataset.ready = ""; };
    wide.addEventListener("change", fold);
    fold();
    const links = new Map();
    for (const link of toc.querySelectorAll("a")) {
      const target = document.getElementById(idOf(link.hash));
      if (target) links.set(target, link);
    }
    const place = () => {
      const line = parseFloat(getComputedStyle(root).scrollPaddingTop) + 44;
      let current = null;
      for (const target of links.keys()) if (target.getBoundingClientRect().top < line) current = target;
      for (const [target, link] of links) {
        if (target === current) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      }
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; place(); });
    }, { passive: true });
    place();
  }

  // Lists of tasks are ticked by the reader, and remembered by the words of each task: of a page that changed, what stayed.
  function tasks() {
    const boxes = Array.from(document.querySelectorAll("li.task input"));
    if (!boxes.length) return;
    const key = "runbook:done:" + location.pathname;
    const told = (box) => box.parentElement.textContent.trim();
    const done = kept.texts(key);
    const none = button(words.untick, () => { boxes.forEach((box) => { box.checked = false; }); keep(); boxes[0].focus(); });
    const keep = () => {
      const ticked = boxes.filter((box) => box.checked).map(told);
      if (ticked.length) kept.set(key, JSON.stringify(ticked)); else kept.drop(key);
      none.hidden = !ticked.length;
    };
    boxes.forEach((box) => {
      box.disabled = false;
      box.checked = box.checked || done.includes(told(box));
      box.setAttribute("aria-label", told(box));
      box.addEventListener("change", keep);
    });
    none.className = "untick";
    none.hidden = !boxes.some((box) => box.checked);
    boxes[boxes.length - 1].closest("ul").after(none);
  }

  // Run mode is loaded when the reader starts it, or has started it before.
  function runMode() {
    const start = document.getElementById("-start");
    if (!start) return;
    const begin = () => load(start.dataset.run).then(() => load(start.dataset.book)).catch(() => {
      start.disabled = false;
      start.nextElementSibling.textContent = words.no_run;
      say(words.no_run);
    });
    start.addEventListener("click", () => { start.disabled = true; begin(); });
    if (kept.get("runbook:run:" + start.dataset.key)) { start.disabled = true; begin(); }
  }

  window.$rb = { load, say, fill, element, button, kept, dialog, keys, copy, copyButton, textOf };
  colours();
  drawer();
  groups();
  seek(document.getElementById("pages"));
  finder.start();
  keys.start();
  tabs.start();
  blanks.start();
  tasks();
  document.querySelectorAll("figure.code").forEach((figure) => { wrapButton(figure); copyButton(figure); });
  spy();
  runMode();
})();
