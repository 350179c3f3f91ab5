//! All messages that are known, and what a paste says of them.

use super::matching::{self, Anchor, Caught, Span};
use super::paste::{Paste, Stretch};
use super::pattern::Pattern;
use super::words::{self, Key};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How often a pattern is tried among so many keys of a stretch, where its own stands in many places: a word that is
/// repeated costs no more than that.
const TRIES: usize = 8;
const AMONG: usize = 1024;
/// How many patterns may share a key that stands early in them, and up to which byte that is, a name counted as so many.
const FEW: usize = 6;
const EARLY: usize = 30;
const NAME: usize = 20;
/// The share of its weight that a message has in a line that warns, or that was cut.
const LESS: u32 = 4;
/// The share of its weight that a message has which several faults print.
const GENERAL: u32 = 10;
/// The share of what else an entry's messages weigh that is added to the heaviest.
const BESIDE: u32 = 4;

/// Patterns, each of one entry, ready to be looked for.
#[derive(Debug, Default)]
pub struct Book {
    patterns: Vec<KeyedPattern>,
    by_key: HashMap<Key, Vec<usize>>,
}

/// A pattern as an entry has it.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The number of the entry.
    pub entry: usize,
    /// What it answers.
    pub pattern: Pattern,
    /// Whether several faults print it: any other message of a paste counts more.
    pub general: bool,
}

/// A pattern in a book.
#[derive(Debug)]
struct KeyedPattern {
    pattern: Pattern,
    entry: usize,
    key: Key,
    anchor: Anchor,
    weight: u32,
}

/// An entry whose messages a paste holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The number that the entry was given with.
    pub entry: usize,
    /// How much it is to be believed; only good for comparing.
    pub score: u32,
    /// Its messages, the heaviest first.
    pub said: Vec<Said>,
}

/// A message of a paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The number of the pattern in the book.
    pub pattern: usize,
    /// The number of the line on which it begins, from 0.
    pub line: usize,
    /// The byte of that line at which it begins.
    pub byte: usize,
    /// What its placeholders stand for.
    pub caught: Vec<Caught>,
    /// How much it says.
    pub weight: u32,
}

impl Book {
    /// Takes the patterns of entries.
    pub fn new(patterns: Vec<Answered>) -> Self {
        let frequency = Frequency::of_all(&patterns);
        let mut book = Self::default();
        for Answered {
            entry,
            pattern,
            general,
        } in patterns
        {
            let (key, anchor) = frequency.rarest(&pattern);
            let weight = frequency.weight(&pattern);
            book.by_key
                .entry(key)
                .or_default()
                .push(book.patterns.len());
            book.patterns.push(KeyedPattern {
                weight: if general {
                    (weight / GENERAL).max(1)
                } else {
                    weight
                },
                pattern,
                entry,
                key,
                anchor,
            });
        }
        book
    }

    /// The key and the weight of each pattern, in the order of the patterns.
    pub fn keyed(&self) -> impl Iterator<Item = (Key, u32)> {
        self.patterns.iter().map(|known| (known.key, known.weight))
    }

    /// What a paste says, the entry that fits best first.
    pub fn diagnose(&self, paste: &Paste) -> Vec<Finding> {
        let mut heaviest: BTreeMap<usize, Said> = BTreeMap::new();
        for stretch in paste.stretches() {
            for (at, span) in self.spans(&stretch) {
                let said = self.said(at, &span, &stretch, paste);
                match heaviest.get(&at) {
                    Some(known) if known.weight >= said.weight => {}
                    _ => {
                        heaviest.insert(at, said);
                    }
                }
            }
        }
        self.ranked(heaviest.into_values().collect())
    }

    /// Where patterns stand in a stretch.
    fn spans(&self, stretch: &Stretch) -> Vec<(usize, Span)> {
        let mut tries: HashMap<(usize, usize), usize> = HashMap::new();
        let mut found = Vec::new();
        let words = words::split(&stretch.text, |at| stretch.parted[at]);
        let joined = words::joined(&words, |at| stretch.begins.binary_search(&at).is_ok());
        let keys = words::keys(&stretch.text, &words, true);
        let keys = keys.chain(words::keys(&stretch.text, &joined, false));
        for (turn, (key, key_at)) in keys.enumerate() {
            for at in self.by_key.get(&key).into_iter().flatten() {
                let tried = tries.entry((*at, turn / AMONG)).or_default();
                *tried += 1;
                if *tried > TRIES {
                    continue;
                }
                let known = &self.patterns[*at];
                let span = matching::at(&known.pattern, known.anchor, stretch, key_at);
                found.extend(span.map(|span| (*at, span)));
            }
        }
        found
    }

