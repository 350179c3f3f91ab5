//! YAML text to nodes with places.
//!
//! Built on `granit-parser`'s events. A node keeps its style and its text as written; what a
//! value *means* (a number, a date, a version) is decided by the reader that asks for it, never
//! here, so `1.10` keeps its zero. Tags, anchors, aliases, merge keys, repeated keys and plain
//! words that YAML 1.1 tools read as something else are refused, each with the form to write
//! instead. A syntax error ends a file: it is the only finding of that file, and says so.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::source::{SourceId, Span};
use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;
use std::ops::Range;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block after `|` or `>`.
    Block,
}

/// One value of a YAML file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar { text: String, style: Style },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A mapping's key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Whether it stands between the commas of `{ }` without a colon: mostly the end of a value with a comma.
    pub(crate) bare: bool,
}

impl Node {
    /// A word for what this is, for messages about the wrong type.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar { text, style } if text.is_empty() && *style == Style::Plain => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// Whether nothing was written after the key.
    pub(crate) fn is_empty(&self) -> bool {
        self.kind() == "nothing"
    }
}

/// Reads the one document in `range` of a source's text. `None` means that the file is empty
/// or that a syntax error was reported.
pub(crate) fn parse(
    source: SourceId,
    text: &str,
    range: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Option<Node> {
    parse_with(source, text, range, &|_| false, diagnostics)
}

/// Reads a document of which `fixed` says, by the keys above and of a value, where only fixed
/// words may stand: there a plain `off` has one meaning, whatever other tools make of it.
pub(crate) fn parse_with(
    source: SourceId,
    text: &str,
    range: Range<usize>,
    fixed: &dyn Fn(&[&str]) -> bool,
    diagnostics: &mut Diagnostics,
) -> Option<Node> {
    let builder = Builder {
        fixed,
        source,
        text: &text[range.clone()],
        base: range.start,
        open: Vec::new(),
        root: None,
        diagnostics,
    };
    builder.run()
}

/// A collection that is still being filled.
struct Open {
    start: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        seen: HashMap<String, Span>,
        key: Option<Key>,
    },
}

struct Builder<'t, 'd> {
    source: SourceId,
    text: &'t str,
    base: usize,
    open: Vec<Open>,
    root: Option<Node>,
    fixed: &'d dyn Fn(&[&str]) -> bool,
    diagnostics: &'d mut Diagnostics,
}

impl Builder<'_, '_> {
    fn run(mut self) -> Option<Node> {
        let mut documents = 0;
        for event in Parser::new_from_str(self.text) {
            match event {
                Err(error) => {
                    self.syntax_error(&error);
                    return None;
                }
                Ok((Event::DocumentStart(..), place)) => {
                    documents += 1;
                    if documents > 1 {
                        let span = self.span(&place);
                        self.refuse(
                            span,
                            "a second document in one file",
                            "keep one document a file, without `---` between parts",
                        );
                        break;
                    }
                }
                Ok((event, place)) => self.event(event, &place),
            }
        }
        self.root
    }

    fn syntax_error(&mut self, error: &granit_parser::ScanError) {
        let found = slips::slip(self.text, self.offset(error.marker()), &error.info());
        let at = self.base + found.at;
        self.diagnostics.report(
            Diagnostic::new(
                codes::YAML_SYNTAX,
                Span::new(self.source, at..at),
                found.message,
            )
            .help(found.help),
        );
    }

    fn offset(&self, marker: &granit_parser::Marker) -> usize {
        marker
            .byte_offset()
            .unwrap_or_else(|| {
                let found = self.text.char_indices().nth(marker.index());
                found.map_or(self.text.len(), |(at, _)| at)
            })
            .min(self.text.len())
    }

    fn span(&self, place: &granit_parser::Span) -> Span {
        let (start, end) = (self.offset(&place.start), self.offset(&place.end));
        Span::new(self.source, self.base + start..self.base + end)
    }

    fn refuse(&mut self, span: Span, what: &str, instead: &str) {
        self.diagnostics.report(
            Diagnostic::new(codes::YAML_REFUSED, span, format!("{what} is not accepted"))
                .help(instead),
        );
    }

