//! `runbook plan`: what a run would do.

use super::context;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use super::start::{self, What};
use super::step_selection::StepSelection;
use crate::exec::engine::operator::Operator;
use crate::exec::plan::Plan;
use crate::exec::state::RunState;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::is_at_rest;
use crate::exec::store::Run;
use crate::exec::tell::preview::{self, ProbeError, Prober, markdown, text};
use crate::runs;
use crate::runs::sources;
use std::path::Path;

/// Show what a run would do (dry run)
///
/// Known values are filled in; a value in ${{ }} is known only during the run. With --probe the
/// checks, the `verify`s and the steps with `effect: read` are run, and nothing else; steps after one
/// that would change something are not probed.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook plan hotfix --target ../app -p base=1.4.2\n  runbook plan hotfix --target ../app -p base=1.4.2 --probe\n  runbook plan hotfix --target ../app --format md > plan.md\n  runbook plan hotfix --target ../app --json\n\nExits with 0, with 1 if --probe finds a check that would stop the run, with 3 if the run could not begin."
)]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    steps: StepSelection,
    /// Stop after this step
    #[arg(long, value_name = "STEP")]
    until: Option<String>,
    /// Run the steps that only read, and show what is already done
    #[arg(long)]
    probe: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "wanted")]
    format: Format,
    #[command(flatten)]
    pub(super) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for a terminal
    Text,
    /// Markdown
    Md,
}

pub(super) fn plan(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let plan = start::plan(project, &args.what, Operator::Absent)?;
    let plan = args.steps.of(plan, args.until.as_ref())?;
    let held_by = holder(project, &plan)?;
    let prober = args.probe.then(Prober::new).transpose();
    let prober = prober.map_err(|error| CliError::usage(format!("cannot look ahead: {error}")))?;
    let mut preview = preview::build(&plan, held_by, prober)?;
    preview.until.clone_from(&args.until);
    preview.first.extend(sources::doubt(&plan));
    match args.format {
        _ if args.json.wanted => envelope::data(&preview),
        Format::Md => show::text(&markdown::render(&preview)),
        Format::Text => text::lines(&preview)
            .iter()
            .for_each(|line| show::line(line)),
    }
    Ok(match preview.has_failure() {
        true => ExitCode::Failed,
        false => ExitCode::Finished,
    })
}

/// The run that has the lock of this plan.
fn holder(project: &Path, plan: &Plan) -> Result<Option<String>, CliError> {
    let (runs, _) = runs::readable(&context::store(project)?)?;
    let holds = |(run, state): &&(Run, RunState)| {
        !is_at_rest(&run.plan, state) && plan.lock.is_some() && run.plan.lock == plan.lock
    };
    Ok(runs
        .iter()
        .find(holds)
        .map(|(run, _)| run.short().to_owned()))
}

impl From<ProbeError> for CliError {
    fn from(error: ProbeError) -> Self {
        let code = match &error {
            ProbeError::Stopped(ending) => ending.code(),
            ProbeError::Io(_) => ExitCode::CouldNotRun,
        };
        Self::new(code, error.to_string())
    }
}
