// Whether terminal and browser say the same of pasted messages: those of tests/fixtures/messages.tsv.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { program, site } from "./chromium.mjs";

const file = fileURLToPath(new URL("../fixtures/messages.tsv", import.meta.url));

/** The messages with their ids. */
export async function messages() {
  const lines = (await readFile(file, "utf8")).split("\n").slice(1).filter(Boolean).map((line) => line.split("\t"));
  const plain = (text) => text.replace(/\\([nte\\])/g, (_, sign) => ({ n: "\n", t: "\t", e: "\x1b", "\\": "\\" })[sign]);
  return lines.map((line) => ({ id: line[0], text: plain(line[5]) }));
}

/** Asks both. The page has loaded what looks for messages. */
export async function agree(tab, { id, text }) {
  const here = await tab.evaluate((text) => $rbs.diagnose(text), text);
  const ran = spawnSync(program, ["diagnose", "--json", "--site", site, "-"], { input: text, encoding: "utf8" });
  const there = JSON.parse(ran.stdout).data.entries;
  const seen = here.map(({ url, weight, said }) => ({ url, score: weight, said: said.map(({ line, text, caught }) => [line + 1, text, caught]) }));
  const told = there.map(({ url, score, messages }) => ({ url, score, said: messages.map(({ line, text, caught }) => [line, text, Object.entries(caught)]) }));
  assert.deepEqual(seen, told, id);
}
