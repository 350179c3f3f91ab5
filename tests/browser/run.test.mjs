// Run mode: a reader follows a runbook by hand, from a strict host and from a disk.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { host, onDisk, open, project, settled, site, start } from "./chromium.mjs";

const BOOK = `runbook: 1
id: demo
version: 1.0.0
title: Demonstration
owner: developer
reviewed: 2026-11-20
risk: medium
severity: high
fixes: Nobody has shown every sort of step.
stop_if: It is not a demonstration.
escalate: developer
budget: { expect: 10m, limit: 1h }
params:
  version: { type: semver, ask: "Which version?" }
  percent: { type: int, min: 1, max: 50, default: "5", unit: percent }
  place: { type: enum, values: [eu, us], ask: "Where?" }
  words: { type: string, pattern: "[a-z' $()]+", ask: "What is it called?" }
  remark: { type: string, optional: true }
  knot: { type: string, optional: true, pattern: "(a+)+b", ask: "Which knot?" }
  pause: { type: duration, optional: true }
  token: { type: secret, ask: at_step }
defaults:
  env: { VERSION: "\${{ params.version }}", PLACE: "\${{ params.place }}" }
steps:
  - { id: tell, title: Say it, notify: { channel: ops, text: "Now \${{ params.version }}" } }
  - id: build
    title: Build it
    run: |
      echo "$NAME"
      printf 'image=%s\\n' "$VERSION-$PLACE" >> "$RB_OUTPUT"
    env: { NAME: "\${{ params.words }}" }
    effect: idempotent
    expect: 1m
    outputs: { image: { type: string } }
    undo: { run: "echo \\"gone $VERSION\\"", effect: idempotent }
  - id: ship
    title: Ship it
    exec: [echo, "two words", --, "\${{ steps.build.outputs.image }}", "\${{ params.words }}"]
    effect: idempotent
    undo: { none: It has been shipped. }
    verify: { run: "true", absent: [1] }
  - id: facts
    title: Write it down
    manual: { text: Look around., fields: { impact: { type: string, ask: "Who is hurt?" } } }
  - id: go
    title: May we?
    approve: { role: developer, count: 1, text: "For \${{ steps.facts.fields.impact }}" }
  - { id: soak, title: Wait for it, wait: { for: 10m } }
  - id: choose
    title: On, again or back?
    decide: { text: Compare., options: { go_on: {}, again: { goto: build, max: 3 }, back: { rollback: true } } }
  - id: both
    title: Two at once
    parallel: { max: 2 }
    steps:
      - { id: one, title: The first, check: { run: "date" } }
      - { id: two, title: The second, check: { run: "true" } }
  - id: regions
    title: Each region
    for_each: { in: [eu, us], as: region, max: 1 }
    check: { exec: [echo, --, "\${{ each.region }}"] }
  - id: hosts
    title: Each host
    for_each: { in: [db1, db2], as: host }
    steps:
      - { id: drain, title: "Drain \${{ each.host }}", exec: [echo, drain, --, "\${{ each.host }}"], effect: idempotent }
finally:
  - { id: over, title: Say that it is over, notify: { channel: ops, text: Over } }
`;

const FILES = {
  "site.yaml": "title: Demonstration site\n",
  "content/index.md": "# Start\n\n[The runbook](../runbooks/demo.yaml)\n",
  "content/data/roles.yaml": "roles:\n  developer: { title: Developer, decides: all }\n",
  "content/data/channels.yaml": "ops: { terminal: true }\n",
  "runbooks/demo.yaml": BOOK,
};

let browser;
let made;
let server;
before(async () => {
  browser = await start();
  made = await project(FILES);
  server = await host(made.site);
});
after(async () => {
  await browser.close();
  await server.stop();
  await made.remove();
});

async function running(options = {}) {
  const opened = await open(browser, options.page ?? "runbooks/demo.html", { base: server.base, ...options });
  await opened.tab.evaluate(() => {
    window.taken = null;
    const writeText = (text) => { window.taken = text; return Promise.resolve(); };
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
  });
  if (!(await opened.tab.locator(".bar").count())) await opened.tab.locator("#-start").click();
  await opened.tab.waitForSelector(".bar");
  return opened;
}

const value = (tab, of) => tab.locator(`[id="v-${of}"]`);
const taken = (tab) => tab.evaluate(() => window.taken);
const now = (tab) => tab.locator("[aria-current=step]").getAttribute("id");
const code = (tab, step) => tab.locator(`#${step} > figure.code code`).textContent();

async function filled(tab) {
  await value(tab, "params.version").fill("1.4.3");
  await value(tab, "params.place").selectOption("eu");
  await value(tab, "params.words").fill("it's $(touch pwned)");
}

