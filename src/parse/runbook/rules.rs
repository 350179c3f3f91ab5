//! What only the whole of a file tells: repeated ids, flow (RB2xx), safety (RB3xx), prose
//! (RB4xx). The codes are listed in `docs/diagnostics.md`.

use crate::diag::{Diagnostic, Diagnostics};
use crate::model::expression::Expression;
use crate::model::runbook::{
    Check, Command, CommandText, Effect, Risk, Runbook, Step, StepKind, Undo, ValueKind,
};
use crate::source::Span;
use std::collections::HashMap;

/// Reports what makes a runbook wrong as a whole.
pub(super) fn faults(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    unique_ids(runbook, diagnostics);
    gates_in_finally(runbook, diagnostics);
    secrets_in_arguments(runbook, diagnostics);
    unproved_terminals(runbook, diagnostics);
}

/// Warns of what somebody will be sorry for.
pub(super) fn advice(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    for step in runbook.all_steps() {
        of_step(step, diagnostics);
    }
    of_runbook(runbook, diagnostics);
}

fn unique_ids(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for step in runbook.all_steps() {
        if let Some(first) = seen.insert(&step.id.value, step.id.span) {
            let message = format!("two steps have the id `{}`", step.id.value);
            let diagnostic = Diagnostic::error("runbook/duplicate-step", step.id.span, message);
            diagnostics.report(
                diagnostic
                    .related(first, "the first is here")
                    .help("give one of them another id; links and journals name steps by id"),
            );
        }
    }
}

fn gates_in_finally(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    for step in runbook.finally.iter().chain(&runbook.on_failure) {
        if matches!(
            step.kind,
            StepKind::Approve(_) | StepKind::Manual(_) | StepKind::Decide(_)
        ) {
            let diagnostic = Diagnostic::error(
                "RB205",
                step.span,
                format!(
                    "`{}` waits for a person where nobody may be there",
                    step.id.value
                ),
            );
            diagnostics.report(
                diagnostic
                    .help("move it into `steps`; `finally` and `on_failure` run by themselves"),
            );
        }
    }
}

fn secrets_in_arguments(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    let is_secret = |path: &[String]| {
        let named = |name: &String| {
            runbook
                .params
                .iter()
                .any(|p| p.name.value == *name && p.kind.kind == ValueKind::Secret)
        };
        path.first().is_some_and(|first| first == "params") && path.get(1).is_some_and(named)
    };
    for hole in runbook.all_steps().into_iter().flat_map(holes) {
        if hole.root.paths().into_iter().any(is_secret) {
            let diagnostic = Diagnostic::error(
                "RB103",
                hole.span,
                "a secret cannot be written into a text: it would be kept and shown",
            );
            diagnostics
                .report(diagnostic.help(
                    "let the command read the file `$RB_SECRET_NAME`, or its standard input",
                ));
        }
    }
}

/// Every hole that is filled for a step.
fn holes(step: &Step) -> Vec<&Expression> {
    let program = match &step.kind {
        StepKind::Command(Command {
            text: CommandText::Program(items),
            ..
        })
        | StepKind::Check(Check {
            command:
                Command {
                    text: CommandText::Program(items),
                    ..
                },
            ..
        }) => items.iter().collect(),
        StepKind::Approve(approve) => vec![&approve.text],
        StepKind::Notify(notify) => vec![&notify.text],
        StepKind::Call(call) => call.with.iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    let env = step
        .env
        .values()
        .chain(step.verify.iter().flat_map(|verify| verify.env.values()));
    let undo = match &step.undo {
        Some(Undo::Command { env, .. }) => env.values().collect(),
        _ => Vec::new(),
    };
    let templates = program
        .into_iter()
        .chain(env)
        .chain(undo)
        .chain(&step.confirm);
    templates.flat_map(|template| template.holes()).collect()
}

fn unproved_terminals(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    for step in runbook.all_steps() {
        if step.interactive && step.verify.is_none() {
            let message = format!(
                "`{}` owns the terminal and leaves no log, so only `verify` can tell what it did",
                step.id.value
            );
            let diagnostic = Diagnostic::error("RB302", step.id.span, message);
            diagnostics
                .report(diagnostic.help("add `verify:` with a command that proves the effect"));
        }
    }
}

fn warn(
    diagnostics: &mut Diagnostics,
    code: &'static str,
    span: Span,
    message: String,
    help: &str,
) {
    diagnostics.report(Diagnostic::warning(code, span, message).help(help));
}

fn of_step(step: &Step, diagnostics: &mut Diagnostics) {
    let id = &step.id.value;
    if matches!(step.kind, StepKind::Command(_))
        && step.effect == Effect::Once
        && step.verify.is_none()
        && step.undo.is_none()
    {
        warn(
            diagnostics,
            "RB301",
            step.id.span,
            format!("nobody can tell after a crash whether `{id}` happened, nor take it back"),
            "add `verify:`, or `undo:`, or say `effect: idempotent` if repeating it does no harm",
        );
    }
    if let StepKind::Approve(approve) = &step.kind
        && approve.expires.is_none()
    {
        warn(
            diagnostics,
            "RB204",
            step.id.span,
            format!("the approval `{id}` never expires"),
            "add `expires: 30m`, after which silence is a no",
        );
    }
    if step.title.is_none() && step.doc.is_none() {
        warn(
            diagnostics,
            "RB402",
            step.id.span,
            format!("`{id}` has no title, and readers see its id"),
            "add `title:`, an action in a few words",
        );
    }
}

fn of_runbook(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    let span = runbook.id.span;
    if runbook.steps.is_empty() {
        warn(
            diagnostics,
            "RB201",
            span,
            "this runbook has no steps".to_owned(),
            "add a step: `- {id: look, title: Look, check: {run: date}}`",
        );
    }
    if runbook.owner.is_none() {
        warn(
            diagnostics,
            "RB401",
            span,
            "nobody answers for this runbook".to_owned(),
            "add `owner:` with a role of roles.yaml",
        );
    }
    if runbook.doc.is_none() && runbook.fixes.is_none() {
        warn(
            diagnostics,
            "RB403",
            span,
            "nothing says what this runbook is for".to_owned(),
            "add `fixes:` or `doc:`",
        );
    }
    let approved = runbook
        .all_steps()
        .into_iter()
        .any(|step| matches!(step.kind, StepKind::Approve(_)));
    if runbook.risk == Risk::High && !approved {
        warn(
            diagnostics,
            "RB303",
            span,
            "high risk, and nobody has to approve".to_owned(),
            "add a step with `approve:`, or lower the risk",
        );
    }
    let acts =
        |step: &&Step| matches!(step.kind, StepKind::Command(_)) && step.effect == Effect::Once;
    if runbook.lock.is_none() && runbook.all_steps().iter().any(acts) {
        warn(
            diagnostics,
            "RB304",
            span,
            "two people may run this at once".to_owned(),
            "add `lock: { key: \"release\" }`, with what must not be touched twice in the key",
        );
    }
}
