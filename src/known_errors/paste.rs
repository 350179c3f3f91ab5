//! What somebody pastes, as patterns are compared with it.
//!
//! Lines are freed of colours and of what tools write in several ways. Lines that a terminal may have wrapped are
//! read on from one to the next.

use super::book::Said;

/// From this width on, in UTF-16 units as a browser counts, a line may be one that a terminal wrapped or cut.
pub(super) const NARROW: usize = 40;
/// The most lines that are read on from one to the next, and after how many another reading begins: a message that
/// was wrapped into as many as both have in common is whole in one of the two.
const TOGETHER: usize = 12;
const STEP: usize = 8;
/// How much of a line is shown before and behind the place at which a message begins, in characters.
const BEFORE: usize = 200;
const BEHIND: usize = 300;

/// Lines of a terminal or of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paste {
    lines: Vec<String>,
    /// The byte of each line behind the first word of a warning: it is looked for once, however many messages a line has.
    warnings: Vec<Option<usize>>,
}

impl Paste {
    /// Takes a text apart. A carriage return ends a line too: what was drawn over is read.
    pub fn new(text: &str) -> Self {
        let lines = text.split(['\n', '\r']);
        let lines: Vec<String> = lines.map(shown).collect();
        Self {
            warnings: lines.iter().map(|line| warning(line)).collect(),
            lines,
        }
    }

    /// A line by its number from 0, with single spaces; what could act on a terminal is not in it.
    pub fn line(&self, at: usize) -> String {
        single_spaced(&self.lines[at])
    }

    /// The same of the line of a message, for people: of a long one the part around the place at which it begins.
    pub fn part(&self, said: &Said) -> String {
        let (before, behind) = self.lines[said.line].split_at(said.byte);
        let from = before.chars().count().saturating_sub(BEFORE);
        let before = before.chars().skip(from);
        let part: String = before.chain(behind.chars().take(BEHIND)).collect();
        single_spaced(&part)
    }

    /// Whether a warning begins before a place in its line.
    pub(super) fn warns_before(&self, at: Place) -> bool {
        self.warnings[at.line].is_some_and(|end| end <= at.byte)
    }

    /// What is between two places, without line ends.
    pub(super) fn between(&self, from: Place, to: Place) -> String {
        let part = |at: usize| {
            let line = &self.lines[at];
            let start = if at == from.line { from.byte } else { 0 };
            let end = if at == to.line { to.byte } else { line.len() };
            line[start..end].trim()
        };
        (from.line..=to.line).map(part).collect()
    }

    /// Its lines, each with those that it may have been wrapped into.
    pub(super) fn stretches(&self) -> Vec<Stretch> {
        let (mut found, mut from) = (Vec::new(), 0);
        while from < self.lines.len() {
            let mut to = from + 1;
            while to < self.lines.len() && to - from < TOGETHER && is_wide(&self.lines[to - 1]) {
                to += 1;
            }
            let is_cut = to < self.lines.len() && is_wide(&self.lines[to - 1]);
            found.push(Stretch::new(&self.lines, from, to));
            from = if is_cut { from + STEP } else { to };
        }
        found
    }
}

/// A place in the lines of a paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) byte: usize,
}

/// Lines one behind the other without white space.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    pub(super) text: String,
    /// For each byte, whether white space or the start of a line is before it.
    pub(super) parted: Vec<bool>,
    /// The bytes at which lines begin.
    pub(super) begins: Vec<usize>,
    /// How wide each line is, in UTF-16 units.
    widths: Vec<usize>,
    /// For each byte, where it comes from.
    pub(super) origin: Vec<Place>,
}

impl Stretch {
    fn new(lines: &[String], from: usize, to: usize) -> Self {
        let mut all = Self::default();
        for (at, line) in lines.iter().enumerate().take(to).skip(from) {
            let flat = flat(line);
            all.begins.push(all.text.len());
            all.widths.push(width(line));
            all.parted.extend(
                flat.parted
                    .iter()
                    .enumerate()
                    .map(|(n, parted)| n == 0 || *parted),
            );
            all.origin.extend(flat.origin.iter().map(|byte| Place {
                line: at,
                byte: *byte,
            }));
            all.text += &flat.text;
        }
        all
    }

