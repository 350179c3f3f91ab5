//! `runbook gc`: removes runs that ended long ago, whole, and says which.

use super::desk::{self, Ended};
use super::{moment, runs, show};
use crate::exec::state::RunState;
use crate::exec::store::{Run, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;

/// Remove runs that ended long ago; never one that is open
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook gc --dry-run\n  runbook gc --keep 30d")]
pub(super) struct Args {
    /// How long a run is kept after its last line
    #[arg(long, value_name = "AGE", default_value = "90d", value_parser = moment::age)]
    keep: SignedDuration,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<u8, Ended> {
    let store = desk::store(project)?;
    let before = Timestamp::now() - args.keep;
    let (mut removed, mut kept) = (0, 0);
    for run in store.runs()? {
        let words = match too_old(&run, before) {
            Ok(Some(words)) => words,
            Ok(None) => {
                kept += 1;
                continue;
            }
            // What cannot be read may be evidence.
            Err(error) => {
                show::complain(&[format!("{} is kept: {error}", run.short())]);
                kept += 1;
                continue;
            }
        };
        if !args.dry_run {
            match store.remove(run) {
                Ok(()) => {}
                // Somebody writes a remark or takes it back just now.
                Err(StoreError::Driven(_)) => {
                    kept += 1;
                    continue;
                }
                Err(other) => return Err(other.into()),
            }
        }
        show::line(&words);
        removed += 1;
    }
    let verb = if args.dry_run {
        "would be removed"
    } else {
        "removed"
    };
    show::line(&format!(
        "{} {verb}, {kept} kept",
        show::count(removed, "run")
    ));
    Ok(0)
}

/// How a run is said to be removed, if it ended and nothing was added since `before`.
fn too_old(run: &Run, before: Timestamp) -> Result<Option<String>, StoreError> {
    let contents = run.contents()?;
    let state = RunState::fold(&contents.entries);
    let last = contents.entries.last().map_or("", |entry| &entry.at);
    let old = last.parse::<Timestamp>().is_ok_and(|at| at < before);
    Ok((state.end.is_some() && old).then(|| {
        format!(
            "{}  {} {}  {}, last line {last}",
            run.id,
            run.plan.runbook,
            run.plan.version,
            runs::word(run, &state)
        )
    }))
}
