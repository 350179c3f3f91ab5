//! What people can do when nobody is asked yet, as something that the row of a gate requires was not found.
//!
//! What a step found stands as long as the step does. So it is done again, where it can be undone; else a new run
//! has to find it.

use super::Engine;
use crate::exec::plan::policy::Subject as Written;
use crate::exec::plan::{Kind, Piece, Plan, Step, Undo};
use crate::exec::state::RunState;
use crate::exec::state::asking::Subject;
use crate::exec::state::required;
use crate::exec::state::undo::{Scope, within};
use crate::model::value_path::ValuePath;

impl Engine {
    /// Says how to look again for what is required of a gate; nothing if all of it was found.
    pub(super) fn say_how_to_look_again(&self, gate: &Step) {
        let (plan, run) = (self.run.plan(), self.run.short());
        let found = Subject::of(&gate.kind, |text| self.fill(gate, text));
        let row = found.row.as_ref().and_then(|name| plan.row(name).ok());
        let unmet = row.map_or_else(Vec::new, |row| required::unmet(row, &found.evidence));
        if unmet.is_empty() {
            return;
        }
        let words = match probes(plan, self.run.state(), gate, &unmet) {
            Some(probes) => {
                let undo = |probe: &String| format!("runbook undo {run} --only {probe}, then ");
                let undo: String = probes.iter().map(undo).collect();
                format!("  to look again: {undo}runbook resume {run}")
            }
            None => format!(
                "  it is looked for in a new run: runbook abort {run} --reason 'not asked', then runbook exec {} --like {run}",
                plan.runbook
            ),
        };
        self.operator.say(&words);
    }
}

/// The steps that found what is named so; nothing if one of them cannot be done again in this run.
fn probes(plan: &Plan, state: &RunState, gate: &Step, names: &[&str]) -> Option<Vec<String>> {
    let Kind::Approve { subject, .. } = &gate.kind else {
        return None;
    };
    let mut probes: Vec<String> = Vec::new();
    for name in names {
        let own = steps_of(subject, name);
        let own: Vec<String> = own
            .iter()
            .map(|step| redone(plan, state, step))
            .collect::<Option<_>>()?;
        if own.is_empty() {
            return None;
        }
        probes.extend(own);
    }
    probes.sort();
    probes.dedup();
    Some(probes)
}

/// The steps that a piece of evidence is filled from.
fn steps_of(subject: &Written, name: &str) -> Vec<String> {
    let pieces = subject
        .evidence
        .get(name)
        .into_iter()
        .flat_map(|text| &text.0);
    let steps = pieces.filter_map(|piece| match piece {
        Piece::Value(ValuePath::Step { id, .. }) => Some(id.clone()),
        _ => None,
    });
    steps.collect()
}

/// The path of a step in its last round, if it can be undone there, and so be done again.
fn redone(plan: &Plan, state: &RunState, step: &str) -> Option<String> {
    let steps = within(plan, state, &Scope::Only(step.to_owned())).ok()?;
    let last = steps.into_iter().next()?;
    matches!(last.undo, Some(Undo::Command { .. })).then_some(last.id)
}
