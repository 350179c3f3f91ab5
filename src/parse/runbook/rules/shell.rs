//! RB1xx: how values and secrets reach commands.

use super::dash::can_begin_with_dash;
use super::{commands, holes, report, script};
use crate::diag::{Diagnostics, codes};
use crate::model::expression::{Expression, Template, TemplatePiece, Term};
use crate::model::runbook::{
    Command, CommandText, Env, Expose, FieldKind, Runbook, Step, StepKind, ValueKind,
};
use crate::model::value_path::{RunValue, StepValue, ValuePath};
use crate::parse::places::Places;

pub(super) fn faults(runbook: &Runbook, text: &str, diagnostics: &mut Diagnostics) {
    for hole in holes(runbook) {
        if names_secret(runbook, hole) {
            let message = "a secret cannot be written into a text: it would be kept and shown";
            let help = "let the command read the file `$RB_SECRET_NAME`, or its standard input";
            report(
                diagnostics,
                codes::RB103,
                hole.span,
                message.to_owned(),
                help,
            );
        }
    }
    for step in runbook.all_steps() {
        for used in commands(step) {
            if let Some(script) = Script::of(used.command, text) {
                unknown_secrets(runbook, &script, diagnostics);
            }
        }
    }
}

pub(super) fn advice(runbook: &Runbook, text: &str, diagnostics: &mut Diagnostics) {
    for step in runbook.all_steps() {
        for used in commands(step) {
            if let CommandText::Program(items) = &used.command.text {
                options(runbook, step, items, diagnostics);
            }
            if let Some(script) = Script::of(used.command, text) {
                let set = |name: &str| {
                    let in_env = |env: &Env| env.contains_key(name);
                    in_env(&runbook.defaults.env)
                        || in_env(&step.env)
                        || used.env.is_some_and(in_env)
                };
                secret_in_argument(&script, diagnostics);
                params_by_name(runbook, &script, set, diagnostics);
            }
        }
    }
    for param in &runbook.params {
        if param
            .secret
            .as_ref()
            .is_some_and(|secret| secret.expose == Expose::Env)
        {
            let message = format!(
                "every program of the same user can read `{}` while the step runs",
                param.name.value
            );
            let help = "write `expose: file`, and let the command read `$RB_SECRET_NAME`";
            report(diagnostics, codes::RB109, param.name.span, message, help);
        }
    }
}

/// Shell text, and the way back to its file.
pub(super) struct Script<'r> {
    pub(super) text: &'r str,
    pub(super) places: Places,
}

impl<'r> Script<'r> {
    pub(super) fn of(command: &'r Command, file: &str) -> Option<Self> {
        match &command.text {
            CommandText::Shell { script, .. } => Some(Self {
                text: script,
                places: Places::in_yaml(file, command.span, script),
            }),
            CommandText::Program(_) => None,
        }
    }
}

fn names_secret(runbook: &Runbook, hole: &Expression) -> bool {
    let is_secret = |name: &str| {
        let mut params = runbook.params.iter();
        params.any(|param| param.name.value == name && param.kind.kind == ValueKind::Secret)
    };
    let mut paths = hole.root.paths().into_iter();
    paths.any(|path| match path {
        // A part of it, which there is not, was meant to be the secret all the same.
        ValuePath::Param(name) | ValuePath::UnknownOfParam { name, .. } => is_secret(name),
        _ => false,
    })
}

/// `$RB_SECRET_TOKEN` without a secret `token`.
fn unknown_secrets(runbook: &Runbook, script: &Script<'_>, diagnostics: &mut Diagnostics) {
    for (place, name) in script::variables(script.text) {
        let Some(secret) = name.strip_prefix("RB_SECRET_") else {
            continue;
        };
        let secret = secret.to_lowercase();
        let mut params = runbook.params.iter();
        if !params.any(|param| param.secret.is_some() && param.name.value == secret) {
            let message = format!("`${name}` is empty: there is no secret `{secret}`");
            let help = "add it to `params` with `type: secret`";
            report(
                diagnostics,
                codes::RB106,
                script.places.span(place),
                message,
                help,
            );
        }
    }
}

