//! Which steps a run has at this moment, and where each stands: the plan's steps with their paths,
//! their items and their rounds.
//!
//! Pure, like all that decides: a place follows from plan and state. A step in the plan becomes
//! several in the run when a loop or a way back repeats it.

use crate::exec::plan::paths;
use crate::exec::plan::{Choice, Kind, Piece, Plan, Step, Text};
use crate::exec::state::{Progress, RunState};
use crate::model::value_path::ValuePath;
use std::collections::BTreeMap;

/// What surrounds a list of steps.
#[derive(Debug, Clone, Default)]
pub(in crate::exec) struct Within {
    /// What the ids of its steps begin with in the plan.
    base: String,
    /// What their paths begin with in the run.
    path: String,
    /// What stands behind their names: items and rounds of what surrounds them.
    marks: String,
    /// The items of the loops around it, by name.
    each: BTreeMap<String, String>,
}

impl Within {
    /// The surroundings of a whole list that is gone through for this time.
    pub(in crate::exec) fn round(number: u32) -> Self {
        Self {
            marks: paths::round(number),
            ..Self::default()
        }
    }

    /// The place of a step in this round.
    pub(in crate::exec) fn place<'p>(&self, step: &'p Step, round: u32) -> Place<'p> {
        let name = step.id.strip_prefix(&self.base).unwrap_or(&step.id);
        let marks = format!("{}{}", self.marks, paths::round(round));
        Place {
            path: format!("{}{name}{marks}", self.path),
            step,
            within: Self {
                marks,
                ..self.clone()
            },
            bound: false,
        }
    }
}

/// A step at its place in the run.
#[derive(Debug, Clone)]
pub(in crate::exec) struct Place<'p> {
    pub(in crate::exec) path: String,
    /// The step in the plan.
    pub(in crate::exec) step: &'p Step,
    within: Within,
    /// Whether it is one of the steps of its loop, and not the loop.
    bound: bool,
}

impl<'p> Place<'p> {
    /// The loop that this is, if it is one.
    pub(in crate::exec) fn each(&self) -> Option<&'p crate::exec::plan::Each> {
        self.step.each.as_ref().filter(|_| !self.bound)
    }

    /// The step for one item of its loop.
    pub(in crate::exec) fn item(&self, name: &str, item: &str) -> Self {
        let mark = paths::item(item);
        let mut within = self.within.clone();
        within.marks.push_str(&mark);
        within.each.insert(name.to_owned(), item.to_owned());
        Self {
            path: format!("{}{mark}", self.path),
            step: self.step,
            within,
            bound: true,
        }
    }

    /// What surrounds the steps inside this one.
    pub(in crate::exec) fn inside(&self) -> Within {
        match self.step.kind {
            Kind::Call(_) => Within {
                base: format!("{}/", self.step.id),
                path: format!("{}/", self.path),
                marks: String::new(),
                each: self.within.each.clone(),
            },
            _ => self.within.clone(),
        }
    }

    /// The step as it is done here: with its path for an id, and its items for texts. The steps
    /// inside it are left out.
    pub(in crate::exec) fn step(&self) -> Step {
        let mut step = self.step.without_children();
        step.id.clone_from(&self.path);
        if self.bound {
            step.each = None;
        }
        if !self.within.each.is_empty() {
            step.each_text(&mut |text| fill(text, &self.within.each));
            step.name_items();
        }
        step
    }
}

/// The rounds of the steps of a list: how often a way back led to or over each of them, and one.
pub(in crate::exec) fn rounds(steps: &[Step], within: &Within, state: &RunState) -> Vec<u32> {
    let mut rounds = vec![1; steps.len()];
    // The last first: the round of a choice follows from the choices behind it alone and its own.
    for at in (0..steps.len()).rev() {
        let Kind::Decide { options, .. } = &steps[at].kind else {
            continue;
        };
        for round in 1.. {
            let path = within.place(&steps[at], round).path;
            let Some(found) = state.steps.get(&path) else {
                break;
            };
            let choice = found.choice.as_ref().and_then(|name| options.get(name));
            if let Some(Choice::Goto { to, .. }) = choice
                && found.progress == Progress::Done
                && let Some(first) = steps[..at].iter().position(|step| step.id == *to)
            {
                rounds[first..=at].iter_mut().for_each(|round| *round += 1);
            }
        }
    }
    rounds
}

/// Every step of the run that does something, in order, as far as it is known: a loop whose items
/// are not known yet is one step.
pub fn steps(plan: &Plan, state: &RunState) -> Vec<Step> {
    let mut found = Vec::new();
    list(&plan.steps, &Within::default(), state, &mut found);
    found
}

/// The steps that are no part of the procedure: those of `on_failure` that were begun, and all of `finally`.
pub fn endings(plan: &Plan, state: &RunState) -> Vec<Step> {
    let mut found = Vec::new();
    for failure in 1..=state.failures {
        list(&plan.on_failure, &Within::round(failure), state, &mut found);
    }
    found.retain(|step| state.steps.contains_key(&step.id));
    list(&plan.finally, &Within::default(), state, &mut found);
    found
}

fn list(steps: &[Step], within: &Within, state: &RunState, found: &mut Vec<Step>) {
    for (step, round) in steps.iter().zip(rounds(steps, within, state)) {
        for round in 1..=round {
            add(&within.place(step, round), state, found);
        }
    }
}

