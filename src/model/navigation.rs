//! The sidebar, and the folders behind it.

use crate::model::page::PageUrl;

/// How many entries a list may have to be shown whole wherever it is open.
const LONGEST: usize = 60;
/// How much those may weigh: see [`NavigationItem::weight`]. They are on each of their pages, so a folder grows with
/// the square of them.
const HEAVIEST: usize = 2_400;

/// A group of the sidebar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavigationGroup {
    /// Its heading.
    pub title: String,
    /// What tells it from another of the same title.
    pub apart: Option<String>,
    /// The page behind the heading.
    pub url: Option<PageUrl>,
    /// The page that lists all of its entries, if there is one.
    pub list: Option<PageUrl>,
    /// The folder whose pages it lists, empty or ending in `/`.
    pub folder: String,
    /// Its entries.
    pub items: Vec<NavigationItem>,
}

/// An entry of the sidebar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavigationItem {
    /// Its name.
    pub title: String,
    /// What tells it from another of the same title in its list.
    pub apart: Option<String>,
    /// Where it leads.
    pub url: PageUrl,
    /// The page that lists all entries below it, if there is one.
    pub list: Option<PageUrl>,
    /// Entries below it: the pages of the folder behind it.
    pub items: Vec<NavigationItem>,
}

/// A folder of the site that readers can look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its path below the site's root, ending in `/`.
    pub path: String,
    /// Its name.
    pub title: String,
    /// Where it is shown: its first page, or else its list.
    pub url: PageUrl,
    /// The page that lists all of its entries: for folders without a first page, and for long ones.
    pub list: Option<PageUrl>,
    /// Its entries, without those below them.
    pub entries: Vec<NavigationItem>,
    /// How many pages are in it and in the folders below it.
    pub pages: usize,
}

impl NavigationItem {
    /// About how many bytes it adds to a page, without what stands below it.
    pub fn weight(&self) -> usize {
        weight(&self.title, self.apart.as_deref(), Some(&self.url))
    }

    /// The same with all that stands below it.
    pub fn whole_weight(&self) -> usize {
        let below = self.items.iter().map(Self::whole_weight);
        self.weight() + below.sum::<usize>()
    }
}

impl NavigationGroup {
    /// About how many bytes its heading adds to a page.
    pub fn weight(&self) -> usize {
        weight(&self.title, self.apart.as_deref(), self.url.as_ref())
    }

    /// The same with all of its entries.
    pub fn whole_weight(&self) -> usize {
        let below = self.items.iter().map(NavigationItem::whole_weight);
        self.weight() + below.sum::<usize>()
    }
}

/// Tags and quotes of an entry, most of which a host packs away, count as a dozen bytes.
fn weight(title: &str, apart: Option<&str>, url: Option<&PageUrl>) -> usize {
    12 + title.len() + apart.map_or(0, str::len) + url.map_or(0, |url| url.stem().len())
}

/// Whether a list is too long to be shown whole beside each of its pages.
pub fn is_long(items: &[NavigationItem]) -> bool {
    let weight: usize = items.iter().map(NavigationItem::weight).sum();
    items.len() > LONGEST || weight > HEAVIEST
}
