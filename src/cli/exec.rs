//! `runbook exec`: begins a run, and drives it or leaves it to a process of its own.

use super::context;
use super::drive_options::DriveOptions;
use super::error::CliError;
use super::show;
use super::start::{self, What};
use super::status;
use super::step_selection::StepSelection;
use super::time_argument;
use crate::exec::engine::operator::Operator;
use crate::exec::plan::Plan;
use crate::exec::state::exit::ExitCode;
use crate::exec::store::StoreError;
use crate::runs::{detach, lock_wait, sources};
use crate::times;
use jiff::SignedDuration;
use std::path::Path;
use std::time::Duration;

/// Run a runbook, step by step
///
/// Saves the plan of all steps, then runs them. You can stop at any time: the run stays open, and
/// `runbook resume` continues it, even if this process was killed.
#[derive(clap::Args)]
#[command(alias = "run")]
#[command(
    after_help = "Examples:\n  runbook exec hotfix --target ../app\n  runbook exec hotfix --target ../app --non-interactive -p base=1.4.2 -p version=1.4.3\n  runbook exec hotfix --target ../app --incident INC-4711 --lock-wait 10m\n  runbook exec hotfix --like 7KQ2PS -p version=1.4.4 --ticket CHG-17\n  runbook exec nightly --target ../app --run-key nightly-2026-11-25 --detach\n  runbook exec hotfix --target ../app --until build\n  runbook exec hotfix --target ../app --skip tell --reason 'the channel is down'\n  runbook exec hotfix --target ../app --from publish --reason 'the rest was done by hand'\n\nExits with 0 finished, 1 failed, 3 nothing started, 4 refused, 5 waits for somebody, 6 in doubt, 9 locked, 12 aborted."
)]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    steps: StepSelection,
    /// Why a high-risk runbook is run although it is not committed
    #[arg(long, value_name = "REASON")]
    uncommitted: Option<String>,
    /// The incident that the run belongs to; shown with the run
    #[arg(long, value_name = "TEXT", value_parser = one_line)]
    incident: Option<String>,
    /// The ticket that the run belongs to, such as that of a change; shown with the run
    #[arg(long, value_name = "TEXT", value_parser = one_line)]
    ticket: Option<String>,
    /// A key for this run: if a run with this key exists, nothing is started and its status is shown
    #[arg(long, value_name = "KEY", value_parser = one_line)]
    run_key: Option<String>,
    /// How long to wait for an open run that has the lock: 90s, 10m [default: as the runbook says]
    #[arg(long, value_name = "TIME", value_parser = time_argument::age)]
    lock_wait: Option<SignedDuration>,
    /// Start the run in the background, without questions
    #[arg(long, conflicts_with_all = ["events", "step"])]
    detach: bool,
    #[command(flatten)]
    drive: DriveOptions,
}

/// A text that fits on a line.
fn one_line(text: &str) -> Result<String, String> {
    match text.trim().is_empty() || text.contains(char::is_control) {
        true => Err("it has to be a line of text".to_owned()),
        false => Ok(text.to_owned()),
    }
}

pub(super) fn exec(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let echo = args.drive.echo()?;
    let operator = Operator::detect(args.drive.non_interactive);
    let plan = start::plan(project, &args.what, operator)?;
    let plan = args.steps.of(plan, args.drive.until())?;
    let plan = Plan {
        run_key: args.run_key.clone(),
        incident: args.incident.clone(),
        ticket: args.ticket.clone(),
        ..sources::admit(plan, args.uncommitted.as_deref())?
    };
    let store = context::store(project)?;
    let mut waits = |refused: &StoreError, left: Duration| {
        let left = times::elapsed(left.as_secs());
        show::line(&format!("{refused}; waiting for it, {left} at most"));
    };
    let mut driven = match lock_wait::begin(&store, &plan, patience(args, &plan), &mut waits) {
        Err(StoreError::Known { run, .. }) => {
            return status::report_existing_run(&store.load(&run)?, &plan);
        }
        begun => begun?,
    };
    if let Some(echo) = echo {
        driven.journal.echo(0, echo);
    }
    let (title, version) = (&plan.title, &plan.version);
    show::line(&format!("{title} {version}  run {}", driven.run.short()));
    match args.detach {
        true => {
            let short = driven.run.short().to_owned();
            let process = detach::leave(project, driven, &args.drive.arguments())?;
            show::line(&format!(
                "it runs in the background as process {process}; follow it with: runbook watch {short}"
            ));
            Ok(ExitCode::Finished)
        }
        false => Ok(args.drive.engine(driven).drive()?),
    }
}

/// How long to wait for the lock.
fn patience(args: &Args, plan: &Plan) -> Duration {
    let written = Duration::from_millis(plan.lock_wait_ms.unwrap_or(0));
    args.lock_wait.map_or(written, SignedDuration::unsigned_abs)
}
