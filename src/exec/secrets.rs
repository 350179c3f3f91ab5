//! Secrets: how a step gets them, and how they stay out of everything that is kept.
//!
//! A secret is never in the plan, the journal, an argument or a file of the run. It travels from
//! the program to the shim through a pipe, to the step as a private file that goes when the step
//! ends, and [`Redactor`] takes it out of the step's output before a byte of that reaches the disk.

use crate::exec::secret_forms;
use aho_corasick::{AhoCorasick, Input, MatchKind};
use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// What stands in the place of a secret, unless a secret has a part of it.
const MASK: &str = "(secret)";
/// A shorter secret would make nonsense of all output.
pub const SHORTEST: usize = 6;

/// How many bytes of a file are looked at at once.
const PIECE: u64 = 64 * 1024;

/// A secret on its way to a step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The name of its param.
    pub name: String,
    /// How the step gets it: `file`, `stdin` or `env`.
    pub expose: String,
    /// Its value.
    pub value: String,
}

impl Secret {
    /// The name of the variable by which a step finds it.
    pub fn variable(name: &str) -> String {
        format!("RB_SECRET_{}", name.to_uppercase())
    }
}

/// Whether a step gets a secret that is exposed like this as a file.
pub fn is_file(expose: &str) -> bool {
    !matches!(expose, "stdin" | "env")
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Secret({})", self.name)
    }
}

/// Takes secrets out of a stream of bytes, also when one is split over two writes.
pub struct Redactor {
    /// What is looked for; none if there are no secrets.
    finder: Option<Finder>,
    /// The end of what was taken in: it may be the beginning of a secret.
    held: Vec<u8>,
}

struct Finder {
    needles: Vec<String>,
    longest: usize,
    automaton: AhoCorasick,
    mask: String,
}

impl Redactor {
    /// A redactor for these secrets in all their `forms`.
    pub fn new(secrets: &[Secret]) -> Self {
        let needles = secret_forms::of(secrets.iter().map(|secret| secret.value.as_str()));
        Self {
            finder: (!needles.is_empty()).then(|| Finder::new(needles)),
            held: Vec::new(),
        }
    }

    /// Takes bytes in and gives those that are safe to keep by now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(finder) = &self.finder else {
            return bytes.to_vec();
        };
        self.held.extend_from_slice(bytes);
        let (clean, taken) = finder.clean(&self.held, |from| finder.may_begin(&self.held, from));
        self.held.drain(..taken);
        clean
    }

    /// Gives what is left.
    pub fn finish(&mut self) -> Vec<u8> {
        let Some(finder) = &self.finder else {
            return Vec::new();
        };
        let (clean, _) = finder.clean(&self.held, |_| self.held.len());
        self.held.clear();
        clean
    }

    /// Whether a text holds a secret. It is read piece by piece.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn finds(&self, mut text: impl Read) -> io::Result<bool> {
        let Some(finder) = &self.finder else {
            return Ok(false);
        };
        let mut window = Vec::new();
        loop {
            let kept = window.len();
            text.by_ref().take(PIECE).read_to_end(&mut window)?;
            if finder.automaton.is_match(&window) {
                return Ok(true);
            }
            if window.len() == kept {
                return Ok(false);
            }
            window.drain(..window.len().saturating_sub(finder.longest));
        }
    }
}

impl Finder {
    fn new(needles: Vec<String>) -> Self {
        let automaton = AhoCorasick::builder()
            // The longest of those that begin first: a form may contain another.
            .match_kind(MatchKind::LeftmostLongest)
            .build(&needles)
            .expect("secrets are far shorter than what an automaton can hold");
        Self {
            longest: needles.iter().map(String::len).max().unwrap_or_default(),
            mask: mask(&needles),
            automaton,
            needles,
        }
    }

    /// Masks secrets in a text up to where, by `until`, one may begin whose end is not here yet;
    /// gives what became of it, and how much of the text that was.
    fn clean(&self, text: &[u8], until: impl Fn(usize) -> usize) -> (Vec<u8>, usize) {
        let mut clean = Vec::with_capacity(text.len());
        let mut at = 0;
        loop {
            let end = until(at);
            let found = self.automaton.find(Input::new(text).range(at..));
            match found.filter(|found| found.start() < end) {
                Some(found) => {
                    clean.extend_from_slice(&text[at..found.start()]);
                    clean.extend_from_slice(self.mask.as_bytes());
                    at = found.end();
                }
                None => {
                    clean.extend_from_slice(&text[at..end]);
                    return (clean, end);
                }
            }
        }
    }

    /// The first place, not before `from`, from which to its end a text is the beginning of a
    /// secret and not all of it.
    fn may_begin(&self, text: &[u8], from: usize) -> usize {
        let first = from.max((text.len() + 1).saturating_sub(self.longest));
        let begins = |at: &usize| {
            let rest = &text[*at..];
            let is_begun =
                |needle: &String| needle.len() > rest.len() && needle.as_bytes().starts_with(rest);
            self.needles.iter().any(is_begun)
        };
        (first..text.len()).find(begins).unwrap_or(text.len())
    }
}

