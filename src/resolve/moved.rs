//! Addresses that were: each leads to something that is, in one step.
//!
//! Pages say in `redirect_from` what they were called; `site.yaml` says it under `redirects` for
//! what cannot speak for itself. A former address that is somebody's address now would never be
//! seen, and one that leads to another former address would make readers jump twice or for ever:
//! both are findings.

use crate::diag::{Diagnostic, Diagnostics, Reported, codes, did_you_mean};
use crate::model::page::{Former, PageDraft, PageUrl};
use crate::model::site::{Moved, Tag, Target};
use crate::resolve::ProjectIndex;
use crate::resolve::links::Links;
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// What became of addresses that were, by address.
pub(super) fn resolve(
    known: &ProjectIndex<'_>,
    tags: &[Tag],
    links: &Links<'_>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Moved> {
    let claims = claims(known, diagnostics);
    let mover = Mover {
        links,
        live: live(known, tags),
        claims: &claims,
    };
    let mut moved: BTreeMap<String, Moved> = BTreeMap::new();
    for (former, claim) in &claims {
        if mover.is_shadowed(former) {
            diagnostics.report(shadowed(claim));
            continue;
        }
        let target = mover.target(former, claim, diagnostics);
        let entry = moved.entry(former.url.clone()).or_default();
        match &former.place {
            Some(id) => {
                entry.places.insert(id.clone(), target);
            }
            None => entry.page = Some(target),
        }
    }
    for page in known.pages {
        let Some(former) = own_name(page).filter(|url| !mover.live.contains_key(url)) else {
            continue;
        };
        let entry = moved.entry(former).or_default();
        entry.page.get_or_insert(Target::Internal {
            url: page.url.as_str().to_owned(),
            fragment: None,
        });
    }
    for (url, entry) in &mut moved {
        if entry.page.is_none() && !mover.live.contains_key(url) {
            entry.page = entry.places.values().next().map(whole);
        }
    }
    moved
}

/// The address that a first page of a folder would have by its file's name: where other tools,
/// and we before, have `README.md`, `readme.md` and `_index.md`.
fn own_name(page: &PageDraft) -> Option<String> {
    let (_, name) = page.path.rsplit_once('/')?;
    let stem = name.strip_suffix(".md")?;
    let renamed = page.url.is_index() && stem != page.url.stem();
    renamed.then(|| format!("{}{stem}.html", page.url.folder()))
}

/// The page that a place is on.
fn whole(target: &Target) -> Target {
    match target {
        Target::Internal { url, .. } => Target::Internal {
            url: url.clone(),
            fragment: None,
        },
        other => other.clone(),
    }
}

/// An address that was: of a page, or of a place on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Address {
    url: String,
    place: Option<String>,
}

/// Who says what became of an address.
struct Claim<'d> {
    written: &'d Former,
    /// The page that says it in its front matter.
    page: Option<&'d PageDraft>,
}

/// Everything that is said, without the second word on the same address.
fn claims<'d>(
    known: &ProjectIndex<'d>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Address, Claim<'d>> {
    let of_pages = known.pages.iter().flat_map(|page| {
        let written = page.front.redirect_from.iter();
        written.map(move |written| Claim {
            written,
            page: Some(page),
        })
    });
    let of_config = known.config.redirects.iter().map(|written| Claim {
        written,
        page: None,
    });
    let mut found: BTreeMap<Address, Claim<'_>> = BTreeMap::new();
    for claim in of_pages.chain(of_config) {
        let from = &claim.written.from;
        let here = claim.page.map(|page| page.url.as_str());
        let Some(address) = address(&from.value, here) else {
            diagnostics.report(unreadable(from));
            continue;
        };
        if let Some(first) = found.get(&address) {
            diagnostics.report(twice(from, first.written.from.span));
            continue;
        }
        found.insert(address, claim);
    }
    found
}

