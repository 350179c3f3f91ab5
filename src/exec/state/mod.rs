//! The state of a run: the fold of its events, and nothing else.

pub mod answers;
mod approving;
pub mod asking;
pub(in crate::exec) mod backoff;
mod clock;
pub(in crate::exec) mod condition;
pub mod counted;
pub mod exit;
mod fold;
pub mod gate;
pub mod gate_words;
pub(in crate::exec) mod lost_outputs;
mod masked;
pub mod next;
pub mod options;
pub mod outline;
pub mod params;
pub mod patience;
pub mod proofs;
pub mod quorum;
pub mod replan;
pub mod required;
pub mod stale;
pub mod undo;
pub mod unended;
pub(in crate::exec) mod until;
pub mod values;
pub mod waiting;

pub use clock::Clock;

use crate::exec::machine::Process;
use crate::exec::record::event::Then;
use crate::exec::record::journal::Entry;
use crate::screen::signs::Sign;
use crate::times;
use gate::Gate;
use patience::Patience;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What is known of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunState {
    /// What is known of each step that something happened to, by path.
    pub steps: BTreeMap<String, StepState>,
    /// Whether and how it ended.
    pub end: Option<End>,
    /// When it was started, RFC 3339.
    pub began: Option<String>,
    /// When it ended for the first time, RFC 3339.
    pub ended: Option<String>,
    /// The person who started it.
    pub initiator: String,
    /// Its place among the runs of its lock, from 1; nothing of a run without one, or of an early version.
    pub place: Option<u64>,
    /// The failure that stands.
    pub failing: Option<Failing>,
    /// How many failures stood so far.
    pub failures: u32,
    /// The last step that failed.
    pub failed_step: Option<String>,
    /// The process that took it up last.
    pub driver: Option<Driver>,
    /// Steps that a person wants taken back while the run stays open.
    pub rewinding: BTreeSet<String>,
    /// Whether a person wanted everything taken back after a part was not: that part is no reason to go on.
    pub undoing_all: bool,
    /// How long it took so far.
    pub clock: Clock,
    /// How many things happened to steps.
    count: u64,
}

/// A process that drives the run, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// By which it is told from others, after a restart too.
    pub process: Process,
    /// When it took the run up, RFC 3339.
    pub since: String,
    /// Whether it said that it leaves the run.
    pub left: bool,
    /// Whether the run had ended by then: it is being undone.
    pub after_end: bool,
}

/// A failure that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Its path in the run.
    pub step: String,
    /// What follows.
    pub then: Then,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing is left to do.
    Finished,
    /// A person said no, or nobody answered in time.
    Refused,
    /// A person ended it.
    Aborted,
    /// What it did is taken back.
    Undone,
    /// A step failed, and the runbook says that this is the end.
    Failed,
}

/// What is known of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepState {
    /// How far it is.
    pub progress: Progress,
    /// The last try, from 1; 0 before the first.
    pub attempt: u32,
    /// What it handed on.
    pub outputs: BTreeMap<String, String>,
    /// What a person wrote down.
    pub fields: BTreeMap<String, String>,
    /// What a person chose.
    pub choice: Option<String>,
    /// Values of its environment that a person changed.
    pub env: BTreeMap<String, String>,
    /// Its last exit code.
    pub exit: Option<i32>,
    /// The question that was asked if it is a gate, and its answers.
    pub gate: Gate,
    /// Whether and how it was taken back.
    pub undo: UndoState,
    /// Whether it was taken back as a part of a run that goes on, so that it may be done again.
    pub rewound: bool,
    /// Its place in the order in which that happened to steps; 0 if it never did.
    pub rewound_at: u64,
    /// The last try to take it back, from 1; 0 before the first.
    pub undo_tries: u32,
    /// The try to take it back of which a person said that it did not happen; 0 if there is none.
    pub undo_absent: u32,
    /// Whether it was so before this run did anything about it: then it is not ours.
    pub already: bool,
    /// Whether it was finished, and its `verify` says that it is no longer so.
    pub lost: bool,
    /// The items of a loop.
    pub items: Option<Vec<String>>,
    /// When it goes on by itself, RFC 3339.
    pub due: Option<String>,
    /// When that was written down, RFC 3339.
    pub due_since: Option<String>,
    /// What the probe of a wait said so far.
    pub patience: Patience,
    /// How many tries were made again by themselves since a person last looked at it.
    pub retries: u32,
    /// Whether the last try took too long.
    pub timed_out: bool,
    /// Whether a person stopped the last try.
    pub canceled: bool,
    /// Whether the last try may act still, or did more than it could say: something of it ran when it
    /// had ended, or a signal that was not ours ended it.
    pub may_act: bool,
    /// The text by which the last try said that it did nothing and needs a person at a terminal; none
    /// once it was given one, or somebody said what is true of the step.
    pub refused: Option<String>,
    /// The same of its `verify`.
    pub verify_refused: Option<String>,
    /// The same of its undo, or of the `verify` of that.
    pub undo_refused: Option<String>,
    /// The signal that ended the last try.
    pub signal: Option<i32>,
    /// Its place in the order in which the last tries of steps began; 0 if none did.
    pub began: u64,
    /// When the last try began, RFC 3339.
    pub began_at: Option<String>,
    /// Who drove the run then.
    pub driver: Option<Driver>,
    /// If it is a gate, its place in the order of what happened to steps when it was opened last; 0 before that.
    pub opened: u64,
    /// Its place in the order in which something first happened to steps.
    pub touched: u64,
}

