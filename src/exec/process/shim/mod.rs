//! The shim: the process between the program and a step's command.
//!
//! It leads a session of its own, so that neither Ctrl-C nor the end of the program reaches the
//! command. The try's log is its lock: shim and command share one open file, so the lock is held
//! for as long as either of them lives. A command may close it; so whoever takes the lock later
//! also looks for processes of the try before they say that nothing of it runs. Before it starts the command it looks for the mark `revoked`: a shim that comes
//! too late leaves without a trace.
//!
//! The program sees an `Attempt`, the folder of a try, and a `Running`, a try to be waited for
//! or stopped; the other side, inside the shim itself, is `process`.

mod attempt;
pub(crate) mod control_files;
mod escalation;
mod log;
mod orphans;
mod output;
mod process;
mod process_tree;
mod running;
mod secret_files;
pub(crate) mod secret_folder;
mod stop;
mod typing;

pub(crate) use attempt::ACCEPTED_VARIABLE;
pub use attempt::Attempt;
pub use log::Stream;
pub use output::Output;
pub use process::run;
pub(crate) use process_tree::OUTPUTS_VARIABLE;
pub use running::{Found, Running};
pub use stop::Stop;

use crate::exec::machine::{Survivor, may_act};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::time::Duration;

/// The hidden verb that starts a shim: `runbook __shim FOLDER`.
pub const VERB: &str = "__shim";

/// How often what runs is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What a shim is to do: the file `command.json` of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment, but for what it takes over.
    pub env: BTreeMap<String, String>,
    /// Variables that are taken over from whoever starts the command, by name. Their values are read at
    /// that moment and kept nowhere; what `env` sets wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherit: Vec<String>,
    /// The folder it works in.
    pub cwd: String,
    /// How many seconds it may take.
    pub timeout: Option<u64>,
    /// How its output reaches us.
    #[serde(default)]
    pub pipes: Pipes,
    /// How many bytes tries before it have noted as accepted.
    #[serde(default)]
    pub accepted: u64,
}

/// How the output of a command reaches us.
///
/// No system keeps both: with two pipes nobody can say which of two writes that come together was
/// the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pipes {
    /// By one pipe: in true order, as on a terminal.
    #[default]
    Together,
    /// By two: standard output can be had alone, for a machine to read.
    Apart,
}

impl Job {
    fn command(&self) -> io::Result<Command> {
        let (program, arguments) = self.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(inherited(&self.inherit))
            .envs(&self.env)
            .current_dir(&self.cwd);
        Ok(command)
    }
}

/// Those of these variables that are set for this process, with their values.
pub(in crate::exec) fn inherited(
    names: &[String],
) -> impl Iterator<Item = (&str, std::ffi::OsString)> {
    names
        .iter()
        .filter_map(|name| Some((name.as_str(), std::env::var_os(name)?)))
}

/// How a command ended: the file `exit.json` of a try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Its exit code; none if a signal ended it or it could not be started.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it took too long.
    pub timed_out: bool,
    /// Why it could not be started.
    pub not_started: Option<String>,
    /// Whether it wrote a secret to its outputs, which are gone for that reason.
    #[serde(default)]
    pub leaked: bool,
    /// Whether somebody stopped it.
    #[serde(default)]
    pub stopped: bool,
    /// What still ran when it had ended.
    #[serde(default)]
    pub survivors: Vec<Survivor>,
    /// How many bytes of its output the log leaves out, in the middle.
    #[serde(default)]
    pub left_out: u64,
    /// Why output could not be kept, if some is lost.
    #[serde(default)]
    pub lost: Option<String>,
}

impl ExitRecord {
    /// The record of a command that could not be started.
    fn failed(why: &io::Error) -> Self {
        Self {
            not_started: Some(why.to_string()),
            ..Self::default()
        }
    }

    /// How it ended, for people.
    pub fn describe_end(&self) -> String {
        match self {
            Self {
                not_started: Some(why),
                ..
            } => format!("could not be started: {why}"),
            Self { stopped: true, .. } => "stopped by the operator".to_owned(),
            Self {
                timed_out: true, ..
            } => "took too long and was ended".to_owned(),
            Self {
                code: Some(code), ..
            } => format!("exit {code}"),
            Self {
                signal: Some(signal),
                ..
            } => format!("ended by signal {signal}"),
            _ => "ended".to_owned(),
        }
    }

    /// Whether the try may act still, or did more than it could say: see [`may_act`].
    pub fn may_act(&self) -> bool {
        may_act(&self.survivors, self.signal, self.timed_out || self.stopped)
    }

    fn ended(status: ExitStatus) -> Self {
        Self {
            code: status.code(),
            signal: status.signal(),
            ..Self::default()
        }
    }
}
