//! What time it is for this drive, how much of it people took since the last event, and whether the
//! run has worked for as long as its budget allows.
//!
//! People's time is never work: whoever waits for a person does so through [`Timekeeper::of_people`].

use crate::exec::plan::Budget;
use crate::exec::state::RunState;
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// A person who was waited for shorter than this is not written down: that was a file or a pipe, and each line of the
/// journal is synced.
const NOTED: Duration = Duration::from_millis(100);

/// The time of a drive.
pub(super) struct Timekeeper {
    now: fn() -> Timestamp,
    /// How long people were waited for since the last event.
    waited: Duration,
    /// Whether the operator was told that the run takes longer than it should.
    has_warned: bool,
}

impl Timekeeper {
    /// The time by this clock, with nobody waited for yet.
    pub(super) fn new(now: fn() -> Timestamp) -> Self {
        Self {
            now,
            waited: Duration::ZERO,
            has_warned: false,
        }
    }

    /// What time it is.
    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// What tells the time, for as long as somebody is waited for.
    pub(super) fn clock(&self) -> fn() -> Timestamp {
        self.now
    }

    /// Waits for a person, and keeps account of the time that it takes.
    pub(super) fn of_people<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let heard = wait();
        self.waited += began.elapsed();
        heard
    }

    /// How many milliseconds people were waited for since this was asked last, if it is worth a
    /// line of the journal.
    pub(super) fn take_waited(&mut self) -> Option<u64> {
        let waited = std::mem::take(&mut self.waited);
        (waited >= NOTED).then(|| milliseconds(waited))
    }

    /// How many milliseconds the run worked since it began, or since its limit was lifted.
    fn worked(&self, state: &RunState) -> u64 {
        let clock = &state.clock;
        clock
            .worked_by(self.now())
            .saturating_sub(milliseconds(self.waited))
            .saturating_sub(clock.lifted)
    }

    /// Whether a run that goes on has come to its limit.
    pub(super) fn is_limit_near(&self, budget: &Budget, state: &RunState) -> bool {
        let limit = budget.limit_ms;
        state.end.is_none() && limit.is_some_and(|limit| self.worked(state) >= limit)
    }

    /// Whether the operator is to be told now that the run takes longer than it should: once.
    pub(super) fn warns(&mut self, budget: &Budget, state: &RunState) -> bool {
        let late = budget.warn_ms;
        let warns = !self.has_warned && late.is_some_and(|late| self.worked(state) >= late);
        self.has_warned |= warns;
        warns
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
