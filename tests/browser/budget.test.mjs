// What a reader has to load, in bytes and requests. The figures are printed.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { guides, open, runbooks, site, start } from "./chromium.mjs";

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

const zipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

async function assets(extension) {
  const names = (await readdir(path.join(site, "assets"))).filter((name) => name.endsWith(extension));
  assert.ok(names.length > 0, `there are ${extension} files`);
  const sizes = await Promise.all(names.map(async (name) => zipped(await readFile(path.join(site, "assets", name)))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test("style and scripts are small", async (t) => {
  const [css, js] = [await assets(".css"), await assets(".js")];
  t.diagnostic(`CSS ${css} bytes gzip, JS at load ${js} bytes gzip`);
  assert.ok(css <= 12_000, `CSS ${css}`);
  assert.ok(js <= 12_000, `JS ${js}`);
});

test("the frame around the text is small", async (t) => {
  for (const page of [...guides, ...runbooks]) {
    const html = await readFile(path.join(site, page), "utf8");
    const shell = zipped(html.replace(/<main[\s\S]*<\/main>/, ""));
    t.diagnostic(`${page}: ${zipped(html)} bytes gzip, ${shell} without <main>`);
    assert.ok(shell <= 4_000, `${page}: ${shell}`);
  }
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

test("the first view takes at most six requests and nothing shifts", async (t) => {
  for (const page of [guides[1], runbooks[1]]) {
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
    await tab.goto(`file://${path.join(site, page)}`, { waitUntil: "load" });
    await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const shift = await tab.evaluate(() => window.shift);
    t.diagnostic(`${page}: ${requests.length} requests, layout shift ${shift}`);
    assert.ok(requests.length <= 6, `${page}: ${requests}`);
    assert.ok(shift <= 0.01, `${page}: ${shift}`);
    await context.close();
  }
});
