//! The walk itself: each event of the Markdown parser becomes a token, and what other stages
//! ask for later (headings, links, code, directives) is set aside in passing.
//!
//! A file that the text takes in is walked where it is taken in, so that headings, footnotes
//! and containers of both are one.

use super::Surroundings;
use super::containers::Containers;
use super::footnotes::Footnotes;
use super::other_syntax::Syntax;
use super::raw_html::HtmlBlock;
use super::references::{self, Definitions};
use super::shield;
use super::slug::Slugs;
use super::{dialect, math, rules};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::prose::{
    Alert, Alignment, CodeBlock, Element, Heading, Link, Math, Prose, Token,
};
use crate::parse::places::Places;
use crate::source::Span;
use pulldown_cmark::{
    BlockQuoteKind, BrokenLink, CowStr, Event, LinkType, Parser, Tag, TagEnd, TextMergeWithOffset,
};
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

/// How many elements of a text may stand in each other.
const MOST_NESTED: usize = 100;

/// State between two events.
pub(super) struct Walk<'c> {
    pub(super) around: &'c Surroundings<'c>,
    pub(super) here: Cursor,
    pub(super) diagnostics: Diagnostics,
    pub(super) prose: Prose,
    pub(super) slugs: Slugs,
    pub(super) footnotes: Footnotes,
    pub(super) containers: Containers,
    /// How many elements of Markdown are open.
    pub(super) depth: usize,
    /// Where the event that is being read stands in the text.
    at: Range<usize>,
    /// Whether it was said that too much stands in each other.
    nested: bool,
    /// Whether a link is open.
    pub(super) in_link: bool,
    /// Whether HTML in the lines of the block that is open was reported.
    pub(super) html_told: bool,
    /// What of other tools was told of this page.
    pub(super) told: BTreeSet<Syntax>,
    /// Where the targets of references stand in this text.
    definitions: Definitions,
    table: Table,
    /// What the text of the next events is gathered for.
    pub(super) gather: Gather,
}

/// The text that is being walked.
#[derive(Clone)]
pub(super) struct Cursor {
    /// As it was written, but for variables.
    pub(super) text: Rc<str>,
    pub(super) places: Rc<Places>,
    /// Its file below the project.
    pub(super) path: Rc<str>,
    /// Which of the texts of this page it is, from 0.
    pub(super) part: usize,
}

/// Text between an opening and a closing event that becomes one value.
pub(super) enum Gather {
    Nothing,
    Code(CodeBlock, Fence),
    /// The link of an image, its alternative text, and how many images are open in the text.
    Alt(usize, String, usize),
    Html(HtmlBlock),
}

/// What is known of a code block besides its code.
pub(super) struct Fence {
    /// The whole block in the text.
    pub(super) range: Range<usize>,
    /// Whether it stands between fences.
    pub(super) fenced: bool,
}

