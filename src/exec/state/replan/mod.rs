//! Whether a run may go on by a changed plan: only if what has begun is as it was.
//!
//! A list is done in order, so up to the last step that has begun it has to hold the same steps, and
//! each that has begun has to be the same in every member. What stands behind may change in any
//! way. Steps that go on at once have no order: those that have begun have to be there unchanged.

mod difference;

use crate::exec::plan::paths;
use crate::exec::plan::{Effect, Kind, Plan, Step};
use crate::exec::state::outline;
use crate::exec::state::{Progress, RunState};

/// A changed plan that fits what was done, and what differs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The plan to go on by.
    pub plan: Plan,
    /// What differs, line by line, for people.
    pub difference: Vec<String>,
}

/// Compares a plan that was frozen anew with the plan of a run; nothing if they do not differ.
///
/// # Errors
/// Everything that keeps the run from going on by it.
pub fn compare(old: &Plan, new: Plan, state: &RunState) -> Result<Option<Changed>, Vec<String>> {
    let plan = as_begun(old, new);
    let mut judge = Judge {
        old,
        new: &plan,
        state,
        problems: Vec::new(),
    };
    judge.whole();
    if !judge.problems.is_empty() {
        return Err(judge.problems);
    }
    let difference = difference::lines(old, &plan);
    Ok((!difference.is_empty()).then_some(Changed { plan, difference }))
}

/// A changed plan with what was decided about the run when it began, which stays.
pub fn as_begun(old: &Plan, new: Plan) -> Plan {
    Plan {
        initiator: old.initiator.clone(),
        target: old.target.clone(),
        target_commit: old.target_commit.clone(),
        uncommitted: old.uncommitted.clone(),
        left_out: old.left_out.clone(),
        run_key: old.run_key.clone(),
        incident: old.incident.clone(),
        ticket: old.ticket.clone(),
        like: old.like.clone(),
        ..new
    }
}

/// The gates of a run whose approval a changed plan makes void, by path: those that wait, and those that were passed
/// for something that is still to be done. An approval is for a plan as it was shown.
pub fn void(plan: &Plan, state: &RunState) -> Vec<String> {
    let sections = outline::sections(plan, state);
    let void = sections.iter().flat_map(|steps| void_of(steps, state));
    void.collect()
}

/// Those of one part of the runbook.
fn void_of(steps: &[Step], state: &RunState) -> Vec<String> {
    let is_to_come = |step: &Step| {
        let is_done = state.progress(&step.id).is_settled();
        let acts = match step.kind {
            Kind::Command(_) => step.effect != Effect::Read,
            Kind::Manual { .. } | Kind::Notify { .. } => true,
            // Nobody went into it yet, so it is one step here.
            Kind::Call(_) | Kind::Parallel { .. } | Kind::Sequence(_) => true,
            _ => false,
        };
        acts && !is_done
    };
    let is_void = |(at, step): &(usize, &Step)| {
        matches!(step.kind, Kind::Approve { .. })
            && match state.progress(&step.id) {
                Progress::Waiting => true,
                Progress::Done => steps[at + 1..].iter().any(is_to_come),
                _ => false,
            }
    };
    // Of a gate that was asked in several rounds of a loop, only the last can be asked again.
    let is_last = |(at, step): &(usize, &Step)| {
        let mut later = steps[at + 1..].iter();
        !later.any(|other| paths::without_rounds(&other.id) == paths::without_rounds(&step.id))
    };
    let gates = steps.iter().enumerate().filter(is_void).filter(is_last);
    gates.map(|(_, gate)| gate.id.clone()).collect()
}

struct Judge<'p> {
    old: &'p Plan,
    new: &'p Plan,
    state: &'p RunState,
    problems: Vec<String>,
}

impl Judge<'_> {
    fn whole(&mut self) {
        if self.old.lock != self.new.lock {
            self.problems
                .push("the run has another lock: end it, and start a new one".to_owned());
        }
        for (old, new) in [
            (&self.old.steps, &self.new.steps),
            (&self.old.on_failure, &self.new.on_failure),
            (&self.old.finally, &self.new.finally),
        ] {
            self.list(old, new);
        }
    }

    fn list(&mut self, old: &[Step], new: &[Step]) {
        let Some(last) = old.iter().rposition(|step| self.has_begun(step)) else {
            return;
        };
        for (at, step) in old[..=last].iter().enumerate() {
            match new.get(at) {
                Some(other) if other.id == step.id => self.step(step, other),
                Some(other) => {
                    let (begun, other) = (&old[last].id, &other.id);
                    return self.problems.push(format!(
                        "`{begun}` has begun, and `{other}` now stands where `{}` stood before it",
                        step.id
                    ));
                }
                None => {
                    let begun = &old[last].id;
                    return self
                        .problems
                        .push(format!("`{begun}` has begun, and is no longer there"));
                }
            }
        }
    }

    fn at_once(&mut self, old: &[Step], new: &[Step]) {
        for step in old {
            match new.iter().find(|other| other.id == step.id) {
                Some(other) => self.step(step, other),
                None if !self.has_begun(step) => {}
                None => self
                    .problems
                    .push(format!("`{}` has begun, and is no longer there", step.id)),
            }
        }
    }

    /// A step that has begun, or holds one that has, is as it was.
    fn step(&mut self, old: &Step, new: &Step) {
        if !self.has_begun(old) {
            return;
        }
        let differing = difference::members(&old.without_children(), &new.without_children());
        if !differing.is_empty() {
            let differing = differing.join(", ");
            self.problems.push(format!(
                "`{}` has begun, and its {differing} differs",
                old.id
            ));
        }
        for role in roles(old) {
            if self.old.roles.get(role) != self.new.roles.get(role) {
                let id = &old.id;
                self.problems
                    .push(format!("`{id}` has begun, and its role `{role}` differs"));
            }
        }
        match &old.kind {
            Kind::Parallel { .. } => self.at_once(old.children(), new.children()),
            _ => self.list(old.children(), new.children()),
        }
    }

    /// Whether something happened to a step or inside it, in any round and for any item.
    fn has_begun(&self, step: &Step) -> bool {
        let own = |path: &String| paths::base(path) == step.id;
        self.state.steps.keys().any(own)
            || step.children().iter().any(|child| self.has_begun(child))
    }
}

/// The roles that a step names.
fn roles(step: &Step) -> Vec<&String> {
    let gate = match &step.kind {
        Kind::Approve { role, .. } if !role.is_empty() => Some(role),
        _ => None,
    };
    let skip = step.skip.as_ref().and_then(|skip| skip.role.as_ref());
    step.role.iter().chain(gate).chain(skip).collect()
}
