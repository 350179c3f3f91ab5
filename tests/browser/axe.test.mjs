// Accessibility by axe-core, best practices included: no violation in any state we look at.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { everywhere, open, settled, start } from "./chromium.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const pages = ["release/hotfix.html", "runbooks/hotfix.html", "index.html", "404.html", "release/troubleshooting/t14-npm-auth.html", "search/index.html", "freshness.html"];

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

async function violations(tab) {
  if (!(await tab.evaluate(() => "axe" in window))) await tab.addScriptTag({ path: axe });
  const report = await tab.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  assert.ok(report.passes.length >= 10, `axe looked at the page: ${report.passes.length}`);
  return report.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target).join(" | ")}`);
}

test("pages have no violation, light and dark, narrow and wide", async () => {
  await everywhere(browser, pages, async ({ tab }, where) => {
    assert.deepEqual(await violations(tab), [], where);
  });
});

test("the open search has no violation, with and without results", async () => {
  await everywhere(browser, ["release/hotfix.html", "runbooks/hotfix.html"], async ({ tab }, where) => {
    if (!(await tab.locator("dialog.search[open]").count())) await tab.keyboard.press("/");
    await tab.locator("dialog.search input[type=search]").fill("");
    await settled(tab);
    assert.deepEqual(await violations(tab), [], `${where}, empty`);
    for (const words of ["npm error code E401", "nosuchword"]) {
      await tab.locator("dialog.search input[type=search]").fill(words);
      await settled(tab);
      assert.deepEqual(await violations(tab), [], `${where}, ${words}`);
    }
  });
});

test("run mode has no violation, and neither has what it opens", async () => {
  await everywhere(browser, ["runbooks/rollback.html"], async ({ tab }, where) => {
    if (!(await tab.locator(".bar").count())) await tab.locator("#-start").click();
    await tab.waitForSelector(".bar");
    assert.deepEqual(await violations(tab), [], where);
    for (const key of ["u", "?", "r"]) {
      await tab.evaluate(() => document.activeElement.blur());
      await tab.keyboard.press(key);
      assert.deepEqual(await violations(tab), [], `${where}, ${key}`);
      await tab.keyboard.press("Escape");
    }
  });
});

test("the open drawer has no violation", async () => {
  for (const page of ["release/hotfix.html", "runbooks/hotfix.html"]) {
    const { tab, context } = await open(browser, page, { width: 360 });
    await tab.locator(".menu").click();
    for (const scheme of ["light", "dark"]) {
      await tab.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      assert.deepEqual(await violations(tab), [], `${page}, ${scheme}`);
    }
    await context.close();
  }
});
