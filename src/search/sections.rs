//! A site as what can be found in it: pages, and in each page its sections.
//!
//! A section is what stands under one heading, or one step of a runbook. The first section of a
//! page is what stands before its first heading; it carries the page's title.

use crate::known_errors::Pattern;
use crate::model::config::RUNBOOK;
use crate::model::known_message::KnownMessage;
use crate::model::page::{PageDraft, PageUrl};
use crate::model::prose::{Directive, Element, Prose, Token};
use crate::model::runbook::{CommandText, Doc, Runbook, Step, StepKind};
use crate::model::site::{Page, RunbookPage, Site};
use crate::model::term::Term;
use crate::source::Spanned;
use serde::{Deserialize, Serialize};

/// The longest text of a section that is kept for excerpts, in bytes.
const TEXT_LIMIT: usize = 8_000;

/// A page that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its address below the site's root.
    pub url: String,
    /// Its name.
    pub title: String,
    /// `guide`, `troubleshooting`, `reference`, `home` or `runbook`.
    pub kind: String,
    /// The titles of the pages above it, ` / ` between them.
    pub crumb: String,
    /// What an answer can be narrowed by.
    pub labels: Vec<LabelName>,
    /// What people call it and see when they need it: id, aliases, symptoms, messages, alerts, tags.
    pub signs: Vec<String>,
    /// Its sections in reading order; the first one has no anchor.
    pub sections: Vec<Section>,
}

/// A label by its group and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabelName(pub LabelGroup, pub String);

/// What a label says of a page, in the order in which readers are shown labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelGroup {
    /// `kind` of front matter, or that it is a runbook.
    Kind,
    /// How bad it is, of runbooks.
    Severity,
    /// A word of its `tags`.
    Tag,
}

/// A part of a page with an address of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The id of its element; empty for the top of the page.
    pub anchor: String,
    /// 1 to 6.
    pub level: u8,
    /// Without markup; at the top of a page, the page's title.
    pub heading: String,
    /// The headings above it, the page's title first.
    pub above: Vec<String>,
    /// Its words, blocks on lines of their own.
    pub text: String,
    /// Whether it is little more than links elsewhere.
    pub links_only: bool,
}

/// Everything that can be found, in the order of addresses.
pub fn entries(site: &Site) -> Vec<Entry> {
    let pages = site
        .pages
        .iter()
        .filter(|page| !page.draft.front.unsearchable)
        .map(|page| page_entry(site, page));
    let runbooks = site.runbooks.iter().map(|page| runbook_entry(site, page));
    let glossary = (!site.glossary.is_empty()).then(|| glossary_entry(site));
    let mut entries: Vec<Entry> = pages.chain(runbooks).chain(glossary).collect();
    entries.sort_by(|a, b| a.url.cmp(&b.url));
    entries
}

fn page_entry(site: &Site, page: &Page) -> Entry {
    let draft = &page.draft;
    let front = &draft.front;
    let signs = [
        front.id.as_slice(),
        &front.aliases,
        &front.symptoms,
        &messages(&front.errors),
        &front.alerts,
        &front.tags,
    ];
    Entry {
        url: draft.url.as_str().to_owned(),
        title: draft.title().to_owned(),
        kind: front.kind.as_str().to_owned(),
        crumb: crumb(site, &draft.url),
        labels: labels(front.kind.as_str(), None, &front.tags),
        signs: words_of(&signs),
        sections: prose_sections(draft),
    }
}

/// What messages say besides their placeholders.
fn messages(known: &[KnownMessage]) -> Vec<Spanned<String>> {
    let words = |known: &KnownMessage| known.message.clone().map(|text| Pattern::words(&text));
    known.iter().map(words).collect()
}

fn runbook_entry(site: &Site, page: &RunbookPage) -> Entry {
    let book = &page.runbook;
    let signs = [
        std::slice::from_ref(&book.id),
        &book.aliases,
        &book.symptoms,
        &messages(&book.errors),
        &book.alerts,
        &book.tags,
    ];
    let mut sections = vec![runbook_top(book)];
    sections.extend(
        book.all_steps()
            .into_iter()
            .map(|step| step_section(book, step)),
    );
    Entry {
        url: page.url.as_str().to_owned(),
        title: book.title.value.clone(),
        kind: RUNBOOK.to_owned(),
        crumb: crumb(site, &page.url),
        labels: labels(RUNBOOK, book.severity.as_ref(), &book.tags),
        signs: words_of(&signs),
        sections,
    }
}

