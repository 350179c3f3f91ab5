//! A Markdown text after its one walk: tokens, and what other stages ask of them.
//!
//! The token list is flat, in reading order, with opening and closing tokens. Headings,
//! links, images, code blocks and directives stand in lists of their own, and tokens name
//! them by index, so that checking links or building an index never walks the text again.

use crate::diag::Diagnostic;
use crate::source::{SourceId, Span};
use std::ops::Range;

/// A parsed Markdown text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prose {
    /// Everything, in reading order.
    pub tokens: Vec<Token>,
    /// Headings in reading order.
    pub headings: Vec<Heading>,
    /// Links and images in reading order.
    pub links: Vec<Link>,
    /// Fenced and indented code blocks.
    pub code: Vec<CodeBlock>,
    /// Directives, with those inside a line.
    pub directives: Vec<Directive>,
    /// Formulas.
    pub math: Vec<Math>,
    /// Other files whose Markdown stands in this text.
    pub parts: Vec<IncludedFile>,
    /// Places that stand for a text from elsewhere.
    pub expansions: Vec<Expansion>,
}

impl Prose {
    /// The part that a file was taken in as; `None` for the text's own file.
    pub fn part(&self, source: SourceId) -> Option<&IncludedFile> {
        self.parts.iter().find(|part| part.source == source)
    }

    /// By how many levels the headings of a page are shown lower than they are written: by one, if
    /// others than `title`, the heading above the page, are of the first level.
    pub fn lowered(&self, title: Option<usize>) -> u8 {
        let mut all = self.headings.iter().enumerate();
        u8::from(all.any(|(at, heading)| heading.level == 1 && title != Some(at)))
    }

    /// The words of some tokens, without markup.
    pub fn plain_text(&self, tokens: Range<usize>) -> String {
        let mut text = String::new();
        for token in &self.tokens[tokens] {
            match token {
                Token::Text(words) | Token::Code(words) | Token::Image(_, words) => {
                    text.push_str(words);
                }
                Token::SoftBreak | Token::HardBreak => text.push(' '),
                Token::Directive(index) => text.push_str(&self.directives[*index].words),
                _ => {}
            }
        }
        text
    }

    /// Whether a heading has neither a word nor a formula, so that nothing can lead to it.
    pub fn says_nothing(&self, heading: &Heading) -> bool {
        let (start, end) = heading.inside;
        let is_formula = |token: &Token| matches!(token, Token::Math(_));
        heading.text.trim().is_empty() && !self.tokens[start..end].iter().any(is_formula)
    }

    /// A finding with the places that took in the file it is about, innermost first.
    #[must_use]
    pub fn with_chain(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let mut source = diagnostic.span.source;
        for _ in 0..self.parts.len() {
            let Some(part) = self.part(source) else { break };
            diagnostic = diagnostic.related(part.at, format!("`{}` is included here", part.path));
            source = part.at.source;
        }
        diagnostic
    }
}

/// A Markdown file that another one took in.
#[derive(Debug, Clone, PartialEq)]
pub struct IncludedFile {
    /// Its file.
    pub source: SourceId,
    /// Its path below the project.
    pub path: String,
    /// Where it was taken in.
    pub at: Span,
}

/// A place of the source that stands for a text from elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// What was written.
    pub span: Span,
    /// What it stands for.
    pub text: ExpandedText,
}

/// What an [`Expansion`] stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpandedText {
    /// The text itself, without links of its own.
    Words(String),
    /// A place in another Markdown file, with links and expansions of its own.
    IncludedFile(Span),
}

/// A step of the walk.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// An element begins.
    Open(Element),
    /// The innermost open element ends.
    Close,
    /// Text to be escaped.
    Text(Box<str>),
    /// Inline code.
    Code(Box<str>),
    /// A line break in the source that shows as a space.
    SoftBreak,
    /// A line break that the author asked for.
    HardBreak,
    /// A thematic break.
    Rule,
    /// An image: the index of its link, and its alternative text.
    Image(usize, Box<str>),
    /// A code block, by index.
    CodeBlock(usize),
    /// A directive, by index.
    Directive(usize),
    /// A reference to a footnote: its number from 1 and which reference to it this is, from 1.
    FootnoteReference(usize, usize),
    /// The box of a task list item.
    Task(bool),
    /// A formula, by index.
    Math(usize),
}

