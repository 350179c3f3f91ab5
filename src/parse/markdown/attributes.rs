//! `{#id key="value"}` after a fence's language or a directive's name.

/// What stood between the braces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) id: Option<String>,
    pub(crate) pairs: Vec<(String, String)>,
}

impl Attributes {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads `{…}`; `None` if it is not well formed.
pub(crate) fn parse(text: &str) -> Option<Attributes> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut found = Attributes::default();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('#') {
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            found.id = Some(after[..end].to_owned());
            rest = after[end..].trim_start();
            continue;
        }
        let (key, after) = rest.split_once('=')?;
        let quoted = after.strip_prefix('"')?;
        let (value, after) = quoted.split_once('"')?;
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return None;
        }
        found.pairs.push((key.to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_quoted_values_are_read() {
        let found = parse(r#"{#cut title="a b" hl="2-3"}"#).expect("this is well formed");
        assert_eq!(found.id.as_deref(), Some("cut"));
        assert_eq!(found.get("title"), Some("a b"));
        assert_eq!(found.get("hl"), Some("2-3"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["{a=b}", "{a=\"b}", "{=\"b\"}", "a", "{A=\"b\"}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
