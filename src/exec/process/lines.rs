//! What a command says, as lines that may be shown on a terminal.
//!
//! Of escape sequences only colour and weight remain: no title changes, nothing goes to the
//! clipboard, nothing is hidden behind a link, nothing moves the cursor. See ECMA-48 for their
//! shape.

use crate::printable::turns_around;
use crate::screen;

/// A longer line is cut, in bytes.
const LONGEST: usize = 4096;
/// A longer sequence is no colour, in bytes.
const LONGEST_SEQUENCE: usize = 64;

/// What becomes of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// It is shown.
    Kept,
    /// It is left out.
    Dropped,
}

impl Colour {
    /// What standard output takes: a terminal colours, a pipe none, unless somebody said otherwise
    /// (`--color`, `NO_COLOR`, `CLICOLOR_FORCE`).
    pub fn of_stdout() -> Self {
        match screen::takes_colour() {
            true => Self::Kept,
            false => Self::Dropped,
        }
    }
}

/// Where in a sequence the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Text,
    /// A carriage return: what follows overwrites the line, unless it is the end of it.
    Return,
    /// `ESC`, and the bytes between it and its last one.
    Escape,
    /// `ESC [`: a control sequence.
    Control,
    /// A string for the terminal, such as a title; it ends with BEL or `ESC \`.
    Hidden,
    /// `ESC` in such a string.
    HiddenEscape,
}

/// Makes lines of bytes that come piece by piece.
#[derive(Debug)]
pub struct Lines {
    colour: Colour,
    at: At,
    line: Vec<u8>,
    sequence: Vec<u8>,
    is_coloured: bool,
}

impl Lines {
    /// Begins at the start of a line.
    pub fn new(colour: Colour) -> Self {
        Self {
            colour,
            at: At::Text,
            line: Vec::new(),
            sequence: Vec::new(),
            is_coloured: false,
        }
    }

    /// Takes bytes in, and gives each line that is whole by now.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(String)) {
        for byte in bytes {
            if let Some(line) = self.take(*byte) {
                each(line);
            }
        }
    }

    /// The line that has no end yet, as far as it came.
    pub fn begun(&self) -> String {
        shown(&self.line)
    }

    /// Gives the line that has no end, if there is one.
    pub fn finish(&mut self) -> Option<String> {
        self.at = At::Text;
        (!self.line.is_empty()).then(|| self.end())
    }

    fn take(&mut self, byte: u8) -> Option<String> {
        // The end of a line ends whatever was begun: one wrong byte does not hide all the rest.
        if byte == b'\n' {
            self.at = At::Text;
            return Some(self.end());
        }
        self.at = match (self.at, byte) {
            (At::Hidden, 0x07) => At::Text,
            (At::Hidden, 0x1b) => At::HiddenEscape,
            (At::HiddenEscape, b'\\') => At::Text,
            (At::Hidden | At::HiddenEscape, _) => At::Hidden,
            (_, 0x1b) => At::Escape,
            (At::Escape, b'[') => {
                self.sequence.clear();
                At::Control
            }
            (At::Escape, b']' | b'P' | b'X' | b'^' | b'_') => At::Hidden,
            (At::Escape, 0x20..=0x2f) => At::Escape,
            (At::Escape, _) => At::Text,
            (At::Control, 0x20..=0x3f) => {
                if self.sequence.len() <= LONGEST_SEQUENCE {
                    self.sequence.push(byte);
                }
                At::Control
            }
            (At::Control, _) => {
                self.control(byte);
                At::Text
            }
            (At::Text | At::Return, b'\r') => At::Return,
            (at, _) => {
                if at == At::Return {
                    self.line.clear();
                }
                self.text(byte);
                At::Text
            }
        };
        None
    }

    fn control(&mut self, last: u8) {
        let is_plain = self
            .sequence
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'));
        let is_colour = last == b'm' && is_plain && self.sequence.len() <= LONGEST_SEQUENCE;
        if is_colour && self.colour == Colour::Kept && self.line.len() < LONGEST {
            self.is_coloured = true;
            self.line.extend_from_slice(b"\x1b[");
            self.line.append(&mut self.sequence);
            self.line.push(last);
        }
        self.sequence.clear();
    }

    fn text(&mut self, byte: u8) {
        let is_shown = byte == b'\t' || (byte >= 0x20 && byte != 0x7f);
        if is_shown && self.line.len() <= LONGEST {
            self.line.push(byte);
        }
    }

    fn end(&mut self) -> String {
        let is_long = self.line.len() > LONGEST;
        self.line.truncate(LONGEST);
        let mut line = shown(&self.line);
        if is_long {
            line.push('…');
        }
        if self.is_coloured {
            line.push_str("\x1b[0m");
        }
        self.line.clear();
        self.is_coloured = false;
        line
    }
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line)
        .chars()
        .filter(|c| *c == '\x1b' || !changes_order_or_state(*c))
        .collect()
}

