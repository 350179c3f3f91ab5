//! The operator while steps run: what the steps say is shown, Ctrl-C opens the stop menu, and a
//! signal to the program makes it leave; the steps go on by themselves.

use super::session::Left;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::{Heard, Operator};
use crate::exec::process::lines::Lines;
use crate::exec::process::shim::{Found, Output, Running, Stop};
use crate::exec::process::signals::{self, Ending};
use crate::exec::record::event::Event;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

/// How often what steps say is shown.
const SHOW: Duration = Duration::from_millis(100);
/// How many lines are shown at once; of more, the last.
const LINES: usize = 20;
/// Output that is further behind than this is passed over, in bytes.
const FAR: u64 = 256 * 1024;
/// How often a command is looked at that nothing else goes on beside.
const LOOK: Duration = Duration::from_millis(10);

/// What a step says, on its way to the screen.
pub(super) struct Live {
    output: Output,
    lines: Lines,
    shown: Instant,
}

impl Live {
    /// What a try says from its first byte.
    pub(super) fn of(running: &Running, operator: Operator) -> Self {
        Self {
            output: running.output(),
            lines: Lines::new(operator.colour()),
            shown: Instant::now(),
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

impl Engine {
    /// Shows what the tries that run have said since the last time.
    pub(super) fn show_output(&mut self) -> io::Result<()> {
        let operator = self.operator.presence();
        for alive in &mut self.alive {
            if operator == Operator::Present && alive.live.shown.elapsed() >= SHOW {
                alive.live.show(operator)?;
            }
        }
        Ok(())
    }

    /// Whether the program has to leave, because of a signal or because the operator wants it.
    pub(super) fn heed_signals(&mut self) -> Result<Flow, EngineError> {
        if self.operator.is_leaving() {
            return Ok(Flow::Leave);
        }
        if let Some(ending) = signals::ending() {
            return self.go(Left::By(ending));
        }
        if !signals::take_interrupt() {
            return Ok(Flow::On);
        }
        match (self.operator.presence(), self.alive.is_empty()) {
            (Operator::Absent, _) => self.go(Left::By(Ending::Interrupted)),
            (Operator::Present, true) => self.go(Left::Detached),
            (Operator::Present, false) => self.stop_menu(),
        }
    }

    fn go(&mut self, left: Left) -> Result<Flow, EngineError> {
        self.operator.leave(left);
        let reason = match left {
            Left::Detached => "detach",
            Left::By(ending) => ending.word(),
        };
        self.record(Event::RunLeft {
            reason: reason.to_owned(),
        })?;
        for alive in &self.alive {
            self.operator
                .say(&format!("  {} goes on by itself", alive.step.id));
        }
        Ok(Flow::Leave)
    }

    /// Asks what is to become of what runs. Ctrl-C once more interrupts it.
    fn stop_menu(&mut self) -> Result<Flow, EngineError> {
        self.operator.say("");
        loop {
            let heard = self.operator.ask_or_stop(
                "  [w] wait on  [i] interrupt the step  [k] kill it  [d] detach: it goes on by itself",
                || self.alive.iter().any(|alive| alive.running.has_record()),
            );
            match heard {
                Ok(Heard::Line(key)) if key == "w" => return Ok(Flow::On),
                Ok(Heard::Line(key)) if key == "i" => return self.stop(Stop::Interrupt),
                Ok(Heard::Line(key)) if key == "k" => return self.stop(Stop::Kill),
                Ok(Heard::Line(key)) if key != "d" && key != "q" => {}
                Ok(Heard::Other) => return Ok(Flow::On),
                Err(_) => return self.stop(Stop::Interrupt),
                Ok(Heard::Line(_) | Heard::Gone) => {
                    let left = signals::ending().map_or(Left::Detached, Left::By);
                    return self.go(left);
                }
            }
        }
    }

    /// Asks everything that runs to end.
    pub(super) fn stop(&mut self, how: Stop) -> Result<Flow, EngineError> {
        for alive in &self.alive {
            alive.running.stop(how)?;
        }
        self.operator.say(match (how, self.operator.presence()) {
            (Stop::Interrupt, Operator::Present) => {
                "  interrupted; it has time to end in order, Ctrl-C asks again"
            }
            (Stop::Interrupt, Operator::Absent) => "  interrupted; it has time to end in order",
            (Stop::Kill, _) => "  killed",
        });
        Ok(Flow::On)
    }

    /// Waits for a command that only looks, or takes back. A signal stops the first and leaves
    /// the second alone; either way nothing is begun after it.
    pub(super) fn sit_out(
        &mut self,
        mut running: Running,
        on_signal: Option<Stop>,
    ) -> Result<Option<Found>, EngineError> {
        loop {
            if let Some(found) = running.try_wait()? {
                return Ok(Some(found));
            }
            if !self.operator.is_leaving() {
                let interrupted = signals::take_interrupt();
                let left = match (signals::ending(), interrupted, self.operator.presence()) {
                    (Some(ending), ..) => Some(Left::By(ending)),
                    (None, true, Operator::Absent) => Some(Left::By(Ending::Interrupted)),
                    (None, true, Operator::Present) => Some(Left::Detached),
                    (None, false, _) => None,
                };
                if let Some(left) = left {
                    self.go(left)?;
                    match on_signal {
                        Some(how) => running.stop(how)?,
                        None => return Ok(None),
                    }
                }
            }
            thread::sleep(LOOK);
        }
    }
}