    fn said(&self, at: usize, span: &Span, stretch: &Stretch, paste: &Paste) -> Said {
        let known = &self.patterns[at];
        let length = known.pattern.length();
        let place = stretch.origin[span.start];
        let is_less = paste.warns_before(place) || span.compared < length;
        let share =
            u32::try_from(known.weight as usize * span.compared / length).unwrap_or(u32::MAX);
        Said {
            pattern: at,
            line: place.line,
            byte: place.byte,
            caught: span.caught(&known.pattern, stretch, paste),
            weight: (if is_less { share / LESS } else { share }).max(1),
        }
    }

    fn ranked(&self, all: Vec<Said>) -> Vec<Finding> {
        let mut entries: BTreeMap<usize, Vec<Said>> = BTreeMap::new();
        for said in all {
            entries
                .entry(self.patterns[said.pattern].entry)
                .or_default()
                .push(said);
        }
        let finding = |(entry, mut said): (usize, Vec<Said>)| {
            said.sort_by_key(|one| (std::cmp::Reverse(one.weight), one.line, one.pattern));
            let rest: u32 = said[1..].iter().map(|one| one.weight).sum();
            Finding {
                entry,
                score: said[0].weight + rest / BESIDE,
                said,
            }
        };
        let mut found: Vec<Finding> = entries.into_iter().map(finding).collect();
        found.sort_by_key(|one| (std::cmp::Reverse(one.score), one.said[0].line, one.entry));
        found
    }
}

/// How many patterns have a key.
struct Frequency {
    patterns: usize,
    having: HashMap<Key, usize>,
}

impl Frequency {
    fn of_all(patterns: &[Answered]) -> Self {
        let mut having = HashMap::new();
        for Answered { pattern, .. } in patterns {
            let keys: HashSet<Key> = anchors(pattern).into_iter().map(|one| one.key).collect();
            for key in keys {
                *having.entry(key).or_default() += 1;
            }
        }
        Self {
            patterns: patterns.len(),
            having,
        }
    }

    /// The key of a pattern that few others have: neighbours rather than a word alone, and such as still stand in a
    /// line whose end was cut off; then the rarest, then the first.
    fn rarest(&self, pattern: &Pattern) -> (Key, Anchor) {
        let all = anchors(pattern);
        let before = |part: usize| {
            let literals = pattern.literals[..part].iter();
            literals.map(|one| one.text.len() + NAME).sum::<usize>()
        };
        let rarest = all.iter().min_by_key(|one| {
            let Anchor { part, byte } = one.anchor;
            let having = self.having[&one.key];
            let is_late = before(part) + byte > EARLY;
            (!one.is_pair, having > FEW, is_late, having, part, byte)
        });
        let rarest = rarest.expect("a pattern has a word");
        (rarest.key, rarest.anchor)
    }

    /// How much a pattern says: its words, each by how rare it is, in tenths.
    fn weight(&self, pattern: &Pattern) -> u32 {
        let words: HashSet<Key> = anchors(pattern)
            .iter()
            .filter(|one| !one.is_pair)
            .map(|one| one.key)
            .collect();
        let mut rare: Vec<f64> = words
            .iter()
            .map(|key| (1.0 + self.patterns as f64 / self.having[key] as f64).ln())
            .collect();
        rare.sort_by(f64::total_cmp);
        ((rare.iter().sum::<f64>() * 10.0).round() as u32).max(1)
    }
}

/// A key that a pattern could have.
struct Candidate {
    key: Key,
    anchor: Anchor,
    is_pair: bool,
}

