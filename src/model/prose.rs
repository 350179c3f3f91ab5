//! A Markdown text after its one walk: tokens, and what other stages ask of them.
//!
//! The token list is flat, in reading order, with opening and closing tokens. Headings,
//! links, images, code blocks and directives stand in lists of their own, and tokens name
//! them by index, so that checking links or building an index never walks the text again.

use crate::source::Span;

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
    /// Directives on lines of their own.
    pub directives: Vec<Directive>,
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
}

/// Something that has an inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// A paragraph.
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
    /// A table.
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
    /// A definition list.
    DefinitionList,
    /// The term of a definition.
    DefinitionTerm,
    /// The text of a definition.
    Definition,
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
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// A heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Unique on its page; the forge's rule, or the author's `{#id}`.
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
    /// Whether it shows a picture.
    pub image: bool,
}

/// A code block.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeBlock {
    /// The first word after the fence, or nothing.
    pub language: String,
    /// A caption from `title="…"`.
    pub title: Option<String>,
    /// The code.
    pub text: String,
    /// Where the block stands.
    pub span: Span,
}

/// A `::name{key="value"}` line.
#[derive(Debug, Clone, PartialEq)]
pub struct Directive {
    /// Its name.
    pub name: String,
    /// Its arguments in the order written.
    pub arguments: Vec<(String, String)>,
    /// Where it stands.
    pub span: Span,
}

impl Directive {
    /// The value of an argument.
    pub fn argument(&self, name: &str) -> Option<&str> {
        let found = self.arguments.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}
