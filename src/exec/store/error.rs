//! Why a run could not be found, read or begun.

use super::short;
use crate::exec::record::journal::JournalError;
use crate::exec::record::storage::StorageError;
use std::path::PathBuf;

/// Why a run could not be found, read or begun.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The storage, or the file system, refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The journal cannot be trusted or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan is not one that this program wrote.
    #[error("the plan of run {run} cannot be read: {reason}")]
    Plan {
        /// By its short name.
        run: String,
        /// Why.
        reason: String,
    },
    /// A newer program wrote the plan.
    #[error("a newer version wrote the plan of run {run}: it has format {format}")]
    NewerPlan {
        /// By its short name.
        run: String,
        /// The version of its form.
        format: u32,
    },
    /// Another run has the lock.
    #[error(transparent)]
    Locked(Box<Locked>),
    /// A later run did something under the same lock, which taking back would pull away from under it.
    #[error(transparent)]
    Overtaken(Box<Overtaken>),
    /// A run began under this key before.
    #[error("run {} has the key `{key}`", short(run))]
    Known {
        /// `--run-key`, as it was given.
        key: String,
        /// The id of that run.
        run: String,
    },
    /// A run cannot be read, and what it has is not known.
    #[error("run {run} cannot be read, so nobody knows whether it has {what}: {source}")]
    Unknown {
        /// By its short name.
        run: String,
        /// What it may have, as in "the lock `prod`".
        what: String,
        /// Why it cannot be read.
        source: Box<StoreError>,
    },
    /// Every account may write where runs are kept.
    #[error("every account of this machine may write in {}, in which runs are kept: what is there could be anybody's", folder.display())]
    OpenToAll {
        /// The one that every account may write in.
        folder: PathBuf,
        /// What closes it, without the folder's name.
        close: &'static str,
    },
    /// The folder where runs are kept is somebody else's, or may be.
    #[error("{} {why}, where runs are kept: what is there could be somebody else's", folder.display())]
    NotOurs {
        /// The one that is somebody else's, or may be.
        folder: PathBuf,
        /// What it is, as in "belongs to account 1000".
        why: String,
    },
    /// What tries left in its folder is not what its journal knows of.
    #[error("the folder of run {run} does not fit together: {what}")]
    Mixed {
        /// By its short name.
        run: String,
        /// What does not fit.
        what: String,
    },
    /// The run is in another folder as well, and could go on in both.
    #[error("run {run} is in two folders, in {} and in {}", folder.display(), other.display())]
    Twice {
        /// By its short name.
        run: String,
        /// The folder that was asked for.
        folder: PathBuf,
        /// The other, in which it did something.
        other: PathBuf,
    },
    /// Another process drives the run.
    #[error("run {run} is being driven by {by}")]
    Driven {
        /// By its short name.
        run: String,
        /// That process, and since when it drives, if that is known.
        by: String,
    },
    /// No run has this name.
    #[error("no run `{0}`")]
    NoRun(String),
    /// More than one run has this name.
    #[error("`{name}` means several runs: {}", runs.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// The runs it fits.
        runs: Vec<String>,
    },
}

/// A run that has the lock which another one wants.
#[derive(Debug, thiserror::Error)]
#[error("`{key}` is locked by {what} {run} of `{runbook}`{remark}{driver}")]
pub struct Locked {
    /// The lock.
    pub key: String,
    /// The run that has it.
    pub run: String,
    /// What it is: "the open run", or "run" if it has ended.
    pub what: &'static str,
    /// Whether it can be ended.
    pub is_open: bool,
    /// The id of the runbook that this run does.
    pub runbook: String,
    /// Why it has the lock though it has ended, as a part of the sentence.
    pub remark: &'static str,
    /// Who drives it, as the end of the sentence.
    pub driver: String,
    /// The command that drives it on.
    pub way: String,
}

/// A later run that keeps an earlier one with the same lock from being taken back.
#[derive(Debug, thiserror::Error)]
#[error(
    "run {run} of `{runbook}` did something under the lock `{key}` since: {step}; undoing this run would change what that one built on"
)]
pub struct Overtaken {
    /// The lock.
    pub key: String,
    /// The run that is not taken back.
    pub own: String,
    /// The later run.
    pub run: String,
    /// The id of the runbook that the later run did.
    pub runbook: String,
    /// The title of the last step of it that acted, or of one that stays for good.
    pub step: String,
    /// Why that step cannot be taken back by the program, if it cannot.
    pub stays: Option<String>,
}

impl StoreError {
    /// Whether the record is whole, and only a newer program can read it.
    pub fn is_newer(&self) -> bool {
        match self {
            Self::Journal(error) => error.is_newer(),
            Self::Unknown { source, .. } => source.is_newer(),
            Self::NewerPlan { .. } => true,
            _ => false,
        }
    }
}

/// A run cannot be read that may have what another one wants.
pub(super) fn unknown(
    id: &str,
    what: impl Fn() -> String,
) -> impl FnOnce(StoreError) -> StoreError {
    move |source| StoreError::Unknown {
        run: short(id).to_owned(),
        what: what(),
        source: Box::new(source),
    }
}