test("values are checked by type, fill commands and texts, and unfilled places block the copy", async () => {
  for (const base of [server.base, onDisk(made.site)]) {
    const { tab, context, faults } = await running({ base });
    await tab.locator("#build > figure.code .copy").click();
    assert.equal(await taken(tab), null);
    assert.match(await tab.locator("#build .notice").textContent(), /words.*version.*place|version|words/);
    assert.ok(await tab.evaluate(() => document.activeElement.id.startsWith("v-params.")), "the first empty field is where to go on");
    for (const [of, wrong, words] of [
      ["params.version", "1.4", /version such as/],
      ["params.percent", "51", /50 or less/],
      ["params.percent", "many", /whole number/],
      ["params.words", "UPPER", /has to match/],
    ]) {
      await value(tab, of).fill(wrong);
      assert.match(await tab.locator(`[id="v-${of}-bad"]`).textContent(), words, wrong);
      assert.equal(await value(tab, of).getAttribute("aria-invalid"), "true");
      assert.ok(!(await code(tab, "build")).includes(wrong), "a wrong value fills nothing");
    }
    assert.equal(await value(tab, "params.token").count(), 0, "a secret is never asked for");
    await value(tab, "params.percent").fill("7");
    await filled(tab);
    assert.equal(await tab.locator("#tell .said").textContent(), "Now 1.4.3");
    assert.equal(await tab.locator("#build .notice").count(), 0, "the notice goes");
    assert.match(await tab.locator("#-exec").textContent(), /^runbook exec demo -p version=1\.4\.3 -p percent=7 -p place=eu -p 'words=it'\\''s \$\(touch pwned\)'$/);
    assert.deepEqual(faults, [], base);
    await context.close();
  }
});

test("no value keeps the page from answering, and a pattern that would is left to the terminal", async () => {
  const { tab, context, faults } = await running();
  await value(tab, "params.knot").fill("a".repeat(5_000));
  await value(tab, "params.pause").fill("1ms".repeat(5_000) + "x");
  assert.match(await tab.locator('[id="v-params.pause-bad"]').textContent(), /a time such as/);
  assert.equal(await tab.locator('[id="v-params.knot-bad"]').textContent(), "");
  const row = tab.locator(".row", { has: value(tab, "params.knot") });
  assert.match(await row.textContent(), /Has to match \(a\+\)\+b\. This page does not check that/);
  for (const pause of ["1ms", "90 s", "1h 30min", "2 hrs", "1.5d"]) {
    await value(tab, "params.pause").fill(pause);
    assert.equal(await tab.locator('[id="v-params.pause-bad"]').textContent(), "", pause);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("a copied command does in a shell what it says, whatever the values hold", async () => {
  const { tab, context } = await running();
  await filled(tab);
  const folder = await mkdtemp(path.join(os.tmpdir(), "runbook-pasted-"));
  const pasted = async (step) => {
    await tab.locator(`#${step} > figure.code .copy`).click();
    return execFileSync("bash", ["-c", await taken(tab)], { cwd: folder, encoding: "utf8" });
  };
  assert.equal(await pasted("build"), "it's $(touch pwned)\nimage=1.4.3-eu\n");
  await tab.locator("#ship > figure.code .copy").click();
  assert.match(await tab.locator("#ship .notice").textContent(), /image/, "what an earlier step gives is asked for there");
  await value(tab, "steps.build.outputs.image").fill("demo:1");
  assert.equal(await pasted("ship"), "two words -- demo:1 it's $(touch pwned)\n");
  assert.match(await pasted("two"), /exit 0\n$/, "a check shows its answer");
  await value(tab, "regions/each.region").selectOption("us");
  assert.equal(await pasted("regions"), "-- us\nexit 0\n");
  await value(tab, "hosts/each.host").selectOption("db2");
  assert.equal(await pasted("drain"), "drain -- db2\n", "a step in a loop gets the item that the loop asks for");
  assert.deepEqual(await readdir(folder), [], "nothing in a value was run");
  await rm(folder, { recursive: true });
  await context.close();
});

test("ticks, values and notes survive a reload, a new version begins afresh, starting over asks once", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(onDisk(made.site) + "runbooks/demo.html");
  await tab.locator("#-start").click();
  await value(tab, "params.version").fill("1.4.3");
  await tab.locator("#tell").getByLabel("Done").check();
  await tab.locator("#build .acts summary").click();
  await tab.locator("#build .acts textarea").fill("a <b>note</b>");
  await tab.locator("#ship").getByRole("button", { name: "Not needed" }).click();
  await tab.reload();
  await tab.waitForSelector(".bar");
  assert.equal(await value(tab, "params.version").inputValue(), "1.4.3");
  assert.ok(await tab.locator("#tell").getByLabel("Done").isChecked());
  assert.equal(await tab.locator("#build .acts textarea").inputValue(), "a <b>note</b>");
  assert.match(await tab.locator("#ship .at").textContent(), /Not needed, at/);
  assert.equal(await tab.locator(".bar b").textContent(), "2 of 12");
  assert.equal(await now(tab), "build");

  await tab.getByRole("button", { name: "Start over" }).click();
  await tab.getByRole("button", { name: "Keep them" }).click();
  assert.equal(await tab.locator(".bar b").textContent(), "2 of 12");
  await tab.getByRole("button", { name: "Start over" }).click();
  await Promise.all([tab.waitForEvent("load"), tab.getByRole("button", { name: "Forget them" }).click()]);
  assert.equal(await tab.locator(".bar").count(), 0);
  await tab.locator("#-start").click();
  assert.equal(await tab.locator(".bar b").textContent(), "0 of 12");
  await tab.locator("#tell").getByLabel("Done").check();

  await made.write("runbooks/demo.yaml", BOOK.replace("version: 1.0.0", "version: 1.0.1"));
  made.build();
  await tab.reload();
  assert.equal(await tab.locator(".bar").count(), 0, "the new version was not started");
  await made.write("runbooks/demo.yaml", BOOK);
  made.build();
  await context.close();
});

test("what was done is taken back in reverse, and the report says all of it", async () => {
  const { tab, context } = await running();
  await filled(tab);
  for (const step of ["tell", "build", "ship"]) await tab.locator(`#${step}`).getByLabel("Done").check();
  await tab.locator(".bar").getByRole("button", { name: "Undo" }).click();
  const back = tab.locator("dialog[open]");
  assert.deepEqual(await back.locator("h3").allTextContents(), ["Ship it", "Build it", "Say it"]);
  assert.match(await back.textContent(), /Cannot be undone: It has been shipped\./);
  await back.locator(".copy").click();
  assert.equal(execFileSync("bash", ["-c", await taken(tab)], { encoding: "utf8" }), "gone 1.4.3\n");
  await back.locator("li", { hasText: "Build it" }).getByLabel("Undone").check();
  await tab.keyboard.press("Escape");
  assert.match(await tab.locator("#build .at").textContent(), /Undone/);

  await tab.getByRole("button", { name: "Report" }).click();
  const [file] = await Promise.all([tab.waitForEvent("download"), tab.getByText("Download").click()]);
  assert.equal(file.suggestedFilename(), "demo-1.0.0.md");
  const text = await readFile(await file.path(), "utf8");
  for (const line of ["# Demonstration, by hand", "- `version`: `1.4.3`", "- `words`: `it's $(touch pwned)`", "- Steps: 2 of 12"]) assert.ok(text.includes(line), `${line}: ${text}`);
  assert.match(text, /- \[x\] 1\. Say it: Done, \d{4}-/);
  assert.match(text, /- \[ \] 2\. Build it: Undone/);
  assert.match(text, /- \[ \] 4\. Write it down: not done/);
  await context.close();
});

test("keys move, tick, copy and undo; they rest in fields and can be turned off", async () => {
  const { tab, context } = await running();
  await filled(tab);
  await tab.keyboard.type("njxu");
  assert.equal(await value(tab, "params.words").inputValue(), "it's $(touch pwned)njxu", "a field gets its letters");
  await value(tab, "params.words").fill("name");
  await tab.evaluate(() => document.activeElement.blur());
  const expected = [["n", "build"], ["j", "ship"], ["k", "build"], ["p", "tell"], ["n", "build"]];
  for (const [key, step] of expected) {
    await tab.keyboard.press(key);
    assert.equal(await now(tab), step, key);
    const top = await tab.locator(`#${step}`).evaluate((at) => at.getBoundingClientRect().top - document.querySelector(".bar").getBoundingClientRect().bottom);
    assert.ok(top >= -1, `${step} stands ${top} px below the bar`);
  }
  await tab.keyboard.press("x");
  assert.ok(await tab.locator("#build").getByLabel("Done").isChecked());
  await tab.keyboard.press("c");
  assert.match(await taken(tab), /^\(set -euo pipefail\n[^]*export NAME=name PLACE=eu VERSION=1\.4\.3\necho "\$NAME"/);
  await tab.keyboard.press("u");
  assert.ok(await tab.locator("#build details.undo").evaluate((undo) => undo.open && document.activeElement === undo.querySelector("summary")));
  await tab.keyboard.press("?");
  assert.match(await tab.locator("dialog[open]").textContent(), /next step/);
  await tab.locator("dialog[open] [type=checkbox]").uncheck();
  await tab.keyboard.press("Escape");
  await tab.keyboard.press("x");
  assert.ok(await tab.locator("#build").getByLabel("Done").isChecked(), "keys are off");
  await context.close();
});

test("by keyboard alone: find a step, go there, tick it, copy its command, open the undo, come back", async () => {
  const { tab, context, faults } = await running({ page: "runbooks/demo.html" });
  await filled(tab);
  const seen = async (what) => {
    const outline = await tab.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return { on: document.activeElement !== document.body, width: parseFloat(style.outlineWidth), style: style.outlineStyle };
    });
    assert.ok(outline.on && outline.width >= 2 && outline.style !== "none", `${what}: ${JSON.stringify(outline)}`);
  };
  await tab.keyboard.press("Control+k");
  await settled(tab);
  await tab.keyboard.type("Build it");
  await tab.waitForFunction(() => document.querySelector("dialog.search [aria-selected=true]")?.href.endsWith("#build"));
  await seen("search");
  await tab.keyboard.press("Enter");
  await tab.waitForURL((url) => url.hash === "#build");
  await tab.waitForSelector("#build[aria-current=step]");
  await tab.evaluate(() => {
    const writeText = (text) => { window.taken = text; return Promise.resolve(); };
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
  });
  await tab.keyboard.press("x");
  await tab.keyboard.press("c");
  assert.match(await taken(tab), /echo "\$NAME"/);
  await tab.keyboard.press("u");
  await seen("undo");
  await tab.keyboard.press("Enter");
  assert.ok(!(await tab.locator("#build details.undo").evaluate((undo) => undo.open)), "Enter folds it again");
  await tab.keyboard.press("p");
  await seen("step before");
  for (let stop = 0; stop < 12; stop += 1) {
    await tab.keyboard.press("Tab");
    await seen(`stop ${stop}`);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("without JavaScript, and on paper, the page is a checklist with nothing folded away", async () => {
  const plain = await open(browser, "runbooks/demo.html", { base: server.base, javascript: false });
  assert.equal(await plain.tab.locator("#-start").isVisible(), false);
  await plain.tab.emulateMedia({ media: "print", colorScheme: "dark" });
  const look = await plain.tab.evaluate(() => ({
    ink: getComputedStyle(document.body).color,
    paper: getComputedStyle(document.body).backgroundColor,
    ticks: [...document.querySelectorAll(".step > .tick")].filter((tick) => tick.getBoundingClientRect().width > 10).length,
    undo: document.querySelector("#build details.undo pre").getBoundingClientRect().height,
    flow: document.querySelector("svg.flow").getBoundingClientRect().height,
    hidden: [".top", ".side", ".turn"].filter((where) => document.querySelector(where)?.getClientRects().length),
    code: getComputedStyle(document.querySelector("#build pre")).whiteSpace,
  }));
  assert.equal(look.ink, "rgb(0, 0, 0)");
  assert.equal(look.paper, "rgb(255, 255, 255)");
  assert.equal(look.ticks, 14);
  assert.ok(look.undo > 10 && look.flow > 100, JSON.stringify(look));
  assert.deepEqual(look.hidden, []);
  assert.equal(look.code, "pre-wrap");
  assert.deepEqual(plain.faults, []);
  await plain.context.close();
});

test("above the fold stands what a reader decides by", async () => {
  const { tab, context } = await open(browser, "runbooks/hotfix.html");
  for (const words of ["A released version fails", "45 min", "critical", "Last verified", "Release manager", "Stop if:", "Technical lead", "runbook exec hotfix"]) {
    const bottom = await tab.locator("main").getByText(words).first().evaluate((node) => node.getBoundingClientRect().bottom);
    assert.ok(bottom <= 900, `${words}: ${bottom} px`);
  }
  await context.close();
});

test("the picture shows order, gates, parallel steps and ways back, and leads to every step", async () => {
  const { tab, context } = await open(browser, "runbooks/demo.html", { base: server.base });
  const links = await tab.locator("svg.flow a").evaluateAll((all) => all.map((link) => [link.getAttribute("href"), `${link.textContent}${link.querySelector("[aria-label]")?.getAttribute("aria-label") ?? ""}`.trim()]));
  assert.equal(links.length, 14);
  for (const [href] of links) assert.equal(await tab.locator(href).count(), 1, href);
  const named = Object.fromEntries(links);
  assert.equal(named["#build"], "2 Build it can be undone");
  assert.equal(named["#go"], "5 May we? · Approval");
  assert.equal(named["#one"], "8.1 The first");
  assert.match(named["#regions"], /Once for each region/);
  assert.ok(await tab.locator("svg.flow .b").count() >= 1, "an arrow leads back");
  assert.match(await tab.locator("svg.flow").textContent(), /again: back to Build it, at most 3 times/);
  await context.close();
});
