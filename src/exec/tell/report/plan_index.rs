//! What a plan says about its steps that a report needs, by the path that the journal gives them.

use crate::exec::plan::{Plan, paths};
use crate::exec::state::outline;

/// A plan, asked about its steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanIndex<'p> {
    plan: &'p Plan,
}

impl<'p> PlanIndex<'p> {
    /// What this plan says.
    pub(super) fn of(plan: &'p Plan) -> Self {
        Self { plan }
    }

    /// What people call a step: its title, and the item or the round it is for.
    pub(super) fn title(&self, path: &str) -> String {
        match &outline::at(self.plan, path) {
            Some(step) if paths::base(path) == path => step.title.clone(),
            Some(step) => format!("{} ({path})", step.title),
            None => path.to_owned(),
        }
    }

    /// How many seconds a step usually takes.
    pub(super) fn expected(&self, path: &str) -> Option<u64> {
        seconds(self.plan.step(path)?.expect_ms)
    }

    /// How many seconds the whole usually takes, the time of people not counted.
    pub(super) fn expected_as_a_whole(&self) -> Option<u64> {
        seconds(self.plan.budget.expect_ms)
    }
}

fn seconds(milliseconds: Option<u64>) -> Option<u64> {
    Some(milliseconds?.div_ceil(1000))
}
