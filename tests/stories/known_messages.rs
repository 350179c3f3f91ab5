//! Real messages lead to their entries: those that tools printed here, and those that people published, in
//! `tests/fixtures/messages.tsv`, as they are and as terminals change them.

use runbook::driver;
use runbook::known_errors::{Answered, Book, Collection, Message, Paste, Pattern};
use std::path::Path;

/// A message that a tool printed.
struct Printed {
    id: String,
    /// Which half it is of: patterns were written with the open one at hand.
    half: String,
    /// The entry that it wants, several between bars where each helps, or `none`.
    entry: String,
    text: String,
}

impl Printed {
    fn wants(&self, entry: &str) -> bool {
        self.entry.split('|').any(|one| one == entry)
    }

    /// Whether it is of those that were collected after the entries had their messages, and are kept whole: also those
    /// that lead nowhere.
    fn is_later(&self) -> bool {
        !["open", "sealed"].contains(&self.half.as_str())
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn printed() -> Vec<Printed> {
    let file = root().join("tests/fixtures/messages.tsv");
    let text = std::fs::read_to_string(file).expect("it can be read");
    let read = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, half, entry, _, _, message] = cells[..] else {
            panic!("six cells: {line}");
        };
        Printed {
            id: id.to_owned(),
            half: half.to_owned(),
            entry: entry.to_owned(),
            text: plain(message),
        }
    };
    text.lines().skip(1).map(read).collect()
}

