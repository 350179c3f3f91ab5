//! EDGE: when files were last changed, as git knows it.
//!
//! One `git log` answers for all files. The date is the one written into the commit, so a build of
//! the same commit has the same dates on every machine. Where git cannot say, there is no date:
//! outside a repository, for files that no commit holds, and in a shallow clone, whose oldest
//! commit would claim every file.

use crate::git;
use std::collections::BTreeMap;
use std::path::Path;

/// When each file below the `folders` of a project was last changed, RFC 3339, by its path below
/// the project with `/`.
pub fn changes<'f>(
    project: &Path,
    folders: impl IntoIterator<Item = &'f str>,
) -> BTreeMap<String, String> {
    let shallow = git::ask_line(project, &["rev-parse", "--is-shallow-repository"]);
    if shallow.as_deref() != Some("false") {
        return BTreeMap::new();
    }
    let mut arguments = vec![
        "log",
        "--format=%x01%cI",
        "--name-only",
        "-z",
        "--relative",
        "--no-renames",
        "--no-show-signature",
        "--no-ext-diff",
        "--",
    ];
    arguments.extend(folders);
    git::ask(project, &arguments).map_or_else(BTreeMap::new, |log| {
        last_changes(&String::from_utf8_lossy(&log))
    })
}

/// The first, and so latest, commit that names each file. A commit is its date after a byte 1,
/// then its files, each ended by a byte 0.
fn last_changes(log: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for commit in log.split('\u{1}') {
        let mut parts = commit.split('\0').map(|part| part.trim_matches('\n'));
        let Some(date) = parts.next().filter(|date| !date.is_empty()) else {
            continue;
        };
        for path in parts.filter(|path| !path.is_empty()) {
            found
                .entry(path.to_owned())
                .or_insert_with(|| date.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_commit_that_names_a_file_dates_it() {
        let log = "\u{1}2026-03-01T10:00:00+01:00\0\nb.md\0\u{1}2026-02-01T10:00:00Z\0\
                   \u{1}2026-01-01T10:00:00Z\0\na.md\0b.md\0";
        let found: Vec<_> = last_changes(log).into_iter().collect();
        let expected = [
            ("a.md", "2026-01-01T10:00:00Z"),
            ("b.md", "2026-03-01T10:00:00+01:00"),
        ];
        assert_eq!(
            found,
            expected.map(|(path, date)| (path.to_owned(), date.to_owned()))
        );
    }
}
