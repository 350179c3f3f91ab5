//! How a run is: in a word or two, as data, and who drives it.

use crate::exec::machine::{Life, Machine};
use crate::exec::plan::Step;
use crate::exec::state::next::{Action, exit_code, is_over, next};
use crate::exec::state::outline;
use crate::exec::state::waiting::waiting;
use crate::exec::state::{Driver, End, Progress, RunState, StepState, UndoState};
use crate::exec::store::driving;
use crate::exec::store::{Explained, Run};
use crate::screen::signs::Sign;
use serde_json::{Value, json};

/// Whoever drives a run.
pub fn driven_by<'s>(run: &Run, state: &'s RunState) -> Option<&'s Driver> {
    driving::driver(&run.plan, state, &Machine::here())
}

/// What is known by now of a process that took a run up.
pub fn life(driver: &Driver) -> Life {
    Machine::here().life(&driver.process)
}

/// How far the taking back of a run is that did not end with it: what is back, what could not be taken
/// back, and what was begun and has no end yet.
fn back(state: &RunState) -> String {
    let those = |is: fn(&StepState) -> bool| -> Vec<&str> {
        let steps = state.steps.iter().filter(|(_, step)| is(step));
        steps.map(|(path, _)| path.as_str()).collect()
    };
    let mut words = String::new();
    if !those(|step| step.undo == UndoState::Done).is_empty() {
        words += ", undone in part";
    }
    let refused = those(|step| step.undo_refused.is_some());
    let failed =
        those(|step| matches!(step.undo, UndoState::Failed(_)) && step.undo_refused.is_none());
    let begun = those(|step| matches!(step.undo, UndoState::Started(_)));
    for (steps, what) in [
        (failed, "failed"),
        (begun, "has begun"),
        (refused, "needs a terminal"),
    ] {
        if !steps.is_empty() {
            words += &format!(", the undo of {} {what}", steps.join(", "));
        }
    }
    words
}

/// One word or two for the whole run.
pub fn word(run: &Run, state: &RunState) -> String {
    let end = match &state.end {
        Some(End::Finished) => Some("finished"),
        Some(End::Refused) => Some("refused"),
        Some(End::Aborted) => Some("aborted"),
        Some(End::Undone) => Some("undone"),
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
        Action::Begin(step) if needs_terminal(state, step) => {
            Some(format!("waiting at {}", step.id))
        }
        Action::Begin(step) => Some(format!("open before {}", step.id)),
        Action::TakeBack | Action::UndoFirst => Some(format!("open{}", back(state))),
        _ => None,
    };
    actions
        .iter()
        .find_map(words)
        .unwrap_or_else(|| "open".to_owned())
}

/// That word with its sign before it, if signs are shown.
pub fn signed_word(run: &Run, state: &RunState) -> String {
    let sign = sign(run, state).map_or_else(String::new, Sign::before);
    sign + &word(run, state)
}

/// The sign beside that word; none while somebody drives the run, which may come out in any way.
pub fn sign(run: &Run, state: &RunState) -> Option<Sign> {
    match driven_by(run, state) {
        Some(_) => None,
        None => Some(exit_code(&run.plan, state).sign()),
    }
}

/// When a run that only time holds up is to be resumed, RFC 3339.
pub fn due(run: &Run, state: &RunState) -> Option<String> {
    let actions = next(&run.plan, state);
    let pauses: Option<Vec<&str>> = actions
        .iter()
        .map(|action| match action {
            Action::Await(step) => state.steps.get(&step.id)?.contact(),
            _ => None,
        })
        .collect();
    let moment = |at: &&str| at.parse::<jiff::Timestamp>().ok();
    pauses?.into_iter().min_by_key(moment).map(str::to_owned)
}

