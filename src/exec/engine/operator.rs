//! The person at the terminal: what they are shown, and what they answer.
//!
//! Lines only, no second screen, so that the scrollback is a record; no meaning by colour or sign
//! alone. Without a terminal nobody is asked, and what needs a person suspends the run.

use super::countdown::Countdown;
use super::status_line;
use crate::exec::engine::prose;
use crate::exec::process::signals;
use crate::printable::printable;
use crate::screen;
use crate::screen::signs::Sign;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::AsFd;

/// So many columns are left behind a prompt for what is typed.
pub(super) const TYPED: usize = 4;

/// Whether somebody is there to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Somebody sits at the terminal.
    Present,
    /// Nobody does.
    Absent,
}

/// How much is shown beside the steps and their results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Only what has to be known: what steps say is left to their logs, unless they fail.
    Little,
    /// What steps say, where somebody is there.
    #[default]
    Normal,
    /// What each step runs, too.
    Much,
}

/// What came while we waited for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The operator typed this.
    Line(String),
    /// The terminal is gone, or its end was signed.
    Gone,
    /// What else was waited for is there.
    Other,
}

/// The operator pressed Ctrl-C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exec) struct Interrupt;

impl Operator {
    /// Somebody is present if input and output are a terminal and nobody said otherwise.
    pub fn detect(non_interactive: bool) -> Self {
        match !non_interactive && io::stdin().is_terminal() && io::stdout().is_terminal() {
            true => Self::Present,
            false => Self::Absent,
        }
    }

    /// Shows a line that a command said, which [`Lines`](crate::exec::process::lines::Lines) made.
    pub fn quote(self, line: &str) {
        status_line::take_away();
        let _ = writeln!(anstream::stdout(), "  | {line}");
    }

    /// Shows a line. A reader that went away is no fault of the run.
    pub fn say(self, line: &str) {
        status_line::take_away();
        let _ = writeln!(anstream::stdout(), "{}", printable(line));
    }

    /// Shows a text that an author wrote.
    pub fn explain(self, text: &str) {
        self.say(&prose::lines(text, "  "));
    }

    /// Shows a result with its sign. It stands as far to the right as `line` does; `about` is what
    /// it is the result of, if that has to be said.
    pub fn mark(self, sign: Sign, about: &str, line: &str) {
        let words = line.trim_start_matches(' ');
        let indent = &line[..line.len() - words.len()];
        let line = sign.line(&printable(about), &printable(words));
        status_line::take_away();
        let _ = writeln!(anstream::stdout(), "{indent}{line}");
    }

    /// Shows a line of what is left out, which has its sign in its words.
    pub fn dim(self, line: &str) {
        let line = Sign::Skipped.colour(&printable(line));
        status_line::take_away();
        let _ = writeln!(anstream::stdout(), "{line}");
    }

    /// Shows a prompt and waits for a line, or for `other` to become true. Ctrl-C is as good as
    /// the end of input: it never goes on.
    pub fn ask(self, prompt: &str, other: impl Fn() -> bool) -> Heard {
        self.ask_or_stop(prompt, other).unwrap_or(Heard::Gone)
    }

    /// Whether the person agrees to what is asked. Only `y` is a yes; `q`, Ctrl-C and the end of input are
    /// a no, and whatever else is typed is asked about again.
    pub fn agrees(self, question: &str) -> bool {
        loop {
            match self.ask(&format!("{question} [y] yes  [q] no"), || false) {
                Heard::Line(key) if key == "y" => return true,
                Heard::Line(key) if key != "q" => {}
                _ => return false,
            }
        }
    }

    /// [`ask`](Self::ask) for a question in which Ctrl-C has a meaning of its own.
    pub(in crate::exec) fn ask_or_stop(
        self,
        prompt: &str,
        other: impl Fn() -> bool,
    ) -> Result<Heard, Interrupt> {
        status_line::take_away();
        let prompt = match screen::can_be_drawn_on() {
            true => in_lines(prompt, screen::columns()),
            false => prompt.to_owned(),
        };
        let _ = write!(io::stdout(), "{} ", printable(&prompt));
        let _ = io::stdout().flush();
        let heard = Self::hear(other, || ());
        if !matches!(heard, Ok(Heard::Line(_))) {
            let _ = writeln!(io::stdout());
        }
        heard
    }

