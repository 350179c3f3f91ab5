// What a pasted message or log says: the entries that answer it, as `runbook diagnose` finds them.
//
// It computes what src/known_errors/ computes, step by step; docs/formats/search.md describes both. Files come
// by search-engine.js. The file is small because each reader who pastes something loads it: numbers stand where they
// are used, and src/known_errors/ has their names.
"use strict";
(function () {
  const ofWord = (c) => c > "\x7f" || /[a-z0-9]/.test(c);
  let table;

  // A line without colours and control characters, with one kind of quotes.
  const shown = (line) => line.slice(0, 10000)
    .replace(/\x1b(?:\[[^@-~]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\?)?|[^]|$)/gu, "")
    .replace(/[\s\u0085]/g, " ").replace(/[\0-\x1f\x7f-\x9f]/g, "").replace(/["`´‘’“”]/g, "'")
    .replace(/\[[\d;]+m/g, "").replace(/npm ERR!/g, "npm error");

  // Lines without white space, in small letters; before which letters white space or a line's start was, and the line
  // and the place that each letter comes from.
  function flat(lines, from, to) {
    const all = { text: "", parted: [], origin: [] };
    for (let line = from; line < to; line += 1) {
      let space = true;
      for (let at = 0; at < lines[line].length; at += 1) {
        const letter = lines[line][at];
        if (letter !== " ") {
          all.text += (letter < "\x80" ? letter.toLowerCase() : letter);
          all.parted.push(space);
          all.origin.push([line, at]);
        }
        space = letter === " ";
      }
    }
    return all;
  }

  // Lines with those that a terminal may have wrapped them into.
  function stretches(lines) {
    const goesOn = (to) => to < lines.length && lines[to - 1].length >= 40, found = [];
    for (let from = 0, to; from < lines.length; from = goesOn(to) ? from + 4 : to) {
      for (to = from + 1; to - from < 8 && goesOn(to);) to += 1;
      found.push(flat(lines, from, to));
    }
    return found;
  }

  function split(text, parted) {
    const words = [];
    let open = false;
    for (let at = 0; at < text.length; at += 1) {
      const is = ofWord(text[at]);
      if (is && open && !parted(at)) words[words.length - 1][1] = at + 1;
      else if (is) words.push([at, at + 1]);
      open = is;
    }
    return words;
  }

  const hashed = (hash, text) => {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x1000193);
    return hash;
  };

  // The keys of words and of neighbours, each with the place at which it begins.
  const keys = (text, words) => words.flatMap(([start, end], n) => {
    const alone = hashed(0x811c9dc5, text.slice(start, end)), next = words[n + 1];
    return [[alone >>> 8, start]].concat(next ? [[hashed(hashed(alone, " "), text.slice(...next)) >>> 8, start]] : []);
  });

  // A pattern, and where its key stands in it.
  function pattern(text, key) {
    const literals = [""], names = [];
    for (const part of text.split(/(\{\{|\}\}|\{[a-z][a-z0-9_]*\})/)) {
      if (/^\{[a-z]/.test(part)) { names.push(part.slice(1, -1)); literals.push(""); }
      else literals[literals.length - 1] += part === "{{" || part === "}}" ? part[0] : part;
    }
    const clean = literals.map(shown), parts = clean.map((part) => flat([part], 0, 1)), known = { names, literals: parts.map(({ text }) => text) };
    parts.forEach(({ text, parted }, part) => {
      const words = split(text, (at) => parted[at]), last = words[words.length - 1];
      if (part && words.length && !words[0][0] && clean[part][0] !== " ") words.shift();
      if (part < names.length && last && last[1] === text.length && !clean[part].endsWith(" ")) words.pop();
      const found = keys(text, words).find(([own]) => own === key);
      if (found && !("at" in known)) Object.assign(known, { part, at: found[1] });
    });
    return known;
  }

  // A pattern beside the place of its key, to both sides.
  function beside({ literals, part, at }, { text, parted, origin }, key, lines) {
    const last = literals.length - 1, caught = [], own = literals[part], free = (place) => parted[place] || !ofWord(text[place] || " ");
    const beginsWell = (place) => !place || free(place) || !ofWord(text[place - 1]);
    let start = key - at, compared = own.length, to = start + compared, found;
    if (start < 0) return;
    const cut = ([line]) => compared >= 24 && lines[line].length > 60 && { start, compared, caught };
    const place = origin[start], isWhole = text.startsWith(own, start), rest = origin.slice(start).filter(([line]) => line === place[0]).length;
    if (!isWhole) compared = rest;
    if (isWhole ? part === last && !free(to) : !own.startsWith(text.slice(start, start + rest))) return;
    for (let n = part - 1; n >= 0; n -= 1) {
      const literal = literals[n];
      if (literal) {
        const low = Math.max(0, start - 300 - literal.length);
        for (let high = start - 1; ; high = found + literal.length - 1) {
          found = text.slice(low, Math.max(low, high)).lastIndexOf(literal);
          if (found < 0) return;
          found += low;
          if (n || beginsWell(found)) break;
        }
      } else {
        for (found = start - 1; found > 0 && start - found <= 300 && !parted[found];) found -= 1;
        if (found < 0 || start - found > 300) return;
      }
      caught.unshift([found + literal.length, start]);
      compared += literal.length;
      start = found;
    }
    if (literals[0] && !beginsWell(start)) return;
    if (!isWhole) return cut(place);
    for (let n = part + 1; n <= last; n += 1) {
      const literal = literals[n];
      if (!literal) {
        if (to >= text.length) return;
        for (found = to + 1; found < text.length && found - to < 300 && !parted[found];) found += 1;
        const word = text.slice(to, found);
        caught.push([to, to + (word.replace(/[.,;:')\]}]+$/, "") || word).length]);
        break;
      }
      for (found = to; found >= 0;) {
        found = text.slice(0, to + 300 + literal.length).indexOf(literal, found + 1);
        if (n < last || free(found + literal.length)) break;
      }
      if (found < 0) return cut(origin[start]);
      caught.push([to, found]);
      compared += literal.length;
      to = found + literal.length;
    }
    return { start, compared, caught };
  }

  // Which keys there are, and which file has the patterns of each.
  async function open() {
    const read = await $rbs.fetched("e", "e.js"), known = {};
    if (!read || read.v !== 1) return { known };
    const counts = $rbs.numbers(read.c);
    let key = 0, at = 0;
    for (const step of $rbs.numbers(read.k)) {
      while (!counts[at]) at += 1;
      known[key += step] = at;
      counts[at] -= 1;
    }
    return { known, files: read.h.split(" "), loaded: {} };
  }

  // The patterns of a file by their keys.
  async function patterns(at) {
    const byKey = {}, [entries, rows] = (await $rbs.fetched("p" + at, `e${at}-${table.files[at]}.js`)) || [[], []];
    for (const [key, number, entry, weight, text] of rows) {
      (byKey[key] = byKey[key] || []).push({ number, weight, entry: entries[entry], ...pattern(text, key) });
    }
    return byKey;
  }

  const between = (lines, [first, from], [last, to]) => lines.slice(first, last + 1)
    .map((line, n) => line.slice(n ? 0 : from, n + first < last ? undefined : to + 1).trim()).join("");

  $rbs.diagnose = async (text) => {
    table = table || (await open());
    const lines = text.split(/[\n\r]/).map(shown), places = [], heaviest = {}, entries = {};
    for (const stretch of stretches(lines)) {
      const seen = {}, tries = {};
      for (const goesOn of [false, true]) {
        const words = split(stretch.text, (at) => stretch.parted[at] && !(goesOn && stretch.origin[at][0] > stretch.origin[at - 1][0]));
        for (const [key, at] of keys(stretch.text, words)) {
          const file = table.known[key], place = key + " " + at;
          if (file >= 0 && !seen[place]) places.push({ stretch, tries, key, at, file });
          seen[place] = true;
        }
      }
    }
    await Promise.all(places.map(async ({ file }) => {
      table.loaded[file] = table.loaded[file] || patterns(file);
      await table.loaded[file];
    }));
    for (const { stretch, tries, key, at, file } of places) {
      for (const known of (await table.loaded[file])[key] || []) {
        const { number, names, entry } = known, length = known.literals.join("").length;
        tries[number] = (tries[number] || 0) + 1;
        const span = tries[number] <= 8 && beside(known, stretch, at, lines);
        if (!span) continue;
        const share = Math.floor(known.weight * span.compared / length), [line, first] = stretch.origin[span.start];
        const weight = Math.max(1, /warn/i.test(lines[line].slice(0, first)) || span.compared < length ? Math.floor(share / 4) : share), before = heaviest[number];
        if (before && before.weight >= weight) continue;
        heaviest[number] = {
          number, entry, weight, line, text: lines[line].replace(/ +/g, " ").trim(),
          caught: span.caught.map(([from, to], n) => [names[n], between(lines, stretch.origin[from], stretch.origin[to - 1])]),
        };
      }
    }
    for (const said of Object.values(heaviest)) {
      const [number, id, title, url, recovery] = said.entry;
      (entries[number] = entries[number] || { number, id, title, url, recovery, said: [] }).said.push(said);
    }
    const found = Object.values(entries), order = (a, b) => b.weight - a.weight || a.line - b.line || a.number - b.number;
    for (const entry of found) {
      const [{ weight, line }] = entry.said.sort(order), all = entry.said.reduce((sum, one) => sum + one.weight, 0);
      Object.assign(entry, { line, weight: weight + Math.floor((all - weight) / 4) });
    }
    return found.sort(order);
  };
})();
