//! Directive lines, kept whole while the Markdown parser reads.
//!
//! To the parser a directive line is a thematic break of the same length: a block of its own
//! that needs no empty lines around it, and that no definition list or paragraph swallows. Every
//! offset stays right, so what was written is read back from the text itself.
//!
//! A line that begins with an inline directive, `:data[…]`, would be a definition to the parser: its colon is
//! shielded by a character that stands in no text.

use std::borrow::Cow;
use std::ops::Range;

/// What stands for the colon of an inline directive at the beginning of a line: as long, and of no meaning.
const COLON: char = '\u{1f}';

/// The text with each directive line made a thematic break, and each inline directive that begins a line
/// made a word.
pub(super) fn shield(text: &str) -> Cow<'_, str> {
    let is_shielded = |line| directive(line).is_some() || inline(line).is_some();
    if !text.contains(':') || !text.lines().any(is_shielded) {
        return Cow::Borrowed(text);
    }
    let mut shielded = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if let Some(range) = directive(line) {
            shielded.push_str(&line[..range.start]);
            shielded.extend(std::iter::repeat_n('*', range.len()));
            shielded.push_str(&line[range.end..]);
        } else if let Some(at) = inline(line) {
            shielded.push_str(&line[..at]);
            shielded.push(COLON);
            shielded.push_str(&line[at + 1..]);
        } else {
            shielded.push_str(line);
        }
    }
    Cow::Owned(shielded)
}

/// Where the colon of an inline directive is that begins a line, perhaps indented or quoted.
fn inline(line: &str) -> Option<usize> {
    let written = line.trim_start_matches([' ', '\t', '>']);
    let name = written.strip_prefix(':')?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let rest = name.trim_start_matches(fits);
    let is_one = name.starts_with(|c: char| c.is_ascii_lowercase()) && rest.starts_with('[');
    is_one.then(|| line.len() - written.len())
}

/// Where in a line a directive stands, if the line is one: `::name`, `:::name` with or without
/// `{…}`, or `:::` alone. It may be indented or quoted.
pub(super) fn directive(line: &str) -> Option<Range<usize>> {
    let written = line.trim_start_matches([' ', '\t', '>']);
    let start = line.len() - written.len();
    let written = written.trim_end();
    let body = written.trim_start_matches(':');
    let colons = written.len() - body.len();
    // `::: name`, as other tools write it, is meant as one and is told what is missing.
    let body = if colons >= 3 { body.trim_start() } else { body };
    let rest = body.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '-');
    let named = rest.len() < body.len() && (rest.is_empty() || rest.starts_with(['{', ' ', '[']));
    let found = match body.is_empty() {
        true => colons >= 3,
        false => colons >= 2 && named,
    };
    found.then(|| start..start + written.len())
}

/// What was written where the parser saw `seen`, words of one line.
pub(super) fn written<'t>(text: &'t str, range: Range<usize>, seen: &'t str) -> &'t str {
    let original = text.get(range).unwrap_or_default();
    match (seen.contains("**") || seen.contains(COLON)) && original.len() == seen.len() {
        true => original,
        false => seen,
    }
}

/// The code of a block as it was written. `block` is the whole block with its fences, of which
/// `before` lines stand above the code; the parser saw `code`.
pub(super) fn written_code(block: &str, before: usize, code: String) -> String {
    let hidden = |line: &str| line.trim_end().ends_with("**") || line.contains(COLON);
    if !code.lines().any(hidden) {
        return code;
    }
    let mut originals = block.lines().skip(before);
    let restored = |line: &str| {
        let original = originals.next().unwrap_or(line);
        let from = original.len().saturating_sub(line.len());
        let whole = original.get(from..).unwrap_or(line);
        match hidden(line) {
            true => format!("{whole}\n"),
            false => format!("{line}\n"),
        }
    };
    code.lines().map(restored).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directive_lines_are_shielded_and_nothing_moves() {
        for (line, stars) in [
            ("::pages{under=\"a\"}", true),
            (":::tabs", true),
            (":::", true),
            ("::: tip", true), // as other tools write it
            ("::::", true),
            ("> ::pages", true),             // in a quotation
            ("   ::tab{label=\"x\"}", true), // in a list
            ("::std::move", false),          // a name of C++
            (": a definition", false),
            ("a ::b", false), // inside a line
            ("::", false),
            ("::Pages", false),
            (":data[90 %]{path=\"a.b\"}", false),
        ] {
            let shielded = shield(line);
            assert_eq!(shielded.contains("***"), stars, "{line}");
            assert_eq!(shielded.len(), line.len(), "{line}");
        }
    }

    #[test]
    fn an_inline_directive_that_begins_a_line_is_no_definition() {
        for (line, expected) in [
            (
                ":data[90 %]{path=\"a.b\"} of it",
                "\u{1f}data[90 %]{path=\"a.b\"} of it",
            ),
            ("> :data[x]", "> \u{1f}data[x]"),
            (": data[x]", ": data[x]"),
            (":data", ":data"),
            ("a :data[x]", "a :data[x]"),
        ] {
            assert_eq!(shield(line), expected, "{line}");
        }
    }

    #[test]
    fn code_about_directives_shows_them() {
        for (block, before, seen, expected) in [
            ("```md\n:a[b]\n```", 1, "\u{1f}a[b]\n", ":a[b]\n"),
            ("```md\n::a{}\nb\n```", 1, "*****\nb\n", "::a{}\nb\n"),
            ("> ```\n> :::tabs\n> ```", 1, "*******\n", ":::tabs\n"), // in a quotation
            ("    :::\n    ***", 0, "***\n***\n", ":::\n***\n"),      // stars that were stars
        ] {
            assert_eq!(written_code(block, before, seen.to_owned()), expected);
        }
    }
}
