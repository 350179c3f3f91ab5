//! Commands: a try of a step, from its environment to the event that says how it ended.

use super::run_record::RunRecord;
use super::terminal::{Asked, Part};
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Operator;
use crate::exec::machine::Survivor;
use crate::exec::plan::{Command, Refusal, Step, Text, Verify};
use crate::exec::process::command;
use crate::exec::process::lines;
use crate::exec::process::lines::Colour;
use crate::exec::process::shim::{Attempt, ExitRecord, Found, Stop};
use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Event, Outcome, Verdict};
use crate::exec::state::StepState;
use crate::exec::state::next::is_tried_again;
use crate::exec::state::values;
use crate::screen::signs::Sign;
use std::collections::BTreeMap;
use std::io;

/// How many lines of a failed step's log are shown.
const TAIL: usize = 20;
/// How many of what a probe says beside its answer: why, and not a log.
const WORDS: usize = 4;
/// They are looked for in so many bytes.
const TAIL_BYTES: u64 = 64 * 1024;
/// What a try of a step leaves that its line vouches for, beside its log.
const OF_A_STEP: [&str; 3] = ["command.json", "outputs", "exit.json"];
/// What a look or an undo leaves that a line vouches for.
pub(super) const OF_A_LOOK: [&str; 4] = ["command.json", "log", "outputs", "exit.json"];

/// Where a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// By a shim, without a terminal.
    Apart,
    /// On the terminal of the person who is there.
    AtTerminal,
}

/// What a look came to.
#[derive(Default)]
struct Seen {
    /// Its exit code, if it ended by itself.
    code: Option<i32>,
    /// The text by which it asked for a person.
    refused: Option<String>,
}

impl RunRecord {
    /// Whether a try that ended like this is followed by another one by itself.
    fn is_tried_again(&self, step: &Step, record: &ExitRecord) -> bool {
        let found = StepState {
            exit: record.code,
            timed_out: record.timed_out,
            ..self.step_state(step)
        };
        is_tried_again(step, &found)
    }
}

impl Engine {
    /// Starts a try of a step. One that owns the terminal has ended when this returns.
    pub(super) fn execute(&mut self, step: &Step, command: &Command) -> Result<Flow, EngineError> {
        let Some(secrets) = self
            .secrets
            .of_command(step, command, &self.run, &self.operator)
        else {
            return Ok(Flow::Stuck);
        };
        if let Some(flow) = self.is_overtaken()? {
            return Ok(flow);
        }
        let number = self.run.attempt(step) + 1;
        let attempt = self.run.folder(step, number);
        let job = self.run.job(step, command, &attempt, &BTreeMap::new());
        is_new(&attempt, || format!("attempt {number} of `{}`", step.id))?;
        let is_refused = self.run.is_refused(step);
        self.record(Event::StepStarted {
            step: step.id.clone(),
            attempt: number,
            terminal: is_refused,
            kept: Vec::new(),
        })?;
        attempt.prepare(&job)?;
        let running = if step.interactive || is_refused {
            self.hand_over(&attempt, &job, &secrets)?
        } else {
            self.secrets
                .start((&attempt, &job), secrets, &self.run, &self.operator)?
        };
        self.running.begin(step, number, running);
        Ok(Flow::On)
    }

    /// Writes down what became of a try of which nothing runs any more.
    pub(super) fn conclude(
        &mut self,
        step: &Step,
        number: u32,
        found: Found,
    ) -> Result<Flow, EngineError> {
        let attempt = self.run.folder(step, number);
        match found {
            Found::Ended(record) => self.ended(step, number, &attempt, &record)?,
            Found::NeverStarted => {
                self.run.keep(&attempt, &OF_A_STEP, true)?;
                self.resolve(step, number, Verdict::Absent, SettledBy::NeverStarted)?
            }
            Found::Unknown => {
                self.run.keep(&attempt, &OF_A_STEP, false)?;
                self.unknown(step, number)?;
            }
        }
        Ok(Flow::On)
    }

