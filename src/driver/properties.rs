//! Checker and evaluator of conditions agree: what `check` accepts always comes to true or false by
//! the types of its values, and to what a plain reading of the condition says; what it refuses
//! has no such meaning.

use super::open;
use crate::diag::Severity;
use crate::exec::plan::freeze::{self, Start};
use crate::exec::plan::{Condition, Params, Plan, SourceRecord};
use crate::exec::record::event::{Event, Outcome};
use crate::exec::state::RunState;
use crate::exec::state::values::Values;
use crate::model::expression::{Operator, Term};
use crate::model::value_path::ValuePath;
use crate::properties::config;
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The paths that conditions may use here, with the types of their values.
const PATHS: [(&str, Kind); 12] = [
    ("params.count", Kind::Number),
    ("params.name", Kind::Word),
    ("params.open", Kind::Truth),
    ("params.version", Kind::Version),
    ("params.pause", Kind::Time),
    ("params.day", Kind::Day),
    ("params.level", Kind::Word),
    ("steps.made.outputs.size", Kind::Number),
    ("steps.made.exit", Kind::Number),
    ("steps.made.ok", Kind::Truth),
    ("steps.pick.choice", Kind::Word),
    ("run.initiator", Kind::Word),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Truth,
    Number,
    /// A text between quotes.
    Text,
    /// A text that is no more than that.
    Word,
    Version,
    Time,
    Day,
}

/// A value by its type.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Truth(bool),
    Number(f64),
    Text(String, Kind),
}

fn runbook(condition: &Term) -> String {
    let when = serde_json::to_string(&condition.to_string()).expect("a text can be written");
    format!(
        "runbook: 1\nid: work\nversion: 1.0.0\ntitle: Work\nowner: developer\nfixes: x\nparams:\n  count: {{ type: int, default: 1 }}\n  name: {{ type: string, default: x }}\n  open: {{ type: bool, default: true }}\n  version: {{ type: semver, default: 1.2.3 }}\n  pause: {{ type: duration, default: 1m }}\n  day: {{ type: date, default: \"2026-11-26\" }}\n  level: {{ type: enum, values: [low, high], default: low }}\nsteps:\n  - id: made\n    title: Made\n    run: |\n      true\n    effect: idempotent\n    outputs: {{ size: {{ type: int }} }}\n  - {{ id: pick, title: Pick, decide: {{ text: Pick, options: {{ left: {{}}, right: {{}} }} }} }}\n  - {{ id: last, title: Last, notify: {{ channel: terminal, text: Last }}, when: {when} }}\n"
    )
}

fn term() -> impl Strategy<Value = Term> {
    let words = [
        "low",
        "high",
        "left",
        "x",
        "1.2.3",
        "1.2.4",
        "1m",
        "60s",
        "2026-11-26",
        "5",
        "true",
        "",
    ];
    let path = |(path, _): (&str, Kind)| Term::Path(ValuePath::parse(path));
    let leaf = prop_oneof![
        4 => select(PATHS.to_vec()).prop_map(path),
        2 => select(words.to_vec()).prop_map(|word| Term::Text(word.to_owned())),
        1 => select(vec![-1.0, 0.0, 1.0, 1.5, 5.0]).prop_map(Term::Number),
        1 => any::<bool>().prop_map(Term::Truth),
    ];
    let compared = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ];
    let joined = [Operator::And, Operator::Or];
    let binary = |(operator, left, right)| Term::Binary(operator, Box::new(left), Box::new(right));
    let comparison = (select(compared.to_vec()), leaf.clone(), leaf.clone()).prop_map(binary);
    prop_oneof![1 => leaf, 4 => comparison].prop_recursive(3, 8, 2, move |inner| {
        prop_oneof![
            inner.clone().prop_map(|term| Term::Not(Box::new(term))),
            (select(joined.to_vec()), inner.clone(), inner).prop_map(binary),
        ]
    })
}