/// Something that has an inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// Lines of text between blank ones.
    Paragraph,
    /// A heading, by index.
    Heading(usize),
    /// A quotation.
    Quote,
    /// A note, tip, important, warning or caution box.
    Alert(Alert),
    /// A list: the first number if it is ordered.
    List(Option<u64>),
    /// A list item; whether it begins with a task box.
    Item(bool),
    /// Its rows are inside; their cells say how they are aligned.
    Table,
    /// The head row of a table.
    TableHead,
    /// A body row of a table.
    TableRow,
    /// A cell: of the head or not, and how it is aligned.
    TableCell(bool, Alignment),
    /// `*emphasis*`
    Emphasis,
    /// `**strong**`
    Strong,
    /// `~~struck~~`
    Strikethrough,
    /// A link, by index.
    Link(usize),
    /// The text of a footnote: its number from 1 and how often it is referred to.
    Footnote(usize, usize),
    /// Terms, each before what it means.
    DefinitionList,
    /// The term of a definition.
    DefinitionTerm,
    /// The text of a definition.
    Definition,
    /// What stands between `:::name` and `:::`, or in one of its tabs, by the index of the
    /// directive.
    Container(usize),
}

/// The five alerts of the forges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// Worth knowing.
    Note,
    /// Makes things easier.
    Tip,
    /// Needed to succeed.
    Important,
    /// Needs attention now.
    Warning,
    /// Risk of harm.
    Caution,
}

impl Alert {
    /// The alert that other tools write as a directive of this name.
    pub fn of_directive(name: &str) -> Option<Self> {
        match name {
            "note" | "info" => Some(Self::Note),
            "tip" => Some(Self::Tip),
            "important" => Some(Self::Important),
            "warning" => Some(Self::Warning),
            "caution" | "danger" => Some(Self::Caution),
            _ => None,
        }
    }

    /// How it is written in place of a directive, as a line of help.
    pub fn offer(self) -> String {
        let name = self.name().to_uppercase();
        format!("write an alert as on GitHub: `> [!{name}]`, then `> ` before each line")
    }

    /// Its name in lower case, as used in class names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Tip => "tip",
            Self::Important => "important",
            Self::Warning => "warning",
            Self::Caution => "caution",
        }
    }
}

/// How a table column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// As the reader's language does.
    None,
    /// At the left edge, whichever way the language runs.
    Left,
    /// In the middle.
    Center,
    /// At the right edge, whichever way the language runs.
    Right,
}

/// A place that links can name, and a line of the page's contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Unique on its page; the forge's rule, or the author's `{#id}`. Empty without a text.
    pub id: String,
    /// Its words without markup.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The tokens of its inside, as a range of [`Prose::tokens`].
    pub inside: (usize, usize),
}

/// A link or an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// What it leads to, as written.
    pub destination: String,
    /// The title, if one was given.
    pub title: String,
    /// Where the destination stands, or the whole link if that cannot be told.
    pub span: Span,
    /// Where a finding about its words points: at the destination, if that stands in the link itself.
    pub place: Span,
    /// Whether it shows a picture.
    pub image: bool,
}

/// Lines that are shown as they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeBlock {
    /// The first word after the fence, or nothing.
    pub language: String,
    /// Its anchor from `{#id}`.
    pub id: Option<String>,
    /// A caption from `title="…"`, or the path of the file it shows.
    pub title: Option<String>,
    /// Lines to be marked, from 1, in ascending ranges that include their ends.
    pub marked: Vec<(usize, usize)>,
    /// The code.
    pub text: String,
    /// Where the block stands.
    pub span: Span,
}

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Math {
    /// As it was written, in LaTeX's notation.
    pub source: String,
    /// Whether it has a line of its own.
    pub block: bool,
    /// As MathML without attributes of style; `None` if it was reported.
    pub mathml: Option<String>,
}

/// A directive: something that the program, or a template of the project, puts in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Directive {
    /// Without its colons.
    pub name: String,
    /// How it stands in the text.
    pub form: Form,
    /// Its arguments in the order written.
    pub arguments: Vec<Argument>,
    /// Whether its arguments could not be read, which was reported.
    pub unread: bool,
    /// The words of an inline one.
    pub words: String,
    /// Where it stands: its line, or the whole of an inline one.
    pub span: Span,
}

/// How a directive stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `::name{…}`, a line of its own.
    Leaf,
    /// `:::name{…}` to `:::`, around a text.
    Container,
    /// `:name[words]{…}`, inside a line.
    Inline,
}

impl Form {
    /// How a directive of this form is written.
    pub fn written(self, name: &str) -> String {
        match self {
            Self::Leaf => format!("::{name}"),
            Self::Container => format!(":::{name}"),
            Self::Inline => format!(":{name}[…]"),
        }
    }
}

/// `key="value"` of a directive.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name.
    pub key: String,
    /// What was given.
    pub value: String,
    /// Where its name stands.
    pub key_span: Span,
    /// Where the value stands, without its quotes.
    pub span: Span,
}

impl Directive {
    /// An argument.
    pub fn given(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.key == name)
    }

    /// The value of an argument.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.given(name).map(|argument| argument.value.as_str())
    }
}
