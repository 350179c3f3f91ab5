//! Where the records of runs are kept, whatever keeps them: today [`files`], one day a git remote or a
//! database that a team shares.
//!
//! A record is the plans of a run, the lines of its journal, and the letters on their way to it. What a
//! storage is asked for is that and no more: not paths, and not places of bytes. What a try leaves, its
//! log, its secrets and attached files stay on the machine that made them, in the folder of the run there.
//!
//! # What a storage promises
//!
//! | | Promise |
//! |---|---|
//! | S1 | A run comes into being whole or not at all, and goes like that. |
//! | S2 | What was answered without an error is there for ever, and for everybody who reads while holding a lock. |
//! | S3 | What was answered with an error is there whole, or as a torn end that is no line, or not at all. |
//! | S4 | A line is added only behind the one that its writer knows as the last: whoever lost the lock, and was overtaken, adds nothing more. |
//! | S5 | A lock has one holder at a time, and none once the process of that holder is gone. |
//! | S6 | Lines are read in their order. Who reads without a lock may be late, and reads a beginning of them. |
//! | S7 | A letter that was sent waits until it is put away. Its sender sees it at once, others may see it late. |
//! | S8 | Why a letter did not count can be read by its sender. |
//! | S9 | A stamp differs from an earlier one once lines were added that its reader can read. |
//!
//! `promises.rs` asks each of them of every storage there is, and of one in memory that is late, loses answers
//! and locks, and fails at every call: the engine is driven over that one in `exec/crash/`. In files S4 follows
//! from S5: the kernel takes a lock from nobody who lives.
//!
//! It does not promise, and nothing above relies on it: that a line or a letter is seen at once, that a
//! letter comes once (its id stands in the line that it brought), that a lock cannot be lost while its
//! holder lives (S4 is what stops that one), or that a call ends soon. Nor may it be a place that anybody
//! can write in: who can add a line can have commands started. So whoever chooses a storage first asks who
//! else may write there, as `refuse_open_to_all` of the store does for folders.

#[cfg(test)]
pub(crate) mod far;
pub mod files;
#[cfg(test)]
mod promises;

pub use super::disk::LockGuard;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The name of the plan that a run begins with.
pub const FIRST_PLAN: &str = "plan.json";
/// How the name of a changed plan begins.
pub const CHANGED_PLAN: &str = "plan-";
/// What was changed so short a time ago may change again without another stamp: the times of some file systems go
/// in steps of two seconds.
const YOUNG: Duration = Duration::from_secs(2);

/// A call that failed. Whether it had its effect is not known (S3).
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {place}: {source}")]
pub struct StorageError {
    /// What was tried, as a verb.
    pub action: &'static str,
    /// What it was tried with, as people find it: a file, for the file store.
    pub place: String,
    /// The reason.
    pub source: io::Error,
}

/// All that a run begins with.
#[derive(Debug, Clone, Copy)]
pub struct NewRun<'r> {
    /// Its id, a ULID.
    pub id: &'r str,
    /// Its plan, JSON.
    pub plan: &'r [u8],
    /// The first line of its journal, with its end.
    pub line: &'r str,
}

/// Keeps the records of the runs of one project.
pub trait Storage: fmt::Debug + Send + Sync {
    /// The ids of the runs that came into being (S1), the oldest first.
    ///
    /// # Errors
    /// When it cannot be known.
    fn ids(&self) -> Result<Vec<String>, StorageError>;

    /// The right to decide which runs there are, and which of them has a lock of a runbook: waits for it
    /// (S5). Whoever has it reads every record as it is (S2).
    ///
    /// # Errors
    /// When it cannot be had.
    fn deciding(&self) -> Result<LockGuard, StorageError>;

    /// Brings a run into being (S1). Whoever calls it is deciding.
    ///
    /// # Errors
    /// When it may not be there.
    fn create(&self, run: NewRun<'_>) -> Result<(), StorageError>;

    /// Removes a run with its record (S1). Whoever calls it is deciding, and holds its lock.
    ///
    /// # Errors
    /// When it may still be there.
    fn remove(&self, id: &str) -> Result<(), StorageError>;

    /// The record of the run with this id, whether there is one or not: nothing is asked yet.
    fn record(&self, id: &str) -> Arc<dyn Record>;
}

/// The record of one run.
pub trait Record: fmt::Debug + Send + Sync {
    /// Where people find its journal.
    fn place(&self) -> String;

