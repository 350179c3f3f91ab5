//! The folder that steps work in, and what git says about it.

use crate::exec::plan::{SourceRecord, sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder as an absolute path without links.
///
/// # Errors
/// Why it cannot be worked in, with the next step.
pub fn folder(path: &Path) -> Result<PathBuf, String> {
    let found = path.canonicalize().map_err(|error| {
        format!(
            "cannot work in {}: {error}; name another folder with --target",
            path.display()
        )
    })?;
    match found.is_dir() {
        true => Ok(found),
        false => Err(format!(
            "{} is no folder; name another one with --target",
            path.display()
        )),
    }
}

/// Makes sure that a folder is the top of its own git work tree.
///
/// # Errors
/// What it is instead, with the next step.
pub fn is_git_top(folder: &Path) -> Result<(), String> {
    let Some(top) = git(folder, &["rev-parse", "--show-toplevel"]) else {
        return Err(format!(
            "{} is in no git repository; name the repository with --target",
            folder.display()
        ));
    };
    match Path::new(&top)
        .canonicalize()
        .is_ok_and(|top| top == folder)
    {
        true => Ok(()),
        false => Err(format!(
            "{} is inside the repository {top}; use --target {top}",
            folder.display()
        )),
    }
}

/// Where a runbook's text came from: its hash, and the commit it was checked out from. A file that
/// git ignores, or that is in no repository, is in no commit.
pub fn source(project: &Path, path: &str, text: &str) -> SourceRecord {
    let status = git(project, &["status", "--porcelain", "--ignored", "--", path]);
    SourceRecord {
        repository: repository(project),
        path: path.to_owned(),
        sha256: sha256(text.as_bytes()),
        commit: commit(project),
        dirty: status.is_none_or(|lines| !lines.is_empty()),
    }
}

/// The commit that is checked out in a folder.
pub fn commit(folder: &Path) -> Option<String> {
    git(folder, &["rev-parse", "--verify", "--quiet", "HEAD"])
}

/// The address of the repository that a folder is in; of one without a remote, its top folder.
fn repository(folder: &Path) -> Option<String> {
    git(folder, &["config", "--get", "remote.origin.url"])
        .map(|address| without_sign_in(&address))
        .or_else(|| git(folder, &["rev-parse", "--show-toplevel"]))
}

/// `https://ana:token@host/x` without the sign-in.
fn without_sign_in(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let host = rest.find('/').unwrap_or(rest.len());
    let start = rest[..host].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[start..])
}

/// What a git command says; `None` if it fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_repository_is_kept_without_its_sign_in() {
        for (address, kept) in [
            ("https://ana:token@host/x.git", "https://host/x.git"),
            ("https://token@host/@scope/x", "https://host/@scope/x"),
            ("https://host/x.git", "https://host/x.git"),
            ("git@host:team/x.git", "git@host:team/x.git"), // a user name of ssh, no secret
            ("../remote.git", "../remote.git"),
        ] {
            assert_eq!(without_sign_in(address), kept, "{address}");
        }
    }
}
