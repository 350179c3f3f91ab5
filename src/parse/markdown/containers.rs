//! Directive lines: `::name{…}` alone, `:::name{…}` to `:::` around a text, and `::include`,
//! which is replaced by another file while the text is walked.

use super::attributes::{self, Attributes};
use super::excerpts;
use super::walk::{Cursor, Walk};
use super::{body_of, variables};
use crate::diag::{Code, Diagnostic, codes};
use crate::model::paths;
use crate::model::prose::{
    Alert, Argument, Directive, Element, ExpandedText, Expansion, Form, IncludedFile, Token,
};
use crate::source::{SourceId, Span};
use std::ops::Range;
use std::rc::Rc;

/// How deep files may take in each other; more is taken for a mistake.
const DEEPEST: usize = 16;
/// How many parts of files a page may take in, and how many bytes.
const MOST_PARTS: usize = 1_000;
const MOST_BYTES: usize = 16 << 20;

/// The containers that are open, outermost first.
#[derive(Default)]
pub(super) struct Containers {
    open: Vec<Container>,
    /// How many of them belong to the texts around this one, which may not close them.
    floor: usize,
    /// The files that are being taken in, outermost first.
    chain: Vec<SourceId>,
    /// How many bytes were taken in so far.
    taken_in: usize,
}

impl Containers {
    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
}

struct Container {
    directive: usize,
    /// How many elements of Markdown were open where it began.
    depth: usize,
    /// What was written: `:::tabs`.
    span: Span,
    kind: Kind,
    /// Whether it is an element of its own, and not too deep for that.
    shown: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Holds tabs; the number of tokens before its inside.
    Tabs(usize),
    /// A tab: ended by the next one, or with the container around it.
    Tab,
    Other,
}

