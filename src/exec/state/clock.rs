//! How long a run worked, and how long it waited for people.
//!
//! The time in which nobody drives the run is neither. A clock that was set back adds nothing.

use crate::exec::record::event::Event;

/// The times of a run, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clock {
    /// How long it was driven.
    driven: u64,
    /// How long it waited for people in that time.
    pub people: u64,
    /// How much work was done when a person let it go on beyond its limit.
    pub lifted: u64,
    /// Whether it stands at its limit.
    pub at_limit: bool,
    last: Option<jiff::Timestamp>,
}

impl Clock {
    /// How long the run worked: without the time that people took.
    pub fn worked(&self) -> u64 {
        self.driven.saturating_sub(self.people)
    }

    /// How long it has worked at this moment, if it was driven since the last event.
    pub fn worked_by(&self, now: jiff::Timestamp) -> u64 {
        let since = self.last.map_or(0, |last| between(last, now));
        self.driven
            .saturating_add(since)
            .saturating_sub(self.people)
    }

    pub(super) fn tick(&mut self, at: &str, event: &Event) {
        let now = at.parse::<jiff::Timestamp>().ok();
        // Nobody drove the run before these.
        let away = matches!(event, Event::RunOpened(_) | Event::PlanChanged { .. });
        if let (Some(last), Some(now), false) = (self.last, now, away) {
            self.driven = self.driven.saturating_add(between(last, now));
        }
        self.last = now.or(self.last);
        match event {
            Event::PersonWaited { ms } => self.people = self.people.saturating_add(*ms),
            Event::RunLimitReached { .. } => self.at_limit = true,
            Event::RunLimitLifted { .. } => {
                self.at_limit = false;
                self.lifted = self.worked();
            }
            _ => {}
        }
    }
}

fn between(from: jiff::Timestamp, to: jiff::Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::machine::Process;

    fn opened(pid: u32) -> Event {
        Event::RunOpened(Process {
            pid,
            ..Process::default()
        })
    }

    #[test]
    fn people_and_absence_are_not_work() {
        let mut clock = Clock::default();
        for (at, event) in [
            ("2026-11-25T10:00:00Z", opened(1)),
            ("2026-11-25T10:00:07Z", Event::PersonWaited { ms: 5000 }),
            // The program was away for an hour.
            ("2026-11-25T11:00:00Z", opened(2)),
            ("2026-11-25T11:00:01Z", Event::PersonWaited { ms: 0 }),
            // The clock was set back.
            ("2026-11-25T10:30:00Z", Event::PersonWaited { ms: 0 }),
            ("2026-11-25T10:30:02Z", Event::PersonWaited { ms: 0 }),
        ] {
            clock.tick(at, &event);
        }
        assert_eq!((clock.worked(), clock.people), (5000, 5000));
    }
}
