//! Which policy counts: the one on the protected branch of the remote, as the remote has it.
//!
//! A checkout is in the hands of whoever has the account: a key that somebody writes into its `roles.yaml`, or commits
//! there, is nobody's. So where only signed approvals count, what says who may approve is compared with the remote.

use super::{Plan, SourceRecord};
use crate::exec::digest::sha256;
use crate::git::{self, Tip};
use std::path::{Component, Path};

/// The remote whose branch is protected.
pub const REMOTE: &str = "origin";

/// The files of policy, by the ends of their paths.
const FILES: [&str; 2] = ["data/roles.yaml", "data/approvals.yaml"];

/// The branch as the remote has it, asked from the repository of a folder.
///
/// # Errors
/// Why it cannot be told, with the next step.
pub fn tip(folder: &Path) -> Result<Tip, String> {
    git::tip(folder, REMOTE, None).map_err(|why| {
        let folder = folder.display();
        format!(
            "who may approve is what the protected branch of `{REMOTE}` says, and it cannot be asked from {folder}: {why}"
        )
    })
}

/// Whether a commit is on the branch, as its newest one at some time. What came in with a merge was reviewed only as what
/// the merge made of it.
pub fn is_on(folder: &Path, tip: &Tip, commit: &str) -> bool {
    // A name, such as `HEAD`, is not a commit that somebody could compare later.
    if !git::is_hash(commit) {
        return false;
    }
    let words = ["rev-list", "--first-parent", &tip.commit];
    let line = git::ask_line(folder, &words);
    line.is_some_and(|line| line.lines().any(|one| one == commit))
}

/// Whether a file was at this commit what the plan was made of, but for the line ends that git may write on its
/// way out.
pub fn is_as_committed(folder: &Path, commit: &str, source: &SourceRecord) -> bool {
    let path = format!("{commit}:./{}", source.path);
    let Some(bytes) = git::ask(folder, &["cat-file", "blob", &path]) else {
        return false;
    };
    if sha256(&bytes) == source.sha256 {
        return true;
    }
    let text = String::from_utf8_lossy(&bytes).replace('\n', "\r\n");
    sha256(text.as_bytes()) == source.sha256
}

/// Puts the YAML files of a folder, as a commit has them, into an empty one: settings, data and runbooks, of which plans
/// are made.
///
/// # Errors
/// Why not, for people.
pub fn check_out(folder: &Path, commit: &str, into: &Path) -> Result<(), String> {
    let listed = git::ask(folder, &["ls-tree", "-r", "-z", "--name-only", commit]);
    let listed = listed.ok_or_else(|| format!("the commit {commit} is not here"))?;
    for name in listed
        .split(|byte| *byte == 0)
        .filter(|name| name.ends_with(b".yaml"))
    {
        let name = std::str::from_utf8(name).map_err(|error| error.to_string())?;
        // A tree can be anybody's: nothing of it leaves the folder.
        let is_below = |part| matches!(part, Component::Normal(_));
        if !Path::new(name).components().all(is_below) {
            return Err(format!(
                "the commit {commit} has a file with the path {name}"
            ));
        }
        let text = git::ask(folder, &["cat-file", "blob", &format!("{commit}:./{name}")]);
        let path = into.join(name);
        let parent = path.parent().unwrap_or(into);
        let written = std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text.unwrap_or_default()));
        written.map_err(|error| error.to_string())?;
    }
    Ok(())
}

impl Plan {
    /// The files that it took people, roles and the approval matrix from.
    pub fn policy_files(&self) -> impl Iterator<Item = &SourceRecord> {
        let called = self.called.iter();
        called.filter(|source| FILES.iter().any(|name| source.path.ends_with(name)))
    }

    /// Why the policy of the plan is not the one of a commit; nothing if it is.
    pub fn policy_differs(&self, folder: &Path, branch: &str, commit: &str) -> Option<String> {
        let mut files = self.policy_files();
        let differing = files.find(|file| !is_as_committed(folder, commit, file))?;
        let short = commit.get(..10).unwrap_or(commit);
        Some(format!(
            "{} of this run is not the one on {branch} of `{REMOTE}` (commit {short})",
            differing.path
        ))
    }
}