    fn ended(
        &mut self,
        step: &Step,
        number: u32,
        attempt: &Attempt,
        record: &ExitRecord,
    ) -> Result<(), EngineError> {
        let judged = self.judge(step, attempt, record)?;
        let ok = judged.is_ok();
        let outputs = judged.unwrap_or_else(|why| {
            why.iter().for_each(|why| self.say_of(step, why));
            match record.leaked {
                true => BTreeMap::new(),
                false => {
                    values::outputs_so_far(&step.outputs, &attempt.handed_on().unwrap_or_default())
                }
            }
        });
        let outcome = match (ok, record.timed_out, step.warn_only) {
            _ if record.stopped => Outcome::Canceled,
            (true, ..) => Outcome::Ok,
            // A check that only warns does so after its last try.
            (false, _, true) if !self.run.is_tried_again(step, record) => Outcome::Warned,
            (false, true, _) => Outcome::TimedOut,
            (false, false, _) => Outcome::Failed,
        };
        let refused = match ok {
            true => None,
            false => command::refused(step.refusal.as_ref(), attempt, record)?,
        };
        let (log_bytes, log_sha256) = attempt.log_digest()?;
        self.run
            .keep(attempt, &OF_A_STEP, record.survivors.is_empty())?;
        self.record(Event::StepFinished {
            step: step.id.clone(),
            attempt: number,
            outcome,
            exit: record.code,
            signal: record.signal,
            outputs,
            log_sha256,
            log_bytes,
            survivors: record.survivors.clone(),
            refused: refused.clone(),
            kept: Vec::new(),
        })?;
        match refused {
            Some(said) => {
                self.memory.refused(step);
                self.mark_of(
                    Sign::Waiting,
                    step,
                    &format!("it did nothing yet and asks for a person: “{said}”"),
                );
            }
            None => {
                self.tell(step, record, outcome);
                if outcome != Outcome::Ok {
                    // Whoever was shown what it said has just seen it.
                    if self.operator.audience() == Operator::Absent {
                        self.quote_end(attempt);
                    }
                    self.say_what_helps(step);
                }
            }
        }
        Ok(())
    }

    /// What a step that ended well hands on; otherwise why it did not end well, if its exit does
    /// not say so.
    fn judge(
        &mut self,
        step: &Step,
        attempt: &Attempt,
        record: &ExitRecord,
    ) -> Result<Result<BTreeMap<String, String>, Option<String>>, EngineError> {
        let fault = |why: &str| Ok(Err(Some(why.to_owned())));
        // It may have found one that its shim was not told of yet.
        if record.leaked || attempt.forget_leaked(self.secrets.masks())? {
            return fault("it wrote a secret to its outputs, which were deleted");
        }
        if record.code != Some(0) || record.timed_out || record.stopped {
            return Ok(Err(None));
        }
        let outputs = match command::handed_on(&self.run.values(&step.id), step, attempt) {
            Ok(outputs) => outputs,
            Err(why) => return fault(&why),
        };
        // What a person did on the terminal left no log: only `verify` can tell.
        if step.interactive && self.probe(step)? != Some(true) {
            return fault("it ended, but its verify does not say that it happened");
        }
        Ok(Ok(outputs))
    }

    /// A line about a step, which names it if others go on beside it.
    pub(super) fn say_of(&self, step: &Step, words: &str) {
        self.running.say_of(&self.operator, step, words);
    }

    /// A result of a step, with its sign.
    pub(super) fn mark_of(&self, sign: Sign, step: &Step, words: &str) {
        self.running.mark_of(&self.operator, sign, step, words);
    }

    pub(super) fn say_survivors(&self, step: &Step, survivors: &[Survivor]) {
        self.running.say_survivors(&self.operator, step, survivors);
    }

    /// Says what a person should know of how a command ended, whatever came of it.
    fn remark(&self, step: &Step, record: &ExitRecord) {
        self.say_survivors(step, &record.survivors);
        if record.left_out > 0 {
            let bytes = record.left_out;
            self.say_of(
                step,
                &format!("the log leaves out {bytes} bytes in the middle"),
            );
        }
        if let Some(why) = &record.lost {
            self.say_of(step, &format!("not all that it said could be kept: {why}"));
        }
    }

    /// Says how a command ended.
    pub(super) fn tell(&self, step: &Step, record: &ExitRecord, outcome: Outcome) {
        self.remark(step, record);
        if outcome == Outcome::Ok {
            return self.mark_of(Sign::Ok, step, "ok");
        }
        let how = record.describe_end();
        let (sign, word) = match outcome {
            Outcome::Warned => (Sign::Warning, "warning"),
            _ => (Sign::Failed, "FAILED"),
        };
        self.mark_of(sign, step, &format!("{word}: {how}"));
    }

    /// Shows the end of what a try said.
    pub(super) fn quote_end(&self, attempt: &Attempt) {
        let end = attempt.log_end(TAIL_BYTES).unwrap_or_default();
        for line in lines::last(&end, TAIL, Colour::of_stdout()) {
            self.operator.quote(&line);
        }
    }

    /// Shows the end of what a look said, unless it said the same before.
    pub(super) fn quote_news(&mut self, step: &Step, name: &str) -> io::Result<()> {
        let end = self.run.last_look(step, name)?.log_end(TAIL_BYTES);
        let lines = lines::last(&end.unwrap_or_default(), WORDS, Colour::of_stdout());
        if self.memory.is_news(step, &lines) {
            lines.iter().for_each(|line| self.operator.quote(line));
        }
        Ok(())
    }

