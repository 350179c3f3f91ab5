//! A runbook: the whole language as plain data.
//!
//! Page and engine read the same values, so they cannot disagree. Everything that its author
//! wrote keeps its place. What the engine cannot run yet is data here all the same.

use crate::model::data::Data;
use crate::model::expression::{Expression, Template};
use crate::model::item_text::ItemTexts;
use crate::model::known_message::KnownMessage;
use crate::model::prose::Prose;
use crate::model::spelled::spelled;
use crate::source::{SourceId, Span, Spanned};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many steps a runbook may have, at all depths and with those of its calls: nobody reads more,
/// and each is kept in memory in many forms.
pub const MOST_STEPS: usize = 10_000;

/// How many runbooks may call each other in a row.
pub const MOST_CALLS: usize = 20;

/// A procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct Runbook {
    /// Its file.
    pub source: SourceId,
    /// `[a-z][a-z0-9-]*`, unique in the project, the same as the file's name.
    pub id: Spanned<String>,
    /// The version of the procedure.
    pub version: Spanned<String>,
    /// Its name for people.
    pub title: Spanned<String>,
    /// The role that answers for it.
    pub owner: Option<Spanned<String>>,
    /// When somebody last read it through, `YYYY-MM-DD`.
    pub reviewed: Option<Spanned<String>>,
    /// When somebody has to read it again, `YYYY-MM-DD`.
    pub review_by: Option<Spanned<String>>,
    /// How much harm it can do.
    pub risk: Risk,
    /// How bad things are when it is needed, in the author's word.
    pub severity: Option<Spanned<String>>,
    /// What the target folder has to be.
    pub needs: Vec<Spanned<Need>>,
    /// What it fixes, in a sentence.
    pub fixes: Option<Spanned<String>>,
    /// What people see when they need it.
    pub symptoms: Vec<Spanned<String>>,
    /// Messages people paste into the search.
    pub errors: Vec<KnownMessage>,
    /// Alert names that lead here.
    pub alerts: Vec<Spanned<String>>,
    /// Other names people use for it.
    pub aliases: Vec<Spanned<String>>,
    /// Labels for lists.
    pub tags: Vec<Spanned<String>>,
    /// When to stop and do something else.
    pub stop_if: Option<Spanned<String>>,
    /// The role to call when stuck.
    pub escalate: Option<Spanned<String>>,
    /// Further reading: relative file links.
    pub links: Vec<Spanned<String>>,
    /// What it is about.
    pub doc: Option<Doc>,
    /// Expected and allowed times.
    pub budget: Option<Budget>,
    /// What may not run twice at once.
    pub lock: Option<Lock>,
    /// Where the steps work, if the runbook says so: a folder relative to the project.
    pub target: Option<Spanned<String>>,
    /// Variables that its steps take over from whoever drives, by name.
    pub inherit: Vec<String>,
    /// What a caller gets.
    pub outputs: Vec<(Spanned<String>, Template)>,
    /// What it asks for before it starts.
    pub params: Vec<Param>,
    /// Who does what: names such as `operator` and `approver`.
    pub roles: Vec<RoleRule>,
    /// What steps have unless they say otherwise.
    pub defaults: Defaults,
    /// The runbook that takes a finished run back, if not this one.
    pub undo_instead: Option<Spanned<String>>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is done after a failure.
    pub on_failure: Vec<Step>,
    /// What is done at the end in every case.
    pub finally: Vec<Step>,
}

impl Runbook {
    /// Every step with its children, in the order written, `on_failure` and `finally` last.
    pub fn all_steps(&self) -> Vec<&Step> {
        let top = self.steps.iter();
        let all = top.chain(&self.on_failure).chain(&self.finally);
        all.flat_map(Step::with_inner).collect()
    }

