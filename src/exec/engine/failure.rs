//! What follows a failure: a person decides, or the runbook has decided already.

use super::keys::At;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::{Step, Undo};
use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Event, Then, Verdict};
use crate::exec::record::inbox;
use crate::exec::state::undo::ours;
use crate::screen::signs::Sign;

impl Engine {
    /// Lets a person decide about a failed step.
    pub(super) fn failed(&mut self, step: &Step) -> Result<Flow, EngineError> {
        if !self.operator.is_present() {
            let flow = self.stays_failed(step)?;
            if matches!(flow, Flow::Leave) {
                self.say_ways(step);
            }
            return Ok(flow);
        }
        self.say_ways(step);
        loop {
            let inbox = self.run.inbox();
            let prompt = format!(
                "  {} failed: [r] try again  [t] a shell here  [b] undo everything  [?] more  [q] leave",
                step.id
            );
            match self.ask(&prompt, || inbox::has_mail(&inbox)) {
                Heard::Line(key) if key == "r" => return self.retry(step),
                Heard::Line(key) if key == "b" => {
                    if self.agrees(&ours(self.run.plan(), self.run.state())) {
                        return self.declare(step, Then::Rollback);
                    }
                }
                Heard::Line(key) if key != "q" => {
                    if self.common_key(step, At::Failure, &key)? {
                        return Ok(Flow::On);
                    }
                }
                Heard::Other => return Ok(Flow::On),
                _ => {
                    // What is to be done after a failure is done before we leave.
                    self.operator.goes_away();
                    return self.stays_failed(step);
                }
            }
        }
    }

    /// Says what can be done about a failure beside what is asked or done now.
    fn say_ways(&mut self, step: &Step) {
        // It failed in an earlier drive, perhaps before the eyes of somebody else.
        if !self.memory.is_helped(step) {
            self.quote_end(&self.run.folder(step, self.run.attempt(step)));
            self.say_what_helps(step);
        }
        let run = self.run.short();
        self.operator
            .say(&format!("  logs: runbook logs {run} {}", step.id));
        let ours = ours(self.run.plan(), self.run.state());
        let by_command = |step: &Step| matches!(step.undo, Some(Undo::Command { .. }));
        if ours.iter().any(by_command) {
            self.operator.say(&format!("  undo: runbook undo {run}"));
        }
    }

    /// Nobody is here to decide: what is to be done after a failure is done, once for each.
    fn stays_failed(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let declared = self.run.state().failing.as_ref();
        let known = declared.is_some_and(|failing| failing.step == step.id);
        match known || self.run.plan().on_failure.is_empty() {
            true => Ok(Flow::Leave),
            false => self.declare(step, Then::Pause),
        }
    }

    /// Writes down that a failure stands, and what follows from it.
    pub(super) fn declare(&mut self, step: &Step, then: Then) -> Result<Flow, EngineError> {
        self.record(Event::RunFailing {
            step: step.id.clone(),
            then,
        })?;
        Ok(Flow::On)
    }

    /// Ends the run with the failure of a step.
    pub(super) fn fail(&mut self, step: String) -> Result<Flow, EngineError> {
        let words = format!("the run ends here, because {step} failed");
        self.operator.mark(Sign::Failed, &words);
        self.record(Event::RunFailed { step })?;
        Ok(Flow::On)
    }

    /// A further try of a failed step, at the wish of a person.
    fn retry(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let by = self.person();
        self.resolve(
            step,
            self.run.attempt(step),
            Verdict::Absent,
            SettledBy::Person(by),
        )?;
        Ok(Flow::On)
    }
}
