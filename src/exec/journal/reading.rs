//! Reading a journal: each line is proved by itself, then that each follows the one before.

use super::{Entry, Misfit, VERSION};
use crate::exec::event::Event;
use crate::exec::plan::sha256;
use rayon::prelude::*;
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{self, Read};

/// From this many lines on, a journal is worth more than one thread.
const LONG: usize = 500;
/// How many lines are held at once as what they say.
const SOME: usize = 4096;
/// How many bytes of a journal are read at once.
const PIECE: u64 = 4 << 20;

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
    is_of(contents.run.as_deref(), run)?;
    Ok(contents)
}

/// Whether a journal that names `named` is that of the run `run`.
fn is_of(named: Option<&str>, run: &str) -> Result<(), Misfit> {
    match named {
        Some(other) if other != run => Err(Misfit::Altered {
            line: 1,
            what: format!(
                "it is that of run {other}, in the folder of run {run}; a copied or renamed folder is not gone on with"
            ),
        }),
        Some(_) => Ok(()),
        None => Err(Misfit::Empty),
    }
}

/// Reads the bytes of a journal whose plan has the hash `plan`.
///
/// # Errors
/// Why they are not read. A line that was altered says so also where one before it is of a newer
/// program.
pub fn read(bytes: &[u8], plan: &str) -> Result<Contents, Misfit> {
    let (mut proof, mut entries) = (Proof::new(plan), Vec::new());
    let rest = proof.take(bytes, true, &mut |entry| entries.push(entry))?;
    proof.torn |= !rest.is_empty();
    let proof = proof.end()?;
    Ok(Contents {
        run: proof.run,
        entries,
        head: proof.head,
        whole: proof.whole,
        torn: proof.torn,
    })
}

/// Goes through the journal of the run `run` without ever holding more than a piece of it: `keep`
/// gets one entry after the other, and what it made of them counts only if all is well in the end.
///
/// # Errors
/// The operating system's reason, or why the journal is not read.
pub fn go_through(
    text: impl Read,
    plan: &str,
    run: &str,
    keep: &mut dyn FnMut(Entry),
) -> io::Result<Result<(), Misfit>> {
    in_pieces(text, PIECE, plan, run, keep)
}

pub(super) fn in_pieces(
    mut text: impl Read,
    size: u64,
    plan: &str,
    run: &str,
    keep: &mut dyn FnMut(Entry),
) -> io::Result<Result<(), Misfit>> {
    let (mut proof, mut piece) = (Proof::new(plan), Vec::new());
    loop {
        let kept = piece.len();
        text.by_ref().take(size).read_to_end(&mut piece)?;
        let is_end = piece.len() == kept;
        // A line may be longer than a piece.
        if !is_end && !piece[kept..].contains(&b'\n') {
            continue;
        }
        let rest = match proof.take(&piece, is_end, keep) {
            Ok(rest) => rest.len(),
            Err(misfit) => return Ok(Err(misfit)),
        };
        if is_end {
            return Ok(proof
                .end()
                .and_then(|proof| is_of(proof.run.as_deref(), run)));
        }
        piece.drain(..piece.len() - rest);
    }
}

/// How far the lines of a journal are proved.
struct Proof {
    /// The run that they name.
    run: Option<String>,
    /// The hash of the last line, or of the plan.
    head: String,
    /// How many lines were looked at.
    lines: usize,
    /// How many bytes the whole lines take.
    whole: usize,
    /// Whether the last line is none.
    torn: bool,
    /// The first line that only a newer program knows.
    newer: Option<Misfit>,
}

impl Proof {
    fn new(plan: &str) -> Self {
        Self {
            run: None,
            head: plan.to_owned(),
            lines: 0,
            whole: 0,
            torn: false,
            newer: None,
        }
    }

    /// Takes the lines of a piece of a journal, gives `keep` their entries, and gives back what
    /// stands behind the last line feed: it is no line yet. As the last line may be torn, none is
    /// taken as long as it could be that one and more may follow.
    fn take<'t>(
        &mut self,
        text: &'t [u8],
        is_end: bool,
        keep: &mut dyn FnMut(Entry),
    ) -> Result<&'t [u8], Misfit> {
        let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let open = lines.pop_if(|line| !line.ends_with(b"\n"));
        let held = match is_end {
            true => None,
            false => lines.pop(),
        };
        let mut left = lines.len();
        for some in lines.chunks(SOME) {
            left -= some.len();
            self.take_some(some, is_end && open.is_none() && left == 0, keep)?;
        }
        let rest = held.map_or(0, <[u8]>::len) + open.map_or(0, <[u8]>::len);
        Ok(&text[text.len() - rest..])
    }

    /// Each line is proved by itself, in a long journal many at once; then that each follows the one
    /// before.
    fn take_some(
        &mut self,
        lines: &[&[u8]],
        is_last: bool,
        keep: &mut dyn FnMut(Entry),
    ) -> Result<(), Misfit> {
        let proved: Vec<Result<Line, String>> = match lines.len() < LONG {
            true => lines.iter().map(|line| read_line(line)).collect(),
            false => lines.par_iter().map(|line| read_line(line)).collect(),
        };
        let last = is_last.then(|| self.lines + lines.len());
        for (line, proved) in lines.iter().zip(proved) {
            self.lines += 1;
            let number = self.lines;
            match proved.and_then(|proved| self.follows(proved)) {
                Ok(proved) => {
                    self.run.get_or_insert(proved.run);
                    self.head.clone_from(&proved.hash);
                    self.whole += line.len();
                    match proved.event {
                        Ok(event) => keep(Entry {
                            at: proved.at,
                            letter: proved.letter,
                            event,
                            hash: proved.hash,
                        }),
                        Err(what) => drop(
                            self.newer
                                .get_or_insert(Misfit::Newer { line: number, what }),
                        ),
                    }
                }
                // Disks may write a line's end before its beginning: nothing after it means torn.
                Err(_)
                    if Some(number) == last
                        && serde_json::from_slice::<serde_json::Value>(line).is_err() =>
                {
                    self.torn = true;
                }
                Err(what) => return Err(Misfit::Altered { line: number, what }),
            }
        }
        Ok(())
    }

    /// The same line, if it is the next one.
    fn follows(&self, line: Line) -> Result<Line, String> {
        if line.seq != self.lines as u64 || line.prev != self.head {
            return Err("it does not follow the line before".to_owned());
        }
        match self.run.as_ref().is_none_or(|run| *run == line.run) {
            true => Ok(line),
            false => Err(format!("it is that of run {}", line.run)),
        }
    }

    /// The proof of all lines, once nothing follows.
    fn end(mut self) -> Result<Self, Misfit> {
        self.newer.take().map_or(Ok(self), Err)
    }
}

/// A line whose hash fits, before it is known whether it follows the one before.
struct Line {
    run: String,
    seq: u64,
    at: String,
    letter: Option<String>,
    prev: String,
    hash: String,
    /// What happened; otherwise what of it only a newer program knows.
    event: Result<Event, String>,
}

fn read_line(line: &[u8]) -> Result<Line, String> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let (body, tail) = text.rsplit_once(",\"h\":\"").ok_or("it has no hash")?;
    let hash = tail.strip_suffix("\"}").ok_or("it has no end")?;
    if sha256(body.as_bytes()) != hash {
        return Err("its hash is not that of its text".to_owned());
    }
    let line: Head<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Line {
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
