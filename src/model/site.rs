//! A whole project after `resolve`: every link leads somewhere or was reported.

use crate::diag::Reported;
use crate::model::config::Config;
use crate::model::data::Data;
use crate::model::directive::Takes;
use crate::model::navigation::{Folder, NavigationGroup};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::Policy;
use crate::model::runbook::{Doc, Runbook};
use crate::model::term::Term;
use crate::model::words::Words;
use crate::source::{SourceId, Span};
use std::collections::{BTreeMap, BTreeSet};

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
    /// What its theme says in words of its own.
    pub words: Words,
    /// Roles, approvals and channels.
    pub policy: Policy,
    /// The values of its data files.
    pub data: Data,
    /// The arguments of the project's own directives, by their names.
    pub directives: BTreeMap<String, Takes>,
    /// Its pages, in the order of their addresses.
    pub pages: Vec<Page>,
    /// Its runbooks, in the order of their ids.
    pub runbooks: Vec<RunbookPage>,
    /// Files that are copied as they are, in the order of their addresses.
    pub assets: Vec<Asset>,
    /// The sidebar.
    pub navigation: Vec<NavigationGroup>,
    /// Whether the sidebar of every page is small enough to show all of them.
    pub shown_whole: bool,
    /// The folders that readers can look into, in the order of their paths.
    pub folders: Vec<Folder>,
    /// Which pages lead to which address, each list in order and without repeats. Steps and
    /// terms have an entry of their own behind `#`.
    pub used_by: BTreeMap<String, Vec<PageUrl>>,
    /// Its tags, in the order of their addresses.
    pub tags: Vec<Tag>,
    /// The words it explains, in the order of their names.
    pub glossary: Vec<GlossaryEntry>,
    /// Whether a page or a runbook says which messages it answers.
    pub answers_messages: bool,
    /// What became of addresses that were, by address.
    pub moved: BTreeMap<String, Moved>,
    /// When files were last changed, by their paths below the project: RFC 3339, from the
    /// commit. Files that no commit holds are not in it.
    pub changed: BTreeMap<String, String>,
}

impl Site {
    /// The page at this address.
    pub fn page(&self, url: &str) -> Option<&Page> {
        let found = self
            .pages
            .binary_search_by(|page| page.draft.url.as_str().cmp(url));
        found.ok().map(|index| &self.pages[index])
    }

    /// The folder at this path, which ends in `/`.
    pub fn folder(&self, path: &str) -> Option<&Folder> {
        let found = self
            .folders
            .binary_search_by(|folder| folder.path.as_str().cmp(path));
        found.ok().map(|index| &self.folders[index])
    }

    /// Whether there is a list of all folders: not every one is open or a heading in the sidebar.
    pub fn lists_folders(&self) -> bool {
        let is_inner = |folder: &Folder| folder.path.matches('/').count() > 1;
        match self.shown_whole {
            true => self.folders.iter().any(is_inner),
            false => !self.folders.is_empty(),
        }
    }

    /// The folder that is shown at this address, as its first page or as the list of what is in it.
    pub fn folder_at(&self, url: &PageUrl) -> Option<&Folder> {
        let listed = url.as_str().strip_prefix("search/in/");
        let listed = listed.and_then(|path| path.strip_suffix(".html"));
        let listed = listed.and_then(|path| self.folder(&format!("{path}/")));
        let has = |folder: &&Folder| folder.url == *url || folder.list.as_ref() == Some(url);
        let first = || self.folder(url.folder());
        listed.filter(has).or_else(|| first().filter(has))
    }

    /// The copied file at this address.
    pub fn asset(&self, url: &str) -> Option<&Asset> {
        let found = self
            .assets
            .binary_search_by(|asset| asset.url.as_str().cmp(url));
        found.ok().map(|index| &self.assets[index])
    }

    /// The runbook whose page is at this address.
    pub fn runbook(&self, url: &str) -> Option<&RunbookPage> {
        self.runbook_with_id(url.strip_prefix("runbooks/")?.strip_suffix(".html")?)
    }

    /// The runbook with this id.
    pub fn runbook_with_id(&self, id: &str) -> Option<&RunbookPage> {
        let found = self
            .runbooks
            .binary_search_by(|page| page.runbook.id.value.as_str().cmp(id));
        found.ok().map(|index| &self.runbooks[index])
    }

    /// The runbooks that a runbook calls, and those that they call, each once.
    pub fn called_by(&self, book: &Runbook) -> Vec<&RunbookPage> {
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        let mut open: Vec<&str> = book.calls().map(|called| called.value.as_str()).collect();
        while let Some(id) = open.pop() {
            if let Some(page) = self.runbook_with_id(id).filter(|_| seen.insert(id)) {
                open.extend(page.runbook.calls().map(|called| called.value.as_str()));
                found.push(page);
            }
        }
        found
    }

