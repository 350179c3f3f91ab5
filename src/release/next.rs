//! The next version of a line of releases, by Semantic Versioning 2.0.0 (<https://semver.org/>).
//!
//! A line is what a branch has released. Its next version is higher than all of it, and lower than
//! what newer lines have released: on a maintenance branch nothing is named like a version of the main
//! branch. A prerelease counts from the last version that is none, so that `alpha`, `beta` and
//! `rc` lead to one version.

use super::commits::Bump;
use semver::{Prerelease, Version};
use std::fmt;

/// What is known before a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Versions of the line: those that the commit to release comes after.
    pub of_line: Vec<Version>,
    /// All versions, those of the line too.
    pub all: Vec<Version>,
    /// What the commits since the last version of the line that is no prerelease raise.
    pub since_release: Bump,
    /// What the commits since the last version of the line raise.
    pub since_any: Bump,
}

/// The next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Its number.
    pub version: Version,
    /// The tag of the registry that its users install from.
    pub dist_tag: String,
    /// What it comes after; nothing if it is the first.
    pub after: Option<Version>,
}

/// Why there is no next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoNext {
    /// No commit since then changes anything for users.
    Nothing(Version),
    /// The kind of prerelease is below one that is out already.
    Below {
        /// The kind that was asked for.
        wanted: String,
        /// The prerelease that is out.
        out: Version,
    },
    /// Another line has this version, or a lower one that is above this line.
    OtherLine {
        /// What it would be.
        version: Version,
        /// The lowest version of other lines above this one.
        above: Version,
    },
}

impl fmt::Display for NoNext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(last) => write!(
                f,
                "nothing to release: no commit since {last} is a feature, a fix or a breaking change"
            ),
            Self::Below { wanted, out } => write!(
                f,
                "{out} is out already, and a prerelease `{wanted}` would be below it"
            ),
            Self::OtherLine { version, above } => write!(
                f,
                "the commits ask for {version}, and {above} was released on another line: this line has to stay below it"
            ),
        }
    }
}

/// The next version. `pre` is the kind of a prerelease, such as `rc`; `first` the version of a line that
/// has none yet.
///
/// # Errors
/// [`NoNext`] when nothing is to be released, or no number fits.
pub fn next(history: &History, pre: Option<&Prerelease>, first: &Version) -> Result<Next, NoNext> {
    let base = stable(&history.of_line).max();
    let last = history.of_line.iter().max();
    let core = match base {
        None => first.clone(),
        Some(base) => raised(base, history.since_release),
    };
    // A prerelease that is out promised its number.
    let out = last.filter(|last| !last.pre.is_empty());
    let core = out.map_or(core.clone(), |out| core.max(core_of(out)));
    if base == Some(&core) {
        return Err(NoNext::Nothing(core));
    }
    let core = free(history, core);
    let version = match pre {
        Some(kind) => prerelease(&core, kind, out, history.since_any)?,
        None => core.clone(),
    };
    if let Some(above) = above(history).filter(|above| **above <= core) {
        return Err(NoNext::OtherLine {
            version,
            above: above.clone(),
        });
    }
    Ok(Next {
        dist_tag: dist_tag(&version, &history.all),
        after: last.cloned(),
        version,
    })
}

/// The lowest version of other lines that a line has to stay below: one whose first two numbers are
/// higher than its own. A patch of its own version, such as a hotfix that was merged as other commits,
/// is none.
pub fn above(history: &History) -> Option<&Version> {
    let base = stable(&history.of_line).max()?;
    others(history)
        .filter(|one| numbers(one) > numbers(base))
        .min()
}

/// The number; if it is a patch that another line has, the next patch that is free.
fn free(history: &History, core: Version) -> Version {
    let is_patch = stable(&history.of_line)
        .max()
        .is_some_and(|base| numbers(base) == numbers(&core));
    let of_core = others(history).filter(|one| is_patch && numbers(one) == numbers(&core));
    match of_core.max() {
        Some(taken) if *taken >= core => raised(taken, Bump::Patch),
        _ => core,
    }
}

