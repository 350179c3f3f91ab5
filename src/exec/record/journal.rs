//! The journal: one line an event, each with its own hash and that of the line before.
//!
//! A line is a JSON object whose last member is `h`, the SHA-256 of the line's bytes before
//! `,"h":"`, and which names the `h` of the line before in `prev`; the first line names the
//! SHA-256 of `plan.json`. One process at a time writes, holding the run's lock. An event is
//! safe, as the [`storage`](super::storage) promises it, before [`Journal::append`] returns. A torn
//! last line is what a crash leaves: it is cut off and kept aside. A line that fits and says what this
//! program does not know is of a newer one, and the run is left to that. Anything else that does not
//! fit means that the record was altered, and it is not written to any more. A journal that failed once
//! takes nothing more.

mod head;
mod reading;

use reading::read_of;
pub use reading::{Contents, go_through, read};

use crate::exec::digest::sha256;
use crate::exec::record::event::Event;
use crate::exec::record::storage::{Lines, Record, StorageError, failed};
use crate::files::regular;
use serde::Serialize;
use std::io::{self, Write};

/// Version of the line format.
const VERSION: u32 = 1;

/// Why a journal could not be read or extended.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The storage refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Something happened that could not be written down.
    #[error("{source}; not recorded: {event}")]
    NotRecorded {
        /// The type of the event, and its step.
        event: String,
        /// The storage's reason.
        source: StorageError,
    },
    /// It failed before, and takes nothing more.
    #[error("{place} could not be written before; not recorded: {event}")]
    Broken {
        /// The journal, as people find it.
        place: String,
        /// The type of the event, and its step.
        event: String,
    },
    /// The file cannot be read on: it was altered, or is of a newer program.
    #[error("{}", misfit.describe(place))]
    Misfit {
        /// The journal, as people find it.
        place: String,
        /// Why not.
        misfit: Misfit,
    },
}

impl JournalError {
    /// Whether the file is whole, and only a newer program can read it.
    pub fn is_newer(&self) -> bool {
        matches!(
            self,
            Self::Misfit {
                misfit: Misfit::Newer { .. },
                ..
            }
        )
    }
}

/// Why the bytes of a journal are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// A line does not fit: the file was altered.
    Altered {
        /// The line, from 1.
        line: usize,
        /// What does not fit.
        what: String,
    },
    /// All lines fit, and this one says what only a newer program knows.
    Newer {
        /// The line, from 1.
        line: usize,
        /// What is not known, as in "it is an event `x`".
        what: String,
    },
    /// No whole line is there. A run gets its name only after its first line is on disk, so this
    /// is no beginning that was cut short.
    Empty,
    /// The file itself is gone.
    Missing,
    /// Something else has its name, as in "it is a FIFO, no file".
    NoFile(String),
}

impl Misfit {
    /// The error about this journal.
    pub fn into_error(self, record: &dyn Record) -> JournalError {
        JournalError::Misfit {
            place: record.place(),
            misfit: self,
        }
    }

    fn describe(&self, place: &str) -> String {
        let since = "a run gets its name only after its first line is on disk";
        match self {
            Self::Altered { line, what } => format!("line {line} of {place} was altered: {what}"),
            Self::Newer { line, what } => {
                format!("line {line} of {place} was written by a newer runbook: {what}")
            }
            Self::Empty => format!("{place} has no whole line: {since}, so its lines were cut off"),
            Self::Missing => format!("{place} is missing: {since}, so it was removed"),
            Self::NoFile(what) => format!("{place} cannot be read: {what}"),
        }
    }
}

/// A line of the journal, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written, RFC 3339 in UTC.
    pub at: String,
    /// The letter that brought it, if it came by the inbox.
    pub letter: Option<String>,
    /// What happened.
    pub event: Event,
    /// The hash of the line.
    pub hash: String,
}

/// A line as it is written, without its hash.
#[derive(Serialize)]
struct Line<'l> {
    v: u32,
    seq: u64,
    at: &'l str,
    run: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<&'l str>,
    #[serde(flatten)]
    event: &'l Event,
    prev: &'l str,
}

/// What the journal of the run `run` holds, whose plan has the hash `plan`.
///
/// # Errors
/// [`JournalError::Misfit`] if there is none, no file, or it is not read; otherwise when it cannot be.
pub fn contents_of(record: &dyn Record, plan: &str, run: &str) -> Result<Contents, JournalError> {
    let text = text_of(record)?;
    read_of(&text, plan, run).map_err(|misfit| misfit.into_error(record))
}

/// Goes through the journal of a run, of which no more than a piece is held; `keep` is as in
/// [`go_through`].
///
/// # Errors
/// As for [`contents_of`].
pub fn follow(
    record: &dyn Record,
    plan: &str,
    run: &str,
    keep: &mut dyn FnMut(&str, &Event),
) -> Result<(), JournalError> {
    let text = record.lines().map_err(unread(record))?;
    let read = go_through(text, plan, run, keep);
    let read = read.map_err(|error| unread(record)(failed("read", record.place())(error)))?;
    read.map_err(|misfit| misfit.into_error(record))
}

/// The text of a run's journal. That there is none, or no file, was never so: it was altered.
///
/// # Errors
/// As for [`contents_of`].
pub fn text_of(record: &dyn Record) -> Result<Vec<u8>, JournalError> {
    record.text().map_err(unread(record))
}

