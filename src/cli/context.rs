//! What the verbs about runs share: the run that is meant.

use super::error::{CliError, Fault};
use super::show;
use crate::exec::state::RunState;
use crate::exec::state::exit::ExitCode;
use crate::exec::store::{Run, Store};
use crate::runs::{self, Damaged, Found};
use std::path::Path;

/// The code of a verb that had to pass runs over.
pub(super) fn code_of(damaged: &Damaged) -> ExitCode {
    match (damaged.lines.is_empty(), damaged.is_altered()) {
        (true, _) => ExitCode::Finished,
        (false, true) => ExitCode::Altered,
        (false, false) => ExitCode::Newer,
    }
}

/// The runs that had to be passed over, as faults.
pub(super) fn faults(damaged: &Damaged) -> Vec<Fault> {
    damaged.lines.iter().map(Fault::new).collect()
}

/// Says which runs were passed over.
pub(super) fn remark(passed_over: &[String]) {
    let remark = |line: &String| format!("passed over: {line}");
    show::remarks(&passed_over.iter().map(remark).collect::<Vec<_>>());
}

/// The run to continue, by the end of its id, or the only open one.
pub(super) fn find(store: &Store, name: Option<&str>) -> Result<Run, CliError> {
    Ok(shown(runs::find(store, name)?).0)
}

/// The run to look at, by the end of its id, or the only open one, or the newest; and how it is.
pub(super) fn look_up(store: &Store, name: Option<&str>) -> Result<(Run, RunState), CliError> {
    Ok(shown(runs::look_up(store, name)?))
}

fn shown(found: Found) -> (Run, RunState) {
    remark(&found.passed_over);
    (found.run, found.state)
}

/// The runs of the project in this folder.
pub(super) fn store(project: &Path) -> Result<Store, CliError> {
    let store = runs::store(project)?;
    if show::is_verbose() {
        let folder = store.runs_folder();
        show::remarks(&[format!("note: runs in {}", folder.display())]);
    }
    Ok(store)
}