    /// The bytes of a plan: [`FIRST_PLAN`], or one that an event names.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if there is none; when it cannot be read.
    fn plan(&self, name: &str) -> Result<Vec<u8>, StorageError>;

    /// Whether the run may go by another plan than the first. A yes may be wrong.
    ///
    /// # Errors
    /// When it cannot be known.
    fn has_changed_plans(&self) -> Result<bool, StorageError>;

    /// Adds a plan (S2), which counts from the line on that names it.
    ///
    /// # Errors
    /// When it may not be there.
    fn add_plan(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;

    /// The journal as a text of lines (S6), to be read piece by piece.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if there is none; when it cannot be read.
    fn lines(&self) -> Result<Box<dyn Read + Send>, StorageError>;

    /// The right to drive the run, or `None` if somebody else has it (S5).
    ///
    /// # Errors
    /// When it cannot be known.
    fn lock(&self) -> Result<Option<LockGuard>, StorageError>;

    /// Opens the journal for more lines. Whoever calls it holds the lock, has read and proved the lines
    /// `whole` since, and says that `torn`, what follows them, is none: it is kept aside. What it read is as safe
    /// as if it had written it (S2).
    ///
    /// # Errors
    /// When one of that fails.
    fn open(&self, whole: &[u8], torn: &[u8]) -> Result<Box<dyn Lines>, StorageError>;

    /// Sends a letter (S7).
    ///
    /// # Errors
    /// When it may not be there.
    fn send(&self, id: &str, text: &[u8]) -> Result<(), StorageError>;

    /// The ids of the letters that wait, in their order (S7).
    ///
    /// # Errors
    /// When it cannot be known.
    fn letters(&self) -> Result<Vec<String>, StorageError>;

    /// What a letter says that waits.
    ///
    /// # Errors
    /// When it cannot be read.
    fn letter(&self, id: &str) -> Result<Vec<u8>, StorageError>;

    /// Puts a letter away; `refusal` says why it did not count (S8). Whoever calls it holds the lock.
    ///
    /// # Errors
    /// When it may still wait.
    fn put_away(&self, id: &str, refusal: Option<&str>) -> Result<(), StorageError>;

    /// Whether a letter that was sent still waits (S7).
    ///
    /// # Errors
    /// When it cannot be known.
    fn waits(&self, id: &str) -> Result<bool, StorageError>;

    /// Why a letter did not count (S8); `None` if it did or still waits.
    ///
    /// # Errors
    /// When it cannot be known.
    fn refusal(&self, id: &str) -> Result<Option<String>, StorageError>;

    /// What the record is like without being read (S9): cheap, so that a change is waited for by asking
    /// again. `None` if that cannot be told, and it has to be read.
    fn stamp(&self) -> Option<Stamp>;
}

/// A journal that is open for more lines.
pub trait Lines: Send {
    /// Adds a line, with its end (S2, S4).
    ///
    /// # Errors
    /// When it may not be there. Nothing more is taken then.
    fn add(&mut self, line: &str) -> Result<(), StorageError>;
}

impl dyn Record + '_ {
    /// The whole text of the journal.
    ///
    /// # Errors
    /// As for [`Record::lines`].
    pub fn text(&self) -> Result<Vec<u8>, StorageError> {
        let mut text = Vec::new();
        let mut lines = self.lines()?;
        let read = lines.read_to_end(&mut text);
        read.map_err(failed("read", self.place()))?;
        Ok(text)
    }
}

/// What a record was like at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Numbers of which one differs after each change.
    numbers: Vec<i128>,
    /// When the last change was, in nanoseconds since 1970.
    changed: i128,
}

impl Stamp {
    /// A stamp of these numbers; `changed` is when the last change was, in nanoseconds since 1970.
    pub fn new(numbers: Vec<i128>, changed: i128) -> Self {
        Self { numbers, changed }
    }

    /// Whether the last change was so short a time before `now` that another may have the same stamp.
    pub fn is_young(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let limit = now.saturating_sub(YOUNG).as_nanos() as i128;
        self.changed > limit
    }
}

/// A call of a storage failed with this reason.
pub(in crate::exec) fn failed(
    action: &'static str,
    place: String,
) -> impl FnOnce(io::Error) -> StorageError {
    move |source| StorageError {
        action,
        place,
        source,
    }
}

/// The same with a file or folder.
pub(in crate::exec) fn failed_at(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> StorageError {
    failed(action, path.display().to_string())
}
