//! What is to be done next: a function of plan and state.

use crate::exec::plan::{Choice, Kind, Plan, Step};
use crate::exec::state::{End, Progress, RunState, UndoState};

/// What the engine has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'p> {
    /// Begin a step, or show its gate.
    Begin(&'p Step),
    /// Find out what became of a step whose command was started.
    Recover(&'p Step),
    /// Let a person settle a doubt.
    Settle(&'p Step),
    /// Wait for people at a gate.
    Gate(&'p Step),
    /// Let a person decide about a failed step.
    Failed(&'p Step),
    /// A choice ended the run.
    Stopped(&'p Step),
    /// Write down that all is done.
    Finish,
    /// Nothing: the run has ended.
    Ended,
}

/// Decides. The first step that is not settled says what comes next.
pub fn next<'p>(plan: &'p Plan, state: &RunState) -> Action<'p> {
    if state.end.is_some() {
        return Action::Ended;
    }
    for step in &plan.steps {
        match state.progress(&step.id) {
            Progress::Pending => return Action::Begin(step),
            Progress::Started => return Action::Recover(step),
            Progress::InDoubt => return Action::Settle(step),
            Progress::Failed => return Action::Failed(step),
            Progress::Waiting => return Action::Gate(step),
            Progress::Done if stops(step, state) => return Action::Stopped(step),
            Progress::Done | Progress::NotNeeded | Progress::Warned => {}
        }
    }
    Action::Finish
}

fn stops(step: &Step, state: &RunState) -> bool {
    let Kind::Decide { options, .. } = &step.kind else {
        return false;
    };
    let choice = state
        .steps
        .get(&step.id)
        .and_then(|found| found.choice.as_ref());
    choice.and_then(|choice| options.get(choice)) == Some(&Choice::Stop)
}

/// The steps to be taken back, the last first: those that may have had an effect of ours. What
/// was already so, or is known not to have happened, is not ours.
pub fn to_undo<'p>(plan: &'p Plan, state: &RunState) -> Vec<&'p Step> {
    let ours = |step: &&Step| {
        let found = state.steps.get(&step.id);
        let touched = found.is_some_and(|found| {
            let may_have_acted = matches!(
                found.progress,
                Progress::Started
                    | Progress::InDoubt
                    | Progress::Done
                    | Progress::Failed
                    | Progress::Warned
            );
            may_have_acted && found.undo != UndoState::Done
        });
        touched && matches!(step.kind, Kind::Command(_)) && step.undo.is_some()
    };
    plan.steps.iter().rev().filter(ours).collect()
}

/// The code that the program ends with when it stops driving a run in this state.
pub fn exit_code(plan: &Plan, state: &RunState) -> u8 {
    match (&state.end, next(plan, state)) {
        (Some(End::Finished), _) => 0,
        (Some(End::Refused), _) => 4,
        (Some(End::Aborted), _) => 12,
        (Some(End::Undone), _) => 7,
        (None, _)
            if state
                .steps
                .values()
                .any(|step| step.undo != UndoState::None) =>
        {
            8
        }
        (None, Action::Failed(_)) => 1,
        (None, Action::Settle(_)) => 6,
        (None, _) => 5,
    }
}
