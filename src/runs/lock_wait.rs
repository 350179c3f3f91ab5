//! Waiting for a lock: a run begins when no open run has its lock any more.

use crate::exec::plan::Plan;
use crate::exec::store::{LockedRun, Store, StoreError};
use std::thread;
use std::time::{Duration, Instant};

/// How often the run that has the lock is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Begins a run as soon as its lock is free, if that is before `patience` is over. `waits` is told of each
/// run that is waited for, and how long at most. A run that nobody drives is not waited for: it does not end
/// by itself.
///
/// # Errors
/// [`StoreError::Locked`] if it took too long, and whatever else keeps a run from beginning.
pub fn begin(
    store: &Store,
    plan: &Plan,
    patience: Duration,
    waits: &mut dyn FnMut(&StoreError, Duration),
) -> Result<LockedRun, StoreError> {
    let (mut since, mut told) = (None, String::new());
    loop {
        let begun = store.begin(plan.clone(), jiff::Timestamp::now().to_string());
        let Err(StoreError::Locked(locked)) = &begun else {
            return begun;
        };
        let run = &locked.run;
        let waited = since.get_or_insert_with(Instant::now).elapsed();
        let left = patience.checked_sub(waited).filter(|left| !left.is_zero());
        let Some(left) = left.filter(|_| !locked.driver.is_empty()) else {
            return begun;
        };
        if let (Err(refused), true) = (&begun, told != *run) {
            waits(refused, left);
            told.clone_from(run);
        }
        let looked = Instant::now();
        // One that has ended may have the lock as well: it is asked for no more often.
        thread::sleep(LOOK.min(left));
        while is_open(store, run) && looked.elapsed() < left {
            thread::sleep(LOOK.min(left));
        }
    }
}

/// Whether a run has not ended. One that is gone by now has.
fn is_open(store: &Store, run: &str) -> bool {
    let state = store.find(run).and_then(|run| run.state());
    state.is_ok_and(|state| state.end.is_none())
}
