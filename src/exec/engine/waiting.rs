//! Waiting while steps run: for the first try that ends, the end of a pause, an answer, or the
//! operator. Ctrl-C opens the stop menu, and a signal to the program makes it leave; the steps go on
//! by themselves.

use super::live::Live;
use super::session::Left;
use super::status_line::Meanwhile;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::{Heard, Operator};
use crate::exec::plan::Step;
use crate::exec::process::shim::{Found, Running, Stop};
use crate::exec::process::signals::{self, Ending};
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::state::Progress;
use crate::times;
use std::thread;
use std::time::{Duration, Instant};

/// How often the tries that run are looked at.
const LOOK: Duration = Duration::from_millis(10);
/// After how many looks the inbox is looked into: nobody notices a fifth of a second, and each time a folder is read.
const MAIL: u32 = 20;

impl Engine {
    /// Waits until a try ends, a pause is over, or an answer comes.
    pub(super) fn wait_for_any(&mut self, pauses: &[Step]) -> Result<Flow, EngineError> {
        if self.running.is_empty() && self.operator.is_present() {
            return self.pass_time(&pauses[0], pauses);
        }
        let meanwhile = Meanwhile::begin(self.operator.presence());
        for look in 1_u32.. {
            if self.operator.is_present() {
                self.running.show_output(self.operator.audience())?;
                meanwhile.show(|| self.running.meanwhile(|step| self.seconds_of(step)));
            }
            if matches!(self.heed_signals()?, Flow::Leave) {
                return Ok(Flow::Leave);
            }
            if let Some(flow) = self.conclude_one()? {
                return Ok(flow);
            }
            let mail = look % MAIL == 0 && inbox::has_mail(&self.run.inbox());
            if mail || pauses.iter().any(|step| self.is_due(step)) || self.is_limit_near() {
                return Ok(Flow::On);
            }
            thread::sleep(LOOK);
        }
        Ok(Flow::On)
    }

    /// How long the try of a step runs that runs now, whoever began it.
    fn seconds_of(&self, step: &Step) -> u64 {
        let began = self.run.step_state(step).began_at;
        let now = self.time.now().to_string();
        began.map_or(0, |began| times::seconds(&began, &now))
    }

    /// Writes down how a try ended, if one did.
    fn conclude_one(&mut self) -> Result<Option<Flow>, EngineError> {
        let Some(ended) = self.running.take_ended(&self.operator)? else {
            return Ok(None);
        };
        let step = &ended.step;
        let flow = self.conclude(step, ended.number, ended.found)?;
        if ended.is_ours && self.run.state().progress(&step.id) == Progress::Pending {
            return Err(EngineError::Unattended {
                step: step.id.clone(),
                run: self.run.short().to_owned(),
            });
        }
        Ok(Some(flow))
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
        match (self.operator.presence(), self.running.is_empty()) {
            (Operator::Absent, _) => self.go(Left::By(Ending::Interrupted)),
            (Operator::Present, true) => self.go(Left::Detached),
            (Operator::Present, false) => self.stop_menu(),
        }
    }

    fn go(&mut self, left: Left) -> Result<Flow, EngineError> {
        self.operator.leave(left);
        let reason = match left {
            Left::Detached => "detach",
            Left::By(ending) => ending.as_str(),
        };
        self.record(Event::RunLeft {
            reason: reason.to_owned(),
        })?;
        for step in self.running.steps() {
            self.operator
                .say(&format!("  {step} continues in the background"));
        }
        Ok(Flow::Leave)
    }

    /// Asks what is to become of what runs. Ctrl-C once more interrupts it.
    fn stop_menu(&mut self) -> Result<Flow, EngineError> {
        self.operator.say("");
        loop {
            let heard = self.operator.ask_or_stop(
                "  [w] keep waiting  [i] interrupt the step  [k] kill it  [d] detach: the step continues in the background",
                || self.running.has_ended_one(),
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
        self.running.stop(how)?;
        self.operator.say(match (how, self.operator.presence()) {
            (Stop::Interrupt, Operator::Present) => {
                "  interrupted; the step has time to clean up and end; after Ctrl-C you are asked again"
            }
            (Stop::Interrupt, Operator::Absent) => "  interrupted; the step has time to clean up and end",
            (Stop::Kill, _) => "  killed",
        });
        Ok(Flow::On)
    }

    /// Waits for a command that only looks, or takes back; `what` names it. A signal stops the first and leaves
    /// the second alone; either way nothing is begun after it.
    pub(super) fn sit_out(
        &mut self,
        mut running: Running,
        what: &str,
        on_signal: Option<Stop>,
    ) -> Result<Option<Found>, EngineError> {
        let meanwhile = Meanwhile::begin(self.operator.presence());
        let (mut live, began) = (Live::of(&running), Instant::now());
        loop {
            if self.operator.is_present() {
                // It is only shown: what cannot be read now is missed by nobody.
                let _ = live.keep_up(Operator::Absent);
                meanwhile.show(|| live.meanwhile(what, began.elapsed().as_secs()));
            }
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
