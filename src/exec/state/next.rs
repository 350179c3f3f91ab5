//! What is to be done next: a function of plan and state.
//!
//! In a list, the first step that is not settled says what comes next; in a loop or a parallel
//! block several may go on at once, so the answer is a set. Nothing here knows the time: a pause
//! is an action, and whether it is over is for the engine to see.

use crate::exec::plan::{Choice, Kind, OnFail, Plan, Step, paths};
use crate::exec::record::event::Then;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::lost_outputs::lost_outputs;
use crate::exec::state::outline::{Place, Within, rounds};
use crate::exec::state::unended::Unended;
use crate::exec::state::{End, Progress, RunState, StepState};

/// What the engine has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Begin a step, or show its gate.
    Begin(Step),
    /// Find out what became of a step whose command was started.
    Recover(Step),
    /// Let time pass: a wait, or the pause before another try.
    Await(Step),
    /// Find out what a step did that failed and that may act still.
    Doubt(Step),
    /// Write down when a failed step is tried again.
    Schedule(Step),
    /// Let a person settle a doubt.
    Settle(Step),
    /// Let a person give what a step hands on that counts as done.
    Complete(Step),
    /// Wait for people at a gate.
    Gate(Step),
    /// Let a person decide about a failed step.
    Failed(Step),
    /// Write down that a failure stands.
    Declare(Step, Then),
    /// Take back what the run did.
    TakeBack,
    /// Nothing, before somebody has ended a taking back that was cut off, or in which an undo failed.
    UndoFirst,
    /// A choice ended the run.
    Stopped(Step),
    /// Write down that the run ended with the failure of the step at this path.
    Fail(String),
    /// Write down that all is done.
    Finish,
    /// Nothing: the run has ended.
    Ended,
}

impl Action {
    /// The step that it is about; nothing if it is about the run as a whole.
    pub fn step(&self) -> Option<&Step> {
        match self {
            Self::Begin(step)
            | Self::Recover(step)
            | Self::Await(step)
            | Self::Doubt(step)
            | Self::Schedule(step)
            | Self::Settle(step)
            | Self::Complete(step)
            | Self::Gate(step)
            | Self::Failed(step)
            | Self::Declare(step, _)
            | Self::Stopped(step) => Some(step),
            Self::TakeBack | Self::UndoFirst | Self::Fail(_) | Self::Finish | Self::Ended => None,
        }
    }
}

/// Decides. There is always something, if only that the run has ended.
pub fn next(plan: &Plan, state: &RunState) -> Vec<Action> {
    let finally = || Walk::ending(plan, state).list(&plan.finally, &Within::default());
    if state.end.is_some() {
        return finally().unwrap_or_else(|| vec![Action::Ended]);
    }
    if let Some(failing) = &state.failing {
        let round = Within::round(state.failures);
        if let Some(actions) = Walk::ending(plan, state).list(&plan.on_failure, &round) {
            return actions;
        }
        match failing.then {
            Then::Pause => {}
            Then::Fail => return vec![Action::Fail(failing.step.clone())],
            Then::Rollback => return vec![Action::TakeBack],
        }
    }
    let actions = Walk::steps(plan, state)
        .list(&plan.steps, &Within::default())
        .or_else(finally)
        .unwrap_or_else(|| vec![Action::Finish]);
    // The runbook itself wants everything taken back: that goes on by itself.
    let is_back_wanted = actions == [Action::TakeBack];
    match Unended::of(state).is_some() && !is_back_wanted {
        true => vec![Action::UndoFirst],
        false => actions,
    }
}

/// Whether a run has ended and nothing is left to do for it.
pub fn is_over(plan: &Plan, state: &RunState) -> bool {
    state.end.is_some() && next(plan, state) == [Action::Ended]
}

/// Whether a run is over, and no taking back of it was cut off either. Until then somebody has to come
/// back to it: it has its lock, its secret files may be left, and nobody removes it.
pub fn is_at_rest(plan: &Plan, state: &RunState) -> bool {
    is_over(plan, state) && !Unended::is_cut_off(state)
}

/// Goes through the steps; what is settled gives nothing.
struct Walk<'s> {
    plan: &'s Plan,
    state: &'s RunState,
    /// Whether these steps may not hold the end of the run up: what fails in them stays failed.
    ending: bool,
}

impl<'s> Walk<'s> {
    fn steps(plan: &'s Plan, state: &'s RunState) -> Self {
        Self {
            plan,
            state,
            ending: false,
        }
    }

