// Every page a reader opens from disk: complete, within the screen, in silence, by itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { around, beginsWithItsTitle, everywhere, guides, onDisk, open, runbooks, site, start } from "./chromium.mjs";

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

const all = [...guides, ...runbooks, ...around];

test("pages show themselves without a fault, a foreign request or a sideways scroll", async () => {
  await everywhere(browser, all, async ({ tab, faults }, where) => {
    assert.deepEqual(faults, [], where);
    assert.equal(await tab.locator("h1").count(), 1, `${where}: one title`);
    assert.notEqual((await tab.title()).trim(), "", where);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${where}: ${wide} px too wide`);
  });
});

test("nothing scrolls sideways at 320 px", async () => {
  for (const page of all) {
    const { tab, context } = await open(browser, page, { width: 320 });
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${page}: ${wide} px too wide`);
    await context.close();
  }
});

test("the sidebar knows where the reader is", async () => {
  for (const page of [...guides, ...runbooks]) {
    const { tab, context } = await open(browser, page);
    const current = tab.locator('#pages [aria-current="page"]');
    assert.equal(await current.count(), 1, page);
    assert.equal(await current.evaluate((link) => link.href.split("#")[0]), await tab.evaluate(() => location.href), page);
    await context.close();
  }
});

test("an entry of the contents leads to its heading, below the sticky head", async () => {
  for (const page of ["release/hotfix.html", "runbooks/hotfix.html"]) {
    const { tab, context } = await open(browser, page);
    const links = tab.locator(".toc a");
    const last = links.nth((await links.count()) - 1);
    const id = decodeURIComponent((await last.getAttribute("href")).slice(1));
    await last.click();
    await tab.waitForFunction((id) => document.getElementById(id).getBoundingClientRect().top < innerHeight, id);
    const head = await tab.evaluate(() => document.querySelector(".top").getBoundingClientRect().bottom);
    const top = await tab.evaluate((id) => document.getElementById(id).getBoundingClientRect().top, id);
    assert.ok(top >= head, `${page}#${id}: at ${top} px, hidden behind ${head} px`);
    await context.close();
  }
});

test("every internal link of the looked-at pages leads to a file and a place that are there", async () => {
  const { tab, context } = await open(browser, "index.html");
  const seen = new Map();
  for (const page of all) {
    const opened = await open(browser, page);
    const links = await opened.tab.evaluate(() => [...document.querySelectorAll("main a[href]")].map((link) => new URL(link.getAttribute("href"), document.baseURI).href));
    links.filter((link) => link.startsWith("file:")).forEach((link) => seen.set(link, page));
    await opened.context.close();
  }
  assert.ok(seen.size > 80, `links were found: ${seen.size}`);
  let shown = "";
  for (const [link, page] of [...seen].sort()) {
    const [file, fragment] = link.split("#");
    if (/[.](md|yaml)$/.test(file)) continue;
    if (file !== shown) await tab.goto(file);
    shown = file;
    const found = !fragment || await tab.evaluate((id) => document.getElementById(id) !== null, decodeURIComponent(fragment));
    assert.ok(found, `${page}: ${link}`);
  }
  await context.close();
});

test("the drawer opens, holds the focus, closes by Escape and gives the focus back", async () => {
  const { tab, context, faults } = await open(browser, "release/hotfix.html", { width: 360 });
  await tab.locator(".menu").click();
  const drawer = tab.locator("dialog.drawer");
  assert.ok(await drawer.evaluate((dialog) => dialog.open));
  for (let presses = 0; presses < 30; presses += 1) {
    await tab.keyboard.press("Tab");
    const outside = await tab.evaluate(() => !document.activeElement.closest("dialog") && document.activeElement !== document.body);
    assert.ok(!outside, "the focus stays in the drawer");
  }
  await tab.keyboard.press("Escape");
  assert.ok(!(await drawer.evaluate((dialog) => dialog.open)));
  assert.ok(await tab.evaluate(() => document.activeElement.classList.contains("menu")));
  // The dialog tells that it was closed after it is closed.
  await tab.locator(".shell #pages").waitFor({ state: "attached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("copying a console block leaves prompts and output out", async () => {
  const { tab, context } = await open(browser, "release/team-release.html");
  await tab.evaluate(() => {
    window.taken = null;
    navigator.clipboard.writeText = (text) => { window.taken = text; return Promise.resolve(); };
  });
  const figure = tab.locator("figure.code", { hasText: "dist-tags" }).first();
  await figure.locator("button").click();
  assert.equal(await tab.evaluate(() => window.taken), "npm view proxmox-mpc dist-tags\nrunbook exec check-distribution -p version=1.5.0");
  assert.equal(await tab.locator("#said").textContent(), "Copied");
  await context.close();
});

test("the chosen colours stay, and are there before the first paint", async () => {
  const { tab, context } = await open(browser, "release/hotfix.html", { scheme: "light" });
  const paper = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await paper(), "rgb(255, 255, 255)");
  await tab.locator(".mode").click();
  await tab.locator(".mode").click();
  assert.equal(await paper(), "rgb(15, 19, 24)");
  await tab.reload({ waitUntil: "commit" });
  await tab.waitForSelector("body", { state: "attached" });
  assert.equal(await tab.evaluate(() => document.documentElement.dataset.mode), "dark");
  await context.close();
});

test("without JavaScript the page is complete", async () => {
  for (const page of [guides[1], runbooks[1]]) {
    const plain = await open(browser, page, { javascript: false, width: 360 });
    const full = await open(browser, page, { width: 360 });
    const words = (opened) => opened.tab.locator("main").evaluate((main) => {
      const copy = main.cloneNode(true);
      copy.querySelectorAll("button").forEach((button) => button.remove());
      return copy.textContent.replace(/\s+/g, " ").trim();
    });
    assert.equal(await words(plain), await words(full), page);
    await plain.tab.locator(".menu").click();
    assert.ok(await plain.tab.locator("#pages").isVisible(), `${page}: the list of pages is at the foot`);
    assert.deepEqual(plain.faults, []);
    await plain.context.close();
    await full.context.close();
  }
});

test("a deep link lands at once and stays there", async () => {
  for (const javaScriptEnabled of [true, false]) {
    for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
      const context = await browser.newContext({ viewport, javaScriptEnabled, reducedMotion: "no-preference" });
      const tab = await context.newPage();
      await tab.goto(`${onDisk(site)}docs/writing-pages.html`);
      const id = await tab.evaluate(() => Array.from(document.querySelectorAll("article h2[id]")).at(-2).id);
      await tab.goto("about:blank");
      await tab.goto(`${onDisk(site)}docs/writing-pages.html#${id}`);
      const place = () => tab.evaluate((id) => ({ at: document.getElementById(id).getBoundingClientRect().top, head: document.querySelector(".top").getBoundingClientRect().bottom, high: innerHeight }), id);
      const first = await place();
      assert.ok(first.at >= first.head && first.at < first.high, JSON.stringify({ javaScriptEnabled, viewport, first }));
      await tab.screenshot(); // frames go by, without JavaScript too
      assert.deepEqual(await place(), first, "nothing flies by");
      await context.close();
    }
  }
});

test("the page of a phone begins with its title", async () => {
  for (const javascript of [true, false]) {
    for (const page of ["docs/writing-pages.html", "release/troubleshooting/t14-npm-auth.html", "runbooks/hotfix.html"]) {
      const { tab, context } = await open(browser, page, { width: 390, height: 844, javascript });
      await beginsWithItsTitle(tab, page);
      await context.close();
    }
  }
});