fn add(place: &Place<'_>, state: &RunState, found: &mut Vec<Step>) {
    let known = state.steps.get(&place.path);
    let left_out = known.is_some_and(|known| known.progress == Progress::Skipped);
    match place.each() {
        Some(each) => match known.and_then(|known| known.items.as_ref()) {
            Some(items) => items
                .iter()
                .for_each(|item| add(&place.item(&each.name, item), state, found)),
            None => found.push(place.step()),
        },
        None if place.step.is_group() && !left_out => {
            list(place.step.children(), &place.inside(), state, found);
        }
        None => found.push(place.step()),
    }
}

/// What a person may skip of the step at this path: the step itself, or the innermost that it stands in of
/// which its runbook says `skip`. An item of a loop is skipped as a whole.
pub fn skippable(plan: &Plan, state: &RunState, path: &str) -> Option<Step> {
    let sections = [&plan.steps, &plan.on_failure, &plan.finally];
    let search = Search { state, path };
    let mut found = sections
        .into_iter()
        .filter_map(|steps| search.list(steps, &Within::default(), None));
    found.next()?
}

/// The search for a path, which gives what can be skipped there once the path is found.
struct Search<'s> {
    state: &'s RunState,
    path: &'s str,
}

impl Search<'_> {
    fn list(&self, steps: &[Step], within: &Within, outer: Option<&Step>) -> Option<Option<Step>> {
        let rounds = rounds(steps, within, self.state);
        let mut places = steps
            .iter()
            .zip(rounds)
            .flat_map(|(step, round)| (1..=round).map(move |round| within.place(step, round)));
        places.find_map(|place| self.place(&place, outer))
    }

    fn place(&self, place: &Place<'_>, outer: Option<&Step>) -> Option<Option<Step>> {
        if let Some(each) = place.each() {
            let items = self.state.steps.get(&place.path)?.items.as_ref()?;
            let mut places = items.iter().map(|item| place.item(&each.name, item));
            return places.find_map(|place| self.place(&place, outer));
        }
        let own = place.step.skip.as_ref().map(|_| place.step());
        let innermost = own.as_ref().or(outer);
        match place.path == self.path {
            true => Some(innermost.cloned()),
            false => self.list(place.step.children(), &place.inside(), innermost),
        }
    }
}

/// The steps of the procedure, and those of its endings: what a gate of one holds up is in the same.
pub fn sections(plan: &Plan, state: &RunState) -> [Vec<Step>; 2] {
    [steps(plan, state), endings(plan, state)]
}

/// The last gate before the step at this path that was passed: its approval covers what the step is given.
pub fn passed_before(plan: &Plan, state: &RunState, path: &str) -> Option<String> {
    let sections = sections(plan, state);
    let mut sections = sections.iter();
    let steps = sections.find(|steps| steps.iter().any(|one| one.id == path))?;
    let before = steps.iter().take_while(|one| one.id != path);
    let gates = before.filter(|one| {
        matches!(one.kind, Kind::Approve { .. }) && state.progress(&one.id) == Progress::Done
    });
    gates.last().map(|gate| gate.id.clone())
}

/// The step at a path, with the items that stand in the path.
pub fn at(plan: &Plan, path: &str) -> Option<Step> {
    let sections = [&plan.steps, &plan.on_failure, &plan.finally];
    let id = paths::base(path);
    let mut names = Vec::new();
    let found = sections
        .into_iter()
        .flatten()
        .find_map(|step| find(step, &id, &mut names))?;
    let items = paths::items(path);
    let mut step = found.without_children();
    path.clone_into(&mut step.id);
    if items.len() >= names.len() {
        step.each = None;
    }
    let each: BTreeMap<String, String> = names.into_iter().zip(items).collect();
    step.each_text(&mut |text| fill(text, &each));
    step.name_items();
    Some(step)
}

/// The ids of the loops around a step, its own last.
pub(in crate::exec) fn loops(plan: &Plan, id: &str) -> Vec<String> {
    fn find(step: &Step, id: &str, loops: &mut Vec<String>) -> bool {
        loops.extend(step.each.iter().map(|_| step.id.clone()));
        let found = step.id == id || step.children().iter().any(|child| find(child, id, loops));
        if !found && step.each.is_some() {
            loops.pop();
        }
        found
    }
    let mut loops = Vec::new();
    let sections = [&plan.steps, &plan.on_failure, &plan.finally];
    sections
        .into_iter()
        .flatten()
        .any(|step| find(step, id, &mut loops));
    loops
}

/// Finds a step by its id, and the names of the loops around it, its own last.
fn find<'p>(step: &'p Step, id: &str, names: &mut Vec<String>) -> Option<&'p Step> {
    names.extend(step.each.iter().map(|each| each.name.clone()));
    if step.id == id {
        return Some(step);
    }
    let found = step
        .children()
        .iter()
        .find_map(|child| find(child, id, names));
    if found.is_none() && step.each.is_some() {
        names.pop();
    }
    found
}

/// Puts items into a text. They are data like any other value: one hole, one text.
fn fill(text: &mut Text, each: &BTreeMap<String, String>) {
    for piece in &mut text.0 {
        if let Piece::Value(ValuePath::Each(name)) = piece
            && let Some(item) = each.get(name)
        {
            *piece = Piece::Text(item.clone());
        }
    }
}