/// How a wait goes, or what it came to, in a line; nothing of a step that does not ask.
pub fn patience(step: &Step, state: &RunState, now: jiff::Timestamp) -> Option<String> {
    let found = state.steps.get(&step.id).filter(|_| step.asks())?;
    match found.progress {
        Progress::Passing => Some(found.so_far(now)),
        Progress::Failed => Some(format!("never said yes: {}", found.patience.outcome())),
        _ => None,
    }
}

/// Whether a step, or its `verify`, said that it needs a person at a terminal.
fn needs_terminal(state: &RunState, step: &Step) -> bool {
    let found = state.steps.get(&step.id);
    found.is_some_and(|found| found.progress == Progress::Refused || found.verify_refused.is_some())
}

/// A run as JSON: what `status --json` and a list of runs show of it.
pub fn summary(run: &Run, state: &RunState) -> Value {
    let code = exit_code(&run.plan, state);
    let waits = waiting(&run.plan, state).map(|waits| {
        json!({
            "step": waits.step.id,
            "for": waits.describe(),
            "command": waits.command(run.short(), driven_by(run, state).is_some()),
        })
    });
    let summaries = |steps: &[Step]| -> Vec<Value> {
        let summary = |step| step_summary(run, step, state);
        steps.iter().map(summary).collect()
    };
    json!({
        "run": run.id,
        "runbook": run.plan.runbook,
        "version": run.plan.version,
        "state": word(run, state),
        "exit": code.as_json(),
        "open": !is_over(&run.plan, state),
        "waiting": waits,
        "due": due(run, state),
        "owed": state.owed(),
        "refused_reviews": state.refused_reviews(),
        "started": state.began,
        "ended": state.ended,
        "seconds": state.seconds(),
        "initiator": state.initiator,
        "incident": run.plan.incident,
        "ticket": run.plan.ticket,
        "owner": run.plan.owner,
        "like": run.plan.like,
        "run_key": run.plan.run_key,
        "driver": state.driver.as_ref().map(|driver| json!({
            "pid": driver.process.pid,
            "host": driver.process.host,
            "since": driver.since,
            "life": life(driver).as_str(),
        })),
        "target": run.plan.target,
        "left_out": run.plan.left_out,
        "steps": summaries(&outline::steps(&run.plan, state)),
        "endings": summaries(&outline::endings(&run.plan, state)),
    })
}

/// The entry that answers why a step failed; nothing of one that did not.
pub fn explained(run: &Run, state: &RunState, step: &Step) -> Option<Explained> {
    let found = state.steps.get(&step.id)?;
    let failed = found.progress == Progress::Failed;
    failed.then(|| run.explained(step, found.attempt))?
}

/// A pause as JSON; nothing of a step that never paused.
fn wait(step: &Step, found: &StepState) -> Option<Value> {
    let heard = &found.patience;
    let is_paused = matches!(found.progress, Progress::Passing | Progress::Retrying);
    (is_paused || heard.asked > 0).then(|| {
        json!({
            "until": found.due,
            "due": found.contact(),
            "asked": heard.asked,
            "cannot_tell": heard.cannot_tell,
            "exit": heard.exit,
            "has_to_say_yes": step.asks(),
        })
    })
}

fn step_summary(run: &Run, step: &Step, state: &RunState) -> Value {
    let found = state.steps.get(&step.id).cloned().unwrap_or_default();
    json!({
        "id": step.id,
        "number": run.plan.number(&step.id),
        "title": step.title,
        "progress": found.progress.as_str(),
        "undo": found.undo.word(),
        "attempt": found.attempt,
        "exit": found.exit,
        "answered_by": explained(run, state, step),
        "wait": wait(step, &found),
        "outputs": found.outputs,
        "approved_by": found.gate.approved_by(),
        "claimed": found.gate.claimed(),
        "signed": found.gate.signed(),
        "missing": found.gate.missing(),
        "approvals": found.gate.counted(),
        "conditional": found.gate.conditional,
        "rejected": found.gate.rejection(),
    })
}
