// Prints the secrets of two files in every form that the manual's table names.
//
//   node forms.mjs FILE LONG            each form between lines `<<N>>` and `<<end>>`
//   node forms.mjs FILE LONG --list     as JSON: row of the table, what stands around the secret
import { execFileSync } from "node:child_process";
import { readFileSync, writeSync } from "node:fs";

const [file, long] = process.argv.slice(2, 4).map((path) => readFileSync(path, "utf8"));
const [v, lines] = file.split("\n----\n");
const forms = [];
// `text` is the secret in a form; `before` and `after` are not of it.
const add = (row, text, before = "", after = "") => forms.push({ row, text, before, after });
// Of a tool's own output only the signs around the secret are left, no more than 24.
const tool = (row, text) => forms.push({ row, text, before: "", after: "", around: 24 });

const each = (text, spell) => [...text].map((c) => spell(c)).join("");
const bytes = (text, spell) => [...Buffer.from(text)].map((b) => spell(b.toString(16).padStart(2, "0"))).join("");
const escape = (text, table) => each(text, (c) => table[c] ?? c);
const unit = (c) => [...Array(c.length).keys()].map((at) => "\\u" + c.charCodeAt(at).toString(16).padStart(4, "0")).join("");
const wrap = (text, columns, between) => text.match(new RegExp(`.{1,${columns}}`, "g")).join(between);

let row = "as it is, in one write or in several";
add(row, v);
add(row, v, "a token: ", ", and more");
add(row, v, "\u001b[32m", "\u001b[0m");
add(row, v, "'", "'");
add(row, v.slice(0, 9) + "\u0000PAUSE\u0000" + v.slice(9), "in two writes: ");
for (const line of lines.split("\n").filter((line) => line.trim().length >= 6)) add(row, line.trim(), "> ");
add(row, lines);
add(row, lines.replaceAll("\n", "\r\n"));
add(row, lines.replace(/^/gm, "      "));
add(row, lines.replace(/^ +/gm, ""));
add(row, lines.split("\n").slice(1, 4).map((line) => line.trim()).join("\n\t"), "of it: ");

row = "base64, standard or for URLs, alone or inside a longer text, in one line or wrapped at any column";
for (const kind of ["base64", "base64url"]) {
  add(row, Buffer.from(v).toString(kind));
  add(row, Buffer.from(v + "\n").toString(kind));
  add(row, Buffer.from(lines).toString(kind));
  for (const start of [1, 2, 3, 40, 55, 56]) {
    const [from, to] = [Math.ceil((start * 8) / 6), Math.floor(((start + Buffer.from(v).length) * 8) / 6)];
    const all = Buffer.from("x".repeat(start) + v + "y".repeat(30)).toString(kind);
    for (const [columns, between] of [[1000, ""], [76, "\n"], [64, "\r\n"], [60, "\n    "]]) {
      // White space does not count when this is compared.
      const broken = wrap(all, columns, between);
      forms.push({ row, whole: broken, before: all.slice(0, from), after: all.slice(to) });
    }
  }
}
tool(row, execFileSync("base64", { input: v }).toString());

row = "hexadecimal digits, lower or upper case, with or without white space between them";
add(row, bytes(v, (b) => b));
add(row, bytes(v, (b) => b.toUpperCase()));
add(row, wrap(bytes(v, (b) => b), 60, "\n"));
add(row, execFileSync("od", ["-An", "-v", "-tx1"], { input: v }).toString());
add(row, wrap(bytes(v, (b) => b), 4, " "));

row = "URL: `encodeURIComponent`, `encodeURI`, forms, paths, every byte as `%xx`";
const strict = encodeURIComponent(v).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
const lower = (text) => text.replace(/%[0-9A-F]{2}/g, (b) => b.toLowerCase());
for (const text of [encodeURIComponent(v), strict, encodeURIComponent(v).replaceAll("%2F", "/"), strict.replaceAll("%2F", "/"), encodeURI(v), new URLSearchParams({ v }).toString().slice(2)]) {
  add(row, text, "?q=");
  add(row, lower(text), "?q=", "&a=b");
}
add(row, bytes(v, (b) => "%" + b));
add(row, bytes(v, (b) => "%" + b.toUpperCase()));

