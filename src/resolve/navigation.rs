//! The sidebar: from the author's `nav`, or else from the folders.
//!
//! A folder of the site's root is a group; a folder inside it is an entry with entries below it. Both
//! are named by their first page, or else by themselves, and then lead to a list that the program
//! makes. A single page alone in a folder stands among the pages above it. Runbooks follow, as a
//! group of their own, then the other roots.

use crate::diag::{Diagnostic, Diagnostics, codes, nearest_path};
use crate::model::config::{Config, NavGroup};
use crate::model::navigation::{Folder, NavigationGroup, NavigationItem, is_long};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::paths::readable;
use crate::model::runbook::Runbook;
use crate::model::words::Words;
use std::collections::BTreeMap;

/// What the sidebar of every page may weigh together to show all of them, in bytes: some hundred pages. See
/// `docs/decisions/0005-long-lists-in-the-sidebar.md`.
const WHOLE: usize = 5_000;

/// The sidebar, and the folders behind it.
pub(super) struct Planned {
    pub(super) groups: Vec<NavigationGroup>,
    pub(super) folders: Vec<Folder>,
}

impl Planned {
    /// Whether each page can show all of the sidebar.
    pub(super) fn is_whole(&self) -> bool {
        let weight: usize = self.groups.iter().map(NavigationGroup::whole_weight).sum();
        weight <= WHOLE
    }
}

/// Plans the sidebar.
pub(super) fn plan(
    config: &Config,
    words: &Words,
    pages: &[PageDraft],
    runbooks: &[(String, Runbook)],
    diagnostics: &mut Diagnostics,
) -> Planned {
    let tree = Tree::new(config, pages, runbooks);
    let mut groups = match config.nav.is_empty() {
        true => tree.groups(words),
        false => {
            let groups = config.nav.iter();
            groups
                .map(|group| tree.written_group(group, diagnostics))
                .collect()
        }
    };
    tell_groups_apart(&mut groups);
    Planned {
        groups,
        folders: tree.folders(),
    }
}

/// The place among the roots of the one whose pages a group lists; 0 where no other claims them.
fn root_of(config: &Config, group: &NavigationGroup) -> usize {
    let claims = |at: &str| !group.folder.is_empty() && at.starts_with(&group.folder);
    let found = config.roots.iter().rposition(|root| claims(&root.at));
    found.unwrap_or(0)
}

fn leaf(title: &str, url: PageUrl) -> NavigationItem {
    NavigationItem {
        title: title.to_owned(),
        apart: None,
        url,
        list: None,
        items: Vec::new(),
    }
}

fn runbook_item(book: &Runbook) -> NavigationItem {
    leaf(&book.title.value, PageUrl::of_runbook(&book.id.value))
}

/// Gives entries of one title what tells them apart: their addresses below the folder of the list.
fn tell_apart(items: &mut [NavigationItem], folder: &str) {
    let titles = items.iter().map(|item| item.title.as_str());
    let twice = repeated(titles);
    for item in items.iter_mut().zip(twice).filter(|(_, twice)| *twice) {
        let url = item.0.url.as_str();
        let url = url.strip_prefix("search/in/").unwrap_or(url);
        let below = url.strip_prefix(folder).unwrap_or(url);
        let name = below.trim_end_matches(".html");
        item.0.apart = Some(name.strip_suffix("index").unwrap_or(name).to_owned());
    }
}

fn tell_groups_apart(groups: &mut [NavigationGroup]) {
    let titles = groups.iter().map(|group| group.title.as_str());
    let twice = repeated(titles);
    for (group, _) in groups.iter_mut().zip(twice).filter(|(_, twice)| *twice) {
        group.apart = Some(group.folder.clone()).filter(|folder| !folder.is_empty());
    }
}

/// Whether each text is there more than once, in any case.
fn repeated<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<bool> {
    let lower: Vec<String> = texts.map(str::to_lowercase).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for text in &lower {
        *count.entry(text).or_default() += 1;
    }
    lower.iter().map(|text| count[text.as_str()] > 1).collect()
}

/// The pages by the folders in which readers find them.
struct Tree<'d> {
    config: &'d Config,
    pages: &'d [PageDraft],
    runbooks: &'d [(String, Runbook)],
    nodes: BTreeMap<&'d str, Node<'d>>,
}

/// A folder that readers can look into.
#[derive(Default)]
struct Node<'d> {
    first: Option<&'d PageDraft>,
    /// How many pages are in it and below.
    pages: usize,
    /// Its pages but the first, and those of folders below it that are no nodes.
    own: Vec<&'d PageDraft>,
    /// The nodes right below it.
    folders: Vec<&'d str>,
}

