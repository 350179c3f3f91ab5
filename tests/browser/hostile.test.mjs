// Hostile text from every place an author or a reader can write to: it is text, and stays text.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { host, open, project, settled, start } from "./chromium.mjs";

const EVIL = `</script><script>window.hurt=1</script><img src=x onerror="window.hurt=1">'"\`{{ 7*7 }}{% x %}$\{7*7}`;
const yaml = (text) => JSON.stringify(text);

const BOOK = `runbook: 1
id: evil
version: 1.0.0
title: ${yaml("Title " + EVIL)}
owner: developer
risk: low
severity: ${yaml(EVIL)}
fixes: ${yaml(EVIL)}
stop_if: ${yaml(EVIL)}
symptoms: [${yaml(EVIL)}]
errors: [${yaml(EVIL)}]
doc: ${yaml("Text " + EVIL)}
params:
  words: { type: string, ask: ${yaml("Ask " + EVIL)}, default: ${yaml(EVIL)} }
  choice: { type: enum, values: [${yaml(EVIL)}, other], ask: Which }
steps:
  - { id: tell, title: ${yaml("Step " + EVIL)}, notify: { channel: ops, text: ${yaml("Say " + EVIL.replace("${7*7}", "") + " ${{ params.words }}")} } }
  - id: run
    title: Run
    doc: ${yaml(EVIL)}
    run: ${yaml("echo '" + EVIL.replaceAll("'", "") + "' \"$WORDS\"\n")}
    env: { WORDS: "\${{ params.words }}" }
    effect: idempotent
    undo: { none: ${yaml(EVIL)} }
    fail_text: ${yaml(EVIL)}
  - id: exec
    title: Exec
    exec: [echo, --, ${yaml(EVIL.replace("${7*7}", ""))}, "\${{ params.words }}"]
    effect: idempotent
  - id: choose
    title: Choose
    decide: { text: ${yaml(EVIL)}, options: { a: { label: ${yaml(EVIL)} }, b: { stop: true } } }
`;

let browser;
let made;
let server;
before(async () => {
  browser = await start();
  made = await project({
    "site.yaml": `title: ${yaml("Site " + EVIL)}\nrules: { markdown/html: "off" }\n`,
    "content/index.md": "---\n" + `title: ${yaml("Start " + EVIL)}\ndescription: ${yaml(EVIL)}\ntags: [${yaml(EVIL.slice(9, 40))}]\n` + "---\n\n# Start\n\n"
      + `Text ${EVIL}\n\n## Heading ${EVIL}\n\n| a |\n| --- |\n| ${EVIL.replaceAll("|", "")} |\n\n- [ ] ${EVIL}\n\n> [!NOTE]\n> ${EVIL}\n\n`
      + "```sh\n" + EVIL + "\n```\n\n```console\n$ echo " + EVIL + "\n" + EVIL + "\n```\n\n"
      + "[script](javascript:window.hurt=1) [data](data:text/html,<script>window.hurt=1</script>)\n\n[The book](../runbooks/evil.yaml)\n",
    "content/a'b&c <i>.md": "# Odd name\n\nWords.\n",
    "content/data/roles.yaml": `roles:\n  developer: { title: ${yaml("Role " + EVIL)}, decides: ${yaml(EVIL)} }\n`,
    "content/data/channels.yaml": "ops: { terminal: true }\n",
    "runbooks/evil.yaml": BOOK,
  }, { findings: true });
  server = await host(made.site);
});
after(async () => {
  await browser.close();
  await server?.stop();
  await made?.remove();
});

async function unhurt({ tab, faults }, where) {
  assert.equal(await tab.evaluate(() => window.hurt), undefined, where);
  assert.deepEqual(faults, [], where);
  const broken = await tab.evaluate(() => ({
    scripts: [...document.scripts].filter((script) => !script.src).length,
    pictures: document.querySelectorAll('img[src="x"]').length,
    handlers: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((found) => found.name.startsWith("on"))).length,
    links: [...document.querySelectorAll("a[href]")].filter((link) => /^(javascript|data):/i.test(link.getAttribute("href"))).length,
    frame: document.querySelectorAll("body > .shell > main").length,
  }));
  assert.deepEqual(broken, { scripts: 0, pictures: 0, handlers: 0, links: 0, frame: 1 }, where);
}

