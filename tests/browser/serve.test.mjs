// The preview: what is written shows by itself, the place is kept, faults are shown above the last
// good page, and no change is lost.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { settled, start } from "./chromium.mjs";

const program = fileURLToPath(new URL("../../target/debug/runbook", import.meta.url));
const CLOCK = `runbook: 1
id: clock
version: 1.0.0
title: Look at the clock
owner: developer
fixes: Nobody knows what time it is.
steps:
  - { id: look, title: Look at the clock, check: { run: date } }
`;

let browser;
let folder;
let preview;
before(async () => {
  browser = await start();
  folder = await mkdtemp(path.join(os.tmpdir(), "runbook-serve-"));
  await write("site.yaml", "title: Preview\nurl: https://example.org/handbook/\n");
  await write("content/index.md", `# Start\n\nThe first text.\n\n${"A line of text.\n\n".repeat(200)}\n## The end\n\nDown here.\n`);
  await write("content/other.md", "# Other\n\nSomething else.\n");
  await write("runbooks/clock.yaml", CLOCK);
  preview = await serve();
});
after(async () => {
  await browser.close();
  preview.process.kill("SIGINT");
  assert.equal((await preview.ended).code, 0);
  await rm(folder, { recursive: true });
});

async function write(name, text) {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Starts the preview on a free port and waits for its address. */
async function serve() {
  const child = spawn(program, ["serve", "--port", "0"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  const lines = createInterface({ input: child.stdout });
  const base = await new Promise((resolve) => lines.on("line", (line) => {
    const address = /^http:\/\/\S+/.exec(line);
    if (address) resolve(address[0]);
  }));
  return { process: child, ended, base };
}

/** Opens a page and the list of what its scripts did wrong. */
async function visit(page) {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1200, height: 800 } });
  const tab = await context.newPage();
  const faults = [];
  tab.on("pageerror", (fault) => faults.push(fault.message));
  await tab.goto(preview.base + page);
  return { tab, context, faults };
}

const text = (tab, wanted) => tab.locator("main", { hasText: wanted }).waitFor();

/** Waits for a condition of the page and tells how long it took, in milliseconds. */
async function timed(t, what, change, shown) {
  const begun = performance.now();
  await change();
  await shown();
  t.diagnostic(`${what}: ${Math.round(performance.now() - begun)} ms`);
}

test("an edit shows by itself and the place is kept", async (t) => {
  const { tab, context, faults } = await visit("index.html");
  await tab.evaluate(() => document.getElementById("the-end").scrollIntoView());
  const before = await tab.evaluate(() => scrollY);
  assert.ok(before > 1000);
  const old = await readFile(path.join(folder, "content/index.md"), "utf8");
  await timed(t, "an edit", () => write("content/index.md", old.replace("Down here.", "Up there.")), () => text(tab, "Up there."));
  await tab.waitForFunction((before) => Math.abs(scrollY - before) < 5, before);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a page that did not change is not loaded again", async () => {
  const { tab, context } = await visit("other.html");
  const { tab: edited, context: second } = await visit("index.html");
  await tab.evaluate(() => { window.kept = true; });
  const old = await readFile(path.join(folder, "content/index.md"), "utf8");
  await write("content/index.md", old.replace("The first text.", "The second text."));
  await text(edited, "The second text.");
  assert.equal(await tab.evaluate(() => window.kept), true);
  await context.close();
  await second.close();
});

test("a new file in a new folder, a rename and a deletion show", async (t) => {
  const { tab, context } = await visit("new/deep/page.html");
  await text(tab, "This page does not exist");
  await timed(t, "a new file in a new folder", () => write("content/new/deep/page.md", "# Fresh\n\nJust made.\n"), () => text(tab, "Just made."));
  const moved = () => rename(path.join(folder, "content/new/deep/page.md"), path.join(folder, "content/new/deep/moved.md"));
  await timed(t, "a rename", moved, () => text(tab, "This page does not exist"));
  await tab.goto(preview.base + "new/deep/moved.html");
  await text(tab, "Just made.");
  await timed(t, "a deletion", () => rm(path.join(folder, "content/new"), { recursive: true }), () => text(tab, "This page does not exist"));
  await context.close();
});

test("a broken runbook stays as it was, with what is wrong above it, until it is mended", async (t) => {
  const { tab, context, faults } = await visit("runbooks/clock.html");
  const panel = tab.locator(".preview-findings");
  const broken = CLOCK.replace("owner: developer", "ownr: developer");
  await timed(t, "broken YAML", () => write("runbooks/clock.yaml", broken), () => panel.waitFor());
  assert.match(await panel.textContent(), /runbooks\/clock\.yaml:5:1[\s\S]*did you mean `owner`/);
  assert.match(await tab.locator("h1").textContent(), /Look at the clock/);
  const halved = CLOCK.slice(0, CLOCK.indexOf("steps"));
  await write("runbooks/clock.yaml", halved + "steps: [\n");
  await tab.locator(".preview-findings", { hasText: "yaml/syntax" }).waitFor();
  assert.match(await tab.locator("h1").textContent(), /Look at the clock/);
  // What is wrong in one file hides no other page.
  const { tab: other, context: second } = await visit("other.html");
  await write("content/other.md", "# Other\n\nWritten meanwhile.\n");
  await text(other, "Written meanwhile.");
  await timed(t, "mended YAML", () => write("runbooks/clock.yaml", CLOCK.replace("Look at the clock\nowner", "Read the clock\nowner")), () => tab.locator("h1", { hasText: "Read the clock" }).waitFor());
  await panel.waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
  await second.close();
});