impl<'d> Tree<'d> {
    fn new(config: &'d Config, pages: &'d [PageDraft], runbooks: &'d [(String, Runbook)]) -> Self {
        let mut nodes: BTreeMap<&str, Node<'_>> = BTreeMap::from([("", Node::default())]);
        for page in pages {
            for folder in above(page.url.folder()) {
                nodes.entry(folder).or_default().pages += 1;
            }
            if page.url.is_index() {
                nodes.entry(page.url.folder()).or_default().first = Some(page);
            }
        }
        nodes.retain(|folder, node| {
            folder.matches('/').count() <= 1 || node.first.is_some() || node.pages > 1
        });
        let mut tree = Self {
            config,
            pages,
            runbooks,
            nodes,
        };
        for page in pages.iter().filter(|page| !page.url.is_index()) {
            tree.holder(page.url.folder()).own.push(page);
        }
        let inner: Vec<&str> = tree.nodes.keys().copied().collect();
        for folder in inner.into_iter().filter(|folder| !folder.is_empty()) {
            let parent = parent(folder);
            tree.holder(parent).folders.push(folder);
        }
        tree
    }

    /// The node in which what is in a folder is found: its own, or the nearest above.
    fn holder(&mut self, folder: &'d str) -> &mut Node<'d> {
        let found = above(folder).find(|folder| self.nodes.contains_key(folder));
        self.nodes.entry(found.unwrap_or_default()).or_default()
    }

    fn groups(&self, words: &Words) -> Vec<NavigationGroup> {
        let top = self.items("", false);
        let home = self.nodes[""].first;
        let mut groups = Vec::new();
        if !top.is_empty() || home.is_some() {
            groups.push(NavigationGroup {
                title: self.config.title.clone(),
                apart: None,
                url: home.map(|page| page.url.clone()),
                list: is_long(&top).then(PageUrl::of_titles),
                folder: String::new(),
                items: top,
            });
        }
        let folders = self.nodes[""].folders.iter();
        let all = folders.map(|folder| self.group(folder));
        let (ours, mut others): (Vec<_>, Vec<_>) =
            all.partition(|group| root_of(self.config, group) == 0);
        groups.extend(ours);
        others.sort_by_key(|group| root_of(self.config, group));
        if !self.runbooks.is_empty() {
            let books = self.runbooks.iter();
            let mut items: Vec<_> = books.map(|(_, book)| runbook_item(book)).collect();
            tell_apart(&mut items, "runbooks/");
            groups.push(NavigationGroup {
                title: words.get("made", "runbooks").to_owned(),
                apart: None,
                url: Some(PageUrl::of_runbooks()),
                list: Some(PageUrl::of_runbooks()),
                folder: "runbooks/".to_owned(),
                items,
            });
        }
        groups.extend(others);
        groups
    }

    fn group(&self, folder: &str) -> NavigationGroup {
        let item = self.folder_item(folder);
        NavigationGroup {
            title: item.title,
            apart: None,
            url: Some(item.url),
            list: item.list,
            folder: folder.to_owned(),
            items: item.items,
        }
    }

    fn written_group(&self, group: &NavGroup, diagnostics: &mut Diagnostics) -> NavigationGroup {
        let mut items: Vec<_> = group
            .items
            .iter()
            .filter_map(|item| {
                let found = self.item_at(&item.value);
                if found.is_none() {
                    let paths = self.pages.iter().map(|p| p.path.as_str());
                    let paths = paths.chain(self.runbooks.iter().map(|(path, _)| path.as_str()));
                    diagnostics.report(
                        Diagnostic::new(
                            codes::NAV_MISSING_PAGE,
                            item.span,
                            format!("no page at `{}`", item.value),
                        )
                        .help_if(
                            nearest_path(&item.value, paths)
                                .map(|found| format!("did you mean `{found}`?"))
                                .or_else(|| Some("write its path from the project's folder, such as `content/guide.md`".to_owned())),
                        )
                        .follows_from(&item.value),
                    );
                }
                found
            })
            .collect();
        tell_apart(&mut items, "");
        let folder = items
            .first()
            .map_or("", |item| item.url.folder())
            .to_owned();
        NavigationGroup {
            title: group.title.clone(),
            apart: None,
            url: None,
            list: None,
            folder,
            items,
        }
    }

    fn item_at(&self, path: &str) -> Option<NavigationItem> {
        if let Some((_, book)) = self.runbooks.iter().find(|(at, _)| at == path) {
            return Some(runbook_item(book));
        }
        let page = self.pages.iter().find(|page| page.path == path)?;
        match page.url.is_index() && !page.url.folder().is_empty() {
            true => Some(self.folder_item(page.url.folder())),
            false => Some(leaf(page.title(), page.url.clone())),
        }
    }

    /// A folder as an entry, with all that is below it.
    fn folder_item(&self, folder: &str) -> NavigationItem {
        let items = self.items(folder, true);
        self.bare(folder, items)
    }

    /// A folder as an entry over these.
    fn bare(&self, folder: &str, items: Vec<NavigationItem>) -> NavigationItem {
        let first = self.nodes[folder].first;
        let long = first.is_none() || is_long(&items);
        NavigationItem {
            title: self.title(folder),
            apart: None,
            url: first.map_or_else(|| PageUrl::of_folder(folder), |page| page.url.clone()),
            list: long.then(|| PageUrl::of_folder(folder)),
            items,
        }
    }

    fn title(&self, folder: &str) -> String {
        let root = self.config.roots.iter().find(|root| root.at == folder);
        let first = self.nodes[folder].first.map(PageDraft::title);
        let name = || folder.trim_end_matches('/').rsplit('/').next();
        root.and_then(|root| root.title.as_deref())
            .or(first)
            .map_or_else(|| readable(name().unwrap_or_default()), str::to_owned)
    }

    /// What stands in the sidebar below a folder, in order; `nested` with what is below that. The
    /// folders of the root are groups of their own.
    fn items(&self, folder: &str, nested: bool) -> Vec<NavigationItem> {
        let node = &self.nodes[folder];
        let order = |page: &PageDraft| page.front.order.unwrap_or(i64::MAX);
        let pages = node.own.iter().map(|page| {
            let item = leaf(page.title(), page.url.clone());
            (order(page), item.title.to_lowercase(), item)
        });
        let folders = node.folders.iter().filter(|_| !folder.is_empty());
        let folders = folders.map(|folder| {
            let items = match nested {
                true => self.items(folder, true),
                false => Vec::new(),
            };
            let first = self.nodes[folder].first;
            let item = self.bare(folder, items);
            (
                first.map_or(i64::MAX, order),
                item.title.to_lowercase(),
                item,
            )
        });
        let mut found: Vec<_> = pages.chain(folders).collect();
        found.sort_by(|one, other| {
            (one.0, &one.1, &one.2.url).cmp(&(other.0, &other.1, &other.2.url))
        });
        let mut items: Vec<_> = found.into_iter().map(|(_, _, item)| item).collect();
        tell_apart(&mut items, folder);
        items
    }

    fn folders(&self) -> Vec<Folder> {
        let inner = self.nodes.iter().filter(|(folder, _)| !folder.is_empty());
        let folder = |(path, node): (&&str, &Node<'_>)| {
            let shown = self.bare(path, self.items(path, false));
            Folder {
                path: (*path).to_owned(),
                title: shown.title,
                url: shown.url,
                list: shown.list,
                entries: shown.items,
                pages: node.pages,
            }
        };
        inner.map(folder).collect()
    }
}

/// The folder that holds a folder; empty for the site's root.
fn parent(folder: &str) -> &str {
    let inner = folder.trim_end_matches('/');
    &folder[..inner.rfind('/').map_or(0, |at| at + 1)]
}

/// A folder and all above it, up to the site's root.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| parent(folder))
    })
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
        )
        .groups;

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

    #[test]
    fn folders_without_a_first_page_lead_to_a_list_and_twins_are_told_apart() {
        let paths = [
            "a/b/same.md",
            "a/b/x/same.md",
            "a/c/d/one.md",
            "a/c/d/two.md",
            "a/index.md",
            "index.md",
        ];
        let pages: Vec<PageDraft> = paths.map(page).into();

        let planned = plan(
            &Config::default(),
            &Words::default(),
            &pages,
            &[],
            &mut Diagnostics::default(),
        );

        let home = &planned.groups[0];
        assert_eq!(home.url.as_ref().map(PageUrl::as_str), Some("index.html"));
        let group = &planned.groups[1];
        let expected = [
            "search/in/a/b.html [\"a/b/same.html\", \"a/b/x/same.html\"]",
            "search/in/a/c.html [\"search/in/a/c/d.html [\\\"a/c/d/one.html\\\", \\\"a/c/d/two.html\\\"]\"]",
        ];
        assert_eq!(shown(&group.items), expected);
        let twins: Vec<_> = group.items[0]
            .items
            .iter()
            .map(|item| &item.apart)
            .collect();
        assert_eq!(
            twins,
            [&Some("same".to_owned()), &Some("x/same".to_owned())]
        );
        let folders: Vec<_> = planned
            .folders
            .iter()
            .map(|folder| (folder.path.as_str(), folder.pages))
            .collect();
        assert_eq!(
            folders,
            [("a/", 5), ("a/b/", 2), ("a/c/", 2), ("a/c/d/", 2)]
        );
    }
}
