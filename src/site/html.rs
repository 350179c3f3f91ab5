//! The only place that escapes: text to HTML, and Markdown tokens to HTML.

use crate::diag::Diagnostics;
use crate::model::item_text::with_stand_ins;
use crate::model::page::PageUrl;
use crate::model::prose::{Alignment, CodeBlock, Directive, Element, Math, Prose, Token};
use crate::model::site::{Site, Target};
use crate::model::words::Words;
use crate::site::code;
use crate::site::commands;
use crate::site::escape::{escape, escape_into, escaped_word, fragment, target_href};
use std::cell::RefCell;

/// What the renderer needs to know of the page around a text.
pub(crate) struct RenderContext<'p> {
    /// The page the text stands on.
    pub(crate) page: &'p PageUrl,
    /// Where the links of the text lead.
    pub(crate) targets: &'p [Target],
    /// The heading that the page shows as its title and the text therefore does not.
    pub(crate) title_heading: Option<usize>,
    /// The site, for the sizes of its pictures.
    pub(crate) site: &'p Site,
    /// The HTML that a directive stands for, given the HTML of what stands in it.
    pub(crate) directive: &'p dyn Fn(&Directive, &str) -> String,
    /// Whether headings get anchors: not in the small texts of a runbook.
    pub(crate) anchors: bool,
    /// Whether `${{ each.NAME }}` stands for the item of a loop.
    pub(crate) items: bool,
    /// What is found while it is rendered.
    pub(crate) found: &'p RefCell<Diagnostics>,
}

/// Renders a text.
pub(crate) fn render(prose: &Prose, around: &RenderContext<'_>) -> String {
    let mut renderer = Renderer {
        prose,
        around,
        out: String::with_capacity(prose.tokens.len() * 24),
        closers: Vec::new(),
        footnotes: Vec::new(),
        skip_until: 0,
        above_sections: true,
        lowered: match around.anchors {
            true => prose.lowered(around.title_heading),
            false => 0,
        },
    };
    for (index, token) in prose.tokens.iter().enumerate() {
        if index >= renderer.skip_until {
            renderer.token(token);
        }
    }
    renderer.finish()
}

/// What is written when the innermost open element ends.
enum Closer {
    Tag(&'static str),
    Heading(usize),
    /// The text of a footnote: the output from before it, its number and its references.
    Footnote(String, usize, usize),
    TableHead,
    /// The inside of a directive: the output from before it, and its index.
    Container(String, usize),
    Nothing,
}

struct Renderer<'p> {
    prose: &'p Prose,
    around: &'p RenderContext<'p>,
    out: String,
    closers: Vec<Closer>,
    footnotes: Vec<(usize, String)>,
    skip_until: usize,
    /// Whether no heading below the title was met, so that a picture may be in sight at once.
    above_sections: bool,
    /// By how many levels headings are shown lower than they are written.
    lowered: u8,
}

