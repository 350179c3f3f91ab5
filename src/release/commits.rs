//! What commits say about the release that holds them, by Conventional Commits 1.0.0
//! (<https://www.conventionalcommits.org/en/v1.0.0/>).
//!
//! Nothing that breaks users is passed over: a `BREAKING CHANGE:` counts in any commit, also in one
//! that is written otherwise. A commit that another one reverts counts for nothing, and neither does
//! its revert, if both are here; the revert of something that users have already is a fix. The revert of
//! a merge reverts all that came with it.

use git_conventional as conventional;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A commit as git keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its whole hash.
    pub hash: String,
    /// The hashes of its parents, the one that was merged into first.
    pub parents: Vec<String>,
    /// Its whole message.
    pub message: String,
}

/// Which part of a version a change raises (Semantic Versioning 2.0.0, 6 to 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// None: nobody has to get it.
    Nothing,
    /// The last: users are to notice nothing else.
    Patch,
    /// The middle: there is something new.
    Minor,
    /// The first: something that users rely on is gone or differs.
    Major,
}

/// What a commit changes for users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The whole hash of its commit.
    pub hash: String,
    /// The type that its subject begins with, in lower case; empty if it has none.
    pub kind: String,
    /// The part of the product that it is about.
    pub scope: Option<String>,
    /// What it does, in the words of its author.
    pub subject: String,
    /// What it breaks, in the words of its author.
    pub breaking: Option<String>,
    /// What it raises.
    pub bump: Bump,
}

/// What commits change, in the order in which they were made. `commits` are given as `git log
/// --topo-order` lists them, the newest first; merges belong there too, as their subject may be a
/// change of its own.
pub fn changes(commits: &[Commit]) -> Vec<Change> {
    let mut effects = Effects::default();
    for commit in commits.iter().rev() {
        effects.add(commit);
    }
    let left = commits.iter().rev().zip(effects.in_effect);
    left.filter(|(_, on)| *on)
        .map(|(commit, _)| change(commit))
        .collect()
}

/// What is in effect after the commits so far, the oldest first, each named by its number.
#[derive(Default)]
struct Effects<'c> {
    in_effect: Vec<bool>,
    /// What each commit puts into effect or takes out of it: itself, or what it reverts.
    sets: Vec<BTreeMap<usize, bool>>,
    parents: Vec<Vec<usize>>,
    places: BTreeMap<&'c str, usize>,
    /// The last commit with each subject.
    subjects: BTreeMap<&'c str, usize>,
}

impl<'c> Effects<'c> {
    fn add(&mut self, commit: &'c Commit) {
        let at = self.sets.len();
        let mut set = BTreeMap::new();
        let mut are_all_here = true;
        for named in reverted(&commit.message) {
            match self.find(&named) {
                Some(older) => set.extend(self.of_commit(older).map(|(which, on)| (which, !on))),
                None => are_all_here = false,
            }
        }
        // A revert of what is not here changes what users have.
        if set.is_empty() || !are_all_here {
            set.insert(at, true);
        }
        self.in_effect.push(false);
        set.iter()
            .for_each(|(which, on)| self.in_effect[*which] = *on);
        self.sets.push(set);
        let parents = commit.parents.iter();
        let parents = parents.filter_map(|hash| self.places.get(hash.as_str()).copied());
        self.parents.push(parents.collect());
        self.places.insert(&commit.hash, at);
        self.subjects.insert(subject(&commit.message), at);
    }

    fn find(&self, named: &Named) -> Option<usize> {
        match named {
            Named::Hash(hash) => {
                let (found, place) = self.places.range(hash.as_str()..).next()?;
                found.starts_with(hash).then_some(*place)
            }
            Named::Subject(subject) => self.subjects.get(subject.as_str()).copied(),
        }
    }

    /// What a commit put into effect or took out of it, with all that came by it if it is a merge.
    fn of_commit(&self, at: usize) -> impl Iterator<Item = (usize, bool)> {
        let mut brought: BTreeSet<usize> = BTreeSet::from([at]);
        if let [into, merged @ ..] = self.parents[at].as_slice()
            && !merged.is_empty()
        {
            brought.extend(self.reachable(merged));
            let before = self.reachable(&[*into]);
            brought.retain(|one| !before.contains(one));
        }
        let sets = brought.into_iter().flat_map(|one| self.sets[one].clone());
        sets.collect::<BTreeMap<usize, bool>>().into_iter()
    }

    /// These commits and all that they come after.
    fn reachable(&self, from: &[usize]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next: Vec<usize> = from.to_vec();
        while let Some(at) = next.pop() {
            if found.insert(at) {
                next.extend(&self.parents[at]);
            }
        }
        found
    }
}

/// What a release with these changes raises.
pub fn bump(changes: &[Change]) -> Bump {
    let bumps = changes.iter().map(|change| change.bump);
    bumps.max().unwrap_or(Bump::Nothing)
}

