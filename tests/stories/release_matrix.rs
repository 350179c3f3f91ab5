//! The matrix of releases: what is published, with which second factor, by whom, to which main branch, with
//! which npm. Every two values that make sense together are in a row of the gate; every row that makes sense is in
//! the long tests. `release_rows.rs` plays a row. What makes no sense is named in [`SENSELESS`], with the reason.

use crate::registry::Npm;
use crate::release_rows::play;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Release,
    Prerelease,
    /// A release of an older line, while users of `latest` have a newer one.
    Maintenance,
    /// Nobody ever published the name.
    First,
    Hotfix,
    Rollback,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Factor {
    None,
    Code,
    Browser,
}

/// Who sends the tarball.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum By {
    Person,
    Staged,
    Ci,
}

/// Whether the branch that is released takes pushes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Main {
    Open,
    Protected,
}

/// How severe the fault is that a hotfix fixes: who approves it and what is checked, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Severity {
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) factor: Factor,
    pub(crate) by: By,
    pub(crate) main: Main,
    pub(crate) npm: Npm,
    /// Of a hotfix. In the gate it follows from the npm, so that each of them is in a row; the long tests play
    /// each row with all three.
    pub(crate) severity: Severity,
}

/// A value of any factor of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Kind(Kind),
    Factor(Factor),
    By(By),
    Main(Main),
    Npm(Npm),
}

const KINDS: [Kind; 6] = [
    Kind::Release,
    Kind::Prerelease,
    Kind::Maintenance,
    Kind::First,
    Kind::Hotfix,
    Kind::Rollback,
];
const FACTORS: [Factor; 3] = [Factor::None, Factor::Code, Factor::Browser];
const BYS: [By; 3] = [By::Person, By::Staged, By::Ci];
const MAINS: [Main; 2] = [Main::Open, Main::Protected];

/// Pairs that nobody can meet.
const SENSELESS: &[(Value, Value, &str)] = &[
    (
        Value::By(By::Staged),
        Value::Npm(Npm::Ten),
        "npm 10 has no `npm stage`: the release is refused before anything is built, which releases.rs holds",
    ),
    (
        Value::By(By::Staged),
        Value::Factor(Factor::None),
        "`npm stage approve` asks for the factor, whatever token one has",
    ),
    (
        Value::Kind(Kind::First),
        Value::By(By::Ci),
        "npm trusts a job in CI only for a package that exists",
    ),
    (
        Value::Kind(Kind::Rollback),
        Value::By(By::Staged),
        "a rollback sends no tarball, and its tag is moved by a person",
    ),
    (
        Value::Kind(Kind::Rollback),
        Value::By(By::Ci),
        "a rollback sends no tarball, and its tag is moved by a person",
    ),
    (
        Value::Kind(Kind::Rollback),
        Value::Main(Main::Protected),
        "a rollback pushes nothing",
    ),
];

impl Row {
    fn values(&self) -> [Value; 5] {
        [
            Value::Kind(self.kind),
            Value::Factor(self.factor),
            Value::By(self.by),
            Value::Main(self.main),
            Value::Npm(self.npm),
        ]
    }

    fn has(&self, values: &[Value]) -> bool {
        let own = self.values();
        values.iter().all(|value| own.contains(value))
    }

    fn makes_sense(&self) -> bool {
        !SENSELESS
            .iter()
            .any(|(one, other, _)| self.has(&[*one, *other]))
    }

    /// Each two of its values.
    fn pairs(&self) -> Vec<[Value; 2]> {
        let own = self.values();
        let seconds = |at: usize| own[at + 1..].iter().map(move |second| [own[at], *second]);
        (0..own.len()).flat_map(seconds).collect()
    }
}

/// Every row that can be written down.
fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in KINDS {
        for factor in FACTORS {
            for by in BYS {
                for main in MAINS {
                    rows.extend(Npm::ALL.map(|npm| Row {
                        kind,
                        factor,
                        by,
                        main,
                        npm,
                        severity: match npm {
                            Npm::Ten => Severity::Critical,
                            Npm::Eleven => Severity::High,
                            Npm::Twelve => Severity::Medium,
                        },
                    }));
                }
            }
        }
    }
    rows
}

