//! What the preview shows now, and what it shows after a change: a function of both.
//!
//! A page whose own file has an error stays as it last was without one; an error in the settings,
//! the data or the theme keeps the whole site. So nobody writes in the dark, and one fault hides
//! no other page.

use crate::check::{self, Style};
use crate::diag::Severity;
use crate::driver::Preview;
use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::plan::Output;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The files of the index by path; the same for as long as the pages are.
type Index = Arc<BTreeMap<String, String>>;

/// What the preview shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Counts the changes of what is shown.
    pub(super) generation: u64,
    /// Counts the changes of files that are copied, such as pictures.
    pub(super) assets: u64,
    /// The files of the site by path, without the search index.
    pub(super) files: Arc<BTreeMap<String, Output>>,
    /// The files of the search index, once they are there for these pages.
    pub(super) search: Option<Index>,
    /// What is wrong, as text with excerpts.
    pub(super) errors: Vec<String>,
    /// What somebody will be sorry for, as text with excerpts.
    pub(super) warnings: Vec<String>,
    /// The folder that the site will have on its host, such as `/docs/`.
    pub(super) base: String,
}

impl Shown {
    /// What is shown after the site was planned anew. `touched` tells whether a file, by its path
    /// below the project, was changed since the last time.
    pub(super) fn after(&self, preview: &Preview, touched: impl Fn(&str) -> bool) -> Self {
        let files = self.merged(preview);
        let copied = |output: &Output| matches!(output, Output::Copy(path) if touched(path));
        let mut after = Self {
            assets: self.assets + u64::from(files.values().any(copied)),
            files: Arc::new(files),
            errors: texts(preview, Severity::Error),
            warnings: texts(preview, Severity::Warning),
            base: preview.project.site.config.base.clone().unwrap_or_default(),
            ..self.clone()
        };
        if after != *self {
            after.generation += 1;
            if after.errors.is_empty() || !self.is_searchable() {
                after.search = None;
            }
        }
        after
    }

    /// What is shown when the project could not even be read.
    pub(super) fn failed(&self, why: &str) -> Self {
        Self {
            generation: self.generation + 1,
            errors: vec![format!("error: {why}")],
            ..self.clone()
        }
    }

    /// The same with its search index.
    pub(super) fn searchable(&self, files: BTreeMap<String, String>) -> Self {
        Self {
            search: Some(Arc::new(files)),
            ..self.clone()
        }
    }

    /// Whether a search index is there.
    pub(super) fn is_searchable(&self) -> bool {
        self.search.is_some()
    }

    /// The new files, with the last good ones where new ones cannot be had.
    fn merged(&self, preview: &Preview) -> BTreeMap<String, Output> {
        let mut files = preview.plan.files.clone();
        let broken = broken(preview);
        if broken.is_empty() || self.files.is_empty() {
            return files;
        }
        let own: Option<Vec<Vec<String>>> = broken
            .iter()
            .map(|path| outputs_of(path, &preview.project.site))
            .collect();
        let Some(own) = own else {
            return (*self.files).clone();
        };
        for path in own.into_iter().flatten() {
            if let Some(last) = self.files.get(&path) {
                files.insert(path, last.clone());
            }
        }
        files
    }
}

/// The paths of the sources that errors stand in.
fn broken(preview: &Preview) -> BTreeSet<&str> {
    let errors = preview.findings.iter();
    let errors = errors.filter(|found| found.severity == Severity::Error);
    let source = |span: crate::source::Span| preview.project.sources.get(span.source).path();
    errors.map(|found| source(found.span)).collect()
}

/// The files that a page or runbook becomes; none for the path of anything else.
fn outputs_of(path: &str, site: &Site) -> Option<Vec<String>> {
    let runbook = path.strip_prefix("runbooks/");
    if let Some(stem) = runbook.and_then(|name| name.strip_suffix(".yaml")) {
        let page = PageUrl::of_runbook(stem).as_str().to_owned();
        return Some(vec![page, path.to_owned()]);
    }
    let page = site.pages.iter().find(|page| page.draft.path == path)?;
    let url = &page.draft.url;
    Some(vec![url.as_str().to_owned(), url.markdown()])
}

fn texts(preview: &Preview, severity: Severity) -> Vec<String> {
    let sources = &preview.project.sources;
    let found = preview.findings.iter();
    found
        .filter(|found| found.severity == severity)
        .map(|found| check::to_text(found, sources, Style::Plain))
        .collect()
}
