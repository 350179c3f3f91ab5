//! Going on with a run by its runbook as it is now, if what has begun is untouched.

use super::{RunsError, account, planning, sources};
use crate::exec::digest::sha256;
use crate::exec::plan::SourceRecord;
use crate::exec::state::RunState;
use crate::exec::state::replan::{self, Changed};
use crate::exec::store::{LockedRun, Run};
use std::path::Path;

/// What of its runbook differs from the plan of a run; nothing if it does not differ.
///
/// # Errors
/// [`RunsError::NotFitting`] when it does not fit what has begun; as for [`planning::plan`].
pub fn compare(project: &Path, driven: &LockedRun) -> Result<Option<Changed>, RunsError> {
    let state = RunState::fold(driven.journal.entries());
    let fresh = planning::again(project, &driven.run.plan)?;
    if driven.run.plan.uncommitted.is_none() {
        sources::admit(fresh.clone(), None)?;
    }
    let changed = replan::compare(&driven.run.plan, fresh, &state);
    changed.map_err(|problems| RunsError::NotFitting {
        run: driven.run.short().to_owned(),
        problems,
    })
}

/// Lets a run go on by what differs.
///
/// # Errors
/// When that cannot be written down.
pub fn accept(driven: &mut LockedRun, reason: &str, changed: Changed) -> Result<(), RunsError> {
    let by = driven.run.plan.person(&account()).name;
    let now = jiff::Timestamp::now().to_string();
    Ok(driven.change_plan(now, by, reason.to_owned(), changed)?)
}

/// The file that was changed since a run began by it; nothing if none was.
pub fn changed_since(project: &Path, run: &Run) -> Option<String> {
    let differs = |source: &&SourceRecord| {
        let bytes = std::fs::read(project.join(&source.path));
        bytes.is_ok_and(|bytes| sha256(&bytes) != source.sha256)
    };
    let plan = &run.plan;
    let mut sources = std::iter::once(&plan.source).chain(&plan.called);
    sources.find(differs).map(|source| source.path.clone())
}
