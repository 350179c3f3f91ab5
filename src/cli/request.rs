//! `runbook request`: what is asked of approvers, to be sent to them.

use super::context;
use super::error::CliError;
use super::show;
use crate::exec::record::request::{LINE, wrapped};
use crate::exec::state::exit::ExitCode;
use crate::files;
use crate::runs;
use std::path::{Path, PathBuf};

/// Print the request of a step that waits for approval, to send it to an approver
///
/// The approver needs no access to this machine: `runbook approve --request FILE` shows what is asked and signs the
/// answer, and `runbook answer --import FILE` brings the answer back.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook request 7KQ2PS --out request.json\n  runbook request --line\n\nExits with 0, or 2 if nothing waits for approval."
)]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only one that waits for an approval]
    run: Option<String>,
    /// Write it into this file
    #[arg(long, value_name = "FILE", conflicts_with = "line")]
    out: Option<PathBuf>,
    /// Print it as one line, for a chat or a mail
    #[arg(long)]
    line: bool,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let store = context::store(project)?;
    let gate = runs::any_gate(&store, args.run.as_deref())?;
    let asked = gate.asked().ok_or_else(|| {
        let (run, step) = (gate.run.run.short(), &gate.step.id);
        match gate
            .run
            .state
            .steps
            .get(step)
            .and_then(|step| step.gate.text.as_ref())
        {
            None => CliError::usage(format!("nobody was asked at `{step}` yet")).help(format!(
                "resume the run, which asks or says why not: runbook resume {run}"
            )),
            Some(_) => CliError::usage(
                "an earlier version of this program opened this gate, and made no request",
            )
            .help(format!("approve it on this machine: {}", gate.command())),
        }
    })?;
    put(&asked.text, args.line.then_some(LINE), args.out.as_deref())?;
    if let Some(out) = &args.out {
        show::line(&format!(
            "wrote {}; an approver runs: runbook approve --request FILE --sign",
            out.display()
        ));
    }
    Ok(ExitCode::Finished)
}

/// Prints a text whole or as one line behind a mark, or writes it into a file.
pub(super) fn put(text: &str, mark: Option<&str>, out: Option<&Path>) -> Result<(), CliError> {
    let whole = match mark {
        Some(mark) => format!("{}\n", wrapped(text, mark)),
        None if text.ends_with('\n') => text.to_owned(),
        None => format!("{text}\n"),
    };
    match out {
        None => show::text(&whole),
        Some(path) => files::replace(path, whole.as_bytes()).map_err(|error| {
            CliError::usage(format!("cannot write {}: {error}", path.display()))
        })?,
    }
    Ok(())
}
