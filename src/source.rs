//! Source texts and places in them.
//!
//! Every author's file that we read becomes a [`Source`] in one [`Sources`] table, and
//! every complaint points into that table with a [`Span`]. Offsets are bytes; lines and
//! columns are computed only when something is shown, and then for the whole file at once, so that
//! many findings in one file, or in one line, cost no more each than few.

use std::ops::Range;
use std::sync::OnceLock;

/// Names one file of a [`Sources`] table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `range` of `source`. Texts are at most 64 MiB, which `load` sees to.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Self {
            source,
            start: range.start as u32,
            end: range.end.max(range.start) as u32,
        }
    }

    /// The first byte of `source`: the place of complaints about a whole file.
    pub fn start_of(source: SourceId) -> Self {
        Self::new(source, 0..0)
    }

    /// The bytes covered.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value together with the place where its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(change(self.value), self.span)
    }
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file as its author wrote it.
#[derive(Debug, Clone)]
pub struct Source {
    path: String,
    text: String,
    index: OnceLock<Index>,
}

/// Where the lines of a text begin, and how many characters stand before some of its bytes.
#[derive(Debug, Clone)]
struct Index {
    /// The first byte of each line.
    lines: Vec<u32>,
    /// How many characters begin before byte 0, [`STRIDE`], twice that, and so on.
    characters: Vec<u32>,
}

/// How many bytes lie between two counts of characters.
const STRIDE: usize = 1024;

impl Index {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut characters = vec![0];
        for piece in text.as_bytes().chunks(STRIDE) {
            let before = characters.last().copied().unwrap_or_default();
            characters.push(before + begun(piece) as u32);
        }
        Self {
            lines: std::iter::once(0)
                .chain(breaks.map(|(at, _)| at as u32 + 1))
                .collect(),
            characters,
        }
    }

    /// How many characters of `text`, which this is the index of, begin before a byte.
    fn characters_before(&self, text: &str, at: usize) -> usize {
        let stride = at / STRIDE;
        self.characters[stride] as usize + begun(&text.as_bytes()[stride * STRIDE..at])
    }
}

/// How many characters begin in a piece of UTF-8.
fn begun(piece: &[u8]) -> usize {
    piece.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

impl Source {
    /// The path below the project's root, with `/` between its parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.text))
    }

    /// Line and column of a byte offset; an offset past the end means the end.
    pub fn position(&self, offset: usize) -> Position {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let index = self.index();
        let line = index.lines.partition_point(|start| *start as usize <= end);
        let line_start = index.lines[line - 1] as usize;
        let before = |at| index.characters_before(&self.text, at);
        Position {
            line,
            column: before(end) - before(line_start) + 1,
        }
    }

    /// The bytes of the line that holds a byte offset, without its line break.
    pub fn line_range(&self, offset: usize) -> Range<usize> {
        let line = self.position(offset).line;
        let lines = &self.index().lines;
        let start = lines[line - 1] as usize;
        let end = lines
            .get(line)
            .map_or(self.text.len(), |next| *next as usize);
        let text = &self.text[start..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        start..start + text.strip_suffix('\r').unwrap_or(text).len()
    }
}

/// All sources of a project, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// Every file, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.list.iter()
    }

    /// Adds a file and names it.
    pub fn add(&mut self, path: impl Into<String>, text: String) -> SourceId {
        self.list.push(Source {
            path: path.into(),
            text,
            index: OnceLock::new(),
        });
        SourceId((self.list.len() - 1) as u32)
    }

    /// The file behind a name that [`Sources::add`] gave.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// The text a span covers; a span that does not fit covers nothing.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source)
            .text
            .get(span.range())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let id = sources.add("a.md", "one\nzwöi x\n".to_owned());
        for (offset, line, column) in [
            (0, 1, 1),
            (3, 1, 4),  // the line break belongs to its line
            (4, 2, 1),  // first byte of a line
            (9, 2, 5),  // after a two-byte character
            (99, 3, 1), // past the end means the end
        ] {
            let found = sources.get(id).position(offset);
            assert_eq!(found, Position { line, column }, "{offset}");
        }
    }

    #[test]
    fn places_in_long_texts_are_those_that_counting_gives() {
        let text = "zwöi x\r\n".repeat(700) + &"äb".repeat(3_000) + "\n";
        let mut sources = Sources::default();
        let id = sources.add("a.md", text.clone());
        for offset in (0..=text.len()).step_by(7).chain([text.len()]) {
            let mut end = offset;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let before = &text[..end];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let counted = Position {
                line: before.matches('\n').count() + 1,
                column: before[start..].chars().count() + 1,
            };
            let source = sources.get(id);
            assert_eq!(source.position(offset), counted, "{offset}");
            let line = text.lines().nth(counted.line - 1).unwrap_or_default();
            assert_eq!(&text[source.line_range(offset)], line, "{offset}");
        }
    }
}
