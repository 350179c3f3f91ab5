//! The walk itself: each event of the Markdown parser becomes a token, and what other stages
//! ask for later (headings, links, code, directives) is set aside in passing.

use super::attributes::{self, Attributes};
use super::footnotes::{self, Footnotes};
use super::slug::Slugs;
use super::{SHIELD, unshield};
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::prose::{
    Alert, Alignment, CodeBlock, Directive, Element, Heading, Link, Prose, Token,
};
use crate::parse::places::Places;
use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, CowStr, Event, Tag, TagEnd};
use std::ops::Range;

/// State between two events.
pub(super) struct Walk<'t, 'd> {
    text: &'t str,
    places: &'t Places,
    diagnostics: &'d mut Diagnostics,
    prose: Prose,
    slugs: Slugs,
    footnotes: Footnotes,
    table: Table,
    /// What the text of the next events is gathered for.
    gather: Gather,
}

/// Text between an opening and a closing event that becomes one value.
enum Gather {
    Nothing,
    Code(CodeBlock),
    Alt(usize, String),
    /// A paragraph that was taken as a directive: its text is spoken for.
    Skip,
}

/// Where in a table the walk is.
#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl<'t, 'd> Walk<'t, 'd> {
    pub(super) fn new(text: &'t str, places: &'t Places, diagnostics: &'d mut Diagnostics) -> Self {
        Self {
            text,
            places,
            diagnostics,
            prose: Prose::default(),
            slugs: Slugs::default(),
            footnotes: Footnotes::default(),
            table: Table::default(),
            gather: Gather::Nothing,
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match &mut self.gather {
            Gather::Skip => {
                if matches!(event, Event::End(TagEnd::Paragraph)) {
                    self.gather = Gather::Nothing;
                }
            }
            Gather::Code(block) => match event {
                Event::Text(text) => block.text.push_str(&unshield(&text)),
                _ => self.close_code(),
            },
            Gather::Alt(_, alt) => match event {
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::End(TagEnd::Image) => self.close_image(),
                _ => {}
            },
            Gather::Nothing => self.plain_event(event, range),
        }
    }

    fn plain_event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.words(&text, range),
            Event::Code(code) => self.push(Token::Code((&*code).into())),
            Event::SoftBreak => self.push(Token::SoftBreak),
            Event::HardBreak => self.push(Token::HardBreak),
            Event::Rule => self.push(Token::Rule),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range),
            Event::FootnoteReference(label) => {
                let (number, nth) = self.footnotes.refer(&label);
                self.push(Token::FootnoteReference(number, nth));
            }
            Event::TaskListMarker(done) => self.task(done),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.words(&text, range),
        }
    }

    fn push(&mut self, token: Token) {
        self.prose.tokens.push(token);
    }

    fn open(&mut self, element: Element) {
        self.push(Token::Open(element));
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph => self.paragraph(range),
            Tag::Heading { level, id, .. } => self.heading(level as u8, id, range),
            Tag::BlockQuote(kind) => {
                self.open(kind.map_or(Element::Quote, |kind| Element::Alert(alert(kind))))
            }
            Tag::CodeBlock(kind) => self.code(kind, range),
            Tag::List(first) => self.open(Element::List(first)),
            Tag::Item => self.open(Element::Item(false)),
            Tag::FootnoteDefinition(label) => {
                let number = self.footnotes.define(&label, range);
                self.open(Element::Footnote(number, 0));
            }
            Tag::Table(alignments) => {
                self.table.alignments = alignments.into_iter().map(alignment).collect();
                self.open(Element::Table);
            }
            Tag::TableHead => self.row(true, Element::TableHead),
            Tag::TableRow => self.row(false, Element::TableRow),
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.open(Element::Emphasis),
            Tag::Strong => self.open(Element::Strong),
            Tag::Strikethrough => self.open(Element::Strikethrough),
            Tag::Link {
                dest_url, title, ..
            } => {
                let link = self.link(&dest_url, &title, range, false);
                self.open(Element::Link(link));
            }
            Tag::Image {
                dest_url, title, ..
            } => {
                let link = self.link(&dest_url, &title, range, true);
                self.gather = Gather::Alt(link, String::new());
            }
            Tag::DefinitionList => self.open(Element::DefinitionList),
            Tag::DefinitionListTitle => self.open(Element::DefinitionTerm),
            Tag::DefinitionListDefinition => self.open(Element::Definition),
            // An HTML block has no element of its own; the rest is not in our dialect.
            Tag::HtmlBlock | Tag::MetadataBlock(_) | Tag::Superscript | Tag::Subscript => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock
            | TagEnd::MetadataBlock(_)
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
            TagEnd::Heading(_) => self.close_heading(),
            _ => self.push(Token::Close),
        }
    }

    fn paragraph(&mut self, range: Range<usize>) {
        match directive_line(&self.text[range.clone()]) {
            Some(line) => {
                self.directive(line, range);
                self.gather = Gather::Skip;
            }
            None => self.open(Element::Paragraph),
        }
    }

    fn directive(&mut self, line: &str, range: Range<usize>) {
        let span = self.places.span(range.start..range.start + line.len());
        let body = line.trim_start_matches([SHIELD, ':']);
        let (name, rest) = body.split_at(body.find('{').unwrap_or(body.len()));
        let arguments = match rest.is_empty() {
            true => Some(Attributes::default()),
            false => attributes::parse(rest),
        };
        let Some(arguments) = arguments else {
            self.diagnostics.report(
                Diagnostic::error(
                    "directive/syntax",
                    span,
                    format!("the arguments of `::{name}` cannot be read"),
                )
                .help("write them as `{key=\"value\"}`"),
            );
            return;
        };
        let index = self.prose.directives.len();
        self.prose.directives.push(Directive {
            name: name.trim().to_owned(),
            arguments: arguments.pairs,
            span,
        });
        self.push(Token::Directive(index));
    }

    fn heading(&mut self, level: u8, id: Option<CowStr<'_>>, range: Range<usize>) {
        let span = self
            .places
            .span(range.start..range.start + self.text[range].trim_end().len());
        let index = self.prose.headings.len();
        self.open(Element::Heading(index));
        let start = self.prose.tokens.len();
        self.prose.headings.push(Heading {
            level,
            id: id.map(|id| id.to_string()).unwrap_or_default(),
            text: String::new(),
            span,
            inside: (start, start),
        });
    }

    fn close_heading(&mut self) {
        let end = self.prose.tokens.len();
        self.push(Token::Close);
        let Some(heading) = self.prose.headings.last_mut() else {
            return;
        };
        heading.inside.1 = end;
        heading.text = plain_text(&self.prose.tokens[heading.inside.0..end]);
        if heading.id.is_empty() {
            heading.id = self.slugs.next(&heading.text);
        } else if !self.slugs.claim(&heading.id) {
            let diagnostic = Diagnostic::error(
                "heading/duplicate-id",
                heading.span,
                format!("this page has two headings `#{}`", heading.id),
            );
            self.diagnostics
                .report(diagnostic.help("choose another `{#id}` for one of them"));
        }
    }

    fn code(&mut self, kind: CodeBlockKind<'_>, range: Range<usize>) {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.to_string(),
            CodeBlockKind::Indented => String::new(),
        };
        let (language, rest) = match info.find('{') {
            Some(brace) => info.split_at(brace),
            None => (info.as_str(), ""),
        };
        let span = self
            .places
            .span(range.start..range.start + self.text[range].trim_end().len());
        let attributes = match rest.is_empty() {
            true => Some(Attributes::default()),
            false => attributes::parse(rest),
        };
        if attributes.is_none() {
            let first_line = Diagnostic::error(
                "code/attributes",
                span,
                format!("`{rest}` after the fence cannot be read"),
            );
            self.diagnostics
                .report(first_line.help("write it as `{#id title=\"…\"}`"));
        }
        self.gather = Gather::Code(CodeBlock {
            language: language
                .split([',', ' '])
                .next()
                .unwrap_or_default()
                .to_owned(),
            title: attributes.and_then(|a| a.get("title").map(str::to_owned)),
            text: String::new(),
            span,
        });
    }

    fn close_code(&mut self) {
        if let Gather::Code(block) = std::mem::replace(&mut self.gather, Gather::Nothing) {
            self.push(Token::CodeBlock(self.prose.code.len()));
            self.prose.code.push(block);
        }
    }

    fn link(&mut self, destination: &str, title: &str, range: Range<usize>, image: bool) -> usize {
        let written = &self.text[range.clone()];
        let place = match written.rfind(destination) {
            Some(at) if !destination.is_empty() => {
                range.start + at..range.start + at + destination.len()
            }
            _ => range,
        };
        self.prose.links.push(Link {
            destination: destination.to_owned(),
            title: title.to_owned(),
            span: self.places.span(place),
            image,
        });
        self.prose.links.len() - 1
    }

    fn close_image(&mut self) {
        if let Gather::Alt(link, alt) = std::mem::replace(&mut self.gather, Gather::Nothing) {
            self.push(Token::Image(link, alt.into()));
        }
    }

    fn row(&mut self, head: bool, element: Element) {
        self.table.in_head = head;
        self.table.column = 0;
        self.open(element);
    }

    fn cell(&mut self) {
        let column = self.table.column;
        let alignment = self
            .table
            .alignments
            .get(column)
            .copied()
            .unwrap_or(Alignment::None);
        self.table.column += 1;
        self.open(Element::TableCell(self.table.in_head, alignment));
    }

    fn task(&mut self, done: bool) {
        let item = self
            .prose
            .tokens
            .iter_mut()
            .rev()
            .find_map(|token| match token {
                Token::Open(Element::Item(task)) => Some(task),
                _ => None,
            });
        if let Some(task) = item {
            *task = true;
        }
        self.push(Token::Task(done));
    }

    fn words(&mut self, text: &str, range: Range<usize>) {
        if text.contains("[^") {
            self.dangling_footnotes(range.clone());
        }
        if text.contains(SHIELD) {
            self.not_alone(text, range);
        }
        self.push(Token::Text((&*unshield(text)).into()));
    }

    fn not_alone(&mut self, text: &str, range: Range<usize>) {
        let span = self.places.span(range);
        let written = unshield(text).into_owned();
        self.diagnostics.report(
            Diagnostic::error(
                "directive/not-alone",
                span,
                format!("`{written}` is not a paragraph of its own"),
            )
            .help("leave an empty line above and below it"),
        );
    }

    fn dangling_footnotes(&mut self, range: Range<usize>) {
        for (place, label) in footnotes::dangling(&self.text[range.clone()]) {
            let span = self
                .places
                .span(range.start + place.start..range.start + place.end);
            self.diagnostics.report(
                Diagnostic::error(
                    "link/undefined-footnote",
                    span,
                    format!("no footnote `[^{label}]` in this file"),
                )
                .help(format!(
                    "add a line `[^{label}]: …`, or write `\\[^{label}]` for the text"
                )),
            );
        }
    }

    fn html(&mut self, html: &str, range: Range<usize>) {
        let trimmed = html.trim();
        if trimmed.starts_with("<!--") && trimmed.ends_with("-->") {
            return;
        }
        if matches!(trimmed, "<br>" | "<br/>" | "<br />") {
            self.push(Token::HardBreak);
            return;
        }
        let span = self
            .places
            .span(range.start..range.start + html.trim_end().len());
        self.diagnostics.report(
            Diagnostic::warning("markdown/html", span, "HTML is shown as text")
                .help("use Markdown, or put it between backticks if readers are to see it"),
        );
        self.push(Token::Text(html.into()));
    }

    pub(super) fn finish(mut self) -> Prose {
        for (label, place) in self.footnotes.unused() {
            self.diagnostics.report(
                Diagnostic::warning(
                    "link/unused-footnote",
                    self.places.span(place),
                    format!("nothing refers to the footnote `[^{label}]`"),
                )
                .help(format!("refer to it with `[^{label}]`, or delete it")),
            );
        }
        for token in &mut self.prose.tokens {
            if let Token::Open(Element::Footnote(number, references)) = token {
                *references = self.footnotes.references(*number);
            }
        }
        self.prose
    }
}

/// The line of a paragraph that is a directive: alone, and `::name` at its start.
fn directive_line(paragraph: &str) -> Option<&str> {
    let line = paragraph.trim_end();
    (line.starts_with(SHIELD) && !line.contains('\n')).then_some(line)
}

/// The words of some tokens, without markup.
fn plain_text(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Text(words) | Token::Code(words) | Token::Image(_, words) => {
                text.push_str(words)
            }
            Token::SoftBreak | Token::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

fn alert(kind: BlockQuoteKind) -> Alert {
    match kind {
        BlockQuoteKind::Note => Alert::Note,
        BlockQuoteKind::Tip => Alert::Tip,
        BlockQuoteKind::Important => Alert::Important,
        BlockQuoteKind::Warning => Alert::Warning,
        BlockQuoteKind::Caution => Alert::Caution,
    }
}

fn alignment(written: pulldown_cmark::Alignment) -> Alignment {
    match written {
        pulldown_cmark::Alignment::None => Alignment::None,
        pulldown_cmark::Alignment::Left => Alignment::Left,
        pulldown_cmark::Alignment::Center => Alignment::Center,
        pulldown_cmark::Alignment::Right => Alignment::Right,
    }
}
