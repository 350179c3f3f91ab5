//! The first line of a directive's template, `{# who, on="weekdays" #}`, to [`Takes`].

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::directive::Takes;
use crate::source::{SourceId, Span};

/// Names that templates are given anyway.
const GIVEN: [&str; 3] = ["content", "words", "root"];

/// Reads what the template of a directive takes; reports a first line that does not say it.
pub fn parse(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Takes {
    let line = text.lines().next().unwrap_or_default();
    let inside = line
        .trim()
        .strip_prefix("{#")
        .and_then(|rest| rest.strip_suffix("#}"));
    let arguments = inside.and_then(arguments).unwrap_or_else(|| {
        let span = Span::new(source, 0..line.len());
        let message = "the first line does not say which arguments the directive takes";
        diagnostics.report(
            Diagnostic::new(codes::DIRECTIVE_TEMPLATE, span, message)
                .help("write `{# who, on=\"weekdays\" #}`, or `{# #}` if it takes none"),
        );
        Vec::new()
    });
    Takes { source, arguments }
}

fn arguments(mut rest: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut found = Vec::new();
    rest = rest.trim();
    while !rest.is_empty() {
        let fits = |c: char| c.is_ascii_lowercase() || c == '_';
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted
                .split_once('"')
                .map(|(value, after)| (Some(value.to_owned()), after))?,
            None => (None, after),
        };
        if name.is_empty() || GIVEN.contains(&name) {
            return None;
        }
        found.push((name.to_owned(), value));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_the_arguments() {
        for (line, expected) in [
            (
                " who, on=\"week, days\" ",
                Some(vec![("who", None), ("on", Some("week, days"))]),
            ),
            (" ", Some(vec![])),
            (" who on ", None),  // no comma
            (" content ", None), // given anyway
            (" on=weekdays ", None),
        ] {
            let expected = expected.map(|list| {
                let own = |(name, value): (&str, Option<&str>)| {
                    (name.to_owned(), value.map(str::to_owned))
                };
                list.into_iter().map(own).collect::<Vec<_>>()
            });
            assert_eq!(arguments(line), expected, "{line}");
        }
    }
}
