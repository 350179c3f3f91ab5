//! RB2xx: what comes after what, and whether somebody is there.

use super::{report, script};
use crate::diag::{Diagnostics, codes};
use crate::model::expression::Term;
use crate::model::runbook::{CommandText, Runbook, Step, StepKind, Then, Wait};
use crate::source::Spanned;
use crate::times;
use std::collections::BTreeSet;

pub(super) fn faults(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    for step in runbook.finally.iter().chain(&runbook.on_failure) {
        for step in step.with_inner() {
            if let Some(how) = person(step) {
                let message = format!("`{}` {how} where nobody may be there", step.id.value);
                let help = "move it into `steps`; `finally` and `on_failure` run by themselves";
                report(diagnostics, codes::RB205, step.id.span, message, help);
            }
        }
    }
    for step in &runbook.steps {
        beside_others(step, diagnostics);
    }
    for step in runbook.all_steps() {
        for_each_item(step, diagnostics);
    }
    ways_back(runbook, &runbook.steps, diagnostics);
}

pub(super) fn advice(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    if runbook.steps.is_empty() {
        report(
            diagnostics,
            codes::RB201,
            runbook.id.span,
            "this runbook has no steps".to_owned(),
            "add a step: `- {id: look, title: Look, check: {run: date}}`",
        );
    }
    for step in runbook.all_steps() {
        if let StepKind::Approve(approve) = &step.kind
            && approve.expires.is_none()
            && approve.role().is_some()
        {
            let message = format!("the approval `{}` never expires", step.id.value);
            let help = "add `expires: 30m`, after which silence is a no";
            report(diagnostics, codes::RB204, step.id.span, message, help);
        }
        if let StepKind::Wait(wait) = &step.kind {
            passes_without_yes(wait, diagnostics);
        }
        outputs(step, diagnostics);
    }
    unreachable(runbook, diagnostics);
}

/// Warns of a pause with a probe: nobody hears that it never succeeded.
fn passes_without_yes(wait: &Wait, diagnostics: &mut Diagnostics) {
    let (Some(time), Some(until)) = (&wait.duration, &wait.or_until) else {
        return;
    };
    let message = "when the time of `for` is over, the step is done, also if this never succeeded";
    let every = times::planned(until.every).replace(' ', "");
    let help = format!(
        "if it has to succeed, write `wait: {{ until: {{ … }}, every: {every}, within: {} }}`: without that the step fails",
        time.text
    );
    report(
        diagnostics,
        codes::RB209,
        until.span,
        message.to_owned(),
        &help,
    );
}

/// How a step needs a person, if it does.
fn person(step: &Step) -> Option<&'static str> {
    match &step.kind {
        StepKind::Approve(_) | StepKind::Manual(_) | StepKind::Decide(_) => {
            Some("waits for a person")
        }
        _ if step.interactive => Some("needs a terminal"),
        _ if may_be_given_terminal(step) => Some("may need a terminal"),
        _ if step.confirm.is_some() => Some("wants something typed"),
        _ => None,
    }
}

/// Whether a step or its `verify` says when it is given the terminal.
fn may_be_given_terminal(step: &Step) -> bool {
    let mut verify = step.verify.iter();
    step.refusal.is_some() || verify.any(|verify| verify.refusal.is_some())
}

/// Reports the steps inside a step that need a person while others run.
fn beside_others(step: &Step, diagnostics: &mut Diagnostics) {
    let inner = step.kind.steps();
    if !matches!(step.kind, StepKind::Parallel(_)) {
        return inner
            .iter()
            .for_each(|step| beside_others(step, diagnostics));
    }
    for child in inner.iter().flat_map(Step::with_inner) {
        if let Some(how) = person(child) {
            let message = format!("`{}` {how} while others run beside it", child.id.value);
            let help = "move it before or behind the `parallel` step";
            report(diagnostics, codes::RB205, child.id.span, message, help);
        }
    }
}

