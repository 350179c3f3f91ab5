//! The sidebar: from the author's `nav`, or else from the folders.
//!
//! A folder of the site's root is a group, named by its first page; a folder inside it stands
//! below its own first page. Runbooks follow, as a group of their own, then the other roots.

use crate::diag::{Diagnostic, Diagnostics, nearest_path};
use crate::model::config::{Config, NavGroup};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::paths::readable;
use crate::model::runbook::Runbook;
use crate::model::site::{NavigationGroup, NavigationItem};
use crate::model::words::Words;
use std::collections::BTreeSet;

/// Plans the sidebar.
pub(super) fn plan(
    config: &Config,
    words: &Words,
    pages: &[PageDraft],
    runbooks: &[(String, Runbook)],
    diagnostics: &mut Diagnostics,
) -> Vec<NavigationGroup> {
    let first_pages = pages
        .iter()
        .filter(|page| page.url.is_index())
        .map(|page| page.url.folder());
    let tree = Tree {
        pages,
        runbooks,
        first_pages: first_pages.collect(),
    };
    if !config.nav.is_empty() {
        let groups = config.nav.iter();
        return groups
            .map(|group| tree.written_group(group, diagnostics))
            .collect();
    }
    let all = tree.folder_groups(config);
    let (mut groups, mut others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|group| root_of(config, group) == 0);
    others.sort_by_key(|group| root_of(config, group));
    if !runbooks.is_empty() {
        groups.push(NavigationGroup {
            title: words.get("made", "runbooks").to_owned(),
            url: None,
            folder: "runbooks/".to_owned(),
            items: runbooks
                .iter()
                .map(|(_, book)| runbook_item(book))
                .collect(),
        });
    }
    groups.extend(others);
    groups
}

/// The place among the roots of the one whose pages a group lists; 0 where no other claims them.
fn root_of(config: &Config, group: &NavigationGroup) -> usize {
    let claims = |at: &str| !group.folder.is_empty() && at.starts_with(&group.folder);
    let found = config.roots.iter().rposition(|root| claims(&root.at));
    found.unwrap_or(0)
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
    /// The folders that have a first page.
    first_pages: BTreeSet<&'d str>,
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
                        .help_if(
                            nearest_path(&item.value, paths)
                                .map(|found| format!("did you mean `{found}`?")),
                        ),
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
            .map_or_else(|| readable(folder.trim_end_matches('/')), str::to_owned);
        NavigationGroup {
            title,
            url: index.map(|page| page.url.clone()),
            folder: folder.to_owned(),
            items: self.folder_items(folder),
        }
    }

    /// What stands in the sidebar below a folder: its own pages but the first, the first pages of
    /// the folders in it, and the pages of folders that have no first page.
    fn folder_items(&self, folder: &str) -> Vec<NavigationItem> {
        let mut found: Vec<&PageDraft> = self
            .pages
            .iter()
            .filter(|page| {
                page.url.as_str().starts_with(folder) && self.stands_below(page) == Some(folder)
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

    /// The folder below whose first page a page stands; none for the first pages of the site and
    /// of its groups.
    fn stands_below<'p>(&self, page: &'p PageDraft) -> Option<&'p str> {
        let mut folder = page.url.folder();
        if page.url.is_index() {
            folder = parent(folder).filter(|above| !above.is_empty())?;
        }
        while folder.matches('/').count() > 1 && !self.first_pages.contains(folder) {
            folder = parent(folder)?;
        }
        Some(folder)
    }
}

/// The folder that holds a folder; none for the site's root.
fn parent(folder: &str) -> Option<&str> {
    let inner = folder.strip_suffix('/')?;
    Some(&folder[..inner.rfind('/').map_or(0, |at| at + 1)])
}

fn top_folder(url: &PageUrl) -> Option<&str> {
    let end = url.as_str().find('/')?;
    Some(&url.as_str()[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::page::FrontMatter;
    use crate::model::prose::Prose;
    use crate::source::{Sources, Span};

    fn page(path: &str) -> PageDraft {
        let source = Sources::default().add(path, String::new());
        let url = PageUrl::from_content_path(path).expect("a page");
        PageDraft {
            source,
            name: url.name(),
            path: path.to_owned(),
            url,
            front: FrontMatter::default(),
            body: Span::start_of(source),
            prose: Prose::default(),
        }
    }

    fn shown(items: &[NavigationItem]) -> Vec<String> {
        let below = |item: &NavigationItem| match item.items.is_empty() {
            true => item.url.as_str().to_owned(),
            false => format!("{} {:?}", item.url.as_str(), shown(&item.items)),
        };
        items.iter().map(below).collect()
    }

    #[test]
    fn every_page_stands_somewhere() {
        let paths = [
            "index.md",
            "top.md",
            "a/index.md",
            "a/x.md",
            "a/b/index.md",
            "a/b/y.md",
            "a/c/z.md",
            "d/w.md",
            "d/e/v.md",
        ];
        let pages: Vec<PageDraft> = paths.map(page).into();

        let groups = plan(
            &Config::default(),
            &Words::default(),
            &pages,
            &[],
            &mut Diagnostics::default(),
        );

        let found: Vec<_> = groups
            .iter()
            .map(|group| (group.folder.as_str(), shown(&group.items)))
            .collect();
        let expected = [
            ("", vec!["top.html".to_owned()]),
            (
                "a/",
                vec![
                    "a/b/index.html [\"a/b/y.html\"]".to_owned(),
                    "a/x.html".to_owned(),
                    "a/c/z.html".to_owned(),
                ],
            ),
            ("d/", vec!["d/e/v.html".to_owned(), "d/w.html".to_owned()]),
        ];
        assert_eq!(found, expected);
    }
}
