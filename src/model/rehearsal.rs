//! Rehearsals of a runbook: cases in which every command is replaced by a fake.
//!
//! One file `NAME.test.yaml` is one [`Suite`]. What it says for all cases is merged into each.

use crate::source::{SourceId, Spanned};
use std::collections::BTreeMap;
use std::time::Duration;

/// The cases of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Its file.
    pub source: SourceId,
    /// The runbook that is rehearsed.
    pub runbook: Spanned<String>,
    /// The cases, in order.
    pub cases: Vec<Case>,
}

/// One way through a runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it is about.
    pub name: Spanned<String>,
    /// Params, each under its name.
    pub params: BTreeMap<String, Spanned<String>>,
    /// What stands for the commands of each step: one fake a try, the last one for all further.
    pub fakes: BTreeMap<String, Faked>,
    /// What people say, by step; one answer each time they are asked.
    pub answers: BTreeMap<String, Answered>,
    /// Whether everything is taken back once the run has stopped.
    pub undo: bool,
    /// What is to come of it.
    pub expect: Expected,
}

/// The fakes of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Faked {
    /// The step, where it was named.
    pub step: Spanned<String>,
    /// One for each try; never empty.
    pub tries: Vec<Fake>,
}

/// What a command is replaced by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fake {
    /// The exit code.
    pub exit: i32,
    /// What it says.
    pub stdout: String,
    /// Names and values that it writes, in the order of the file.
    pub outputs: Vec<(Spanned<String>, String)>,
    /// How long it takes.
    pub sleep: Option<Duration>,
    /// Whether the step took effect; if nothing is said, it did if it ended with 0.
    pub took_effect: Option<bool>,
    /// Where its process and the one that watches it are killed.
    pub crash: Option<Crash>,
    /// What the step's `verify` says.
    pub verify: Verified,
    /// What becomes of the step's `undo`.
    pub undo: Undone,
    /// Whether it does nothing and asks for a person, as the step's `interactive` says.
    pub refused: bool,
    /// Whether the other side accepts what it sends.
    pub accepted: bool,
}

/// What becomes of an `undo`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Undone {
    /// It ends with 0.
    #[default]
    Works,
    /// It ends with 1.
    Fails,
    /// It does nothing and asks for a person, as its `interactive` says.
    Refused,
}

/// Where a crash comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Before the step took effect.
    BeforeEffect,
    /// After it did, and before anybody wrote that down.
    AfterEffect,
}

/// What a `verify` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verified {
    /// What is true: whether the step took effect; nothing that helps if it did not and was accepted.
    #[default]
    Truth,
    /// That it is already so.
    Present,
    /// That it is not so.
    Absent,
    /// Nothing that helps.
    Unknown,
    /// That it needs a person, as its `interactive` says.
    Refused,
}

/// What people say at one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The step, where it was named.
    pub step: Spanned<String>,
    /// One for each time they are asked; never empty.
    pub times: Vec<Answer>,
}

/// What a person says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// `approve`, `reject`, `expire`, or an option of a decision.
    Word(Spanned<String>),
    /// The fields of a manual step.
    Fields(Vec<(Spanned<String>, String)>),
}

/// What is to come of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The program's exit code.
    pub exit: Spanned<i32>,
    /// What happened, in order.
    pub path: Option<Vec<Stretch>>,
    /// The steps whose effect remains, in any order.
    pub effects: Option<Vec<Spanned<String>>>,
    /// Outputs of steps, as `STEP.NAME`.
    pub outputs: BTreeMap<String, Spanned<String>>,
}

/// A part of an expected path.
#[derive(Debug, Clone, PartialEq)]
pub enum Stretch {
    /// Exactly what comes next.
    Entry(Spanned<String>),
    /// These, in any order.
    AnyOrder(Vec<Spanned<String>>),
    /// Whatever happens.
    Anything,
}

/// A path without the marks of items and rounds: `soak` for `soak#2`, `full` for `full[eu]`.
pub fn plain(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let end = part.find(['#', '[']).unwrap_or(part.len());
        &part[..end]
    });
    parts.collect::<Vec<_>>().join("/")
}
