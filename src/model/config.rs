//! `site.yaml`: what a project says about itself.

use crate::diag::Code;
use crate::model::page::Former;
use crate::source::Spanned;
use std::collections::BTreeMap;

/// The settings of a project. `title` alone is enough for one that builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The site's name.
    pub title: String,
    /// The project's id, the same for all clones; by default the slug of the title.
    pub id: String,
    /// The address the site will have, ending in `/`; feeds canonical links.
    pub url: Option<String>,
    /// The address of the source repository.
    pub repo: Option<String>,
    /// What a file's path is put behind to edit it.
    pub edit: Option<String>,
    /// Folders of content and where their pages appear.
    pub roots: Vec<Root>,
    /// The sidebar, if the author orders it by hand.
    pub nav: Vec<NavGroup>,
    /// Addresses that were, of pages that cannot say so themselves.
    pub redirects: Vec<Former>,
    /// Where runbooks work unless they or the operator say otherwise.
    pub target: Option<String>,
    /// Variables that the steps of all runbooks take over from whoever drives, by name.
    pub inherit: Vec<String>,
    /// The changelog of the repository, if it has another name than it usually has.
    pub changelog: Option<String>,
    /// Which pages come first in what the search answers.
    pub search: SearchFirst,
    /// Files of the repository that hold its version, if the author lists them.
    pub versions: Vec<VersionFile>,
    /// Where runs are kept, instead of the user's state folder.
    pub state_dir: Option<String>,
    /// The path the site is served under, ending in `/`, for the page shown when nothing is
    /// found; unknown when the site may stand anywhere.
    pub base: Option<String>,
    /// Keys of front matter that mean nothing here, because other tools read them.
    pub front_matter: Vec<String>,
    /// Site variables: what `${{ vars.name }}` stands for in a page.
    pub vars: BTreeMap<String, String>,
    /// Findings with another weight than they have by default.
    pub rules: BTreeMap<&'static str, Level>,
    /// Findings that somebody accepts, with a reason.
    pub waivers: Vec<Waiver>,
}

/// A file that holds the version of what is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Its path below the repository.
    pub file: String,
    /// What is just before and just after the version; nothing if it is JSON with a member `version`.
    pub around: Option<(String, String)>,
}

impl VersionFile {
    /// What is around the version in a pattern such as `VERSION = '{version}'`; nothing if that does not
    /// have exactly one placeholder with something before it.
    pub fn around(pattern: &str) -> Option<(String, String)> {
        let (before, after) = pattern.split_once(VERSION)?;
        let is_clear = !before.trim().is_empty() && !after.contains(VERSION);
        is_clear.then(|| (before.to_owned(), after.to_owned()))
    }
}

/// What stands for the version in a pattern.
const VERSION: &str = "{version}";

/// A folder of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The folder below the project.
    pub dir: Spanned<String>,
    /// Where its pages appear: empty, or a path that ends in `/`.
    pub at: String,
    /// What its group is called in the sidebar.
    pub title: Option<String>,
}

/// Which pages come first in what the search answers: those of these roots and of these kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFirst {
    /// The folders of roots below the project; empty if any will do. Runbooks are in none, and need none.
    pub roots: Vec<Spanned<String>>,
    /// Kinds of pages as the index names them; empty if any will do.
    pub kinds: Vec<&'static str>,
}

impl Config {
    /// Whether a page comes first in what the search answers.
    pub fn comes_first(&self, url: &str, kind: &str) -> bool {
        let SearchFirst { roots, kinds } = &self.search;
        let is_root = |root: &Root| roots.iter().any(|first| first.value == root.dir.value);
        let of_root = kind == RUNBOOK || roots.is_empty() || self.root_of(url).is_some_and(is_root);
        of_root && (kinds.is_empty() || kinds.contains(&kind))
    }

    /// The root that has an address: the one that is nearest above it.
    fn root_of(&self, url: &str) -> Option<&Root> {
        let above = self.roots.iter().filter(|root| url.starts_with(&root.at));
        above.max_by_key(|root| root.at.len())
    }
}

/// The kind of the pages of runbooks in the search.
pub const RUNBOOK: &str = "runbook";

/// A group of the sidebar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavGroup {
    /// Its heading.
    pub title: String,
    /// Files below the project, in order.
    pub items: Vec<Spanned<String>>,
}

/// The weight of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Stops `build`.
    Error,
    /// Shown.
    Warning,
    /// Not shown.
    Off,
}

/// A finding that somebody accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// What kind of finding it is.
    pub code: Spanned<&'static Code>,
    /// The file it is about, below the project.
    pub path: String,
    /// Why it is accepted.
    pub reason: String,
}
