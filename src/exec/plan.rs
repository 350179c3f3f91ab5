//! The frozen plan: everything a run needs, written down before its first step.
//!
//! The types here are the file format of `plan.json` and never the model's: a plan that any
//! released version wrote stays readable. What the engine cannot run yet is refused here, before
//! anything starts.

use crate::exec::calls::Frame;
use crate::model::expression::{Part, Template, Term};
use crate::model::policy::{Policy, Sink};
use crate::model::runbook as model;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

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

/// Something of a runbook that the engine cannot run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYet {
    /// The step, or nothing for the runbook as a whole.
    pub step: Option<String>,
    /// The key of the language.
    pub key: &'static str,
}

/// What is known when a plan is frozen, besides the runbook.
#[derive(Debug, Clone)]
pub struct Start {
    /// The project's id.
    pub project: String,
    /// The folder that steps work in.
    pub target: String,
    /// Where the runbook came from.
    pub source: SourceRecord,
    /// The person who starts it.
    pub initiator: String,
    /// The values of its params, complete and checked.
    pub params: BTreeMap<String, String>,
}

impl Plan {
    /// Freezes a runbook; `books` are all that it may call.
    ///
    /// # Errors
    /// Everything in it, and in what it calls, that cannot be run yet.
    pub fn freeze(
        book: &model::Runbook,
        books: &[&model::Runbook],
        policy: &Policy,
        start: Start,
    ) -> Result<Self, Vec<NotYet>> {
        let mut freezer = Freezer {
            books,
            policy,
            steps: Vec::new(),
            roles: BTreeMap::new(),
            missing: Vec::new(),
        };
        freezer.runbook(book, Frame::default());
        if !freezer.missing.is_empty() {
            return Err(freezer.missing);
        }
        Ok(Self {
            format: 1,
            runbook: book.id.value.clone(),
            version: book.version.value.clone(),
            title: book.title.value.clone(),
            careful: book.risk == model::Risk::High,
            secrets: book.params.iter().filter_map(secret).collect(),
            lock: book
                .lock
                .as_ref()
                .map(|lock| fill_params(&text(&lock.key), &start.params)),
            roles: freezer.roles,
            people: people(policy),
            channels: channels(policy),
            steps: freezer.steps,
            project: start.project,
            target: start.target,
            source: start.source,
            initiator: start.initiator,
            params: start.params,
        })
    }

    /// The plan as it is written to disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("a plan holds only text, numbers and lists")
    }

    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
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
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Collects the steps of a runbook and of those it calls. `check` has made sure that calls name
/// runbooks that exist and do not go in circles.
struct Freezer<'b> {
    books: &'b [&'b model::Runbook],
    policy: &'b Policy,
    steps: Vec<Step>,
    roles: BTreeMap<String, RoleRule>,
    missing: Vec<NotYet>,
}

impl Freezer<'_> {
    /// Adds a runbook's steps; gives its outputs as texts of the run.
    fn runbook(&mut self, book: &model::Runbook, mut frame: Frame) -> BTreeMap<String, Text> {
        self.refuse(book, &frame);
        self.roles
            .extend(frame.roles(book.roles.iter().map(role_rule).collect()));
        for step in &book.steps {
            match &step.kind {
                model::StepKind::Call(call) => {
                    let outputs = self.call(call, &step.id.value, &frame);
                    frame.calls.insert(step.id.value.clone(), outputs);
                }
                _ if step_not_yet(step, self.policy).is_empty() => {
                    let frozen = freeze_step(step, &book.defaults);
                    if let Kind::Approve { role, .. } = &frozen.kind
                        && book.role(role).is_none()
                    {
                        // A role of the project becomes a rule of the run under the same name.
                        let rule = RoleRule {
                            any_of: vec![role.clone()],
                            not_initiator: false,
                        };
                        self.roles.insert(frame.role(role), rule);
                    }
                    self.steps.push(frame.place(frozen));
                }
                _ => {}
            }
        }
        let output = |(name, value): &(crate::source::Spanned<String>, Template)| {
            (name.value.clone(), frame.text(&text(value)))
        };
        book.outputs.iter().map(output).collect()
    }

    fn call(&mut self, call: &model::Call, id: &str, frame: &Frame) -> BTreeMap<String, Text> {
        let Some(book) = self
            .books
            .iter()
            .find(|book| book.id.value == call.runbook.value)
        else {
            return BTreeMap::new();
        };
        let mut params = BTreeMap::new();
        for param in &book.params {
            let given = call
                .with
                .iter()
                .find(|(name, _)| name.value == param.name.value);
            let default = param
                .default
                .as_ref()
                .map(|default| Text(vec![Piece::Text(default.value.clone())]));
            let value = given.map(|(_, value)| frame.text(&text(value))).or(default);
            params.insert(param.name.value.clone(), value.unwrap_or(Text(Vec::new())));
        }
        let inner = Frame {
            prefix: format!("{}{id}/", frame.prefix),
            params: Some(params),
            calls: BTreeMap::new(),
        };
        self.runbook(book, inner)
    }

    /// Notes what of a runbook cannot be run yet.
    fn refuse(&mut self, book: &model::Runbook, frame: &Frame) {
        let whole = [
            (!book.on_failure.is_empty(), "on_failure"),
            (!book.finally.is_empty(), "finally"),
            (
                !frame.prefix.is_empty() && book.params.iter().any(|param| param.secret.is_some()),
                "a secret of a called runbook",
            ),
        ];
        let whole = whole.into_iter().filter(|(there, _)| *there);
        self.missing
            .extend(whole.map(|(_, key)| NotYet { step: None, key }));
        for step in &book.steps {
            let path = format!("{}{}", frame.prefix, step.id.value);
            let keys = step_not_yet(step, self.policy).into_iter();
            self.missing.extend(keys.map(|key| NotYet {
                step: Some(path.clone()),
                key,
            }));
        }
    }
}

