//! `runbook undo`: takes back what a run did, or a part of it, or says what that would be.

use super::context;
use super::envelope;
use super::error::CliError;
use super::show;
use crate::exec::engine::Engine;
use crate::exec::engine::operator::{Heard, Operator};
use crate::exec::plan::Step;
use crate::exec::state::RunState;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::undo::{self, Scope, StepUndo};
use crate::exec::state::values::Values;
use crate::exec::store::Run;
use crate::printable::printable;
use crate::runs::{self, RunsError, take_up};
use std::path::Path;

/// Undo what a run did, the last step first
///
/// With --to or --only an open run stays open, and `resume` runs the undone steps again. You have to
/// confirm the undo of a finished run; if its runbook names another runbook for the undo, run that one.
/// A run that has ended cannot be undone if a later run with the same lock has changed something. For
/// a high-risk runbook, a terminal first shows what would be undone, and asks.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook undo 7KQ2PS --plan\n  runbook undo 7KQ2PS\n  runbook undo 7KQ2PS --to build\n  runbook undo 7KQ2PS --only push_branch\n  runbook undo 7KQ2PS --confirm 7KQ2PS\n\nExits with 7 when everything is undone, 8 when something could not be; after a partial undo, with the code of the run as it is then."
)]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// Only show what would be undone, in order, and what cannot be
    #[arg(long)]
    plan: bool,
    /// Print what would be undone as JSON, for programs
    #[arg(long, requires = "plan")]
    pub(super) json: bool,
    /// Undo only what began after this step
    #[arg(long, value_name = "STEP")]
    to: Option<String>,
    /// Undo only this step
    #[arg(long, value_name = "STEP", conflicts_with = "to")]
    only: Option<String>,
    /// Confirm the undo of a finished run: give its id again. Without this, a terminal asks for the id
    #[arg(long, value_name = "RUN")]
    confirm: Option<String>,
}

pub(super) fn undo(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let store = context::store(project)?;
    let run = context::find(&store, args.run.as_deref())?;
    let state = run.state()?;
    let scope = match (&args.to, &args.only) {
        (Some(step), _) => Scope::After(step.clone()),
        (_, Some(step)) => Scope::Only(step.clone()),
        _ => Scope::All,
    };
    let steps = take_up::undo_plan(&run, &state, &scope)?;
    let preview = preview(&run, &state, &steps);
    if args.plan && args.json {
        envelope::data(&preview);
        return Ok(ExitCode::Finished);
    }
    let lines = undo::lines(&preview);
    if args.plan {
        lines.iter().for_each(|line| show::line(line));
        show::line("this only shows the undo; nothing was undone");
        return Ok(ExitCode::Finished);
    }
    let operator = Operator::detect(false);
    let is_finished = take_up::is_finished(&state);
    if is_finished {
        confirm(&run, args.confirm.as_deref(), &lines, operator)?;
    }
    let driven = take_up::to_undo(&store, run, is_finished)?;
    let engine = Engine::new(driven, operator, runs::account(), jiff::Timestamp::now)
        .showing(show::detail());
    Ok(engine.undo(&scope)?)
}

/// What would be undone, in order, and what cannot be.
fn preview(run: &Run, state: &RunState, steps: &[Step]) -> Vec<StepUndo> {
    let values = Values {
        plan: &run.plan,
        state,
        run: &run.id,
        head: "",
        at: "",
    };
    undo::preview(&values, steps)
}

/// Lets somebody confirm the undo of a finished run: with the verb, or at the terminal.
fn confirm(
    run: &Run,
    said: Option<&str>,
    lines: &[String],
    operator: Operator,
) -> Result<(), CliError> {
    let short = run.short();
    let is_it = |name: &str| name.eq_ignore_ascii_case(short) || name.eq_ignore_ascii_case(&run.id);
    if said.is_some_and(is_it) {
        return Ok(());
    }
    if let Some(said) = said {
        return Err(misnamed(said, short));
    }
    if operator == Operator::Absent {
        return Err(RunsError::Unconfirmed(short.to_owned()).into());
    }
    // Of a run of high risk they are shown with the question that follows.
    if !run.plan.careful {
        lines.iter().for_each(|line| show::line(line));
    }
    let question = format!("the run is finished; type `{short}` to undo it  [q] leave");
    loop {
        match operator.ask(&question, || false) {
            Heard::Line(name) if is_it(&name) => return Ok(()),
            Heard::Line(key) if key != "q" => {
                operator.say("this text differs from the text to type")
            }
            _ => return Err(RunsError::Unconfirmed(short.to_owned()).into()),
        }
    }
}

/// What was typed to confirm is another name.
fn misnamed(said: &str, short: &str) -> CliError {
    let wrong = printable(&format!(
        "`--confirm {said}` does not name the run that is to be undone, which is {short}"
    ));
    CliError::new(ExitCode::Suspended, wrong).help(format!(
        "nothing was started; if {short} is meant, type: runbook undo {short} --confirm {short}"
    ))
}
