//! What other site generators read and this one shows as text: told once a kind and page, with what to
//! write instead.
//!
//! Only what nobody writes by chance is looked for, and never in code. Containers (`:::tip`) are directives
//! here and judged as those; HTML is told by `raw_html`.

use super::walk::Walk;
use crate::diag::{Diagnostic, codes};
use std::ops::Range;

/// A syntax of other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Syntax {
    Admonition,
    Collapsed,
    Tabs,
    Snippet,
    Contents,
    Attributes,
    Icon,
    Abbreviation,
    Mark,
    Keys,
    Shortcode,
    Template,
    Import,
    Fence,
    Wiki,
    Toml,
}

impl Syntax {
    /// What it is, and what is written here instead.
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Admonition => (
                "an admonition of MkDocs",
                "write `> [!NOTE]`, then `> ` before each line; NOTE, TIP, IMPORTANT, WARNING and CAUTION are there",
            ),
            Self::Collapsed => (
                "a collapsed admonition of MkDocs",
                "write `:::details{title=\"…\"}`, the text, and `:::`",
            ),
            Self::Tabs => (
                "a tab of MkDocs",
                "write `:::tabs`, then `::tab{label=\"…\"}` before the text of each tab, and `:::` at the end",
            ),
            Self::Snippet => (
                "a snippet of MkDocs",
                "write `::include{from=\"part.md\"}`; code is included by a fence with `{from=\"…\"}`",
            ),
            Self::Contents => ("a table of contents", "delete it: each page shows its own"),
            Self::Attributes => (
                "an attribute list",
                "delete it; a heading or a code block takes `{#id}`",
            ),
            Self::Icon => ("an icon of MkDocs", "write a word, or the character itself"),
            Self::Abbreviation => (
                "an abbreviation of MkDocs",
                "write the word into `data/terms.yaml`, which explains it on every page",
            ),
            Self::Mark => ("a marked text", "write `**…**`"),
            Self::Keys => ("keys of MkDocs", "write each key between backticks"),
            Self::Shortcode => (
                "a shortcode of Hugo",
                "write Markdown: `![text](image.png)`, `[text](page.md)`, `> [!NOTE]`",
            ),
            Self::Template => (
                "a template of Jekyll or Jinja",
                "write the text itself, `${{ vars.NAME }}` for a variable, or `::include{from=\"part.md\"}`",
            ),
            Self::Import => (
                "MDX",
                "delete it: components are not read; `:::tabs` and `> [!NOTE]` are there",
            ),
            Self::Wiki => (
                "a link of Obsidian or a wiki",
                "write `[text](page.md)` or `![text](image.png)`",
            ),
            Self::Toml => (
                "front matter of Hugo between `+++`",
                "write it between two lines `---`, as `key: value`",
            ),
            Self::Fence => (
                "an option of code blocks of MkDocs or Docusaurus",
                "write it between braces: `{title=\"…\" hl=\"2-3\"}`",
            ),
        }
    }
}

/// Words before the name of an icon.
const ICONS: [&str; 4] = [":material-", ":fontawesome-", ":octicons-", ":simple-"];

impl Walk<'_> {
    /// Looks at the lines of a paragraph.
    pub(super) fn syntax_of_lines(&mut self, paragraph: Range<usize>) {
        let text = self.here.text.clone();
        let (mut at, first) = (paragraph.start, paragraph.start);
        for line in text[paragraph].split_inclusive('\n') {
            let is_head = at == first && text[..at].trim().is_empty();
            let toml = Some(Syntax::Toml).filter(|_| is_head && line.trim() == "+++");
            if let Some(syntax) = toml.or_else(|| of_line(line.trim(), at == first)) {
                let start = at + (line.len() - line.trim_start().len());
                self.tell_syntax(syntax, start..start + line.trim().len());
            }
            at += line.len();
        }
    }

    /// Looks at words that are no code.
    pub(super) fn syntax_of_words(&mut self, range: &Range<usize>) {
        let text = self.here.text.clone();
        for (syntax, place) in of_words(&text[range.clone()]) {
            self.tell_syntax(syntax, range.start + place.start..range.start + place.end);
        }
    }

    /// Looks at what stands after a fence, braces apart.
    pub(super) fn syntax_of_fence(&mut self, line: &str, start: usize) {
        let plain = line.split('{').next().unwrap_or_default();
        for option in [
            "title=",
            "hl_lines=",
            "linenums=",
            "showLineNumbers",
            "filename=",
        ] {
            if let Some(at) = plain.find(&format!(" {option}")) {
                let place = start + at + 1..start + plain.trim_end().len();
                return self.tell_syntax(Syntax::Fence, place);
            }
        }
    }

    fn tell_syntax(&mut self, syntax: Syntax, place: Range<usize>) {
        if !self.told.insert(syntax) {
            return;
        }
        let (what, instead) = syntax.describe();
        let span = self.here.places.span(place);
        let message = format!("{what} is shown as text");
        self.report(Diagnostic::new(codes::MARKDOWN_OTHER_TOOL, span, message).help(instead));
    }
}

