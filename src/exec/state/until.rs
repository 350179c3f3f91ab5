//! Whether a run has come to the step after which it is to be left.

use crate::exec::plan::paths;
use crate::exec::plan::{Plan, Step};
use crate::exec::state::next::Action;

/// Whether all that could be done next stands behind a step, so that the step is over.
pub(in crate::exec) fn is_past(plan: &Plan, until: &str, actions: &[Action]) -> bool {
    let order: Vec<&Step> = plan.steps.iter().flat_map(Step::with_inner).collect();
    let Some(step) = plan.step(until) else {
        return false;
    };
    let place = |id: &str| order.iter().position(|other| other.id == id);
    let last = step.with_inner().last().and_then(|step| place(&step.id));
    let is_behind = |action: &Action| {
        let path = action.step().map(|step| paths::base(&step.id));
        let place = path.and_then(|id| place(&id));
        place.is_some_and(|place| last.is_some_and(|last| place > last))
    };
    !actions.is_empty() && actions.iter().all(is_behind)
}
