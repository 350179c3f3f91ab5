//! Links: authors write file paths, readers get addresses.
//!
//! A link is a path relative to its own file, as on a forge. What it names is looked up among
//! the project's pages, runbooks, data and other files; what is behind `#` among the headings of
//! the page, the steps of the runbook, the roles or the terms. A file of the project that is no
//! part of the site is shown in the repository, if its address is known.

use crate::diag::{Diagnostic, Diagnostics, Reported, codes};
use crate::model::config::Config;
use crate::model::page::PageDraft;
use crate::model::paths::{FIRST_PAGES, folder, join};
use crate::model::prose::{Link, Prose};
use crate::model::runbook::{Doc, Runbook};
use crate::model::site::Target;
use crate::resolve::ProjectIndex;
use crate::resolve::names::{Names, Patience, near_name};
use crate::resolve::place::Place;
use crate::source::Spanned;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use rustc_hash::{FxHashMap, FxHashSet};

/// Characters of a file's path that mean something else in an address.
const IN_ADDRESS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'?');

/// The file that says which folders have pages.
const SETTINGS: &str = "site.yaml";

/// The texts of a runbook that may hold links, in a fixed order.
pub(super) fn docs(runbook: &Runbook) -> Vec<&Doc> {
    let steps = runbook.all_steps();
    let of_steps = steps.into_iter().flat_map(|step| step.docs());
    runbook.doc.iter().chain(of_steps).collect()
}

/// Everything a link can lead to, by its path below the project.
pub(super) struct Links<'d> {
    spots: FxHashMap<&'d str, Spot<'d>>,
    /// The first pages of folders, by the folder of the file.
    first_pages: FxHashMap<&'d str, &'d PageDraft>,
    names: Names<'d>,
    config: &'d Config,
    present: &'d (dyn Fn(&str) -> bool + Sync),
}

/// Something a link can lead to, and what may stand behind `#`, where that can be told.
struct Spot<'d> {
    place: Place<'d>,
    anchors: Option<FxHashSet<&'d str>>,
    /// The same in order.
    in_order: Vec<&'d str>,
}

impl<'d> Spot<'d> {
    fn new(place: Place<'d>) -> Self {
        let known = place.anchors();
        let set = |known: &Vec<&'d str>| known.iter().copied().collect();
        Self {
            place,
            anchors: known.as_ref().map(set),
            in_order: known.unwrap_or_default(),
        }
    }
}

/// A link with the file it stands in.
struct Written<'l> {
    link: &'l Link,
    file: &'l str,
    /// How long it is looked for what a wrong link was meant to be.
    patience: &'l Patience,
}

