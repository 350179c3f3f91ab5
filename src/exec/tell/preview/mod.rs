//! What a run of a plan would do, said before anything is done.
//!
//! Each step is shown with all that is known of it by now; what is known only during the run stays as its
//! author wrote it, and is named. With a [`Prober`] the checks, the `verify`s and the steps that
//! only read are run as well, and nothing else is: see [`ahead`](self). A check or a read behind a
//! step that would act is left to the run: before that step its answer says nothing. The forms are [`text`],
//! [`markdown`] and JSON, which is the preview as it is.

mod ahead;
mod describe;
mod effects;
pub mod markdown;
mod probe;
pub mod text;

pub use ahead::build;
pub use probe::{ProbeError, Prober};

use crate::exec::plan::Plan;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Version of this form.
    pub format: u32,
    /// Whether checks, `verify`s and reads were run.
    pub probed: bool,
    /// What has to be settled before it can begin.
    pub first: Vec<String>,
    /// The step after which it would be left.
    pub until: Option<String>,
    /// What may not run twice at once.
    pub lock: Option<Lock>,
    /// What its steps take over from whoever drives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inherited: Vec<Inherited>,
    /// Approvals, in order.
    pub gates: Vec<Gate>,
    /// What is done, in order.
    pub steps: Vec<Outlook>,
    /// What is done after a failure.
    pub on_failure: Vec<Outlook>,
    /// What is done at the end in every case.
    pub finally: Vec<Outlook>,
    /// The plan that would be frozen.
    pub plan: Plan,
}

/// A variable that steps take over from whoever drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inherited {
    /// As the runbook or the project names it.
    pub name: String,
    /// Whether it is set where the preview is made. Its value is nobody's business here.
    pub set: bool,
}

/// The lock of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lock {
    /// What it locks.
    pub key: String,
    /// The run that has it, by the end of its id.
    pub held_by: Option<String>,
}

/// Whose yes a step takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// The step.
    pub step: String,
    /// How many people have to say yes.
    pub count: u32,
    /// Roles, any of which will do.
    pub roles: Vec<String>,
    /// Whether the person who starts the run may not.
    pub not_initiator: bool,
    /// The people that the project knows who can; empty if it lists nobody.
    pub people: Vec<String>,
    /// The row of the approval matrix that asks, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
}

/// A step, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// Its path.
    pub id: String,
    /// Its number, such as `3` or `3.1`; nothing for what comes at the end.
    pub number: Option<String>,
    /// Its name for people.
    pub title: String,
    /// What sort of step it is, in the word of the language.
    pub kind: &'static str,
    /// The conditions under which it is done: its own and those of what it stands in.
    pub when: Vec<String>,
    /// What it does, line by line.
    pub what: Vec<String>,
    /// The environment that its command reads.
    pub env: BTreeMap<String, String>,
    /// What can be said of it beforehand.
    pub traits: Vec<String>,
    /// What it uses that is known only during the run.
    pub unknown: Vec<String>,
    /// What is true of it now.
    pub found: Found,
}

/// What is true of a step before the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Found {
    /// Nobody looked, or looking is no part of it.
    Ahead,
    /// It is left out in this run.
    LeftOut {
        /// Why.
        because: String,
    },
    /// Its `verify` says yes: nothing would be done.
    AlreadySo,
    /// Its `verify` says no: it would be done.
    NotYet,
    /// Its `verify` can say neither.
    CannotTell,
    /// It only looks, and went well.
    Passes,
    /// It only looks, and did not go well.
    Fails {
        /// How it ended.
        how: String,
        /// The last that it said.
        said: Vec<String>,
        /// Whether that only warns.
        warns: bool,
    },
    /// It looks at what the run itself changes, so that only the run can ask it.
    After {
        /// The step that has to be over first.
        step: String,
        /// Its number, such as `3` or `3.1`.
        number: String,
    },
    /// It looks, and could not be asked.
    NotAsked {
        /// Why.
        because: String,
    },
}

impl Found {
    /// Whether the run would stop here.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Fails { warns: false, .. })
    }

    /// The last that a step said that did not go well.
    fn said(&self) -> &[String] {
        match self {
            Self::Fails { said, .. } => said,
            _ => &[],
        }
    }

    /// In words; nothing if there is nothing to say.
    pub fn words(&self) -> Option<String> {
        Some(match self {
            Self::Ahead => return None,
            Self::LeftOut { because } => format!("skipped: {because}"),
            Self::AlreadySo => "already so: nothing would be done".to_owned(),
            Self::NotYet => "not so yet: it would be done".to_owned(),
            Self::CannotTell => "its verify cannot tell".to_owned(),
            Self::Passes => "passes".to_owned(),
            Self::Fails {
                how, warns: true, ..
            } => format!("warns: {how}"),
            Self::Fails {
                how, warns: false, ..
            } => format!("FAILS: {how}"),
            Self::After { number, .. } => format!("after step {number}"),
            Self::NotAsked { because } => format!("not asked: {because}"),
        })
    }
}

impl Inherited {
    fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            set: std::env::var_os(name).is_some(),
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        match self.set {
            true => self.name.clone(),
            false => format!("{} (not set here)", self.name),
        }
    }
}

impl Gate {
    /// Whose yes it is, in words.
    pub fn words(&self) -> String {
        if let Some(row) = &self.row {
            let roles = self.roles.join(", ");
            return match roles.is_empty() {
                true => format!("the row {row} of the approval matrix"),
                false => format!("{roles}, by the row {row} of the approval matrix"),
            };
        }
        let count = match self.count {
            1 => String::new(),
            count => format!("{count} of "),
        };
        let not = if self.not_initiator {
            ", not whoever starts it"
        } else {
            ""
        };
        let people = match self.people.is_empty() {
            true => String::new(),
            false => format!(": {}", self.people.join(", ")),
        };
        format!("{count}{}{not}{people}", self.roles.join(" or "))
    }
}

impl Lock {
    /// How it stands, in words.
    pub fn words(&self) -> String {
        match &self.held_by {
            None => format!("{} is free", self.key),
            Some(run) => format!(
                "{} is held by run {run}; look at it with: runbook status {run}",
                self.key
            ),
        }
    }
}

impl Preview {
    /// Whether a check that was run would stop the run.
    pub fn has_failure(&self) -> bool {
        self.steps.iter().any(|step| step.found.is_failure())
    }

    /// What does not go as the runbook is written, to be seen before all else.
    fn deviations(&self) -> Vec<String> {
        let left_out = self.plan.left_out_words();
        let until = self.until.as_ref();
        let until = until.map(|step| format!("the run stops after {step}"));
        left_out.into_iter().chain(until).collect()
    }

    /// What was done to say all this.
    fn closing(&self) -> &'static str {
        match self.probed {
            true => {
                "only checks, verifies and steps that read were run; no run was started, nothing was changed"
            }
            false => "nothing was started",
        }
    }

    /// What the marks of values mean that are known only during the run, if there are any.
    fn legend(&self) -> Option<&'static str> {
        let steps = self.steps.iter().chain(&self.on_failure);
        let mut steps = steps.chain(&self.finally);
        steps
            .any(|step| !step.unknown.is_empty())
            .then_some("a value in ${{ }} is known only during the run")
    }
}
