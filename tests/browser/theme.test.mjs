// The theme's checklist, where a browser can measure it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, start } from "./chromium.mjs";

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

/** The contrast of two colours by WCAG 2. */
function contrast(one, other) {
  const light = (hex) => {
    const long = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

test("colours keep their contrast: text 7, the rest of the words 4.5, edges 3", async (t) => {
  const { tab, context } = await open(browser, "release/hotfix.html");
  for (const scheme of ["light", "dark"]) {
    await tab.emulateMedia({ colorScheme: scheme });
    const token = await tab.evaluate(() => {
      const names = ["paper", "raised", "soft", "ink", "ink-2", "accent", "edge", "ok", "ok-soft", "warn", "warn-soft", "stop", "stop-soft", "doubt", "doubt-soft", "c-com", "c-str", "c-kw", "c-var", "c-num"];
      const style = getComputedStyle(document.documentElement);
      return Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
    });
    let least = 99;
    for (const [words, grounds, most] of [
      ["ink", ["paper", "raised", "soft", "warn-soft", "ok-soft", "stop-soft", "doubt-soft"], 7],
      ["ink-2", ["paper", "raised", "soft"], 7],
      ["accent", ["paper", "raised", "soft"], 4.5],
      ["ok", ["paper", "ok-soft"], 4.5], ["warn", ["paper", "warn-soft"], 4.5], ["stop", ["paper", "raised", "stop-soft"], 4.5], ["doubt", ["paper", "doubt-soft"], 4.5],
      ...["c-com", "c-str", "c-kw", "c-var", "c-num"].map((name) => [name, ["raised"], 4.5]),
      ["edge", ["paper", "raised"], 3],
    ]) {
      for (const ground of grounds) {
        const found = contrast(token[words], token[ground]);
        if (words === "ink") least = Math.min(least, found);
        assert.ok(found >= most, `${scheme}: ${words} on ${ground} is ${found.toFixed(2)}`);
      }
    }
    t.diagnostic(`${scheme}: text at least ${least.toFixed(1)}`);
  }
  await context.close();
});

test("the layout has three columns, two and one, each within its measure", async () => {
  const { tab, context } = await open(browser, "release/hotfix.html");
  const measure = () => tab.evaluate(() => {
    const box = (where) => document.querySelector(where).getBoundingClientRect();
    const rem = (px) => px / 16;
    const style = getComputedStyle(document.querySelector("main p"));
    return {
      side: rem(box(".side").width), text: rem(box("main").width), toc: rem(box(".toc").width), head: box(".top").height,
      all: rem(box(".toc").right - box(".side").left), size: parseFloat(style.fontSize), line: parseFloat(style.lineHeight) / parseFloat(style.fontSize),
      h1: rem(parseFloat(getComputedStyle(document.querySelector("h1")).fontSize)), beside: box(".toc").left >= box("main").right, menu: box(".menu").width,
    };
  });
  for (const width of [1280, 1440, 1920]) {
    await tab.setViewportSize({ width, height: 900 });
    const found = await measure();
    assert.ok(found.side >= 16 && found.side <= 19 && found.toc >= 14 && found.toc <= 16, JSON.stringify(found));
    assert.ok(found.text >= 38 && found.text <= 45 && found.all <= 90 && found.beside, JSON.stringify(found));
    assert.ok(found.head >= 56 && found.head <= 64 && found.size >= 16 && found.line >= 1.65 && found.line <= 1.75 && found.h1 <= 2.25, JSON.stringify(found));
  }
  await tab.setViewportSize({ width: 1100, height: 900 });
  assert.ok(!(await measure()).beside, "the contents are a bar above the text");
  await tab.setViewportSize({ width: 900, height: 900 });
  assert.equal((await measure()).menu, 44);
  await context.close();
});

test("the first focus is the skip link, and every stop shows where it is", async () => {
  const { tab, context } = await open(browser, "runbooks/rollback.html");
  for (let stop = 0; stop < 40; stop += 1) {
    await tab.keyboard.press("Tab");
    const found = await tab.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return { name: document.activeElement.className, width: parseFloat(style.outlineWidth), style: style.outlineStyle, index: document.activeElement.tabIndex };
    });
    if (stop === 0) assert.equal(found.name, "skip");
    assert.ok(found.width >= 2 && found.style !== "none" && found.index <= 0, `${stop}: ${JSON.stringify(found)}`);
  }
  await context.close();
});

