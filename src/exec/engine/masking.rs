//! The secrets of a run in what is written of it: words of an event are masked, and a value that
//! holds a secret is not taken. Nothing else than a [`MaskedEvent`] reaches the journal.

use super::known_secrets::KnownSecrets;
use super::run_record::RunRecord;
use super::session::Session;
use crate::exec::process::masks::Masks;
use crate::exec::record::event::Event;
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

/// An event as it may be written down: only what knows the secrets of the run makes one.
#[derive(Clone)]
pub(super) struct MaskedEvent(Event);

impl MaskedEvent {
    /// The event.
    pub(super) fn event(&self) -> &Event {
        &self.0
    }

    /// The event, to be written.
    pub(super) fn into_event(self) -> Event {
        self.0
    }
}

impl KnownSecrets {
    /// Asks for those secrets before anything is kept that somebody wrote: most verbs that take an
    /// answer start nothing that would have asked.
    fn recall_for(&mut self, event: &Event, run: &RunRecord, operator: &Session) {
        if self.has_recalled() || matches!(event, Event::RunLeft { .. }) {
            return;
        }
        let members = serde_json::to_value(event).unwrap_or_default();
        let mut names = WORDS.iter().chain(&VALUES);
        if names.any(|name| members.get(name).is_some_and(|member| !member.is_null())) {
            self.recall(run, operator);
        }
    }

    /// An event whose words hold no secret.
    ///
    /// # Errors
    /// When it cannot be written as JSON and read again.
    pub(super) fn masked(
        &mut self,
        event: Event,
        run: &RunRecord,
        operator: &Session,
    ) -> io::Result<MaskedEvent> {
        self.recall_for(&event, run, operator);
        if self.masks().is_empty() {
            return Ok(MaskedEvent(event));
        }
        let mut members = serde_json::to_value(&event)?;
        for (name, member) in members.as_object_mut().into_iter().flatten() {
            match name.as_str() {
                "survivors" => mask(self.masks(), member),
                name if WORDS.contains(&name) => mask(self.masks(), member),
                _ => {}
            }
        }
        Ok(MaskedEvent(serde_json::from_value(members)?))
    }

    /// An event that people caused, if no value that it gives holds a secret: steps would go on with
    /// a mask in its place.
    ///
    /// # Errors
    /// Why it is not taken, for people.
    pub(super) fn without_secret_values(
        &mut self,
        event: Event,
        run: &RunRecord,
        operator: &Session,
    ) -> Result<Event, String> {
        let members = serde_json::to_value(&event).unwrap_or_default();
        let given = VALUES.iter().filter_map(|name| members.get(name));
        let mut values = given.map(Value::to_string);
        match values.any(|value| self.are_in(&value, run, operator)) {
            true => Err(KEPT.to_owned()),
            false => Ok(event),
        }
    }
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
