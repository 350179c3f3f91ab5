//! A report as Markdown, for a forge or a wiki. Everything that was written by people or programs
//! stands in it as text.

use super::words::one_line;
use super::{Report, view};
use crate::printable::printable;

/// The report as Markdown.
pub fn render(report: &Report) -> String {
    let view = view::lay_out(report);
    let mut out = format!("# {}\n\n{}\n", escape(&view.title), escape(&view.lead));
    for section in &view.sections {
        out += &format!("\n## {}\n\n", section.title);
        row(&mut out, section.head.iter().map(|head| (*head).to_owned()));
        row(&mut out, section.head.iter().map(|_| "---".to_owned()));
        for cells in &section.rows {
            row(&mut out, cells.iter().map(|cell| escape(cell)));
        }
    }
    out
}

fn row(out: &mut String, cells: impl Iterator<Item = String>) {
    for cell in cells {
        *out += &format!("| {cell} ");
    }
    *out += "|\n";
}

/// A text on one line that Markdown takes as text, wherever it stands but at the beginning of a
/// line.
pub(in crate::exec) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if r"\`*_[]<>|~&#$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A fenced block that nothing in it can end.
pub(in crate::exec) fn block(text: &str) -> String {
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<String> = text.lines().map(one_line_kept).collect();
    format!("{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

/// A line of a log with its indentation.
fn one_line_kept(line: &str) -> String {
    printable(line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        for (text, escaped) in [
            ("a | b", r"a \| b"),                          // no further cell
            ("<script>", r"\<script\>"),                   // no HTML
            ("[x](javascript:0)", r"\[x\](javascript:0)"), // no link
            ("one\n\n# two", r"one \# two"),               // no heading
            (r"\| ", r"\\\|"),                             // no escape undone
            ("\u{1b}[31m", "\u{fffd}\\[31m"),              // no colour in a terminal
            ("1.4.2-rc.1 of @scope/x", "1.4.2-rc.1 of @scope/x"),
        ] {
            assert_eq!(escape(text), escaped, "{text:?}");
        }
    }
}
