//! A Markdown file with front matter to [`PageDraft`].

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::page::{Former, FrontMatter, PageDraft, PageKind, PageUrl};
use crate::parse::fields::{self, Fields};
use crate::parse::known_messages;
use crate::parse::markdown;
use crate::parse::yaml::{self, Node, Value};
use crate::source::{SourceId, Span, Spanned};
use std::ops::Range;

pub use crate::parse::markdown::Surroundings;

/// The paths below the project of the files that the text of the file at `path` takes in.
pub fn included(path: &str, text: &str) -> Vec<String> {
    markdown::includes::wanted(path, text)
}

/// Reads a page. `path` is the file's path below the project, `url` the page's address.
pub fn parse(
    source: SourceId,
    path: &str,
    url: PageUrl,
    around: &Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> PageDraft {
    let text = around.sources.get(source).text();
    let parts = split(source, text, diagnostics);
    let mut front = match parts.front {
        Some(range) => front_matter((source, text, range), around.allowed, diagnostics),
        None => FrontMatter::default(),
    };
    if url == PageUrl::of_root() && front.kind == PageKind::Guide {
        front.kind = PageKind::Home;
    }
    let name = match url == PageUrl::of_root() {
        true => around.site.to_owned(),
        false => url.name(),
    };
    PageDraft {
        source,
        name,
        path: path.to_owned(),
        url,
        front,
        body: Span::new(source, parts.body..parts.body),
        prose: markdown::parse_page(source, path, parts.body..text.len(), around, diagnostics),
    }
}

struct Parts {
    front: Option<Range<usize>>,
    body: usize,
}

/// Front matter is what stands between a first line `---` and the next line `---`.
fn split(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Parts {
    let start = text
        .strip_prefix('\u{feff}')
        .map_or(0, |rest| text.len() - rest.len());
    let mut offset = start;
    let mut first = None;
    for line in text[start..].split_inclusive('\n') {
        let is_fence = line.trim_end() == "---";
        offset += line.len();
        match first {
            None if !is_fence => break,
            None => first = Some(offset),
            Some(from) if is_fence => {
                return Parts {
                    front: Some(from..offset - line.len()),
                    body: offset,
                };
            }
            Some(_) => {}
        }
    }
    if first.is_some() {
        diagnostics.report(
            Diagnostic::new(
                codes::FRONT_MATTER_OPEN,
                Span::new(source, start..start + 3),
                "front matter begins here and does not end",
            )
            .help("add a line `---` after its last line"),
        );
    }
    Parts {
        front: None,
        body: start,
    }
}

/// The kinds of pages as authors write them.
pub(super) const KINDS: [(&str, PageKind); 4] = [
    ("guide", PageKind::Guide),
    ("troubleshooting", PageKind::Troubleshooting),
    ("reference", PageKind::Reference),
    ("home", PageKind::Home),
];

/// Reads front matter. `allowed` are keys that other tools read; what stands behind them is theirs.
fn front_matter(
    (source, text, range): (SourceId, &str, Range<usize>),
    allowed: &[String],
    diagnostics: &mut Diagnostics,
) -> FrontMatter {
    let of_others = |key: &str| allowed.iter().any(|allowed| allowed == key);
    let others = |keys: &[&str]| keys.first().is_some_and(|key| of_others(key));
    let Some(root) = yaml::parse_with(source, text, range, &others, diagnostics) else {
        return FrontMatter::default();
    };
    let Some(mut fields) = Fields::open(&root, "front matter", diagnostics) else {
        return FrontMatter::default();
    };
    let front = FrontMatter {
        title: fields.text("title", diagnostics),
        description: fields.text("description", diagnostics),
        id: fields.text("id", diagnostics),
        kind: fields
            .choice("kind", &KINDS, diagnostics)
            .map_or(PageKind::default(), |kind| kind.value),
        owner: fields.text("owner", diagnostics),
        reviewed: date(&mut fields, "reviewed", diagnostics),
        review_by: date(&mut fields, "review_by", diagnostics),
        tags: fields.texts("tags", diagnostics),
        aliases: fields.texts("aliases", diagnostics),
        redirect_from: fields
            .node("redirect_from")
            .map_or_else(Vec::new, |node| former(node, diagnostics)),
        symptoms: fields.texts("symptoms", diagnostics),
        errors: fields
            .node("errors")
            .map_or_else(Vec::new, |node| known_messages::messages(node, diagnostics)),
        recovery: fields.text("recovery", diagnostics),
        alerts: fields.texts("alerts", diagnostics),
        order: fields
            .parsed("order", "a whole number", diagnostics)
            .map(|order| order.value),
        orphan: fields.flag("orphan", diagnostics),
        draft: fields.flag("draft", diagnostics),
        unsearchable: fields
            .parsed("search", "`true` or `false`", diagnostics)
            .is_some_and(|search: Spanned<bool>| !search.value),
    };
    for (key, found) in fields.unknown_keys() {
        if of_others(&key.text) {
            continue;
        }
        let mut found = found.once();
        if !fields.is_near(key) {
            found = found.help(format!(
                "delete it, or write `frontmatter: {{ allow: [{}] }}` into site.yaml if another tool reads it",
                key.text
            ));
        }
        diagnostics.report(found);
    }
    front
}

/// Addresses that were: `old.html`, or `old.html: "#place"`, alone or in a list.
fn former(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Former> {
    match &node.value {
        Value::List(items) => items
            .iter()
            .flat_map(|item| former(item, diagnostics))
            .collect(),
        Value::Map(_) => fields::moves(node, "redirect_from", diagnostics),
        Value::Scalar { .. } => {
            let from = fields::text(node, diagnostics);
            from.map(|from| Former { from, to: None })
                .into_iter()
                .collect()
        }
    }
}

fn date(
    fields: &mut Fields<'_>,
    key: &'static str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let date: Spanned<jiff::civil::Date> =
        fields.parsed(key, "a date such as `2026-11-20`", diagnostics)?;
    Some(date.map(|date| date.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use std::collections::BTreeMap;

    fn read(text: &str) -> (PageDraft, Vec<(&'static str, String)>) {
        let mut sources = Sources::default();
        let id = sources.add("content/a.md", text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let url = PageUrl::from_content_path("a.md").expect("a page");
        let none = (BTreeMap::new(), BTreeMap::new());
        let around = Surroundings::new(&sources, &none.0, &none.1);
        let page = parse(id, "content/a.md", url, &around, &mut diagnostics);
        let found = diagnostics
            .iter()
            .map(|d| (d.code.name, sources.slice(d.span).to_owned()))
            .collect();
        (page, found)
    }

    #[test]
    fn a_title_comes_from_front_matter_then_the_first_heading_then_the_file() {
        for (text, expected) in [
            ("---\ntitle: T\n---\n# H\n", "T"),
            ("# H\n", "H"),
            ("words\n", "A"),
            ("words\n\n# Late\n", "A"),
            ("> [!NOTE]\n> moved\n\n[![b](b.svg)](c.md)\n\n# H\n", "H"),
            ("---\r\ntitle: T\r\n---\r\nwords\r\n", "T"),
            ("\u{feff}---\ntitle: T\n---\n", "T"),
        ] {
            let (page, found) = read(text);
            assert_eq!((page.title(), found), (expected, vec![]), "{text:?}");
        }
    }

    #[test]
    fn html_before_a_heading_does_not_hide_it() {
        for text in [
            "<!-- c -->\n\n<a id=\"x\"></a>\n\n## H\n",
            "<p align=\"center\">\n<b>x</b>\n</p>\n\n# H\n",
        ] {
            assert_eq!(read(text).0.title(), "H", "{text:?}");
        }
    }

    #[test]
    fn faults_of_front_matter_are_reported_together() {
        let text = "---\ntitel: T\nreviewed: soon\nkind: gide\norder: x\n---\n";
        let (_, found) = read(text);
        let expected = [
            ("yaml/bad-value", "gide"),
            ("yaml/bad-value", "soon"),
            ("yaml/bad-value", "x"),
            ("yaml/unknown-key", "titel"),
        ];
        assert_eq!(
            found,
            expected.map(|(code, place)| (code, place.to_owned()))
        );
    }

    #[test]
    fn front_matter_without_an_end_is_reported_and_nothing_is_lost() {
        let (page, found) = read("---\ntitle: T\nwords\n");
        assert_eq!(found, [("front-matter/open", "---".to_owned())]);
        assert!(!page.prose.tokens.is_empty());
    }
}
