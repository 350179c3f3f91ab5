//! The time that a run may take. People's time is not counted.

use super::{Engine, EngineError};
use crate::exec::engine::operator::Heard;
use crate::exec::record::event::Event;

impl Engine {
    /// Lets a run that stands at its limit go on for as long again; one that does not is left as
    /// it is.
    pub(super) fn lift_limit(&mut self, reason: &str) -> Result<(), EngineError> {
        if !self.run.state().clock.at_limit {
            return Ok(());
        }
        let by = self.person();
        self.record(Event::RunLimitLifted {
            by,
            reason: reason.to_owned(),
        })
    }

    /// Asks the operator, and keeps account of the time that it takes.
    pub(super) fn ask(&mut self, prompt: &str, other: impl Fn() -> bool) -> Heard {
        let operator = &self.operator;
        self.time.of_people(|| operator.ask(prompt, other))
    }

    /// Whether the run has come to its limit while something runs.
    pub(super) fn is_limit_near(&self) -> bool {
        self.time
            .is_limit_near(&self.run.plan().budget, self.run.state())
    }

    /// Whether the run has to stop here. What runs goes on by itself; nothing further begins.
    pub(super) fn is_over_budget(&mut self) -> Result<bool, EngineError> {
        if self.run.state().end.is_some() {
            return Ok(false);
        }
        if self.run.state().clock.at_limit {
            self.say_limit();
            return Ok(true);
        }
        if self.is_limit_near() {
            let worked_ms = self.run.state().clock.worked_by(self.time.now());
            self.record(Event::RunLimitReached { worked_ms })?;
            self.say_limit();
            return Ok(true);
        }
        if self.time.warns(&self.run.plan().budget, self.run.state()) {
            self.operator
                .say("this takes longer than expected: decide whether to continue");
        }
        Ok(false)
    }

    fn say_limit(&self) {
        self.operator
            .say("the time budget of the run is used up; nothing more is started");
        self.operator.say(&format!(
            "give it the same time again with: runbook resume {} --reason TEXT",
            self.run.short()
        ));
    }
}
