//! `runbook gc`: removes runs that ended long ago, whole, and says which.

use super::desk::{self, Ended};
use super::{moment, show};
use crate::exec::process::shim::secret_folder;
use crate::exec::state::RunState;
use crate::exec::state::next::is_at_rest;
use crate::exec::store::{Run, Store, StoreError};
use crate::runs;
use crate::runs::standing;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
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
    let now = Timestamp::now();
    let before = now.saturating_sub(args.keep).unwrap_or(Timestamp::MIN);
    let (mut removed, mut kept) = (0, 0);
    let (runs, mut damaged) = runs::readable(&store)?;
    let mut gone = BTreeSet::new();
    for (run, state) in &runs {
        let Some((words, head)) = too_old(run, state, before)? else {
            kept += 1;
            continue;
        };
        let stay = runs.iter().filter(|(run, _)| !gone.contains(&run.id));
        if let Some(earlier) = Store::needs((run, state), stay) {
            let (short, earlier) = (run.short(), earlier.short());
            show::line(&format!(
                "{short} is kept: {earlier}, which has the same lock, is not to be taken back under it"
            ));
            kept += 1;
            continue;
        }
        if let Err(error) = run.fitting(state.clone()) {
            damaged.add(&run.id, &error);
            continue;
        }
        if !args.dry_run {
            // With the run goes the word of where they are.
            secret_folder::forget_left(&run.folder);
            match store.remove(run.clone(), &head) {
                Ok(true) => {}
                // Somebody writes a remark or takes it back just now, or did so since we looked.
                Ok(false) | Err(StoreError::Driven { .. }) => {
                    kept += 1;
                    continue;
                }
                Err(other) => return Err(other.into()),
            }
        }
        show::line(&words);
        gone.insert(run.id.clone());
        removed += 1;
    }
    // What cannot be read may be evidence.
    show::complain(&damaged.lines);
    kept += damaged.lines.len();
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

/// How a run is said to be removed, and the hash of its last line, if it ended and nothing was added
/// since `before`.
fn too_old(
    run: &Run,
    state: &RunState,
    before: Timestamp,
) -> Result<Option<(String, String)>, StoreError> {
    if !is_at_rest(&run.plan, state) {
        return Ok(None);
    }
    let contents = run.contents()?;
    let last = contents.entries.last().map_or("", |entry| &entry.at);
    let old = last.parse::<Timestamp>().is_ok_and(|at| at < before);
    Ok(old.then(|| {
        let words = format!(
            "{}  {} {}  {}, last line {last}",
            run.id,
            run.plan.runbook,
            run.plan.version,
            standing::word(run, state)
        );
        (words, contents.head.clone())
    }))
}
