//! The program's face: verbs, output, exit codes. Alone knows clap and colour.

mod answer;
mod build;
mod bundle;
mod check;
mod context;
mod drive_options;
mod error;
mod events;
mod exec;
mod gc;
mod help;
mod list;
mod logs;
mod man_markdown;
mod mistakes;
mod new;
mod note;
mod overview;
mod plan;
mod replan;
mod report;
mod resume;
mod run_list;
mod schema;
mod search;
mod serve;
mod shell;
mod show;
mod start;
mod status;
mod step_selection;
mod test;
mod time_argument;
mod undo;
mod verify;
mod watch;

use crate::exec::process::shim;
use crate::exec::rehearsal::fake;
use crate::exec::state::exit;
use clap::{Parser, Subcommand};
use error::CliError;
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
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    New(new::Args),
    Build(build::Args),
    Bundle(bundle::Args),
    Check(check::Args),
    Serve(serve::Args),
    Test(test::Args),
    Schema(schema::Args),
    Search(search::Args),
    List(list::Args),
    Show(list::ShowArgs),
    Plan(plan::Args),
    Exec(exec::Args),
    Resume(resume::Args),
    Undo(undo::Args),
    Runs(run_list::Args),
    Status(status::StatusArgs),
    Logs(logs::Args),
    Watch(watch::Args),
    Approve(answer::ApproveArgs),
    Reject(answer::RejectArgs),
    Answer(answer::AnswerArgs),
    Note(note::Args),
    Report(report::Args),
    Verify(verify::Args),
    Gc(gc::Args),
    Abort(answer::AbortArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
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
    if let Some(folder) = shim_folder() {
        return ExitCode::from(u8::from(shim::run(&folder).is_err()));
    }
    if let Some(arguments) = fake_arguments() {
        return fake::run(&arguments)
            .map_or(ExitCode::from(125), |code| ExitCode::from(code as u8));
    }
    let cli: Cli = match help::parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = error.exit_code();
            let _ = error.print();
            return ExitCode::from(code as u8);
        }
    };
    let project = &cli.project;
    let Some(verb) = &cli.verb else {
        return end(overview::run(project));
    };
    let ended = match verb {
        Verb::New(args) => new::run(args),
        Verb::Build(args) => return build::run(project, args).into(),
        Verb::Bundle(args) => return bundle::run(project, args).into(),
        Verb::Check(args) => return check::run(project, args).into(),
        Verb::Serve(args) => serve::run(project, args),
        Verb::Test(args) => test::run(project, args),
        Verb::Schema(args) => schema::run(project, args),
        Verb::Search(args) => search::run(project, args),
        Verb::List(args) => list::list(project, args),
        Verb::Show(args) => list::show(project, args),
        Verb::Plan(args) => plan::plan(project, args),
        Verb::Exec(args) => exec::exec(project, args),
        Verb::Resume(args) => resume::resume(project, args),
        Verb::Undo(args) => undo::undo(project, args),
        Verb::Runs(args) => run_list::run(project, args),
        Verb::Watch(args) => watch::run(project, args),
        Verb::Status(args) => status::status(project, args),
        Verb::Logs(args) => logs::logs(project, args),
        Verb::Approve(args) => answer::approve(project, args),
        Verb::Reject(args) => answer::reject(project, args),
        Verb::Answer(args) => answer::answer(project, args),
        Verb::Note(args) => note::run(project, args),
        Verb::Report(args) => report::run(project, args),
        Verb::Verify(args) => verify::run(project, args),
        Verb::Gc(args) => gc::run(project, args),
        Verb::Abort(args) => answer::abort(project, args),
        Verb::Completions(args) => shell::completions(args),
        Verb::Man(args) => shell::man(args),
    };
    end(ended)
}

fn end(ended: Result<exit::ExitCode, CliError>) -> ExitCode {
    // An answer that nobody could read is none. What became of a run is known all the same.
    let ended = ended.and_then(|code| match (code, show::taken()) {
        (exit::ExitCode::Finished, Err(why)) => Err(CliError::usage(why)),
        _ => Ok(code),
    });
    match ended {
        Ok(code) => ExitCode::from(code.number()),
        Err(ended) => {
            show::complain(&ended.lines);
            ExitCode::from(ended.code.number())
        }
    }
}

/// What stands behind the hidden verb by which a rehearsal starts the program as a fake command.
fn fake_arguments() -> Option<Vec<String>> {
    let mut arguments = std::env::args_os().skip(1);
    (arguments.next()? == fake::VERB).then(|| {
        arguments
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    })
}

/// The folder after the hidden verb by which the program starts itself as a shim.
fn shim_folder() -> Option<PathBuf> {
    let mut arguments = std::env::args_os().skip(1);
    (arguments.next()? == shim::VERB).then(|| arguments.next().map(PathBuf::from))?
}
