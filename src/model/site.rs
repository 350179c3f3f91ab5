//! A whole project after `resolve`: every link leads somewhere or was reported.

use crate::diag::Reported;
use crate::model::config::Config;
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::Policy;
use crate::model::runbook::{Doc, Runbook};
use crate::source::Span;
use std::collections::BTreeMap;

/// Where a link leads. There is no way to hold a dangling link in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of this site, by its address below the site's root, and a place in it.
    Internal {
        /// The address, such as `release/hotfix.html`.
        url: String,
        /// The id of an element there.
        fragment: Option<String>,
    },
    /// Somebody else's address, unchecked.
    External(String),
    /// Reported to the author already.
    Broken(Reported),
}

/// A project, ready to become files.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its settings.
    pub config: Config,
    /// Roles, approvals and channels.
    pub policy: Policy,
    /// Its pages, in the order of their addresses.
    pub pages: Vec<Page>,
    /// Its runbooks, in the order of their ids.
    pub runbooks: Vec<RunbookPage>,
    /// Files that are copied as they are, in the order of their addresses.
    pub assets: Vec<Asset>,
    /// The sidebar.
    pub navigation: Vec<NavigationGroup>,
    /// Which pages lead to which address, each list in order and without repeats.
    pub used_by: BTreeMap<String, Vec<PageUrl>>,
}

impl Site {
    /// The page at this address.
    pub fn page(&self, url: &str) -> Option<&Page> {
        let found = self
            .pages
            .binary_search_by(|page| page.draft.url.as_str().cmp(url));
        found.ok().map(|index| &self.pages[index])
    }

    /// The name of the page or runbook at this address.
    pub fn title_of(&self, url: &str) -> Option<&str> {
        let runbook = || self.runbooks.iter().find(|page| page.url.as_str() == url);
        self.page(url)
            .map(|page| page.draft.title())
            .or_else(|| runbook().map(|page| page.runbook.title.value.as_str()))
    }
}

/// A page whose links are resolved.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was read.
    pub draft: PageDraft,
    /// Where its links lead: one for each of `draft.prose.links`.
    pub targets: Vec<Target>,
}

/// The page of a runbook.
#[derive(Debug, Clone)]
pub struct RunbookPage {
    /// What was read.
    pub runbook: Runbook,
    /// Its file below the project.
    pub path: String,
    /// Its address.
    pub url: PageUrl,
    /// Where the links of its texts lead, by the place of the text.
    pub targets: BTreeMap<Span, Vec<Target>>,
}

impl RunbookPage {
    /// Where the links of one of its texts lead: one for each of `doc.prose.links`.
    pub fn targets_of(&self, doc: &Doc) -> &[Target] {
        self.targets.get(&doc.text.span).map_or(&[], Vec::as_slice)
    }
}

/// A file that is copied as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its path below the project.
    pub path: String,
    /// Its address below the site's root.
    pub url: String,
}

/// A group of the sidebar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavigationGroup {
    /// Its heading.
    pub title: String,
    /// The page behind the heading.
    pub url: Option<PageUrl>,
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
    /// Where it leads.
    pub url: PageUrl,
    /// Entries below it: the pages of a folder of which it is the first page.
    pub items: Vec<NavigationItem>,
}
