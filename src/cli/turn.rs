//! Waiting for one's turn: a run begins when no open run has its lock any more.

use super::show;
use crate::exec::plan::Plan;
use crate::exec::span;
use crate::exec::store::{Driven, Store, StoreError};
use std::thread;
use std::time::{Duration, Instant};

/// How often the run that has the lock is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Begins a run as soon as its lock is free, if that is before `patience` is over. Says for whom it
/// waits.
///
/// # Errors
/// [`StoreError::Locked`] if it took too long, and whatever else keeps a run from beginning.
pub(super) fn begin(store: &Store, plan: &Plan, patience: Duration) -> Result<Driven, StoreError> {
    let since = Instant::now();
    let mut told = String::new();
    loop {
        let refused = match store.begin(plan.clone(), jiff::Timestamp::now().to_string()) {
            Err(refused @ StoreError::Locked { .. }) if since.elapsed() < patience => refused,
            done => return done,
        };
        if let StoreError::Locked { run, .. } = &refused {
            if told != *run {
                let left = span::words((patience - since.elapsed()).as_secs());
                show::line(&format!("{refused}; waiting for it, {left} at most"));
                told.clone_from(run);
            }
            while is_open(store, run) && since.elapsed() < patience {
                thread::sleep(LOOK);
            }
        }
    }
}

/// Whether a run has not ended. One that is gone by now has.
fn is_open(store: &Store, run: &str) -> bool {
    let state = store.find(run).and_then(|run| run.state());
    state.is_ok_and(|state| state.end.is_none())
}
