//! Drives a run: asks [`next`] what is to be done, does it, and writes down what happened.
//!
//! The order is what makes runs survive: `step.started` is on disk before the shim starts, and
//! how a step ended is on disk before what follows from it begins. Whatever the program is killed
//! in, the next driver finds a journal that says how far it came.

mod attached;
mod begin;
mod budget;
pub(in crate::exec) mod channels;
mod commands;
mod countdown;
mod dispatch;
mod drive_memory;
mod edits;
mod failure;
mod fetch;
mod gates;
mod groups;
mod keys;
mod known_secrets;
mod live;
mod look_again;
mod masked_event;
mod masking;
pub mod operator;
mod people;
mod prose;
mod recover;
mod resume;
mod run_record;
mod running_attempts;
mod session;
mod status_line;
mod terminal;
mod time;
mod timekeeper;
mod trust;
mod undo;
mod waiting;

pub use resume::ResumeOptions;

use crate::exec::engine::operator::{Detail, Operator};
use crate::exec::machine::{Machine, Process};
use crate::exec::plan::{Step, Text};
use crate::exec::process::shim::Stop;
use crate::exec::process::signals;
use crate::exec::record::event::Event;
use crate::exec::record::inbox::{self, Letter};
use crate::exec::record::journal::JournalError;
use crate::exec::record::storage::StorageError;
use crate::exec::state::End;
use crate::exec::state::answers;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{Action, exit_code, is_over, next};
use crate::exec::state::until::is_past;
use crate::exec::state::waiting::way_on;
use crate::exec::store::LockedRun;
use drive_memory::DriveMemory;
use known_secrets::KnownSecrets;
use masked_event::MaskedEvent;
use run_record::RunRecord;
use running_attempts::RunningAttempts;
use session::{Left, Session};
use std::io;
use timekeeper::Timekeeper;

