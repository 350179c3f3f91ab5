// What a pasted message or log says: the entries that answer it, as `runbook diagnose` finds them.
//
// It computes what src/known_errors/ computes, step by step; docs/formats/search.md describes both. Files come
// by search-engine.js.
"use strict";
(function () {
  const NARROW = 40, TOGETHER = 8, STEP = 4, LINE = 10000, TRIES = 8, LESS = 4, BESIDE = 4;
  const CAUGHT = 300, BEFORE_CUT = 24, CUT = 60;
  const isSpace = (c) => /[\s\u0085]/.test(c), ofWord = (c) => /[a-z0-9\u0080-\uffff]/.test(c || " ");
  let table;

  // A line without colours and control characters, with one kind of quotes.
  function shown(line) {
    const points = line.length > LINE ? Array.from(line).slice(0, LINE).join("") : line;
    return points.replace(/\x1b(?:\[[^@-~]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\?)?|[^]|$)/gu, "")
      .replace(/[\s\u0085]/g, " ").replace(/[\0-\x1f\x7f-\x9f]/g, "").replace(/["`´‘’“”]/g, "'")
      .replace(/\[[\d;]+m/g, "").replace(/npm ERR!/g, "npm error");
  }

  // A text without white space: its letters, whether white space was before each, and where each comes from.
  function flat(text) {
    const parted = [], origin = [];
    let letters = "", space = false;
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] === " ") { space = true; continue; }
      letters += text[at];
      parted.push(space);
      origin.push(at);
      space = false;
    }
    return { text: letters.replace(/[A-Z]+/g, (part) => part.toLowerCase()), parted, origin };
  }

  // Lines with those that a terminal may have wrapped them into.
  function stretches(lines) {
    const wide = lines.map((line) => Array.from(line).length >= NARROW), found = [];
    for (let from = 0; from < lines.length;) {
      let to = from + 1;
      while (to < lines.length && to - from < TOGETHER && wide[to - 1]) to += 1;
      const all = { text: "", parted: [], begins: [], origin: [] };
      for (let line = from; line < to; line += 1) {
        const part = flat(lines[line]);
        all.begins.push(all.text.length);
        part.parted.forEach((parted, n) => all.parted.push(parted || n === 0));
        part.origin.forEach((at) => all.origin.push([line, at]));
        all.text += part.text;
      }
      found.push(all);
      from = to < lines.length && wide[to - 1] ? from + STEP : to;
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
  function keys(text, words) {
    const found = [];
    words.forEach(([start, end], n) => {
      const alone = hashed(0x811c9dc5, text.slice(start, end)), next = words[n + 1];
      found.push([alone >>> 8, start]);
      if (next) found.push([hashed(hashed(alone, " "), text.slice(...next)) >>> 8, start]);
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
    const clean = literals.map(shown), parts = clean.map(flat);
    for (let part = 0; part < parts.length; part += 1) {
      const { text, parted } = parts[part], words = split(text, (at) => parted[at]);
      if (part > 0 && words.length && words[0][0] === 0 && !parted[0]) words.shift();
      const last = words[words.length - 1];
      if (part < names.length && last && last[1] === text.length && !clean[part].endsWith(" ")) words.pop();
      const found = keys(text, words).find(([own]) => own === key);
      if (found) return { literals: parts.map(({ text }) => text), names, part, at: found[1] };
    }
  }

  // A pattern beside the place of its key, to both sides.
  function beside({ literals, part, at }, { text, parted, begins }, key) {
    const last = literals.length - 1, caught = [], own = literals[part], from = key - at;
    const lineOf = (place) => begins.filter((begin) => begin <= place).length;
    const lineEnd = (place) => (lineOf(place) < begins.length ? begins[lineOf(place)] : text.length);
    const beginsWell = (place) => place === 0 || parted[place] || !ofWord(text[place]) || !ofWord(text[place - 1]);
    const endsWell = (place) => place === text.length || parted[place] || !ofWord(text[place]);
    const mayBeCut = (place) => {
      const line = parted.slice(begins[lineOf(place) - 1], lineEnd(place));
      return line.length + line.filter(Boolean).length > CUT;
    };
    let start = from, compared = own.length, to = from + own.length;
    const backward = () => {
      for (let n = part - 1; n >= 0; n -= 1) {
        const literal = literals[n];
        let found;
        if (!literal) {
          for (found = start - 1; found > 0 && start - found <= CAUGHT && !parted[found];) found -= 1;
          if (found < 0 || start - found > CAUGHT) return false;
        } else {
          const low = Math.max(0, start - CAUGHT - literal.length);
          let high = start - 1;
          for (;;) {
            found = text.slice(low, Math.max(low, high)).lastIndexOf(literal);
            if (found < 0) return false;
            found += low;
            if (n > 0 || beginsWell(found)) break;
            high = found + literal.length - 1;
          }
        }
        caught.unshift([found + literal.length, start]);
        compared += literal.length;
        start = found;
      }
      return !literals[0] || beginsWell(start);
    };
    if (from < 0) return null;
    if (!text.startsWith(own, from)) {
      const line = text.slice(from, lineEnd(from));
      compared = line.length;
      return own.startsWith(line) && mayBeCut(from) && backward() && compared >= BEFORE_CUT ? { start, compared, caught } : null;
    }
    if ((part === last && !endsWell(to)) || !backward()) return null;
    for (let n = part + 1; n <= last; n += 1) {
      const literal = literals[n];
      let found;
      if (!literal) {
        if (to >= text.length) return null;
        for (found = to + 1; found < text.length && found - to < CAUGHT && !parted[found];) found += 1;
        const word = text.slice(to, found), plain = word.replace(/[.,;:')\]}]+$/, "");
        caught.push([to, to + (plain || word).length]);
        break;
      }
      const high = Math.min(text.length, to + CAUGHT + literal.length);
      for (found = to; found >= 0;) {
        found = text.slice(0, high).indexOf(literal, found + 1);
        if (n < last || found < 0 || endsWell(found + literal.length)) break;
      }
      if (found < 0) return compared >= BEFORE_CUT && mayBeCut(start) ? { start, compared, caught } : null;
      caught.push([to, found]);
      compared += literal.length;
      to = found + literal.length;
    }
    return { start, compared, caught };
  }

  // Which keys there are, and which file has the patterns of each.
  async function open() {
    const read = await $rbs.fetched("e", "e.js");
    if (!read || read.v !== 1) return null;
    const counts = $rbs.numbers(read.c), files = read.h.split(" "), known = new Map();
    let key = 0, at = 0, left = counts[0];
    for (const step of $rbs.numbers(read.k)) {
      while (!left) { at += 1; left = counts[at]; }
      key += step;
      known.set(key, at);
      left -= 1;
    }
    return { known, files, loaded: new Map() };
  }

  // The patterns of a file by their keys.
  async function patterns(at) {
    const byKey = new Map(), [entries, rows] = (await $rbs.fetched("p" + at, `e${at}-${table.files[at]}.js`)) || [[], []];
    for (const [key, number, entry, weight, text] of rows) {
      byKey.set(key, (byKey.get(key) || []).concat({ number, entry: entries[entry], weight, ...pattern(text, key) }));
    }
    return byKey;
  }

  function between(lines, [first, from], [last, to]) {
    let text = "";
    for (let line = first; line <= last; line += 1) {
      text += lines[line].slice(line === first ? from : 0, line === last ? to + 1 : undefined).trim();
    }
    return text;
  }

  async function diagnose(text) {
    table = table || (await open());
    if (!table) return [];
    const lines = text.split(/[\n\r]/).map(shown), places = [], wanted = new Set(), heaviest = new Map();
    for (const stretch of stretches(lines)) {
      const seen = new Set(), lineStarts = new Set(stretch.begins);
      for (const goesOn of [false, true]) {
        const words = split(stretch.text, (at) => stretch.parted[at] && !(goesOn && lineStarts.has(at)));
        for (const [key, at] of keys(stretch.text, words)) {
          if (!table.known.has(key) || seen.has(key + " " + at)) continue;
          seen.add(key + " " + at);
          wanted.add(table.known.get(key));
          places.push({ stretch, key, at });
        }
      }
    }
    await Promise.all(Array.from(wanted, async (at) => {
      if (!table.loaded.has(at)) table.loaded.set(at, await patterns(at));
    }));
    const tries = new Map();
    for (const { stretch, key, at } of places) {
      for (const known of table.loaded.get(table.known.get(key)).get(key) || []) {
        if (!tries.has(stretch)) tries.set(stretch, {});
        const tried = tries.get(stretch);
        tried[known.number] = (tried[known.number] || 0) + 1;
        if (tried[known.number] > TRIES) continue;
        const span = beside(known, stretch, at);
        if (!span) continue;
        const length = known.literals.join("").length;
        const line = stretch.begins.filter((begin) => begin <= span.start).pop();
        const less = stretch.text.slice(line, span.start).includes("warn") || span.compared < length;
        const share = Math.floor(known.weight * span.compared / length);
        const weight = Math.max(1, less ? Math.floor(share / LESS) : share), before = heaviest.get(known.number);
        if (before && before.weight >= weight) continue;
        const number = stretch.origin[span.start][0];
        heaviest.set(known.number, {
          number: known.number, entry: known.entry, weight, line: number, text: lines[number].replace(/ +/g, " ").trim(),
          caught: span.caught.map(([from, to], n) => [known.names[n], between(lines, stretch.origin[from], stretch.origin[to - 1])]),
        });
      }
    }
    const entries = new Map();
    for (const said of heaviest.values()) {
      const [number, id, title, url, recovery] = said.entry;
      const entry = entries.get(number) || { number, id, title, url, recovery, said: [] };
      entry.said.push(said);
      entries.set(number, entry);
    }
    const found = Array.from(entries.values());
    for (const entry of found) {
      entry.said.sort((a, b) => b.weight - a.weight || a.line - b.line || a.number - b.number);
      entry.score = entry.said[0].weight + Math.floor(entry.said.slice(1).reduce((sum, one) => sum + one.weight, 0) / BESIDE);
    }
    return found.sort((a, b) => b.score - a.score || a.said[0].line - b.said[0].line || a.number - b.number);
  }

  $rbs.diagnose = diagnose;
})();
