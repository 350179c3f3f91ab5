//! What each kind of step is and holds, asked by all stages: a new kind answers these questions here, and
//! the compiler says so.

use super::expression::Template;
use super::runbook::{Command, CommandText, Env, Step, StepKind};

impl StepKind {
    /// The keys of the language that say what a step does.
    pub const KEYS: [&str; 11] = [
        "run", "exec", "check", "manual", "approve", "decide", "wait", "call", "notify",
        "parallel", "steps",
    ];

    /// The key of the language, one of [`Self::KEYS`].
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Command(Command {
                text: CommandText::Shell { .. },
                ..
            }) => "run",
            Self::Command(_) => "exec",
            Self::Check(_) => "check",
            Self::Manual(_) => "manual",
            Self::Approve(_) => "approve",
            Self::Decide(_) => "decide",
            Self::Wait(_) => "wait",
            Self::Call(_) => "call",
            Self::Notify(_) => "notify",
            Self::Parallel(_) => "parallel",
            Self::Sequence(_) => "steps",
        }
    }

    /// The steps that stand inside it, in the order written.
    pub fn steps(&self) -> &[Step] {
        match self {
            Self::Parallel(parallel) => &parallel.steps,
            Self::Sequence(steps) => steps,
            Self::Command(_)
            | Self::Check(_)
            | Self::Manual(_)
            | Self::Approve(_)
            | Self::Decide(_)
            | Self::Wait(_)
            | Self::Call(_)
            | Self::Notify(_) => &[],
        }
    }

    /// What it executes by itself.
    pub fn command(&self) -> Option<&Command> {
        match self {
            Self::Command(command) => Some(command),
            Self::Check(check) => Some(&check.command),
            Self::Wait(wait) => {
                let sooner = wait.or_until.as_ref().map(|until| &until.command);
                sooner.or(wait.until.as_ref().map(|poll| &poll.command))
            }
            Self::Manual(_)
            | Self::Approve(_)
            | Self::Decide(_)
            | Self::Call(_)
            | Self::Notify(_)
            | Self::Parallel(_)
            | Self::Sequence(_) => None,
        }
    }

    /// The environment that what it executes has beside that of the step.
    pub fn own_env(&self) -> Option<&Env> {
        match self {
            Self::Wait(wait) => wait.until.as_ref().map(|poll| &poll.env),
            _ => None,
        }
    }

    /// What it says to people, with its holes.
    pub fn message(&self) -> Option<&Template> {
        match self {
            Self::Approve(approve) => Some(&approve.text),
            Self::Notify(notify) => Some(&notify.text),
            Self::Command(_)
            | Self::Check(_)
            | Self::Manual(_)
            | Self::Decide(_)
            | Self::Wait(_)
            | Self::Call(_)
            | Self::Parallel(_)
            | Self::Sequence(_) => None,
        }
    }

    /// Its own texts that are filled, without those of what it executes.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Call(call) => call.with.iter().map(|(_, value)| value).collect(),
            Self::Wait(wait) => {
                let within = wait.until.iter().map(|poll| &poll.within);
                wait.duration.iter().chain(within).collect()
            }
            Self::Approve(approve) => approve.templates(),
            Self::Command(_)
            | Self::Check(_)
            | Self::Manual(_)
            | Self::Decide(_)
            | Self::Notify(_)
            | Self::Parallel(_)
            | Self::Sequence(_) => self.message().into_iter().collect(),
        }
    }
}
