//! What became of a step that was running when the run was left, and what a person does about
//! doubt.

use super::keys::At;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::machine::Life;
use crate::exec::plan::paths;
use crate::exec::plan::{Doing, Effect, Step};
use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Answer, Event, Verdict};
use crate::exec::record::inbox::{self};
use crate::exec::state::lost_outputs::lost_outputs;
use crate::exec::state::outline;
use crate::exec::state::{Progress, StepState};
use crate::screen::signs::Sign;
use crate::times;
use std::collections::BTreeMap;

impl Engine {
    pub(super) fn recover(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        self.operator
            .say("  this step was running when the program stopped; finding out how it ended");
        let number = self.run.attempt(step);
        let running = self.run.folder(step, number).follow();
        self.running.follow(step, number, running);
        Ok(Flow::On)
    }

    /// Takes care of every step that was running when the run was left.
    pub(super) fn follow_what_runs(&mut self) -> Result<(), EngineError> {
        let steps = self.run.state().steps.iter();
        let left = steps
            .filter(|(path, found)| found.progress == Progress::Started && !self.running.has(path))
            .filter_map(|(path, _)| outline::at(self.run.plan(), path));
        for step in left.collect::<Vec<_>>() {
            self.recover(&step)?;
        }
        Ok(())
    }

    /// A try whose command started and left no record of its end.
    pub(super) fn unknown(&mut self, step: &Step, number: u32) -> Result<(), EngineError> {
        let living = self.run.folder(step, number).living()?;
        let only_looks = step.effect == Effect::Read || step.kind.doing() == Doing::Looks;
        if only_looks || (!step.acts_once() && living.is_empty()) {
            return self.resolve(step, number, Verdict::Absent, SettledBy::Effect);
        }
        // What left the session of the try lives on, and may do yet what its verify does not find.
        if !living.is_empty() {
            return self.in_doubt(step, number);
        }
        self.memory.doubted(step);
        match self.probe(step)? {
            Some(true) => self.resolve(step, number, Verdict::Done, SettledBy::Verify),
            Some(false) => self.resolve(step, number, Verdict::Absent, SettledBy::Verify),
            // Its verify was interrupted: whoever comes next asks it again.
            None if self.operator.is_leaving() => Ok(()),
            None => self.in_doubt(step, number),
        }
    }

    fn in_doubt(&mut self, step: &Step, attempt: u32) -> Result<(), EngineError> {
        let base = paths::base(&step.id);
        let is_asked = self.run.plan().leaves().iter().any(|leaf| leaf.id == base);
        if !is_asked {
            // It holds nothing up, so nobody is asked either.
            self.operator.mark(Sign::Doubt, "  IN DOUBT: the step was started, and nobody knows whether it was done. The run continues without it: check it yourself");
        }
        self.record(Event::StepInDoubt {
            step: step.id.clone(),
            attempt,
            kept: Vec::new(),
        })
    }

    /// A try that failed while something of it ran on, or by a signal that was not ours: it may have
    /// done more than it could say. Only a verify that finds nothing, once nothing of it runs, makes
    /// it a plain failure.
    pub(super) fn doubt(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let number = self.run.attempt(step);
        let answer = match self.run.folder(step, number).living()?.is_empty() {
            true => self.answer_of(step)?,
            false => Answer::Unknown,
        };
        if self.operator.is_leaving() {
            return Ok(Flow::Leave);
        }
        match answer {
            Answer::Present => self.resolve(step, number, Verdict::Done, SettledBy::Verify)?,
            Answer::Absent => self.record(Event::StepVerified {
                step: step.id.clone(),
                answer,
                finished: false,
                undo: false,
                refused: None,
                kept: Vec::new(),
            })?,
            Answer::Unknown => {
                self.memory.doubted(step);
                self.in_doubt(step, number)?;
            }
        }
        Ok(Flow::On)
    }

    pub(super) fn resolve(
        &mut self,
        step: &Step,
        attempt: u32,
        verdict: Verdict,
        by: SettledBy,
    ) -> Result<(), EngineError> {
        self.record(Event::StepResolved {
            step: step.id.clone(),
            attempt,
            verdict,
            by,
            reason: None,
            kept: Vec::new(),
        })
    }