    /// The step with this id, wherever it stands.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.all_steps()
            .into_iter()
            .find(|step| step.id.value == id)
    }

    /// The runbooks that its steps call.
    pub fn calls(&self) -> impl Iterator<Item = &Spanned<String>> {
        let steps = self.all_steps().into_iter();
        steps.filter_map(|step| match &step.kind {
            StepKind::Call(call) => Some(&call.runbook),
            _ => None,
        })
    }

    /// The runbooks that it hands over to: called by a step, or run instead of an undo.
    pub fn called(&self) -> impl Iterator<Item = &Spanned<String>> {
        let of_steps = self.all_steps().into_iter().flat_map(|step| {
            let called = match &step.kind {
                StepKind::Call(call) => Some(&call.runbook),
                _ => None,
            };
            let instead = match &step.undo {
                Some(Undo::Instead(id)) => Some(id),
                _ => None,
            };
            called.into_iter().chain(instead)
        });
        of_steps.chain(&self.undo_instead)
    }

    /// The role rule with this name.
    pub fn role(&self, name: &str) -> Option<&RoleRule> {
        self.roles.iter().find(|role| role.name.value == name)
    }
}

/// A text for people, as written and as parsed Markdown.
#[derive(Debug, Clone, PartialEq)]
pub struct Doc {
    /// The text with its place.
    pub text: Spanned<String>,
    /// The same text, parsed; spans point into the YAML file.
    pub prose: Prose,
}

/// How much harm a runbook can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Nothing that hurts.
    Low,
    /// Can be taken back.
    Medium,
    /// Touches production: one step at a time is the default.
    High,
}

impl Risk {
    /// The word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a runbook demands of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The target is the top of its own git work tree.
    Git,
}

/// Times: expected, worth a warning, and the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// How long it usually takes.
    pub expect: Option<Duration>,
    /// When to look up.
    pub warn: Option<Duration>,
    /// When it has to stop.
    pub limit: Option<Duration>,
}

/// What may not run twice at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    /// Two runs with the same key exclude each other.
    pub key: Template,
    /// How long to wait for the other.
    pub wait: Option<Duration>,
}

/// A question asked before the first step.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// `[a-z][a-z0-9_]*`
    pub name: Spanned<String>,
    /// What it takes.
    pub kind: FieldKind,
    /// What is taken when nobody answers.
    pub default: Option<Spanned<String>>,
    /// Whether the run may start without it. Without `default` and `optional` it is required.
    pub optional: bool,
    /// Where a secret comes from; only for [`ValueKind::Secret`].
    pub secret: Option<Secret>,
}

/// Where a secret comes from and how a step gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// A command whose output is the secret; without it, the operator is asked.
    pub command: Option<Vec<Spanned<String>>>,
    /// Whether it is asked for only when the first step needs it.
    pub ask_at_step: bool,
    /// How a step receives it.
    pub expose: Expose,
}

spelled! {
    /// How a step receives a secret.
    pub enum Expose {
        /// As the path of a private file in `RB_SECRET_NAME`.
        File = "file",
        /// On standard input.
        Stdin = "stdin",
        /// In the environment; visible to the same user.
        Env = "env",
    }
}

/// A typed value that a person gives: a param or a field of a manual step.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldKind {
    /// Its type.
    pub kind: ValueKind,
    /// The question.
    pub ask: Option<Spanned<String>>,
    /// A regular expression the whole value has to match.
    pub pattern: Option<Spanned<String>>,
    /// Smallest number.
    pub min: Option<i64>,
    /// Largest number.
    pub max: Option<i64>,
    /// What is allowed, for [`ValueKind::Enum`].
    pub values: Vec<Spanned<String>>,
    /// What a number counts, such as `percent`.
    pub unit: Option<Spanned<String>>,
}

/// A [`FieldKind`] without the places where its parts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain<'k> {
    /// Its type.
    pub kind: ValueKind,
    /// The question.
    pub ask: Option<&'k str>,
    /// A regular expression the whole value has to match.
    pub pattern: Option<&'k str>,
    /// Smallest number.
    pub min: Option<i64>,
    /// Largest number.
    pub max: Option<i64>,
    /// What is allowed, for [`ValueKind::Enum`].
    pub values: Vec<&'k str>,
    /// What a number counts, such as `percent`.
    pub unit: Option<&'k str>,
}

