//! Runs the commands of a plan that only look, in a folder that goes away.
//!
//! They run as they would in a run: by a shim, in their own session, with a clean environment. A
//! command that needs a secret is not asked, as getting the secret may do more than look.

use crate::exec::plan::{Command, Step, Text};
use crate::exec::process::command;
use crate::exec::process::secrets::Handover;
use crate::exec::process::shim::{Attempt, ExitRecord, Found, Stop};
use crate::exec::process::signals::{self, Ending};
use crate::exec::state::values::Values;
use std::collections::BTreeMap;
use std::io;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// How often what runs is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Why nothing further is asked.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The folder could not be used, or a command not be started.
    #[error("cannot look ahead: {0}")]
    Io(#[from] io::Error),
    /// The program was told to end.
    #[error("interrupted; the command that was running was stopped")]
    Stopped(Ending),
}

/// Runs what only looks.
#[derive(Debug)]
pub struct Prober {
    folder: TempDir,
    asked: u32,
}

/// What came of a command.
pub(super) enum Answer {
    /// It ended by itself.
    Ended(ExitRecord, Attempt),
    /// It was not started.
    NotAsked(String),
}

impl Prober {
    /// Makes the folder.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn new() -> io::Result<Self> {
        signals::catch()?;
        let folder = TempDir::with_prefix("runbook-plan-")?;
        std::fs::create_dir(folder.path().join("steps"))?;
        Ok(Self { folder, asked: 0 })
    }

    /// Runs a command of a step and waits for it.
    pub(super) fn ask(
        &mut self,
        values: &Values<'_>,
        step: &Step,
        command: &Command,
        env: &BTreeMap<String, Text>,
    ) -> Result<Answer, ProbeError> {
        if let Some(why) = withheld(values, step, command, env) {
            return Ok(Answer::NotAsked(why));
        }
        self.asked += 1;
        let attempt = Attempt::new(self.folder.path(), "look", self.asked);
        let job = command::job(values, step, command, &attempt, env);
        attempt.prepare(&job)?;
        let mut running = attempt.start(&job, &Handover::default())?;
        let mut stopped = None;
        loop {
            match running.try_wait()? {
                Some(_) if stopped.is_some() => break,
                Some(Found::Ended(record)) => return Ok(Answer::Ended(record, attempt)),
                Some(_) => return Ok(Answer::NotAsked("its shim was killed".to_owned())),
                None => {}
            }
            let interrupt = || signals::take_interrupt().then_some(Ending::Interrupted);
            if stopped.is_none()
                && let Some(ending) = signals::ending().or_else(interrupt)
            {
                stopped = Some(ending);
                running.stop(Stop::Interrupt)?;
            }
            thread::sleep(LOOK);
        }
        Err(ProbeError::Stopped(stopped.unwrap_or(Ending::Interrupted)))
    }
}

/// Why a command cannot be asked before the run.
pub(super) fn withheld(
    values: &Values<'_>,
    step: &Step,
    command: &Command,
    env: &BTreeMap<String, Text>,
) -> Option<String> {
    let unknown = command::unknown(values, step, command, env);
    if !unknown.is_empty() {
        return Some(format!("known only during the run: {}", unknown.join(", ")));
    }
    let secrets = command::secrets(values, step, command);
    let secret = secrets.first()?;
    Some(format!("it needs the secret `{}`", secret.name))
}
