//! Markdown to [`Prose`]: one walk over `pulldown-cmark`'s events.
//!
//! The dialect is CommonMark with the forges' additions: tables, task lists, footnotes,
//! strikethrough, alerts, explicit heading ids and definition lists. A line of its own that
//! reads `::name{…}` is a directive. HTML is text here, but for comments and `<br>`.

mod attributes;
mod footnotes;
pub(crate) mod slug;
mod walk;

use crate::diag::{Diagnostic, Diagnostics};
use crate::model::prose::Prose;
use crate::parse::places::Places;
use pulldown_cmark::{BrokenLink, LinkType, Options, Parser, TextMergeWithOffset};
use std::borrow::Cow;

/// Parses a Markdown text; `places` leads its offsets back to the file.
pub(crate) fn parse(text: &str, places: &Places, diagnostics: &mut Diagnostics) -> Prose {
    let text = &*shield(text);
    let mut undefined = Vec::new();
    let mut note_undefined = |link: BrokenLink<'_>| {
        if link.link_type == LinkType::Reference {
            undefined.push((link.span, link.reference.to_string()));
        }
        None
    };
    let parser = Parser::new_with_broken_link_callback(text, dialect(), Some(&mut note_undefined));
    let mut walk = walk::Walk::new(text, places, diagnostics);
    for (event, range) in TextMergeWithOffset::new(parser.into_offset_iter()) {
        walk.event(event, range);
    }
    let prose = walk.finish();
    for (range, reference) in undefined {
        diagnostics.report(
            Diagnostic::error(
                "link/undefined-reference",
                places.span(range),
                format!("no definition of `[{reference}]`"),
            )
            .help(format!(
                "add a line `[{reference}]: target.md` to this file"
            )),
        );
    }
    prose
}

/// Stands for the `::` of a directive while the parser reads, which would take the second colon
/// for the text of a definition. It has as many bytes, so every offset stays right.
const SHIELD: char = '\u{91}';

/// The text with the `::` of each directive line replaced by [`SHIELD`].
fn shield(text: &str) -> Cow<'_, str> {
    let directive = |line: &str| {
        let name = line.strip_prefix("::").unwrap_or_default();
        name.trim_start_matches(':')
            .starts_with(|c: char| c.is_ascii_lowercase())
    };
    if !text.contains("::") || !text.lines().any(directive) {
        return Cow::Borrowed(text);
    }
    let mut shielded = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match directive(line) {
            true => {
                shielded.push(SHIELD);
                shielded.push_str(&line[2..]);
            }
            false => shielded.push_str(line),
        }
    }
    Cow::Owned(shielded)
}

/// What was written before [`shield`].
fn unshield(text: &str) -> Cow<'_, str> {
    match text.contains(SHIELD) {
        true => Cow::Owned(text.replace(SHIELD, "::")),
        false => Cow::Borrowed(text),
    }
}

fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> (Prose, Vec<(&'static str, String)>) {
        let mut sources = Sources::default();
        let id = sources.add("t.md", text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let prose = parse(text, &Places::direct(id, 0), &mut diagnostics);
        let found = diagnostics
            .iter()
            .map(|d| (d.code, sources.slice(d.span).to_owned()))
            .collect();
        (prose, found)
    }

    #[test]
    fn faults_of_markdown_are_reported_at_their_place() {
        for (text, code, place) in [
            ("[a][nowhere]", "link/undefined-reference", "[a][nowhere]"),
            ("é see [^9]", "link/undefined-footnote", "[^9]"),
            ("x\n\n[^a]: b", "link/unused-footnote", "[^a]: b"),
            ("# A {#x}\n\n# B {#x}", "heading/duplicate-id", "# B {#x}"),
            ("::pages{under=x}", "directive/syntax", "::pages{under=x}"),
            ("a <script>b", "markdown/html", "<script>"),
            ("a\n::pages{}\nb", "directive/not-alone", "::pages{}"),
        ] {
            assert_eq!(read(text).1, [(code, place.to_owned())], "{text}");
        }
    }

    #[test]
    fn plain_brackets_and_code_are_no_faults() {
        for text in [
            "[a] and [!x]",
            "`[^9]`",
            "- [ ] a\n- [x] b",
            "<!-- note -->",
            "a<br>b",
        ] {
            assert_eq!(read(text).1, [], "{text}");
        }
    }

    #[test]
    fn links_know_where_their_target_was_written() {
        let (prose, _) = read("see [x](a/b.md#c \"t\") and ![p](p.png)");
        let got: Vec<_> = prose
            .links
            .iter()
            .map(|l| (l.destination.as_str(), l.span.start, l.image))
            .collect();
        assert_eq!(got, [("a/b.md#c", 8, false), ("p.png", 31, true)]);
    }

    #[test]
    fn a_directive_stands_alone_on_its_line() {
        let (prose, _) =
            read("words\n\n::pages{under=\"release\"}\n\nnot ::here{}\n\n```md\n::nor{}\n```\n");
        assert_eq!(prose.directives.len(), 1, "{:?}", prose.tokens);
        assert_eq!(prose.directives[0].argument("under"), Some("release"));
        assert_eq!(prose.code[0].text, "::nor{}\n");
    }
}
