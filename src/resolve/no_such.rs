//! The finding about a name that stands for nothing, with the names that are there.

use crate::diag::{Code, Diagnostic, codes, did_you_mean};
use crate::model::data::Data;
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

/// The finding about a path at this place that leads to no value of the data.
pub(super) fn no_datum(span: Span, path: &str, data: &Data) -> Diagnostic {
    let help = did_you_mean(path, data.paths()).unwrap_or_else(|| {
        "name a file of `data/` and the keys in it: `metrics.coverage`".to_owned()
    });
    let file = path.split('.').next().unwrap_or_default();
    Diagnostic::new(codes::DATA_UNKNOWN, span, format!("no value at `{path}`"))
        .help(help)
        .follows_from(format!("data/{file}.yaml"))
}

/// The nearest of some words, or all of them.
pub(super) fn offer(word: &str, known: &[&str]) -> String {
    did_you_mean(word, known.iter().copied())
        .unwrap_or_else(|| format!("there are: {}", known.join(", ")))
}