/// The glossary: each word is a section, found by its other words too.
fn glossary_entry(site: &Site) -> Entry {
    let title = site.words.get("made", "glossary");
    let section = |term: &Term| {
        let mut text = Gathered::default();
        text.line(&term.short);
        text.docs(term.long.iter());
        for alias in &term.aliases {
            text.line(&alias.value);
        }
        text.into_section(Section {
            anchor: term.id.value.clone(),
            level: 2,
            heading: term.name.clone(),
            above: vec![title.to_owned()],
            ..Section::default()
        })
    };
    let top = Section {
        level: 1,
        heading: title.to_owned(),
        ..Section::default()
    };
    let terms = site.glossary.iter().map(|entry| section(&entry.term));
    Entry {
        url: PageUrl::of_glossary().as_str().to_owned(),
        title: title.to_owned(),
        kind: "reference".to_owned(),
        crumb: String::new(),
        labels: labels("reference", None, &[]),
        signs: Vec::new(),
        sections: std::iter::once(top).chain(terms).collect(),
    }
}

fn labels(
    kind: &str,
    severity: Option<&Spanned<String>>,
    tags: &[Spanned<String>],
) -> Vec<LabelName> {
    let of = |group| move |name: &Spanned<String>| LabelName(group, name.value.clone());
    let kind = LabelName(LabelGroup::Kind, kind.to_owned());
    std::iter::once(kind)
        .chain(severity.map(of(LabelGroup::Severity)))
        .chain(tags.iter().map(of(LabelGroup::Tag)))
        .collect()
}

fn words_of(lists: &[&[Spanned<String>]]) -> Vec<String> {
    let all = lists.iter().copied().flatten();
    all.map(|word| word.value.clone()).collect()
}

/// The titles of the first pages of the folders above an address.
fn crumb(site: &Site, url: &PageUrl) -> String {
    if site.runbook(url.as_str()).is_some() {
        return site.words.get("made", "runbooks").to_owned();
    }
    let folders = url.folder().match_indices('/');
    let indexes = folders.map(|(end, _)| format!("{}index.html", &url.as_str()[..=end]));
    let above = indexes.filter(|index| index != url.as_str());
    let titles: Vec<&str> = above.filter_map(|index| site.title_of(&index)).collect();
    titles.join(" / ")
}

fn runbook_top(book: &Runbook) -> Section {
    let mut text = Gathered::default();
    let lines = [&book.fixes, &book.stop_if];
    for line in lines.into_iter().flatten() {
        text.line(&line.value);
    }
    text.docs(book.doc.iter());
    text.into_section(Section {
        level: 1,
        heading: book.title.value.clone(),
        ..Section::default()
    })
}

fn step_section(book: &Runbook, step: &Step) -> Section {
    let mut text = Gathered::default();
    text.docs(step.docs());
    if let Some(command) = step.kind.command() {
        text.command(&command.text);
    }
    if let Some(message) = step.kind.message() {
        text.line(&message.text);
    }
    if let StepKind::Call(call) = &step.kind {
        text.line(&call.runbook.value);
    }
    text.into_section(Section {
        anchor: step.id.value.clone(),
        level: 3,
        heading: step.name().to_owned(),
        above: vec![book.title.value.clone()],
        ..Section::default()
    })
}

/// Cuts the text of a page at its headings. The one that says the page's name begins no section
/// of its own, whatever stands above it.
fn prose_sections(page: &PageDraft) -> Vec<Section> {
    let (title, prose) = (page.title(), &page.prose);
    let shown = page.title_heading();
    let mut done = Vec::new();
    let mut open = Section {
        level: 1,
        heading: title.to_owned(),
        ..Section::default()
    };
    let mut text = Gathered::default();
    let mut tokens = prose.tokens.iter();
    while let Some(token) = tokens.next() {
        let Token::Open(Element::Heading(index)) = token else {
            text.token(token, prose);
            continue;
        };
        let heading = &prose.headings[*index];
        let inside = heading.inside.1 - heading.inside.0;
        tokens.by_ref().take(inside + 1).for_each(drop);
        if heading.id.is_empty() {
            continue;
        }
        if shown == Some(*index) && heading.text == title {
            continue;
        }
        done.push(std::mem::take(&mut text).into_section(open));
        open = Section {
            anchor: heading.id.clone(),
            level: heading.level,
            heading: heading.text.clone(),
            above: above(&done, heading.level),
            ..Section::default()
        };
    }
    done.push(text.into_section(open));
    done
}