impl Walk<'_> {
    /// A thematic break, or a directive line that the parser took for one.
    pub(super) fn rule(&mut self, range: Range<usize>) {
        let text = self.here.text.clone();
        let line = text[range.clone()].trim_end();
        if !line.starts_with(':') {
            return self.push(Token::Rule);
        }
        let place = range.start..range.start + line.len();
        let body = line.trim_start_matches(':');
        match (line.len() - body.len(), body.trim_start()) {
            (_, "") => self.close_container(self.here.places.span(place)),
            (2, _) => self.leaf(body, place),
            (_, body) => self.container(body, place),
        }
    }

    fn leaf(&mut self, body: &str, place: Range<usize>) {
        let (name, attributes) = self.named(body, &place);
        if name == "include" {
            return attributes.map_or((), |attributes| self.include(&attributes, place));
        }
        let index = self.directive(Form::Leaf, name, "", attributes, place);
        if name == "tab" {
            return self.open_tab(index);
        }
        self.push(Token::Directive(index));
    }

    fn container(&mut self, body: &str, place: Range<usize>) {
        let span = self.here.places.span(place.clone());
        // What cannot be read is open all the same, so that its end is not a second fault.
        let (name, attributes) = self.named(body, &place);
        let index = self.directive(Form::Container, name, "", attributes, place);
        let inside = self.prose.tokens.len() + 1;
        let kind = match name {
            "tabs" => Kind::Tabs(inside),
            _ => Kind::Other,
        };
        self.open_container(index, span, kind);
    }

    fn open_container(&mut self, directive: usize, span: Span, kind: Kind) {
        self.containers.open.push(Container {
            directive,
            depth: self.depth,
            span,
            kind,
            shown: true,
        });
        let shown = self.is_shown();
        if let Some(open) = self.containers.open.last_mut() {
            open.shown = shown;
        }
        if shown {
            self.push(Token::Open(Element::Container(directive)));
        }
    }

    /// Ends the innermost container.
    fn end_container(&mut self) {
        let ended = self.containers.open.pop();
        if ended.is_some_and(|ended| ended.shown) {
            self.push(Token::Close);
        }
    }

    /// The name and the arguments of a directive line; reports arguments that cannot be read.
    fn named<'b>(&mut self, body: &'b str, place: &Range<usize>) -> (&'b str, Option<Attributes>) {
        let end = body.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '-');
        let (name, rest) = body.split_at(end.unwrap_or(body.len()));
        if rest.trim().is_empty() {
            return (name, Some(Attributes::default()));
        }
        let found = attributes::parse(rest);
        if found.is_none() {
            let span = self.here.places.span(place.clone());
            let message = format!("the arguments of `{name}` cannot be read");
            let help = match Alert::of_directive(name) {
                Some(alert) => alert.offer(),
                None if rest.starts_with(' ') => {
                    "write `{title=\"…\"}` right behind the name".to_owned()
                }
                None => "write them as `{key=\"value\"}`".to_owned(),
            };
            self.report(Diagnostic::new(codes::DIRECTIVE_SYNTAX, span, message).help(help));
        }
        // Places of the pairs count from the `{`; make them count from the start of the text.
        let found = found.map(|found| found.moved(place.end - rest.len()));
        (name, found)
    }

    /// Sets a directive aside; gives its index. The places of `attributes` count from the start
    /// of the text; there are none if they could not be read.
    pub(super) fn directive(
        &mut self,
        form: Form,
        name: &str,
        words: &str,
        attributes: Option<Attributes>,
        place: Range<usize>,
    ) -> usize {
        let unread = attributes.is_none();
        let attributes = attributes.unwrap_or_default();
        let places = self.here.places.clone();
        let argument = |pair: attributes::Pair| Argument {
            key_span: places.span(pair.key_at),
            span: places.span(pair.value_at),
            key: pair.key,
            value: pair.value,
        };
        self.prose.directives.push(Directive {
            name: name.to_owned(),
            form,
            arguments: attributes.pairs.into_iter().map(argument).collect(),
            unread,
            words: words.to_owned(),
            span: places.span(place),
        });
        self.prose.directives.len() - 1
    }

    fn open_tab(&mut self, index: usize) {
        let span = self.prose.directives[index].span;
        if self.innermost().is_some_and(|open| open.kind == Kind::Tab) {
            self.end_container();
        }
        match self.innermost().map(|open| open.kind) {
            Some(Kind::Tabs(inside)) => {
                let words = self.prose.tokens.get(inside);
                let begins_with_tab = matches!(words, Some(Token::Open(Element::Container(at))) if self.prose.directives[*at].name == "tab");
                if words.is_some() && !begins_with_tab {
                    let diagnostic = Diagnostic::new(
                        codes::DIRECTIVE_MISPLACED,
                        span,
                        "words stand between `:::tabs` and its first tab",
                    );
                    self.report(diagnostic.help("move them above `:::tabs`, or below this line"));
                }
                self.open_container(index, span, Kind::Tab);
            }
            _ => {
                let diagnostic = Diagnostic::new(
                    codes::DIRECTIVE_MISPLACED,
                    span,
                    "`::tab` stands outside of tabs",
                );
                self.report(
                    diagnostic.help("put a line `:::tabs` above it and `:::` below the last"),
                );
            }
        }
    }

    /// The innermost container that this text may close where it is.
    fn innermost(&self) -> Option<&Container> {
        let own = &self.containers.open[self.containers.floor..];
        own.last().filter(|open| open.depth == self.depth)
    }

    fn close_container(&mut self, span: Span) {
        if self.innermost().is_some_and(|open| open.kind == Kind::Tab) {
            self.end_container();
        }
        let Some(open) = self.innermost() else {
            let diagnostic = Diagnostic::new(codes::DIRECTIVE_OPEN, span, "`:::` closes nothing");
            self.report(
                diagnostic.help(
                    "delete the line, or open something above it in the same list or quotation",
                ),
            );
            return;
        };
        if open.kind == Kind::Tabs(self.prose.tokens.len()) {
            let diagnostic = Diagnostic::new(codes::DIRECTIVE_EMPTY, open.span, "no tabs");
            self.report(diagnostic.help("write `::tab{label=\"…\"}` above the words of each"));
        }
        self.end_container();
    }

    /// Closes what is still open where its element, or the text, ends.
    pub(super) fn close_containers(&mut self) {
        while let Some(open) = self.innermost() {
            let (kind, span, directive) = (open.kind, open.span, open.directive);
            if kind != Kind::Tab {
                let name = &self.prose.directives[directive].name;
                let message = format!("`:::{name}` is not closed");
                let diagnostic = Diagnostic::new(codes::DIRECTIVE_OPEN, span, message);
                self.report(
                    diagnostic.help(
                        "write a line `:::` below its last line, as far indented as this one",
                    ),
                );
            }
            self.end_container();
        }
    }

    /// Takes in a Markdown file.
    fn include(&mut self, attributes: &Attributes, place: Range<usize>) {
        let span = self.here.places.span(place);
        let known = ["from", "lines", "anchor"];
        self.known_keys(codes::DIRECTIVE_ARGUMENT, "`::include`", attributes, &known);
        let Some(from) = attributes.get("from") else {
            let diagnostic = Diagnostic::new(
                codes::DIRECTIVE_ARGUMENT,
                span,
                "`::include` does not say which file",
            );
            return self.report(diagnostic.help("write `::include{from=\"file.md\"}`"));
        };
        let Some((source, path)) = self.file(from) else {
            return;
        };
        let text = self.around.sources.get(source).text();
        let body = body_of(text);
        let range = match excerpts::range(&text[body..], attributes) {
            Ok(range) => body + range.start..body + range.end,
            Err(fault) => return self.excerpt_fault(&fault, source),
        };
        if self.containers.chain.is_empty() {
            self.containers.chain.push(span.source);
        }
        if let Some((code, message)) = self.refusal(source, &path, range.len()) {
            let at = self.here.places.span(from.value_at.clone());
            let diagnostic = Diagnostic::new(code, at, message);
            return self.report(diagnostic.help("take one of the includes out"));
        }
        self.containers.taken_in += range.len();
        self.prose.expansions.push(Expansion {
            span,
            text: ExpandedText::IncludedFile(Span::new(source, range.clone())),
        });
        self.prose.parts.push(IncludedFile {
            source,
            path: path.clone(),
            at: span,
        });
        self.read_part(source, &path, range);
    }

    /// Why so many bytes of a file may not be taken in, with the code of the finding.
    fn refusal(&self, file: SourceId, path: &str, bytes: usize) -> Option<(&'static Code, String)> {
        let Containers {
            chain, taken_in, ..
        } = &self.containers;
        if chain.contains(&file) {
            return Some((codes::INCLUDE_CYCLE, format!("`{path}` takes itself in")));
        }
        if chain.len() > DEEPEST {
            let message = format!("more than {DEEPEST} files take each other in");
            return Some((codes::INCLUDE_CYCLE, message));
        }
        if self.prose.parts.len() >= MOST_PARTS || taken_in + bytes > MOST_BYTES {
            let message = format!(
                "the page includes more than {MOST_PARTS} parts, or more than {} MiB",
                MOST_BYTES >> 20
            );
            return Some((codes::INCLUDE_TOO_MUCH, message));
        }
        None
    }

    fn read_part(&mut self, source: SourceId, path: &str, range: Range<usize>) {
        let text = &self.around.sources.get(source).text()[range.clone()];
        let replaced = variables::replace(
            text,
            (source, range.start),
            self.around.vars,
            &mut self.diagnostics,
        );
        self.prose.expansions.extend(replaced.expansions);
        let inner = Cursor {
            text: Rc::from(&*replaced.text),
            places: Rc::new(replaced.places),
            path: Rc::from(path),
            part: self.prose.parts.len(),
        };
        let floor = std::mem::replace(&mut self.containers.floor, self.containers.open.len());
        let outer = std::mem::replace(&mut self.here, inner);
        self.containers.chain.push(source);
        self.read();
        self.containers.chain.pop();
        self.here = outer;
        self.containers.floor = floor;
    }

    /// The file that `from="…"` names; reports if there is none.
    pub(super) fn file(&mut self, from: &attributes::Pair) -> Option<(SourceId, String)> {
        let span = self.here.places.span(from.value_at.clone());
        let Some(path) = paths::join(&self.here.path, &from.value) else {
            let message = format!("`{}` leads out of the project", from.value);
            let diagnostic = Diagnostic::new(codes::INCLUDE_OUTSIDE, span, message);
            self.report(diagnostic.help("name a file below the folder that holds site.yaml"));
            return None;
        };
        if let Some(source) = self.around.files.get(&path) {
            return Some((*source, path));
        }
        let message = format!("no file at `{}` to take in", from.value);
        let help = match path.split('/').any(|part| part.starts_with('.')) {
            true => "hidden files are not shown".to_owned(),
            false => format!(
                "no file `{path}` in the project; paths are relative to `{}`",
                paths::folder(&self.here.path)
            ),
        };
        self.report(Diagnostic::new(codes::INCLUDE_MISSING, span, message).help(help));
        None
    }

    pub(super) fn excerpt_fault(&mut self, fault: &excerpts::Fault<'_>, file: SourceId) {
        let span = self.here.places.span(fault.pair.value_at.clone());
        let diagnostic = Diagnostic::new(fault.code, span, fault.message.as_str());
        self.report(
            diagnostic
                .related(Span::start_of(file), "the file")
                .help(fault.help.as_str()),
        );
    }
}