/// The first two numbers of a version.
fn numbers(version: &Version) -> (u64, u64) {
    (version.major, version.minor)
}

/// Those that are no prereleases.
pub fn stable(versions: &[Version]) -> impl Iterator<Item = &Version> {
    versions.iter().filter(|version| version.pre.is_empty())
}

/// The versions of other lines that are no prereleases.
fn others(history: &History) -> impl Iterator<Item = &Version> {
    stable(&history.all).filter(|one| !history.of_line.contains(one))
}

/// The tag that users of a version install from, where `all` are the versions that are there. A range of
/// versions, such as `v1`, is no tag for npm.
pub fn dist_tag(version: &Version, all: &[Version]) -> String {
    let is_highest =
        |of: &dyn Fn(&Version) -> bool| stable(all).all(|one| !of(one) || one < version);
    match version {
        _ if !version.pre.is_empty() => "next".to_owned(),
        _ if is_highest(&|_| true) => "latest".to_owned(),
        _ if is_highest(&|one| one.major == version.major) => format!("v{}-lts", version.major),
        _ => format!("v{}.{}-lts", version.major, version.minor),
    }
}

pub(super) fn raised(version: &Version, bump: Bump) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *version;
    match bump {
        Bump::Nothing => Version::new(major, minor, patch),
        Bump::Patch => Version::new(major, minor, patch.saturating_add(1)),
        Bump::Minor => Version::new(major, minor.saturating_add(1), 0),
        Bump::Major => Version::new(major.saturating_add(1), 0, 0),
    }
}