/// Why a run cannot be driven on. Its journal says how far it came.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal could not be written: nothing after this is certain.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The process between us and a command ended without its word. A step that may begin again
    /// after that is not begun by itself: it might go on like this for ever.
    #[error("the process that watches `{step}` ended before it recorded how the step ended")]
    Unattended {
        /// Its path in the run.
        step: String,
        /// The run, as people call it.
        run: String,
    },
    /// A try that is about to begin left its folder already: the journal lost what it knew of it.
    #[error(
        "{what} has begun before, and the journal does not know it: lines were cut off at its end"
    )]
    Forgotten {
        /// The attempt, as in "attempt 1 of `pack`".
        what: String,
    },
    /// An approval in the journal is not what it says.
    #[error("{0}")]
    FalseApproval(String),
    /// The remote cannot be asked whose approval counts.
    #[error("nothing was begun: {0}")]
    PolicyUnknown(String),
    /// The storage of the record refused.
    #[error("cannot keep the record of the run: {0}")]
    Storage(#[from] StorageError),
    /// A file of the run could not be read or written.
    #[error("cannot keep the record of the run: {0}")]
    Io(#[from] io::Error),
    /// What was asked for does not fit the run as it is. Nothing was begun.
    #[error("{0}")]
    Refused(String),
}

/// A run being driven: parts that own what they know, and the order in which things happen to them.
pub struct Engine {
    run: RunRecord,
    operator: Session,
    secrets: KnownSecrets,
    running: RunningAttempts,
    memory: DriveMemory,
    time: Timekeeper,
    /// The machine that we are on, against which processes that a record names are judged.
    machine: Machine,
}

/// What the operator wants with a step.
enum Go {
    Start,
    /// Nothing: it is settled in another way.
    Settled,
    Leave,
}

/// Whether driving goes on.
enum Flow {
    /// With the next action.
    On,
    /// Not with this step: somebody has to come first.
    Stuck,
    /// Not now: the operator leaves, or nothing is left to do.
    Leave,
}

impl Engine {
    /// Takes a run over. `account` is the operating system's name of the person at the terminal.
    pub fn new(
        driven: LockedRun,
        operator: Operator,
        account: String,
        now: fn() -> jiff::Timestamp,
    ) -> Self {
        let operator = Session::new(operator, account, driven.run.plan.careful);
        Self {
            run: RunRecord::new(driven),
            operator,
            secrets: KnownSecrets::default(),
            running: RunningAttempts::default(),
            memory: DriveMemory::default(),
            time: Timekeeper::new(now),
            machine: Machine::here(),
        }
    }

    /// Shows as much as this beside the steps and their results.
    #[must_use]
    pub fn showing(mut self, detail: Detail) -> Self {
        self.operator.show(detail);
        self
    }

    /// Takes the `confirm` of these steps as typed.
    #[must_use]
    pub fn confirming(mut self, steps: &[String]) -> Self {
        self.operator.confirm(steps);
        self
    }

    /// Leaves the run once this step is over, if it is not the last.
    #[must_use]
    pub fn until(mut self, step: Option<String>) -> Self {
        self.operator.leave_after(step);
        self
    }

    /// Asks before each step, or not, whatever the runbook's risk is.
    #[must_use]
    pub fn stepping(mut self, each: Option<bool>) -> Self {
        let wanted = each.unwrap_or(self.operator.asks_first());
        self.operator.ask_before_each(wanted);
        self
    }

    fn record(&mut self, event: Event) -> Result<(), EngineError> {
        self.note_waiting()?;
        self.append(event)
    }

    /// Writes down how long people took, if they were waited for.
    fn note_waiting(&mut self) -> Result<(), EngineError> {
        match self.time.take_waited() {
            Some(ms) => self.append(Event::PersonWaited { ms }),
            None => Ok(()),
        }
    }

    fn append(&mut self, event: Event) -> Result<(), EngineError> {
        let (at, event) = (self.time.now().to_string(), self.masked(event)?);
        Ok(self.run.append(at, event)?)
    }

    fn masked(&mut self, event: Event) -> Result<MaskedEvent, EngineError> {
        Ok(self.secrets.masked(event, &self.run, &self.operator)?)
    }

    /// Whether a text holds a secret of the run.
    fn holds_secret(&mut self, text: &str) -> bool {
        self.secrets.are_in(text, &self.run, &self.operator)
    }

    /// A text with its holes filled, as the step sees them.
    fn fill(&self, step: &Step, text: &Text) -> String {
        self.secrets
            .masks()
            .clean(&self.run.values(&step.id).fill(text))
    }

    /// Drives until the run ends or somebody has to come first; gives the exit code.
    ///
    /// # Errors
    /// When the record cannot be kept; driving stops at once.
    pub fn drive(mut self) -> Result<ExitCode, EngineError> {
        self.refuse_false_approvals()?;
        self.open()?;
        self.go_on()?;
        Ok(self.leave())
    }

    fn open(&mut self) -> Result<(), EngineError> {
        signals::catch()?;
        self.record(Event::RunOpened(Process::own().clone()))
    }

    fn go_on(&mut self) -> Result<(), EngineError> {
        loop {
            self.take_mail()?;
            if matches!(self.heed_signals()?, Flow::Leave) {
                return Ok(());
            }
            if self.is_over_budget()? {
                return Ok(());
            }
            self.void_stale_gates()?;
            let actions = next(self.run.plan(), self.run.state());
            if self.is_far_enough(&actions)? || matches!(self.dispatch(actions)?, Flow::Leave) {
                return Ok(());
            }
        }
    }

    /// Whether the step is over after which the run is left.
    fn is_far_enough(&mut self, actions: &[Action]) -> Result<bool, EngineError> {
        let Some(until) = self.operator.until() else {
            return Ok(false);
        };
        if !is_past(self.run.plan(), until, actions) {
            return Ok(false);
        }
        self.operator
            .say(&format!("stopped after {until}, because of --until"));
        self.record(Event::RunLeft {
            reason: "until".to_owned(),
        })?;
        Ok(true)
    }

    fn leave(&self) -> ExitCode {
        let code = match self.operator.left() {
            Some(Left::By(ending)) => ending.code(),
            Some(Left::Detached) | None => exit_code(self.run.plan(), self.run.state()),
        };
        if !is_over(self.run.plan(), self.run.state()) {
            let short = self.run.short();
            let way = way_on(self.run.plan(), self.run.state(), short);
            let end = match next(self.run.plan(), self.run.state()) == [Action::UndoFirst] {
                true => format!(
                    "; or leave the rest as it is and end the run: runbook abort {short} --reason TEXT"
                ),
                false => String::new(),
            };
            self.operator.say(&format!(
                "run {short} stays open; continue with: {way}{end}"
            ));
        }
        code
    }

    fn person(&self) -> String {
        self.operator.person(self.run.plan())
    }

    fn take_mail(&mut self) -> Result<(), EngineError> {
        let (inbox, before) = (self.run.inbox(), self.run.state().end.clone());
        inbox::drain(&inbox, |letter| self.take(letter))?;
        let is_aborted = before.is_none() && self.run.state().end == Some(End::Aborted);
        if is_aborted {
            self.follow_what_runs()?;
        }
        if is_aborted && !self.running.is_empty() {
            self.stop(Stop::Interrupt)?;
        }
        Ok(())
    }

    /// What there is to do instead of beginning what was decided on, if somebody ended the run or wants us to
    /// leave since: people may have been asked for hours by then, a verify or a secret waited for.
    fn is_overtaken(&mut self) -> Result<Option<Flow>, EngineError> {
        let had_ended = self.run.state().end.is_some();
        self.take_mail()?;
        if self.run.state().end.is_some() && !had_ended {
            self.operator
                .say("  not started: the run was ended meanwhile");
            return Ok(Some(Flow::On));
        }
        Ok(match self.heed_signals()? {
            Flow::On => None,
            flow => Some(flow),
        })
    }

    /// Takes an answer in. One that does not count is said, and changes nothing; one that was
    /// taken in before a crash counts once.
    fn take(&mut self, letter: Letter) -> Result<Result<(), String>, EngineError> {
        if self.run.holds_letter(&letter.id) {
            return Ok(Ok(()));
        }
        let late = answers::too_late(self.run.state(), &letter.message, self.time.now());
        let files = letter.message.files().to_vec();
        let judged = match late {
            Some(why) => Err(why),
            None => answers::event(
                self.run.plan(),
                self.run.state(),
                self.run.short(),
                letter.message,
                self.time.now(),
            )
            .and_then(|event| self.by_the_policy_of_now(event))
            .and_then(|event| {
                self.secrets
                    .without_secret_values(event, &self.run, &self.operator)
            })
            .and_then(|event| {
                self.secrets
                    .without_secret_files(&files, &self.run, &self.operator)
                    .map(|()| event)
            }),
        };
        let event = match judged {
            Ok(event) => event,
            Err(why) => {
                self.run.forget_attached(&files)?;
                self.operator
                    .say(&format!("an answer did not count: {why}"));
                return Ok(Err(why));
            }
        };
        let (at, event) = (self.time.now().to_string(), self.masked(event)?);
        self.run.append_letter(at, &letter.id, event.clone())?;
        let (what, by, account) = match event.event() {
            Event::GateApproved { by, account, .. } => ("approval", by, account),
            Event::ManualCompleted { by, account, .. }
            | Event::DecisionMade { by, account, .. }
            | Event::OutputsGiven { by, account, .. } => ("answer", by, account),
            _ => return Ok(Ok(())),
        };
        if let Some(account) = account {
            self.operator.say(&format!(
                "  the {what} of {by} is a claim, not proved: {account} gave it with --as"
            ));
        }
        Ok(Ok(()))
    }

    /// Takes the answers in that wait, as a verb without a driver does. If one of them ends the
    /// run, what is to be done at the end in every case is done.
    ///
    /// # Errors
    /// When the record cannot be kept.
    pub fn answer(mut self) -> Result<(), EngineError> {
        let ended = self.run.state().end.is_some();
        self.take_mail()?;
        match self.run.state().end.is_some() && !ended {
            true => self.go_on(),
            false => Ok(()),
        }
    }
}
