//! An event as it may be written down: nothing else than a [`MaskedEvent`] reaches the journal.

use crate::exec::process::masks::Masks;
use crate::exec::record::event::Event;
use serde_json::Value;
use std::io;

/// Members of events that hold what somebody wrote or something said, for people alone.
pub(super) const WORDS: [&str; 7] = [
    "reason",
    "text",
    "because",
    "difference",
    "uncommitted",
    "incident",
    "ticket",
];

/// An event whose words hold no secret.
#[derive(Clone)]
pub(super) struct MaskedEvent(Event);

impl MaskedEvent {
    /// An event, masked.
    ///
    /// # Errors
    /// When it cannot be written as JSON and read again.
    pub(super) fn of(event: Event, masks: &Masks) -> io::Result<Self> {
        if masks.is_empty() {
            return Ok(Self(event));
        }
        let mut members = serde_json::to_value(&event)?;
        for (name, member) in members.as_object_mut().into_iter().flatten() {
            match name.as_str() {
                "survivors" => mask(masks, member),
                name if WORDS.contains(&name) => mask(masks, member),
                _ => {}
            }
        }
        Ok(Self(serde_json::from_value(members)?))
    }

    pub(super) fn event(&self) -> &Event {
        &self.0
    }

    /// The event, to be written.
    pub(super) fn into_event(self) -> Event {
        self.0
    }
}

/// Masks every text in a member of an event.
fn mask(masks: &Masks, member: &mut Value) {
    match member {
        Value::String(text) => *text = masks.clean(text),
        Value::Array(parts) => parts.iter_mut().for_each(|part| mask(masks, part)),
        Value::Object(parts) => parts.values_mut().for_each(|part| mask(masks, part)),
        _ => {}
    }
}