/// Reads `a/b.html`, `a/b.md`, `a/b/` or any of these with `#place`; `#place` alone is on `here`.
fn address(written: &str, here: Option<&str>) -> Option<Address> {
    let (path, place) = match written.split_once('#') {
        Some((path, place)) => (path, Some(place.to_owned()).filter(|id| !id.is_empty())),
        None => (written, None),
    };
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return Some(Address {
            url: here?.to_owned(),
            place: Some(place?),
        });
    }
    let file = match path.strip_suffix('/') {
        Some(folder) => format!("{folder}/index.html"),
        None => match path.strip_suffix(".md") {
            Some(stem) => format!("{stem}.html"),
            None => path.to_owned(),
        },
    };
    Some(Address {
        url: PageUrl::former(&file)?.as_str().to_owned(),
        place,
    })
}

/// The addresses that are, with the places on them.
fn live(known: &ProjectIndex<'_>, tags: &[Tag]) -> BTreeMap<String, BTreeSet<String>> {
    let mut live: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let made = [
        (!known.runbooks.is_empty()).then(PageUrl::of_runbooks),
        known.policy.roles.as_ref().map(|_| PageUrl::of_roles()),
        (!tags.is_empty()).then(PageUrl::of_tags),
        (!known.terms.is_empty()).then(PageUrl::of_glossary),
        Some(PageUrl::of_titles()),
        Some(PageUrl::of_freshness()),
    ];
    let roles = known.policy.roles.iter().flatten();
    let roles = roles.map(|role| PageUrl::of_role(&role.id.value));
    let tags = tags.iter().map(|tag| tag.url.clone());
    for url in made.into_iter().flatten().chain(roles).chain(tags) {
        live.entry(url.as_str().to_owned()).or_default();
    }
    for asset in known.assets {
        live.entry(asset.url.clone()).or_default();
    }
    live.insert("404.html".to_owned(), BTreeSet::new());
    for page in known.pages {
        let places = page.prose.headings.iter().map(|h| h.id.clone());
        live.insert(page.url.as_str().to_owned(), places.collect());
    }
    for (_, book) in known.runbooks {
        let steps = book.all_steps().into_iter().map(|s| s.id.value.clone());
        let url = PageUrl::of_runbook(&book.id.value);
        live.insert(url.as_str().to_owned(), steps.collect());
    }
    live
}

struct Mover<'m, 'd> {
    links: &'m Links<'d>,
    live: BTreeMap<String, BTreeSet<String>>,
    claims: &'m BTreeMap<Address, Claim<'d>>,
}