impl<'d> Links<'d> {
    pub(super) fn new(
        known: &ProjectIndex<'d>,
        present: &'d (dyn Fn(&str) -> bool + Sync),
    ) -> Self {
        let pages = known
            .pages
            .iter()
            .map(|page| (page.path.as_str(), Place::Page(page)));
        let books = known
            .runbooks
            .iter()
            .map(|(path, book)| (path.as_str(), Place::Runbook(book)));
        let assets = known
            .assets
            .iter()
            .map(|asset| (asset.path.as_str(), Place::Asset(asset)));
        let data = known
            .data
            .iter()
            .filter_map(|path| Some((path.as_str(), Place::of_data(known, path)?)));
        let first_pages = known.pages.iter().filter(|page| page.url.is_index());
        let places = pages.chain(books).chain(assets).chain(data);
        let spots: FxHashMap<&str, Spot<'_>> = places
            .map(|(path, place)| (path, Spot::new(place)))
            .collect();
        Self {
            first_pages: first_pages.map(|page| (folder(&page.path), page)).collect(),
            names: Names::new(spots.keys().copied()),
            spots,
            config: known.config,
            present,
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

    /// Where a link leads that a value of a YAML `file` is, `#place` included.
    pub(super) fn of_value(
        &self,
        file: &str,
        path: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Target {
        let link = Link {
            destination: path.value.clone(),
            title: String::new(),
            span: path.span,
            place: path.span,
            image: false,
        };
        let written = Written {
            link: &link,
            file,
            patience: &Patience::new(),
        };
        self.target(&written, diagnostics)
    }

    /// Where the links of a text in a file lead.
    pub(super) fn of_prose(&self, file: &str, prose: &Prose) -> (Vec<Target>, Diagnostics) {
        let (mut found, patience) = (Diagnostics::default(), Patience::new());
        let target = |link: &Link| {
            let part = prose.part(link.span.source);
            let written = Written {
                link,
                file: part.map_or(file, |part| &part.path),
                patience: &patience,
            };
            self.target(&written, &mut found)
        };
        let targets = prose.links.iter().map(target).collect();
        let mut diagnostics = Diagnostics::default();
        for diagnostic in found.iter() {
            diagnostics.report(prose.with_chain(diagnostic.clone()));
        }
        (targets, diagnostics)
    }

    fn target(&self, written: &Written<'_>, diagnostics: &mut Diagnostics) -> Target {
        let destination = written.link.destination.as_str();
        if destination.is_empty() {
            return Target::Broken(
                diagnostics.report(
                    Diagnostic::new(
                        codes::LINK_EMPTY,
                        written.link.span,
                        "the link has no target",
                    )
                    .help("write a path or an address between the brackets"),
                ),
            );
        }
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
        let spot = match path.as_str() {
            "" => self.spots.get(written.file).ok_or(None),
            _ => self.find(written.file, &path),
        };
        match spot {
            Ok(spot) => lead(
                spot,
                fragment.filter(|f| !f.is_empty()),
                written,
                diagnostics,
            ),
            Err(Some(below)) if self.is_elsewhere(&below) && !written.link.image => {
                self.in_repository(&below, fragment.as_deref(), written, diagnostics)
            }
            Err(below) => {
                Target::Broken(self.missing(&path, below.as_deref(), written, diagnostics))
            }
        }
    }

    /// Whether a path names a file of the project that is no part of the site. A page that is
    /// none, such as a draft, is missing rather than elsewhere.
    fn is_elsewhere(&self, below: &str) -> bool {
        let roots = &self.config.roots;
        let in_root = |path: &str| {
            roots
                .iter()
                .any(|root| path.starts_with(&format!("{}/", root.dir.value)))
        };
        let is_page = below.ends_with(".md") && in_root(below);
        !below.is_empty() && !is_page && (self.present)(below)
    }

    /// The address of a file in the repository.
    fn in_repository(
        &self,
        below: &str,
        fragment: Option<&str>,
        written: &Written<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Target {
        let Some(repo) = &self.config.repo else {
            let message = format!("`{below}` is in the project, but not in the site");
            let diagnostic = Diagnostic::new(codes::LINK_NOT_IN_SITE, written.link.span, message);
            let diagnostic = diagnostic.follows_from(below).follows_from(SETTINGS);
            return Target::Broken(diagnostics.report(diagnostic.help(
                "write the repository's address as `repo:` into site.yaml, or link to a page",
            )));
        };
        let repo = repo.trim_end_matches('/');
        let view = match repo.contains("gitlab") {
            true => "-/blob/HEAD",
            false => "blob/HEAD",
        };
        let path = utf8_percent_encode(below, IN_ADDRESS);
        let fragment = fragment.map_or(String::new(), |id| format!("#{id}"));
        Target::External(format!("{repo}/{view}/{path}{fragment}"))
    }

    /// What a relative path names; the path below the project if it names nothing, and nothing
    /// if it leaves the project.
    fn find(&self, file: &str, path: &str) -> Result<&Spot<'d>, Option<String>> {
        let below = join(file, path).ok_or(None)?;
        let first = || self.first_pages.get(below.as_str());
        let found = self.spots.get(below.as_str());
        found
            .or_else(|| self.spots.get(first()?.path.as_str()))
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
            codes::LINK_MISSING_IMAGE
        } else {
            codes::LINK_MISSING_PAGE
        };
        if path.starts_with('/') {
            let diagnostic = Diagnostic::new(
                codes::LINK_ABSOLUTE,
                span,
                format!("`{path}` starts at the root of a host, not of this site"),
            );
            let Some((meant, is_certain)) = self.relative_form(path, written.file) else {
                return diagnostics.report(
                    diagnostic.help("write a path relative to this file, such as `../guide.md`"),
                );
            };
            let diagnostic = diagnostic.help(format!("write `{meant}`"));
            return diagnostics.report(match is_certain {
                true => instead_of(path, &meant, written, diagnostic),
                false => diagnostic,
            });
        }
        let Some(below) = below else {
            let diagnostic = Diagnostic::new(
                codes::LINK_OUTSIDE,
                span,
                format!("`{path}` leads out of the project"),
            );
            return diagnostics
                .report(diagnostic.help("link to a file of the project, or write a full address"));
        };
        let diagnostic = Diagnostic::new(code, span, format!("no {what} at `{path}`"));
        let diagnostic = diagnostic.follows_from(SETTINGS);
        if let Some(found) = self.names.in_other_case(below) {
            let meant = relative(written.file, found);
            let help = format!("did you mean `{meant}`? Upper and lower case differ");
            return diagnostics.report(instead_of(path, &meant, written, diagnostic.help(help)));
        }
        if path.starts_with("www.") {
            let help = format!("did you mean `https://{path}`?");
            return diagnostics.report(diagnostic.help(help));
        }
        let help = self.suggestion(below, written).unwrap_or_else(|| {
            format!(
                "no file `{below}` in the project; paths are relative to `{}`",
                folder(written.file)
            )
        });
        diagnostics.report(diagnostic.help(help))
    }

    /// What a path from the root of a host may mean, relative to the file it is written in, and whether
    /// nothing else can be meant.
    fn relative_form(&self, path: &str, file: &str) -> Option<(String, bool)> {
        let wanted = path.trim_start_matches('/').trim_end_matches('/');
        let stem = wanted.trim_end_matches(".html").trim_end_matches(".md");
        let (meant, is_certain) = self.names.with_stem(stem)?;
        Some((relative(file, meant), is_certain))
    }

    /// The nearest path: the same name elsewhere, then near names.
    fn suggestion(&self, below: &str, written: &Written<'_>) -> Option<String> {
        let found = self
            .first_page(below)
            .or_else(|| self.names.with_same_name(below))
            .or_else(|| self.names.near(below, written.patience))?;
        Some(format!("did you mean `{}`?", relative(written.file, found)))
    }

    /// The file that is the first page of a folder under another name than `below` says.
    fn first_page(&self, below: &str) -> Option<&'d str> {
        let name = below.rsplit('/').next().unwrap_or(below);
        let page = self.first_pages.get(folder(below))?;
        FIRST_PAGES.contains(&name).then_some(page.path.as_str())
    }
}

fn lead(
    spot: &Spot<'_>,
    fragment: Option<String>,
    written: &Written<'_>,
    diagnostics: &mut Diagnostics,
) -> Target {
    let (place, known) = (spot.place, &spot.anchors);
    if written.link.image && known.is_some() {
        let diagnostic = Diagnostic::new(
            codes::LINK_MISSING_IMAGE,
            written.link.span,
            format!("`{}` is not an image", written.link.destination),
        );
        return Target::Broken(diagnostics.report(diagnostic.help("write `[text](…)` for a link")));
    }
    match (fragment, known) {
        (Some(fragment), Some(known)) if !known.contains(fragment.as_str()) => {
            Target::Broken(missing_anchor(spot, &fragment, written, diagnostics))
        }
        (Some(fragment), _) => place.at(fragment),
        (None, _) => Target::Internal {
            url: place.url(),
            fragment: None,
        },
    }
}

fn missing_anchor(
    spot: &Spot<'_>,
    fragment: &str,
    written: &Written<'_>,
    diagnostics: &mut Diagnostics,
) -> Reported {
    let (place, known) = (spot.place, &spot.in_order);
    let (code, what) = match place {
        Place::Runbook(book) => (
            codes::LINK_MISSING_STEP,
            format!("runbook `{}` has no step `{fragment}`", book.id.value),
        ),
        Place::Page(page) => (
            codes::LINK_MISSING_ANCHOR,
            format!("no heading `#{fragment}` in `{}`", page.path),
        ),
        Place::Asset(asset) => (
            codes::LINK_MISSING_ANCHOR,
            format!("no place `#{fragment}` in `{}`", asset.path),
        ),
        Place::Roles(_) => (codes::ROLE_UNKNOWN, format!("no role `{fragment}`")),
        Place::Terms(_) => (codes::TERM_UNKNOWN, format!("no term `{fragment}`")),
    };
    let list = known
        .iter()
        .take(12)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let help =
        near_name(fragment, known, written.patience).unwrap_or_else(|| match known.is_empty() {
            true => "there is nothing to link to in it; link to the whole page".to_owned(),
            false => format!("it has: {list}"),
        });
    let diagnostic = Diagnostic::new(code, written.link.span, what).help(help);
    diagnostics.report(match place.file() {
        Some(file) => diagnostic.follows_from(file),
        None => diagnostic,
    })
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
    let allowed = [
        "http", "https", "mailto", "tel", "xmpp", "ftp", "irc", "ssh", "git",
    ];
    if allowed.contains(&scheme.to_ascii_lowercase().as_str()) {
        if let Some(help) = no_host(scheme, &written.link.destination) {
            let message = format!("`{}` names no host", written.link.destination);
            let found = Diagnostic::new(codes::LINK_ADDRESS, written.link.span, message);
            diagnostics.report(found.help(help));
        }
        return Target::External(written.link.destination.clone());
    }
    let diagnostic = Diagnostic::new(
        codes::LINK_SCHEME,
        written.link.span,
        format!("links with `{scheme}:` are not let through"),
    );
    Target::Broken(
        diagnostics.report(diagnostic.help("link to a file of the project or to an https address")),
    )
}

/// What to write instead of an address of the web that names no host.
fn no_host(scheme: &str, address: &str) -> Option<String> {
    if !["http", "https", "ftp"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let rest = &address[scheme.len() + 1..];
    let is_host = |c: char| c.is_alphanumeric() || "._-[@:%".contains(c);
    let has_host = rest
        .strip_prefix("//")
        .is_some_and(|rest| rest.starts_with(is_host));
    let path = rest.trim_start_matches('/');
    let help = match path.is_empty() {
        true => format!("write `{scheme}://`, the host and the path"),
        false => format!("did you mean `{scheme}://{path}`?"),
    };
    (!has_host).then_some(help)
}

/// The finding about a link with what to write for its path; what stands behind `#` stays.
fn instead_of(path: &str, meant: &str, written: &Written<'_>, found: Diagnostic) -> Diagnostic {
    let old = &written.link.destination;
    let (before, rest) = old.split_at(old.find(['#', '?']).unwrap_or(old.len()));
    match decoded(before) == path {
        true => {
            let meant = utf8_percent_encode(meant, IN_ADDRESS);
            found.edit(old, format!("{meant}{rest}"))
        }
        false => found,
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
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
