//! Fakes in the place of commands, in a copy of the runbook.
//!
//! What would make a rehearsal slow or reach outside goes too: waits and pauses take no time,
//! messages are only shown, secrets are not asked for.

use super::fake::FakedCommand;
use crate::model::expression::{Template, TemplatePiece};
use crate::model::policy::{Policy, Sink};
use crate::model::rehearsal::{Answer, Case, Faked, plain};
use crate::model::runbook::{
    Command, CommandText, Effect, Poll, Refusal, Runbook, Step, StepKind, Undo, Verify,
};
use crate::source::Span;
use std::path::Path;
use std::time::Duration;

/// A time that a rehearsal never takes, and that nobody leaves a run for.
const SAT_THROUGH: &str = "1h";

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
            StepKind::Command(command) => *command = self.fake(part, step.refusal.as_ref(), span),
            StepKind::Check(check) => check.command = self.fake(FakedCommand::Look, None, span),
            StepKind::Wait(wait) => {
                wait.duration = wait.duration.as_ref().map(|_| constant("0s", span));
                if let Some(until) = &mut wait.or_until {
                    until.command = self.fake(FakedCommand::Look, None, span);
                    until.every = Duration::ZERO;
                }
                if let Some(poll) = &mut wait.until {
                    self.poll(poll, &step.id.value, span);
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
            StepKind::Sequence(steps) => steps.iter_mut().for_each(|step| self.step(step)),
            // What these do reaches nobody: people are the case's, and so are channels.
            StepKind::Manual(_) | StepKind::Decide(_) | StepKind::Call(_) | StepKind::Notify(_) => {
            }
        }
        if let Some(verify) = &mut step.verify {
            self.verify(verify, FakedCommand::Verify, span);
        }
        if let Some(Undo::Command {
            command,
            verify,
            refusal,
            ..
        }) = &mut step.undo
        {
            *command = self.fake(FakedCommand::Undo, refusal.as_ref(), span);
            if let Some(verify) = verify {
                self.verify(verify, FakedCommand::Undone, span);
            }
        }
    }

    fn verify(&self, verify: &mut Verify, part: fn(i32) -> FakedCommand, span: Span) {
        let no = verify.absent.first().copied().unwrap_or(1);
        verify.command = self.fake(part(no), verify.refusal.as_ref(), span);
    }

    /// A probe that has to say yes. No time passes: it has passed when the answers of the case are at
    /// their end.
    fn poll(&self, poll: &mut Poll, id: &str, span: Span) {
        let tries = |(path, faked): (&String, &Faked)| match is_named(path, id) {
            true => faked.tries.len(),
            false => 0,
        };
        let most = self.case.fakes.iter().map(tries).max().unwrap_or(0);
        poll.times = Some(u32::try_from(most).unwrap_or(u32::MAX).max(1));
        poll.command = self.fake(FakedCommand::Look, None, span);
        poll.env.clear();
        poll.every = Duration::ZERO;
        poll.within = constant(SAT_THROUGH, span);
    }

    /// Whether nobody answers this gate.
    fn expires(&self, id: &str) -> bool {
        self.case.answers.iter().any(|(path, answered)| {
            let silent =
                |answer: &Answer| matches!(answer, Answer::Word(word) if word.value == "expire");
            is_named(path, id) && answered.times.iter().any(silent)
        })
    }

    /// A fake for a part of a step, which asks for a person in the way that the part declares.
    fn fake(&self, part: FakedCommand, refusal: Option<&Refusal>, span: Span) -> Command {
        let words = [
            self.program.to_string_lossy().into_owned(),
            super::fake::VERB.to_owned(),
            self.props.to_string_lossy().into_owned(),
        ];
        let asks = refusal.and_then(|refusal| {
            let code = refusal.exit.first().copied().unwrap_or(1);
            Some([code.to_string(), refusal.says.first()?.clone()])
        });
        let words = words.into_iter().chain(part.as_arguments());
        let words = words.chain(asks.into_iter().flatten());
        Command {
            text: CommandText::Program(words.map(|word| constant(&word, span)).collect()),
            span,
        }
    }
}

/// Whether a path of a case means the step with this id, an item or a round of it.
fn is_named(path: &str, id: &str) -> bool {
    plain(path).rsplit('/').next() == Some(id)
}

fn constant(text: &str, span: Span) -> Template {
    Template {
        text: text.to_owned(),
        span,
        parts: vec![TemplatePiece::Text(text.to_owned())],
    }
}
