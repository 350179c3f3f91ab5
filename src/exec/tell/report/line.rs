//! A line of the journal, with what the lines before it make of it.

use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Answer, Attached, Event, Outcome, Vouched};
use crate::exec::record::journal::Entry;
use crate::exec::state::counted::{self, Counted};

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JournalLine<'e> {
    /// When it was written.
    pub(super) at: &'e str,
    /// Its number, from 1.
    pub(super) number: usize,
    /// What happened.
    pub(super) event: &'e Event,
    /// Whether the step it is about had failed before it.
    pub(super) after_failure: bool,
    /// What it counts for, of an approval or a refused review.
    pub(super) counted: Option<Counted>,
}

/// The lines of a journal.
pub(super) fn read(entries: &[Entry]) -> Vec<JournalLine<'_>> {
    let mut lines: Vec<JournalLine<'_>> = Vec::new();
    let mut failed: Vec<&str> = Vec::new();
    let mut counted = counted::answers_of(entries);
    for (at, entry) in entries.iter().enumerate() {
        let mut line = JournalLine {
            at: &entry.at,
            number: at + 1,
            event: &entry.event,
            after_failure: false,
            counted: counted.remove(&at),
        };
        line.after_failure = failed.contains(&line.step());
        failed.retain(|step| *step != line.step());
        if line.is_failure() {
            failed.push(line.step());
        }
        lines.push(line);
    }
    lines
}

impl<'e> JournalLine<'e> {
    /// The step it is about; empty for the run as a whole.
    pub(super) fn step(&self) -> &'e str {
        self.event.step().unwrap_or_default()
    }

    /// The files that people attached to it.
    pub(super) fn files(&self) -> Vec<&'e Attached> {
        let vouched = self.event.vouches_for().into_iter();
        let files = vouched.filter_map(|vouched| match vouched {
            Vouched::Evidence(file) => Some(file),
            _ => None,
        });
        files.collect()
    }

    /// Whether a command ended without success.
    pub(super) fn is_failure(&self) -> bool {
        matches!(
            self.event,
            Event::StepFinished {
                outcome: Outcome::Failed | Outcome::TimedOut,
                refused: None,
                ..
            }
        )
    }

    /// Whether a finished step was found to be no longer so.
    pub(super) fn is_lost(&self) -> bool {
        matches!(
            self.event,
            Event::StepVerified {
                answer: Answer::Absent,
                finished: true,
                ..
            }
        )
    }

    /// Whether it is what a person said, did or decided, a remark apart.
    pub(super) fn is_of_a_person(&self) -> bool {
        match self.event {
            Event::GateApproved { .. }
            | Event::GateRejected { .. }
            | Event::ReviewRefused { .. }
            | Event::ManualCompleted { .. }
            | Event::StepDoneByHand { .. }
            | Event::RunAborted { .. }
            | Event::RunUndone { .. }
            | Event::RunLimitLifted { .. }
            | Event::PlanChanged { .. }
            | Event::OutputsGiven { .. }
            | Event::UndoChosen { .. }
            | Event::AllUndoChosen { .. }
            | Event::UndoResolved { .. }
            | Event::StepEnvEdited { .. } => true,
            Event::DecisionMade { because, .. } => given(because).is_none(),
            Event::StepResolved { by, .. } => matches!(by, SettledBy::Person(_)),
            Event::StepSkipped { by, .. } => given(by).is_some(),
            _ => false,
        }
    }

    /// Whether nothing of the runbook comes after it.
    pub(super) fn ends_the_run(&self) -> bool {
        matches!(
            self.event,
            Event::RunFinished { .. }
                | Event::RunFailed { .. }
                | Event::RunAborted { .. }
                | Event::RunUndone { .. }
                | Event::GateRejected { .. }
                | Event::GateExpired { .. }
        )
    }
}

/// A text that somebody gave: an empty one is none.
pub(super) fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}
