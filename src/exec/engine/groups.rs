//! Steps that hold others, and steps that are left out.

use super::{Engine, EngineError, Flow};
use crate::exec::plan::paths;
use crate::exec::plan::{Each, Step};
use crate::exec::record::causes::SkipWhy;
use crate::exec::record::event::Event;

impl Engine {
    /// Whether a step is left out: by whoever started the run, or because its condition does not
    /// hold. The condition of a loop is asked for each of its items.
    pub(super) fn is_left_out(&mut self, step: &Step) -> Result<bool, EngineError> {
        if let Some(reason) = self
            .run
            .plan()
            .left_out
            .get(&paths::base(&step.id))
            .cloned()
        {
            let because = match reason.as_str() {
                "" => String::new(),
                reason => format!(", {reason}"),
            };
            let line = format!("   - {}: skipped{because}", step.title);
            self.operator.dim(&line);
            let by = self.run.plan().initiator.clone();
            let reason = (!reason.is_empty()).then_some(reason);
            self.skip(step, SkipWhy::LeftOut, Some(by), reason)?;
            return Ok(true);
        }
        match &step.when {
            Some(when) if step.each.is_none() && !self.run.holds(step, when) => {
                self.operator.dim(&format!(
                    "   - {}: not needed, as not {}",
                    step.title, when.text
                ));
                self.skip(step, SkipWhy::When, None, Some(when.text.clone()))?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn skip(
        &mut self,
        step: &Step,
        why: SkipWhy,
        by: Option<String>,
        reason: Option<String>,
    ) -> Result<(), EngineError> {
        self.record(Event::StepSkipped {
            step: step.id.clone(),
            why,
            by,
            reason,
        })
    }

    /// Goes into the steps of a call or of a parallel block.
    pub(super) fn enter(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.record(Event::GroupStarted {
            step: step.id.clone(),
            items: None,
        })?;
        Ok(Flow::On)
    }

    /// Writes down the items of a loop, which from then on are these.
    pub(super) fn enter_loop(&mut self, step: &Step, each: &Each) -> Result<Flow, EngineError> {
        let items = self.run.values(&step.id).items(each);
        if items.is_empty() {
            self.operator
                .dim(&format!("   - {}: for nothing", step.title));
        }
        self.record(Event::GroupStarted {
            step: step.id.clone(),
            items: Some(items),
        })?;
        Ok(Flow::On)
    }
}