/// An item that begins with a value, before any `--`.
fn options(runbook: &Runbook, step: &Step, items: &[Template], diagnostics: &mut Diagnostics) {
    let before_separator = items.iter().skip(1).take_while(|item| item.text != "--");
    for item in before_separator {
        let Some(TemplatePiece::Hole(hole)) = item.parts.first() else {
            continue;
        };
        if !never_an_option(runbook, step, hole) {
            let message = "a value that begins with `-` would be taken as an option".to_owned();
            let help =
                "put `\"--\"` before it, or give the param a pattern that excludes a leading `-`";
            report(diagnostics, codes::RB102, item.span, message, help);
        }
    }
}

fn never_an_option(runbook: &Runbook, step: &Step, hole: &Expression) -> bool {
    let Term::Path(path) = &hole.root else {
        return false;
    };
    let kind: Option<&FieldKind> = match path {
        ValuePath::Param(name) => {
            let mut params = runbook.params.iter();
            params
                .find(|param| param.name.value == *name)
                .map(|param| &param.kind)
        }
        ValuePath::Step { id, value } => match value {
            StepValue::Output(name) => runbook.step(id).and_then(|step| {
                let mut outputs = step.outputs.iter();
                outputs
                    .find(|output| output.name.value == *name)
                    .map(|output| &output.kind)
            }),
            StepValue::Field(name) => runbook.step(id).and_then(|step| match &step.kind {
                StepKind::Manual(manual) => {
                    let mut fields = manual.fields.iter();
                    fields
                        .find(|(field, _)| field.value == *name)
                        .map(|(_, kind)| kind)
                }
                _ => None,
            }),
            // Truths, exit codes and names of options; what means nothing is another finding.
            StepValue::Ok
            | StepValue::Warned
            | StepValue::Skipped
            | StepValue::Begun
            | StepValue::Exit
            | StepValue::Choice
            | StepValue::Unknown(_) => return true,
        },
        ValuePath::Each(_) => {
            let constant =
                |item: &Template| item.holes().next().is_none() && !item.text.starts_with('-');
            return step
                .for_each
                .as_ref()
                .is_some_and(|each| each.items.iter().all(constant));
        }
        // Names of steps, ids, hashes and absolute paths.
        ValuePath::Run(value) => return *value != RunValue::Initiator,
        ValuePath::UnknownOfRun(_) => return true,
        // Data are text of the project, and may begin with anything.
        ValuePath::Data(_)
        | ValuePath::UnknownOfParam { .. }
        | ValuePath::Json(_)
        | ValuePath::Unknown(_) => None,
    };
    kind.is_some_and(|kind| !can_begin_with_dash(kind))
}

/// `curl -H "$(cat "$RB_SECRET_TOKEN")"` shows the secret to everybody who lists processes.
fn secret_in_argument(script: &Script<'_>, diagnostics: &mut Diagnostics) {
    for (at, _) in script.text.match_indices("$(") {
        let end = script.text[at..]
            .find(')')
            .map_or(script.text.len(), |length| at + length + 1);
        let inside = script.text[at + 2..end].trim_start();
        let reads = inside.starts_with("cat ") || inside.starts_with('<');
        if reads && inside.contains("RB_SECRET_") && !is_assigned(&script.text[..at]) {
            let message = "the secret becomes an argument, which every user of the machine can see";
            let help =
                "let the program read the file or its standard input; most have an option for it";
            let place = script.places.span(at..end);
            report(diagnostics, codes::RB107, place, message.to_owned(), help);
        }
    }
}

/// Whether what follows this text is the value of a variable.
fn is_assigned(before: &str) -> bool {
    let Some(name) = before.trim_end_matches(['"', '\'']).strip_suffix('=') else {
        return false;
    };
    let name = name
        .rsplit([' ', '\t', '\n', ';', '('])
        .next()
        .unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `$VERSION` or `$version` where `version` is a param that nobody passed on.
fn params_by_name(
    runbook: &Runbook,
    script: &Script<'_>,
    set: impl Fn(&str) -> bool,
    diagnostics: &mut Diagnostics,
) {
    for (place, name) in script::variables(script.text) {
        let mut params = runbook.params.iter().filter(|param| param.secret.is_none());
        let named = |param: &str| param == name || param.to_uppercase() == name;
        let is_param = params.any(|param| named(&param.name.value));
        if is_param && !set(name) && !script::assigns(script.text, name) {
            let message =
                format!("`${name}` is not set here: params reach shell text by `env` only");
            let param = name.to_lowercase();
            let help = format!("add `env: {{ {name}: \"${{{{ params.{param} }}}}\" }}`");
            report(
                diagnostics,
                codes::RB108,
                script.places.span(place),
                message,
                &help,
            );
        }
    }
}
