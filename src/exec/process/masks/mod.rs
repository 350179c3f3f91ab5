//! Takes secrets out of all that is kept and shown.
//!
//! Two things are looked for: forms of a secret as they are, and forms that programs break into
//! lines, such as base64, with the white space between their characters left out of account. Each
//! byte is looked at once by both. What is kept back is never longer than the longest form.

mod forms;
mod frame;
mod matcher;

use crate::exec::record::event::MASK;
use matcher::{At, Matcher};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

/// A shorter secret would make nonsense of all output.
pub const SHORTEST: usize = 6;
/// How many bytes of a file are looked at at once.
const PIECE: u64 = 64 * 1024;
/// More white space than this is no break between two lines of one thing.
const BREAK: usize = 64;
/// So few characters of a broken form are not kept back when white space follows: each line of
/// ordinary output would wait for the next one if a form began with its last letter.
const TOO_FEW: usize = 2;

/// What masks the secrets of a run.
#[derive(Clone, Default)]
pub struct Masks {
    /// Nothing if there are no secrets.
    finder: Option<Arc<Finder>>,
}

struct Finder {
    whole: Matcher,
    broken: Matcher,
    mask: String,
}

impl Masks {
    /// What masks these values in all their forms.
    pub fn of<'v>(values: impl Iterator<Item = &'v str>) -> Self {
        let forms = forms::build(values);
        let finder = (!forms.is_empty()).then(|| {
            Arc::new(Finder {
                whole: Matcher::new(&forms.whole),
                broken: Matcher::new(&forms.broken),
                mask: mask(&forms),
            })
        });
        Self { finder }
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.finder.is_none()
    }

    /// For a stream of bytes.
    pub fn redactor(&self) -> Redactor {
        Redactor {
            stream: self.finder.clone().map(Stream::new),
        }
    }

    /// A text without secrets.
    pub fn clean(&self, text: &str) -> String {
        let mut redactor = self.redactor();
        let mut clean = redactor.push(text.as_bytes());
        clean.extend(redactor.finish());
        String::from_utf8_lossy(&clean).into_owned()
    }

    /// Whether a text holds a secret. It is read piece by piece.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn finds(&self, mut text: impl Read) -> io::Result<bool> {
        let Some(finder) = &self.finder else {
            return Ok(false);
        };
        let mut stream = Stream::new(finder.clone());
        let mut piece = Vec::new();
        loop {
            piece.clear();
            if text.by_ref().take(PIECE).read_to_end(&mut piece)? == 0 {
                return Ok(false);
            }
            stream.take_in(&piece);
            if !stream.found.is_empty() {
                return Ok(true);
            }
            stream.give(stream.safe());
        }
    }
}

/// Takes secrets out of a stream of bytes, also when one is split over two writes.
pub struct Redactor {
    stream: Option<Stream>,
}

impl Redactor {
    /// Takes bytes in and gives those that are safe to keep by now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(stream) = &mut self.stream else {
            return bytes.to_vec();
        };
        stream.take_in(bytes);
        stream.give(stream.safe())
    }

    /// Gives what is left.
    pub fn finish(&mut self) -> Vec<u8> {
        match &mut self.stream {
            Some(stream) => stream.give(stream.taken),
            None => Vec::new(),
        }
    }
}

/// A stream of bytes; places in it are counted from its beginning.
struct Stream {
    finder: Arc<Finder>,
    whole: At,
    broken: At,
    /// Where the last characters that `broken` counts with stand.
    places: VecDeque<u64>,
    /// How much white space came since the last of them.
    space: usize,
    /// What was taken in and not given yet.
    held: Vec<u8>,
    taken: u64,
    given: u64,
    /// Secrets in what is held, in order and apart; the first may have begun before that.
    found: VecDeque<Span>,
}

/// A secret, or several that overlap.
struct Span {
    start: u64,
    end: u64,
    /// Whether its mask was given.
    is_masked: bool,
}

