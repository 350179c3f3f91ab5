//! The headings of a changelog, so that a section can be put between them. What is in a fence or in a
//! comment is no heading.

use crate::model::changelog::Heading;
use pulldown_cmark::{Event, Parser, Tag};

/// The headings of a text in Markdown, in their order.
pub fn headings(text: &str) -> Vec<Heading> {
    let events = Parser::new(text).into_offset_iter();
    events
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let written = text[range.clone()].trim_end();
                let range = range.start..range.start + written.len();
                let last = written.lines().last().unwrap_or_default().trim();
                let is_line = |c: char| !last.is_empty() && last.chars().all(|one| one == c);
                let underline = ['=', '-'].into_iter().find(|c| is_line(*c));
                let underline = underline.filter(|_| written.contains('\n'));
                let first = written.lines().next().unwrap_or_default();
                let said = match underline {
                    Some(_) => first,
                    None => first.trim().trim_start_matches('#').trim_end_matches('#'),
                };
                Some(Heading {
                    range,
                    level: level as usize,
                    text: said.trim().to_owned(),
                    underline,
                })
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_found_as_they_are_written() {
        let text = "# Changes\r\n\r\n```md\n## [0.0.1]\n```\n\n## [1.2.0] - 2026-01-02 ##\n- a\n\n1.1.0 / 2025-01-01\n=====\n\n<!--\n## 0.1.0\n-->\n\n1.0.0\n---\n";
        let found = headings(text);
        let said: Vec<(usize, &str, Option<char>, &str)> = found
            .iter()
            .map(|one| {
                (
                    one.level,
                    one.text.as_str(),
                    one.underline,
                    &text[one.range.clone()],
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                (1, "Changes", None, "# Changes"),
                (
                    2,
                    "[1.2.0] - 2026-01-02",
                    None,
                    "## [1.2.0] - 2026-01-02 ##"
                ),
                (
                    1,
                    "1.1.0 / 2025-01-01",
                    Some('='),
                    "1.1.0 / 2025-01-01\n====="
                ),
                (2, "1.0.0", Some('-'), "1.0.0\n---"),
            ]
        );
    }
}
