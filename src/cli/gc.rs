//! `runbook gc`: removes runs that ended long ago, whole, and says which.

use super::context;
use super::envelope::{self, Json};
use super::error::CliError;
use super::{show, time_argument};
use crate::exec::state::exit::ExitCode;
use crate::runs::remove::{self, Said};
use crate::runs::standing;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::Path;

/// Remove old runs that have ended; open runs are kept
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook gc --dry-run\n  runbook gc --keep 30d")]
pub(super) struct Args {
    /// Keep runs whose last entry is younger than this
    #[arg(long, value_name = "AGE", default_value = "90d", value_parser = time_argument::age)]
    keep: SignedDuration,
    /// Only show what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let store = context::store(project)?;
    let now = Timestamp::now();
    let before = now.saturating_sub(args.keep).unwrap_or(Timestamp::MIN);
    let (mut removed, mut kept) = (Vec::new(), Vec::new());
    let found = remove::old(&store, before, args.dry_run, &mut |said| {
        if args.json.wanted {
            as_json(&said, &mut removed, &mut kept);
        } else {
            show::line(&describe(said));
        }
    })?;
    show::complain(&context::faults(&found.damaged));
    if args.json.wanted {
        envelope::data(&json!({
            "dry_run": args.dry_run,
            "removed": removed,
            "kept": found.kept,
            "needed": kept,
        }));
        return Ok(ExitCode::Finished);
    }
    let verb = match args.dry_run {
        true => "would be removed",
        false => "removed",
    };
    let (removed, kept) = (show::count(found.removed, "run"), found.kept);
    show::summary_line(&format!("{removed} {verb}, {kept} kept"));
    Ok(ExitCode::Finished)
}

fn describe(said: Said<'_>) -> String {
    match said {
        Said::Removed { run, state, last } => format!(
            "{}  {} {}  {}, last line {last}",
            run.id,
            run.plan.runbook,
            run.plan.version,
            standing::word(run, state)
        ),
        Said::Kept { run, earlier } => format!(
            "{} is kept: {}, which has the same lock, must not be undone under it",
            run.short(),
            earlier.short()
        ),
    }
}

/// What is said of a run, as data: those that are removed, and the old ones that others need.
fn as_json(said: &Said<'_>, removed: &mut Vec<Value>, needed: &mut Vec<Value>) {
    match said {
        Said::Removed { run, state, last } => removed.push(json!({
            "run": run.id,
            "runbook": run.plan.runbook,
            "version": run.plan.version,
            "state": standing::word(run, state),
            "last": last,
        })),
        Said::Kept { run, earlier } => needed.push(json!({ "run": run.id, "by": earlier.id })),
    }
}
