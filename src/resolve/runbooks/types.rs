//! Whether the parts of a condition fit each other.
//!
//! A condition is true or false. Numbers, versions, times and dates have an order among themselves;
//! other texts can only be equal or not. A text between quotes is read as what it is compared with,
//! and so is JSON, because only the command knows it.

use crate::diag::{Code, Diagnostic, Diagnostics, codes};
use crate::model::expression::{Expression, Operator, Term};
use crate::resolve::no_such::offer;
use crate::source::Span;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type<'r> {
    /// True or false.
    Truth,
    Number,
    /// A text, with the word for what it says.
    Text(&'static str),
    /// One of these texts.
    OneOf(Vec<&'r str>),
    /// Something that nobody may learn.
    Secret,
    /// A value of a command's output: anything.
    Json,
}

impl Type<'_> {
    fn describe(&self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text(word) => word,
            Self::OneOf(_) => "a text",
            Self::Secret => "a secret",
            Self::Json => "a value of the output",
        }
    }

    /// Whether one of its values can be before another.
    fn has_order(&self) -> bool {
        matches!(
            self,
            Self::Number | Self::Json | Self::Text("a version" | "a time" | "a date")
        )
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::OneOf(_))
    }
}

/// Reports what does not fit; `types` are those of the condition's paths.
pub(super) fn check<'r>(
    condition: &Expression,
    types: impl Iterator<Item = Type<'r>>,
    diagnostics: &mut Diagnostics,
) {
    let mut judge = Judge {
        paths: types
            .zip(condition.places.iter().copied())
            .collect::<Vec<_>>()
            .into_iter(),
        whole: condition.span,
        diagnostics,
    };
    if let Some(found) = judge.term(&condition.root) {
        judge.truth(&found, &condition.root, "a condition");
    }
}

struct Judge<'r, 'd> {
    /// The types and places of the paths that were not met yet.
    paths: std::vec::IntoIter<(Type<'r>, Span)>,
    whole: Span,
    diagnostics: &'d mut Diagnostics,
}

/// A type, and where the term stands.
struct Found<'r> {
    kind: Type<'r>,
    place: Span,
}

