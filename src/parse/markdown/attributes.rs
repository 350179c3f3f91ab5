//! `{#id key="value"}` after a fence's language or a directive's name.

use std::ops::Range;

/// What stood between the braces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// The `#id`, as a pair with an empty key.
    pub(super) id: Option<Pair>,
    pub(super) pairs: Vec<Pair>,
}

/// `key="value"`, and where in the text both stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) key_at: Range<usize>,
    pub(super) value_at: Range<usize>,
}

impl Attributes {
    /// The same with all places moved on by `by` bytes.
    pub(super) fn moved(mut self, by: usize) -> Self {
        for pair in self.pairs.iter_mut().chain(&mut self.id) {
            pair.key_at = pair.key_at.start + by..pair.key_at.end + by;
            pair.value_at = pair.value_at.start + by..pair.value_at.end + by;
        }
        self
    }

    /// The pair with this key.
    pub(super) fn get(&self, key: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.key == key)
    }
}

/// Reads `{…}`; `None` if it is not well formed. Places count from the start of `text`.
pub(super) fn parse(text: &str) -> Option<Attributes> {
    let place = |part: &str| {
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        start..start + part.len()
    };
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut found = Attributes::default();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('#') {
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            found.id = Some(Pair {
                key: String::new(),
                value: after[..end].to_owned(),
                key_at: place(&rest[..1]),
                value_at: place(&after[..end]),
            });
            rest = after[end..].trim_start();
            continue;
        }
        let (key, after) = rest.split_once('=')?;
        let quoted = after.strip_prefix('"')?;
        let (value, after) = quoted.split_once('"')?;
        let fits = |b: u8| b.is_ascii_lowercase() || b"_-".contains(&b);
        if key.is_empty() || !key.bytes().all(fits) {
            return None;
        }
        found.pairs.push(Pair {
            key: key.to_owned(),
            value: value.to_owned(),
            key_at: place(key),
            value_at: place(value),
        });
        rest = after.trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_quoted_values_are_read_with_their_places() {
        let text = r#"{#cut title="a b" hl="2-3"}"#;
        let found = parse(text).expect("this is well formed");
        let value = |key| found.get(key).map(|pair| &text[pair.value_at.clone()]);
        assert_eq!(found.id.as_ref().map(|id| id.value.as_str()), Some("cut"));
        assert_eq!(value("title"), Some("a b"));
        assert_eq!(value("hl"), Some("2-3"));
        assert_eq!(value("lines"), None);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["{a=b}", "{a=\"b}", "{=\"b\"}", "a", "{A=\"b\"}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
