//! `runbook resume --replan`: shows how the runbook differs from the plan of the run, and asks; and the hint
//! that it was changed.

use super::error::CliError;
use super::show;
use crate::exec::engine::operator::Operator;
use crate::exec::state::replan::Changed;
use crate::exec::store::{LockedRun, Run};
use crate::runs::replan;
use std::path::Path;

/// Shows what differs, and lets the run go on by it; whether the run is to go on.
///
/// # Errors
/// When the changed runbook does not fit what has begun: the run stays as it is.
pub(super) fn replan(
    project: &Path,
    driven: &mut LockedRun,
    reason: &str,
    operator: Operator,
) -> Result<bool, CliError> {
    if reason.is_empty() {
        return Err(CliError::usage("an empty reason says nothing"));
    }
    let Some(changed) = replan::compare(project, driven)? else {
        show::line("the runbook does not differ from the plan of the run");
        return Ok(true);
    };
    if !is_wanted(&changed, operator) {
        show::line("the run keeps its plan");
        return Ok(false);
    }
    replan::accept(driven, reason, changed)?;
    show::line("the run continues with the changed plan");
    Ok(true)
}

/// Shows the difference. Without anybody to ask, `--replan` with its reason is the answer.
fn is_wanted(changed: &Changed, operator: Operator) -> bool {
    changed
        .difference
        .iter()
        .for_each(|line| operator.say(&format!("  {line}")));
    operator == Operator::Absent || operator.agrees("continue with this plan?")
}

/// What to say of a run whose runbook was changed since it began; nothing if it was not.
pub(super) fn hint(project: &Path, run: &Run) -> Option<String> {
    let changed = replan::changed_since(project, run)?;
    Some(format!(
        "{changed} was changed since; the run keeps its own plan. To see the differences: runbook resume {} --replan --reason TEXT",
        run.short()
    ))
}
