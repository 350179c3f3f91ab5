//! Which step of a run changes the world before another begins: what is looked at behind it, only the
//! run can see.

use crate::exec::plan::paths;
use crate::exec::plan::{Doing, Kind, Plan, Step};

/// The steps that would act, in the order of the plan.
#[derive(Debug, Default)]
pub(super) struct Effects(Vec<String>);

impl Effects {
    /// Takes note of a step that the run would do.
    pub(super) fn note(&mut self, step: &Step) {
        let acts = match step.kind.doing() {
            Doing::Acts => !step.only_looks(),
            Doing::ByHand => true,
            Doing::Looks | Doing::Nothing => false,
        };
        if acts {
            self.0.push(step.id.clone());
        }
    }

    /// The last step that acts before this one.
    pub(super) fn before(&self, plan: &Plan, step: &Step) -> Option<&str> {
        let at = Self::branches(plan, &step.id);
        let comes_before = |acts: &&String| {
            let other = Self::branches(plan, acts);
            !at.iter().any(|(block, branch)| {
                other
                    .iter()
                    .any(|(same, beside)| same == block && beside != branch)
            })
        };
        let last = self.0.iter().rev().find(comes_before);
        last.map(String::as_str)
    }

    /// The parallel blocks around a step, each with the branch that the step is in.
    fn branches(plan: &Plan, path: &str) -> Vec<(String, String)> {
        let id = paths::base(path);
        let around = plan.around(&id);
        let ids = around.iter().map(|step| step.id.clone());
        let inside = ids.skip(1).chain([id]);
        let is_parallel = |step: &Step| matches!(step.kind, Kind::Parallel { .. });
        around
            .iter()
            .zip(inside)
            .filter(|(step, _)| is_parallel(step))
            .map(|(step, branch)| (step.id.clone(), branch))
            .collect()
    }
}
