//! Whatever text stands for an expression, it is one, and means what it says, or there is one
//! finding with a place in it.

use super::*;
use crate::properties::config;
use crate::source::Sources;
use proptest::prelude::*;
use proptest::sample::select;

/// A term of the language.
fn term() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        "[^']{0,8}".prop_map(Term::Text),
        (-999_999_i32..999_999).prop_map(|number| Term::Number(f64::from(number) / 100.0)),
        any::<bool>().prop_map(Term::Truth),
        prop::collection::vec("[a-z_][a-z0-9_]{0,4}", 2..4)
            .prop_map(|parts| Term::Path(ValuePath::parse(&parts.join(".")))),
    ];
    let operators = [
        Operator::And,
        Operator::Or,
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ];
    leaf.prop_recursive(5, 24, 2, move |inner| {
        prop_oneof![
            inner.clone().prop_map(|term| Term::Not(Box::new(term))),
            (select(operators.to_vec()), inner.clone(), inner).prop_map(
                |(operator, left, right)| Term::Binary(operator, Box::new(left), Box::new(right))
            ),
        ]
    })
}

fn read(text: &str) -> (Option<Expression>, Diagnostics) {
    let id = Sources::default().add("t", text.to_owned());
    let mut diagnostics = Diagnostics::default();
    let whole = Span::new(id, 0..text.len());
    let read = parse(text, whole, &Places::direct(id, 0), &mut diagnostics);
    (read, diagnostics)
}

fn is_in(text: &str, span: Span) -> bool {
    text.get(span.range()).is_some()
}

/// Texts that are nearly expressions.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = [
        "a.b",
        "steps.x.ok",
        "true",
        "1",
        "-2.5",
        "'x'",
        "(",
        ")",
        "!",
        "&&",
        "||",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        " ",
        "\n",
        "\"",
        "'",
        ".",
        "é",
        "${{",
        "}}",
        "\u{2003}",
    ];
    prop::collection::vec(select(pieces.to_vec()), 0..14).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(config("tests/regressions/expressions.txt", 1024))]

    #[test]
    fn a_term_that_is_shown_is_read_as_the_same_term(term in term()) {
        let text = term.to_string();
        let (read, diagnostics) = read(&text);
        prop_assert!(diagnostics.is_empty(), "{}: {:?}", text, diagnostics);
        let read = read.expect("it is one");
        prop_assert_eq!(&read.root, &term, "{}", text);
        for (path, place) in read.root.paths().iter().zip(&read.places) {
            prop_assert_eq!(&text[place.range()], path.to_string());
        }
    }

    #[test]
    fn any_text_is_an_expression_or_one_finding(text in prop_oneof![nearly(), ".{0,40}"]) {
        let (read, diagnostics) = read(&text);
        prop_assert_eq!(usize::from(read.is_none()), diagnostics.iter().count());
        prop_assert!(diagnostics.iter().all(|found| is_in(&text, found.span)));
        if let Some(read) = read {
            prop_assert_eq!(read.root.paths().len(), read.places.len());
            prop_assert!(read.places.iter().all(|place| is_in(&text, *place)));
        }
    }

    #[test]
    fn a_template_keeps_all_of_its_text(text in prop_oneof![nearly(), ".{0,40}"]) {
        let id = Sources::default().add("t", text.clone());
        let mut diagnostics = Diagnostics::default();
        let whole = Span::new(id, 0..text.len());
        let template = template(&text, whole, &Places::direct(id, 0), &mut diagnostics);
        prop_assert!(diagnostics.iter().all(|found| is_in(&text, found.span)));
        let shown: String = template.parts.iter().map(|part| match part {
            TemplatePiece::Text(text) => text.clone(),
            TemplatePiece::Hole(hole) => text[hole.span.range()].to_owned(),
        }).collect();
        prop_assert!(!diagnostics.is_empty() || shown == text, "{:?}", template);
    }
}
