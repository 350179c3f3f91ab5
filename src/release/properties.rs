//! What holds of every history of commits and of every line of releases.

use super::commits::{self, Bump, Commit};
use super::next::{History, core_of, next, raised};
use crate::properties;
use proptest::prelude::*;
use semver::{Prerelease, Version};
use std::collections::BTreeSet;

/// What an author may write, and what it raises.
const MESSAGES: [(&str, Bump); 12] = [
    ("fix: a", Bump::Patch),
    ("fix(core): a\n\nRefs: #1", Bump::Patch),
    ("perf: a", Bump::Patch),
    ("feat: a", Bump::Minor),
    ("feat(cli): a\n\nlong text", Bump::Minor),
    ("feat(cli)!: a", Bump::Major),
    ("chore: a\n\nBREAKING CHANGE: b", Bump::Major),
    ("refactor!: a", Bump::Major),
    ("docs: a", Bump::Nothing),
    ("Merge branch 'a'", Bump::Nothing),
    ("words", Bump::Nothing),
    ("ci: a", Bump::Nothing),
];

/// A history, the oldest commit first: messages, and now and then the revert of an earlier commit. Each
/// commit adds its number to the files or, as a revert, does the opposite of the one it reverts, where
/// git could. With it, what the commits raise whose number is there at the end.
fn history() -> impl Strategy<Value = (Vec<Commit>, Bump)> {
    let step = (
        0..MESSAGES.len(),
        prop::option::weighted(0.4, any::<prop::sample::Index>()),
    );
    prop::collection::vec(step, 0..20).prop_map(|steps| {
        let mut made: Vec<Commit> = Vec::new();
        let mut files: BTreeSet<usize> = BTreeSet::new();
        // The number that each commit adds, or takes away.
        let mut means: Vec<(usize, bool)> = Vec::new();
        let mut raises: Vec<Bump> = Vec::new();
        for (message, revert) in steps {
            let at = made.len();
            let hash = format!("{:040x}", (at + 1) * 0x9e37_79b9);
            let can_be: Vec<usize> = (0..at)
                .filter(|one| files.contains(&means[*one].0) == means[*one].1)
                .collect();
            let of = revert
                .filter(|_| !can_be.is_empty())
                .map(|index| *index.get(&can_be));
            let (text, (number, adds)) = match of {
                Some(of) => (
                    format!("Revert \"x\"\n\nThis reverts commit {}.", made[of].hash),
                    (means[of].0, !means[of].1),
                ),
                None => (MESSAGES[message].0.to_owned(), (at, true)),
            };
            match adds {
                true => files.insert(number),
                false => files.remove(&number),
            };
            made.push(Commit {
                hash,
                parents: Vec::new(),
                message: text,
            });
            means.push((number, adds));
            raises.push(MESSAGES[message].1);
        }
        let most = files.iter().map(|number| raises[*number]).max();
        (made, most.unwrap_or(Bump::Nothing))
    })
}

fn a_bump() -> impl Strategy<Value = Bump> {
    prop::sample::select(vec![Bump::Nothing, Bump::Patch, Bump::Minor, Bump::Major])
}

/// A line that grew from release to release, each with prereleases or none.
fn line() -> impl Strategy<Value = Vec<Version>> {
    let step = (a_bump(), prop::collection::vec(0_usize..3, 0..4));
    prop::collection::vec(step, 0..8).prop_map(|steps| {
        let kinds = ["alpha", "beta", "rc"];
        let mut line: Vec<Version> = Vec::new();
        for (bump, pres) in steps {
            let wanted = pres.iter().map(|kind| Prerelease::new(kinds[*kind]).ok());
            for pre in wanted.chain([None]) {
                let history = history_of(&line, bump, bump);
                let found = next(&history, pre.as_ref(), &Version::new(1, 0, 0));
                line.extend(found.map(|next| next.version));
            }
        }
        line
    })
}

fn history_of(line: &[Version], since_release: Bump, since_any: Bump) -> History {
    History {
        of_line: line.to_vec(),
        all: line.to_vec(),
        since_release,
        since_any,
    }
}

/// Whether the numbers behind the one that was raised begin again.
fn begins_again(base: &Version, core: &Version) -> bool {
    match (core.major > base.major, core.minor > base.minor) {
        (true, _) => (core.minor, core.patch) == (0, 0),
        (false, true) => core.patch == 0,
        (false, false) => true,
    }
}

proptest! {
    #![proptest_config(properties::config("tests/regressions/release.txt", 10_000))]

    #[test]
    fn what_is_in_effect_at_the_end_decides((made, most) in history()) {
        let newest_first: Vec<Commit> = made.into_iter().rev().collect();
        prop_assert_eq!(commits::bump(&commits::changes(&newest_first)), most);
    }

    #[test]
    fn a_next_version_is_new_and_higher_and_raises_what_was_asked_for(
        line in line(),
        bump in a_bump(),
        since in a_bump(),
        pre in prop::sample::select(vec!["", "alpha", "beta", "rc"]),
    ) {
        let pre = Prerelease::new(pre).ok().filter(|pre| !pre.is_empty());
        let base = line.iter().filter(|one| one.pre.is_empty()).max();
        let found = next(&history_of(&line, bump, since.min(bump)), pre.as_ref(), &Version::new(1, 0, 0));
        let Ok(found) = found else {
            // A line without a version always has a first one.
            prop_assert!(!line.is_empty());
            return Ok(());
        };
        let version = &found.version;
        prop_assert!(line.iter().all(|one| one < version), "{line:?} {version}");
        prop_assert_eq!(version.pre.is_empty(), pre.is_none());
        prop_assert_eq!(found.dist_tag == "latest", pre.is_none());
        if let Some(base) = base {
            let core = core_of(version);
            let promised = line.iter().max().filter(|last| !last.pre.is_empty()).map(core_of);
            let wanted = promised.map_or(raised(base, bump), |promised| promised.max(raised(base, bump)));
            prop_assert_eq!(&core, &wanted, "{} {:?}", base, bump);
            prop_assert!(begins_again(base, &core), "{base} {core}");
        }
    }
}
