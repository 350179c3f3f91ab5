//! Addresses: each is one file's. What the program makes itself is told from them by `site::plan`.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::config::Config;
use crate::model::page::PageDraft;
use crate::model::runbook::Runbook;
use crate::model::site::Asset;
use crate::source::Span;
use std::collections::BTreeMap;

/// Pages by address; the second page of an address is reported and dropped, drafts silently.
pub(super) fn unique_pages(
    pages: Vec<PageDraft>,
    config: &Config,
    diagnostics: &mut Diagnostics,
) -> Vec<PageDraft> {
    let mut by_url: BTreeMap<String, PageDraft> = BTreeMap::new();
    for page in pages.into_iter().filter(|page| !page.front.draft) {
        let url = page.url.as_str();
        if let Some(first) = by_url.get(url) {
            let diagnostic = Diagnostic::new(
                codes::PAGE_COLLISION,
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
        let diagnostic = Diagnostic::new(
            codes::PAGE_NO_HOME,
            root.dir.span,
            "the site has no first page",
        );
        diagnostics.report(diagnostic.help(format!(
            "write `{0}/index.md`, or `{0}/README.md`",
            root.dir.value
        )));
    }
    by_url.into_values().collect()
}

pub(super) fn unique_runbooks(
    runbooks: Vec<(String, Runbook)>,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Runbook)> {
    let mut by_id: BTreeMap<String, (String, Runbook)> = BTreeMap::new();
    for (path, runbook) in runbooks {
        if let Some((_, first)) = by_id.get(&runbook.id.value) {
            let diagnostic = Diagnostic::new(
                codes::RUNBOOK_COLLISION,
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
pub(super) fn unique_assets(
    assets: Vec<Asset>,
    pages: &[PageDraft],
    diagnostics: &mut Diagnostics,
) -> Vec<Asset> {
    let of_pages = pages
        .iter()
        .flat_map(|page| [page.url.as_str().to_owned(), page.url.markdown()]);
    let mut taken: BTreeMap<String, String> =
        of_pages.map(|url| (url, "a page".to_owned())).collect();
    let mut kept: BTreeMap<String, Asset> = BTreeMap::new();
    for asset in assets {
        let Some(other) = taken.get(&asset.url) else {
            taken.insert(asset.url.clone(), format!("`{}`", asset.path));
            kept.insert(asset.url.clone(), asset);
            continue;
        };
        let message = format!(
            "`{}` would have the address `{}`, as {other} has",
            asset.path, asset.url
        );
        diagnostics.report(
            Diagnostic::new(codes::PAGE_COLLISION, Span::start_of(asset.source), message)
                .help("rename one of the files"),
        );
    }
    kept.into_values().collect()
}
