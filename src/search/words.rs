//! Text to words: the one tokenizer of the index and of the Rust reader.
//!
//! `themes/default/search-engine.js` holds the same rules for the browser; both are held to
//! `tests/fixtures/search/words.json`. A change here is a change of [`super::VERSION`].
//!
//! A *run* is letters, digits and marks, joined by one of `_ - . @` or by `::` or `--`. Its
//! *parts* lie between joiners and at changes of case (`camelCase`, `HTTPServer`). A run of
//! two to six parts has a *compound* too: its parts put together, dots kept between digits.

use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::tokenizer::{
    Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words of English that say little: they count for the score, but a page without them is no
/// worse an answer. The manifest carries them to the readers.
pub(super) const SMALL_WORDS: &str = "a after an and are as at be by can do does for from get has have how i if in is it its me my no not of on or our so that the their then there this to up was we what when where which who why will with you your";

/// What of a longer word is not looked at, in UTF-16 code units: a longer one is found by its beginning.
const LONGEST: usize = 64;

/// A run of letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its parts, normalised.
    pub parts: Vec<String>,
    /// Its parts put together, if there are two to six.
    pub compound: Option<String>,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The runs of a text in reading order. Runs that nobody types (hashes, keys) are left out.
pub fn runs(text: &str) -> impl Iterator<Item = Run> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find(is_word)?;
            at = run_end(text, start);
            if let Some(run) = run(&text[start..at], start) {
                return Some(run);
            }
        }
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii() && (c.is_alphabetic() || c.is_numeric() || is_combining_mark(c)))
}

fn run_end(text: &str, start: usize) -> usize {
    let mut end = start;
    loop {
        let rest = &text[end..];
        end += rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let rest = &text[end..];
        let Some(joiner) = joiner(rest) else {
            return end;
        };
        end += joiner;
    }
}

/// The length of the joiner that a text begins with, if a word goes on behind it.
fn joiner(rest: &str) -> Option<usize> {
    ["::", "--", "_", "-", ".", "@"]
        .into_iter()
        .find(|joiner| {
            rest.strip_prefix(joiner)
                .is_some_and(|behind| behind.starts_with(is_word))
        })
        .map(str::len)
}

fn run(written: &str, start: usize) -> Option<Run> {
    let end = start + written.len();
    if is_single(written) {
        return (!is_noise(written)).then(|| Run {
            parts: vec![cut(written.to_ascii_lowercase())],
            compound: None,
            start,
            end,
        });
    }
    let pieces = pieces(written);
    if pieces.iter().any(|piece| is_noise(piece)) {
        return None;
    }
    let words: Vec<Vec<String>> = pieces
        .iter()
        .map(|piece| camel(piece).into_iter().map(normal).collect())
        .collect();
    let parts: Vec<String> = words.iter().flatten().cloned().collect();
    let compound = (2..=6)
        .contains(&parts.len())
        .then(|| cut(compound(&words, written)));
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(cut).collect();
    (!parts.is_empty()).then_some(Run {
        parts,
        compound,
        start,
        end,
    })
}

/// Whether a run is a plain word of ASCII, as most are: nothing to split, nothing to take off.
fn is_single(written: &str) -> bool {
    let mut bytes = written.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The word, or as much of it as is looked at; never half a character.
fn cut(mut word: String) -> String {
    if word.len() <= LONGEST {
        return word;
    }
    let mut units = 0;
    let beyond = word.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > LONGEST
    });
    if let Some((at, _)) = beyond {
        word.truncate(at);
    }
    word
}

