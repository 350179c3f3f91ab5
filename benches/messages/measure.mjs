// Times, in Chromium, how long a log takes to be looked into once everything is loaded: prints the median in
// milliseconds, and the bytes of the files with messages that were loaded, compressed.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { onDisk, open, start } from "../../tests/browser/chromium.mjs";

const [site, log] = process.argv.slice(2);
const browser = await start();
const { tab } = await open(browser, "index.html", { base: onDisk(site) });
const loaded = new Set();
tab.on("request", (request) => {
  const name = path.basename(new URL(request.url()).pathname);
  if (/^e\d*\.js$/.test(name)) loaded.add(name);
});
await tab.keyboard.press("/");
await tab.keyboard.type("fatal: error");
await tab.waitForFunction(() => window.$rbs && "diagnose" in $rbs);
const text = await readFile(log, "utf8");
const times = await tab.evaluate(async (text) => {
  const times = [];
  for (let round = 0; round < 31; round += 1) {
    const begun = performance.now();
    if (!(await $rbs.diagnose(text)).length) throw new Error("the log holds known messages");
    times.push(performance.now() - begun);
  }
  return times.slice(1).sort((a, b) => a - b);
}, text);
let bytes = 0;
for (const name of loaded) bytes += gzipSync(await readFile(path.join(site, "search", name)), { level: 9 }).length;
await browser.close();
console.log(times[times.length >> 1].toFixed(3), bytes);
