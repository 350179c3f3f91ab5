//! How long the steps of a runbook take by what the runbook says: `expect`, and how long a step waits for others.
//!
//! The machine's time adds up; that of people does not, because most gates stand beside each other and only one
//! of them is asked. So each gate and each wait is a line of its own.

use crate::model::runbook::{MOST_CALLS, Runbook, Step, StepKind};
use std::time::Duration;

/// A line about one step, or about several of the machine's that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTime<'b> {
    /// The runbook that the step stands in.
    pub runbook: &'b str,
    /// Its id there.
    pub step: &'b str,
    /// What it does, for people.
    pub name: &'b str,
    /// How long it takes.
    pub time: Taken,
}

/// How long a step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The machine works.
    Machine(Duration),
    /// It waits for somebody or something else.
    Others {
        /// Usually.
        usual: Option<Duration>,
        /// At most.
        most: Option<Duration>,
    },
}

/// The lines of a runbook, in the order of its steps. Those of the machine that say no time are not among
/// them; `books` are all that it may call.
pub fn lines<'b>(book: &'b Runbook, books: &[&'b Runbook]) -> Vec<StepTime<'b>> {
    let mut lines = Vec::new();
    for step in &book.steps {
        let mut found = Vec::new();
        leaves(book, step, books, 0, &mut found);
        let whole = StepTime {
            runbook: &book.id.value,
            step: &step.id.value,
            name: step.name(),
            time: Taken::Machine(Duration::ZERO),
        };
        let mut working = Vec::new();
        for leaf in found {
            match leaf.time {
                Taken::Machine(Duration::ZERO) => (),
                Taken::Machine(_) => working.push(leaf),
                Taken::Others { .. } => {
                    lines.extend(together(&mut working, &whole));
                    lines.push(leaf);
                }
            }
        }
        lines.extend(together(&mut working, &whole));
    }
    lines
}

/// One line for steps of the machine: the step itself if it is alone, otherwise the `whole` they are part of.
fn together<'b>(working: &mut Vec<StepTime<'b>>, whole: &StepTime<'b>) -> Option<StepTime<'b>> {
    let steps = std::mem::take(working);
    let taken = |step: &StepTime<'_>| match step.time {
        Taken::Machine(time) => time,
        Taken::Others { .. } => Duration::ZERO,
    };
    let time = Taken::Machine(steps.iter().map(taken).sum());
    match steps.len() {
        0 => None,
        1 => steps.into_iter().next(),
        _ => Some(StepTime {
            time,
            ..whole.clone()
        }),
    }
}

/// How long the machine works in all steps of a runbook together.
pub fn of_machine(book: &Runbook, books: &[&Runbook]) -> Duration {
    let working = lines(book, books).into_iter().map(|line| match line.time {
        Taken::Machine(time) => time,
        Taken::Others { .. } => Duration::ZERO,
    });
    working.sum()
}

fn leaves<'b>(
    book: &'b Runbook,
    step: &'b Step,
    books: &[&'b Runbook],
    depth: usize,
    found: &mut Vec<StepTime<'b>>,
) {
    let time = match &step.kind {
        StepKind::Call(call) => {
            let called = books
                .iter()
                .find(|book| book.id.value == call.runbook.value);
            // Calls that go in a circle are a finding of `check`.
            if let Some(called) = called.filter(|_| depth < MOST_CALLS) {
                for step in &called.steps {
                    leaves(called, step, books, depth + 1, found);
                }
            }
            return;
        }
        StepKind::Parallel(_) | StepKind::Sequence(_) => {
            for step in step.kind.steps() {
                leaves(book, step, books, depth, found);
            }
            return;
        }
        StepKind::Approve(approve) => others(step, approve.expires),
        StepKind::Wait(wait) => {
            let longest = wait.until.as_ref().map(|poll| &poll.within);
            let longest = longest.or(wait.duration.as_ref());
            others(step, longest.and_then(|text| constant(&text.text)))
        }
        StepKind::Manual(_) | StepKind::Decide(_) => others(step, None),
        StepKind::Command(_) | StepKind::Check(_) | StepKind::Notify(_) => {
            Taken::Machine(step.expect.unwrap_or_default())
        }
    };
    found.push(StepTime {
        runbook: &book.id.value,
        step: &step.id.value,
        name: step.name(),
        time,
    });
}

fn others(step: &Step, most: Option<Duration>) -> Taken {
    Taken::Others {
        usual: step.expect,
        most,
    }
}

/// A time that is written out; `None` if it has a hole.
fn constant(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok())
}
