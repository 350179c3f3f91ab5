//! `runbook new`: a project to begin with, and a page to begin with.

use super::error::CliError;
use super::show;
use crate::exec::state::exit::ExitCode;
use crate::exec::tell::report::entry;
use crate::starter;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Create a project: a site with a guide and a runbook
///
/// Creates the folder if it is missing. Files that exist are not changed. `new entry` drafts a page about a message
/// that no entry answers.
#[derive(clap::Args)]
#[command(
    alias = "init",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
#[command(
    after_help = "Examples:\n  runbook new our-releases\n  cd our-releases && runbook serve\n  cd our-releases && runbook exec disk-space\n  runbook new entry content/t45-disk-full.md --from-log failed.log"
)]
pub(super) struct Args {
    /// The project's folder
    #[arg(required = true)]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Draft a troubleshooting page from the log of a failure
    Entry {
        /// The page to write
        file: PathBuf,
        /// The log that nothing answers
        #[arg(long, value_name = "LOG")]
        from_log: PathBuf,
    },
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    match (&args.what, &args.folder) {
        (Some(What::Entry { file, from_log }), _) => draft(file, from_log),
        (None, Some(folder)) => begin(folder),
        (None, None) => Err(CliError::usage("name the project's folder".to_owned())),
    }
}

fn begin(folder: &Path) -> Result<ExitCode, CliError> {
    let help = "nothing was changed: name another folder, or add what is missing by hand";
    let files = starter::begin(folder)
        .map_err(|error| CliError::usage(error.to_string()).help(help.to_owned()))?;
    for file in files {
        show::line(&folder.join(file).display().to_string());
    }
    show::summary_line(&format!("next: cd {} && runbook serve", folder.display()));
    Ok(ExitCode::Finished)
}

fn draft(file: &Path, log: &Path) -> Result<ExitCode, CliError> {
    let failed = |what: &str, path: &Path, error: &io::Error| {
        CliError::usage(format!("cannot {what} {}: {error}", path.display()))
    };
    let said = fs::read(log).map_err(|error| failed("read", log, &error))?;
    let page = entry::draft_of_log(&String::from_utf8_lossy(&said));
    let made = fs::File::create_new(file).and_then(|mut made| made.write_all(page.as_bytes()));
    made.map_err(|error| failed("write", file, &error))?;
    show::line(&file.display().to_string());
    show::summary_line(
        "next: complete it, keep the one line that tells this fault from others under `errors`, delete `draft: true`, then: runbook check",
    );
    Ok(ExitCode::Finished)
}