fn change(commit: &Commit) -> Change {
    let message = commit.message.replace("\r\n", "\n");
    let first = message.lines().next().unwrap_or_default().trim();
    let parsed = conventional::Commit::parse(&message)
        // A body without the empty line before it does not make the subject worthless.
        .or_else(|_| conventional::Commit::parse(first));
    let footer = breaking_footer(&message);
    let (kind, scope, subject, breaking) = match &parsed {
        Ok(parsed) => {
            let said = parsed.breaking_description().map(str::to_owned);
            let by_sign = parsed.breaking().then(|| parsed.description().to_owned());
            (
                parsed.type_().as_str().to_lowercase(),
                parsed.scope().map(|scope| scope.as_str().to_owned()),
                parsed.description().to_owned(),
                said.or(footer).or(by_sign),
            )
        }
        Err(_) => (String::new(), None, first.to_owned(), footer),
    };
    let is_revert = is_revert(first);
    let bump = match kind.as_str() {
        _ if breaking.is_some() => Bump::Major,
        "feat" => Bump::Minor,
        "fix" | "perf" => Bump::Patch,
        _ if is_revert => Bump::Patch,
        _ => Bump::Nothing,
    };
    Change {
        hash: commit.hash.clone(),
        kind,
        scope,
        subject,
        breaking,
        bump,
    }
}

/// What a footer says that the commit breaks.
fn breaking_footer(message: &str) -> Option<String> {
    let said = message.lines().find_map(|line| {
        let rest = ["BREAKING CHANGE", "BREAKING-CHANGE"]
            .iter()
            .find_map(|token| line.strip_prefix(token))?;
        rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" #"))
    });
    said.map(|said| said.trim().to_owned())
}

/// How a message names a commit.
enum Named {
    /// By its hash, which may be short.
    Hash(String),
    /// By its subject, as a host's button does.
    Subject(String),
}

/// The first line of a message.
fn subject(message: &str) -> &str {
    message.lines().next().unwrap_or_default().trim()
}

/// Whether a commit with this subject reverts others: as git writes it, or of the type `revert`.
fn is_revert(subject: &str) -> bool {
    let words = ["Revert \"", "Reapply \"", "revert:", "revert(", "revert!"];
    words.iter().any(|word| subject.starts_with(word))
}

