//! Beginning a step: is it already so, may it start, and what kind is it?

use super::{Engine, EngineError, Flow, Go};
use crate::exec::event::Event;
use crate::exec::operator::{Heard, Operator};
use crate::exec::plan::{Command, Effect, Kind, Step, Undo};

impl Engine {
    pub(super) fn begin(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        if self.probe(step)? == Some(true) {
            self.operator.say("  already so: nothing to do");
            self.record(Event::StepNotNeeded {
                step: step.id.clone(),
            })?;
            return Ok(Flow::On);
        }
        match &step.kind {
            Kind::Command(_) if step.interactive && self.operator == Operator::Absent => {
                self.operator
                    .say("  this step needs a terminal: resume on one");
                Ok(Flow::Leave)
            }
            Kind::Command(command) => match self.may_start(step)? {
                Go::Start => self.execute(step, command),
                Go::Done => Ok(Flow::On),
                Go::Leave => Ok(Flow::Leave),
            },
            Kind::Check(command) => self.execute(step, command),
            Kind::Notify { channel, text } => self.notify(step, channel, text),
            Kind::Manual { text, fields } => self.manual(step, text, fields),
            Kind::Decide { text, options } => self.decide(step, text, options),
            Kind::Approve {
                count,
                text,
                expires,
                ..
            } => {
                let expires = expires.map(|seconds| {
                    ((self.now)() + jiff::SignedDuration::from_secs(seconds as i64)).to_string()
                });
                let (step, text, count) = (step.id.clone(), self.fill(text), *count);
                self.record(Event::GateOpened {
                    step,
                    text,
                    count,
                    expires,
                })?;
                Ok(Flow::On)
            }
        }
    }

    pub(super) fn headline(&self, step: &Step) {
        let at = self
            .plan()
            .steps
            .iter()
            .position(|other| other.id == step.id)
            .unwrap_or_default();
        self.operator.say(&format!(
            "{:>2}/{} {}",
            at + 1,
            self.plan().steps.len(),
            step.title
        ));
    }

    /// Shows what a step will do, what can be said of it, and what to do if it fails.
    fn outlook(&self, step: &Step) {
        let (Kind::Command(command) | Kind::Check(command)) = &step.kind else {
            return;
        };
        let words = match command {
            Command::Shell { script, .. } => script.clone(),
            Command::Program(items) => items
                .iter()
                .map(|item| self.fill(item))
                .collect::<Vec<_>>()
                .join(" "),
        };
        words
            .trim_end()
            .lines()
            .for_each(|line| self.operator.say(&format!("    {line}")));
        let effect = match step.effect {
            Effect::Read => "reads only",
            Effect::Idempotent => "safe to repeat",
            Effect::Once => "runs once",
        };
        let undo = match step.undo {
            Some(Undo::Command { .. }) => "can be undone",
            _ => "cannot be undone",
        };
        self.operator.say(&format!("  {effect}, {undo}"));
        if let Some(text) = &step.fail_text {
            self.operator
                .say(&format!("  if it fails: {}", text.trim()));
        }
    }

    /// Asks before a step that acts, if the operator wants to be asked or has to type something.
    pub(super) fn may_start(&mut self, step: &Step) -> Result<Go, EngineError> {
        if self.operator == Operator::Present && (self.ask_first || step.confirm.is_some()) {
            self.outlook(step);
        }
        if let Some(confirm) = &step.confirm {
            let go = self.confirmed.contains(&step.id) || self.typed(&step.id, &self.fill(confirm));
            return Ok(if go { Go::Start } else { Go::Leave });
        }
        if !self.ask_first {
            return Ok(Go::Start);
        }
        loop {
            match self.operator.ask(
                "  [Enter] run  [a] all up to the next gate  [?] more  [q] leave",
                || false,
            ) {
                Heard::Line(key) if key.is_empty() => return Ok(Go::Start),
                Heard::Line(key) if key == "a" => {
                    self.ask_first = false;
                    return Ok(Go::Start);
                }
                Heard::Line(key) if key == "q" => return Ok(Go::Leave),
                Heard::Line(key) => {
                    if self.common_key(step, &key)? {
                        return Ok(Go::Done);
                    }
                }
                Heard::Gone | Heard::Other => return Ok(Go::Leave),
            }
        }
    }

    /// What the operator can do at any step; whether the step is done by it.
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
            "n" => {
                if let Heard::Line(text) = self.operator.ask("  note:", || false) {
                    let by = self.person();
                    self.record(Event::NoteAdded { by, text, seen: None, files: Vec::new() })?;
                }
            }
            _ => self.operator.say("  [v] look whether it is already so  [d] it was done by hand  [n] write a note  [q] leave"),
        }
        Ok(false)
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
        let Heard::Line(reason) = self.operator.ask("  why by hand?", || false) else {
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

    pub(super) fn typed(&self, id: &str, wanted: &str) -> bool {
        if self.operator == Operator::Absent {
            self.operator.say(&format!(
                "  somebody has to type `{wanted}` here: resume on a terminal, or with --confirm {id}"
            ));
            return false;
        }
        loop {
            match self.operator.ask(
                &format!("  type `{wanted}` to go on, or q to leave:"),
                || false,
            ) {
                Heard::Line(line) if line == wanted => return true,
                Heard::Line(line) if line == "q" => return false,
                Heard::Line(_) => self.operator.say("  that is something else"),
                Heard::Gone | Heard::Other => return false,
            }
        }
    }
}