fn secret(param: &model::Param) -> Option<SecretSource> {
    let secret = param.secret.as_ref()?;
    let words = |words: &Vec<crate::source::Spanned<String>>| {
        words.iter().map(|word| word.value.clone()).collect()
    };
    Some(SecretSource {
        name: param.name.value.clone(),
        command: secret.command.as_ref().map(words),
        ask: param.kind.ask.as_ref().map(|ask| ask.value.clone()),
        expose: match secret.expose {
            model::Expose::File => "file",
            model::Expose::Stdin => "stdin",
            model::Expose::Env => "env",
        }
        .to_owned(),
    })
}

fn step_not_yet(step: &model::Step, policy: &Policy) -> Vec<&'static str> {
    let kind = match &step.kind {
        model::StepKind::Wait(_) => Some("wait"),
        model::StepKind::Parallel(_) => Some("parallel"),
        model::StepKind::Check(check) if check.assert.is_some() => Some("assert"),
        model::StepKind::Decide(decide) if decide.auto.is_some() => Some("auto"),
        model::StepKind::Decide(decide) => {
            decide.options.iter().find_map(|option| match option.then {
                model::Then::Goto(..) => Some("goto"),
                model::Then::Rollback => Some("rollback"),
                model::Then::Next | model::Then::Stop => None,
            })
        }
        model::StepKind::Notify(notify) => {
            (!can_send(policy, &notify.channel.value)).then_some("a channel of this sort")
        }
        _ => None,
    };
    let flags = [
        (step.when.is_some(), "when"),
        (step.for_each.is_some(), "for_each"),
        (step.retry.is_some(), "retry"),
        (step.skip.is_some(), "skip"),
        (
            matches!(
                step.on_fail,
                Some(model::OnFail::Rollback | model::OnFail::Continue)
            ),
            "on_fail",
        ),
    ];
    let flags = flags
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, key)| key);
    kind.into_iter().chain(flags).collect()
}

fn can_send(policy: &Policy, channel: &str) -> bool {
    channels(policy).contains_key(channel) || policy.channels.is_none()
}

fn channels(policy: &Policy) -> BTreeMap<String, Channel> {
    let known = policy.channels.iter().flatten().filter_map(|channel| {
        let sink = match &channel.sink {
            Sink::Terminal => Channel::Terminal,
            Sink::File(path) => Channel::File(path.clone()),
            Sink::Command(_) | Sink::Webhook(_) => return None,
        };
        Some((channel.name.value.clone(), sink))
    });
    known.collect()
}

fn people(policy: &Policy) -> Vec<Person> {
    let person = |person: &crate::model::policy::Person| Person {
        name: person.key.clone(),
        accounts: person.accounts.clone(),
        roles: person.roles.iter().map(|role| role.value.clone()).collect(),
    };
    policy.people.iter().map(person).collect()
}

fn role_rule(rule: &model::RoleRule) -> (String, RoleRule) {
    let frozen = RoleRule {
        any_of: rule.any_of.iter().map(|role| role.value.clone()).collect(),
        not_initiator: !rule.not.is_empty(),
    };
    (rule.name.value.clone(), frozen)
}

fn seconds(time: Option<Duration>) -> Option<u64> {
    time.map(|time| time.as_secs().max(1))
}

fn freeze_step(step: &model::Step, defaults: &model::Defaults) -> Step {
    let shell = |own: &[crate::source::Spanned<String>]| interpreter(own, defaults);
    Step {
        id: step.id.value.clone(),
        title: step.name().to_owned(),
        kind: freeze_kind(&step.kind, &shell),
        effect: match step.effect {
            model::Effect::Read => Effect::Read,
            model::Effect::Idempotent => Effect::Idempotent,
            model::Effect::Once => Effect::Once,
        },
        env: env(&defaults.env)
            .into_iter()
            .chain(env(&step.env))
            .collect(),
        cwd: step.cwd.as_ref().map(|cwd| cwd.value.clone()),
        timeout: seconds(step.timeout.or(defaults.timeout)),
        verify: step
            .verify
            .as_ref()
            .map(|verify| freeze_verify(verify, &shell)),
        undo: step.undo.as_ref().map(|undo| freeze_undo(undo, &shell)),
        confirm: step.confirm.as_ref().map(text),
        warn_only: step.warn_only,
        interactive: step.interactive,
        fail_text: step.fail_text.as_ref().map(|doc| doc.text.value.clone()),
        outputs: step
            .outputs
            .iter()
            .map(|output| field(&output.name.value, &output.kind))
            .collect(),
    }
}