test("fingers find targets of 44 px on a small screen", async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
  const { tab } = { tab: await context.newPage() };
  const { tab: plain, context: other } = await open(browser, "index.html");
  const base = await plain.evaluate(() => location.href.replace(/index\.html$/, ""));
  await other.close();
  for (const page of ["release/hotfix.html", "runbooks/hotfix.html"]) {
    await tab.goto(base + page);
    if (page.startsWith("runbooks")) { await tab.locator("#-start").tap(); await tab.waitForSelector(".bar"); }
    const small = await tab.evaluate(() => [...document.querySelectorAll("button, .menu, .find, .mark, summary, .acts label, select, .row input")]
      .filter((node) => node.getClientRects().length && node.getBoundingClientRect().height < 43.5)
      .map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 20)} ${node.getBoundingClientRect().height}`));
    assert.deepEqual(small, [], page);
  }
  await context.close();
});

test("forced colours leave shapes and words to tell states apart", async () => {
  const { tab, context } = await open(browser, "runbooks/rollback.html");
  await tab.emulateMedia({ forcedColors: "active" });
  await tab.locator("#-start").click();
  await tab.waitForSelector(".step.now");
  const found = await tab.evaluate(() => ({
    now: getComputedStyle(document.querySelector(".now > .node")).borderTopWidth,
    other: getComputedStyle(document.querySelector(".step:not(.now) > .node")).borderTopWidth,
    words: document.querySelector(".now .at").textContent,
  }));
  assert.notEqual(found.now, found.other);
  assert.match(found.words, /You are here/);
  await context.close();
});

test("the way back closes the drawer, and a link in it leads on", async () => {
  const { tab, context } = await open(browser, "release/hotfix.html", { width: 360 });
  const shown = () => tab.locator("dialog.drawer").evaluate((drawer) => drawer.open);
  await tab.locator(".menu").click();
  assert.ok(await shown());
  await tab.goBack();
  assert.ok(!(await shown()), "back closes it");
  assert.match(tab.url(), /hotfix\.html$/);
  await tab.locator(".menu").click();
  await tab.locator("dialog.drawer a", { hasText: "Calendar" }).click();
  await tab.waitForURL(/calendar\.html$/);
  await tab.goBack();
  await tab.waitForURL(/hotfix\.html$/);
  await context.close();
});

test("there is air under a title, and a word of code has no frame", async () => {
  for (const [page, width] of [["release/hotfix.html", 1440], ["docs/writing-pages.html", 1440], ["runbooks/hotfix.html", 390], ["glossary.html", 390]]) {
    const { tab, context } = await open(browser, page, { width });
    const found = await tab.evaluate(() => {
      const title = document.querySelector("h1");
      const after = title.nextElementSibling.matches(".lede") ? title.nextElementSibling : title;
      const next = [...document.querySelectorAll("article > *")].find((node) => getComputedStyle(node).position !== "absolute" && node.getBoundingClientRect().top >= after.getBoundingClientRect().bottom);
      const section = document.querySelector("article h2");
      return {
        air: next.getBoundingClientRect().top - after.getBoundingClientRect().bottom,
        section: section ? parseFloat(getComputedStyle(section).marginBottom) : 0,
        framed: [...document.querySelectorAll("main :not(pre) > code")].filter((code) => parseFloat(getComputedStyle(code).borderTopWidth) > 0).length,
      };
    });
    assert.ok(found.air >= 20 && found.air > found.section, `${page}: ${JSON.stringify(found)}`);
    assert.equal(found.framed, 0, page);
    await context.close();
  }
});