impl FieldKind {
    /// It without the places where its parts stand.
    pub fn plain(&self) -> Plain<'_> {
        fn text(text: &Option<Spanned<String>>) -> Option<&str> {
            text.as_ref().map(|text| text.value.as_str())
        }
        Plain {
            kind: self.kind,
            ask: text(&self.ask),
            pattern: text(&self.pattern),
            min: self.min,
            max: self.max,
            values: self.values.iter().map(|one| one.value.as_str()).collect(),
            unit: text(&self.unit),
        }
    }
}

spelled! {
    /// The types of values.
    pub enum ValueKind {
        /// One line of text.
        String = "string",
        /// Several lines of text.
        Text = "text",
        /// A whole number.
        Int = "int",
        /// `true` or `false`.
        Bool = "bool",
        /// A version by semver.org.
        Semver = "semver",
        /// A time such as `30m`.
        Duration = "duration",
        /// A date, `YYYY-MM-DD`.
        Date = "date",
        /// One of a list.
        Enum = "enum",
        /// Never shown, never written down.
        Secret = "secret",
    }
}

/// Who may take a part in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// The part: `operator`, `approver`, or a name of the author's.
    pub name: Spanned<String>,
    /// Roles of `content/data/roles.yaml`, any of which will do.
    pub any_of: Vec<Spanned<String>>,
    /// Who may not, although the role fits.
    pub not: Vec<Spanned<Excluded>>,
}

/// Who may not approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excluded {
    /// The person who started the run.
    Initiator,
}

/// What steps have unless they say otherwise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults {
    /// The interpreter of `run` and its first arguments.
    pub shell: Vec<Spanned<String>>,
    /// Environment of every step.
    pub env: Env,
    /// How long a step may take.
    pub timeout: Option<Duration>,
    /// What happens when a step fails.
    pub on_fail: Option<OnFail>,
}

/// The interpreter of steps that name none: bash that stops at the first error.
const SHELL: [&str; 3] = ["bash", "-euo", "pipefail"];

impl Defaults {
    /// The interpreter of a command that asks for `own` (nothing: it names none), and its first
    /// arguments.
    pub fn interpreter<'d>(&'d self, own: &'d [Spanned<String>]) -> Vec<&'d str> {
        let chosen = if own.is_empty() { &self.shell } else { own };
        match chosen {
            [] => SHELL.into(),
            words => words.iter().map(|word| word.value.as_str()).collect(),
        }
    }
}

/// Environment variables by name.
pub type Env = BTreeMap<String, Template>;

/// What happens when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFail {
    /// A person decides.
    Pause,
    /// The run ends.
    Fail,
    /// The run ends and takes back what it did.
    Rollback,
    /// The next step comes.
    Continue,
}

/// What a runbook says of one thing to do, checked, with the places where it says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// `[a-z][a-z0-9_]*`, unique in the file.
    pub id: Spanned<String>,
    /// What is done, for people.
    pub title: Option<Spanned<String>>,
    /// Why and how, for people.
    pub doc: Option<Doc>,
    /// What to do when it fails.
    pub fail_text: Option<Doc>,
    /// Its texts that name the item of a loop.
    pub item_texts: ItemTexts,
    /// The whole step in the file.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
    /// Who does it: a name of [`Runbook::roles`] or a role of the project.
    pub role: Option<Spanned<String>>,
    /// What a crash means for it.
    pub effect: Effect,
    /// Is it already so?
    pub verify: Option<Verify>,
    /// How it is undone.
    pub undo: Option<Undo>,
    /// What the operator has to type first.
    pub confirm: Option<Template>,
    /// Whether the step owns the terminal.
    pub interactive: bool,
    /// When its command is given the terminal after it ran without one.
    pub refusal: Option<Refusal>,
    /// The condition under which it is done.
    pub when: Option<Expression>,
    /// Once for each of a list.
    pub for_each: Option<ForEach>,
    /// Its own environment.
    pub env: Env,
    /// Its folder below the target.
    pub cwd: Option<Spanned<String>>,
    /// How long it usually takes.
    pub expect: Option<Duration>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How often it is tried again.
    pub retry: Option<Retry>,
    /// Who may skip it.
    pub skip: Option<Skip>,
    /// What happens when it fails.
    pub on_fail: Option<OnFail>,
    /// Whether a failed check only warns.
    pub warn_only: bool,
    /// What it hands to later steps.
    pub outputs: Vec<Output>,
}

