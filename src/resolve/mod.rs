//! PURE: drafts to a [`Site`]. Gives names their meaning: links, anchors, roles, navigation.
//!
//! Start at [`resolve`]. Whatever is wrong is recorded and stands in the site as
//! [`Target::Broken`], so that one run shows all of it.

mod addresses;
pub mod channels;
mod directives;
mod links;
mod moved;
mod names;
mod navigation;
mod place;
pub mod rehearsals;
mod runbooks;
mod tags;
mod terms;

use crate::diag::{Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::config::Config;
use crate::model::data::Data;
use crate::model::directive::Takes;
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::Policy;
use crate::model::prose::Link;
use crate::model::runbook::Runbook;
use crate::model::site::{Asset, GlossaryEntry, Page, RunbookPage, Site, Target};
use crate::model::term::Term;
use crate::model::words::Words;
use crate::source::{Span, Spanned};
use links::Links;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A project as it was read, before names mean anything.
#[derive(Debug, Clone, Default)]
pub struct Drafts {
    /// Its settings.
    pub config: Config,
    /// What its theme says in words of its own.
    pub words: Words,
    /// Its policy data.
    pub policy: Policy,
    /// The files of policy and terms by their paths below the project.
    pub data: Vec<String>,
    /// The words it explains, in any order.
    pub terms: Vec<Term>,
    /// The values of its data files.
    pub values: Data,
    /// The arguments of its own directives, by their names.
    pub directives: BTreeMap<String, Takes>,
    /// Its pages, in any order.
    pub pages: Vec<PageDraft>,
    /// Its runbooks with their paths below the project, in any order.
    pub runbooks: Vec<(String, Runbook)>,
    /// Files that are copied, in any order.
    pub assets: Vec<Asset>,
}

/// How many references were looked at, for the line that says what was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Links to files of the site.
    pub links: usize,
    /// Links that name a place in a file.
    pub anchors: usize,
    /// Images.
    pub images: usize,
    /// Links to other hosts, which are not asked.
    pub external: usize,
}

/// Gives every name of a project its meaning. `present` says whether a path below the project
/// names a file; it is asked only for links to what is not part of the site.
pub fn resolve(
    drafts: Drafts,
    present: &(dyn Fn(&str) -> bool + Sync),
    diagnostics: &mut Diagnostics,
) -> (Site, Checked) {
    let Drafts {
        config,
        words,
        policy,
        data,
        values,
        terms,
        directives,
        pages,
        runbooks,
        assets,
    } = drafts;
    let pages = addresses::unique_pages(pages, &config, diagnostics);
    let runbooks = addresses::unique_runbooks(runbooks, diagnostics);
    let assets = addresses::unique_assets(assets, &pages, diagnostics);
    let terms = terms::unique(terms, diagnostics);
    let mut checked = Checked::default();
    let known = Known {
        config: &config,
        policy: &policy,
        data: &data,
        terms: &terms,
        pages: &pages,
        runbooks: &runbooks,
        assets: &assets,
    };
    let links = Links::new(&known, present);
    let page_targets = page_targets(&links, &pages, &mut checked, diagnostics);
    let runbook_targets = runbook_targets(&links, &runbooks, &mut checked, diagnostics);
    let term_targets = term_targets(&links, &terms, &mut checked, diagnostics);
    for page in &pages {
        known_role(page.front.owner.as_ref(), &policy, diagnostics);
    }
    let meant = directives::Known::new(&directives, &values, &pages, &policy);
    pages
        .iter()
        .for_each(|page| meant.check(&page.prose, diagnostics));
    // Templates of directives are rendered in pages alone.
    let none = BTreeMap::new();
    let meant = directives::Known::new(&none, &values, &pages, &policy);
    let of_books = runbooks.iter().flat_map(|(_, book)| links::docs(book));
    let of_terms = terms.iter().filter_map(|term| term.long.as_ref());
    of_books
        .chain(of_terms)
        .for_each(|doc| meant.check(&doc.prose, diagnostics));
    runbooks::check(&runbooks, &policy, diagnostics);
    let planned = navigation::plan(&config, &words, &pages, &runbooks, diagnostics);
    let tags = tags::collect(&pages, &runbooks, diagnostics);
    let moved = moved::resolve(&known, &tags, &links, diagnostics);
    let pages = pages.into_iter().zip(page_targets);
    let mut pages: Vec<Page> = pages
        .map(|(draft, targets)| Page { draft, targets })
        .collect();
    pages
        .iter_mut()
        .for_each(|page| terms::explain(page, &terms));
    let runbooks = runbooks
        .into_iter()
        .zip(runbook_targets)
        .map(|((path, runbook), targets)| RunbookPage {
            url: PageUrl::of_runbook(&runbook.id.value),
            runbook,
            path,
            targets,
        })
        .collect();
    let glossary = terms.into_iter().zip(term_targets);
    let mut site = Site {
        pages,
        runbooks,
        config,
        words,
        policy,
        directives,
        assets,
        shown_whole: planned.is_whole(),
        navigation: planned.groups,
        folders: planned.folders,
        used_by: BTreeMap::new(),
        tags,
        glossary: glossary
            .map(|(term, targets)| GlossaryEntry { term, targets })
            .collect(),
        moved,
        changed: BTreeMap::new(),
    };
    site.used_by = used_by(&site);
    (site, checked)
}

