//! `runbook status`: how far a run is, in all its steps, in a line, and as JSON.

use super::desk::{self, Ended};
use super::show;
use crate::exec::machine::{Life, Machine};
use crate::exec::plan::paths;
use crate::exec::plan::{Plan, Step};
use crate::exec::state::ending;
use crate::exec::state::next::{Action, exit_code, is_at_rest, is_over, next};
use crate::exec::state::outline;
use crate::exec::state::unended::Unended;
use crate::exec::state::waiting::{waiting, way_on};
use crate::exec::state::{Driver, End, Progress, RunState, StepState, UndoState};
use crate::exec::store::Run;
use crate::exec::store::driving;
use crate::printable::printable;
use serde_json::{Value, json};
use std::path::Path;

/// Show how far a run is
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook status\n  runbook status 7KQ2PS --json")]
pub(super) struct StatusArgs {
    /// The run, by the end of its id [default: the only open one, else the newest]
    run: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A run in a line, without its name.
pub(super) fn in_a_line(run: &Run, state: &RunState) -> String {
    format!(
        "{} {}  {}{}  by {}{}",
        run.plan.runbook,
        run.plan.version,
        word(run, state),
        incident(run),
        state.initiator,
        driver(run, state)
    )
}

pub(super) fn status(project: &Path, args: &StatusArgs) -> Result<u8, Ended> {
    let (run, state) = desk::look_up_with_state(&desk::store(project)?, args.run.as_deref())?;
    if args.json {
        show::text(&format!("{:#}\n", summary(&run, &state)));
        return Ok(0);
    }
    show::line(&format!(
        "{} {}  run {}{}  {}",
        run.plan.title,
        run.plan.version,
        run.short(),
        incident(&run),
        word(&run, &state)
    ));
    run.plan.left_out_words().iter().for_each(|words| {
        show::line(words);
    });
    for (at, step) in outline::steps(&run.plan, &state).iter().enumerate() {
        let which = match paths::base(&step.id) == step.id {
            true => String::new(),
            false => format!("  {}", step.id),
        };
        let found = state.steps.get(&step.id);
        let word = found.map_or_else(|| Progress::Pending.word(), StepState::word);
        show::line(&format!("{:>3}  {word:<11} {}{which}", at + 1, step.title));
        let claimed = found.map(|found| found.claimed.join(", "));
        if let Some(remark) = undo_remark(&state, step) {
            show::line(&format!("                  {remark}"));
        }
        if let Some(names) = claimed.filter(|names| !names.is_empty()) {
            show::line(&format!(
                "                  the yes of {names} is claimed, not proved"
            ));
        }
    }
    match Unended::of(&state).filter(|_| driven_by(&run, &state).is_none()) {
        Some(unended) if state.end.is_some() && state.end != Some(End::Undone) => {
            let way = unended.command(run.short());
            show::line(&format!("not all of it is taken back; go on with: {way}"));
        }
        _ if !is_over(&run.plan, &state) => tell_driver(&run, &state),
        _ => {}
    }
    Ok(0)
}

/// What the word for a step does not say of its undo.
fn undo_remark(state: &RunState, step: &Step) -> Option<&'static str> {
    match state.steps.get(&step.id)?.undo {
        UndoState::None | UndoState::Done => None,
        UndoState::Started(_) => Some("its undo has begun"),
        UndoState::Failed(_) => Some("its undo failed"),
    }
}

/// Says who drives an open run, or that nobody does, and the command that follows from it.
fn tell_driver(run: &Run, state: &RunState) {
    let short = run.short();
    if let Some(driver) = driven_by(run, state) {
        let unseen = match life(driver) {
            Life::Elsewhere => format!(", which {}", Life::Elsewhere.words()),
            _ => String::new(),
        };
        show::line(&format!("driven by {}{unseen}", driver.words()));
        return show::line(&format!("follow it with: runbook watch {short}"));
    }
    if let Some(driver) = &state.driver {
        let what = match driver.left {
            true => "left it",
            false => life(driver).words(),
        };
        show::line(&format!("driven last by {}, which {what}", driver.words()));
    }
    show::line(&format!("go on with: {}", way_on(&run.plan, state, short)));
}

/// Tells of a run that has the key of `plan`: it is the run that is meant, so nothing begins. Gives
/// the code that the run would end with now.
///
/// # Errors
/// If it is a run of something else.
pub(super) fn known(run: &Run, plan: &Plan) -> Result<u8, Ended> {
    let (short, known) = (run.short(), &run.plan);
    let same = |plan: &Plan| {
        (
            plan.runbook.clone(),
            plan.target.clone(),
            plan.params.clone(),
        )
    };
    if same(known) != same(plan) {
        return Err(Ended::invalid(vec![format!(
            "the key belongs to run {short} of `{}`, which has another runbook, target or params; nothing was started",
            known.runbook
        )]));
    }
    let state = run.fitting(run.state()?)?;
    let (title, version) = (&known.title, &known.version);
    show::line(&format!(
        "{title} {version}  run {short} has this key already: {}; nothing was started",
        word(run, &state)
    ));
    if !is_at_rest(known, &state) {
        tell_driver(run, &state);
    }
    Ok(match driven_by(run, &state) {
        Some(_) => 9,
        None => exit_code(known, &state),
    })
}