impl Step {
    /// The title, or the id when there is none. The item of a loop stands in it as `‹name›`.
    pub fn name(&self) -> &str {
        self.title
            .as_ref()
            .map_or(&self.id.value, |title| &title.value)
    }

    /// Where its ways back lead that lead to no step before it in its list: `before` are those. A step
    /// that is done for each of a list has nowhere to go back to.
    pub fn stray_ways_back<'s>(
        &'s self,
        before: &'s [Step],
    ) -> impl Iterator<Item = &'s Spanned<String>> {
        let options = match &self.kind {
            StepKind::Decide(decide) => decide.options.as_slice(),
            _ => &[],
        };
        let targets = options.iter().filter_map(|option| match &option.then {
            Then::Goto(to, _) => Some(to),
            _ => None,
        });
        let looped = self.for_each.is_some();
        targets.filter(move |to| looped || !before.iter().any(|step| step.id.value == to.value))
    }

    /// The step and all that stand inside it, in the order written.
    pub fn with_inner(&self) -> Vec<&Step> {
        let inner = self.kind.steps().iter().flat_map(Step::with_inner);
        std::iter::once(self).chain(inner).collect()
    }

    /// The Markdown texts of the step.
    pub fn docs(&self) -> impl Iterator<Item = &Doc> {
        let spoken = match &self.kind {
            StepKind::Manual(manual) => Some(&manual.text),
            StepKind::Decide(decide) => Some(&decide.text),
            _ => None,
        };
        self.doc.iter().chain(&self.fail_text).chain(spoken)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// A shell text or a program: `run` or `exec`.
    Command(Command),
    /// A command that only looks.
    Check(Check),
    /// A person does it.
    Manual(Manual),
    /// A person allows it.
    Approve(Approve),
    /// A person chooses.
    Decide(Decide),
    /// Time passes.
    Wait(Wait),
    /// Another runbook.
    Call(Call),
    /// A message.
    Notify(Notify),
    /// Several at once.
    Parallel(Parallel),
    /// Several, one after the other: for each of a list, or under one condition.
    Sequence(Vec<Step>),
}

/// Something to execute, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The two forms.
    pub text: CommandText,
    /// Where the text or the list stands.
    pub span: Span,
}

/// The two forms of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandText {
    /// Constant text for a shell.
    Shell {
        /// The text, without any hole.
        script: String,
        /// The interpreter, if the step names one.
        shell: Vec<Spanned<String>>,
    },
    /// A program and its arguments; one template is one argument.
    Program(Vec<Template>),
}

/// A command that only looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What is executed.
    pub command: Command,
    /// What has to hold of its output, read as JSON.
    pub assert: Option<Expression>,
}

/// How a command says that it did nothing yet and needs a person at a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The exit codes with which it may say so, 1 to 255; empty means all.
    pub exit: Vec<i32>,
    /// Texts of which its output then has one, each without line breaks; there is at least one.
    pub says: Vec<String>,
}

