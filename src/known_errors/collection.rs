//! What a project knows of messages, in a form that leaves the project: a run keeps it, a site brings it.

use super::{Answered, Book, Pattern};
use serde::{Deserialize, Serialize};

/// The version of the form in which it is kept.
const VERSION: u32 = 1;

/// Entries and their messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    v: u32,
    /// What messages lead to, in the order of addresses.
    pub entries: Vec<Entry>,
    /// What they answer, in the order of the entries.
    pub messages: Vec<Message>,
}

/// A message of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The number of the entry.
    pub entry: usize,
    /// The text of its [`Pattern`].
    pub text: String,
    /// Whether several faults print it: any other message of a paste counts more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub general: bool,
}

/// A page or a runbook that answers messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its short name, if it has one: `T15`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    pub title: String,
    /// Its address below the site's root.
    pub url: String,
    /// Its file below the project.
    pub path: String,
    /// The runbook that fixes what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<String>,
    /// The params which that runbook asks for: it has no default for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

impl Collection {
    /// Takes what entries say.
    pub fn new(entries: Vec<Entry>, messages: Vec<Message>) -> Self {
        Self {
            v: VERSION,
            entries,
            messages,
        }
    }

    /// Reads what [`Collection::to_bytes`] wrote; nothing if it is of a later form, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(bytes).ok()?;
        read.whole()
    }

    /// The same, if it is of this form, and each message is a pattern of an entry that is there.
    pub fn whole(self) -> Option<Self> {
        let is_whole =
            |one: &Message| one.entry < self.entries.len() && Pattern::parse(&one.text).is_ok();
        (self.v == VERSION && self.messages.iter().all(is_whole)).then_some(self)
    }

    /// JSON, the same for the same collection.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data is JSON")
    }

    /// Ready to be looked into; the patterns have the numbers of the messages.
    pub fn book(&self) -> Book {
        let read = |one: &Message| Answered {
            entry: one.entry,
            pattern: Pattern::parse(&one.text).expect("a pattern"),
            general: one.general,
        };
        Book::new(self.messages.iter().map(read).collect())
    }
}

impl Entry {
    /// Its short name and its name, as people say them: `T15: The version is already published`.
    pub fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("{id}: {}", self.title),
            None => self.title.clone(),
        }
    }
}
