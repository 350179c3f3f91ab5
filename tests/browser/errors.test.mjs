// A pasted message leads to the entry that answers it: in the search of the site as in the terminal, alone or in a log,
// and where nothing fits, that is what is said.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { agree, messages } from "./agreement.mjs";
import { onDisk, open, project, settled, site, start } from "./chromium.mjs";

const ENTRY = `---
title: The tag is taken
id: T8
kind: troubleshooting
orphan: true
recovery: settle
errors:
  - { message: "fatal: tag '{tag}' already exists", example: "fatal: tag 'v1' already exists" }
---

Look at it.
`;
const SETTLE = `runbook: 1
id: settle
version: 1.0.0
title: Settle the tag
owner: developer
fixes: A tag that is in the way.
steps:
  - { id: away, title: Take it away, run: "true", effect: idempotent }
`;

let browser;
let small;
before(async () => {
  browser = await start();
  small = await project({ "site.yaml": "title: Ours\n", "content/index.md": "# Ours\n\nWords about a docker.\n", "content/tag.md": ENTRY, "runbooks/settle.yaml": SETTLE });
});
after(async () => {
  await browser.close();
  await small.remove();
});

/** The dialog of a site, opened. */
async function dialog(folder, page = "index.html") {
  const opened = await open(browser, page, { base: onDisk(folder) });
  await opened.tab.keyboard.press("/");
  await settled(opened.tab);
  return opened;
}

/** Pastes a text as a person does, with its lines. */
async function paste(tab, text) {
  await tab.locator("dialog.search input[type=search]").evaluate((field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await settled(tab);
}

const answer = (tab) => tab.locator("dialog.search .answer");
const status = (tab) => tab.locator("dialog.search [role=status]").textContent();

test("a log of many lines leads to the entry, with the line, what differs in it and the recovery", async () => {
  const { tab, context, faults } = await dialog(small.site);
  const log = [...Array.from({ length: 300 }, (_, at) => `2026-11-02T10:11:12.0${at}Z step ${at} of 300`), "2026-11-02T10:12:00Z \x1b[31mfatal: tag ‘v1.4.3’ already exi", "sts\x1b[0m", "##[error]Process completed with exit code 128."];
  await paste(tab, log.join("\n"));
  assert.equal(await answer(tab).locator(".page").textContent(), "T8: The tag is taken");
  const said = await answer(tab).locator("a span").allTextContents();
  assert.match(said[0], /^line 301: .*fatal: tag 'v1\.4\.3' already exi$/);
  assert.deepEqual(said.slice(1), ["tag: v1.4.3", "runbook exec settle"]);
  const lines = await answer(tab).locator("a span").evaluateAll((all) => all.map((span) => span.getBoundingClientRect().left));
  assert.equal(new Set(lines).size, 1, `each begins a line of its own: ${lines}`);
  assert.equal(await tab.locator("dialog.search [aria-selected=true]").evaluate((link) => link.closest(".answer") !== null), true);
  await tab.keyboard.press("Enter");
  await tab.waitForURL((url) => url.pathname.endsWith("/tag.html"));
  assert.deepEqual(faults, []);
  await context.close();
});

test("of a line of a megabyte the part is shown that says what is wrong", async () => {
  const { tab, context } = await dialog(small.site);
  await paste(tab, `one\n${"tag release remote fatal branch ".repeat(33_000)}fatal: tag 'v1.4.3' already exists`);
  assert.equal(await answer(tab).locator(".page").textContent(), "T8: The tag is taken");
  const [line] = await answer(tab).locator("a span").allTextContents();
  assert.match(line, /^line 2: .*fatal: tag 'v1\.4\.3' already exists$/);
  assert.ok(line.length < 520, `${line.length} letters are shown`);
  await context.close();
});

test("what is typed after a paste counts instead of it", async () => {
  const { tab, context } = await dialog(small.site);
  await paste(tab, "one\nfatal: tag 'a' already exists\n");
  assert.equal(await answer(tab).count(), 1);
  await tab.locator("dialog.search input[type=search]").fill("docker");
  await settled(tab);
  assert.equal(await answer(tab).count(), 0);
  await context.close();
});

test("where no message fits, that is said, and few pages are shown", async () => {
  const { tab, context } = await dialog(small.site);
  await paste(tab, "docker: Error response from daemon:\npull access denied for words");
  assert.match(await status(tab), /^Nothing fits: no known message is in this/);
  assert.equal(await answer(tab).count(), 0);
  await tab.locator("dialog.search input[type=search]").fill("docker");
  await settled(tab);
  assert.doesNotMatch(await status(tab), /Nothing fits/);
  await context.close();
});

test("a site without messages loads nothing for them", async () => {
  const plain = await project({ "site.yaml": "title: Ours\n", "content/index.md": "# Ours\n\nfatal error\n" });
  const { tab, context, faults } = await dialog(plain.site);
  await paste(tab, "fatal: an error that\nnobody knows");
  assert.doesNotMatch(await status(tab), /Nothing fits/);
  assert.equal(await tab.evaluate(() => "diagnose" in $rbs), false);
  assert.deepEqual(faults, []);
  await context.close();
  await plain.remove();
});

test("terminal and browser agree on each eighth message, and the reader of messages is small", async () => {
  const { tab, context } = await dialog(site);
  await paste(tab, "npm error code EOTP\nx");
  const all = await messages();
  assert.ok(all.length > 400, `${all.length} messages`);
  for (const message of all.filter((_, at) => at % 8 === 0)) await agree(tab, message);
  const script = await tab.evaluate(() => document.querySelector(".find").dataset.errors);
  await context.close();
  const size = gzipSync(await readFile(new URL(script, onDisk(site))), { level: 9 }).length;
  assert.ok(size <= 3000, `${size} bytes`);
});