    fn event(&mut self, event: Event<'_>, place: &granit_parser::Span) {
        let span = self.span(place);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.properties(place, anchor, tag.is_some());
                self.scalar(span, text.into_owned(), style);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.properties(place, anchor, tag.is_some());
                self.start(span, Content::List(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.properties(place, anchor, tag.is_some());
                let content = Content::Map {
                    entries: Vec::new(),
                    seen: HashMap::new(),
                    key: None,
                };
                self.start(span, content);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(_) => {
                self.refuse(span, "an alias (`*name`)", "write the value out in full");
                self.push(Node {
                    span,
                    value: empty_scalar(),
                });
            }
            _ => {}
        }
    }

    fn properties(&mut self, place: &granit_parser::Span, anchor: usize, tagged: bool) {
        let span = place
            .tag_span()
            .map_or_else(|| self.span(place), |tag| self.span(&tag));
        if anchor != 0 {
            self.refuse(
                span,
                "an anchor (`&name`)",
                "write the value out wherever it is needed",
            );
        }
        if tagged {
            self.refuse(
                span,
                "a tag (`!name`)",
                "put quotes around the whole value if the `!` belongs to it",
            );
        }
    }

    fn start(&mut self, span: Span, content: Content) {
        self.open.push(Open {
            start: span.start as usize,
            content,
        });
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        let span = self.trimmed(open.start, span.end as usize);
        self.push(Node { span, value });
    }

    /// A block collection ends where the next token starts; its span ends with its text.
    fn trimmed(&self, start: usize, end: usize) -> Span {
        let text = &self.text[start - self.base..(end - self.base).max(start - self.base)];
        Span::new(self.source, start..start + text.trim_end().len())
    }

    fn scalar(&mut self, span: Span, text: String, style: ScalarStyle) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        // The parser has a sign for nothing, which is a text when it is written.
        let text = match style == Style::Plain && span.range().is_empty() {
            true => String::new(),
            false => text,
        };
        if style == Style::Plain {
            self.ambiguous(span, &text);
        }
        self.push(Node {
            span,
            value: Value::Scalar { text, style },
        });
    }

    fn ambiguous(&mut self, span: Span, text: &str) {
        if let Some(meaning) = meaning_in_yaml_1_1(text)
            && !(self.fixed)(&self.keys())
        {
            self.diagnostics.report(
                Diagnostic::new(
                    codes::YAML_AMBIGUOUS,
                    span,
                    format!("`{text}` without quotes is {meaning} to some YAML tools"),
                )
                .help(format!("write `\"{text}\"` for the text, or `true`, `false` or a plain number for the other")),
            );
        }
    }

    /// The keys above the value that comes next, and its own.
    fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        for open in &self.open {
            if let Content::Map { key: Some(key), .. } = &open.content {
                keys.push(key.text.as_str());
            }
        }
        keys
    }

    fn push(&mut self, node: Node) {
        let source = self.source;
        let is_bare = |key: &Key| {
            let end = key.span.end as usize - self.base;
            node.is_empty() && self.text[end..].trim_start().starts_with([',', '}'])
        };
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, seen, key } => match key.take() {
                None => *key = Some(as_key(node, source, self.diagnostics)),
                Some(mut name) => match seen.get(&name.text) {
                    Some(first) => {
                        self.diagnostics.report(
                            Diagnostic::new(
                                codes::YAML_DUPLICATE_KEY,
                                name.span,
                                format!("`{}` is written twice", name.text),
                            )
                            .related(*first, "first written here")
                            .help("keep one of the two"),
                        );
                    }
                    None => {
                        name.bare = is_bare(&name);
                        seen.insert(name.text.clone(), name.span);
                        entries.push((name, node));
                    }
                },
            },
        }
    }
}

/// A text as one value between `{ }`: with quotes around it where YAML would read more than a text.
pub(crate) fn in_flow(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// A text between double quotes, as YAML reads it.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\n', "\\n"))
}

