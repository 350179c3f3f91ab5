//! Steps that people do, allow and decide, and messages to them.

use super::{Engine, EngineError, Flow};
use crate::exec::event::Event;
use crate::exec::inbox::{self};
use crate::exec::operator::{Heard, Operator};
use crate::exec::plan::{Channel, Choice, Field, Step, Text};
use crate::exec::values::{self};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

impl Engine {
    pub(super) fn notify(
        &mut self,
        step: &Step,
        channel: &str,
        text: &Text,
    ) -> Result<Flow, EngineError> {
        let words = self.fill(text);
        if let Some(Channel::File(file)) = self.plan().channels.get(channel) {
            let path = Path::new(&self.plan().target).join(file);
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            writeln!(file, "{words}")?;
            file.sync_data()?;
        }
        self.operator.say(&format!("  {channel}: {words}"));
        self.record(Event::NotifySent {
            step: step.id.clone(),
            channel: channel.to_owned(),
        })?;
        Ok(Flow::On)
    }

    pub(super) fn manual(
        &mut self,
        step: &Step,
        text: &str,
        fields: &[Field],
    ) -> Result<Flow, EngineError> {
        self.operator.say(&format!("  {}", text.trim()));
        if self.operator == Operator::Absent {
            let wanted: String = fields
                .iter()
                .map(|field| format!(" {}=…", field.name))
                .collect();
            self.operator.say(&format!(
                "  answer with: runbook answer {} {}{wanted}",
                self.driven.run.short(),
                step.id
            ));
            return Ok(Flow::Leave);
        }
        let mut given = BTreeMap::new();
        for field in fields {
            let question = field.ask.clone().unwrap_or_else(|| field.name.clone());
            match self.question(&question, field) {
                Some(value) => given.insert(field.name.clone(), value),
                None => return Ok(Flow::Leave),
            };
        }
        if fields.is_empty()
            && !matches!(self.operator.ask("  [Enter] done  [q] leave", || false), Heard::Line(key) if key.is_empty())
        {
            return Ok(Flow::Leave);
        }
        let by = self.person();
        self.record(Event::ManualCompleted {
            step: step.id.clone(),
            by,
            fields: given,
        })?;
        Ok(Flow::On)
    }

    /// Asks until the value fits; `None` if the terminal is gone.
    pub(super) fn question(&self, question: &str, field: &Field) -> Option<String> {
        loop {
            let Heard::Line(value) = self.operator.ask(&format!("  {question}"), || false) else {
                return None;
            };
            match values::fits(field, &value) {
                Ok(()) => return Some(value),
                Err(expected) => self.operator.say(&format!("  this has to be {expected}")),
            }
        }
    }

    pub(super) fn decide(
        &mut self,
        step: &Step,
        text: &str,
        options: &BTreeMap<String, Choice>,
    ) -> Result<Flow, EngineError> {
        self.operator.say(&format!("  {}", text.trim()));
        let names: Vec<&str> = options.keys().map(String::as_str).collect();
        if self.operator == Operator::Absent {
            self.operator.say(&format!(
                "  answer with: runbook answer {} {} --choose {}",
                self.driven.run.short(),
                step.id,
                names.join("|")
            ));
            return Ok(Flow::Leave);
        }
        loop {
            match self.operator.ask(
                &format!("  choose {}, or q to leave:", names.join(", ")),
                || false,
            ) {
                Heard::Line(choice) if options.contains_key(&choice) => {
                    let by = self.person();
                    self.record(Event::DecisionMade {
                        step: step.id.clone(),
                        by,
                        choice,
                    })?;
                    return Ok(Flow::On);
                }
                Heard::Line(line) if line != "q" => {}
                _ => return Ok(Flow::Leave),
            }
        }
    }

    pub(super) fn gate(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let found = self.state.steps.get(&step.id).cloned().unwrap_or_default();
        let expired = found
            .expires
            .as_ref()
            .and_then(|at| at.parse::<jiff::Timestamp>().ok())
            .is_some_and(|at| at < (self.now)());
        if expired {
            self.operator
                .say("  nobody answered in time, and silence is a no");
            self.record(Event::GateExpired {
                step: step.id.clone(),
            })?;
            return Ok(Flow::Leave);
        }
        self.ask_first = self.plan().careful && self.operator == Operator::Present;
        self.operator
            .say(&format!("  {}", found.gate_text.unwrap_or_default()));
        let (run, id) = (self.driven.run.short(), &step.id);
        self.operator.say(&format!(
            "  somebody who may says yes with: runbook approve {run} {id} --as NAME"
        ));
        if self.operator == Operator::Absent {
            return Ok(Flow::Leave);
        }
        let inbox = self.driven.run.inbox();
        match self
            .operator
            .ask("  waiting for the answer  [q] leave", || {
                inbox::has_mail(&inbox)
            }) {
            Heard::Other => Ok(Flow::On),
            Heard::Line(line) if line != "q" => Ok(Flow::On),
            _ => Ok(Flow::Leave),
        }
    }
}
