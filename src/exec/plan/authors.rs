//! Who wrote what is approved, as git knows it.

use super::{Person, Plan};
use crate::git;
use std::path::Path;

/// The people of a plan who wrote a commit, or one behind `since` that leads to it, as a repository has them: by the
/// addresses of authors and of trailers `Co-authored-by`, as they stand in the commits. Somebody whom the project does
/// not list cannot approve in any case.
///
/// # Errors
/// That git does not know these commits.
pub fn authors(
    plan: &Plan,
    repository: &Path,
    commit: &str,
    since: Option<&str>,
) -> Result<Vec<String>, String> {
    let alone = format!("{commit}^!");
    let range = since.map(|since| format!("{since}..{commit}"));
    let mut said = String::new();
    if let Some(range) = &range {
        said = log(repository, range)?;
    }
    // Behind itself there is nothing, and somebody wrote it all the same.
    if said.trim().is_empty() {
        said = log(repository, &alone)?;
    }
    let said = said.to_lowercase();
    let mails: Vec<&str> = said
        .split(|c: char| c.is_whitespace() || c == '<' || c == '>')
        .filter(|word| word.contains('@'))
        .collect();
    let wrote = |person: &&Person| {
        let mut own = person.mails.iter();
        own.any(|mail| mails.contains(&mail.as_str()))
    };
    let wrote = plan.people.iter().filter(wrote);
    Ok(wrote.map(|person| person.name.clone()).collect())
}

/// The addresses of a range. A `.mailmap` and replaced commits are in the hands of whoever has the folder, so neither
/// is looked at.
fn log(repository: &Path, range: &str) -> Result<String, String> {
    let words = [
        "--no-replace-objects",
        "log",
        "--no-mailmap",
        "--no-show-signature",
        "--format=%ae%n%(trailers:key=Co-authored-by,valueonly)",
        // Whatever the texts are, they are no options of git.
        "--end-of-options",
        range,
        "--",
    ];
    let said = git::ask(repository, &words);
    let said = said.ok_or_else(|| format!("git does not know who wrote {range}"))?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}
