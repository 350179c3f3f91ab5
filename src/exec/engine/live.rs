//! What a try says, on its way to the screen: the last lines of it, now and then, and never so much
//! that the operator cannot read it.

use crate::exec::engine::operator::Operator;
use crate::exec::process::lines::{Colour, Lines};
use crate::exec::process::shim::{Output, Running};
use crate::times;
use anstream::adapter::strip_str;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// How often what steps say is shown.
const SHOW: Duration = Duration::from_millis(100);
/// How many lines are shown at once; of more, the last.
const LINES: usize = 20;
/// Output that is further behind than this is passed over, in bytes: a step that says more than can be read would be
/// shown later and later.
const FAR: u64 = 256 * 1024;

/// How something goes on: for how long, its name, and what it said last.
pub(super) fn meanwhile(name: &str, seconds: u64, said: &str) -> String {
    let time = times::elapsed(seconds);
    match said.trim_end() {
        "" => format!("  {time}  {name}"),
        said => format!("  {time}  {name}  | {said}"),
    }
}

/// What a step says, on its way to the screen.
pub(super) struct Live {
    output: Output,
    lines: Lines,
    shown: Instant,
    /// The last line so far.
    last: String,
    /// When it came.
    spoke: Instant,
}

impl Live {
    /// What a try says from its first byte.
    pub(super) fn of(running: &Running) -> Self {
        Self {
            output: running.output(),
            lines: Lines::new(Colour::of_stdout()),
            shown: Instant::now(),
            last: String::new(),
            spoke: Instant::now(),
        }
    }

    /// Takes in what came, if it is time for that, and shows it if a person is there.
    pub(super) fn keep_up(&mut self, operator: Operator) -> io::Result<()> {
        match self.shown.elapsed() >= SHOW {
            true => self.show(operator),
            false => Ok(()),
        }
    }

    /// What it said last, which may be a line without an end yet, and when that came.
    pub(super) fn last(&self) -> (String, Instant) {
        let begun = self.lines.begun();
        let last = match begun.trim().is_empty() {
            true => self.last.as_str(),
            false => &begun,
        };
        (strip_str(last).to_string(), self.spoke)
    }

    /// How something goes on that has this name, in a line.
    pub(super) fn meanwhile(&self, name: &str, seconds: u64) -> String {
        meanwhile(name, seconds, &self.last().0)
    }

    /// Takes in what came; shows the last of it, and how much came before that.
    fn show(&mut self, operator: Operator) -> io::Result<()> {
        self.shown = Instant::now();
        let passed = self.output.pass_over(FAR)?;
        let (mut last, mut count) = (VecDeque::new(), 0_usize);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = self.output.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            self.spoke = Instant::now();
            self.lines.push(&buffer[..read], |line| {
                count += 1;
                last.push_back(line);
                if last.len() > LINES {
                    last.pop_front();
                }
            });
        }
        if let Some(line) = last.back() {
            self.last.clone_from(line);
        }
        if operator == Operator::Absent {
            return Ok(());
        }
        if passed > 0 || count > last.len() {
            operator.quote("…");
        }
        last.iter().for_each(|line| operator.quote(line));
        Ok(())
    }

    /// Shows what is left of a step that has ended.
    pub(super) fn end(&mut self, operator: Operator) -> io::Result<()> {
        if operator == Operator::Present {
            self.show(operator)?;
            if let Some(line) = self.lines.finish() {
                operator.quote(&line);
            }
        }
        Ok(())
    }
}
