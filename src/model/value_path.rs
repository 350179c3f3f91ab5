//! Paths of values: `params.version`, `steps.build.outputs.image`, `run.id`, `each.region`,
//! `data.quality.coverage`.
//!
//! Read once, here; everybody else matches what a path means. In a frozen plan the ids of steps and
//! the names of loop items hold the calls that they stand in: `steps.ship/tag.ok`.

use crate::model::spelled::spelled;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Where a value comes from. Every dotted text is one of these and is shown as the same text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValuePath {
    /// `params.NAME`: what whoever started the run gave.
    Param(String),
    /// `params.NAME.REST`: something of a param, which has no parts.
    UnknownOfParam {
        /// The param.
        name: String,
        /// What follows it.
        rest: String,
    },
    /// `steps.ID.…`: what a step came to.
    Step {
        /// The step.
        id: String,
        /// What is asked of it.
        value: StepValue,
    },
    /// `run.NAME`: what every run can tell of itself.
    Run(RunValue),
    /// `run.NAME` with a name that means nothing.
    UnknownOfRun(String),
    /// `each.NAME`: the item of a loop.
    Each(String),
    /// `json.a.b`: a member of what a command said, by the names on the way to it.
    Json(Vec<String>),
    /// `data.FILE.KEY`: a value of the project's data, by its path in [`Data`](super::data::Data). A plan
    /// holds the value in its place.
    Data(String),
    /// Nothing of these.
    Unknown(String),
}

/// What can be asked of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepValue {
    /// `ok`: whether it succeeded.
    Ok,
    /// `warned`: whether it failed and that was only a warning.
    Warned,
    /// `skipped`: whether it was left out.
    Skipped,
    /// `begun`: whether a call was begun; only in plans.
    Begun,
    /// `exit`: its exit code.
    Exit,
    /// `choice`: what a person chose.
    Choice,
    /// `outputs.NAME`: what it handed on.
    Output(String),
    /// `fields.NAME`: what a person wrote down.
    Field(String),
    /// What means nothing; empty if nothing follows the step.
    Unknown(String),
}

spelled! {
    /// What every run can tell of itself.
    pub enum RunValue {
        /// A ULID: it grows with the time at which the run was made.
        Id = "id",
        /// The hash of the journal's last line.
        Head = "head",
        /// The person who started it.
        Initiator = "initiator",
        /// The incident that it belongs to, if one was named.
        Incident = "incident",
        /// The ticket that it belongs to, if one was named.
        Ticket = "ticket",
        /// The step that failed, if one did.
        FailedStep = "failed_step",
        /// The command that shows its report.
        Report = "report",
        /// The folder that steps work in.
        Target = "target",
        /// The project's id.
        Project = "project",
    }
}

impl ValuePath {
    /// Reads a path; what means nothing is a path too, and says so.
    pub fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            ["params", name] => Self::Param((*name).to_owned()),
            ["params", name, rest @ ..] if !rest.is_empty() => Self::UnknownOfParam {
                name: (*name).to_owned(),
                rest: rest.join("."),
            },
            ["steps", _, ""] => Self::Unknown(text.to_owned()),
            ["steps", id, rest @ ..] => Self::of_step(*id, StepValue::parse(rest)),
            ["run", name] => match RunValue::from_word(name) {
                Some(value) => Self::Run(value),
                None => Self::UnknownOfRun((*name).to_owned()),
            },
            ["each", name] => Self::Each((*name).to_owned()),
            ["json", first, rest @ ..] => {
                let names = std::iter::once(first).chain(rest);
                Self::Json(names.map(|name| (*name).to_owned()).collect())
            }
            ["data", first, rest @ ..] if !first.is_empty() && !rest.is_empty() => {
                Self::Data(parts[1..].join("."))
            }
            _ => Self::Unknown(text.to_owned()),
        }
    }

    /// A value of a step.
    pub fn of_step(id: impl Into<String>, value: StepValue) -> Self {
        Self::Step {
            id: id.into(),
            value,
        }
    }

    /// Whether it means something in a run.
    fn is_of_runs(&self) -> bool {
        match self {
            Self::Param(_) | Self::Run(_) | Self::Each(_) | Self::Json(_) => true,
            Self::Step { value, .. } => !matches!(value, StepValue::Unknown(_)),
            Self::UnknownOfParam { .. }
            | Self::UnknownOfRun(_)
            | Self::Data(_)
            | Self::Unknown(_) => false,
        }
    }
}

impl StepValue {
    fn parse(parts: &[&str]) -> Self {
        match parts {
            ["ok"] => Self::Ok,
            ["warned"] => Self::Warned,
            ["skipped"] => Self::Skipped,
            ["begun"] => Self::Begun,
            ["exit"] => Self::Exit,
            ["choice"] => Self::Choice,
            ["outputs", name] => Self::Output((*name).to_owned()),
            ["fields", name] => Self::Field((*name).to_owned()),
            _ => Self::Unknown(parts.join(".")),
        }
    }
}

