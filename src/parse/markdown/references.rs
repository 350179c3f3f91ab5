//! References: where `[label]: target` stands, and which `[text][label]` without one is a mistake.

use pulldown_cmark::RefDefs;
use std::collections::HashMap;
use std::ops::Range;

/// Where the targets of a text's definitions stand, by their labels.
#[derive(Default)]
pub(super) struct Definitions(HashMap<String, Range<usize>>);

impl Definitions {
    /// The definitions that the parser found in `text`.
    pub(super) fn of(found: &RefDefs<'_>, text: &str) -> Self {
        let place = |written: &str, target: &str, span: &Range<usize>| {
            let label_end = written.find("]:").map_or(0, |at| at + 2);
            let at = written[label_end..]
                .find(target)
                .filter(|_| !target.is_empty());
            at.map_or(span.clone(), |at| {
                let start = span.start + label_end + at;
                start..start + target.len()
            })
        };
        let all = found.iter().map(|(label, definition)| {
            let span = &definition.span;
            let written = text.get(span.clone()).unwrap_or_default();
            (folded(label), place(written, &definition.dest, span))
        });
        Self(all.collect())
    }

    /// Where the target stands that a label has.
    pub(super) fn target(&self, label: &str) -> Option<&Range<usize>> {
        self.0.get(&folded(label))
    }
}

/// Labels differ neither by case nor by the white space in them.
fn folded(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Whether `[…][…]` at a place is more likely an index, as in `x[i][j]`, than a link whose
/// definition is missing: it is glued to a word or a bracket and holds no two words, or neither
/// of its halves has a word in it.
pub(super) fn is_index(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let glued = before.is_some_and(|c| c.is_ascii_alphanumeric() || "_])}".contains(c));
    let halves = &text[range.clone()];
    match glued {
        true => !has_words(halves, 2),
        false => !has_words(halves, 1),
    }
}

/// Whether this many words of two letters and more stand side by side, apart by white space.
fn has_words(halves: &str, many: usize) -> bool {
    halves.split(['[', ']']).any(|half| {
        let is_word = |part: &str| {
            let letters = part.chars().filter(|c| c.is_alphabetic()).count();
            letters > 1 || part.chars().any(|c| c.is_alphabetic() && !c.is_ascii())
        };
        half.split_whitespace().filter(|part| is_word(part)).count() >= many
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_told_from_a_link() {
        for (before, halves, expected) in [
            ("x", "[i][j]", true),
            ("work", "[\"payload\"][\"class\"]", true),
            ("f()", "[0][key]", true),
            ("x[0]", "[1][2]", true),
            ("", "[0][1]", true),
            ("see ", "[plan][p]", false),
            ("see", "[the plan][p]", false), // a space forgotten
            ("", "[x][the plan]", false),
            ("参见", "[文本][标签]", false), // no spaces between words
            ("", "[文][1]", false),
        ] {
            let text = format!("{before}{halves}");
            let range = before.len()..text.len();
            assert_eq!(is_index(&text, &range), expected, "{text}");
        }
    }
}
