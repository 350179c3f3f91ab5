//! A runbook to a frozen [`Plan`]: calls resolved, defaults filled in, and everything that the
//! engine cannot run yet refused before anything starts.

use crate::exec::calls::Frame;
use crate::exec::plan::{
    Channel, Choice, Command, Effect, Field, Kind, Person, Piece, Plan, RoleRule, SecretSource,
    SourceRecord, Step, Text, Undo, Verify,
};
use crate::model::expression::{Part, Template, Term};
use crate::model::policy::{Policy, Sink};
use crate::model::runbook as model;
use std::collections::BTreeMap;
use std::time::Duration;

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

/// Freezes a runbook; `books` are all that it may call.
///
/// # Errors
/// Everything in it, and in what it calls, that cannot be run yet.
pub fn freeze(
    book: &model::Runbook,
    books: &[&model::Runbook],
    policy: &Policy,
    start: Start,
) -> Result<Plan, Vec<NotYet>> {
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
    Ok(Plan {
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
        called: Vec::new(),
        target_commit: None,
        uncommitted: None,
        initiator: start.initiator,
        params: start.params,
    })
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
                    for role in named_roles(&frozen).filter(|role| book.role(role).is_none()) {
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

/// The roles that a step names.
fn named_roles(step: &Step) -> impl Iterator<Item = &String> {
    let judges = match &step.kind {
        Kind::Approve { role, .. } => Some(role),
        _ => None,
    };
    step.role.iter().chain(judges)
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
        role: step.role.as_ref().map(|role| role.value.clone()),
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
