//! Conditions of a frozen plan.

use super::Text;
use crate::model::expression::Operator;
use crate::model::runbook::ValueKind;
use serde::{Deserialize, Serialize};

/// An expression, with the types of its values settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// As its author wrote it.
    pub text: String,
    /// Its meaning.
    pub root: Term,
}

/// A node of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// What stood between single quotes.
    Text(String),
    /// Written without quotes; compared as a 64-bit float.
    Number(serde_json::Number),
    /// `true` or `false`.
    Truth(bool),
    /// A value of the run.
    Value {
        /// Where it comes from.
        text: Text,
        /// Its type.
        kind: ValueKind,
    },
    /// A value of the command's JSON output.
    Json(Vec<String>),
    /// `!x`
    Not(Box<Term>),
    /// Two terms and what stands between them, such as `==`.
    Binary(Operator, Box<Term>, Box<Term>),
}

impl Term {
    /// Changes every text in the tree.
    pub fn each_text(&mut self, change: &mut dyn FnMut(&mut Text)) {
        match self {
            Self::Value { text, .. } => change(text),
            Self::Not(inner) => inner.each_text(change),
            Self::Binary(_, left, right) => {
                left.each_text(change);
                right.each_text(change);
            }
            Self::Text(_) | Self::Number(_) | Self::Truth(_) | Self::Json(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_stand_in_plans_as_authors_write_them() {
        for word in ["&&", "||", "==", "!=", "<", "<=", ">", ">="] {
            let text = format!("{{\"binary\":[\"{word}\",{{\"truth\":true}},{{\"text\":\"x\"}}]}}");
            let term: Term = serde_json::from_str(&text).expect("a plan can hold it");
            assert_eq!(serde_json::to_string(&term).expect("it is JSON"), text);
        }
        for word in ["=", "and", "=~", "", "== "] {
            let text = format!("{{\"binary\":[\"{word}\",{{\"truth\":true}},{{\"truth\":true}}]}}");
            let error = serde_json::from_str::<Term>(&text)
                .expect_err(word)
                .to_string();
            assert!(
                error.contains(&format!("unknown variant `{word}`")),
                "{error}"
            );
        }
    }
}
