// What authors can write, as a reader meets it: on a strict host, from disk, by keyboard, without
// JavaScript, and in print.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { host, start } from "./chromium.mjs";

const program = fileURLToPath(new URL("../../target/debug/runbook", import.meta.url));
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TABS = (first, second) => `:::tabs{sync="system"}
::tab{label="Debian"}
${first}
::tab{label="Alpine"}
${second}
:::
`;
const PAGE = `# Writing

![A wide picture](wide.svg)

${TABS("Use apt.", "## Only here\n\nUse apk.")}
${TABS("Restart by systemctl.", "Restart by rc-service.")}
:::details{title="More"}
### Inside

Hidden words.
:::

$$
A = \\frac{a}{b} + \\begin{aligned} x &= y \\end{aligned}
$$

${"A line of text.\n\n".repeat(60)}
\`\`\`sh {hl="1"}
rm -rf <folder> # ${"a long line ".repeat(30)}
\`\`\`

\`\`\`console
$ ls <folder> <other file>
<folder> is empty
\`\`\`
`;

let browser;
let folder;
let served;
before(async () => {
  browser = await start();
  folder = await mkdtemp(path.join(os.tmpdir(), "runbook-writing-"));
  await mkdir(path.join(folder, "content"));
  await writeFile(path.join(folder, "site.yaml"), "title: Writing\n");
  await writeFile(path.join(folder, "content/index.md"), PAGE);
  await writeFile(path.join(folder, "content/other.md"), `# Other\n\n${TABS("Ask Debian.", "Ask Alpine.")}`);
  await writeFile(path.join(folder, "content/wide.svg"), '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200"><rect width="600" height="200"/></svg>');
  await promisify(execFile)(program, ["build", "--deny", "warnings"], { cwd: folder });
  served = await host(path.join(folder, "public"));
});
after(async () => {
  await browser.close();
  await served.stop();
  await rm(folder, { recursive: true });
});

/** Opens a page in a context of its own, on the strict host. */
async function open(page, { javascript = true, scheme = "light", width = 1440, base = served.base } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, javaScriptEnabled: javascript, reducedMotion: "reduce", viewport: { width, height: 900 } });
  const tab = await context.newPage();
  const faults = [];
  tab.on("console", (message) => { if (["error", "warning"].includes(message.type())) faults.push(message.text()); });
  tab.on("pageerror", (error) => faults.push(error.message));
  await tab.goto(base + page);
  return { tab, context, faults };
}

const shown = async (tab) => {
  const all = ["Use apt.", "Use apk.", "Restart by systemctl.", "Restart by rc-service."];
  const seen = await Promise.all(all.map((words) => tab.getByText(words, { exact: true }).evaluate((node) => node.checkVisibility({ contentVisibilityAuto: true }))));
  return all.filter((_, at) => seen[at]);
};

