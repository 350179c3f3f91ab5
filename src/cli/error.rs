//! Why a verb ended early: its exit code, what is wrong, and what to do next.

use super::context::{code_of, remark};
use super::show;
use crate::driver::DriverError;
use crate::exec::engine::EngineError;
use crate::exec::record::journal::{JournalError, Misfit};
use crate::exec::state::exit::ExitCode;
use crate::exec::store::{Run, StoreError, short};
use crate::load::LoadError;
use crate::printable::shell_word;
use crate::runs::RunsError;
use serde::Serialize;

/// Why a verb ended early: the exit code, and all that is wrong.
#[derive(Debug)]
pub(super) struct CliError {
    pub(super) code: ExitCode,
    pub(super) faults: Vec<Fault>,
}

/// One thing that is wrong: what it is, lines that belong to it, and the next step.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) details: Vec<String>,
    pub(super) help: Option<String>,
}

impl Fault {
    /// A fault that says all in its message.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            details: Vec::new(),
            help: None,
        }
    }

    /// Adds the next step.
    pub(super) fn help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

impl From<&DriverError> for Fault {
    fn from(error: &DriverError) -> Self {
        Self::new(error.to_string()).help(error.help())
    }
}

impl CliError {
    /// One fault.
    pub(super) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            faults: vec![Fault::new(message)],
        }
    }

    /// Wrong usage.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::CouldNotRun, message)
    }

    /// Definition or params invalid: nothing was started.
    pub(super) fn invalid(messages: Vec<String>) -> Self {
        Self {
            code: ExitCode::Invalid,
            faults: messages.into_iter().map(Fault::new).collect(),
        }
    }

    /// Adds lines to the last fault.
    pub(super) fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        if let Some(last) = self.faults.last_mut() {
            last.details.extend(lines);
        }
        self
    }

    /// Adds the next step to the last fault.
    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        if let Some(last) = self.faults.pop() {
            self.faults.push(last.help(help.into()));
        }
        self
    }
}

impl From<DriverError> for CliError {
    fn from(error: DriverError) -> Self {
        Self {
            code: ExitCode::CouldNotRun,
            faults: vec![Fault::from(&error)],
        }
    }
}

impl From<LoadError> for CliError {
    fn from(error: LoadError) -> Self {
        DriverError::from(error).into()
    }
}

/// What to do about a record that is not what was written.
const ALTERED: &str = "nothing was changed; compare with a copy before you trust it";
/// What to do about a folder that does not fit together.
const MIXED: &str = "nothing was changed. Compare the folder with a copy. Then either put back the whole folder from one copy, or move it out of the state folder and check what was done before you start again";
/// What to do about a run in two folders.
const TWICE: &str =
    "nothing was changed; compare the two, move the one with fewer entries away, then try again";
/// What to do about a record that a newer program wrote.
const NEWER: &str =
    "nothing was changed; update runbook to the version that wrote it, then try again";

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let (code, help) = match &error {
            newer if newer.is_newer() => (ExitCode::Newer, Some(NEWER.to_owned())),
            StoreError::NewerPlan { .. } => (ExitCode::Newer, Some(NEWER.to_owned())),
            StoreError::Overtaken(later) => (
                ExitCode::Invalid,
                Some(match &later.stays {
                    None => format!(
                        "nothing was started; undo that run first: runbook undo {}",
                        later.run
                    ),
                    Some(reason) => format!(
                        "nothing was undone. What {run} did {reason}. Undo {own} by hand, and check what that changes for {run}. The steps and their order: runbook undo {own} --plan",
                        run = later.run,
                        own = later.own,
                    ),
                }),
            ),
            StoreError::Known { run, .. } => (
                ExitCode::Locked,
                Some(format!("look at it with: runbook status {}", short(run))),
            ),
            StoreError::Unknown { run, .. } => (
                ExitCode::Altered,
                Some(format!(
                    "look at it with: runbook verify {run}; then move its folder away"
                )),
            ),
            StoreError::Locked(locked) => (
                ExitCode::Locked,
                Some(match locked.driver.is_empty() {
                    // To go on with a release is the wrong way if users are affected.
                    true if locked.is_open => format!(
                        "continue with that one: {}; or end it as it is: runbook abort {} --reason WHY",
                        locked.way, locked.run
                    ),
                    true => format!("continue with that one: {}", locked.way),
                    false => format!(
                        "follow that run with: runbook watch {0}; when nobody drives it any more: {1}; or end it as it is: runbook abort {0} --reason WHY",
                        locked.run, locked.way
                    ),
                }),
            ),
            StoreError::Driven { run, .. } => {
                (ExitCode::Locked, Some(format!("follow it with: runbook watch {run}")))
            }
            StoreError::Journal(JournalError::Misfit {
                misfit: Misfit::Empty | Misfit::Missing | Misfit::NoFile(_),
                ..
            }) => (
                ExitCode::Altered,
                Some(
                    "nothing was changed; put it back from a copy, or move the run's folder away"
                        .to_owned(),
                ),
            ),
            StoreError::OpenToAll { folder, close } => (
                ExitCode::CouldNotRun,
                Some(format!(
                    "nothing was started; take the write permission away with: {close} {}; or set RUNBOOK_STATE_DIR to a folder of your own. Check the runs that are already there with: runbook verify RUN",
                    shell_word(&folder.display().to_string())
                )),
            ),
            StoreError::NotOurs { .. } => (
                ExitCode::CouldNotRun,
                Some(
                    "nothing was started; name a folder of your own in RUNBOOK_STATE_DIR, or work as the account whose runs these are"
                        .to_owned(),
                ),
            ),
            StoreError::Mixed { .. } => (ExitCode::Altered, Some(MIXED.to_owned())),
            StoreError::Twice { .. } => (ExitCode::Altered, Some(TWICE.to_owned())),
            StoreError::Journal(JournalError::Misfit { .. }) | StoreError::Plan { .. } => {
                (ExitCode::Altered, Some(ALTERED.to_owned()))
            }
            StoreError::NoRun(_) | StoreError::Ambiguous { .. } => {
                (ExitCode::CouldNotRun, Some("list them with: runbook runs".to_owned()))
            }
            StoreError::Storage(_) | StoreError::Journal(_) => (ExitCode::CouldNotRun, None),
        };
        Self::new(code, error.to_string()).help(help)
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        let (code, help) = match &error {
            EngineError::PolicyUnknown(_) => (
                ExitCode::Suspended,
                "reach the remote, and resume the run".to_owned(),
            ),
            EngineError::Refused(_) => (
                ExitCode::CouldNotRun,
                "nothing was started; see the state of each step with: runbook status".to_owned(),
            ),
            EngineError::Forgotten { .. } | EngineError::FalseApproval(_) => {
                (ExitCode::Altered, ALTERED.to_owned())
            }
            EngineError::Unattended { run, .. } => (
                ExitCode::Failed,
                format!(
                    "it counts as not done, and nothing more was started; run it again with: runbook resume {run}"
                ),
            ),
            EngineError::Journal(_) | EngineError::Storage(_) | EngineError::Io(_) => (
                ExitCode::CouldNotRun,
                "nothing more was started; fix this, then resume the run".to_owned(),
            ),
        };
        Self::new(code, error.to_string()).help(help)
    }
}