/// As an author writes it.
impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Param(name) => write!(f, "params.{name}"),
            Self::UnknownOfParam { name, rest } => write!(f, "params.{name}.{rest}"),
            Self::Step {
                id,
                value: StepValue::Unknown(rest),
            } if rest.is_empty() => write!(f, "steps.{id}"),
            Self::Step { id, value } => write!(f, "steps.{id}.{value}"),
            Self::Run(value) => write!(f, "run.{}", value.as_str()),
            Self::UnknownOfRun(name) => write!(f, "run.{name}"),
            Self::Each(name) => write!(f, "each.{name}"),
            Self::Json(names) => write!(f, "json.{}", names.join(".")),
            Self::Data(path) => write!(f, "data.{path}"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// As it stands behind the step's id.
impl fmt::Display for StepValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Warned => f.write_str("warned"),
            Self::Skipped => f.write_str("skipped"),
            Self::Begun => f.write_str("begun"),
            Self::Exit => f.write_str("exit"),
            Self::Choice => f.write_str("choice"),
            Self::Output(name) => write!(f, "outputs.{name}"),
            Self::Field(name) => write!(f, "fields.{name}"),
            Self::Unknown(rest) => f.write_str(rest),
        }
    }
}

/// JSON holds it as text, and only one that means something in a run.
impl Serialize for ValuePath {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ValuePath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(from)?;
        let path = Self::parse(&text);
        let unknown = || D::Error::custom(format!("`{text}` is no value of a run"));
        path.is_of_runs().then_some(path).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::config;
    use proptest::prelude::*;

    #[test]
    fn paths_mean_what_they_say() {
        use StepValue as S;
        let step = |id: &str, value| ValuePath::of_step(id, value);
        for (text, path) in [
            ("params.version", ValuePath::Param("version".into())),
            ("steps.a.ok", step("a", S::Ok)),
            ("steps.a.warned", step("a", S::Warned)),
            ("steps.a.skipped", step("a", S::Skipped)),
            ("steps.ship/a.begun", step("ship/a", S::Begun)),
            ("steps.a.exit", step("a", S::Exit)),
            ("steps.a.choice", step("a", S::Choice)),
            (
                "steps.ship/a.outputs.x",
                step("ship/a", S::Output("x".into())),
            ),
            ("steps.a.fields.x", step("a", S::Field("x".into()))),
            ("each.ship/region", ValuePath::Each("ship/region".into())),
            ("json.a.0", ValuePath::Json(vec!["a".into(), "0".into()])),
            (
                "data.quality.coverage",
                ValuePath::Data("quality.coverage".into()),
            ),
            // Text that means nothing stays what it was.
            ("steps.a", step("a", S::Unknown(String::new()))),
            ("steps.a.outputs", step("a", S::Unknown("outputs".into()))),
            (
                "steps.a.outputs.x.y",
                step("a", S::Unknown("outputs.x.y".into())),
            ),
            ("run.name", ValuePath::UnknownOfRun("name".into())),
            ("run.id.x", ValuePath::Unknown("run.id.x".into())),
            (
                "params.x.y.z",
                ValuePath::UnknownOfParam {
                    name: "x".into(),
                    rest: "y.z".into(),
                },
            ),
            ("params", ValuePath::Unknown("params".into())),
            ("data.quality", ValuePath::Unknown("data.quality".into())),
            ("json", ValuePath::Unknown("json".into())),
        ] {
            assert_eq!(ValuePath::parse(text), path);
        }
        for (word, value) in RunValue::WORDS {
            assert_eq!(
                ValuePath::parse(&format!("run.{word}")),
                ValuePath::Run(value)
            );
        }
    }

    #[test]
    fn only_what_means_something_is_read_from_json() {
        for text in ["params.x", "steps.a/b.begun", "run.failed_step", "each.a/b"] {
            let json = serde_json::to_string(text).expect("it is JSON");
            let path: ValuePath = serde_json::from_str(&json).expect("it is a path");
            assert_eq!(serde_json::to_string(&path).expect("it is JSON"), json);
        }
        for text in [
            "",
            "params",
            "params.x.y",
            "run.x",
            "steps.a",
            "steps.a.b",
            "steps.a.",
            "x.y",
        ] {
            let json = serde_json::to_string(text).expect("it is JSON");
            assert!(serde_json::from_str::<ValuePath>(&json).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(config("tests/regressions/value-paths.txt", 512))]

        #[test]
        fn every_text_is_shown_as_it_was_read(
            text in "((params|steps|run|each|json|outputs|fields|ok|id|a|b/c|)\\.?){0,6}"
        ) {
            prop_assert_eq!(ValuePath::parse(&text).to_string(), text);
        }
    }
}