fn anchors(pattern: &Pattern) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (part, literal) in pattern.literals.iter().enumerate() {
        let words = pattern.words_of(part);
        let mut start = usize::MAX;
        for (key, byte) in words::keys(&literal.text, &words, true) {
            // The key of a word comes before that of the word and its neighbour.
            let is_pair = start == byte;
            start = byte;
            found.push(Candidate {
                key,
                anchor: Anchor { part, byte },
                is_pair,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: [&str; 8] = [
        "npm error 403 403 Forbidden - PUT {url} - You cannot publish over the previously published versions: {version}.",
        "npm error code E403",
        "fatal: tag '{tag}' already exists",
        "remote: error: GH006: Protected branch update failed for refs/heads/{branch}.",
        "npm error notarget No matching version found for {package}.",
        "{tool} not found",
        "EOTP",
        "error TS{number}: {message}",
    ];

    fn book() -> Book {
        let pattern = |(entry, text): (usize, &&str)| Answered {
            entry,
            pattern: Pattern::parse(text).expect("a pattern"),
            general: entry == 1,
        };
        Book::new(MESSAGES.iter().enumerate().map(pattern).collect())
    }

    /// The entry, the line and what was caught of what fits best.
    fn best(text: &str) -> Option<(usize, usize, String)> {
        let found = book().diagnose(&Paste::new(text));
        let said = &found.first()?.said[0];
        let caught: Vec<&str> = said.caught.iter().map(|one| one.value.as_str()).collect();
        Some((found[0].entry, said.line, caught.join("|")))
    }

    #[test]
    fn a_message_is_found_with_what_differs_each_time() {
        for (text, entry, line, caught) in [
            (
                "npm error code E403\nnpm error 403 403 Forbidden - PUT https://r.example.org/@a%2fb - You cannot publish over the previously published versions: 1.5.0-rc.1.",
                0,
                1,
                "https://r.example.org/@a%2fb|1.5.0-rc.1",
            ),
            (
                "2026-11-02T10:11:12.1234567Z \u{1b}[31mnpm ERR!\u{1b}[0m 403 403 Forbidden - PUT http://h/x - you cannot publish over the previously published versions: 2.0.0.",
                0,
                0,
                "http://h/x|2.0.0",
            ),
            ("$ git tag v1\nfatal: tag ‘v1’ already exists", 2, 1, "v1"),
            (
                "remote: error: GH006: Protected branch update failed for refs/heads/release/1.x.",
                3,
                0,
                "release/1.x",
            ),
            ("sh: 1: tsx: not found", 5, 0, "tsx:"),
            ("npm ERR! code EOTP", 6, 0, ""),
            (
                "src/a.ts(3,7): error TS2322: Type 'string' is not assignable",
                7,
                0,
                "2322|Type",
            ),
            (
                "npm error notarget No matching version found for demo@^9.1.0.",
                4,
                0,
                "demo@^9.1.0",
            ),
        ] {
            assert_eq!(best(text), Some((entry, line, caught.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_message_is_found_wherever_a_terminal_wrapped_it() {
        let message = "npm error 403 403 Forbidden - PUT https://registry.example.org/some-package - You cannot publish over the previously published versions: 1.5.0.";
        for width in [41, 57, 64, 72, 79, 80, 100, 120] {
            let letters: Vec<char> = message.chars().collect();
            let lines: Vec<String> = letters
                .chunks(width)
                .map(|line| line.iter().collect())
                .collect();
            let found = best(&format!("$ npm publish\n{}\nmore", lines.join("\n")));
            assert_eq!(
                found,
                Some((
                    0,
                    1,
                    "https://registry.example.org/some-package|1.5.0".to_owned()
                )),
                "{width}"
            );
        }
    }

    #[test]
    fn the_end_of_a_line_of_a_megabyte_is_read_whatever_is_before_it() {
        let noise = "remote: error: GH006: Protected branch, ".repeat(25_000);
        let text = format!("{noise}update failed. fatal: tag 'v1' already exists");
        assert_eq!(best(&text), Some((2, 0, "v1".to_owned())));
        let paste = Paste::new(&text);
        let shown = paste.part(&book().diagnose(&paste)[0].said[0]);
        assert!(shown.ends_with("fatal: tag 'v1' already exists") && shown.len() < 500);
        let message = "remote: error: GH006: Protected branch update failed for refs/heads/main.";
        assert_eq!(
            best(&format!("{noise}{} {message}", "of no word ".repeat(400))),
            Some((3, 0, "main".to_owned()))
        );
    }

    #[test]
    fn what_is_not_said_is_not_found() {
        for text in [
            "",
            "npm error code E4031",
            "fatal: tag already exists",
            "fatal: tag '' already exists",
            "EOTPS",
            "all is well",
            "\u{1b}[",
        ] {
            assert_eq!(best(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_terminal_cut_counts_less_and_a_warning_too() {
        let found = |text: &str| book().diagnose(&Paste::new(text));
        let whole =
            found("remote: error: GH006: Protected branch update failed for refs/heads/main.")[0]
                .score;
        let cut =
            &found("2026-11-02 remote: error: GH006: Protected branch update failed for refs/he");
        assert_eq!(cut[0].entry, 3);
        assert!(cut[0].score < whole);
        let both = found("npm warn code EOTP\nnpm error code E403");
        assert_eq!(both[0].entry, 1);
    }
}
