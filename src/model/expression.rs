//! The small expression language of `when`, `assert` and `auto.when`, and `${{ }}` templates.
//!
//! Total and without I/O: an expression is a tree over the paths of a run
//! (`steps.X.outputs.y`, `params.x`, `run.id`, `json.rate`, `each.region`), literals,
//! comparisons and `! && ||`.

use crate::model::spelled::spelled;
use crate::model::value_path::ValuePath;
use crate::source::Span;
use std::fmt;

/// An expression as its author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The text between the quotes or braces.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Its meaning.
    pub root: Term,
    /// Where its paths stand: one for each of `root.paths()`.
    pub places: Vec<Span>,
}

/// A node of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A text between single quotes.
    Text(String),
    /// Digits with at most one point, perhaps with a minus.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A value of the run, such as `steps.build.outputs.image`.
    Path(ValuePath),
    /// `!x`
    Not(Box<Term>),
    /// Two terms and what stands between them.
    Binary(Operator, Box<Term>, Box<Term>),
}

spelled! {
    /// What can stand between two terms.
    pub enum Operator {
        /// Both hold.
        And = "&&",
        /// One of them holds, or both.
        Or = "||",
        /// They are the same.
        Equal = "==",
        /// They are not the same.
        NotEqual = "!=",
        /// The left one is smaller.
        Less = "<",
        /// The left one is not larger.
        LessOrEqual = "<=",
        /// The left one is larger.
        Greater = ">",
        /// The left one is not smaller.
        GreaterOrEqual = ">=",
    }
}

impl Term {
    /// Every path in the tree, from left to right.
    pub fn paths(&self) -> Vec<&ValuePath> {
        match self {
            Self::Path(path) => vec![path],
            Self::Not(inner) => inner.paths(),
            Self::Binary(_, left, right) => [left.paths(), right.paths()].concat(),
            Self::Text(_) | Self::Number(_) | Self::Truth(_) => Vec::new(),
        }
    }
}

/// As an author would write it.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Path(path) => write!(f, "{path}"),
            Self::Not(inner) => {
                f.write_str("!")?;
                inner.show(f, matches!(**inner, Self::Binary(..)))
            }
            Self::Binary(operator, left, right) => {
                let own = operator.binds();
                // `a && b && c` is read from the left; of comparisons only one stands alone.
                let is_chained = matches!(operator, Operator::And | Operator::Or);
                left.show(
                    f,
                    left.binds() < own || (left.binds() == own && !is_chained),
                )?;
                write!(f, " {} ", operator.as_str())?;
                right.show(f, right.binds() <= own)
            }
        }
    }
}

impl Term {
    /// Shows the term as a part of another one.
    fn show(&self, f: &mut fmt::Formatter<'_>, in_parentheses: bool) -> fmt::Result {
        match in_parentheses {
            true => write!(f, "({self})"),
            false => write!(f, "{self}"),
        }
    }

    /// How tightly it holds together.
    fn binds(&self) -> u8 {
        match self {
            Self::Binary(operator, ..) => operator.binds(),
            _ => 4,
        }
    }
}

impl Operator {
    /// How tightly it holds its sides together.
    fn binds(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            _ => 3,
        }
    }
}

/// Text with `${{ path }}` holes, allowed only where `docs/formats/runbook.md` says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The text as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Its pieces in order.
    pub parts: Vec<TemplatePiece>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePiece {
    /// Text that stands for itself.
    Text(String),
    /// A hole, filled with the value of an expression.
    Hole(Expression),
}

impl Template {
    /// The expressions in the holes.
    pub fn holes(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePiece::Hole(expression) => Some(expression),
            TemplatePiece::Text(_) => None,
        })
    }
}
