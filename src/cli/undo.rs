//! `runbook undo`: takes back what a run did, or a part of it, or says what that would be.

use super::desk::{self, Ended};
use super::show;
use crate::exec::engine::Engine;
use crate::exec::operator::Operator;
use crate::exec::state::End;
use crate::exec::taking_back::{self, Scope, within};
use crate::exec::values::{Values, printable};
use std::path::Path;

/// Take back what a run did, the last first
///
/// For a run that is open, failed, refused or aborted. With --to or --only the run stays as open as
/// it is, and `resume` does again what was taken back. A version that users have is taken back by
/// the runbook `rollback` instead. Of a run of high risk, a terminal shows
/// what would be done, and asks first.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook undo 7KQ2PS --plan\n  runbook undo 7KQ2PS\n  runbook undo 7KQ2PS --to build\n  runbook undo 7KQ2PS --only push_branch\n\nExits with 7 when all of it is taken back, 8 when something could not be; after a part of it, with the code of the run as it is then."
)]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// Only show what would be taken back, in order, and what cannot be
    #[arg(long)]
    plan: bool,
    /// Only what was begun after this step, so that the run stands behind it again
    #[arg(long, value_name = "STEP")]
    to: Option<String>,
    /// Only this step
    #[arg(long, value_name = "STEP", conflicts_with = "to")]
    only: Option<String>,
}

pub(super) fn undo(project: &Path, args: &Args) -> Result<u8, Ended> {
    let store = desk::store(project)?;
    let run = desk::find(&store, args.run.as_deref())?;
    let state = run.state()?;
    if state.end == Some(End::Finished) {
        return Err(Ended::usage(
            "the run is finished; take a released version back with: runbook exec rollback",
        ));
    }
    let scope = match (&args.to, &args.only) {
        (Some(step), _) => Scope::After(step.clone()),
        (_, Some(step)) => Scope::Only(step.clone()),
        _ => Scope::All,
    };
    let steps = within(&run.plan, &state, &scope).map_err(Ended::usage)?;
    if args.plan {
        let values = Values {
            plan: &run.plan,
            state: &state,
            run: &run.id,
            head: "",
            at: "",
        };
        taking_back::lines(&values, &steps)
            .iter()
            .for_each(|line| show::line(&printable(line)));
        show::line("nothing was started");
        return Ok(0);
    }
    let driven = store.drive_on(run, jiff::Timestamp::now().to_string())?;
    let engine = Engine::new(
        driven,
        Operator::detect(false),
        desk::account(),
        jiff::Timestamp::now,
    );
    Ok(engine.undo(&scope)?)
}
