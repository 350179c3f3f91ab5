//! What YAML does to a text that stands without quotes: ` #` cuts it, and its lines become one.
//!
//! Most shell text and most conditions come through as they were written, and nobody has to quote them.

use crate::source::Span;

/// How YAML damaged the plain text at a place of a file, as the end of "`run` without quotes …". `None`
/// if `value`, which YAML made of it, is all that its author meant.
pub(super) fn damage(file: &str, span: Span, value: &str) -> Option<&'static str> {
    let written = file.get(span.range())?;
    if written.trim_end() != value {
        return Some("is joined to one line by YAML");
    }
    let behind = file[span.range().end..].lines().next().unwrap_or_default();
    // A shell passes over a comment as well, unless it is none there.
    let is_cut = behind.trim_start().starts_with('#') && !is_whole(value);
    is_cut.then_some("ends for YAML before ` #`")
}

/// Whether each quote and each bracket of a text is closed in it.
fn is_whole(text: &str) -> bool {
    let (mut quote, mut open) = (None, Vec::new());
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                signs.next();
            }
            (Some(by), sign) if by == sign => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(sign),
            (None, '(' | '{' | '[') => open.push(sign),
            (None, ')' | '}' | ']') => {
                open.pop();
            }
            _ => {}
        }
    }
    quote.is_none() && open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn what_is_open_is_not_whole() {
        for text in [
            "echo",
            "a 'b' \"c'd\"",
            "test $(x)",
            "a \\\" b",
            "[ -f x ]",
            "'\\'",
        ] {
            assert!(is_whole(text), "{text}");
        }
        for text in ["echo \"a", "echo 'a", "x=${y", "$((16", "`date", "'\\''"] {
            assert!(!is_whole(text), "{text}");
        }
    }
}
