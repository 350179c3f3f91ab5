// Opens the built site from disk in a real Chromium that can reach nothing else.
//
// Every page records what a reader must never meet: console errors, faults of scripts, and
// requests to anything but the site's own files.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import { pathToFileURL, fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));

/** The folder of the built site. */
export const site = path.resolve(process.env.RUNBOOK_SITE ?? path.join(here, "../../public"));

/** The program that builds sites. */
export const program = path.join(here, "../../target/debug/runbook");

/** The address of a folder on disk. */
export const onDisk = (folder) => pathToFileURL(folder).href + "/";

/** A project of these files, built into `public/` below its folder; with `findings`, errors and all. */
export async function project(files, { findings = false } = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "runbook-site-"));
  const write = async (name, text) => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const build = () => {
    const ended = spawnSync(program, ["-C", folder, "build", ...(findings ? ["--keep-going"] : [])], { encoding: "utf8" });
    if (ended.status !== (findings ? 1 : 0)) throw new Error(`build ended with ${ended.status}: ${ended.stderr}`);
  };
  build();
  return { folder, site: path.join(folder, "public"), write, build, remove: () => rm(folder, { recursive: true }) };
}

/** What the tests look at: the guides, the three runbooks and the pages around them. */
export const guides = [
  "release/team-release.html",
  "release/hotfix.html",
  "release/calendar.html",
  "release/approvals.html",
  "release/troubleshooting/index.html",
  "release/metrics.html",
  "release/setting-up.html",
  "release/by-role.html",
];
export const runbooks = ["runbooks/release.html", "runbooks/hotfix.html", "runbooks/rollback.html"];
export const around = ["index.html", "404.html", "release/index.html", "release/troubleshooting/t14-npm-auth.html", "search/index.html", "freshness.html", "docs/index.html"];

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Serves a folder as a strict host does: no inline script or style, nothing from elsewhere. */
export async function host(folder) {
  const server = createServer(async (request, response) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url, "http://host").pathname));
    const content = await readFile(file).catch(() => null);
    response.writeHead(content ? 200 : 404, {
      "content-type": TYPES[path.extname(file)] ?? "text/plain",
      "content-security-policy": "default-src 'self'",
    });
    response.end(content);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const stop = () => new Promise((stopped) => { server.close(stopped); server.closeAllConnections(); });
  return { base: `http://127.0.0.1:${server.address().port}/`, stop };
}

/** Debian's Chromium: the one without windows, a page of which costs a third, or the whole of it where that is all there is. */
const executablePath = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((program) => existsSync(program));

/** Starts Chromium; the caller closes it. */
export function start() {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** Opens a page and gives it with the list of what went wrong on it; `base` is the site's root. */
export async function open(browser, page, { base = onDisk(site), scheme = "light", width = 1440, height = 900, javascript = true } = {}) {
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width, height },
    javaScriptEnabled: javascript,
    reducedMotion: "reduce",
  });
  const tab = await context.newPage();
  const faults = [];
  const requests = [];
  await context.route("**/*", (route) => {
    const url = route.request().url();
    requests.push(url);
    if (url.startsWith(base)) return route.continue();
    faults.push(`asked for ${url}`);
    return route.abort();
  });
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  tab.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  await tab.goto(new URL(page, base).href);
  return { tab, context, faults, requests };
}

/** Waits until the search has answered what stands in its field; an empty list is not visible. */
export const settled = (tab) => tab.waitForSelector("dialog.search [role=listbox][aria-busy=false]", { state: "attached" });

/** Runs `look` on every page in both colours and at both widths; a page is opened once. */
export async function everywhere(browser, pages, look) {
  for (const page of pages) {
    const opened = await open(browser, page);
    try {
      for (const width of [1440, 360]) {
        await opened.tab.setViewportSize({ width, height: 900 });
        for (const scheme of ["light", "dark"]) {
          await opened.tab.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
          await look(opened, `${page}, ${scheme}, ${width} px`);
        }
      }
    } finally {
      await opened.context.close();
    }
  }
}

/** A page of a phone begins with its title: no entry of a list stands above it, and little else. */
export async function beginsWithItsTitle(tab, page) {
  const found = await tab.evaluate(() => {
    const title = document.querySelector("h1").getBoundingClientRect();
    const above = [...document.querySelectorAll("li, summary")].filter((node) => !node.closest(".crumb") && node.checkVisibility() && node.getBoundingClientRect().top < title.top);
    return { top: title.top, above: above.length };
  });
  assert.equal(found.above, 0, page);
  assert.ok(found.top <= 130, `${page}: the title stands at ${found.top} px`);
}