/// Is it already so?
#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    /// What is executed: 0 is yes.
    pub command: Command,
    /// The exit codes that mean no; anything else is unknown.
    pub absent: Vec<i32>,
    /// When it is given the terminal after it ran without one.
    pub refusal: Option<Refusal>,
    /// Further environment.
    pub env: Env,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum Undo {
    /// By a command.
    Command {
        /// What is executed.
        command: Command,
        /// Whether it can be repeated.
        effect: Effect,
        /// Whether it is already taken back.
        verify: Option<Box<Verify>>,
        /// When it is given the terminal after it ran without one.
        refusal: Option<Refusal>,
        /// Further environment.
        env: Env,
    },
    /// Not at all, for a reason.
    None(Spanned<String>),
    /// By another runbook.
    Instead(Spanned<String>),
}

/// What a crash in the middle means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Can be repeated without harm.
    Idempotent,
    /// Must happen once.
    Once,
}

impl Effect {
    /// The word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idempotent => "idempotent",
            Self::Once => "once",
        }
    }
}

/// A person does it.
#[derive(Debug, Clone, PartialEq)]
pub struct Manual {
    /// What to do.
    pub text: Doc,
    /// What to write down.
    pub fields: Vec<(Spanned<String>, FieldKind)>,
}

/// A person allows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Approve {
    /// Who is asked.
    pub by: Approvers,
    /// What is released, for the record and for who wrote it.
    pub subject: Subject,
    /// What is allowed.
    pub text: Template,
    /// When silence becomes a no.
    pub expires: Option<Duration>,
}

/// Who is asked for an approval.
#[derive(Debug, Clone, PartialEq)]
pub enum Approvers {
    /// So many people with a name of [`Runbook::roles`] or a role of the project.
    Role(Spanned<String>, u32),
    /// Those whom a row of the approval matrix names.
    Row(Template),
}

/// What an approval is for, as far as the step says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// What is released.
    pub commit: Option<Template>,
    /// A commit or tag: those who wrote something behind it are the authors. By default only who wrote the commit.
    pub since: Option<Template>,
    /// Such as the integrity of a tarball.
    pub artefact: Option<Template>,
    /// Words by which rows ask more roles, between spaces or commas.
    pub labels: Option<Template>,
    /// What earlier steps found of it, by name.
    pub evidence: Vec<(Spanned<String>, Template)>,
}

impl Approve {
    /// The role that is asked, if it is one.
    pub fn role(&self) -> Option<&Spanned<String>> {
        match &self.by {
            Approvers::Role(role, _) => Some(role),
            Approvers::Row(_) => None,
        }
    }

    /// All its texts that are filled.
    pub fn templates(&self) -> Vec<&Template> {
        let row = match &self.by {
            Approvers::Role(..) => None,
            Approvers::Row(row) => Some(row),
        };
        let Subject {
            commit,
            since,
            artefact,
            labels,
            evidence,
        } = &self.subject;
        let parts = [commit, since, artefact, labels];
        let parts = parts.into_iter().flatten();
        std::iter::once(&self.text)
            .chain(row)
            .chain(parts)
            .chain(evidence.iter().map(|(_, found)| found))
            .collect()
    }
}

/// A person chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Decide {
    /// What the choice is about.
    pub text: Doc,
    /// What can be chosen.
    pub options: Vec<DecideOption>,
    /// When the choice makes itself.
    pub auto: Option<(Expression, Spanned<String>)>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq)]
pub struct DecideOption {
    /// As journals and conditions have it.
    pub name: Spanned<String>,
    /// What it is called for people.
    pub label: Option<Spanned<String>>,
    /// What follows.
    pub then: Then,
}

/// What follows a choice.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// The next step.
    Next,
    /// Back to a step, at most so many times.
    Goto(Spanned<String>, Option<u32>),
    /// Taking everything back.
    Rollback,
    /// The end, as refused.
    Stop,
}

/// Time passes, or a probe says yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// How long.
    pub duration: Option<Template>,
    /// A probe that ends it sooner.
    pub or_until: Option<Until>,
    /// A probe that has to say yes; then nothing of the above is there.
    pub until: Option<Poll>,
}