/// The commits that a message reverts: those whose hashes follow git's words or stand in the footer
/// `Refs`, or else the one whose subject is quoted. A commit that only tells of a revert is none.
fn reverted(message: &str) -> Vec<Named> {
    let subject = subject(message);
    if !is_revert(subject) {
        return Vec::new();
    }
    let lines = message.lines().skip(1).map(str::trim).filter_map(|line| {
        line.strip_prefix("This reverts commit ")
            .or_else(|| line.strip_prefix("Refs: "))
    });
    let hashes: Vec<Named> = lines
        .flat_map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()))
        .filter(|word| (7..=64).contains(&word.len()))
        .map(|word| Named::Hash(word.to_lowercase()))
        .collect();
    if !hashes.is_empty() {
        return hashes;
    }
    let quoted = subject
        .split_once('"')
        .and_then(|(_, rest)| rest.rsplit_once('"'));
    quoted
        .map(|(quoted, _)| Named::Subject(quoted.to_owned()))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(hash: &str, message: &str) -> Commit {
        Commit {
            hash: format!("{hash:0<40}"),
            parents: Vec::new(),
            message: message.to_owned(),
        }
    }

    /// What a single commit raises.
    fn raises(message: &str) -> Bump {
        bump(&changes(&[commit("a1", message)]))
    }

    #[test]
    fn each_way_to_write_a_commit_raises_what_it_says() {
        for (message, raised) in [
            ("fix: a", Bump::Patch),
            ("perf(core): a", Bump::Patch),
            ("feat: a", Bump::Minor),
            ("Feat: a", Bump::Minor),
            ("feat(cli): a\n\nlong text", Bump::Minor),
            ("feat!: a", Bump::Major),
            ("feat(cli)!: a", Bump::Major),
            ("chore!: drop Node 18", Bump::Major),
            ("docs: a\n\nBREAKING CHANGE: b", Bump::Major),
            (
                "fix: a\n\ntext\n\nBREAKING-CHANGE: b\nRefs: #1",
                Bump::Major,
            ),
            // Without the empty line, and in a message of another form: nobody is to be surprised.
            ("fix: a\nBREAKING CHANGE: b", Bump::Major),
            ("Update things\n\nBREAKING CHANGE: b", Bump::Major),
            ("feat: a\r\n\r\nBREAKING CHANGE: b\r\n", Bump::Major),
            // Words about it are no footer.
            ("docs: write about BREAKING CHANGE: it", Bump::Nothing),
            ("docs: a\n\nsee BREAKING CHANGE: b", Bump::Nothing),
            ("chore: a", Bump::Nothing),
            ("docs: a", Bump::Nothing),
            ("build(deps): a", Bump::Nothing),
            ("Merge branch 'feat/x' into main", Bump::Nothing),
            ("feat : a", Bump::Nothing),
            ("feature", Bump::Nothing),
            ("", Bump::Nothing),
            ("Merge pull request #5 from a/b\n\nfeat: a", Bump::Nothing),
            ("feat: a (#8)\n\n* fix: b\n* chore: c", Bump::Minor),
            // Users have what is reverted here.
            (
                "revert: feat: a\n\nThis reverts commit 1234567.",
                Bump::Patch,
            ),
            (
                "Revert \"feat: a\"\n\nThis reverts commit 1234567.",
                Bump::Patch,
            ),
            ("revert!: a", Bump::Major),
            ("Revert \"feat: a (#1)\" (#2)\n\nReverts o/r#1", Bump::Patch),
            ("BREAKING CHANGE: b", Bump::Major),
            // These only tell of a revert.
            (
                "chore: x (#5)\n\n* Revert \"wip\"\n\nThis reverts commit abcdef12345.",
                Bump::Nothing,
            ),
        ] {
            assert_eq!(raises(message), raised, "{message:?}");
        }
    }

    #[test]
    fn a_revert_and_what_it_reverts_count_for_nothing() {
        let feature = commit("aaaaaaa1", "feat!: a");
        let undone = commit(
            "bbbbbbb1",
            "Revert \"feat!: a\"\n\nThis reverts commit aaaaaaa1.",
        );
        let again = commit(
            "ccccccc1",
            "Reapply \"feat!: a\"\n\nThis reverts commit bbbbbbb1.",
        );
        let fix = commit("ddddddd1", "fix: b");
        let by_refs = commit("eeeeeee1", "revert: let us not\n\nRefs: aaaaaaa1, ddddddd1");
        let of = |newest_first: &[&Commit]| {
            let commits: Vec<Commit> = newest_first.iter().copied().cloned().collect();
            bump(&changes(&commits))
        };
        assert_eq!(of(&[&feature]), Bump::Major);
        assert_eq!(of(&[&undone, &feature]), Bump::Nothing);
        assert_eq!(of(&[&undone, &fix, &feature]), Bump::Patch);
        assert_eq!(of(&[&again, &undone, &feature]), Bump::Major);
        assert_eq!(of(&[&by_refs, &fix, &feature]), Bump::Nothing);
        // By the button of a host, which names no hash; and a commit of its own that tells of a revert.
        let by_button = commit("ffffff1", "Revert \"feat!: a\" (#13)\n\nReverts o/r#12");
        assert_eq!(of(&[&by_button, &feature]), Bump::Nothing);
        let instead = commit(
            "ababab1",
            "feat: a, better\n\nThis reverts commit ddddddd1 and goes on.",
        );
        assert_eq!(of(&[&instead, &fix]), Bump::Minor);
        // What comes after its revert is not what was reverted.
        assert_eq!(of(&[&feature, &undone]), Bump::Major);
    }

    #[test]
    fn the_revert_of_a_merge_reverts_all_that_came_with_it() {
        let after = |hash: &str, parents: &[&str], message: &str| Commit {
            parents: parents
                .iter()
                .map(|parent| format!("{parent:0<40}"))
                .collect(),
            ..commit(hash, message)
        };
        let newest_first = [
            after(
                "e1e1e1e",
                &["d1d1d1d"],
                "Revert \"Merge branch 'x'\"\n\nThis reverts commit d1d1d1d.",
            ),
            after("d1d1d1d", &["b1b1b1b", "c1c1c1c"], "Merge branch 'x'"),
            after("c1c1c1c", &["a1a1a1a"], "feat!: big"),
            after("b1b1b1b", &["a1a1a1a"], "fix: small"),
            after("a1a1a1a", &[], "docs: begin"),
        ];
        assert_eq!(bump(&changes(&newest_first)), Bump::Patch);
        assert_eq!(bump(&changes(&newest_first[1..])), Bump::Major);
    }

    #[test]
    fn a_change_has_the_words_of_its_author_and_comes_in_their_order() {
        let found = changes(&[
            commit("b", "fix: later"),
            commit(
                "a",
                "Feat(cli): earlier\n\nBREAKING CHANGE: the flag -x is gone",
            ),
        ]);
        let [earlier, later] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (later.kind.as_str(), later.subject.as_str()),
            ("fix", "later")
        );
        assert_eq!(earlier.kind, "feat");
        assert_eq!(earlier.scope.as_deref(), Some("cli"));
        assert_eq!(earlier.subject, "earlier");
        assert_eq!(earlier.breaking.as_deref(), Some("the flag -x is gone"));
    }
}
