//! The terminal on demand: a command that ran without one, did nothing and said that it needs a person
//! is given the terminal, once.
//!
//! What counts as such a word is in the plan. Nobody's word else leads to a second go of what may happen
//! only once, and before it whatever can look is asked. What is typed there is neither logged nor kept.

use super::run_record::RunRecord;
use super::{Engine, EngineError};
use crate::exec::plan::Step;
use crate::exec::process::secrets::Secret;
use crate::exec::process::shim::{Attempt, Job, Running};
use crate::exec::process::signals;
use crate::exec::record::event::{Answer, Event};
use crate::exec::state::Progress;
use crate::screen::signs::Sign;

/// What a command looked for that is asked whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is so.
    Yes,
    /// It is not.
    No,
    /// It cannot tell.
    Unknown,
    /// It cannot tell before somebody comes to a terminal.
    Refused,
}

/// A part of a step that may be given the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Command,
    Verify,
    Undo,
    UndoVerify,
}

impl Part {
    /// As the subject of a sentence.
    fn name(self) -> &'static str {
        match self {
            Self::Command => "the command",
            Self::Verify => "its verify",
            Self::Undo => "its undo",
            Self::UndoVerify => "the verify of its undo",
        }
    }
}

impl RunRecord {
    /// Whether the command of a step ran without a terminal and is to be given one.
    pub(super) fn is_refused(&self, step: &Step) -> bool {
        self.state().progress(&step.id) == Progress::Refused
    }
}

impl Engine {
    /// Says what is asked for and where to go on, as nobody is at a terminal; `way` is the command that
    /// goes on there.
    pub(super) fn say_needs_terminal(&self, step: &Step, part: Part, said: &str, way: &str) {
        self.operator.mark(Sign::Waiting, &format!(
            "  {} needs a terminal: {} asks for a person, it said “{said}”; continue at a terminal: {way}",
            step.id,
            part.name(),
        ));
    }

    /// The command that goes on with the run.
    pub(super) fn resume_words(&self) -> String {
        format!("runbook resume {}", self.run.short())
    }

    /// Runs a prepared try on the terminal of the person who is there, and waits for it.
    pub(super) fn hand_over(
        &mut self,
        attempt: &Attempt,
        job: &Job,
        secrets: &[Secret],
    ) -> Result<Running, EngineError> {
        self.secrets.recall(&self.run, &self.operator);
        attempt.run_here(job, secrets, self.secrets.masks())?;
        // It had the terminal: its Ctrl-C was not meant for us.
        signals::take_interrupt();
        Ok(attempt.follow())
    }

    /// Writes down that a `verify` cannot answer before somebody comes to a terminal, once.
    pub(super) fn verify_refused(
        &mut self,
        step: &Step,
        part: Part,
        said: String,
    ) -> Result<(), EngineError> {
        let is_undo = part == Part::UndoVerify;
        let way = match is_undo {
            true => self.run.again(""),
            false => self.resume_words(),
        };
        self.say_needs_terminal(step, part, &said, &way);
        let found = self.run.step_state(step);
        let known = match is_undo {
            true => found.undo_refused,
            false => found.verify_refused,
        };
        if known.as_ref() == Some(&said) {
            return Ok(());
        }
        self.record(Event::StepVerified {
            step: step.id.clone(),
            answer: Answer::Unknown,
            finished: false,
            undo: is_undo,
            refused: Some(said),
            kept: Vec::new(),
        })
    }
}