    /// Says what helps with a failure: what the step has to say of it, and the entry that answers its messages.
    pub(super) fn say_what_helps(&mut self, step: &Step) {
        self.memory.helped(step);
        if let Some(text) = &step.fail_text {
            self.operator.explain(text);
        }
        if let Some(explained) = self.run.explained(step) {
            for line in explained.lines() {
                self.operator.say(&format!("  {line}"));
            }
        }
    }

    /// Runs the step's `verify`: `None` means that it cannot tell.
    pub(super) fn probe(&mut self, step: &Step) -> Result<Option<bool>, EngineError> {
        Ok(match self.is_so(step)? {
            Asked::Yes => Some(true),
            Asked::No => Some(false),
            Asked::Unknown | Asked::Refused => None,
        })
    }

    /// Runs the step's `verify`, at the terminal if it asks for that.
    pub(super) fn is_so(&mut self, step: &Step) -> Result<Asked, EngineError> {
        match &step.verify {
            Some(verify) => self.ask_verify(step, Part::Verify, verify),
            None => Ok(Asked::Unknown),
        }
    }

    /// Runs a `verify` of a step, at the terminal if it asks for that.
    pub(super) fn ask_verify(
        &mut self,
        step: &Step,
        part: Part,
        verify: &Verify,
    ) -> Result<Asked, EngineError> {
        let name = match part {
            Part::UndoVerify => "undone",
            _ => "verify",
        };
        let (command, env, refusal) = (&verify.command, &verify.env, verify.refusal.as_ref());
        let mut seen = self.look_at(step, name, command, env, (refusal, Where::Apart))?;
        if let Some(said) = seen.as_ref().and_then(|seen| seen.refused.clone()) {
            // Beside others that run nobody is asked for anything.
            if !self.operator.is_present() || !self.running.is_empty() {
                self.verify_refused(step, part, said)?;
                return Ok(Asked::Refused);
            }
            let words = format!("its verify asks for a person, “{said}”: the terminal is its own");
            self.operator.say(&format!("  {words}"));
            seen = self.look_at(step, name, command, env, (None, Where::AtTerminal))?;
        }
        Ok(match seen.and_then(|seen| seen.code) {
            Some(0) => Asked::Yes,
            Some(code) if verify.absent.contains(&code) => Asked::No,
            _ => Asked::Unknown,
        })
    }

    /// Runs a command that only looks, and waits for it. Gives its exit code, if it ended by
    /// itself; nothing at all if a secret that it needs cannot be had.
    pub(super) fn look(
        &mut self,
        step: &Step,
        name: &str,
        command: &Command,
        env: &BTreeMap<String, Text>,
    ) -> Result<Option<Option<i32>>, EngineError> {
        let seen = self.look_at(step, name, command, env, (None, Where::Apart))?;
        Ok(seen.map(|seen| seen.code))
    }

    /// The same, there; and whether it asked for a person.
    fn look_at(
        &mut self,
        step: &Step,
        name: &str,
        command: &Command,
        env: &BTreeMap<String, Text>,
        (refusal, place): (Option<&Refusal>, Where),
    ) -> Result<Option<Seen>, EngineError> {
        let Some(secrets) = self
            .secrets
            .of_command(step, command, &self.run, &self.operator)
        else {
            return Ok(None);
        };
        let attempt = self.run.look_folder(step, name)?;
        let job = self.run.job(step, command, &attempt, env);
        attempt.prepare(&job)?;
        let running = match place {
            Where::AtTerminal => self.hand_over(&attempt, &job, &secrets)?,
            Where::Apart => {
                self.secrets
                    .start((&attempt, &job), secrets, &self.run, &self.operator)?
            }
        };
        let found = self.sit_out(running, &look_words(step, name), Some(Stop::Interrupt))?;
        let Some(Found::Ended(record)) = &found else {
            return Ok(Some(Seen::default()));
        };
        self.run
            .keep(&attempt, &OF_A_LOOK, record.survivors.is_empty())?;
        let is_whole = !record.timed_out && !record.stopped;
        Ok(Some(Seen {
            code: record.code.filter(|_| is_whole),
            refused: command::refused(refusal, &attempt, record)?,
        }))
    }
}

/// What goes on while a command looks.
fn look_words(step: &Step, name: &str) -> String {
    match name {
        "undone" => format!("{}: the verify of its undo", step.id),
        name => format!("{}: its {name}", step.id),
    }
}

/// That a try left nothing yet: what its journal forgot is not done again.
pub(super) fn is_new(attempt: &Attempt, what: impl Fn() -> String) -> Result<(), EngineError> {
    match attempt.is_prepared()? {
        true => Err(EngineError::Forgotten { what: what() }),
        false => Ok(()),
    }
}
