//! `runbook exec`: begins a run, and drives it.

use super::desk::{self, Ended};
use super::evidence;
use super::manner::Manner;
use super::show;
use super::start::{self, What};
use crate::exec::operator::Operator;
use std::path::Path;

/// Run a runbook, step by step
///
/// Writes down what will be done, then does it. Leave at any time: the run stays open, and
/// `runbook resume` goes on where it was, whatever happened to this process.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook exec hotfix --target ../app\n  runbook exec hotfix --target ../app --non-interactive -p base=1.4.2 -p version=1.4.3\n\nExits with 0 finished, 1 failed, 3 nothing started, 4 refused, 5 waits for somebody, 6 in doubt, 9 locked, 12 aborted."
)]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    /// Why a runbook of high risk is run although it is not committed
    #[arg(long, value_name = "REASON")]
    uncommitted: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn exec(project: &Path, args: &Args) -> Result<u8, Ended> {
    let echo = args.manner.echo()?;
    let operator = Operator::detect(args.manner.non_interactive);
    let plan = start::plan(project, &args.what, operator)?;
    let plan = evidence::admit(plan, args.uncommitted.as_deref())?;
    let (title, version) = (plan.title.clone(), plan.version.clone());
    let mut driven = desk::store(project)?.begin(plan, jiff::Timestamp::now().to_string())?;
    if let Some(echo) = echo {
        driven.journal.echo(0, echo);
    }
    show::line(&format!("{title} {version}  run {}", driven.run.short()));
    Ok(args.manner.engine(driven).drive()?)
}
