//! What did not go as written: first where a person overruled the program, then the rest.

use super::line::{JournalLine, given};
use super::plan_index::PlanIndex;
use super::{Deviation, words};
use crate::exec::plan::Plan;
use crate::exec::record::causes::SkipWhy;
use crate::exec::record::event::{Event, Outcome};

/// Overrides, and the other deviations, each in the order of the journal.
pub(super) fn collect(
    plan: &Plan,
    known: &PlanIndex<'_>,
    lines: &[JournalLine<'_>],
) -> (Vec<Deviation>, Vec<Deviation>) {
    let (mut overrides, mut others) = (Vec::new(), Vec::new());
    for line in lines {
        overrides.extend(uncommitted(plan, line));
        overrides.extend(left_out(plan, line));
        overrides.extend(unsigned(plan, line));
        let Some(sort) = sort(line) else { continue };
        let found = Deviation {
            at: line.at.to_owned(),
            step: line.step().to_owned(),
            what: sort.as_str().to_owned(),
            text: words::describe_event(known, line).unwrap_or_default(),
        };
        match sort {
            Sort::Override(_) => overrides.push(found),
            Sort::Other(_) => others.push(found),
        }
    }
    (overrides, others)
}

/// That a runbook of high risk was run which no commit holds.
fn uncommitted(plan: &Plan, line: &JournalLine<'_>) -> Option<Deviation> {
    let Event::RunCreated { uncommitted, .. } = line.event else {
        return None;
    };
    let reason = given(uncommitted)?;
    let files = plan.uncommitted_files().join(", ");
    Some(Deviation {
        at: line.at.to_owned(),
        step: String::new(),
        what: "not committed".to_owned(),
        text: words::one_line(&format!("{files} was run as no commit holds it: {reason}")),
    })
}

/// That approvals count although nobody signed them, in the words of the policy.
fn unsigned(plan: &Plan, line: &JournalLine<'_>) -> Option<Deviation> {
    let Event::RunCreated { .. } = line.event else {
        return None;
    };
    let why = plan.policy.claimed.as_ref()?;
    Some(Deviation {
        at: line.at.to_owned(),
        step: String::new(),
        what: "not signed".to_owned(),
        text: words::one_line(&format!("approvals count without a signature: {why}")),
    })
}

/// That whoever started the run left steps out.
fn left_out(plan: &Plan, line: &JournalLine<'_>) -> Option<Deviation> {
    let Event::RunCreated { .. } = line.event else {
        return None;
    };
    let words = plan.left_out_words()?;
    Some(Deviation {
        at: line.at.to_owned(),
        step: String::new(),
        what: "left out".to_owned(),
        text: words::one_line(&format!("{} {words}", plan.initiator)),
    })
}

enum Sort {
    Override(&'static str),
    Other(&'static str),
}

impl Sort {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Override(word) | Self::Other(word) => word,
        }
    }
}

fn sort(line: &JournalLine<'_>) -> Option<Sort> {
    let by_person = line.is_of_a_person();
    Some(match line.event {
        Event::StepDoneByHand { .. } => Sort::Override("by hand"),
        Event::StepResolved { .. } if by_person && line.after_failure => Sort::Other("tried again"),
        Event::StepResolved { .. } if by_person => Sort::Override("verdict"),
        Event::StepResolved { .. } => Sort::Other("recovered"),
        Event::OutputsGiven { .. } => Sort::Override("outputs"),
        Event::StepSkipped { why, .. } => match why {
            // Said once, with what was decided at the start.
            SkipWhy::LeftOut => return None,
            _ if by_person => Sort::Override("left out"),
            SkipWhy::When => return None,
            SkipWhy::Person | SkipWhy::Nobody => Sort::Other("left out"),
        },
        Event::RunLimitLifted { .. } => Sort::Override("time limit"),
        Event::PlanChanged { .. } => Sort::Override("plan changed"),
        Event::StepEnvEdited { .. } => Sort::Override("values changed"),
        Event::ShellOpened { .. } => Sort::Other("shell"),
        Event::StepVerified { .. } if line.is_lost() => Sort::Other("no longer so"),
        Event::RunLimitReached { .. } => Sort::Other("time limit"),
        Event::StepFinished {
            refused: Some(_), ..
        }
        | Event::UndoFinished {
            refused: Some(_), ..
        } => Sort::Other("asked for a terminal"),
        Event::StepFinished { outcome, .. } => match outcome {
            Outcome::Failed | Outcome::TimedOut => Sort::Other("failed"),
            Outcome::Warned => Sort::Other("warned"),
            Outcome::Ok | Outcome::Canceled => return None,
        },
        Event::StepRetryScheduled { .. } => Sort::Other("tried again"),
        Event::StepInDoubt { .. } => Sort::Other("in doubt"),
        Event::GateRejected { .. } | Event::GateExpired { .. } => Sort::Other("refused"),
        Event::GateVoid { .. } => Sort::Other("approval void"),
        Event::ReviewRefused { .. } => Sort::Other("review refused"),
        Event::NotifyFailed { .. } => Sort::Other("not told"),
        Event::UndoFinished { ok: true, .. } => Sort::Other("undone"),
        Event::UndoFinished { .. } => Sort::Other("undo failed"),
        Event::UndoResolved { .. } => Sort::Override("verdict"),
        Event::WaitEnded { why, .. } if why.is_failure() => Sort::Other("failed"),
        Event::RunAborted { .. } => Sort::Other("ended"),
        Event::JournalRecovered { .. } => Sort::Other("torn record"),
        Event::RunCreated { .. }
        | Event::RunOpened(_)
        | Event::RunLeft { .. }
        | Event::StepNotNeeded { .. }
        | Event::StepStarted { .. }
        | Event::StepVerified { .. }
        | Event::ShellClosed { .. }
        | Event::GroupStarted { .. }
        | Event::WaitStarted { .. }
        | Event::WaitProbed { .. }
        | Event::WaitEnded { .. }
        | Event::RunFailing { .. }
        | Event::RunFailed { .. }
        | Event::NotifySent { .. }
        | Event::GateOpened { .. }
        | Event::GateApproved { .. }
        | Event::ManualCompleted { .. }
        | Event::DecisionMade { .. }
        | Event::NoteAdded { .. }
        | Event::UndoChosen { .. }
        | Event::AllUndoChosen { .. }
        | Event::UndoStarted { .. }
        | Event::RunUndone { .. }
        | Event::RunFinished { .. }
        | Event::PersonWaited { .. } => return None,
    })
}
