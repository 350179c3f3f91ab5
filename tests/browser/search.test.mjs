// Search in the browser: the same answers as the terminal's, from a host and from a disk, within
// its budget, and honest when a part of the index is gone.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cp, mkdtemp, mkdir, readFile, readdir, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { host, onDisk, open, settled, site, start } from "./chromium.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const program = path.join(repository, "target/debug/runbook");
const corpus = path.join(repository, "../shared/corpora/rust-book.tar.gz");
const judged = path.join(repository, "../shared/corpora/rust-book-queries.tsv");
const run = promisify(execFile);

let browser;
let scratch;
before(async () => {
  browser = await start();
  scratch = await mkdtemp(path.join(os.tmpdir(), "runbook-search-"));
});
after(async () => {
  await browser.close();
  await rm(scratch, { recursive: true });
});

/** A page of a built site with nothing but that site within reach. */
const visit = (base, page) => open(browser, page, { base });

/** Opens the dialog by a key, and waits until it answers. */
async function opened(tab, key = "/") {
  await tab.keyboard.press(key);
  await settled(tab);
}

/** Types a text at once and waits for its results. */
async function ask(tab, text) {
  await tab.locator("dialog.search input[type=search]").fill(text);
  await settled(tab);
}

const status = (tab) => tab.locator("dialog.search [role=status]").textContent();

/** Where the results lead, below the site's root and without the words to mark, in order. */
async function shown(tab, base) {
  const more = tab.locator("dialog.search .more");
  if (await more.count()) {
    await more.click();
    await settled(tab);
  }
  const links = await tab.locator("dialog.search [role=group]:not(.answer) a[role=option]").evaluateAll((all) => all.map((link) => link.href));
  return links.map((link) => link.replace(/\?find=[^#]*/, "").slice(base.length));
}

/** What the terminal answers, in the form of [`shown`]. */
async function answered(folder, text, ...options) {
  const { stdout } = await run(program, ["search", "--site", folder, "--json", ...options, "--", text]).catch((ended) => ended);
  const { pages, instead } = JSON.parse(stdout).data;
  const sections = pages.flatMap((page, at) => page.sections.slice(0, at === 0 ? 3 : 1));
  return { pages: pages.map((page) => page.url), instead, hrefs: sections.map((section) => section.href) };
}

async function sameAnswers(folder, queries) {
  const base = onDisk(folder);
  const { tab, context } = await visit(base, "search/index.html");
  await opened(tab);
  let found = 0;
  for (const query of queries) {
    await ask(tab, query);
    const [here, there] = [await shown(tab, base), (await answered(folder, query)).hrefs];
    assert.deepEqual(here, there, query);
    found += there.length > 0;
  }
  await context.close();
  return found;
}

let book;
/** The built Rust book, or nothing where the corpus is not at hand. */
async function theBook(t) {
  if (!existsSync(corpus)) return t.skip("no ../shared/corpora/rust-book.tar.gz here");
  if (book) return book;
  const project = path.join(scratch, "book");
  await mkdir(project);
  execFileSync("tar", ["xzf", corpus, "-C", project, "src"]);
  await writeFile(path.join(project, "site.yaml"), "title: The book\nroots: [{dir: src, at: /}]\n");
  // The book links to files that its own build makes: those are findings, and the site is there.
  await run(program, ["-C", project, "build", "--keep-going"], { maxBuffer: 1 << 26 }).catch((ended) => assert.equal(ended.code, 1, ended.stderr));
  book = path.join(project, "public");
  return book;
}

async function judgedQueries() {
  const lines = (await readFile(judged, "utf8")).split("\n").filter(Boolean).map((line) => line.split("\t"));
  return lines.map(([query, wanted]) => ({ query, wanted: wanted.split("|") }));
}

test("an npm message leads to its entry, from a host and from a disk", async () => {
  const server = await host(site);
  for (const base of [server.base, onDisk(site)]) {
    const { tab, context, faults } = await visit(base, "release/hotfix.html");
    await tab.keyboard.press("/");
    await tab.keyboard.type("npm error code ENEEDAUTH");
    await tab.waitForSelector("dialog.search [aria-selected=true]");
    await tab.waitForFunction(() => document.querySelector("dialog.search .page").textContent.startsWith("T14: "));
    await tab.keyboard.press("Enter");
    await tab.waitForURL((url) => url.pathname.endsWith("/release/troubleshooting/t14-npm-auth.html"));
    await tab.waitForFunction(() => CSS.highlights.get("found")?.size > 0);
    const marked = await tab.evaluate(() => [...CSS.highlights.get("found")].map(String));
    assert.ok(marked.includes("ENEEDAUTH"), `${base}: ${marked}`);
    assert.deepEqual(faults, [], base);
    await context.close();
  }
  await server.stop();
});

test("a section is landed on and stands below the head", async () => {
  const { tab, context } = await visit(onDisk(site), "index.html");
  await opened(tab);
  await ask(tab, "revoke it first");
  await tab.keyboard.press("Enter");
  await tab.waitForURL((url) => url.hash.length > 1);
  const place = await tab.evaluate(() => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1))).getBoundingClientRect();
    return { top: target.top, head: document.querySelector(".top").getBoundingClientRect().bottom, height: innerHeight };
  });
  assert.ok(place.top >= place.head && place.top < place.height, JSON.stringify(place));
  await context.close();
});

