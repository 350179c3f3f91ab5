//! The sidebar: rendered once for each folder, then marked for each page.
//!
//! A folder with very many pages shows the part of its list around the current page, so that
//! pages stay small however large a site grows.

use crate::diag::Diagnostics;
use crate::model::page::PageUrl;
use crate::model::site::{NavigationGroup, NavigationItem, Site};
use crate::site::html::{escape, href};
use crate::site::made::Made;
use crate::site::theme::Theme;
use serde::Serialize;
use std::collections::BTreeMap;

/// A list longer than this shows only the part around the current page.
const LONGEST_LIST: usize = 60;
/// How long that part is.
const PART: usize = 40;

/// The sidebars of a site, by folder and part.
pub(crate) struct Sidebars {
    rendered: BTreeMap<(String, usize), String>,
}

#[derive(Serialize)]
struct Shown {
    root: String,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    title: String,
    href: Option<String>,
    open: bool,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    title: String,
    href: String,
    items: Vec<Item>,
}

impl Sidebars {
    /// Renders the sidebar of every folder that has pages, those that no author wrote included.
    pub(crate) fn render(
        site: &Site,
        made: &[Made],
        theme: &Theme,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let pages = site.pages.iter().map(|page| &page.draft.url);
        let runbooks = site.runbooks.iter().map(|page| &page.url);
        let made = made.iter().map(|made| &made.url);
        let mut rendered = BTreeMap::new();
        for url in pages.chain(runbooks).chain(made) {
            let key = key(site, url);
            rendered.entry(key).or_insert_with_key(|key| {
                theme.render("sidebar.html", &shown(site, url, key.1), diagnostics)
            });
        }
        Self { rendered }
    }

    /// The sidebar of a page, with the page marked as the current one.
    pub(crate) fn of(&self, site: &Site, url: &PageUrl) -> String {
        let html = self
            .rendered
            .get(&key(site, url))
            .map_or("", String::as_str);
        let here = format!("href=\"{}\"", escape(&href(url, url.as_str())));
        html.replacen(&here, &format!("{here} aria-current=\"page\""), 1)
    }

    /// The sidebar of a page that is in no folder, such as the one shown when nothing is found.
    pub(crate) fn unplaced(
        site: &Site,
        theme: &Theme,
        root: &str,
        diagnostics: &mut Diagnostics,
    ) -> String {
        let mut shown = shown(site, &PageUrl::of_root(), 0);
        shown.prefix(root);
        theme.render("sidebar.html", &shown, diagnostics)
    }
}

impl Shown {
    fn prefix(&mut self, root: &str) {
        fn items(list: &mut [Item], root: &str) {
            for item in list {
                item.href = format!("{root}{}", item.href);
                items(&mut item.items, root);
            }
        }
        self.root = root.to_owned();
        for group in &mut self.groups {
            group.href = group.href.take().map(|href| format!("{root}{href}"));
            items(&mut group.items, root);
        }
    }
}

/// What decides how a page's sidebar looks: its folder, and its part of a long list.
fn key(site: &Site, url: &PageUrl) -> (String, usize) {
    let place = site
        .navigation
        .iter()
        .find_map(|group| part_of(&group.items, url));
    (url.folder().to_owned(), place.unwrap_or(0))
}

/// The part of a list in which a page stands; 0 for lists that are shown whole.
fn part_of(items: &[NavigationItem], url: &PageUrl) -> Option<usize> {
    let at = items.iter().position(|item| item.url == *url);
    match at {
        Some(at) if items.len() > LONGEST_LIST => Some(at / PART),
        Some(_) => Some(0),
        None => items.iter().find_map(|item| part_of(&item.items, url)),
    }
}

fn shown(site: &Site, url: &PageUrl, part: usize) -> Shown {
    let group = |group: &NavigationGroup| {
        let open = url.folder().starts_with(&group.folder)
            && (!group.folder.is_empty() || url.folder().is_empty());
        Group {
            title: group.title.clone(),
            href: group.url.as_ref().map(|to| href(url, to.as_str())),
            open,
            items: if open || site.navigation.len() <= 8 {
                items(&group.items, url, part)
            } else {
                Vec::new()
            },
        }
    };
    Shown {
        root: url.to_root(),
        groups: site.navigation.iter().map(group).collect(),
    }
}

/// The entries of a list; those below an entry only while the reader is in its folder.
fn items(list: &[NavigationItem], url: &PageUrl, part: usize) -> Vec<Item> {
    let from = if list.len() > LONGEST_LIST {
        (part * PART).min(list.len())
    } else {
        0
    };
    let length = if list.len() > LONGEST_LIST {
        PART
    } else {
        list.len()
    };
    list.iter()
        .skip(from)
        .take(length)
        .map(|item| {
            let inside = !item.items.is_empty() && url.folder().starts_with(item.url.folder());
            Item {
                title: item.title.clone(),
                href: href(url, item.url.as_str()),
                items: if inside {
                    items(&item.items, url, part)
                } else {
                    Vec::new()
                },
            }
        })
        .collect()
}
