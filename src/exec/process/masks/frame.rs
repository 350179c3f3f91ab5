//! Lines that say what a text is and not what is in it: `apiVersion: v1`, `metadata:`, `[default]`,
//! `-----BEGIN PRIVATE KEY-----`. A secret shares them with ordinary text, so none of them is one alone.
//!
//! A line is such a frame only by its form, never by what a word in it may mean: a key with a value of
//! some length may be a password, whatever the key is called, unless it is one of a few that name
//! what the text is. A short value says nothing, except that of a key which says that it is secret.

use super::SHORTEST;

/// What a key is called whose value says what the text is, in lower case.
const KINDS: [&str; 5] = ["apiversion", "format", "kind", "type", "version"];
/// A longer value of such a key may be anything, in bytes.
const LONGEST_KIND: usize = 16;
/// What a key is made of whose value is secret, in lower case.
const SECRETS: [&str; 17] = [
    "apikey",
    "auth",
    "authorization",
    "code",
    "credential",
    "credentials",
    "key",
    "otp",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "token",
];
/// A shorter value of such a key says nothing, in bytes.
const SHORTEST_SECRET: usize = 4;
/// Values that say that there is no secret.
const NOTHING: [&str; 4] = ["false", "none", "null", "true"];
/// Longer values that ordinary text has wherever it has a key.
const ORDINARY: [&str; 3] = ["default", "disabled", "enabled"];
/// What stands around keys and values of YAML and JSON.
const MARKS: [char; 4] = ['"', '\'', ',', ' '];

/// Whether a line is a frame.
pub(super) fn is_frame(line: &str) -> bool {
    let line = line.trim();
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
    is_fence(line) || is_heading(line) || is_setting(line)
}

/// `-----END CERTIFICATE-----`
fn is_fence(line: &str) -> bool {
    let inner = line.strip_prefix("-----");
    let inner = inner.and_then(|rest| rest.strip_suffix("-----"));
    let kind = inner.and_then(|inner| {
        let begins = inner.strip_prefix("BEGIN ");
        begins.or_else(|| inner.strip_prefix("END "))
    });
    kind.is_some_and(|kind| kind.chars().all(|c| c.is_ascii_uppercase() || c == ' '))
}

/// `metadata:`, `"auth": {` or `[default]`
fn is_heading(line: &str) -> bool {
    let section = line
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let key = line.trim_end_matches(['{', '[', ' ']).strip_suffix(':');
    section.or(key).is_some_and(is_name)
}

/// A key whose value says too little alone, or only what the text is. How many different characters it
/// has does not count: `pin: 112233`.
fn is_setting(line: &str) -> bool {
    let parts = line.split_once(": ").or_else(|| line.split_once(" = "));
    parts.is_some_and(|(key, value)| {
        let (key, value) = (key.trim_matches(MARKS), value.trim_matches(MARKS));
        let says_nothing = match is_of_secret(key) {
            true => value.len() < SHORTEST_SECRET || NOTHING.contains(&value),
            false => value.len() < SHORTEST || ORDINARY.contains(&value),
        };
        let kind = key.to_ascii_lowercase();
        let is_kind = KINDS.contains(&kind.as_str()) && value.len() <= LONGEST_KIND;
        is_name(key) && (is_kind || says_nothing)
    })
}

/// Whether one of the words of a key says that its value is secret: `db_password`, `apiKey`.
fn is_of_secret(key: &str) -> bool {
    let mut words = String::new();
    let mut was_lower = false;
    for c in key.chars() {
        if was_lower && c.is_ascii_uppercase() {
            words.push('-');
        }
        was_lower = c.is_ascii_lowercase();
        words.push(c.to_ascii_lowercase());
    }
    words.split(['-', '_']).any(|word| SECRETS.contains(&word))
}

/// A key as people make them: letters alone, with `-` and `_` between them.
fn is_name(key: &str) -> bool {
    let key = key.trim_matches(MARKS);
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphabetic() || "-_".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_known_by_its_form() {
        for frame in [
            "apiVersion: v1",
            "  kind: Secret",
            "\"type\": \"service_account\",",
            "metadata:",
            "- cluster:",
            "\"auths\": {",
            "[default]",
            "port: 8080",
            "enabled = true",
            "name: default",
            "kind: Config",
            "shipping: fast",
            "password:",
            "auth: none",
            "\"token\": null,",
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----END CERTIFICATE-----",
        ] {
            assert!(is_frame(frame), "{frame}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_no_frame() {
        for line in [
            "password: hunter",
            "pin: 112233",
            "password: 121212",
            "password = 909090",
            "token: zzzzzz7",
            "secret: aaaaaabbb",
            "api-key: a1a1a1a1a1",
            "pass: \"1212-1212\"",
            "account: 000000",
            "pin: 1234",
            "dbPassword: default",
            "API_KEY = 7777",
            "\"private_key_id\": \"5f4dcc3b\",",
            "aws_secret_access_key = wJalrXUtnFEMI",
            "kind: 5f4dcc3b5aa765d61d8327deb882cf99",
            "QUJDREVGRw==",
            "hunter=2000",
            "hunter2:",
            "line one",
            "-----BEGIN hunter2-----",
            "[h4nter2]",
        ] {
            assert!(!is_frame(line), "{line}");
        }
    }
}
