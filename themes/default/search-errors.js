// What a pasted message or log says: the entries that answer it, as `runbook diagnose` finds them.
//
// It computes what src/known_errors/ computes, step by step; docs/formats/search.md describes both. Files come
// by search-engine.js. The file is small because each reader who pastes something loads it: numbers stand where they
// are used, and src/known_errors/ has their names.
"use strict";
(function () {
  const ofWord = (code) => code > 127 || (code > 96 && code < 123) || (code > 47 && code < 58);
  let table;

  // A line without colours and control characters, with one kind of quotes.
  const shown = (line) => line
    .replace(/\x1b(?:\[[^@-~]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\?)?|[^]|$)/gu, "")
    .replace(/[\s\u0085]/g, " ").replace(/[\0-\x1f\x7f-\x9f]/g, "").replace(/["`´‘’“”]/g, "'")
    .replace(/\[[\d;]+m/g, "").replace(/npm ERR!/g, "npm error");

  // Lines without white space, in small letters; before which letters white space or a line's start was, and the line
  // and the place that each letter comes from.
  function flat(lines, from, to) {
    const parted = [], line = [], place = [];
    for (let n = from; n < to; n += 1) {
      let space = true;
      for (let at = 0; at < lines[n].length; at += 1) {
        const blank = lines[n].charCodeAt(at) === 32;
        if (!blank) { parted.push(space); line.push(n); place.push(at); }
        space = blank;
      }
    }
    const text = lines.slice(from, to).join("").replace(/ /g, "").replace(/[A-Z]+/g, (part) => part.toLowerCase());
    return { text, parted, line, place };
  }

  // Lines with those that a terminal may have wrapped them into.
  function stretches(lines) {
    const goesOn = (to) => to < lines.length && lines[to - 1].length >= 40, found = [];
    for (let from = 0, to; from < lines.length; from = goesOn(to) ? from + 8 : to) {
      for (to = from + 1; to - from < 12 && goesOn(to);) to += 1;
      found.push(flat(lines, from, to));
    }
    return found;
  }

  function split({ text, parted }) {
    const words = [];
    for (let at = 0, open = false; at < text.length; at += 1) {
      const is = ofWord(text.charCodeAt(at));
      if (is && open && !parted[at]) words[words.length - 1][1] = at + 1;
      else if (is) words.push([at, at + 1]);
      open = is;
    }
    return words;
  }

  // The same where a word goes on in the next line; those are marked.
  function joined(words, { line }) {
    const all = [];
    for (const [start, end] of words) {
      const last = all[all.length - 1];
      if (last && last[1] === start && line[start] > line[start - 1]) last.splice(1, 1, end, true); else all.push([start, end]);
    }
    return all;
  }

  const hashed = (hash, text) => {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x1000193);
    return hash;
  };

  // The keys of words and of neighbours, all or those of marked words, each with the place at which it begins.
  function keys({ text }, words, all) {
    const found = [];
    words.forEach(([start, end, isJoined], n) => {
      const own = all || isJoined, next = words[n + 1] || [], both = next.length && (own || next[2]);
      const alone = (own || both) && hashed(0x811c9dc5, text.slice(start, end));
      if (own) found.push([alone >>> 8, start]);
      if (both) found.push([hashed(hashed(alone, " "), text.slice(next[0], next[1])) >>> 8, start]);
    });
    return found;
  }

  // A pattern, and where its key stands in it.
  function pattern(text, key) {
    const literals = [""], names = [];
    for (const part of text.split(/(\{\{|\}\}|\{[a-z][a-z0-9_]*\})/)) {
      if (/^\{[a-z]/.test(part)) { names.push(part.slice(1, -1)); literals.push(""); }
      else literals[literals.length - 1] += part === "{{" || part === "}}" ? part[0] : part;
    }
    const clean = literals.map(shown), parts = clean.map((part) => flat([part], 0, 1)), known = { names, literals: parts.map((own) => own.text) };
    parts.forEach((own, part) => {
      const words = split(own), last = words[words.length - 1];
      if (part && words[0] && !words[0][0] && clean[part][0] !== " ") words.shift();
      if (part < names.length && last && last[1] === own.text.length && !clean[part].endsWith(" ")) words.pop();
      const found = keys(own, words, true).find(([own]) => own === key);
      if (found) Object.assign(known, { part, at: found[1], ...known });
    });
    return known;
  }

  // A pattern beside the place of its key, to both sides.
  function beside({ literals, names, part, at }, { text, parted, line }, key, lines) {
    const last = names.length, caught = [], own = literals[part], free = (place) => parted[place] || !ofWord(text.charCodeAt(place));
    const opens = (place) => !place || free(place) || !ofWord(text.charCodeAt(place - 1));
    let start = key - at, compared = own.length, to = start + compared, found;
    if (start < 0) return;
    const cut = (at) => compared >= 20 && lines[line[at]].length > 60 && { start, compared, caught };
    const place = start, whole = text.startsWith(own, start);
    let rest = 1;
    while (rest < compared && line[start + rest] === line[start]) rest += 1;
    if (!whole) compared = rest;
    if (whole ? part === last && !free(to) : !own.startsWith(text.slice(start, start + rest))) return;
    for (let n = part; --n >= 0;) {
      const literal = literals[n];
      if (literal) {
        const low = Math.max(0, start - 300 - literal.length);
        for (let high = start - 1; ; high = found + literal.length - 1) {
          found = text.slice(low, Math.max(low, high)).lastIndexOf(literal);
          if (found < 0) return;
          found += low;
          if (n || opens(found)) break;
        }
      } else {
        for (found = start - 1; found > 0 && start - found <= 300 && !parted[found];) found -= 1;
        if (found < 0 || start - found > 300) return;
      }
      caught.unshift([found + literal.length, start]);
      compared += literal.length;
      start = found;
    }
    if (literals[0] && !opens(start)) return;
    if (!whole) return cut(place);
    for (let n = part; ++n <= last;) {
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
      if (found < 0) return cut(start);
      caught.push([to, found]);
      compared += literal.length;
      to = found + literal.length;
    }
    return { start, compared, caught };
  }

  // Which keys there are, and which file has the patterns of each.
  async function open() {
    const read = await $rbs.fetched("fe", "e.js"), known = {};
    if (!read || read.v !== 1) return { known };
    const counts = $rbs.numbers(read.c);
    let key = 0, at = 0;
    for (const step of $rbs.numbers(read.k)) {
      if (!counts[at]--) counts[at += 1] -= 1;
      known[key += step] = at;
    }
    return { known, hash: read.h, loaded: {} };
  }

  // The patterns of a file by their keys.
  async function load(at) {
    const all = {}, [entries, rows] = (await $rbs.fetched("fe" + at, `e${at}.js?v=${table.hash}`)) || [[], []];
    for (const [key, number, entry, weight, text] of rows) {
      (all[key] ||= []).push({ number, weight, entry: entries[entry], ...pattern(text, key) });
    }
    return all;
  }

  const between = (lines, { line, place }, from, to) => lines.slice(line[from], line[to] + 1)
    .map((text, n) => text.slice(n ? 0 : place[from], n + line[from] < line[to] ? text.length : place[to] + 1).trim()).join("");

  $rbs.diagnose = async (text) => {
    table ||= await open();
    const lines = text.split(/[\n\r]/).map(shown), places = [], best = [], entries = [];
    // Behind which letter a line warns, and what is shown of it: once for all messages of a long one.
    const facts = lines.map((line) => [line.search(/warn|$/i) + 4, line.replace(/ +/g, " ").trim()]);
    for (const stretch of stretches(lines)) {
      const words = split(stretch), tries = [];
      keys(stretch, words, true).concat(keys(stretch, joined(words, stretch))).forEach(([key, at], n) => {
        const file = table.known[key];
        if (file >= 0) places.push({ stretch, tries: tries[n >> 10] ||= {}, key, at, file });
      });
    }
    await Promise.all(places.map(({ file }) => table.loaded[file] ||= load(file)));
    for (const { stretch, tries, key, at, file } of places) {
      for (const known of (await table.loaded[file])[key] || []) {
        const { names, number, entry } = known, { length } = known.literals.join("");
        tries[number] = (tries[number] || 0) + 1;
        const span = tries[number] <= 8 && beside(known, stretch, at, lines);
        if (!span) continue;
        const line = stretch.line[span.start], from = stretch.place[span.start], [warns, text] = facts[line];
        const weight = known.weight * span.compared / length >> (warns <= from || span.compared < length ? 2 : 0) || 1;
        if (best[number]?.weight >= weight) continue;
        best[number] = {
          number, entry, weight, line, from, text,
          caught: span.caught.map(([from, to], n) => [names[n], between(lines, stretch, from, to - 1)]),
        };
      }
    }
    best.forEach((said) => {
      const [number, id, title, url, recovery] = said.entry;
      (entries[number] ||= { number, id, title, url, recovery, said: [] }).said.push(said);
    });
    const order = (a, b) => b.weight - a.weight || a.line - b.line || a.number - b.number;
    return entries.flatMap((entry) => {
      const [{ weight, line }] = entry.said.sort(order), all = entry.said.reduce((sum, one) => sum + one.weight, -weight);
      return { ...entry, line, weight: weight + (all >> 2) };
    }).sort(order);
  };
})();