fn pieces(written: &str) -> Vec<&str> {
    let pieces = written.split(|c| !is_word(c));
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// Hashes and keys: twelve or more hexadecimal digits of which a quarter are decimal, or twenty
/// or more letters and digits in both cases.
fn is_noise(piece: &str) -> bool {
    let count = |is: fn(&u8) -> bool| piece.bytes().filter(is).count();
    let (length, digits) = (piece.len(), count(u8::is_ascii_digit));
    let hex = length >= 12 && count(u8::is_ascii_hexdigit) == length && digits * 4 >= length;
    let key = length >= 20
        && count(u8::is_ascii_alphanumeric) == length
        && digits > 0
        && count(u8::is_ascii_lowercase) > 0
        && count(u8::is_ascii_uppercase) > 0;
    hex || key
}

/// The parts of a piece between changes of case.
fn camel(piece: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = piece.char_indices().collect();
    let mut parts = Vec::new();
    let mut start = 0;
    for at in 1..chars.len() {
        let (before, here) = (chars[at - 1].1, chars[at].1);
        let next = chars.get(at + 1).map(|(_, c)| *c);
        let rises = before.is_lowercase() && here.is_uppercase();
        let ends_capitals = before.is_uppercase()
            && here.is_uppercase()
            && next.is_some_and(|next| next.is_lowercase());
        if rises || ends_capitals {
            parts.push(&piece[start..chars[at].0]);
            start = chars[at].0;
        }
    }
    parts.push(&piece[start..]);
    parts
}

/// Lower case, without marks.
fn normal(part: &str) -> String {
    if part.is_ascii() {
        return part.to_ascii_lowercase();
    }
    let lower = part.to_lowercase();
    let plain = lower.nfd().filter(|c| !is_combining_mark(*c));
    plain.fold(String::new(), |mut word, c| {
        match c {
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'ø' => word.push('o'),
            c => word.push(c),
        }
        word
    })
}

/// The words of all pieces put together; a dot stays where it stood between digits.
fn compound(words: &[Vec<String>], written: &str) -> String {
    let joiners = written.split(is_word).filter(|joiner| !joiner.is_empty());
    let mut whole = String::new();
    let mut joiners = joiners.into_iter();
    for piece in words {
        let piece = piece.concat();
        if !whole.is_empty() {
            let dot = joiners.next() == Some(".");
            let digits = whole.ends_with(|c: char| c.is_ascii_digit())
                && piece.starts_with(|c: char| c.is_ascii_digit());
            if dot && digits {
                whole.push('.');
            }
        }
        whole.push_str(&piece);
    }
    whole
}

/// Every word that was met as it is written, with its stem.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<FxHashMap<String, Arc<str>>>>);

impl Seen {
    /// The words with their stems, in the order of UTF-16 code units.
    pub(super) fn words(&self) -> Vec<(String, Arc<str>)> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut words: Vec<_> = seen.clone().into_iter().collect();
        words.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        words
    }
}

/// [`runs`] as tantivy wants them, stemmed: parts at positions of their own, a compound at the
/// position of its first part. A word is stemmed when it is first met.
#[derive(Clone)]
pub(super) struct Stems {
    seen: Seen,
    stemmer: TextAnalyzer,
}

impl Stems {
    /// A tokenizer that notes in `seen` what it meets.
    pub(super) fn new(seen: &Seen) -> Self {
        let english = Stemmer::new(Language::English);
        Self {
            seen: seen.clone(),
            stemmer: TextAnalyzer::builder(RawTokenizer::default())
                .filter(english)
                .build(),
        }
    }

    fn stem(&mut self, word: &str) -> Arc<str> {
        let mut stream = self.stemmer.token_stream(word);
        stream.advance();
        stream.token().text.as_str().into()
    }
}

/// The stems of one text.
pub(super) struct Stream {
    stems: std::vec::IntoIter<(usize, Arc<str>)>,
    token: Token,
}

impl Tokenizer for Stems {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        let seen = self.seen.clone();
        let mut seen = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stem = |word: String| match seen.get(&word) {
            Some(stem) => stem.clone(),
            None => seen
                .entry(word)
                .or_insert_with_key(|word| self.stem(word))
                .clone(),
        };
        let mut stems = Vec::new();
        let mut position = 0;
        for run in runs(text) {
            stems.extend(run.compound.map(|compound| (position, stem(compound))));
            for part in run.parts {
                stems.push((position, stem(part)));
                position += 1;
            }
        }
        Stream {
            stems: stems.into_iter(),
            token: Token::default(),
        }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some((position, stem)) = self.stems.next() else {
            return false;
        };
        self.token.position = position;
        self.token.text.clear();
        self.token.text.push_str(&stem);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        text: String,
        runs: Vec<(Vec<String>, Option<String>)>,
    }

    #[test]
    fn every_case_of_the_table_shared_with_the_browser_holds() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../tests/fixtures/search/words.json"))
                .expect("the table is JSON");
        assert!(cases.len() > 30);
        for case in cases {
            let found: Vec<_> = runs(&case.text)
                .map(|run| (run.parts, run.compound))
                .collect();
            assert_eq!(found, case.runs, "{}", case.text);
        }
    }

    #[test]
    fn a_run_ends_where_the_text_does_only_if_nothing_follows() {
        let ends: Vec<usize> = runs("npm ci ").map(|run| run.end).collect();
        assert_eq!(ends, [3, 6]);
    }
}