    /// How wide the line is that holds this byte.
    pub(super) fn width(&self, at: usize) -> usize {
        let next = self.begins.partition_point(|begin| *begin <= at);
        self.widths[next.saturating_sub(1)]
    }

    /// Where the line ends that holds this byte.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let next = self.begins.partition_point(|begin| *begin <= at);
        self.begins.get(next).copied().unwrap_or(self.text.len())
    }
}

/// A text without white space.
pub(super) struct Flat {
    pub(super) text: String,
    pub(super) parted: Vec<bool>,
    /// For each byte, that of the text with white space.
    pub(super) origin: Vec<usize>,
}

/// Leaves white space out and makes letters of ASCII lower case.
pub(super) fn flat(text: &str) -> Flat {
    let (mut flat, mut parted, mut origin) = (String::new(), Vec::new(), Vec::new());
    let mut is_parted = false;
    for (at, c) in text.char_indices() {
        if is_space(c) {
            is_parted = true;
            continue;
        }
        flat.push(c.to_ascii_lowercase());
        for byte in 0..c.len_utf8() {
            parted.push(is_parted && byte == 0);
            origin.push(at + byte);
        }
        is_parted = false;
    }
    Flat {
        text: flat,
        parted,
        origin,
    }
}

fn single_spaced(line: &str) -> String {
    let parts = line.split(is_space).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// The byte behind the first word of a warning.
fn warning(line: &str) -> Option<usize> {
    const WORD: &str = "warn";
    let mut windows = line.as_bytes().windows(WORD.len());
    let at = windows.position(|part| part.eq_ignore_ascii_case(WORD.as_bytes()))?;
    Some(at + WORD.len())
}

fn is_wide(line: &str) -> bool {
    width(line) >= NARROW
}

fn width(line: &str) -> usize {
    line.encode_utf16().count()
}

pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// A line without colours and control characters, with one kind of quotes, and `npm error` however old npm is.
pub(super) fn shown(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut rest),
            '\'' | '"' | '`' | '´' | '‘' | '’' | '“' | '”' => out.push('\''),
            c if is_space(c) => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    without_lost_colours(&out).replace("npm ERR!", "npm error")
}

/// Skips what follows an escape character (ECMA-48, 5.4 and 8.3.89).
fn skip_sequence(rest: &mut std::iter::Peekable<impl Iterator<Item = char>>) {
    match rest.next() {
        Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
        Some(']') => {
            let end = rest.find(|c| matches!(c, '\u{7}' | '\u{1b}'));
            if end == Some('\u{1b}') {
                rest.next_if_eq(&'\\');
            }
        }
        _ => {}
    }
}

/// Without colours whose escape character a program has dropped: `[31m`.
fn without_lost_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let code = rest[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        let length = rest.len() - at - 1 - code.len();
        match code.strip_prefix('m') {
            Some(behind) if length > 0 => {
                out += &rest[..at];
                rest = behind;
            }
            _ => {
                out += &rest[..=at];
                rest = &rest[at + 1..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_kinds_of_quotes_do_not_count() {
        for (line, clean) in [
            (
                "\u{1b}[31mnpm\u{1b}[0m \u{1b}[1;31mERR!\u{1b}[0m code",
                "npm error code",
            ),
            ("[31mfatal:[39m “v1” [2/4] a[m", "fatal: 'v1' [2/4] a[m"),
            ("\u{1b}]0;title\u{7}a\tb\u{8}", "a b"),
            (
                "\u{1b}]8;;http://h\u{1b}\\link\u{1b}]8;;\u{1b}\\ \u{1b}(Bend",
                "link Bend",
            ),
        ] {
            assert_eq!(shown(line), clean);
        }
    }

    #[test]
    fn lines_that_may_be_wrapped_are_read_on() {
        let wide = "w".repeat(NARROW);
        let paste = Paste::new(&format!("short\n{wide}\nend\nshort"));
        let texts: Vec<String> = paste.stretches().into_iter().map(|one| one.text).collect();
        assert_eq!(
            texts,
            ["short".to_owned(), format!("{wide}end"), "short".to_owned()]
        );
        let many = Paste::new(&vec![wide; 19].join("\n"));
        assert_eq!(many.stretches().len(), 2);
        assert_eq!(many.stretches()[1].origin[0].line, STEP);
    }
}
