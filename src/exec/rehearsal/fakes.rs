//! Fakes in the place of commands, in a copy of the runbook.
//!
//! What would make a rehearsal slow or reach outside goes too: waits and pauses take no time,
//! messages are only shown, secrets are not asked for.

use super::fake::FakedCommand;
use crate::model::expression::{Template, TemplatePiece};
use crate::model::policy::{Policy, Sink};
use crate::model::rehearsal::{Answer, Case};
use crate::model::runbook::{Command, CommandText, Effect, Runbook, Step, StepKind, Undo, Verify};
use crate::source::Span;
use std::path::Path;
use std::time::Duration;

/// Where fakes find what they need.
pub(super) struct Fakes<'s> {
    pub(super) program: &'s Path,
    /// The folder with the script.
    pub(super) props: &'s Path,
    pub(super) case: &'s Case,
}

/// People and channels of a rehearsal: anybody who is named counts, and nothing is sent.
pub(super) fn policy(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.people.clear();
    for channel in policy.channels.iter_mut().flatten() {
        channel.sink = Sink::Terminal;
    }
    policy
}

impl Fakes<'_> {
    /// The runbook with fakes. `within` is what the paths of its steps begin with.
    pub(super) fn runbook(&self, book: &Runbook) -> Runbook {
        let mut book = book.clone();
        for step in book
            .steps
            .iter_mut()
            .chain(&mut book.on_failure)
            .chain(&mut book.finally)
        {
            self.step(step);
        }
        book.lock = None;
        book.params.retain(|param| param.secret.is_none());
        book
    }

    fn step(&self, step: &mut Step) {
        let span = step.span;
        let part = match step.effect {
            Effect::Read => FakedCommand::Look,
            Effect::Idempotent | Effect::Once => FakedCommand::Step,
        };
        step.interactive = false;
        step.confirm = None;
        step.cwd = None;
        if let Some(retry) = &mut step.retry {
            retry.delay = None;
        }
        match &mut step.kind {
            StepKind::Command(command) => *command = self.fake(part, span),
            StepKind::Check(check) => check.command = self.fake(FakedCommand::Look, span),
            StepKind::Wait(wait) => {
                wait.duration = wait.duration.as_ref().map(|_| constant("0s", span));
                if let Some(until) = &mut wait.or_until {
                    until.command = self.fake(FakedCommand::Look, span);
                    until.every = Duration::ZERO;
                }
            }
            StepKind::Approve(approve) => {
                if self.expires(&step.id.value) {
                    approve.expires = Some(Duration::ZERO);
                }
            }
            StepKind::Parallel(parallel) => {
                parallel.steps.iter_mut().for_each(|step| self.step(step));
            }
            // What these do reaches nobody: people are the case's, and so are channels.
            StepKind::Manual(_) | StepKind::Decide(_) | StepKind::Call(_) | StepKind::Notify(_) => {
            }
        }
        if let Some(verify) = &mut step.verify {
            self.verify(verify, FakedCommand::Verify, span);
        }
        if let Some(Undo::Command {
            command, verify, ..
        }) = &mut step.undo
        {
            *command = self.fake(FakedCommand::Undo, span);
            if let Some(verify) = verify {
                self.verify(verify, FakedCommand::Undone, span);
            }
        }
    }

    fn verify(&self, verify: &mut Verify, part: fn(i32) -> FakedCommand, span: Span) {
        let no = verify.absent.first().copied().unwrap_or(1);
        verify.command = self.fake(part(no), span);
    }

    /// Whether nobody answers this gate.
    fn expires(&self, id: &str) -> bool {
        let named = |path: &str| path.rsplit('/').next() == Some(id);
        self.case.answers.iter().any(|(path, answered)| {
            let silent =
                |answer: &Answer| matches!(answer, Answer::Word(word) if word.value == "expire");
            named(path) && answered.times.iter().any(silent)
        })
    }

    fn fake(&self, part: FakedCommand, span: Span) -> Command {
        let words = [
            self.program.to_string_lossy().into_owned(),
            super::fake::VERB.to_owned(),
            self.props.to_string_lossy().into_owned(),
        ];
        let words = words.into_iter().chain(part.as_arguments());
        Command {
            text: CommandText::Program(words.map(|word| constant(&word, span)).collect()),
            span,
        }
    }
}

fn constant(text: &str, span: Span) -> Template {
    Template {
        text: text.to_owned(),
        span,
        parts: vec![TemplatePiece::Text(text.to_owned())],
    }
}