test("dialog and terminal give the same answers in the same order on our content", async (t) => {
  const queries = (await readFile(path.join(repository, "tests/fixtures/search/queries.txt"), "utf8")).split("\n").filter(Boolean);
  assert.ok(queries.length >= 100);
  const found = await sameAnswers(site, queries);
  t.diagnostic(`${found} of ${queries.length} queries found something`);
  assert.ok(found > 90);
});

test("dialog and terminal give the same answers in the same order on the Rust book", async (t) => {
  const folder = await theBook(t);
  if (!folder) return;
  const queries = (await judgedQueries()).map(({ query }) => query);
  // A reader who is still typing: the same queries without their last letters.
  const begun = queries.slice(0, 30).map((query) => query.slice(0, -2));
  assert.equal(await sameAnswers(folder, [...queries, ...begun]), queries.length + begun.length);
});

test("a query with slips finds what was meant, alike in terminal and dialog", async () => {
  const base = onDisk(site);
  const { tab, context } = await visit(base, "index.html");
  await opened(tab);
  for (const [typed, meant] of [["pulbish", "publish"], ["regsitry", "registry"], ["aprovals chekc", "approvals check"]]) {
    await ask(tab, typed);
    const { hrefs, instead } = await answered(site, typed);
    assert.deepEqual(await shown(tab, base), hrefs, typed);
    assert.ok(hrefs.length > 0, typed);
    assert.equal(instead, meant);
    assert.match(await status(tab), new RegExp(`No page has “${typed.split(" ")[0]}”.*Results for “${instead}”`, "s"), typed);
  }
  // A code is never taken for another one.
  await ask(tab, "E4012");
  assert.match(await status(tab), /No page has “e4012”\. Nothing found/);
  assert.deepEqual(await tab.locator("dialog.search [role=option]").allTextContents(), ["All pages by title"]);
  await tab.keyboard.press("Enter");
  await tab.waitForURL(base + "search/index.html");
  await context.close();
});

test("results of one title are told apart", async () => {
  const project = path.join(scratch, "twins");
  const pages = {
    "index.md": "# Start\n",
    "db/index.md": "# Databases\n",
    "db/setup.md": "# Setup\n\nWalrus one.\n",
    "db/again.md": "# Setup\n\nWalrus two.\n",
    "web/setup.md": "# Setup\n\nWalrus three.\n",
    "mail/setup.md": "# Setup\n\nWalrus four.\n",
    "mail/other.md": "# Other\n\nWalrus five.\n",
    "a/one.md": "# Setup\n\nWalrus six, and so on, and so on.\n",
    "b/two.md": "# Setup\n\nWalrus seven, and so on, and so on.\n",
  };
  for (const [name, text] of Object.entries(pages)) {
    await mkdir(path.dirname(path.join(project, "content", name)), { recursive: true });
    await writeFile(path.join(project, "content", name), text);
  }
  await writeFile(path.join(project, "site.yaml"), "title: Twins\n");
  await run(program, ["-C", project, "build"]);
  const base = onDisk(path.join(project, "public"));
  const { tab, context } = await visit(base, "index.html");
  await opened(tab);
  await ask(tab, "walrus");
  const names = () => tab.locator("dialog.search [role=group] > .page").evaluateAll((all) => all.map((title) =>
    [title.firstChild.textContent, ...Array.from(title.querySelectorAll("small"), (small) => small.textContent)].filter(Boolean).join(" | ")));
  const first = await names();
  assert.equal(new Set(first).size, 5, `${first.join("\n")}`);
  assert.equal((await shown(tab, base)).length, 7);
  const all = await names();
  assert.equal(new Set(all).size, 7, `${all.join("\n")}`);
  assert.equal(all.find((name) => name.startsWith("Other")), "Other | guide", "one alone says no more than before");
  assert.ok(all.includes("Setup | guide · mail/setup"), `${all.join("\n")}`);
  assert.ok(all.includes("Setup | Databases · guide · db/setup"), `${all.join("\n")}`);
  await context.close();
});