impl From<RunsError> for CliError {
    fn from(error: RunsError) -> Self {
        match error {
            RunsError::Project(error) => error.into(),
            RunsError::Settings(error) => error.into(),
            RunsError::Store(error) => error.into(),
            RunsError::Engine(error) => error.into(),
            RunsError::SeveralOpen {
                ref runs,
                ref passed_over,
            } => {
                remark(passed_over);
                let line = |run: &Run| {
                    let plan = &run.plan;
                    format!("{}  {} {}", run.short(), plan.runbook, plan.version)
                };
                Self::usage(error.to_string()).details(runs.iter().map(line))
            }
            RunsError::NoGate(why) => {
                Self::usage(why).help("see what waits with: runbook".to_owned())
            }
            RunsError::NoKey(_) => Self::usage(error.to_string()).help(
                "name a key that is listed: --sign KEY; a new one belongs into roles.yaml, below `people:`".to_owned(),
            ),
            RunsError::NoSshKeygen(_) => Self::usage(error.to_string())
                .help("install OpenSSH, such as with: apt install openssh-client".to_owned()),
            RunsError::NotSigned { .. } => Self::usage(error.to_string()).help(
                "a key with a passphrase needs a terminal, or an agent that holds it: ssh-add KEY".to_owned(),
            ),
            RunsError::SeveralGates(ref commands) => {
                Self::usage(error.to_string()).details(commands.iter().cloned())
            }
            RunsError::Unreadable(damaged) => {
                let help = if damaged.is_altered() { ALTERED } else { NEWER };
                Self {
                    code: code_of(&damaged),
                    faults: damaged.lines.into_iter().map(Fault::new).collect(),
                }
                .help(help.to_owned())
            }
            RunsError::Faulty {
                ref errors,
                ref sources,
                ..
            } => {
                show::findings(errors, sources);
                Self::invalid(vec![error.to_string()])
            }
            RunsError::Invalid(lines) => Self::invalid(lines),
            RunsError::NotCommitted(doubt) => Self::new(ExitCode::Invalid, doubt).help(
                "commit the runbook, or give the reason with --uncommitted 'REASON'; the report begins with the reason"
                    .to_owned(),
            ),
            RunsError::NotFitting {
                ref run,
                ref problems,
            } => {
                let next = format!("the run keeps its plan; continue with: runbook resume {run}");
                Self::new(ExitCode::Invalid, error.to_string())
                    .details(problems.iter().map(ToString::to_string))
                    .help(next)
            }
            RunsError::NoneOpen => Self::usage(error.to_string()).help(
                "name a run that has ended, as `runbook runs` lists them, or start one with: runbook exec ID --target DIR"
                    .to_owned(),
            ),
            RunsError::Unconfirmed(ref run) => {
                let next =
                    format!("nothing was undone; confirm with: runbook undo {run} --confirm {run}");
                Self::new(ExitCode::Suspended, error.to_string()).help(next)
            }
            RunsError::NoRunbook { .. }
            | RunsError::Instead(_)
            | RunsError::NotDriven { .. }
            | RunsError::NoStateFolder
            | RunsError::StateFolder { .. }
            | RunsError::Refused(_)
            | RunsError::NotSent(_)
            | RunsError::NotBegun(_)
            | RunsError::NotKept { .. } => Self::usage(error.to_string()),
        }
    }
}
