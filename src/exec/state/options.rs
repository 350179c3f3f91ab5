//! What becomes of a run with each option of a decision, in words, for whoever has to choose.

use crate::exec::plan::{Choice, Piece, Plan, Step, Term, paths};
use crate::exec::state::RunState;
use crate::model::expression::Operator;
use crate::model::value_path::{StepValue, ValuePath};
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
        Choice::Next => goes_on(plan, &paths::base(path), name),
    }
}

/// What follows an option: the next step that it does not rule out.
fn goes_on(plan: &Plan, id: &str, name: &str) -> String {
    let holds = |step: &Step| match &step.when {
        Some(when) => holds(&when.root, id, name),
        None => Some(true),
    };
    let mut later = after(plan, id);
    while let Some(step) = later {
        let when = match (holds(step), &step.when) {
            (Some(false), _) => {
                later = after(plan, &step.id);
                continue;
            }
            (None, Some(when)) => format!(", which is done only when {}", when.text),
            _ => String::new(),
        };
        return format!(
            "goes on with {}{when}",
            numbered(plan, Some(step), &step.id)
        );
    }
    "goes on to the end".to_owned()
}

/// Whether a condition holds once this option is chosen at this step; nothing if that depends on more.
fn holds(term: &Term, id: &str, name: &str) -> Option<bool> {
    match term {
        Term::Truth(truth) => Some(*truth),
        // Whoever chose has done the step.
        Term::Value { .. } => (*asked(term, id)? == StepValue::Ok).then_some(true),
        Term::Not(inner) => holds(inner, id, name).map(|truth| !truth),
        Term::Binary(Operator::And, left, right) => {
            both(holds(left, id, name), holds(right, id, name), false)
        }
        Term::Binary(Operator::Or, left, right) => {
            both(holds(left, id, name), holds(right, id, name), true)
        }
        Term::Binary(Operator::Equal, left, right) => is_chosen(left, right, id, name),
        Term::Binary(Operator::NotEqual, left, right) => {
            is_chosen(left, right, id, name).map(|truth| !truth)
        }
        _ => None,
    }
}

/// What two conditions give of which one alone can settle it with `settles`.
fn both(left: Option<bool>, right: Option<bool>, settles: bool) -> Option<bool> {
    match (left, right) {
        (Some(one), _) | (_, Some(one)) if one == settles => Some(settles),
        (Some(_), Some(_)) => Some(!settles),
        _ => None,
    }
}

/// Whether a comparison of the choice with an option is true; nothing if it compares something else.
fn is_chosen(left: &Term, right: &Term, id: &str, name: &str) -> Option<bool> {
    match (asked(left, id)?, right) {
        (StepValue::Choice, Term::Text(option)) => Some(option == name),
        _ => None,
    }
}

/// What a term asks of this step; nothing if it asks something else.
fn asked<'t>(term: &'t Term, id: &str) -> Option<&'t StepValue> {
    let Term::Value { text, .. } = term else {
        return None;
    };
    match &text.0[..] {
        [Piece::Value(ValuePath::Step { id: step, value })] if step == id => Some(value),
        _ => None,
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
