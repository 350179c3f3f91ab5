//! `runbook resume`: a run that is there already, driven on.

use super::context;
use super::drive_options::DriveOptions;
use super::error::CliError;
use super::replan;
use super::show;
use crate::exec::engine::ResumeOptions;
use crate::exec::engine::operator::Operator;
use crate::exec::record::event::Verdict;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{exit_code, is_over};
use crate::exec::state::unended::Unended;
use crate::exec::state::{End, RunState};
use crate::exec::store::Run;
use crate::runs::{standing, take_up};
use std::path::Path;

/// Resume a run
///
/// A run keeps the plan that it began with. If its runbook was changed since, --replan shows the
/// differences and continues with the new plan, if no step that has begun was changed.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook resume\n  runbook resume 7KQ2PS --non-interactive\n  runbook resume 7KQ2PS --assume publish=done --reason 'the registry has 1.4.3'\n  runbook resume 7KQ2PS --verify-first\n  runbook resume 7KQ2PS --replan --reason 'the mirror has another name'"
)]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// Settle a step in doubt: `done`, or `absent` to run it again
    #[arg(long, value_name = "STEP=VERDICT", value_parser = verdict, requires = "reason")]
    assume: Vec<(String, Verdict)>,
    /// Run the `verify` of each finished step first; a step whose verify fails becomes in doubt
    #[arg(long)]
    verify_first: bool,
    /// Continue with the runbook as it is now, after showing the differences
    #[arg(long, requires = "reason")]
    replan: bool,
    /// Why: for a verdict, a changed plan, or more time than the budget allows
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Leave the terminal's session first, as a run that was begun with `exec --detach` does
    #[arg(long, hide = true)]
    own_session: bool,
    #[command(flatten)]
    drive: DriveOptions,
}

/// `step=done` or `step=absent`
fn verdict(text: &str) -> Result<(String, Verdict), String> {
    let wrong = "write it as STEP=done or STEP=absent";
    let (step, verdict) = text.rsplit_once('=').ok_or(wrong)?;
    match verdict {
        "done" => Ok((step.to_owned(), Verdict::Done)),
        "absent" => Ok((step.to_owned(), Verdict::Absent)),
        _ => Err(wrong.to_owned()),
    }
}

pub(super) fn resume(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let echo = args.drive.echo()?;
    if args.own_session {
        // Whoever leads a session already has one of its own.
        let _ = nix::unistd::setsid();
    }
    let store = context::store(project)?;
    let run = context::find(&store, args.run.as_deref())?;
    show::line(&format!(
        "{} {}  run {}",
        run.plan.title,
        run.plan.version,
        run.short()
    ));
    let until = args.drive.until().map(String::as_str);
    let mut driven = take_up::to_go_on(&store, run, until)?;
    if let Some(echo) = echo {
        driven.journal.echo(driven.journal.found(), echo);
    }
    let state = RunState::fold(driven.journal.entries());
    let asks_for_more = args.replan || args.verify_first || !args.assume.is_empty();
    if is_over(&driven.run.plan, &state) && !asks_for_more {
        let run = driven.run.clone();
        args.drive.engine(driven).answer()?;
        return Ok(say_over(&run, &state));
    }
    let reason = args.reason.as_deref().map(str::trim);
    match (args.replan, reason) {
        (true, Some(reason)) => {
            let operator = Operator::detect(args.drive.non_interactive);
            if !replan::replan(project, &mut driven, reason, operator)? {
                return Ok(ExitCode::Suspended);
            }
        }
        _ => replan::hint(project, &driven.run)
            .iter()
            .for_each(|line| show::line(line)),
    }
    let options = ResumeOptions {
        verdicts: args.assume.clone(),
        reason: reason.map(str::to_owned),
        verify_first: args.verify_first,
        // A reason for something else does not lift the limit as well.
        lift_limit: args.assume.is_empty() && !args.replan,
    };
    Ok(args.drive.engine(driven).resume(&options)?)
}

/// Says that nothing is left to do, and what there is to do if its undo is not complete; gives
/// the exit code. Nothing is written down, as nobody drives it.
fn say_over(run: &Run, state: &RunState) -> ExitCode {
    let word = standing::word(run, state);
    show::line(&format!("nothing is left to do: the run is {word}"));
    if let Some(unended) = Unended::of(state).filter(|_| state.end != Some(End::Undone)) {
        let way = unended.command(run.short());
        show::line(&format!("not all of it is undone; continue with: {way}"));
    }
    exit_code(&run.plan, state)
}