/// What a line of a paragraph is elsewhere.
fn of_line(line: &str, is_first: bool) -> Option<Syntax> {
    let named = |sign: &str| {
        let rest = line.strip_prefix(sign)?;
        let rest = rest.strip_prefix('+').unwrap_or(rest).strip_prefix(' ')?;
        rest.starts_with(|c: char| c.is_ascii_lowercase())
            .then_some(())
    };
    if named("!!!").is_some() {
        return Some(Syntax::Admonition);
    }
    if named("???").is_some() {
        return Some(Syntax::Collapsed);
    }
    if line.starts_with("=== \"") || line.starts_with("=== '") {
        return Some(Syntax::Tabs);
    }
    if line.trim_start_matches(';').starts_with("--8<--") {
        return Some(Syntax::Snippet);
    }
    if ["[TOC]", "[[TOC]]", "[[_TOC_]]", "[[toc]]"].contains(&line) {
        return Some(Syntax::Contents);
    }
    if is_attributes(line) {
        return Some(Syntax::Attributes);
    }
    if line.starts_with("*[") && line.contains("]: ") {
        return Some(Syntax::Abbreviation);
    }
    (is_first && is_import(line)).then_some(Syntax::Import)
}

/// `{: .wide }`, `{ .annotate }`
fn is_attributes(text: &str) -> bool {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let Some(inner) = inner.filter(|inner| !inner.contains(['{', '}'])) else {
        return false;
    };
    let of_kramdown = inner.strip_prefix(':').map(str::trim_start);
    let first = of_kramdown.unwrap_or(inner.trim_start());
    let is_class = first.len() > 1
        && first.starts_with('.')
        && first[1..].starts_with(|c: char| c.is_ascii_lowercase());
    is_class || of_kramdown.is_some_and(|rest| rest.starts_with('#') || rest.contains("=\""))
}

