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
use crate::model::prose::Link;
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
    let pages = unique_pages(pages, &config, diagnostics);
    let runbooks = unique_runbooks(runbooks, diagnostics);
    let assets = unique_assets(assets, &pages, &config, diagnostics);
    let mut checked = Checked::default();
    let links = Links::new(&pages, &runbooks, &assets);
    let page_targets = page_targets(&links, &pages, &mut checked, diagnostics);
    let runbook_targets = runbook_targets(&links, &runbooks, &mut checked, diagnostics);
    for page in &pages {
        known_role(page.front.owner.as_ref(), &policy, diagnostics);
        directives::check(page, &pages, &policy, diagnostics);
    }
    runbooks::check(&runbooks, &policy, diagnostics);
    let navigation = navigation::plan(&config, &pages, &runbooks, diagnostics);
    let pages = pages
        .into_iter()
        .zip(page_targets)
        .map(|(draft, targets)| Page { draft, targets });
    let runbooks = runbooks
        .into_iter()
        .zip(runbook_targets)
        .map(|((path, runbook), targets)| RunbookPage {
            url: PageUrl::of_runbook(&runbook.id.value),
            runbook,
            path,
            targets,
        });
    let mut site = Site {
        pages: pages.collect(),
        runbooks: runbooks.collect(),
        config,
        policy,
        assets,
        navigation,
        used_by: BTreeMap::new(),
    };
    site.used_by = used_by(&site);
    (site, checked)
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
        all.push(of_book);
    }
    all
}

impl Checked {
    fn count(&mut self, links: &[Link], targets: &[Target]) {
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
fn unique_pages(
    pages: Vec<PageDraft>,
    config: &Config,
    diagnostics: &mut Diagnostics,
) -> Vec<PageDraft> {
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
    if let Some(root) = config
        .roots
        .first()
        .filter(|_| !by_url.contains_key("index.html"))
    {
        let diagnostic =
            Diagnostic::error("page/no-home", root.dir.span, "the site has no first page");
        diagnostics.report(diagnostic.help(format!("write `{}/index.md`", root.dir.value)));
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

/// Assets by address; one that another file of the site has the address of is reported and dropped.
fn unique_assets(
    assets: Vec<Asset>,
    pages: &[PageDraft],
    config: &Config,
    diagnostics: &mut Diagnostics,
) -> Vec<Asset> {
    let of_pages = pages
        .iter()
        .flat_map(|page| [page.url.as_str().to_owned(), page.url.markdown()]);
    let mut taken: BTreeMap<String, String> =
        of_pages.map(|url| (url, "a page".to_owned())).collect();
    taken.insert(
        "404.html".to_owned(),
        "the page shown when nothing is found".to_owned(),
    );
    let mut kept: BTreeMap<String, Asset> = BTreeMap::new();
    for asset in assets {
        let Some(other) = taken.get(&asset.url) else {
            taken.insert(asset.url.clone(), format!("`{}`", asset.path));
            kept.insert(asset.url.clone(), asset);
            continue;
        };
        let root = config
            .roots
            .iter()
            .find(|root| asset.path.starts_with(&format!("{}/", root.dir.value)));
        let root = root.expect("an asset is found below a root");
        let message = format!(
            "`{}` would have the address `{}`, as {other} has",
            asset.path, asset.url
        );
        diagnostics.report(
            Diagnostic::error("page/collision", root.dir.span, message)
                .help("rename one of the files"),
        );
    }
    kept.into_values().collect()
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