/// How far the taking back of a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UndoState {
    /// Nobody tried.
    #[default]
    None,
    /// Its command was started in this try.
    Started(u32),
    /// It failed in this try.
    Failed(u32),
    /// It is taken back.
    Done,
}

impl UndoState {
    /// Its word in JSON; none before the first try.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Started(_) => Some("started"),
            Self::Failed(_) => Some("failed"),
            Self::Done => Some("done"),
        }
    }
}

/// How far a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing happened yet, or what happened is known to have had no effect.
    #[default]
    Pending,
    /// Its command was started, and nobody has said how it ended.
    Started,
    /// Nobody knows whether it happened.
    InDoubt,
    /// It waits for people.
    Waiting,
    /// It ended well, or a person or its `verify` says that it did.
    Done,
    /// It was already so.
    NotNeeded,
    /// It failed, and that only warns.
    Warned,
    /// It ended otherwise than it should; `on_fail` says what follows.
    Failed,
    /// It failed, and will be tried again by itself.
    Retrying,
    /// It did nothing and needs a person at a terminal.
    Refused,
    /// Time passes.
    Passing,
    /// The steps inside it are going on.
    Open,
    /// It is left out.
    Skipped,
    /// It is taken back, and to be done again if the run goes on.
    TakenBack,
}

/// `process 812 on l7 since 2026-11-25 22:38 UTC`
impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} since {}",
            self.process,
            times::local_minute(&self.since)
        )
    }
}

impl StepState {
    /// The word shown to people: what is taken back is not called done, and what a person rejected did not fail.
    pub fn label(&self) -> &'static str {
        let is_passed_over = self.rewound && self.progress == Progress::Skipped;
        match self.undo {
            UndoState::Done if !is_passed_over => Progress::TakenBack.as_str(),
            _ if self.gate.rejected.is_some() => "rejected",
            _ => self.progress.as_str(),
        }
    }

    /// The sign beside that word, if it says how something came out or why nothing happens.
    pub fn sign(&self) -> Option<Sign> {
        match self.undo {
            UndoState::Done => Some(Sign::Skipped),
            _ => self.progress.sign(),
        }
    }
}

impl Progress {
    /// Whether the next step may come.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Done | Self::NotNeeded | Self::Warned | Self::Skipped
        )
    }

    /// The sign beside its word, if it says how something came out or why nothing happens.
    pub fn sign(self) -> Option<Sign> {
        match self {
            Self::Pending | Self::Started | Self::Open => None,
            Self::Done => Some(Sign::Ok),
            Self::Failed => Some(Sign::Failed),
            Self::Warned => Some(Sign::Warning),
            Self::Skipped | Self::NotNeeded | Self::TakenBack => Some(Sign::Skipped),
            Self::Waiting | Self::Refused | Self::Passing | Self::Retrying => Some(Sign::Waiting),
            Self::InDoubt => Some(Sign::Doubt),
        }
    }

    /// The word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "to do",
            Self::Started => "running",
            Self::InDoubt => "in doubt",
            Self::Waiting | Self::Refused => "waiting",
            Self::Done => "done",
            Self::NotNeeded => "already so",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Retrying => "retrying",
            Self::Passing => "pausing",
            Self::Open => "running",
            Self::Skipped => "skipped",
            Self::TakenBack => "undone",
        }
    }
}

impl RunState {
    /// How many seconds passed from its start to its end; nothing of an open run.
    pub fn seconds(&self) -> Option<u64> {
        Some(times::seconds(self.began.as_ref()?, self.ended.as_ref()?))
    }

    /// The state after these events.
    pub fn fold(entries: &[Entry]) -> Self {
        let mut state = Self::default();
        for entry in entries {
            state.apply(&entry.at, &entry.event);
        }
        state
    }

    /// How far a step is.
    pub fn progress(&self, step: &str) -> Progress {
        self.steps
            .get(step)
            .map_or(Progress::Pending, |step| step.progress)
    }
}
