//! A runbook to a frozen [`Plan`]: calls resolved, defaults filled in, and what cannot be run
//! refused before anything starts.

mod condition;
mod step;

pub use step::field;

use crate::exec::plan::calls::Frame;
use crate::exec::plan::policy::{Row, RowAsk, RowNeed};
use crate::exec::plan::{
    self, Budget, Channel, FORMAT, Kind, OnFail, Params, Person, Piece, Plan, RoleRule,
    SecretSource, SourceRecord, Step, Text,
};
use crate::model::data::Data;
use crate::model::expression::Template;
use crate::model::policy::{ApprovalNeed, Barred, Due, Policy, Sink};
use crate::model::runbook as model;
use crate::model::value_path::{RunValue, ValuePath};
use condition::Types;
use std::collections::BTreeMap;
use step::{milliseconds, text};

/// Something of a runbook that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYet {
    /// The step, or nothing for the runbook as a whole.
    pub step: Option<String>,
    /// What it does, as the end of the sentence "the step …".
    pub what: String,
    /// The way out.
    pub help: String,
}

impl std::fmt::Display for NotYet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.step {
            Some(step) => write!(f, "`{step}` {}: {}", self.what, self.help),
            None => write!(f, "the runbook {}: {}", self.what, self.help),
        }
    }
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
    pub params: Params,
    /// Variables that its steps take over, by name.
    pub inherit: Vec<String>,
}