/// The headings that a heading of this level stands under, the page's title first.
fn above(done: &[Section], level: u8) -> Vec<String> {
    let mut found = Vec::new();
    let mut level = level;
    for section in done[1..].iter().rev() {
        if section.level < level {
            found.push(section.heading.clone());
            level = section.level;
        }
    }
    found.push(done[0].heading.clone());
    found.reverse();
    found
}

/// The words of a section while they are gathered.
#[derive(Default)]
struct Gathered {
    words: String,
    /// How many bytes of `words` stand inside links.
    linked: usize,
    /// What is open, outermost first.
    open: Vec<Kind>,
}

/// What an element does to the words around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Has lines of its own.
    Block,
    /// Is set off by a space.
    Cell,
    /// Leads elsewhere.
    Link,
    /// Nothing.
    Inline,
}

impl Kind {
    fn of(element: &Element) -> Self {
        match element {
            Element::Link(_) => Self::Link,
            Element::TableCell(..) => Self::Cell,
            Element::Emphasis | Element::Strong | Element::Strikethrough => Self::Inline,
            _ => Self::Block,
        }
    }
}

impl Gathered {
    fn line(&mut self, line: &str) {
        self.words.push_str(line);
        self.words.push('\n');
    }

    fn command(&mut self, command: &CommandText) {
        match command {
            CommandText::Shell { script, .. } => self.line(script.trim_end()),
            CommandText::Program(items) => {
                let words: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
                self.line(&words.join(" "));
            }
        }
    }

    fn docs<'d>(&mut self, docs: impl Iterator<Item = &'d Doc>) {
        for doc in docs {
            for token in &doc.prose.tokens {
                self.token(token, &doc.prose);
            }
        }
    }

    fn token(&mut self, token: &Token, prose: &Prose) {
        match token {
            Token::Open(Element::Container(index)) => {
                self.open(Kind::Block);
                self.directive(&prose.directives[*index]);
            }
            Token::Open(element) => self.open(Kind::of(element)),
            Token::Close => self.close(),
            Token::Text(text) | Token::Code(text) | Token::Image(_, text) => self.inline(text),
            Token::SoftBreak => self.inline(" "),
            Token::HardBreak | Token::Rule => self.line(""),
            Token::CodeBlock(index) => {
                self.line("");
                self.line(prose.code[*index].text.trim_end());
            }
            Token::Directive(index) => self.directive(&prose.directives[*index]),
            Token::Math(index) => self.inline(&prose.math[*index].source),
            Token::FootnoteReference(..) | Token::Task(_) => {}
        }
    }

    /// The words that an author gave a directive: those inside a line, a label, a title.
    fn directive(&mut self, directive: &Directive) {
        self.inline(&directive.words);
        let shown = ["label", "title"]
            .iter()
            .filter_map(|key| directive.argument(key));
        shown.for_each(|words| self.line(words));
    }

    fn open(&mut self, kind: Kind) {
        self.open.push(kind);
        if kind == Kind::Block {
            self.words.push('\n');
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Kind::Block) => self.words.push('\n'),
            Some(Kind::Cell) => self.words.push(' '),
            _ => {}
        }
    }

    fn inline(&mut self, text: &str) {
        if self.open.contains(&Kind::Link) {
            self.linked += text.len();
        }
        self.words.push_str(text);
    }

    fn into_section(self, section: Section) -> Section {
        let text = tidy(&self.words);
        Section {
            links_only: !text.is_empty() && self.linked * 10 > text.len() * 6,
            text,
            ..section
        }
    }
}

/// White space collapsed within lines, no empty lines, cut at [`TEXT_LIMIT`].
fn tidy(words: &str) -> String {
    let lines = words
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut text = lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    if text.len() > TEXT_LIMIT {
        let end = (0..=TEXT_LIMIT).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
    }
    text
}