/// Few rows in which each two values that make sense together are together: always the row next that
/// brings most of what is missing, the first of those.
fn pairwise() -> Vec<Row> {
    let sensible: Vec<Row> = all().into_iter().filter(Row::makes_sense).collect();
    let mut missing: Vec<[Value; 2]> = Vec::new();
    for pair in sensible.iter().flat_map(Row::pairs) {
        if !missing.contains(&pair) {
            missing.push(pair);
        }
    }
    let mut rows = Vec::new();
    while !missing.is_empty() {
        let brings = |row: &&Row| missing.iter().filter(|pair| row.has(*pair)).count();
        let best = *sensible.iter().rev().max_by_key(brings).expect("a row");
        missing.retain(|pair| !best.has(pair));
        rows.push(best);
    }
    rows
}

#[test]
fn every_two_values_are_in_a_row_or_make_no_sense() {
    let rows = pairwise();
    for pair in all().iter().flat_map(Row::pairs) {
        let is_senseless = |(one, other, _): &(Value, Value, &str)| {
            [[*one, *other], [*other, *one]].contains(&[pair[0], pair[1]])
        };
        let is_named = SENSELESS.iter().any(is_senseless);
        let is_played = rows.iter().any(|row| row.has(&pair));
        assert!(is_named != is_played, "{pair:?}: {is_named} {is_played}");
    }
    println!("{} rows: {rows:#?}", rows.len());
}

/// Plays the rows of a kind.
fn played(kind: Kind) {
    let rows = pairwise();
    for row in rows.into_iter().filter(|row| row.kind == kind) {
        play(row);
    }
}

#[test]
fn a_release_reaches_users_in_every_way() {
    played(Kind::Release);
}

#[test]
fn a_prerelease_reaches_those_who_ask_for_it_in_every_way() {
    played(Kind::Prerelease);
}

#[test]
fn a_release_of_an_older_line_reaches_its_users_in_every_way() {
    played(Kind::Maintenance);
}

#[test]
fn the_first_release_reaches_users_in_every_way() {
    played(Kind::First);
}

#[test]
fn a_hotfix_reaches_users_in_every_way() {
    played(Kind::Hotfix);
}

#[test]
fn a_rollback_moves_users_back_in_every_way() {
    played(Kind::Rollback);
}

/// Plays each row of a kind that makes sense.
fn all_played(kind: Kind) {
    all_played_as(kind, None);
}

/// The same with one severity.
fn all_played_as(kind: Kind, severity: Option<Severity>) {
    let of_kind = |row: &Row| row.kind == kind && row.makes_sense();
    let rows: Vec<Row> = all().into_iter().filter(of_kind).collect();
    for (at, row) in rows.iter().enumerate() {
        let severity = severity.unwrap_or(row.severity);
        println!("{} of {}: {row:?}", at + 1, rows.len());
        play(Row { severity, ..*row });
    }
}

#[test]
#[ignore = "long: 44 releases"]
fn every_row_of_a_release() {
    all_played(Kind::Release);
}

#[test]
#[ignore = "long: 44 releases"]
fn every_row_of_a_prerelease() {
    all_played(Kind::Prerelease);
}

#[test]
#[ignore = "long: 44 releases"]
fn every_row_of_an_older_line() {
    all_played(Kind::Maintenance);
}

#[test]
#[ignore = "long: 26 releases"]
fn every_row_of_a_first_release() {
    all_played(Kind::First);
}

#[test]
#[ignore = "long: 44 releases of each severity"]
fn every_row_of_a_hotfix() {
    for severity in [Severity::Medium, Severity::High, Severity::Critical] {
        all_played_as(Kind::Hotfix, Some(severity));
    }
}

#[test]
#[ignore = "long: 9 rollbacks"]
fn every_row_of_a_rollback() {
    all_played(Kind::Rollback);
}
