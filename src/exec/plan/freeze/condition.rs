//! Expressions of a runbook to conditions of a plan: each value gets the type it was declared with.

use crate::exec::plan::{Condition, Piece, Term, Text};
use crate::model::data::Data;
use crate::model::expression::{self as model, Expression, Operator, TemplatePiece};
use crate::model::runbook::{Runbook, StepKind, ValueKind};
use crate::model::value_path::{StepValue, ValuePath};

/// The types that a runbook's values were declared with.
pub(super) struct Types<'b> {
    book: &'b Runbook,
    books: &'b [&'b Runbook],
    data: &'b Data,
}

impl<'b> Types<'b> {
    pub(super) fn new(book: &'b Runbook, books: &'b [&'b Runbook], data: &'b Data) -> Self {
        Self { book, books, data }
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

    fn path(&self, path: &ValuePath) -> Term {
        match path {
            ValuePath::Json(names) => Term::Json(names.clone()),
            _ => Term::Value {
                text: Text(vec![Piece::Value(path.clone())]),
                kind: self.kind(path).unwrap_or(ValueKind::String),
            },
        }
    }

    /// The type of a value; nothing if it has none.
    fn kind(&self, path: &ValuePath) -> Option<ValueKind> {
        match path {
            ValuePath::Param(name) => {
                let mut params = self.book.params.iter();
                params.find(|p| p.name.value == *name).map(|p| p.kind.kind)
            }
            ValuePath::Step { id, value } => match value {
                StepValue::Ok | StepValue::Warned | StepValue::Skipped | StepValue::Begun => {
                    Some(ValueKind::Bool)
                }
                StepValue::Exit => Some(ValueKind::Int),
                StepValue::Output(name) => self.output(id, name),
                StepValue::Field(name) => self.field(id, name),
                StepValue::Choice | StepValue::Unknown(_) => None,
            },
            ValuePath::Data(path) => self.data.get(path).map(|value| Data::kind(&value.value)),
            ValuePath::Run(_)
            | ValuePath::UnknownOfParam { .. }
            | ValuePath::UnknownOfRun(_)
            | ValuePath::Each(_)
            | ValuePath::Json(_)
            | ValuePath::Unknown(_) => None,
        }
    }

    fn field(&self, id: &str, name: &str) -> Option<ValueKind> {
        let StepKind::Manual(manual) = &self.book.step(id)?.kind else {
            return None;
        };
        let mut fields = manual.fields.iter();
        fields
            .find(|(own, _)| own.value == name)
            .map(|(_, kind)| kind.kind)
    }

    fn output(&self, id: &str, name: &str) -> Option<ValueKind> {
        let step = self.book.step(id)?;
        let StepKind::Call(call) = &step.kind else {
            let mut outputs = step.outputs.iter();
            return outputs
                .find(|output| output.name.value == name)
                .map(|output| output.kind.kind);
        };
        let mut books = self.books.iter();
        let called = books.find(|book| book.id.value == call.runbook.value)?;
        let (_, output) = called.outputs.iter().find(|(own, _)| own.value == name)?;
        match output.parts.as_slice() {
            // A value that stands alone keeps its type.
            [TemplatePiece::Hole(hole)] => match &hole.root {
                model::Term::Path(path) => Types::new(called, self.books, self.data).kind(path),
                _ => None,
            },
            _ => None,
        }
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
