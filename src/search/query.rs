//! The query plan: from what a person typed to pages in order.
//!
//! `themes/default/search-engine.js` computes the same in the same order of operations, so
//! terminal and browser give the same pages; `tests/browser/search.test.mjs` compares them.
//! `docs/formats/search.md` says the plan in words.

use super::codec::{Postings, Shard};
use super::paste::without_noise;
use super::reader::{Index, Label};
use super::words;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The words of a query beyond this many are not looked at; the answer says how many those are. A script's
/// integers have no more bits.
const WORDS: usize = 30;
/// What a compound such as `dry-run` is worth beside its parts.
const COMPOUND: f64 = 3.0;
/// What neighbours put together are worth: `dry run` for `dryrun`.
const NEIGHBOURS: f64 = 1.0;
/// What a word is worth that only begins like the last word typed.
const PREFIX: f64 = 0.9;
/// How much less it is worth if the last word typed is a word by itself.
const BESIDE_EXACT: f64 = 0.2;
/// How many stems a beginning may stand for.
const EXPANSIONS: usize = 16;
/// How many shards beyond its own a beginning may reach into.
const EXTRA_SHARDS: usize = 2;
/// How much a page gains whose best section has all words.
const TOGETHER: f64 = 1.15;
/// What the second and third section of a page add.
const SECOND: f64 = 0.25;
const THIRD: f64 = 0.1;
/// How many sections of a page are shown.
const SECTIONS: usize = 3;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Pages, best first.
    pub hits: Vec<Hit>,
    /// The numbers of all pages that would be shown without a limit, in order.
    pub pages: Vec<usize>,
    /// The words of the query that were looked for.
    pub words: Vec<String>,
    /// How many more there were: nobody looked for them.
    pub beyond: usize,
    /// Those that are nowhere in the site.
    pub unknown: Vec<String>,
    /// Those whose part of the index is missing or damaged: the answer is without them.
    pub unread: Vec<String>,
    /// The words as they stand in texts that count as found, without small words.
    pub forms: BTreeSet<String>,
}

/// A page that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The page's number.
    pub page: usize,
    /// What it is worth.
    pub score: f64,
    /// Words of the query that it does not have.
    pub missing: Vec<String>,
    /// Its best sections, best first.
    pub sections: Vec<u32>,
}

/// What a clause is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    /// The parts of one run put together.
    Compound,
    /// Neighbours put together.
    Neighbours,
}

impl Kind {
    fn weight(self) -> f64 {
        match self {
            Self::Word => 1.0,
            Self::Compound => COMPOUND,
            Self::Neighbours => NEIGHBOURS,
        }
    }
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq)]
struct Clause {
    kind: Kind,
    word: String,
    /// Which words of the query it stands for.
    bits: u32,
    /// Whether the person may still be typing it.
    live: bool,
}

/// A query, taken apart: its words first, then compounds, then neighbours put together.
#[derive(Debug, Default, PartialEq)]
struct Query {
    clauses: Vec<Clause>,
    /// How many of the clauses are words; word `n` has bit `n`.
    words: usize,
    /// The words beyond [`WORDS`].
    beyond: BTreeSet<String>,
}

impl Query {
    fn new(text: &str) -> Self {
        let mut query = Self::default();
        let mut compounds = Vec::new();
        let mut live = None;
        for run in words::runs(text) {
            let mut bits = 0;
            for part in run.parts {
                let (at, new) = query.word(part);
                live = (new && run.end == text.len()).then_some(at);
                bits |= if at < WORDS { 1 << at } else { 0 };
            }
            compounds.extend(run.compound.map(|word| (word, bits)));
        }
        if let Some(clause) = live.and_then(|at| query.clauses.get_mut(at)) {
            clause.live = true;
        }
        for (word, bits) in compounds {
            query.beside(Kind::Compound, word, bits);
        }
        query.neighbours();
        query
    }

    /// The number of a word, and whether it is new. Words beyond [`WORDS`] are counted and have none.
    fn word(&mut self, word: String) -> (usize, bool) {
        if let Some(at) = self.clauses.iter().position(|clause| clause.word == word) {
            return (at, false);
        }
        if self.words < WORDS {
            self.clauses.push(Clause {
                kind: Kind::Word,
                word,
                bits: 1 << self.words,
                live: false,
            });
            self.words += 1;
            return (self.words - 1, true);
        }
        self.beyond.insert(word);
        (WORDS, false)
    }

