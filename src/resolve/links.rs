//! Links: authors write file paths, readers get addresses.
//!
//! A link is a path relative to its own file, as on a forge. What it names is looked up among
//! the project's pages, runbooks and other files; what is behind `#` among the headings of the
//! page or the steps of the runbook.

use crate::diag::{Diagnostic, Diagnostics, Reported, did_you_mean, nearest};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::prose::{Link, Prose};
use crate::model::runbook::{Doc, Runbook};
use crate::model::site::{Asset, Target};
use percent_encoding::percent_decode_str;
use rustc_hash::FxHashMap;

/// The texts of a runbook that may hold links, in a fixed order.
pub(super) fn docs(runbook: &Runbook) -> Vec<&Doc> {
    let steps = runbook.all_steps();
    let of_steps = steps.into_iter().flat_map(|step| step.docs());
    runbook.doc.iter().chain(of_steps).collect()
}

/// Everything a link can lead to, by its path below the project.
pub(super) struct Links<'d> {
    places: FxHashMap<&'d str, Place<'d>>,
}

#[derive(Clone, Copy)]
enum Place<'d> {
    Page(&'d PageDraft),
    Runbook(&'d Runbook),
    Asset(&'d Asset),
}

/// A link with the file it stands in.
struct Written<'l> {
    link: &'l Link,
    file: &'l str,
}

impl<'d> Links<'d> {
    pub(super) fn new(
        pages: &'d [PageDraft],
        runbooks: &'d [(String, Runbook)],
        assets: &'d [Asset],
    ) -> Self {
        let pages = pages
            .iter()
            .map(|page| (page.path.as_str(), Place::Page(page)));
        let books = runbooks
            .iter()
            .map(|(path, book)| (path.as_str(), Place::Runbook(book)));
        let assets = assets
            .iter()
            .map(|asset| (asset.path.as_str(), Place::Asset(asset)));
        Self {
            places: pages.chain(books).chain(assets).collect(),
        }
    }

    /// Where the links of a page lead.
    pub(super) fn of_page(&self, page: &PageDraft) -> (Vec<Target>, Diagnostics) {
        self.of_prose(&page.path, &page.prose)
    }

    /// Where the links of a runbook lead, text by text in the order of [`docs`].
    pub(super) fn of_runbook(
        &self,
        path: &str,
        runbook: &Runbook,
    ) -> Vec<(Vec<Target>, Diagnostics)> {
        docs(runbook)
            .into_iter()
            .map(|doc| self.of_prose(path, &doc.prose))
            .collect()
    }

    fn of_prose(&self, file: &str, prose: &Prose) -> (Vec<Target>, Diagnostics) {
        let mut diagnostics = Diagnostics::default();
        let targets = prose
            .links
            .iter()
            .map(|link| self.target(&Written { link, file }, &mut diagnostics))
            .collect();
        (targets, diagnostics)
    }

    fn target(&self, written: &Written<'_>, diagnostics: &mut Diagnostics) -> Target {
        let destination = written.link.destination.as_str();
        if let Some(scheme) = scheme(destination) {
            return external(scheme, written, diagnostics);
        }
        if destination.starts_with("//") {
            return Target::External(destination.to_owned());
        }
        let (path, fragment) = match destination.split_once('#') {
            Some((path, fragment)) => (path, Some(decoded(fragment))),
            None => (destination, None),
        };
        let path = decoded(path.split('?').next().unwrap_or_default());
        let place = match path.as_str() {
            "" => self.places.get(written.file).copied().ok_or(None),
            _ => self.find(written.file, &path),
        };
        match place {
            Ok(place) => lead(
                place,
                fragment.filter(|f| !f.is_empty()),
                written,
                diagnostics,
            ),
            Err(below) => {
                Target::Broken(self.missing(&path, below.as_deref(), written, diagnostics))
            }
        }
    }

    /// What a relative path names; the path below the project if it names nothing, and nothing
    /// if it leaves the project.
    fn find(&self, file: &str, path: &str) -> Result<Place<'d>, Option<String>> {
        let below = join(file, path).ok_or(None)?;
        let index = || {
            self.places
                .get(format!("{}/index.md", below.trim_end_matches('/')).as_str())
        };
        self.places
            .get(below.as_str())
            .or_else(index)
            .copied()
            .ok_or(Some(below))
    }

    fn missing(
        &self,
        path: &str,
        below: Option<&str>,
        written: &Written<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Reported {
        let span = written.link.span;
        let what = if written.link.image {
            "image"
        } else {
            "page or file"
        };
        let code = if written.link.image {
            "link/missing-image"
        } else {
            "link/missing-page"
        };
        if path.starts_with('/') {
            let diagnostic = Diagnostic::error(
                "link/absolute",
                span,
                format!("`{path}` starts at the root of a host, not of this site"),
            );
            return diagnostics.report(diagnostic.help(self.relative_form(path, written.file)));
        }
        let Some(below) = below else {
            let diagnostic = Diagnostic::error(
                "link/outside",
                span,
                format!("`{path}` leads out of the project"),
            );
            return diagnostics
                .report(diagnostic.help("link to a file of the project, or write a full address"));
        };
        let help = self.suggestion(below, written.file).unwrap_or_else(|| {
            format!(
                "no file `{below}` in the project; paths are relative to `{}`",
                folder(written.file)
            )
        });
        diagnostics
            .report(Diagnostic::error(code, span, format!("no {what} at `{path}`")).help(help))
    }

    fn relative_form(&self, path: &str, file: &str) -> String {
        let wanted = path.trim_start_matches('/').trim_end_matches('/');
        let stem = wanted.trim_end_matches(".html").trim_end_matches(".md");
        let found = self.places.keys().filter(|key| {
            let key_stem = key.trim_end_matches(".md").trim_end_matches("/index");
            key_stem == stem || key_stem.ends_with(&format!("/{stem}"))
        });
        match found.min() {
            Some(key) => format!("write `{}`", relative(file, key)),
            None => "write a path relative to this file, such as `../guide.md`".to_owned(),
        }
    }

    /// The nearest path: another case first, then the same name elsewhere, then a near name in
    /// the same folder, then anywhere.
    fn suggestion(&self, below: &str, file: &str) -> Option<String> {
        let mut keys: Vec<&str> = self.places.keys().copied().collect();
        keys.sort_unstable();
        if let Some(found) = keys.iter().find(|key| key.eq_ignore_ascii_case(below)) {
            return Some(format!(
                "did you mean `{}`? Upper and lower case differ",
                relative(file, found)
            ));
        }
        let name = below.rsplit('/').next().unwrap_or(below);
        let same_name = keys
            .iter()
            .copied()
            .find(|key| key.rsplit('/').next() == Some(name));
        let near = || {
            let neighbours = keys
                .iter()
                .copied()
                .filter(|key| folder(key) == folder(below));
            nearest(below, neighbours).or_else(|| nearest(below, keys.iter().copied()))
        };
        let found = same_name.or_else(near)?;
        Some(format!("did you mean `{}`?", relative(file, found)))
    }
}

fn lead(
    place: Place<'_>,
    fragment: Option<String>,
    written: &Written<'_>,
    diagnostics: &mut Diagnostics,
) -> Target {
    let (url, known): (String, Option<Vec<&str>>) = match place {
        Place::Page(page) => (page.url.as_str().to_owned(), Some(page_anchors(page))),
        Place::Runbook(book) => (
            PageUrl::of_runbook(&book.id.value).as_str().to_owned(),
            Some(step_ids(book)),
        ),
        Place::Asset(asset) => (asset.url.clone(), None),
    };
    if written.link.image && known.is_some() {
        let diagnostic = Diagnostic::error(
            "link/missing-image",
            written.link.span,
            format!("`{}` is not an image", written.link.destination),
        );
        return Target::Broken(diagnostics.report(diagnostic.help("write `[text](…)` for a link")));
    }
    let (Some(fragment), Some(known)) = (&fragment, known) else {
        return Target::Internal { url, fragment };
    };
    if known.contains(&fragment.as_str()) {
        return Target::Internal {
            url,
            fragment: Some(fragment.clone()),
        };
    }
    Target::Broken(missing_anchor(
        place,
        fragment,
        &known,
        written,
        diagnostics,
    ))
}

fn missing_anchor(
    place: Place<'_>,
    fragment: &str,
    known: &[&str],
    written: &Written<'_>,
    diagnostics: &mut Diagnostics,
) -> Reported {
    let (code, what) = match place {
        Place::Runbook(book) => (
            "link/missing-step",
            format!("runbook `{}` has no step `{fragment}`", book.id.value),
        ),
        Place::Page(page) => (
            "link/missing-anchor",
            format!("no heading `#{fragment}` in `{}`", page.path),
        ),
        Place::Asset(asset) => (
            "link/missing-anchor",
            format!("no place `#{fragment}` in `{}`", asset.path),
        ),
    };
    let list = known
        .iter()
        .take(12)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let help =
        did_you_mean(fragment, known.iter().copied()).unwrap_or_else(|| match known.is_empty() {
            true => "there is nothing to link to in it; link to the whole page".to_owned(),
            false => format!("it has: {list}"),
        });
    diagnostics.report(Diagnostic::error(code, written.link.span, what).help(help))
}

fn page_anchors(page: &PageDraft) -> Vec<&str> {
    page.prose
        .headings
        .iter()
        .map(|heading| heading.id.as_str())
        .collect()
}

fn step_ids(book: &Runbook) -> Vec<&str> {
    book.all_steps()
        .into_iter()
        .map(|step| step.id.value.as_str())
        .collect()
}

/// The scheme of a full address, such as `https`; Windows drive letters are none.
fn scheme(destination: &str) -> Option<&str> {
    let (scheme, _) = destination.split_once(':')?;
    let well_formed = scheme.len() > 1
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    well_formed.then_some(scheme)
}

fn external(scheme: &str, written: &Written<'_>, diagnostics: &mut Diagnostics) -> Target {
    let allowed = ["http", "https", "mailto", "tel", "ftp", "irc", "ssh", "git"];
    if allowed.contains(&scheme.to_ascii_lowercase().as_str()) {
        return Target::External(written.link.destination.clone());
    }
    let diagnostic = Diagnostic::error(
        "link/scheme",
        written.link.span,
        format!("links with `{scheme}:` are not let through"),
    );
    Target::Broken(
        diagnostics.report(diagnostic.help("link to a file of the project or to an https address")),
    )
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

/// The path below the project that `path` means in `file`; `None` if it leaves the project.
fn join(file: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder(file)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The relative path that leads from `file` to `to`, both below the project.
fn relative(file: &str, to: &str) -> String {
    let here: Vec<&str> = folder(file)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let there: Vec<&str> = to.split('/').collect();
    let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(here.len() - common);
    format!("{up}{}", there[common..].join("/"))
}
