//! Answers from other terminals, on their way to whoever drives the run.
//!
//! A message is a file in the inbox, synced before its sender is told anything. Whoever drives the run
//! takes the letters in; without a driver, the sender takes the run's lock and does so itself. The
//! first answer in the journal wins. A line of the journal names the letter that brought it, so
//! one that is found again after a crash counts once; one that does not count leaves a file that
//! says why.

use crate::exec::record::disk::{Part, Shared};
use crate::exec::record::event::Attached;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Yes to a gate.
    Approve {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// No to a gate.
    Reject {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// What a manual step or a decision asks for.
    Answer {
        /// The step.
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

/// Where a run's letters lie.
#[derive(Debug, Clone)]
pub struct Inbox {
    disk: Shared,
    folder: PathBuf,
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
    /// The inbox in this folder.
    pub fn new(disk: Shared, folder: PathBuf) -> Self {
        Self { disk, folder }
    }

    fn file(&self, id: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{id}.{extension}"))
    }

    /// The ids of the letters that nobody has taken in, in the order of arrival. A copy of a run may have
    /// come without the folder, as many tools leave out empty ones: then there are none.
    fn waiting(&self) -> io::Result<Vec<String>> {
        let names = match self.disk.list(Part::Letter, &self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            names => names?,
        };
        let id = |name: &std::ffi::OsString| {
            let id = name.to_str()?.strip_suffix(".json")?;
            (!id.starts_with('.')).then(|| id.to_owned())
        };
        Ok(names.iter().filter_map(id).collect())
    }

    /// What became of a letter that was sent.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn fate(&self, id: &str) -> io::Result<Fate> {
        if self.disk.exists(Part::Letter, &self.file(id, "json"))? {
            return Ok(Fate::Waits);
        }
        let refusal = self.file(id, "refused");
        Ok(match self.disk.exists(Part::Refusal, &refusal)? {
            true => {
                let why = self.disk.read(Part::Refusal, &refusal)?;
                Fate::Refused(String::from_utf8_lossy(&why).into_owned())
            }
            false => Fate::Taken,
        })
    }
}

/// Puts a message into an inbox; gives the id of its letter. It is on disk when this returns.
///
/// # Errors
/// The operating system's reason.
pub fn send(inbox: &Inbox, message: &Message) -> io::Result<String> {
    let id = ulid::Ulid::generate().to_string();
    let bytes = serde_json::to_vec(message)?;
    inbox
        .disk
        .replace(Part::Letter, &inbox.file(&id, "json"), &bytes)?;
    Ok(id)
}

/// Whether an inbox holds a letter.
pub fn has_mail(inbox: &Inbox) -> bool {
    inbox.waiting().is_ok_and(|letters| !letters.is_empty())
}

/// Takes each letter out in the order of arrival. It is removed only after `take` returned, so
/// that a crash in between loses none. `take` says why one does not count.
///
/// # Errors
/// What `take` says, or the operating system's reason.
pub fn drain<E: From<io::Error>>(
    inbox: &Inbox,
    mut take: impl FnMut(Letter) -> Result<Result<(), String>, E>,
) -> Result<(), E> {
    for id in inbox.waiting()? {
        let path = inbox.file(&id, "json");
        let bytes = inbox.disk.read(Part::Letter, &path);
        let bytes = bytes.map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        let taken = match serde_json::from_slice(&bytes) {
            Ok(message) => take(Letter {
                id: id.clone(),
                message,
            })?,
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        if let Err(why) = taken {
            inbox
                .disk
                .replace(Part::Refusal, &inbox.file(&id, "refused"), why.as_bytes())?;
        }
        inbox.disk.remove(Part::Letter, &path)?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod properties;
