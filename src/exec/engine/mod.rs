//! Drives a run: asks [`next`] what is to be done, does it, and writes down what happened.
//!
//! The order is what makes runs survive: `step.started` is on disk before the shim starts, and
//! how a step ended is on disk before the next one begins. Whatever the program is killed in,
//! the next driver finds a journal that says how far it came.

mod begin;
mod commands;
mod people;
mod recover;
mod undo;

use crate::exec::event::Event;
use crate::exec::inbox::{self, Letter};
use crate::exec::journal::JournalError;
use crate::exec::next::{Action, exit_code, next};
use crate::exec::operator::Operator;
use crate::exec::plan::{Plan, Text};
use crate::exec::secrets::Secret;
use crate::exec::state::RunState;
use crate::exec::store::Driven;
use crate::exec::values::Values;
use std::io;

/// Why a run cannot be driven on. Its journal says how far it came.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal could not be written: nothing after this is certain.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A file of the run could not be read or written.
    #[error("cannot keep the record of the run: {0}")]
    Io(#[from] io::Error),
}

/// A run being driven.
pub struct Engine {
    driven: Driven,
    state: RunState,
    operator: Operator,
    /// The account of the person at the terminal.
    account: String,
    /// Whether the operator wants to be asked before each step.
    ask_first: bool,
    /// Secrets that were asked for already.
    known: Vec<Secret>,
    /// Steps whose `confirm` was given on the command line.
    confirmed: Vec<String>,
    now: fn() -> jiff::Timestamp,
}

/// What the operator wants with a step.
enum Go {
    /// To start it.
    Start,
    /// Nothing: it is done by hand.
    Done,
    /// To leave.
    Leave,
}

/// Whether driving goes on.
enum Flow {
    /// With the next action.
    On,
    /// Not now: somebody or something has to come first.
    Leave,
}

impl Engine {
    /// Takes a run over. `account` is the operating system's name of the person at the terminal.
    pub fn new(
        driven: Driven,
        operator: Operator,
        account: String,
        now: fn() -> jiff::Timestamp,
    ) -> Self {
        let state = RunState::fold(driven.journal.entries());
        let ask_first = driven.run.plan.careful && operator == Operator::Present;
        Self {
            driven,
            state,
            operator,
            account,
            ask_first,
            known: Vec::new(),
            confirmed: Vec::new(),
            now,
        }
    }

    /// Takes the `confirm` of these steps as typed.
    #[must_use]
    pub fn confirming(mut self, steps: &[String]) -> Self {
        self.confirmed = steps.to_vec();
        self
    }

    fn plan(&self) -> &Plan {
        &self.driven.run.plan
    }

    fn record(&mut self, event: Event) -> Result<(), EngineError> {
        self.driven
            .journal
            .append((self.now)().to_string(), event.clone())?;
        self.state.apply(&event);
        Ok(())
    }

    fn fill(&self, text: &Text) -> String {
        self.values().fill(text)
    }

    fn values(&self) -> Values<'_> {
        Values {
            plan: self.plan(),
            state: &self.state,
            run: &self.driven.run.id,
            head: self.driven.journal.head(),
        }
    }

    /// Drives until the run ends or somebody has to come first; gives the exit code.
    ///
    /// # Errors
    /// When the record cannot be kept; driving stops at once.
    pub fn drive(mut self) -> Result<u8, EngineError> {
        self.record(Event::RunOpened {
            pid: std::process::id(),
        })?;
        loop {
            self.take_mail()?;
            let plan = self.driven.run.plan.clone();
            let flow = match next(&plan, &self.state) {
                Action::Begin(step) => self.begin(step)?,
                Action::Recover(step) => self.recover(step)?,
                Action::Settle(step) => self.settle(step)?,
                Action::Gate(step) => self.gate(step)?,
                Action::Failed(step) => self.failed(step)?,
                Action::Stopped(step) => self.abort(format!("the choice at {}", step.id))?,
                Action::Finish => self.finish()?,
                Action::Ended => Flow::Leave,
            };
            if matches!(flow, Flow::Leave) {
                return Ok(self.leave());
            }
        }
    }

    fn leave(&self) -> u8 {
        let code = exit_code(self.plan(), &self.state);
        if self.state.end.is_none() {
            self.operator.say(&format!(
                "run {} stays open; go on with: runbook resume {}",
                self.driven.run.short(),
                self.driven.run.short()
            ));
        }
        code
    }

    fn finish(&mut self) -> Result<Flow, EngineError> {
        self.record(Event::RunFinished {})?;
        self.operator
            .say(&format!("run {} is finished", self.driven.run.short()));
        Ok(Flow::Leave)
    }

    fn abort(&mut self, reason: String) -> Result<Flow, EngineError> {
        let by = self.person();
        self.record(Event::RunAborted { by, reason })?;
        Ok(Flow::Leave)
    }

    fn person(&self) -> String {
        self.plan().person(&self.account).name
    }

    fn take_mail(&mut self) -> Result<(), EngineError> {
        let inbox = self.driven.run.inbox();
        inbox::drain(&inbox, |letter| self.take(letter))
    }

    /// Takes an answer in. One that does not count is said, and changes nothing; one that was
    /// taken in before a crash counts once.
    fn take(&mut self, letter: Letter) -> Result<Result<(), String>, EngineError> {
        if self.driven.journal.holds(&letter.id) {
            return Ok(Ok(()));
        }
        let event = match inbox::event(self.plan(), &self.state, letter.message) {
            Ok(event) => event,
            Err(why) => {
                self.operator
                    .say(&format!("an answer did not count: {why}"));
                return Ok(Err(why));
            }
        };
        let at = (self.now)().to_string();
        self.driven
            .journal
            .append_letter(at, &letter.id, event.clone())?;
        self.state.apply(&event);
        Ok(Ok(()))
    }

    /// Takes the answers in that wait, as a verb without a driver does.
    ///
    /// # Errors
    /// When the record cannot be kept.
    pub fn answer(mut self) -> Result<(), EngineError> {
        self.take_mail()
    }
}
