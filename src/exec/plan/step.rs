//! A step of a frozen plan, and what it is made of.

use super::{Condition, ItemTexts, Subject, Text, Until};
use crate::model::runbook::ValueKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done, with everything a run needs to know of it: nothing is looked up in the runbook later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the plan: after the ids of the calls around it, as in `ship/pack`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Its texts that name the item of a loop: [`name_items`](Self::name_items) puts them into the others,
    /// which have `‹name›` while no item is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_texts: Option<Box<ItemTexts>>,
    /// Whose part it is: a name of [`Plan::roles`](super::Plan::roles).
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
    /// How it is undone.
    pub undo: Option<Undo>,
    /// What the operator types first.
    pub confirm: Option<Text>,
    /// Whether a failed check only warns.
    pub warn_only: bool,
    /// Whether it owns the terminal, and leaves no log.
    pub interactive: bool,
    /// When its command is given the terminal after it ran without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// What to do when it fails.
    pub fail_text: Option<String>,
    /// Values that it has to give, by name, to count as done.
    pub outputs: Vec<Field>,
    /// The condition under which it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// What has to hold of what it says, read as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assert: Option<Condition>,
    /// Once for each of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    /// How often it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Who may skip it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
    /// What happens when it fails.
    #[serde(default)]
    pub on_fail: OnFail,
    /// How many milliseconds it usually takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_ms: Option<u64>,
}

/// What happens when a step fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// A person decides.
    #[default]
    Pause,
    /// The run ends.
    Fail,
    /// The run takes back what it did, and ends.
    Rollback,
    /// The next step comes.
    Continue,
}

/// Once for each of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Each {
    /// The items. A single text that is a value is split at commas and line breaks.
    pub items: Vec<Text>,
    /// The name of the item.
    pub name: String,
    /// How many at a time.
    pub max: u32,
}

/// How often a step is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// At most so many further times.
    pub max: u32,
    /// The first pause, in milliseconds.
    pub delay_ms: u64,
    /// What each further pause is multiplied with, in thousandths.
    pub factor_permille: u64,
    /// The part of a pause that is left to chance, in thousandths.
    pub jitter_permille: u64,
    /// The exit codes worth another try; empty means all.
    pub on_exit: Vec<i32>,
}

/// Who may skip a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// A name of [`Plan::roles`](super::Plan::roles), or a role; nothing means everybody.
    pub role: Option<String>,
    /// Whether a reason has to be given.
    pub reason_required: bool,
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
        /// A name of [`Plan::roles`](super::Plan::roles), or a role; empty if a row of the matrix says who.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        role: String,
        /// The row of the matrix.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<Text>,
        /// What is approved, as far as the step says it.
        #[serde(default, skip_serializing_if = "Subject::is_empty")]
        subject: Subject,
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
        /// When the choice makes itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auto: Option<Auto>,
    },
    /// A message.
    Notify {
        /// A name of [`Plan::channels`](super::Plan::channels).
        channel: String,
        /// What is said.
        text: Text,
    },
    /// Time passes.
    Wait {
        /// How long at most.
        time: Option<Text>,
        /// A probe that ends it sooner.
        until: Option<Until>,
    },
    /// The steps of a called runbook, one after the other.
    Call(Vec<Step>),
    /// Several steps at once.
    Parallel {
        /// How many at a time.
        max: u32,
        /// Whether a failure lets those start that have not yet.
        wait_all: bool,
        /// Begun in this order as places become free; a group may stand among them.
        steps: Vec<Step>,
    },
    /// Several, one after the other: those of a loop, or those under one condition.
    Sequence(Vec<Step>),
}

/// When a choice makes itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auto {
    /// The condition.
    pub when: Condition,
    /// The choice.
    pub choose: String,
}

/// What follows a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The next step.
    Next,
    /// The end, as refused.
    Stop,
    /// Back to a step of the same list.
    Goto {
        /// Its id.
        to: String,
        /// How many times at most.
        max: u32,
    },
    /// Taking everything back.
    Rollback,
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

impl Effect {
    /// What it means for whoever looks at the step.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Read => "reads only",
            Self::Idempotent => "safe to repeat",
            Self::Once => "runs once",
        }
    }
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

/// How a command says that it did nothing yet and needs a person at a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The exit codes with which it may say so; empty means all but 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit: Vec<i32>,
    /// Texts of which a line of its output then has one.
    pub says: Vec<String>,
}

