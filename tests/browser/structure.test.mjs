// How a site hangs together in a browser: below a sub-folder, from former addresses, with folded
// groups, and on the day a page is due.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { host, onDisk, open, site, start } from "./chromium.mjs";

const program = fileURLToPath(new URL("../../target/debug/runbook", import.meta.url));
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let browser;
let scratch;
before(async () => {
  browser = await start();
  scratch = await mkdtemp(path.join(os.tmpdir(), "runbook-structure-"));
});
after(async () => {
  await browser.close();
  await rm(scratch, { recursive: true });
});

/** A project on disk, built; gives the folder of its site. */
async function built(name, files) {
  const folder = path.join(scratch, name);
  for (const [file, text] of Object.entries({ "site.yaml": "title: Ours\n", ...files })) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  execFileSync(program, ["-C", folder, "build"], { stdio: "pipe" });
  return path.join(folder, "public");
}

/** A tab that records what a reader must never meet. */
async function tabOf(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const tab = await context.newPage();
  const faults = [];
  tab.on("pageerror", (fault) => faults.push(fault.message));
  // What could not be loaded is told by its address below; the console adds only Chromium's own favicon.
  const lost = (message) => message.text().startsWith("Failed to load resource");
  tab.on("console", (message) => { if (message.type() === "error" && !lost(message)) faults.push(message.text()); });
  // What a page still waits for when the reader goes on is given up, and no fault.
  tab.on("requestfailed", (request) => { if (request.failure().errorText !== "net::ERR_ABORTED") faults.push(`failed: ${request.url()}`); });
  tab.on("response", (response) => { if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`); });
  return { tab, context, faults };
}

test("below a sub-folder everything works as at the root", async () => {
  const root = path.join(scratch, "www");
  await mkdir(path.join(root, "teams/ops"), { recursive: true });
  await symlink(site, path.join(root, "teams/ops/site"));
  const served = await host(root);
  const { tab, context, faults } = await tabOf();
  const base = `${served.base}teams/ops/site/`;
  for (const page of ["index.html", "docs/index.html", "docs/decisions/index.html", "runbooks/index.html", "roles/release-manager.html", "tags/emergency.html", "glossary.html", "freshness.html"]) {
    await tab.goto(base + page);
    const links = await tab.evaluate(() => [...document.querySelectorAll("a[href], link[href], script[src], img[src]")].map((found) => found.href || found.src));
    for (const link of links) assert.ok(link.startsWith(base), `${page} leads to ${link}`);
  }
  await tab.goto(`${base}roles/release-manager.html`);
  await tab.locator("main a", { hasText: "Permission to publish a hotfix of high severity" }).click();
  await tab.waitForURL(`${base}runbooks/publish-package.html#approve_high`);
  await tab.keyboard.press("/");
  await tab.waitForSelector("dialog.search [role=listbox][aria-busy=false]", { state: "attached" });
  await tab.locator("dialog.search input[type=search]").fill("code freeze");
  await tab.locator("dialog.search a[role=option]", { hasText: "Freeze" }).first().waitFor();
  assert.deepEqual(faults, []);
  await context.close();
  await served.stop();
});

const MOVED = {
  "content/index.md": "# Start\n\n[New](new.md)\n",
  "content/new.md": "---\nredirect_from:\n  - old/page.html\n  - old/page.html#was: \"#two\"\n  - \"#too\": \"#two\"\n  - index.html#gone: \"#two\"\n---\n# New\n\n## One\n\n## Two\n",
};

test("former addresses lead on, with the place, from a host and from a disk", async () => {
  const folder = await built("moved", MOVED);
  const served = await host(folder);
  for (const base of [served.base, `${pathToFileURL(folder).href}/`]) {
    for (const [from, to] of [
      ["old/page.html", "new.html"],
      ["old/page.html#one", "new.html#one"], // the place has the same name there
      ["old/page.html#was", "new.html#two"], // it was renamed on the way
      ["index.html#gone", "new.html#two"], // the page is there, the place is not
    ]) {
      const { tab, context, faults } = await tabOf();
      await tab.goto(base + from);
      await tab.waitForURL(base + to);
      assert.equal(await tab.locator("h1").textContent(), "New", from);
      assert.deepEqual(faults, [], from);
      await context.close();
    }
  }
  await served.stop();
});

test("without JavaScript a former page leads on, and a renamed heading is found", async () => {
  const folder = await built("moved-plain", MOVED);
  const { tab, context } = await tabOf({ javaScriptEnabled: false });
  await tab.goto(pathToFileURL(path.join(folder, "old/page.html")).href);
  await tab.waitForURL(/\/new\.html$/);
  await tab.goto(`${pathToFileURL(path.join(folder, "new.html")).href}#too`);
  assert.equal(await tab.locator("h2:has(#too)").textContent(), "Two #");
  await context.close();
});

test("a group folds by keyboard, stays folded on other pages, and not around the current one", async () => {
  // A site of its own: on a larger one, such as ours may be, other groups are links.
  const folder = await built("folds", {
    "site.yaml": "title: Folds\nroots:\n  - { dir: content, at: / }\n  - { dir: docs, at: docs/, title: Manual }\n",
    "content/index.md": "# Start\n",
    "content/release/hotfix.md": "# Hotfix\n",
    "content/release/calendar.md": "# Calendar\n",
    "docs/index.md": "# The manual\n",
    "docs/more.md": "# More of it\n",
  });
  const { tab, context, faults } = await open(browser, "release/hotfix.html", { base: onDisk(folder) });
  const fold = tab.locator(".side section[data-group='Manual'] > details > summary");
  const list = tab.locator(".side section[data-group='Manual'] ul").first();
  const group = tab.locator(".side section[data-group='Manual'] > details");
  assert.equal(await fold.textContent(), "Pages of Manual");
  assert.ok(await group.evaluate((details) => details.open));
  await fold.focus();
  await tab.keyboard.press("Enter");
  assert.ok(!(await group.evaluate((details) => details.open)));
  assert.ok(await list.isHidden());
  // The browser tells of a fold after it is folded, and only then it is kept.
  await tab.waitForFunction(() => localStorage.getItem("runbook:folded")?.includes("Manual"));

  await tab.goto(new URL("calendar.html", tab.url()).href, { waitUntil: "commit" });
  await tab.waitForFunction(() => window.$rb !== undefined);
  assert.ok(await list.isHidden(), "it stays folded");
  const shift = await tab.evaluate(() => new Promise((done) => {
    new PerformanceObserver((seen) => done(seen.getEntries().reduce((sum, entry) => sum + entry.value, 0))).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => done(0), 0));
  }));
  assert.ok(shift <= 0.01, `nothing jumps: ${shift}`);

  await tab.goto(new URL("../docs/index.html", tab.url()).href);
  assert.ok(await list.isVisible(), "the current group is open");
  assert.deepEqual(faults, []);
  await context.close();
});

