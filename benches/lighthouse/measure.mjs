// Lighthouse's scores of pages of a built site: node measure.mjs FOLDER PAGE...
//
// The mobile preset with its slow network and processor, on a loopback host that compresses.
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [folder, ...pages] = process.argv.slice(2);
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".xml": "text/xml", ".txt": "text/plain" };
const GROUPS = ["performance", "accessibility", "best-practices", "seo"];

const server = http.createServer(async (request, response) => {
  const name = decodeURIComponent(new URL(request.url, "http://host").pathname);
  const body = await readFile(path.join(folder, path.normalize(name))).catch(() => null);
  if (!body) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[path.extname(name)] || "application/octet-stream", "content-encoding": "gzip" });
  response.end(gzipSync(body));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}/`;
const chrome = await launch({
  chromePath: "/usr/bin/chromium",
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
try {
  console.log(`| page | ${GROUPS.join(" | ")} | first paint, ms | largest paint, ms |\n| --- | ${GROUPS.map(() => "--:").join(" | ")} | --: | --: |`);
  for (const page of pages) {
    const { lhr } = await lighthouse(base + page, { port: chrome.port, logLevel: "error", onlyCategories: GROUPS });
    const scores = GROUPS.map((group) => Math.round(lhr.categories[group].score * 100));
    const time = (audit) => Math.round(lhr.audits[audit].numericValue);
    console.log(`| ${page} | ${scores.join(" | ")} | ${time("first-contentful-paint")} | ${time("largest-contentful-paint")} |`);
    for (const group of GROUPS.slice(1)) {
      for (const { id } of lhr.categories[group].auditRefs) {
        if (lhr.audits[id].score !== null && lhr.audits[id].score < 1) console.error(`${page}: ${group}: ${id}: ${lhr.audits[id].title}`);
      }
    }
  }
} finally {
  await chrome.kill();
  server.close();
}
