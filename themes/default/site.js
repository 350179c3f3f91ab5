// What pages gain with JavaScript. Without it they are complete.
"use strict";
(function () {
  const root = document.documentElement;
  const say = (words) => { document.getElementById("said").textContent = words; };

  // Colours: system, light, dark.
  function colours() {
    const button = document.querySelector(".mode");
    const label = button.querySelector("span");
    const modes = ["system", "light", "dark"];
    const show = () => { label.textContent = root.dataset.mode || "system"; };
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = modes[(modes.indexOf(root.dataset.mode || "system") + 1) % modes.length];
      if (next === "system") delete root.dataset.mode; else root.dataset.mode = next;
      try { localStorage.setItem("runbook:colours", next); } catch (e) { /* kept for this page only */ }
      show();
    });
    show();
  }

  // The list of all pages as a drawer where it has no column.
  function drawer() {
    const link = document.querySelector(".menu");
    const side = document.getElementById("pages");
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    dialog.className = "drawer";
    dialog.setAttribute("aria-label", "All pages");
    close.type = "button";
    close.textContent = "Close";
    dialog.append(close);
    document.body.append(dialog);
    const home = side.parentNode;
    link.setAttribute("role", "button");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.append(side);
      dialog.showModal();
      root.classList.add("held");
    });
    link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); link.click(); } });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("a")) dialog.close(); });
    dialog.addEventListener("close", () => {
      home.prepend(side);
      root.classList.remove("held");
      link.focus();
    });
  }

  // Search. The dialog stands at once, so that no key is lost; what answers is loaded then.
  const finder = {
    link: document.querySelector(".find"),
    load() {
      const script = (name) => new Promise((done, failed) => {
        const tag = document.createElement("script");
        tag.src = this.link.dataset[name];
        tag.onload = done;
        tag.onerror = () => failed(new Error("The search could not be loaded. All pages by title: "));
        document.head.append(tag);
      });
      this.loading = this.loading || script("engine").then(() => script("dialog"));
      return this.loading;
    },
    keys(set) {
      try {
        if (set !== undefined) localStorage.setItem("runbook:keys", set ? "on" : "off");
        return localStorage.getItem("runbook:keys") !== "off";
      } catch (e) { return true; }
    },
    dialog() {
      const dialog = document.createElement("dialog");
      dialog.className = "search";
      dialog.setAttribute("aria-label", "Search");
      dialog.innerHTML = `<form method="dialog"><input type="search" role="combobox" aria-label="Words or an error message" placeholder="Words or an error message" aria-expanded="false" aria-controls="found" aria-autocomplete="list" autocomplete="off" autocapitalize="off" spellcheck="false"><button type="submit">Close</button></form>
<p role="status"></p><div id="found" role="listbox" aria-label="Results"></div>
<p class="keys"><span><kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> go there</span><label><input type="checkbox"> <kbd>/</kbd> opens the search</label></p>`;
      const box = dialog.querySelector("[type=checkbox]");
      box.checked = this.keys();
      box.addEventListener("change", () => this.keys(box.checked));
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
      dialog.addEventListener("close", () => { root.classList.remove("held"); this.link.focus({ preventScroll: true }); });
      document.body.append(dialog);
      this.load().then(() => window.$rbs.attach(dialog)).catch((fault) => {
        const titles = document.createElement("a");
        titles.href = this.link.href;
        titles.textContent = titles.href.split("/").slice(-2).join("/");
        dialog.querySelector("[role=status]").append(fault.message, titles);
      });
      return dialog;
    },
    open() {
      this.shown = this.shown || this.dialog();
      if (!this.shown.open) this.shown.showModal();
      root.classList.add("held");
      this.shown.querySelector("input").select();
    },
    start() {
      const typing = (where) => where.closest("input, textarea, select, [contenteditable]");
      const find = new URLSearchParams(location.search).get("find");
      this.link.setAttribute("role", "button");
      this.link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        this.open();
      });
      this.link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); this.open(); } });
      addEventListener("keydown", (event) => {
        const control = event.ctrlKey || event.metaKey;
        const slash = event.key === "/" && !control && !event.altKey && !typing(event.target) && this.keys();
        if (!slash && !(control && event.key.toLowerCase() === "k")) return;
        event.preventDefault();
        this.open();
      });
      if (find) this.load().then(() => window.$rbs.mark(find), () => {});
    },
  };

  // What a code block says, without prompts and output.
  function words(pre) {
    const copy = pre.cloneNode(true);
    copy.querySelectorAll(".p, .o").forEach((part) => part.remove());
    return copy.textContent.replace(/\n+$/, "");
  }

  function copied(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("refused"));
  }

  function copyButtons() {
    for (const figure of document.querySelectorAll("figure.code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", () => {
        const text = words(figure.querySelector("pre"));
        const direct = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
        direct.catch(() => copied(text)).then(
          () => { button.textContent = "Copied"; say("Copied"); },
          () => { button.textContent = "Select it and copy"; say("Not copied: select the text and copy it"); },
        ).then(() => setTimeout(() => { button.textContent = "Copy"; }, 2000));
      });
      figure.querySelector("figcaption").append(button);
    }
  }

  // The table of contents follows the reader.
  function spy() {
    const toc = document.querySelector(".toc details");
    if (!toc) return;
    const wide = matchMedia("(min-width: 80rem)");
    const fold = () => { toc.open = wide.matches; };
    wide.addEventListener("change", fold);
    fold();
    const links = new Map();
    for (const link of toc.querySelectorAll("a")) {
      const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (target) links.set(target, link);
    }
    const place = () => {
      let current = null;
      for (const target of links.keys()) if (target.getBoundingClientRect().top < 120) current = target;
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

  colours();
  drawer();
  finder.start();
  copyButtons();
  spy();
})();
