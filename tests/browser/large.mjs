// What a site of any size promises: it leads everywhere, in folders as uneven as teams make them, wide
// and narrow, with and without JavaScript. `large.test.mjs` and `large.long.mjs` say of how many pages.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { beginsWithItsTitle, onDisk, open, program, start } from "./chromium.mjs";
import { world } from "./world.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Pages that are hard to be seen on: the first and last of each sort of list. */
function hard({ files }) {
  const all = [...files.keys()].map((file) => file.replace(/\.md$/, ".html"));
  const of = (folder) => all.filter((page) => path.dirname(page) === folder);
  const picked = ["index.html", "about.html", "deep/index.html", "one/p0000.html"];
  for (const folder of ["deep/b/c/d/e/f", "plain", "huge", "vast", "team-00", "team-23", "team-50"]) {
    const pages = of(folder);
    if (pages.length) picked.push(pages[0], pages[Math.floor(pages.length / 2)], pages[pages.length - 1]);
  }
  return [...new Set(picked)];
}

const sites = new Map();
let browser;
let scratch;
before(async () => {
  browser = await start();
  scratch = await mkdtemp(path.join(os.tmpdir(), "runbook-large-"));
});
after(async () => {
  await browser.close();
  await rm(scratch, { recursive: true });
});

/** A site of so many pages, built once. */
async function built(wanted) {
  if (sites.has(wanted)) return sites.get(wanted);
  const folder = path.join(scratch, String(wanted));
  const made = world(wanted);
  assert.equal(made.files.size, wanted);
  for (const [file, text] of made.files) {
    await mkdir(path.join(folder, "content", path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, "content", file), text);
  }
  await writeFile(path.join(folder, "site.yaml"), "title: Ours\n");
  const ended = spawnSync(program, ["-C", folder, "build"], { encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(ended.status, 0, ended.stderr.slice(0, 2000));
  const site = { ...made, root: path.join(folder, "public"), base: onDisk(path.join(folder, "public")) };
  sites.set(wanted, site);
  return site;
}

/** Whether the entry of the current page can be seen: on the screen, and in the box that scrolls. */
const inSight = (tab) => tab.evaluate(() => {
  const current = document.querySelectorAll('#pages [aria-current="page"]');
  if (current.length !== 1) return `${current.length} entries are the current one`;
  const link = current[0];
  if (link.href.split("#")[0] !== location.href.split("#")[0]) return `it leads to ${link.href}`;
  const box = link.getBoundingClientRect();
  if (!box.height) return "it is in a closed group";
  const head = link.closest("dialog") ? 0 : document.querySelector(".top").getBoundingClientRect().bottom;
  const from = Math.max(head, 0), to = innerHeight;
  let outer = link.parentElement;
  for (; outer; outer = outer.parentElement) {
    const around = outer.getBoundingClientRect();
    const cuts = /auto|scroll|hidden/.test(getComputedStyle(outer).overflowY) && outer !== document.body && outer !== document.documentElement;
    if (cuts && (box.top < around.top - 1 || box.bottom > around.bottom + 1)) return `cut off: ${box.top} to ${box.bottom} in ${around.top} to ${around.bottom}`;
  }
  return box.top >= from - 1 && box.bottom <= to + 1 ? "" : `off the screen: ${box.top} to ${box.bottom}`;
});

/** A site of so many pages leads everywhere, has no violation, and its pages are small. */
export function leadsEverywhere(wanted) {
  for (const javascript of [true, false]) {
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      const how = `${wanted} pages, ${width} px, ${javascript ? "with" : "without"} JavaScript`;
      test(`the current entry is in sight: ${how}`, async () => {
        const site = await built(wanted);
        const lost = [];
        const { tab, context, faults } = await open(browser, "index.html", { base: site.base, width, height, javascript });
        for (const page of hard(site)) {
          await tab.goto(site.base + page);
          if (width < 960) await tab.locator(".menu").click();
          const seen = await inSight(tab);
          if (seen) lost.push(`${page}: ${seen}`);
        }
        assert.deepEqual(lost, []);
        assert.deepEqual(faults, []);
        await context.close();
      });
    }
  }

  /** Where the links of a page's frame, of its text, or of all of it, lead: addresses below the site's root. */
  const read = new Map();
  const links = (site, page, where) => {
    const what = `${page} ${where}`;
    if (!read.has(what)) read.set(what, found(site, page, where));
    return read.get(what);
  };
  const found = async (site, page, where) => {
    const html = await readFile(path.join(site.root, page), "utf8");
    const parts = {
      all: [/[^]*/],
      text: [/<main[^]*<\/main>/],
      frame: [/<nav class="side"[^]*?<\/nav>/, /<footer class="site"[^]*?<\/footer>/],
    }[where].map((part) => part.exec(html)[0]);
    const all = parts.flatMap((part) => [...part.matchAll(/<a [^>]*href="([^"#]+)/g)]);
    return [...new Set(all.map(([, href]) => new URL(href.replaceAll("&amp;", "&"), `file:///${page}`).pathname.slice(1)))].filter((to) => to.endsWith(".html"));
  };

  test(`every folder is two clicks from any page: ${wanted} pages`, async (t) => {
    const site = await built(wanted);
    const alone = (folder) => [...site.files.keys()].filter((file) => file.startsWith(`${folder}/`));
    const places = (folder) => {
      const pages = alone(folder).map((file) => file.replace(/\.md$/, ".html"));
      return [`${folder}/index.html`, `search/in/${folder}.html`, ...(pages.length === 1 ? pages : [])];
    };
    let longest = 0;
    for (const page of hard(site)) {
      const once = await links(site, page, "frame");
      const twice = new Set(once);
      for (const next of once) for (const to of await links(site, next, "all")) twice.add(to);
      longest = Math.max(longest, once.length);
      const lost = site.folders.filter((folder) => !places(folder).some((to) => twice.has(to)));
      assert.deepEqual(lost.slice(0, 5), [], `${page}: ${lost.length} of ${site.folders.length} folders`);
    }
    t.diagnostic(`${site.folders.length} folders, at most ${longest} links in a frame`);
  });

  test(`the deepest folder is two clicks away for a hand: ${wanted} pages`, async () => {
    const site = await built(wanted);
    const folder = "deep/b/c/d/e/f";
    const goal = `search/in/${folder}.html`;
    for (const javascript of [true, false]) {
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        for (const page of ["about.html", "one/p0000.html"]) {
          const { tab, context, faults } = await open(browser, page, { base: site.base, width, height, javascript });
          // A link that is shown now: those of the list are in the drawer on a small screen, or folded.
          const click = async (to) => {
            const shown = await tab.evaluate((to) => {
              const all = [...document.querySelectorAll("a[href]")].filter((link) => link.href === to && link.checkVisibility());
              all[0]?.setAttribute("data-click", "");
              return all.length > 0;
            }, site.base + to);
            if (!shown) return false;
            await tab.locator("[data-click]").click();
            await tab.waitForURL(site.base + to);
            return true;
          };
          let came = false;
          const ways = { text: [], all: [] };
          for (const to of await links(site, page, "frame")) {
            if ((await links(site, to, "text")).includes(goal)) ways.text.push(to);
            else if ((await links(site, to, "all")).includes(goal)) ways.all.push(to);
          }
          // What a page names in its text is shown; in a list beside it, it may be folded.
          for (const to of [...ways.text, ...ways.all]) {
            if (!(await click(to))) continue;
            came = await click(goal);
            if (came) break;
            await tab.goto(site.base + page);
          }
          assert.ok(came, `${page}: no two links that are shown lead to ${goal}`);
          assert.deepEqual(faults, []);
          await context.close();
        }
      }
    }
  });

  test(`no violation by axe: ${wanted} pages`, async () => {
    const site = await built(wanted);
    const picked = hard(site);
    for (const [scheme, width] of [["light", 1440], ["dark", 390]]) {
      const { tab, context } = await open(browser, "index.html", { base: site.base, scheme, width, height: 844 });
      for (const page of ["deep/b/c/d/e/f/p0001.html", picked[picked.length - 1], "search/in/deep/b/c/d/e/f.html", ...(wanted > 25 ? ["search/in.html"] : ["404.html"])]) {
        await tab.goto(site.base + page);
        if (width < 960) await tab.locator(".menu").click();
        await tab.addScriptTag({ path: axe });
        const found = await tab.evaluate(() => window.axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }));
        assert.ok(found.passes.length >= 10);
        assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target)}`), [], `${page}, ${scheme}`);
        const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${page}: ${wide} px too wide`);
      }
      await context.close();
    }
  });

  test(`pages stay small: ${wanted} pages`, async (t) => {
    const site = await built(wanted);
    const zipped = (text) => gzipSync(text, { level: 9 }).length;
    const names = (await readdir(site.root, { recursive: true })).filter((name) => name.endsWith(".html"));
    const sizes = await Promise.all(names.map(async (name) => {
      const html = await readFile(path.join(site.root, name), "utf8");
      const main = /<main[^]*<\/main>/.exec(html)?.[0] ?? "";
      return { name, all: zipped(html), frame: zipped(html.replace(main, "")), words: main.replace(/<[^>]*>/g, " ").split(/\s+/).length };
    }));
    const by = (what) => sizes.map((size) => size[what]).sort((a, b) => a - b);
    const middle = Math.floor(sizes.length / 2);
    t.diagnostic(`HTML: median ${by("all")[middle]}, frame: median ${by("frame")[middle]}, most ${by("frame").pop()} bytes gzip`);
    for (const { name, all, frame, words } of sizes) {
      assert.ok(frame <= 4_000, `${name}: ${frame} bytes without <main>`);
      assert.ok(words > 1_000 || all <= 8_000, `${name}: ${all} bytes for ${words} words`);
    }
  });
}

