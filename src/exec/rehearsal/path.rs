//! What happened in a run, in the words of test files: one entry for each thing that came to its
//! end, such as `build`, `publish failed`, `choose again`, `undo push`.

use crate::exec::record::event::{Event, Outcome, Verdict};
use crate::exec::record::journal::Entry;

/// The entries of a journal, in order.
pub(super) fn entries(journal: &[Entry]) -> Vec<String> {
    let events = journal.iter().map(|line| &line.event);
    events.filter_map(entry).collect()
}

fn entry(event: &Event) -> Option<String> {
    let with = |step: &str, word: &str| Some(format!("{step} {word}"));
    match event {
        Event::StepFinished {
            step,
            refused: Some(_),
            ..
        } => with(step, "needs a terminal"),
        Event::UndoFinished {
            step,
            refused: Some(_),
            ..
        } => Some(format!("undo {step} needs a terminal")),
        Event::StepFinished { step, outcome, .. } => match outcome {
            Outcome::Ok => Some(step.clone()),
            Outcome::Warned => with(step, "warned"),
            Outcome::Failed => with(step, "failed"),
            Outcome::TimedOut => with(step, "timed out"),
            Outcome::Canceled => with(step, "canceled"),
        },
        Event::NotifySent { step, .. }
        | Event::GateApproved { step, .. }
        | Event::ManualCompleted { step, .. } => Some(step.clone()),
        Event::WaitEnded { step, why, .. } => match why.is_failure() {
            true => with(step, "failed"),
            false => Some(step.clone()),
        },
        Event::StepNotNeeded { step, .. } => with(step, "already so"),
        Event::StepSkipped { step, .. } => with(step, "skipped"),
        Event::StepInDoubt { step, .. } => with(step, "in doubt"),
        Event::StepResolved { step, verdict, .. } => match verdict {
            Verdict::Done => with(step, "found done"),
            Verdict::Absent => with(step, "found absent"),
        },
        Event::GateRejected { step, .. } => with(step, "rejected"),
        Event::ReviewRefused { step, .. } => with(step, "review refused"),
        Event::GateExpired { step, .. } => with(step, "expired"),
        Event::GateVoid { step, .. } => with(step, "void"),
        Event::DecisionMade { step, choice, .. } => with(step, choice),
        Event::UndoFinished { step, ok: true, .. } => Some(format!("undo {step}")),
        Event::UndoFinished { step, .. } => Some(format!("undo {step} failed")),
        _ => None,
    }
}

/// The outputs that steps handed on, as `STEP.NAME` with the value.
pub(super) fn outputs(journal: &[Entry]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in journal {
        if let Event::StepFinished { step, outputs, .. }
        | Event::OutputsGiven { step, outputs, .. } = &line.event
        {
            let named = outputs.iter();
            found.extend(named.map(|(name, value)| (format!("{step}.{name}"), value.clone())));
        }
    }
    found
}
