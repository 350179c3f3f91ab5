//! The official examples of CommonMark and GFM, as this program shows them.
//!
//! `tests/fixtures/markdown/differences.tsv` lists every example that is shown in another way, with
//! the reason. One more is a fault; one less is a line to take out.

use super::open;
use crate::diag::Diagnostics;
use crate::model::page::PageUrl;
use crate::model::site::{Site, Target};
use crate::parse::page::{Surroundings, parse};
use crate::site::html::{RenderContext, render};
use crate::source::Sources;
use percent_encoding::percent_decode_str;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;

const SPECS: [(&str, &str); 2] = [
    (
        "commonmark",
        include_str!("../../tests/fixtures/markdown/commonmark-0.31.2.txt"),
    ),
    (
        "gfm",
        include_str!("../../tests/fixtures/markdown/gfm-0.29.txt"),
    ),
];

const DIFFERENCES: &str = include_str!("../../tests/fixtures/markdown/differences.tsv");

/// The examples of a specification: Markdown, and what it becomes.
fn examples(spec: &str) -> Vec<(String, String)> {
    let fence = "`".repeat(32);
    let mark = format!("\n{fence}");
    let mut parts = spec.split(&mark);
    parts.next();
    let mut found = Vec::new();
    while let (Some(example), _) = (parts.next(), parts.next()) {
        let (_, text) = example.split_once('\n').expect("a first line");
        let text = format!("\n{text}\n").replace('→', "\t");
        let (markdown, html) = text.split_once("\n.\n").expect("two halves");
        let markdown = markdown.strip_prefix('\n').unwrap_or(markdown);
        found.push((format!("{markdown}\n"), html.to_owned()));
    }
    found
}

/// An empty site.
fn site() -> Site {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("site.yaml"), "title: Examples\n").expect("a file");
    fs::create_dir(folder.path().join("content")).expect("a folder");
    fs::write(folder.path().join("content/index.md"), "# Examples\n").expect("a file");
    open(folder.path()).expect("a project").site
}

/// An example as a page shows it; each link leads where it says.
fn shown(markdown: &str, site: &Site) -> String {
    let mut sources = Sources::default();
    let source = sources.add("content/example.md", markdown.to_owned());
    let none = (BTreeMap::new(), BTreeMap::new());
    let around = Surroundings::new(&sources, &none.0, &none.1);
    let url = PageUrl::from_content_path("example.md").expect("a page");
    let mut unheard = Diagnostics::default();
    let page = parse(source, "content/example.md", url, &around, &mut unheard);
    let links = page.prose.links.iter();
    let targets: Vec<Target> = links
        .map(|link| Target::External(link.destination.clone()))
        .collect();
    let found = RefCell::new(Diagnostics::default());
    render(
        &page.prose,
        &RenderContext {
            page: &page.url,
            targets: &targets,
            title_heading: None,
            site,
            directive: &|directive, inside| format!("[{}]{inside}", directive.name),
            anchors: false,
            items: false,
            found: &found,
        },
    )
}

/// A part of HTML.
#[derive(Debug)]
enum Part<'h> {
    Tag(&'h str),
    Text(&'h str),
}

fn parts(html: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let is_tag =
            |at: usize| rest[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let start = rest
            .match_indices('<')
            .map(|(at, _)| at)
            .find(|at| is_tag(*at))
            .unwrap_or(rest.len());
        if start > 0 {
            found.push(Part::Text(&rest[..start]));
        }
        rest = &rest[start..];
        if let Some(end) = rest.find('>') {
            found.push(Part::Tag(&rest[1..end]));
            rest = &rest[end + 1..];
        } else {
            if !rest.is_empty() {
                found.push(Part::Text(rest));
            }
            break;
        }
    }
    found
}

/// The attributes of a tag.
fn attributes(mut rest: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches([' ', '\n', '/']);
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() {
            return found;
        }
        rest = &rest[end..];
        let quoted = rest
            .strip_prefix("=\"")
            .and_then(|rest| rest.split_once('"'));
        let (value, after) = quoted.unwrap_or(("", rest.trim_start_matches('=')));
        found.insert(name, value);
        rest = after;
    }
}

/// What this page's own design adds to the HTML of a text.
const OUR_OWN: [&str; 6] = [
    "tabindex",
    "role",
    "aria-label",
    "scope",
    "loading",
    "data-lang",
];
const AROUND: [&str; 5] = ["div", "figure", "span", "tbody", "figcaption"];
const BLOCKS: [&str; 22] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "hr",
    "table",
    "thead",
    "tr",
    "td",
    "th",
    "dl",
    "dt",
    "dd",
    "br",
];

