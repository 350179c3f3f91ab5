//! How a command is made to end: asked as by Ctrl-C, then told, then killed, with time between.

use super::Stop;
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

/// The variable that sets the time between two signals, in seconds.
const VARIABLE: &str = "RUNBOOK_GRACE";
/// That time if nobody sets it.
const GRACE: Duration = Duration::from_secs(10);
/// What is sent, in this order.
const RUNGS: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL];

/// The way up.
#[derive(Debug)]
pub(super) struct Escalation {
    grace: Duration,
    /// The rung that was reached, and when.
    at: Option<(usize, Instant)>,
}

impl Escalation {
    /// An escalation with the time between signals that the environment asks for.
    pub(super) fn from_environment() -> Self {
        let set = std::env::var(VARIABLE).ok();
        let seconds = set.and_then(|text| text.parse::<f64>().ok());
        let grace = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self::new(grace.unwrap_or(GRACE))
    }

    fn new(grace: Duration) -> Self {
        Self { grace, at: None }
    }

    /// Begins, or goes up to where `how` begins; the signal to send, if there is a new one.
    pub(super) fn climb(&mut self, how: Stop, now: Instant) -> Option<Signal> {
        let rung = match how {
            Stop::Interrupt => 0,
            Stop::Kill => RUNGS.len() - 1,
        };
        let is_higher = self.at.is_none_or(|(at, _)| at < rung);
        is_higher.then(|| self.reach(rung, now))
    }

    /// The signal that is due, if the one before it did not help in time.
    pub(super) fn due(&mut self, now: Instant) -> Option<Signal> {
        let (rung, since) = self.at?;
        let is_due = rung + 1 < RUNGS.len() && now.duration_since(since) >= self.grace;
        is_due.then(|| self.reach(rung + 1, now))
    }

    /// Whether somebody wants the command to end.
    pub(super) fn is_climbing(&self) -> bool {
        self.at.is_some()
    }

    /// Whether the last signal was sent longer than `patience` ago.
    pub(super) fn is_over(&self, patience: Duration, now: Instant) -> bool {
        self.at.is_some_and(|(rung, since)| {
            rung + 1 == RUNGS.len() && now.duration_since(since) >= patience
        })
    }

    fn reach(&mut self, rung: usize, now: Instant) -> Signal {
        self.at = Some((rung, now));
        RUNGS[rung]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_come_in_order_each_after_its_grace() {
        let (mut escalation, start) = (Escalation::new(Duration::from_secs(10)), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);

        assert_eq!(escalation.due(after(99)), None, "nobody asked");
        assert_eq!(
            escalation.climb(Stop::Interrupt, start),
            Some(Signal::SIGINT)
        );
        assert_eq!(
            escalation.climb(Stop::Interrupt, start),
            None,
            "asked twice"
        );
        assert_eq!(escalation.due(after(9)), None);
        assert_eq!(escalation.due(after(10)), Some(Signal::SIGTERM));
        assert_eq!(escalation.due(after(19)), None);
        assert_eq!(escalation.due(after(20)), Some(Signal::SIGKILL));
        assert_eq!(escalation.due(after(99)), None, "there is nothing harder");
        assert!(!escalation.is_over(Duration::from_secs(1), after(20)));
        assert!(escalation.is_over(Duration::from_secs(1), after(21)));
    }

    #[test]
    fn who_kills_does_not_wait() {
        let (mut escalation, now) = (Escalation::new(Duration::from_secs(10)), Instant::now());

        escalation.climb(Stop::Interrupt, now);

        assert_eq!(escalation.climb(Stop::Kill, now), Some(Signal::SIGKILL));
        assert_eq!(
            escalation.climb(Stop::Interrupt, now),
            None,
            "never back down"
        );
    }
}
