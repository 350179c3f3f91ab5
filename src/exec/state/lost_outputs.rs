//! What a step should have handed on and did not: it was taken as done because its `verify` or a
//! person said so, and what its own command wrote is lost. Nothing that uses such a value begins
//! before a person has given it: an empty text in its place is worse than a stop.

use crate::exec::plan::paths;
use crate::exec::plan::{Field, Piece, Plan, Step, Text};
use crate::exec::state::{Progress, StepState};
use crate::model::value_path::{StepValue, ValuePath};

/// The outputs of a step that counts as done which nobody knows and something else uses.
pub(in crate::exec) fn lost_outputs(plan: &Plan, step: &Step, found: &StepState) -> Vec<Field> {
    let counts_as_done = matches!(found.progress, Progress::Done | Progress::NotNeeded);
    let is_lost = |field: &&Field| {
        counts_as_done
            && !found.outputs.contains_key(&field.name)
            && is_used(plan, step, &field.name, found.progress)
    };
    step.outputs.iter().filter(is_lost).cloned().collect()
}

/// Whether anything uses an output. What was already so is not taken back, so the undo of its own
/// step does not count then.
fn is_used(plan: &Plan, step: &Step, output: &str, progress: Progress) -> bool {
    let id = paths::base(&step.id);
    let path = ValuePath::of_step(id.as_str(), StepValue::Output(output.to_owned()));
    let uses = |text: &Text| {
        let mut pieces = text.0.iter();
        pieces.any(|piece| matches!(piece, Piece::Value(used) if *used == path))
    };
    let by_step = |other: &Step| {
        let mut found = false;
        let mut alone = other.without_children();
        alone.each_text(&mut |text| found |= uses(text));
        found && (other.id != id || progress == Progress::Done)
    };
    let sections = [&plan.steps, &plan.on_failure, &plan.finally];
    plan.outputs.values().any(uses)
        || sections
            .into_iter()
            .flatten()
            .any(|step| any(step, &by_step))
}

fn any(step: &Step, is: &impl Fn(&Step) -> bool) -> bool {
    is(step) || step.children().iter().any(|child| any(child, is))
}
