//! Source texts and places in them.
//!
//! Every author's file that we read becomes a [`Source`] in one [`Sources`] table, and
//! every complaint points into that table with a [`Span`]. Offsets are bytes; lines and
//! columns are computed only when something is shown.

use std::ops::Range;

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
    /// A span over `range` of `source`. Files are at most 4 GiB, which `load` enforces.
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

    /// Line and column of a byte offset; an offset past the end means the end.
    pub fn position(&self, offset: usize) -> Position {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The line that holds a byte offset, without its line break.
    pub fn line_at(&self, offset: usize) -> &str {
        let line = self.position(offset).line;
        self.text.lines().nth(line - 1).unwrap_or("")
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
}