row = "JSON, and JSON in JSON, with `\\u` or `\\/` or without";
const json = (text) => {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = each(plain, (c) => (c > "~" ? unit(c) : c));
  const html = each(plain, (c) => ("<>&".includes(c) ? unit(c) : c));
  return [plain, ascii, html, plain.replaceAll("/", "\\/"), ascii.replaceAll("/", "\\/")];
};
for (const text of json(v)) {
  add(row, text, '{"v":"', '"}');
  add(row, json(text)[0], '{\\"v\\":\\"', '\\"}');
}
add(row, json(lines)[0], '"', '"');

row = "HTML: the named and numeric entities of the usual libraries, every character as a number";
const named = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
for (const more of [
  {}, { '"': "&quot;" }, { '"': "&quot;", "'": "&#39;" }, { '"': "&quot;", "'": "&#039;" }, { '"': "&quot;", "'": "&#x27;" },
  { '"': "&quot;", "'": "&apos;" }, { '"': "&#34;", "'": "&#39;" }, { '"': "&quot;", "'": "&#x27;", "/": "&#x2F;" },
]) add(row, escape(v, { ...named, ...more }), "<b>", "</b>");
add(row, each(v, (c) => `&#${c.codePointAt(0)};`));
add(row, each(v, (c) => `&#x${c.codePointAt(0).toString(16)};`));
add(row, each(v, (c) => `&#x${c.codePointAt(0).toString(16).toUpperCase()};`));

row = "shell: `bash -x`, `printf %q`, `declare -p`, `$'…'`, single and double quotes";
const bash = (script, text, locale) =>
  execFileSync("bash", ["-c", script], { env: { PATH: process.env.PATH, LC_ALL: locale, v: text } }).toString();
for (const locale of ["C", "C.UTF-8"]) {
  tool(row, bash('printf %q "$v"', v, locale));
  tool(row, bash('declare -p v', v, locale));
  tool(row, bash('echo "${v@Q}"', v, locale));
  tool(row, bash('set -x; : "$v"; ', v, locale) + bash('exec 2>&1; set -x; : "$v"', v, locale));
  tool(row, bash('printf %q "$v"', lines, locale));
}
add(row, v.replaceAll("'", "'\\''"), "'", "'");
add(row, v.replace(/["$`\\]/g, "\\$&"), '"', '"');

row = "Python's `repr` and the like, every byte as `\\xhh`";
add(row, escape(v, { "\\": "\\\\", "'": "\\'" }), "'", "'");
add(row, escape(v, { "\\": "\\\\", '"': '\\"' }), '"', '"');
add(row, escape(lines, { "\\": "\\\\", "\n": "\\n" }), "'", "'");
add(row, bytes(v, (b) => "\\x" + b));
add(row, bytes(v, (b) => "\\x" + b.toUpperCase()));

// Not promised.
row = "a part of it, or its lines in another order";
add(row, v.slice(0, -2));
add(row, v.slice(2));
row = "backwards, in another case, or with something between its characters that is not a line break or an indent";
add(row, [...v].reverse().join(""));
add(row, v.toUpperCase());
add(row, [...v].join("-"));
add(row, bytes(v, (b) => b + ":"));
row = "base64 of base64, hexadecimal digits of base64, and other forms of a form";
add(row, Buffer.from(Buffer.from(v).toString("base64")).toString("base64"));
add(row, bytes(Buffer.from(v).toString("base64"), (b) => b));
add(row, encodeURIComponent(encodeURIComponent(v)));
row = "base32, UTF-16, quoted-printable, compressed or encrypted";
add(row, execFileSync("base32", { input: v }).toString());
add(row, Buffer.from(v, "utf16le").toString("hex"));
add(row, each(v, (c) => (c === "ä" ? "=C3=A4" : c === '"' ? "=22" : c)));
row = "of a secret longer than 8 KiB: other forms than as it is, its lines, base64 and JSON";
add(row, bytes(long, (b) => b));
add(row, encodeURIComponent(long));

if (process.argv[4] === "--list") {
  console.log(JSON.stringify(forms));
} else {
  const say = (text) => writeSync(1, text);
  const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  forms.forEach(({ whole, before, text, after }, at) => {
    say(`<<${at}>>\n`);
    const [now, later] = (whole ?? before + text + after).split("\u0000PAUSE\u0000");
    say(now);
    if (later !== undefined) {
      wait(100);
      say(later);
    }
    say("\n<<end>>\n");
  });
}
