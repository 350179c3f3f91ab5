//! For a query with words that the site does not have: the same query in words that it has.
//!
//! `themes/default/search-near.js` computes the same, so that a slip of the finger leads to the same
//! pages in terminal and browser.

use super::query::Answer;
use super::reader::Index;
use std::cmp::Reverse;

/// How many shards on each side of a word's own are looked through.
const ASIDE: usize = 3;
/// Words with fewer letters are too short to be recognised.
const SHORTEST: usize = 3;
/// Up to this length one slip is allowed, beyond it two.
const ONE_SLIP: usize = 5;

/// What to ask in place of a query with unknown words, if some of them are near to known ones. Unknown words
/// without a neighbour are left out.
pub fn instead(index: &Index, answer: &Answer) -> Option<String> {
    if !answer.unread.is_empty() {
        return None;
    }
    let mut changed = false;
    let mut words = Vec::new();
    for word in &answer.words {
        if !answer.unknown.contains(word) {
            words.push(word.clone());
        } else if let Some(near) = nearest(index, word) {
            words.push(near);
            changed = true;
        }
    }
    changed.then(|| words.join(" "))
}

/// The word of the site with the fewest slips from this one; among several the most frequent one,
/// then the first. A slip is a letter too few, too many, or wrong, or two in the wrong order. The
/// first letter counts as right; words with digits are codes, and one code is not meant for another.
fn nearest(index: &Index, word: &str) -> Option<String> {
    let length = word.chars().count();
    let first = word.chars().next()?;
    if length < SHORTEST || has_digit(word) {
        return None;
    }
    let slips = if length <= ONE_SLIP { 1 } else { 2 };
    let own = index.shard_of(word)?;
    // Other shards have no word that begins with the letter.
    let from = index.shard_of(&first.to_string()).unwrap_or_default();
    let to = index.shard_of(&format!("{first}\u{ffff}"))?;
    let mut best: Option<(usize, Reverse<usize>, String)> = None;
    for at in own.saturating_sub(ASIDE).max(from)..=(own + ASIDE).min(to) {
        let Some(shard) = index.shard(at) else {
            continue;
        };
        for (known, stem) in &shard.words {
            if !known.starts_with(first)
                || has_digit(known)
                || known.chars().count().abs_diff(length) > slips
            {
                continue;
            }
            let far = strsim::osa_distance(word, known);
            let often = Reverse(shard.postings[*stem].list.len());
            let better = |best: &(usize, Reverse<usize>, String)| (far, often) < (best.0, best.1);
            if far <= slips && best.as_ref().is_none_or(better) {
                best = Some((far, often, known.clone()));
            }
        }
    }
    best.map(|(_, _, word)| word)
}

fn has_digit(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}