/// Is it already so?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// What is executed: 0 is yes.
    pub command: Command,
    /// Exit codes that mean no.
    pub absent: Vec<i32>,
    /// When it is given the terminal after it ran without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
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
        /// Is it already taken back?
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verify: Option<Box<Verify>>,
        /// When it is given the terminal after it ran without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<Refusal>,
    },
    /// Not at all, for a reason.
    None(String),
    /// By another runbook.
    Instead(String),
}

/// A typed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// As the runbook spells it; unique in its step.
    pub name: String,
    /// Its type.
    pub kind: ValueKind,
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

impl Field {
    /// The question as it is asked: with what can be chosen, and with what Enter takes, if anything.
    pub fn question(&self, default: Option<&str>) -> String {
        let mut question = self.ask.clone().unwrap_or_else(|| self.name.clone());
        let choices = match (self.kind, self.min, self.max) {
            (ValueKind::Enum, ..) => Some(self.values.join(", ")),
            (ValueKind::Bool, ..) => Some("true, false".to_owned()),
            (_, Some(min), Some(max)) => Some(format!("{min} to {max}")),
            (_, Some(min), None) => Some(format!("{min} or more")),
            (_, None, Some(max)) => Some(format!("{max} or less")),
            (_, None, None) => None,
        };
        if let Some(choices) = choices {
            question += &format!(" ({choices})");
        }
        match default {
            Some("") => question + " [Enter: nothing]",
            Some(default) => question + &format!(" [Enter: {default}]"),
            None => question,
        }
    }
}

impl Step {
    /// Whether it is a wait that asks until it hears yes, and fails without one.
    pub fn asks(&self) -> bool {
        matches!(&self.kind, Kind::Wait { until: Some(until), .. } if until.must.is_some())
    }

    /// Whether it is a command that changes nothing, by the author's word, and nobody wants to be asked.
    pub fn only_reads(&self) -> bool {
        matches!(self.kind, Kind::Command(_))
            && self.effect == Effect::Read
            && self.confirm.is_none()
            && !self.interactive
    }

    /// Whether it acts, and may not do so twice.
    pub fn acts_once(&self) -> bool {
        self.effect == Effect::Once && self.kind.doing() != Doing::Looks
    }

    /// The steps inside it, if it is a call or several at once.
    pub fn children(&self) -> &[Step] {
        match &self.kind {
            Kind::Call(steps) | Kind::Parallel { steps, .. } | Kind::Sequence(steps) => steps,
            _ => &[],
        }
    }

    /// The step and all that stand inside it, in order.
    pub fn with_inner(&self) -> Vec<&Self> {
        let inner = self.children().iter().flat_map(Self::with_inner);
        std::iter::once(self).chain(inner).collect()
    }

    /// Adds every step inside it that does something, or itself.
    pub fn leaves<'p>(&'p self, found: &mut Vec<&'p Self>) {
        match self.is_group() {
            true => self.children().iter().for_each(|child| child.leaves(found)),
            false => found.push(self),
        }
    }

    /// The step without those inside it.
    pub fn without_children(&self) -> Self {
        let kind = match &self.kind {
            Kind::Call(_) => Kind::Call(Vec::new()),
            Kind::Sequence(_) => Kind::Sequence(Vec::new()),
            Kind::Parallel { max, wait_all, .. } => Kind::Parallel {
                max: *max,
                wait_all: *wait_all,
                steps: Vec::new(),
            },
            other => other.clone(),
        };
        Self {
            kind,
            ..self.clone()
        }
    }

    /// Whether it executes something that is taken not to change anything.
    pub fn only_looks(&self) -> bool {
        match self.kind.doing() {
            Doing::Looks => true,
            Doing::Acts => {
                self.effect == Effect::Read && !self.interactive && self.refusal.is_none()
            }
            Doing::ByHand | Doing::Nothing => false,
        }
    }

    /// Whether it has to be alone, as it, or its `verify`, owns the terminal or may be given it.
    pub fn may_own_terminal(&self) -> bool {
        let of_verify = self
            .verify
            .as_ref()
            .and_then(|verify| verify.refusal.as_ref());
        self.interactive || self.refusal.is_some() || of_verify.is_some()
    }

    /// Whether it can be taken back, in words.
    pub fn undo_words(&self) -> &'static str {
        match self.undo {
            Some(Undo::Command { .. }) => "can be undone",
            _ => "cannot be undone",
        }
    }

    /// Changes every text of the step, but not of the steps inside it.
    pub fn each_text(&mut self, change: &mut dyn FnMut(&mut Text)) {
        if let Some(texts) = &mut self.item_texts {
            let all = texts.title.iter_mut().chain(&mut texts.text);
            all.chain(&mut texts.fail_text).for_each(&mut *change);
        }
        self.env.values_mut().for_each(&mut *change);
        self.confirm.iter_mut().for_each(&mut *change);
        for condition in self.when.iter_mut().chain(&mut self.assert) {
            condition.root.each_text(change);
        }
        if let Some(each) = &mut self.each {
            each.items.iter_mut().for_each(&mut *change);
        }
        self.kind.each_text(change);
        if let Some(verify) = &mut self.verify {
            verify.each_text(change);
        }
        if let Some(Undo::Command {
            command,
            env,
            verify,
            ..
        }) = &mut self.undo
        {
            command.each_text(change);
            env.values_mut().for_each(&mut *change);
            if let Some(verify) = verify {
                verify.each_text(change);
            }
        }
    }

    /// Puts the items that are known into the texts that people read.
    pub fn name_items(&mut self) {
        let Some(texts) = &self.item_texts else {
            return;
        };
        if let Some(title) = &texts.title {
            self.title = title.without_items();
        }
        if let Some(fail_text) = &texts.fail_text {
            self.fail_text = Some(fail_text.without_items());
        }
        if let (Some(own), Kind::Manual { text, .. } | Kind::Decide { text, .. }) =
            (&texts.text, &mut self.kind)
        {
            *text = own.without_items();
        }
    }

    /// Whether other steps stand inside it.
    pub fn is_group(&self) -> bool {
        matches!(
            self.kind,
            Kind::Call(_) | Kind::Parallel { .. } | Kind::Sequence(_)
        )
    }
}

