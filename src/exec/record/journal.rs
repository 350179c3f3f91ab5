//! The journal: one line an event, each with its own hash and that of the line before.
//!
//! A line is a JSON object whose last member is `h`, the SHA-256 of the line's bytes before
//! `,"h":"`, and which names the `h` of the line before in `prev`; the first line names the
//! SHA-256 of `plan.json`. One process at a time writes, holding the run's lock. An event is
//! synced before [`Journal::append`] returns. A torn last line is what a crash leaves: it is cut
//! off and kept aside. A line that fits and says what this program does not know is of a newer
//! one, and the run is left to that. Anything else that does not fit means that the file was
//! altered, and it is not written to any more.
//!
//! A sync that failed is never tried again: what it was for may be lost although a later one
//! succeeds. So a journal that failed once takes nothing more, and whoever opens it writes its
//! last line anew before they rely on it.

mod head;
mod reading;

pub use reading::{Contents, go_through, read, read_of};

use crate::exec::digest::sha256;
use crate::exec::record::disk::{OpenFile, Part, Shared};
use crate::exec::record::event::Event;
use crate::files::regular;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Version of the line format.
const VERSION: u32 = 1;

/// Why a journal could not be read or extended.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What we tried, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Something happened that could not be written down.
    #[error("cannot {action} {}: {source}; not recorded: {event}", path.display())]
    NotRecorded {
        /// What we tried, as a verb.
        action: &'static str,
        /// The journal.
        path: PathBuf,
        /// The type of the event, and its step.
        event: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// It failed before, and takes nothing more.
    #[error("{} could not be written before; not recorded: {event}", path.display())]
    Broken {
        /// The journal.
        path: PathBuf,
        /// The type of the event, and its step.
        event: String,
    },
    /// The file cannot be read on: it was altered, or is of a newer program.
    #[error("{}", misfit.words(path))]
    Misfit {
        /// The journal.
        path: PathBuf,
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
    /// The error about the journal at `path`.
    pub fn of(self, path: &Path) -> JournalError {
        JournalError::Misfit {
            path: path.to_owned(),
            misfit: self,
        }
    }

    fn words(&self, path: &Path) -> String {
        let path = path.display();
        let since = "a run gets its name only after its first line is on disk";
        match self {
            Self::Altered { line, what } => format!("line {line} of {path} was altered: {what}"),
            Self::Newer { line, what } => {
                format!("line {line} of {path} was written by a newer runbook: {what}")
            }
            Self::Empty => format!("{path} has no whole line: {since}, so its lines were cut off"),
            Self::Missing => format!("{path} is missing: {since}, so it was removed"),
            Self::NoFile(what) => format!("{path} cannot be read: {what}"),
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

/// The bytes of a run's journal.
///
/// # Errors
/// [`JournalError::Misfit`] if there is none, or no file: that was never so. Otherwise when it cannot be
/// read.
pub fn bytes_of(disk: &Shared, path: &Path) -> Result<Vec<u8>, JournalError> {
    disk.read(Part::Journal, path).map_err(unread(path))
}

/// Goes through the journal of a run, of which no more than a piece is held; `keep` is as in
/// [`go_through`].
///
/// # Errors
/// As for [`bytes_of`]; and why it is not read.
pub fn follow(
    disk: &Shared,
    path: &Path,
    plan: &str,
    run: &str,
    keep: &mut dyn FnMut(&str, &Event),
) -> Result<(), JournalError> {
    let text = disk.reader(Part::Journal, path).map_err(unread(path))?;
    let read = go_through(text, plan, run, keep).map_err(unread(path))?;
    read.map_err(|misfit| misfit.of(path))
}

fn unread(path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    move |error| match error.kind() {
        io::ErrorKind::NotFound => Misfit::Missing.of(path),
        _ if regular::is_no_file(&error) => Misfit::NoFile(error.to_string()).of(path),
        _ => failed("read", path)(error),
    }
}

/// A journal open for writing. Whoever has it holds the run's lock.
pub struct Journal {
    path: PathBuf,
    file: Box<dyn OpenFile>,
    /// How many bytes it holds.
    length: u64,
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

impl Journal {
    /// Writes the journal of a new run: `event` is its first line.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(
        disk: &Shared,
        path: &Path,
        run: &str,
        plan: &str,
        at: String,
        event: Event,
    ) -> Result<(), JournalError> {
        let file = disk
            .create(Part::Journal, path)
            .map_err(failed("create", path))?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            length: 0,
            broken: false,
            run: run.to_owned(),
            plan: plan.to_owned(),
            head: plan.to_owned(),
            entries: Vec::new(),
            found: 0,
            echo: None,
        };
        journal.append(at, event)
    }

    /// Opens the journal of a run and mends what a crash left. `at` is the present time.
    ///
    /// # Errors
    /// [`JournalError::Misfit`] if it is not read; the file is then left as it is.
    pub fn open(
        disk: &Shared,
        path: &Path,
        run: &str,
        plan: &str,
        at: String,
    ) -> Result<Self, JournalError> {
        let bytes = bytes_of(disk, path)?;
        let contents = read_of(&bytes, plan, run).map_err(|misfit| misfit.of(path))?;
        let (whole, torn) = bytes.split_at(contents.whole);
        let file = disk
            .open(Part::Journal, path)
            .map_err(failed("open", path))?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            length: whole.len() as u64,
            broken: false,
            run: run.to_owned(),
            plan: plan.to_owned(),
            head: contents.head,
            found: contents.entries.len(),
            entries: contents.entries,
            echo: None,
        };
        if !torn.is_empty() {
            journal.cut(disk, torn)?;
        }
        journal.write_last_anew(whole)?;
        if !torn.is_empty() {
            let (bytes, sha256) = (torn.len() as u64, sha256(torn));
            journal.append(at, Event::JournalRecovered { bytes, sha256 })?;
        }
        Ok(journal)
    }

    /// Keeps a torn line aside, and only then cuts it off.
    fn cut(&mut self, disk: &Shared, torn: &[u8]) -> Result<(), JournalError> {
        let name = format!("torn-{}", &sha256(torn)[..16]);
        let aside = self.path.with_file_name(name);
        disk.replace(Part::Torn, &aside, torn)
            .map_err(failed("write", &aside))?;
        self.file
            .cut(self.length)
            .map_err(failed("cut", &self.path))
    }

    /// Writes the last line once more and syncs it: the process that wrote it may have been
    /// unable to.
    fn write_last_anew(&mut self, whole: &[u8]) -> Result<(), JournalError> {
        let before = &whole[..whole.len().saturating_sub(1)];
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        self.file
            .write_at(start as u64, &whole[start..])
            .map_err(failed("write", &self.path))?;
        self.file.sync().map_err(failed("sync", &self.path))
    }

    /// Adds an event and syncs it.
    ///
    /// # Errors
    /// When it could not be written or synced. The caller must not go on as if it were on disk,
    /// and nothing more is taken.
    pub fn append(&mut self, at: String, event: Event) -> Result<(), JournalError> {
        self.add(at, None, event)
    }

    /// Adds an event that the letter with this id brought, and syncs it.
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
                path: self.path.clone(),
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
        if let Err((action, source)) = self.write(line.as_bytes()) {
            self.broken = true;
            return Err(JournalError::NotRecorded {
                action,
                path: self.path.clone(),
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

    fn write(&mut self, bytes: &[u8]) -> Result<(), (&'static str, io::Error)> {
        self.file
            .write_at(self.length, bytes)
            .map_err(|error| ("write", error))?;
        self.file.sync().map_err(|error| ("sync", error))?;
        self.length += bytes.len() as u64;
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

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
