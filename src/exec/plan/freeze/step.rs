//! One step of a runbook to one of a plan.

use super::condition::Types;
use crate::exec::plan::{
    self, Auto, Choice, Codes, Command, Each, Effect, Field, Kind, OnFail, Piece, Refusal, Retry,
    Skip, Step, Subject, Text, Undo, Until, Verify,
};
use crate::model::expression::{Template, TemplatePiece, Term};
use crate::model::item_text::{ItemPiece, ItemText, ItemTexts};
use crate::model::runbook as model;
use crate::model::value_path::ValuePath;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn seconds(time: Option<Duration>) -> Option<u64> {
    // No time at all stays no time; a rehearsal lets gates expire at once.
    time.map(|time| time.as_secs().max(u64::from(!time.is_zero())))
}

/// Freezes a step. `group` is its kind if other steps stand inside it.
pub(super) fn freeze(
    step: &model::Step,
    group: Option<Kind>,
    defaults: &model::Defaults,
    types: &Types<'_>,
) -> Step {
    let shell = |own: &[crate::source::Spanned<String>]| {
        let words = defaults.interpreter(own).into_iter();
        words.map(str::to_owned).collect()
    };
    let assert = match &step.kind {
        model::StepKind::Check(check) => check.assert.as_ref(),
        _ => None,
    };
    Step {
        id: step.id.value.clone(),
        title: step.name().to_owned(),
        item_texts: item_texts(&step.item_texts),
        role: step.role.as_ref().map(|role| role.value.clone()),
        kind: group.unwrap_or_else(|| freeze_kind(&step.kind, &shell, types)),
        effect: match step.effect {
            model::Effect::Read => Effect::Read,
            model::Effect::Idempotent => Effect::Idempotent,
            model::Effect::Once => Effect::Once,
        },
        env: env(&defaults.env)
            .into_iter()
            .chain(env(&step.env))
            .collect(),
        cwd: step.cwd.as_ref().map(|cwd| cwd.value.clone()),
        timeout: seconds(step.timeout.or(defaults.timeout)),
        verify: step
            .verify
            .as_ref()
            .map(|verify| freeze_verify(verify, &shell)),
        undo: step.undo.as_ref().map(|undo| freeze_undo(undo, &shell)),
        confirm: step.confirm.as_ref().map(text),
        warn_only: step.warn_only,
        interactive: step.interactive,
        refusal: step.refusal.as_ref().map(refusal),
        fail_text: step.fail_text.as_ref().map(|doc| doc.text.value.clone()),
        outputs: step
            .outputs
            .iter()
            .map(|output| field(&output.name.value, &output.kind))
            .collect(),
        when: step.when.as_ref().map(|when| types.condition(when)),
        assert: assert.map(|assert| types.condition(assert)),
        each: step.for_each.as_ref().map(each),
        retry: step.retry.as_ref().map(retry),
        skip: step.skip.as_ref().map(|skip| Skip {
            role: skip.role.as_ref().map(|role| role.value.clone()),
            reason_required: skip.reason_required,
        }),
        on_fail: OnFail::default(),
        expect_ms: step.expect.map(milliseconds),
    }
}

fn item_texts(texts: &ItemTexts) -> Option<Box<plan::ItemTexts>> {
    let piece = |piece: &ItemPiece| match piece {
        ItemPiece::Text(text) => Piece::Text(text.clone()),
        ItemPiece::Item(name) => Piece::Value(ValuePath::Each(name.value.clone())),
    };
    let text = |text: &Option<ItemText>| {
        let text = text.as_ref()?;
        Some(Text(text.0.iter().map(piece).collect()))
    };
    let any = texts.all().next().is_some();
    any.then(|| {
        Box::new(plan::ItemTexts {
            title: text(&texts.title),
            text: text(&texts.text),
            fail_text: text(&texts.fail_text),
        })
    })
}

fn each(each: &model::ForEach) -> Each {
    Each {
        items: each.items.iter().map(text).collect(),
        name: each.name.value.clone(),
        max: each.max.unwrap_or(1).max(1),
    }
}

fn retry(retry: &model::Retry) -> Retry {
    let permille = |part: f64| (part.clamp(0.0, 1000.0) * 1000.0).round() as u64;
    Retry {
        max: retry.max,
        delay_ms: retry.delay.map_or(0, milliseconds),
        factor_permille: permille(retry.factor.unwrap_or(1.0)),
        jitter_permille: permille(retry.jitter.unwrap_or(0.0)).min(1000),
        on_exit: retry.on_exit.clone(),
    }
}

type Shell<'s> = &'s dyn Fn(&[crate::source::Spanned<String>]) -> Vec<String>;

fn command(command: &model::Command, shell: Shell<'_>) -> Command {
    match &command.text {
        model::CommandText::Shell { script, shell: own } => Command::Shell {
            interpreter: shell(own),
            script: script.clone(),
        },
        model::CommandText::Program(items) => Command::Program(items.iter().map(text).collect()),
    }
}

fn refusal(refusal: &model::Refusal) -> Refusal {
    Refusal {
        exit: refusal.exit.clone(),
        says: refusal.says.clone(),
    }
}

fn freeze_verify(verify: &model::Verify, shell: Shell<'_>) -> Verify {
    Verify {
        command: command(&verify.command, shell),
        absent: verify.absent.clone(),
        refusal: verify.refusal.as_ref().map(refusal),
        env: env(&verify.env),
    }
}

