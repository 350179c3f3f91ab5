//! The program's face: verbs, output, exit codes. Alone knows clap and colour.

mod build;
mod check;
mod show;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Guides and runbooks as a site, and the runbooks step by step from the terminal.
#[derive(Parser)]
#[command(name = "runbook", version, max_term_width = 100)]
struct Cli {
    /// Work on the project in this folder
    #[arg(
        short = 'C',
        long = "project",
        value_name = "DIR",
        default_value = ".",
        global = true
    )]
    project: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Build(build::Args),
    Check(check::Args),
}

/// What a verb of the site ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Findings,
    /// The work could not be done.
    CouldNotRun,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::CouldNotRun => 2,
        })
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = error.exit_code();
            let _ = error.print();
            return ExitCode::from(code as u8);
        }
    };
    match cli.verb {
        Verb::Build(args) => build::run(&cli.project, &args).into(),
        Verb::Check(args) => check::run(&cli.project, &args).into(),
    }
}
