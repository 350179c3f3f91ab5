//! What can happen in a run: the body of each line of its journal.
//!
//! The file format is described in `docs/formats/journal.md`. Types here are that format: a
//! journal that any released version wrote stays readable.

pub mod tagged;

use super::statement::Signed;
use crate::exec::machine::Process;
use crate::exec::machine::Survivor;
use crate::exec::plan::SourceRecord;
use crate::exec::record::causes::{SettledBy, SkipWhy, WaitEnd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stands in the place of a secret in all that is written down, unless a secret has a part of it.
pub const MASK: &str = "(secret)";

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Event {
    /// The run exists.
    #[serde(rename = "run.created")]
    RunCreated {
        /// The runbook's id.
        runbook: String,
        /// As of the plan: what the runbook said of itself.
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
        /// The key that names this run for whoever starts it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_key: Option<String>,
        /// The incident that it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident: Option<String>,
        /// The ticket that it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
        /// The id of the earlier run whose params and target it took.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        like: Option<String>,
        /// Its place among the runs of its lock, from 1: greater than that of each that was there when
        /// it began, whatever the clock says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u64>,
    },
    /// A process drives the run from here on.
    #[serde(rename = "run.opened")]
    RunOpened(Process),
    /// The process that drives the run leaves it; what runs goes on.
    #[serde(rename = "run.left")]
    RunLeft {
        /// Why: `detach` by the operator, `until` (the step is over after which it was to be left), or
        /// the signal `int`, `term` or `hup`.
        reason: String,
    },
    /// The step's `verify` answered before the step: it is already so.
    #[serde(rename = "step.not_needed")]
    StepNotNeeded {
        /// Path of the step, as spelled in `plan::paths`. Nothing of it was started.
        step: String,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// The step's command is about to be started. On disk before that.
    #[serde(rename = "step.started")]
    StepStarted {
        /// Path of a step with a command, as spelled in `plan::paths`.
        step: String,
        /// Which try, from 1.
        attempt: u32,
        /// Whether it is given the terminal, because the try before was refused.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        terminal: bool,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// The step's command has ended.
    #[serde(rename = "step.finished")]
    StepFinished {
        /// Path of a step that was started.
        step: String,
        /// Which try.
        attempt: u32,
        /// How it ended.
        outcome: Outcome,
        /// Its exit code; none if a signal ended it.
        exit: Option<i32>,
        /// The signal that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<i32>,
        /// Values that it wrote, by name; of a step that failed, as far as it came.
        outputs: BTreeMap<String, String>,
        /// SHA-256 of its log.
        log_sha256: String,
        /// Length of its log in bytes.
        log_bytes: u64,
        /// What still ran when it had ended.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        survivors: Vec<Survivor>,
        /// The text of the plan by which it said that it did nothing and needs a person at a terminal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// Nobody knows whether the step happened.
    #[serde(rename = "step.in_doubt")]
    StepInDoubt {
        /// Path of a step that was started and has no `step.finished`.
        step: String,
        /// Which try.
        attempt: u32,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// Somebody or something settled the doubt.
    #[serde(rename = "step.resolved")]
    StepResolved {
        /// Path of a step in doubt, or of one that failed.
        step: String,
        /// Which try.
        attempt: u32,
        /// What is now taken as true.
        verdict: Verdict,
        /// How it is known: a machine's word, or a person.
        #[serde(flatten)]
        by: SettledBy,
        /// What the person gave as a reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// The step's `verify` was asked, because somebody wanted to know.
    #[serde(rename = "step.verified")]
    StepVerified {
        /// Path of a step with a `verify`.
        step: String,
        /// What it said.
        answer: Answer,
        /// Whether the step was finished by then: a no makes it one in doubt.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        finished: bool,
        /// Whether it is the `verify` of the step's undo.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undo: bool,
        /// As of `step.finished`: it cannot answer before somebody comes to a terminal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// A person changed values of the step's environment. They hold for its further tries, its
    /// `verify` and its `undo`.
    #[serde(rename = "step.env_edited")]
    StepEnvEdited {
        /// Path of the step: for a loop, of the one item alone.
        step: String,
        /// The person.
        by: String,
        /// What was changed.
        changes: Vec<Edited>,
    },
    /// A person opened a shell in the environment of the step. What was done in it is not recorded.
    #[serde(rename = "shell.opened")]
    ShellOpened {
        /// Path of the step whose environment it has.
        step: String,
        /// The person.
        by: String,
    },
    /// The shell ended.
    #[serde(rename = "shell.closed")]
    ShellClosed {
        /// Path of the step, as of `shell.opened`.
        step: String,
        /// Its exit code; none if a signal ended it or it could not be started.
        exit: Option<i32>,
    },
    /// A person did the step without the program.
    #[serde(rename = "step.done_by_hand")]
    StepDoneByHand {
        /// Path of a step that failed or was in doubt.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
    /// A person gave what a step hands on that counts as done and whose own word is lost.
    #[serde(rename = "outputs.given")]
    OutputsGiven {
        /// Path of a step that counts as done and left no outputs.
        step: String,
        /// The person.
        by: String,
        /// The account that said it in the person's name, as of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// The values.
        outputs: BTreeMap<String, String>,
        /// Files that prove it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attached>,
    },
    /// The step is left out.
    #[serde(rename = "step.skipped")]
    StepSkipped {
        /// Path of the step; what is inside it has no line of its own.
        step: String,
        /// Its condition, whoever started the run, somebody on the way, or that nobody is there.
        why: SkipWhy,
        /// The person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// What the person gave as a reason, or the condition.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The steps inside a step come next: those of a call, several at once, or one for each item.
    #[serde(rename = "group.started")]
    GroupStarted {
        /// Path of the step that they are in.
        step: String,
        /// The items of a loop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<Vec<String>>,
    },
    /// A failed step will be tried again.
    #[serde(rename = "step.retry_scheduled")]
    StepRetryScheduled {
        /// Path of the step that failed.
        step: String,
        /// The try that failed.
        attempt: u32,
        /// When the next one is due, RFC 3339.
        due: String,
    },
    /// Time begins to pass.
    #[serde(rename = "wait.started")]
    WaitStarted {
        /// Path of a `wait` step.
        step: String,
        /// When it is over, RFC 3339; nothing if only its probe can end it.
        until: Option<String>,
    },
    /// The probe of a wait was asked and did not say yes.
    #[serde(rename = "wait.probed")]
    WaitProbed {
        /// Path of a `wait` step.
        step: String,
        /// Which question, from 1.
        number: u32,
        /// Its exit code, if it ended by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
        /// How many questions it could not tell by now, with this one; it said not yet to the others.
        #[serde(default, skip_serializing_if = "is_zero")]
        cannot_tell: u32,
        /// When it is asked again, RFC 3339.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<String>,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// Time has passed.
    #[serde(rename = "wait.ended")]
    WaitEnded {
        /// Path of a `wait` step.
        step: String,
        /// Its time is over, its probe said yes, or it failed: it was given up, or it will never say yes.
        why: WaitEnd,
        /// Which question its last one was, from 1; nothing if it asked none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        /// The exit code of that, if it ended by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
        /// How many of its questions it could not tell.
        #[serde(default, skip_serializing_if = "is_zero")]
        cannot_tell: u32,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// A step's failure stands, and what follows from it begins.
    #[serde(rename = "run.failing")]
    RunFailing {
        /// Path of the step that failed.
        step: String,
        /// What follows when `on_failure` is through.
        then: Then,
    },
    /// The run ended with a failure.
    #[serde(rename = "run.failed")]
    RunFailed {
        /// Path of the step whose failure it was.
        step: String,
    },
    /// A message was given to its channel.
    #[serde(rename = "notify.sent")]
    NotifySent {
        /// Path of a `notify` step.
        step: String,
        /// By its name in `channels.yaml`.
        channel: String,
    },
    /// A message could not be given to its channel. The run goes on.
    #[serde(rename = "notify.failed")]
    NotifyFailed {
        /// Path of a `notify` step.
        step: String,
        /// By its name in `channels.yaml`.
        channel: String,
        /// What went wrong.
        reason: String,
    },
    /// A gate waits.
    #[serde(rename = "gate.opened")]
    GateOpened {
        /// Path of an `approve` step.
        step: String,
        /// What is to be allowed, filled in.
        text: String,
        /// How many people have to say yes.
        count: u32,
        /// When silence becomes a no, RFC 3339.
        expires: Option<String>,
        /// Who is asked what, whole; early versions did not write it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
    },
    /// A person said yes.
    #[serde(rename = "gate.approved")]
    GateApproved {
        /// Path of an `approve` step.
        step: String,
        /// The person.
        by: String,
        /// How we know who it was: `signed` or `claimed`.
        auth: String,
        /// The account that said it in the person's name, if that is not the person's own: nothing
        /// proves that the person knows of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// What has to be true before it counts: then the person approves again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<String>,
        /// The fingerprint of the key that signed it, `SHA256:…`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// What was signed, and the signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<Signed>,
    },
    /// A person said no.
    #[serde(rename = "gate.rejected")]
    GateRejected {
        /// Path of an `approve` step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
        /// The account that said it in the person's name, as of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// As of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<Signed>,
    },
    /// A person refused a review that is owed after a gate that was passed: nothing ends, and nothing is undone.
    #[serde(rename = "review.refused")]
    ReviewRefused {
        /// Path of an `approve` step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
        /// The account that said it in the person's name, as of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// As of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<Signed>,
    },
    /// Nobody answered in time.
    #[serde(rename = "gate.expired")]
    GateExpired {
        /// Path of an `approve` step.
        step: String,
    },
    /// The approval of a gate does not count any more: what it was given for has changed, or it was used.
    #[serde(rename = "gate.void")]
    GateVoid {
        /// Path of an `approve` step, which is asked again.
        step: String,
        /// Why.
        reason: String,
    },
    /// A person did what a manual step says.
    #[serde(rename = "manual.completed")]
    ManualCompleted {
        /// Path of a `manual` step.
        step: String,
        /// The person.
        by: String,
        /// The account that said it in the person's name, as of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// What was written down.
        fields: BTreeMap<String, String>,
        /// Files that prove it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attached>,
    },
    /// A person chose.
    #[serde(rename = "decision.made")]
    DecisionMade {
        /// Path of a `decide` step.
        step: String,
        /// The person.
        by: String,
        /// The account that said it in the person's name, as of `gate.approved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// The name of the option.
        choice: String,
        /// The condition that chose, if no person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
        /// Files that the choice rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attached>,
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
    /// A person wants these steps taken back, and the run to stay as open as it is. Each of them is
    /// to be done again once it is taken back.
    #[serde(rename = "undo.chosen")]
    UndoChosen {
        /// The person.
        by: String,
        /// The steps, the first to be taken back first.
        steps: Vec<String>,
    },
    /// A person wants everything taken back after all, while a part is not taken back yet that was to
    /// be done again.
    #[serde(rename = "undo.all_chosen")]
    AllUndoChosen {
        /// The person.
        by: String,
    },
    /// A person let the run go on by a changed plan.
    #[serde(rename = "plan.changed")]
    PlanChanged {
        /// The person.
        by: String,
        /// Why.
        reason: String,
        /// The file of the new plan in the run's folder.
        file: String,
        /// SHA-256 of the plan before, in hexadecimal.
        old: String,
        /// SHA-256 of the new one.
        new: String,
        /// What differs, line by line, for people.
        difference: Vec<String>,
        /// Paths of the gates that are asked again, as what they were asked for has changed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        void: Vec<String>,
    },
    /// The command that takes a step back is about to be started.
    #[serde(rename = "undo.started")]
    UndoStarted {
        /// Path of a step with an `undo`, which ended or is in doubt.
        step: String,
        /// Which try, from 1.
        attempt: u32,
        /// Whether it is given the terminal, as of `step.started`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        terminal: bool,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// The command that takes a step back has ended.
    #[serde(rename = "undo.finished")]
    UndoFinished {
        /// Path of the step, as of `undo.started`.
        step: String,
        /// Which try.
        attempt: u32,
        /// Whether the step is taken back.
        ok: bool,
        /// Its exit code; none if nobody knows how it ended.
        exit: Option<i32>,
        /// As of `step.finished`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
        /// Files of tries that it vouches for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    /// A person settled what became of an undo of which nobody could tell whether it happened.
    #[serde(rename = "undo.resolved")]
    UndoResolved {
        /// Path of a step whose undo failed or is in doubt.
        step: String,
        /// Which try.
        attempt: u32,
        /// Whether the step counts as taken back.
        verdict: Verdict,
        /// The person.
        by: String,
        /// What the person gave as a reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
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
    RunFinished {
        /// What the run hands on.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        outputs: BTreeMap<String, String>,
    },
    /// A person was waited for. Written with the event that ended the waiting.
    #[serde(rename = "person.waited")]
    PersonWaited {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The run worked for as long as its budget allows. It stays open.
    #[serde(rename = "run.limit_reached")]
    RunLimitReached {
        /// How long, in milliseconds, without the time of people.
        worked_ms: u64,
    },
    /// A person let the run go on for as long again.
    #[serde(rename = "run.limit_lifted")]
    RunLimitLifted {
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
}

/// Whether there is none of something, which is not written down.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Event {
    /// Its type, as the journal spells it, such as `step.started`.
    pub fn kind(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value["type"].as_str().unwrap_or_default().to_owned()
    }

    /// The path of the step that it is about; nothing for the run as a whole.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::StepNotNeeded { step, .. }
            | Self::StepStarted { step, .. }
            | Self::StepFinished { step, .. }
            | Self::StepInDoubt { step, .. }
            | Self::StepResolved { step, .. }
            | Self::StepVerified { step, .. }
            | Self::StepEnvEdited { step, .. }
            | Self::ShellOpened { step, .. }
            | Self::ShellClosed { step, .. }
            | Self::StepDoneByHand { step, .. }
            | Self::OutputsGiven { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::GroupStarted { step, .. }
            | Self::StepRetryScheduled { step, .. }
            | Self::WaitStarted { step, .. }
            | Self::WaitProbed { step, .. }
            | Self::WaitEnded { step, .. }
            | Self::RunFailing { step, .. }
            | Self::RunFailed { step, .. }
            | Self::NotifySent { step, .. }
            | Self::NotifyFailed { step, .. }
            | Self::GateOpened { step, .. }
            | Self::GateApproved { step, .. }
            | Self::GateRejected { step, .. }
            | Self::ReviewRefused { step, .. }
            | Self::GateExpired { step, .. }
            | Self::GateVoid { step, .. }
            | Self::ManualCompleted { step, .. }
            | Self::DecisionMade { step, .. }
            | Self::UndoStarted { step, .. }
            | Self::UndoFinished { step, .. }
            | Self::UndoResolved { step, .. } => Some(step),
            Self::RunCreated { .. }
            | Self::RunOpened(_)
            | Self::RunLeft { .. }
            | Self::NoteAdded { .. }
            | Self::JournalRecovered { .. }
            | Self::UndoChosen { .. }
            | Self::AllUndoChosen { .. }
            | Self::PlanChanged { .. }
            | Self::RunUndone { .. }
            | Self::RunAborted { .. }
            | Self::RunFinished { .. }
            | Self::PersonWaited { .. }
            | Self::RunLimitReached { .. }
            | Self::RunLimitLifted { .. } => None,
        }
    }

    /// The files whose content it vouches for: the one list for whoever compares or tells of them.
    /// Every kind of event is named, so that whoever adds one has to say.
    pub fn vouches_for(&self) -> Vec<Vouched<'_>> {
        match self {
            Self::OutputsGiven { files, .. }
            | Self::ManualCompleted { files, .. }
            | Self::DecisionMade { files, .. }
            | Self::NoteAdded { files, .. } => files.iter().map(Vouched::Evidence).collect(),
            Self::StepFinished {
                step,
                attempt,
                log_sha256,
                log_bytes,
                kept,
                ..
            } => {
                let log = Vouched::Log {
                    step,
                    attempt: *attempt,
                    sha256: log_sha256,
                    bytes: *log_bytes,
                };
                let kept = kept.iter().map(Vouched::Kept);
                std::iter::once(log).chain(kept).collect()
            }
            Self::StepNotNeeded { kept, .. }
            | Self::StepStarted { kept, .. }
            | Self::StepInDoubt { kept, .. }
            | Self::StepResolved { kept, .. }
            | Self::StepVerified { kept, .. }
            | Self::WaitProbed { kept, .. }
            | Self::WaitEnded { kept, .. }
            | Self::UndoStarted { kept, .. }
            | Self::UndoFinished { kept, .. } => kept.iter().map(Vouched::Kept).collect(),
            Self::PlanChanged { file, new, .. } => vec![Vouched::Plan { file, sha256: new }],
            Self::RunCreated { .. }
            | Self::RunOpened(_)
            | Self::RunLeft { .. }
            | Self::StepEnvEdited { .. }
            | Self::ShellOpened { .. }
            | Self::ShellClosed { .. }
            | Self::StepDoneByHand { .. }
            | Self::StepSkipped { .. }
            | Self::GroupStarted { .. }
            | Self::StepRetryScheduled { .. }
            | Self::WaitStarted { .. }
            | Self::RunFailing { .. }
            | Self::RunFailed { .. }
            | Self::NotifySent { .. }
            | Self::NotifyFailed { .. }
            | Self::GateOpened { .. }
            | Self::GateApproved { .. }
            | Self::GateRejected { .. }
            | Self::ReviewRefused { .. }
            | Self::GateExpired { .. }
            | Self::GateVoid { .. }
            | Self::JournalRecovered { .. }
            | Self::UndoChosen { .. }
            | Self::AllUndoChosen { .. }
            | Self::UndoResolved { .. }
            | Self::RunUndone { .. }
            | Self::RunAborted { .. }
            | Self::RunFinished { .. }
            | Self::PersonWaited { .. }
            | Self::RunLimitReached { .. }
            | Self::RunLimitLifted { .. } => Vec::new(),
        }
    }

    /// Where an event that ends or follows a try keeps what it vouches for of tries.
    pub fn kept_mut(&mut self) -> Option<&mut Vec<Kept>> {
        match self {
            Self::StepNotNeeded { kept, .. }
            | Self::StepStarted { kept, .. }
            | Self::StepFinished { kept, .. }
            | Self::StepInDoubt { kept, .. }
            | Self::StepResolved { kept, .. }
            | Self::StepVerified { kept, .. }
            | Self::WaitProbed { kept, .. }
            | Self::WaitEnded { kept, .. }
            | Self::UndoStarted { kept, .. }
            | Self::UndoFinished { kept, .. } => Some(kept),
            _ => None,
        }
    }
}

/// A file that an event vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched<'e> {
    /// The log of a try.
    Log {
        /// Path of the step, as in `step.finished`.
        step: &'e str,
        /// Which try.
        attempt: u32,
        /// Its SHA-256, in hexadecimal.
        sha256: &'e str,
        /// Its length in bytes.
        bytes: u64,
    },
    /// A plan that a person let the run go on by.
    Plan {
        /// Its name in the run's folder.
        file: &'e str,
        /// Its SHA-256, in hexadecimal.
        sha256: &'e str,
    },
    /// A file that a person attached.
    Evidence(&'e Attached),
    /// A file of a try.
    Kept(&'e Kept),
}

/// What follows a failure that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Nothing: the run stays open until a person decides.
    Pause,
    /// The end.
    Fail,
    /// Taking back what the run did.
    Rollback,
}

/// What a `verify` said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is so.
    Present,
    /// It is not so.
    Absent,
    /// It can say neither.
    Unknown,
}

impl Answer {
    /// What it means for whoever asked.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Present => "it is already so",
            Self::Absent => "it is not so yet",
            Self::Unknown => "its verify cannot tell",
        }
    }
}

/// A value of a step's environment that a person changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The variable.
    pub name: String,
    /// Its value before.
    pub old: String,
    /// Its value from then on.
    pub new: String,
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

/// A file of a try that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its path below the run's folder `steps`, such as `pack.1/exit.json`.
    pub path: String,
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
    /// A person stopped it.
    Canceled,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::record::journal;
    use std::collections::BTreeSet;

    const MANUAL: &str = include_str!("../../../docs/formats/journal.md");

    /// The lines of each example of the manual.
    fn examples() -> impl Iterator<Item = &'static str> {
        let blocks = MANUAL.split("```json\n").skip(1);
        blocks.filter_map(|block| block.split("```").next())
    }

    #[test]
    fn every_example_of_the_manual_is_an_event() {
        let lines: Vec<&str> = examples().flat_map(str::lines).collect();
        assert!(lines.len() >= 7, "the manual has examples");
        for line in lines {
            let event: Event =
                serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
            let written = serde_json::to_value(&event).expect("an event can be written");
            let shown: serde_json::Value = serde_json::from_str(line).expect("it was read before");
            for (name, value) in written.as_object().expect("an event is an object") {
                assert_eq!(shown.get(name), Some(value), "{name} of {line}");
            }
        }
    }

    #[test]
    fn the_journal_in_the_manual_is_whole() {
        let journal = examples().next().expect("the manual has an example");
        let first: serde_json::Value =
            serde_json::from_str(journal.lines().next().expect("a line")).expect("JSON");
        let plan = first["prev"]
            .as_str()
            .expect("the first line names the plan");

        let contents = journal::read(journal.as_bytes(), plan).expect("its hashes fit");

        assert_eq!(contents.entries.len(), journal.lines().count());
        assert!(!contents.torn);
    }

    #[test]
    fn the_manual_describes_every_event_and_no_other() {
        let source = include_str!("event.rs");
        let there: BTreeSet<&str> = source
            .lines()
            .filter_map(|line| {
                line.trim()
                    .strip_prefix("#[serde(rename = \"")?
                    .strip_suffix("\")]")
            })
            .collect();
        let table = MANUAL.split("| Type | Members").nth(1);
        let table = table.and_then(|rest| rest.split("\n\n").next());
        let described: BTreeSet<&str> = table
            .expect("the manual has a table of types")
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('|').next())
            .flat_map(|cell| cell.split('`').step_by(2))
            .map(str::trim)
            .filter(|kind| kind.contains('.'))
            .collect();
        assert_eq!(there, described);
        let is_known = |kind: &str| {
            let bare = serde_json::from_value::<Event>(serde_json::json!({ "type": kind }));
            bare.map_or_else(
                |error| !error.to_string().starts_with("it is an event"),
                |_| true,
            )
        };
        assert!(described.into_iter().all(is_known));
        assert!(!is_known("step.teleported"));
    }
}
