//! Where a run comes from: which commit each of its files came from, and why it is run although one of
//! them is in none.

use super::RunsError;
use crate::driver::Project;
use crate::exec::plan::target;
use crate::exec::plan::{Plan, SourceRecord};
use crate::model::runbook::Runbook;
use crate::model::site::RunbookPage;
use std::path::Path;

/// Data that no run is made of: words, and what `runbook times` writes.
const NOT_OF_RUNS: [&str; 2] = ["data/terms.yaml", "data/times.yaml"];

/// Where the runbooks came from that `book` calls, and those that they call; and the project's data, which says
/// who may approve, what is said, and the limits.
pub(super) fn called(folder: &Path, project: &Project, book: &Runbook) -> Vec<SourceRecord> {
    let mut found = project.site.called_by(book);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    let books = found.into_iter().map(|page| source(folder, project, page));
    let data = project
        .sources
        .iter()
        .filter(|file| is_data(project, file.path()));
    let data = data.map(|file| target::source(folder, file.path(), file.text()));
    books.chain(data).collect()
}

/// Whether a file of the project has data that a run may be made of.
fn is_data(project: &Project, path: &str) -> bool {
    let mut roots = project.site.config.roots.iter();
    roots.any(|root| {
        let name = path.strip_prefix(&*root.dir.value);
        let name = name.map(|name| name.trim_start_matches('/'));
        name.is_some_and(|name| {
            name.starts_with("data/") && name.ends_with(".yaml") && !NOT_OF_RUNS.contains(&name)
        })
    })
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
            "the run is of high risk, and not committed as it is: {}. Nobody could tell later what was run",
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
