// Run mode: a reader follows a runbook by hand, and the page keeps count.
//
// It is loaded when the reader starts it, with the script beside the page that says what is to be
// filled in. Values, ticks and notes stay in this browser, under the runbook's id and version.
// State is one object; `render` makes the page say what it says.
"use strict";
(function () {
  const words = $WORDS.run;
  const { say, fill, element, button, kept, dialog, keys, copy, copyButton } = window.$rb;
  const start = document.getElementById("-start");
  const key = "runbook:run:" + start.dataset.key;
  const SHELLS = /(^|\/)(ba|da|k|z)?sh$/;
  const BARE = /^[A-Za-z0-9@%+=:,./_-]+$/;

  const quoted = (text) => (BARE.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);
  const clock = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const [hours, rest] = [Math.floor(seconds / 3600), seconds % 3600];
    return (hours ? hours + ":" : "") + two(Math.floor(rest / 60)) + ":" + two(rest % 60);
  };
  const time = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

  // What is wrong with a value, by the rules of `runbook exec`; nothing if it fits.
  const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
  const FITS = {
    semver: (text) => SEMVER.test(text) ? "" : words.bad_semver,
    int: (text, field) => {
      if (!/^[+-]?\d+$/.test(text)) return words.bad_int;
      if (field.min !== undefined && Number(text) < field.min) return fill(words.bad_min, { min: field.min });
      if (field.max !== undefined && Number(text) > field.max) return fill(words.bad_max, { max: field.max });
      return "";
    },
    duration: (text) => /^(\d+(\.\d+)?\s*(m|mss?|ss?|hs?|ds?|secs?|mins?|hrs?)\s*)+$/.test(text) ? "" : words.bad_duration,
    date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? "" : words.bad_date,
  };
  function problem(field, text) {
    if (field.type !== "text" && text.includes("\n")) return words.bad_line;
    const bad = FITS[field.type] ? FITS[field.type](text, field) : "";
    if (bad || !field.pattern) return bad;
    try {
      if (new RegExp(`^(?:${field.pattern})$`, "u").test(text)) return "";
    } catch (e) { return ""; }
    return fill(words.bad_pattern, { pattern: field.pattern });
  }

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isTime = (value) => Number.isInteger(value) && value >= 0 && value < 1e14;

  // What was kept of a run, without what this page would not have written; `null` if it is none of ours.
  function sound(run) {
    if (!isObject(run)) return null;
    const only = (all, fits) => Object.fromEntries(Object.entries(isObject(all) ? all : {}).filter(([, value]) => fits(value)));
    const isText = (value) => typeof value === "string";
    const isStep = (step) => isObject(step) && ["undefined", "string"].includes(typeof step.note)
      && (step.state === undefined || (["done", "skipped", "undone"].includes(step.state) && isTime(step.at)));
    return { started: isTime(run.started) ? run.started : Date.now(), values: only(run.values, isText), steps: only(run.steps, isStep), now: isText(run.now) ? run.now : null };
  }

  function book(book) {
    const fields = new Map();
    const places = new Map();
    const place = (id) => document.getElementById(id);
    const counted = book.steps.filter((step) => step.counts);
    const fresh = () => ({ started: Date.now(), values: {}, steps: {}, now: null });
    const stored = () => sound(kept.json(key));
    let state = Object.assign(fresh(), stored());
    let inMemory = false;

    const keep = () => { inMemory = !kept.set(key, JSON.stringify(state)); };
    const change = (act) => { act(); keep(); render(); };

    // Values.

    // The item of a loop belongs to the innermost step around that goes through a list under this name.
    function itemOf(of, id) {
      const step = book.steps.find((step) => step.id === id), path = `${id}/${of}`;
      return step && step.parent && !fields.has(path) ? itemOf(of, step.parent) : path;
    }

    // What a hole is filled with; `undefined` while nobody said.
    function valueOf(of, step) {
      const path = of.startsWith("each.") ? itemOf(of, step) : of;
      if (path === "run.id") return "by-hand";
      if (path === "run.head") return "none";
      const field = fields.get(path);
      if (!field) return undefined;
      const text = state.values[path] ?? field.default ?? "";
      if (text === "") return field.of.startsWith("params.") && !field.needed ? "" : undefined;
      return problem(field, text) ? undefined : text;
    }

    const hole = (of) => element("span", { class: "hole", "data-of": of }, `‹${of.split(".").pop()}›`);

    // A text of pieces as nodes, for a shell: quoted where all of it is known.
    function shellWord(pieces, step) {
      const known = pieces.map((piece) => (typeof piece === "string" ? piece : valueOf(piece.of, step)));
      if (known.every((text) => text !== undefined)) return [quoted(known.join(""))];
      return pieces.map((piece, at) => known[at] ?? hole(piece.of));
    }

    const mentions = (script, name) => new RegExp(`\\b${name}\\b`).test(script || "");

    // The variables of a command: its own, those it names, and whatever else has a value.
    function variables(typed, step) {
      const line = [];
      typed.env.forEach(([name, pieces], at) => {
        const open = pieces.some((piece) => typeof piece !== "string" && valueOf(piece.of, step) === undefined);
        if (open && at >= typed.own && !mentions(typed.script, name)) return;
        line.push(" ", name + "=", ...shellWord(pieces, step));
      });
      return line.length ? ["export", ...line, "\n"] : [];
    }

    // What the engine would have set.
    function around(script, step) {
      const lines = [];
      if (mentions(script, "RB_OUTPUT_DIR")) lines.push('export RB_OUTPUT_DIR="$(mktemp -d)"\n');
      if (mentions(script, "RB_OUTPUT")) lines.push('export RB_OUTPUT="$(mktemp)"\n');
      if (mentions(script, "RB_RUN")) lines.push("export RB_RUN=by-hand\n");
      if (mentions(script, "RB_HEAD")) lines.push("export RB_HEAD=none\n");
      if (mentions(script, "RB_IDEMPOTENCY_KEY")) lines.push(`export RB_IDEMPOTENCY_KEY=by-hand-${state.started}-${step}\n`);
      for (const [secret] of (script || "").matchAll(/\bRB_SECRET_\w+/g)) lines.push(`: "\${${secret}:?${words.secret_put}}"\n`);
      return Array.from(new Set(lines));
    }

    // What stands before and after the script of a command, so that it can be pasted as it is.
    function wrapping(typed, step) {
      const before = [...around(typed.script, step), ...variables(typed, step)], after = [];
      if (typed.cwd) before.unshift(`cd ${quoted(typed.cwd)}\n`);
      const [program, ...flags] = typed.shell || [];
      const asks = typed.asks ? 'echo "exit $?"' : "";
      if (program && !SHELLS.test(program)) {
        let end = "RUNBOOK";
        while (typed.script.includes(end)) end += "_";
        before.push(`${typed.shell.map(quoted).join(" ")} -c "$(cat <<'${end}'\n`);
        after.push(`\n${end}\n)"`);
      }
      const lines = typed.script ? typed.script.split("\n").length : 1;
      if (before.length === 0 && lines === 1) return { before, after: asks ? ["\n" + asks] : [] };
      if (program && SHELLS.test(program) && flags.length) before.unshift(`set ${flags.map(quoted).join(" ")}\n`);
      if (mentions(typed.script, "RB_OUTPUT")) after.push('\ncat "$RB_OUTPUT"');
      return { before: ["(", ...before], after: [...after, "\n)", asks ? "; " + asks : ""] };
    }

    // Fills the code of a command. The script itself stays as it was highlighted.
    function fillCode(figure, typed, step) {
      const code = figure.querySelector("code");
      if (!figure.given) {
        figure.given = [element("span", { class: "given" }), element("span", { class: "given" })];
        if (typed.script === undefined) code.textContent = "";
        code.prepend(figure.given[0]);
        code.append(figure.given[1]);
      }
      const { before, after } = wrapping(typed, step);
      const line = (typed.words || []).flatMap((word, at) => [at ? " " : "", ...shellWord(word, step)]);
      figure.given[0].replaceChildren(...before, ...line);
      figure.given[1].replaceChildren(...after);
      if (!figure.querySelector(".hole")) figure.querySelectorAll(".notice").forEach((notice) => notice.remove());
    }

    const figures = (step) => {
      const at = place(step.id);
      const inside = (where) => at.querySelector(`:scope > ${where}`);
      return [
        [step.command, inside("figure.code")],
        [step.verify, inside("dl details.verify figure.code")],
        [step.undo && step.undo.command, inside("dl details.undo figure.code")],
      ].filter(([typed, figure]) => typed && figure);
    };

    // The line for the terminal, with what is known.
    function execLine() {
      const given = book.params.filter((field) => state.values[field.of] && state.values[field.of] !== field.default && !problem(field, state.values[field.of]));
      return ["runbook exec " + book.id, ...given.map((field) => "-p " + quoted(`${field.name}=${state.values[field.of]}`))].join(" ");
    }

    // Fields.

    function input(field) {
      const named = { id: "v-" + field.of, autocomplete: "off", spellcheck: "false", "aria-describedby": `v-${field.of}-bad` };
      const choices = field.type === "bool" ? ["true", "false"] : field.values;
      let made;
      if (choices && choices.length) made = element("select", named, ...["", ...choices].map((choice) => element("option", { value: choice }, choice || "–")));
      else if (field.type === "text") made = element("textarea", { ...named, rows: "3" });
      else made = element("input", { ...named, type: field.type === "date" ? "date" : "text", inputmode: field.type === "int" ? "numeric" : "text" });
      made.value = state.values[field.of] ?? field.default ?? "";
      made.addEventListener("input", () => change(() => { state.values[field.of] = made.value; }));
      return made;
    }

    function row(field) {
      fields.set(field.of, field);
      const control = input(field);
      const bad = element("small", { class: "bad", id: `v-${field.of}-bad` });
      places.set(field.of, { control, bad });
      return element("div", { class: "row" },
        element("label", { for: control.id }, field.ask || field.name, field.unit ? ` (${field.unit})` : ""), control,
        field.unjudged ? element("small", {}, fill(words.unjudged, { pattern: field.unjudged })) : "", bad);
    }

    function judge() {
      for (const [of, { control, bad }] of places) {
        const field = fields.get(of), text = control.value;
        const wrong = text === "" ? "" : problem(field, text);
        bad.textContent = wrong || (text === "" && field.needed ? words.needed : "");
        bad.classList.toggle("wrong", wrong !== "");
        control.setAttribute("aria-invalid", wrong !== "");
      }
    }

    function form() {
      const known = new Set(book.params.map((field) => field.of));
      book.steps.forEach((step) => (step.gives || []).forEach((field) => known.add(field.of)));
      const asked = Array.from(document.querySelectorAll(".runbook .hole"), (hole) => hole.dataset.of);
      const free = Array.from(new Set(asked)).filter((of) => !known.has(of) && !of.startsWith("each.") && of !== "run.id" && of !== "run.head");
      const rows = book.params.concat(free.map((of) => ({ of, name: of, type: "string", needed: true }))).map(row);
      const secret = book.steps.some((step) => [step.command, step.verify, step.undo && step.undo.command].some((typed) => typed && /\bRB_SECRET_/.test(typed.script)));
      const made = element("form", { class: "values", "aria-label": words.values },
        element("p", { class: "hint" }, inMemory ? words.not_kept : words.values_hint, secret ? " " + words.secret : ""), ...rows);
      made.addEventListener("submit", (event) => event.preventDefault());
      return made;
    }

    // Steps.

    const settled = (step) => ["done", "skipped"].includes((state.steps[step.id] || {}).state);
    const mark = (id, what) => change(() => {
      const before = state.steps[id] || {};
      state.steps[id] = { ...before, state: before.state === what ? undefined : what, at: Date.now() };
    });
    const current = () => book.steps.find((step) => step.id === state.now) || counted.find((step) => !settled(step));

    function asks(step) {
      const gives = (step.gives || []).map(row);
      return gives.length ? [element("div", { class: "values", role: "group", "aria-label": fill(words.for_step, { step: step.title }) }, ...gives)] : [];
    }

    function acts(step) {
      const at = place(step.id);
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", () => { state.now = null; mark(step.id, "done"); });
      const skip = button(words.skipped, () => { state.now = null; mark(step.id, "skipped"); });
      const note = element("textarea", { rows: "2", "aria-label": `${words.note}: ${step.title}` });
      note.value = (state.steps[step.id] || {}).note || "";
      note.addEventListener("input", () => change(() => { state.steps[step.id] = { ...state.steps[step.id], note: note.value }; }));
      const when = element("span", { class: "at" });
      const folded = element("details", {}, element("summary", {}, words.note), note);
      folded.open = note.value !== "";
      at.append(...asks(step),
        element("div", { class: "acts" }, element("label", {}, box, " " + words.done), skip, when, folded));
      at.addEventListener("focusin", (event) => {
        if (event.target.closest(".step") === at && state.now !== step.id) change(() => { state.now = step.id; });
      });
      at.querySelector("h3").tabIndex = -1;
      step.shown = { at, box, skip, when, note, node: at.querySelector(".node"), number: at.querySelector(".node").textContent };
    }

    const SIGNS = { done: "✓", skipped: "–", undone: "↶" };
    function showStep(step, now) {
      const { at, box, skip, when, node, number } = step.shown;
      const { state: what, at: moment } = state.steps[step.id] || {};
      for (const name of ["done", "skipped", "undone"]) at.classList.toggle(name, what === name);
      at.classList.toggle("now", step === now);
      if (step === now) at.setAttribute("aria-current", "step"); else at.removeAttribute("aria-current");
      node.textContent = SIGNS[what] || number;
      box.checked = what === "done";
      skip.setAttribute("aria-pressed", what === "skipped");
      when.textContent = what ? `${words[what]}, ${fill(words.at, { time: time(moment) })}` : step === now ? words.now + stepTime(step) : "";
    }

    function go(step, focus = true) {
      if (!step) return;
      change(() => { state.now = step.id; });
      const { at } = step.shown;
      at.scrollIntoView({ block: "start" });
      if (focus) at.querySelector("h3").focus({ preventScroll: true });
    }

    function move(by) {
      const list = book.steps.filter((step) => step.shown);
      const at = list.indexOf(current());
      go(list[Math.min(list.length - 1, Math.max(0, at + by))]);
    }

    // Undo.

    function openUndo() {
      const step = current();
      const undo = step && step.shown.at.querySelector(":scope > dl details.undo");
      if (!undo) return rollback();
      undo.open = true;
      undo.querySelector("summary").focus();
      undo.scrollIntoView({ block: "center" });
    }

    function backOf(step) {
      const undo = step.undo;
      if (!undo) return element("p", {}, words.back_nothing);
      if (undo.none) return element("p", {}, fill(words.back_none, { reason: undo.none }));
      if (undo.instead) return element("p", {}, fill(words.back_instead, { id: undo.instead }));
      const figure = step.shown.at.querySelector(":scope > dl details.undo figure.code").cloneNode(true);
      figure.querySelectorAll(".copy, .notice").forEach((part) => part.remove());
      copyButton(figure);
      return figure;
    }

    function rollback() {
      const done = book.steps.filter((step) => (state.steps[step.id] || {}).state === "done")
        .sort((a, b) => book.steps.indexOf(b) - book.steps.indexOf(a));
      const list = element("ol", { class: "backs" });
      for (const step of done) {
        const box = element("input", { type: "checkbox" });
        box.addEventListener("change", () => mark(step.id, box.checked ? "undone" : "done"));
        list.append(element("li", {}, element("h3", {}, step.title), backOf(step), element("label", {}, box, " " + words.undone)));
      }
      const shown = dialog("small", words.rollback, element("h2", {}, words.rollback),
        element("p", {}, done.length ? words.back_hint : words.nothing_back), list, button(words.close, () => shown.close()));
      shown.addEventListener("close", () => shown.remove());
      shown.showModal();
    }

    // The report.

    const plain = (text) => text.replace(/[\\`*_<>[\]#|]/g, "\\$&").replace(/\n+/g, " ");
    function code(text) {
      const ticks = "`".repeat(1 + Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length)));
      const inner = text.replace(/\n/g, " ");
      return /^`|`$/.test(inner) ? `${ticks} ${inner} ${ticks}` : ticks + inner + ticks;
    }
    function reported() {
      const stamp = (at) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
      const ticks = moments();
      const lines = [`# ${plain(fill(words.r_title, { title: book.title }))}`, "", plain(fill(words.r_by, book)), "",
        `- ${fill(words.r_started, { time: stamp(state.started) })}`];
      if (ticks.length) lines.push(`- ${fill(words.r_ended, { time: stamp(Math.max(...ticks)) })}`);
      lines.push(`- ${fill(words.r_progress, { done: counted.filter(settled).length, all: counted.length })}`);
      const values = Array.from(fields.values()).map((field) => [field.of, state.values[field.of] ?? field.default ?? ""]).filter(([, text]) => text);
      if (values.length) lines.push("", `## ${words.r_values}`, "", ...values.map(([of, text]) => `- ${code(of.replace(/^params\./, ""))}: ${code(text)}`));
      lines.push("", `## ${words.r_steps}`, "");
      for (const step of book.steps.filter((step) => step.shown)) {
        const { state: what, at, note } = state.steps[step.id] || {};
        if (!step.counts && !what) continue;
        lines.push(`- [${what === "done" ? "x" : " "}] ${step.shown.number}. ${plain(step.title)}: ${what ? `${words[what]}, ${stamp(at)}` : words.r_open}`);
        if (note) lines.push(...note.split("\n").map((line) => `  > ${plain(line)}`));
      }
      return lines.join("\n") + "\n";
    }

    function report() {
      const text = reported();
      const area = element("textarea", { rows: "14", readonly: "", "aria-label": words.report });
      area.value = text;
      const taken = button(words.copy, () => copy(text, taken));
      const file = element("a", { class: "button", download: `${book.id}-${book.version}.md`, href: URL.createObjectURL(new Blob([text], { type: "text/markdown" })) }, words.download);
      const shown = dialog("small", words.report, element("h2", {}, words.report), element("p", {}, words.report_hint), area,
        element("p", { class: "choices" }, taken, file, button(words.close, () => shown.close())));
      shown.addEventListener("close", () => { URL.revokeObjectURL(file.href); shown.remove(); });
      shown.showModal();
    }

    function reset() {
      const shown = dialog("small", words.reset, element("h2", {}, words.forget), element("p", { class: "choices" },
        button(words.forget_no, () => shown.close()), button(words.forget_yes, () => { kept.drop(key); location.reload(); })));
      shown.addEventListener("close", () => shown.remove());
      shown.showModal();
    }

    // The bar.

    const count = element("b"), progress = element("progress", { max: counted.length, "aria-label": words.title }), timer = element("span", { class: "time" });
    const next = button(words.next, () => go(counted.find((step) => !settled(step))));
    const help = button(keys.title, () => keys.show());
    help.className = "help";
    const bar = element("section", { class: "bar", "aria-label": words.title }, count, progress, timer, next,
      button(words.rollback, rollback), help);
    const end = element("p", { class: "choices" }, button(words.report, report), button(words.reset, reset));

    const moments = () => Object.values(state.steps).filter((step) => step.state).map((step) => step.at);
    const since = (from, to = Date.now()) => Math.max(0, Math.floor((to - from) / 1000));
    const stepTime = (step) => (step.expect ? ` · ${fill(words.time, { time: clock(since(Math.max(state.started, ...moments()))), expected: clock(step.expect) })}` : "");

    function tick() {
      const all = counted.every(settled), now = current();
      const total = since(state.started, all ? Math.max(state.started, ...moments()) : undefined);
      const over = book.limit && total > book.limit ? "limit" : book.expect && total > book.expect ? "over" : "";
      const passed = book.expect ? fill(words.time, { time: clock(total), expected: clock(book.expect) }) : clock(total);
      timer.textContent = over ? `${passed} · ${words[over]}` : passed;
      timer.dataset.over = over;
      if (now && !(state.steps[now.id] || {}).state) now.shown.when.textContent = words.now + stepTime(now);
    }

    function render() {
      const now = current(), done = counted.filter(settled).length;
      judge();
      for (const step of book.steps) {
        for (const [typed, figure] of figures(step)) fillCode(figure, typed, step.id);
        if (step.shown) showStep(step, now);
      }
      for (const frame of book.steps.filter((step) => !step.shown)) {
        const inner = book.steps.filter((step) => step.parent === frame.id);
        place(frame.id).classList.toggle("done", inner.length > 0 && inner.every(settled));
      }
      for (const hole of document.querySelectorAll(".runbook span[data-of]")) {
        if (hole.closest("pre")) continue;
        const at = hole.closest(".step"), known = valueOf(hole.dataset.of, at && at.id);
        hole.textContent = known ?? `‹${hole.dataset.of.split(".").pop()}›`;
        hole.classList.toggle("hole", known === undefined);
      }
      document.querySelector("#-exec code").textContent = execLine();
      count.textContent = fill(words.of, { done, all: counted.length });
      progress.value = done;
      next.disabled = done === counted.length;
      tick();
    }

    function begin() {
      const first = stored() === null, at = start.closest("p");
      keep();
      at.replaceWith(bar, form());
      Array.from(document.querySelectorAll(".runbook > .rail")).pop().after(end);
      for (const step of book.steps) {
        if (!book.steps.some((inner) => inner.parent === step.id)) acts(step);
        else place(step.id).querySelector(":scope > ol").before(...asks(step));
      }
      document.documentElement.classList.add("running");
      const landed = book.steps.find((step) => step.shown && "#" + step.id === location.hash);
      if (landed) state.now = landed.id;
      keep();
      render();
      setInterval(tick, 1000);
      if (first) bar.nextElementSibling.querySelector("input, select, textarea, button")?.focus();
      if (first && !bar.nextElementSibling.querySelector("input, select, textarea")) next.focus();
      if (landed) landed.shown.at.scrollIntoView({ block: "start" });
    }

    addEventListener("hashchange", () => {
      const step = book.steps.find((step) => step.shown && "#" + step.id === location.hash);
      if (step) go(step);
    });
    addEventListener("storage", (event) => {
      if (event.key !== key) return;
      if (event.newValue === null) return location.reload();
      state = Object.assign(fresh(), stored());
      for (const [of, { control }] of places) if (document.activeElement !== control) control.value = state.values[of] ?? fields.get(of).default ?? "";
      render();
    });
    document.addEventListener("rb-hole", (event) => {
      const at = event.target.activeElement && event.target.activeElement.closest(".step");
      const field = places.get(event.detail) || places.get(`${at ? at.id : ""}/${event.detail}`);
      if (field) { field.control.focus(); field.control.scrollIntoView({ block: "center" }); }
    });
    const copyCurrent = () => current()?.shown.at.querySelector(":scope > figure.code .copy")?.click();
    const tickCurrent = () => { const step = current(); if (step) change(() => { state.now = step.id; mark(step.id, "done"); }); };
    keys.list.push(["n", words.key_next, () => move(1)], ["p", words.key_back, () => move(-1)], ["j", words.key_next, () => move(1)],
      ["k", words.key_back, () => move(-1)], ["x", words.key_tick, tickCurrent], ["c", words.key_copy, copyCurrent],
      ["u", words.key_undo, openUndo], ["U", words.key_rollback, rollback], ["r", words.key_report, report]);
    begin();
  }

  window.$rb.book = book;
})();
