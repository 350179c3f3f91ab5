//! The frozen plan: everything a run needs, written down before its first step.
//!
//! The types here are the file format of `plan.json` and never the model's: a plan that any
//! released version wrote stays readable. Of the language they hold only closed lists of words, such
//! as operators and types of values, and the paths of values. None of those changes its spelling, and
//! one that means nothing makes the plan unreadable. [`freeze`] makes one from a runbook.

pub mod authors;
mod calls;
mod condition;
pub mod freeze;
mod numbers;
mod params;
pub mod paths;
pub mod people;
pub mod policy;
mod probe;
pub mod protected;
pub mod selection;
mod step;
pub mod target;
mod text;

pub use condition::{Condition, Term};
pub use params::Params;
pub use people::Person;
pub use policy::{Policy, Subject};
pub use probe::{Codes, Said, Until};
pub use step::{
    Auto, Choice, Command, Doing, Each, Effect, Field, Kind, OnFail, Refusal, Retry, Skip, Step,
    Undo, Verify,
};
pub use text::{ItemTexts, Piece, Text};

use crate::known_errors::Collection;
use crate::model::runbook::Expose;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the form that this program writes, and the last that it reads. It grows when a plan can
/// say what an older program would pass over or take for something else.
pub const FORMAT: u32 = 3;

/// A frozen plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this format.
    pub format: u32,
    /// The runbook's id.
    pub runbook: String,
    /// What the runbook says of itself, not the commit it came from.
    pub version: String,
    /// Its name.
    pub title: String,
    /// Whether the runbook, or one that it calls, is of high risk: one step at a time is the default on a terminal then.
    pub careful: bool,
    /// The project's id.
    pub project: String,
    /// The folder of the project when this was planned, as an absolute path; not known of early runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_folder: Option<String>,
    /// What the project knows of messages. It is kept beside the plan, so that a changed entry is no changed plan.
    #[serde(skip)]
    pub known_errors: Option<Collection>,
    /// The folder that steps work in.
    pub target: String,
    /// Where the runbook came from.
    pub source: SourceRecord,
    /// Where the runbooks that it calls came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<SourceRecord>,
    /// The commit that was checked out in the target, if it is in a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_commit: Option<String>,
    /// Why a runbook of high risk is run although it is not committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncommitted: Option<String>,
    /// The person who started the run.
    pub initiator: String,
    /// What was given or has a default, as text, and what was not given.
    #[serde(flatten)]
    pub params: Params,
    /// The secrets it can ask for; never their values.
    pub secrets: Vec<SecretSource>,
    /// What may not run twice at once.
    pub lock: Option<String>,
    /// How long to wait for another run that has it, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_wait_ms: Option<u64>,
    /// The runbook that takes a finished run back, if not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_instead: Option<String>,
    /// Who may take which part.
    pub roles: BTreeMap<String, RoleRule>,
    /// People that the project knows.
    pub people: Vec<Person>,
    /// Who approves which kind of release, if a step asks by that.
    #[serde(default, skip_serializing_if = "Policy::is_empty")]
    pub policy: Policy,
    /// Where messages go.
    pub channels: BTreeMap<String, Channel>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is done after a failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_failure: Vec<Step>,
    /// What is done at the end in every case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finally: Vec<Step>,
    /// What the run hands on when it finishes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Text>,
    /// Expected and allowed times.
    #[serde(default)]
    pub budget: Budget,
    /// Steps that the person who started the run left out, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, String>,
    /// The key that names this run for whoever starts it: the same key is the same run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_key: Option<String>,
    /// Variables that steps take over from whoever drives, by name, each once and in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherit: Vec<String>,
    /// The incident that the run belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The ticket, such as that of a change, that the run belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The role that answers for the runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The id of the earlier run whose params and target it took, where nothing else was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
}

