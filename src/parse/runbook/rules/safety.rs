//! RB3xx: what a crash, a second try or a mistake would leave behind.

use super::{report, script};
use crate::diag::{Diagnostics, codes};
use crate::model::runbook::{
    Command, CommandText, Effect, Expose, Runbook, Step, StepKind, Undo, Verify,
};

/// Commands that change something that others see. Two of them in one step cannot be told apart
/// after a crash.
const EFFECTS: [&str; 26] = [
    "aws s3 cp",
    "aws s3 sync",
    "cargo publish",
    "docker push",
    "gem push",
    "gh pr merge",
    "gh release create",
    "gh release delete",
    "gh release edit",
    "git push",
    "helm install",
    "helm rollback",
    "helm upgrade",
    "kubectl apply",
    "kubectl delete",
    "kubectl rollout undo",
    "npm deprecate",
    "npm dist-tag add",
    "npm dist-tag rm",
    "npm publish",
    "npm unpublish",
    "pnpm publish",
    "podman push",
    "terraform apply",
    "terraform destroy",
    "twine upload",
];

/// Commands that say that something of a name is there, whatever it holds.
const EXISTENCE: [&str; 17] = [
    "[ -d",
    "[ -e",
    "[ -f",
    "[ -s",
    "command -v",
    "docker manifest inspect",
    "gh release view",
    "git cat-file -e",
    "git ls-remote --exit-code",
    "git rev-parse --verify",
    "git show-ref",
    "ls",
    "npm view",
    "test -d",
    "test -e",
    "test -f",
    "test -s",
];

pub(super) fn faults(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    for step in runbook.all_steps() {
        if step.interactive && step.verify.is_none() {
            let message = format!(
                "`{}` owns the terminal and leaves no log, so only `verify` can tell what it did",
                step.id.value
            );
            let help = "add `verify:` with a command that proves the effect";
            report(diagnostics, codes::RB302, step.id.span, message, help);
        }
        secrets_on_the_terminal(runbook, step, diagnostics);
    }
}

/// A command at the terminal has its standard input there, so no secret can come that way.
fn secrets_on_the_terminal(runbook: &Runbook, step: &Step, diagnostics: &mut Diagnostics) {
    let typed = runbook.params.iter().filter(|param| {
        let secret = param.secret.as_ref();
        secret.is_some_and(|secret| secret.expose == Expose::Stdin)
    });
    for param in typed {
        let variable = format!("RB_SECRET_{}", param.name.value.to_uppercase());
        let names = |command: &&Command| match &command.text {
            CommandText::Shell { script, .. } => script.contains(&variable),
            CommandText::Program(items) => items.iter().any(|item| item.text.contains(&variable)),
        };
        for command in at_terminal(step).into_iter().filter(names) {
            let message = format!(
                "`{}` comes by standard input, and this command may have the terminal there",
                param.name.value
            );
            let help =
                "write `expose: file` at the secret, and let the command read `$RB_SECRET_NAME`";
            report(
                diagnostics,
                codes::RUNBOOK_LIMITS,
                command.span,
                message,
                help,
            );
        }
    }
}

/// The commands of a step that own the terminal, or may be given it.
fn at_terminal(step: &Step) -> Vec<&Command> {
    let mut found = Vec::new();
    if step.interactive || step.refusal.is_some() {
        found.extend(step.kind.command());
    }
    let mut verifies: Vec<&Verify> = step.verify.iter().collect();
    if let Some(Undo::Command {
        command,
        verify,
        refusal,
        ..
    }) = &step.undo
    {
        found.extend(refusal.as_ref().map(|_| command));
        verifies.extend(verify.as_deref());
    }
    let asking = verifies
        .into_iter()
        .filter(|verify| verify.refusal.is_some());
    found.extend(asking.map(|verify| &verify.command));
    found
}

pub(super) fn advice(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    let steps = runbook.all_steps();
    let acts =
        |step: &&&Step| matches!(step.kind, StepKind::Command(_)) && step.effect == Effect::Once;
    for step in steps.iter().filter(acts) {
        of_effect(step, diagnostics);
    }
    if runbook.lock.is_none() && steps.iter().any(|step| acts(&step)) {
        let message = "two people may run this at once".to_owned();
        let help =
            "add `lock: { key: \"release\" }`, with what must not be touched twice in the key";
        report(diagnostics, codes::RB304, runbook.id.span, message, help);
    }
}

/// A step that must happen once.
fn of_effect(step: &Step, diagnostics: &mut Diagnostics) {
    let id = &step.id.value;
    if step.verify.is_none() && step.undo.is_none() {
        let message =
            format!("nobody can tell after a crash whether `{id}` happened, nor take it back");
        let help =
            "add `verify:`, or `undo:`, or say `effect: idempotent` if repeating it does no harm";
        report(diagnostics, codes::RB301, step.id.span, message, help);
    }
    if let Some(effects) = several_effects(step) {
        let message = format!(
            "a crash between `{}` and `{}` leaves half of `{id}` done",
            effects.0, effects.1
        );
        let help = "make two steps of it, each with its own `verify` and `undo`";
        report(diagnostics, codes::RB305, step.id.span, message, help);
    }
    if let Some(verify) = step
        .verify
        .as_ref()
        .filter(|verify| tests_existence(verify))
    {
        let message = format!(
            "this says that something of the name is there, not that it is what `{id}` made"
        );
        let help =
            "compare what is there, such as an object id or an integrity, with what it has to be";
        report(
            diagnostics,
            codes::RB306,
            verify.command.span,
            message,
            help,
        );
    }
    if step.retry.is_some() && step.verify.is_none() {
        let message =
            format!("`retry` repeats `{id}`, and nothing tells whether the first try took effect");
        let help = "add `verify:`, which is asked before each try, or say `effect: idempotent`";
        report(diagnostics, codes::RB307, step.id.span, message, help);
    }
}

/// The first two effects of a script that has several, one after the other.
fn several_effects(step: &Step) -> Option<(&'static str, &'static str)> {
    let StepKind::Command(command) = &step.kind else {
        return None;
    };
    let CommandText::Shell { script, .. } = &command.text else {
        return None;
    };
    let commands = script::commands(script);
    // With branches, each run takes one of them.
    let mut words = script.split(|c: char| c.is_whitespace() || c == ';');
    if words.any(|word| ["else", "case"].contains(&word)) {
        return None;
    }
    let effect = |command: &String| EFFECTS.into_iter().find(|effect| begins(command, effect));
    let mut found = commands.iter().filter_map(effect);
    found.next().zip(found.next())
}

fn tests_existence(verify: &Verify) -> bool {
    let commands = match &verify.command.text {
        CommandText::Shell { script, .. } => script::commands(script),
        CommandText::Program(items) => {
            vec![
                items
                    .iter()
                    .map(|item| item.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" "),
            ]
        }
    };
    let existence = |command: &String| EXISTENCE.iter().any(|test| begins(command, test));
    !commands.is_empty() && commands.iter().all(existence)
}

fn begins(command: &str, words: &str) -> bool {
    let rest = command.strip_prefix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}
