//! What the operator can do at any step.

use super::{Engine, EngineError};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::people;
use crate::exec::plan::{Kind, Plan, Step, Text};
use crate::exec::record::causes::SkipWhy;
use crate::exec::record::event::Event;
use crate::exec::state::gate_words;
use crate::exec::state::outline;
use crate::exec::state::quorum;

/// Where the operator is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Before a step that acts.
    Before,
    /// After one failed.
    Failure,
    /// When nobody knows whether it happened.
    Doubt,
    /// At a choice.
    Choice,
    /// Where somebody else is waited for.
    Others,
}

impl At {
    /// Whether the operator answers for the step's effect here. What others allow or decide cannot be
    /// taken as done by hand.
    fn is_of_a_command(self) -> bool {
        matches!(self, Self::Before | Self::Failure)
    }
}

/// How wide a list of keys may be, in characters.
const WIDTH: usize = 80;

impl Engine {
    /// Does what a key says that means the same everywhere; whether the step is settled by it.
    pub(super) fn common_key(
        &mut self,
        step: &Step,
        at: At,
        key: &str,
    ) -> Result<bool, EngineError> {
        match key {
            "v" if step.verify.is_none() => self.operator.say("  it has no verify"),
            "v" => {
                let answer = self.answer_of(step)?;
                self.operator.say(&format!("  {}", answer.describe()));
                self.record(Event::StepVerified {
                    step: step.id.clone(),
                    answer,
                    finished: false,
                    undo: false,
                    refused: None,
                    kept: Vec::new(),
                })?;
            }
            "d" if at.is_of_a_command() => return self.done_by_hand(step),
            "s" if at != At::Doubt => return self.skip_by_hand(step),
            "e" if at.is_of_a_command() => self.edit_env(step)?,
            "t" => self.shell(step)?,
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
            _ => self.say_keys(step, at),
        }
        Ok(false)
    }

    fn say_keys(&self, step: &Step, at: At) {
        let own: &[&str] = match at {
            At::Before => &["[Enter] run it", "[a] run all up to the next gate"],
            At::Failure => &["[r] try again", "[b] undo everything"],
            At::Doubt => &["[d] it was done", "[n] it was not"],
            At::Choice => &["[g] which option goes back to an earlier step"],
            At::Others => &["[Enter] look again"],
        };
        let mut keys = own.to_vec();
        if step.verify.is_some() {
            keys.push("[v] ask its verify");
        }
        if at.is_of_a_command() {
            keys.extend([
                "[d] I did this step by hand",
                "[e] change the environment of the step",
            ]);
        }
        let skip = self.skippable(step).filter(|_| at != At::Doubt);
        let skip = skip.map(|step| format!("[s] skip `{}`", step.id));
        keys.extend(skip.as_deref());
        keys.extend(["[t] a shell with the environment of the step"]);
        // In doubt, `n` is an answer.
        if at != At::Doubt {
            keys.push("[n] write a note");
        }
        keys.extend(["[w] who takes part", "[q] leave; the run stays open"]);
        let mut line = String::new();
        for key in keys {
            if line.len() + 2 + key.len() > WIDTH {
                self.operator.say(&std::mem::take(&mut line));
            }
            line = format!("{line}  {key}");
        }
        self.operator.say(&line);
    }

    /// Says who may do what: the roles of the gates that are still to come, and how they answer.
    fn say_who(&self, step: &Step) {
        self.operator.say(&format!(
            "  you are {}; {} started the run; the run is at {}",
            self.person(),
            self.run.state().initiator,
            step.id
        ));
        let gates = self.run.plan().leaves();
        for gate in gates {
            let Kind::Approve { role, row, .. } = &gate.kind else {
                continue;
            };
            if self.run.state().progress(&gate.id).is_settled() {
                continue;
            }
            if let Some(row) = row {
                self.say_who_by_row(gate, row);
                continue;
            }
            let (roles, people) = self.run.plan().takers(role);
            let who = match people.as_slice() {
                [] => String::new(),
                people => format!(" ({})", people.join(", ")),
            };
            self.operator.say(&format!(
                "  {} needs {}{who}: runbook approve {} {}",
                gate.id,
                roles.join(" or "),
                self.run.short(),
                gate.id
            ));
            let open = self.run.state().steps.get(&gate.id);
            let asked = open.and_then(|open| open.gate.asked.as_ref());
            let asks = asked.into_iter().flat_map(|asked| &asked.request.asks);
            for words in asks.filter_map(quorum::keyless) {
                self.operator.say(&format!("    {words}"));
            }
        }
    }

