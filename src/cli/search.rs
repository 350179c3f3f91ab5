//! `runbook search`: the site's search, in the terminal, with the same answers in the same order.

use super::diagnose::{self, Diagnosis};
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::diag::did_you_mean;
use crate::driver;
use crate::exec::state::exit::ExitCode;
use crate::printable::printable;
use crate::search::excerpt::{Excerpt, excerpt};
use crate::search::nearest;
use crate::search::paste;
use crate::search::query::{self, Answer, Hit};
use crate::search::reader::{Index, Label, Place};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// How many pages are shown.
const PAGES: usize = 10;
/// How many are shown of a message that no entry answers.
const UNKNOWN: usize = 3;

/// Search the site by words or by an error message
///
/// Give words, or paste a message in quotes. The results are those of the search in the site, in the
/// same order. Without --site the sources of the project are searched as they are now.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook search roll back a release\n  runbook search 'npm error code E401'\n  runbook search -- --legacy-peer-deps\n  runbook search --only runbook tag\n  runbook search --site public --json dist-tag\n\nExits with 0 when something was found, 1 when nothing was found, 2 when a part of the site could not be searched."
)]
pub(super) struct Args {
    /// What to look for
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only pages of this kind, severity or tag; may be given again
    #[arg(long, value_name = "LABEL")]
    only: Vec<String>,
    /// Search the built site in this folder
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let (index, known) = match &args.site {
        // A site without messages has no file of them.
        Some(site) => (open_site(site)?, diagnose::of_site(site).ok()),
        None => driver::search_index(project).map(|(index, known)| (index, Some(known)))?,
    };
    let only = labels(&index, &args.only)?;
    let text = args.words.join(" ");
    let diagnosis = known.map(|known| Diagnosis::new(known, &text));
    let fits = diagnosis.as_ref().is_some_and(|one| !one.found.is_empty());
    let is_unknown = diagnosis.is_some() && !fits && paste::is_pasted(&text);
    let most = if is_unknown { UNKNOWN } else { PAGES };
    let look = |text: &str| query::search(&index, text, &only, most);
    let mut answer = look(&text);
    let instead = nearest::instead(&index, &answer);
    if let Some(text) = &instead {
        let unknown = answer.unknown;
        answer = Answer {
            unknown,
            ..look(text)
        };
    }
    let pages: Vec<Shown> = answer
        .hits
        .iter()
        .map(|hit| Shown::new(&index, hit))
        .collect();
    let whole = answer.unread.is_empty() && pages.iter().all(|page| page.lost == 0);
    match args.json.wanted {
        true => {
            let entries = diagnosis.map_or_else(|| json!([]), |one| one.as_json());
            envelope::data(&as_json(&answer, instead.as_deref(), &pages, entries));
        }
        false => {
            if let Some(diagnosis) = &diagnosis {
                diagnosis.tell();
            }
            if is_unknown {
                show::line(
                    "nothing fits: no known message is in this. Pages with some of its words:\n",
                );
            }
            pages.iter().for_each(|page| page.show(&answer));
        }
    }
    remarks(&answer, instead.as_deref(), &pages);
    narrower(&index, &answer, &only);
    Ok(match (whole, pages.is_empty() && !fits) {
        (false, _) => ExitCode::CouldNotRun,
        (true, true) => ExitCode::Failed,
        (true, false) => ExitCode::Finished,
    })
}

fn open_site(site: &Path) -> Result<Index<'static>, CliError> {
    let folder = site.to_owned();
    let load = move |path: &str| std::fs::read_to_string(folder.join(path)).ok();
    Index::open(Box::new(load))
        .map_err(|error| CliError::usage(format!("{}: {error}", site.display())))
}

/// The labels with these names.
fn labels<'i>(index: &'i Index, names: &[String]) -> Result<Vec<&'i Label>, CliError> {
    let known = index.labels();
    let label = |name: &String| {
        known
            .iter()
            .find(|label| label.name == *name)
            .ok_or_else(|| no_label(name, known))
    };
    names.iter().map(label).collect()
}

fn no_label(name: &str, known: &[Label]) -> CliError {
    let names: Vec<&str> = known.iter().map(|label| label.name.as_str()).collect();
    let help =
        did_you_mean(name, names.iter().copied()).unwrap_or_else(|| match names.is_empty() {
            true => "the pages of this site are all of one kind".to_owned(),
            false => format!("the site has: {}", names.join(", ")),
        });
    CliError::usage(format!(
        "no page has the kind, severity or tag `{name}`: {help}"
    ))
}

/// What a longer answer can be narrowed by.
fn narrower(index: &Index, answer: &Answer, only: &[&Label]) {
    if answer.pages.len() <= answer.hits.len() {
        return;
    }
    let share = |label: &&Label| {
        answer
            .pages
            .iter()
            .filter(|page| label.is_on(**page))
            .count()
    };
    let labels = index.labels().iter().filter(|label| !only.contains(label));
    let offered: Vec<String> = labels
        .map(|label| (label, share(&label)))
        .filter(|(_, share)| (1..answer.pages.len()).contains(share))
        .map(|(label, share)| format!("{} ({share})", printable(&label.name)))
        .collect();
    let (shown, all) = (answer.hits.len(), answer.pages.len());
    let mut line = format!("note: these are the first {shown} of {all} pages");
    if !offered.is_empty() {
        line += &format!("; --only narrows them: {}", offered.join(", "));
    }
    show::remarks(&[line]);
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
        show::painted(&format!("{}  {}", show::bold(&best.title), best.kind));
        show::line(&format!("  {}", printable(&best.href())));
        let words = marked(&excerpt(&best.text, &answer.forms));
        let heading = match best.heading == best.title {
            true => String::new(),
            false => format!("{}: ", printable(&best.heading)),
        };
        if !(heading.is_empty() && words.is_empty()) {
            show::painted(&format!("  {heading}{words}"));
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
        line += &show::bold(&excerpt.text[mark.clone()]);
        at = mark.end;
    }
    line + &printable(&excerpt.text[at..])
}

/// What a person should know about the answer.
fn remarks(answer: &Answer, instead: Option<&str>, pages: &[Shown<'_>]) {
    let mut lines = Vec::new();
    if !answer.unknown.is_empty() {
        let shown = instead.map_or_else(String::new, |text| {
            format!("; results for “{}”", printable(text))
        });
        lines.push(format!(
            "note: no page has {}{shown}",
            quoted(&answer.unknown)
        ));
    }
    if answer.beyond > 0 {
        lines.push(format!(
            "note: only the first {} words were used; {} others were not",
            answer.words.len(),
            answer.beyond
        ));
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
        lines.push(
            "nothing found: try fewer words, or only the error code from the message".to_owned(),
        );
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

fn as_json(answer: &Answer, instead: Option<&str>, pages: &[Shown<'_>], entries: Value) -> Value {
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
        "entries": entries,
        "pages": pages.iter().map(page).collect::<Vec<_>>(),
        "found": answer.pages.len(),
        "unknown": answer.unknown,
        "instead": instead,
        "beyond": answer.beyond,
        "unread": answer.unread,
    })
}
