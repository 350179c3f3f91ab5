//! The secrets of a run in all that it keeps and says: whatever one step was given no other may
//! print, hand on or have written down.

use super::{Engine, EngineError};
use crate::exec::plan::{Command, Kind, SecretSource, Step, Undo};
use crate::exec::process::command;
use crate::exec::process::masks::Masks;
use crate::exec::process::secrets::{Handover, Secret};
use crate::exec::process::shim::{Attempt, Running};
use crate::exec::record::event::Event;
use crate::exec::state::outline;
use serde_json::Value;
use std::io;

/// Members of events that hold what somebody wrote or something said, for people alone.
const WORDS: [&str; 6] = [
    "reason",
    "text",
    "because",
    "difference",
    "uncommitted",
    "incident",
];
/// Members that hold what people gave, and that later steps may use.
const VALUES: [&str; 3] = ["fields", "outputs", "changes"];

impl Engine {
    /// Takes note of a secret, to be masked from here on.
    pub(super) fn learn(&mut self, scope: &str, secret: &Secret) {
        self.known.push((scope.to_owned(), secret.clone()));
        let values = self.known.iter().map(|(_, known)| known.value.as_str());
        self.masks = Masks::of(values);
    }

    /// The secret of this source, if it is known.
    pub(super) fn known_of(&self, source: &SecretSource) -> Option<&Secret> {
        let mut known = self.known.iter();
        let found =
            known.find(|(scope, known)| *scope == source.scope && known.name == source.name);
        found.map(|(_, known)| known)
    }

    /// Starts a try with the secrets that its command names. All others are masked in it as well.
    pub(super) fn start(&mut self, attempt: &Attempt, given: Vec<Secret>) -> io::Result<Running> {
        self.recall();
        let others = self.known.iter().map(|(_, known)| known.clone());
        attempt.start(&Handover {
            others: others.filter(|known| !given.contains(known)).collect(),
            given,
        })
    }

    /// Asks once for the secrets that steps were given before this driver came, as a further step may
    /// print them. Nobody is asked to type one again for that.
    fn recall(&mut self) {
        if std::mem::replace(&mut self.has_recalled, true) {
            return;
        }
        for source in self.given_before() {
            let is_had = match source.command {
                Some(_) => self.secret(&source).is_some(),
                None => self.known_of(&source).is_some(),
            };
            if !is_had {
                self.operator.say(&format!(
                    "  a step was given the secret `{}` before: it cannot be masked now",
                    source.name
                ));
            }
        }
    }

    /// The sources of the secrets of steps that were begun, in any part of the runbook, or whose verify
    /// was asked and said that nothing was to be begun.
    fn given_before(&self) -> Vec<SecretSource> {
        let mut found: Vec<SecretSource> = Vec::new();
        for (path, known) in &self.run.state().steps {
            if known.attempt == 0 && !known.already {
                continue;
            }
            let Some(step) = outline::at(self.run.plan(), path) else {
                continue;
            };
            let values = self.run.values(&step.id);
            for command in commands(&step) {
                let named = command::secrets(&values, &step, command).into_iter();
                found.extend(named.cloned());
            }
        }
        found.sort_by(|one, other| (&one.scope, &one.name).cmp(&(&other.scope, &other.name)));
        found.dedup();
        found
    }

    /// Asks for those secrets before anything is kept that somebody wrote: most verbs that take an
    /// answer start nothing that would have asked.
    fn recall_for(&mut self, event: &Event) {
        if self.has_recalled || matches!(event, Event::RunLeft { .. }) {
            return;
        }
        let members = serde_json::to_value(event).unwrap_or_default();
        let mut names = WORDS.iter().chain(&VALUES);
        if names.any(|name| members.get(name).is_some_and(|member| !member.is_null())) {
            self.recall();
        }
    }

    /// An event whose words hold no secret.
    pub(super) fn masked(&mut self, event: Event) -> Result<Event, EngineError> {
        self.recall_for(&event);
        if self.masks.is_empty() {
            return Ok(event);
        }
        let mut members = serde_json::to_value(&event).map_err(io::Error::from)?;
        for (name, member) in members.as_object_mut().into_iter().flatten() {
            match name.as_str() {
                "survivors" => mask(&self.masks, member),
                name if WORDS.contains(&name) => mask(&self.masks, member),
                _ => {}
            }
        }
        Ok(serde_json::from_value(members).map_err(io::Error::from)?)
    }

    /// An event that people caused, if no value that it gives holds a secret: steps would go on with
    /// a mask in its place.
    pub(super) fn without_secret_values(&mut self, event: Event) -> Result<Event, String> {
        let members = serde_json::to_value(&event).unwrap_or_default();
        let given = VALUES.iter().filter_map(|name| members.get(name));
        let mut values = given.map(Value::to_string);
        match values.any(|value| self.holds_secret(&value)) {
            true => Err(KEPT.to_owned()),
            false => Ok(event),
        }
    }

    /// Whether a text holds a secret of the run.
    pub(super) fn holds_secret(&mut self, text: &str) -> bool {
        self.recall();
        self.masks.finds(text.as_bytes()).unwrap_or(true)
    }
}

/// What may be started for a step.
fn commands(step: &Step) -> Vec<&Command> {
    let own = match &step.kind {
        Kind::Command(command) | Kind::Check(command) => Some(command),
        _ => None,
    };
    let undo = match &step.undo {
        Some(Undo::Command { command, .. }) => Some(command),
        _ => None,
    };
    let verify = step.verify.as_ref().map(|verify| &verify.command);
    own.into_iter().chain(verify).chain(undo).collect()
}

/// Why a value is not taken.
pub(super) const KEPT: &str = "it holds a secret of the run, and would be kept";

/// Masks every text in a member of an event.
fn mask(masks: &Masks, member: &mut Value) {
    match member {
        Value::String(text) => *text = masks.clean(text),
        Value::Array(parts) => parts.iter_mut().for_each(|part| mask(masks, part)),
        Value::Object(parts) => parts.values_mut().for_each(|part| mask(masks, part)),
        _ => {}
    }
}
