//! What becomes of a run with each option of a decision, in words, for whoever has to choose.

use crate::exec::plan::{Choice, Plan, Step, paths};
use crate::exec::state::RunState;
use std::collections::BTreeMap;

/// The options that can be chosen at the choice at this path: a way back only as often as it may
/// be gone.
pub fn open_options(
    state: &RunState,
    path: &str,
    options: &BTreeMap<String, Choice>,
) -> Vec<String> {
    let open = options.iter().filter(|(name, choice)| match choice {
        Choice::Goto { max, .. } => times_chosen(state, path, name) < *max,
        _ => true,
    });
    open.map(|(name, _)| name.clone()).collect()
}

/// How often an option was chosen at this place of the run, in all its rounds.
fn times_chosen(state: &RunState, path: &str, name: &str) -> u32 {
    let (id, items) = (paths::base(path), paths::items(path));
    let same = state.steps.iter().filter(|(other, found)| {
        found.choice.as_deref() == Some(name)
            && paths::base(other) == id
            && paths::items(other) == items
    });
    same.count() as u32
}

/// What each option does that can still be chosen, a line each: `back: undoes everything and ends the
/// run`. Without a state nothing has happened yet.
pub fn outcomes(
    plan: &Plan,
    state: Option<&RunState>,
    path: &str,
    options: &BTreeMap<String, Choice>,
) -> Vec<String> {
    let open = state.map(|state| open_options(state, path, options));
    let is_open = |name: &String| open.as_ref().is_none_or(|open| open.contains(name));
    let open = options.iter().filter(|(name, _)| is_open(name));
    open.map(|(name, choice)| format!("{name}: {}", outcome(plan, state, path, name, choice)))
        .collect()
}

fn outcome(
    plan: &Plan,
    state: Option<&RunState>,
    path: &str,
    name: &str,
    choice: &Choice,
) -> String {
    match choice {
        Choice::Rollback => "undoes everything and ends the run".to_owned(),
        Choice::Stop => "ends the run as refused".to_owned(),
        Choice::Goto { to, max } => {
            let left = state.map(|state| max.saturating_sub(times_chosen(state, path, name)));
            let times = match (left, max) {
                (Some(1), _) => "once more".to_owned(),
                (Some(left), _) => format!("{left} times left"),
                (None, 1) => "once at most".to_owned(),
                (None, max) => format!("{max} times at most"),
            };
            format!(
                "goes back to {}, {times}",
                numbered(plan, plan.step(to), to)
            )
        }
        Choice::Next => match after(plan, &paths::base(path)) {
            Some(step) => {
                let when = step.when.as_ref().map_or_else(String::new, |when| {
                    format!(", which is done only when {}", when.text)
                });
                format!(
                    "goes on with {}{when}",
                    numbered(plan, Some(step), &step.id)
                )
            }
            None => "goes on to the end".to_owned(),
        },
    }
}

/// A step by the number and the name that people see; `id` where the plan does not have it.
fn numbered(plan: &Plan, step: Option<&Step>, id: &str) -> String {
    match (step, plan.number(id)) {
        (Some(step), Some(number)) => format!("step {number} ({})", step.title),
        (Some(step), None) => step.title.clone(),
        (None, _) => id.to_owned(),
    }
}

/// The step that comes after one, in its list or after what it stands in; one that is left out does not
/// count.
fn after<'p>(plan: &'p Plan, id: &str) -> Option<&'p Step> {
    [&plan.steps, &plan.on_failure, &plan.finally]
        .into_iter()
        .find_map(|steps| after_in(plan, steps, id))
        .flatten()
}

/// Nothing if the step is not in this list; `Some(None)` if it is and nothing follows it there.
fn after_in<'p>(plan: &'p Plan, steps: &'p [Step], id: &str) -> Option<Option<&'p Step>> {
    let next = |at: usize| {
        let mut later = steps[at + 1..].iter();
        later.find(|step| !plan.left_out.contains_key(&step.id))
    };
    steps.iter().enumerate().find_map(|(at, step)| {
        if step.id == id {
            return Some(next(at));
        }
        let inside = after_in(plan, step.children(), id)?;
        Some(inside.or_else(|| next(at)))
    })
}