/// Whoever drives a run.
pub(super) fn driven_by<'s>(run: &Run, state: &'s RunState) -> Option<&'s Driver> {
    driving::driver(&run.plan, state, &Machine::here())
}

/// What is known by now of a process that took a run up.
fn life(driver: &Driver) -> Life {
    Machine::here().life(&driver.process)
}

/// The incident that a run belongs to, as a part of its line.
pub(super) fn incident(run: &Run) -> String {
    let incident = run.plan.incident.as_ref();
    incident.map_or_else(String::new, |incident| format!("  {}", printable(incident)))
}

/// Who drives a run, as the end of its line.
pub(super) fn driver(run: &Run, state: &RunState) -> String {
    match driven_by(run, state) {
        Some(driver) => format!("  driven by {}", driver.process.words()),
        None => String::new(),
    }
}

/// How far the taking back of a run is that did not end with it: what is back, what could not be taken
/// back, and what was begun and has no end yet.
fn back(state: &RunState) -> String {
    let those = |is: fn(&UndoState) -> bool| -> Vec<&str> {
        let steps = state.steps.iter().filter(|(_, step)| is(&step.undo));
        steps.map(|(path, _)| path.as_str()).collect()
    };
    let mut words = String::new();
    if !those(|undo| matches!(undo, UndoState::Done)).is_empty() {
        words += ", taken back in part";
    }
    for (steps, what) in [
        (those(|undo| matches!(undo, UndoState::Failed(_))), "failed"),
        (
            those(|undo| matches!(undo, UndoState::Started(_))),
            "has begun",
        ),
    ] {
        if !steps.is_empty() {
            words += &format!(", the undo of {} {what}", steps.join(", "));
        }
    }
    words
}

/// One word or two for the whole run.
pub(super) fn word(run: &Run, state: &RunState) -> String {
    let end = match &state.end {
        Some(End::Finished) => Some("finished"),
        Some(End::Refused) => Some("refused"),
        Some(End::Aborted) => Some("aborted"),
        Some(End::Undone) => Some("taken back"),
        Some(End::Failed) => Some("failed"),
        None => None,
    };
    if let Some(end) = end {
        let back = match state.end {
            Some(End::Undone) => String::new(),
            _ => back(state),
        };
        let last = match is_over(&run.plan, state) {
            true => "",
            false => ", its finally is not done",
        };
        return format!("{end}{back}{last}");
    }
    let actions = next(&run.plan, state);
    let words = |action: &Action| match action {
        Action::Gate(step) | Action::Complete(step) => Some(format!("waiting at {}", step.id)),
        Action::Failed(step) | Action::Declare(step, _) => Some(format!("failed at {}", step.id)),
        Action::Settle(step) | Action::Doubt(step) => Some(format!("in doubt at {}", step.id)),
        Action::Recover(step) => Some(format!("in the middle of {}", step.id)),
        Action::Await(step) | Action::Schedule(step) => Some(format!("pausing at {}", step.id)),
        Action::Begin(step) => Some(format!("open before {}", step.id)),
        Action::TakeBack | Action::UndoFirst => Some(format!("open{}", back(state))),
        _ => None,
    };
    actions
        .iter()
        .find_map(words)
        .unwrap_or_else(|| "open".to_owned())
}

pub(super) fn summary(run: &Run, state: &RunState) -> Value {
    let code = exit_code(&run.plan, state);
    let waits = waiting(&run.plan, state).map(|waits| {
        json!({
            "step": waits.step.id,
            "for": waits.words(&run.plan),
            "command": waits.command(run.short(), driven_by(run, state).is_some()),
        })
    });
    json!({
        "run": run.id,
        "runbook": run.plan.runbook,
        "version": run.plan.version,
        "state": word(run, state),
        "exit": { "code": code, "name": ending::name(code) },
        "open": !is_over(&run.plan, state),
        "waiting": waits,
        "initiator": state.initiator,
        "incident": run.plan.incident,
        "run_key": run.plan.run_key,
        "driver": state.driver.as_ref().map(|driver| json!({
            "pid": driver.process.pid,
            "host": driver.process.host,
            "since": driver.since,
            "life": life(driver).word(),
        })),
        "target": run.plan.target,
        "left_out": run.plan.left_out,
        "steps": outline::steps(&run.plan, state).iter().map(|step| step_summary(step, state)).collect::<Vec<_>>(),
    })
}

fn step_summary(step: &Step, state: &RunState) -> Value {
    let found = state.steps.get(&step.id).cloned().unwrap_or_default();
    json!({
        "id": step.id,
        "title": step.title,
        "progress": found.progress.word(),
        "undo": found.undo.word(),
        "attempt": found.attempt,
        "exit": found.exit,
        "outputs": found.outputs,
        "approved_by": found.approved_by,
        "claimed": found.claimed,
    })
}
