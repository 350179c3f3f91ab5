//! What the theme says in words of its own: one table for templates, scripts and pages we make.

use serde::Serialize;
use std::collections::BTreeMap;

/// The words by section and key. The built-in ones are all there; a project may replace any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Words {
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

impl Words {
    /// Puts a text in the place of what was there.
    pub fn set(&mut self, section: &str, key: &str, text: String) {
        let section = self.sections.entry(section.to_owned()).or_default();
        section.insert(key.to_owned(), text);
    }

    /// The words of a section.
    pub fn section(&self, section: &str) -> Option<&BTreeMap<String, String>> {
        self.sections.get(section)
    }

    /// The names of the sections.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }

    /// A text of `themes/default/strings.yaml`.
    pub fn get(&self, section: &str, key: &str) -> &str {
        let found = self.section(section).and_then(|section| section.get(key));
        found.expect("what is asked for is in themes/default/strings.yaml")
    }

    /// A text with its `{name}` places filled.
    pub fn fill(&self, section: &str, key: &str, values: &[(&str, &str)]) -> String {
        filled(self.get(section, key), values)
    }
}

/// A text with its `{name}` places filled. Values are not looked through for places.
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(rest.len());
    while let Some((before, name, after)) = next_place(rest) {
        out.push_str(before);
        let value = values.iter().find(|(key, _)| *key == name);
        match value {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    out + rest
}

/// The names of the `{name}` places of a text, sorted.
pub fn places(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_place(rest) {
        found.push(name);
        rest = after;
    }
    found.sort_unstable();
    found
}

/// The text before the next `{name}` place, its name, and the text after it.
pub(crate) fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find('{')?;
        let length = text[start + 1..].find('}')?;
        let name = &text[start + 1..start + 1 + length];
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Some((&text[..start], name, &text[start + length + 2..]));
        }
        from = start + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_values_are_not_read_again() {
        for (text, expected) in [
            ("goes back to {step}", "goes back to {max}"),
            ("{step}{step}", "{max}{max}"),
            ("{other} {Step} {} {", "{other} {Step} {} {"),
            ("", ""),
        ] {
            let mut words = Words::default();
            words.set("step", "text", text.to_owned());
            let filled = words.fill("step", "text", &[("step", "{max}"), ("max", "no")]);
            assert_eq!(filled, expected, "{text}");
        }
        assert_eq!(places("{b} to {a} {}"), ["a", "b"]);
    }
}
