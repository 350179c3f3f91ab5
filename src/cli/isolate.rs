//! `runbook isolate`: a command that reaches no other machine.

use super::error::CliError;
use super::show;
use crate::exec::process::isolation::{self, Isolation};
use crate::exec::state::exit::ExitCode;
use std::ffi::OsString;

/// Start a command that cannot reach another machine
///
/// The command, and all that it starts, gets a network of its own, in which it can reach itself
/// (loopback) and nothing else. Root can do this, and other people where Linux lets them have user
/// namespaces. Elsewhere the command gets proxies at which nobody answers, and standard error says so.
/// Messages of runbooks that run in it are written into a file, whatever their channel is.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook isolate -- npm test\n  runbook isolate -- runbook exec release --target sandbox/clone\n\nExits with the code of the command."
)]
pub(super) struct Args {
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let isolation = isolation::isolate();
    // That it is not more than settings is said to whoever wants less, too.
    match isolation {
        Isolation::Network => show::remarks(&[format!("note: {isolation}")]),
        Isolation::Settings(_) => show::warning(&format!("warning: {isolation}")),
    }
    let error = isolation.become_command(&args.command);
    Err(CliError::usage(error))
}
