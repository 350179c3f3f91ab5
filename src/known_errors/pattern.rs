//! A message with placeholders: `tag '{tag}' already exists`.
//!
//! A name in braces stands for at least one character of one line. A brace that is meant is doubled.

use super::paste::{flat, shown};
use super::words::{Word, split};

/// The longest pattern, in characters, and the most placeholders of one.
const LONGEST: usize = 1000;
const MOST_NAMES: usize = 12;
/// The fewest letters and digits of whole words that say something.
const FEWEST: usize = 4;

/// A message that a tool prints, with names for what differs each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before, between and behind the names, as [`flat`] makes it: one more than there are names.
    /// Only the first and the last may be empty.
    pub(super) literals: Vec<Literal>,
    /// The names, in order.
    pub(super) names: Vec<String>,
}

/// A part of a pattern that stands in a message as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Literal {
    /// Without white space, ASCII letters in lower case.
    pub(super) text: String,
    /// For each byte, whether white space stood before it.
    pub(super) parted: Vec<bool>,
    /// Whether white space stood behind it.
    pub(super) ends_parted: bool,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A brace opens a name and nothing closes it, at this byte.
    #[error("this brace opens a placeholder that is not closed")]
    Open(usize),
    /// A brace closes what is not open, at this byte.
    #[error("this brace closes no placeholder")]
    Stray(usize),
    /// What stands in braces is no name; the byte of the first brace.
    #[error("a placeholder is a name of lower case letters, digits and `_`, as in `{{version}}`")]
    Name(usize),
    /// Two placeholders with nothing between them; the byte of the second one.
    #[error("nothing tells where the placeholder before this one ends")]
    Adjacent(usize),
    /// Too little is said: nearly every message would match.
    #[error("this says too little: nearly every message would match it")]
    TooWide,
    /// It is too long, or has too many placeholders.
    #[error(
        "a message is at most {LONGEST} characters long and has at most {MOST_NAMES} placeholders"
    )]
    TooLong,
}

impl Fault {
    /// The byte of the text at which it is, where it is at one.
    pub fn at(self) -> Option<usize> {
        match self {
            Self::Open(at) | Self::Stray(at) | Self::Name(at) | Self::Adjacent(at) => Some(at),
            Self::TooWide | Self::TooLong => None,
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`Fault`]: the first one in the text.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (literals, names) = parts(text)?;
        if text.chars().count() > LONGEST || names.len() > MOST_NAMES {
            return Err(Fault::TooLong);
        }
        let literals: Vec<Literal> = literals.iter().map(|text| literal(text)).collect();
        let pattern = Self { literals, names };
        let words = (0..pattern.literals.len()).flat_map(|part| pattern.words_of(part));
        match words.map(|word| word.end - word.start).sum::<usize>() < FEWEST {
            true => Err(Fault::TooWide),
            false => Ok(pattern),
        }
    }

    /// The words of one of its parts, without those that go on in a placeholder.
    pub(super) fn words_of(&self, part: usize) -> Vec<Word> {
        let literal = &self.literals[part];
        let mut words = split(&literal.text, |at| literal.parted[at]);
        let goes_on_before = |word: &Word| word.start == 0 && !literal.parted[0];
        if part > 0 && words.first().is_some_and(goes_on_before) {
            words.remove(0);
        }
        let goes_on_behind = |word: &Word| word.end == literal.text.len() && !literal.ends_parted;
        if part < self.names.len() && words.last().is_some_and(goes_on_behind) {
            words.pop();
        }
        words
    }

    /// A line as the text of a pattern that means the same: its braces are doubled. Nothing if it says too little.
    pub fn written(line: &str) -> Option<String> {
        let text = line.replace('{', "{{").replace('}', "}}");
        Self::parse(&text).is_ok().then_some(text)
    }

    /// What a text says besides its placeholders, with spaces for them.
    pub fn words(text: &str) -> String {
        parts(text).map_or_else(|_| text.to_owned(), |(literals, _)| literals.join(" "))
    }

    /// The names of its placeholders, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many bytes of it stand in each message.
    pub(super) fn length(&self) -> usize {
        self.literals.iter().map(|one| one.text.len()).sum()
    }
}

/// What stands before, between and behind the names, and the names.
fn parts(text: &str) -> Result<(Vec<String>, Vec<String>), Fault> {
    let (mut literals, mut names) = (vec![String::new()], Vec::new());
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let doubled = matches!(c, '{' | '}') && rest.peek().is_some_and(|next| next.1 == c);
        let last = literals.last_mut().expect("there is always one");
        match c {
            '{' | '}' if doubled => {
                rest.next();
                last.push(c);
            }
            '}' => return Err(Fault::Stray(at)),
            '{' => {
                if last.trim().is_empty() && !names.is_empty() {
                    return Err(Fault::Adjacent(at));
                }
                let end = text[at..].find('}').ok_or(Fault::Open(at))? + at;
                let name = &text[at + 1..end];
                if !is_name(name) {
                    return Err(Fault::Name(at));
                }
                names.push(name.to_owned());
                literals.push(String::new());
                while rest.next_if(|next| next.0 <= end).is_some() {}
            }
            _ => last.push(c),
        }
    }
    Ok((literals, names))
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)
}

fn literal(text: &str) -> Literal {
    let text = shown(text);
    let flat = flat(&text);
    Literal {
        ends_parted: text.ends_with(char::is_whitespace),
        text: flat.text,
        parted: flat.parted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str) -> Vec<String> {
        let pattern = Pattern::parse(text).expect("a pattern");
        pattern.literals.into_iter().map(|one| one.text).collect()
    }

    #[test]
    fn names_part_what_stands_in_each_message() {
        assert_eq!(
            literals("npm ERR! 403 - PUT {url} - published: {version}."),
            ["npmerror403-put", "-published:", "."]
        );
        assert_eq!(literals("{{\"code\": {b}}}"), ["{'code':", "}"]);
        assert_eq!(literals("tag ‘{tag}’ exists"), ["tag'", "'exists"]);
    }

    #[test]
    fn a_line_is_written_as_what_means_the_same() {
        let written = Pattern::written("{ code: 'E42' } is wrong").expect("it says enough");
        assert_eq!(literals(&written), ["{code:'e42'}iswrong"]);
        assert_eq!(Pattern::written("}"), None);
    }

    #[test]
    fn what_is_no_pattern_says_where() {
        for (text, fault) in [
            ("fatal: {tag exists", Fault::Open(7)),
            ("fatal: tag} exists", Fault::Stray(10)),
            ("fatal: {Tag} exists", Fault::Name(7)),
            ("fatal: {} exists", Fault::Name(7)),
            ("fatal: {a}{b} exists", Fault::Adjacent(10)),
            ("fatal: {a} {b} exists", Fault::Adjacent(11)),
            ("{a}: {b}", Fault::TooWide),
            ("", Fault::TooWide),
        ] {
            assert_eq!(Pattern::parse(text), Err(fault), "{text}");
        }
        assert_eq!(Pattern::parse(&"word ".repeat(300)), Err(Fault::TooLong));
    }
}
