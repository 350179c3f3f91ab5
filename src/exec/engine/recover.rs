//! What became of a step that was running when the run was left, and what a person does about
//! doubt.

use super::alive::Alive;
use super::keys::At;
use super::{Engine, EngineError, Flow};
use crate::exec::event::{Event, Verdict};
use crate::exec::inbox::{self};
use crate::exec::lost_outputs::lost_outputs;
use crate::exec::machine::Life;
use crate::exec::operator::{Heard, Operator};
use crate::exec::outline;
use crate::exec::plan::{Effect, Kind, Step};
use crate::exec::span;
use crate::exec::state::Progress;
use std::collections::BTreeMap;

impl Engine {
    pub(super) fn recover(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        self.operator
            .say("  was running when the run was left; finding out what became of it");
        let number = self.attempt(step);
        let running = self.folder(step, number).follow();
        self.alive
            .push(Alive::left(step, number, running, self.operator));
        Ok(Flow::On)
    }

    /// Takes care of every step that was running when the run was left.
    pub(super) fn follow_what_runs(&mut self) -> Result<(), EngineError> {
        let steps = self.state.steps.iter();
        let left = steps
            .filter(|(path, found)| found.progress == Progress::Started && !self.is_alive(path))
            .filter_map(|(path, _)| outline::at(&self.plan, path));
        for step in left.collect::<Vec<_>>() {
            self.recover(&step)?;
        }
        Ok(())
    }

    /// A try whose command started and left no record of its end.
    pub(super) fn unknown(&mut self, step: &Step, number: u32) -> Result<(), EngineError> {
        let acts_once = step.effect == Effect::Once && !matches!(step.kind, Kind::Check(_));
        if !acts_once {
            return self.resolve(step, number, Verdict::Absent, "effect");
        }
        self.doubted.insert(step.id.clone());
        match self.probe(step)? {
            Some(true) => self.resolve(step, number, Verdict::Done, "verify"),
            Some(false) => self.resolve(step, number, Verdict::Absent, "verify"),
            // Its verify was interrupted: whoever comes next asks it again.
            None if self.left.is_some() => Ok(()),
            None => self.record(Event::StepInDoubt {
                step: step.id.clone(),
                attempt: number,
            }),
        }
    }

    pub(super) fn resolve(
        &mut self,
        step: &Step,
        attempt: u32,
        verdict: Verdict,
        by: &str,
    ) -> Result<(), EngineError> {
        self.record(Event::StepResolved {
            step: step.id.clone(),
            attempt,
            verdict,
            by: by.to_owned(),
            reason: None,
        })
    }

    /// What is known of a try in doubt: when it began and who drove the run then, what became of its
    /// process, and why the step's verify does not help.
    fn say_evidence(&self, step: &Step) {
        let found = self.known(step);
        let began = found
            .began_at
            .as_deref()
            .map_or_else(String::new, span::minute);
        let driver = found.driver.map_or_else(String::new, |driver| {
            format!("; the run was driven by {} then", driver.process.words())
        });
        self.operator
            .say(&format!("  try {} began {began}{driver}", found.attempt));
        if let Some(process) = self.folder(step, found.attempt).process() {
            let life = self.machine.life(&process);
            self.operator.say(&format!(
                "  the process that looked after it, {}, {}",
                process.words(),
                life.words()
            ));
            // A process of another machine or of another boot was not looked for.
            if life == Life::Ended {
                self.operator
                    .say("  nothing that it started was found running");
            }
        }
        self.operator.say(match step.verify {
            Some(_) => "  there is no record of its end, and its verify cannot tell",
            None => "  there is no record of its end, and it has no verify",
        });
    }

    /// Asks the `verify` of a step in doubt again, once for each driver: what could not be reached
    /// when the doubt came up may be there by now. `None` if only a person can tell.
    fn ask_again(&mut self, step: &Step) -> Result<Option<Flow>, EngineError> {
        if step.verify.is_none() || !self.doubted.insert(step.id.clone()) {
            return Ok(None);
        }
        let verdict = match self.probe(step)? {
            Some(true) => Verdict::Done,
            Some(false) => Verdict::Absent,
            None if self.left.is_some() => return Ok(Some(Flow::Leave)),
            None => return Ok(None),
        };
        self.resolve(step, self.attempt(step), verdict, "verify")?;
        Ok(Some(Flow::On))
    }

    /// Settles a step in doubt: by its `verify` if that can tell by now, else by a person.
    pub(super) fn settle(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        if !self.known(step).lost
            && let Some(flow) = self.ask_again(step)?
        {
            return Ok(flow);
        }
        match self.known(step).lost {
            true => self
                .operator
                .say("  IN DOUBT: it was finished, and its verify says that it is no longer so"),
            false => {
                self.operator
                    .say("  IN DOUBT: it was started, and nobody can tell whether it happened");
                self.say_evidence(step);
            }
        }
        if self.operator == Operator::Absent {
            self.operator.say(&format!(
                "  look whether it happened, then: runbook resume {} --assume {}=done|absent --reason TEXT",
                self.driven.run.short(),
                step.id
            ));
            return Ok(Flow::Leave);
        }
        let verdict = loop {
            let inbox = self.driven.run.inbox();
            match self.ask(
                "  [d] it was done  [n] it was not  [?] more  [q] I do not know: leave",
                || inbox::has_mail(&inbox),
            ) {
                Heard::Line(key) if key == "d" => break Verdict::Done,
                Heard::Line(key) if key == "n" => break Verdict::Absent,
                Heard::Line(key) if key != "q" => {
                    self.common_key(step, At::Doubt, &key)?;
                }
                Heard::Other => return Ok(Flow::On),
                _ => return Ok(Flow::Leave),
            }
        };
        let by = self.person();
        self.resolve(step, self.attempt(step), verdict, &by)?;
        Ok(Flow::On)
    }

    /// Lets a person give what a step hands on that counts as done, as far as something needs it.
    pub(super) fn complete(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let lost = lost_outputs(&self.plan, step, &self.known(step));
        self.headline(step);
        self.operator
            .say("  counts as done, but what it hands on is lost, and it is needed");
        if self.operator == Operator::Absent {
            let names: String = lost
                .iter()
                .map(|field| format!(" {}=…", field.name))
                .collect();
            self.operator.say(&format!(
                "  find out, and answer with: runbook answer {} {}{names}",
                self.driven.run.short(),
                step.id
            ));
            return Ok(Flow::Leave);
        }
        let mut outputs = BTreeMap::new();
        for field in &lost {
            let question = format!("what is its `{}`? (Ctrl-C: leave)", field.name);
            match self.question(&question, field) {
                Some(value) => outputs.insert(field.name.clone(), value),
                None => return Ok(Flow::Leave),
            };
        }
        let by = self.person();
        self.record(Event::OutputsGiven {
            step: step.id.clone(),
            by,
            outputs,
            files: Vec::new(),
        })?;
        Ok(Flow::On)
    }
}
