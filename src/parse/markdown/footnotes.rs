//! Footnotes: numbered in the order in which the text refers to them. Each file has labels of its
//! own, also when a page takes it in.

use crate::source::Span;
use std::collections::BTreeMap;
use std::ops::Range;

/// What is known of one footnote.
#[derive(Debug, Default)]
pub(super) struct Footnote {
    pub(super) number: usize,
    pub(super) references: usize,
    pub(super) defined: Option<Span>,
}

/// The footnotes of one text.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    by_label: BTreeMap<(usize, String), Footnote>,
    /// How often each number is referred to, from 1.
    references: Vec<usize>,
}

impl Footnotes {
    fn entry(&mut self, part: usize, label: &str) -> &mut Footnote {
        let next = self.by_label.len() + 1;
        let key = (part, label.to_owned());
        self.by_label.entry(key).or_insert(Footnote {
            number: next,
            ..Footnote::default()
        })
    }

    /// Notes a reference; gives the number and which reference to it this is.
    pub(super) fn refer(&mut self, part: usize, label: &str) -> (usize, usize) {
        let note = self.entry(part, label);
        note.references += 1;
        let (number, references) = (note.number, note.references);
        self.references.resize(self.by_label.len() + 1, 0);
        self.references[number] = references;
        (number, references)
    }

    /// Notes a definition; gives the number.
    pub(super) fn define(&mut self, part: usize, label: &str, place: Span) -> usize {
        let note = self.entry(part, label);
        note.defined = Some(place);
        note.number
    }

    /// How often the footnote with this number is referred to.
    pub(super) fn references(&self, number: usize) -> usize {
        self.references.get(number).copied().unwrap_or_default()
    }

    /// Labels that are defined and never referred to, with their places.
    pub(super) fn unused(&self) -> impl Iterator<Item = (&str, Span)> {
        self.by_label.iter().filter_map(|((_, label), note)| {
            let place = note.defined?;
            (note.references == 0).then_some((label.as_str(), place))
        })
    }
}

/// The `[^label]`s that stand as plain text in `text[range]`: references to nothing, which the
/// parser leaves as they are.
pub(super) fn dangling(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.match_indices("[^").filter_map(|(start, _)| {
        let rest = &text[start + 2..];
        // No label holds any of these, so none is looked at twice.
        let end = rest.find(|c: char| matches!(c, '[' | ']') || c.is_whitespace())?;
        let (label, behind) = rest.split_at(end);
        let plain = !label.is_empty() && behind.starts_with(']');
        plain.then_some((start..start + 3 + label.len(), label))
    })
}
