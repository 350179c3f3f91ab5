//! Params between the signs of another tool, which nothing fills: `{{ version }}` of Ansible, `@option.version@`
//! of Rundeck. Only names of params are looked for, so templates of Docker, Helm and the like are left alone.

use super::shell::Script;
use super::{commands, report};
use crate::diag::{Diagnostics, codes};
use crate::model::expression::Template;
use crate::model::runbook::Runbook;
use std::ops::Range;

/// What stands before the names of params, there and here.
const BEFORE: [&str; 6] = ["params.", "inputs.", "vars.", "option.", "env.", ""];

pub(super) fn faults(runbook: &Runbook, text: &str, diagnostics: &mut Diagnostics) {
    for step in runbook.all_steps() {
        let envs = commands(step).into_iter().filter_map(|used| used.env);
        for template in envs.chain([&step.env]).flat_map(|env| env.values()) {
            in_template(runbook, template, diagnostics);
        }
        for used in commands(step) {
            if let Some(script) = Script::of(used.command, text) {
                in_script(runbook, &script, diagnostics);
            }
        }
    }
    for template in runbook.defaults.env.values() {
        in_template(runbook, template, diagnostics);
    }
}

fn in_template(runbook: &Runbook, template: &Template, diagnostics: &mut Diagnostics) {
    for (place, name) in unfilled(&template.text, runbook) {
        let message = format!("`{}` stays as it is written", &template.text[place]);
        let help = format!("write `${{{{ params.{name} }}}}`");
        report(diagnostics, codes::RB111, template.span, message, &help);
    }
}

fn in_script(runbook: &Runbook, script: &Script<'_>, diagnostics: &mut Diagnostics) {
    for (place, name) in unfilled(script.text, runbook) {
        let message = format!("`{}` stays as it is written", &script.text[place.clone()]);
        let variable = name.to_uppercase();
        let help = format!(
            "add `env: {{ {variable}: \"${{{{ params.{name} }}}}\" }}`, and write `\"${variable}\"` here"
        );
        let span = script.places.span(place);
        report(diagnostics, codes::RB111, span, message, &help);
    }
}

/// Params of this runbook between signs that mean nothing here, with their names.
fn unfilled<'t>(text: &'t str, runbook: &Runbook) -> Vec<(Range<usize>, &'t str)> {
    let is_param = |name: &str| {
        let mut params = runbook.params.iter();
        params.any(|param| param.name.value == name)
    };
    let mut found = Vec::new();
    for (open, close) in [("{{", "}}"), ("${", "}"), ("@", "@")] {
        let mut opens = text.match_indices(open).map(|(at, _)| at).peekable();
        while let Some(at) = opens.next() {
            let inside = at + open.len();
            // No name goes on behind the next opening sign, so nothing is looked through twice.
            let until = opens.peek().map_or(text.len(), |next| next + close.len());
            let is_ours = open == "{{" && text[..at].ends_with('$');
            let Some(end) = text[inside..until].find(close).filter(|_| !is_ours) else {
                continue;
            };
            let inner = text[inside..inside + end].trim();
            let Some((before, name)) = BEFORE
                .iter()
                .find_map(|before| Some((*before, inner.strip_prefix(before)?)))
            else {
                continue;
            };
            // `${VERSION}` is a variable of the shell, and `@name@` could be anything.
            let is_theirs = open == "{{" || !before.is_empty();
            if is_theirs && is_param(name) {
                found.push((at..inside + end + close.len(), name));
            }
        }
    }
    found
}
