//! Expressions and templates: `steps.build.ok && params.count > 2`, `v${{ params.version }}`.
//!
//! Grammar, loosest binding first: `||`, `&&`, one comparison (`== != < <= > >=`), `!`, then a
//! literal (`'text'`, a number, `true`, `false`), a dotted path, or parentheses. Every text is
//! either an expression or a finding at the place where it stops being one.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::expression::{Expression, Operator, Template, TemplatePiece, Term};
use crate::model::value_path::ValuePath;
use crate::parse::places::Places;
use crate::source::Span;
use std::ops::Range;

/// Parentheses and `!` may nest this deep; nobody reads deeper.
const DEEPEST: usize = 32;
/// An expression may join this many terms. Each one deepens the tree that later stages walk.
const MOST_TERMS: usize = 64;

const EXAMPLE: &str =
    "write it like `steps.build.ok && params.count > 2` or `steps.choose.choice == 'yes'`";

/// What to write instead of an operator of another language that stands at a fault or before it.
fn other_operator(text: &str, fault: &Range<usize>) -> Option<&'static str> {
    let rest = text.get(fault.start..)?;
    let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    match word {
        "and" => Some("write `&&` for `and`"),
        "or" => Some("write `||` for `or`"),
        "is" | "in" | "eq" | "ne" => Some("write `==` or `!=`, with a text between single quotes"),
        _ if rest.starts_with('=') => Some("write `==` to compare"),
        _ if text[..fault.start].trim_end().ends_with("not") => Some("write `!` for `not`"),
        _ => None,
    }
}

/// Reads an expression; a fault is reported and gives nothing.
pub(crate) fn parse(
    text: &str,
    span: Span,
    places: &Places,
    diagnostics: &mut Diagnostics,
) -> Option<Expression> {
    let mut reader = Reader::new(text);
    match reader.whole() {
        Ok(root) => Some(Expression {
            text: text.trim().to_owned(),
            span,
            root,
            places: reader
                .paths
                .into_iter()
                .map(|path| places.span(path))
                .collect(),
        }),
        Err(fault) => {
            let help = other_operator(text, &fault.range).unwrap_or(EXAMPLE);
            diagnostics.report(
                Diagnostic::new(
                    codes::RUNBOOK_EXPRESSION,
                    places.span(fault.range),
                    fault.message,
                )
                .help(help),
            );
            None
        }
    }
}

/// Reads a text with `${{ path }}` holes; faults are reported and their holes left out.
pub(crate) fn template(
    text: &str,
    span: Span,
    places: &Places,
    diagnostics: &mut Diagnostics,
) -> Template {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("${{").map(|at| from + at) {
        push_text(&mut parts, &text[from..open]);
        let Some(close) = text[open..].find("}}").map(|at| open + at) else {
            diagnostics.report(
                Diagnostic::new(
                    codes::RUNBOOK_TEMPLATE,
                    places.span(open..open + 3),
                    "`${{` is not closed",
                )
                .help("write `}}` after the name"),
            );
            from = text.len();
            break;
        };
        let hole = open + 3..close;
        parts.extend(hole_part(text, hole, places, diagnostics));
        from = close + 2;
    }
    push_text(&mut parts, &text[from..]);
    Template {
        text: text.to_owned(),
        span,
        parts,
    }
}

fn push_text(parts: &mut Vec<TemplatePiece>, text: &str) {
    if !text.is_empty() {
        parts.push(TemplatePiece::Text(text.to_owned()));
    }
}

fn hole_part(
    text: &str,
    hole: Range<usize>,
    places: &Places,
    diagnostics: &mut Diagnostics,
) -> Option<TemplatePiece> {
    let span = places.span(hole.start - 3..hole.end + 2);
    let inner = text[hole.clone()].trim();
    match Reader::new(inner).whole() {
        Ok(root @ Term::Path(_)) => Some(TemplatePiece::Hole(Expression {
            text: inner.to_owned(),
            span,
            root,
            places: vec![span],
        })),
        _ => {
            diagnostics.report(
                Diagnostic::new(
                    codes::RUNBOOK_TEMPLATE,
                    span,
                    format!("`{inner}` is not the name of a value"),
                )
                .help("a hole takes one name, such as `${{ params.version }}`"),
            );
            None
        }
    }
}

struct Fault {
    range: Range<usize>,
    message: String,
}

