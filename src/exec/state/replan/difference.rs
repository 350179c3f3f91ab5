//! What differs between two plans, in lines for people.

use crate::exec::plan::{Plan, Step};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Members of a plan that say nothing of what is done, or that are compared on their own.
const NOT_SHOWN: [&str; 7] = [
    "steps",
    "on_failure",
    "finally",
    "source",
    "called",
    "not_given",
    "owner",
];

/// The names of the members in which two things differ.
pub(super) fn members(old: &impl Serialize, new: &impl Serialize) -> Vec<String> {
    differing(&object(old), &object(new))
}

fn object(thing: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(thing) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The names whose values differ, in order.
fn differing(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&String| old.get(*name) != new.get(*name);
    names.into_iter().filter(differs).cloned().collect()
}

/// Every difference between two plans, but not where their files came from.
pub(super) fn lines(old: &Plan, new: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let (before, after) = (object(old), object(new));
    for name in differing(&before, &after) {
        if !NOT_SHOWN.contains(&name.as_str()) {
            value(&mut lines, &name, before.get(&name), after.get(&name));
        }
    }
    for (section, old, new) in [
        ("steps", &old.steps, &new.steps),
        ("on_failure", &old.on_failure, &new.on_failure),
        ("finally", &old.finally, &new.finally),
    ] {
        steps(&mut lines, section, old, new);
    }
    lines
}

fn steps(lines: &mut Vec<String>, section: &str, old: &[Step], new: &[Step]) {
    let old: Vec<&Step> = old.iter().flat_map(Step::with_inner).collect();
    let new: Vec<&Step> = new.iter().flat_map(Step::with_inner).collect();
    let known = |list: &[&Step], id: &str| list.iter().any(|step| step.id == id);
    for step in old.iter().filter(|step| !known(&new, &step.id)) {
        lines.push(format!("removed: {} ({})", step.id, step.title));
    }
    for step in &new {
        match old.iter().find(|other| other.id == step.id) {
            None => lines.push(format!("added: {} ({})", step.id, step.title)),
            Some(before) => changed(lines, before, step),
        }
    }
    let kept = |list: &[&Step], other: &[&Step]| -> Vec<String> {
        let kept = list.iter().filter(|step| known(other, &step.id));
        kept.map(|step| step.id.clone()).collect()
    };
    if kept(&old, &new) != kept(&new, &old) {
        let order: Vec<&str> = new.iter().map(|step| step.id.as_str()).collect();
        lines.push(format!(
            "{section} are done in this order: {}",
            order.join(", ")
        ));
    }
}

fn changed(lines: &mut Vec<String>, old: &Step, new: &Step) {
    let (before, after) = (
        object(&old.without_children()),
        object(&new.without_children()),
    );
    for name in differing(&before, &after) {
        let place = format!("{}: {name}", new.id);
        value(lines, &place, before.get(&name), after.get(&name));
    }
}

/// A value that differs, as deep as it is the same around it.
fn value(lines: &mut Vec<String>, place: &str, old: Option<&Value>, new: Option<&Value>) {
    if let (Some(Value::Object(before)), Some(Value::Object(after))) = (old, new) {
        for name in differing(before, after) {
            let place = format!("{place}.{name}");
            value(lines, &place, before.get(&name), after.get(&name));
        }
        return;
    }
    lines.push(format!("changed: {place}"));
    let (old, new) = (text(old), text(new));
    // Of long texts, such as scripts, what is the same at both ends is left out.
    let first = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[first..], &new[first..]);
    let same = old.iter().rev().zip(new.iter().rev());
    let last = same.take_while(|(a, b)| a == b).count();
    lines.extend(
        old[..old.len() - last]
            .iter()
            .map(|line| format!("  - {line}")),
    );
    lines.extend(
        new[..new.len() - last]
            .iter()
            .map(|line| format!("  + {line}")),
    );
}

fn text(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => text.lines().map(str::to_owned).collect(),
        Some(other) => vec![other.to_string()],
    }
}
