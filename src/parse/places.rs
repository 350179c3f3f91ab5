//! Where a text inside another file came from.
//!
//! Markdown stands in files of its own, after front matter, and in YAML values, where
//! indentation and escapes make it differ from the file's bytes. [`Places`] leads an offset in
//! the text back to the byte in the file.

use crate::source::{SourceId, Span};
use std::ops::Range;

/// How far behind the last word found the next one is looked for, in bytes. One that is written with
/// escapes is not found, and must not cost a search to the end.
const WINDOW: usize = 64 << 10;
/// The same for the next piece of a word that is written with escapes.
const NEAR: usize = 64;

/// A way back from text offsets to file offsets.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    source: SourceId,
    /// Ascending pairs of text offset and file offset; between two pairs both advance alike.
    anchors: Vec<(usize, usize)>,
    /// Bytes of the file, ascending, with which no character begins, where a place may be off by some.
    inside: Vec<usize>,
    /// Where the text ends in the file, if it may be longer than what stands there.
    end: Option<usize>,
}

impl Places {
    /// A text that stands in the file as it is, from byte `base` on.
    pub(crate) fn direct(source: SourceId, base: usize) -> Self {
        Self {
            source,
            anchors: vec![(0, base)],
            inside: Vec::new(),
            end: None,
        }
    }

    /// A YAML value: `span` covers it in `file`, and `text` is its value. The words of both are
    /// the same in the same order, but for escapes; each word found is an anchor.
    pub(crate) fn in_yaml(file: &str, span: Span, text: &str) -> Self {
        let mut anchors = vec![(0, span.start as usize)];
        let mut cursor = span.start as usize;
        for word in text.split_whitespace() {
            let in_text = word.as_ptr() as usize - text.as_ptr() as usize;
            let end = file.floor_char_boundary((span.end as usize).min(cursor + WINDOW));
            let rest = file.get(cursor..end).unwrap_or_default();
            if let Some(at) = rest.find(word) {
                anchors.push((in_text, cursor + at));
                cursor += at + word.len();
                continue;
            }
            // Written with escapes: what stands between them is the same in both.
            for piece in word.split(['"', '\\']).filter(|piece| !piece.is_empty()) {
                let in_text = piece.as_ptr() as usize - text.as_ptr() as usize;
                let end = file.floor_char_boundary(end.min(cursor + piece.len() + NEAR));
                let rest = file.get(cursor..end).unwrap_or_default();
                if let Some(at) = rest.find(piece) {
                    anchors.push((in_text, cursor + at));
                    cursor += at + piece.len();
                }
            }
        }
        let inside = |at: &usize| !file.is_char_boundary(*at);
        Self {
            source: span.source,
            anchors,
            inside: span.range().filter(inside).collect(),
            end: Some(span.end as usize),
        }
    }

    /// A text that stands in the file from byte `base` on, with some places replaced: `pieces` are
    /// ascending pairs of an offset in the text and one in the file, counted from `base`, from
    /// each of which both advance alike.
    pub(crate) fn spliced(source: SourceId, base: usize, pieces: &[(usize, usize)]) -> Self {
        let anchors = pieces.iter().map(|(text, file)| (*text, base + file));
        Self {
            source,
            anchors: std::iter::once((0, base)).chain(anchors).collect(),
            inside: Vec::new(),
            end: None,
        }
    }

    /// The place of a range of the text.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let is_inside = |at: usize| self.inside.binary_search(&at).is_ok();
        let mut start = self.offset(range.start);
        while is_inside(start) {
            start -= 1;
        }
        let mut end = match range.is_empty() {
            true => start,
            false => self.offset(range.end - 1) + 1,
        };
        while is_inside(end) {
            end += 1;
        }
        let within = |at: usize| self.end.map_or(at, |end| at.min(end));
        Span::new(self.source, within(start)..within(end))
    }

    fn offset(&self, at: usize) -> usize {
        let next = self.anchors.partition_point(|(text, _)| *text <= at);
        let (text, file) = self.anchors[next.saturating_sub(1)];
        let found = file + at.saturating_sub(text);
        match self.anchors.get(next) {
            // What is longer in the text than in the file ends where the file goes on.
            Some((_, limit)) => found.min(limit.saturating_sub(1)).max(file),
            None => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn what_stands_between_escapes_leads_back_to_itself() {
        let file = r#"when: "a >= \"1.2\"é == b""#;
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", file.to_owned());
        let text = "a >= \"1.2\"é == b";
        let places = Places::in_yaml(file, Span::new(id, 6..file.len()), text);
        for word in ["1.2", "é", "b"] {
            let at = text.find(word).expect("the word is in the text");
            assert_eq!(&file[places.span(at..at + word.len()).range()], word);
        }
    }

    #[test]
    fn words_of_a_block_lead_back_to_their_lines() {
        let file = "doc: |\n  See [a](b.md)\n    and more\n";
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", file.to_owned());
        let text = "See [a](b.md)\n  and more\n";
        let places = Places::in_yaml(file, Span::new(id, 5..file.len()), text);
        for word in ["[a](b.md)", "and", "more"] {
            let at = text.find(word).expect("the word is in the text");
            let span = places.span(at..at + word.len());
            assert_eq!(&file[span.range()], word);
        }
    }
}
