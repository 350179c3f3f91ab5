// What a JSON Schema says of YAML files, as an editor would: node judge.mjs SCHEMA FILE... prints an
// object with the complaints about each file by its name; none where it is empty.
import { readFile } from "node:fs/promises";
import path from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import { parse } from "yaml";

const [schema, ...files] = process.argv.slice(2);
const holds = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true }).compile(JSON.parse(await readFile(schema, "utf8")));

function complaints(text) {
  try {
    const value = parse(text, { version: "1.2", schema: "core", strict: true, uniqueKeys: true, logLevel: "error" });
    return holds(value) ? [] : holds.errors.map((error) => `${error.instancePath} ${error.message}`);
  } catch (error) {
    return [error.message];
  }
}

const said = {};
for (const file of files) said[path.basename(file)] = complaints(await readFile(file, "utf8"));
console.log(JSON.stringify(said));
