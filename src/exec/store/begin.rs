//! How a run comes into being: all of it at once, and only if no other has its key or its lock.

use super::Store;
use super::drive::LockedRun;
use super::error::{Locked, Overtaken, StoreError, unknown};
use super::run::Run;
use crate::exec::digest::sha256;
use crate::exec::machine::Machine;
use crate::exec::plan::Plan;
use crate::exec::record::event::Event;
use crate::exec::record::journal;
use crate::exec::record::storage::NewRun;
use crate::exec::state::RunState;
use crate::exec::state::next::{is_at_rest, is_over};
use crate::exec::state::undo;
use crate::exec::state::unended::Unended;
use crate::exec::state::waiting::way_on;
use crate::exec::store::driving;

impl Store {
    /// Begins a run: its plan and its first event are on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Known`] if a run has the same key, [`StoreError::Locked`] if an open run has the
    /// same lock.
    pub fn begin(&self, plan: Plan, at: String) -> Result<LockedRun, StoreError> {
        let _deciding = self.storage.deciding()?;
        self.refuse_known(&plan)?;
        let place = self.place(&plan)?;
        let id = ulid::Ulid::generate().to_string();
        let known = plan.known_errors.clone();
        let bytes = plan.to_bytes();
        let line = journal::first_line(&id, &sha256(&bytes), at.clone(), created(plan, place));
        self.storage.create(NewRun {
            id: &id,
            plan: &bytes,
            line: &line,
        })?;
        let run = self.load(&id)?;
        if let Some(known) = &known {
            // A run without it works, and names no entry.
            let _ = run.keep_known_errors(known);
        }
        self.drive(run, at)
    }

    /// The same key is the same run.
    fn refuse_known(&self, plan: &Plan) -> Result<(), StoreError> {
        let Some(key) = &plan.run_key else {
            return Ok(());
        };
        for id in self.ids()? {
            let run = self.load(&id);
            let run = run.map_err(unknown(&id, || format!("the key `{key}`")))?;
            if run.plan.run_key.as_ref() == Some(key) {
                return Err(StoreError::Known {
                    key: key.clone(),
                    run: id,
                });
            }
        }
        Ok(())
    }

    /// The place of a new run among those of its lock, unless one of them has the lock.
    fn place(&self, plan: &Plan) -> Result<Option<u64>, StoreError> {
        let Some(key) = &plan.lock else {
            return Ok(None);
        };
        let mut last = 0;
        for id in self.ids()? {
            let what = || format!("the lock `{key}`");
            let Some((run, state)) = self.with_lock(&id, key).map_err(unknown(&id, what))? else {
                continue;
            };
            if let Some(locked) = self.holder(&run, &state, key) {
                return Err(locked);
            }
            last = last.max(state.place.unwrap_or_default());
        }
        Ok(Some(last + 1))
    }

    /// The run with this id, and how it is, if its runbook has this lock.
    fn with_lock(&self, id: &str, key: &str) -> Result<Option<(Run, RunState)>, StoreError> {
        let run = self.load(id)?;
        if run.plan.lock.as_deref() != Some(key) {
            return Ok(None);
        }
        let state = run.fitting(run.state()?)?;
        Ok(Some((run, state)))
    }

    /// Refuses to let a run act while another open run has its lock. As long as it is open, it has the
    /// lock itself; so one beside it that cannot be read, and that nobody can drive, is no reason.
    pub(super) fn refuse_beside_another(&self, own: &Run) -> Result<(), StoreError> {
        let Some(key) = &own.plan.lock else {
            return Ok(());
        };
        let is_open = own.state()?.end.is_none();
        for id in self.ids()?.into_iter().filter(|id| *id != own.id) {
            let holder = match self.with_lock(&id, key) {
                Ok(found) => found.and_then(|(run, state)| self.holder(&run, &state, key)),
                Err(_) if is_open => None,
                Err(error) => return Err(unknown(&id, || format!("the lock `{key}`"))(error)),
            };
            if let Some(locked) = holder {
                return Err(locked);
            }
        }
        Ok(())
    }