test("answers are narrowed by kind and tag, alike in terminal and dialog", async () => {
  const base = onDisk(site);
  const { tab, context } = await visit(base, "index.html");
  await opened(tab);
  await ask(tab, "tag");
  const label = (name) => tab.locator(".labels button").filter({ hasText: name });
  await label("runbook").click();
  await settled(tab);
  // Before a click shows the rest of a long answer, which takes the focus along.
  assert.equal(await tab.evaluate(() => document.activeElement.id), "only-kindrunbook");
  const narrowed = await shown(tab, base);
  assert.deepEqual(narrowed, (await answered(site, "tag", "--only", "runbook")).hrefs);
  assert.ok(narrowed.length > 0 && narrowed.every((href) => href.startsWith("runbooks/")), `${narrowed}`);
  assert.equal(await label("runbook").getAttribute("aria-pressed"), "true");
  await label("runbook").click();
  await settled(tab);
  assert.deepEqual(await shown(tab, base), (await answered(site, "tag")).hrefs);
  await context.close();
});

test("what was looked for before is offered again, and forgotten on demand", async () => {
  const server = await host(site);
  const { tab, context } = await visit(server.base, "index.html");
  await opened(tab);
  assert.equal(await tab.locator("dialog.search [role=option]").count(), 0);
  await ask(tab, "whoami");
  await tab.keyboard.press("Enter");
  await tab.waitForURL((url) => url.search.includes("find"));
  await opened(tab);
  const offered = () => tab.locator("dialog.search [role=option]").allTextContents();
  assert.deepEqual(await offered(), ["whoami", "Clear recent searches"]);
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("Enter");
  await settled(tab);
  assert.deepEqual(await shown(tab, server.base), (await answered(site, "whoami")).hrefs);
  await ask(tab, "");
  await tab.locator("dialog.search [role=option]").last().click();
  await settled(tab);
  assert.deepEqual(await offered(), []);
  await context.close();
  await server.stop();
});

test("the judged queries of the Rust book find their chapters", async (t) => {
  const folder = await theBook(t);
  if (!folder) return;
  let sum = 0;
  const queries = await judgedQueries();
  for (const { query, wanted } of queries) {
    const { pages } = await answered(folder, query);
    const rank = pages.findIndex((page) => wanted.some((chapter) => page.startsWith(chapter)));
    sum += rank < 0 ? 0 : 1 / (rank + 1);
  }
  t.diagnostic(`MRR@10 ${(sum / queries.length).toFixed(3)} over ${queries.length} queries`);
  assert.ok(sum / queries.length >= 0.93);
});

