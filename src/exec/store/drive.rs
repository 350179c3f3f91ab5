//! The right to drive a run, which one process has at a time; who has it may write the journal.

use super::Store;
use super::error::StoreError;
use super::run::Run;
use crate::exec::digest::sha256;
use crate::exec::machine::Machine;
use crate::exec::record::event::Event;
use crate::exec::record::journal::Journal;
use crate::exec::record::storage::{CHANGED_PLAN, LockGuard};
use crate::exec::state::Driver;
use crate::exec::state::RunState;
use crate::exec::state::replan::{self, Changed};
use crate::exec::store::driving;
use std::thread;
use std::time::{Duration, Instant};

/// How long a verb may hold the lock of a run that we want to drive. It takes in a letter or two and lets go; whoever
/// has it longer drives.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often that lock is tried.
const LOOK: Duration = Duration::from_millis(10);

/// A run with the right to drive it, for as long as this lives.
pub struct LockedRun {
    /// With the plan that it goes by now.
    pub run: Run,
    /// Open at its end: every line before was checked.
    pub journal: Journal,
    _lock: LockGuard,
}

impl LockedRun {
    /// Lets the run go on by a changed plan: both are on disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; then the run goes by the plan it had.
    pub fn change_plan(
        &mut self,
        at: String,
        by: String,
        reason: String,
        changed: Changed,
    ) -> Result<(), StoreError> {
        let file = format!("{CHANGED_PLAN}{}.json", ulid::Ulid::generate());
        let bytes = changed.plan.to_bytes();
        self.run.record.add_plan(&file, &bytes)?;
        let new = sha256(&bytes);
        let event = Event::PlanChanged {
            by,
            reason,
            file,
            old: self.run.current.clone(),
            new: new.clone(),
            difference: changed.difference,
            void: replan::void(&changed.plan, &RunState::fold(self.journal.entries())),
        };
        self.journal.append(at, event)?;
        self.run.plan = changed.plan;
        self.run.current = new;
        Ok(())
    }
}

impl Store {
    /// Removes a run that has ended, with all that is in its folder: at once, so that a crash leaves
    /// all of it or nothing that counts. One whose journal does not end with the line
    /// `head` any more stays, as it is not the run that was looked at; gives whether it was removed.
    ///
    /// # Errors
    /// [`StoreError::Driven`] if somebody drives it.
    pub fn remove(&self, run: Run, head: &str) -> Result<bool, StoreError> {
        let _deciding = self.storage.deciding()?;
        let held = run.record.lock()?;
        let _held = held.ok_or_else(|| driven(&run, driver(&run).as_ref()))?;
        if run.contents()?.head != head {
            return Ok(false);
        }
        self.storage.remove(&run.id)?;
        Ok(true)
    }

    /// Takes the right to drive a run, and mends what a crash left in its journal.
    ///
    /// # Errors
    /// [`StoreError::Driven`] if another process has it.
    pub fn drive(&self, run: Run, at: String) -> Result<LockedRun, StoreError> {
        let held = self.hold(&run)?;
        // Whoever had the lock until now may have let the run go on by another plan.
        let run = self.load(&run.id)?;
        let journal = Journal::open(run.record.as_ref(), &run.id, &run.digest, at)?;
        Ok(LockedRun {
            run,
            journal,
            _lock: held,
        })
    }

    /// Takes the right to drive a run whose steps are to act, as [`Store::drive`] does. A run that has
    /// ended, or that came back from a backup, may find that another one has its lock by now.
    ///
    /// # Errors
    /// [`StoreError::Driven`] if another process has it, [`StoreError::Locked`] if another open run
    /// has the lock of its runbook.
    pub fn drive_on(&self, run: Run, at: String) -> Result<LockedRun, StoreError> {
        let _deciding = self.storage.deciding()?;
        self.refuse_beside_another(&run)?;
        self.drive(run, at)
    }

    /// Takes the right to drive a run that is to be taken back, as [`Store::drive_on`] does. One that
    /// has ended has the lock of its runbook again until its driver is done.
    ///
    /// # Errors
    /// The same, and [`StoreError::Overtaken`] if a later run did something under its lock.
    pub fn drive_back(&self, run: Run, at: String) -> Result<LockedRun, StoreError> {
        let _deciding = self.storage.deciding()?;
        self.refuse_beside_another(&run)?;
        self.refuse_under_a_later_one(&run)?;
        self.drive(run, at)
    }

    /// The lock of a run that nobody drives. A verb that holds it for a moment is waited for.
    pub(super) fn hold(&self, run: &Run) -> Result<LockGuard, StoreError> {
        let began = Instant::now();
        loop {
            if let Some(held) = run.record.lock()? {
                return Ok(held);
            }
            let by = driver(run);
            if by.is_some() || began.elapsed() > PATIENCE {
                return Err(driven(run, by.as_ref()));
            }
            thread::sleep(LOOK);
        }
    }
}

/// Whoever drives a run, if that process can be seen to live.
fn driver(run: &Run) -> Option<Driver> {
    let state = run.state().ok()?;
    driving::driver(&run.plan, &state, &Machine::here()).cloned()
}

/// Somebody else has the lock of a run: its driver, or one of the verbs that hold it for a moment.
fn driven(run: &Run, by: Option<&Driver>) -> StoreError {
    StoreError::Driven {
        run: run.short().to_owned(),
        by: by.map_or_else(|| "another process".to_owned(), Driver::to_string),
    }
}
