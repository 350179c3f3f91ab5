//! The journal: one line an event, each with its own hash and that of the line before.
//!
//! A line is a JSON object whose last member is `h`, the SHA-256 of the line's bytes before
//! `,"h":"`, and which names the `h` of the line before in `prev`; the first line names the
//! SHA-256 of `plan.json`. One process at a time writes, holding the run's lock. An event is
//! synced before [`Journal::append`] returns. A torn last line is what a crash leaves: it is cut
//! off and kept aside. Anything else that does not fit means that the file was altered, and it
//! is not written to any more.

use crate::exec::event::Event;
use crate::exec::plan::sha256;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
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
    /// A line does not fit: the file was altered.
    #[error("line {line} of {} was altered: {what}", path.display())]
    Altered {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What does not fit.
        what: String,
    },
}

/// A line of the journal, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written, RFC 3339 in UTC.
    pub at: String,
    /// What happened.
    pub event: Event,
}

#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    seq: u64,
    at: String,
    run: String,
    #[serde(flatten)]
    event: Event,
    prev: String,
}

/// What stands in a journal's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The lines that fit.
    pub entries: Vec<Entry>,
    /// The hash of the last of them, or of the plan.
    pub head: String,
    /// How many bytes they take.
    pub whole: usize,
    /// Whether a torn line follows.
    pub torn: bool,
}

/// Reads the bytes of a journal whose plan has the hash `plan`.
///
/// # Errors
/// The number of the first line that was altered, from 1, and what does not fit.
pub fn read(bytes: &[u8], plan: &str) -> Result<Contents, (usize, String)> {
    let mut contents = Contents {
        entries: Vec::new(),
        head: plan.to_owned(),
        whole: 0,
        torn: false,
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let number = contents.entries.len() + 1;
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            contents.torn = true;
            break;
        };
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        match read_line(line, number as u64, &contents.head) {
            Ok((entry, head)) => {
                contents.entries.push(entry);
                contents.head = head;
                contents.whole += end + 1;
            }
            // Disks may write a line's end before its beginning: nothing after it means torn.
            Err(_)
                if after.is_empty()
                    && serde_json::from_slice::<serde_json::Value>(line).is_err() =>
            {
                contents.torn = true;
                break;
            }
            Err(what) => return Err((number, what)),
        }
        rest = after;
    }
    Ok(contents)
}

fn read_line(line: &[u8], seq: u64, prev: &str) -> Result<(Entry, String), String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let (body, tail) = text.rsplit_once(",\"h\":\"").ok_or("it has no hash")?;
    let hash = tail.strip_suffix("\"}").ok_or("it has no end")?;
    if sha256(body.as_bytes()) != hash {
        return Err("its hash is not that of its text".to_owned());
    }
    let line: Line =
        serde_json::from_str(&format!("{body}}}")).map_err(|error| error.to_string())?;
    if line.v != VERSION {
        return Err(format!("version {} of the format is not known", line.v));
    }
    if line.seq != seq || line.prev != prev {
        return Err("it does not follow the line before".to_owned());
    }
    Ok((
        Entry {
            at: line.at,
            event: line.event,
        },
        hash.to_owned(),
    ))
}

/// A journal open for writing. Whoever has it holds the run's lock.
pub struct Journal {
    path: PathBuf,
    file: File,
    run: String,
    head: String,
    entries: Vec<Entry>,
}

