//! A prospect as Markdown, to be pasted into a ticket or a request for approval. What people and
//! programs wrote stands in it as text or as code.

use super::{Outlook, Prospect};
use crate::exec::tell::report::markdown::{block, escape};

/// The prospect as Markdown.
pub fn render(prospect: &Prospect) -> String {
    let plan = &prospect.plan;
    let mut out = format!(
        "# {} {}\n\nIn {}.\n",
        escape(&plan.title),
        escape(&plan.version),
        escape(&plan.target)
    );
    list(&mut out, "Not as written", prospect.deviations());
    list(&mut out, "To be settled first", prospect.first.clone());
    let params = plan.params.texts().iter();
    let params = params.map(|(name, value)| format!("{name} = {value}"));
    list(&mut out, "Params", params.collect());
    let lock = prospect.lock.iter().map(|lock| lock.words());
    list(&mut out, "Lock", lock.collect());
    let gates = prospect.gates.iter();
    let gates = gates.map(|gate| format!("{}: {}", gate.step, gate.words()));
    list(&mut out, "Whose yes it takes", gates.collect());
    for (title, steps) in [
        ("Steps", &prospect.steps),
        ("After a failure", &prospect.on_failure),
        ("At the end in every case", &prospect.finally),
    ] {
        if !steps.is_empty() {
            out += &format!("\n## {title}\n");
            steps.iter().for_each(|step| add(&mut out, step));
        }
    }
    let closing = prospect.legend().into_iter().chain([prospect.closing()]);
    let closing: Vec<String> = closing.map(escape).collect();
    out += &format!("\n{}.\n", closing.join("; "));
    out
}

fn list(out: &mut String, title: &str, items: Vec<String>) {
    if !items.is_empty() {
        *out += &format!("\n## {title}\n\n");
        for item in items {
            *out += &format!("- {}\n", escape(&item));
        }
    }
}

fn add(out: &mut String, step: &Outlook) {
    let number = step
        .number
        .map_or_else(String::new, |number| format!("{number}. "));
    *out += &format!(
        "\n### {number}{} ({})\n\n",
        escape(&step.title),
        escape(&step.id)
    );
    let mut notes: Vec<String> = Vec::new();
    notes.extend(step.found.words());
    notes.extend(step.when.iter().map(|when| format!("only when {when}")));
    if !step.traits.is_empty() {
        notes.push(step.traits.join(", "));
    }
    if !step.unknown.is_empty() {
        notes.push(format!("only the run can know {}", step.unknown.join(", ")));
    }
    for note in notes {
        *out += &format!("- {}\n", escape(&note));
    }
    let env = step
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let code: Vec<String> = env.chain(step.what.iter().cloned()).collect();
    if !code.is_empty() {
        *out += &format!("\n{}", block(&code.join("\n")));
    }
}
