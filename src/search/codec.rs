//! How a shard is written down: printable text that needs no escaping in a script.
//!
//! Numbers are written in base 30 with the alphabet `#` to `~` without `\`: while a number is 61
//! or more, the symbol of 61 + its remainder by 30, and the number divided by 30; then its
//! symbol. A shard is its dictionary, a space, its postings; `docs/formats/search.md` has both.
//! Reading is the exact reverse, and refuses anything else.

use std::iter::Peekable;
use std::str::Bytes;

/// Impacts are stored as `q` of `Q` steps of a stem's largest impact.
pub(super) const STEPS: u32 = 61;
/// The unit of a stem's largest impact: a sixteenth.
const UNIT: f32 = 16.0;

/// The sections of a stem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Postings {
    /// The largest impact in sixteenths, rounded up.
    pub(super) largest: u32,
    /// Whether sections with small impacts were left out.
    pub(super) truncated: bool,
    /// Section and impact, 1 to [`STEPS`], in the order of sections.
    pub(super) list: Vec<(u32, u32)>,
}

impl Postings {
    /// Rounds impacts to steps, keeping the `cap` largest.
    pub(super) fn new(impacts: &[(u32, f32)], cap: usize) -> Self {
        let largest = impacts
            .iter()
            .map(|(_, impact)| *impact)
            .fold(0.0, f32::max);
        let largest = ((largest * UNIT).ceil() as u32).max(1);
        let mut kept: Vec<(u32, f32)> = impacts.to_vec();
        if kept.len() > cap {
            kept.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            kept.truncate(cap);
            kept.sort_by_key(|(section, _)| *section);
        }
        let step = |impact: f32| {
            let step = (impact * UNIT / largest as f32 * STEPS as f32).round() as u32;
            step.clamp(1, STEPS)
        };
        Self {
            largest,
            truncated: impacts.len() > cap,
            list: kept
                .into_iter()
                .map(|(section, impact)| (section, step(impact)))
                .collect(),
        }
    }

    /// The text that [`Shard::parse`] reads.
    pub(super) fn encode(&self, out: &mut String) {
        let head = (self.list.len() as u32 - 1) * 2 + u32::from(self.truncated);
        number(head, out);
        number(self.largest, out);
        let mut next = 0;
        for (section, _) in &self.list {
            number(section - next, out);
            next = section + 1;
        }
        for (_, step) in &self.list {
            number(step - 1, out);
        }
    }
}

/// Writes a number.
pub(super) fn number(mut n: u32, out: &mut String) {
    while n >= 61 {
        out.push(symbol(61 + n % 30));
        n /= 30;
    }
    out.push(symbol(n));
}

/// Writes numbers one behind the other.
pub(super) fn numbers(list: impl IntoIterator<Item = u32>) -> String {
    list.into_iter().fold(String::new(), |mut out, n| {
        number(n, &mut out);
        out
    })
}

fn symbol(index: u32) -> char {
    let code = 0x23 + index as u8;
    char::from(if code >= b'\\' { code + 1 } else { code })
}

fn index(code: u8) -> Option<u32> {
    match code {
        0x23..=0x5b => Some(u32::from(code - 0x23)),
        0x5d..=0x7e => Some(u32::from(code - 0x24)),
        _ => None,
    }
}

/// Reads numbers from text.
pub(super) struct Numbers<'t>(Peekable<Bytes<'t>>);

impl<'t> Numbers<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self(text.bytes().peekable())
    }

    fn is_done(&mut self) -> bool {
        self.0.peek().is_none()
    }
}

impl Iterator for Numbers<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (mut value, mut unit) = (0_u32, 1_u32);
        loop {
            let digit = index(self.0.next()?)?;
            if digit <= 60 {
                return value.checked_add(digit.checked_mul(unit)?);
            }
            value = value.checked_add((digit - 61).checked_mul(unit)?)?;
            unit = unit.checked_mul(30)?;
        }
    }
}

/// Writes the dictionary of a shard word by word.
#[derive(Default)]
pub(super) struct DictionaryWriter {
    /// What was written.
    pub(super) text: String,
    last: String,
    stems: Vec<usize>,
}

impl DictionaryWriter {
    /// Adds the next word with the number of its stem; whether the stem is new to this shard.
    pub(super) fn add(&mut self, word: &str, stem: usize) -> bool {
        let shared = shared(&self.last, word);
        self.text.push(char::from(b'A' + shared as u8));
        self.text.extend(word.chars().skip(skipped(word, shared)));
        self.last = word.to_owned();
        let known = self.stems.iter().rev().position(|known| *known == stem);
        match known.map(|back| back + 1) {
            None => self.stems.push(stem),
            Some(1) => self.text.push('!'),
            Some(back @ 2..=10) => self.text.push(char::from(0x21 + back as u8)),
            Some(back) => self.text.push_str(&format!("={back}")),
        }
        known.is_none()
    }

    /// The stems of this shard in the order of their first words.
    pub(super) fn stems(&self) -> &[usize] {
        &self.stems
    }
}

/// How many UTF-16 code units two words begin with alike: at most 25, never half a character.
fn shared(a: &str, b: &str) -> usize {
    let alike = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let mut units = 0;
    for (c, _) in alike {
        if units + c.len_utf16() > 25 {
            break;
        }
        units += c.len_utf16();
    }
    units
}

