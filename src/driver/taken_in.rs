//! Versions that came to a line as other commits than those that were released: by a squash, a rebase, or with
//! conflicts resolved. Their tags are not among the ancestors, and all the same what they brought is not new.
//!
//! The proof is the file that holds the version: a commit of this line wrote the number of the tag into it.

use crate::git;
use crate::release::sources::{self, Form};
use semver::Version;
use std::path::Path;

/// A version that came in, and the commit that brought its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TakenIn {
    pub(super) version: Version,
    pub(super) commit: String,
}

/// Which of the versions with a tag elsewhere came to HEAD since a revision, or ever.
pub(super) fn taken_in(
    folder: &Path,
    (file, form): (&str, &Form),
    since: Option<&Version>,
    elsewhere: &[&Version],
) -> Vec<TakenIn> {
    if elsewhere.is_empty() {
        return Vec::new();
    }
    let range = since.map_or("HEAD".to_owned(), |version| {
        format!("refs/tags/v{version}..HEAD")
    });
    let ask = [
        "log",
        "--format=commit %H",
        "--patch",
        "--unified=0",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        &range,
        "--",
        file,
    ];
    let said = git::ask(folder, &ask).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let (mut commit, mut found) = ("", Vec::new());
    for line in said.lines() {
        if let Some(hash) = line.strip_prefix("commit ") {
            commit = hash;
        } else if let Some(added) = line.strip_prefix('+') {
            let named = elsewhere
                .iter()
                .filter(|version| added.contains(&version.to_string()));
            let came = named.filter(|version| has(folder, commit, (file, form), version));
            found.extend(came.map(|version| TakenIn {
                version: (**version).clone(),
                commit: commit.to_owned(),
            }));
        }
    }
    found
}

/// Whether the file says this version in a commit.
fn has(folder: &Path, commit: &str, (file, form): (&str, &Form), version: &Version) -> bool {
    let text = git::ask(folder, &["cat-file", "blob", &format!("{commit}:./{file}")]);
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let places = text.and_then(|text| sources::places(&text, form).ok());
    let own = version.to_string();
    places.is_some_and(|places| places.iter().any(|place| place.version == own))
}
