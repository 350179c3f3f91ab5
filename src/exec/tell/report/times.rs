//! How long a run took, step by step, with the time of people apart from that of the machine.
//!
//! Times come from the wall clock of the journal. Where the journal says how long people were
//! waited for, that is taken; older journals do not, and there the time before an answer counts
//! as theirs, and so does the time in which nobody drove the run, unless a command ran meanwhile.

use super::line::JournalLine;
use super::plan_index::PlanIndex;
use super::words;
use crate::exec::record::event::Event;
use crate::times;
use serde::Serialize;

/// How long a run took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// From its first line to its end, or to its last line so far.
    pub total: u64,
    /// Without the time of people.
    pub working: u64,
    /// The time of people.
    pub people: u64,
    /// What the runbook expects, without the time of people.
    pub expected: Option<u64>,
}

/// How long a step took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepTime {
    /// Its path.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// How many times its command was started.
    pub tries: u64,
    /// Seconds that its commands ran, all tries together.
    pub seconds: u64,
    /// Seconds that the runbook expects.
    pub expected: Option<u64>,
    /// Whether it took longer than that.
    pub late: bool,
    /// When the command was started that has not ended.
    pub running_since: Option<String>,
}

/// For how long somebody was waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonTime {
    /// The step; empty for the run as a whole.
    pub step: String,
    /// What was waited for, and who gave it.
    pub text: String,
    /// How many seconds.
    pub seconds: u64,
}

/// How long a run took.
pub(super) fn measure(known: &PlanIndex<'_>, lines: &[JournalLine<'_>]) -> Times {
    let Some(first) = lines.first() else {
        return Times::default();
    };
    let end = lines.iter().find(|line| line.ends_the_run());
    let last = end.or(lines.last()).unwrap_or(first);
    let total = times::seconds(first.at, last.at);
    let recorded: Vec<u64> = lines.iter().filter_map(waited_ms).collect();
    let people = match recorded.is_empty() {
        true => people(known, lines).iter().map(|wait| wait.seconds).sum(),
        false => {
            recorded
                .iter()
                .fold(0, |sum: u64, ms| sum.saturating_add(*ms))
                / 1000
        }
    };
    let people = people.min(total);
    Times {
        total,
        people,
        working: total - people,
        expected: known.expected_as_a_whole(),
    }
}

fn waited_ms(line: &JournalLine<'_>) -> Option<u64> {
    match line.event {
        Event::PersonWaited { ms } => Some(*ms),
        _ => None,
    }
}

/// Whom the run waited for, in the order of their answers.
pub(super) fn people(known: &PlanIndex<'_>, lines: &[JournalLine<'_>]) -> Vec<PersonTime> {
    let mut found = Vec::new();
    let mut running: Vec<&str> = Vec::new();
    for pair in lines.windows(2) {
        let (before, line) = (&pair[0], &pair[1]);
        match before.event {
            Event::StepStarted { step, .. } => running.push(step),
            Event::StepFinished { step, .. }
            | Event::StepInDoubt { step, .. }
            | Event::StepResolved { step, .. } => running.retain(|other| *other != step),
            _ => {}
        }
        let seconds = times::seconds(before.at, line.at);
        if running.is_empty() && seconds > 0 && ends_a_wait(line) {
            found.push(PersonTime {
                step: line.step().to_owned(),
                text: match line.event {
                    Event::RunOpened(_) => "nobody drove the run".to_owned(),
                    _ => words::describe_event(known, line).unwrap_or_default(),
                },
                seconds,
            });
        }
    }
    found
}

fn ends_a_wait(line: &JournalLine<'_>) -> bool {
    line.is_of_a_person() || matches!(line.event, Event::RunOpened(_) | Event::GateExpired { .. })
}

/// How long each step took, in the order of their beginning.
pub(super) fn steps(known: &PlanIndex<'_>, lines: &[JournalLine<'_>]) -> Vec<StepTime> {
    let mut found: Vec<StepTime> = Vec::new();
    let mut started: Vec<(&str, &str)> = Vec::new();
    for line in lines.iter().filter(|line| !line.step().is_empty()) {
        let id = line.step();
        let at = found.iter().position(|step| step.id == id);
        let at = at.unwrap_or_else(|| {
            found.push(unstarted(known, id));
            found.len() - 1
        });
        match line.event {
            Event::StepStarted { .. } => {
                found[at].tries += 1;
                found[at].running_since = Some(line.at.to_owned());
                started.push((id, line.at));
            }
            Event::StepFinished { .. } => {
                found[at].running_since = None;
                let began = started.iter().rposition(|(step, _)| *step == id);
                if let Some((_, began)) = began.map(|began| started.remove(began)) {
                    found[at].seconds += times::seconds(began, line.at);
                }
            }
            _ => {}
        }
    }
    for step in &mut found {
        step.late = step
            .expected
            .is_some_and(|expected| step.seconds > expected);
    }
    found
}

fn unstarted(known: &PlanIndex<'_>, id: &str) -> StepTime {
    StepTime {
        id: id.to_owned(),
        title: known.title(id),
        tries: 0,
        seconds: 0,
        expected: known.expected(id),
        late: false,
        running_since: None,
    }
}
