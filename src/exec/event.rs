//! What can happen in a run: the body of each line of its journal.
//!
//! The file format is described in `docs/formats/journal.md`. Types here are that format: a
//! journal that any released version wrote stays readable.

use crate::exec::plan::SourceRecord;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    /// The run exists.
    #[serde(rename = "run.created")]
    RunCreated {
        /// The runbook's id.
        runbook: String,
        /// Its version.
        version: String,
        /// The person who started it.
        initiator: String,
        /// The version of this program.
        tool_version: String,
        /// Where the runbook came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceRecord>,
        /// The commit that was checked out in the target.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_commit: Option<String>,
        /// Why a runbook of high risk is run although it is not committed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uncommitted: Option<String>,
    },
    /// A process drives the run from here on.
    #[serde(rename = "run.opened")]
    RunOpened {
        /// Its process id.
        pid: u32,
    },
    /// The step's `verify` answered before the step: it is already so.
    #[serde(rename = "step.not_needed")]
    StepNotNeeded {
        /// The step.
        step: String,
    },
    /// The step's command is about to be started. On disk before that.
    #[serde(rename = "step.started")]
    StepStarted {
        /// The step.
        step: String,
        /// Which try, from 1.
        attempt: u32,
    },
    /// The step's command has ended.
    #[serde(rename = "step.finished")]
    StepFinished {
        /// The step.
        step: String,
        /// Which try.
        attempt: u32,
        /// How it ended.
        outcome: Outcome,
        /// Its exit code; none if a signal ended it.
        exit: Option<i32>,
        /// What it hands on.
        outputs: BTreeMap<String, String>,
        /// SHA-256 of its log.
        log_sha256: String,
        /// Length of its log in bytes.
        log_bytes: u64,
    },
    /// Nobody knows whether the step happened.
    #[serde(rename = "step.in_doubt")]
    StepInDoubt {
        /// The step.
        step: String,
        /// Which try.
        attempt: u32,
    },
    /// Somebody or something settled the doubt.
    #[serde(rename = "step.resolved")]
    StepResolved {
        /// The step.
        step: String,
        /// Which try.
        attempt: u32,
        /// What is now taken as true.
        verdict: Verdict,
        /// How it is known: `exit record`, `verify`, `effect`, `never started`, or a person.
        by: String,
    },
    /// A person did the step without the program.
    #[serde(rename = "step.done_by_hand")]
    StepDoneByHand {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
    /// A message was given to its channel.
    #[serde(rename = "notify.sent")]
    NotifySent {
        /// The step.
        step: String,
        /// The channel.
        channel: String,
    },
    /// A gate waits.
    #[serde(rename = "gate.opened")]
    GateOpened {
        /// The step.
        step: String,
        /// What is to be allowed, filled in.
        text: String,
        /// How many people have to say yes.
        count: u32,
        /// When silence becomes a no, RFC 3339.
        expires: Option<String>,
    },
    /// A person said yes.
    #[serde(rename = "gate.approved")]
    GateApproved {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// How we know who it was: `claimed`.
        auth: String,
    },
    /// A person said no.
    #[serde(rename = "gate.rejected")]
    GateRejected {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
    /// Nobody answered in time.
    #[serde(rename = "gate.expired")]
    GateExpired {
        /// The step.
        step: String,
    },
    /// A person did what a manual step says.
    #[serde(rename = "manual.completed")]
    ManualCompleted {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// What was written down.
        fields: BTreeMap<String, String>,
    },
    /// A person chose.
    #[serde(rename = "decision.made")]
    DecisionMade {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// The name of the option.
        choice: String,
    },
    /// A person remarked something.
    #[serde(rename = "note.added")]
    NoteAdded {
        /// The person.
        by: String,
        /// The remark.
        text: String,
        /// When it was, if that is earlier than the line; RFC 3339 in UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<String>,
        /// Files that were kept with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attached>,
    },
    /// The end of the file was damaged by a crash and was cut off and kept aside.
    #[serde(rename = "journal.recovered")]
    JournalRecovered {
        /// How many bytes were cut.
        bytes: u64,
        /// Their SHA-256.
        sha256: String,
    },
    /// The command that takes a step back is about to be started.
    #[serde(rename = "undo.started")]
    UndoStarted {
        /// The step.
        step: String,
        /// Which try, from 1.
        attempt: u32,
    },
    /// The command that takes a step back has ended.
    #[serde(rename = "undo.finished")]
    UndoFinished {
        /// The step.
        step: String,
        /// Which try.
        attempt: u32,
        /// Whether the step is taken back.
        ok: bool,
        /// Its exit code; none if nobody knows how it ended.
        exit: Option<i32>,
    },
    /// All that can be taken back is taken back.
    #[serde(rename = "run.undone")]
    RunUndone {
        /// The person who wanted it.
        by: String,
    },
    /// A person ended the run.
    #[serde(rename = "run.aborted")]
    RunAborted {
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
    /// Nothing is left to do.
    #[serde(rename = "run.finished")]
    RunFinished {},
}

/// A file that was kept with the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its name below the run's folder `evidence`.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With success.
    Ok,
    /// With a failure that only warns.
    Warned,
    /// With a failure.
    Failed,
    /// It took too long and was ended.
    TimedOut,
}

/// What is taken as true of a step that was in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It happened.
    Done,
    /// It did not happen.
    Absent,
}
