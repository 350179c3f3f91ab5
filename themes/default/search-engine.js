// The reader of the search index: shards in, pages in order out.
//
// It computes what src/search/query.rs computes, operation by operation, and splits words as
// src/search/words.rs does; docs/formats/search.md describes files and plan. Everything is loaded
// by script tags, which work from a disk as they do from a host.
"use strict";
(function () {
  const home = new URL("../search/", document.currentScript.src).href;
  const VERSION = 3;
  const WORDS = 30, COMPOUND = 3, NEIGHBOURS = 1, PREFIX = 0.9, BESIDE_EXACT = 0.2, EXPANSIONS = 16;
  const EXTRA_SHARDS = 2, TOGETHER = 1.15, SECOND = 0.25, THIRD = 0.1, SECTIONS = 3, PAGES = 10;
  const W = "[\\p{Alphabetic}\\p{N}\\p{M}]";
  const RUN = new RegExp(`${W}+(?:(?:::|--|[-_.@])${W}+)*`, "gu");
  const JOINER = new RegExp(`(::|--|[-_.@])`);

  let manifest, shards, fragments;
  const arrived = {};
  window.$rbs = {
    m: (value) => { arrived.m = value; },
    s: (at, text) => { arrived["s" + at] = text; },
    f: (at, parts) => { arrived["f" + at] = parts; },
    runs, search, place, fetched, numbers, shard: (at) => shard(at), shardOf: (word) => shardOf(word),
  };

  // Words.

  const cut = (word) => word.slice(0, 64).replace(/[\ud800-\udbff]$/, "");
  const noise = (piece) => {
    const digits = piece.replace(/\D/g, "").length;
    return (/^[\da-f]{12,}$/i.test(piece) && digits * 4 >= piece.length)
      || (/^[\da-z]{20,}$/i.test(piece) && digits > 0 && /[a-z]/.test(piece) && /[A-Z]/.test(piece));
  };
  const camel = (piece) => piece.replace(/(\p{Lowercase})(\p{Uppercase})/gu, "$1 $2")
    .replace(/(\p{Uppercase})(\p{Uppercase}\p{Lowercase})/gu, "$1 $2").split(" ");
  const normal = (part) => part.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "")
    .replace(/ß/g, "ss").replace(/æ/g, "ae").replace(/ø/g, "o");

  // The runs of a text: parts, compound, and the places where they begin and end.
  function runs(text) {
    const found = [];
    for (const match of text.matchAll(RUN)) {
      const pieces = match[0].split(JOINER);
      let all = [], whole = "";
      for (let at = 0; at < pieces.length; at += 2) {
        const parts = camel(pieces[at]).map(normal), piece = parts.join("");
        if (pieces[at - 1] === "." && /\d$/.test(whole) && /^\d/.test(piece)) whole += ".";
        whole += piece;
        all = all.concat(parts);
      }
      if (pieces.some(noise)) continue;
      const compound = all.length > 1 && all.length < 7 ? cut(whole) : null;
      all = all.filter(Boolean).map(cut);
      if (all.length) found.push({ parts: all, compound, start: match.index, end: match.index + match[0].length });
    }
    return found;
  }

  // Files.

  const script = (name) => new Promise((done) => {
    const tag = document.createElement("script");
    tag.onload = tag.onerror = () => { tag.remove(); done(); };
    tag.src = home + name;
    document.head.append(tag);
  });

  // What a file calls its function with; undefined if it does not arrive in two tries.
  async function fetched(key, name) {
    for (const again of ["", name.includes("?") ? "&again" : "?again"]) {
      await script(name + again);
      if (key in arrived) {
        const value = arrived[key];
        delete arrived[key];
        return value;
      }
    }
  }

  const sums = (counts) => {
    let sum = 0;
    return [0].concat(counts.map((count) => (sum += count)));
  };

  async function open(fresh) {
    const read = await fetched("m", "m.js" + fresh);
    if (!read) throw new Error("missing");
    if (read.v !== VERSION) throw new Error("old");
    const hashes = read.sh.split(" ").filter(Boolean);
    manifest = {
      hashes, steps: read.q, version: read.fv, boundaries: read.sb.split(" ").slice(0, hashes.length),
      pages: sums(numbers(read.p)), fragments: sums(numbers(read.f)), small: new Set(read.w.split(" ")), 
      labels: read.l.map(([group, name, pages]) => ({ key: group + name, name, pages: new Set(sums(numbers(pages))) })),
    };
    shards = new Map();
    fragments = new Map();
  }

  // Numbers in base 30: see src/search/codec.rs.
  function numbers(text) {
    const list = [];
    for (let at = 0, value = 0, unit = 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at), digit = code - (code > 92 ? 36 : 35);
      if (digit > 60) { value += (digit - 61) * unit; unit *= 30; continue; }
      list.push(value + digit * unit);
      value = 0;
      unit = 1;
    }
    return list;
  }

  function parsed(text) {
    const cut = text.indexOf(" "), words = [], stems = [], postings = [];
    for (const [, head, tail, back] of text.slice(0, cut).matchAll(/([A-Z])([^A-Z!-+=]*)([!-+]|=\d+|)/g)) {
      words.push((words.length ? words[words.length - 1] : "").slice(0, head.charCodeAt(0) - 65) + tail);
      stems.push(!back ? postings.push(0) - 1
        : postings.length - (back === "!" ? 1 : back[0] === "=" ? +back.slice(1) : back.charCodeAt(0) - 33));
    }
    const list = numbers(text.slice(cut + 1));
    for (let at = 0, stem = 0; stem < postings.length; stem += 1) {
      const count = (list[at] >> 1) + 1, sections = [], scores = [];
      for (let n = 0, next = 0; n < count; n += 1) {
        sections.push(next + list[at + 2 + n]);
        next = sections[n] + 1;
        scores.push(list[at + 1] * (list[at + 2 + count + n] + 1));
      }
      postings[stem] = { truncated: list[at] & 1, sections, scores };
      at += 2 + 2 * count;
    }
    return { words, stems, postings };
  }

  const shard = (at) => {
    if (!shards.has(at)) {
      shards.set(at, fetched("s" + at, `s${at}-${manifest.hashes[at]}.js`).then((text) => text && parsed(text)));
    }
    return shards.get(at);
  };

  // How many items of a list in order `behind` holds for.
  function partition(list, behind) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (behind(list[middle])) low = middle + 1; else high = middle;
    }
    return low;
  }

  const shardOf = (word) => partition(manifest.boundaries, (boundary) => boundary <= word) - 1;

  // A section: where it is and what it says; null if its fragment does not arrive.
  async function place(section) {
    const at = partition(manifest.fragments, (start) => start <= section) - 1;
    if (!fragments.has(at)) fragments.set(at, fetched("f" + at, `f${at}.js?v=${manifest.version}`));
    const parts = await fragments.get(at);
    const count = manifest.fragments[at + 1] - manifest.fragments[at];
    if (!parts || parts.reduce((sum, part) => sum + part[4].length, 0) !== count) {
      fragments.delete(at);
      return null;
    }
    let left = section - manifest.fragments[at];
    for (const [url, title, kind, crumb, sections] of parts) {
      if (left < sections.length) {
        const [anchor, , heading, text] = sections[left];
        return { url, title, kind, crumb, anchor, heading, text };
      }
      left -= sections.length;
    }
  }

  // The query plan.

  function query(text) {
    const clauses = [], compounds = [], beyond = new Set();
    let live = -1;
    for (const run of runs(text)) {
      let bits = 0;
      for (const word of run.parts) {
        let at = clauses.findIndex((clause) => clause.word === word);
        const fresh = at < 0 && clauses.length < WORDS;
        if (fresh) at = clauses.push({ word, weight: 1, bits: 1 << clauses.length }) - 1;
        if (at < 0) beyond.add(word);
        live = fresh && run.end === text.length ? at : -1;
        if (at >= 0) bits |= 1 << at;
      }
      if (run.compound) compounds.push([run.compound, COMPOUND, bits]);
    }
    const words = clauses.slice();
    if (live >= 0) words[live].live = true;
    for (let size = 2; size <= 4; size += 1) {
      for (let at = 0; at + size <= words.length; at += 1) {
        const joined = words.slice(at, at + size).map((clause) => clause.word).join("");
        compounds.push([joined, NEIGHBOURS, ((1 << size) - 1) << at, words[at].word]);
      }
    }
    for (const [word, weight, bits, first] of compounds) {
      if (bits && clauses.every((clause) => clause.word !== word)) clauses.push({ word, weight, bits, first });
    }
    return { clauses, words, beyond: beyond.size };
  }

  // The stems that a clause accepts, as { shard, stem, weight }.
  async function accepted(clause) {
    const found = [], word = clause.word, first = shardOf(word);
    if (first < 0) return found;
    const own = await shard(first);
    if (!own) { found.unread = true; return found; }
    const at = partition(own.words, (known) => known < word);
    if (own.words[at] === word) found.push({ shard: own, stem: own.stems[at], weight: 1 });
    if (!clause.live || word.length < 2) return found;
    const beside = found.length ? BESIDE_EXACT : 1, begun = [];
    for (let k = first; k <= first + EXTRA_SHARDS; k += 1) {
      if (k > first && !(manifest.boundaries[k] || "").startsWith(word)) break;
      const next = await shard(k);
      if (!next) { found.unread = true; break; }
      const stems = new Map();
      for (let n = partition(next.words, (known) => known <= word); n < next.words.length && next.words[n].startsWith(word); n += 1) {
        const weight = PREFIX * Math.sqrt(word.length / next.words[n].length) * beside, stem = next.stems[n];
        const known = stems.get(stem);
        if (known) known.weight = Math.max(known.weight, weight);
        else { stems.set(stem, { shard: next, stem, weight }); begun.push(stems.get(stem)); }
      }
    }
    const worth = ({ shard, stem, weight }) => shard.postings[stem].sections.length * weight;
    const unread = found.unread;
    const all = found.concat(begun.sort((a, b) => worth(b) - worth(a)).slice(0, EXPANSIONS));
    all.unread = unread;
    return all;
  }

  async function answered(text, on) {
    const { clauses, words, beyond } = query(text), near = clauses.filter((clause) => !clause.first || shardOf(clause.word) === shardOf(clause.first));
    const lists = await Promise.all(near.map(accepted)), sections = new Map(), forms = new Set();
    let everywhere = 0, known = 0, small = 0, unread = 0;
    near.forEach((clause, n) => {
      const best = new Map();
      const little = n < words.length && manifest.small.has(clause.word);
      if (little) small |= clause.bits;
      if (n < words.length && lists[n].unread) unread |= clause.bits;
      for (const { shard, stem, weight } of lists[n]) {
        const list = shard.postings[stem];
        if (list.truncated) everywhere |= clause.bits;
        list.sections.forEach((section, at) => best.set(section, Math.max(best.get(section) || 0, list.scores[at] * weight)));
        if (!little) shard.stems.forEach((other, at) => { if (other === stem) forms.add(shard.words[at]); });
      }
      if (best.size) known |= clause.bits;
      for (const [section, score] of best) {
        const entry = sections.get(section) || { section, score: 0, bits: 0 };
        entry.score += score * clause.weight;
        entry.bits |= clause.bits;
        sections.set(section, entry);
      }
    });
    const wanted = known & ~small, pages = new Map();
    for (const entry of sections.values()) {
      const page = partition(manifest.pages, (start) => start <= entry.section) - 1;
      entry.bits |= everywhere;
      pages.set(page, (pages.get(page) || []).concat(entry));
    }
    const named = (bits) => words.filter((clause) => clause.bits & bits).map((clause) => clause.word);
    const all = Array.from(pages, ([page, list]) => {
      list.sort((a, b) => b.score - a.score || a.section - b.section);
      const score = (at) => (list[at] ? list[at].score : 0);
      const bits = list.reduce((all, entry) => all | entry.bits, 0);
      const together = (list[0].bits & wanted) === wanted ? TOGETHER : 1;
      return {
        page, lacks: (bits & wanted) !== wanted, missing: named(wanted & ~bits),
        score: score(0) * together + score(1) * SECOND + score(2) * THIRD,
        sections: list.slice(0, SECTIONS).map((entry) => entry.section),
      };
    }).filter(({ page }) => on(page, manifest.labels)).sort((a, b) => a.lacks - b.lacks || b.score - a.score || a.page - b.page);
    return { all, hits: all.slice(0, PAGES), labels: manifest.labels, words: words.map((clause) => clause.word), unknown: named(~(known | unread | small)), unread: named(unread), forms, beyond };
  }

  // Looks a text up. If a part of the index does not arrive, the site may have been built again
  // since: then the newest manifest is asked once.
  async function search(text, on = () => true) {
    if (!manifest) await open("");
    const answer = await answered(text, on);
    if (!answer.unread.length) return answer;
    const before = manifest;
    await open("?" + Date.now());
    return manifest.hashes.join() === before.hashes.join() ? answer : answered(text, on);
  }
})();
