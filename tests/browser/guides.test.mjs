// The guides as their readers walk them: from home to what each role does, by links alone; and the tasks that
// they tick on the way.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { host, site, start } from "./chromium.mjs";

let browser;
let served;
before(async () => {
  browser = await start();
  served = await host(site);
});
after(async () => {
  await browser.close();
  await served.stop();
});

async function tabOf() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const tab = await context.newPage();
  const faults = [];
  tab.on("pageerror", (fault) => faults.push(fault.message));
  tab.on("response", (response) => { if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`); });
  return { tab, context, faults };
}

/** What a reader sees at the place to which a link led: the heading or step with that id. */
const place = (tab) => tab.evaluate(() => {
  const { hash } = location;
  const found = hash ? document.getElementById(decodeURIComponent(hash.slice(1))) : document.querySelector("h1");
  return found ? found.textContent.trim() : null;
});

test("each role's path can be walked from home by links alone", async () => {
  const { tab, context, faults } = await tabOf();
  const home = `${served.base}index.html`;
  await tab.goto(home);
  const roles = await tab.locator("table a[href*='by-role']").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.equal(roles.length, 8, roles.join());
  for (const role of roles) {
    await tab.goto(home);
    await tab.locator(`table a[href="${role}"]`).click();
    await tab.waitForURL((url) => url.href.endsWith(role));
    const heading = await place(tab);
    assert.ok(heading, role);
    // What is between this heading and the next one.
    const path = await tab.evaluate((id) => {
      const links = [];
      for (let part = document.getElementById(id).nextElementSibling; part && part.tagName !== "H2"; part = part.nextElementSibling) {
        for (const link of part.querySelectorAll("a")) links.push(link.getAttribute("href"));
      }
      return links;
    }, role.split("#")[1]);
    assert.ok(path.length >= 5, `${heading}: ${path}`);
    const here = tab.url();
    for (const step of path) {
      await tab.goto(here);
      await tab.locator(`main a[href="${step}"]`).first().click();
      await tab.waitForURL((url) => url.href.endsWith(step.replaceAll("../", "")) || url.href === new URL(step, here).href);
      assert.ok(await place(tab), `${heading}: ${step} leads nowhere`);
      // And on from there: no page is a dead end.
      assert.ok(await tab.locator("main a").count() > 0, `${heading}: ${step} is a dead end`);
    }
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("home has a search field, and what is pasted there is searched", async () => {
  const { tab, context, faults } = await tabOf();
  await tab.goto(`${served.base}index.html`);
  await tab.locator("main .find").click();
  const input = tab.locator("dialog.search input[type=search]");
  await input.waitFor();
  assert.equal(await input.inputValue(), "");
  await input.fill("npm error code EOTP");
  await tab.locator("#found a").first().waitFor();
  assert.match(await tab.locator("#found").innerText(), /^T33: npm asks for a second factor/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("tasks are ticked, remembered, and unticked together", async () => {
  const { tab, context, faults } = await tabOf();
  const page = `${served.base}release/setting-up.html`;
  await tab.goto(page);
  const boxes = tab.locator("li.task input");
  const all = await boxes.count();
  assert.ok(all >= 8, `${all}`);
  const none = tab.getByRole("button", { name: "Untick all" });
  assert.equal(await none.isVisible(), false);
  const dry = tab.getByRole("checkbox", { name: "The dry run ended well." });
  await dry.check();
  await boxes.first().check();
  assert.ok(await none.isVisible());

  await tab.reload();
  assert.ok(await dry.isChecked());
  assert.equal(await tab.locator("li.task input:checked").count(), 2);
  // Another page has its own.
  await tab.goto(`${served.base}release/team-release.html`);
  assert.equal(await tab.locator("li.task input:checked").count(), 0);

  await tab.goto(page);
  await none.click();
  assert.equal(await tab.locator("li.task input:checked").count(), 0);
  await tab.reload();
  assert.equal(await tab.locator("li.task input:checked").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});