    /// Refuses to take a run back that has ended, if a later run with its lock did something that
    /// stands.
    pub(super) fn refuse_under_a_later_one(&self, own: &Run) -> Result<(), StoreError> {
        let Some(key) = &own.plan.lock else {
            return Ok(());
        };
        let here = own.state()?;
        if here.end.is_none() {
            return Ok(());
        }
        for id in self.ids()?.into_iter().filter(|id| *id != own.id) {
            let what = || format!("the lock `{key}`");
            let Some((run, state)) = self.with_lock(&id, key).map_err(unknown(&id, what))? else {
                continue;
            };
            if !is_later((&id, &state), (&own.id, &here)) {
                continue;
            }
            let Some(last) = undo::standing(&run.plan, &state).into_iter().next() else {
                continue;
            };
            let for_good = undo::for_good(&run.plan, &state);
            let (step, stays) = match for_good {
                Some((step, reason)) => (step, Some(reason)),
                None => (last, None),
            };
            return Err(StoreError::Overtaken(Box::new(Overtaken {
                key: key.clone(),
                own: own.short().to_owned(),
                run: run.short().to_owned(),
                runbook: run.plan.runbook,
                step: step.title,
                stays,
            })));
        }
        Ok(())
    }

    /// The run that could be taken back and that only this one keeps from it: of the same lock, and
    /// earlier. While it is there, what this one did has to be known. `runs` are those that stay.
    pub fn needs<'r>(
        (own, state): (&Run, &RunState),
        runs: impl Iterator<Item = &'r (Run, RunState)>,
    ) -> Option<&'r Run> {
        let key = own.plan.lock.as_ref()?;
        if undo::standing(&own.plan, state).is_empty() {
            return None;
        }
        let same = runs.filter(|(run, _)| run.id != own.id && run.plan.lock.as_ref() == Some(key));
        let mut earlier = same.filter(|(run, there)| is_later((&own.id, state), (&run.id, there)));
        let found = earlier.find(|(run, there)| undo::can_go(&run.plan, there));
        found.map(|(run, _)| run)
    }

    /// Whether a run that has ended has somebody who acts in its name. A verb that holds its lock for a
    /// moment, as one that writes a note does, is waited for.
    fn is_driven_on(&self, run: &Run) -> bool {
        matches!(self.hold(run), Err(StoreError::Driven { .. }))
    }

    /// The refusal, if this run has the lock: it is open, or has ended and something of it goes on,
    /// or did until a crash.
    fn holder(&self, run: &Run, state: &RunState, key: &str) -> Option<StoreError> {
        if is_at_rest(&run.plan, state) && !self.is_driven_on(run) {
            return None;
        }
        let (what, remark) = match state.end {
            None => ("the open run", ""),
            Some(_) if !is_over(&run.plan, state) => ("run", ", whose `finally` is not done"),
            Some(_) if Unended::is_cut_off(state) => ("run", ", whose undo is not complete"),
            Some(_) => ("run", ", which is being undone"),
        };
        let driver = driving::driver(&run.plan, state, &Machine::here());
        Some(StoreError::Locked(Box::new(Locked {
            key: key.to_owned(),
            run: run.short().to_owned(),
            what,
            is_open: state.end.is_none(),
            remark,
            driver: driver.map_or_else(String::new, |driver| format!(", driven by {driver}")),
            runbook: run.plan.runbook.clone(),
            way: way_on(&run.plan, state, run.short()),
        })))
    }
}

/// What the first line of a run says: its plan, and its place among those of its lock.
fn created(plan: Plan, place: Option<u64>) -> Event {
    Event::RunCreated {
        runbook: plan.runbook,
        version: plan.version,
        initiator: plan.initiator,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        source: Some(plan.source),
        target_commit: plan.target_commit,
        uncommitted: plan.uncommitted,
        run_key: plan.run_key,
        incident: plan.incident,
        ticket: plan.ticket,
        like: plan.like,
        place,
    }
}

/// Whether a run of the same lock began after another. Ids are in the order of the clock, which may
/// have been set back; places are not. A run of an early version, which has none, began before each that
/// has one; should an early version have begun one since, its clock counts.
fn is_later((id, run): (&str, &RunState), (own, here): (&str, &RunState)) -> bool {
    match (run.place, here.place) {
        (Some(there), Some(here)) if there != here => there > here,
        (Some(_), None) => true,
        _ => id > own,
    }
}