    /// Says who is asked at a gate by a row of the matrix: by its request if it is open, else as far as it is known.
    fn say_who_by_row(&self, gate: &Step, row: &Text) {
        let values = self.run.values(&gate.id);
        let name = values.so_far(row);
        let open = self.run.state().steps.get(&gate.id);
        let mut lines = open.map_or_else(Vec::new, |open| gate_words::lines_of_gate(&open.gate));
        if let Some(row) = self.run.plan().row(&name).ok().filter(|_| lines.is_empty()) {
            lines = gate_words::lines_ahead(&values, &gate.kind, row);
        }
        self.operator.say(&format!(
            "  {} needs the row {name} of the approval matrix: runbook approve {} {}",
            gate.id,
            self.run.short(),
            gate.id
        ));
        for line in lines {
            self.operator.say(&format!("    {line}"));
        }
    }

    /// Takes a step as done because a person did it. One that hands on values cannot be.
    pub(super) fn done_by_hand(&mut self, step: &Step) -> Result<bool, EngineError> {
        if !step.outputs.is_empty() {
            self.operator
                .say("  later steps need its outputs, so it has to be run");
            return Ok(false);
        }
        if self.probe(step)? == Some(false) {
            self.operator.say("  its verify says that it is not done");
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

    /// What can be skipped of a step: itself, or an item of a loop around it.
    pub(super) fn skippable(&self, step: &Step) -> Option<Step> {
        outline::skippable(self.run.plan(), self.run.state(), &step.id)
    }

    /// Leaves a step out, if its runbook lets this person; whether it did.
    pub(super) fn skip_by_hand(&mut self, step: &Step) -> Result<bool, EngineError> {
        let skippable = self.skippable(step);
        let step = skippable.as_ref().unwrap_or(step);
        let by = match people::may_skip(self.run.plan(), step, self.operator.account()) {
            Ok(by) => by,
            Err(why) => {
                self.operator.say(&format!("  {why}"));
                return Ok(false);
            }
        };
        let needing = needing(self.run.plan(), step);
        if !needing.is_empty() {
            let needing = needing.join(", ");
            self.operator.say(&format!(
                "  these steps use its outputs, and get nothing: {needing}"
            ));
        }
        let required = step.skip.as_ref().is_some_and(|skip| skip.reason_required);
        let question = format!("  why skip `{}`? (empty: do not)", step.id);
        let Heard::Line(reason) = self.ask(&question, || false) else {
            return Ok(false);
        };
        if reason.is_empty() && required {
            return Ok(false);
        }
        self.skip(step, SkipWhy::Person, Some(by), Some(reason))?;
        Ok(true)
    }
}

/// The steps that use an output of a step, or of one inside it.
fn needing(plan: &Plan, step: &Step) -> Vec<String> {
    let whole = plan.step(&step.id).map_or_else(Vec::new, Step::with_inner);
    let ids: Vec<&str> = whole.iter().map(|step| step.id.as_str()).collect();
    let uses = |other: &&Step| {
        let mut found = false;
        (*other)
            .clone()
            .each_text(&mut |text| found |= ids.iter().any(|id| text.uses(id)));
        found && !ids.contains(&other.id.as_str())
    };
    let leaves = plan.leaves().into_iter();
    leaves.filter(uses).map(|step| step.id.clone()).collect()
}
