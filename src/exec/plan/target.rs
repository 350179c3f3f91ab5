//! The folder that steps work in, and what git says about it.

use crate::exec::digest::sha256;
use crate::exec::plan::SourceRecord;
use crate::git;
use std::path::{Path, PathBuf};

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
    let Some(top) = git::ask_line(folder, &["rev-parse", "--show-toplevel"]) else {
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
    SourceRecord {
        repository: repository(project),
        path: path.to_owned(),
        sha256: sha256(text.as_bytes()),
        commit: commit(project),
        dirty: !is_committed(project, path, text),
    }
}

/// Whether the commit that is checked out has this text at this path, but for the line ends that git
/// may write on its way out.
fn is_committed(project: &Path, path: &str, text: &str) -> bool {
    let committed = git::ask(project, &["cat-file", "blob", &format!("HEAD:./{path}")]);
    committed.is_some_and(|committed| {
        committed == text.as_bytes() || committed == text.replace("\r\n", "\n").as_bytes()
    })
}

/// The commit that is checked out in a folder.
pub fn commit(folder: &Path) -> Option<String> {
    git::ask_line(folder, &["rev-parse", "--verify", "--quiet", "HEAD"])
}

/// The address of the repository that a folder is in; of one without a remote, its top folder.
fn repository(folder: &Path) -> Option<String> {
    git::ask_line(folder, &["config", "--get", "remote.origin.url"])
        .map(|address| without_sign_in(&address))
        .or_else(|| git::ask_line(folder, &["rev-parse", "--show-toplevel"]))
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