test("markup in what is wrong stays text, and the panel can be put away", async () => {
  const { tab, context } = await visit("other.html");
  await write("content/other.md", "# Other\n\nSee [x](<img onerror=alert(1)>.md).\n");
  const panel = tab.locator(".preview-findings");
  await panel.waitFor();
  assert.equal(await panel.locator("img").count(), 0);
  await panel.locator("button").click();
  await panel.waitFor({ state: "detached" });
  await write("content/other.md", "# Other\n\nAll well.\n");
  await text(tab, "All well.");
  await context.close();
});

test("fifty edits in a burst end on the last one", async () => {
  const { tab, context } = await visit("other.html");
  for (let turn = 1; turn <= 50; turn += 1) {
    await write("content/other.md", `# Other\n\nState ${turn} of fifty.\n`);
    await new Promise((go) => setImmediate(go));
  }
  await text(tab, "State 50 of fifty.");
  await context.close();
});

/** The processor time that a process has used, in ticks of the kernel. */
async function spent(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

// A build reads every file of the project; if that caused the next one, there would be no rest.
test("the preview comes to rest after a change", { timeout: 60_000 }, async () => {
  const { tab, context } = await visit("other.html");
  await write("content/other.md", "# Other\n\nOnce more.\n");
  await text(tab, "Once more.");
  await context.close();
  let [still, last] = [0, -1];
  while (still < 20) {
    const now = await spent(preview.process.pid);
    [still, last] = [now === last ? still + 1 : 0, now];
    await new Promise((go) => setTimeout(go, 50));
  }
});

test("the search answers from the newest text", async () => {
  const { tab, context } = await visit("index.html");
  await write("content/other.md", "# Other\n\nA zeppelin came by.\n");
  await tab.goto(preview.base + "other.html");
  await text(tab, "zeppelin");
  await tab.keyboard.press("/");
  await settled(tab);
  await tab.locator("dialog.search input[type=search]").fill("zeppelin");
  await tab.locator("dialog.search [role=option]", { hasText: "zeppelin" }).waitFor();
  await context.close();
});

test("the folder on the host may stand before an address", async () => {
  const { tab, context } = await visit("handbook/other.html");
  assert.equal(await tab.locator("h1").textContent(), "Other");
  await context.close();
});

test("a name from elsewhere gets no answer", async () => {
  const status = await new Promise((resolve, reject) => {
    const request = http.get(preview.base, { headers: { host: "elsewhere.example" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on("error", reject);
  });
  assert.equal(status, 403);
});

test("a page of another site reads nothing of the preview, in any way that browsers offer", async () => {
  const own = await visit("");
  const shown = await own.tab.textContent("h1");
  await own.context.close();
  assert.ok(shown);
  const hostile = `<!doctype html><title>Hostile</title><script>
    const base = ${JSON.stringify(preview.base)};
    window.got = [];
    window.$rbs = new Proxy({}, { get: (_, name) => (...given) => got.push(["index", String(name), JSON.stringify(given).slice(0, 200)]) });
    addEventListener("message", ({ data }) => got.push(["message", String(data)]));
    const element = (name, set) => new Promise((resolve) => {
      const made = Object.assign(document.createElement(name), set);
      made.onload = () => { if (name !== "iframe") got.push(["load", name, set.src || set.href || set.data]); resolve(); };
      made.onerror = resolve;
      document.body.append(made);
    });
    const places = ["", "index.html", "search/m.js", "search/f0.js", "search/f1.js", "-/preview.js", "-/preview.css", "-/news"];
    const read = async (place) => {
      await element("script", { src: base + place });
      await element("script", { src: base + place, type: "module" });
      await element("link", { href: base + place, rel: "stylesheet" });
      await element("img", { src: base + place });
      for (const how of [{}, { mode: "no-cors" }, { credentials: "include" }]) {
        const answer = await fetch(base + place, how).catch(() => null);
        const text = answer && await answer.text().catch(() => "");
        if (text) got.push(["fetch", place, text.slice(0, 80)]);
      }
    };
    const hear = () => new Promise((resolve) => {
      const news = new EventSource(base + "-/news");
      news.onmessage = ({ data }) => { got.push(["news", data]); resolve(); };
      news.onerror = resolve;
    });
    addEventListener("load", async () => {
      for (const place of places) await read(place);
      await hear();
      await element("iframe", { src: base });
      window.framed = document.querySelector("iframe");
      window.done = true;
    });
  </script><body></body>`;
  const server = http.createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(hostile));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  // The same machine by another port and by another name, and a file's own origin, which is none.
  for (const site of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, `data:text/html,${encodeURIComponent(hostile)}`]) {
    const context = await browser.newContext();
    const tab = await context.newPage();
    if (site.startsWith("data:")) await tab.setContent(hostile);
    else await tab.goto(site);
    await tab.waitForFunction(() => window.done === true, null, { timeout: 60_000 });
    assert.deepEqual(await tab.evaluate(() => window.got), [], site);
    const frames = await Promise.all(tab.frames().slice(1).map((frame) => frame.evaluate(() => document.body.innerText).catch(() => "")));
    assert.ok(frames.every((text) => !text.includes(shown)), `${site} shows ${frames}`);
    await context.close();
  }
  server.close();
  const { tab, context } = await visit("");
  assert.equal(await tab.textContent("h1"), shown, "its own page is answered still");
  await context.close();
});