impl Journal {
    /// Begins the journal of a new run: `run.created` is its first line.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(
        path: &Path,
        run: &str,
        plan: &str,
        at: String,
        event: Event,
    ) -> Result<Self, JournalError> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .map_err(failed("create", path))?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            run: run.to_owned(),
            head: plan.to_owned(),
            entries: Vec::new(),
        };
        journal.append(at, event)?;
        Ok(journal)
    }

    /// Opens the journal of a run and mends what a crash left. `at` is the present time.
    ///
    /// # Errors
    /// [`JournalError::Altered`] if a line does not fit; the file is then left as it is.
    pub fn open(path: &Path, run: &str, plan: &str, at: String) -> Result<Self, JournalError> {
        let bytes = fs::read(path).map_err(failed("read", path))?;
        let contents = read(&bytes, plan).map_err(|(line, what)| JournalError::Altered {
            path: path.to_owned(),
            line,
            what,
        })?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(failed("open", path))?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            run: run.to_owned(),
            head: contents.head,
            entries: contents.entries,
        };
        if contents.torn {
            journal.cut(&bytes[contents.whole..], contents.whole as u64, at)?;
        }
        Ok(journal)
    }

    fn cut(&mut self, torn: &[u8], whole: u64, at: String) -> Result<(), JournalError> {
        let digest = sha256(torn);
        let aside = self.path.with_file_name(format!("torn-{}", &digest[..16]));
        fs::write(&aside, torn).map_err(failed("write", &aside))?;
        self.file
            .set_len(whole)
            .map_err(failed("cut", &self.path))?;
        self.append(
            at,
            Event::JournalRecovered {
                bytes: torn.len() as u64,
                sha256: digest,
            },
        )
    }

    /// Adds an event and syncs it.
    ///
    /// # Errors
    /// When it could not be written or synced. The caller must not go on as if it were on disk.
    pub fn append(&mut self, at: String, event: Event) -> Result<(), JournalError> {
        let line = Line {
            v: VERSION,
            seq: self.entries.len() as u64 + 1,
            at,
            run: self.run.clone(),
            event,
            prev: self.head.clone(),
        };
        let body =
            serde_json::to_string(&line).expect("an event holds only text, numbers and lists");
        let body = body.strip_suffix('}').expect("an object ends with a brace");
        let hash = sha256(body.as_bytes());
        let bytes = format!("{body},\"h\":\"{hash}\"}}\n");
        self.file
            .write_all(bytes.as_bytes())
            .map_err(failed("write", &self.path))?;
        self.file.sync_data().map_err(failed("sync", &self.path))?;
        self.head = hash;
        self.entries.push(Entry {
            at: line.at,
            event: line.event,
        });
        Ok(())
    }

    /// Everything that happened so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The hash of the last line.
    pub fn head(&self) -> &str {
        &self.head
    }
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
mod tests {
    use super::*;

    fn note(text: &str) -> Event {
        Event::NoteAdded {
            by: "ana".to_owned(),
            text: text.to_owned(),
        }
    }

    fn sample() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, "R", "plan", "t0".to_owned(), note("one"))
            .expect("it can be made");
        for text in ["two", "with ,\"h\":\" inside", "ünï\ncode"] {
            journal
                .append("t1".to_owned(), note(text))
                .expect("it can be written");
        }
        let bytes = fs::read(&path).expect("it is there");
        (folder, path, bytes)
    }

    #[test]
    fn what_was_written_is_read_again() {
        let (_folder, _, bytes) = sample();
        let contents = read(&bytes, "plan").expect("nothing was altered");
        assert_eq!(contents.entries.len(), 4);
        assert_eq!(contents.entries[2].event, note("with ,\"h\":\" inside"));
        assert!(!contents.torn);
    }

    #[test]
    fn every_single_bit_flip_is_noticed() {
        let (_folder, _, bytes) = sample();
        let whole = read(&bytes, "plan").expect("nothing was altered");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                if let Ok(contents) = read(&flipped, "plan") {
                    assert!(
                        contents.torn && contents.entries.len() < whole.entries.len(),
                        "byte {at}, bit {bit}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_cut_at_any_byte_loses_only_the_cut_line_and_is_mended() {
        let (_folder, path, bytes) = sample();
        let first = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .expect("a line")
            + 1;
        for end in first..bytes.len() {
            fs::write(&path, &bytes[..end]).expect("it can be written");
            let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
            let torn = bytes[end - 1] != b'\n';
            let journal = Journal::open(&path, "R", "plan", "t2".to_owned())
                .expect("a crash is no alteration");
            assert_eq!(
                journal.entries().len(),
                whole + usize::from(torn),
                "cut at {end}"
            );
            let again =
                read(&fs::read(&path).expect("it is there"), "plan").expect("it is whole again");
            assert!(!again.torn);
        }
    }

    #[test]
    fn another_plan_does_not_fit() {
        let (_folder, _, bytes) = sample();
        assert!(read(&bytes, "another").is_err());
    }
}
