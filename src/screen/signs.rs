//! How a result looks on a screen: a sign and a colour around words that are the same everywhere.
//!
//! Nothing is said by a colour or a sign alone: who reads in a pipe, without colours or by ear, reads
//! the same words. Whoever writes what is made here does so through `anstream`, which takes the
//! colours away where they are not wanted.

use super::has_signs;
use anstyle::{AnsiColor, Style};

/// What a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It ended well.
    Ok,
    /// It ended otherwise than it should.
    Failed,
    /// It is not as it should be, and that only warns.
    Warning,
    /// It is left out, taken back, or was not needed.
    Skipped,
    /// It waits for people or for time to pass.
    Waiting,
    /// Nobody knows whether it happened.
    Doubt,
}

impl Sign {
    /// The sign itself, one column wide.
    pub fn character(self) -> char {
        match self {
            Self::Ok => '✓',
            Self::Failed => '✗',
            Self::Warning => '!',
            Self::Skipped => '–',
            Self::Waiting => '…',
            Self::Doubt => '?',
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Failed => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Skipped => Style::new().dimmed(),
            Self::Waiting => AnsiColor::Cyan.on_default(),
            Self::Doubt => AnsiColor::Magenta.on_default(),
        }
    }

    /// A text in the colour of the sign.
    pub fn colour(self, text: &str) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }

    /// What stands before words of its own colour: the sign and a space, if signs are shown.
    pub fn before(self) -> String {
        match has_signs() {
            true => format!("{} ", self.character()),
            false => String::new(),
        }
    }

    /// A result in a line: the sign, what the result is about, and the words, coloured up to their
    /// first colon: `✓ pack: ok`.
    pub fn line(self, about: &str, words: &str) -> String {
        let sign = match self.before().as_str() {
            "" => String::new(),
            sign => self.colour(sign),
        };
        let (head, rest) = words.split_at(words.find(": ").unwrap_or(words.len()));
        format!("{sign}{about}{}{rest}", self.colour(head))
    }
}

/// A word in a column of this width, with its sign before it if signs are shown, else without.
pub fn column(sign: Option<Sign>, word: &str, width: usize) -> String {
    let shown = match (sign, has_signs()) {
        (_, false) => format!("{word:<width$}"),
        (Some(sign), true) => format!("{} {word:<width$}", sign.character()),
        (None, true) => format!("  {word:<width$}"),
    };
    match sign {
        Some(sign) => sign.colour(&shown),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_words_are_coloured() {
        let line = Sign::Failed.line("pack: ", "FAILED: exit 1");
        assert!(
            line.ends_with("pack: \u{1b}[1m\u{1b}[31mFAILED\u{1b}[0m: exit 1"),
            "{line:?}"
        );
        let line = Sign::Ok.line("", "ok");
        assert!(line.ends_with("\u{1b}[32mok\u{1b}[0m"), "{line:?}");
    }
}