/// A probe that is asked until it says yes. If it never does, the step fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Poll {
    /// What is executed: 0 is yes.
    pub command: Command,
    /// What only it has in its environment.
    pub env: Env,
    /// The exit codes that mean not yet; empty if the runbook does not say. Others cannot tell.
    pub not_yet: Vec<i32>,
    /// The exit codes that mean that it will never say yes.
    pub never: Vec<i32>,
    /// The time between two questions.
    pub every: Duration,
    /// The time in which it has to say yes.
    pub within: Template,
    /// How often it is asked at most. No runbook says so: in rehearsals no time passes.
    pub times: Option<u32>,
}

/// A probe that is asked again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Until {
    /// What is executed.
    pub command: Command,
    /// How often.
    pub every: Duration,
    /// How many times.
    pub times: u32,
    /// Its key.
    pub span: Span,
}

/// Another runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its id.
    pub runbook: Spanned<String>,
    /// The versions that will do.
    pub version: Option<Spanned<String>>,
    /// Its params.
    pub with: Vec<(Spanned<String>, Template)>,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Notify {
    /// A name of `content/data/channels.yaml`.
    pub channel: Spanned<String>,
    /// What is said; of a message of the project, its text with the values that the step gives.
    pub text: Template,
    /// The message of the project that it is.
    pub message: Option<Message>,
}

/// A message of `content/data/messages.yaml`, with values for its `{name}` places.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its name there.
    pub name: Spanned<String>,
    /// The values by the names of the places.
    pub with: Vec<(Spanned<String>, Template)>,
}

impl Message {
    /// Where its text is in the project's data.
    pub fn path(&self) -> String {
        Data::message(&self.name.value, "text")
    }
}

/// Several at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// How many at a time.
    pub max: Option<u32>,
    /// Whether a failure lets the others finish.
    pub wait_all: bool,
    /// Begun in this order, as many at once as `max` lets.
    pub steps: Vec<Step>,
}

/// Once for each of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ForEach {
    /// In the order of the list; each may have a `${{ }}`.
    pub items: Vec<Template>,
    /// The name of the item: `each.NAME`.
    pub name: Spanned<String>,
    /// How many at a time.
    pub max: Option<u32>,
}

/// How often a step is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// At most so many further times.
    pub max: u32,
    /// The first pause.
    pub delay: Option<Duration>,
    /// What each further pause is multiplied with.
    pub factor: Option<f64>,
    /// The part of a pause that is left to chance, 0 to 1.
    pub jitter: Option<f64>,
    /// The exit codes worth another try; empty means all.
    pub on_exit: Vec<i32>,
}

/// Who may skip a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// By its id; `None` if everybody may.
    pub role: Option<Spanned<String>>,
    /// Whether a reason has to be given.
    pub reason_required: bool,
}

/// What a step hands to later steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// `[a-z][a-z0-9_]*`
    pub name: Spanned<String>,
    /// What it has to look like.
    pub kind: FieldKind,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    #[test]
    fn words_of_the_language_stand_in_json_as_they_are_written() {
        fn same<T: Serialize + DeserializeOwned + Copy, const N: usize>(
            words: [(&str, T); N],
            kept: [&str; N],
        ) {
            assert_eq!(words.map(|(word, _)| word), kept);
            for (word, meant) in words {
                let text = serde_json::to_string(&meant).expect("it is JSON");
                assert_eq!(text, format!("\"{word}\""));
                let read: T = serde_json::from_str(&text).expect("it is one of them");
                assert_eq!(serde_json::to_string(&read).expect("it is JSON"), text);
            }
            assert!(serde_json::from_str::<T>("\"String\"").is_err());
        }
        // These words are in plans that were written: none of them may change.
        same(
            ValueKind::WORDS,
            [
                "string", "text", "int", "bool", "semver", "duration", "date", "enum", "secret",
            ],
        );
        same(Expose::WORDS, ["file", "stdin", "env"]);
    }
}
