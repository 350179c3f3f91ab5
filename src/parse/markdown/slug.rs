//! Heading anchors by the forge's rule, so that a link works there and here.
//!
//! The rule is GitHub's, as its open `github-slugger` states it: lower case, punctuation
//! dropped, each space a hyphen, repeats numbered `-1`, `-2`. Where that leaves nothing, as of `???`,
//! the anchor is `_`.

use std::collections::HashMap;

/// The anchor of a heading's text, before repeats are numbered.
pub(crate) fn slug(text: &str) -> String {
    text.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ if c.is_alphanumeric() || is_mark(c) => Some(c),
            _ => None,
        })
        .collect()
}

/// Combining marks stay with their letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}')
}

/// Gives each heading of a page an anchor of its own.
#[derive(Debug, Default)]
pub(crate) struct Slugs {
    used: HashMap<String, usize>,
}

impl Slugs {
    /// The anchor for the next heading with this text.
    pub(crate) fn next(&mut self, text: &str) -> String {
        let base = Some(slug(text)).filter(|slug| !slug.is_empty());
        let base = base.unwrap_or_else(|| "_".to_owned());
        let mut found = base.clone();
        while self.used.contains_key(&found) {
            let count = self.used.entry(base.clone()).or_default();
            *count += 1;
            found = format!("{base}-{count}");
        }
        self.used.insert(found.clone(), 0);
        found
    }

    /// Takes an anchor that the author chose; `false` if the page has it already.
    pub(crate) fn claim(&mut self, id: &str) -> bool {
        self.used.insert(id.to_owned(), 0).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_the_forge() {
        for (text, expected) in [
            ("Roll back", "roll-back"),
            ("What's new?", "whats-new"), // punctuation goes
            ("A & B", "a--b"),            // the space on each side stays
            ("`npm publish` fails", "npm-publish-fails"),
            ("snake_case v1.2", "snake_case-v12"),
            ("Über Größe", "über-größe"), // letters of any script stay
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn repeats_are_numbered_and_never_collide() {
        let mut slugs = Slugs::default();
        let got: Vec<_> = ["Fix", "Fix", "Fix 1", "Fix"].map(|t| slugs.next(t)).into();
        assert_eq!(got, ["fix", "fix-1", "fix-1-1", "fix-2"]);
    }
}