/** Headings of two words and more that stand on one page alone, with that page. */
async function headings(folder) {
  const pages = new Map();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".md"))) {
    for (const [, heading] of (await readFile(path.join(folder, file), "utf8")).matchAll(/^#+ +(.+?)$/gm)) {
      const text = heading.replace(/[`*_]/g, "").replace(/\[(.*?)\]\(.*?\)/g, "$1");
      pages.set(text, (pages.get(text) ?? new Set()).add(file.replace(/\.md$/, ".html")));
    }
  }
  return [...pages].filter(([text, on]) => on.size === 1 && text.split(" ").length > 1).map(([text, on]) => [text, [...on][0]]);
}

/** The text with one slip in its longest word, by turns a letter too few, too many or wrong, or two in the wrong order. */
function misspelt(text, turn) {
  const word = text.match(/[a-z]{5,}/g)?.sort((a, b) => b.length - a.length)[0];
  if (!word) return;
  const at = 1 + (turn * 7) % (word.length - 2), [a, b] = [word.slice(0, at), word.slice(at)];
  const slip = [a + b.slice(1), a + "e" + b, a + "q" + b.slice(1), a + b[1] + b[0] + b.slice(2)][turn % 4];
  return slip === word ? undefined : text.replace(word, slip);
}

test("one slip among right words leads to what was meant, on headings of the Rust book", async (t) => {
  const folder = await theBook(t);
  if (!folder) return;
  let [first, among, count] = [0, 0, 0];
  const missed = [];
  for (const [turn, [heading, page]] of (await headings(folder)).entries()) {
    const typed = misspelt(heading, turn);
    if (!typed) continue;
    const { pages } = await answered(folder, typed);
    count += 1;
    first += pages[0] === page;
    among += pages.slice(0, 5).includes(page);
    if (pages[0] !== page) missed.push(`${typed} → ${pages[0]} for ${page}`);
  }
  t.diagnostic(`found first ${(first / count).toFixed(3)}, among five ${(among / count).toFixed(3)} of ${count}`);
  missed.slice(0, 12).forEach((line) => t.diagnostic(line));
  assert.ok(count > 150, `${count}`);
  assert.ok(first / count >= 0.85, `${first} of ${count}`);
});

test("the first query of a reader stays within its budget", async (t) => {
  const folder = await theBook(t);
  if (!folder) return;
  const base = onDisk(folder);
  const zipped = async (url) => gzipSync(await readFile(fileURLToPath(url.split("?")[0])), { level: 9 }).length;
  const sizes = [];
  const { tab, context, requests } = await visit(base, "search/index.html");
  for (const { query } of await judgedQueries()) {
    // A page that is loaded anew has none of the index.
    await tab.goto(base + "search/index.html");
    const before = requests.length;
    await opened(tab);
    await ask(tab, query);
    const asked = requests.slice(before).filter((url) => /\/search[-/][^/]*$/.test(url));
    const loaded = await Promise.all(asked.map(zipped));
    sizes.push(loaded.reduce((sum, size) => sum + size, 0));
  }
  await context.close();
  sizes.sort((a, b) => a - b);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  t.diagnostic(`first query, code and index, gzip: mean ${Math.round(mean)} bytes, largest ${sizes.at(-1)}`);
  assert.ok(mean <= 28_000, `${mean}`);
  const assets = await readdir(path.join(folder, "assets"));
  const engine = await zipped(base + "assets/" + assets.find((name) => name.startsWith("search-engine-")));
  t.diagnostic(`engine ${engine} bytes gzip`);
  assert.ok(engine <= 4_000, `${engine}`);
});

test("words are split alike in terminal and browser", async () => {
  const cases = JSON.parse(await readFile(path.join(repository, "tests/fixtures/search/words.json"), "utf8"));
  const { tab, context } = await visit(onDisk(site), "index.html");
  await opened(tab);
  for (const { text, runs } of cases) {
    const found = await tab.evaluate((text) => $rbs.runs(text).map((run) => [run.parts, run.compound]), text);
    assert.deepEqual(found, runs, text);
  }
  await context.close();
});

/** A copy of the site, and the file of a term shard or of a fragment that a query loads. */
async function broken(name, query, kind) {
  const folder = path.join(scratch, name);
  await cp(site, folder, { recursive: true });
  const { tab, context, requests } = await visit(onDisk(folder), "index.html");
  await opened(tab);
  await ask(tab, query);
  const loaded = requests.filter((url) => new RegExp(`/search/${kind}\\d`).test(url));
  await context.close();
  const files = loaded.map((url) => fileURLToPath(url.split("?")[0]));
  return { folder, file: files[0], files };
}

for (const [how, spoil] of [["deleted", unlink], ["truncated", (file) => truncate(file, 1000)]]) {
  test(`a ${how} shard is named, and gives no results for its words`, async () => {
    const { folder, file } = await broken(`shard-${how}`, "eneedauth", "s");
    await spoil(file);
    const base = onDisk(folder);
    const { tab, context } = await visit(base, "index.html");
    await opened(tab);
    await ask(tab, "eneedauth");
    assert.match(await status(tab), /“eneedauth” could not be loaded/);
    assert.deepEqual(await shown(tab, base), []);
    await ask(tab, "eneedauth whoami");
    assert.match(await status(tab), /“eneedauth” could not be loaded: these are the results without it/);
    assert.deepEqual(await shown(tab, base), (await answered(folder, "eneedauth whoami")).hrefs);
    assert.ok((await answered(site, "whoami")).pages.includes((await answered(folder, "eneedauth whoami")).pages[0]));
    const ended = await run(program, ["search", "--site", folder, "eneedauth"]).catch((ended) => ended);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /“eneedauth” is missing or damaged/);
    await context.close();
  });

  test(`a ${how} fragment is said in place of its result`, async () => {
    // The sections of one result may lie in several.
    const { folder, files } = await broken(`fragment-${how}`, "eneedauth", "f");
    for (const file of files) await spoil(file);
    const { tab, context } = await visit(onDisk(folder), "index.html");
    await opened(tab);
    await ask(tab, "eneedauth");
    assert.match(await tab.locator("dialog.search .lost").first().textContent(), /could not be loaded/);
    await context.close();
  });

  test(`a ${how} manifest is said, and the page of titles is still there`, async () => {
    const folder = path.join(scratch, `manifest-${how}`);
    await cp(site, folder, { recursive: true });
    await (how === "deleted" ? unlink : (file) => truncate(file, 100))(path.join(folder, "search/m.js"));
    const { tab, context } = await visit(onDisk(folder), "index.html");
    await opened(tab);
    await ask(tab, "npm");
    assert.match(await status(tab), /search index is missing/);
    assert.deepEqual(await shown(tab, onDisk(folder)), []);
    await context.close();
  });
}

test("keys open, choose, close, give the focus back, and can be turned off", async () => {
  const { tab, context, faults } = await visit(onDisk(site), "release/hotfix.html");
  const isOpen = () => tab.evaluate(() => document.querySelector("dialog.search")?.open === true);
  await opened(tab, "Control+k");
  await ask(tab, "release");
  const active = () => tab.locator("dialog.search [aria-selected=true]").getAttribute("id");
  const named = () => tab.locator("dialog.search input[type=search]").getAttribute("aria-activedescendant");
  assert.equal(await active(), await named());
  const first = await active();
  await tab.keyboard.press("ArrowDown");
  assert.notEqual(await active(), first);
  assert.equal(await active(), await named());
  await tab.keyboard.press("ArrowUp");
  assert.equal(await active(), first);
  await tab.keyboard.type("/");
  assert.equal(await tab.locator("dialog.search input[type=search]").inputValue(), "release/");
  // The browser closes a dialog some time after the key; the first key may only empty the field.
  await tab.keyboard.press("Escape");
  await tab.waitForFunction(() => !document.querySelector("dialog.search").open || document.querySelector("dialog.search input").value === "");
  if (await isOpen()) await tab.keyboard.press("Escape");
  await tab.waitForFunction(() => !document.querySelector("dialog.search").open && document.activeElement.classList.contains("find"));
  await tab.keyboard.press("/");
  assert.equal(await isOpen(), true);
  await tab.locator("dialog.search [type=checkbox]").uncheck();
  await tab.locator("dialog.search [type=submit]").click();
  await tab.keyboard.press("/");
  assert.equal(await isOpen(), false);
  await tab.locator(".find").click();
  assert.equal(await isOpen(), true);
  assert.deepEqual(faults, []);
  await context.close();
});

test("without JavaScript the search is a page of titles", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(onDisk(site) + "runbooks/hotfix.html");
  await tab.locator(".find").click();
  assert.equal(await tab.locator("h1").textContent(), "All pages");
  const links = tab.locator("main .pages a");
  assert.ok(await links.count() >= 29);
  await links.filter({ hasText: "npm says 401" }).click();
  assert.match(tab.url(), /t14-npm-auth/);
  await context.close();
});
