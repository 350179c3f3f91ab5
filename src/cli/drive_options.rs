//! How a run is driven: what `exec` and `resume` have in common.

use super::error::CliError;
use super::events;
use super::show;
use crate::exec::engine::Engine;
use crate::exec::engine::operator::Operator;
use crate::exec::store::LockedRun;
use crate::runs;
use std::io::Write;

/// How a run is driven.
#[derive(clap::Args)]
pub(super) struct DriveOptions {
    /// Ask no questions; stop where a person is needed
    #[arg(long)]
    pub(super) non_interactive: bool,
    /// Confirm this step in advance, so that nothing has to be typed
    #[arg(long, value_name = "STEP")]
    confirm: Vec<String>,
    /// Ask before each step that acts [default: for runbooks of high risk]
    #[arg(long, conflicts_with = "no_step")]
    step: bool,
    /// Do not ask before each step
    #[arg(long)]
    no_step: bool,
    /// Stop after this step and leave the run open; `resume` continues after it
    #[arg(long, value_name = "STEP")]
    until: Option<String>,
    /// Print each line of the journal as JSON; all other output goes to standard error
    #[arg(long)]
    events: bool,
}

impl DriveOptions {
    /// Takes a run over, to be driven with these options.
    pub(super) fn engine(&self, driven: LockedRun) -> Engine {
        let operator = Operator::detect(self.non_interactive);
        let each = match (self.step, self.no_step) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        Engine::new(driven, operator, runs::account(), jiff::Timestamp::now)
            .showing(show::detail())
            .confirming(&self.confirm)
            .until(self.until.clone())
            .stepping(each)
    }

    /// The arguments by which another process drives a run with these options, with nobody to ask.
    pub(super) fn arguments(&self) -> Vec<&str> {
        let confirm = self.confirm.iter().map(|step| ("--confirm", step));
        let until = self.until.iter().map(|step| ("--until", step));
        let given = confirm.chain(until);
        let given = given.flat_map(|(flag, step)| [flag, step.as_str()]);
        std::iter::once("--non-interactive").chain(given).collect()
    }

    /// The step after which the run is left.
    pub(super) fn until(&self) -> Option<&String> {
        self.until.as_ref()
    }

    /// Where the lines of the journal go besides the disk.
    pub(super) fn echo(&self) -> Result<Option<Box<dyn Write + Send>>, CliError> {
        self.events.then(events::divert).transpose()
    }
}