/// Where in a table the walk is.
#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl<'c> Walk<'c> {
    pub(super) fn new(around: &'c Surroundings<'c>, here: Cursor) -> Self {
        Self {
            around,
            here,
            diagnostics: Diagnostics::default(),
            prose: Prose::default(),
            slugs: Slugs::default(),
            footnotes: Footnotes::default(),
            containers: Containers::default(),
            depth: 0,
            at: 0..0,
            nested: false,
            in_link: false,
            html_told: false,
            told: BTreeSet::new(),
            definitions: Definitions::default(),
            table: Table::default(),
            gather: Gather::Nothing,
        }
    }

    /// Walks the text that is here.
    pub(super) fn read(&mut self) {
        let text = self.here.text.clone();
        let text = shield::shield(&text);
        let mut undefined = Vec::new();
        let mut note_undefined = |link: BrokenLink<'_>| {
            if link.link_type == LinkType::Reference {
                undefined.push((link.span, link.reference.to_string()));
            }
            None
        };
        let dialect = dialect(self.around);
        let parser =
            Parser::new_with_broken_link_callback(&text, dialect, Some(&mut note_undefined));
        let definitions = Definitions::of(parser.reference_definitions(), &text);
        let outer = std::mem::replace(&mut self.definitions, definitions);
        for (event, range) in TextMergeWithOffset::new(parser.into_offset_iter()) {
            self.at = range.clone();
            self.event(event, range);
        }
        self.close_containers();
        self.definitions = outer;
        undefined.retain(|(range, _)| !references::is_index(&text, range));
        for (range, reference) in undefined {
            self.report(
                Diagnostic::new(
                    codes::LINK_UNDEFINED_REFERENCE,
                    self.here.places.span(range),
                    format!("no definition of `[{reference}]`"),
                )
                .help(format!(
                    "add a line `[{reference}]: target.md` to this file"
                )),
            );
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.report(diagnostic);
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match &mut self.gather {
            Gather::Code(block, _) => match event {
                Event::Text(text) => block.text.push_str(&text),
                _ => self.close_code(),
            },
            Gather::Alt(_, alt, open) => match event {
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::Start(Tag::Image { .. }) => *open += 1,
                Event::End(TagEnd::Image) if *open > 0 => *open -= 1,
                Event::End(TagEnd::Image) => self.close_image(),
                _ => {}
            },
            Gather::Html(_) => match event {
                Event::Html(line) | Event::Text(line) => self.html_line(&line, range),
                _ => self.close_html(),
            },
            Gather::Nothing => self.plain_event(event, range),
        }
    }

    fn plain_event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                self.syntax_of_words(&range);
                self.words(&text, range);
            }
            Event::Code(code) => self.push(Token::Code((&*code).into())),
            Event::SoftBreak => self.push(Token::SoftBreak),
            Event::HardBreak => self.push(Token::HardBreak),
            Event::Rule => self.rule(range),
            Event::Html(html) | Event::InlineHtml(html) => self.inline_html(&html, range),
            Event::FootnoteReference(label) => {
                let (number, nth) = self.footnotes.refer(self.here.part, &label);
                self.push(Token::FootnoteReference(number, nth));
            }
            Event::TaskListMarker(done) => self.task(done),
            Event::InlineMath(source) => self.math(&source, range, false),
            Event::DisplayMath(source) => self.math(&source, range, true),
        }
    }

    pub(super) fn push(&mut self, token: Token) {
        self.prose.tokens.push(token);
    }

    fn open(&mut self, element: Element) {
        self.depth += 1;
        if self.is_shown() {
            self.push(Token::Open(element));
        }
    }

    fn close(&mut self) {
        self.close_containers();
        if self.depth + self.containers.len() <= MOST_NESTED {
            self.push(Token::Close);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether the innermost of what is open is shown as an element of its own; reports the first
    /// that is too deep for it.
    pub(super) fn is_shown(&mut self) -> bool {
        let shown = self.depth + self.containers.len() <= MOST_NESTED;
        if !shown && !self.nested {
            self.nested = true;
            let span = self.here.places.span(self.at.clone());
            let message = format!(
                "more than {MOST_NESTED} lists, quotations, directives and the like stand in each other"
            );
            let diagnostic = Diagnostic::new(codes::MARKDOWN_NESTED, span, message);
            self.report(diagnostic.help("take some of them out; what they hold stays"));
        }
        shown
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        if begins_block(&tag) {
            self.html_told = false;
        }
        match tag {
            Tag::Paragraph => {
                self.syntax_of_lines(range);
                self.open(Element::Paragraph);
            }
            Tag::Heading { level, id, .. } => self.heading(level as u8, id, range),
            Tag::BlockQuote(kind) => {
                self.open(kind.map_or(Element::Quote, |kind| Element::Alert(alert(kind))))
            }
            Tag::CodeBlock(kind) => self.open_code(kind, range),
            Tag::List(first) => self.open(Element::List(first)),
            Tag::Item => self.open(Element::Item(false)),
            Tag::FootnoteDefinition(label) => {
                let number =
                    self.footnotes
                        .define(self.here.part, &label, self.here.places.span(range));
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
                link_type,
                dest_url,
                title,
                id,
            } => {
                let place = self.target_place(link_type, &id, &dest_url, &range);
                let link = match link_type {
                    LinkType::Email => {
                        self.link(&format!("mailto:{dest_url}"), "", place, range, false)
                    }
                    _ => self.link(&dest_url, &title, place, range, false),
                };
                self.open(Element::Link(link));
                self.in_link = true;
            }
            Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            } => {
                let place = self.target_place(link_type, &id, &dest_url, &range);
                let link = self.link(&dest_url, &title, place, range, true);
                self.gather = Gather::Alt(link, String::new(), 0);
            }
            Tag::DefinitionList => self.open(Element::DefinitionList),
            Tag::DefinitionListTitle => self.open(Element::DefinitionTerm),
            Tag::DefinitionListDefinition => self.open(Element::Definition),
            Tag::HtmlBlock => self.open_html(range),
            // Not in our dialect.
            Tag::MetadataBlock(_) | Tag::Superscript | Tag::Subscript => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock
            | TagEnd::MetadataBlock(_)
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::Link => self.close_link(),
            _ => self.close(),
        }
    }

    fn heading(&mut self, level: u8, id: Option<CowStr<'_>>, range: Range<usize>) {
        let span = self.span_of(range);
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
        self.close();
        let Some(mut heading) = self.prose.headings.pop() else {
            return;
        };
        heading.inside.1 = end;
        heading.text = self.prose.plain_text(heading.inside.0..end);
        match heading.id.is_empty() {
            true if self.prose.says_nothing(&heading) => {}
            true => heading.id = self.slugs.next(&heading.text),
            false => self.claim(&heading.id, heading.span),
        }
        self.prose.headings.push(heading);
    }

    /// Takes an anchor that the author chose.
    pub(super) fn claim(&mut self, id: &str, span: Span) {
        if !self.slugs.claim(id) {
            let message = format!("this page has two places `#{id}`");
            let diagnostic = Diagnostic::new(codes::HEADING_DUPLICATE_ID, span, message);
            self.report(diagnostic.help("choose another `{#id}` for one of them"));
        }
    }

    /// The place of a block, without the white space behind it.
    pub(super) fn span_of(&self, range: Range<usize>) -> Span {
        let length = self.here.text[range.clone()].trim_end().len();
        self.here.places.span(range.start..range.start + length)
    }

    fn math(&mut self, source: &str, range: Range<usize>, block: bool) {
        if source.starts_with('{') {
            // `${{ … }}` of a forge or a runbook, met twice in a line.
            let written = self.here.text.clone();
            return self.words(&written[range.clone()], range);
        }
        let mathml = math::mathml(source, block).map_err(|fault| {
            let start = range.start + if block { 2 } else { 1 };
            let end = start + source.len();
            let place = (start + fault.place.start).min(end)..(start + fault.place.end).min(end);
            let place = if place.is_empty() {
                range.clone()
            } else {
                place
            };
            let span = self.here.places.span(place);
            let diagnostic = Diagnostic::new(codes::MATH_SYNTAX, span, fault.message);
            self.report(diagnostic.help(fault.help));
        });
        self.push(Token::Math(self.prose.math.len()));
        self.prose.math.push(Math {
            source: source.to_owned(),
            block,
            mathml: mathml.ok(),
        });
    }

    /// Where the target of a link stands: in the link, or in the definition of its label.
    fn target_place(
        &self,
        link_type: LinkType,
        label: &str,
        destination: &str,
        range: &Range<usize>,
    ) -> Range<usize> {
        let defined = match link_type {
            LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut => {
                self.definitions.target(label)
            }
            _ => None,
        };
        if let Some(defined) = defined {
            return defined.clone();
        }
        match self.here.text[range.clone()].rfind(destination) {
            Some(at) if !destination.is_empty() => {
                range.start + at..range.start + at + destination.len()
            }
            _ => range.clone(),
        }
    }

    /// Sets a link aside that stands at `range`, and its target at `place`; gives its index.
    pub(super) fn link(
        &mut self,
        destination: &str,
        title: &str,
        place: Range<usize>,
        range: Range<usize>,
        image: bool,
    ) -> usize {
        let is_inside = range.start <= place.start && place.end <= range.end;
        let of_words = if is_inside { place.clone() } else { range };
        self.prose.links.push(Link {
            destination: destination.to_owned(),
            title: title.to_owned(),
            span: self.here.places.span(place),
            place: self.here.places.span(of_words),
            image,
        });
        self.prose.links.len() - 1
    }

    fn close_link(&mut self) {
        self.in_link = false;
        self.close();
    }

    fn close_image(&mut self) {
        let Gather::Alt(link, alt, _) = std::mem::replace(&mut self.gather, Gather::Nothing) else {
            return;
        };
        self.push(Token::Image(link, alt.into()));
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

    pub(super) fn finish(mut self) -> (Prose, Diagnostics) {
        rules::judge(&self.prose, &self.footnotes, &mut self.diagnostics);
        for token in &mut self.prose.tokens {
            if let Token::Open(Element::Footnote(number, references)) = token {
                *references = self.footnotes.references(*number);
            }
        }
        let mut found = Diagnostics::default();
        for diagnostic in self.diagnostics.iter() {
            found.report(self.prose.with_chain(diagnostic.clone()));
        }
        (self.prose, found)
    }
}

/// Whether the lines of an element are looked at on their own.
fn begins_block(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::Item
            | Tag::Table(_)
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
    )
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
