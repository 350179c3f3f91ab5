//! PURE: drafts to a [`Site`]. Gives names their meaning: links, anchors, roles, navigation.
//!
//! Start at [`resolve`]. Whatever is wrong is recorded and stands in the site as
//! [`Target::Broken`], so that one run shows all of it.

mod directives;
mod links;
mod navigation;
mod runbooks;

use crate::diag::{Diagnostic, Diagnostics, did_you_mean};
use crate::model::config::Config;
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::Policy;
use crate::model::runbook::Runbook;
use crate::model::site::{Asset, Page, RunbookPage, Site, Target};
use crate::source::{Span, Spanned};
use links::Links;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A project as it was read, before names mean anything.
#[derive(Debug, Clone, Default)]
pub struct Drafts {
    /// Its settings.
    pub config: Config,
    /// Its policy data.
    pub policy: Policy,
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

/// Gives every name of a project its meaning.
pub fn resolve(drafts: Drafts, diagnostics: &mut Diagnostics) -> (Site, Checked) {
    let Drafts {
        config,
        policy,
        pages,
        runbooks,
        assets,
    } = drafts;
    let pages = unique_pages(pages, diagnostics);
    let runbooks = unique_runbooks(runbooks, diagnostics);
    let assets = unique_assets(assets);
    let links = Links::new(&pages, &runbooks, &assets);
    let page_targets: Vec<_> = pages.par_iter().map(|page| links.of_page(page)).collect();
    let runbook_targets: Vec<_> = runbooks
        .par_iter()
        .map(|(path, book)| links.of_runbook(path, book))
        .collect();
    let mut checked = Checked::default();
    let mut settle = |(targets, found): (Vec<Target>, Diagnostics),
                      links: &[crate::model::prose::Link]| {
        diagnostics.append(found);
        checked.count(links, &targets);
        targets
    };
    let page_targets: Vec<_> = page_targets
        .into_iter()
        .zip(&pages)
        .map(|(found, page)| settle(found, &page.prose.links))
        .collect();
    let runbook_targets: Vec<BTreeMap<Span, Vec<Target>>> = runbook_targets
        .into_iter()
        .zip(&runbooks)
        .map(|(texts, (_, book))| {
            let docs = links::docs(book);
            let settled = texts
                .into_iter()
                .zip(docs)
                .map(|(found, doc)| (doc.text.span, settle(found, &doc.prose.links)));
            settled.collect()
        })
        .collect();
    for page in &pages {
        known_role(page.front.owner.as_ref(), &policy, diagnostics);
        directives::check(page, &pages, &policy, diagnostics);
    }
    runbooks::check(&runbooks, &policy, diagnostics);
    let navigation = navigation::plan(&config, &pages, &runbooks, diagnostics);
    let site = Site {
        config,
        policy,
        pages: pages
            .into_iter()
            .zip(page_targets)
            .map(|(draft, targets)| Page { draft, targets })
            .collect(),
        runbooks: runbooks
            .into_iter()
            .zip(runbook_targets)
            .map(|((path, runbook), targets)| RunbookPage {
                url: PageUrl::of_runbook(&runbook.id.value),
                runbook,
                path,
                targets,
            })
            .collect(),
        assets,
        navigation,
        used_by: BTreeMap::new(),
    };
    let used_by = used_by(&site);
    (Site { used_by, ..site }, checked)
}

impl Checked {
    fn count(&mut self, links: &[crate::model::prose::Link], targets: &[Target]) {
        for (link, target) in links.iter().zip(targets) {
            match target {
                Target::External(_) => self.external += 1,
                _ if link.image => self.images += 1,
                Target::Internal {
                    fragment: Some(_), ..
                } => self.anchors += 1,
                _ => self.links += 1,
            }
        }
    }
}

/// Pages by address; the second page of an address is reported and dropped, drafts silently.
fn unique_pages(pages: Vec<PageDraft>, diagnostics: &mut Diagnostics) -> Vec<PageDraft> {
    let mut by_url: BTreeMap<String, PageDraft> = BTreeMap::new();
    for page in pages.into_iter().filter(|page| !page.front.draft) {
        let url = page.url.as_str();
        let reserved = ["assets/", "search/", "runbooks/", "404.html"];
        if let Some(name) = reserved.iter().find(|name| url.starts_with(**name)) {
            let diagnostic = Diagnostic::error(
                "page/reserved",
                Span::start_of(page.source),
                format!("pages at `{name}` are made by the program"),
            );
            diagnostics.report(diagnostic.help("move the file to another folder or name"));
            continue;
        }
        if let Some(first) = by_url.get(url) {
            let diagnostic = Diagnostic::error(
                "page/collision",
                Span::start_of(page.source),
                format!("two pages have the address `{url}`"),
            );
            diagnostics.report(
                diagnostic
                    .related(Span::start_of(first.source), "the first is here")
                    .help("rename one of the files"),
            );
            continue;
        }
        by_url.insert(url.to_owned(), page);
    }
    by_url.into_values().collect()
}

fn unique_runbooks(
    runbooks: Vec<(String, Runbook)>,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Runbook)> {
    let mut by_id: BTreeMap<String, (String, Runbook)> = BTreeMap::new();
    for (path, runbook) in runbooks {
        if let Some((_, first)) = by_id.get(&runbook.id.value) {
            let diagnostic = Diagnostic::error(
                "runbook/collision",
                runbook.id.span,
                format!("two runbooks have the id `{}`", runbook.id.value),
            );
            diagnostics.report(
                diagnostic
                    .related(first.id.span, "the first is here")
                    .help("give each file an id of its own"),
            );
            continue;
        }
        by_id.insert(runbook.id.value.clone(), (path, runbook));
    }
    by_id.into_values().collect()
}

fn unique_assets(mut assets: Vec<Asset>) -> Vec<Asset> {
    assets.sort_by(|a, b| a.url.cmp(&b.url));
    assets.dedup_by(|a, b| a.url == b.url);
    assets
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
        Diagnostic::error(
            "role/unknown",
            role.span,
            format!("no role `{}`", role.value),
        )
        .help(help),
    );
}

/// Who leads where: the addresses that something points to, each with the pages that do.
fn used_by(site: &Site) -> BTreeMap<String, Vec<PageUrl>> {
    let mut found: BTreeMap<String, Vec<PageUrl>> = BTreeMap::new();
    let mut note = |from: &PageUrl, targets: &[Target]| {
        for target in targets {
            if let Target::Internal { url, .. } = target
                && url != from.as_str()
            {
                found.entry(url.clone()).or_default().push(from.clone());
            }
        }
    };
    for page in &site.pages {
        note(&page.draft.url, &page.targets);
    }
    for page in &site.runbooks {
        page.targets
            .values()
            .for_each(|targets| note(&page.url, targets));
    }
    for users in found.values_mut() {
        users.sort();
        users.dedup();
    }
    found
}
