// What a reader has to load, in bytes and requests. The figures are printed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { guides, host, onDisk, open, program, runbooks, site, start } from "./chromium.mjs";

const generator = fileURLToPath(new URL("../../../shared/bench/gen.py", import.meta.url));

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

const zipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

test("style and scripts are small", async (t) => {
  for (const [what, names, most] of [
    ["CSS", ["style-"], 12_000],
    ["JS at load", ["theme-init-", "site-"], 12_000],
    ["search, when somebody searches", ["search-engine-", "search-near-", "search-"], 15_000],
    ["messages, where a site answers some", ["search-errors-"], 3_000],
    ["run mode, when somebody starts it", ["run-mode-"], 12_000],
  ]) {
    const kept = names.map((name) => (name === "search-" ? /^search-(?!engine|near|errors)/ : new RegExp("^" + name)));
    const found = (await readdir(path.join(site, "assets"))).filter((name) => kept.some((start) => start.test(name)));
    assert.equal(found.length, names.length, `${what}: ${found}`);
    let size = 0;
    for (const name of found) size += zipped(await readFile(path.join(site, "assets", name)));
    t.diagnostic(`${what}: ${size} bytes gzip`);
    assert.ok(size <= most, `${what}: ${size}`);
  }
});

/** Every page of a site with its size, its frame and its words. */
async function weighed(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".html"));
  return Promise.all(files.map(async (name) => {
    const html = await readFile(path.join(folder, name), "utf8");
    const main = /<main[^]*<\/main>/.exec(html)?.[0] ?? "";
    return { name, size: zipped(html), frame: zipped(html.replace(main, "")), words: main.replace(/<[^>]*>/g, " ").split(/\s+/).length };
  }));
}

async function holds(t, folder) {
  const pages = await weighed(folder);
  pages.sort((a, b) => b.size - a.size);
  for (const page of pages.slice(0, 10)) t.diagnostic(`${page.name}: ${page.size} bytes gzip, ${page.frame} without <main>, ${page.words} words`);
  for (const page of pages) {
    assert.ok(page.frame <= 4_000, `${page.name}: ${page.frame} bytes without <main>`);
    assert.ok(page.words > 1_000 || page.size <= 8_000, `${page.name}: ${page.size} bytes for ${page.words} words`);
  }
  return pages.length;
}

test("the pages of our own site are small", async (t) => {
  assert.ok(await holds(t, site) > 30);
});

test("the pages of a generated site of 1,000 pages are small, and one opens in six requests", async (t) => {
  if (!existsSync(generator)) return t.skip("no ../shared/bench/gen.py here");
  const folder = await mkdtemp(path.join(os.tmpdir(), "runbook-thousand-"));
  execFileSync("python3", [generator, "--pages", "1000", "--out", path.join(folder, "content"), "--flavor", "plain"]);
  await writeFile(path.join(folder, "site.yaml"), "title: A thousand pages\n");
  execFileSync(program, ["-C", folder, "build"], { stdio: ["ignore", "pipe", "pipe"] });
  const made = path.join(folder, "public");
  assert.ok(await holds(t, made) >= 1_000);
  await firstView(t, made, "section-00/page-00000.html");
  await rm(folder, { recursive: true });
});

test("no page has an inline script or style, or loads a font", async () => {
  for (const page of [...guides, ...runbooks, "index.html", "404.html"]) {
    const { tab, context } = await open(browser, page);
    const inline = await tab.evaluate(() => ({
      scripts: [...document.scripts].filter((script) => !script.src).length,
      styles: document.querySelectorAll("style, [style]").length,
      handlers: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((a) => a.name.startsWith("on"))).length,
      fonts: document.fonts.size,
    }));
    assert.deepEqual(inline, { scripts: 0, styles: 0, handlers: 0, fonts: 0 }, page);
    await context.close();
  }
});

/** Opens a page with a cold cache and counts what it asks for and how far things move. */
async function firstView(t, folder, page) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const tab = await context.newPage();
  const requests = [];
  tab.on("request", (request) => requests.push(request.url()));
  await tab.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await tab.goto(onDisk(folder) + page, { waitUntil: "load" });
  await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const shift = await tab.evaluate(() => window.shift);
  t.diagnostic(`${page}: ${requests.length} requests, layout shift ${shift}`);
  assert.ok(requests.length <= 6, `${page}: ${requests}`);
  assert.ok(shift <= 0.01, `${page}: ${shift}`);
  await context.close();
}

test("the first view takes at most six requests and nothing shifts", async (t) => {
  for (const page of [guides[1], runbooks[1], "freshness.html"]) await firstView(t, site, page);
});

test("nothing moves when the scripts come late, narrow or wide", async () => {
  const served = await host(site);
  for (const width of [412, 1100, 1440]) {
    const context = await browser.newContext({ viewport: { width, height: 823 } });
    const tab = await context.newPage();
    let release;
    const late = new Promise((go) => { release = go; });
    await tab.route(/assets\/site-.*js/, async (route) => { await late; await route.continue(); });
    await tab.addInitScript(() => {
      window.moved = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.moved += entry.value; })).observe({ type: "layout-shift", buffered: true });
    });
    await tab.goto(`${served.base}runbooks/hotfix.html`, { waitUntil: "commit" });
    await tab.waitForSelector("footer.site");
    await tab.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    release();
    await tab.waitForFunction(() => window.$rb !== undefined && document.querySelector(".toc [data-ready]"));
    await tab.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    const moved = await tab.evaluate(() => window.moved);
    assert.ok(moved <= 0.01, `${width}: ${moved}`);
    await context.close();
  }
  await served.stop();
});
