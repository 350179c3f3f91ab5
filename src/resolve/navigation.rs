//! The sidebar: from the author's `nav`, or else from the folders.
//!
//! A folder of the site's root is a group, named by its first page; a folder inside it stands
//! below its own first page. Runbooks come last, as a group of their own.

use crate::diag::{Diagnostic, Diagnostics, did_you_mean};
use crate::model::config::{Config, NavGroup};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::runbook::Runbook;
use crate::model::site::{NavigationGroup, NavigationItem};

/// Plans the sidebar.
pub(super) fn plan(
    config: &Config,
    pages: &[PageDraft],
    runbooks: &[(String, Runbook)],
    diagnostics: &mut Diagnostics,
) -> Vec<NavigationGroup> {
    if !config.nav.is_empty() {
        let tree = Tree { pages, runbooks };
        return config
            .nav
            .iter()
            .map(|group| tree.written_group(group, diagnostics))
            .collect();
    }
    let mut groups = Tree { pages, runbooks }.folder_groups(config);
    if !runbooks.is_empty() {
        groups.push(NavigationGroup {
            title: "Runbooks".to_owned(),
            url: None,
            folder: "runbooks/".to_owned(),
            items: runbooks
                .iter()
                .map(|(_, book)| runbook_item(book))
                .collect(),
        });
    }
    groups
}

fn runbook_item(book: &Runbook) -> NavigationItem {
    NavigationItem {
        title: book.title.value.clone(),
        url: PageUrl::of_runbook(&book.id.value),
        items: Vec::new(),
    }
}

struct Tree<'d> {
    pages: &'d [PageDraft],
    runbooks: &'d [(String, Runbook)],
}

impl Tree<'_> {
    fn written_group(&self, group: &NavGroup, diagnostics: &mut Diagnostics) -> NavigationGroup {
        let items: Vec<_> = group
            .items
            .iter()
            .filter_map(|item| {
                let found = self.item_at(&item.value);
                if found.is_none() {
                    let paths = self.pages.iter().map(|p| p.path.as_str());
                    let paths = paths.chain(self.runbooks.iter().map(|(path, _)| path.as_str()));
                    diagnostics.report(
                        Diagnostic::error(
                            "nav/missing-page",
                            item.span,
                            format!("no page at `{}`", item.value),
                        )
                        .help_if(did_you_mean(&item.value, paths)),
                    );
                }
                found
            })
            .collect();
        let folder = items
            .first()
            .map_or("", |item| item.url.folder())
            .to_owned();
        NavigationGroup {
            title: group.title.clone(),
            url: None,
            folder,
            items,
        }
    }

    fn item_at(&self, path: &str) -> Option<NavigationItem> {
        if let Some((_, book)) = self.runbooks.iter().find(|(at, _)| at == path) {
            return Some(runbook_item(book));
        }
        let page = self.pages.iter().find(|page| page.path == path)?;
        Some(self.item(page))
    }

    fn item(&self, page: &PageDraft) -> NavigationItem {
        let below = match page.url.is_index() && !page.url.folder().is_empty() {
            true => self.folder_items(page.url.folder()),
            false => Vec::new(),
        };
        NavigationItem {
            title: page.title().to_owned(),
            url: page.url.clone(),
            items: below,
        }
    }

    fn folder_groups(&self, config: &Config) -> Vec<NavigationGroup> {
        let mut folders: Vec<&str> = self
            .pages
            .iter()
            .filter_map(|page| top_folder(&page.url))
            .collect();
        folders.dedup();
        let top = self.folder_items("");
        let mut groups = Vec::new();
        if !top.is_empty() {
            groups.push(NavigationGroup {
                title: config.title.clone(),
                url: None,
                folder: String::new(),
                items: top,
            });
        }
        groups.extend(
            folders
                .into_iter()
                .map(|folder| self.folder_group(config, folder)),
        );
        groups
    }

    fn folder_group(&self, config: &Config, folder: &str) -> NavigationGroup {
        let index = self
            .pages
            .iter()
            .find(|page| page.url.is_index() && page.url.folder() == folder);
        let root = config.roots.iter().find(|root| root.at == folder);
        let title = root
            .and_then(|root| root.title.as_deref())
            .or_else(|| index.map(PageDraft::title))
            .unwrap_or_else(|| folder.trim_end_matches('/'));
        NavigationGroup {
            title: title.to_owned(),
            url: index.map(|page| page.url.clone()),
            folder: folder.to_owned(),
            items: self.folder_items(folder),
        }
    }

    /// The pages of a folder but its first, and the first pages of the folders in it.
    fn folder_items(&self, folder: &str) -> Vec<NavigationItem> {
        let mut found: Vec<&PageDraft> = self
            .pages
            .iter()
            .filter(|page| match page.url.as_str().strip_prefix(folder) {
                Some(rest) if !rest.contains('/') => !page.url.is_index(),
                // A folder of the site's root is a group, not an entry.
                Some(rest) => {
                    !folder.is_empty() && page.url.is_index() && rest.matches('/').count() == 1
                }
                None => false,
            })
            .collect();
        found.sort_by_key(|page| {
            (
                page.front.order.unwrap_or(i64::MAX),
                page.title().to_lowercase(),
            )
        });
        found.into_iter().map(|page| self.item(page)).collect()
    }
}

fn top_folder(url: &PageUrl) -> Option<&str> {
    let end = url.as_str().find('/')?;
    Some(&url.as_str()[..=end])
}
