//! Answers from other terminals, on their way to whoever drives the run.
//!
//! A message is a letter in the run's record, safe before its sender is told anything. Whoever drives the run
//! takes the letters in; without a driver, the sender takes the run's lock and does so itself. The
//! first answer in the journal wins. A line of the journal names the letter that brought it, so
//! one that is found again after a crash counts once; of one that does not count, the record
//! says why.

use crate::exec::record::event::Attached;
use crate::exec::record::statement::Signed;
use crate::exec::record::storage::{Record, StorageError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Yes to a gate.
    Approve {
        /// Path of an `approve` step.
        step: String,
        /// The person.
        by: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// What has to be true before it counts.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<String>,
        /// What the person signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<Signed>,
    },
    /// No to a gate.
    Reject {
        /// Path of an `approve` step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// What the person signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<Signed>,
    },
    /// What a manual step or a decision asks for.
    Answer {
        /// Path of the step that asks.
        step: String,
        /// The person.
        by: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// Values of fields.
        fields: BTreeMap<String, String>,
        /// The option.
        choice: Option<String>,
        /// Files that lie in the run's folder `evidence`.
        #[serde(default)]
        files: Vec<Attached>,
    },
    /// A remark.
    Note {
        /// The person.
        by: String,
        /// The remark.
        text: String,
        /// When it was, if not now; RFC 3339 in UTC.
        seen: Option<String>,
        /// Files that lie in the run's folder `evidence`.
        files: Vec<Attached>,
    },
    /// The end of the run.
    Abort {
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
}

impl Message {
    /// The files that come with it.
    pub fn files(&self) -> &[Attached] {
        match self {
            Self::Answer { files, .. } | Self::Note { files, .. } => files,
            Self::Approve { .. } | Self::Reject { .. } | Self::Abort { .. } => &[],
        }
    }

    /// The same message with these files, if it is one that files come with.
    pub fn with(mut self, kept: Vec<Attached>) -> Self {
        if let Self::Answer { files, .. } | Self::Note { files, .. } = &mut self {
            *files = kept;
        }
        self
    }
}

/// The letters of a run.
#[derive(Debug, Clone)]
pub struct Inbox {
    record: Arc<dyn Record>,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id, a ULID.
    pub id: String,
    /// What it says.
    pub message: Message,
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has taken it in yet.
    Waits,
    /// It did not count, for this reason.
    Refused(String),
    /// It was taken in.
    Taken,
}

impl Inbox {
    /// The letters of the run with this record.
    pub fn new(record: Arc<dyn Record>) -> Self {
        Self { record }
    }

    /// What became of a letter that was sent.
    ///
    /// # Errors
    /// The storage's reason.
    pub fn fate(&self, id: &str) -> Result<Fate, StorageError> {
        if self.record.waits(id)? {
            return Ok(Fate::Waits);
        }
        let refusal = self.record.refusal(id)?;
        Ok(refusal.map_or(Fate::Taken, Fate::Refused))
    }
}

/// Puts a message into an inbox; gives the id of its letter. It is safe there when this returns.
///
/// # Errors
/// The storage's reason.
pub fn send(inbox: &Inbox, message: &Message) -> Result<String, StorageError> {
    let id = ulid::Ulid::generate().to_string();
    let text = serde_json::to_vec(message).expect("a message holds only text, numbers and lists");
    inbox.record.send(&id, &text)?;
    Ok(id)
}

/// Whether an inbox holds a letter.
pub fn has_mail(inbox: &Inbox) -> bool {
    let waiting = inbox.record.letters();
    waiting.is_ok_and(|letters| !letters.is_empty())
}

/// Takes each letter out in the order of arrival. It is removed only after `take` returned, so
/// that a crash in between loses none. `take` says why one does not count.
///
/// # Errors
/// What `take` says, or the storage's reason.
pub fn drain<E: From<StorageError>>(
    inbox: &Inbox,
    mut take: impl FnMut(Letter) -> Result<Result<(), String>, E>,
) -> Result<(), E> {
    for id in inbox.record.letters()? {
        let text = inbox.record.letter(&id)?;
        let taken = match serde_json::from_slice(&text) {
            Ok(message) => take(Letter {
                id: id.clone(),
                message,
            })?,
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        let refusal = taken.err();
        inbox.record.put_away(&id, refusal.as_deref())?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod properties;
