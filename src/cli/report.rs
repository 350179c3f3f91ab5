//! `runbook report`: what a run tells afterwards, for people, for programs, and as the draft of a
//! troubleshooting page.

use super::context;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::exec::process::shim::Attempt;
use crate::exec::record::journal::Entry;
use crate::exec::state::RunState;
use crate::exec::state::exit::ExitCode;
use crate::exec::store::Run;
use crate::exec::tell::report::entry::{self, Failure};
use crate::exec::tell::report::{self, About, Answer, Report, html, markdown};
use crate::runs::standing;
use std::io;
use std::path::Path;

/// How much of the end of a log a draft shows, in bytes.
const LOG_END: u64 = 2000;

/// Report what happened in a run: decisions, deviations, times
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook report 7KQ2PS > post-mortem.md\n  runbook report 7KQ2PS --format html > report.html\n  runbook report 7KQ2PS --as entry > content/troubleshooting/new.md"
)]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one, else the newest]
    run: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Md, conflicts_with = "wanted")]
    format: Format,
    #[command(flatten)]
    pub(super) json: Json,
    /// Draft a troubleshooting page from a step that failed
    #[arg(
        long = "as",
        value_enum,
        value_name = "entry",
        conflicts_with_all = ["format", "wanted"]
    )]
    shape: Option<Shape>,
    /// The step that the draft is about [default: the first that failed]
    #[arg(long, value_name = "STEP", requires = "shape")]
    step: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Markdown
    Md,
    /// One file without scripts
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// A page for the troubleshooting folder
    Entry,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let (run, _) = context::look_up(&context::store(project)?, args.run.as_deref())?;
    match args.shape {
        Some(Shape::Entry) => draft(&run, args.step.as_deref())?,
        None if args.json.wanted => envelope::data(&assemble(&run)?),
        None => show::text(&render(&assemble(&run)?, args.format)),
    }
    Ok(ExitCode::Finished)
}

/// The report of a run as it stands.
fn assemble(run: &Run) -> Result<Report, CliError> {
    let contents = run.contents()?;
    let state = RunState::fold(&contents.entries);
    let answers = answers(run, &contents.entries);
    let about = About {
        answers: &answers,
        run: &run.id,
        digest: &run.digest,
        state: &standing::word(run, &state),
    };
    Ok(report::assemble(about, &run.plan, &contents))
}

/// The entries that answer what its failed steps said.
fn answers(run: &Run, entries: &[Entry]) -> Vec<Answer> {
    let failures = entry::failures(entries).into_iter();
    let answer = |failure: Failure| {
        let attempt = u32::try_from(failure.attempt).unwrap_or_default();
        let explained = run.explained(run.plan.step(&failure.step)?, attempt)?;
        Some(Answer {
            step: failure.step,
            explained,
        })
    };
    failures.filter_map(answer).collect()
}

fn render(report: &Report, format: Format) -> String {
    match format {
        Format::Md => markdown::render(report),
        Format::Html => html::render(report),
    }
}

fn draft(run: &Run, step: Option<&str>) -> Result<(), CliError> {
    let entries = run.contents()?.entries;
    let failures = entry::failures(&entries);
    let names: Vec<&str> = failures.iter().map(|f| f.step.as_str()).collect();
    let chosen = match step {
        None => failures.first(),
        Some(step) => failures.iter().find(|failure| failure.step == step),
    };
    let Some(failure) = chosen else {
        return Err(CliError::usage(match names.as_slice() {
            [] => "no step of this run failed, so there is nothing to draft a page from".to_owned(),
            names => format!("that step did not fail; these did: {}", names.join(", ")),
        }));
    };
    let attempt = u32::try_from(failure.attempt).unwrap_or_default();
    let attempt = Attempt::new(&run.folder, &failure.step, attempt);
    let said = end_of(&attempt).map_err(|error| {
        CliError::usage(format!("cannot read {}: {error}", attempt.log().display()))
    })?;
    show::text(&entry::draft(&run.plan, &entries, failure, &said));
    let others: Vec<&str> = names
        .into_iter()
        .filter(|name| *name != failure.step)
        .collect();
    if !others.is_empty() {
        show::remarks(&[format!(
            "failed as well: {}; draft a page about one with --step",
            others.join(", ")
        )]);
    }
    Ok(())
}

/// The last whole lines of a log.
fn end_of(attempt: &Attempt) -> io::Result<String> {
    let bytes = attempt.log_end(LOG_END)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match text.split_once('\n') {
        Some((_, whole)) if bytes.len() as u64 == LOG_END => whole.to_owned(),
        _ => text,
    })
}