    /// The name of the page at this address: of an author, a runbook, or one the program makes.
    pub fn title_of(&self, url: &str) -> Option<&str> {
        self.page(url)
            .map(|page| page.draft.title())
            .or_else(|| {
                self.runbook(url)
                    .map(|page| page.runbook.title.value.as_str())
            })
            .or_else(|| self.made_title(url))
    }

    /// The name of a place in the page or runbook at this address: of a heading or a step.
    pub fn place_of(&self, url: &str, id: &str) -> Option<&str> {
        let heading = self.page(url).and_then(|page| {
            let headings = &page.draft.prose.headings;
            headings.iter().find(|heading| heading.id == id)
        });
        let step = || {
            let steps = self.runbook(url)?.runbook.all_steps();
            steps.into_iter().find(|step| step.id.value == id)
        };
        heading
            .map(|heading| heading.text.as_str())
            .or_else(|| step().map(|step| step.name()))
    }

    /// What the page or runbook at this address says of itself in a line; empty if nothing.
    pub fn description_of(&self, url: &str) -> &str {
        let page = self.page(url).map(|page| &page.draft.front.description);
        let runbook = || self.runbook(url).map(|page| &page.runbook.fixes);
        let said = page.or_else(runbook).and_then(Option::as_ref);
        said.map_or("", |said| said.value.as_str())
    }

    /// The runbooks without their pages, in order.
    pub fn books(&self) -> Vec<&Runbook> {
        self.runbooks.iter().map(|page| &page.runbook).collect()
    }

    /// Variables that the steps of a runbook take over from whoever drives, by name, each once and in
    /// order: those of the project, its own, and those of all that it calls.
    pub fn inherited(&self, book: &Runbook) -> Vec<String> {
        let called = self.called_by(book);
        let called = called.iter().flat_map(|page| &page.runbook.inherit);
        let names: BTreeSet<&String> = self
            .config
            .inherit
            .iter()
            .chain(&book.inherit)
            .chain(called)
            .collect();
        names.into_iter().cloned().collect()
    }

    /// The name of a page that the program makes; `None` if this site has no such page.
    pub fn made_title(&self, url: &str) -> Option<&str> {
        match url {
            "search/index.html" => Some(self.words.get("made", "titles")),
            "search/in.html" => self
                .lists_folders()
                .then(|| self.words.get("made", "folders")),
            "freshness.html" => Some(self.words.get("made", "freshness")),
            "runbooks/index.html" => {
                (!self.runbooks.is_empty()).then(|| self.words.get("made", "runbooks"))
            }
            "glossary.html" => {
                (!self.glossary.is_empty()).then(|| self.words.get("made", "glossary"))
            }
            "roles/index.html" => self
                .policy
                .roles
                .as_ref()
                .map(|_| self.words.get("made", "roles")),
            "tags/index.html" => (!self.tags.is_empty()).then(|| self.words.get("made", "tags")),
            _ => self.made_for(url),
        }
    }

    /// The folder, role or tag whose page is at this address.
    fn made_for(&self, url: &str) -> Option<&str> {
        let id = url.strip_suffix(".html")?;
        if let Some(folder) = id
            .strip_prefix("search/in/")
            .and_then(|path| self.folder(&format!("{path}/")))
            .filter(|folder| folder.list.is_some())
        {
            return Some(&folder.title);
        }
        if let Some(role) = id
            .strip_prefix("roles/")
            .and_then(|id| self.policy.role(id))
        {
            return Some(&role.title);
        }
        let tag = self.tags.iter().find(|tag| tag.url.as_str() == url);
        tag.map(|tag| tag.name.as_str())
    }

    /// The day (`YYYY-MM-DD`) a file below the project was last changed, if a commit holds it.
    pub fn day_of(&self, path: &str) -> Option<&str> {
        self.changed.get(path)?.get(..10)
    }
}

/// A label that pages and runbooks share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// As it is written where it stands first.
    pub name: String,
    /// The page that lists what has it.
    pub url: PageUrl,
    /// Pages and runbooks that have it, in the order of their addresses.
    pub pages: Vec<PageUrl>,
}

/// A word of the glossary whose links are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct GlossaryEntry {
    /// What was read.
    pub term: Term,
    /// Where the links of its long text lead.
    pub targets: Vec<Target>,
}

/// What became of an address that was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// Where the page went; `None` while it is still there.
    pub page: Option<Target>,
    /// Where places of it went, by the id they had.
    pub places: BTreeMap<String, Target>,
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
    /// Its file, for findings about it; its text is not read.
    pub source: SourceId,
    /// Its path below the project.
    pub path: String,
    /// Its address below the site's root.
    pub url: String,
    /// Width and height in pixels, of a picture that says so.
    pub size: Option<(u32, u32)>,
}