impl Renderer<'_> {
    fn token(&mut self, token: &Token) {
        match token {
            Token::Open(element) => self.open(element),
            Token::Close => self.close(),
            Token::Text(text) => self.text(text),
            Token::Code(code) => {
                self.out.push_str("<code>");
                self.text(code);
                self.out.push_str("</code>");
            }
            Token::SoftBreak => self.out.push('\n'),
            Token::HardBreak => self.out.push_str("<br>\n"),
            Token::Rule => self.out.push_str("<hr>\n"),
            Token::Image(link, alt) => self.image(*link, alt),
            Token::CodeBlock(index) => self.code_block(&self.prose.code[*index]),
            Token::Directive(index) => {
                let html = (self.around.directive)(&self.prose.directives[*index], "");
                self.out.push_str(&html);
            }
            Token::Math(index) => self.math(&self.prose.math[*index]),
            Token::FootnoteReference(number, nth) => self.footnote_reference(*number, *nth),
            Token::Task(done) => self.task(*done),
        }
    }

    fn words(&self) -> &Words {
        &self.around.site.words
    }

    fn text(&mut self, text: &str) {
        match self.around.items {
            true => self.out.push_str(&commands::items_html(text)),
            false => escape_into(&mut self.out, text),
        }
    }

    /// A text where no element can stand.
    fn plain(&mut self, text: &str) {
        match self.around.items {
            true => escape_into(&mut self.out, &with_stand_ins(text)),
            false => escape_into(&mut self.out, text),
        }
    }

    fn code_block(&mut self, block: &CodeBlock) {
        let named = self.around.items.then(|| CodeBlock {
            text: with_stand_ins(&block.text),
            ..block.clone()
        });
        let block = named.as_ref().unwrap_or(block);
        let html = code::figure(block, self.around.anchors, self.words(), self.around.found);
        self.out.push_str(&html);
    }

    fn task(&mut self, done: bool) {
        let (checked, word) = match done {
            true => (" checked", "done"),
            false => ("", "to_do"),
        };
        let word = escaped_word(self.words(), "text", word, &[]);
        self.out.push_str(&format!(
            "<input type=\"checkbox\" disabled{checked} aria-label=\"{word}\"> "
        ));
    }

    fn tag(&mut self, open: &str, close: &'static str) {
        self.out.push_str(open);
        self.closers.push(Closer::Tag(close));
    }

    fn open(&mut self, element: &Element) {
        match element {
            Element::Paragraph => self.tag("<p>", "</p>\n"),
            Element::Heading(index) => self.heading(*index),
            Element::Quote => self.tag("<blockquote>\n", "</blockquote>\n"),
            Element::Alert(alert) => {
                let name = alert.name();
                let title = escaped_word(self.words(), "text", name, &[]);
                let open = format!(
                    "<div class=\"alert {name}\" role=\"note\"><p class=\"alert-title\">{title}</p>\n"
                );
                self.tag(&open, "</div>\n");
            }
            Element::List(None) => self.tag("<ul>\n", "</ul>\n"),
            Element::List(Some(1)) => self.tag("<ol>\n", "</ol>\n"),
            Element::List(Some(start)) => self.tag(&format!("<ol start=\"{start}\">\n"), "</ol>\n"),
            Element::Item(false) => self.tag("<li>", "</li>\n"),
            Element::Item(true) => self.tag("<li class=\"task\">", "</li>\n"),
            Element::Table => {
                let open = table(self.words());
                self.tag(&open, "</tbody></table></div>\n");
            }
            Element::TableHead => {
                self.out.push_str("<thead><tr>");
                self.closers.push(Closer::TableHead);
            }
            Element::TableRow => self.tag("<tr>", "</tr>\n"),
            Element::TableCell(head, alignment) => self.cell(*head, *alignment),
            Element::Emphasis => self.tag("<em>", "</em>"),
            Element::Strong => self.tag("<strong>", "</strong>"),
            Element::Strikethrough => self.tag("<del>", "</del>"),
            Element::Link(index) => self.link(*index),
            Element::Footnote(number, references) => {
                let before = std::mem::take(&mut self.out);
                self.closers
                    .push(Closer::Footnote(before, *number, *references));
            }
            Element::DefinitionList => self.tag("<dl>\n", "</dl>\n"),
            Element::DefinitionTerm => self.tag("<dt>", "</dt>\n"),
            Element::Definition => self.tag("<dd>", "</dd>\n"),
            Element::Container(index) => {
                let before = std::mem::take(&mut self.out);
                self.closers.push(Closer::Container(before, *index));
            }
        }
    }

    fn close(&mut self) {
        match self.closers.pop() {
            Some(Closer::Tag(tag)) => self.out.push_str(tag),
            Some(Closer::Heading(index)) => self.close_heading(index),
            Some(Closer::TableHead) => self.out.push_str("</tr></thead>\n<tbody>\n"),
            Some(Closer::Footnote(before, number, references)) => {
                let text = std::mem::replace(&mut self.out, before);
                self.footnotes
                    .push((number, back_links(text, number, references, self.words())));
            }
            Some(Closer::Container(before, index)) => {
                let inside = std::mem::replace(&mut self.out, before);
                let html = (self.around.directive)(&self.prose.directives[index], &inside);
                self.out.push_str(&html);
            }
            Some(Closer::Nothing) | None => {}
        }
    }

    fn heading(&mut self, index: usize) {
        let heading = &self.prose.headings[index];
        if self.around.title_heading == Some(index) {
            self.skip_until = heading.inside.1;
            self.closers.push(Closer::Nothing);
            return;
        }
        let level = self.level(heading.level);
        self.above_sections &= level < 2;
        match self.around.anchors && !heading.id.is_empty() {
            true => {
                self.out.push_str(&format!("<h{level} id=\""));
                escape_into(&mut self.out, &heading.id);
                self.out.push_str("\">");
            }
            false => self.out.push_str(&format!("<h{level}>")),
        }
        self.closers.push(Closer::Heading(index));
    }

    /// The level that a heading is shown at, so that a page has one of the first.
    fn level(&self, written: u8) -> u8 {
        (written + self.lowered).min(6)
    }

    fn close_heading(&mut self, index: usize) {
        let heading = &self.prose.headings[index];
        if self.around.anchors && !heading.id.is_empty() {
            self.out.push_str(" <a class=\"anchor\" href=\"#");
            escape_into(&mut self.out, &fragment(&heading.id));
            let name = escape(&heading.text);
            let label = escaped_word(self.words(), "text", "link", &[("name", &name)]);
            self.out
                .push_str(&format!("\" aria-label=\"{label}\">#</a>"));
        }
        let level = self.level(heading.level);
        self.out.push_str(&format!("</h{level}>\n"));
    }

    fn cell(&mut self, head: bool, alignment: Alignment) {
        let class = match alignment {
            Alignment::None | Alignment::Left => "",
            Alignment::Center => " class=\"center\"",
            Alignment::Right => " class=\"right\"",
        };
        match head {
            true => self.tag(&format!("<th scope=\"col\"{class}>"), "</th>"),
            false => self.tag(&format!("<td{class}>"), "</td>"),
        }
    }

    fn link(&mut self, index: usize) {
        let target = self.around.targets.get(index);
        match target.and_then(|target| target_href(self.around.page, target)) {
            Some(href) => {
                self.out.push_str("<a href=\"");
                escape_into(&mut self.out, &href);
                self.title(index);
                self.out.push_str("\">");
                self.closers.push(Closer::Tag("</a>"));
            }
            None => self.tag("<s class=\"broken\">", "</s>"),
        }
    }

    fn title(&mut self, index: usize) {
        let title = &self.prose.links[index].title;
        if !title.is_empty() {
            self.out.push_str("\" title=\"");
            self.plain(title);
        }
    }

    fn image(&mut self, index: usize, alt: &str) {
        let target = self.around.targets.get(index);
        let Some(src) = target.and_then(|target| target_href(self.around.page, target)) else {
            self.out.push_str("<s class=\"broken\">");
            self.text(alt);
            self.out.push_str("</s>");
            return;
        };
        self.out.push_str("<img src=\"");
        escape_into(&mut self.out, &src);
        self.title(index);
        self.out.push_str("\" alt=\"");
        self.plain(alt);
        self.out.push('"');
        if let Some(Target::Internal { url, .. }) = target
            && let Some((width, height)) = self.around.site.asset(url).and_then(|asset| asset.size)
        {
            let size = format!(" width=\"{width}\" height=\"{height}\"");
            self.out.push_str(&size);
        }
        self.out.push_str(match self.above_sections {
            true => ">",
            false => " loading=\"lazy\">",
        });
    }

    /// A formula; one that could not be read shows what was written.
    fn math(&mut self, math: &Math) {
        match &math.mathml {
            Some(markup) => self.out.push_str(markup),
            None => {
                self.out.push_str("<code class=\"broken\">");
                escape_into(&mut self.out, &math.source);
                self.out.push_str("</code>");
            }
        }
    }

    fn footnote_reference(&mut self, number: usize, nth: usize) {
        let of = number.to_string();
        let label = escaped_word(self.words(), "text", "footnote", &[("number", &of)]);
        self.out.push_str(&format!(
            "<sup class=\"footnote-ref\"><a id=\"fnref-{number}-{nth}\" href=\"#fn-{number}\" aria-label=\"{label}\">{number}</a></sup>"
        ));
    }

    fn finish(mut self) -> String {
        if self.footnotes.is_empty() {
            return self.out;
        }
        self.footnotes.sort_by_key(|(number, _)| *number);
        let label = escaped_word(self.words(), "text", "footnotes", &[]);
        self.out.push_str(&format!(
            "<section class=\"footnotes\" aria-label=\"{label}\">\n<ol>\n"
        ));
        for (number, text) in &self.footnotes {
            self.out
                .push_str(&format!("<li id=\"fn-{number}\">{text}</li>\n"));
        }
        self.out.push_str("</ol>\n</section>\n");
        self.out
    }
}

/// The beginning of a table, which scrolls in a box of its own.
pub(crate) fn table(words: &Words) -> String {
    let label = escaped_word(words, "text", "table", &[]);
    format!("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><table>\n")
}

/// Adds the links that lead back from a footnote to its references.
fn back_links(mut text: String, number: usize, references: usize, words: &Words) -> String {
    let link = |nth: usize| {
        let values = [("nth", &*nth.to_string()), ("number", &number.to_string())];
        let label = escaped_word(words, "text", "back", &values);
        format!("<a href=\"#fnref-{number}-{nth}\" aria-label=\"{label}\">↩</a>")
    };
    let links: Vec<String> = (1..=references).map(link).collect();
    let at = text.rfind("</p>").unwrap_or(text.len());
    text.insert_str(at, &format!(" {}", links.join(" ")));
    text
}