test("a strict host has nothing to refuse, and axe nothing to complain of", async () => {
  for (const scheme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
      const { tab, context, faults } = await open("index.html", { scheme, width });
      assert.deepEqual(faults, []);
      assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing scrolls sideways");
      await context.close();
      // axe itself would be refused by the strict host, so it looks at the page from disk.
      const disk = await open("index.html", { scheme, width, base: `${pathToFileURL(path.join(folder, "public")).href}/` });
      await disk.tab.addScriptTag({ path: axe });
      const report = await disk.tab.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      assert.deepEqual(report.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target).join(" | ")}`), [], `${scheme}, ${width} px`);
      await disk.context.close();
    }
  }
});

test("tabs are chosen by keyboard, together, and stay chosen on the next page", async () => {
  const { tab, context, faults } = await open("index.html");
  assert.deepEqual(await shown(tab), ["Use apt.", "Restart by systemctl."]);
  const first = tab.getByRole("tab", { name: "Debian" }).first();
  await first.focus();
  await tab.keyboard.press("ArrowRight");
  assert.equal(await tab.evaluate(() => document.activeElement.textContent), "Alpine");
  assert.deepEqual(await shown(tab), ["Use apk.", "Restart by rc-service."]);
  assert.equal(await tab.locator('[role="tab"][aria-selected="true"]').count(), 2);
  await tab.keyboard.press("Tab");
  assert.equal(await tab.evaluate(() => document.activeElement.getAttribute("role")), "tabpanel");
  await tab.goto(`${served.base}other.html`);
  assert.equal(await tab.locator('[aria-selected="true"]').textContent(), "Alpine");
  await first.focus();
  await tab.keyboard.press("Home");
  assert.equal(await tab.locator('[aria-selected="true"]').textContent(), "Debian");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a link into a tab or a closed block opens it", async () => {
  const { tab, context } = await open("index.html#only-here");
  assert.deepEqual(await shown(tab), ["Use apk.", "Restart by systemctl."]);
  await tab.evaluate(() => { location.hash = "#inside"; });
  await tab.waitForFunction(() => document.querySelector("details.more").open);
  const [top, head] = await tab.evaluate(() => [document.getElementById("inside").getBoundingClientRect().top, document.querySelector(".top").getBoundingClientRect().bottom]);
  assert.ok(top >= head && top < 900, `at ${top} px`);
  await context.close();
});

test("without JavaScript and in print every tab is there under its label", async () => {
  const plain = await open("index.html", { javascript: false });
  const every = ["Use apt.", "Use apk.", "Restart by systemctl.", "Restart by rc-service."];
  assert.deepEqual(await shown(plain.tab), every);
  assert.ok(await plain.tab.locator(".tab-label").first().isVisible());
  await plain.context.close();
  const { tab, context } = await open("index.html");
  await tab.emulateMedia({ media: "print" });
  assert.deepEqual(await shown(tab), every);
  assert.ok(await tab.locator(".tab-label").last().isVisible());
  assert.ok(!(await tab.getByRole("tablist").first().isVisible()));
  await context.close();
});

test("a command with placeholders is copied when its reader has filled them in", async () => {
  const { tab, context, faults } = await open("index.html");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const session = tab.locator("figure.code[data-lang=console]");
  await session.locator(".copy").click();
  assert.equal(await session.locator(".blanks label").count(), 2);
  assert.equal(await tab.evaluate(() => document.activeElement.dataset.of), "<folder>");
  await tab.keyboard.type("<b>/tmp</b>");
  await tab.keyboard.press("Enter");
  assert.equal(await tab.evaluate(() => document.activeElement.dataset.of), "<other file>", "one is still empty");
  await tab.keyboard.type("a.txt");
  await tab.keyboard.press("Enter");
  await session.getByText("Copied").waitFor();
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), "ls <b>/tmp</b> a.txt");
  assert.equal(await tab.locator("figure.risky pre var").textContent(), "<b>/tmp</b>", "it stands wherever the page has it");
  await tab.locator("figure.risky pre var").click();
  assert.equal(await tab.locator("figure.risky .blanks input").inputValue(), "<b>/tmp</b>");
  await session.locator(".blanks input").first().fill("");
  assert.equal(await tab.locator("figure.risky pre var").textContent(), "<folder>");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a picture has its place before it is loaded, and long lines can be wrapped", async () => {
  const { tab, context } = await open("index.html", { javascript: false });
  const box = await tab.locator("img").evaluate((image) => [image.getAttribute("width"), image.getAttribute("height"), image.getAttribute("loading")]);
  assert.deepEqual(box, ["600", "200", null], "it may be in sight at once");
  await context.close();
  const wide = await open("index.html");
  const figure = wide.tab.locator("figure.risky");
  const overflows = () => figure.locator("pre").evaluate((pre) => pre.scrollWidth > pre.clientWidth);
  assert.ok(await overflows());
  await figure.getByRole("button", { name: "Wrap" }).click();
  assert.ok(!(await overflows()));
  assert.equal(await figure.getByRole("button", { name: "Wrap" }).getAttribute("aria-pressed"), "true");
  await wide.context.close();
});
