//! What only the whole of a file tells. The codes are listed in `docs/diagnostics.md`.
//!
//! [`shell`] judges how values and secrets reach commands (RB1xx), [`flow`] what comes after what
//! (RB2xx), [`safety`] what a crash or a mistake would leave behind (RB3xx), [`prose`] what people
//! are told (RB4xx).

mod braces;
mod dash;
mod flow;
mod prose;
mod safety;
mod script;
mod shell;

use crate::diag::{Code, Diagnostic, Diagnostics, codes};
use crate::model::expression::{Expression, Template};
use crate::model::runbook::{Command, CommandText, Env, Runbook, Step, Undo};
use crate::source::Span;
use std::collections::HashMap;

/// Reports what makes a runbook wrong as a whole; `text` is that of its file.
pub(super) fn faults(runbook: &Runbook, text: &str, diagnostics: &mut Diagnostics) {
    unique_ids(runbook, diagnostics);
    shell::faults(runbook, text, diagnostics);
    braces::faults(runbook, text, diagnostics);
    flow::faults(runbook, diagnostics);
    safety::faults(runbook, diagnostics);
}

/// Warns of what somebody will be sorry for.
pub(super) fn advice(runbook: &Runbook, text: &str, diagnostics: &mut Diagnostics) {
    shell::advice(runbook, text, diagnostics);
    flow::advice(runbook, diagnostics);
    safety::advice(runbook, diagnostics);
    prose::advice(runbook, diagnostics);
}

fn report(
    diagnostics: &mut Diagnostics,
    code: &'static Code,
    span: Span,
    message: String,
    help: &str,
) {
    diagnostics.report(Diagnostic::new(code, span, message).help(help));
}

fn unique_ids(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for step in runbook.all_steps() {
        if let Some(first) = seen.insert(&step.id.value, step.id.span) {
            let message = format!("two steps have the id `{}`", step.id.value);
            let diagnostic = Diagnostic::new(codes::RUNBOOK_DUPLICATE_STEP, step.id.span, message);
            diagnostics.report(
                diagnostic
                    .related(first, "the first is here")
                    .help("give one of them another id; links and journals name steps by id"),
            );
        }
    }
}

/// A command of a step, and the environment that it alone has.
struct Used<'s> {
    command: &'s Command,
    env: Option<&'s Env>,
}

/// Every command of a step: what it does, its `verify`, its `undo`, its probe.
fn commands(step: &Step) -> Vec<Used<'_>> {
    let own = |command| Used {
        command,
        env: step.kind.own_env(),
    };
    let mut found: Vec<_> = step.kind.command().map(own).into_iter().collect();
    let mut verifies: Vec<_> = step.verify.iter().collect();
    if let Some(Undo::Command {
        command,
        env,
        verify,
        ..
    }) = &step.undo
    {
        found.push(Used {
            command,
            env: Some(env),
        });
        verifies.extend(verify.as_deref());
    }
    found.extend(verifies.into_iter().map(|verify| Used {
        command: &verify.command,
        env: Some(&verify.env),
    }));
    found
}

/// Every template that is filled for a step.
fn templates(step: &Step) -> Vec<&Template> {
    let mut found = step.kind.templates();
    for used in commands(step) {
        if let CommandText::Program(items) = &used.command.text {
            found.extend(items);
        }
        found.extend(used.env.into_iter().flat_map(Env::values));
    }
    found.extend(step.env.values());
    found.extend(&step.confirm);
    found.extend(step.for_each.iter().flat_map(|each| &each.items));
    found
}

/// Every hole of a runbook.
fn holes(runbook: &Runbook) -> Vec<&Expression> {
    let whole = runbook
        .defaults
        .env
        .values()
        .chain(runbook.lock.iter().map(|lock| &lock.key))
        .chain(runbook.outputs.iter().map(|(_, value)| value));
    let steps = runbook.all_steps().into_iter().flat_map(templates);
    whole.chain(steps).flat_map(Template::holes).collect()
}
