//! A preview for a terminal: plain lines.

use super::{Inherited, Outlook, Preview};
use crate::model::step_number::BESIDE;

/// The lines; what could move a cursor is for whoever shows them to take out.
pub fn lines(preview: &Preview) -> Vec<String> {
    let plan = &preview.plan;
    let mut lines = vec![format!(
        "{} {}  in {}",
        plan.title, plan.version, plan.target
    )];
    for (name, value) in plan.params.texts() {
        lines.push(format!("  {name} = {value}"));
    }
    lines.extend(preview.deviations());
    for first in &preview.first {
        lines.push(format!("settle first: {first}"));
    }
    if let Some(lock) = &preview.lock {
        lines.push(format!("lock: {}", lock.words()));
    }
    if !preview.inherited.is_empty() {
        let words = preview.inherited.iter().map(Inherited::words);
        let words: Vec<String> = words.collect();
        lines.push(format!("inherits: {}", words.join(", ")));
    }
    for gate in &preview.gates {
        lines.push(format!(
            "approval is needed at {}: {}",
            gate.step,
            gate.words()
        ));
    }
    preview.steps.iter().for_each(|step| add(&mut lines, step));
    for (words, steps) in [
        ("after a failure:", &preview.on_failure),
        ("always at the end:", &preview.finally),
    ] {
        if !steps.is_empty() {
            lines.push(words.to_owned());
            steps.iter().for_each(|step| add(&mut lines, step));
        }
    }
    lines.extend(preview.legend().map(str::to_owned));
    lines.push(preview.closing().to_owned());
    lines
}

fn add(lines: &mut Vec<String>, step: &Outlook) {
    let number = step.number.as_deref().unwrap_or(BESIDE);
    lines.push(format!("{number:>3}  {}  [{}]", step.title, step.id));
    let mut note = |words: String| lines.push(format!("     {words}"));
    if let Some(found) = step.found.words() {
        note(format!("> {found}"));
    }
    step.found
        .said()
        .iter()
        .for_each(|line| note(format!("| {line}")));
    for when in &step.when {
        note(format!("only when {when}"));
    }
    step.what.iter().for_each(|line| note(line.clone()));
    for (name, value) in &step.env {
        note(format!("{name}={value}"));
    }
    if !step.traits.is_empty() {
        note(format!("({})", step.traits.join(", ")));
    }
    if !step.unknown.is_empty() {
        note(format!(
            "known only during the run: {}",
            step.unknown.join(", ")
        ));
    }
}