fn unread(record: &dyn Record) -> impl FnOnce(StorageError) -> JournalError {
    move |error| match error.source.kind() {
        io::ErrorKind::NotFound => Misfit::Missing.into_error(record),
        _ if regular::is_no_file(&error.source) => {
            Misfit::NoFile(error.source.to_string()).into_error(record)
        }
        _ => error.into(),
    }
}

/// A journal open for writing. Whoever has it holds the run's lock.
pub struct Journal {
    /// Where people find it.
    place: String,
    lines: Box<dyn Lines>,
    /// Whether it could not be written once.
    broken: bool,
    run: String,
    /// The SHA-256 of the plan, which the first line follows.
    plan: String,
    head: String,
    entries: Vec<Entry>,
    /// How many lines were there when it was opened.
    found: usize,
    /// Who else gets each line.
    echo: Option<Box<dyn Write + Send>>,
}

/// The first line of the journal of the run `run`, whose plan has the hash `plan`.
pub fn first_line(run: &str, plan: &str, at: String, event: Event) -> String {
    let entry = Entry {
        at,
        letter: None,
        event,
        hash: String::new(),
    };
    write_line(run, 1, &entry, plan).0
}

impl Journal {
    /// Opens the journal of a run and mends what a crash left. `at` is the present time.
    ///
    /// # Errors
    /// [`JournalError::Misfit`] if it is not read; the record is then left as it is.
    pub fn open(
        record: &dyn Record,
        run: &str,
        plan: &str,
        at: String,
    ) -> Result<Self, JournalError> {
        let text = text_of(record)?;
        let contents = read_of(&text, plan, run).map_err(|misfit| misfit.into_error(record))?;
        let (whole, torn) = text.split_at(contents.whole);
        let mut journal = Self {
            place: record.place(),
            lines: record.open(whole, torn)?,
            broken: false,
            run: run.to_owned(),
            plan: plan.to_owned(),
            head: contents.head,
            found: contents.entries.len(),
            entries: contents.entries,
            echo: None,
        };
        if !torn.is_empty() {
            let (bytes, sha256) = (torn.len() as u64, sha256(torn));
            journal.append(at, Event::JournalRecovered { bytes, sha256 })?;
        }
        Ok(journal)
    }

    /// Adds an event; it is safe when this returns.
    ///
    /// # Errors
    /// When it could not be written. The caller must not go on as if it were recorded,
    /// and nothing more is taken.
    pub fn append(&mut self, at: String, event: Event) -> Result<(), JournalError> {
        self.add(at, None, event)
    }

    /// Adds an event that the letter with this id brought.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_letter(
        &mut self,
        at: String,
        letter: &str,
        event: Event,
    ) -> Result<(), JournalError> {
        self.add(at, Some(letter.to_owned()), event)
    }

    fn add(
        &mut self,
        at: String,
        letter: Option<String>,
        event: Event,
    ) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken {
                place: self.place.clone(),
                event: describe(&event),
            });
        }
        let entry = Entry {
            at,
            letter,
            event,
            hash: String::new(),
        };
        let seq = self.entries.len() as u64 + 1;
        let (line, hash) = write_line(&self.run, seq, &entry, &self.head);
        if let Err(source) = self.lines.add(&line) {
            self.broken = true;
            return Err(JournalError::NotRecorded {
                event: describe(&entry.event),
                source,
            });
        }
        if let Some(echo) = &mut self.echo {
            say(echo, &line);
        }
        self.head.clone_from(&hash);
        self.entries.push(Entry { hash, ..entry });
        Ok(())
    }

    /// How many lines were there when it was opened.
    pub fn found(&self) -> usize {
        self.found
    }

    /// Gives each line that is written from now on to `echo` as well, after those so far but the
    /// first `known`. A reader that went away is no fault of the run.
    pub fn echo(&mut self, known: usize, mut echo: Box<dyn Write + Send>) {
        let mut head = match known.checked_sub(1) {
            Some(last) => self.entries[last].hash.clone(),
            None => self.plan.clone(),
        };
        for (at, entry) in self.entries.iter().enumerate().skip(known) {
            let (line, hash) = write_line(&self.run, at as u64 + 1, entry, &head);
            say(&mut echo, &line);
            head = hash;
        }
        self.echo = Some(echo);
    }

    /// Everything that happened so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the letter with this id was taken in.
    pub fn holds(&self, letter: &str) -> bool {
        let is_it = |entry: &Entry| entry.letter.as_deref() == Some(letter);
        self.entries.iter().any(is_it)
    }

    /// The hash of the last line.
    pub fn head(&self) -> &str {
        &self.head
    }
}

/// The type of an event, and its step: `step.finished of publish`.
fn describe(event: &Event) -> String {
    let value = serde_json::to_value(event).unwrap_or_default();
    let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    match word("step") {
        step if step.is_empty() => word("type"),
        step => format!("{} of {step}", word("type")),
    }
}

fn say(echo: &mut Box<dyn Write + Send>, line: &str) {
    let _ = echo.write_all(line.as_bytes()).and_then(|()| echo.flush());
}

/// A line of the journal with its end, and its hash.
fn write_line(run: &str, seq: u64, entry: &Entry, prev: &str) -> (String, String) {
    let line = Line {
        v: VERSION,
        seq,
        at: &entry.at,
        run,
        letter: entry.letter.as_deref(),
        event: &entry.event,
        prev,
    };
    let body = serde_json::to_string(&line).expect("an event holds only text, numbers and lists");
    let body = body.strip_suffix('}').expect("an object ends with a brace");
    let hash = sha256(body.as_bytes());
    (format!("{body},\"h\":\"{hash}\"}}\n"), hash)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
