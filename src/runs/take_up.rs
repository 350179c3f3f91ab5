//! Taking a run up: to go on with it, or to undo it. Whoever has it is the only one who drives it.

use super::RunsError;
use crate::exec::plan::Step;
use crate::exec::state::undo::{Scope, within};
use crate::exec::state::{End, RunState};
use crate::exec::store::{LockedRun, Run, Store};

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Takes a run up to go on with it, at most to the end of the step `until`.
///
/// # Errors
/// [`RunsError::Refused`] if the run has no such step; when somebody else drives it or its record is not
/// what was written.
pub fn to_go_on(store: &Store, run: Run, until: Option<&str>) -> Result<LockedRun, RunsError> {
    let driven = store.drive_on(run, now())?;
    match until {
        Some(step) if driven.run.plan.step(step).is_none() => {
            Err(RunsError::Refused(format!("the run has no step `{step}`")))
        }
        _ => Ok(driven),
    }
}

/// What an undo of this scope would undo, in order.
///
/// # Errors
/// [`RunsError::Instead`] if the run is finished and its runbook names another one for that;
/// [`RunsError::Refused`] if the scope names nothing.
pub fn undo_plan(run: &Run, state: &RunState, scope: &Scope) -> Result<Vec<Step>, RunsError> {
    if is_finished(state)
        && let Some(instead) = &run.plan.undo_instead
    {
        return Err(RunsError::Instead(instead.clone()));
    }
    within(&run.plan, state, scope).map_err(RunsError::Refused)
}

/// Whether a run is finished: somebody has to confirm that it is to be undone.
pub fn is_finished(state: &RunState) -> bool {
    state.end == Some(End::Finished)
}

/// Takes a run up to undo it.
///
/// # Errors
/// [`RunsError::Unconfirmed`] if it is finished, by now at least, and nobody confirmed that; when a later
/// run had effects, somebody else drives it, or its record is not what was written.
pub fn to_undo(store: &Store, run: Run, is_confirmed: bool) -> Result<LockedRun, RunsError> {
    let driven = store.drive_back(run, now())?;
    let state = RunState::fold(driven.journal.entries());
    match is_finished(&state) && !is_confirmed {
        true => Err(RunsError::Unconfirmed(driven.run.short().to_owned())),
        false => Ok(driven),
    }
}
