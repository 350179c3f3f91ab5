//! How long a run took, step by step, with the time of people apart from that of the machine.
//!
//! Times come from the wall clock of the journal. Where the journal says how long people were
//! waited for, that is taken; older journals do not, and there the time before an answer counts
//! as theirs, and so does the time in which nobody drove the run, unless a command ran meanwhile.

use super::fact::Fact;
use super::known::Known;
use super::words;
use crate::exec::span;
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
pub(super) fn of(known: &Known<'_>, facts: &[Fact]) -> Times {
    let Some(first) = facts.first() else {
        return Times::default();
    };
    let end = facts.iter().find(|fact| fact.ends_the_run());
    let last = end.or(facts.last()).unwrap_or(first);
    let total = span::seconds(&first.at, &last.at);
    let recorded: Vec<u64> = facts.iter().filter_map(waited_ms).collect();
    let people = match recorded.is_empty() {
        true => people(known, facts).iter().map(|wait| wait.seconds).sum(),
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

fn waited_ms(fact: &Fact) -> Option<u64> {
    fact.number("ms").filter(|_| fact.kind == "person.waited")
}

/// Whom the run waited for, in the order of their answers.
pub(super) fn people(known: &Known<'_>, facts: &[Fact]) -> Vec<PersonTime> {
    let mut found = Vec::new();
    let mut running: Vec<&str> = Vec::new();
    for pair in facts.windows(2) {
        let (before, fact) = (&pair[0], &pair[1]);
        match before.kind.as_str() {
            "step.started" => running.push(before.step()),
            "step.finished" | "step.in_doubt" | "step.resolved" => {
                running.retain(|step| *step != before.step());
            }
            _ => {}
        }
        let seconds = span::seconds(&before.at, &fact.at);
        if running.is_empty() && seconds > 0 && ends_a_wait(fact) {
            found.push(PersonTime {
                step: fact.step().to_owned(),
                text: match fact.kind.as_str() {
                    "run.opened" => "nobody drove the run".to_owned(),
                    _ => words::of(known, fact).unwrap_or_default(),
                },
                seconds,
            });
        }
    }
    found
}

fn ends_a_wait(fact: &Fact) -> bool {
    fact.is_of_a_person() || matches!(fact.kind.as_str(), "run.opened" | "gate.expired")
}

/// How long each step took, in the order of their beginning.
pub(super) fn steps(known: &Known<'_>, facts: &[Fact]) -> Vec<StepTime> {
    let mut found: Vec<StepTime> = Vec::new();
    let mut started: Vec<(&str, &str)> = Vec::new();
    for fact in facts.iter().filter(|fact| !fact.step().is_empty()) {
        let id = fact.step();
        let at = found.iter().position(|step| step.id == id);
        let at = at.unwrap_or_else(|| {
            found.push(unstarted(known, id));
            found.len() - 1
        });
        match fact.kind.as_str() {
            "step.started" => {
                found[at].tries += 1;
                found[at].running_since = Some(fact.at.clone());
                started.push((id, &fact.at));
            }
            "step.finished" => {
                found[at].running_since = None;
                let began = started.iter().rposition(|(step, _)| *step == id);
                if let Some((_, began)) = began.map(|began| started.remove(began)) {
                    found[at].seconds += span::seconds(began, &fact.at);
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

fn unstarted(known: &Known<'_>, id: &str) -> StepTime {
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
