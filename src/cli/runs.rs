//! `runbook runs` and `runbook status`: what is there, and how far it is.

use super::desk::{self, Ended};
use super::show;
use crate::exec::next::{Action, next};
use crate::exec::state::{End, RunState};
use crate::exec::store::Run;
use serde_json::{Value, json};
use std::path::Path;

/// List runs, the newest last
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only those that have not ended
    #[arg(long)]
    open: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Show how far a run is
#[derive(clap::Args)]
pub(super) struct StatusArgs {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<u8, Ended> {
    let store = desk::store(project)?;
    let runs = if args.open {
        store.open_runs()?
    } else {
        store.runs()?
    };
    let mut lines = Vec::new();
    for run in &runs {
        let state = run.state()?;
        match args.json {
            true => lines.push(summary(run, &state)),
            false => show::line(&format!(
                "{}  {} {}  {}  by {}",
                run.short(),
                run.plan.runbook,
                run.plan.version,
                word(run, &state),
                state.initiator
            )),
        }
    }
    if args.json {
        show::text(&format!("{:#}\n", Value::Array(lines)));
    } else if runs.is_empty() {
        show::line("no runs; begin one with: runbook exec ID --target DIR");
    }
    Ok(0)
}

pub(super) fn status(project: &Path, args: &StatusArgs) -> Result<u8, Ended> {
    let run = desk::find(&desk::store(project)?, args.run.as_deref())?;
    let state = run.state()?;
    if args.json {
        show::text(&format!("{:#}\n", summary(&run, &state)));
        return Ok(0);
    }
    show::line(&format!(
        "{} {}  run {}  {}",
        run.plan.title,
        run.plan.version,
        run.short(),
        word(&run, &state)
    ));
    for (at, step) in run.plan.steps.iter().enumerate() {
        show::line(&format!(
            "{:>3}  {:<11} {}",
            at + 1,
            state.progress(&step.id).word(),
            step.title
        ));
    }
    if state.end.is_none() {
        show::line(&format!("go on with: runbook resume {}", run.short()));
    }
    Ok(0)
}

/// One word or two for the whole run.
fn word(run: &Run, state: &RunState) -> String {
    match (&state.end, next(&run.plan, state)) {
        (Some(End::Finished), _) => "finished".to_owned(),
        (Some(End::Refused), _) => "refused".to_owned(),
        (Some(End::Aborted), _) => "aborted".to_owned(),
        (Some(End::Undone), _) => "taken back".to_owned(),
        (None, Action::Begin(step)) => format!("open before {}", step.id),
        (None, Action::Gate(step)) => format!("waiting at {}", step.id),
        (None, Action::Failed(step)) => format!("failed at {}", step.id),
        (None, Action::Settle(step)) => format!("in doubt at {}", step.id),
        (None, Action::Recover(step)) => format!("left in {}", step.id),
        (None, _) => "open".to_owned(),
    }
}

fn summary(run: &Run, state: &RunState) -> Value {
    let step = |step: &crate::exec::plan::Step| {
        let found = state.steps.get(&step.id).cloned().unwrap_or_default();
        json!({
            "id": step.id,
            "title": step.title,
            "progress": found.progress.word(),
            "attempt": found.attempt,
            "exit": found.exit,
            "outputs": found.outputs,
        })
    };
    json!({
        "run": run.id,
        "runbook": run.plan.runbook,
        "version": run.plan.version,
        "state": word(run, state),
        "open": state.end.is_none(),
        "initiator": state.initiator,
        "target": run.plan.target,
        "steps": run.plan.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
