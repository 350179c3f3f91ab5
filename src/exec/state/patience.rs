//! How a wait that asks is: how often it asked, what it heard, when it asks again, and how that is said.

use super::StepState;
use crate::times;
use jiff::Timestamp;

/// What a wait heard since its time began to pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patience {
    /// How often its probe was asked.
    pub asked: u32,
    /// How often of these the probe could not tell.
    pub cannot_tell: u32,
    /// The last exit code; nothing if it was not asked, or did not end by itself.
    pub exit: Option<i32>,
    /// When it is asked again, RFC 3339.
    pub next: Option<String>,
    /// How many seconds it took, once it is over.
    pub seconds: Option<u64>,
}

impl Patience {
    /// How often it was asked: `asked 3 times (once it could not tell)`.
    pub fn questions(&self) -> String {
        let asked = match self.asked {
            0 => return "not asked yet".to_owned(),
            asked => format!("asked {}", often(asked)),
        };
        match self.cannot_tell {
            0 => asked,
            unsure => format!("{asked} ({} it could not tell)", often(unsure)),
        }
    }

    /// How it went once it is over: `asked 12 times in 10:00, last exit 1`.
    pub fn outcome(&self) -> String {
        let time = self.seconds.map_or_else(String::new, |seconds| {
            format!(" in {}", times::elapsed(seconds))
        });
        format!("{}{time}{}", self.questions(), self.last())
    }

    fn last(&self) -> String {
        match (self.asked, self.exit) {
            (0, _) => String::new(),
            (_, Some(exit)) => format!(", last exit {exit}"),
            (_, None) => ", the last one was stopped".to_owned(),
        }
    }
}

impl StepState {
    /// When a pause is to be looked at again: its next question, or its end. RFC 3339.
    pub fn contact(&self) -> Option<&str> {
        let moment = |at: &&String| at.parse::<Timestamp>().ok();
        let both = self.patience.next.iter().chain(&self.due);
        both.min_by_key(moment).map(String::as_str)
    }

    /// How a wait that asks goes: `asked 3 times, next in 0:25, 7:10 left, last exit 1`.
    pub fn so_far(&self, now: Timestamp) -> String {
        let mut words = self.patience.questions();
        if let Some(until) = self.contact().and_then(|at| seconds_to(at, now)) {
            words += &match until {
                0 => ", next now".to_owned(),
                until => format!(", next in {}", times::elapsed(until)),
            };
        }
        if let Some(left) = self.due.as_ref().and_then(|due| seconds_to(due, now)) {
            words += &match left {
                0 => ", its time is over".to_owned(),
                left => format!(", {} left", times::elapsed(left)),
            };
        }
        words + &self.patience.last()
    }
}

/// How many seconds there are from now to a moment, those that have begun counted; 0 if it is over.
fn seconds_to(moment: &str, now: Timestamp) -> Option<u64> {
    let moment: Timestamp = moment.parse().ok()?;
    let left = moment.duration_since(now);
    let begun = i64::from(left.subsec_nanos() > 0);
    Some(u64::try_from(left.as_secs().saturating_add(begun)).unwrap_or(0))
}

fn often(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(asked: u32, cannot_tell: u32, exit: Option<i32>, next: Option<&str>) -> StepState {
        StepState {
            due: Some("2026-11-25T14:10:00Z".to_owned()),
            patience: Patience {
                asked,
                cannot_tell,
                exit,
                next: next.map(str::to_owned),
                seconds: None,
            },
            ..StepState::default()
        }
    }

    #[test]
    fn what_was_asked_and_what_is_left_is_said_in_a_line() {
        let now: Timestamp = "2026-11-25T14:02:50.4Z".parse().expect("a time");
        let next = Some("2026-11-25T14:03:15Z");
        for (state, said) in [
            (
                waiting(0, 0, None, None),
                "not asked yet, next in 7:10, 7:10 left",
            ),
            (
                waiting(3, 0, Some(1), next),
                "asked 3 times, next in 0:25, 7:10 left, last exit 1",
            ),
            (
                waiting(2, 2, None, next),
                "asked twice (twice it could not tell), next in 0:25, 7:10 left, the last one was stopped",
            ),
            (
                waiting(1, 1, Some(7), Some("2026-11-25T14:02:00Z")),
                "asked once (once it could not tell), next now, 7:10 left, last exit 7",
            ),
        ] {
            assert_eq!(state.so_far(now), said);
        }
        let late: Timestamp = "2026-11-25T15:00:00Z".parse().expect("a time");
        let said = "asked 3 times, next now, its time is over, last exit 1";
        assert_eq!(waiting(3, 0, Some(1), next).so_far(late), said);
    }

    #[test]
    fn what_a_wait_came_to_is_said_with_its_time() {
        let over = Patience {
            asked: 12,
            exit: Some(1),
            seconds: Some(600),
            ..Patience::default()
        };
        assert_eq!(over.outcome(), "asked 12 times in 10:00, last exit 1");
    }
}