/// What a kind of step does to the world, if nobody says more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// The program acts; the step says whether that changes something.
    Acts,
    /// The program looks.
    Looks,
    /// A person acts.
    ByHand,
    /// Nothing: people say something, a message is sent, time passes, or other steps do it.
    Nothing,
}

impl Kind {
    /// The key of the language.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Command(Command::Shell { .. }) => "run",
            Self::Command(Command::Program(_)) => "exec",
            Self::Check(_) => "check",
            Self::Manual { .. } => "manual",
            Self::Approve { .. } => "approve",
            Self::Decide { .. } => "decide",
            Self::Notify { .. } => "notify",
            Self::Wait { .. } => "wait",
            Self::Call(_) => "call",
            Self::Parallel { .. } => "parallel",
            Self::Sequence(_) => "steps",
        }
    }

    /// What it executes by itself.
    pub fn command(&self) -> Option<&Command> {
        match self {
            Self::Command(command) | Self::Check(command) => Some(command),
            Self::Wait { until, .. } => until.as_ref().map(|until| &until.command),
            Self::Manual { .. }
            | Self::Approve { .. }
            | Self::Decide { .. }
            | Self::Notify { .. }
            | Self::Call(_)
            | Self::Parallel { .. }
            | Self::Sequence(_) => None,
        }
    }

    /// What it does to the world.
    pub fn doing(&self) -> Doing {
        match self {
            Self::Command(_) => Doing::Acts,
            Self::Check(_) => Doing::Looks,
            Self::Manual { .. } => Doing::ByHand,
            Self::Approve { .. }
            | Self::Decide { .. }
            | Self::Notify { .. }
            | Self::Wait { .. }
            | Self::Call(_)
            | Self::Parallel { .. }
            | Self::Sequence(_) => Doing::Nothing,
        }
    }

    fn each_text(&mut self, change: &mut dyn FnMut(&mut Text)) {
        match self {
            Self::Command(command) | Self::Check(command) => command.each_text(change),
            Self::Approve {
                text, row, subject, ..
            } => {
                change(text);
                row.iter_mut().for_each(&mut *change);
                subject.each_text(change);
            }
            Self::Notify { text, .. } => change(text),
            Self::Decide { auto, .. } => {
                if let Some(auto) = auto {
                    auto.when.root.each_text(change);
                }
            }
            Self::Wait { time, until } => {
                time.iter_mut().for_each(&mut *change);
                if let Some(until) = until {
                    until.command.each_text(change);
                    until.env.values_mut().for_each(change);
                }
            }
            Self::Manual { .. } | Self::Call(_) | Self::Parallel { .. } | Self::Sequence(_) => {}
        }
    }
}

impl Command {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut Text)) {
        if let Self::Program(items) = self {
            items.iter_mut().for_each(change);
        }
    }
}

impl Verify {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut Text)) {
        self.command.each_text(change);
        self.env.values_mut().for_each(change);
    }
}