/// How many characters of a word the first `units` code units are.
fn skipped(word: &str, units: usize) -> usize {
    let mut seen = 0;
    word.chars()
        .take_while(|c| {
            seen += c.len_utf16();
            seen <= units
        })
        .count()
}

/// A shard as it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shard {
    /// Its words in order, with the place of their stem in `postings`.
    pub(super) words: Vec<(String, usize)>,
    /// Its stems.
    pub(super) postings: Vec<Postings>,
}

impl Shard {
    /// Reads the text of a shard; `None` if it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (dictionary, postings) = text.split_once(' ')?;
        let (words, stems) = parse_dictionary(dictionary)?;
        let mut numbers = Numbers::new(postings);
        let postings: Vec<Postings> = (0..stems)
            .map(|_| parse_postings(&mut numbers))
            .collect::<Option<_>>()?;
        numbers.is_done().then_some(Self { words, postings })
    }

    /// The place of a word, or of the first word behind it.
    pub(super) fn find(&self, word: &str) -> Result<usize, usize> {
        self.words
            .binary_search_by(|(known, _)| known.encode_utf16().cmp(word.encode_utf16()))
    }
}

fn parse_dictionary(text: &str) -> Option<(Vec<(String, usize)>, usize)> {
    let mut words: Vec<(String, usize)> = Vec::new();
    let mut stems = 0_usize;
    let mut rest = text;
    while let Some(head) = rest.chars().next() {
        if !head.is_ascii_uppercase() {
            return None;
        }
        let shared = usize::from(head as u8 - b'A');
        let body = &rest[1..];
        let end = body
            .find(|c: char| c.is_ascii_uppercase())
            .unwrap_or(body.len());
        let (entry, behind) = body.split_at(end);
        rest = behind;
        let mark = entry
            .find(|c: char| c < '.' || c == '=')
            .unwrap_or(entry.len());
        let (tail, reference) = entry.split_at(mark);
        let last = words.last().map_or("", |(word, _)| word);
        let kept: String = last.chars().take(skipped(last, shared)).collect();
        let stem = match reference {
            "" => {
                stems += 1;
                stems - 1
            }
            reference => stems.checked_sub(back(reference)?)?,
        };
        words.push((kept + tail, stem));
    }
    Some((words, stems))
}

/// How many new stems ago the stem of a word was new.
fn back(reference: &str) -> Option<usize> {
    match (reference.strip_prefix('='), reference.as_bytes()) {
        (Some(digits), _) => digits.parse().ok(),
        (None, b"!") => Some(1),
        (None, [code]) => Some(usize::from(code.checked_sub(0x21)?)),
        _ => None,
    }
}

fn parse_postings(numbers: &mut Numbers<'_>) -> Option<Postings> {
    let head = numbers.next()?;
    let largest = numbers.next()?;
    let count = head as usize / 2 + 1;
    let mut next = 0_u32;
    let mut list = Vec::new();
    for _ in 0..count {
        let section = next.checked_add(numbers.next()?)?;
        list.push((section, 0));
        next = section.checked_add(1)?;
    }
    for entry in &mut list {
        entry.1 = numbers.next()?.checked_add(1)?;
    }
    Some(Postings {
        largest,
        truncated: head % 2 == 1,
        list,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_printable_text_without_quotes() {
        let list: Vec<u32> = (0..4000).chain([61 * 30, 1 << 20, u32::MAX / 64]).collect();
        let text = numbers(list.iter().copied());
        assert!(
            text.bytes()
                .all(|b| (0x23..=0x7e).contains(&b) && b != b'\\')
        );
        assert_eq!(Numbers::new(&text).collect::<Vec<_>>(), list);
    }

    #[test]
    fn a_shard_comes_back_as_it_was() {
        let words = ["deploi", "deploy", "deployed", "é", "日本語", "𝒳y", "𝒳z"];
        let mut writer = DictionaryWriter::default();
        let stems = [0, 1, 1, 2, 3, 4, 0];
        for (word, stem) in words.iter().zip(stems) {
            writer.add(word, stem);
        }
        let postings = [
            Postings::new(&[(0, 1.0), (7, 3.5)], 9),
            Postings::new(&[(3, 0.01)], 9),
            Postings::new(&[(1, 2.0), (2, 1.0), (900, 3.0)], 2),
            Postings::new(&[(5, 1.0)], 9),
            Postings::new(&[(6, 1.0)], 9),
        ];
        assert_eq!(postings[2].list, [(1, 41), (900, 61)]);
        assert!(postings[2].truncated);
        let mut text = writer.text.clone() + " ";
        postings.iter().for_each(|list| list.encode(&mut text));
        let read = Shard::parse(&text).expect("a shard");
        let expected: Vec<(String, usize)> =
            words.iter().map(|w| (*w).to_owned()).zip(stems).collect();
        assert_eq!(read.words, expected);
        assert_eq!(read.postings, postings);
        assert_eq!(read.find("deployed"), Ok(2));
        for cut in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_ne!(
                Shard::parse(&text[..cut]),
                Some(read.clone()),
                "cut at {cut}"
            );
        }
    }
}
