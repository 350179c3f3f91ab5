//! Why a step stands as it does, in the words that the journal has for it: who or what settled a
//! doubt, what ended a wait, why a step was left out.
//!
//! The spellings are those of the format. One that is not among them is not read: whatever the
//! state follows from must not be guessed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who or what settled a doubt.
///
/// A machine is told by its word, and anything else is the name of a person. A person whose name
/// is such a word has `person` beside it, so that every line without that means what it always
/// meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Spelt", into = "Spelt")]
pub enum SettledBy {
    /// What the try left.
    ExitRecord,
    /// The step's `verify`.
    Verify,
    /// That the step may be repeated.
    Effect,
    /// That its command was never started.
    NeverStarted,
    /// A person, by name.
    Person(String),
}

/// How that is spelt in a line.
#[derive(Serialize, Deserialize)]
struct Spelt {
    by: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    person: bool,
}

impl SettledBy {
    /// A machine's word, or nothing for a person.
    fn word(&self) -> Option<&'static str> {
        match self {
            Self::ExitRecord => Some("exit record"),
            Self::Verify => Some("verify"),
            Self::Effect => Some("effect"),
            Self::NeverStarted => Some("never started"),
            Self::Person(_) => None,
        }
    }

    /// The machine with this word.
    fn machine(word: &str) -> Option<Self> {
        let machines = [
            Self::ExitRecord,
            Self::Verify,
            Self::Effect,
            Self::NeverStarted,
        ];
        let mut machines = machines.into_iter();
        machines.find(|machine| machine.word() == Some(word))
    }

    /// Whether a person said so.
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }
}

impl fmt::Display for SettledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => f.write_str(name),
            machine => f.write_str(machine.word().unwrap_or_default()),
        }
    }
}

impl From<Spelt> for SettledBy {
    fn from(spelt: Spelt) -> Self {
        match Self::machine(&spelt.by) {
            Some(machine) if !spelt.person => machine,
            _ => Self::Person(spelt.by),
        }
    }
}

impl From<SettledBy> for Spelt {
    fn from(settled: SettledBy) -> Self {
        match settled {
            SettledBy::Person(name) => Self {
                person: SettledBy::machine(&name).is_some(),
                by: name,
            },
            machine => Self {
                by: machine.word().unwrap_or_default().to_owned(),
                person: false,
            },
        }
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitEnd {
    /// Its time was over.
    Time,
    /// Its probe said yes.
    Probe,
    /// Its probe never said yes: it failed.
    #[serde(rename = "given up")]
    GivenUp,
    /// Its probe said that it will never say yes: it failed.
    Never,
}

impl WaitEnd {
    /// Whether the step failed.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Time | Self::Probe => false,
            Self::GivenUp | Self::Never => true,
        }
    }
}

impl fmt::Display for WaitEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "time",
            Self::Probe => "probe",
            Self::GivenUp => "given up",
            Self::Never => "never",
        })
    }
}

/// Why a step was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipWhy {
    /// Its condition does not hold.
    When,
    /// Whoever started the run wanted it so.
    #[serde(rename = "left out")]
    LeftOut,
    /// A person wanted it so.
    Person,
    /// It needs somebody, nobody is there, and the run is ending.
    Nobody,
}

impl fmt::Display for SkipWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::When => "when",
            Self::LeftOut => "left out",
            Self::Person => "person",
            Self::Nobody => "nobody",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::record::event::{Event, Verdict};

    fn resolved(by: SettledBy) -> Event {
        Event::StepResolved {
            step: "pack".to_owned(),
            attempt: 1,
            verdict: Verdict::Done,
            by,
            reason: None,
            kept: Vec::new(),
        }
    }

    fn line(by: &str) -> String {
        format!(
            r#"{{"type":"step.resolved","step":"pack","attempt":1,"verdict":"done","by":"{by}"}}"#
        )
    }

    #[test]
    fn machines_and_people_are_spelt_as_ever() {
        let person = |name: &str| SettledBy::Person(name.to_owned());
        for (word, by) in [
            ("exit record", SettledBy::ExitRecord),
            ("verify", SettledBy::Verify),
            ("effect", SettledBy::Effect),
            ("never started", SettledBy::NeverStarted),
            ("ana", person("ana")),
            ("Verify", person("Verify")),
            ("", person("")),
        ] {
            let event = resolved(by);
            let written = serde_json::to_string(&event).expect("it can be written");
            assert_eq!(written, line(word));
            let read: Event = serde_json::from_str(&line(word)).expect("it can be read");
            assert_eq!(read, event);
        }
    }

    #[test]
    fn a_person_with_the_name_of_a_machine_stays_a_person() {
        for name in ["exit record", "verify", "effect", "never started"] {
            let event = resolved(SettledBy::Person(name.to_owned()));
            let written = serde_json::to_string(&event).expect("it can be written");
            assert!(written.ends_with(r#","person":true}"#), "{written}");
            let read: Event = serde_json::from_str(&written).expect("it can be read");
            assert_eq!(read, event);
        }
    }

    #[test]
    fn a_spelling_that_is_none_is_not_read() {
        for (kind, why) in [
            ("wait.ended", "Given up"),
            ("wait.ended", "given_up"),
            ("wait.ended", ""),
            ("step.skipped", "left_out"),
            ("step.skipped", "somebody"),
        ] {
            let line = format!(r#"{{"type":"{kind}","step":"soak","why":"{why}"}}"#);
            let read = serde_json::from_str::<Event>(&line);
            assert!(read.is_err(), "{line}: {read:?}");
        }
        for (kind, why) in [
            ("wait.ended", "time"),
            ("wait.ended", "probe"),
            ("wait.ended", "given up"),
            ("wait.ended", "never"),
            ("step.skipped", "when"),
            ("step.skipped", "left out"),
            ("step.skipped", "person"),
            ("step.skipped", "nobody"),
        ] {
            let line = format!(r#"{{"type":"{kind}","step":"soak","why":"{why}"}}"#);
            let read: Event = serde_json::from_str(&line).expect("it can be read");
            assert_eq!(serde_json::to_string(&read).expect("written"), line);
        }
    }
}
