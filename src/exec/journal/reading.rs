//! Reading a journal: each line is proved by itself, then that each follows the one before.

use super::{Entry, Misfit, VERSION};
use crate::exec::event::Event;
use crate::exec::plan::sha256;
use rayon::prelude::*;
use serde::Deserialize;
use std::borrow::Cow;

/// From this many lines on, a journal is worth more than one thread.
const LONG: usize = 500;

/// What a line that is read says besides its event. The event is read from the same text on its
/// own, which takes half the time of reading both at once.
#[derive(Deserialize)]
struct Head<'l> {
    v: u32,
    seq: u64,
    #[serde(borrow)]
    run: Cow<'l, str>,
    #[serde(borrow)]
    at: Cow<'l, str>,
    letter: Option<String>,
    #[serde(borrow)]
    prev: Cow<'l, str>,
}

/// What stands in a journal's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The id of the run that every line names; nothing if there is no line.
    pub run: Option<String>,
    /// The lines that fit.
    pub entries: Vec<Entry>,
    /// The hash of the last of them, or of the plan.
    pub head: String,
    /// How many bytes they take.
    pub whole: usize,
    /// Whether a torn line follows.
    pub torn: bool,
}

/// Reads the journal of the run `run`, whose plan has the hash `plan`. A folder that was copied to
/// another id holds the journal of the first: going on with it would repeat what that one did.
///
/// # Errors
/// Why it is not read.
pub fn read_of(bytes: &[u8], plan: &str, run: &str) -> Result<Contents, Misfit> {
    let contents = read(bytes, plan)?;
    match &contents.run {
        Some(other) if other != run => Err(Misfit::Altered {
            line: 1,
            what: format!(
                "it is that of run {other}, in the folder of run {run}; a copied or renamed folder is not gone on with"
            ),
        }),
        Some(_) => Ok(contents),
        None => Err(Misfit::Empty),
    }
}

/// Reads the bytes of a journal whose plan has the hash `plan`.
///
/// # Errors
/// Why they are not read. A line that was altered says so also where one before it is of a newer
/// program.
pub fn read(bytes: &[u8], plan: &str) -> Result<Contents, Misfit> {
    let mut contents = Contents {
        run: None,
        entries: Vec::new(),
        head: plan.to_owned(),
        whole: 0,
        torn: false,
    };
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // What stands behind the last line feed is no line yet.
    contents.torn = lines.pop().is_some_and(|rest| !rest.is_empty());
    // Each line is proved by itself, in a long journal many at once; then that each follows the one
    // before.
    let read: Vec<Result<Read, String>> = match lines.len() < LONG {
        true => lines.iter().map(|line| read_line(line)).collect(),
        false => lines.par_iter().map(|line| read_line(line)).collect(),
    };
    let (last, mut newer) = (lines.len(), None);
    for (number, (line, read)) in (1..).zip(lines.into_iter().zip(read)) {
        match read.and_then(|read| read.follows(number as u64, &contents)) {
            Ok(read) => {
                contents.run.get_or_insert(read.run);
                contents.head = read.hash.clone();
                contents.whole += line.len() + 1;
                match read.event {
                    Ok(event) => contents.entries.push(Entry {
                        at: read.at,
                        letter: read.letter,
                        event,
                        hash: read.hash,
                    }),
                    Err(what) => newer = newer.or(Some(Misfit::Newer { line: number, what })),
                }
            }
            // Disks may write a line's end before its beginning: nothing after it means torn.
            Err(_)
                if number == last
                    && !contents.torn
                    && serde_json::from_slice::<serde_json::Value>(line).is_err() =>
            {
                contents.torn = true;
            }
            Err(what) => return Err(Misfit::Altered { line: number, what }),
        }
    }
    newer.map_or(Ok(contents), Err)
}

/// A line whose hash fits, before it is known whether it follows the one before.
struct Read {
    run: String,
    seq: u64,
    at: String,
    letter: Option<String>,
    prev: String,
    hash: String,
    /// What happened; otherwise what of it only a newer program knows.
    event: Result<Event, String>,
}

impl Read {
    /// The same, if it is the next one after `before`.
    fn follows(self, seq: u64, before: &Contents) -> Result<Self, String> {
        if self.seq != seq || self.prev != before.head {
            return Err("it does not follow the line before".to_owned());
        }
        match before.run.as_ref().is_none_or(|run| *run == self.run) {
            true => Ok(self),
            false => Err(format!("it is that of run {}", self.run)),
        }
    }
}

fn read_line(line: &[u8]) -> Result<Read, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let (body, tail) = text.rsplit_once(",\"h\":\"").ok_or("it has no hash")?;
    let hash = tail.strip_suffix("\"}").ok_or("it has no end")?;
    if sha256(body.as_bytes()) != hash {
        return Err("its hash is not that of its text".to_owned());
    }
    let line: Head<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Read {
        event: read_event(text, line.v)?,
        run: line.run.into_owned(),
        seq: line.seq,
        at: line.at.into_owned(),
        letter: line.letter,
        prev: line.prev.into_owned(),
        hash: hash.to_owned(),
    })
}

/// The event of a line of this version of the format; otherwise what of it only a newer program
/// knows.
fn read_event(text: &str, version: u32) -> Result<Result<Event, String>, String> {
    if version > VERSION {
        return Ok(Err(format!("it has version {version} of the format")));
    }
    let error = match serde_json::from_str(text) {
        Ok(event) if version == VERSION => return Ok(Ok(event)),
        Ok(_) => return Err(format!("there is no version {version} of the format")),
        Err(error) => error,
    };
    match serde_json::from_str(text) {
        Ok(Kind { kind }) if !Event::is_known(&kind) => Ok(Err(format!("it is an event `{kind}`"))),
        _ => Err(error.to_string()),
    }
}

/// The type of a line's event.
#[derive(Deserialize)]
struct Kind<'l> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'l, str>,
}
