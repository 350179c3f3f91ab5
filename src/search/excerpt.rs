//! The piece of a section that shows best why it was found.

use super::words;
use std::collections::BTreeSet;
use std::ops::Range;

/// How long an excerpt is, in bytes, give or take a word.
const LENGTH: usize = 160;
/// How much of it stands before the first word that was found, if its line begins far before.
const BEFORE: usize = 30;
/// How far before a line may begin to be shown from its beginning.
const LINE: usize = 60;

/// A piece of text with the places of the words that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The piece, its lines behind each other.
    pub text: String,
    /// Where words that were found stand in it, in bytes.
    pub marks: Vec<Range<usize>>,
}

/// The piece of `text` with the most different words of `forms`; its beginning if it has none.
pub fn excerpt(text: &str, forms: &BTreeSet<String>) -> Excerpt {
    let found = found(text, forms);
    let best = (0..found.len()).max_by_key(|at| (variety(&found[*at..]), usize::MAX - at));
    let window = window(text, best.map_or(0, |at| found[at].0.start));
    let mut shown = Excerpt::default();
    let mut at = window.start;
    let inside = |(range, _): &&(Range<usize>, String)| {
        range.start >= window.start && range.end <= window.end
    };
    for (range, _) in found.iter().filter(inside) {
        shown.text += &one_line(&text[at..range.start]);
        let start = shown.text.len();
        shown.text += &text[range.clone()];
        shown.marks.push(start..shown.text.len());
        at = range.end;
    }
    shown.text += &one_line(&text[at..window.end]);
    shown
}

/// The lines of a piece behind each other.
fn one_line(piece: &str) -> String {
    piece.replace('\n', " · ")
}

/// The runs of a text that hold a word of `forms`.
fn found(text: &str, forms: &BTreeSet<String>) -> Vec<(Range<usize>, String)> {
    let runs = words::runs(text);
    runs.filter_map(|run| {
        let mut words = run.parts.into_iter().chain(run.compound);
        let word = words.find(|word| forms.contains(word))?;
        Some((run.start..run.end, word))
    })
    .collect()
}

/// How many different words stand within reach of the first.
fn variety(found: &[(Range<usize>, String)]) -> usize {
    let reach = found[0].0.start + LENGTH - BEFORE;
    let near = found.iter().take_while(|(range, _)| range.end <= reach);
    near.map(|(_, word)| word).collect::<BTreeSet<_>>().len()
}

/// A window that shows the word at `first`: from the beginning of its line if that is near, else
/// from a space before it, to a space.
fn window(text: &str, first: usize) -> Range<usize> {
    let is_space = |at: &usize| text.as_bytes()[*at].is_ascii_whitespace();
    let line = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let from = match first - line > LINE {
        true => (first - BEFORE..first)
            .find(is_space)
            .map_or(first, |at| at + 1),
        false => line,
    };
    let limit = from + LENGTH;
    let to = match limit < text.len() {
        true => (first..limit).rev().find(is_space).unwrap_or(text.len()),
        false => text.len(),
    };
    from..to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excerpt_shows_the_place_with_the_most_words_and_marks_them() {
        let forms = BTreeSet::from(["token".to_owned(), "expired".to_owned()]);
        let text = format!(
            "A token.\n{}\nThe token has expired, sign in.",
            "x ".repeat(300)
        );
        let shown = excerpt(&text, &forms);
        assert!(
            shown.text.ends_with("The token has expired, sign in."),
            "{}",
            shown.text
        );
        let marked: Vec<&str> = shown
            .marks
            .iter()
            .map(|mark| &shown.text[mark.clone()])
            .collect();
        assert_eq!(marked, ["token", "expired"]);
    }

    #[test]
    fn a_text_without_the_words_shows_its_beginning() {
        let shown = excerpt("Nothing here.", &BTreeSet::new());
        assert_eq!(
            (shown.text.as_str(), shown.marks.len()),
            ("Nothing here.", 0)
        );
    }
}
