//! Which approvals of a run do not count any more, as what they were given for has changed, or was used.
//!
//! Pure. An approval is for the commit, the artefact, the labels and the row that its request names, and for doing once
//! what stands behind its gate. So it does not count when one of those values comes to something else, nor when a step
//! is undone to be done again: neither the gate before that step, nor those behind it.

use super::asking::Subject;
use super::gate::Asked;
use super::masked::is_masked;
use super::values::Values;
use super::{Progress, RunState, outline};
use crate::exec::plan::{Kind, Plan, Step, paths};
use crate::exec::record::request::Request;

/// A gate that has to be asked again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// Its path.
    pub gate: String,
    /// Why its approval does not count any more.
    pub why: String,
}

/// The gates of the run with this id that have to be asked again, in order. Of a gate that was asked in several
/// rounds, only the last can be.
pub fn stale(plan: &Plan, state: &RunState, run: &str) -> Vec<Stale> {
    // Most runs have no gate, and this is asked before each step.
    if !state
        .steps
        .keys()
        .any(|path| was_asked(state, path).is_some())
    {
        return Vec::new();
    }
    let sections = outline::sections(plan, state);
    let of_section = |steps: &Vec<Step>| of_section(plan, state, run, steps);
    sections.iter().flat_map(of_section).collect()
}

/// Those of one part of the runbook.
fn of_section(plan: &Plan, state: &RunState, run: &str, steps: &[Step]) -> Vec<Stale> {
    let undone = undone(steps, state);
    let gates = steps.iter().enumerate().filter_map(|(at, gate)| {
        let asked = was_asked(state, &gate.id)?;
        let is_again =
            |other: &Step| paths::without_rounds(&other.id) == paths::without_rounds(&gate.id);
        if steps[at + 1..].iter().any(is_again) {
            return None;
        }
        let why = changed(plan, state, (run, gate), &asked.request)
            .or_else(|| used(plan, state, (steps, at), &undone))?;
        Some(Stale {
            gate: gate.id.clone(),
            why,
        })
    });
    gates.collect()
}

/// What was asked at a gate that waits or was passed.
fn was_asked<'s>(state: &'s RunState, path: &str) -> Option<&'s Asked> {
    let step = state.steps.get(path);
    let step = step.filter(|step| matches!(step.progress, Progress::Waiting | Progress::Done));
    step?.gate.asked.as_ref()
}

/// The places of the steps that were undone, to be done again.
fn undone(steps: &[Step], state: &RunState) -> Vec<usize> {
    let is_undone = |step: &Step| state.progress(&step.id) == Progress::TakenBack;
    let places = steps.iter().enumerate();
    places
        .filter(|(_, step)| is_undone(step))
        .map(|(at, _)| at)
        .collect()
}

/// What a gate asks for now that is not what was asked.
fn changed(
    plan: &Plan,
    state: &RunState,
    (run, gate): (&str, &Step),
    asked: &Request,
) -> Option<String> {
    let values = Values {
        plan,
        state,
        run,
        head: &asked.head,
        at: &gate.id,
    };
    let now = Subject::of(&gate.kind, |text| values.fill(text));
    let is_same = |now: &Option<String>, then: &Option<String>| match (now, then) {
        (Some(now), Some(then)) => is_masked(plan, then, now),
        (now, then) => now == then,
    };
    let differs = |what: &str, now: &Option<String>| {
        Some(match now {
            Some(now) => format!("{what} is {now} by now"),
            None => format!("{what} is not known any more"),
        })
    };
    if !is_same(&now.commit, &asked.commit) {
        return differs("the commit", &now.commit);
    }
    if !is_same(&now.artefact, &asked.artefact) {
        return differs("the artefact", &now.artefact);
    }
    if !is_same(&now.row, &asked.row) {
        return differs("the row of the matrix", &now.row);
    }
    let names = now.evidence.keys().chain(asked.evidence.keys());
    for name in names {
        let now = now.evidence.get(name).cloned();
        if !is_same(&now, &asked.evidence.get(name).cloned()) {
            return differs(&format!("the evidence `{name}`"), &now);
        }
    }
    let joined = |labels: &Option<Vec<String>>| labels.as_ref().map(|labels| labels.join(", "));
    match is_same(&joined(&now.labels), &joined(&asked.labels)) {
        true => None,
        false => differs("the list of labels", &joined(&now.labels)),
    }
}

/// The step for which the approval of a gate was used, and which is to be done again, or which stands before the gate.
fn used(
    plan: &Plan,
    state: &RunState,
    (steps, gate): (&[Step], usize),
    undone: &[usize],
) -> Option<String> {
    let opened = state.steps.get(&steps[gate].id)?.opened;
    let mut undone = undone.iter().filter(|at| {
        let step = state.steps.get(&steps[**at].id);
        step.is_some_and(|step| step.rewound_at > opened)
    });
    let is_meant = |at: &&usize| **at < gate || is_before(plan, steps, gate, **at);
    let step = undone.find(is_meant)?;
    Some(format!("`{}` was undone since", steps[*step].id))
}

/// Whether a gate is the last one that has to be passed before a step.
fn is_before(plan: &Plan, steps: &[Step], gate: usize, step: usize) -> bool {
    let between = &steps[gate + 1..step];
    let mut gates = between.iter().filter(|one| is_gate(one));
    !gates.any(|other| holds_up(plan, other, &steps[step]))
}

fn is_gate(step: &Step) -> bool {
    matches!(step.kind, Kind::Approve { .. })
}

/// Whether a step that comes later in the list waits for a gate: neither goes on beside the other.
fn holds_up(plan: &Plan, gate: &Step, step: &Step) -> bool {
    let (around_gate, around_step) = (plan.around(&gate.id), plan.around(&step.id));
    let shared = around_gate
        .iter()
        .zip(&around_step)
        .take_while(|(one, other)| one.id == other.id)
        .count();
    let is_beside = match shared.checked_sub(1).map(|last| &around_gate[last].kind) {
        Some(Kind::Parallel { .. }) => true,
        _ => around_gate[shared..]
            .iter()
            .any(|group| matches!(group.kind, Kind::Parallel { .. }) || group.each.is_some()),
    };
    let (of_gate, of_step) = (paths::items(&gate.id), paths::items(&step.id));
    !is_beside
        && of_gate
            .iter()
            .zip(&of_step)
            .all(|(one, other)| one == other)
}