/// What stands in the place of a secret. It has no part of one, so that text before and after it
/// does not become one with it.
fn mask(needles: &[String]) -> String {
    let is_foreign = |text: &str| {
        let shares = |needle: &String| text.contains(needle) || needle.contains(['(', ')']);
        !needles.iter().any(shares)
    };
    if is_foreign(MASK) {
        return MASK.to_owned();
    }
    let sign = ('*'..).find(|sign| !needles.iter().any(|needle| needle.contains(*sign)));
    sign.expect("secrets do not use every character there is")
        .to_string()
        .repeat(MASK.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::config;
    use proptest::prelude::*;

    fn redactor(value: &str) -> Redactor {
        Redactor::new(&[Secret {
            name: "x".to_owned(),
            expose: "file".to_owned(),
            value: value.to_owned(),
        }])
    }

    fn redact(redactor: &mut Redactor, chunks: &[&[u8]]) -> Vec<u8> {
        let mut out: Vec<u8> = chunks
            .iter()
            .flat_map(|chunk| redactor.push(chunk))
            .collect();
        out.extend(redactor.finish());
        out
    }

    #[test]
    fn a_secret_is_masked_wherever_the_writes_are_split() {
        let value = "s3cr\"t/ü value";
        for form in secret_forms::of([value].into_iter()) {
            let text = format!("before {form} between {form}{form} after").into_bytes();
            for split in 0..=text.len() {
                let out = redact(&mut redactor(value), &[&text[..split], &text[split..]]);
                assert_eq!(
                    String::from_utf8_lossy(&out),
                    "before (secret) between (secret)(secret) after",
                    "{form} split at {split}"
                );
            }
        }
    }

    #[test]
    fn each_line_of_a_secret_is_one_too() {
        let text = b"a line one b line two c line one\nline two d";
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        let out = redact(&mut redactor("line one\nline two"), &bytes);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "a (secret) b (secret) c (secret) d"
        );
    }

    #[test]
    fn what_cannot_be_the_beginning_of_a_secret_is_not_kept_back() {
        let mut redactor = redactor("hunter2");
        assert_eq!(redactor.push(b"Proceed? "), b"Proceed? ");
        assert_eq!(redactor.push(b"I am a hunt"), b"I am a ");
        assert_eq!(redactor.push(b"ing dog"), b"hunting dog");
        assert_eq!(redactor.push(b"hunter2"), b"(secret)");
        assert_eq!(redactor.finish(), b"");
    }

    #[test]
    fn without_secrets_nothing_is_changed_or_kept_back() {
        let mut redactor = Redactor::new(&[]);
        assert_eq!(redactor.push(b"anything"), b"anything");
        assert_eq!(redactor.finish(), b"");
    }

    #[test]
    fn the_mask_has_no_part_of_a_secret() {
        for value in ["secret", "a(b)c)d", "****(*", "abc(secret)def"] {
            let text = format!("({value}) {value}{value}");
            let out = redact(&mut redactor(value), &[text.as_bytes()]);
            let out = String::from_utf8_lossy(&out);
            assert!(!out.contains(value), "{value}: {out}");
        }
    }

    #[test]
    fn a_secret_is_found_in_a_file_of_any_length() {
        for before in [
            0,
            1,
            PIECE as usize - 3,
            PIECE as usize,
            3 * PIECE as usize - 7,
        ] {
            let mut text = vec![b'.'; before];
            text.extend(b"hunter2...");
            assert!(
                redactor("hunter2")
                    .finds(text.as_slice())
                    .expect("it can be read")
            );
            text.truncate(before + 6);
            assert!(
                !redactor("hunter2")
                    .finds(text.as_slice())
                    .expect("it can be read")
            );
        }
    }

    /// The same by the plainest means: at each place, the longest form that stands there.
    fn expected(needles: &[String], mask: &str, text: &[u8]) -> Vec<u8> {
        let (mut out, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let here = needles
                .iter()
                .filter(|needle| text[at..].starts_with(needle.as_bytes()))
                .map(String::len)
                .max();
            match here {
                Some(length) => {
                    out.extend_from_slice(mask.as_bytes());
                    at += length;
                }
                None => {
                    out.push(text[at]);
                    at += 1;
                }
            }
        }
        out
    }

    fn contains(text: &[u8], part: &str) -> bool {
        text.windows(part.len())
            .any(|window| window == part.as_bytes())
    }

    proptest! {
        #![proptest_config(config("tests/regressions/redactor.txt", 256))]

        /// Few different characters, so that secrets overlap with themselves, their own forms and
        /// the text around them.
        #[test]
        fn no_form_of_any_secret_remains_and_all_else_is_unchanged(
            values in prop::collection::vec("[ab(/\"'é\n*]{6,14}|[ -~]{6,90}", 1..3),
            parts in prop::collection::vec(("[ab(/\"'é\n*]{0,9}", any::<prop::sample::Index>()), 0..8),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let secrets: Vec<Secret> = values.iter().map(|value| Secret {
                name: "x".to_owned(),
                expose: "file".to_owned(),
                value: value.clone(),
            }).collect();
            let needles = secret_forms::of(values.iter().map(String::as_str));
            let mut text = Vec::new();
            for (before, form) in &parts {
                text.extend(before.as_bytes());
                text.extend(form.get(&needles).as_bytes());
            }
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            places.extend([0, text.len()]);
            places.sort_unstable();
            let chunks: Vec<&[u8]> = places.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();

            let out = redact(&mut Redactor::new(&secrets), &chunks);

            for needle in &needles {
                prop_assert!(!contains(&out, needle), "{needle:?} remains in {:?}", String::from_utf8_lossy(&out));
            }
            prop_assert_eq!(out, expected(&needles, &mask(&needles), &text));
        }
    }
}
