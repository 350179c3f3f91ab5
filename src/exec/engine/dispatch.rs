//! Of all that could be done, what is done first: what can begin at once, then what runs by
//! itself, and people last, so that nobody is asked while something could go on without them.

use super::{Engine, EngineError, Flow};
use crate::exec::plan::Step;
use crate::exec::record::causes::SkipWhy;
use crate::exec::record::event::Event;
use crate::exec::state::next::Action;
use crate::screen::signs::Sign;

impl Engine {
    pub(super) fn dispatch(&mut self, actions: Vec<Action>) -> Result<Flow, EngineError> {
        let (mut pauses, mut far, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for action in actions {
            match action {
                Action::Begin(step) if self.can_begin(&step) => {
                    let flow = self.begin(&step)?;
                    return self.unless_stuck(&step, flow);
                }
                Action::Recover(step) if !self.running.has(&step.id) => return self.recover(&step),
                Action::Doubt(step) => return self.doubt(&step),
                Action::Schedule(step) => return self.schedule(&step),
                // It could not be asked, and would not end without that.
                Action::Await(step) if self.is_unasked(&step) => {}
                Action::Await(step) if self.is_due(&step) => {
                    let flow = self.go_on_after_pause(&step)?;
                    return self.unless_stuck(&step, flow);
                }
                Action::Await(step) if self.is_far(&step) => far.push(step),
                Action::Await(step) => pauses.push(step),
                Action::Recover(_) => {}
                other => rest.push(other),
            }
        }
        if !self.running.is_empty() || !pauses.is_empty() {
            return self.wait_for_any(&pauses);
        }
        if !far.is_empty() {
            far.iter().for_each(|step| self.say_when_to_resume(step));
            return Ok(Flow::Leave);
        }
        match rest.into_iter().next() {
            Some(action) => self.finally_act(action),
            None => Ok(Flow::Leave),
        }
    }

    /// A step that owns the terminal, and what is done at the end, wait until nothing else runs.
    fn can_begin(&self, step: &Step) -> bool {
        let alone = step.may_own_terminal() || self.run.plan().is_ending(&step.id);
        !self.memory.is_stuck(step) && (self.running.is_empty() || !alone)
    }

    /// A step that cannot go on holds up what follows it, but not what goes on beside it, and not
    /// the end of the run.
    fn unless_stuck(&mut self, step: &Step, flow: Flow) -> Result<Flow, EngineError> {
        match flow {
            Flow::Stuck if self.run.plan().is_ending(&step.id) => {
                self.operator
                    .mark(Sign::Skipped, "  skipped: nobody is here to do it");
                self.skip(step, SkipWhy::Nobody, None, None)?;
                Ok(Flow::On)
            }
            Flow::Stuck => {
                self.memory.stuck(step);
                Ok(Flow::On)
            }
            other => Ok(other),
        }
    }

    /// What needs a person, and what ends the run.
    fn finally_act(&mut self, action: Action) -> Result<Flow, EngineError> {
        let flow = match action {
            Action::Settle(step) => self.settle(&step)?,
            Action::Complete(step) => self.complete(&step)?,
            Action::Gate(step) => self.gate(&step)?,
            Action::Failed(step) => self.failed(&step)?,
            Action::Declare(step, then) => self.declare(&step, then)?,
            Action::TakeBack => self.take_back()?,
            Action::Stopped(step) => self.abort(format!("the choice at {}", step.id))?,
            Action::Fail(step) => self.fail(step)?,
            Action::Finish => self.finish()?,
            Action::Begin(_)
            | Action::Await(_)
            | Action::Recover(_)
            | Action::Doubt(_)
            | Action::Schedule(_)
            | Action::UndoFirst
            | Action::Ended => Flow::Leave,
        };
        Ok(match flow {
            Flow::Stuck => Flow::Leave,
            other => other,
        })
    }

    fn finish(&mut self) -> Result<Flow, EngineError> {
        let outputs = self.run.values("").env(&self.run.plan().outputs);
        let masks = self.secrets.masks();
        let shown: Vec<String> = outputs
            .iter()
            .map(|(name, value)| masks.clean(&format!("  {name} = {value}")))
            .collect();
        self.record(Event::RunFinished { outputs })?;
        let words = format!("run {} is finished", self.run.short());
        self.operator.mark(Sign::Ok, &words);
        // What the run was for comes last, where people look.
        shown.iter().for_each(|line| self.operator.say(line));
        Ok(Flow::On)
    }

    fn abort(&mut self, reason: String) -> Result<Flow, EngineError> {
        let by = self.person();
        self.record(Event::RunAborted { by, reason })?;
        Ok(Flow::On)
    }
}
