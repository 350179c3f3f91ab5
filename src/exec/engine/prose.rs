//! A text of a runbook as a terminal shows it: the words of a link, then where it leads, and each line below
//! the first as far to the right as that one.

use crate::model::paths;
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

/// The lines of a Markdown text with `indent` before each. A path is given as it is below the project.
pub(super) fn lines(text: &str, indent: &str) -> String {
    let shown = readable(text.trim());
    let lines: Vec<String> = shown
        .lines()
        .map(|line| format!("{indent}{line}"))
        .collect();
    lines.join("\n")
}

/// The text with `words (place)` for each link; the rest stays as it was written.
fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    let mut open = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Link {
                link_type: LinkType::Inline,
                dest_url,
                ..
            }) => open = Some((range, dest_url, None::<(usize, usize)>)),
            Event::End(TagEnd::Link) => {
                if let Some((range, place, Some((from, to)))) = open.take() {
                    out.push_str(&text[written..range.start]);
                    out.push_str(&format!("{} ({})", &text[from..to], below_project(&place)));
                    written = range.end;
                }
            }
            _ => {
                if let Some((_, _, words)) = &mut open {
                    let from = words.map_or(range.start, |(from, _)| from);
                    *words = Some((from, range.end));
                }
            }
        }
    }
    out + &text[written..]
}

fn below_project(place: &str) -> String {
    let (path, anchor) = place.split_at(place.find('#').unwrap_or(place.len()));
    if path.is_empty() || path.starts_with('/') || path.contains(':') {
        return place.to_owned();
    }
    let below = paths::join(&paths::runbook("any"), path);
    // One that leaves the project is a finding of `check`.
    let below = below.unwrap_or_else(|| path.trim_start_matches("../").to_owned());
    below + anchor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_words_and_a_place_below_the_project() {
        for (text, expected) in [
            (
                "See [T06](../content/release/t06.md#fix), then [`undo`](rollback.yaml).",
                "  See T06 (content/release/t06.md#fix), then `undo` (runbooks/rollback.yaml).",
            ),
            ("a\n[b](https://x.org/y)\n", "  a\n  b (https://x.org/y)"),
            ("`[a](b)` and [c] and (d)", "  `[a](b)` and [c] and (d)"),
            ("[a **b** c](x.md)", "  a **b** c (runbooks/x.md)"),
            ("[](x.md) [a](../../../x)", "  [](x.md) a (x)"),
            ("[#](#here)", "  # (#here)"),
            ("ä [ö](../ü.md) ß", "  ä ö (ü.md) ß"),
        ] {
            assert_eq!(lines(text, "  "), expected, "{text}");
        }
    }
}
