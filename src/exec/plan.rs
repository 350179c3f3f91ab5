//! The frozen plan: everything a run needs, written down before its first step.
//!
//! The types here are the file format of `plan.json` and never the model's: a plan that any
//! released version wrote stays readable. [`freeze`](super::freeze) makes one from a runbook.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A frozen plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this format.
    pub format: u32,
    /// The runbook's id.
    pub runbook: String,
    /// Its version.
    pub version: String,
    /// Its name.
    pub title: String,
    /// Whether one step at a time is the default on a terminal.
    pub careful: bool,
    /// The project's id.
    pub project: String,
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
    /// The values of its params.
    pub params: BTreeMap<String, String>,
    /// The secrets it can ask for; never their values.
    pub secrets: Vec<SecretSource>,
    /// What may not run twice at once.
    pub lock: Option<String>,
    /// Who may take which part.
    pub roles: BTreeMap<String, RoleRule>,
    /// People that the project knows.
    pub people: Vec<Person>,
    /// Where messages go.
    pub channels: BTreeMap<String, Channel>,
    /// What is done, in order.
    pub steps: Vec<Step>,
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
    /// How a step gets it: `file`, `stdin` or `env`.
    pub expose: String,
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

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name used in runs.
    pub name: String,
    /// Accounts of the operating system.
    pub accounts: Vec<String>,
    /// The person's roles.
    pub roles: Vec<String>,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Shown to the operator.
    Terminal,
    /// Added to a file below the target.
    File(String),
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Whose part it is: a name of [`Plan::roles`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What it does.
    pub kind: Kind,
    /// What a crash in the middle means.
    pub effect: Effect,
    /// Environment of its commands.
    pub env: BTreeMap<String, Text>,
    /// Its folder below the target.
    pub cwd: Option<String>,
    /// How many seconds it may take.
    pub timeout: Option<u64>,
    /// Is it already so?
    pub verify: Option<Verify>,
    /// How it is taken back.
    pub undo: Option<Undo>,
    /// What the operator types first.
    pub confirm: Option<Text>,
    /// Whether a failed check only warns.
    pub warn_only: bool,
    /// Whether it owns the terminal, and leaves no log.
    pub interactive: bool,
    /// What to do when it fails.
    pub fail_text: Option<String>,
    /// What it hands on.
    pub outputs: Vec<Field>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Executes something.
    Command(Command),
    /// Executes something that only looks.
    Check(Command),
    /// A person does it.
    Manual {
        /// What to do.
        text: String,
        /// What to write down.
        fields: Vec<Field>,
    },
    /// A person allows it.
    Approve {
        /// A name of [`Plan::roles`], or a role.
        role: String,
        /// How many people.
        count: u32,
        /// What is allowed.
        text: Text,
        /// Seconds after which silence is a no.
        expires: Option<u64>,
    },
    /// A person chooses.
    Decide {
        /// What the choice is about.
        text: String,
        /// The choices, and what follows each.
        options: BTreeMap<String, Choice>,
    },
    /// A message.
    Notify {
        /// A name of [`Plan::channels`].
        channel: String,
        /// What is said.
        text: Text,
    },
}

/// What follows a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The next step.
    Next,
    /// The end, as refused.
    Stop,
}

/// What a crash in the middle means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Can be repeated.
    Idempotent,
    /// Must happen once.
    Once,
}

/// Something to execute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Constant text for an interpreter.
    Shell {
        /// The interpreter and its first arguments.
        interpreter: Vec<String>,
        /// The text.
        script: String,
    },
    /// A program and its arguments.
    Program(Vec<Text>),
}

/// Is it already so?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// What is executed: 0 is yes.
    pub command: Command,
    /// Exit codes that mean no.
    pub absent: Vec<i32>,
    /// Further environment.
    pub env: BTreeMap<String, Text>,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// By a command.
    Command {
        /// What is executed.
        command: Command,
        /// Whether it can be repeated after a crash.
        repeatable: bool,
        /// Further environment.
        env: BTreeMap<String, Text>,
    },
    /// Not at all, for a reason.
    None(String),
    /// By another runbook.
    Instead(String),
}

/// A typed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, in the word of the language.
    pub kind: String,
    /// The question.
    pub ask: Option<String>,
    /// The expression that the whole value matches.
    pub pattern: Option<String>,
    /// Smallest number.
    pub min: Option<i64>,
    /// Largest number.
    pub max: Option<i64>,
    /// What is allowed.
    pub values: Vec<String>,
}

/// Text with holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text(pub Vec<Piece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Text that stands for itself.
    Text(String),
    /// The value at a path such as `steps.pack.outputs.tarball`.
    Value(String),
}

impl Plan {
    /// The plan as it is written to disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("a plan holds only text, numbers and lists")
    }

    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The files that it was made from, its own first, that no commit holds as they are.
    pub fn uncommitted_files(&self) -> Vec<&str> {
        std::iter::once(&self.source)
            .chain(&self.called)
            .filter(|source| source.dirty)
            .map(|source| source.path.as_str())
            .collect()
    }

    /// The person behind a name or an account; somebody unknown is a person of that name.
    pub fn person(&self, name: &str) -> Person {
        let known = self
            .people
            .iter()
            .find(|p| p.name == name || p.accounts.iter().any(|account| account == name));
        known.cloned().unwrap_or_else(|| Person {
            name: name.to_owned(),
            accounts: Vec::new(),
            roles: Vec::new(),
        })
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let halves = |byte: u8| [byte >> 4, byte & 15].map(|half| digits[usize::from(half)]);
    let hex = Sha256::digest(bytes).into_iter().flat_map(halves).collect();
    String::from_utf8(hex).expect("digits are ASCII")
}
