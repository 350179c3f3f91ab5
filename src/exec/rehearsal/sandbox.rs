//! A run in a folder that goes away, driven by the program's own verbs.

use crate::exec::plan::Plan;
use crate::exec::process::own_program;
use crate::exec::record::journal::Entry;
use crate::exec::store::{Run, Store, StoreError};
use crate::model::rehearsal::plain;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a rehearsal could not be held.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The folder could not be used, or the program not started.
    #[error("cannot rehearse: {0}")]
    Io(#[from] io::Error),
    /// The run could not be begun.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A run in its sandbox.
pub(super) struct Sandbox<'s> {
    project: &'s Path,
    state: PathBuf,
    run: Run,
    /// What the program said so far.
    pub(super) said: String,
}

/// Who has to say something before the run goes on.
pub(super) struct Question {
    /// The verb that answers.
    pub(super) verb: String,
    /// The step, as it is named in a test file.
    pub(super) step: String,
    /// The step's path in the run.
    pub(super) path: String,
}

impl<'s> Sandbox<'s> {
    /// Begins a run of this plan; `state` is a folder that goes away.
    pub(super) fn set(project: &'s Path, state: &Path, plan: Plan) -> Result<Self, SandboxError> {
        let store = Store::new(state, &plan.project.clone());
        let run = store.begin(plan, jiff::Timestamp::now().to_string())?.run;
        Ok(Self {
            project,
            state: state.to_owned(),
            run,
            said: String::new(),
        })
    }

    /// Drives the run as far as it goes without a person; gives the exit code.
    pub(super) fn resume(&mut self) -> Result<i32, SandboxError> {
        self.verb("resume", &["--non-interactive".to_owned()])
    }

    /// Runs a verb on the run; gives its exit code.
    pub(super) fn verb(&mut self, verb: &str, further: &[String]) -> Result<i32, SandboxError> {
        let output = Command::new(own_program::path()?)
            .arg("-C")
            .arg(self.project)
            .args([verb, &self.run.id])
            .args(further)
            .env("RUNBOOK_STATE_DIR", &self.state)
            .stdin(Stdio::null())
            .output()?;
        self.said += &String::from_utf8_lossy(&output.stdout);
        self.said += &String::from_utf8_lossy(&output.stderr);
        Ok(output.status.code().unwrap_or(-1))
    }

    /// What the program asked last: the line that tells an operator how to answer.
    pub(super) fn question(&self) -> Option<Question> {
        let mut lines = self.said.lines().rev();
        lines.find_map(|line| {
            let mut words = line
                .split_whitespace()
                .skip_while(|word| *word != "runbook");
            let verb = words
                .nth(1)
                .filter(|verb| ["approve", "answer"].contains(verb))?;
            let path = words.nth(1)?;
            Some(Question {
                verb: verb.to_owned(),
                step: plain(path),
                path: path.to_owned(),
            })
        })
    }

    /// What was written down so far.
    pub(super) fn journal(&self) -> Result<Vec<Entry>, SandboxError> {
        Ok(self.run.contents()?.entries)
    }
}
