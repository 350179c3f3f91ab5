//! `runbook new`: a project to begin with.

use super::error::CliError;
use super::show;
use crate::exec::state::exit::ExitCode;
use crate::starter;
use std::path::PathBuf;

/// Create a project: a site with a guide and a runbook
///
/// Creates the folder if it is missing. Files that exist are not changed.
#[derive(clap::Args)]
#[command(alias = "init")]
#[command(
    after_help = "Examples:\n  runbook new our-releases\n  cd our-releases && runbook serve\n  cd our-releases && runbook exec disk-space"
)]
pub(super) struct Args {
    /// The project's folder
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let help = "nothing was changed: name another folder, or add what is missing by hand";
    let files = starter::begin(&args.folder)
        .map_err(|error| CliError::usage(error.to_string()).help(help.to_owned()))?;
    for file in files {
        show::line(&args.folder.join(file).display().to_string());
    }
    show::summary_line(&format!(
        "next: cd {} && runbook serve",
        args.folder.display()
    ));
    Ok(ExitCode::Finished)
}
