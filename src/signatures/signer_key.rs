//! One key of an allowed signers file, without the name before it:
//! `[namespaces="…",valid-after="…",valid-before="…"] KEYTYPE BASE64 [COMMENT]`.

use super::{NAMESPACE, Refusal, fingerprint};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

/// A key that may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerKey {
    /// As it was written.
    text: String,
    key: PublicKey,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
    /// The namespaces that it may sign in; `None` for all.
    namespaces: Option<Vec<String>>,
}

impl SignerKey {
    /// Reads a key.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") {
            return Err(
                "it is a private key: list the line of the file that ends with .pub, and \
                 replace this key, as others may have seen it"
                    .to_owned(),
            );
        }
        if text.contains(char::is_control) {
            return Err("a key is one line".to_owned());
        }
        let (options, key) = match is_key_type(text) {
            true => ("", text),
            false => split_options(text).ok_or(
                "it does not begin with the type of a key: write the line of the file that ends \
                 with .pub, such as `ssh-ed25519 AAAA… ana@laptop`",
            )?,
        };
        let mut read = Self {
            text: text.to_owned(),
            key: PublicKey::from_openssh(key)
                .map_err(|error| format!("it cannot be read as a public key: {error}"))?,
            valid_after: None,
            valid_before: None,
            namespaces: None,
        };
        for option in split_outside_quotes(options, ',') {
            read.option(option)?;
        }
        Ok(read)
    }

    fn option(&mut self, option: &str) -> Result<(), String> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match name {
            "valid-after" => self.valid_after = Some(time(value)?),
            "valid-before" => self.valid_before = Some(time(value)?),
            "namespaces" if value.contains(['*', '?', '!']) => {
                return Err(format!(
                    "`{value}` is a pattern of namespaces: name them, such as `namespaces=\"{NAMESPACE}\"`"
                ));
            }
            "namespaces" => {
                let names = value.split(',').map(str::to_owned);
                self.namespaces = Some(names.collect());
            }
            "cert-authority" => {
                return Err(
                    "keys of authorities are not supported: list the key of the person".to_owned(),
                );
            }
            other => {
                return Err(format!(
                    "`{other}` is no option of a key: there are namespaces, valid-after and valid-before"
                ));
            }
        }
        Ok(())
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }

    /// Whether it may sign approvals at this time.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.may_sign(at).is_ok()
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it may not sign approvals at this time, if it may not. The first and the last moment count, as
    /// OpenSSH has it.
    pub(super) fn may_sign(&self, at: Timestamp) -> Result<(), Refusal> {
        if let Some(names) = &self.namespaces
            && !names.iter().any(|name| name == NAMESPACE)
        {
            return Err(Refusal::NotForApprovals);
        }
        if let Some(from) = self.valid_after.filter(|from| at < *from) {
            return Err(Refusal::NotYet(from));
        }
        if let Some(until) = self.valid_before.filter(|until| at > *until) {
            return Err(Refusal::Expired(until));
        }
        Ok(())
    }

    pub(super) fn is(&self, key: &KeyData) -> bool {
        self.key.key_data() == key
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.key
    }
}

/// Whether a text begins with a type of key, and so has no options.
fn is_key_type(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| first.starts_with(kind))
}

/// The options before a key, and the key.
fn split_options(text: &str) -> Option<(&str, &str)> {
    let options = split_outside_quotes(text, ' ').next()?;
    let key = text[options.len()..].trim_start();
    is_key_type(key).then_some((options, key))
}

/// The parts of a text between these letters where they stand outside quotation marks; none of an empty one.
fn split_outside_quotes(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == at && !quoted
    })
    .filter(|part| !part.is_empty())
}

/// A time as OpenSSH writes it: `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, and `Z`. Without the `Z` it is
/// of the time zone of whoever reads it, and two readers may disagree.
fn time(text: &str) -> Result<Timestamp, String> {
    let bad =
        || format!("`{text}` is no time: write it as in `20270131Z`, the Z says that it is UTC");
    let digits = text.strip_suffix('Z').ok_or_else(bad)?;
    let form = match digits.len() {
        8 => "%Y%m%d",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return Err(bad()),
    };
    let parsed = jiff::fmt::strtime::parse(form, digits).map_err(|_| bad())?;
    let date = parsed.to_date().map_err(|_| bad())?;
    let time = parsed.to_time().unwrap_or_default();
    let instant = TimeZone::UTC.to_timestamp(DateTime::from_parts(date, time));
    instant.map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJDqc9+bE3GLW7SqhUYjyZSj8UK1ONZDgqDJvgLQSEVG";

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_key_is_valid_within_its_span_and_in_its_namespaces() {
        let spans = [
            ("", "2026-01-01T00:00:00Z", true),
            ("valid-after=\"20260102Z\" ", "2026-01-01T23:59:59Z", false),
            ("valid-after=\"20260102Z\" ", "2026-01-02T00:00:00Z", true),
            (
                "valid-before=\"202601021200Z\" ",
                "2026-01-02T12:00:00Z",
                true,
            ),
            (
                "valid-before=\"202601021200Z\" ",
                "2026-01-02T12:00:01Z",
                false,
            ),
            ("namespaces=\"git,file\" ", "2026-01-01T00:00:00Z", false),
            (
                "namespaces=\"git,runbook-approval\",valid-before=\"20270101Z\" ",
                "2026-01-01T00:00:00Z",
                true,
            ),
        ];
        for (options, time, may) in spans {
            let key = SignerKey::parse(&format!("{options}{KEY} ana@laptop")).expect(options);
            assert_eq!(key.may_sign(at(time)).is_ok(), may, "{options} at {time}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_with_what_to_write() {
        let wrong = [
            ("", ".pub"),
            ("ana ssh", ".pub"),
            ("ssh-ed25519 AAAA", "public key"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
            ("ssh-ed25519 AAAA\nssh-rsa AAAA", "one line"),
            (&format!("cert-authority {KEY}"), "authorities"),
            (&format!("valid-before=\"20270101\" {KEY}"), "20270131Z"),
            (&format!("valid-before=\"2027-01-01Z\" {KEY}"), "20270131Z"),
            (&format!("valid-before=\"20271301Z\" {KEY}"), "20270131Z"),
            (&format!("namespaces=\"*\" {KEY}"), "pattern"),
            (&format!("no-touch {KEY}"), "no option"),
        ];
        for (text, said) in wrong {
            let why = SignerKey::parse(text).expect_err(text);
            assert!(why.contains(said), "{text}: {why}");
        }
    }
}
