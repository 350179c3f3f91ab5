//! The sidebar: rendered once for each folder and part of a list, then marked for each page.
//!
//! A site that is small enough is shown whole, with folders to open in place. On others the way to the current page is open, and
//! each list on it shows the part around that page with a link to all of it; every other group is a
//! link to its own page, where it is the open one. So pages stay small however large a site grows.

use crate::diag::Diagnostics;
use crate::model::navigation::{NavigationGroup, NavigationItem, is_long};
use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::escape::{escape, href};
use crate::site::generated_page::GeneratedPage;
use crate::site::theme::Theme;
use serde::Serialize;
use std::collections::HashMap;
use std::ops::Range;

/// The most entries of a part of a long list.
const PART: usize = 40;
/// What those may weigh together.
const PART_WEIGHT: usize = 1_500;
/// How many entries of the parts before and after are shown with one.
const OVERLAP: usize = 3;
/// What the lists above that of the current page may weigh together.
const ABOVE_WEIGHT: usize = 1_000;
/// What the headings of the groups may weigh together.
const GROUPS_WEIGHT: usize = 1_400;

/// The id of the entry of the current page.
const HERE: &str = "-here";

/// The sidebars of a site, by folder and part.
pub(crate) struct Sidebars<'s> {
    places: HashMap<&'s str, Place>,
    rendered: HashMap<Key, String>,
}

/// Where a page stands: the open group, the open entry in it and so on, and the part of the last list.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Place {
    path: Vec<usize>,
    part: usize,
}

/// What decides how a page's sidebar looks: the folder that its links start from, and its place.
type Key = (String, Place);

#[derive(Serialize)]
struct Shown {
    root: String,
    groups: Vec<Group>,
    all: Option<String>,
}

#[derive(Serialize)]
struct Group {
    name: String,
    title: String,
    apart: Option<String>,
    href: Option<String>,
    open: bool,
    items: Vec<Item>,
    more: Option<More>,
}

#[derive(Serialize)]
struct Item {
    title: String,
    apart: Option<String>,
    href: String,
    open: bool,
    items: Vec<Item>,
    more: Option<More>,
}

/// The way to all entries of a list that is not shown whole.
#[derive(Serialize)]
struct More {
    href: String,
    title: String,
}

impl<'s> Sidebars<'s> {
    /// Renders the sidebar of every place that has pages, those that no author wrote included.
    pub(crate) fn render(
        site: &'s Site,
        made: &[GeneratedPage],
        theme: &Theme,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut sidebars = Self {
            places: places(&site.navigation),
            rendered: HashMap::new(),
        };
        let pages = site.pages.iter().map(|page| &page.draft.url);
        let runbooks = site.runbooks.iter().map(|page| &page.url);
        let made = made.iter().map(|made| &made.url);
        for url in pages.chain(runbooks).chain(made) {
            let key = sidebars.key(url);
            sidebars
                .rendered
                .entry(key)
                .or_insert_with_key(|(_, place)| {
                    theme.render("sidebar.html", &shown(site, url, place), diagnostics)
                });
        }
        sidebars
    }

    fn key(&self, url: &PageUrl) -> Key {
        let place = self.places.get(url.as_str()).cloned();
        (url.folder().to_owned(), place.unwrap_or_default())
    }

    /// The sidebar of a page, with the page marked as the current one.
    pub(crate) fn render_for(&self, url: &PageUrl) -> String {
        let html = self.rendered.get(&self.key(url));
        let here = format!("href=\"{}\"", escape(&href(url, url.as_str())));
        let marked = format!("{here} aria-current=\"page\" id=\"{HERE}\"");
        html.map_or("", String::as_str).replacen(&here, &marked, 1)
    }

    /// The id of what a reader of a page's sidebar looks for in it: the page, or else the whole list.
    pub(crate) fn place_in(html: &str) -> &'static str {
        match html.contains("aria-current=") {
            true => HERE,
            false => "pages",
        }
    }

    /// The sidebar of a page that is in no folder, such as the one shown when nothing is found.
    pub(crate) fn unplaced(
        site: &Site,
        theme: &Theme,
        root: &str,
        diagnostics: &mut Diagnostics,
    ) -> String {
        let mut shown = shown(site, &PageUrl::of_root(), &Place::default());
        shown.prefix(root);
        theme.render("sidebar.html", &shown, diagnostics)
    }
}

impl Shown {
    fn prefix(&mut self, root: &str) {
        let put = |href: &mut String| *href = format!("{root}{href}");
        fn items(list: &mut [Item], put: &impl Fn(&mut String)) {
            for item in list {
                put(&mut item.href);
                items(&mut item.items, put);
                item.more.iter_mut().for_each(|more| put(&mut more.href));
            }
        }
        self.root = root.to_owned();
        self.all.iter_mut().for_each(put);
        for group in &mut self.groups {
            group.href.iter_mut().for_each(put);
            group.more.iter_mut().for_each(|more| put(&mut more.href));
            items(&mut group.items, &put);
        }
    }
}

/// Where each page of the sidebar stands first.
fn places(groups: &[NavigationGroup]) -> HashMap<&str, Place> {
    let mut found = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        let place = Place {
            path: vec![at],
            part: 0,
        };
        for url in group.url.iter().chain(&group.list) {
            found.entry(url.as_str()).or_insert_with(|| place.clone());
        }
        add_places(&group.items, &place.path, &mut found);
    }
    found
}

