//! Why something that was wanted of runs is not done.
//!
//! What each means for a person at a terminal, its exit code and the next step, is said by `cli`.

use super::damaged::Damaged;
use crate::diag::Diagnostics;
use crate::driver::DriverError;
use crate::exec::engine::EngineError;
use crate::exec::record::storage::StorageError;
use crate::exec::store::{Run, StoreError};
use crate::load::LoadError;
use crate::source::Sources;
use std::io;
use std::path::PathBuf;

/// Why something that was wanted of runs is not done.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] DriverError),
    /// Its settings cannot be read.
    #[error(transparent)]
    Settings(#[from] LoadError),
    /// The store refuses it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine gave up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Nothing says where runs are kept.
    #[error("no folder for runs: set RUNBOOK_STATE_DIR or HOME")]
    NoStateFolder,
    /// The place where runs are to be kept is none.
    #[error("cannot keep runs in {}: {error}", root.display())]
    StateFolder {
        /// The place.
        root: PathBuf,
        /// The operating system's reason.
        error: io::Error,
    },
    /// No run was named, and none is open.
    #[error("no run is open")]
    NoneOpen,
    /// No run was named, and more than one is open.
    #[error("several runs are open; name one:")]
    SeveralOpen {
        /// Those that are open, the oldest first.
        runs: Vec<Run>,
        /// A line for each run that cannot be read.
        passed_over: Vec<String>,
    },
    /// No run was named, none is open, and some cannot be read.
    #[error("{}", _0.lines.join("\n"))]
    Unreadable(Damaged),
    /// The project has no such runbook.
    #[error("no runbook `{id}`; {help}")]
    NoRunbook {
        /// As it was asked for.
        id: String,
        /// The next step.
        help: String,
    },
    /// The file of the runbook has errors.
    #[error("{path} has errors; nothing was started")]
    Faulty {
        /// The file.
        path: String,
        /// Those of this file alone.
        errors: Diagnostics,
        /// The texts that they point into.
        sources: Box<Sources>,
    },
    /// The runbook, its params or its target do not allow a run: a line for each reason.
    #[error("{}", _0.join("\n"))]
    Invalid(Vec<String>),
    /// A runbook of high risk is in no commit, and nobody said why it is run all the same.
    #[error("{0}")]
    NotCommitted(String),
    /// The changed runbook does not fit what the run has done.
    #[error("the changed runbook does not fit what the run has done:")]
    NotFitting {
        /// What people call the run.
        run: String,
        /// A line for each reason.
        problems: Vec<String>,
    },
    /// The run is finished, and its runbook names another one for its undo.
    #[error("the run is finished; to undo it, its runbook names another runbook: runbook exec {0}")]
    Instead(String),
    /// The run is finished, and nobody confirmed that it is to be undone; what people call it.
    #[error("the run is finished; to undo it, you have to confirm that you want this")]
    Unconfirmed(String),
    /// The process that was to drive the run does not.
    #[error(
        "the run has begun, but nobody drives it: {error}; continue with: runbook resume {run}"
    )]
    NotDriven {
        /// What people call the run.
        run: String,
        /// Why.
        error: io::Error,
    },
    /// Nothing waits for the approval that is meant.
    #[error("{0}")]
    NoGate(String),
    /// More than one approval may be meant; the command for each.
    #[error("several runs wait for your approval; name one:")]
    SeveralGates(Vec<String>),
    /// No key is at hand that could sign the answer.
    #[error("nothing was signed: {0}")]
    NoKey(String),
    /// `ssh-keygen` cannot be used.
    #[error("nothing was signed: ssh-keygen cannot be run: {0}")]
    NoSshKeygen(io::Error),
    /// `ssh-keygen` did not sign.
    #[error("nothing was signed with {key}: {said}")]
    NotSigned {
        /// The fingerprint of the key.
        key: String,
        /// What it said.
        said: String,
    },
    /// What somebody said does not count.
    #[error("{0}")]
    Refused(String),
    /// An answer cannot be put where whoever drives the run finds it.
    #[error("cannot give the answer to the run: {0}")]
    NotSent(StorageError),
    /// Nothing can be put beside the answers to the run.
    #[error("cannot give the answer to the run: {0}")]
    NotBegun(io::Error),
    /// A file cannot be kept with a run.
    #[error("cannot keep {}: {error}", file.display())]
    NotKept {
        /// Where it was to be copied from.
        file: PathBuf,
        /// The operating system's reason.
        error: io::Error,
    },
}
