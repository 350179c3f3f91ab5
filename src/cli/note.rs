//! `runbook note`: a remark for the record, with files that prove it, from any terminal.

use super::answer::deliver_with;
use super::error::CliError;
use super::time_argument;
use crate::exec::record::inbox::Message;
use crate::exec::state::exit::ExitCode;
use crate::runs;
use std::path::{Path, PathBuf};

/// Add a note to a run
///
/// A run takes notes while it runs and after it has ended.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook note 7KQ2PS 'error rate back to normal' --at 02:14\n  runbook note 7KQ2PS 'the dashboard then' --attach dashboard.png"
)]
pub(super) struct Args {
    /// The run, by the end of its id
    run: String,
    /// The text of the note
    text: String,
    /// When it was, as 02:14 or 2026-11-25T02:14:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A file to keep with it
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    if args.text.trim().is_empty() {
        return Err(CliError::usage("an empty note says nothing"));
    }
    let now = jiff::ZonedDateTime::now();
    let seen = args
        .at
        .as_ref()
        .map(|at| time_argument::past(at, &now))
        .transpose()
        .map_err(CliError::usage)?;
    let message = Message::Note {
        by: runs::account(),
        text: args.text.clone(),
        seen: seen.map(|seen| seen.to_string()),
        files: Vec::new(),
    };
    deliver_with(project, &args.run, message, &args.attach)
}
