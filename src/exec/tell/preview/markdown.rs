//! A preview as Markdown, to be pasted into a ticket or a request for approval. What people and
//! programs wrote stands in it as text or as code.

use super::{Inherited, Outlook, Preview};
use crate::exec::tell::report::markdown::{block, escape};

/// The preview as Markdown.
pub fn render(preview: &Preview) -> String {
    let plan = &preview.plan;
    let mut out = format!(
        "# {} {}\n\nIn {}.\n",
        escape(&plan.title),
        escape(&plan.version),
        escape(&plan.target)
    );
    list(&mut out, "Deviations", preview.deviations());
    list(&mut out, "Settle first", preview.first.clone());
    let params = plan.params.texts().iter();
    let params = params.map(|(name, value)| format!("{name} = {value}"));
    list(&mut out, "Params", params.collect());
    let lock = preview.lock.iter().map(|lock| lock.words());
    list(&mut out, "Lock", lock.collect());
    let inherited = preview.inherited.iter().map(Inherited::words);
    list(&mut out, "Inherited variables", inherited.collect());
    let gates = preview.gates.iter();
    let gates = gates.map(|gate| format!("{}: {}", gate.step, gate.words()));
    list(&mut out, "Approvals", gates.collect());
    for (title, steps) in [
        ("Steps", &preview.steps),
        ("After a failure", &preview.on_failure),
        ("Always at the end", &preview.finally),
    ] {
        if !steps.is_empty() {
            out += &format!("\n## {title}\n");
            steps.iter().for_each(|step| add(&mut out, step));
        }
    }
    let closing = preview.legend().into_iter().chain([preview.closing()]);
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
        .as_ref()
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
        notes.push(format!(
            "known only during the run: {}",
            step.unknown.join(", ")
        ));
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
