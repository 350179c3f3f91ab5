// Terminal and browser agree on each message that was collected.
import { test } from "node:test";
import { agree, messages } from "./agreement.mjs";
import { onDisk, open, site, start } from "./chromium.mjs";

test("terminal and browser agree on each message", async () => {
  const browser = await start();
  const { tab } = await open(browser, "index.html", { base: onDisk(site) });
  await tab.keyboard.press("/");
  await tab.keyboard.type("fatal: error");
  await tab.waitForFunction(() => "diagnose" in $rbs);
  const all = await messages();
  for (const message of all) await agree(tab, message);
  console.log(`${all.length} messages`);
  await browser.close();
});