/// The interpreter of a step's own, of the runbook, or bash that stops at the first error.
fn interpreter(own: &[crate::source::Spanned<String>], defaults: &model::Defaults) -> Vec<String> {
    let chosen = if own.is_empty() { &defaults.shell } else { own };
    match chosen {
        [] => ["bash", "-euo", "pipefail"].map(str::to_owned).into(),
        words => words.iter().map(|word| word.value.clone()).collect(),
    }
}

type Shell<'s> = &'s dyn Fn(&[crate::source::Spanned<String>]) -> Vec<String>;

fn command(command: &model::Command, shell: Shell<'_>) -> Command {
    match &command.text {
        model::CommandText::Shell { script, shell: own } => Command::Shell {
            interpreter: shell(own),
            script: script.clone(),
        },
        model::CommandText::Program(items) => Command::Program(items.iter().map(text).collect()),
    }
}

fn freeze_verify(verify: &model::Verify, shell: Shell<'_>) -> Verify {
    Verify {
        command: command(&verify.command, shell),
        absent: verify.absent.clone(),
        env: env(&verify.env),
    }
}

fn freeze_undo(undo: &model::Undo, shell: Shell<'_>) -> Undo {
    match undo {
        model::Undo::Command {
            command: own,
            effect,
            env: further,
            ..
        } => Undo::Command {
            command: command(own, shell),
            repeatable: *effect != model::Effect::Once,
            env: env(further),
        },
        model::Undo::None(reason) => Undo::None(reason.value.clone()),
        model::Undo::Instead(runbook) => Undo::Instead(runbook.value.clone()),
    }
}

fn freeze_kind(kind: &model::StepKind, shell: Shell<'_>) -> Kind {
    match kind {
        model::StepKind::Command(own) => Kind::Command(command(own, shell)),
        model::StepKind::Check(check) => Kind::Check(command(&check.command, shell)),
        model::StepKind::Manual(manual) => Kind::Manual {
            text: manual.text.text.value.clone(),
            fields: manual
                .fields
                .iter()
                .map(|(name, kind)| field(&name.value, kind))
                .collect(),
        },
        model::StepKind::Approve(approve) => Kind::Approve {
            role: approve.role.value.clone(),
            count: approve.count,
            text: text(&approve.text),
            expires: seconds(approve.expires),
        },
        model::StepKind::Decide(decide) => Kind::Decide {
            text: decide.text.text.value.clone(),
            options: decide.options.iter().map(choice).collect(),
        },
        model::StepKind::Notify(notify) => Kind::Notify {
            channel: notify.channel.value.clone(),
            text: text(&notify.text),
        },
        model::StepKind::Wait(_) | model::StepKind::Call(_) | model::StepKind::Parallel(_) => {
            unreachable!("`not_yet` refuses these before a plan is frozen")
        }
    }
}

fn choice(option: &model::DecideOption) -> (String, Choice) {
    let follows = match option.then {
        model::Then::Stop => Choice::Stop,
        _ => Choice::Next,
    };
    (option.name.value.clone(), follows)
}

/// A param, field or output as plans hold it.
pub fn field(name: &str, kind: &model::FieldKind) -> Field {
    let value = |text: &Option<crate::source::Spanned<String>>| {
        text.as_ref().map(|text| text.value.clone())
    };
    Field {
        name: name.to_owned(),
        kind: kind.kind.word().to_owned(),
        ask: value(&kind.ask),
        pattern: value(&kind.pattern),
        min: kind.min,
        max: kind.max,
        values: kind
            .values
            .iter()
            .map(|value| value.value.clone())
            .collect(),
    }
}

fn env(env: &model::Env) -> BTreeMap<String, Text> {
    env.iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn text(template: &Template) -> Text {
    let piece = |part: &Part| match part {
        Part::Text(text) => Piece::Text(text.clone()),
        Part::Hole(expression) => match &expression.root {
            Term::Path(path) => Piece::Value(path.join(".")),
            _ => unreachable!("the reader lets only paths into holes"),
        },
    };
    Text(template.parts.iter().map(piece).collect())
}

/// Fills a text that may use params only.
fn fill_params(text: &Text, params: &BTreeMap<String, String>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(path) => path
            .strip_prefix("params.")
            .and_then(|name| params.get(name))
            .cloned()
            .unwrap_or_default(),
    };
    text.0.iter().map(piece).collect()
}