    /// Adds something that stands for several words.
    fn beside(&mut self, kind: Kind, word: String, bits: u32) {
        let new = self.clauses.iter().all(|clause| clause.word != word);
        if new && bits != 0 {
            self.clauses.push(Clause {
                kind,
                word,
                bits,
                live: false,
            });
        }
    }

    fn neighbours(&mut self) {
        for size in 2..=4 {
            for at in 0..(self.words + 1).saturating_sub(size) {
                let words = &self.clauses[at..at + size];
                let word: String = words.iter().map(|clause| clause.word.as_str()).collect();
                self.beside(Kind::Neighbours, word, ((1 << size) - 1) << at);
            }
        }
    }

    /// Whether a clause is worth a look: neighbours only if that costs no further shard.
    fn is_near(&self, index: &Index, clause: &Clause) -> bool {
        let first = &self.clauses[clause.bits.trailing_zeros() as usize].word;
        clause.kind != Kind::Neighbours || index.shard_of(&clause.word) == index.shard_of(first)
    }

    /// The words with these bits.
    fn words_of(&self, bits: u32) -> Vec<String> {
        let words = &self.clauses[..self.words];
        let chosen = words.iter().filter(|clause| clause.bits & bits != 0);
        chosen.map(|clause| clause.word.clone()).collect()
    }
}

/// A list of sections that a clause accepts, and what it is worth.
struct Alternative {
    shard: Rc<Shard>,
    stem: usize,
    weight: f64,
}

impl Alternative {
    fn postings(&self) -> &Postings {
        &self.shard.postings[self.stem]
    }

    fn forms(&self) -> impl Iterator<Item = &String> {
        let of_stem = |(_, stem): &&(String, usize)| *stem == self.stem;
        self.shard
            .words
            .iter()
            .filter(of_stem)
            .map(|(word, _)| word)
    }
}

/// What a clause accepts, and whether a part of the index could not be read for it.
#[derive(Default)]
struct Accepted {
    alternatives: Vec<Alternative>,
    unread: bool,
}

fn length(word: &str) -> f64 {
    word.encode_utf16().count() as f64
}

fn accepted(index: &Index, clause: &Clause) -> Accepted {
    let mut accepted = Accepted::default();
    let Some(at) = index.shard_of(&clause.word) else {
        return accepted;
    };
    let Some(shard) = index.shard(at) else {
        accepted.unread = true;
        return accepted;
    };
    if let Ok(found) = shard.find(&clause.word) {
        let stem = shard.words[found].1;
        accepted.alternatives.push(Alternative {
            shard,
            stem,
            weight: 1.0,
        });
    }
    if clause.live && length(&clause.word) >= 2.0 {
        expand(index, clause, at, &mut accepted);
    }
    accepted
}

/// Adds the stems of the words that begin like the clause's.
fn expand(index: &Index, clause: &Clause, first: usize, accepted: &mut Accepted) {
    let beside = if accepted.alternatives.is_empty() {
        1.0
    } else {
        BESIDE_EXACT
    };
    let mut found: Vec<Alternative> = Vec::new();
    for at in first..=first + EXTRA_SHARDS {
        if at > first && !index.goes_on_in(at, &clause.word) {
            break;
        }
        let Some(shard) = index.shard(at) else {
            accepted.unread = true;
            break;
        };
        let from = shard.find(&clause.word).map_or_else(|at| at, |at| at + 1);
        let begins = |(word, _): &&(String, usize)| word.starts_with(&clause.word);
        let begin = found.len();
        for (word, stem) in shard.words[from..].iter().take_while(begins) {
            let weight = PREFIX * (length(&clause.word) / length(word)).sqrt() * beside;
            match found[begin..].iter_mut().find(|known| known.stem == *stem) {
                Some(known) => known.weight = known.weight.max(weight),
                None => found.push(Alternative {
                    shard: shard.clone(),
                    stem: *stem,
                    weight,
                }),
            }
        }
    }
    let worth = |known: &Alternative| known.postings().list.len() as f64 * known.weight;
    found.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    found.truncate(EXPANSIONS);
    accepted.alternatives.extend(found);
}