/// HTML in one form: without what the design adds, attributes in order, addresses decoded, white
/// space only where it means something.
fn canonical(html: &str) -> String {
    let mut out = String::new();
    let mut verbatim = false;
    let mut captioned = false;
    let mut language = "";
    for part in parts(html) {
        let tag = match part {
            Part::Text(_) if captioned => continue,
            Part::Text(text) if verbatim => {
                out.push_str(&plain(text));
                continue;
            }
            Part::Text(text) => {
                let text = plain(text);
                let mut words = text
                    .split([' ', '\n', '\t'])
                    .filter(|word| !word.is_empty());
                let gap = |edge: bool| if edge { " " } else { "" };
                let joined = words.by_ref().collect::<Vec<_>>().join(" ");
                let edge = [' ', '\n', '\t'];
                if !out.ends_with([' ', '\u{1}']) {
                    out.push_str(gap(text.starts_with(edge)));
                }
                out.push_str(&joined);
                out.push_str(gap(text.ends_with(edge) && !joined.is_empty()));
                continue;
            }
            Part::Tag(tag) => tag,
        };
        let end = tag.find([' ', '\n']).unwrap_or(tag.len());
        let name = tag[..end].trim_end_matches('/');
        let bare = name.trim_start_matches('/');
        let given = attributes(&tag[end..]);
        if let Some(lang) = given.get("data-lang") {
            language = lang;
            continue;
        }
        captioned = match bare {
            "figcaption" => name == bare,
            _ => captioned,
        };
        if AROUND.contains(&bare) || captioned {
            continue;
        }
        verbatim = match bare {
            "pre" => name == bare,
            _ => verbatim,
        };
        if BLOCKS.contains(&bare) {
            let kept = out.trim_end_matches(' ').len();
            out.truncate(if verbatim { out.len() } else { kept });
        }
        out.push('<');
        out.push_str(name);
        for (key, value) in &given {
            match (*key, *value) {
                ("class", "center" | "right") => out.push_str(&format!(" align={value}")),
                ("class", "task") => {}
                ("href" | "src", address) => {
                    let address = percent_decode_str(address).decode_utf8_lossy();
                    out.push_str(&format!(" {key}={}", plain(&address)));
                }
                (key, _) if OUR_OWN.contains(&key) => {}
                (key, value) => out.push_str(&format!(" {key}={}", plain(value))),
            }
        }
        let lang = std::mem::take(&mut language);
        match name {
            "code" if verbatim && !lang.is_empty() => {
                out.push_str(&format!(" class=language-{}", plain(lang)));
            }
            "pre" => language = lang,
            _ => {}
        }
        out.push('>');
        if BLOCKS.contains(&bare) && !verbatim {
            out.push('\u{1}');
        }
    }
    out.replace('\u{1}', "").trim().to_owned()
}

/// Entities that stand for a letter of a text; brackets stay apart from those of tags.
const ENTITIES: [(&str, &str); 4] = [("lt", "⟨"), ("gt", "⟩"), ("quot", "\""), ("#39", "'")];

/// A text with its entities read.
fn plain(text: &str) -> String {
    let text = text.replace('<', "⟨").replace('>', "⟩");
    let read =
        |text: String, (name, letter): &(&str, &str)| text.replace(&format!("&{name};"), letter);
    ENTITIES.iter().fold(text, read)
}

#[test]
fn official_examples_are_shown_as_they_should_be_but_for_those_that_are_listed() {
    let mut listed: BTreeMap<(&str, usize), &str> = BTreeMap::new();
    for line in DIFFERENCES.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (set, numbers, reason) = (columns.next(), columns.next(), columns.next());
        let reason = reason.filter(|reason| !reason.is_empty());
        let (set, reason) = (set.expect("a set"), reason.expect("a reason"));
        for number in numbers.expect("numbers").split(' ') {
            let key = (set, number.parse().expect("a number"));
            assert!(
                listed.insert(key, reason).is_none(),
                "{key:?} is listed twice"
            );
        }
    }
    let site = site();
    let mut surprises = Vec::new();
    for (set, spec) in SPECS {
        let all = examples(spec);
        let mut passed = 0;
        for (at, (markdown, html)) in all.iter().enumerate() {
            let (got, expected) = (canonical(&shown(markdown, &site)), canonical(html));
            passed += usize::from(got == expected);
            let known = listed.remove(&(set, at + 1));
            if (got == expected) == known.is_some() {
                surprises.push(format!(
                    "{set} {}: {markdown:?}\n  shown    {got}\n  expected {expected}\n  listed   {known:?}\n",
                    at + 1
                ));
            }
        }
        println!("{set}: passed {passed} of {}", all.len());
    }
    assert_eq!(listed, BTreeMap::new(), "no such examples");
    assert!(
        surprises.is_empty(),
        "{} examples are not as listed:\n{}",
        surprises.len(),
        surprises.concat()
    );
}
