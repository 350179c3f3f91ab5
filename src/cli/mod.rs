//! The program's face: verbs, output, exit codes. Alone knows clap and colour.

mod answer;
mod approve;
mod build;
mod bundle;
mod changelog;
mod check;
mod context;
mod diagnose;
mod drive_options;
mod envelope;
mod error;
mod events;
mod exec;
mod gc;
mod help;
mod isolate;
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
mod request;
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
mod times;
mod undo;
mod verify;
mod version;
mod watch;

use crate::exec::engine::operator::Detail;
use crate::exec::process::{isolation, shim};
use crate::exec::rehearsal::fake;
use crate::exec::state::exit;
use crate::screen;
use clap::{ColorChoice, Parser, Subcommand};
use envelope::Json;
use error::{CliError, Fault};
use std::path::PathBuf;
use std::process::ExitCode;

/// The heading of the flags that every verb has.
const EVERYWHERE: &str = "Options of every verb";

/// Make a site from guides and runbooks, and run the runbooks step by step
#[derive(Parser)]
#[command(name = "runbook", version, max_term_width = 100)]
struct Cli {
    /// Work on the project in this folder
    #[arg(
        short = 'C',
        long = "project",
        value_name = "DIR",
        default_value = ".",
        global = true,
        help_heading = EVERYWHERE
    )]
    project: PathBuf,
    /// Show less: no notes, no summaries, no output of steps that succeed
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
    /// Show more: the commands of steps, accepted findings, which folders are used
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = EVERYWHERE)]
    verbose: bool,
    /// When to use colours; `auto` follows the terminal and NO_COLOR
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, global = true, help_heading = EVERYWHERE)]
    color: ColorChoice,
    #[command(subcommand)]
    verb: Option<Verb>,
}

impl Cli {
    /// Lets all that is shown from here on be as this process was asked.
    fn set_up_output(&self) {
        show::set_detail(match (self.quiet, self.verbose) {
            (true, _) => Detail::Little,
            (_, true) => Detail::Much,
            _ => Detail::Normal,
        });
        match self.color {
            // The libraries take each terminal of a build (`CI`) for one with colours, a printer too.
            ColorChoice::Auto if screen::is_printer() && !anstyle_query::clicolor_force() => {
                anstream::ColorChoice::Never.write_global();
            }
            // Their choice: the terminal, NO_COLOR, CLICOLOR_FORCE.
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
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
    Diagnose(diagnose::Args),
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
    Approve(approve::ApproveArgs),
    Reject(approve::RejectArgs),
    Answer(answer::AnswerArgs),
    Request(request::Args),
    Note(note::Args),
    Report(report::Args),
    Verify(verify::Args),
    Times(times::Args),
    Gc(gc::Args),
    Abort(answer::AbortArgs),
    Version(version::Args),
    Changelog(changelog::Args),
    Isolate(isolate::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

impl Verb {
    /// The verb's name, if its answer is to be JSON.
    fn answers_in_json(&self) -> Option<&'static str> {
        let (name, json) = match self {
            Self::Build(args) => ("build", args.json),
            Self::Bundle(args) => ("bundle", args.json),
            Self::Changelog(args) => ("changelog", args.json),
            Self::Check(args) => ("check", args.json),
            Self::Gc(args) => ("gc", args.json),
            Self::List(args) => ("list", args.json),
            Self::Logs(args) => ("logs", args.json),
            Self::Plan(args) => ("plan", args.json),
            Self::Report(args) => ("report", args.json),
            Self::Runs(args) => ("runs", args.json),
            Self::Search(args) => ("search", args.json),
            Self::Diagnose(args) => ("diagnose", args.json),
            Self::Show(args) => ("show", args.json),
            Self::Status(args) => ("status", args.json),
            Self::Test(args) => ("test", args.json),
            Self::Times(args) => ("times", args.json),
            Self::Undo(args) => ("undo", Json { wanted: args.json }),
            Self::Verify(args) => ("verify", args.json),
            Self::Version(args) => ("version", Json { wanted: args.json }),
            _ => return None,
        };
        json.wanted.then_some(name)
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    if let Some(folder) = shim_folder() {
        return ExitCode::from(u8::from(shim::run(&folder).is_err()));
    }
    if is_probe_of_isolation() {
        return match isolation::leave_network() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
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
            refuse_in_json(&error);
            return ExitCode::from(code as u8);
        }
    };
    cli.set_up_output();
    let project = &cli.project;
    let Some(verb) = &cli.verb else {
        return end(overview::run(project));
    };
    if let Some(name) = verb.answers_in_json() {
        envelope::begin(Some(name));
    }
    let ended = match verb {
        Verb::New(args) => new::run(args),
        Verb::Build(args) => build::run(project, args),
        Verb::Bundle(args) => bundle::run(project, args),
        Verb::Check(args) => check::run(project, args),
        Verb::Serve(args) => serve::run(project, args),
        Verb::Test(args) => test::run(project, args),
        Verb::Schema(args) => schema::run(project, args),
        Verb::Search(args) => search::run(project, args),
        Verb::Diagnose(args) => diagnose::run(project, args),
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
        Verb::Request(args) => request::run(project, args),
        Verb::Approve(args) => approve::approve(project, args),
        Verb::Reject(args) => approve::reject(project, args),
        Verb::Answer(args) => answer::answer(project, args),
        Verb::Note(args) => note::run(project, args),
        Verb::Report(args) => report::run(project, args),
        Verb::Verify(args) => verify::run(project, args),
        Verb::Times(args) => times::run(project, args),
        Verb::Gc(args) => gc::run(project, args),
        Verb::Abort(args) => answer::abort(project, args),
        Verb::Changelog(args) => changelog::run(project, args),
        Verb::Version(args) => version::run(project, args),
        Verb::Isolate(args) => isolate::run(args),
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
    let code = match ended {
        Ok(code) => code,
        Err(ended) => {
            show::complain(&ended.faults);
            ended.code
        }
    };
    envelope::end(code);
    ExitCode::from(code.number())
}

/// Answers in JSON too that arguments cannot be read, if JSON was asked for.
fn refuse_in_json(error: &clap::Error) {
    if error.use_stderr() && std::env::args_os().any(|word| word == "--json") {
        envelope::begin(None);
        envelope::error(&Fault::new(error.render().to_string().trim()));
        envelope::end(exit::ExitCode::CouldNotRun);
    }
}

/// Whether the program was started to find out how well it can isolate.
fn is_probe_of_isolation() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|verb| verb == isolation::VERB)
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
