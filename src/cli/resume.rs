//! `runbook resume` and `undo`: a run that is there already, driven on or taken back.

use super::desk::{self, Ended};
use super::manner::Manner;
use super::show;
use crate::exec::engine::Engine;
use crate::exec::operator::Operator;
use crate::exec::state::End;
use std::path::Path;

/// Go on with a run
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook resume\n  runbook resume 7KQ2PS --non-interactive")]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// Why a run that stands at the limit of its budget goes on for as long again
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Leave the terminal's session first, as a run that was begun with `exec --detach` does
    #[arg(long, hide = true)]
    own_session: bool,
    #[command(flatten)]
    manner: Manner,
}

/// Take back what a run did, the last first
///
/// For a run that is open, failed, refused or aborted. A version that users have is taken back by
/// the runbook `rollback` instead.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  runbook undo 7KQ2PS")]
pub(super) struct UndoArgs {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
}

pub(super) fn resume(project: &Path, args: &Args) -> Result<u8, Ended> {
    let echo = args.manner.echo()?;
    if args.own_session {
        // Whoever leads a session already has one of its own.
        let _ = nix::unistd::setsid();
    }
    let store = desk::store(project)?;
    let run = desk::find(&store, args.run.as_deref())?;
    show::line(&format!(
        "{} {}  run {}",
        run.plan.title,
        run.plan.version,
        run.short()
    ));
    let mut driven = store.drive(run, jiff::Timestamp::now().to_string())?;
    if let Some(echo) = echo {
        driven.journal.echo(driven.journal.found(), echo);
    }
    let mut engine = args.manner.engine(driven);
    if let Some(reason) = &args.reason {
        engine.lift_limit(reason)?;
    }
    Ok(engine.drive()?)
}

pub(super) fn undo(project: &Path, args: &UndoArgs) -> Result<u8, Ended> {
    let store = desk::store(project)?;
    let run = desk::find(&store, args.run.as_deref())?;
    if run.state()?.end == Some(End::Finished) {
        return Err(Ended::usage(
            "the run is finished; take a released version back with: runbook exec rollback",
        ));
    }
    let driven = store.drive(run, jiff::Timestamp::now().to_string())?;
    Ok(Engine::new(
        driven,
        Operator::detect(false),
        desk::account(),
        jiff::Timestamp::now,
    )
    .undo()?)
}
