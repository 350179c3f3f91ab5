//! The secrets of a run in what is written of it: words of an event are masked, and a value that
//! holds a secret is not taken.

use super::known_secrets::KnownSecrets;
use super::masked_event::{MaskedEvent, WORDS};
use super::run_record::RunRecord;
use super::session::Session;
use crate::exec::record::event::Event;
use serde_json::Value;
use std::io;

/// Members that hold what people gave, and that later steps may use or nobody may change: a signature is over each letter.
const VALUES: [&str; 5] = ["fields", "outputs", "changes", "conditions", "signed"];

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
        MaskedEvent::of(event, self.masks())
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
