// Pictures of pages for people to look at: node screenshots.mjs FOLDER [PAGE...]
import path from "node:path";
import { mkdir } from "node:fs/promises";
import { open, start } from "./chromium.mjs";

const [folder, ...asked] = process.argv.slice(2);
if (!folder) throw new Error("say where to: node screenshots.mjs FOLDER [PAGE...]");
const pages = asked.length > 0 ? asked : ["index.html", "release/hotfix.html", "runbooks/hotfix.html", "release/troubleshooting/t14-npm-auth.html"];
await mkdir(folder, { recursive: true });
const browser = await start();
for (const page of pages) {
  for (const scheme of ["light", "dark"]) {
    for (const width of [360, 1100, 1440]) {
      const { tab, context } = await open(browser, page, { scheme, width, height: width < 500 ? 780 : 900 });
      const name = `${page.replace(/[/.]/g, "-").replace(/-html$/, "")}-${scheme}-${width}.png`;
      await tab.screenshot({ path: path.join(folder, name), fullPage: process.env.WHOLE === "1" });
      await context.close();
    }
  }
}
await browser.close();
