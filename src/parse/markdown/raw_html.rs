//! HTML: shown as text, but for comments and `<br>`; told once a block.

use super::shield;
use super::walk::{Gather, Walk};
use crate::diag::{Diagnostic, codes};
use crate::model::prose::Token;
use std::ops::Range;

/// A block of HTML while its lines are gathered.
pub(super) struct HtmlBlock {
    /// The block in the text.
    range: Range<usize>,
    /// Its lines without comments.
    shown: String,
    /// Where the first of what is shown stands.
    start: Option<usize>,
    in_comment: bool,
}

impl Walk<'_> {
    pub(super) fn open_html(&mut self, range: Range<usize>) {
        self.gather = Gather::Html(HtmlBlock {
            range,
            shown: String::new(),
            start: None,
            in_comment: false,
        });
    }

    /// A line of the block that is open.
    pub(super) fn html_line(&mut self, line: &str, range: Range<usize>) {
        let here = self.here.text.clone();
        let line = shield::written(&here, range.clone(), line);
        let Gather::Html(block) = &mut self.gather else {
            return;
        };
        let shown = without_comments(line, &mut block.in_comment);
        let words = shown.trim();
        if block.start.is_none() && !words.is_empty() {
            block.start = Some(range.start + line.find(words).unwrap_or_default());
        }
        block.shown.push_str(&shown);
    }

    pub(super) fn close_html(&mut self) {
        let Gather::Html(block) = std::mem::replace(&mut self.gather, Gather::Nothing) else {
            return;
        };
        let Some(start) = block.start else { return };
        let written = &self.here.text[start..block.range.end.max(start)];
        let end = start + written.trim_end().len();
        self.report_html(start..end);
        self.push(Token::Text(block.shown.into()));
    }

    /// A tag inside a line.
    pub(super) fn inline_html(&mut self, html: &str, range: Range<usize>) {
        let here = self.here.text.clone();
        let html = shield::written(&here, range.clone(), html);
        let trimmed = html.trim();
        if trimmed.starts_with("<!--") && trimmed.ends_with("-->") {
            return;
        }
        if matches!(trimmed, "<br>" | "<br/>" | "<br />") {
            return self.push(Token::HardBreak);
        }
        if !std::mem::replace(&mut self.html_told, true) {
            self.report_html(range.start..range.start + html.trim_end().len());
        }
        self.push(Token::Text(html.into()));
    }

    fn report_html(&mut self, place: Range<usize>) {
        self.report(
            Diagnostic::new(
                codes::MARKDOWN_HTML,
                self.here.places.span(place),
                "HTML is shown as text",
            )
            .help("use Markdown, or put it between backticks if readers should see it"),
        );
    }
}

/// A line without what stands in comments; `inside` says whether one is open, before and after.
fn without_comments(line: &str, inside: &mut bool) -> String {
    let mut shown = String::new();
    let mut rest = line;
    loop {
        let (mark, length) = if *inside { ("-->", 3) } else { ("<!--", 4) };
        let Some(at) = rest.find(mark) else {
            if !*inside {
                shown.push_str(rest);
            }
            return shown;
        };
        if !*inside {
            shown.push_str(&rest[..at]);
        }
        rest = &rest[at + length..];
        *inside = !*inside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_left_out_wherever_they_begin_and_end() {
        let mut inside = false;
        let mut shown = |line| without_comments(line, &mut inside);
        assert_eq!(shown("<!-- a --><p><!-- b"), "<p>");
        assert_eq!(shown("<p> hidden"), "");
        assert_eq!(shown("--> shown <!-- c -->"), " shown ");
        assert_eq!(shown("<p>"), "<p>");
    }
}
