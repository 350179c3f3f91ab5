//! Which run is meant, and which there are.

use super::RunsError;
use super::damaged::Damaged;
use crate::driver;
use crate::exec::process::shim::secret_folder;
use crate::exec::state::RunState;
use crate::exec::state::next::{is_at_rest, is_over};
use crate::exec::store::sending;
use crate::exec::store::tries::Tries;
use crate::exec::store::{Run, Store};
use std::env;
use std::path::{Path, PathBuf};

/// The runs of the project in this folder.
///
/// # Errors
/// When it is no project, or no folder can hold runs that others cannot write in.
pub fn store(project: &Path) -> Result<Store, RunsError> {
    let config = driver::config(project)?;
    let root = state_root(project, config.state_dir.as_deref())?;
    let store = Store::new(&root, &config.id);
    store.refuse_open_to_all()?;
    Ok(store)
}

fn state_root(project: &Path, configured: Option<&str>) -> Result<PathBuf, RunsError> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let root = set("RUNBOOK_STATE_DIR")
        .or_else(|| configured.map(|dir| project.join(dir)))
        .or_else(|| set("XDG_STATE_HOME").map(|state| state.join("runbook")))
        .or_else(|| set("HOME").map(|home| home.join(".local/state/runbook")))
        .ok_or(RunsError::NoStateFolder)?;
    std::path::absolute(&root).map_err(|error| RunsError::StateFolder { root, error })
}

/// A run that somebody asked for.
#[derive(Debug)]
pub struct Found {
    /// With its plan; what happened is in `state`.
    pub run: Run,
    /// How it is.
    pub state: RunState,
    /// A line for each run that cannot be read and was passed over in the search.
    pub passed_over: Vec<String>,
}

impl From<(Run, RunState)> for Found {
    fn from((run, state): (Run, RunState)) -> Self {
        Self {
            run,
            state,
            passed_over: Vec::new(),
        }
    }
}

/// The run that is meant: by the end of its id, or the only open one. Whoever asks is about to
/// write something down or to go on: its folder fits together, and is the only one of this run.
///
/// # Errors
/// When no run or more than one is meant, or it cannot be gone on with.
pub fn find(store: &Store, name: Option<&str>) -> Result<Found, RunsError> {
    let found = match name {
        Some(name) => whole(store, name)?,
        None => {
            let (known, damaged) = readable(store)?;
            only_open(known, damaged)?
        }
    };
    found.run.refuse_twin()?;
    Ok(found)
}

/// The run with this name, whatever its files are: somebody wants to look at them.
///
/// # Errors
/// When no run or more than one has the name.
pub fn look_at_files(store: &Store, name: &str) -> Result<Run, RunsError> {
    let run = store.find(name)?;
    if Tries::of(&run.folder).are_of(&run.id) {
        forget_left(&run);
    }
    Ok(run)
}

/// The run that somebody wants to look at: by the end of its id, or the only open one, or the newest
/// of those that have ended. Its folder fits together.
///
/// # Errors
/// As for [`find`].
pub fn look_up(store: &Store, name: Option<&str>) -> Result<Found, RunsError> {
    match name {
        Some(name) => whole(store, name),
        None => in_sight(store),
    }
}

/// The run whose id ends like this, which can be read and whose folder fits together.
fn whole(store: &Store, name: &str) -> Result<Found, RunsError> {
    let run = store.find(name)?;
    let state = run.fitting(run.state()?)?;
    forget_left(&run);
    Ok((run, state).into())
}

/// Removes what kills left of secrets: whoever looks at a run does so.
fn forget_left(run: &Run) {
    secret_folder::forget_left(&run.folder);
    sending::forget_left(run);
}

/// The only open run, or the newest of those that have ended. Each journal is read once: it may be
/// long.
fn in_sight(store: &Store) -> Result<Found, RunsError> {
    let (mut known, damaged) = readable(store)?;
    // One that cannot be read may be the open one.
    let none_is_open = damaged.lines.is_empty() && known.iter().all(is_done_with);
    match known.pop_if(|_| none_is_open) {
        Some(newest) => Ok(newest.into()),
        None => only_open(known, damaged),
    }
}

/// Runs with how they are.
pub type ReadableRuns = Vec<(Run, RunState)>;

/// The runs that can be read with how they are, the oldest first, and a line for each that cannot:
/// one damaged run must not hide the others.
///
/// # Errors
/// When the folder of runs cannot be listed.
pub fn readable(store: &Store) -> Result<(ReadableRuns, Damaged), RunsError> {
    let (mut found, mut damaged) = (Vec::new(), Damaged::default());
    for id in store.ids()? {
        found.extend(read(store, &id, &mut damaged)?);
    }
    Ok((found, damaged))
}

/// A run with how it is. Nothing if it cannot be read, which is then added to `damaged`, or if
/// somebody removed it while we looked.
///
/// # Errors
/// When the folder of runs cannot be listed.
pub fn read(
    store: &Store,
    id: &str,
    damaged: &mut Damaged,
) -> Result<Option<(Run, RunState)>, RunsError> {
    let read = store.load(id).and_then(|run| {
        let state = run.state()?;
        // Nothing goes on in one that is at rest.
        let state = match is_at_rest(&run.plan, &state) {
            false => run.fitting(state)?,
            true => state,
        };
        Ok((run, state))
    });
    match read {
        Ok((run, state)) => {
            // A run at rest has none: its tries were followed to their ends.
            if !is_at_rest(&run.plan, &state) {
                forget_left(&run);
            }
            return Ok(Some((run, state)));
        }
        Err(error) if store.ids()?.iter().any(|there| there == id) => damaged.add(id, &error),
        Err(_) => {}
    }
    Ok(None)
}

/// Whether a run has ended, with all that its end brings.
pub fn is_done_with((run, state): &(Run, RunState)) -> bool {
    is_over(&run.plan, state)
}

/// The only open run. One that cannot be read is named, and keeps nobody from another.
fn only_open(mut open: ReadableRuns, damaged: Damaged) -> Result<Found, RunsError> {
    open.retain(|known| !is_done_with(known));
    if open.len() > 1 {
        return Err(RunsError::SeveralOpen {
            runs: open.into_iter().map(|(run, _)| run).collect(),
            passed_over: damaged.lines,
        });
    }
    match open.pop() {
        Some((run, state)) => Ok(Found {
            run,
            state,
            passed_over: damaged.lines,
        }),
        None if damaged.lines.is_empty() => Err(RunsError::NoneOpen),
        None => Err(RunsError::Unreadable(damaged)),
    }
}