type Parsed = Result<Term, Fault>;

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    terms: usize,
    /// Where the paths read so far stand, from left to right.
    paths: Vec<Range<usize>>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            terms: 0,
            paths: Vec::new(),
        }
    }

    fn whole(&mut self) -> Parsed {
        let term = self.any()?;
        self.space();
        match self.at == self.text.len() {
            true => Ok(term),
            false => self.fault("this cannot follow what stands before it"),
        }
    }

    fn fault<T>(&self, message: &str) -> Result<T, Fault> {
        let rest = &self.text[self.at..];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let length = rest
            .chars()
            .next()
            .map_or(0, |first| length.max(first.len_utf8()));
        Err(Fault {
            range: self.at..self.at + length,
            message: message.to_owned(),
        })
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn any(&mut self) -> Parsed {
        let mut left = self.all()?;
        while self.takes("||") {
            left = Term::Binary(Operator::Or, Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Parsed {
        let mut left = self.comparison()?;
        while self.takes("&&") {
            left = Term::Binary(Operator::And, Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.unary()?;
        // The longer sign first, where one begins with another.
        let mut operators = [
            Operator::Equal,
            Operator::NotEqual,
            Operator::LessOrEqual,
            Operator::GreaterOrEqual,
            Operator::Less,
            Operator::Greater,
        ]
        .into_iter();
        match operators.find(|operator| self.takes(operator.as_str())) {
            Some(operator) => Ok(Term::Binary(
                operator,
                Box::new(left),
                Box::new(self.unary()?),
            )),
            None => Ok(left),
        }
    }

    fn unary(&mut self) -> Parsed {
        self.depth += 1;
        self.terms += 1;
        if self.depth > DEEPEST || self.terms > MOST_TERMS {
            return self.fault("this is too long or nested too deeply");
        }
        let term = match () {
            () if self.takes("!") => Term::Not(Box::new(self.unary()?)),
            () if self.takes("(") => self.parenthesised()?,
            () => self.literal()?,
        };
        self.depth -= 1;
        Ok(term)
    }

    fn parenthesised(&mut self) -> Parsed {
        let inner = self.any()?;
        match self.takes(")") {
            true => Ok(inner),
            false => self.fault("a `)` is missing here"),
        }
    }

    fn literal(&mut self) -> Parsed {
        self.space();
        match self.text[self.at..].chars().next() {
            Some('\'') => self.quoted(),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.path(),
            Some('"') => self.fault("texts stand between single quotes"),
            Some(_) => {
                self.fault("a name, a number or a text between single quotes is expected here")
            }
            None => self.fault("something is missing at the end"),
        }
    }

    fn quoted(&mut self) -> Parsed {
        let rest = &self.text[self.at + 1..];
        let Some(end) = rest.find('\'') else {
            return self.fault("this text has no closing quote");
        };
        let text = rest[..end].to_owned();
        self.at += end + 2;
        Ok(Term::Text(text))
    }

    fn number(&mut self) -> Parsed {
        let rest = &self.text[self.at..];
        let end = rest[1..]
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .map_or(rest.len(), |at| at + 1);
        match rest[..end].parse::<f64>() {
            Ok(number) => {
                self.at += end;
                Ok(Term::Number(number))
            }
            Err(_) => self.fault("this is not a number"),
        }
    }

    fn path(&mut self) -> Parsed {
        let rest = &self.text[self.at..];
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.split('.').any(str::is_empty) {
            return self.fault("two dots or a dot at the end");
        }
        let place = self.at..self.at + end;
        self.at += end;
        Ok(match name {
            "true" => Term::Truth(true),
            "false" => Term::Truth(false),
            _ => {
                self.paths.push(place);
                Term::Path(ValuePath::parse(name))
            }
        })
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> Result<Term, (String, String)> {
        let mut sources = Sources::default();
        let id = sources.add("t", text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let parsed = parse(
            text,
            Span::start_of(id),
            &Places::direct(id, 0),
            &mut diagnostics,
        );
        let fault = diagnostics
            .iter()
            .next()
            .map(|d| (sources.slice(d.span).to_owned(), d.message.clone()));
        match (parsed, fault) {
            (Some(found), None) => Ok(found.root),
            (None, Some(fault)) => Err(fault),
            other => panic!("an expression or a fault, not {other:?}"),
        }
    }

    #[test]
    fn and_binds_tighter_than_or_and_comparisons_tighter_than_both() {
        let Ok(Term::Binary(Operator::Or, left, right)) = read("a.b || c.d == 'x' && !e.f") else {
            panic!("`||` is the loosest")
        };
        assert_eq!(*left, Term::Path(ValuePath::parse("a.b")));
        assert!(matches!(*right, Term::Binary(Operator::And, _, _)));
    }

    #[test]
    fn faults_stand_where_the_text_stops_being_an_expression() {
        for (text, place) in [
            ("a.b &&", ""),
            ("a.b == \"x\"", "\"x\""),
            ("a..b", "a..b"),
            ("a.b c.d", "c.d"),
            ("(a.b", ""),
            ("'open", "'open"),
            ("1.2.3", "1.2.3"),
            ("a.b = 'x'", "="),
            ("", ""),
        ] {
            let fault = read(text).expect_err(text);
            assert_eq!(fault.0, place, "{text}: {}", fault.1);
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        assert!(read(&"(".repeat(100_000)).is_err());
        assert!(read(&"!".repeat(100_000)).is_err());
        assert!(read(&"a.b && ".repeat(100_000)).is_err());
    }
}
