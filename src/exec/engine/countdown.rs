//! A question whose words change while it is asked, as time passes: drawn anew in its place, without
//! touching what is being typed behind it.

use super::operator::TYPED;
use crate::printable::printable;
use crate::screen;
use crate::screen::signs::Sign;
use std::io::{self, Write};

/// In a narrower terminal only the keys themselves are shown, without what they do.
const NARROW: usize = 60;

/// The question as it stands on the terminal.
pub(super) struct Countdown<'k> {
    keys: &'k [(&'k str, &'k str)],
    /// Which of the forms of the words is shown: the first that fits, else the last.
    form: usize,
    /// The words that change, as they are shown.
    words: String,
    /// How wide they are, in columns: as wide as at first.
    width: usize,
    /// How wide the terminal was.
    columns: usize,
}

impl<'k> Countdown<'k> {
    /// Asks; `forms` are the words, the longest first, and `keys` what can be typed and what it does.
    pub(super) fn begin(forms: &[String], keys: &'k [(&'k str, &'k str)]) -> Self {
        let mut question = Self {
            keys,
            form: 0,
            words: String::new(),
            width: 0,
            columns: 0,
        };
        question.ask(forms);
        question
    }

    fn ask(&mut self, forms: &[String]) {
        self.columns = screen::columns();
        let taken = screen::width(&self.keys_words()) + TYPED;
        let indent = screen::width(&Self::indent());
        let room = self.columns.saturating_sub(taken + indent);
        let fits = |form: &String| screen::width(form) <= room;
        let last = forms.len().saturating_sub(1);
        self.form = forms.iter().position(fits).unwrap_or(last);
        let words = forms.get(self.form).map_or("", String::as_str);
        self.width = screen::width(words).min(room);
        self.words = self.fitted(words);
        let _ = write!(io::stdout(), "{}{} ", self.changing(), self.keys_words());
        let _ = io::stdout().flush();
    }

    /// Changes the words. In a terminal that became narrower the question may be broken into lines:
    /// it is asked again below.
    pub(super) fn change(&mut self, forms: &[String]) {
        if screen::columns() < self.columns {
            let _ = writeln!(io::stdout());
            return self.ask(forms);
        }
        let words = self.fitted(forms.get(self.form).map_or("", String::as_str));
        if words == self.words {
            return;
        }
        self.words = words;
        // The cursor goes back to where it was: somebody may be typing there.
        let _ = write!(io::stdout(), "\u{1b}7\r{}\u{1b}8", self.changing());
        let _ = io::stdout().flush();
    }

    /// Takes the question away: it was not answered, and what follows says more.
    pub(super) fn take_away(&self) {
        let _ = write!(io::stdout(), "\r\u{1b}[J");
        let _ = io::stdout().flush();
    }

    fn fitted(&self, words: &str) -> String {
        let words = screen::cut(&printable(words), self.width);
        let missing = self.width.saturating_sub(screen::width(&words));
        words + &" ".repeat(missing)
    }

    fn changing(&self) -> String {
        Self::indent() + &Sign::Waiting.colour(&self.words)
    }

    fn indent() -> String {
        format!("  {}", Sign::Waiting.before())
    }

    fn keys_words(&self) -> String {
        let keys = self
            .keys
            .iter()
            .map(|(key, does)| match self.columns < NARROW {
                true => format!(" [{key}]"),
                false => format!("  [{key}] {does}"),
            });
        keys.collect()
    }
}
