//! The line that a finding is about, as it is shown: of a very long one only what stands around the
//! place, so that many findings in one line are not as many copies of it.
//!
//! What renders it gives signs to the control characters of ASCII. Those of ISO 6429 that have a byte of
//! their own, such as U+009B, act on terminals as well, and become a sign here.

use crate::source::{Sources, Span};
use std::borrow::Cow;
use std::ops::Range;

/// The longest line that is shown whole, in bytes.
const LONGEST: usize = 1_000;
/// How much is shown before and behind the start of a place in a longer line.
const AROUND: usize = 200;
/// Stands where something was left out.
const CUT: &str = "…";

/// A line of a file, or a part of it.
pub(super) struct Excerpt<'s> {
    /// What is shown.
    pub(super) text: Cow<'s, str>,
    /// The place in it, no further than to the end of the line.
    pub(super) place: Range<usize>,
    /// Whether `text` is the whole line.
    pub(super) whole: bool,
}

/// The excerpt for a place; of several lines it is the first.
pub(super) fn quote_line(span: Span, sources: &Sources) -> Excerpt<'_> {
    let text = sources.get(span.source).text();
    let line = sources.get(span.source).line_range(span.start as usize);
    let start = boundary(text, (span.start as usize).min(line.end));
    let end = boundary(text, (span.end as usize).min(line.end)).max(start);
    if line.len() <= LONGEST {
        let place = start - line.start..end - line.start;
        return shown(Cow::Borrowed(&text[line]), place, true);
    }
    let from = boundary(text, start.saturating_sub(AROUND).max(line.start));
    let to = boundary(text, (start + AROUND).min(line.end));
    let before = if from > line.start { CUT } else { "" };
    let behind = if to < line.end { CUT } else { "" };
    let moved = |at: usize| at.min(to) - from + before.len();
    let text = format!("{before}{}{behind}", &text[from..to]);
    shown(Cow::Owned(text), moved(start)..moved(end), false)
}

/// The excerpt with signs for what a terminal would obey.
fn shown(text: Cow<'_, str>, place: Range<usize>, whole: bool) -> Excerpt<'_> {
    let acts = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if !text.contains(acts) {
        return Excerpt { text, place, whole };
    }
    let signs = |part: &str| part.replace(acts, "\u{fffd}");
    let start = signs(&text[..place.start]).len();
    let end = start + signs(&text[place]).len();
    Excerpt {
        text: Cow::Owned(signs(&text)),
        place: start..end,
        whole,
    }
}

/// The last boundary of characters that is not behind a byte.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_a_sign_and_the_place_stays() {
        let mut sources = Sources::default();
        let id = sources.add("a.md", "\u{9b}31m red\u{85}der\n".to_owned());
        let found = quote_line(Span::new(id, 6..12), &sources);
        assert_eq!(found.text, "\u{fffd}31m red\u{fffd}der");
        assert_eq!(&found.text[found.place], "red\u{fffd}d");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let line = "ä".repeat(5_000);
        let mut sources = Sources::default();
        let id = sources.add("a.md", format!("short\n{line}\n"));
        for (start, end, cut) in [
            (6, 8, (false, true)),
            (5_006, 9_000, (true, true)),
            (10_004, 10_006, (true, false)),
        ] {
            let found = quote_line(Span::new(id, start..end), &sources);
            assert!(found.text.len() < 500 && !found.whole);
            assert!(found.text[found.place.clone()].starts_with('ä'));
            let shown = (found.text.starts_with(CUT), found.text.ends_with(CUT));
            assert_eq!(shown, cut, "{start}");
        }
        let found = quote_line(Span::new(id, 1..9), &sources);
        assert_eq!(
            (&*found.text, found.place, found.whole),
            ("short", 1..5, true)
        );
    }
}
