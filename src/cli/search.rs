//! `runbook search`: the site's search, in the terminal, with the same answers in the same order.

use super::desk::Ended;
use super::show;
use crate::driver;
use crate::exec::values::printable;
use crate::search::excerpt::{Excerpt, excerpt};
use crate::search::query::{self, Answer, Hit};
use crate::search::reader::{Index, Place};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// How many pages are shown.
const PAGES: usize = 10;
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// Find a page, a section or a step by words or by an error message
///
/// Give words, or paste a message between quotes. The answers are those of the site's own search
/// in the same order. Without --site the project's sources are searched as they are now.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook search roll back a release\n  runbook search 'npm error code E401'\n  runbook search --site public --json dist-tag\n\nExits with 0 when something was found, 1 when nothing was, 2 when it could not look everywhere."
)]
pub(super) struct Args {
    /// What to look for
    #[arg(required = true, value_name = "WORDS", allow_hyphen_values = true)]
    words: Vec<String>,
    /// Search the built site in this folder
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<u8, Ended> {
    let index = match &args.site {
        Some(site) => open_site(site)?,
        None => driver::search_index(project)?,
    };
    let answer = query::search(&index, &args.words.join(" "), PAGES);
    let pages: Vec<Shown> = answer
        .hits
        .iter()
        .map(|hit| Shown::new(&index, hit))
        .collect();
    let whole = answer.unread.is_empty() && pages.iter().all(|page| page.lost == 0);
    match args.json {
        true => show::text(&format!("{:#}\n", as_json(&answer, &pages))),
        false => pages.iter().for_each(|page| page.show(&answer)),
    }
    if !args.json {
        remarks(&answer, &pages);
    }
    Ok(match (whole, pages.is_empty()) {
        (false, _) => 2,
        (true, true) => 1,
        (true, false) => 0,
    })
}

fn open_site(site: &Path) -> Result<Index<'static>, Ended> {
    let folder = site.to_owned();
    let load = move |path: &str| std::fs::read_to_string(folder.join(path)).ok();
    Index::open(Box::new(load))
        .map_err(|error| Ended::usage(format!("{}: {error}", site.display())))
}

/// A page that was found, with what its sections say.
struct Shown<'h> {
    hit: &'h Hit,
    places: Vec<Place>,
    /// How many of its sections could not be read.
    lost: usize,
}

impl<'h> Shown<'h> {
    fn new(index: &Index, hit: &'h Hit) -> Self {
        let places: Vec<Place> = hit
            .sections
            .iter()
            .filter_map(|at| index.place(*at))
            .collect();
        Self {
            lost: hit.sections.len() - places.len(),
            hit,
            places,
        }
    }

    fn show(&self, answer: &Answer) {
        let Some(best) = self.places.first() else {
            return;
        };
        show::line(&format!(
            "{BOLD}{}{PLAIN}  {}",
            printable(&best.title),
            best.kind
        ));
        show::line(&format!("  {}", printable(&best.href())));
        let words = marked(&excerpt(&best.text, &answer.forms));
        let heading = match best.heading == best.title {
            true => String::new(),
            false => format!("{}: ", printable(&best.heading)),
        };
        if !(heading.is_empty() && words.is_empty()) {
            show::line(&format!("  {heading}{words}"));
        }
        if !self.hit.missing.is_empty() {
            show::line(&format!("  without: {}", self.hit.missing.join(", ")));
        }
        show::line("");
    }
}

/// An excerpt with what was found in bold.
fn marked(excerpt: &Excerpt) -> String {
    let mut line = String::new();
    let mut at = 0;
    for mark in &excerpt.marks {
        line += &printable(&excerpt.text[at..mark.start]);
        line += BOLD;
        line += &printable(&excerpt.text[mark.clone()]);
        line += PLAIN;
        at = mark.end;
    }
    line + &printable(&excerpt.text[at..])
}

/// What a person should know about the answer.
fn remarks(answer: &Answer, pages: &[Shown<'_>]) {
    let mut lines = Vec::new();
    if !answer.unknown.is_empty() {
        lines.push(format!("note: no page has {}", quoted(&answer.unknown)));
    }
    if !answer.unread.is_empty() {
        let words = quoted(&answer.unread);
        lines.push(format!(
            "warning: the part of the search index with {words} is missing or damaged, so the answer is without it"
        ));
    }
    if pages.iter().any(|page| page.lost > 0) {
        lines.push("warning: a part of the search index is missing or damaged, so pages that were found are not shown".to_owned());
    }
    if lines.iter().any(|line| line.starts_with("warning")) {
        lines.push(
            "help: build the site again with `runbook build`, or copy all of its search/ folder"
                .to_owned(),
        );
    }
    if pages.is_empty() && answer.unread.is_empty() {
        lines.push("nothing found: try fewer words, or the code in the message alone".to_owned());
    }
    show::remarks(&lines);
}

fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("“{}”", printable(word)))
        .collect();
    words.join(", ")
}

fn as_json(answer: &Answer, pages: &[Shown<'_>]) -> Value {
    let section = |place: &Place| {
        let excerpt = excerpt(&place.text, &answer.forms);
        json!({ "href": place.href(), "heading": place.heading, "excerpt": excerpt.text })
    };
    let page = |page: &Shown<'_>| {
        let best = page.places.first();
        json!({
            "url": best.map(|place| &place.url),
            "title": best.map(|place| &place.title),
            "kind": best.map(|place| &place.kind),
            "crumb": best.map(|place| &place.crumb),
            "score": page.hit.score,
            "missing": page.hit.missing,
            "sections": page.places.iter().map(section).collect::<Vec<_>>(),
        })
    };
    json!({
        "pages": pages.iter().map(page).collect::<Vec<_>>(),
        "unknown": answer.unknown,
        "unread": answer.unread,
    })
}
