// For a query with words that the site does not have: the same query in words that it has.
//
// It computes what src/search/nearest.rs computes, so that a slip of the finger leads to the same
// pages in dialog and terminal. It is loaded for the first such query.
"use strict";
(function () {
  const ASIDE = 3, SHORTEST = 3, ONE_SLIP = 5;

  // Slips between two words: a letter too few, too many, or wrong, or two in the wrong order.
  function slips(a, b) {
    const rows = [Array.from({ length: b.length + 1 }, (none, n) => n)];
    for (let i = 1; i <= a.length; i += 1) {
      const row = [i], [last, before] = [rows[i - 1], rows[i - 2]];
      for (let j = 1; j <= b.length; j += 1) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      rows.push(row);
    }
    return rows[a.length][b.length];
  }

  // The nearest word of the site, as src/search/nearest.rs finds it.
  async function nearest(word) {
    const letters = Array.from(word), digit = /\p{N}/u, own = $rbs.shardOf(word);
    let best;
    if (letters.length < SHORTEST || digit.test(word)) return;
    // Other shards have no word that begins with the letter.
    const [from, to] = [$rbs.shardOf(letters[0]), $rbs.shardOf(letters[0] + "\uffff")];
    for (let at = Math.max(own - ASIDE, from, 0); at <= Math.min(own + ASIDE, to); at += 1) {
      const shard = await $rbs.shard(at);
      if (!shard) continue;
      shard.words.forEach((known, n) => {
        const other = Array.from(known), most = letters.length <= ONE_SLIP ? 1 : 2;
        if (other[0] !== letters[0] || digit.test(known) || Math.abs(other.length - letters.length) > most) return;
        const far = slips(letters, other), often = shard.postings[shard.stems[n]].sections.length;
        if (far <= most && (!best || far < best.far || (far === best.far && often > best.often))) best = { far, often, known };
      });
    }
    return best && best.known;
  }

  // What to ask in place of a query with unknown words, if some of them are near to known ones.
  $rbs.instead = async (answer) => {
    const near = await Promise.all(answer.words.map((word) => (answer.unknown.includes(word) ? nearest(word) : word)));
    return near.some((word, at) => word && word !== answer.words[at]) ? near.filter(Boolean).join(" ") : "";
  };
})();
