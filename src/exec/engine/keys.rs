//! What the operator can do at any step.

use super::{Engine, EngineError};
use crate::exec::event::Event;
use crate::exec::inbox;
use crate::exec::operator::Heard;
use crate::exec::plan::{Kind, Plan, Step};

impl Engine {
    /// Does what a key says; whether the step is settled by it.
    pub(super) fn common_key(&mut self, step: &Step, key: &str) -> Result<bool, EngineError> {
        match key {
            "v" => {
                let answer = match self.probe(step)? {
                    Some(true) => "it is already so",
                    Some(false) => "it is not so yet",
                    None => "there is no verify, or it cannot tell",
                };
                self.operator.say(&format!("  {answer}"));
            }
            "d" => return self.done_by_hand(step),
            "s" => return self.skip_by_hand(step),
            "n" => {
                if let Heard::Line(text) = self.ask("  note:", || false) {
                    let by = self.person();
                    self.record(Event::NoteAdded {
                        by,
                        text,
                        seen: None,
                        files: Vec::new(),
                    })?;
                }
            }
            "w" => self.say_who(step),
            _ => self.say_keys(step),
        }
        Ok(false)
    }

    fn say_keys(&self, step: &Step) {
        self.operator
            .say("  [v] look whether it is already so  [d] it was done by hand  [n] write a note");
        let skip = if step.skip.is_some() {
            "[s] skip it  "
        } else {
            ""
        };
        self.operator.say(&format!(
            "  {skip}[w] who takes part  [q] leave; the run stays open"
        ));
    }

    /// Says who may do what: the roles of the gates that are still to come, and how they answer.
    fn say_who(&self, step: &Step) {
        self.operator.say(&format!(
            "  you are {}, the run was started by {}; it is before {}",
            self.person(),
            self.state.initiator,
            step.id
        ));
        let gates = self.plan.leaves();
        for gate in gates {
            let Kind::Approve { role, .. } = &gate.kind else {
                continue;
            };
            if self.state.progress(&gate.id).is_settled() {
                continue;
            }
            let roles = self
                .plan
                .roles
                .get(role)
                .map_or_else(|| role.clone(), |rule| rule.any_of.join(" or "));
            self.operator.say(&format!(
                "  {} needs {roles}: runbook approve {} {} --as NAME",
                gate.id,
                self.driven.run.short(),
                gate.id
            ));
        }
    }

    /// Takes a step as done because a person did it. One that hands on values cannot be.
    pub(super) fn done_by_hand(&mut self, step: &Step) -> Result<bool, EngineError> {
        if !step.outputs.is_empty() {
            self.operator
                .say("  later steps need what it hands on, so it has to be run");
            return Ok(false);
        }
        if self.probe(step)? == Some(false) {
            self.operator.say("  its verify says that it is not so");
            return Ok(false);
        }
        let Heard::Line(reason) = self.ask("  why by hand?", || false) else {
            return Ok(false);
        };
        let by = self.person();
        self.record(Event::StepDoneByHand {
            step: step.id.clone(),
            by,
            reason,
        })?;
        Ok(true)
    }

    /// Leaves a step out, if its runbook lets this person; whether it did.
    pub(super) fn skip_by_hand(&mut self, step: &Step) -> Result<bool, EngineError> {
        let by = match inbox::may_skip(&self.plan, step, &self.account) {
            Ok(by) => by,
            Err(why) => {
                self.operator.say(&format!("  {why}"));
                return Ok(false);
            }
        };
        let needing = needing(&self.plan, step);
        if !needing.is_empty() {
            let needing = needing.join(", ");
            self.operator.say(&format!(
                "  these use what it hands on, and get nothing: {needing}"
            ));
        }
        let required = step.skip.as_ref().is_some_and(|skip| skip.reason_required);
        let Heard::Line(reason) = self.ask("  why leave it out? (empty: do not)", || false) else {
            return Ok(false);
        };
        if reason.is_empty() && required {
            return Ok(false);
        }
        self.skip(step, "person", Some(by), Some(reason))?;
        Ok(true)
    }
}

/// The steps that use what a step hands on.
fn needing(plan: &Plan, step: &Step) -> Vec<String> {
    let id = crate::exec::paths::base(&step.id);
    let uses = |other: &&Step| {
        let mut found = false;
        (*other)
            .clone()
            .each_text(&mut |text| found |= text.uses(&id));
        found && other.id != id
    };
    let leaves = plan.leaves().into_iter();
    leaves.filter(uses).map(|step| step.id.clone()).collect()
}