/** Entries of one list that have one title say what tells them apart. */
export function tellsApart(sizes) {
  test("entries of one list with one title are told apart", async () => {
    let twins = 0;
    for (const wanted of sizes) {
      const site = await built(wanted);
      const { tab, context } = await open(browser, "index.html", { base: site.base, javascript: false });
      for (const page of [...hard(site), "search/index.html", "search/in/plain.html"]) {
        await tab.goto(site.base + page);
        const found = await tab.evaluate(() => {
          const lists = Array.from(document.querySelectorAll("#pages ul, main ul.pages"), (list) => Array.from(list.children, (item) => item.firstElementChild));
          lists.push(Array.from(document.querySelectorAll("#pages h2"), (heading) => heading.firstElementChild ?? heading));
          const text = (link) => link.parentElement.matches(".pages li") ? [link.textContent, link.parentElement.querySelector(".meta")?.textContent].join(" ") : link.textContent;
          const same = lists.flatMap((list) => list.map(text).filter((one, at, all) => all.indexOf(one) !== at));
          return { same, setups: document.querySelectorAll("#pages li a small").length };
        });
        assert.deepEqual(found.same.slice(0, 3), [], `${wanted}: ${page}`);
        twins += found.setups;
      }
      await context.close();
    }
    assert.ok(twins > 10, `there were some: ${twins}`);
  });
}

/** On a phone nothing but its title begins a page. */
export function beginsWithTitles(wanted) {
  test("the page of a phone begins with its title", async () => {
    const site = await built(wanted);
    for (const javascript of [true, false]) {
      for (const page of ["long.html", "deep/b/c/d/e/f/p0000.html", "huge/p0050.html"]) {
        const { tab, context } = await open(browser, page, { base: site.base, width: 390, height: 844, javascript });
        await beginsWithItsTitle(tab, page);
        await context.close();
      }
    }
  });
}