test("pages of hostile text show it as text", async () => {
  for (const page of ["index.html", "runbooks/evil.html", "search/index.html", "404.html", "freshness.html"]) {
    const opened = await open(browser, page, { base: server.base });
    await unhurt(opened, page);
    await opened.context.close();
  }
  const { tab, context } = await open(browser, "runbooks/evil.html", { base: server.base });
  assert.ok((await tab.locator("h1").textContent()).includes("<script>window.hurt=1</script>"), "all of it is there");
  await context.close();
});

test("a file with an odd name has a page that opens", async () => {
  const opened = await open(browser, "index.html", { base: server.base });
  const link = opened.tab.locator("#pages a", { hasText: "Odd name" });
  await link.click();
  assert.equal(await opened.tab.locator("h1").textContent(), "Odd name");
  await unhurt(opened, "odd name");
  await opened.context.close();
});

test("search shows hostile text as text", async () => {
  const opened = await open(browser, "index.html", { base: server.base });
  await opened.tab.keyboard.press("/");
  for (const words of ["hurt", EVIL]) {
    await opened.tab.locator("dialog.search input[type=search]").fill(words);
    await settled(opened.tab);
    await unhurt(opened, words);
  }
  assert.ok(await opened.tab.locator("dialog.search [role=option]").count() > 0);
  await opened.context.close();
});

test("run mode takes hostile values, notes and defaults as text, also in the report", async () => {
  const opened = await open(browser, "runbooks/evil.html", { base: server.base });
  const { tab } = opened;
  await tab.locator("#-start").click();
  await tab.waitForSelector(".bar");
  await tab.locator('[id="v-params.words"]').fill(EVIL);
  await tab.locator("#run .acts summary").click();
  await tab.locator("#run .acts textarea").fill(EVIL);
  for (const step of ["tell", "run", "exec"]) await tab.locator(`#${step}`).getByLabel("Done").check();
  assert.ok((await tab.locator("#tell .said").textContent()).endsWith(EVIL));
  await unhurt(opened, "filled");
  for (const name of ["Undo", "Report"]) {
    await tab.locator(".bar, .choices").getByRole("button", { name }).click();
    await unhurt(opened, name);
    await tab.keyboard.press("Escape");
  }
  await tab.reload();
  await tab.waitForSelector(".bar");
  await unhurt(opened, "kept");
  await opened.context.close();
});

const UNKIND = ["{}", "true", "\"text\"", "not json", "[5, null, {}, [\"x\"], \"ok\"]",
  "{\"started\":\"never\",\"values\":5,\"steps\":[1],\"now\":{}}",
  "{\"started\":1e300,\"values\":{\"params.version\":7},\"steps\":{\"approve\":5,\"publish\":{\"state\":\"done\",\"at\":\"x\"},\"branch\":{\"state\":{},\"note\":[]}}}",
  "{\"started\":null,\"values\":null,\"steps\":null}"];

test("whatever another page left in the storage breaks nothing", async () => {
  for (const value of UNKIND) {
    const { tab, context, faults } = await open(browser, "runbooks/hotfix.html");
    await tab.evaluate((value) => {
      const { key } = document.getElementById("-start").dataset;
      for (const name of ["runbook:folded", "runbook:searches", "runbook:colours", "runbook:keys", "runbook:tab:os", `runbook:run:${key}`]) localStorage.setItem(name, value);
    }, value);
    await tab.reload();
    assert.ok(await tab.evaluate(() => window.$rb !== undefined && document.querySelectorAll(".copy").length > 0), `${value}: the script came to its end`);
    await tab.keyboard.press("Control+k");
    await settled(tab);
    await tab.locator("dialog.search input[type=search]").fill("release");
    await settled(tab);
    assert.ok(await tab.locator("dialog.search a[role=option]").count(), value);
    await tab.keyboard.press("Enter");
    await tab.waitForURL(/find=/);
    await tab.goBack();
    if (await tab.locator("#-start").count()) await tab.locator("#-start").evaluate((begin) => begin.disabled || begin.click());
    await tab.waitForSelector(".bar");
    await tab.evaluate(() => document.activeElement.blur());
    await tab.keyboard.press("r");
    await tab.waitForSelector("dialog.small[open] textarea");
    assert.deepEqual(faults, [], value);
    await context.close();
  }
});

test("a place nobody can read in an address breaks nothing", async () => {
  for (const page of ["docs/writing-pages.html#%", "runbooks/hotfix.html#%E0%A4%A", "index.html#100%"]) {
    const { tab, context, faults } = await open(browser, page);
    assert.ok(await tab.evaluate(() => window.$rb !== undefined && (!document.querySelector(".toc") || document.querySelector(".toc [data-ready]") !== null)), page);
    assert.deepEqual(faults, [], page);
    await context.close();
  }
});