impl<'r> Judge<'r, '_> {
    fn report(
        &mut self,
        code: &'static Code,
        place: Span,
        message: String,
        help: impl Into<String>,
    ) {
        self.diagnostics
            .report(Diagnostic::new(code, place, message).help(help));
    }

    /// The type of a term; nothing if a fault in it was reported.
    fn term(&mut self, term: &Term) -> Option<Found<'r>> {
        let constant = |kind| {
            Some(Found {
                kind,
                place: self.whole,
            })
        };
        match term {
            Term::Text(_) => constant(Type::Text("a text")),
            Term::Number(_) => constant(Type::Number),
            Term::Truth(_) => constant(Type::Truth),
            Term::Path(_) => {
                let (kind, place) = self.paths.next()?;
                if kind == Type::Secret {
                    let message =
                        "a secret cannot decide what is done: the record would tell of it";
                    let help = "let a step use it, and decide by what came of that step";
                    self.report(codes::RB103, place, message.to_owned(), help);
                    return None;
                }
                Some(Found { kind, place })
            }
            Term::Not(inner) => {
                let found = self.term(inner)?;
                self.truth(&found, inner, "`!`")
            }
            Term::Binary(operator, left, right) => {
                let (first, second) = (self.term(left), self.term(right));
                self.binary(*operator, (left, first?), (right, second?))
            }
        }
    }

    /// Insists on true or false.
    fn truth(&mut self, found: &Found<'r>, term: &Term, who: &str) -> Option<Found<'r>> {
        if matches!(found.kind, Type::Truth | Type::Json) {
            return Some(Found {
                kind: Type::Truth,
                place: found.place,
            });
        }
        let message = format!(
            "{who} needs true or false, and `{term}` is {}",
            found.kind.describe()
        );
        let help = match found.kind {
            Type::Number => format!("compare it, such as `{term} > 0`"),
            _ => format!("compare it, such as `{term} == '…'`"),
        };
        self.report(codes::RUNBOOK_TYPE, found.place, message, help);
        None
    }

    fn binary(
        &mut self,
        operator: Operator,
        (left, first): (&Term, Found<'r>),
        (right, second): (&Term, Found<'r>),
    ) -> Option<Found<'r>> {
        let place = if first.place == self.whole {
            second.place
        } else {
            first.place
        };
        let fits = match operator {
            Operator::And | Operator::Or => {
                let who = format!("`{}`", operator.as_str());
                self.truth(&first, left, &who)?;
                self.truth(&second, right, &who)?;
                true
            }
            Operator::Equal | Operator::NotEqual => {
                self.comparable((left, &first.kind), (right, &second.kind), place)
                    && self.possible(&first.kind, right, place)
                    && self.possible(&second.kind, left, place)
            }
            _ => self.ordered((left, &first.kind), (right, &second.kind), place),
        };
        fits.then_some(Found {
            kind: Type::Truth,
            place,
        })
    }

    /// Whether two values can be equal at all.
    fn comparable(
        &mut self,
        (left, first): (&Term, &Type<'_>),
        (right, second): (&Term, &Type<'_>),
        place: Span,
    ) -> bool {
        let alike = first == second || (first.is_text() && second.is_text());
        if alike || *first == Type::Json || *second == Type::Json {
            return true;
        }
        let message = format!(
            "`{left}` is {}, and `{right}` is {}: they are never equal",
            first.describe(),
            second.describe()
        );
        let help = match (left, right, first, second) {
            (_, Term::Number(number), first, _) if first.is_text() => {
                format!("write '{number}' between single quotes")
            }
            (_, Term::Text(text), Type::Number, _) if text.parse::<f64>().is_ok() => {
                format!("write {text} without quotes")
            }
            (_, _, Type::Truth, _) => format!("write `{left}` or `!{left}` alone"),
            _ => "compare values of the same type".to_owned(),
        };
        self.report(codes::RUNBOOK_TYPE, place, message, help);
        false
    }

    /// Whether a value of a closed set can be what it is compared with.
    fn possible(&mut self, kind: &Type<'_>, other: &Term, place: Span) -> bool {
        let (Type::OneOf(values), Term::Text(text)) = (kind, other) else {
            return true;
        };
        let possible = values.contains(&text.as_str());
        if !possible {
            let message = format!("it is never `{text}`");
            self.report(
                codes::RUNBOOK_UNKNOWN_OPTION,
                place,
                message,
                offer(text, values),
            );
        }
        possible
    }

    fn ordered(
        &mut self,
        (left, first): (&Term, &Type<'_>),
        (right, second): (&Term, &Type<'_>),
        place: Span,
    ) -> bool {
        let sides = [(left, first, second), (right, second, first)];
        if let Some((term, kind, _)) = sides.into_iter().find(|(term, kind, other)| {
            let quoted = matches!(term, Term::Text(_)) && other.has_order();
            !quoted && !kind.has_order()
        }) {
            let message = format!("`{term}` is {}, which has no order", kind.describe());
            let help = "compare with `==` or `!=`, or give the value `type: int` or `semver`";
            self.report(codes::RUNBOOK_TYPE, place, message, help);
            return false;
        }
        sides
            .into_iter()
            .all(|(term, _, other)| self.readable(term, other, place))
            && self.alike((left, first), (right, second), place)
    }

    /// Whether a text between quotes can be read as what it is compared with.
    fn readable(&mut self, term: &Term, other: &Type<'_>, place: Span) -> bool {
        let Term::Text(text) = term else { return true };
        let version = semver::Version::parse(text).is_ok();
        let time = text.parse::<jiff::SignedDuration>().is_ok();
        let date = text.parse::<jiff::civil::Date>().is_ok();
        let (fits, example) = match other {
            Type::Text("a version") => (version, "'1.2.3'"),
            Type::Text("a time") => (time, "'10m'"),
            Type::Text("a date") => (date, "'2026-11-20'"),
            Type::Json => (
                version || time || date,
                "a number, a version, a time or a date",
            ),
            Type::Number => (false, "a number, without quotes"),
            _ => return true,
        };
        if !fits {
            let message = match other {
                Type::Json => format!("`'{text}'` is a text, which has no order"),
                _ => format!("`'{text}'` is not {}", other.describe()),
            };
            self.report(
                codes::RUNBOOK_TYPE,
                place,
                message,
                format!("write {example}"),
            );
        }
        fits
    }

    /// Whether two values have the same order.
    fn alike(
        &mut self,
        (left, first): (&Term, &Type<'_>),
        (right, second): (&Term, &Type<'_>),
        place: Span,
    ) -> bool {
        let literal = |term: &Term| matches!(term, Term::Text(_));
        let json = *first == Type::Json || *second == Type::Json;
        if json || literal(left) || literal(right) || first == second {
            return true;
        }
        let message = format!(
            "`{left}` is {}, and `{right}` is {}: neither is before the other",
            first.describe(),
            second.describe()
        );
        let help = "compare values of the same type";
        self.report(codes::RUNBOOK_TYPE, place, message, help);
        false
    }
}
