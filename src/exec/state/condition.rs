//! What a condition comes to: `steps.soak.ok && json.rate < 0.02`.
//!
//! Total: every condition is true or false, whatever its values are. A value that is not there
//! equals nothing and is neither smaller nor larger than anything; only `true` itself holds.

use crate::exec::plan::{Condition, Term, Text};
use crate::model::expression::Operator;
use crate::model::runbook::ValueKind;
use std::cmp::Ordering;

/// A value in a comparison.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Missing,
    Truth(bool),
    Number(f64),
    /// A text, and the type it was declared with; a text of the condition itself has none.
    Text(String, Option<ValueKind>),
}

/// Whether a condition holds. `value` gives the values of the run, `json` what a command said.
pub(in crate::exec) fn holds(
    condition: &Condition,
    value: &dyn Fn(&Text) -> Option<String>,
    json: Option<&serde_json::Value>,
) -> bool {
    let world = World { value, json };
    world.value(&condition.root) == Value::Truth(true)
}

struct World<'w> {
    value: &'w dyn Fn(&Text) -> Option<String>,
    json: Option<&'w serde_json::Value>,
}

impl World<'_> {
    fn value(&self, term: &Term) -> Value {
        match term {
            Term::Text(text) => Value::Text(text.clone(), None),
            Term::Number(number) => number.as_f64().map_or(Value::Missing, Value::Number),
            Term::Truth(truth) => Value::Truth(*truth),
            Term::Value { text, kind } => {
                (self.value)(text).map_or(Value::Missing, |text| typed(text, *kind))
            }
            Term::Json(path) => self.json.map_or(Value::Missing, |json| member(json, path)),
            Term::Not(inner) => Value::Truth(!self.is_true(inner)),
            Term::Binary(operator, left, right) => {
                Value::Truth(self.binary(*operator, left, right))
            }
        }
    }

    fn is_true(&self, term: &Term) -> bool {
        self.value(term) == Value::Truth(true)
    }

    fn binary(&self, operator: Operator, left: &Term, right: &Term) -> bool {
        let order = || compare(&self.value(left), &self.value(right));
        match operator {
            Operator::And => self.is_true(left) && self.is_true(right),
            Operator::Or => self.is_true(left) || self.is_true(right),
            Operator::Equal => order() == Some(Ordering::Equal),
            Operator::NotEqual => order() != Some(Ordering::Equal),
            Operator::Less => order() == Some(Ordering::Less),
            Operator::LessOrEqual => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
            Operator::Greater => order() == Some(Ordering::Greater),
            Operator::GreaterOrEqual => {
                matches!(order(), Some(Ordering::Greater | Ordering::Equal))
            }
        }
    }
}

fn typed(text: String, kind: ValueKind) -> Value {
    match kind {
        ValueKind::Int => text.parse().map_or(Value::Missing, Value::Number),
        ValueKind::Bool => text.parse().map_or(Value::Missing, Value::Truth),
        ValueKind::String
        | ValueKind::Text
        | ValueKind::Semver
        | ValueKind::Duration
        | ValueKind::Date
        | ValueKind::Enum
        | ValueKind::Secret => Value::Text(text, Some(kind)),
    }
}

fn member(json: &serde_json::Value, path: &[String]) -> Value {
    let step = |at: &serde_json::Value, name: &String| {
        let item = name.parse::<usize>().ok().and_then(|index| at.get(index));
        at.get(name).or(item).cloned()
    };
    let found = path
        .iter()
        .try_fold(json.clone(), |at, name| step(&at, name));
    match found {
        Some(serde_json::Value::Bool(truth)) => Value::Truth(truth),
        Some(serde_json::Value::Number(number)) => {
            number.as_f64().map_or(Value::Missing, Value::Number)
        }
        Some(serde_json::Value::String(text)) => Value::Text(text, None),
        _ => Value::Missing,
    }
}

/// How two values stand to each other; nothing if they cannot be compared. A text is read as what
/// it is compared with, so that a number that a program printed is a number.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Truth(a), Value::Truth(b)) => Some(a.cmp(b)),
        (Value::Text(a, _), Value::Number(b)) => a.parse::<f64>().ok()?.partial_cmp(b),
        (Value::Number(a), Value::Text(b, _)) => a.partial_cmp(&b.parse::<f64>().ok()?),
        (Value::Text(a, _), Value::Truth(b)) => Some(a.parse::<bool>().ok()?.cmp(b)),
        (Value::Truth(a), Value::Text(b, _)) => Some(a.cmp(&b.parse::<bool>().ok()?)),
        // One of them alone may say how both are read, whichever side it stands on.
        (Value::Text(a, one), Value::Text(b, other)) => {
            let order = |kind: &Option<ValueKind>| kind.and_then(Order::of);
            compare_texts(a, b, order(one).or(order(other)))
        }
        _ => None,
    }
}

/// An order of texts other than that of their letters.
#[derive(Clone, Copy)]
enum Order {
    Version,
    Time,
    Day,
}

