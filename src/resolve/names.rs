//! What a wrong path or place was most likely meant to be.
//!
//! A tree from elsewhere has as many wrong links as right ones, and each is to be told what it could have been.
//! So what can be looked up stands in an index. Names that are merely near can be found by comparing alone, and
//! the text of one file has [`Patience`] for so many comparisons; what is wrong after that gets no such help.

use crate::diag::{did_you_mean, nearest_path};
use crate::model::paths::FIRST_PAGES;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// How many names one text is compared with.
const COMPARISONS: usize = 20_000;

/// How many comparisons a text has left.
pub(super) struct Patience(Cell<usize>);

impl Patience {
    pub(super) fn new() -> Self {
        Self(Cell::new(COMPARISONS))
    }

    /// Whether there is enough for so many names; they are counted then.
    fn has(&self, names: usize) -> bool {
        let left = self.0.get().checked_sub(names);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// The paths of a project, by what can be wrong with them.
pub(super) struct Names<'d> {
    /// All of them, in order.
    all: Vec<&'d str>,
    /// The first of those that differ in case alone.
    by_lower_case: FxHashMap<String, &'d str>,
    /// Those with a name, in order.
    by_name: FxHashMap<&'d str, Vec<&'d str>>,
    /// Those with the last part of a stem, in order.
    by_stem: FxHashMap<&'d str, Vec<&'d str>>,
}

impl<'d> Names<'d> {
    pub(super) fn new(paths: impl Iterator<Item = &'d str>) -> Self {
        let mut all: Vec<&str> = paths.collect();
        all.sort_unstable();
        let mut names = Self {
            all: Vec::new(),
            by_lower_case: FxHashMap::default(),
            by_name: FxHashMap::default(),
            by_stem: FxHashMap::default(),
        };
        for path in &all {
            let lower = path.to_ascii_lowercase();
            names.by_lower_case.entry(lower).or_insert(path);
            names.by_name.entry(last(path)).or_default().push(path);
            let stem = last(stem(path));
            names.by_stem.entry(stem).or_default().push(path);
        }
        names.all = all;
        names
    }

    /// The path that differs in case alone.
    pub(super) fn in_other_case(&self, path: &str) -> Option<&'d str> {
        self.by_lower_case.get(&path.to_ascii_lowercase()).copied()
    }

    /// The first path that is `stem`, or ends with it, if its extension and a first page's name are left
    /// out; and whether it is the only one.
    pub(super) fn with_stem(&self, wanted: &str) -> Option<(&'d str, bool)> {
        let ends = |path: &&&str| {
            stem(path)
                .strip_suffix(wanted)
                .is_some_and(|above| above.is_empty() || above.ends_with('/'))
        };
        let mut found = self.by_stem.get(last(wanted))?.iter().filter(ends);
        Some((found.next()?, found.next().is_none()))
    }

    /// The path with the name of `path` that has the most folders with it in common; none for the
    /// first page of a folder, which every folder may have.
    pub(super) fn with_same_name(&self, path: &str) -> Option<&'d str> {
        let name = last(path);
        if FIRST_PAGES.contains(&name) {
            return None;
        }
        let shared = |other: &str| {
            let parts = other.split('/').zip(path.split('/'));
            parts.take_while(|(a, b)| a == b).count()
        };
        let same = self.by_name.get(name)?.iter().copied();
        same.rev().max_by_key(|other| shared(other))
    }

    /// The path that is near in each of its parts.
    pub(super) fn near(&self, path: &str, patience: &Patience) -> Option<&'d str> {
        patience
            .has(self.all.len())
            .then(|| nearest_path(path, self.all.iter().copied()))
            .flatten()
    }
}

/// The help line for the name among `known` that is near to a word.
pub(super) fn near_name(word: &str, known: &[&str], patience: &Patience) -> Option<String> {
    patience
        .has(known.len())
        .then(|| did_you_mean(word, known.iter().copied()))
        .flatten()
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn stem(path: &str) -> &str {
    path.trim_end_matches(".md").trim_end_matches("/index")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 5] = [
        "content/guide/index.md",
        "content/guide/setup.md",
        "content/other/setup.md",
        "content/Other.md",
        "img/one.png",
    ];

    #[test]
    fn a_path_is_found_by_case_stem_and_name() {
        let names = Names::new(PATHS.into_iter());
        assert_eq!(
            names.in_other_case("content/other.md"),
            Some("content/Other.md")
        );
        assert_eq!(
            names.with_stem("guide"),
            Some(("content/guide/index.md", true))
        );
        assert_eq!(
            names.with_stem("other/setup"),
            Some(("content/other/setup.md", true))
        );
        assert_eq!(names.with_stem("uide"), None, "no half a name");
        assert_eq!(
            names.with_same_name("content/other/deep/setup.md"),
            Some("content/other/setup.md")
        );
        assert_eq!(names.with_same_name("content/index.md"), None);
    }

    #[test]
    fn what_is_near_is_looked_for_as_long_as_patience_lasts() {
        let names = Names::new(PATHS.into_iter());
        let patience = Patience::new();
        let near = || names.near("content/guide/stup.md", &patience);
        for _ in 0..COMPARISONS / PATHS.len() {
            assert_eq!(near(), Some("content/guide/setup.md"));
        }
        assert_eq!(near(), None);
        assert_eq!(near_name("hotfx", &["hotfix"], &patience), None);
    }
}