    /// What is known of a try in doubt: when it began and who drove the run then, what became of its
    /// process, and why the step's verify does not help.
    fn say_evidence(&self, step: &Step) {
        let found = self.run.step_state(step);
        let began = found
            .began_at
            .as_deref()
            .map_or_else(String::new, times::minute);
        let driver = found.driver.map_or_else(String::new, |driver| {
            format!("; {} drove the run", driver.process)
        });
        self.operator.say(&format!(
            "  attempt {} began {began}{driver}",
            found.attempt
        ));
        let mut is_over = true;
        if let Some(process) = self.run.folder(step, found.attempt).process() {
            let life = self.machine.life(&process);
            self.operator.say(&format!(
                "  the process that watched the step, {}, {}",
                process,
                life.describe()
            ));
            let living = self
                .run
                .folder(step, found.attempt)
                .living()
                .unwrap_or_default();
            self.say_survivors(step, &living);
            is_over = living.is_empty();
            // A process of another machine or of another boot was not looked for.
            if life == Life::Ended && is_over {
                self.operator
                    .say("  no process of the step was found running");
            }
        }
        self.operator.say(match (&step.verify, is_over) {
            // Nobody asked it: what runs may do yet what it does not find.
            (Some(_), false) => {
                "  the end of the step is not on record; its verify is not run while a process of the step runs"
            }
            (Some(_), true) => "  the end of the step is not on record, and its verify cannot tell",
            (None, _) => "  the end of the step is not on record, and the step has no verify",
        });
    }

    /// What is known of a try that failed and may have acted since: how it ended, and what of it runs.
    fn say_what_may_act(&self, step: &Step, found: &StepState) -> Result<(), EngineError> {
        if let Some(signal) = found.signal {
            self.operator.say(&format!(
                "  signal {signal} ended the step; this program did not send that signal"
            ));
        }
        let living = self.run.folder(step, found.attempt).living()?;
        self.say_survivors(step, &living);
        self.operator.say(match living.is_empty() {
            true => "  no process of the step runs now; check what the step did",
            false => {
                "  end the processes that still run, or wait for them; then check what the step did"
            }
        });
        Ok(())
    }

    /// Asks the `verify` of a step in doubt again, once for each driver: what could not be reached
    /// when the doubt came up may be there by now. `None` if only a person can tell.
    fn ask_again(&mut self, step: &Step) -> Result<Option<Flow>, EngineError> {
        // What runs still may do yet what its verify does not find.
        let living = self.run.folder(step, self.run.attempt(step)).living()?;
        if living.is_empty() && !step.acts_once() {
            self.resolve(
                step,
                self.run.attempt(step),
                Verdict::Absent,
                SettledBy::Effect,
            )?;
            return Ok(Some(Flow::On));
        }
        if step.verify.is_none() || !living.is_empty() || !self.memory.doubted(step) {
            return Ok(None);
        }
        let verdict = match self.probe(step)? {
            Some(true) => Verdict::Done,
            Some(false) => Verdict::Absent,
            None if self.operator.is_leaving() => return Ok(Some(Flow::Leave)),
            None => return Ok(None),
        };
        self.resolve(step, self.run.attempt(step), verdict, SettledBy::Verify)?;
        Ok(Some(Flow::On))
    }

    /// Settles a step in doubt: by its `verify` if that can tell by now, else by a person.
    pub(super) fn settle(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        if !self.run.step_state(step).lost
            && let Some(flow) = self.ask_again(step)?
        {
            return Ok(flow);
        }
        let found = self.run.step_state(step);
        match (found.lost, found.may_act) {
            (true, _) => self.operator.mark(
                Sign::Doubt,
                "  IN DOUBT: the step was finished, but its verify says that it is no longer done",
            ),
            (false, true) => {
                self.operator.mark(
                    Sign::Doubt,
                    "  IN DOUBT: the step failed, but it may have done more than it reported",
                );
                self.say_what_may_act(step, &found)?;
            }
            (false, false) => {
                self.operator.mark(
                    Sign::Doubt,
                    "  IN DOUBT: the step was started, and nobody knows whether it was done",
                );
                self.say_evidence(step);
            }
        }
        if !self.operator.is_present() {
            self.operator.say(&format!(
                "  check whether the step was done (done) or not (absent), then type: runbook resume {} --assume {}=done|absent --reason TEXT",
                self.run.short(),
                step.id
            ));
            return Ok(Flow::Leave);
        }
        let verdict = loop {
            let inbox = self.run.inbox();
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
        self.resolve(step, self.run.attempt(step), verdict, SettledBy::Person(by))?;
        Ok(Flow::On)
    }

    /// Lets a person give what a step hands on that counts as done, as far as something needs it.
    pub(super) fn complete(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let lost = lost_outputs(self.run.plan(), step, &self.run.step_state(step));
        self.headline(step);
        self.operator
            .say("  counts as done, but its outputs are lost, and they are needed");
        if !self.operator.is_present() {
            let names: String = lost
                .iter()
                .map(|field| format!(" {}=…", field.name))
                .collect();
            self.operator.say(&format!(
                "  find the values, then type: runbook answer {} {}{names}",
                self.run.short(),
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
            account: None,
            outputs,
            files: Vec::new(),
        })?;
        Ok(Flow::On)
    }
}
