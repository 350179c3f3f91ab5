//! How long the steps of a runbook take by what the runbook says: `expect`, and how long a step waits for others.
//!
//! The machine's time adds up; that of people does not, because most gates stand beside each other and only one
//! of them is asked. So each gate and each wait is a line of its own.

use crate::model::runbook::{MOST_CALLS, MOST_STEPS, Runbook, Step, StepKind};
use rustc_hash::FxHashMap;
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
    let mut walk = Walk {
        books,
        found: Vec::new(),
        steps: 0,
    };
    for step in &book.steps {
        walk.leaves(book, step, 0);
        let found = std::mem::take(&mut walk.found);
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

/// How long the machine works in all steps of each runbook, with those that it calls, by id. Calls that go in a
/// circle count once.
pub fn of_machine<'b>(books: &[&'b Runbook]) -> FxHashMap<&'b str, Duration> {
    let by_id: FxHashMap<&str, &Runbook> =
        books.iter().map(|book| (&*book.id.value, *book)).collect();
    let mut known: FxHashMap<&str, Duration> = FxHashMap::default();
    for book in books {
        let mut open = vec![(*book, false)];
        while let Some((book, called_known)) = open.pop() {
            let id = &*book.id.value;
            if called_known {
                let called = book.calls().filter_map(|call| known.get(&*call.value));
                let called = called.fold(Duration::ZERO, |sum, time| sum.saturating_add(*time));
                known.insert(id, own(book).saturating_add(called));
            } else if !known.contains_key(id) {
                known.insert(id, Duration::ZERO);
                open.push((book, true));
                let called = book.calls().filter_map(|call| by_id.get(&*call.value));
                open.extend(called.map(|book| (*book, false)));
            }
        }
    }
    known
}

/// How long the machine works in the steps that stand in a runbook itself, but not when it fails or ends.
fn own(book: &Runbook) -> Duration {
    let steps = book.steps.iter().flat_map(Step::with_inner);
    let working = steps.filter_map(|step| match step.kind {
        StepKind::Command(_) | StepKind::Check(_) | StepKind::Notify(_) => step.expect,
        _ => None,
    });
    working.fold(Duration::ZERO, Duration::saturating_add)
}

/// Looks for the steps in a runbook and in what it calls.
struct Walk<'b, 's> {
    books: &'s [&'b Runbook],
    found: Vec<StepTime<'b>>,
    /// How many steps were looked at.
    steps: usize,
}

impl<'b> Walk<'b, '_> {
    fn leaves(&mut self, book: &'b Runbook, step: &'b Step, depth: usize) {
        self.steps += 1;
        // What calls more than that, or goes in a circle, is a finding of `check`.
        if depth > MOST_CALLS || self.steps > MOST_STEPS {
            return;
        }
        let time = match &step.kind {
            StepKind::Call(call) => {
                let mut books = self.books.iter();
                let called = books.find(|book| book.id.value == call.runbook.value);
                for (called, step) in called.into_iter().flat_map(|called| {
                    let steps = called.steps.iter();
                    steps.map(move |step| (*called, step))
                }) {
                    self.leaves(called, step, depth + 1);
                }
                return;
            }
            StepKind::Parallel(_) | StepKind::Sequence(_) => {
                for step in step.kind.steps() {
                    self.leaves(book, step, depth);
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
        self.found.push(StepTime {
            runbook: &book.id.value,
            step: &step.id.value,
            name: step.name(),
            time,
        });
    }
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
