//! Which entry of the project answers what a failed step said.
//!
//! A run keeps what the project knew of messages when it began, beside its plan and not in it: an entry that is
//! corrected changes no plan, and a run that is taken up without its sources still names the entry. Runs that
//! began with the same entries share one file.

use super::run::Run;
use crate::exec::process::shim::Attempt;
use crate::files::{self, regular};
use crate::known_errors::{Collection, Entry, Paste};
use serde::Serialize;
use std::fs;
use std::io;
use std::path::PathBuf;

/// The name of the file of a run, and of the folder of all runs.
const NAME: &str = "known-errors";
/// How much of a log is looked at: its end, in bytes.
const END: u64 = 256 * 1024;

/// An entry that answers a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Who answers, as the project knew it when the run began.
    #[serde(flatten)]
    pub entry: Entry,
    /// The line of the log that led there.
    pub line: String,
}

impl Run {
    /// Keeps what the project knows of messages.
    ///
    /// # Errors
    /// The operating system's reason.
    pub(super) fn keep_known_errors(&self, known: &Collection) -> io::Result<()> {
        let bytes = known.to_bytes();
        let name = files::short_hash(&bytes);
        let shared = self.shared(&name);
        if !shared.exists() {
            let folder = shared.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder)?;
            files::replace(&shared, &bytes)?;
        }
        files::replace(&self.folder.join(NAME), name.as_bytes())
    }

    /// The entry that fits best what a try of a step said; nothing if none fits, or nobody wrote it down.
    pub fn explained(&self, step: &str, attempt: u32) -> Option<Explained> {
        let known = self.known_errors()?;
        let said = Attempt::new(&self.folder, step, attempt)
            .log_end(END)
            .ok()?;
        let paste = Paste::new(&String::from_utf8_lossy(&said));
        let best = known.book().diagnose(&paste).into_iter().next()?;
        Some(Explained {
            entry: known.entries[best.entry].clone(),
            line: paste.line(best.said[0].line),
        })
    }

    /// What the project knew when the run began.
    fn known_errors(&self) -> Option<Collection> {
        let name = String::from_utf8(regular::read(&self.folder.join(NAME)).ok()?).ok()?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let bytes = is_name.then(|| regular::read(&self.shared(&name)))?;
        Collection::from_bytes(&bytes.ok()?)
    }

    /// Where all runs of the project keep what they share.
    fn shared(&self, name: &str) -> PathBuf {
        let folder = self.state_folder().join(NAME);
        folder.join(format!("{name}.json"))
    }
}

impl Explained {
    /// Lines for people: its name, what to read, and what to run if a runbook fixes it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.entry.name(), format!("  read {}", self.entry.path)];
        let recovery = self.entry.recovery.iter();
        lines.extend(recovery.map(|id| format!("  run `runbook exec {id}`")));
        lines
    }
}