/// What each section is worth, and which words of the query it has.
#[derive(Default)]
struct Tally {
    sections: FxHashMap<u32, (f64, u32)>,
    /// Words that stand nearly everywhere.
    everywhere: u32,
    /// Words that were found at all.
    known: u32,
}

impl Tally {
    fn add(&mut self, clause: &Clause, alternatives: &[Alternative]) {
        let mut best: FxHashMap<u32, f64> = FxHashMap::default();
        for alternative in alternatives {
            let postings = alternative.postings();
            if postings.truncated {
                self.everywhere |= clause.bits;
            }
            for (section, step) in &postings.list {
                let score = f64::from(postings.largest) * f64::from(*step) * alternative.weight;
                let known = best.entry(*section).or_default();
                *known = known.max(score);
            }
        }
        if !best.is_empty() {
            self.known |= clause.bits;
        }
        for (section, score) in best {
            let entry = self.sections.entry(section).or_default();
            entry.0 += score * clause.kind.weight();
            entry.1 |= clause.bits;
        }
    }

    /// Pages, best first; those that have all of `wanted` before the others.
    fn pages(&self, index: &Index, wanted: u32) -> Vec<Ranked> {
        let mut pages: FxHashMap<usize, Vec<(u32, f64, u32)>> = FxHashMap::default();
        for (section, (score, bits)) in &self.sections {
            let page = pages.entry(index.page_of(*section)).or_default();
            page.push((*section, *score, bits | self.everywhere));
        }
        let mut ranked: Vec<Ranked> = pages
            .into_iter()
            .map(|(page, sections)| Ranked::new(page, sections, wanted))
            .collect();
        ranked.sort_by(|a, b| {
            let lacks = |page: &Ranked| page.bits & wanted != wanted;
            lacks(a)
                .cmp(&lacks(b))
                .then(b.score.total_cmp(&a.score))
                .then(a.page.cmp(&b.page))
        });
        ranked
    }
}

struct Ranked {
    page: usize,
    score: f64,
    bits: u32,
    sections: Vec<u32>,
}

impl Ranked {
    fn new(page: usize, mut sections: Vec<(u32, f64, u32)>, wanted: u32) -> Self {
        sections.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let score = |at: usize| sections.get(at).map_or(0.0, |section| section.1);
        let together = if sections[0].2 & wanted == wanted {
            TOGETHER
        } else {
            1.0
        };
        Self {
            page,
            score: score(0) * together + score(1) * SECOND + score(2) * THIRD,
            bits: sections.iter().fold(0, |bits, section| bits | section.2),
            sections: sections
                .iter()
                .take(SECTIONS)
                .map(|section| section.0)
                .collect(),
        }
    }
}

/// Looks a text up: at most `limit` pages, best first, of those that have all labels of `only`.
pub fn search(index: &Index, text: &str, only: &[&Label], limit: usize) -> Answer {
    let query = Query::new(&without_noise(text));
    let mut tally = Tally::default();
    let mut forms = BTreeSet::new();
    let (mut small, mut unread) = (0, 0);
    for clause in query
        .clauses
        .iter()
        .filter(|clause| query.is_near(index, clause))
    {
        let accepted = accepted(index, clause);
        let is_small = clause.kind == Kind::Word && index.is_small(&clause.word);
        if clause.kind == Kind::Word {
            small |= if is_small { clause.bits } else { 0 };
            unread |= if accepted.unread { clause.bits } else { 0 };
        }
        tally.add(clause, &accepted.alternatives);
        if !is_small {
            let words = accepted.alternatives.iter().flat_map(Alternative::forms);
            forms.extend(words.cloned());
        }
    }
    let wanted = tally.known & !small;
    let hit = |page: Ranked| Hit {
        page: page.page,
        score: page.score,
        missing: query.words_of(wanted & !page.bits),
        sections: page.sections,
    };
    let mut pages = tally.pages(index, wanted);
    pages.retain(|page| only.iter().all(|label| label.is_on(page.page)));
    let mut found: Vec<usize> = pages.iter().map(|page| page.page).collect();
    found.sort_unstable();
    Answer {
        pages: found,
        hits: pages.into_iter().take(limit).map(hit).collect(),
        words: query.words_of(u32::MAX),
        beyond: query.beyond.len(),
        unknown: query.words_of(!tally.known & !unread & !small),
        unread: query.words_of(unread),
        forms,
    }
}
