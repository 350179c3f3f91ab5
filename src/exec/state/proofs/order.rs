//! Whether a line of a journal is one that the plan lets come now.
//!
//! What is next follows from plan and state alone. So a step that begins has to be next; what is left out or gone
//! through has to be what the plan says; and a gate is passed by approvals and nothing else. What a command handed on,
//! and what people said, is taken as it is written: only what it leads to is judged.

use crate::exec::plan::people::may_skip;
use crate::exec::plan::{Kind, Plan, Step, paths};
use crate::exec::record::causes::SkipWhy;
use crate::exec::record::event::Event;
use crate::exec::state::lost_outputs::lost_outputs;
use crate::exec::state::next::{Action, next};
use crate::exec::state::options;
use crate::exec::state::values::Values;
use crate::exec::state::{Progress, RunState, outline};

/// Whether an event says that something is done to the world, or is about to be.
pub(super) fn acts(event: &Event) -> bool {
    matches!(
        event,
        Event::StepStarted { .. } | Event::NotifySent { .. } | Event::NotifyFailed { .. }
    )
}

/// Whether an event can let a gate pass.
pub(super) fn answers(event: &Event) -> bool {
    matches!(
        event,
        Event::GateOpened { .. } | Event::GateApproved { .. } | Event::ReviewRefused { .. }
    )
}

/// Why this event could not come now, if it could not. `state` is what the lines before it come to.
pub(super) fn fault(plan: &Plan, run: &str, state: &RunState, event: &Event) -> Option<String> {
    let Some(path) = event.step() else {
        let is_over = next(plan, state).contains(&Action::Finish);
        return (matches!(event, Event::RunFinished { .. }) && !is_over)
            .then(|| "the run was called finished before it was".to_owned());
    };
    let Some(step) = outline::at(plan, path) else {
        return Some(format!("the plan has no step `{path}`"));
    };
    let line = Line {
        plan,
        run,
        state,
        path,
        step: &step,
    };
    line.of_a_gate(event).or_else(|| line.fault(event))
}

/// An event at its place in the run.
struct Line<'t> {
    plan: &'t Plan,
    run: &'t str,
    state: &'t RunState,
    path: &'t str,
    step: &'t Step,
}