fn plain(cell: &str) -> String {
    let mut out = String::new();
    let mut rest = cell.chars();
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (_, true) => match rest.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('e') => out.push('\u{1b}'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

/// What the entries of this repository answer.
struct Entries {
    known: Collection,
    book: Book,
}

impl Entries {
    fn of_this_repository() -> Self {
        let known = driver::known_errors(root()).expect("it can be read");
        let book = known.book();
        Self { known, book }
    }

    /// The entry that fits best, or `none`.
    fn first(&self, text: &str) -> String {
        let found = self.book.diagnose(&Paste::new(text));
        let first = found.first().map(|one| &self.known.entries[one.entry]);
        first.map_or_else(
            || "none".to_owned(),
            |entry| entry.id.clone().unwrap_or_else(|| entry.url.clone()),
        )
    }

    /// How many in a hundred of these messages lead where they should, after a change.
    fn rate(&self, of: &[&Printed], what: &str, change: &dyn Fn(&str) -> String) -> f64 {
        let found = of.iter().filter(|one| {
            let first = self.first(&change(&one.text));
            let is_right = one.wants(&first);
            if !is_right {
                println!(
                    "{what}: {} wants {}, and {first} is first",
                    one.id, one.entry
                );
            }
            is_right
        });
        let rate = 100.0 * found.count() as f64 / of.len() as f64;
        println!("{what}: {rate:.1} % of {}", of.len());
        rate
    }
}

fn as_it_is(text: &str) -> String {
    text.to_owned()
}

#[test]
fn messages_lead_to_their_entry_first_and_those_of_other_programs_to_none() {
    let (all, entries) = (printed(), Entries::of_this_repository());
    let of = |later: bool, is_none: bool| -> Vec<&Printed> {
        let wanted = |one: &&Printed| one.is_later() == later && one.wants("none") == is_none;
        all.iter().filter(wanted).collect()
    };
    for (later, least) in [(false, 97.0), (true, 90.0)] {
        let (some, none) = (of(later, false), of(later, true));
        assert!(some.len() >= 150 && none.len() >= 40);
        assert!(entries.rate(&some, "as they are", &as_it_is) >= least);
        assert!(entries.rate(&none, "of other programs", &as_it_is) >= 95.0);
    }
}

/// A line that a message of an entry was written from, and where it was seen.
struct Example {
    entry: String,
    origin: String,
    line: String,
}

fn examples() -> Vec<Example> {
    let text = std::fs::read_to_string(root().join("tests/fixtures/examples.tsv"));
    let text = text.expect("it can be read");
    let read = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [entry, origin, line] = cells[..] else {
            panic!("three cells: {line}");
        };
        Example {
            entry: entry.to_owned(),
            origin: origin.to_owned(),
            line: plain(line),
        }
    };
    text.lines().skip(1).map(read).collect()
}

#[test]
fn no_entry_has_a_message_that_nobody_saw() {
    let (examples, known) = (examples(), Entries::of_this_repository().known);
    for one in &examples {
        let seen = match one.origin.split_once(": ") {
            Some(("recorded" | "source", by)) => !by.is_empty(),
            Some(("cited", at)) => at.starts_with("https://"),
            _ => false,
        };
        assert!(seen, "{}: {}: {}", one.entry, one.origin, one.line);
    }
    let is_seen = |message: &Message| {
        let pattern = Pattern::parse(&message.text).expect("a pattern");
        let book = Book::new(vec![Answered {
            entry: 0,
            pattern,
            general: false,
        }]);
        let id = known.entries[message.entry].id.as_deref();
        let of_entry = examples.iter().filter(|one| Some(one.entry.as_str()) == id);
        let mut lines = of_entry.map(|one| Paste::new(&one.line));
        lines.any(|line| !book.diagnose(&line).is_empty())
    };
    let unseen = known.messages.iter().filter(|one| !is_seen(one));
    let unseen: Vec<&str> = unseen.map(|one| one.text.as_str()).collect();
    assert!(
        !known.messages.is_empty() && unseen.is_empty(),
        "{unseen:#?}"
    );
}

type Change = fn(&str) -> String;

/// The ways in which terminals, other machines and other versions change a message.
const CHANGES: [(&str, Change); 7] = [
    ("cut at 80 columns", |text| cut(text, 80)),
    ("wrapped at 80 columns", |text| wrapped(text, 80)),
    ("wrapped at 61 columns", |text| wrapped(text, 61)),
    ("coloured, with times", coloured),
    ("other versions", |text| replaced(text, char::is_numeric)),
    ("other paths and names", renamed),
    ("as npm 9 says it", |text| {
        text.replace("npm error", "npm ERR!")
            .replace("npm warn", "npm WARN")
    }),
];

fn cut(text: &str, width: usize) -> String {
    let line = |line: &str| line.chars().take(width).collect::<String>();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn wrapped(text: &str, width: usize) -> String {
    let line = |line: &str| {
        let letters: Vec<char> = line.chars().collect();
        let parts = letters
            .chunks(width)
            .map(|part| part.iter().collect::<String>());
        parts.collect::<Vec<_>>().join("\n")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn coloured(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let painted = words.iter().enumerate().map(|(at, word)| match at % 3 {
            0 => format!("\u{1b}[31m{word}\u{1b}[0m"),
            _ => (*word).to_owned(),
        });
        format!(
            "2026-11-02T10:11:12.1234567Z {}",
            painted.collect::<Vec<_>>().join(" ")
        )
    };
    text.lines().map(line).collect::<Vec<_>>().join("\r\n")
}

/// The numbers of versions, `1.5.0`, are other ones.
fn replaced(text: &str, is_digit: fn(char) -> bool) -> String {
    let word = |word: &str| {
        let is_version = word.matches('.').count() >= 2 && word.chars().any(is_digit);
        let other = |c: char| match c.to_digit(10) {
            Some(digit) => char::from_digit((digit + 3) % 10, 10).unwrap_or(c),
            None => c,
        };
        if is_version {
            word.chars().map(other).collect()
        } else {
            word.to_owned()
        }
    };
    text.split(' ').map(word).collect::<Vec<String>>().join(" ")
}

/// The names of the packages and folders of the messages that were recorded, and of some that were not.
fn renamed(text: &str) -> String {
    text.replace("mail-queue", "stock-ledger")
        .replace("/srv/build/", "/home/ben/src/")
        .replace("registry.example.org", "npm.example.net:8443/team")
        .replace("main", "trunk")
}

#[test]
fn messages_lead_to_their_entry_however_a_terminal_changed_them() {
    let (all, entries) = (printed(), Entries::of_this_repository());
    // Of the later ones, whatever costs a message its entry as it is costs it here too.
    for (later, least) in [(false, 93.0), (true, 85.0)] {
        let wanted = |one: &&Printed| one.is_later() == later && !one.wants("none");
        let of: Vec<&Printed> = all.iter().filter(wanted).collect();
        for (what, change) in CHANGES {
            assert!(entries.rate(&of, what, &change) >= least, "{what}");
        }
    }
}
