//! Who decides what: `content/data/roles.yaml`, `approvals.yaml` and `channels.yaml`.

use crate::signatures::SignerKey;
use crate::source::Spanned;
use jiff::civil::Date;
use std::time::Duration;

/// The policy data of a project. A file that is not there leaves its part empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The roles, in the order written; `None` without a `roles.yaml`.
    pub roles: Option<Vec<Role>>,
    /// The people, in the order written.
    pub people: Vec<Person>,
    /// Who approves which kind of release, in the order written.
    pub matrix: Vec<ApprovalRow>,
    /// Why approvals that nobody signed count although keys are listed; the report repeats it.
    pub claimed: Option<Spanned<String>>,
    /// Where messages go; `None` without a `channels.yaml`.
    pub channels: Option<Vec<Channel>>,
}

impl Policy {
    /// The role with this id.
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.roles.iter().flatten().find(|role| role.id.value == id)
    }

    /// The row of the matrix with this name.
    pub fn row(&self, kind: &str) -> Option<&ApprovalRow> {
        self.matrix.iter().find(|row| row.kind.value == kind)
    }

    /// What people call a role: its title, or its id when nothing is known of it.
    pub fn role_title<'p>(&'p self, id: &'p str) -> &'p str {
        self.role(id).map_or(id, |role| &role.title)
    }
}

/// Something that approves, decides or does, whoever holds it: runbooks name roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `[a-z][a-z0-9-]*`
    pub id: Spanned<String>,
    /// Its name for people.
    pub title: String,
    /// What it decides, in a sentence.
    pub decides: Option<String>,
    /// The role that stands in for it.
    pub deputy: Option<Spanned<String>>,
}

/// Somebody who runs runbooks or answers for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name runs are signed with.
    pub key: String,
    /// Accounts of the operating system that are this person.
    pub accounts: Vec<String>,
    /// The person's roles.
    pub roles: Vec<Spanned<String>>,
    /// The keys that the person signs with.
    pub keys: Vec<Spanned<SignerKey>>,
    /// Addresses that git knows the person by, in small letters.
    pub mails: Vec<String>,
    /// Who approves in the person's place for a time.
    pub delegates: Option<Delegates>,
}

/// That somebody approves in the place of another person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegates {
    /// Who does, by the name of a person.
    pub to: Spanned<String>,
    /// The first day, in UTC.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

/// Who approves one kind of release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// The kind of release, such as `minor`.
    pub kind: Spanned<String>,
    /// The role whose holder may approve a run of their own.
    pub alone: Option<Spanned<String>>,
    /// When silence becomes a no.
    pub expires: Option<Due>,
    /// Who may not approve.
    pub not: Vec<Barred>,
    /// What has to be found before anybody is asked, in the order written.
    pub requires: Vec<Requirement>,
    /// One entry for each role that has a say.
    pub approvals: Vec<Approval>,
}

/// What has to be found of a release before anybody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The name by which steps give it.
    pub name: Spanned<String>,
    /// Words of which any will do.
    pub words: Vec<String>,
}

/// Who may not approve, whatever their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The person who started the run.
    Initiator,
    /// Whoever wrote what is released.
    Author,
}

/// A time as a policy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// As it was written, for people.
    pub words: String,
    /// How long it is, if that can be counted.
    pub time: Option<Duration>,
}

/// What is asked of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// By its id, or a name for those of `any_of`.
    pub role: Spanned<String>,
    /// Roles of which any will do; empty for the role itself.
    pub any_of: Vec<Spanned<String>>,
    /// How many people.
    pub count: u32,
    /// How much its word counts.
    pub need: ApprovalNeed,
    /// The label of a release with which it is required, of [`ApprovalNeed::If`].
    pub label: Option<String>,
    /// The condition of [`ApprovalNeed::If`], in words.
    pub when: Option<String>,
    /// How soon an answer is due.
    pub within: Option<Due>,
    /// When deputies may answer; by default when the answer is due.
    pub deputy_after: Option<Due>,
    /// What the role looks at.
    pub focus: Option<String>,
}

impl Approval {
    /// The roles, any of which will do.
    pub fn roles(&self) -> &[Spanned<String>] {
        match self.any_of.as_slice() {
            [] => std::slice::from_ref(&self.role),
            roles => roles,
        }
    }
}

/// How much a role's word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalNeed {
    /// Nothing goes out without it.
    Required,
    /// Welcome.
    Optional,
    /// Required under a condition.
    If,
    /// Owed afterwards.
    Later,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name in runbooks.
    pub name: Spanned<String>,
    /// The way.
    pub sink: Sink,
}

/// A way for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// Shown to the operator.
    Terminal,
    /// Added to a file, a line each: below the folder [`MESSAGES`] of the project's state folder, or
    /// at an absolute path outside every target.
    File(Spanned<String>),
    /// Given to a command on standard input.
    Command(Vec<String>),
    /// Posted to an address, or to the one in the environment variable behind `$`.
    Webhook(String),
}

/// The folder of a project's state folder that holds the files of channels.
pub const MESSAGES: &str = "messages";

/// Why a text cannot name the file of a channel, wherever the file system has what; `None` if it can.
pub fn file_fault(path: &str) -> Option<&'static str> {
    let mut parts = path.split('/');
    if parts.clone().any(|part| part == "..") {
        return Some("a path with `..` leaves the folder of messages");
    }
    match parts.next_back() {
        None | Some("" | ".") => Some("it names no file"),
        Some(_) if path.contains(char::is_control) => Some("it has a control character"),
        Some(_) => None,
    }
}
