//! What commits say about the release that holds them, by Conventional Commits 1.0.0
//! (<https://www.conventionalcommits.org/en/v1.0.0/>).
//!
//! Nothing that breaks users is passed over: a `BREAKING CHANGE:` counts in any commit, also in one
//! that is written otherwise. A commit that another one reverts counts for nothing, and neither does
//! its revert, if both are here; the revert of something that users have already is a fix.

use git_conventional as conventional;
use serde::Serialize;
use std::collections::BTreeMap;

/// A commit as git keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its whole hash.
    pub hash: String,
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

/// What commits change, in the order in which they were made. `commits` are given as `git log` lists
/// them, the newest first; merges belong there too, as their subject may be a change of its own.
pub fn changes(commits: &[Commit]) -> Vec<Change> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut in_effect: Vec<bool> = Vec::with_capacity(commits.len());
    // What each commit puts into effect or takes out of it: itself, or what it reverts.
    let mut sets: Vec<BTreeMap<usize, bool>> = Vec::with_capacity(commits.len());
    for (at, commit) in commits.iter().rev().enumerate() {
        let named = reverted(&commit.message);
        let here: Vec<usize> = named
            .iter()
            .filter_map(|hash| find(&places, hash))
            .collect();
        let mut set: BTreeMap<usize, bool> = here
            .iter()
            .flat_map(|older| sets[*older].iter().map(|(which, on)| (*which, !on)))
            .collect();
        // A revert of what is not here changes what users have.
        if here.len() < named.len() || named.is_empty() {
            set.insert(at, true);
        }
        in_effect.push(false);
        set.iter().for_each(|(which, on)| in_effect[*which] = *on);
        sets.push(set);
        places.insert(&commit.hash, at);
    }
    let left = commits.iter().rev().zip(in_effect).filter(|(_, on)| *on);
    left.map(|(commit, _)| change(commit)).collect()
}

/// The commit whose hash begins like this.
fn find(places: &BTreeMap<&str, usize>, hash: &str) -> Option<usize> {
    let (found, place) = places.range(hash..).next()?;
    found.starts_with(hash).then_some(*place)
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
    let is_revert = kind == "revert" || !reverted(&message).is_empty();
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
    let said = message.lines().skip(1).find_map(|line| {
        let rest = ["BREAKING CHANGE", "BREAKING-CHANGE"]
            .iter()
            .find_map(|token| line.strip_prefix(token))?;
        rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" #"))
    });
    said.map(|said| said.trim().to_owned())
}

/// The commits that a message says it reverts, as hashes that may be short: as git writes it, or in
/// the footer `Refs` of a commit of the type `revert`.
fn reverted(message: &str) -> Vec<String> {
    let is_of_type = message.starts_with("revert");
    let named = message.lines().skip(1).filter_map(|line| {
        let line = line.trim();
        line.strip_prefix("This reverts commit ")
            .or_else(|| line.strip_prefix("Refs: ").filter(|_| is_of_type))
    });
    named
        .flat_map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()))
        .filter(|word| (7..=64).contains(&word.len()))
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(hash: &str, message: &str) -> Commit {
        Commit {
            hash: format!("{hash:0<40}"),
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
        // What comes after its revert is not what was reverted.
        assert_eq!(of(&[&feature, &undone]), Bump::Major);
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