/// The control characters of ISO 6429 above ASCII, and those that turn the order of text around.
fn changes_order_or_state(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}') || turns_around(c)
}

/// The last lines of a text.
pub fn last(text: &[u8], count: usize, colour: Colour) -> Vec<String> {
    let mut lines = Lines::new(colour);
    let mut found = Vec::new();
    lines.push(text, |line| found.push(line));
    found.extend(lines.finish());
    found.split_off(found.len().saturating_sub(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_and_colour_remain() {
        for (said, shown) in [
            ("plain", "plain"),
            ("a\tb", "a\tb"),
            ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m\x1b[0m"),
            ("\x1b]0;title\x07after", "after"),
            ("\x1b]52;c;aGk=\x1b\\after", "after"), // to the clipboard
            ("\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bP1$qm\x1b\\after", "after"),
            ("\x1b[2J\x1b[1;1Hhome", "home"),
            ("\x1b[?1049hother screen", "other screen"),
            ("\x1b(Bset", "set"),
            ("\x1bcreset", "reset"),
            ("10 %\r20 %\r100 %", "100 %"),
            ("windows\r", "windows"),
            (
                "bell\x07 back\x08 null\0 delete\x7f",
                "bell back null delete",
            ),
            ("\u{9b}31mC1 \u{202e}turned", "31mC1 turned"),
            ("\x1b[31;\x1b[32mbroken", "\x1b[32mbroken\x1b[0m"),
            ("é\u{fffd}", "é\u{fffd}"),
        ] {
            let said = format!("{said}\n");
            for chunk in [1, said.len()] {
                let (mut lines, mut found) = (Lines::new(Colour::Kept), Vec::new());
                for bytes in said.as_bytes().chunks(chunk) {
                    lines.push(bytes, |line| found.push(line));
                }
                assert_eq!(found, [shown], "{said:?} by {chunk}");
                assert_eq!(lines.finish(), None);
            }
        }
        assert_eq!(
            last(b"\x1b[31mred\xff", 9, Colour::Dropped),
            ["red\u{fffd}"]
        );
    }

    #[test]
    fn a_sequence_without_end_hides_one_line_and_takes_no_memory() {
        let (mut lines, mut found) = (Lines::new(Colour::Kept), Vec::new());
        for _ in 0..100 {
            lines.push(&[b'x'; 9999], |line| found.push(line));
            lines.push(b"\x1b]0;title ", |line| found.push(line));
        }
        assert!(lines.line.capacity() < 4 * LONGEST);
        lines.push(b"\nshown\n", |line| found.push(line));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].chars().count(), LONGEST + 1);
        assert_eq!(found[1], "shown");
    }

    #[test]
    fn the_last_lines_are_the_last() {
        assert_eq!(last(b"a\nb\nc", 2, Colour::Kept), ["b", "c"]);
        assert_eq!(last(b"", 2, Colour::Kept), [""; 0]);
    }
}
