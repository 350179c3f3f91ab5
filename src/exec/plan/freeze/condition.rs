//! Expressions of a runbook to conditions of a plan: each value gets the type it was declared with.

use crate::exec::plan::{Condition, Piece, Term, Text};
use crate::model::expression::{self as model, Expression, Operator};
use crate::model::runbook::{Runbook, StepKind, ValueKind};

/// The types that a runbook's values were declared with.
pub(super) struct Types<'b> {
    book: &'b Runbook,
    books: &'b [&'b Runbook],
}

impl<'b> Types<'b> {
    pub(super) fn new(book: &'b Runbook, books: &'b [&'b Runbook]) -> Self {
        Self { book, books }
    }

    /// An expression as plans hold it.
    pub(super) fn condition(&self, expression: &Expression) -> Condition {
        Condition {
            text: expression.text.clone(),
            root: self.term(&expression.root),
        }
    }

    fn term(&self, term: &model::Term) -> Term {
        match term {
            model::Term::Text(text) => Term::Text(text.clone()),
            // A number that is none, such as one too large, compares with nothing.
            model::Term::Number(number) => {
                serde_json::Number::from_f64(*number).map_or(Term::Json(Vec::new()), Term::Number)
            }
            model::Term::Truth(truth) => Term::Truth(*truth),
            model::Term::Path(path) => self.path(path),
            model::Term::Not(inner) => Term::Not(Box::new(self.term(inner))),
            model::Term::Binary(operator, left, right) => Term::Binary(
                *operator,
                Box::new(self.term(left)),
                Box::new(self.term(right)),
            ),
        }
    }

    fn path(&self, path: &[String]) -> Term {
        match path {
            [json, rest @ ..] if json == "json" => Term::Json(rest.to_vec()),
            _ => value(
                &path.join("."),
                self.kind(path).unwrap_or(ValueKind::String),
            ),
        }
    }

    /// The type of a value; nothing if it has none.
    fn kind(&self, path: &[String]) -> Option<ValueKind> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["params", name] => {
                let mut params = self.book.params.iter();
                params.find(|p| p.name.value == *name).map(|p| p.kind.kind)
            }
            ["steps", _, "ok" | "warned" | "skipped"] => Some(ValueKind::Bool),
            ["steps", _, "exit"] => Some(ValueKind::Int),
            ["steps", id, part, name] => self.step_kind(id, part, name),
            _ => None,
        }
    }

    fn step_kind(&self, id: &str, part: &str, name: &str) -> Option<ValueKind> {
        let step = self.book.step(id)?;
        match (&step.kind, part) {
            (StepKind::Manual(manual), "fields") => {
                let mut fields = manual.fields.iter();
                fields
                    .find(|(own, _)| own.value == name)
                    .map(|(_, kind)| kind.kind)
            }
            (StepKind::Call(call), "outputs") => {
                let called = self
                    .books
                    .iter()
                    .find(|b| b.id.value == call.runbook.value)?;
                let (_, output) = called.outputs.iter().find(|(own, _)| own.value == name)?;
                let holes: Vec<_> = output.holes().collect();
                match (output.parts.as_slice(), holes.as_slice()) {
                    (
                        [_],
                        [
                            model::Expression {
                                root: model::Term::Path(path),
                                ..
                            },
                        ],
                    ) => Types::new(called, self.books).kind(path),
                    _ => None,
                }
            }
            _ => {
                let mut outputs = step.outputs.iter();
                outputs
                    .find(|output| output.name.value == name)
                    .map(|output| output.kind.kind)
            }
        }
    }
}

/// The value at a path, with its type.
pub(super) fn value(path: &str, kind: ValueKind) -> Term {
    Term::Value {
        text: Text(vec![Piece::Value(path.to_owned())]),
        kind,
    }
}

/// A condition that holds if both do.
pub(super) fn both(first: Term, second: Option<Condition>) -> Condition {
    match second {
        None => Condition {
            text: "the call was begun".to_owned(),
            root: first,
        },
        Some(second) => Condition {
            text: second.text,
            root: Term::Binary(Operator::And, Box::new(first), Box::new(second.root)),
        },
    }
}