fn empty_scalar() -> Value {
    Value::Scalar {
        text: String::new(),
        style: Style::Plain,
    }
}

fn as_key(node: Node, source: SourceId, diagnostics: &mut Diagnostics) -> Key {
    let Value::Scalar { text, style } = node.value else {
        diagnostics.report(
            Diagnostic::new(
                codes::YAML_REFUSED,
                node.span,
                "a list or mapping as a key is not accepted",
            )
            .help("put quotes around the value if it starts with `[` or `{`"),
        );
        return Key {
            text: String::new(),
            span: Span::new(source, node.span.range()),
            bare: false,
        };
    };
    if text == "<<" && style == Style::Plain {
        diagnostics.report(
            Diagnostic::new(
                codes::YAML_REFUSED,
                node.span,
                "a merge key (`<<`) is not accepted",
            )
            .help("write the keys out in full"),
        );
    }
    Key {
        text,
        span: node.span,
        bare: false,
    }
}

/// What YAML 1.1 makes of a plain word that YAML 1.2 takes as text (YAML 1.1 type repository:
/// bool, int and float).
fn meaning_in_yaml_1_1(text: &str) -> Option<&'static str> {
    let word = text.to_ascii_lowercase();
    if ["y", "n", "yes", "no", "on", "off"].contains(&word.as_str()) {
        return Some("a truth value");
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let sexagesimal = digits.contains(':')
        && digits.split(':').all(|part| {
            !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit())
        });
    let octal =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    let grouped = digits.contains('_') && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    (sexagesimal || octal || grouped).then_some("a number")
}

mod slips;

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> (Option<Node>, Vec<(&'static str, String)>) {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let node = parse(id, text, 0..text.len(), &mut diagnostics);
        let found = diagnostics
            .iter()
            .map(|d| (d.code.name, sources.slice(d.span).to_owned()))
            .collect();
        (node, found)
    }

    #[test]
    fn what_other_tools_read_differently_is_refused_at_its_place() {
        for (text, code, place) in [
            ("check: { run: ! grep secret f }", "yaml/refused", "!"),
            ("a: &x 1", "yaml/refused", "1"),
            ("a: 1\nb: *x", "yaml/syntax", ""),
            ("<<: 1", "yaml/refused", "<<"),
            ("a: 1\nb: 2\na: 3", "yaml/duplicate-key", "a"),
            ("on: x", "yaml/ambiguous", "on"),
            ("a: No", "yaml/ambiguous", "No"),
            ("a: 12:30", "yaml/ambiguous", "12:30"),
            ("a: 0755", "yaml/ambiguous", "0755"),
            ("a: 1_000", "yaml/ambiguous", "1_000"),
            ("a: 1\n---\nb: 2", "yaml/refused", "---"),
            ("a: [1", "yaml/syntax", ""),
        ] {
            let (_, found) = read(text);
            assert_eq!(found, [(code, place.to_owned())], "{text}");
        }
    }

    #[test]
    fn text_keeps_what_its_author_wrote() {
        for (text, expected) in [
            ("1.10", "1.10"),             // a version keeps its zero
            ("2026-11-02", "2026-11-02"), // a date is text until a reader asks
            ("'no'", "no"),               // quotes settle the doubt
            ("|\n  a\n  b\n", "a\nb\n"),  // blocks keep their lines
        ] {
            let (node, found) = read(text);
            assert!(found.is_empty(), "{text}: {found:?}");
            match node.map(|n| n.value) {
                Some(Value::Scalar { text: got, .. }) => assert_eq!(got, expected),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn spans_cover_keys_and_values_after_wide_characters() {
        let text = "é: { ü: wört }";
        let (node, _) = read(text);
        let Some(Value::Map(entries)) = node.map(|n| n.value) else {
            panic!("a mapping was written")
        };
        let Value::Map(inner) = &entries[0].1.value else {
            panic!("a mapping was written")
        };
        assert_eq!(&text[inner[0].1.span.range()], "wört");
        assert_eq!(&text[inner[0].0.span.range()], "ü");
        assert_eq!(&text[entries[0].1.span.range()], "{ ü: wört }");
    }
}
