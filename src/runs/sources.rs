//! Where a run comes from: which commit each of its files came from, and why it is run although one of
//! them is in none.

use super::RunsError;
use crate::driver::Project;
use crate::exec::plan::target;
use crate::exec::plan::{Plan, SourceRecord};
use crate::model::runbook::Runbook;
use crate::model::site::RunbookPage;
use std::path::Path;

/// Where the runbooks came from that `book` calls, and those that they call.
pub(super) fn called(folder: &Path, project: &Project, book: &Runbook) -> Vec<SourceRecord> {
    let mut found = project.site.called_by(book);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
        .into_iter()
        .map(|page| source(folder, project, page))
        .collect()
}

/// Where a runbook came from.
pub(super) fn source(folder: &Path, project: &Project, page: &RunbookPage) -> SourceRecord {
    target::source(
        folder,
        &page.path,
        project.sources.get(page.runbook.source).text(),
    )
}

/// What has to be said before a plan of high risk is run that no commit holds; nothing if all is
/// committed.
pub fn doubt(plan: &Plan) -> Option<String> {
    let files = plan.uncommitted_files();
    (plan.careful && !files.is_empty()).then(|| {
        format!(
            "{} of high risk is not committed as it is: nobody could tell later what was run",
            files.join(", ")
        )
    })
}

/// Writes down why a plan of high risk is run although no commit holds it.
///
/// # Errors
/// [`RunsError::NotCommitted`] when there is such a doubt and no reason.
pub fn admit(plan: Plan, reason: Option<&str>) -> Result<Plan, RunsError> {
    let uncommitted = match (doubt(&plan), reason.map(str::trim)) {
        (None, _) => None,
        (Some(_), Some(reason)) if !reason.is_empty() => Some(reason.to_owned()),
        (Some(doubt), _) => return Err(RunsError::NotCommitted(doubt)),
    };
    Ok(Plan {
        uncommitted,
        ..plan
    })
}
