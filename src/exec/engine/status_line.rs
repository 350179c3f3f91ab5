//! What goes on meanwhile, on one line of the terminal that is drawn anew in its place.
//!
//! It is there only after a second in which nothing else was written, and gone before anything else
//! is: the lines above it are the record, and it is none. The cursor stays at its beginning, so that
//! it is taken away whole also from a terminal that became narrower and broke it, and nothing that
//! stands above it ever is. There is one terminal, so there is one such line.

use crate::exec::engine::operator::Operator;
use crate::printable::printable;
use crate::screen;
use anstyle::Style;
use nix::sys::termios::{FlushArg, tcflush};
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is drawn at most.
const DRAW: Duration = Duration::from_millis(250);
/// How long nothing else was written before it is drawn.
const QUIET: Duration = Duration::from_secs(1);
/// Takes away what stands from the cursor on. Nothing stands below the line.
const AWAY: &str = "\r\u{1b}[J";

static LINE: Mutex<Line> = Mutex::new(Line {
    shown: String::new(),
    drawn: None,
    written: None,
});

struct Line {
    /// What is on the terminal; empty if nothing is.
    shown: String,
    /// When it was drawn last.
    drawn: Option<Instant>,
    /// When something else was written last.
    written: Option<Instant>,
}

fn line() -> MutexGuard<'static, Line> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While this lives, something goes on; afterwards nothing is left of the line, nor of what was typed
/// meanwhile: it is no answer to a question that nobody has seen yet.
pub(super) struct Meanwhile(Operator);

impl Drop for Meanwhile {
    fn drop(&mut self) {
        take_away();
        if self.0 == Operator::Present {
            let _ = tcflush(io::stdin(), FlushArg::TCIFLUSH);
        }
    }
}

impl Meanwhile {
    /// Something begins that this operator may sit before.
    pub(super) fn begin(operator: Operator) -> Self {
        Self(operator)
    }

    /// Shows how it goes on, if it is time for that and the terminal can be drawn on.
    pub(super) fn show(&self, words: impl FnOnce() -> String) {
        let mut line = line();
        let since = |moment: Option<Instant>| moment.map(|moment| moment.elapsed());
        let is_early = since(line.drawn).is_some_and(|time| time < DRAW);
        let is_quiet = since(line.written).is_none_or(|time| time >= QUIET);
        if is_early || !is_quiet {
            return;
        }
        line.drawn = Some(Instant::now());
        if !screen::can_be_drawn_on() {
            return;
        }
        let room = screen::columns().saturating_sub(1);
        let shown = screen::cut(&printable(&words()), room);
        if shown == line.shown {
            return;
        }
        let dim = Style::new().dimmed();
        let _ = write!(io::stdout(), "{AWAY}{dim}{shown}{dim:#}\r");
        let _ = io::stdout().flush();
        line.shown = shown;
    }
}

/// Takes the line away, because something else is written.
pub(super) fn take_away() {
    let mut line = line();
    if !line.shown.is_empty() {
        let _ = write!(io::stdout(), "{AWAY}");
        let _ = io::stdout().flush();
        line.shown.clear();
    }
    line.written = Some(Instant::now());
}
