//! What a try says, on its way to the screen: the last lines of it, now and then, and never so much
//! that the operator cannot read it.

use crate::exec::engine::operator::Operator;
use crate::exec::process::lines::{Colour, Lines};
use crate::exec::process::shim::{Output, Running};
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
/// What a step says, on its way to the screen.
pub(super) struct Live {
    output: Output,
    lines: Lines,
    shown: Instant,
}

impl Live {
    /// What a try says from its first byte.
    pub(super) fn of(running: &Running) -> Self {
        Self {
            output: running.output(),
            lines: Lines::new(Colour::of_stdout()),
            shown: Instant::now(),
        }
    }

    /// Shows what came, if a person is there and it is time for that.
    pub(super) fn keep_up(&mut self, operator: Operator) -> io::Result<()> {
        match operator == Operator::Present && self.shown.elapsed() >= SHOW {
            true => self.show(operator),
            false => Ok(()),
        }
    }

    /// Shows the last of what came, and how much came before that.
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
            self.lines.push(&buffer[..read], |line| {
                count += 1;
                last.push_back(line);
                if last.len() > LINES {
                    last.pop_front();
                }
            });
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
