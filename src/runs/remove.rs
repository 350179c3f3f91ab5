//! Removing runs that ended long ago: whole, and never one that is open or that an earlier one needs.

use super::{Damaged, RunsError, readable};
use crate::exec::process::shim::secret_folder;
use crate::exec::state::RunState;
use crate::exec::state::next::is_at_rest;
use crate::exec::store::{Run, Store, StoreError};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What is said of a run while old ones are removed.
#[derive(Debug)]
pub enum Said<'r> {
    /// It is removed, or would be.
    Removed {
        /// One that ended long enough ago.
        run: &'r Run,
        /// How it is.
        state: &'r RunState,
        /// When its last line was written, RFC 3339.
        last: String,
    },
    /// It is old and is kept: without it an earlier one with the same lock could be undone under it.
    Kept {
        /// One that ended long enough ago as well.
        run: &'r Run,
        /// One that began before it, under the same lock.
        earlier: &'r Run,
    },
}

/// What became of all runs.
#[derive(Debug, Default)]
pub struct Removed {
    /// How many are removed, or would be.
    pub removed: usize,
    /// How many are kept, those that cannot be read among them: they may be evidence.
    pub kept: usize,
    /// Those that cannot be read.
    pub damaged: Damaged,
}

/// Removes each run at rest to which nothing was added since `before`; with `dry_run` it only says
/// which.
///
/// # Errors
/// When a run cannot be removed, or the folder of runs not be listed.
pub fn old(
    store: &Store,
    before: Timestamp,
    dry_run: bool,
    say: &mut dyn FnMut(Said<'_>),
) -> Result<Removed, RunsError> {
    let (runs, damaged) = readable(store)?;
    let mut found = Removed {
        damaged,
        ..Removed::default()
    };
    let mut gone = BTreeSet::new();
    for (run, state) in &runs {
        let Some((last, head)) = too_old(run, state, before)? else {
            found.kept += 1;
            continue;
        };
        let stay = runs.iter().filter(|(run, _)| !gone.contains(&run.id));
        if let Some(earlier) = Store::needs((run, state), stay) {
            say(Said::Kept { run, earlier });
            found.kept += 1;
            continue;
        }
        if let Err(error) = run.fitting(state.clone()) {
            found.damaged.add(&run.id, &error);
            continue;
        }
        if !dry_run && !remove(store, run, &head)? {
            found.kept += 1;
            continue;
        }
        say(Said::Removed { run, state, last });
        gone.insert(run.id.clone());
        found.removed += 1;
    }
    found.kept += found.damaged.lines.len();
    Ok(found)
}

/// Removes a run; not if somebody writes a remark or undoes it just now, or did so since we looked.
fn remove(store: &Store, run: &Run, head: &str) -> Result<bool, RunsError> {
    // With the run goes the word of where they are.
    secret_folder::forget_left(&run.folder);
    match store.remove(run.clone(), head) {
        Ok(is_removed) => Ok(is_removed),
        Err(StoreError::Driven { .. }) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// When the last line of a run was written, and its hash, if the run is at rest and nothing was added
/// since `before`.
fn too_old(
    run: &Run,
    state: &RunState,
    before: Timestamp,
) -> Result<Option<(String, String)>, StoreError> {
    if !is_at_rest(&run.plan, state) {
        return Ok(None);
    }
    let contents = run.contents()?;
    let last = contents.entries.last().map_or("", |entry| &entry.at);
    let is_old = last.parse::<Timestamp>().is_ok_and(|at| at < before);
    Ok(is_old.then(|| (last.to_owned(), contents.head.clone())))
}