const DUE = {
  "content/index.md": "# Start\n\n[Due](due.md) [Fresh](fresh.md)\n",
  "content/due.md": "---\ntitle: Due\nowner: keeper\nreviewed: 2026-01-01\nreview_by: 2026-05-01\n---\nText.\n",
  "content/fresh.md": "---\ntitle: Fresh\nowner: helper\nreviewed: 2026-01-01\nreview_by: 2026-09-01\n---\nText.\n",
  "content/data/roles.yaml": "roles:\n  keeper: { title: The keeper }\n  helper: { title: The helper }\n",
};

test("the browser says what is due today, and the page lists one owner's alone", async () => {
  const folder = await built("due", DUE);
  const base = `${pathToFileURL(folder).href}/`;
  for (const [today, page, shown] of [
    ["2026-05-01T23:00:00", "due.html", false], // the last good day
    ["2026-05-02T01:00:00", "due.html", true],
    ["2026-05-02T01:00:00", "fresh.html", false],
  ]) {
    const { tab, context } = await tabOf();
    await tab.clock.setFixedTime(new Date(today));
    await tab.goto(base + page);
    assert.equal(await tab.locator(".overdue").isVisible(), shown, `${page} on ${today}`);
    await context.close();
  }
  const { tab, context, faults } = await tabOf();
  await tab.clock.setFixedTime(new Date("2026-06-01T12:00:00"));
  await tab.goto(`${base}freshness.html`);
  const rows = tab.locator(".fresh tbody tr:visible");
  assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => row.querySelector("a").textContent)), ["Due", "Fresh"]);
  assert.deepEqual(await tab.locator(".late").evaluateAll((all) => all.map((late) => late.closest("tr").querySelector("a").textContent)), ["Due"]);
  await tab.getByLabel("Owner").selectOption("The helper");
  assert.equal(await rows.count(), 1);
  assert.equal(await tab.locator("#said").textContent(), "1 of 2 pages");
  assert.deepEqual(faults, []);
  await context.close();

  const plain = await tabOf({ javaScriptEnabled: false });
  await plain.tab.goto(`${base}freshness.html`);
  assert.equal(await plain.tab.locator(".fresh tbody tr:visible").count(), 2, "complete without JavaScript");
  assert.equal(await plain.tab.locator(".side button").count(), 0, "no button that does nothing");
  const group = plain.tab.locator(".side details").first();
  await group.locator("summary").first().click();
  assert.ok(!(await group.evaluate((details) => details.open)), "a group folds without JavaScript");
  await plain.context.close();
});

test("the pages that the program makes have no violation", async () => {
  for (const page of ["freshness.html", "glossary.html", "roles/release-manager.html", "tags/index.html", "runbooks/index.html", "docs/index.html"]) {
    for (const [scheme, width] of [["light", 1440], ["dark", 360]]) {
      const { tab, context, faults } = await open(browser, page, { scheme, width });
      assert.deepEqual(faults, [], page);
      await tab.addScriptTag({ path: axe });
      const found = await tab.evaluate(() => window.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }));
      assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target)}`), [], `${page}, ${scheme}`);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${page}: ${wide} px too wide`);
      await context.close();
    }
  }
});

test("the page that is shown when nothing is found has the search and a link to all pages", async () => {
  const lost = await readFile(path.join(site, "404.html"), "utf8");
  const served = await host(site);
  const { tab, context, faults } = await open(browser, "404.html");
  assert.equal(await tab.locator("main a[href$='search/index.html']:not(.find)").count(), 1, "all pages");
  await context.close();
  assert.deepEqual(faults, []);
  for (const javaScriptEnabled of [true, false]) {
    const { tab, context } = await tabOf({ javaScriptEnabled });
    await tab.route(`${served.base}hotfx.html`, (route) => route.fulfill({ status: 404, contentType: "text/html", body: lost }));
    await tab.goto(`${served.base}hotfx.html`);
    await tab.locator("main .find").click();
    if (javaScriptEnabled) {
      await tab.waitForSelector("dialog.search [role=listbox][aria-busy=false]", { state: "attached" });
      assert.equal(await tab.locator("dialog.search input[type=search]").inputValue(), "hotfx", "what the address said");
      await tab.locator("dialog.search a[role=option]", { hasText: "otfix" }).first().waitFor();
    } else {
      await tab.waitForURL(`${served.base}search/index.html`);
    }
    await context.close();
  }
  await served.stop();
});
