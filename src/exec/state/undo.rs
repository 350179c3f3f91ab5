//! What of a run is taken back, in which order, and what cannot be.

use crate::exec::plan::paths;
use crate::exec::plan::{Doing, Effect, Plan, Step, Undo};
use crate::exec::state::outline;
use crate::exec::state::values::Values;
use crate::exec::state::{End, Progress, RunState, StepState, UndoState};
use crate::model::step_number::BESIDE;
use serde::Serialize;

/// How much of a run is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What was begun, from the last to the first.
    All,
    /// What was begun after this step.
    After(String),
    /// This step alone, and what stands in it.
    Only(String),
}

/// The steps that are not taken back yet, the one that began last first: those that may have had an
/// effect of ours. What was already so, or is known not to have happened, is not ours. Those
/// without any `undo` are among them.
pub fn ours(plan: &Plan, state: &RunState) -> Vec<Step> {
    let main: Vec<&str> = plan.leaves().iter().map(|step| step.id.as_str()).collect();
    let mut steps = acted(plan, state);
    steps.retain(|step| main.contains(&paths::base(&step.id).as_str()) && is_effect(step));
    steps
}

/// What of a run stands, the one that began last first: beside [`ours`], what was done at its end or
/// after a failure, and what people did by hand.
pub fn standing(plan: &Plan, state: &RunState) -> Vec<Step> {
    let mut steps = acted(plan, state);
    let by_hand = |step: &Step| step.kind.doing() == Doing::ByHand;
    steps.retain(|step| is_effect(step) || by_hand(step));
    steps
}

/// Why what stands of a run cannot all be taken back by the program: the step, and the reason.
pub fn for_good(plan: &Plan, state: &RunState) -> Option<(Step, String)> {
    let ours = ours(plan, state);
    let mut steps = standing(plan, state).into_iter();
    if let Some(instead) = &plan.undo_instead
        && state.end == Some(End::Finished)
    {
        let reason = format!("undo it with: runbook exec {instead}");
        return steps.next().map(|step| (step, reason));
    }
    steps.find_map(|step| {
        let reason = match &step.undo {
            Some(Undo::Command { .. }) if ours.iter().any(|other| other.id == step.id) => None,
            Some(Undo::Command { .. }) => {
                Some("not undone: it is not part of this undo".to_owned())
            }
            None if step.kind.doing() == Doing::ByHand => {
                Some("not undone: it was done by hand".to_owned())
            }
            _ => Some(stays(&step)),
        };
        reason.map(|reason| (step, reason))
    })
}

/// Whether something of a run can be taken back by the program.
pub fn can_go(plan: &Plan, state: &RunState) -> bool {
    let is_other = plan.undo_instead.is_some() && state.end == Some(End::Finished);
    let mut ours = ours(plan, state).into_iter();
    !is_other && ours.any(|step| matches!(step.undo, Some(Undo::Command { .. })))
}

/// Whether a step executes something that is taken to change something.
fn is_effect(step: &Step) -> bool {
    let changes = step.undo.is_some() || step.effect != Effect::Read;
    step.kind.doing() == Doing::Acts && changes
}

/// The steps that may have acted and are not taken back, the one that began last first.
fn acted(plan: &Plan, state: &RunState) -> Vec<Step> {
    let ours = |found: &StepState| match found.progress {
        _ if found.already => false,
        Progress::Started
        | Progress::InDoubt
        | Progress::Done
        | Progress::Failed
        | Progress::Retrying
        | Progress::Warned => true,
        Progress::Skipped => found.attempt > 0,
        // It did nothing; a try before it may have.
        Progress::Refused => found.attempt > 1,
        _ => false,
    };
    let mut found: Vec<(u64, Step)> = state
        .steps
        .iter()
        .filter(|(_, found)| ours(found) && found.undo != UndoState::Done)
        .filter_map(|(path, found)| Some((place(found), outline::at(plan, path)?)))
        .collect();
    found.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    found.into_iter().map(|(_, step)| step).collect()
}

/// The place of a step in the order of beginning.
fn place(found: &StepState) -> u64 {
    match found.began {
        0 => found.touched,
        began => began,
    }
}