fn for_each_item(step: &Step, diagnostics: &mut Diagnostics) {
    let Some(each) = &step.for_each else { return };
    let inner = step.kind.steps().iter().flat_map(Step::with_inner);
    let needing = inner.filter(|step| person(step).is_some());
    if each.max.is_some_and(|max| max > 1) {
        for inner in needing {
            let message = format!(
                "`{}` needs a person for several items at once",
                inner.id.value
            );
            let help = "add `max: 1` to `for_each`, so that one item comes after the other";
            report(diagnostics, codes::RB205, inner.id.span, message, help);
        }
    }
    let at_once = each.max.is_none_or(|max| max > 1);
    let asks = matches!(
        step.kind,
        StepKind::Approve(_) | StepKind::Manual(_) | StepKind::Decide(_)
    );
    let id = &step.id.value;
    if asks {
        let message = format!("`{id}` would ask a person once for each item");
        let help = "ask once, in a step before the loop";
        report(diagnostics, codes::RB205, step.id.span, message, help);
    } else if at_once && person(step).is_some() {
        let message = format!("`{id}` needs a person for several items at once");
        let help = "add `max: 1` to `for_each`, so that one item comes after the other";
        report(diagnostics, codes::RB205, step.id.span, message, help);
    }
}

/// A way back leads to an earlier step of the same list: what stands between is done again, and nothing is
/// left out.
fn ways_back(runbook: &Runbook, steps: &[Step], diagnostics: &mut Diagnostics) {
    for (at, step) in steps.iter().enumerate() {
        // One that is nowhere is another finding.
        let known = |to: &&Spanned<String>| runbook.step(&to.value).is_some();
        for to in step.stray_ways_back(&steps[..at]).filter(known) {
            let message = format!(
                "`goto` leads back, and `{}` does not stand before this step",
                to.value
            );
            let help = "name an earlier step of `steps`; to leave steps out, give them `when`";
            report(diagnostics, codes::RB208, to.span, message, help);
        }
        // Of steps that run at once, those that need a person are a finding of their own.
        if let StepKind::Sequence(inner) = &step.kind {
            ways_back(runbook, inner, diagnostics);
        }
    }
}

/// A step that no path leads to.
fn unreachable(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    let mut reached = BTreeSet::new();
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        let Some(step) = runbook.steps.get(at) else {
            continue;
        };
        if !reached.insert(at) {
            continue;
        }
        match &step.kind {
            StepKind::Decide(decide) => {
                // A way back leads to what was reached before.
                if decide
                    .options
                    .iter()
                    .any(|option| option.then == Then::Next)
                {
                    open.push(at + 1);
                }
            }
            _ => open.push(at + 1),
        }
    }
    if let Some(first) = (0..runbook.steps.len()).find(|at| !reached.contains(at)) {
        let step = &runbook.steps[first];
        let message = format!(
            "nothing leads to `{}`: each choice before it goes elsewhere",
            step.id.value
        );
        let help = "add an option that goes on, such as `go_on: {}`";
        report(diagnostics, codes::RB206, step.id.span, message, help);
    }
    for step in runbook.all_steps() {
        if let Some(when) = step
            .when
            .as_ref()
            .filter(|when| when.root == Term::Truth(false))
        {
            let message = format!("`{}` is never done", step.id.value);
            let help = "write a condition that can be true, or delete the step";
            report(diagnostics, codes::RB206, when.span, message, help);
        }
    }
}

/// What a script writes to `$RB_OUTPUT` has to be declared.
fn outputs(step: &Step, diagnostics: &mut Diagnostics) {
    let command = match &step.kind {
        StepKind::Command(command) => command,
        StepKind::Check(check) => &check.command,
        _ => return,
    };
    let CommandText::Shell { script, .. } = &command.text else {
        return;
    };
    if script::uses(script, "RB_OUTPUT") && step.outputs.is_empty() {
        let message = format!(
            "`{}` writes to $RB_OUTPUT and declares no outputs",
            step.id.value
        );
        let help = "add `outputs: { name: { type: string } }`: only declared ones are taken";
        report(diagnostics, codes::RB207, step.id.span, message, help);
    }
}
