//! Whether a typed value can begin with `-`, and so be taken as an option.

use crate::model::runbook::{FieldKind, ValueKind};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Whether any value that fits begins with `-`.
pub(super) fn can_begin_with_dash(kind: &FieldKind) -> bool {
    match kind.kind {
        ValueKind::Semver | ValueKind::Date | ValueKind::Bool => false,
        ValueKind::Int => kind.min.is_none_or(|min| min < 0),
        ValueKind::Enum => kind.values.iter().any(|value| value.value.starts_with('-')),
        ValueKind::String | ValueKind::Text | ValueKind::Duration | ValueKind::Secret => {
            let pattern = kind.pattern.as_ref();
            let parsed = pattern.and_then(|pattern| regex_syntax::parse(&pattern.value).ok());
            parsed.is_none_or(|hir| first(&hir) != First::Other)
        }
    }
}

/// What texts that an expression matches can begin with.
#[derive(PartialEq, Eq)]
enum First {
    /// Never with `-`.
    Other,
    /// Some with `-`.
    Dash,
    /// Some of them are empty, and what follows decides.
    Nothing,
}

fn first(hir: &Hir) -> First {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => First::Nothing,
        HirKind::Literal(literal) if literal.0.first() == Some(&b'-') => First::Dash,
        HirKind::Literal(_) => First::Other,
        HirKind::Class(class) if has_dash(class) => First::Dash,
        HirKind::Class(_) => First::Other,
        HirKind::Repetition(repetition) => match first(&repetition.sub) {
            First::Other if repetition.min == 0 => First::Nothing,
            found => found,
        },
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Concat(parts) => {
            let mut found = parts
                .iter()
                .map(first)
                .filter(|first| *first != First::Nothing);
            found.next().unwrap_or(First::Nothing)
        }
        HirKind::Alternation(choices) => {
            let found: Vec<First> = choices.iter().map(first).collect();
            match () {
                () if found.contains(&First::Dash) => First::Dash,
                () if found.contains(&First::Nothing) => First::Nothing,
                () => First::Other,
            }
        }
    }
}

fn has_dash(class: &Class) -> bool {
    match class {
        Class::Unicode(class) => {
            let mut ranges = class.iter();
            ranges.any(|range| (range.start()..=range.end()).contains(&'-'))
        }
        Class::Bytes(class) => {
            let mut ranges = class.iter();
            ranges.any(|range| (range.start()..=range.end()).contains(&b'-'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span, Spanned};

    fn text(pattern: &str) -> FieldKind {
        let mut sources = Sources::default();
        let place = Span::start_of(sources.add("t", String::new()));
        FieldKind {
            kind: ValueKind::String,
            ask: None,
            pattern: Some(Spanned::new(pattern.to_owned(), place)),
            min: None,
            max: None,
            values: Vec::new(),
            unit: None,
        }
    }

    #[test]
    fn a_pattern_tells_how_its_values_begin() {
        for (pattern, expected) in [
            ("[0-9a-f]{40}", false),
            ("[A-Za-z0-9][A-Za-z0-9._-]*", false),
            ("(@[a-z]+/)?[a-z]+", false),
            ("v1|x", false),
            ("^[a-z]+$", false),
            ("[A-Za-z0-9._-]+", true), // the dash is one of them
            (".*", true),
            ("x*-", true),
            ("a|-b", true),
            ("x?", true), // what is empty tells nothing
        ] {
            assert_eq!(can_begin_with_dash(&text(pattern)), expected, "{pattern}");
        }
    }
}