impl Mover<'_, '_> {
    /// Whether something has the address now, so that nobody would be led away from it.
    fn is_shadowed(&self, former: &Address) -> bool {
        match (self.live.get(&former.url), &former.place) {
            (Some(places), Some(id)) => places.contains(id),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    fn target(&self, former: &Address, claim: &Claim<'_>, diagnostics: &mut Diagnostics) -> Target {
        match (&claim.written.to, claim.page) {
            (None, Some(page)) => Target::Internal {
                url: page.url.as_str().to_owned(),
                fragment: None,
            },
            (Some(to), Some(page)) => self.on_page(former, to, page, diagnostics),
            (Some(to), None) => self.named(former, to, diagnostics),
            (None, None) => Target::Broken(diagnostics.report(unreadable(&claim.written.from))),
        }
    }

    fn on_page(
        &self,
        former: &Address,
        to: &Spanned<String>,
        page: &PageDraft,
        diagnostics: &mut Diagnostics,
    ) -> Target {
        let Some(id) = to.value.strip_prefix('#').filter(|id| !id.is_empty()) else {
            let message = format!("`{}` is no place on this page", to.value);
            let diagnostic = Diagnostic::new(codes::REDIRECT_TARGET, to.span, message);
            let help = "write `#heading` of this page, or say it on the page it went to";
            return Target::Broken(diagnostics.report(diagnostic.help(help)));
        };
        let url = page.url.as_str();
        let places = self.live.get(url);
        if places.is_some_and(|places| places.contains(id)) {
            return Target::Internal {
                url: url.to_owned(),
                fragment: Some(id.to_owned()),
            };
        }
        let next = Address {
            url: url.to_owned(),
            place: Some(id.to_owned()),
        };
        if self.claims.contains_key(&next) {
            return Target::Broken(self.two_steps(former, next, to.span, diagnostics));
        }
        let names = places.into_iter().flatten().map(String::as_str);
        let diagnostic = Diagnostic::new(
            codes::REDIRECT_TARGET,
            to.span,
            format!("no heading `#{id}` on this page"),
        );
        Target::Broken(diagnostics.report(diagnostic.help_if(did_you_mean(id, names))))
    }

    fn named(
        &self,
        former: &Address,
        to: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Target {
        let is_file = to
            .value
            .split('#')
            .next()
            .is_some_and(|path| path.ends_with(".md"));
        let next = address(&to.value, None).filter(|next| self.claims.contains_key(next));
        if let Some(next) = next.filter(|_| !is_file) {
            return Target::Broken(self.two_steps(former, next, to.span, diagnostics));
        }
        self.links.of_value("site.yaml", to, diagnostics)
    }

    /// Reports an address that leads to another one that was.
    fn two_steps(
        &self,
        former: &Address,
        next: Address,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Reported {
        let Some(end) = self.end(former, next) else {
            let message = "this leads round in a circle";
            let diagnostic = Diagnostic::new(codes::REDIRECT_LOOP, span, message);
            return diagnostics.report(diagnostic.help("lead one of them to a page that is there"));
        };
        let message = "this leads to an address that was, so readers would jump twice";
        let diagnostic = Diagnostic::new(codes::REDIRECT_CHAIN, span, message);
        diagnostics.report(diagnostic.help(format!("it ends at `{end}`: write that")))
    }

    /// Where a row of former addresses ends, as written there; `None` for a circle.
    fn end(&self, former: &Address, next: Address) -> Option<String> {
        let mut seen = BTreeSet::from([former.clone()]);
        let mut at = next;
        loop {
            let claim = &self.claims[&at];
            if !seen.insert(at) {
                return None;
            }
            let Some(to) = &claim.written.to else {
                return claim.page.map(|page| page.path.clone());
            };
            let here = claim.page.map(|page| page.url.as_str());
            match address(&to.value, here).filter(|next| self.claims.contains_key(next)) {
                Some(next) => at = next,
                None => return Some(to.value.clone()),
            }
        }
    }
}

fn unreadable(from: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` is no address of this site", from.value);
    Diagnostic::new(codes::REDIRECT_ADDRESS, from.span, message).help(
        "write it below the site's root: `release/old.html`, `release/old/`, or `#old-heading`",
    )
}

fn twice(from: &Spanned<String>, first: Span) -> Diagnostic {
    let message = format!("`{}` already leads somewhere", from.value);
    Diagnostic::new(codes::REDIRECT_DUPLICATE, from.span, message)
        .related(first, "the first is here")
        .help("keep one of them")
}

fn shadowed(claim: &Claim<'_>) -> Diagnostic {
    let from = &claim.written.from;
    let message = format!(
        "`{}` is there, so nobody would be led away from it",
        from.value
    );
    Diagnostic::new(codes::REDIRECT_SHADOWED, from.span, message)
        .help("delete this line, or rename what has the address now")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn former_addresses_are_read_in_the_forms_people_have_them() {
        for (written, here, expected) in [
            ("a/b.html", None, Some("a/b.html")),
            ("/a/b.html", None, Some("a/b.html")),
            ("a/b.md", None, Some("a/b.html")),
            ("a/b/", None, Some("a/b/index.html")), // tools that make folders of pages
            ("a/b.html#x", None, Some("a/b.html#x")),
            ("#x", Some("c.html"), Some("c.html#x")),
            ("#x", None, None),          // on no page
            ("#", Some("c.html"), None), // no place
            ("../a.html", None, None),   // leaves the site
            ("a/b", None, None),         // no file of ours has such a name
            ("https://x/a.html", None, None),
        ] {
            let found = address(written, here).map(|found| match found.place {
                Some(place) => format!("{}#{place}", found.url),
                None => found.url,
            });
            assert_eq!(found.as_deref(), expected, "{written}");
        }
    }
}
