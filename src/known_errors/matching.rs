//! A pattern beside one place of a paste.
//!
//! The key of the pattern says where the paste may say it; from there both sides are compared, so what a
//! placeholder catches is the shortest text that fits.

use super::paste::{NARROW, Paste, Stretch};
use super::pattern::{Literal, Pattern};
use super::words::is_of_word;

/// The longest text that a placeholder catches, in bytes without white space.
const LONGEST: usize = 300;
/// How much of a message has to be there before the place at which a terminal cut its line, in bytes.
const BEFORE_CUT: usize = 20;
/// The width from which on a line may be cut.
const CUT: usize = NARROW + NARROW / 2;

/// What a placeholder stands for in a paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// The name of the placeholder.
    pub name: String,
    /// The text, as it was pasted.
    pub value: String,
}

/// Where a pattern stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    /// The bytes of its literals that were compared.
    pub(super) compared: usize,
    /// What each placeholder catches.
    pub(super) caught: Vec<(usize, usize)>,
}

/// The part of a pattern that holds its key, and the byte of the part at which the key begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) part: usize,
    pub(super) byte: usize,
}

/// Compares a pattern whose key stands at a byte of a stretch.
pub(super) fn at(
    pattern: &Pattern,
    anchor: Anchor,
    stretch: &Stretch,
    key_at: usize,
) -> Option<Span> {
    let start = key_at.checked_sub(anchor.byte)?;
    let own = &pattern.literals[anchor.part];
    let mut span = Span {
        start,
        compared: own.text.len(),
        caught: Vec::new(),
    };
    let is_last = anchor.part + 1 == pattern.literals.len();
    let here = stretch.text.get(start..)?;
    if !here.starts_with(&own.text) {
        let line = stretch.text.get(start..stretch.line_end(start))?;
        span.compared = line.len();
        let is_cut = own.text.starts_with(line) && may_be_cut(stretch, start);
        return (is_cut && backward(pattern, anchor.part, stretch, &mut span))
            .then_some(span)
            .filter(|span| span.compared >= BEFORE_CUT);
    }
    if is_last && !ends_well(stretch, start + own.text.len()) {
        return None;
    }
    if !backward(pattern, anchor.part, stretch, &mut span) {
        return None;
    }
    forward(pattern, anchor.part, stretch, start + own.text.len(), span)
}

/// Finds the parts before this one, from right to left.
fn backward(pattern: &Pattern, part: usize, stretch: &Stretch, span: &mut Span) -> bool {
    for at in (0..part).rev() {
        let literal = &pattern.literals[at];
        if literal.text.is_empty() {
            let Some(from) = word_before(stretch, span.start) else {
                return false;
            };
            span.caught.insert(0, (from, span.start));
            span.start = from;
            return true;
        }
        let Some(found) = before(stretch, literal, span.start, at == 0) else {
            return false;
        };
        span.caught
            .insert(0, (found + literal.text.len(), span.start));
        span.compared += literal.text.len();
        span.start = found;
    }
    let first = &pattern.literals[0];
    first.text.is_empty() || begins_well(stretch, span.start)
}

/// Finds the parts behind this one, from left to right.
fn forward(
    pattern: &Pattern,
    part: usize,
    stretch: &Stretch,
    from: usize,
    mut span: Span,
) -> Option<Span> {
    let mut from = from;
    for (at, literal) in pattern.literals.iter().enumerate().skip(part + 1) {
        let is_last = at + 1 == pattern.literals.len();
        if literal.text.is_empty() {
            let to = word_behind(stretch, from)?;
            span.caught.push((from, to));
            return Some(span);
        }
        match behind(stretch, literal, from, is_last) {
            Some(found) => {
                span.caught.push((from, found));
                span.compared += literal.text.len();
                from = found + literal.text.len();
            }
            None => {
                return (span.compared >= BEFORE_CUT && may_be_cut(stretch, span.start))
                    .then_some(span);
            }
        }
    }
    Some(span)
}