/// Those of [`ours`] that a scope means.
///
/// # Errors
/// Why it means none.
pub fn within(plan: &Plan, state: &RunState, scope: &Scope) -> Result<Vec<Step>, String> {
    let all = ours(plan, state);
    match scope {
        Scope::All => Ok(all),
        Scope::After(id) => {
            let begun = begun(plan, state, id)?;
            let last = begun.iter().map(|found| place(found)).max().unwrap_or(0);
            let after = |step: &Step| state.steps.get(&step.id).is_some_and(|s| place(s) > last);
            let steps: Vec<Step> = all.into_iter().filter(after).collect();
            match steps.is_empty() {
                true => Err(format!("nothing that was begun after `{id}` can be undone")),
                false => Ok(steps),
            }
        }
        Scope::Only(id) => {
            begun(plan, state, id)?;
            let steps = all.into_iter().filter(|step| is_in(plan, &step.id, id));
            let steps: Vec<Step> = steps.collect();
            match steps.is_empty() {
                true => Err(format!("nothing of `{id}` can be undone")),
                false => Ok(steps),
            }
        }
    }
}

/// What an undo would do with a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepUndo {
    /// The step's path.
    pub step: String,
    /// Its number; nothing for what is done after a failure or at the end.
    pub number: Option<String>,
    /// Its name for people.
    pub title: String,
    /// The command that undoes it, as far as its values are known.
    pub command: Option<String>,
    /// Why nothing would be undone, where there is no command.
    pub stays: Option<String>,
    /// Whether it runs, or its end is not known yet: that is found out before it is undone.
    pub is_open: bool,
}

/// What an undo of these steps would do, in order, and then what it could not undo.
pub fn preview(values: &Values<'_>, steps: &[Step]) -> Vec<StepUndo> {
    let is_possible = |step: &&Step| matches!(step.undo, Some(Undo::Command { .. }));
    let (can, cannot): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(is_possible);
    let all = can.into_iter().chain(cannot);
    all.map(|step| step_undo(values, step)).collect()
}

fn step_undo(values: &Values<'_>, step: &Step) -> StepUndo {
    let values = Values {
        at: &step.id,
        ..*values
    };
    let command = match &step.undo {
        Some(Undo::Command { command, .. }) => Some(values.command_text(command)),
        _ => None,
    };
    StepUndo {
        step: step.id.clone(),
        number: values.plan.number(&step.id),
        title: step.title.clone(),
        stays: command.is_none().then(|| stays(step)),
        is_open: command.is_some() && values.state.progress(&step.id) == Progress::Started,
        command,
    }
}

/// The same for people, line by line.
pub fn lines(steps: &[StepUndo]) -> Vec<String> {
    let mut lines = Vec::new();
    if steps.iter().all(|step| step.command.is_none()) {
        lines.push("nothing would be undone".to_owned());
    }
    for step in steps {
        let number = match (&step.command, &step.number) {
            (None, _) => "-",
            (_, number) => number.as_deref().unwrap_or(BESIDE),
        };
        lines.push(format!("{number:>3}  {}  [{}]", step.title, step.step));
        if step.is_open {
            let first = "it runs, or its end is not known yet: that is found out first";
            lines.push(format!("     {first}"));
        }
        let what = step.command.iter().chain(&step.stays);
        let what = what.flat_map(|words| words.lines());
        lines.extend(what.map(|words| format!("     {words}")));
    }
    lines
}

/// Why a step without a command for it is not taken back.
pub fn stays(step: &Step) -> String {
    match &step.undo {
        Some(Undo::None(reason)) => format!("stays: {reason}"),
        Some(Undo::Instead(runbook)) => format!("undo it with: runbook exec {runbook}"),
        _ => "not undone: it has no undo".to_owned(),
    }
}

/// What is known of a step, or of those in it, in every round and for every item.
fn begun<'s>(plan: &Plan, state: &'s RunState, id: &str) -> Result<Vec<&'s StepState>, String> {
    if plan.step(id).is_none() {
        return Err(format!("the run has no step `{id}`"));
    }
    let steps = state.steps.iter().filter(|(path, _)| is_in(plan, path, id));
    let found: Vec<&StepState> = steps.map(|(_, found)| found).collect();
    match found.is_empty() {
        true => Err(format!("`{id}` has not begun")),
        false => Ok(found),
    }
}

/// Whether a path is the one that is meant, or that of a step in what is meant.
fn is_in(plan: &Plan, path: &str, id: &str) -> bool {
    let base = paths::base(path);
    let groups = plan.around(&base);
    path == id || base == id || groups.iter().any(|group| group.id == id)
}
