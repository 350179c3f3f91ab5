//! The finding about a name that stands for nothing, with the names that are there.

use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::source::Span;

/// The finding about a name at this place; `what` is what it should name, and `known` are those that there are.
pub(super) fn no_such(
    code: &'static Code,
    span: Span,
    what: &str,
    name: &str,
    known: &[&str],
) -> Diagnostic {
    let help = match known.is_empty() {
        true => format!("there is no {what} yet"),
        false => offer(name, known),
    };
    Diagnostic::new(code, span, format!("no {what} `{name}`")).help(help)
}

/// The nearest of some words, or all of them.
pub(super) fn offer(word: &str, known: &[&str]) -> String {
    did_you_mean(word, known.iter().copied())
        .unwrap_or_else(|| format!("there are: {}", known.join(", ")))
}
