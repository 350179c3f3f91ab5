//! The tries that run. Each is here from its start, or from when its driver found it left by another
//! one, until its end was taken out, once; meanwhile it is shown what they say, and who lost their
//! shim.

use super::live::{Live, meanwhile};
use super::session::Session;
use crate::exec::engine::operator::Operator;
use crate::exec::machine::Survivor;
use crate::exec::plan::Step;
use crate::exec::process::shim::{Found, Running, Stop};
use crate::screen::signs::Sign;
use std::collections::BTreeSet;
use std::io;

/// A try that runs.
struct RunningAttempt {
    step: Step,
    number: u32,
    running: Running,
    live: Live,
    /// Whether this process began it.
    is_ours: bool,
    /// Whether it was said that nobody looks after it.
    is_told: bool,
}

impl RunningAttempt {
    /// Its step and, if it is not the first, its number.
    fn name(&self) -> String {
        match self.number {
            0 | 1 => self.step.id.clone(),
            number => format!("{} attempt {number}", self.step.id),
        }
    }
}

/// A try of which nothing is waited for any more.
pub(super) struct EndedAttempt {
    pub(super) step: Step,
    /// Its number among the tries of the step, from 1.
    pub(super) number: u32,
    /// What became of it.
    pub(super) found: Found,
    /// Whether this process began it.
    pub(super) is_ours: bool,
}

/// The tries that run, in the order in which they came to this driver.
#[derive(Default)]
pub(super) struct RunningAttempts {
    attempts: Vec<RunningAttempt>,
    /// The paths of the steps that ever ran beside another one: what is said of them names them.
    accompanied: BTreeSet<String>,
}

impl RunningAttempts {
    /// Takes in a try that this process began.
    pub(super) fn begin(&mut self, step: &Step, number: u32, running: Running) {
        self.push(step, number, running, true);
    }

    /// Takes in a try that another driver left.
    pub(super) fn follow(&mut self, step: &Step, number: u32, running: Running) {
        self.push(step, number, running, false);
    }

    fn push(&mut self, step: &Step, number: u32, running: Running, is_ours: bool) {
        self.attempts.push(RunningAttempt {
            step: step.clone(),
            number,
            live: Live::of(&running),
            running,
            is_ours,
            is_told: false,
        });
        if self.attempts.len() > 1 {
            let paths = self.attempts.iter().map(|attempt| attempt.step.id.clone());
            self.accompanied.extend(paths);
        }
    }

    /// Whether nothing runs.
    pub(super) fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// Whether a try of the step with this path runs.
    pub(super) fn has(&self, path: &str) -> bool {
        self.attempts.iter().any(|attempt| attempt.step.id == path)
    }

    /// The paths of the steps that run.
    pub(super) fn steps(&self) -> impl Iterator<Item = &str> {
        self.attempts.iter().map(|attempt| attempt.step.id.as_str())
    }

    /// Whether one of them has a record of its end.
    pub(super) fn has_ended_one(&self) -> bool {
        self.attempts
            .iter()
            .any(|attempt| attempt.running.has_record())
    }

    /// Asks all of them to end.
    ///
    /// # Errors
    /// When one cannot be asked; those after it were not.
    pub(super) fn stop(&self, how: Stop) -> io::Result<()> {
        self.attempts
            .iter()
            .try_for_each(|attempt| attempt.running.stop(how))
    }

    /// Shows what they have said since the last time.
    ///
    /// # Errors
    /// When what one said cannot be read.
    pub(super) fn show_output(&mut self, operator: Operator) -> io::Result<()> {
        let mut attempts = self.attempts.iter_mut();
        attempts.try_for_each(|attempt| attempt.live.keep_up(operator))
    }

    /// How they go on, in a line: for how long the first of them runs, which they are, and what was said last.
    /// `seconds` tells how long a step runs.
    pub(super) fn meanwhile(&self, seconds: impl Fn(&Step) -> u64) -> String {
        let longest = self.attempts.iter().map(|attempt| seconds(&attempt.step));
        let names: Vec<String> = self.attempts.iter().map(RunningAttempt::name).collect();
        let last = self.attempts.iter().map(|attempt| attempt.live.last());
        let last = last.filter(|(line, _)| !line.trim().is_empty());
        let last = last.max_by_key(|(_, when)| *when);
        let said = last.map_or_else(String::new, |(line, _)| line);
        meanwhile(&names.join(", "), longest.max().unwrap_or_default(), &said)
    }

    /// Takes out the first that has ended, and shows the rest of what it said. Of those before it
    /// it is said, once, if their shim is gone.
    ///
    /// # Errors
    /// When what became of one cannot be read.
    pub(super) fn take_ended(&mut self, operator: &Session) -> io::Result<Option<EndedAttempt>> {
        for at in 0..self.attempts.len() {
            if let Some(found) = self.attempts[at].running.try_wait()? {
                let mut ended = self.attempts.remove(at);
                ended.live.end(operator.audience())?;
                return Ok(Some(EndedAttempt {
                    step: ended.step,
                    number: ended.number,
                    found,
                    is_ours: ended.is_ours,
                }));
            }
            self.tell_of_orphans(at, operator);
        }
        Ok(None)
    }

    /// Says once of a try that its shim was killed, and what of it goes on.
    fn tell_of_orphans(&mut self, at: usize, operator: &Session) {
        let RunningAttempt { step, running, .. } = &self.attempts[at];
        let orphans = running.orphans();
        if orphans.is_empty() || self.attempts[at].is_told {
            return;
        }
        self.say_of(
            operator,
            step,
            "the process that watches this step has ended; waiting for the processes of the step that still run",
        );
        self.say_survivors(operator, step, &orphans);
        self.attempts[at].is_told = true;
    }

    /// Says a line about a step, which names it if others go on beside it, or did.
    pub(super) fn say_of(&self, operator: &Session, step: &Step, words: &str) {
        operator.say(&format!("  {}{words}", self.about(step)));
    }

    /// Says a result of a step in the same way, with its sign.
    pub(super) fn mark_of(&self, operator: &Session, sign: Sign, step: &Step, words: &str) {
        operator.mark_of(sign, &self.about(step), &format!("  {words}"));
    }

    /// The beginning of a line about a step.
    fn about(&self, step: &Step) -> String {
        let others = |attempt: &RunningAttempt| attempt.step.id != step.id;
        match self.accompanied.contains(&step.id) || self.attempts.iter().any(others) {
            true => format!("{}: ", step.id),
            false => String::new(),
        }
    }

    /// Says which processes of a step still run.
    pub(super) fn say_survivors(&self, operator: &Session, step: &Step, survivors: &[Survivor]) {
        for Survivor { pid, name } in survivors {
            let words = format!("still runs: {name} (process {pid})");
            self.say_of(operator, step, &words);
        }
    }
}