    fn ending(plan: &'s Plan, state: &'s RunState) -> Self {
        Self {
            plan,
            state,
            ending: true,
        }
    }

    fn list(&self, steps: &[Step], within: &Within) -> Option<Vec<Action>> {
        let rounds = rounds(steps, within, self.state);
        let mut places = steps.iter().zip(rounds).take(self.up_to(steps));
        places.find_map(|(step, round)| self.step(&within.place(step, round)))
    }

    /// How many steps of a list can come. What fails at the end of a run holds nothing up, but for a gate: what stands
    /// behind one that nobody passed is not done.
    fn up_to(&self, steps: &[Step]) -> usize {
        let refused = steps
            .iter()
            .position(|step| self.ending && self.is_refused(step));
        refused.map_or(steps.len(), |at| at + 1)
    }

    /// Whether a step is a gate that was refused, or holds one of the same runbook.
    fn is_refused(&self, step: &Step) -> bool {
        if matches!(step.kind, Kind::Approve { .. }) {
            let mut known = self.state.steps.iter();
            return known.any(|(path, known)| {
                paths::base(path) == step.id && known.progress == Progress::Failed
            });
        }
        let is_another = matches!(step.kind, Kind::Call(_));
        !is_another && step.children().iter().any(|child| self.is_refused(child))
    }

    fn step(&self, place: &Place<'_>) -> Option<Vec<Action>> {
        let progress = self.state.progress(&place.path);
        if progress == Progress::Skipped {
            return None;
        }
        match (&place.step.kind, place.each()) {
            (_, Some(each)) => {
                let Some(items) = self.items(&place.path) else {
                    return Some(vec![Action::Begin(place.step())]);
                };
                let places: Vec<_> = items
                    .iter()
                    .map(|item| place.item(&each.name, item))
                    .collect();
                self.at_once(&places, each.max, false)
            }
            (Kind::Call(_) | Kind::Parallel { .. } | Kind::Sequence(_), None)
                if progress == Progress::Pending && self.is_asked(place.step) =>
            {
                Some(vec![Action::Begin(place.step())])
            }
            (Kind::Call(steps) | Kind::Sequence(steps), None) => self.list(steps, &place.inside()),
            (
                Kind::Parallel {
                    max,
                    wait_all,
                    steps,
                },
                None,
            ) => {
                let within = place.inside();
                let places: Vec<_> = steps.iter().map(|step| within.place(step, 1)).collect();
                self.at_once(&places, *max, *wait_all)
            }
            _ => self.leaf(place),
        }
    }