/// `import Tabs from '@theme/Tabs';`
fn is_import(line: &str) -> bool {
    let line = line.trim_end_matches(';');
    let Some((names, from)) = line
        .strip_prefix("import ")
        .and_then(|rest| rest.split_once(" from "))
    else {
        return false;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || " {},*_$".contains(c);
    let is_quoted = |sign: char| from.len() > 2 && from.starts_with(sign) && from.ends_with(sign);
    names.chars().all(is_name) && (is_quoted('\'') || is_quoted('"'))
}

/// Signs of which every syntax of words has one: most words have none, and are looked at once.
const SIGNS: [char; 5] = ['{', '[', '=', '+', ':'];

/// What words are elsewhere, with the place of each.
fn of_words(text: &str) -> Vec<(Syntax, Range<usize>)> {
    let mut found = Vec::new();
    if !text.contains(SIGNS) {
        return found;
    }
    let mut add = |syntax, place: Option<Range<usize>>| found.extend(place.map(|at| (syntax, at)));
    add(Syntax::Shortcode, between(text, "{{<", ">}}"));
    add(Syntax::Shortcode, between(text, "{{%", "%}}"));
    add(
        Syntax::Template,
        between(text, "{% ", " %}").or_else(|| between(text, "{%- ", "%}")),
    );
    add(
        Syntax::Icon,
        ICONS.iter().find_map(|icon| {
            let at = text.find(icon)?;
            let rest = &text[at + icon.len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-')?;
            (end > 0 && rest[end..].starts_with(':')).then(|| at..at + icon.len() + end + 1)
        }),
    );
    add(Syntax::Mark, between_words(text, "==", |_| true));
    let is_keys = |inner: &str| {
        let is_key = |key: &str| {
            !key.is_empty()
                && key
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        inner.split('+').all(is_key)
    };
    add(Syntax::Keys, between_words(text, "++", is_keys));
    let list = match text.starts_with('{') {
        true => Some(0),
        false => text.find("{:"),
    };
    if let Some(start) = list
        && let Some(end) = text[start..].find('}')
        && is_attributes(&text[start..=start + end])
    {
        found.push((Syntax::Attributes, start..start + end + 1));
    }
    found.extend(wiki_link(text).map(|place| (Syntax::Wiki, place)));
    found
}

/// `[[page]]`, `![[image.png]]`, `[[page|words]]`
fn wiki_link(text: &str) -> Option<Range<usize>> {
    let place = between(text, "[[", "]]")?;
    let inner = &text[place.start + 2..place.end - 2];
    let before = text[..place.start].chars().next_back();
    let is_apart = before.is_none_or(|c| c.is_whitespace() || "(!".contains(c));
    let is_contents = inner.trim_matches('_').eq_ignore_ascii_case("toc");
    let is_name = inner.trim() == inner
        && !is_contents
        && inner.contains(char::is_alphabetic)
        && inner
            .chars()
            .all(|c| c.is_alphanumeric() || " _-./#|".contains(c));
    (is_apart && is_name).then_some(place)
}

fn between(text: &str, open: &str, close: &str) -> Option<Range<usize>> {
    let start = text.find(open)?;
    let end = text[start..].find(close)?;
    Some(start..start + end + close.len())
}

/// Words between two signs that stand at the ends of words.
fn between_words(text: &str, sign: &str, fits: impl Fn(&str) -> bool) -> Option<Range<usize>> {
    let start = text.find(sign)?;
    let inside = start + sign.len();
    let end = inside + text[inside..].find(sign)?;
    let inner = &text[inside..end];
    let before = text[..start]
        .chars()
        .next_back()
        .is_none_or(|c| c.is_whitespace() || c == '(');
    let after = text[end + sign.len()..].chars().next();
    let after = after.is_none_or(|c| c.is_whitespace() || ".,;:!?)".contains(c));
    let is_tight = !inner.is_empty() && inner.trim() == inner && !inner.contains(['=', '\n']);
    (before && after && is_tight && fits(inner)).then(|| start..end + sign.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_read_is_known_and_what_people_write_is_not() {
        for (line, syntax) in [
            ("!!! note \"Title\"", Some(Syntax::Admonition)),
            ("!!! Stop", None),
            ("???+ tip", Some(Syntax::Collapsed)),
            ("??? Who knows", None),
            ("=== \"Linux\"", Some(Syntax::Tabs)),
            ("--8<-- \"part.md\"", Some(Syntax::Snippet)),
            ("{ .annotate }", Some(Syntax::Attributes)),
            ("{: .wide target=\"_blank\" }", Some(Syntax::Attributes)),
            ("{:ok, value}", None),
            ("{...}", None),
            ("{ a: b }", None),
            ("*[HTTP]: Hypertext", Some(Syntax::Abbreviation)),
            ("import Tabs from '@theme/Tabs';", Some(Syntax::Import)),
            ("import goods from \"abroad\" and more", None),
        ] {
            assert_eq!(of_line(line, true), syntax, "{line}");
        }
        for (words, syntax) in [
            ("see {{< ref \"x.md\" >}} there", Some(Syntax::Shortcode)),
            ("${{ vars.x }} and {{ x }}", None),
            ("{% include x.html %}", Some(Syntax::Template)),
            ("100 {% of it", None),
            ("a :material-check: b", Some(Syntax::Icon)),
            ("see [[other page|words]].", Some(Syntax::Wiki)),
            ("x[[i]] and [[ -f x ]] and [[1]]", None),
            ("Title {: #x }", Some(Syntax::Attributes)),
            ("a ==b c== d", Some(Syntax::Mark)),
            ("a == b and c == d", None),
            ("a==b and c==d", None),
            ("press ++ctrl+c++ now", Some(Syntax::Keys)),
            ("C++ and G++ are", None),
            ("{:target=\"_blank\"} after", Some(Syntax::Attributes)),
        ] {
            let found = of_words(words).first().map(|(syntax, _)| *syntax);
            assert_eq!(found, syntax, "{words}");
        }
    }
}
