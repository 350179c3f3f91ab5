//! Reading a journal: each line is proved by itself, then that each follows the one before.

use super::head::{self, Head};
use super::{Entry, Misfit};
use crate::exec::digest::is_sha256;
use crate::exec::record::event::Event;
use memchr::{memchr_iter, memrchr};
use rayon::prelude::*;
use std::borrow::Cow;
use std::io::{self, Read};

/// From this many lines on, a journal is worth more than one thread.
const LONG: usize = 500;
/// How many lines are held at once as what they say.
const SOME: usize = 1024;
/// How many bytes a line's end takes, from the name of its hash on.
const TAIL: usize = ",\"h\":\"\"}".len() + 64;
/// How many bytes of a journal are read at once.
const PIECE: usize = 4 << 20;

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
pub(super) fn read_of(bytes: &[u8], plan: &str, run: &str) -> Result<Contents, Misfit> {
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
    proof.take(bytes, true, &mut |known| entries.push(known.into_entry()))?;
    let proof = proof.end()?;
    Ok(Contents {
        run: proof.run,
        entries,
        head: proof.head,
        whole: proof.whole,
        torn: proof.torn,
    })
}

/// Goes through the journal of the run `run` without ever holding more than a piece of it: `keep` gets
/// when it was and what happened, line by line, and what it made of them counts only if all is well in
/// the end.
///
/// # Errors
/// The operating system's reason, or why the journal is not read.
pub fn go_through(
    text: impl Read + Send,
    plan: &str,
    run: &str,
    keep: &mut dyn FnMut(&str, &Event),
) -> io::Result<Result<(), Misfit>> {
    in_pieces(text, PIECE, plan, run, &mut |known| {
        keep(&known.at, &known.event);
    })
}

/// The next piece is read while the lines of the present one are proved.
pub(super) fn in_pieces(
    mut text: impl Read + Send,
    size: usize,
    plan: &str,
    run: &str,
    keep: &mut dyn FnMut(KnownLine<'_>),
) -> io::Result<Result<(), Misfit>> {
    let mut read = |into: &mut Vec<u8>| text.by_ref().take(size as u64).read_to_end(into);
    let (mut proof, mut piece, mut ahead) = (Proof::new(plan), Vec::new(), Vec::new());
    let mut new = read(&mut piece)?;
    while new == size {
        let settled = match piece[piece.len() - new..].contains(&b'\n') {
            true => before_last_line(&piece),
            false => 0,
        };
        // A line may be longer than a piece.
        if settled == 0 {
            new = read(&mut piece)?;
            continue;
        }
        ahead.clear();
        ahead.extend_from_slice(&piece[settled..]);
        let (mut next, mut taken) = (Ok(0), Ok(()));
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| next = read(&mut ahead));
            taken = proof.take(&piece[..settled], false, keep);
        });
        if let Err(misfit) = taken {
            return Ok(Err(misfit));
        }
        new = next?;
        std::mem::swap(&mut piece, &mut ahead);
    }
    Ok(proof
        .take(&piece, true, keep)
        .and_then(|()| proof.end())
        .and_then(|proof| is_of(proof.run.as_deref(), run)))
}