/// What the paths come to.
fn values() -> impl Strategy<Value = BTreeMap<&'static str, String>> {
    let pool = |path: &str, kind: Kind| match (path, kind) {
        ("params.level", _) => vec!["low", "high"],
        ("params.day", _) => vec!["2026-11-26", "20261125"],
        ("steps.pick.choice", _) => vec!["left", "right"],
        ("steps.made.exit", _) => vec!["0"],
        ("steps.made.ok", _) => vec!["true"],
        (_, Kind::Truth) => vec!["true", "false"],
        (_, Kind::Number) => vec!["-1", "0", "1", "5"],
        (_, Kind::Version) => vec!["1.2.3", "1.10.0"],
        (_, Kind::Time) => vec!["60s", "1m", "2h"],
        (_, Kind::Text | Kind::Word | Kind::Day) => vec!["x", "5", "true", "60s", "1.2.3", ""],
    };
    let picked: Vec<_> = PATHS
        .into_iter()
        .map(|(path, kind)| {
            select(pool(path, kind)).prop_map(move |value| (path, value.to_owned()))
        })
        .collect();
    picked.prop_map(|picked| picked.into_iter().collect())
}

/// What a term comes to by its types alone; otherwise why it has no meaning.
fn plainly(term: &Term, values: &BTreeMap<&'static str, String>) -> Result<Value, String> {
    let truth = |term: &Term| match plainly(term, values)? {
        Value::Truth(truth) => Ok(truth),
        other => Err(format!("{other:?} is no truth")),
    };
    Ok(match term {
        Term::Text(text) => Value::Text(text.clone(), Kind::Text),
        Term::Number(number) => Value::Number(*number),
        Term::Truth(truth) => Value::Truth(*truth),
        Term::Path(path) => of_path(&path.to_string(), values),
        Term::Not(inner) => Value::Truth(!truth(inner)?),
        Term::Binary(Operator::And, left, right) => {
            let (left, right) = (truth(left)?, truth(right)?);
            Value::Truth(left && right)
        }
        Term::Binary(Operator::Or, left, right) => {
            let (left, right) = (truth(left)?, truth(right)?);
            Value::Truth(left || right)
        }
        Term::Binary(operator, left, right) => Value::Truth(compared(
            *operator,
            plainly(left, values)?,
            plainly(right, values)?,
        )?),
    })
}

fn of_path(path: &str, values: &BTreeMap<&'static str, String>) -> Value {
    let (known, kind) = PATHS
        .into_iter()
        .find(|(known, _)| *known == path)
        .expect("it is one of them");
    let text = &values[known];
    match kind {
        Kind::Truth => Value::Truth(text == "true"),
        Kind::Number => Value::Number(text.parse().expect("it is a number")),
        kind => Value::Text(text.clone(), kind),
    }
}

fn compared(operator: Operator, left: Value, right: Value) -> Result<bool, String> {
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    let order = match (&left, &right) {
        (Value::Truth(one), Value::Truth(other)) if is_equality => Some(one.cmp(other)),
        (Value::Number(one), Value::Number(other)) => one.partial_cmp(other),
        (Value::Text(one, first), Value::Text(other, second)) => {
            // A text between quotes is read as what it is compared with.
            let is_plain = |kind| [Kind::Text, Kind::Word].contains(kind);
            let kind = if is_plain(first) { second } else { first };
            let is_readable = read(*kind, one).is_some() && read(*kind, other).is_some();
            let is_alike = first == second || [first, second].contains(&&Kind::Text);
            if !is_equality && (!is_alike || !is_readable || is_plain(kind)) {
                return Err(format!("{left:?} and {right:?} have no order"));
            }
            read(*kind, one).and_then(|one| Some(one.cmp(&read(*kind, other)?)))
        }
        _ => return Err(format!("{left:?} and {right:?} do not fit")),
    };
    Ok(match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Operator::Greater => order == Some(Ordering::Greater),
        _ => order.is_some_and(Ordering::is_ge),
    })
}

