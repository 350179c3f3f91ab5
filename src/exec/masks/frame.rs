//! Lines that say what a text is and not what is in it: `apiVersion: v1`, `metadata:`, `[default]`,
//! `-----BEGIN PRIVATE KEY-----`. A secret shares them with ordinary text, so none of them is one alone.
//!
//! A line is such a frame only by its form, never by what a word in it may mean: a key with a value of
//! some length may be a password, whatever the key is called, unless it is one of a few that name
//! what the text is.

use super::forms::is_telling;

/// What a key is called whose value says what the text is, in lower case.
const KINDS: [&str; 5] = ["apiversion", "format", "kind", "type", "version"];
/// A longer value of such a key may be anything, in bytes.
const LONGEST_KIND: usize = 16;
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

/// A key whose value says too little alone, or only what the text is.
fn is_setting(line: &str) -> bool {
    let parts = line.split_once(": ").or_else(|| line.split_once(" = "));
    parts.is_some_and(|(key, value)| {
        let value = value.trim_matches(MARKS);
        let kind = key.trim_matches(MARKS).to_ascii_lowercase();
        let is_kind = KINDS.contains(&kind.as_str()) && value.len() <= LONGEST_KIND;
        is_name(key) && (is_kind || !is_telling(value))
    })
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