fn add_places<'s>(
    items: &'s [NavigationItem],
    path: &[usize],
    found: &mut HashMap<&'s str, Place>,
) {
    let parts = parts(items);
    for (at, item) in items.iter().enumerate() {
        let place = match item.items.is_empty() {
            true => Place {
                path: path.to_vec(),
                part: parts.iter().take_while(|part| part.end <= at).count(),
            },
            false => Place {
                path: [path, &[at]].concat(),
                part: 0,
            },
        };
        for url in [&item.url].into_iter().chain(&item.list) {
            found.entry(url.as_str()).or_insert_with(|| place.clone());
        }
        if !item.items.is_empty() {
            add_places(&item.items, &place.path, found);
        }
    }
}

/// The parts in which a list is shown.
fn parts(items: &[NavigationItem]) -> Vec<Range<usize>> {
    if !is_long(items) {
        return std::iter::once(0..items.len()).collect();
    }
    let mut parts = Vec::new();
    let (mut from, mut weight) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        let full = at - from == PART || weight + item.weight() > PART_WEIGHT;
        if full && at > from {
            parts.push(from..at);
            (from, weight) = (at, 0);
        }
        weight += item.weight();
    }
    parts.push(from..items.len());
    parts
}

/// The entries around one of a list that together weigh no more than this, but for itself.
fn around(weights: &[usize], at: usize, most: usize) -> Range<usize> {
    let (mut from, mut to) = (at, (at + 1).min(weights.len()));
    let mut left = most.saturating_sub(weights.get(at).copied().unwrap_or(0));
    loop {
        let before = from.checked_sub(1).filter(|at| weights[*at] <= left);
        if let Some(at) = before {
            (from, left) = (at, left - weights[at]);
        }
        let after = Some(to).filter(|at| weights.get(*at).is_some_and(|weight| *weight <= left));
        if let Some(at) = after {
            (to, left) = (at + 1, left - weights[at]);
        }
        if before.is_none() && after.is_none() {
            return from..to;
        }
    }
}

fn shown(site: &Site, url: &PageUrl, place: &Place) -> Shown {
    let view = View { site, url, place };
    let weights: Vec<usize> = site
        .navigation
        .iter()
        .map(NavigationGroup::weight)
        .collect();
    let open = place.path.first().copied();
    let range = match site.shown_whole {
        true => 0..weights.len(),
        false => around(&weights, open.unwrap_or(0), GROUPS_WEIGHT),
    };
    let groups = range.map(|at| view.group(&site.navigation[at], open == Some(at)));
    let all = site.lists_folders().then(PageUrl::of_folders);
    Shown {
        root: url.to_root(),
        groups: groups.collect(),
        all: all.map(|to| href(url, to.as_str())),
    }
}

/// The sidebar as one place sees it.
struct View<'v> {
    site: &'v Site,
    url: &'v PageUrl,
    place: &'v Place,
}

impl View<'_> {
    fn href(&self, to: &PageUrl) -> String {
        href(self.url, to.as_str())
    }

    fn group(&self, group: &NavigationGroup, open: bool) -> Group {
        let first = group.items.first().map(|item| &item.url);
        let closed = !open && !self.site.shown_whole;
        // A heading without a page of its own leads to the first of its pages, where it is open.
        let to = group.url.as_ref().or(first.filter(|_| closed));
        let (items, more) = match closed {
            true => (Vec::new(), None),
            false => self.list(&group.items, group.list.as_ref(), open.then_some(1)),
        };
        Group {
            name: match &group.apart {
                Some(apart) => format!("{} {apart}", group.title),
                None => group.title.clone(),
            },
            title: group.title.clone(),
            apart: group.apart.clone(),
            href: to.map(|to| self.href(to)),
            open,
            items,
            more,
        }
    }

    /// What a list shows, and the way to the rest. `depth` is how many of the opened lists are
    /// above it if it is open itself.
    fn list(
        &self,
        all: &[NavigationItem],
        list: Option<&PageUrl>,
        depth: Option<usize>,
    ) -> (Vec<Item>, Option<More>) {
        let open = depth.and_then(|depth| self.place.path.get(depth).copied());
        let range = match open {
            _ if self.site.shown_whole => 0..all.len(),
            Some(open) => {
                let weights: Vec<usize> = all.iter().map(NavigationItem::weight).collect();
                around(&weights, open, ABOVE_WEIGHT / (self.place.path.len() - 1))
            }
            None => {
                let parts = parts(all);
                match parts.get(self.place.part) {
                    Some(part) if parts.len() > 1 => {
                        part.start.saturating_sub(OVERLAP)..(part.end + OVERLAP).min(all.len())
                    }
                    _ => 0..all.len(),
                }
            }
        };
        let more = (range.len() < all.len()).then(|| {
            let count = all.len().to_string();
            let title = self.site.words.fill("page", "all_of", &[("count", &count)]);
            let to = list.cloned().unwrap_or_else(PageUrl::of_titles);
            let href = self.href(&to);
            More { href, title }
        });
        let item = |at: usize| self.item(&all[at], depth.filter(|_| open == Some(at)));
        (range.map(item).collect(), more)
    }

    /// An entry; with `depth` it is an open one.
    fn item(&self, item: &NavigationItem, depth: Option<usize>) -> Item {
        let (items, more) = match depth.is_some() || self.site.shown_whole {
            true => self.list(
                &item.items,
                item.list.as_ref(),
                depth.map(|depth| depth + 1),
            ),
            false => (Vec::new(), None),
        };
        Item {
            title: item.title.clone(),
            apart: item.apart.clone(),
            href: self.href(&item.url),
            open: depth.is_some(),
            items,
            more,
        }
    }
}