/// A text of this kind, as something that has an order.
fn read(kind: Kind, text: &str) -> Option<Read> {
    Some(match kind {
        Kind::Version => Read::Version(text.parse().ok()?),
        Kind::Time => Read::Time(text.parse().ok()?),
        Kind::Day => Read::Day(text.parse().ok()?),
        _ => Read::Text(text.to_owned()),
    })
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Read {
    Version(semver::Version),
    Time(SignedDuration),
    Day(jiff::civil::Date),
    Text(String),
}

/// What is known of a run in which these are the values.
fn state(values: &BTreeMap<&'static str, String>) -> RunState {
    let made = "made".to_owned();
    let mut state = RunState::default();
    for event in [
        Event::StepStarted {
            step: made.clone(),
            attempt: 1,
            terminal: false,
            kept: Vec::new(),
        },
        Event::StepFinished {
            step: made,
            attempt: 1,
            outcome: Outcome::Ok,
            exit: Some(0),
            signal: None,
            outputs: [("size".to_owned(), values["steps.made.outputs.size"].clone())].into(),
            log_sha256: String::new(),
            log_bytes: 0,
            survivors: Vec::new(),
            refused: None,
            kept: Vec::new(),
        },
        Event::DecisionMade {
            step: "pick".to_owned(),
            by: "ana".to_owned(),
            account: None,
            choice: values["steps.pick.choice"].clone(),
            because: None,
            files: Vec::new(),
        },
    ] {
        state.apply("2026-11-26T00:00:00Z", &event);
    }
    state
}

/// The condition of the last step, frozen with these values.
fn frozen(project: &super::Project, values: &BTreeMap<&'static str, String>) -> (Plan, Condition) {
    let books = project.site.books();
    let params = values.iter().filter_map(|(path, value)| {
        Some((
            path.strip_prefix("params.")?.to_owned(),
            Some(value.clone()),
        ))
    });
    let start = Start {
        project: "p".to_owned(),
        target: "/".to_owned(),
        source: SourceRecord::default(),
        initiator: values["run.initiator"].clone(),
        params: Params::of(params.collect()),
        inherit: Vec::new(),
    };
    let house = (&project.site.policy, &project.site.data);
    let plan = freeze::freeze(books[0], &books, house, start);
    let plan = plan.expect("what is accepted can be frozen");
    let when = plan.step("last").and_then(|step| step.when.clone());
    (plan, when.expect("the step has a condition"))
}

proptest! {
    #![proptest_config(config("tests/regressions/conditions.txt", 256))]

    #[test]
    fn what_is_accepted_comes_to_what_it_says_and_the_rest_has_no_meaning(term in term(), values in values()) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("runbooks")).expect("a folder");
        fs::create_dir(folder.path().join("content")).expect("a folder");
        fs::write(folder.path().join("content/index.md"), "# Desk\n").expect("a file");
        fs::write(folder.path().join("site.yaml"), "title: Desk\n").expect("a file");
        fs::write(folder.path().join("runbooks/work.yaml"), runbook(&term)).expect("a file");
        let project = open(folder.path()).expect("it can be read");
        let errors: BTreeSet<&str> = project
            .diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .map(|found| found.code.name)
            .collect();
        let meaning = plainly(&term, &values);

        if errors.is_empty() {
            let (plan, when) = frozen(&project, &values);
            let found = Values { plan: &plan, state: &state(&values), run: "R", head: "", at: "last" };
            prop_assert_eq!(meaning, Ok(Value::Truth(found.holds(&when, None))), "{}", term);
        } else {
            prop_assert!(
                errors.contains("runbook/type") || errors.contains("runbook/unknown-option"),
                "{}: {:?}", term, errors
            );
            let has_meaning = matches!(meaning, Ok(Value::Truth(_))) && !errors.contains("runbook/unknown-option");
            prop_assert!(!has_meaning, "{} is refused, and comes to {:?}", term, meaning);
        }
    }
}