impl Stream {
    fn new(finder: Arc<Finder>) -> Self {
        Self {
            whole: finder.whole.start(),
            broken: finder.broken.start(),
            finder,
            places: VecDeque::new(),
            space: 0,
            held: Vec::new(),
            taken: 0,
            given: 0,
            found: VecDeque::new(),
        }
    }

    fn take_in(&mut self, bytes: &[u8]) {
        let finder = self.finder.clone();
        for &byte in bytes {
            let place = self.taken;
            self.taken += 1;
            self.whole = finder.whole.next(self.whole, byte);
            let length = finder.whole.ended(self.whole) as u64;
            if length > 0 {
                self.mark(self.taken - length, self.taken);
            }
            self.look_at_broken(&finder.broken, place, byte);
        }
        self.held.extend_from_slice(bytes);
        let begun = finder.broken.begun(self.broken);
        self.places.drain(..self.places.len().saturating_sub(begun));
    }

    fn look_at_broken(&mut self, broken: &Matcher, place: u64, byte: u8) {
        if byte.is_ascii_whitespace() {
            self.space += 1;
            if self.space > BREAK {
                self.broken = broken.start();
            }
            return;
        }
        self.space = 0;
        self.broken = broken.next(self.broken, byte);
        if self.broken == broken.start() {
            self.places.clear();
            return;
        }
        self.places.push_back(place);
        let length = broken.ended(self.broken);
        if length > 0 {
            self.mark(self.places[self.places.len() - length], self.taken);
        }
    }

    /// Takes note of a secret. None that was found before ends after it.
    fn mark(&mut self, start: u64, end: u64) {
        let mut span = Span {
            start: start.max(self.given),
            end,
            is_masked: false,
        };
        while let Some(last) = self.found.pop_back_if(|last| last.end > span.start) {
            span.start = span.start.min(last.start);
            span.is_masked |= last.is_masked;
        }
        self.found.push_back(span);
    }

    /// Up to where no secret begins whose end may yet come.
    fn safe(&self) -> u64 {
        let (whole, broken) = (&self.finder.whole, &self.finder.broken);
        let begun = broken.begun(self.broken);
        let is_worth_it = begun > TOO_FEW || (begun > 0 && self.space == 0);
        let broken = is_worth_it.then(|| self.places[self.places.len() - begun]);
        let whole = self.taken - whole.begun(self.whole) as u64;
        broken.map_or(whole, |broken| broken.min(whole))
    }

    /// Gives what came up to a place, with a mask for each secret.
    fn give(&mut self, until: u64) -> Vec<u8> {
        let base = self.given;
        let mut clean = Vec::new();
        while self.given < until {
            match self.found.front_mut() {
                Some(span) if span.start <= self.given => {
                    if !span.is_masked {
                        clean.extend_from_slice(self.finder.mask.as_bytes());
                        span.is_masked = true;
                    }
                    self.given = span.end.min(until);
                    if self.given == span.end {
                        self.found.pop_front();
                    }
                }
                next => {
                    let end = next.map_or(until, |span| span.start.min(until));
                    let text = (self.given - base) as usize..(end - base) as usize;
                    clean.extend_from_slice(&self.held[text]);
                    self.given = end;
                }
            }
        }
        self.held.drain(..(self.given - base) as usize);
        clean
    }
}

/// What stands in the place of a secret. It has no part of one, so that text before and after it
/// does not become one with it.
fn mask(forms: &forms::Forms) -> String {
    let all = || forms.whole.iter().chain(&forms.broken);
    let is_foreign = |text: &str| {
        let shares = |form: &String| text.contains(form) || form.contains(['(', ')']);
        !all().any(shares)
    };
    if is_foreign(MASK) {
        return MASK.to_owned();
    }
    let sign = ('*'..).find(|sign| !all().any(|form| form.contains(*sign)));
    sign.expect("secrets do not use every character there is")
        .to_string()
        .repeat(MASK.len())
}

#[cfg(test)]
mod tests;
