//! `runbook gc`: removes runs that ended long ago, whole, and says which.

use super::context::{self, CliError};
use super::{show, time_argument};
use crate::exec::state::exit::ExitCode;
use crate::runs::remove::{self, Said};
use crate::runs::standing;
use jiff::{SignedDuration, Timestamp};
use std::path::Path;

/// Remove runs that ended long ago; never one that is open
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook gc --dry-run\n  runbook gc --keep 30d")]
pub(super) struct Args {
    /// How long a run is kept after its last line
    #[arg(long, value_name = "AGE", default_value = "90d", value_parser = time_argument::age)]
    keep: SignedDuration,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let store = context::store(project)?;
    let now = Timestamp::now();
    let before = now.saturating_sub(args.keep).unwrap_or(Timestamp::MIN);
    let found = remove::old(&store, before, args.dry_run, &mut |said| {
        show::line(&words(said));
    })?;
    show::complain(&found.damaged.lines);
    let verb = match args.dry_run {
        true => "would be removed",
        false => "removed",
    };
    let (removed, kept) = (show::count(found.removed, "run"), found.kept);
    show::line(&format!("{removed} {verb}, {kept} kept"));
    Ok(ExitCode::Finished)
}

fn words(said: Said<'_>) -> String {
    match said {
        Said::Removed { run, state, last } => format!(
            "{}  {} {}  {}, last line {last}",
            run.id,
            run.plan.runbook,
            run.plan.version,
            standing::word(run, state)
        ),
        Said::Kept { run, earlier } => format!(
            "{} is kept: {}, which has the same lock, is not to be taken back under it",
            run.short(),
            earlier.short()
        ),
    }
}