    fn items(&self, path: &str) -> Option<&'s Vec<String>> {
        self.state.steps.get(path)?.items.as_ref()
    }

    /// Whether the steps inside one are gone into only after a look at it.
    fn is_asked(&self, step: &Step) -> bool {
        step.when.is_some() || self.plan.left_out.contains_key(&step.id)
    }

    /// Several steps of which `max` go on at once. After a failure no other begins, unless all are
    /// wanted.
    fn at_once(&self, places: &[Place<'_>], max: u32, wait_all: bool) -> Option<Vec<Action>> {
        let (mut going_on, mut fresh) = (Vec::new(), Vec::new());
        let (mut busy, mut failed) = (0, false);
        for place in places {
            let Some(actions) = self.step(place) else {
                continue;
            };
            if !self.is_touched(place) {
                fresh.push(actions);
                continue;
            }
            match actions.iter().all(is_failure) {
                true => failed = true,
                false => busy += 1,
            }
            going_on.extend(actions);
        }
        if !failed || wait_all {
            let free = (max as usize).saturating_sub(busy);
            going_on.extend(fresh.into_iter().take(free).flatten());
        }
        (!going_on.is_empty()).then_some(going_on)
    }

    /// Whether something happened to a step, or to one inside it.
    fn is_touched(&self, place: &Place<'_>) -> bool {
        if self.state.steps.contains_key(&place.path) {
            return true;
        }
        let within = place.inside();
        let mut inside = place.step.children().iter();
        inside.any(|step| self.is_touched(&within.place(step, 1)))
    }

    fn leaf(&self, place: &Place<'_>) -> Option<Vec<Action>> {
        let Some(found) = self.state.steps.get(&place.path) else {
            return Some(vec![Action::Begin(place.step())]);
        };
        if !self.ending && !lost_outputs(self.plan, place.step, found).is_empty() {
            return Some(vec![Action::Complete(place.step())]);
        }
        let action = match found.progress {
            Progress::Pending | Progress::Open | Progress::TakenBack | Progress::Refused => {
                Action::Begin(place.step())
            }
            Progress::Started => Action::Recover(place.step()),
            Progress::Retrying | Progress::Passing => Action::Await(place.step()),
            Progress::Waiting => Action::Gate(place.step()),
            Progress::InDoubt if !self.ending => Action::Settle(place.step()),
            Progress::Failed => return self.failed(place, found),
            Progress::Done => return self.chosen(place, found),
            Progress::InDoubt | Progress::NotNeeded | Progress::Warned | Progress::Skipped => {
                return None;
            }
        };
        Some(vec![action])
    }

    fn failed(&self, place: &Place<'_>, found: &StepState) -> Option<Vec<Action>> {
        if is_doubtful(place.step, found) && !self.ending {
            return Some(vec![Action::Doubt(place.step())]);
        }
        if is_tried_again(place.step, found) {
            return Some(vec![Action::Schedule(place.step())]);
        }
        let action = match place.step.on_fail {
            _ if self.ending => return None,
            OnFail::Continue => return None,
            OnFail::Pause => Action::Failed(place.step()),
            OnFail::Fail => Action::Declare(place.step(), Then::Fail),
            OnFail::Rollback => Action::Declare(place.step(), Then::Rollback),
        };
        Some(vec![action])
    }

    /// What follows a choice. One that led back is settled: its round is over.
    fn chosen(&self, place: &Place<'_>, found: &StepState) -> Option<Vec<Action>> {
        let Kind::Decide { options, .. } = &place.step.kind else {
            return None;
        };
        match options.get(found.choice.as_ref()?)? {
            Choice::Stop => Some(vec![Action::Stopped(place.step())]),
            Choice::Rollback => Some(vec![Action::TakeBack]),
            Choice::Next | Choice::Goto { .. } => None,
        }
    }
}

fn is_failure(action: &Action) -> bool {
    matches!(action, Action::Failed(_) | Action::Declare(..))
}

/// Whether a step failed that may not act twice, and of which something may act still.
pub fn is_doubtful(step: &Step, found: &StepState) -> bool {
    found.progress == Progress::Failed && found.may_act && step.acts_once()
}

/// Whether a step that failed has another try left that is made by itself.
pub fn is_tried_again(step: &Step, found: &StepState) -> bool {
    let Some(retry) = &step.retry else {
        return false;
    };
    let worth = retry.on_exit.is_empty()
        || (!found.timed_out && found.exit.is_some_and(|code| retry.on_exit.contains(&code)));
    // A further try beside what the last one left at work could act twice; and one that says that it
    // did what it was to do, but handed on what it must not, did act.
    let is_safe = !step.acts_once() || (!found.may_act && found.exit != Some(0));
    // A wait has no tries, but it failed by itself as they do.
    let was_tried = found.attempt > 0 || matches!(step.kind, Kind::Wait { .. });
    worth && is_safe && !found.canceled && found.retries < retry.max && was_tried
}

/// The code that the program ends with when it stops driving a run in this state.
pub fn exit_code(plan: &Plan, state: &RunState) -> ExitCode {
    let half_undone = Unended::of(state);
    match &state.end {
        Some(End::Undone) => return ExitCode::Undone,
        _ if half_undone.as_ref().is_some_and(Unended::needs_terminal) => {
            return ExitCode::Suspended;
        }
        _ if half_undone.is_some() => return ExitCode::PartlyUndone,
        Some(End::Finished) => return ExitCode::Finished,
        Some(End::Failed) => return ExitCode::Failed,
        Some(End::Refused) => return ExitCode::Refused,
        Some(End::Aborted) => return ExitCode::Aborted,
        None => {}
    }
    let actions = next(plan, state);
    let is = |wanted: fn(&Action) -> bool| actions.iter().any(wanted);
    match () {
        () if is(|action| matches!(action, Action::TakeBack | Action::UndoFirst)) => {
            ExitCode::PartlyUndone
        }
        () if state.clock.at_limit => ExitCode::TimeLimit,
        () if is(|action| matches!(action, Action::Failed(_) | Action::Declare(..))) => {
            ExitCode::Failed
        }
        () if is(|action| matches!(action, Action::Settle(_) | Action::Doubt(_))) => {
            ExitCode::InDoubt
        }
        () => ExitCode::Suspended,
    }
}
