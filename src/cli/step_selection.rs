//! Which steps of a runbook are wanted: what `plan` and `exec` have in common.

use super::error::CliError;
use crate::exec::plan::Plan;
use crate::exec::plan::selection::{Selection, select};

/// A part of a runbook.
#[derive(clap::Args)]
pub(super) struct StepSelection {
    /// Start at this step; skip the steps before it
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// Run only this step; can be given again
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Skip this step; can be given again
    #[arg(long, value_name = "STEP")]
    skip: Vec<String>,
    /// Why steps are skipped; shown first in the report
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl StepSelection {
    /// Leaves out of a plan what is not wanted; `until` is the step after which the run is left.
    ///
    /// # Errors
    /// When something cannot be left out.
    pub(super) fn of(&self, plan: Plan, until: Option<&String>) -> Result<Plan, CliError> {
        let selection = Selection {
            from: self.from.clone(),
            only: self.only.clone(),
            skip: self.skip.clone(),
            until: until.cloned(),
        };
        select(plan, &selection, self.reason.as_deref()).map_err(CliError::invalid)
    }
}
