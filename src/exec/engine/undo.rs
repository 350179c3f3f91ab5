//! Taking a run back: the undo of each step that may have acted, the last first.

use super::{Engine, EngineError, Flow};
use crate::exec::event::{Event, Outcome};
use crate::exec::next::to_undo;
use crate::exec::plan::{Step, Undo};
use crate::exec::shim::{Attempt, ExitRecord, Found, Running};
use crate::exec::state::UndoState;

impl Engine {
    /// Takes the run's effects back, the last first; gives the exit code. One that fails does not
    /// keep the others from being taken back.
    ///
    /// # Errors
    /// When the record cannot be kept; nothing further is started.
    pub fn undo(mut self) -> Result<u8, EngineError> {
        self.open()?;
        self.follow_what_runs()?;
        while !self.alive.is_empty() {
            if matches!(self.wait_for_any(&[])?, Flow::Leave) {
                return Ok(self.leave());
            }
        }
        match self.take_back()? {
            Flow::On => {
                self.go_on()?;
                Ok(self.leave())
            }
            Flow::Stuck | Flow::Leave => match (self.leave(), self.left) {
                (code, Some(_)) => Ok(code),
                (_, None) => Ok(8),
            },
        }
    }

    /// Takes everything back; goes on if all of it is taken back.
    pub(super) fn take_back(&mut self) -> Result<Flow, EngineError> {
        let mut all = true;
        for step in to_undo(&self.plan, &self.state) {
            self.operator.say(&format!("undo: {}", step.title));
            match step
                .undo
                .as_ref()
                .expect("`to_undo` chooses steps with an undo")
            {
                Undo::None(reason) => self.operator.say(&format!("  stays: {reason}")),
                Undo::Instead(runbook) => {
                    self.operator
                        .say(&format!("  take it back with: runbook exec {runbook}"));
                    all = false;
                }
                Undo::Command { .. } => all &= self.undo_step(&step)?,
            }
            if self.left.is_some() {
                return Ok(Flow::Leave);
            }
        }
        if all {
            let by = self.person();
            self.record(Event::RunUndone { by })?;
            self.operator
                .say("everything that can be taken back is taken back");
            return Ok(Flow::On);
        }
        self.operator
            .say("NOT everything is taken back: mend what failed, then: runbook undo");
        Ok(Flow::Leave)
    }

    fn undo_step(&mut self, step: &Step) -> Result<bool, EngineError> {
        let Some(Undo::Command {
            command,
            repeatable,
            env,
            verify,
        }) = &step.undo
        else {
            return Ok(true);
        };
        let last = match self.known(step).undo {
            UndoState::Started(last) => {
                let running = self.undo_folder(step, last).follow();
                match self.undo_ended(step, last, *repeatable, running)? {
                    Some(ok) => return Ok(ok),
                    None => last,
                }
            }
            UndoState::Failed(last) => last,
            UndoState::None | UndoState::Done => 0,
        };
        if let Some(verify) = verify
            && self.ask_verify(step, "undone", verify)? == Some(true)
        {
            self.operator.say("  taken back already");
            self.record(Event::UndoFinished {
                step: step.id.clone(),
                attempt: last,
                ok: true,
                exit: None,
            })?;
            return Ok(true);
        }
        let Some(secrets) = self.secrets_of(step, command) else {
            return Ok(false);
        };
        let attempt = self.undo_folder(step, last + 1);
        let job = self.job(step, command, &attempt, env);
        self.record(Event::UndoStarted {
            step: step.id.clone(),
            attempt: last + 1,
        })?;
        attempt.prepare(&job)?;
        let running = attempt.start(&secrets)?;
        Ok(self
            .undo_ended(step, last + 1, false, running)?
            .unwrap_or(false))
    }

    pub(super) fn undo_folder(&self, step: &Step, number: u32) -> Attempt {
        Attempt::new(
            &self.driven.run.folder,
            &format!("{}.undo", step.id),
            number,
        )
    }

    /// Writes down how a try to take a step back ended; nothing if it may be started again.
    pub(super) fn undo_ended(
        &mut self,
        step: &Step,
        number: u32,
        repeatable: bool,
        running: Running,
    ) -> Result<Option<bool>, EngineError> {
        let attempt = self.undo_folder(step, number);
        let record = match self.sit_out(running, None)? {
            Some(Found::Ended(record)) => record,
            // It goes on by itself; whoever comes next finds out what became of it.
            None => return Ok(Some(false)),
            Some(Found::NeverStarted) => return Ok(None),
            Some(Found::Unknown) if repeatable => return Ok(None),
            Some(Found::Unknown) => ExitRecord::default(),
        };
        let ok = record.code == Some(0) && !record.timed_out;
        self.record(Event::UndoFinished {
            step: step.id.clone(),
            attempt: number,
            ok,
            exit: record.code,
        })?;
        self.tell(
            step,
            &attempt,
            &record,
            if ok { Outcome::Ok } else { Outcome::Failed },
        );
        Ok(Some(ok))
    }
}
