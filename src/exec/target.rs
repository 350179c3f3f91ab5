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

/// Where a runbook's text came from: its hash, and the commit it was checked out from.
pub fn source(project: &Path, path: &str, text: &str) -> SourceRecord {
    let status = git(project, &["status", "--porcelain", "--", path]);
    SourceRecord {
        path: path.to_owned(),
        sha256: sha256(text.as_bytes()),
        commit: git(project, &["rev-parse", "--verify", "--quiet", "HEAD"]),
        dirty: status.is_none_or(|lines| !lines.is_empty()),
    }
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
