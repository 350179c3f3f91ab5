//! The secrets of a run that this drive knows: each is asked for once, and from then on no step may
//! print, hand on or have written down what another one was given.
//!
//! Before anything is kept that could hold a secret of an earlier driver's steps, those are asked
//! for too, if nobody has to type them again for that.

use super::fetch;
use super::run_record::RunRecord;
use super::session::Session;
use crate::exec::engine::operator::Operator;
use crate::exec::plan::{Command, Kind, SecretSource, Step, Undo};
use crate::exec::process::command;
use crate::exec::process::masks::{self, Masks};
use crate::exec::process::secrets::{Handover, Secret};
use crate::exec::process::shim::{Attempt, Job, Running, secret_folder};
use crate::exec::state::{Progress, outline};
use crate::model::runbook::Expose;
use std::io;

/// The secrets that are known, and what masks them.
#[derive(Default)]
pub(super) struct KnownSecrets {
    /// By the scope of their source.
    known: Vec<(String, Secret)>,
    masks: Masks,
    /// Whether those were asked for that a driver before us gave to steps.
    has_recalled: bool,
}

impl KnownSecrets {
    /// What masks those that are known by now.
    pub(super) fn masks(&self) -> &Masks {
        &self.masks
    }

    /// The values of those that are known by now.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|(_, known)| known.value.as_str())
    }

    /// Whether those of earlier drivers were asked for.
    pub(super) fn has_recalled(&self) -> bool {
        self.has_recalled
    }

    /// The secrets that a command names; `None` if one cannot be had.
    pub(super) fn of_command(
        &mut self,
        step: &Step,
        command: &Command,
        run: &RunRecord,
        operator: &Session,
    ) -> Option<Vec<Secret>> {
        let values = run.values(&step.id);
        let named = command::secrets(&values, step, command);
        let needs_file = named.iter().any(|source| source.expose == Expose::File);
        if needs_file && secret_folder::place().is_none() {
            operator.say(&format!("  {}", secret_folder::NO_PLACE));
            return None;
        }
        let named = named.into_iter();
        named
            .map(|source| self.of_source(source, operator))
            .collect()
    }

    /// The secret of this source, asked for if it is not known; `None` if it cannot be had.
    fn of_source(&mut self, source: &SecretSource, operator: &Session) -> Option<Secret> {
        if let Some(known) = self.known_of(source) {
            return Some(known.clone());
        }
        let value = ask(source, operator)?;
        if value.len() < masks::SHORTEST {
            operator.say(&format!(
                "  the secret `{}` is shorter than {} bytes and cannot be kept out of the log",
                source.name,
                masks::SHORTEST
            ));
            return None;
        }
        let secret = Secret {
            name: source.name.clone(),
            expose: source.expose,
            value,
        };
        self.learn(&source.scope, &secret);
        Some(secret)
    }

    /// Takes note of a secret, to be masked from here on.
    fn learn(&mut self, scope: &str, secret: &Secret) {
        self.known.push((scope.to_owned(), secret.clone()));
        self.masks = Masks::of(self.values());
    }

    /// The secret of this source, if it is known.
    fn known_of(&self, source: &SecretSource) -> Option<&Secret> {
        let mut known = self.known.iter();
        let found =
            known.find(|(scope, known)| *scope == source.scope && known.name == source.name);
        found.map(|(_, known)| known)
    }

    /// Starts a try with the secrets that its command names. All others are masked in it as well.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(
        &mut self,
        (attempt, job): (&Attempt, &Job),
        given: Vec<Secret>,
        run: &RunRecord,
        operator: &Session,
    ) -> io::Result<Running> {
        self.recall(run, operator);
        let others = self.known.iter().map(|(_, known)| known.clone());
        let secrets = Handover {
            others: others.filter(|known| !given.contains(known)).collect(),
            given,
        };
        attempt.start(job, &secrets)
    }

    /// Asks once for the secrets that steps were given before this driver came, as a further step may
    /// print them. Nobody is asked to type one again for that.
    pub(super) fn recall(&mut self, run: &RunRecord, operator: &Session) {
        if std::mem::replace(&mut self.has_recalled, true) {
            return;
        }
        for source in given_before(run) {
            let is_had = match source.command {
                Some(_) => self.of_source(&source, operator).is_some(),
                None => self.known_of(&source).is_some(),
            };
            if !is_had {
                operator.say(&format!(
                    "  a step was given the secret `{}` before: it cannot be masked now",
                    source.name
                ));
            }
        }
    }

    /// Whether a text holds a secret of the run.
    pub(super) fn are_in(&mut self, text: &str, run: &RunRecord, operator: &Session) -> bool {
        self.recall(run, operator);
        self.masks.finds(text.as_bytes()).unwrap_or(true)
    }
}

/// The value of a secret, from its command or from the operator; why there is none is said.
fn ask(source: &SecretSource, operator: &Session) -> Option<String> {
    match (&source.command, operator.presence()) {
        (Some(command), _) => match fetch::printed(command) {
            Ok(value) => Some(value),
            Err(why) => {
                operator.say(&format!(
                    "  the command for the secret `{}` failed: {why}",
                    source.name
                ));
                None
            }
        },
        (None, Operator::Present) => {
            let question = source.ask.clone().unwrap_or_else(|| source.name.clone());
            operator.ask_secret(&format!("  {question} (not shown)"))
        }
        (None, Operator::Absent) => {
            operator.say(&format!(
                "  the secret `{}` has to be typed: resume on a terminal",
                source.name
            ));
            None
        }
    }
}

/// The sources of the secrets of steps that were begun, in any part of the runbook, or whose verify
/// was asked and said that nothing was to be begun.
fn given_before(run: &RunRecord) -> Vec<SecretSource> {
    let mut found: Vec<SecretSource> = Vec::new();
    for (path, known) in &run.state().steps {
        let Some(step) = outline::at(run.plan(), path) else {
            continue;
        };
        if known.attempt == 0 && !known.already && !has_waited(&step, known.progress) {
            continue;
        }
        let values = run.values(&step.id);
        for command in commands(&step) {
            let named = command::secrets(&values, &step, command).into_iter();
            found.extend(named.cloned());
        }
    }
    found.sort_by(|one, other| (&one.scope, &one.name).cmp(&(&other.scope, &other.name)));
    found.dedup();
    found
}

/// Whether a wait has begun, and its probe may have been asked.
fn has_waited(step: &Step, progress: Progress) -> bool {
    let is_before = matches!(progress, Progress::Pending | Progress::Skipped);
    matches!(step.kind, Kind::Wait { .. }) && !is_before
}

/// What may be started for a step.
fn commands(step: &Step) -> Vec<&Command> {
    let own = step.kind.command();
    let undo = match &step.undo {
        Some(Undo::Command { command, .. }) => Some(command),
        _ => None,
    };
    let verify = step.verify.as_ref().map(|verify| &verify.command);
    own.into_iter().chain(verify).chain(undo).collect()
}