    /// [`ask`](Self::ask) while time passes: `forms` say how it does, the longest first, and are drawn
    /// anew where the terminal can be drawn on. `keys` are what can be typed, and what it does.
    pub(in crate::exec) fn ask_counting(
        self,
        forms: impl Fn() -> Vec<String>,
        keys: &[(&str, &str)],
        other: impl Fn() -> bool,
    ) -> Heard {
        if !screen::can_be_drawn_on() {
            let keys = keys.iter().map(|(key, does)| format!("  [{key}] {does}"));
            let (forms, keys) = (forms(), keys.collect::<String>());
            let longest = forms.first().map_or("", String::as_str);
            let prompt = format!("  {longest}{keys}");
            return self.ask(&prompt, other);
        }
        status_line::take_away();
        let mut question = Countdown::begin(&forms(), keys);
        let heard = Self::hear(other, || question.change(&forms()));
        match heard {
            Ok(Heard::Line(_)) => {}
            Ok(Heard::Other) => question.take_away(),
            Ok(Heard::Gone) | Err(Interrupt) => {
                let _ = writeln!(io::stdout());
            }
        }
        heard.unwrap_or(Heard::Gone)
    }

    /// Waits for a line, or for `other` to become true; does something else meanwhile.
    fn hear(other: impl Fn() -> bool, mut meanwhile: impl FnMut()) -> Result<Heard, Interrupt> {
        loop {
            let heard = match signals::ending() {
                Some(_) => Some(Ok(Heard::Gone)),
                None if signals::take_interrupt() => Some(Err(Interrupt)),
                None if other() => Some(Ok(Heard::Other)),
                None => None,
            };
            if let Some(heard) = heard {
                return heard;
            }
            meanwhile();
            let stdin = io::stdin();
            let mut watched = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
            match poll(&mut watched, PollTimeout::from(200_u8)) {
                Ok(0) | Err(nix::errno::Errno::EINTR) => {}
                Ok(_) => return Ok(read_line()),
                Err(_) => return Ok(Heard::Gone),
            }
        }
    }
}

impl Operator {
    /// Asks for a secret without showing what is typed; `None` if the terminal is gone.
    pub fn ask_secret(self, question: &str) -> Option<String> {
        let stdin = io::stdin();
        let before = tcgetattr(stdin.as_fd()).ok()?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(stdin.as_fd(), SetArg::TCSANOW, &silent).ok()?;
        let heard = self.ask(question, || false);
        let _ = tcsetattr(stdin.as_fd(), SetArg::TCSANOW, &before);
        self.say("");
        match heard {
            Heard::Line(secret) => Some(secret),
            Heard::Gone | Heard::Other => None,
        }
    }
}

/// A prompt in lines of no more than so many columns, with room to type: broken before a key, as far
/// as that helps.
fn in_lines(prompt: &str, columns: usize) -> String {
    let room = columns.saturating_sub(TYPED);
    let mut lines = String::new();
    let mut taken = 0;
    for (number, part) in prompt.split("  [").enumerate() {
        let part = match number {
            0 => part.to_owned(),
            _ => format!("  [{part}"),
        };
        if taken > 0 && taken + screen::width(&part) > room {
            lines.push('\n');
            taken = 0;
        }
        taken += screen::width(&part);
        lines += &part;
    }
    lines
}

fn read_line() -> Heard {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => Heard::Gone,
        Ok(_) => Heard::Line(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_broken_before_its_keys() {
        let prompt = "  send failed: [r] try again  [b] undo everything  [?] more  [q] leave";
        for (columns, lines) in [
            (80, prompt.to_owned()),
            (
                40,
                prompt
                    .replace("  [b]", "\n  [b]")
                    .replace("  [q]", "\n  [q]"),
            ),
            (1, prompt.replace("  [", "\n  [")),
        ] {
            assert_eq!(in_lines(prompt, columns), lines, "{columns}");
        }
        assert_eq!(
            in_lines("  [w] wait  [q] leave", 80),
            "  [w] wait  [q] leave"
        );
        assert_eq!(
            in_lines("  [w] wait  [q] leave", 14),
            "  [w] wait\n  [q] leave"
        );
    }
}