impl Order {
    /// The order of a type; nothing if its values are compared as they are.
    fn of(kind: ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Semver => Some(Self::Version),
            ValueKind::Duration => Some(Self::Time),
            ValueKind::Date => Some(Self::Day),
            ValueKind::String
            | ValueKind::Text
            | ValueKind::Int
            | ValueKind::Bool
            | ValueKind::Enum
            | ValueKind::Secret => None,
        }
    }
}

fn compare_texts(a: &str, b: &str, order: Option<Order>) -> Option<Ordering> {
    match order {
        Some(Order::Version) => {
            let version = |text: &str| semver::Version::parse(text).ok();
            version(a)?.partial_cmp(&version(b)?)
        }
        Some(Order::Time) => {
            let time = |text: &str| text.parse::<jiff::SignedDuration>().ok();
            time(a)?.partial_cmp(&time(b)?)
        }
        Some(Order::Day) => {
            let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
            day(a)?.partial_cmp(&day(b)?)
        }
        None => Some(a.cmp(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::plan::Piece;
    use crate::model::value_path::ValuePath;

    fn value(name: &str, kind: &str) -> Term {
        Term::Value {
            text: Text(vec![Piece::Value(ValuePath::Param(name.to_owned()))]),
            kind: ValueKind::from_word(kind).expect("a type"),
        }
    }

    fn judged(root: Term) -> bool {
        let known = |text: &Text| match text.0.as_slice() {
            [Piece::Value(ValuePath::Param(name))] if name == "gone" => None,
            [Piece::Value(ValuePath::Param(name))] => Some(name.clone()),
            _ => None,
        };
        let json =
            serde_json::json!({"rate": 0.01, "list": [{"ok": true}], "name": "x", "none": null});
        let condition = Condition {
            text: String::new(),
            root,
        };
        holds(&condition, &known, Some(&json))
    }

    fn json(path: &str) -> Term {
        Term::Json(path.split('.').map(str::to_owned).collect())
    }

    fn number(number: i32) -> Term {
        Term::Number(number.into())
    }

    #[test]
    fn values_are_compared_by_their_types() {
        for (left, operator, right, expected) in [
            (value("10", "int"), Operator::Greater, number(9), true),
            // As texts, `10` would stand before `9`.
            (value("10", "string"), Operator::Greater, number(9), true),
            (
                value("1.10.0", "semver"),
                Operator::Greater,
                Term::Text("1.9.0".into()),
                true,
            ),
            (
                value("90s", "duration"),
                Operator::Greater,
                Term::Text("1m".into()),
                true,
            ),
            // The side makes no difference.
            (
                value("60s", "string"),
                Operator::Equal,
                value("1m", "duration"),
                true,
            ),
            // A day may be written without dashes.
            (
                value("20261120", "date"),
                Operator::Less,
                Term::Text("2026-11-21".into()),
                true,
            ),
            (
                value("true", "bool"),
                Operator::Equal,
                Term::Truth(true),
                true,
            ),
            (
                value("yes", "bool"),
                Operator::Equal,
                Term::Truth(true),
                false,
            ),
            (
                value("abc", "string"),
                Operator::Equal,
                Term::Text("abc".into()),
                true,
            ),
            (value("abc", "string"), Operator::Less, number(5), false),
            (json("rate"), Operator::Less, number(1), true),
            (json("list.0.ok"), Operator::Equal, Term::Truth(true), true),
            (
                json("name"),
                Operator::NotEqual,
                Term::Text("y".into()),
                true,
            ),
        ] {
            let shown = format!("{left:?} {operator:?} {right:?}");
            let found = judged(Term::Binary(operator, left.into(), right.into()));
            assert_eq!(found, expected, "{shown}");
        }
    }

    #[test]
    fn what_is_not_there_equals_nothing() {
        for missing in [
            value("gone", "int"),
            json("none"),
            json("a.b"),
            json("list"),
        ] {
            for (operator, expected) in [
                (Operator::Equal, false),
                (Operator::NotEqual, true),
                (Operator::Less, false),
                (Operator::GreaterOrEqual, false),
            ] {
                let pair = Term::Binary(operator, missing.clone().into(), number(0).into());
                assert_eq!(judged(pair), expected, "{missing:?} {operator:?} 0");
            }
            assert!(!judged(missing.clone()));
            assert!(judged(Term::Not(missing.into())));
        }
    }

    #[test]
    fn only_true_itself_holds() {
        assert!(!judged(Term::Text("true".into())));
        assert!(!judged(number(1)));
        let and = |a, b| Term::Binary(Operator::And, Term::Truth(a).into(), Term::Truth(b).into());
        let or = |a, b| Term::Binary(Operator::Or, Term::Truth(a).into(), Term::Truth(b).into());
        assert!(judged(and(true, true)) && !judged(and(true, false)));
        assert!(judged(or(false, true)) && !judged(or(false, false)));
    }
}
