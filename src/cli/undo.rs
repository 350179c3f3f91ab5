//! `runbook undo`: takes back what a run did, or a part of it, or says what that would be.

use super::desk::{self, Ended};
use super::show;
use crate::exec::engine::Engine;
use crate::exec::operator::Operator;
use crate::exec::plan::{Step, Undo};
use crate::exec::state::{End, Progress, RunState};
use crate::exec::store::Run;
use crate::exec::taking_back::{Scope, within};
use crate::exec::values::{Values, printable};
use std::path::Path;

/// Take back what a run did, the last first
///
/// For a run that is open, failed, refused or aborted. With --to or --only the run stays as open as
/// it is, and `resume` does again what was taken back. A version that users have is taken back by
/// the runbook `rollback` instead.
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
        describe(&run, &state, &steps);
        return Ok(0);
    }
    let driven = store.drive(run, jiff::Timestamp::now().to_string())?;
    let engine = Engine::new(
        driven,
        Operator::detect(false),
        desk::account(),
        jiff::Timestamp::now,
    );
    Ok(engine.undo(&scope)?)
}

/// Shows what would be taken back.
fn describe(run: &Run, state: &RunState, steps: &[Step]) {
    let (can, cannot): (Vec<&Step>, Vec<&Step>) = steps
        .iter()
        .partition(|step| matches!(step.undo, Some(Undo::Command { .. })));
    let line = |text: String| show::line(&printable(&text));
    for (at, step) in can.iter().enumerate() {
        line(format!("{:>3}  {}  [{}]", at + 1, step.title, step.id));
        if state.progress(&step.id) == Progress::Started {
            line("     it runs, or its end is not known yet: that is found out first".to_owned());
        }
        if let Some(Undo::Command { command, .. }) = &step.undo {
            let values = Values {
                plan: &run.plan,
                state,
                run: &run.id,
                head: "",
                at: &step.id,
            };
            let words = values.words(command);
            words
                .lines()
                .for_each(|words| line(format!("     {words}")));
        }
    }
    if can.is_empty() {
        show::line("nothing would be taken back");
    }
    for step in cannot {
        let why = match &step.undo {
            Some(Undo::None(reason)) => format!("stays: {reason}"),
            Some(Undo::Instead(runbook)) => format!("take it back with: runbook exec {runbook}"),
            _ => "stays: it has no undo".to_owned(),
        };
        line(format!("  -  {}  [{}]", step.title, step.id));
        line(format!("     {why}"));
    }
    show::line("nothing was started");
}
