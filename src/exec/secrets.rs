//! Secrets: how a step gets them, and how they stay out of everything that is kept.
//!
//! A secret is never in the plan, the journal, an argument or a file of the run. It travels from
//! the program to the shim through a pipe, to the step as a private file that goes when the step
//! ends, and [`Redactor`] takes it out of the step's output before a byte of that reaches the disk.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// What stands in the place of a secret.
const MASK: &[u8] = b"(secret)";
/// A shorter secret would make nonsense of all output.
pub const SHORTEST: usize = 6;

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

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Secret({})", self.name)
    }
}

/// Takes secrets out of a stream of bytes, also when one is split over two writes.
pub struct Redactor {
    needles: Vec<Vec<u8>>,
    held: Vec<u8>,
}

impl Redactor {
    /// A redactor for these secrets: as they are, each of their lines, and as base64, URL and JSON
    /// write them.
    pub fn new(secrets: &[Secret]) -> Self {
        let mut needles: Vec<Vec<u8>> = secrets
            .iter()
            .flat_map(|secret| forms(&secret.value))
            .collect();
        // The longest first: a form may contain another.
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self {
            needles,
            held: Vec::new(),
        }
    }

    /// Takes bytes in and gives those that are safe to keep by now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let longest = self.needles.first().map_or(0, Vec::len);
        self.clean(longest.saturating_sub(1))
    }

    /// Gives what is left.
    pub fn finish(&mut self) -> Vec<u8> {
        self.clean(0)
    }

    /// Whether a text holds a secret.
    pub fn finds(&self, text: &[u8]) -> bool {
        (0..text.len()).any(|at| self.needle_at(text, at).is_some())
    }

    fn needle_at(&self, text: &[u8], at: usize) -> Option<usize> {
        self.needles
            .iter()
            .find(|needle| text[at..].starts_with(needle))
            .map(Vec::len)
    }

    /// Masks secrets in what is held, and keeps back its last `keep` bytes, in which one may begin.
    fn clean(&mut self, keep: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while at + keep < self.held.len() {
            match self.needle_at(&self.held, at) {
                Some(length) => {
                    out.extend_from_slice(MASK);
                    at += length;
                }
                None => {
                    out.push(self.held[at]);
                    at += 1;
                }
            }
        }
        self.held.drain(..at.min(self.held.len()));
        out
    }
}

fn forms(value: &str) -> Vec<Vec<u8>> {
    let json = serde_json::to_string(value).expect("a text becomes JSON");
    let mut forms = vec![
        value.to_owned(),
        STANDARD.encode(value).trim_end_matches('=').to_owned(),
        STANDARD
            .encode(format!("{value}\n"))
            .trim_end_matches('=')
            .to_owned(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        json[1..json.len() - 1].to_owned(),
    ];
    forms.extend(value.lines().map(str::to_owned));
    forms
        .into_iter()
        .filter(|form| form.len() >= SHORTEST)
        .map(String::into_bytes)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(value: &str) -> Redactor {
        Redactor::new(&[Secret {
            name: "x".to_owned(),
            expose: "file".to_owned(),
            value: value.to_owned(),
        }])
    }

    #[test]
    fn a_secret_is_masked_wherever_the_writes_are_split() {
        let value = "s3cr\"t/ü value";
        let forms = [
            value.to_owned(),
            STANDARD.encode(value),
            utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
            "s3cr\\\"t/ü value".to_owned(),
        ];
        for form in forms {
            let text = format!("before {form} between {form}{form} after").into_bytes();
            for split in 0..=text.len() {
                let mut redactor = redactor(value);
                let mut out = redactor.push(&text[..split]);
                out.extend(redactor.push(&text[split..]));
                out.extend(redactor.finish());
                let out = String::from_utf8(out).expect("whole characters");
                let out = out.replace("(secret)=", "(secret)");
                assert_eq!(
                    out, "before (secret) between (secret)(secret) after",
                    "{form} split at {split}"
                );
            }
        }
    }

    #[test]
    fn byte_by_byte_is_the_same_as_at_once() {
        let mut redactor = redactor("line one\nline two");
        let text = b"a line one b line two c line one\nline two d";
        let mut out = Vec::new();
        for byte in text {
            out.extend(redactor.push(&[*byte]));
        }
        out.extend(redactor.finish());
        assert_eq!(
            String::from_utf8_lossy(&out),
            "a (secret) b (secret) c (secret) d"
        );
    }

    #[test]
    fn without_secrets_nothing_is_changed_or_kept_back() {
        let mut redactor = Redactor::new(&[]);
        assert_eq!(redactor.push(b"anything"), b"anything");
        assert_eq!(redactor.finish(), b"");
    }
}