/// Where the last whole line of a text begins: it may be a torn one, if nothing follows it.
fn before_last_line(text: &[u8]) -> usize {
    memrchr(b'\n', text)
        .and_then(|end| memrchr(b'\n', &text[..end]))
        .map_or(0, |end| end + 1)
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

    /// Takes the lines of a text and gives `keep` their entries. Where the journal ends with it, its last
    /// line may be torn.
    fn take(
        &mut self,
        text: &[u8],
        is_end: bool,
        keep: &mut dyn FnMut(KnownLine<'_>),
    ) -> Result<(), Misfit> {
        let whole = memrchr(b'\n', text).map_or(0, |end| end + 1);
        let lines = lines_of(&text[..whole]);
        let is_open = whole < text.len();
        let last = (is_end && !is_open).then(|| self.lines + lines.len());
        self.take_lines(&lines, last, keep)?;
        self.torn |= is_open;
        Ok(())
    }

    /// Each line is proved by itself, in a long journal many at once; then that each follows the one
    /// before, while the next ones are proved already.
    fn take_lines(
        &mut self,
        lines: &[&[u8]],
        last: Option<usize>,
        keep: &mut dyn FnMut(KnownLine<'_>),
    ) -> Result<(), Misfit> {
        if lines.len() < LONG {
            return self.add(prove(lines), last, keep);
        }
        let mut some = lines.chunks(SOME);
        let mut proved = some.next().map(prove_at_once).unwrap_or_default();
        while !proved.is_empty() {
            let (mut next, mut added) = (Vec::new(), Ok(()));
            rayon::in_place_scope(|scope| {
                if let Some(some) = some.next() {
                    let next = &mut next;
                    scope.spawn(move |_| *next = prove_at_once(some));
                }
                added = self.add(proved, last, keep);
            });
            added?;
            proved = next;
        }
        Ok(())
    }

    /// Adds lines that were proved each by itself. The line `last`, counted from 1, may be torn.
    fn add(
        &mut self,
        proved: Vec<Proved<'_>>,
        last: Option<usize>,
        keep: &mut dyn FnMut(KnownLine<'_>),
    ) -> Result<(), Misfit> {
        for (text, line) in proved {
            self.lines += 1;
            match line.and_then(|line| self.add_line(line, keep)) {
                Ok(()) => self.whole += text.len(),
                // Disks may write a line's end before its beginning: nothing after it means torn.
                Err(_)
                    if Some(self.lines) == last
                        && serde_json::from_slice::<serde_json::Value>(text).is_err() =>
                {
                    self.torn = true;
                }
                Err(what) => {
                    return Err(Misfit::Altered {
                        line: self.lines,
                        what,
                    });
                }
            }
        }
        Ok(())
    }

    /// Adds the line if it is the next one.
    fn add_line(
        &mut self,
        line: Line<'_>,
        keep: &mut dyn FnMut(KnownLine<'_>),
    ) -> Result<(), String> {
        self.follows(&line)?;
        self.run.get_or_insert_with(|| line.head.run.into_owned());
        self.head.clear();
        self.head.push_str(line.hash);
        let number = self.lines;
        match line.event {
            Ok(event) => keep(KnownLine {
                at: line.head.at,
                letter: line.head.letter,
                event,
                hash: line.hash,
            }),
            Err(what) => drop(
                self.newer
                    .get_or_insert(Misfit::Newer { line: number, what }),
            ),
        }
        Ok(())
    }

    fn follows(&self, line: &Line<'_>) -> Result<(), String> {
        let Head { seq, prev, run, .. } = &line.head;
        if *seq != self.lines as u64 || *prev != self.head {
            return Err("it does not follow the line before".to_owned());
        }
        match self.run.as_ref().is_none_or(|first| first == run) {
            true => Ok(()),
            false => Err(format!("it is that of run {run}")),
        }
    }

    /// The proof of all lines, once nothing follows.
    fn end(mut self) -> Result<Self, Misfit> {
        self.newer.take().map_or(Ok(self), Err)
    }
}

/// A line whose hash fits, before it is known whether it follows the one before.
struct Line<'l> {
    head: Head<'l>,
    hash: &'l str,
    /// What happened; otherwise what of it only a newer program knows.
    event: Result<Event, String>,
}

/// A line that fits and whose event this program knows.
pub(super) struct KnownLine<'l> {
    at: Cow<'l, str>,
    letter: Option<String>,
    event: Event,
    hash: &'l str,
}

impl KnownLine<'_> {
    pub(super) fn into_entry(self) -> Entry {
        Entry {
            at: self.at.into_owned(),
            letter: self.letter,
            event: self.event,
            hash: self.hash.to_owned(),
        }
    }
}

/// A line as it stands there, and what it says or why it is none.
type Proved<'l> = (&'l [u8], Result<Line<'l>, String>);

/// The lines of a text that ends with one, each with its line feed.
fn lines_of(text: &[u8]) -> Vec<&[u8]> {
    let mut start = 0;
    memchr_iter(b'\n', text)
        .map(|end| &text[std::mem::replace(&mut start, end + 1)..=end])
        .collect()
}

fn prove<'l>(lines: &[&'l [u8]]) -> Vec<Proved<'l>> {
    lines.iter().map(|line| (*line, read_line(line))).collect()
}

fn prove_at_once<'l>(lines: &[&'l [u8]]) -> Vec<Proved<'l>> {
    let proved = lines.par_iter().map(|line| (*line, read_line(line)));
    proved.collect()
}

fn read_line(line: &[u8]) -> Result<Line<'_>, String> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let split = text.len().checked_sub(TAIL);
    let (body, tail) = split
        .and_then(|at| text.split_at_checked(at))
        .ok_or("it has no hash")?;
    let stated = tail
        .strip_prefix(",\"h\":\"")
        .and_then(|tail| tail.strip_suffix("\"}"))
        .ok_or("it has no hash at its end")?;
    if !is_sha256(stated, body.as_bytes()) {
        return Err("its hash is not that of its text".to_owned());
    }
    let (head, event) = head::read(text)?;
    Ok(Line {
        head,
        hash: stated,
        event,
    })
}
