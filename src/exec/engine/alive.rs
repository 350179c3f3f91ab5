//! The tries that run, and the waiting for the first of them that ends, for the end of a pause, or
//! for an answer.

use super::attend::Live;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Operator;
use crate::exec::plan::Step;
use crate::exec::process::shim::Running;
use crate::exec::record::inbox;
use crate::exec::state::Progress;
use std::thread;
use std::time::Duration;

/// How often the tries that run are looked at.
const LOOK: Duration = Duration::from_millis(10);
/// After how many looks the inbox is looked into.
const MAIL: u32 = 20;

/// A try that runs.
pub(super) struct Alive {
    pub(super) step: Step,
    pub(super) number: u32,
    pub(super) running: Running,
    pub(super) live: Live,
    /// Whether this process began it.
    ours: bool,
    /// Whether it was said that nobody looks after it.
    told: bool,
}

impl Alive {
    /// A try that this process began.
    pub(super) fn begun(step: &Step, number: u32, running: Running, operator: Operator) -> Self {
        Self {
            step: step.clone(),
            number,
            live: Live::of(&running, operator),
            running,
            ours: true,
            told: false,
        }
    }

    /// A try that another driver left.
    pub(super) fn left(step: &Step, number: u32, running: Running, operator: Operator) -> Self {
        Self {
            ours: false,
            ..Self::begun(step, number, running, operator)
        }
    }
}

impl Engine {
    pub(super) fn is_alive(&self, path: &str) -> bool {
        self.alive.iter().any(|alive| alive.step.id == path)
    }

    /// Whether lines of several steps come between each other.
    pub(super) fn is_crowded(&self, step: &Step) -> bool {
        self.alive.iter().any(|alive| alive.step.id != step.id)
    }

    /// Waits until a try ends, a pause is over, or an answer comes.
    pub(super) fn wait_for_any(&mut self, pauses: &[Step]) -> Result<Flow, EngineError> {
        if self.alive.is_empty() && self.operator.is_present() {
            return self.pass_time(&pauses[0], pauses);
        }
        for look in 1_u32.. {
            self.show_output()?;
            if matches!(self.heed_signals()?, Flow::Leave) {
                return Ok(Flow::Leave);
            }
            if let Some(flow) = self.conclude_one()? {
                return Ok(flow);
            }
            let mail = look % MAIL == 0 && inbox::has_mail(&self.driven.run.inbox());
            if mail || pauses.iter().any(|step| self.is_due(step)) || self.is_limit_near() {
                return Ok(Flow::On);
            }
            thread::sleep(LOOK);
        }
        Ok(Flow::On)
    }

    /// Says once of a try that its shim was killed, and what of it goes on.
    fn tell_of_orphans(&mut self, at: usize) {
        let Alive { step, running, .. } = &self.alive[at];
        let orphans = running.orphans();
        if orphans.is_empty() || self.alive[at].told {
            return;
        }
        self.say_of(
            step,
            "the process that looks after this step is gone; waiting for what goes on without it",
        );
        self.say_survivors(step, &orphans);
        self.alive[at].told = true;
    }

    /// Writes down how a try ended, if one did.
    fn conclude_one(&mut self) -> Result<Option<Flow>, EngineError> {
        for at in 0..self.alive.len() {
            if let Some(found) = self.alive[at].running.try_wait()? {
                let Alive {
                    step,
                    number,
                    mut live,
                    ours,
                    ..
                } = self.alive.remove(at);
                live.end(self.operator.presence())?;
                let flow = self.conclude(&step, number, found)?;
                if ours && self.state.progress(&step.id) == Progress::Pending {
                    return Err(EngineError::Unattended {
                        step: step.id,
                        run: self.driven.run.short().to_owned(),
                    });
                }
                return Ok(Some(flow));
            }
            self.tell_of_orphans(at);
        }
        Ok(None)
    }
}
