//! The run that is driven: its plan, its journal, and the state that follows from it.
//!
//! Journal and state move together: what is appended is applied, and nothing is applied that is not
//! on disk. Files of tries that have ended are vouched for by the next line that can.

use super::masked_event::MaskedEvent;
use crate::exec::plan::{Command, Condition, Plan, Step, Text};
use crate::exec::process::command;
use crate::exec::process::shim::{Attempt, Job};
use crate::exec::record::event::Kept;
use crate::exec::record::inbox::Inbox;
use crate::exec::record::journal::{Entry, JournalError};
use crate::exec::state::proofs::{self, Proofs};
use crate::exec::state::values::Values;
use crate::exec::state::{RunState, StepState};
use crate::exec::store::{Explained, LockedRun, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

/// A run, for as long as it is driven.
pub(super) struct RunRecord {
    driven: LockedRun,
    state: RunState,
    /// Files of tries that have ended, for which no line vouches yet.
    left_by_tries: Vec<Kept>,
}

impl RunRecord {
    /// The record of a run, with the state that its journal comes to.
    pub(super) fn new(driven: LockedRun) -> Self {
        Self {
            state: RunState::fold(driven.journal.entries()),
            driven,
            left_by_tries: Vec::new(),
        }
    }

    /// Writes an event down as one of this moment, and goes on from there.
    ///
    /// # Errors
    /// When the journal cannot be written; the state is as before then.
    pub(super) fn append(&mut self, at: String, event: MaskedEvent) -> Result<(), JournalError> {
        let mut event = event.into_event();
        // The next line that can vouches for what tries left that ended before it.
        if let Some(kept) = event.kept_mut() {
            kept.append(&mut self.left_by_tries);
        }
        self.driven.journal.append(at.clone(), event.clone())?;
        self.state.apply(&at, &event);
        Ok(())
    }

    /// The same for an event that the letter with this id brought.
    ///
    /// # Errors
    /// When the journal cannot be written; the state is as before then.
    pub(super) fn append_letter(
        &mut self,
        at: String,
        letter: &str,
        event: MaskedEvent,
    ) -> Result<(), JournalError> {
        let event = event.into_event();
        self.driven
            .journal
            .append_letter(at.clone(), letter, event.clone())?;
        self.state.apply(&at, &event);
        Ok(())
    }

    /// Has the next line vouch for these files of a try of which nothing is written any more. What
    /// survives it may write to its outputs still: for those nobody vouches then.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn keep(
        &mut self,
        attempt: &Attempt,
        names: &[&str],
        with_outputs: bool,
    ) -> io::Result<()> {
        let mut kept = attempt.kept(names)?;
        kept.retain(|file| with_outputs || !file.path.ends_with("/outputs"));
        self.left_by_tries.extend(kept);
        Ok(())
    }

    /// What is to be done.
    pub(super) fn plan(&self) -> &Plan {
        &self.driven.run.plan
    }

    /// What follows from the journal.
    pub(super) fn state(&self) -> &RunState {
        &self.state
    }

    /// The run's id.
    pub(super) fn id(&self) -> &str {
        &self.driven.run.id
    }

    /// Where the run is: its id, the SHA-256 of the plan that it goes by, and the hash of the last line of its journal.
    pub(super) fn standing(&self) -> (String, String, String) {
        let run = &self.driven.run;
        let head = self.driven.journal.head();
        (run.id.clone(), run.current.clone(), head.to_owned())
    }

    /// What people call the run.
    pub(super) fn short(&self) -> &str {
        self.driven.run.short()
    }

    /// Where the answers of others arrive.
    pub(super) fn inbox(&self) -> Inbox {
        self.driven.run.inbox()
    }

    /// Whether the letter with this id was taken in.
    pub(super) fn holds_letter(&self, letter: &str) -> bool {
        self.driven.journal.holds(letter)
    }

    /// The lines of the journal.
    pub(super) fn entries(&self) -> &[Entry] {
        self.driven.journal.entries()
    }

    /// What its record is worth: see [`proofs`].
    ///
    /// # Errors
    /// When a plan of it cannot be read.
    pub(super) fn proofs(&self) -> Result<Proofs, StoreError> {
        let entries = self.entries();
        let plans = self.driven.run.plans(entries)?;
        Ok(proofs::judge(&plans, self.id(), entries))
    }

    /// The folder of the files that people attached.
    pub(super) fn evidence(&self) -> PathBuf {
        self.driven.run.evidence()
    }

    /// The folder of all runs of the project.
    pub(super) fn state_folder(&self) -> PathBuf {
        self.driven.run.state_folder()
    }

    /// Where a step is by now; to do, if nothing happened to it.
    pub(super) fn step_state(&self, step: &Step) -> StepState {
        self.state.steps.get(&step.id).cloned().unwrap_or_default()
    }

    /// The number of the last try of a step; 0 before there was one.
    pub(super) fn attempt(&self, step: &Step) -> u32 {
        let known = self.state.steps.get(&step.id);
        known.map_or(0, |found| found.attempt)
    }

    /// The folder that holds the state folders of all projects.
    pub(super) fn state_root(&self) -> PathBuf {
        self.driven.run.state_root()
    }

    /// The entry that answers what the last try of a step said.
    pub(super) fn explained(&self, step: &Step) -> Option<Explained> {
        self.driven.run.explained(step, self.attempt(step))
    }

    /// The folder of a try of a step.
    pub(super) fn folder(&self, step: &Step, number: u32) -> Attempt {
        Attempt::new(&self.driven.run.folder, &step.id, number)
    }

    /// The folder of a try to take a step back.
    pub(super) fn undo_folder(&self, step: &Step, number: u32) -> Attempt {
        let name = format!("{}.undo", step.id);
        Attempt::new(&self.driven.run.folder, &name, number)
    }

    /// A new folder for a look at a step under this name.
    ///
    /// # Errors
    /// When the folders of the tries cannot be listed.
    pub(super) fn look_folder(&self, step: &Step, name: &str) -> io::Result<Attempt> {
        let name = format!("{}.{name}", step.id);
        let number = self.looks(&name)?;
        Ok(Attempt::new(&self.driven.run.folder, &name, number))
    }

    /// The look of this name at a step that left the newest folder.
    ///
    /// # Errors
    /// When the folders of the tries cannot be listed.
    pub(super) fn last_look(&self, step: &Step, name: &str) -> io::Result<Attempt> {
        let name = format!("{}.{name}", step.id);
        let number = self.looks(&name)?.saturating_sub(1);
        Ok(Attempt::new(&self.driven.run.folder, &name, number))
    }

    /// The first number under which no look of this name has left a folder.
    fn looks(&self, name: &str) -> io::Result<u32> {
        let taken = fs::read_dir(self.driven.run.folder.join("steps"))?;
        let prefix = format!("{}.", name.replace('/', "~"));
        let numbers = taken.filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_prefix(&prefix)?
                .parse::<u32>()
                .ok()
        });
        // A folder that somebody forged may have the largest number.
        Ok(numbers.max().unwrap_or(0).saturating_add(1))
    }

    /// The values that the step with this path sees; those of the run for an empty path.
    pub(super) fn values<'e>(&'e self, at: &'e str) -> Values<'e> {
        Values {
            plan: self.plan(),
            state: &self.state,
            run: self.id(),
            head: self.driven.journal.head(),
            at,
        }
    }

    /// Whether a condition of a step holds.
    pub(super) fn holds(&self, step: &Step, condition: &Condition) -> bool {
        self.values(&step.id).holds(condition, None)
    }

    /// A command of a step as a job for this try.
    pub(super) fn job(
        &self,
        step: &Step,
        command: &Command,
        attempt: &Attempt,
        further: &BTreeMap<String, Text>,
    ) -> Job {
        command::job(&self.values(&step.id), step, command, attempt, further)
    }
}