/// A version without what makes it a prerelease.
pub fn core_of(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

/// The next prerelease of a kind on the way to `core`: `rc.1`, `rc.2` and so on.
fn prerelease(
    core: &Version,
    kind: &Prerelease,
    out: Option<&Version>,
    since: Bump,
) -> Result<Version, NoNext> {
    let of_core = out.filter(|out| core_of(out) == *core);
    let number = match of_core {
        None => 1,
        Some(out) => {
            let (name, number) = parts(out);
            if name == kind.as_str() && since == Bump::Nothing {
                return Err(NoNext::Nothing(out.clone()));
            }
            if name == kind.as_str() {
                number.saturating_add(1)
            } else {
                1
            }
        }
    };
    let mut version = core.clone();
    version.pre = Prerelease::new(&format!("{kind}.{number}")).unwrap_or_else(|_| kind.clone());
    match of_core {
        Some(out) if version <= *out => Err(NoNext::Below {
            wanted: kind.to_string(),
            out: out.clone(),
        }),
        _ => Ok(version),
    }
}

/// The kind and the number of a prerelease: of `rc.2` they are `rc` and 2.
fn parts(version: &Version) -> (&str, u64) {
    let pre = version.pre.as_str();
    match pre.rsplit_once('.') {
        Some((name, number)) => number.parse().map_or((pre, 0), |number| (name, number)),
        None => (pre, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    fn versions(list: &str) -> Vec<Version> {
        list.split_whitespace().map(version).collect()
    }

    /// The next version of a line, or why there is none. `others` are versions that it does not have.
    fn of(line: &str, others: &str, bumps: (Bump, Bump), pre: &str) -> String {
        let of_line = versions(line);
        let history = History {
            all: [of_line.clone(), versions(others)].concat(),
            of_line,
            since_release: bumps.0,
            since_any: bumps.1,
        };
        let pre = Prerelease::new(pre).ok().filter(|pre| !pre.is_empty());
        match next(&history, pre.as_ref(), &version("0.3.0")) {
            Ok(next) => format!("{} {}", next.version, next.dist_tag),
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn each_line_gets_its_next_version() {
        use Bump::{Major, Minor, Nothing, Patch};
        for (line, others, bumps, pre, wanted) in [
            ("1.4.2", "", (Patch, Patch), "", "1.4.3 latest"),
            ("1.4.2", "", (Minor, Minor), "", "1.5.0 latest"),
            ("1.4.2", "", (Major, Major), "", "2.0.0 latest"),
            ("1.9.0 1.10.0", "", (Patch, Patch), "", "1.10.1 latest"),
            ("", "", (Minor, Minor), "", "0.3.0 latest"),
            ("", "", (Minor, Minor), "beta", "0.3.0-beta.1 next"),
            // Kinds of prereleases, one after the other, lead to one version.
            ("1.4.2", "", (Minor, Minor), "alpha", "1.5.0-alpha.1 next"),
            (
                "1.4.2 1.5.0-alpha.1",
                "",
                (Minor, Patch),
                "alpha",
                "1.5.0-alpha.2 next",
            ),
            (
                "1.4.2 1.5.0-alpha.9",
                "",
                (Minor, Patch),
                "alpha",
                "1.5.0-alpha.10 next",
            ),
            (
                "1.4.2 1.5.0-alpha.2",
                "",
                (Minor, Nothing),
                "rc",
                "1.5.0-rc.1 next",
            ),
            ("1.4.2 1.5.0-rc.1", "", (Minor, Nothing), "", "1.5.0 latest"),
            (
                "1.4.2 1.5.0-rc.1",
                "",
                (Major, Major),
                "rc",
                "2.0.0-rc.1 next",
            ),
            // What was promised stays, also if the commit that asked for it was reverted.
            (
                "1.4.2 2.0.0-rc.1",
                "",
                (Minor, Minor),
                "rc",
                "2.0.0-rc.2 next",
            ),
            (
                "1.4.2 2.0.0-rc.1",
                "",
                (Nothing, Nothing),
                "",
                "2.0.0 latest",
            ),
            // Older lines.
            ("1.4.2", "2.0.0", (Patch, Patch), "", "1.4.3 v1-lts"),
            ("1.4.2", "2.0.0", (Minor, Minor), "", "1.5.0 v1-lts"),
            ("1.4.2", "2.0.0-rc.1", (Minor, Minor), "", "1.5.0 latest"),
            ("2.0.0", "1.4.3", (Patch, Patch), "", "2.0.1 latest"),
            ("1.2.0", "1.4.2 2.0.0", (Patch, Patch), "", "1.2.1 v1.2-lts"),
            // A hotfix whose tag this line does not have, as after a merge by squash.
            ("1.4.2", "1.4.3", (Patch, Patch), "", "1.4.4 latest"),
            ("1.4.2", "1.4.3", (Minor, Minor), "", "1.5.0 latest"),
            ("1.4.2", "1.4.3", (Major, Major), "rc", "2.0.0-rc.1 next"),
            ("1.4.2", "2.0.0-alpha.1", (Major, Major), "", "2.0.0 latest"),
        ] {
            assert_eq!(
                of(line, others, bumps, pre),
                wanted,
                "{line} | {others} | {pre}"
            );
        }
    }

    #[test]
    fn what_has_no_next_version_says_why() {
        use Bump::{Major, Minor, Nothing, Patch};
        for (line, others, bumps, pre, wanted) in [
            (
                "1.4.2",
                "",
                (Nothing, Nothing),
                "",
                "nothing to release: no commit since 1.4.2",
            ),
            (
                "1.4.2",
                "",
                (Nothing, Nothing),
                "rc",
                "nothing to release: no commit since 1.4.2",
            ),
            (
                "1.4.2 1.5.0-rc.1",
                "",
                (Minor, Nothing),
                "rc",
                "no commit since 1.5.0-rc.1",
            ),
            (
                "1.4.2 1.5.0-rc.1",
                "",
                (Minor, Patch),
                "beta",
                "1.5.0-rc.1 is out already",
            ),
            (
                "1.4.2",
                "1.5.0",
                (Minor, Minor),
                "",
                "ask for 1.5.0, and 1.5.0 was released on another line",
            ),
            (
                "1.4.2",
                "1.5.0 2.0.0",
                (Major, Major),
                "",
                "ask for 2.0.0, and 1.5.0 was released",
            ),
        ] {
            let said = of(line, others, bumps, pre);
            assert!(said.contains(wanted), "{line} | {others} | {pre}: {said}");
        }
    }
}