fn freeze_undo(undo: &model::Undo, shell: Shell<'_>) -> Undo {
    match undo {
        model::Undo::Command {
            command: own,
            effect,
            env: further,
            verify,
            refusal: asks,
        } => Undo::Command {
            refusal: asks.as_ref().map(refusal),
            command: command(own, shell),
            repeatable: *effect != model::Effect::Once,
            env: env(further),
            verify: verify
                .as_ref()
                .map(|verify| Box::new(freeze_verify(verify, shell))),
        },
        model::Undo::None(reason) => Undo::None(reason.value.clone()),
        model::Undo::Instead(runbook) => Undo::Instead(runbook.value.clone()),
    }
}

fn freeze_kind(kind: &model::StepKind, shell: Shell<'_>, types: &Types<'_>) -> Kind {
    match kind {
        model::StepKind::Command(own) => Kind::Command(command(own, shell)),
        model::StepKind::Check(check) => Kind::Check(command(&check.command, shell)),
        model::StepKind::Manual(manual) => Kind::Manual {
            text: manual.text.text.value.clone(),
            fields: manual
                .fields
                .iter()
                .map(|(name, kind)| field(&name.value, kind))
                .collect(),
        },
        model::StepKind::Approve(approve) => freeze_approve(approve),
        model::StepKind::Decide(decide) => Kind::Decide {
            text: decide.text.text.value.clone(),
            options: decide.options.iter().map(choice).collect(),
            auto: decide.auto.as_ref().map(|(when, choose)| Auto {
                when: types.condition(when),
                choose: choose.value.clone(),
            }),
        },
        model::StepKind::Notify(notify) => Kind::Notify {
            channel: notify.channel.value.clone(),
            text: text(&notify.text),
        },
        model::StepKind::Wait(wait) => freeze_wait(wait, shell),
        model::StepKind::Call(_) | model::StepKind::Parallel(_) | model::StepKind::Sequence(_) => {
            unreachable!("the steps inside a group are frozen with it")
        }
    }
}

fn freeze_approve(approve: &model::Approve) -> Kind {
    let (role, row, count) = match &approve.by {
        model::Approvers::Role(role, count) => (role.value.clone(), None, *count),
        model::Approvers::Row(row) => (String::new(), Some(text(row)), 1),
    };
    let part = |part: &Option<Template>| part.as_ref().map(text);
    let evidence = approve.subject.evidence.iter();
    Kind::Approve {
        role,
        row,
        subject: Subject {
            commit: part(&approve.subject.commit),
            since: part(&approve.subject.since),
            artefact: part(&approve.subject.artefact),
            labels: part(&approve.subject.labels),
            evidence: evidence
                .map(|(name, found)| (name.value.clone(), text(found)))
                .collect(),
        },
        count,
        text: text(&approve.text),
        expires: seconds(approve.expires),
    }
}

fn freeze_wait(wait: &model::Wait, shell: Shell<'_>) -> Kind {
    let Some(poll) = &wait.until else {
        return Kind::Wait {
            time: wait.duration.as_ref().map(text),
            until: wait.or_until.as_ref().map(|until| Until {
                command: command(&until.command, shell),
                every_ms: milliseconds(until.every),
                times: Some(until.times),
                env: BTreeMap::new(),
                must: None,
            }),
        };
    };
    // Without a list, 1 means no, as it does for most programs that look.
    let is_said = !poll.not_yet.is_empty() || poll.never.contains(&1);
    Kind::Wait {
        time: Some(text(&poll.within)),
        until: Some(Until {
            command: command(&poll.command, shell),
            every_ms: milliseconds(poll.every),
            times: poll.times,
            env: env(&poll.env),
            must: Some(Codes {
                not_yet: if is_said {
                    poll.not_yet.clone()
                } else {
                    vec![1]
                },
                never: poll.never.clone(),
            }),
        }),
    }
}

fn choice(option: &model::DecideOption) -> (String, Choice) {
    let follows = match &option.then {
        model::Then::Next => Choice::Next,
        model::Then::Stop => Choice::Stop,
        model::Then::Rollback => Choice::Rollback,
        model::Then::Goto(to, max) => Choice::Goto {
            to: to.value.clone(),
            max: max.unwrap_or(1),
        },
    };
    (option.name.value.clone(), follows)
}

/// A param, field or output as plans hold it.
pub fn field(name: &str, kind: &model::FieldKind) -> Field {
    let plain = kind.plain();
    Field {
        name: name.to_owned(),
        kind: plain.kind,
        ask: plain.ask.map(str::to_owned),
        pattern: plain.pattern.map(str::to_owned),
        min: plain.min,
        max: plain.max,
        values: plain.values.into_iter().map(str::to_owned).collect(),
    }
}

fn env(env: &model::Env) -> BTreeMap<String, Text> {
    env.iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

pub(super) fn text(template: &Template) -> Text {
    let piece = |part: &TemplatePiece| match part {
        TemplatePiece::Text(text) => Piece::Text(text.clone()),
        TemplatePiece::Hole(expression) => match &expression.root {
            Term::Path(path) => Piece::Value(path.clone()),
            _ => unreachable!("the reader lets only paths into holes"),
        },
    };
    Text(template.parts.iter().map(piece).collect())
}