/// What a project has, each name once, while links are looked up in it.
struct Known<'d> {
    config: &'d Config,
    policy: &'d Policy,
    data: &'d [String],
    terms: &'d [Term],
    pages: &'d [PageDraft],
    runbooks: &'d [(String, Runbook)],
    assets: &'d [Asset],
}

/// Where the links of each page lead.
fn page_targets(
    links: &Links<'_>,
    pages: &[PageDraft],
    checked: &mut Checked,
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Target>> {
    let found: Vec<_> = pages.par_iter().map(|page| links.of_page(page)).collect();
    let settle = |((targets, found), page): ((Vec<Target>, Diagnostics), &PageDraft)| {
        diagnostics.append(found);
        checked.count(&page.prose.links, &targets);
        targets
    };
    found.into_iter().zip(pages).map(settle).collect()
}

/// Where the links of each runbook lead, by the place of the text they stand in.
fn runbook_targets(
    links: &Links<'_>,
    runbooks: &[(String, Runbook)],
    checked: &mut Checked,
    diagnostics: &mut Diagnostics,
) -> Vec<BTreeMap<Span, Vec<Target>>> {
    let mut all = Vec::new();
    for (path, book) in runbooks {
        let mut of_book = BTreeMap::new();
        for (doc, (targets, found)) in links::docs(book)
            .into_iter()
            .zip(links.of_runbook(path, book))
        {
            diagnostics.append(found);
            checked.count(&doc.prose.links, &targets);
            of_book.insert(doc.text.span, targets);
        }
        for link in &book.links {
            let target = links.of_value(path, link, diagnostics);
            checked.count_one(false, &target);
            of_book.insert(link.span, vec![target]);
        }
        all.push(of_book);
    }
    all
}

/// Where the links of each term's long text lead.
fn term_targets(
    links: &Links<'_>,
    terms: &[Term],
    checked: &mut Checked,
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Target>> {
    let of = |term: &Term| {
        let Some(doc) = &term.long else {
            return Vec::new();
        };
        let (targets, found) = links.of_prose(&term.path, &doc.prose);
        diagnostics.append(found);
        checked.count(&doc.prose.links, &targets);
        targets
    };
    terms.iter().map(of).collect()
}

impl Checked {
    fn count(&mut self, links: &[Link], targets: &[Target]) {
        for (link, target) in links.iter().zip(targets) {
            self.count_one(link.image, target);
        }
    }

    fn count_one(&mut self, image: bool, target: &Target) {
        match target {
            Target::External(_) => self.external += 1,
            _ if image => self.images += 1,
            Target::Internal {
                fragment: Some(_), ..
            } => self.anchors += 1,
            _ => self.links += 1,
        }
    }
}

/// Reports a role that `roles.yaml` does not know, if there is a `roles.yaml`.
fn known_role(role: Option<&Spanned<String>>, policy: &Policy, diagnostics: &mut Diagnostics) {
    let (Some(role), Some(roles)) = (role, &policy.roles) else {
        return;
    };
    if policy.role(&role.value).is_some() {
        return;
    }
    let names: Vec<&str> = roles.iter().map(|role| role.id.value.as_str()).collect();
    let help = did_you_mean(&role.value, names.iter().copied())
        .unwrap_or_else(|| format!("roles.yaml has: {}", names.join(", ")));
    diagnostics.report(
        Diagnostic::new(
            codes::ROLE_UNKNOWN,
            role.span,
            format!("no role `{}`", role.value),
        )
        .help(help),
    );
}

/// Who leads where: the addresses that something points to, each with the pages that do. Steps
/// and terms count as addresses of their own.
fn used_by(site: &Site) -> BTreeMap<String, Vec<PageUrl>> {
    let mut found: BTreeMap<String, Vec<PageUrl>> = BTreeMap::new();
    let mut note = |from: &PageUrl, url: &str, fragment: Option<&str>| {
        if let Some(id) = fragment
            && (site.runbook(url).is_some() || url == PageUrl::of_glossary().as_str())
        {
            let place = found.entry(format!("{url}#{id}")).or_default();
            place.push(from.clone());
        }
        let is_word = url == "glossary.html" && fragment.is_some();
        if url != from.as_str() && !is_word {
            found.entry(url.to_owned()).or_default().push(from.clone());
        }
    };
    let mut note_all = |from: &PageUrl, targets: &[Target]| {
        for target in targets {
            if let Target::Internal { url, fragment } = target {
                note(from, url, fragment.as_deref());
            }
        }
    };
    for page in &site.pages {
        note_all(&page.draft.url, &page.targets);
    }
    for page in &site.runbooks {
        page.targets
            .values()
            .for_each(|targets| note_all(&page.url, targets));
    }
    for entry in &site.glossary {
        note_all(&PageUrl::of_glossary(), &entry.targets);
    }
    for page in &site.runbooks {
        for called in page.runbook.called() {
            let url = PageUrl::of_runbook(&called.value);
            note(&page.url, url.as_str(), None);
        }
    }
    for users in found.values_mut() {
        users.sort();
        users.dedup();
    }
    found
}