impl Line<'_> {
    fn fault(&self, event: &Event) -> Option<String> {
        let path = self.path;
        match event {
            Event::StepStarted { .. }
            | Event::StepNotNeeded { .. }
            | Event::NotifySent { .. }
            | Event::NotifyFailed { .. }
            | Event::WaitStarted { .. }
            | Event::GateOpened { .. } => self.too_early(),
            Event::StepFinished { attempt, .. } => {
                let known = self.state.steps.get(path);
                let is_going_on = known.is_some_and(|known| {
                    known.attempt == *attempt
                        && matches!(known.progress, Progress::Started | Progress::InDoubt)
                });
                (!is_going_on).then(|| format!("`{path}` ended without having begun"))
            }
            Event::GroupStarted { items, .. } => {
                let each = self.step.each.as_ref();
                let wanted = each.map(|each| self.values().items(each));
                let is_so = *items == wanted;
                let other = || format!("`{path}` went through other items than the plan says");
                self.too_early().or_else(|| (!is_so).then(other))
            }
            Event::StepSkipped { why, by, .. } => {
                let is_so = self.may_be_skipped(*why, by.as_deref());
                let too_early = self.too_early().filter(|_| *why != SkipWhy::Person);
                let other = || format!("`{path}` was skipped, and the plan does not allow that");
                (!is_so).then(other).or(too_early)
            }
            Event::ManualCompleted { .. } | Event::DecisionMade { .. } => self.answered(event),
            Event::StepResolved { .. } | Event::StepDoneByHand { .. } => {
                let is_next = self.too_early().is_none();
                let is_open = self.is(&[
                    Progress::Started,
                    Progress::InDoubt,
                    Progress::Failed,
                    Progress::Retrying,
                    Progress::Refused,
                ]);
                (!is_open && !is_next).then(|| format!("`{path}` was settled, and was in no doubt"))
            }
            Event::StepInDoubt { .. } => self.only_if(&[Progress::Started, Progress::Failed]),
            Event::StepRetryScheduled { .. } => self.only_if(&[Progress::Failed]),
            // A wait that is over at once has no line of its beginning.
            Event::WaitProbed { .. } | Event::WaitEnded { .. } => {
                match self.is(&[Progress::Passing]) {
                    true => None,
                    false => self.too_early(),
                }
            }
            Event::StepVerified { finished: true, .. } => {
                let has_none = self.step.verify.is_none();
                let none = || format!("`{path}` was looked at again, and has no verify");
                self.only_if(&[Progress::Done, Progress::NotNeeded])
                    .or_else(|| has_none.then(none))
            }
            Event::RunFailing { .. } => {
                let has_failed = self.is(&[Progress::Failed]);
                (!has_failed).then(|| format!("`{path}` is called failed, and did not fail"))
            }
            Event::OutputsGiven { outputs, .. } => {
                let known = self.state.steps.get(path).cloned().unwrap_or_default();
                let lost = lost_outputs(self.plan, self.step, &known);
                let is_lost = |name: &String| lost.iter().any(|field| field.name == *name);
                (!outputs.keys().all(is_lost))
                    .then(|| format!("`{path}`: outputs were given that it had not lost"))
            }
            Event::ReviewRefused { .. } => {
                let is_passed = self.state.progress(path) == Progress::Done;
                (!is_passed)
                    .then(|| format!("the gate `{path}`: a review was refused before it was owed"))
            }
            Event::StepEnvEdited { .. } => {
                if let Some(why) = self.too_early() {
                    return Some(why);
                }
                let gate = outline::passed_before(self.plan, self.state, path)?;
                Some(format!(
                    "`{path}`: its environment was changed behind the gate `{gate}`"
                ))
            }
            _ => None,
        }
    }

    /// What is passed by approvals is passed by nothing else.
    fn of_a_gate(&self, event: &Event) -> Option<String> {
        let path = self.path;
        let is_gate = matches!(self.step.kind, Kind::Approve { .. });
        let is_of_gates = matches!(
            event,
            Event::GateOpened { .. }
                | Event::GateApproved { .. }
                | Event::GateRejected { .. }
                | Event::GateExpired { .. }
                | Event::GateVoid { .. }
                | Event::ReviewRefused { .. }
        );
        // Whoever looks on, or skips it as its runbook says, has not passed it.
        let is_of_all = matches!(
            event,
            Event::StepSkipped { .. }
                | Event::GroupStarted { .. }
                | Event::ShellOpened { .. }
                | Event::ShellClosed { .. }
                | Event::StepVerified {
                    finished: false,
                    ..
                }
                | Event::RunFailing { .. }
                | Event::RunFailed { .. }
        );
        match (is_gate, is_of_gates) {
            (true, false) if !is_of_all => Some(format!(
                "the gate `{path}` counts as passed by a line that no gate has"
            )),
            (false, true) => Some(format!("the gate `{path}`: the plan has no such gate")),
            _ => None,
        }
    }

    fn is(&self, progress: &[Progress]) -> bool {
        progress.contains(&self.state.progress(self.path))
    }

    /// What can be said only of a step that stands like this.
    fn only_if(&self, progress: &[Progress]) -> Option<String> {
        let path = self.path;
        let is = self.state.progress(path).as_str();
        (!self.is(progress))
            .then(|| format!("`{path}` was {is}, and a line says what cannot follow"))
    }

    /// What people answer is asked once, of a step that is there. It may be answered before the run comes to it.
    fn answered(&self, event: &Event) -> Option<String> {
        let path = self.path;
        let fits = match (&self.step.kind, event) {
            (Kind::Manual { .. }, Event::ManualCompleted { .. }) => true,
            (Kind::Decide { options, .. }, Event::DecisionMade { choice, .. }) => {
                options::open_options(self.state, path, options).contains(choice)
            }
            _ => false,
        };
        let sections = outline::sections(self.plan, self.state);
        let is_there = sections.iter().flatten().any(|step| step.id == path);
        let is_open = self.is(&[Progress::Pending, Progress::Waiting, Progress::TakenBack]);
        (!fits || !is_there || !is_open)
            .then(|| format!("`{path}` was answered, and was not asked"))
    }

    fn too_early(&self) -> Option<String> {
        let actions = next(self.plan, self.state);
        let steps: Vec<&Step> = actions.iter().filter_map(Action::step).collect();
        if steps.iter().any(|step| step.id == self.path) {
            return None;
        }
        let path = self.path;
        Some(match steps.first() {
            Some(first) if matches!(first.kind, Kind::Approve { .. }) => {
                format!(
                    "the gate `{}` was not passed when `{path}` was begun",
                    first.id
                )
            }
            Some(first) => format!("`{path}` was begun too early: `{}` comes first", first.id),
            None => format!("`{path}` was begun when nothing was to be begun"),
        })
    }

    fn values(&self) -> Values<'_> {
        Values {
            plan: self.plan,
            state: self.state,
            run: self.run,
            head: "",
            at: self.path,
        }
    }

    fn may_be_skipped(&self, why: SkipWhy, by: Option<&str>) -> bool {
        match why {
            SkipWhy::When => {
                let condition = self.step.when.as_ref();
                condition.is_some_and(|condition| !self.values().holds(condition, None))
            }
            SkipWhy::LeftOut => self.plan.left_out.contains_key(&paths::base(self.path)),
            SkipWhy::Person => {
                let skippable = outline::skippable(self.plan, self.state, self.path);
                skippable.is_some_and(|step| {
                    step.id == self.path
                        && may_skip(self.plan, &step, by.unwrap_or_default()).is_ok()
                })
            }
            SkipWhy::Nobody => {
                let is_gate = matches!(self.step.kind, Kind::Approve { .. });
                self.plan.is_ending(self.path) && !self.step.is_group() && !is_gate
            }
        }
    }
}