/// Freezes a runbook; `books` are all that it may call, and `house` is what the project says of its
/// people and of everything else.
///
/// # Errors
/// Everything in it, and in what it calls, that cannot be run yet.
pub fn freeze<'b>(
    book: &'b model::Runbook,
    books: &'b [&'b model::Runbook],
    house: (&Policy, &'b Data),
    start: Start,
) -> Result<Plan, Vec<NotYet>> {
    let (policy, data) = house;
    let frame = Frame::top(data);
    let mut freezer = Freezer {
        books,
        roles: BTreeMap::new(),
        secrets: Vec::new(),
        on_failure: Vec::new(),
        finally: Vec::new(),
        missing: Vec::new(),
        asks_by_rows: false,
        is_high_risk: false,
        steps: 0,
        depth: 0,
    };
    let frozen = freezer.runbook(book, frame.clone());
    if !freezer.missing.is_empty() {
        return Err(freezer.missing);
    }
    let approvals = freezer.policy(policy);
    Ok(Plan {
        format: FORMAT,
        runbook: book.id.value.clone(),
        version: book.version.value.clone(),
        title: book.title.value.clone(),
        careful: freezer.is_high_risk,
        secrets: freezer.secrets,
        lock: book
            .lock
            .as_ref()
            .map(|lock| lock_key(&frame.text(&text(&lock.key)), &start)),
        lock_wait_ms: book
            .lock
            .as_ref()
            .and_then(|lock| lock.wait)
            .map(milliseconds),
        undo_instead: book.undo_instead.as_ref().map(|id| id.value.clone()),
        roles: freezer.roles,
        people: people(policy),
        policy: approvals,
        channels: channels(policy),
        steps: frozen.steps,
        on_failure: freezer.on_failure,
        finally: freezer.finally,
        outputs: frozen.outputs,
        budget: budget(book.budget.unwrap_or_default()),
        left_out: BTreeMap::new(),
        run_key: None,
        inherit: start.inherit,
        incident: None,
        ticket: None,
        owner: book.owner.as_ref().map(|owner| owner.value.clone()),
        like: None,
        project: start.project,
        project_folder: None,
        known_errors: None,
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
    roles: BTreeMap<String, RoleRule>,
    secrets: Vec<SecretSource>,
    on_failure: Vec<Step>,
    finally: Vec<Step>,
    missing: Vec<NotYet>,
    /// Whether a step asks by the approval matrix.
    asks_by_rows: bool,
    /// Whether one of the runbooks is of high risk: so is all of the run.
    is_high_risk: bool,
    /// How many steps were frozen.
    steps: usize,
    /// How many calls are open.
    depth: usize,
}

/// The runbook whose steps are being frozen, and the place they get in the run.
struct Place<'b> {
    book: &'b model::Runbook,
    frame: Frame<'b>,
    types: Types<'b>,
    /// What the steps do when they fail, unless they say otherwise.
    on_fail: OnFail,
}

/// What a runbook gives to the run.
struct Frozen {
    steps: Vec<Step>,
    outputs: BTreeMap<String, Text>,
}

impl<'b> Freezer<'b> {
    fn runbook(&mut self, book: &'b model::Runbook, frame: Frame<'b>) -> Frozen {
        self.is_high_risk |= book.risk == model::Risk::High;
        self.roles
            .extend(frame.roles(book.roles.iter().map(role_rule).collect()));
        self.secrets
            .extend(book.params.iter().filter_map(|param| secret(param, &frame)));
        let mut place = Place {
            book,
            types: Types::new(book, self.books, frame.data),
            frame,
            on_fail: book.defaults.on_fail.map_or(OnFail::Pause, on_fail),
        };
        let steps = self.list(&book.steps, &mut place);
        let on_failure = self.ending(&book.on_failure, &mut place);
        self.on_failure.extend(on_failure);
        let finally = self.ending(&book.finally, &mut place);
        self.finally.extend(finally);
        let output = |(name, value): &(crate::source::Spanned<String>, Template)| {
            (name.value.clone(), place.frame.text(&text(value)))
        };
        Frozen {
            steps,
            outputs: book.outputs.iter().map(output).collect(),
        }
    }

    /// What the run keeps of the approval policy.
    fn policy(&self, policy: &Policy) -> plan::Policy {
        let mut approvals = approvals(policy);
        if !self.asks_by_rows {
            approvals.matrix.clear();
        }
        approvals
    }

    fn list(&mut self, steps: &'b [model::Step], place: &mut Place<'b>) -> Vec<Step> {
        let mut frozen = Vec::new();
        for (at, own) in steps.iter().enumerate() {
            self.way_back(own, &steps[..at], place);
            frozen.push(self.step(own, place));
        }
        frozen
    }

    /// Steps that go on at once: there is no way back from one to another.
    fn at_once(&mut self, steps: &'b [model::Step], place: &mut Place<'b>) -> Vec<Step> {
        let step = |own| {
            self.way_back(own, &[], place);
            self.step(own, place)
        };
        steps.iter().map(step).collect()
    }

    /// The steps of `on_failure` or `finally`; those of a call only if the call was begun.
    fn ending(&mut self, steps: &'b [model::Step], place: &mut Place<'b>) -> Vec<Step> {
        let begun = place.frame.begun();
        let mut frozen = self.list(steps, place);
        if let Some(begun) = begun {
            for step in &mut frozen {
                step.when = Some(condition::both(begun.clone(), step.when.take()));
            }
        }
        frozen
    }

    fn step(&mut self, own: &'b model::Step, place: &mut Place<'b>) -> Step {
        self.steps += 1;
        self.asks_by_rows |=
            matches!(&own.kind, model::StepKind::Approve(approve) if approve.role().is_none());
        let before = place.on_fail;
        place.on_fail = own.on_fail.map_or(before, on_fail);
        let kind = match &own.kind {
            model::StepKind::Call(call) => {
                let called = self.call(call, &own.id.value, &place.frame);
                place.frame.called(&own.id.value, called.outputs);
                Some(Kind::Call(called.steps))
            }
            model::StepKind::Parallel(parallel) => Some(Kind::Parallel {
                max: parallel.max.unwrap_or(parallel.steps.len() as u32).max(1),
                wait_all: parallel.wait_all,
                steps: self.at_once(&parallel.steps, place),
            }),
            model::StepKind::Sequence(steps) => Some(Kind::Sequence(self.list(steps, place))),
            _ => None,
        };
        let mut frozen = step::freeze(own, kind, &place.book.defaults, &place.types);
        frozen.on_fail = place.on_fail;
        place.on_fail = before;
        self.project_roles(&frozen, place);
        place.frame.place(frozen)
    }

    /// A role of the project that a step names becomes a rule of the run under the same name.
    fn project_roles(&mut self, step: &Step, place: &Place<'_>) {
        let gate = match &step.kind {
            Kind::Approve { role, .. } if !role.is_empty() => Some(role),
            _ => None,
        };
        let skip = step.skip.as_ref().and_then(|skip| skip.role.as_ref());
        for role in step.role.iter().chain(gate).chain(skip) {
            if place.book.role(role).is_none() {
                let rule = RoleRule {
                    any_of: vec![role.clone()],
                    not_initiator: false,
                };
                self.roles.insert(place.frame.role(role), rule);
            }
        }
    }

    /// A way back leads to a step before it in the same list.
    fn way_back(&mut self, step: &model::Step, before: &[model::Step], place: &Place<'_>) {
        for to in step.stray_ways_back(before) {
            self.missing.push(NotYet {
                step: Some(place.frame.path(&step.id.value)),
                what: format!(
                    "goes to `{}`, which is no step before it in its list",
                    to.value
                ),
                help: "name an earlier step of the same list in `goto`".to_owned(),
            });
        }
    }

    fn call(&mut self, call: &model::Call, id: &str, frame: &Frame<'b>) -> Frozen {
        let book = self
            .books
            .iter()
            .find(|book| book.id.value == call.runbook.value);
        let Some(book) = book else {
            return Frozen {
                steps: Vec::new(),
                outputs: BTreeMap::new(),
            };
        };
        if self.depth == model::MOST_CALLS || self.steps > model::MOST_STEPS {
            return self.beyond(id, frame);
        }
        let mut params = BTreeMap::new();
        for param in &book.params {
            let given = call
                .with
                .iter()
                .find(|(name, _)| name.value == param.name.value);
            let default = param
                .default
                .as_ref()
                .map(|default| Text::of(default.value.clone()));
            let value = given.map(|(_, value)| frame.text(&text(value))).or(default);
            params.insert(param.name.value.clone(), value.unwrap_or(Text(Vec::new())));
        }
        self.depth += 1;
        let frozen = self.runbook(book, frame.inside(id, params));
        self.depth -= 1;
        frozen
    }

    /// A call that leads too far; told once, and nothing is started then.
    fn beyond(&mut self, id: &str, frame: &Frame<'b>) -> Frozen {
        if self.missing.is_empty() {
            self.missing.push(NotYet {
                step: Some(frame.path(id)),
                what: format!(
                    "is more than {} calls deep, or behind more than {} steps",
                    model::MOST_CALLS,
                    model::MOST_STEPS
                ),
                help: "call fewer runbooks, or start one after the other".to_owned(),
            });
        }
        Frozen {
            steps: Vec::new(),
            outputs: BTreeMap::new(),
        }
    }
}

fn secret(param: &model::Param, frame: &Frame<'_>) -> Option<SecretSource> {
    let secret = param.secret.as_ref()?;
    let words = |words: &Vec<crate::source::Spanned<String>>| {
        words.iter().map(|word| word.value.clone()).collect()
    };
    Some(SecretSource {
        name: param.name.value.clone(),
        command: secret.command.as_ref().map(words),
        ask: param.kind.ask.as_ref().map(|ask| ask.value.clone()),
        expose: secret.expose,
        scope: frame.prefix.clone(),
    })
}

fn channels(policy: &Policy) -> BTreeMap<String, Channel> {
    let known = policy.channels.iter().flatten().map(|channel| {
        let sink = match &channel.sink {
            Sink::Terminal => Channel::Terminal,
            Sink::File(path) => Channel::File(path.value.clone()),
            Sink::Command(words) => Channel::Command(words.clone()),
            Sink::Webhook(address) => Channel::Webhook(address.clone()),
        };
        (channel.name.value.clone(), sink)
    });
    known.collect()
}

/// The approval policy of a project, whole.
pub fn approvals(policy: &Policy) -> plan::Policy {
    let rows = policy.matrix.iter();
    plan::Policy {
        matrix: rows
            .map(|row| (row.kind.value.clone(), self::row(row)))
            .collect(),
        claimed: policy.claimed.as_ref().map(|words| words.value.clone()),
    }
}

/// The people of a project, with what they stand in for.
pub fn people(policy: &Policy) -> Vec<Person> {
    let person = |person: &crate::model::policy::Person| {
        let roles: Vec<String> = person.roles.iter().map(|role| role.value.clone()).collect();
        let known = policy.roles.iter().flatten();
        let stands_in = known.filter(|role| {
            let deputy = role.deputy.as_ref();
            deputy.is_some_and(|deputy| roles.contains(&deputy.value))
                && !roles.contains(&role.id.value)
        });
        Person {
            name: person.key.clone(),
            accounts: person.accounts.clone(),
            stands_in: stands_in.map(|role| role.id.value.clone()).collect(),
            mails: person.mails.clone(),
            delegates: person
                .delegates
                .as_ref()
                .map(|one| plan::people::Delegates {
                    to: one.to.value.clone(),
                    from: one.from.to_string(),
                    until: one.until.to_string(),
                }),
            keys: person
                .keys
                .iter()
                .map(|key| key.value.text().to_owned())
                .collect(),
            roles,
        }
    };
    policy.people.iter().map(person).collect()
}

fn row(row: &crate::model::policy::ApprovalRow) -> Row {
    let seconds = |due: &Option<Due>| due.as_ref()?.time.map(|time| time.as_secs());
    let ask = |approval: &crate::model::policy::Approval| RowAsk {
        name: approval.role.value.clone(),
        roles: approval
            .roles()
            .iter()
            .map(|role| role.value.clone())
            .collect(),
        count: approval.count,
        need: match approval.need {
            ApprovalNeed::Required => RowNeed::Required,
            ApprovalNeed::Optional => RowNeed::Optional,
            ApprovalNeed::If => RowNeed::If,
            ApprovalNeed::Later => RowNeed::Later,
        },
        label: approval.label.clone(),
        within: seconds(&approval.within),
        deputy_after: seconds(&approval.deputy_after),
        focus: approval.focus.clone(),
    };
    Row {
        asks: row.approvals.iter().map(ask).collect(),
        alone: row.alone.as_ref().map(|role| role.value.clone()),
        not_initiator: row.not.contains(&Barred::Initiator),
        not_author: row.not.contains(&Barred::Author),
        expires: seconds(&row.expires),
        requires: row
            .requires
            .iter()
            .map(|required| (required.name.value.clone(), required.words.clone()))
            .collect(),
    }
}

fn role_rule(rule: &model::RoleRule) -> (String, RoleRule) {
    let frozen = RoleRule {
        any_of: rule.any_of.iter().map(|role| role.value.clone()).collect(),
        not_initiator: !rule.not.is_empty(),
    };
    (rule.name.value.clone(), frozen)
}

fn on_fail(on_fail: model::OnFail) -> OnFail {
    match on_fail {
        model::OnFail::Pause => OnFail::Pause,
        model::OnFail::Fail => OnFail::Fail,
        model::OnFail::Rollback => OnFail::Rollback,
        model::OnFail::Continue => OnFail::Continue,
    }
}

fn budget(budget: model::Budget) -> Budget {
    Budget {
        expect_ms: budget.expect.map(milliseconds),
        warn_ms: budget.warn.map(milliseconds),
        limit_ms: budget.limit.map(milliseconds),
    }
}

/// The key of a lock: params, and what is known of a run before it begins.
fn lock_key(text: &Text, start: &Start) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(ValuePath::Param(name)) => {
            start.params.text(name).unwrap_or_default().to_owned()
        }
        Piece::Value(ValuePath::Run(RunValue::Target)) => start.target.clone(),
        Piece::Value(ValuePath::Run(RunValue::Project)) => start.project.clone(),
        Piece::Value(ValuePath::Run(RunValue::Initiator)) => start.initiator.clone(),
        // What is not known before the run is.
        Piece::Value(_) => String::new(),
    };
    text.0.iter().map(piece).collect()
}