/// Where a literal stands last before a byte, with at least one character between them.
fn before(stretch: &Stretch, literal: &Literal, end: usize, is_first: bool) -> Option<usize> {
    let low = floor(
        &stretch.text,
        end.saturating_sub(LONGEST + literal.text.len()),
    );
    let mut high = previous(&stretch.text, end)?;
    loop {
        let found = low + stretch.text.get(low..high)?.rfind(&literal.text)?;
        if !is_first || begins_well(stretch, found) {
            return Some(found);
        }
        // The next one ends at least one character earlier.
        high = previous(&stretch.text, found + literal.text.len())?;
    }
}

/// Where a literal stands first behind a byte, with at least one character between them.
fn behind(stretch: &Stretch, literal: &Literal, start: usize, is_last: bool) -> Option<usize> {
    let high = floor(
        &stretch.text,
        (start + LONGEST + literal.text.len()).min(stretch.text.len()),
    );
    let mut low = next(&stretch.text, start)?;
    loop {
        let found = low + stretch.text.get(low..high)?.find(&literal.text)?;
        if !is_last || ends_well(stretch, found + literal.text.len()) {
            return Some(found);
        }
        low = next(&stretch.text, found)?;
    }
}

/// Whether a message can begin here: not within a word.
fn begins_well(stretch: &Stretch, at: usize) -> bool {
    let bytes = stretch.text.as_bytes();
    at == 0 || stretch.parted[at] || !is_of_word(bytes[at]) || !is_of_word(bytes[at - 1])
}

/// Whether a message can end here: not before the rest of a word. A sign ends one as little, where a word goes on
/// behind it: the dot in `1.5` is no full stop.
fn ends_well(stretch: &Stretch, at: usize) -> bool {
    let bytes = stretch.text.as_bytes();
    at == bytes.len() || stretch.parted[at] || !is_of_word(bytes[at])
}

/// Where the word ends that begins here, without the signs that end a sentence.
fn word_behind(stretch: &Stretch, from: usize) -> Option<usize> {
    let rest = stretch.text.get(from..).filter(|rest| !rest.is_empty())?;
    let end = rest.char_indices().skip(1).map(|one| one.0 + from);
    let end = end
        .take_while(|at| at - from <= LONGEST)
        .find(|at| stretch.parted[*at]);
    let word = &stretch.text
        [from..end.unwrap_or_else(|| floor(&stretch.text, stretch.text.len().min(from + LONGEST)))];
    let plain = word.trim_end_matches(['.', ',', ';', ':', '\'', ')', ']', '}']);
    Some(
        from + if plain.is_empty() {
            word.len()
        } else {
            plain.len()
        },
    )
}

/// Where the word begins that ends here.
fn word_before(stretch: &Stretch, end: usize) -> Option<usize> {
    let before = stretch.text.get(..end)?;
    let starts = before.char_indices().rev().map(|one| one.0);
    starts
        .take_while(|at| end - at <= LONGEST)
        .find(|at| stretch.parted[*at] || *at == 0)
}

/// Whether the line on which something begins is as long as one that a terminal has cut.
fn may_be_cut(stretch: &Stretch, at: usize) -> bool {
    stretch.width(at) > CUT
}

fn previous(text: &str, at: usize) -> Option<usize> {
    text[..at].char_indices().next_back().map(|one| one.0)
}

fn next(text: &str, at: usize) -> Option<usize> {
    text[at..].chars().next().map(|c| at + c.len_utf8())
}

/// The start of the character at a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

impl Span {
    /// What each placeholder stands for.
    pub(super) fn caught(
        &self,
        pattern: &Pattern,
        stretch: &Stretch,
        paste: &Paste,
    ) -> Vec<Caught> {
        let value = |(from, to): (usize, usize)| {
            let mut end = stretch.origin[to - 1];
            end.byte += 1;
            paste.between(stretch.origin[from], end)
        };
        let named = pattern.names.iter().zip(&self.caught);
        named
            .map(|(name, place)| Caught {
                name: name.clone(),
                value: value(*place),
            })
            .collect()
    }
}