/// Expected and allowed times, in milliseconds of work; the time that people take is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// How long it usually takes.
    pub expect_ms: Option<u64>,
    /// When to look up.
    pub warn_ms: Option<u64>,
    /// When it has to stop.
    pub limit_ms: Option<u64>,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretSource {
    /// The name of its param.
    pub name: String,
    /// A command that prints it; without it the operator is asked.
    pub command: Option<Vec<String>>,
    /// The question.
    pub ask: Option<String>,
    /// How a step gets it.
    pub expose: Expose,
    /// What the ids of the steps that may have it begin with: the path of a call and `/`, or
    /// nothing for a param of the runbook itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

/// Where a runbook came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The address of the repository it is in, without any sign-in; without one its folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Its file below the project.
    pub path: String,
    /// SHA-256 of its text, in hexadecimal.
    pub sha256: String,
    /// The commit that was checked out, if the project is a git repository.
    pub commit: Option<String>,
    /// Whether the file differed from that commit.
    pub dirty: bool,
}

/// Who may take a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRule {
    /// Roles, any of which will do.
    pub any_of: Vec<String>,
    /// Whether the person who started the run may not.
    pub not_initiator: bool,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Shown to the operator.
    Terminal,
    /// Added to a file, a line each: below the state folder of the project, or at an absolute path.
    File(String),
    /// Given to a program on its standard input.
    Command(Vec<String>),
    /// Posted as `{"text": …}` to this address, or to the one in the variable behind `$`.
    Webhook(String),
}

impl Plan {
    /// The plan as it is written to disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("a plan holds only text, numbers and lists")
    }

    /// Every step that does something, in the order written; calls and parallel blocks are given
    /// by the steps inside them. What is done after a failure and at the end is not among them.
    pub fn leaves(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        self.steps.iter().for_each(|step| step.leaves(&mut found));
        found
    }

    /// The steps that a step stands in, the outermost first.
    pub fn around(&self, id: &str) -> Vec<&Step> {
        let mut found = Vec::new();
        let sections = [&self.steps, &self.on_failure, &self.finally];
        sections
            .into_iter()
            .flatten()
            .any(|step| around(step, id, &mut found));
        found
    }

    /// The step that a path such as `ship/soak#2` or `full[eu]` belongs to, wherever it stands.
    pub fn step(&self, path: &str) -> Option<&Step> {
        let id = crate::exec::plan::paths::base(path);
        let sections = [&self.steps, &self.on_failure, &self.finally];
        sections
            .into_iter()
            .find_map(|steps| steps.iter().find_map(|step| find(step, &id)))
    }

    /// The files that it was made from, its own first, that no commit holds as they are.
    pub fn uncommitted_files(&self) -> Vec<&str> {
        std::iter::once(&self.source)
            .chain(&self.called)
            .filter(|source| source.dirty)
            .map(|source| source.path.as_str())
            .collect()
    }

    /// Whether a path belongs to what is done after a failure or at the end.
    pub fn is_ending(&self, path: &str) -> bool {
        let id = crate::exec::plan::paths::base(path);
        let mut steps = self.on_failure.iter().chain(&self.finally);
        steps.any(|step| find(step, &id).is_some())
    }

    /// What whoever started the run left out, and why; nothing if all is done.
    pub fn left_out_words(&self) -> Option<String> {
        let (_, reason) = self.left_out.first_key_value()?;
        let nodes = self.steps.iter().flat_map(Step::with_inner);
        let ids = nodes.filter(|step| self.left_out.contains_key(&step.id));
        let ids: Vec<&str> = ids.map(|step| step.id.as_str()).collect();
        Some(match reason.as_str() {
            "" => format!("skipped: {}", ids.join(", ")),
            reason => format!("skipped: {}, because {reason}", ids.join(", ")),
        })
    }
}

/// Whether a step is or holds the one with this id; notes what it stands in.
fn around<'p>(step: &'p Step, id: &str, found: &mut Vec<&'p Step>) -> bool {
    if step.id == id {
        return true;
    }
    found.push(step);
    let holds = step.children().iter().any(|child| around(child, id, found));
    if !holds {
        found.pop();
    }
    holds
}

fn find<'p>(step: &'p Step, id: &str) -> Option<&'p Step> {
    match step.id == id {
        true => Some(step),
        false => step.children().iter().find_map(|child| find(child, id)),
    }
}
