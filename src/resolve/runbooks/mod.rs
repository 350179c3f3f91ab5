//! What runbooks name: roles, channels, other runbooks, and the values of earlier steps.
//!
//! [`values`] knows what an expression or template may use where it is filled, [`types`] whether the
//! parts of a condition fit each other.

mod evidence;
mod nesting;
mod types;
mod values;

use crate::diag::{Code, Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::data::Data;
use crate::model::expression::{Expression, Template, TemplatePiece};
use crate::model::item_text::ItemText;
use crate::model::paths;
use crate::model::policy::{ApprovalNeed, Policy};
use crate::model::runbook::{
    Approve, Approvers, Call, CommandText, Decide, Env, MOST_CALLS, MOST_STEPS, Risk, Runbook,
    Step, StepKind, Then, Undo, Verify,
};
use crate::resolve::messages;
use crate::resolve::no_such::no_such;
use crate::source::{Span, Spanned};
use nesting::Nesting;
use rustc_hash::{FxHashMap, FxHashSet};
use values::At;

/// Reports every name in the runbooks that stands for nothing.
pub(super) fn check(
    runbooks: &[(String, Runbook)],
    house: (&Policy, &Data),
    diagnostics: &mut Diagnostics,
) {
    let (policy, data) = house;
    for (_, runbook) in runbooks {
        let mut checker = Checker {
            runbooks,
            policy,
            data,
            runbook,
            nesting: &Nesting::new(runbook),
            diagnostics: &mut *diagnostics,
        };
        checker.runbook();
    }
    let calls = Calls::new(runbooks);
    cycles(runbooks, &calls, diagnostics);
    bounds(runbooks, &calls, diagnostics);
    unapproved(runbooks, &calls, policy, diagnostics);
}

/// The file of channels, below any folder of pages.
const CHANNELS: &str = "data/channels.yaml";

struct Checker<'r, 'd> {
    runbooks: &'r [(String, Runbook)],
    policy: &'r Policy,
    data: &'r Data,
    runbook: &'r Runbook,
    nesting: &'r Nesting<'r>,
    diagnostics: &'d mut Diagnostics,
}

impl<'r> Checker<'r, '_> {
    fn unknown(&mut self, code: &'static Code, span: Span, what: &str, name: &str, known: &[&str]) {
        let found = no_such(code, span, what, name, known);
        self.diagnostics.report(found);
    }

    fn runbook(&mut self) {
        let book = self.runbook;
        for role in book
            .owner
            .iter()
            .chain(&book.escalate)
            .chain(book.roles.iter().flat_map(|rule| &rule.any_of))
        {
            super::known_role(Some(role), self.policy, self.diagnostics);
        }
        let start = At::before(0);
        if let Some(lock) = &book.lock {
            self.template(&lock.key, start);
        }
        if let Some(instead) = &book.undo_instead {
            self.known_runbook(instead);
        }
        self.env(&book.defaults.env, start);
        let nesting = self.nesting;
        for (index, step) in nesting.steps().iter().enumerate() {
            self.step(step, index);
        }
        let end = At::before(nesting.steps().len());
        for (_, output) in &book.outputs {
            self.template(output, end);
        }
    }

    fn step(&mut self, step: &'r Step, index: usize) {
        let before = At::before(index);
        let at = At {
            in_loop: true,
            ..before
        };
        if let Some(role) = &step.role {
            self.role(role);
        }
        if let Some(each) = &step.for_each {
            each.items
                .iter()
                .for_each(|item| self.template(item, before));
        }
        let known = self.nesting.items(index, true);
        let named = step.item_texts.all().flat_map(ItemText::items);
        for name in named.filter(|name| !known.contains(&name.value.as_str())) {
            const CODE: &Code = codes::RUNBOOK_UNKNOWN_VALUE;
            self.unknown(CODE, name.span, "loop item", &name.value, &known);
        }
        if let Some(when) = &step.when {
            self.condition(when, at);
        }
        if let Some(confirm) = &step.confirm {
            self.template(confirm, at);
        }
        self.env(&step.env, at);
        // `verify` and `undo` run after the step as well, so they may use its own outputs.
        let after = At { own: true, ..at };
        if let Some(verify) = &step.verify {
            self.verify(verify, after);
        }
        match &step.undo {
            Some(Undo::Command {
                command,
                verify,
                env,
                ..
            }) => {
                self.command(&command.text, after);
                self.env(env, after);
                verify.iter().for_each(|verify| self.verify(verify, after));
            }
            Some(Undo::Instead(id)) => self.known_runbook(id),
            Some(Undo::None(_)) | None => {}
        }
        self.kind(&step.kind, at);
    }

    fn kind(&mut self, kind: &'r StepKind, at: At) {
        match kind {
            StepKind::Command(command) => self.command(&command.text, at),
            StepKind::Check(check) => {
                self.command(&check.command.text, at);
                if let Some(assert) = &check.assert {
                    self.condition(assert, At { json: true, ..at });
                }
            }
            StepKind::Approve(approve) => {
                approve.role().into_iter().for_each(|role| self.role(role));
                if let Approvers::Row(row) = &approve.by {
                    self.row(row);
                    if let Some(found) = evidence::missing(row, approve, self.policy) {
                        self.diagnostics.report(found);
                    }
                }
                let texts = approve.templates();
                texts.into_iter().for_each(|text| self.template(text, at));
            }
            StepKind::Decide(decide) => self.decide(decide, at),
            StepKind::Wait(wait) => {
                wait.duration
                    .iter()
                    .for_each(|time| self.template(time, at));
                wait.or_until
                    .iter()
                    .for_each(|until| self.command(&until.command.text, at));
                if let Some(poll) = &wait.until {
                    self.command(&poll.command.text, at);
                    self.env(&poll.env, at);
                    self.template(&poll.within, at);
                }
            }
            StepKind::Call(call) => self.call(call, at),
            StepKind::Notify(notify) => {
                self.channel(&notify.channel);
                if let Some(message) = &notify.message {
                    messages::check(message, self.data, self.diagnostics);
                    let given = message.with.iter();
                    given.for_each(|(_, value)| self.template(value, at));
                } else {
                    self.template(&notify.text, at);
                }
            }
            StepKind::Manual(_) | StepKind::Parallel(_) | StepKind::Sequence(_) => {}
        }
    }

    fn role(&mut self, role: &Spanned<String>) {
        if self.runbook.role(&role.value).is_none() {
            super::known_role(Some(role), self.policy, self.diagnostics);
        }
    }

    /// Looks whether the matrix has the row, if its name is written out.
    fn row(&mut self, row: &Template) {
        let [TemplatePiece::Text(name)] = row.parts.as_slice() else {
            return;
        };
        if self.policy.row(name).is_none() {
            let rows = self.policy.matrix.iter();
            let rows: Vec<&str> = rows.map(|row| row.kind.value.as_str()).collect();
            let help =
                did_you_mean(name, rows.iter().copied()).unwrap_or_else(|| match rows.as_slice() {
                    [] => "write the row below `matrix:` into data/approvals.yaml".to_owned(),
                    rows => format!("the matrix has: {}", rows.join(", ")),
                });
            let message = format!("no row `{name}` in the approval matrix");
            let found = Diagnostic::new(codes::POLICY_NO_ROW, row.span, message).help(help);
            self.diagnostics
                .report(found.follows_from("data/approvals.yaml"));
        }
    }

    fn channel(&mut self, channel: &Spanned<String>) {
        let Some(channels) = &self.policy.channels else {
            let name = &channel.value;
            let message = format!("no file says where `{name}` leads: the message is only printed");
            let help = format!(
                "write `{name}: {{ terminal: {{}} }}`, or where else it leads, into `data/channels.yaml` of a folder of pages"
            );
            let found = Diagnostic::new(codes::CHANNEL_NO_FILE, channel.span, message);
            self.diagnostics
                .report(found.help(help).follows_from(CHANNELS));
            return;
        };
        let names: Vec<&str> = channels
            .iter()
            .map(|channel| channel.name.value.as_str())
            .collect();
        if !names.contains(&channel.value.as_str()) {
            let found = no_such(
                codes::CHANNEL_UNKNOWN,
                channel.span,
                "channel",
                &channel.value,
                &names,
            );
            self.diagnostics.report(found.follows_from(CHANNELS));
        }
    }

    fn decide(&mut self, decide: &Decide, at: At) {
        for option in &decide.options {
            if let Then::Goto(target, _) = &option.then
                && self.nesting.place(&target.value).is_none()
            {
                let steps = self.nesting.ids();
                self.unknown(
                    codes::RUNBOOK_UNKNOWN_STEP,
                    target.span,
                    "step",
                    &target.value,
                    &steps,
                );
            }
        }
        if let Some((when, choose)) = &decide.auto {
            self.condition(when, at);
            let names: Vec<&str> = decide
                .options
                .iter()
                .map(|option| option.name.value.as_str())
                .collect();
            if !names.contains(&choose.value.as_str()) {
                self.unknown(
                    codes::RUNBOOK_UNKNOWN_OPTION,
                    choose.span,
                    "option",
                    &choose.value,
                    &names,
                );
            }
        }
    }

    fn known_runbook(&mut self, id: &Spanned<String>) {
        let ids: Vec<&str> = self
            .runbooks
            .iter()
            .map(|(_, book)| book.id.value.as_str())
            .collect();
        if !ids.contains(&id.value.as_str()) {
            let found = no_such(codes::RUNBOOK_UNKNOWN, id.span, "runbook", &id.value, &ids);
            self.diagnostics
                .report(found.follows_from(paths::runbook(&id.value)));
        }
    }

    fn call(&mut self, call: &'r Call, at: At) {
        call.with
            .iter()
            .for_each(|(_, value)| self.template(value, at));
        self.known_runbook(&call.runbook);
        let Some((_, callee)) = self
            .runbooks
            .iter()
            .find(|(_, book)| book.id.value == call.runbook.value)
        else {
            return;
        };
        let params: Vec<&str> = callee
            .params
            .iter()
            .map(|param| param.name.value.as_str())
            .collect();
        for (name, _) in &call.with {
            if !params.contains(&name.value.as_str()) {
                let code = codes::RUNBOOK_UNKNOWN_PARAM;
                let found = no_such(code, name.span, "param", &name.value, &params);
                self.diagnostics
                    .report(found.follows_from(paths::runbook(&call.runbook.value)));
            }
        }
        for param in callee
            .params
            .iter()
            .filter(|param| param.default.is_none() && !param.optional)
            // A secret of the called runbook comes from where that one says.
            .filter(|param| param.secret.is_none())
        {
            if !call
                .with
                .iter()
                .any(|(name, _)| name.value == param.name.value)
            {
                let message = format!(
                    "`{}` needs the param `{}`",
                    callee.id.value, param.name.value
                );
                let help = format!("add `{}: …` under `with:`", param.name.value);
                self.diagnostics.report(
                    Diagnostic::new(codes::RUNBOOK_MISSING_PARAM, call.runbook.span, message)
                        .help(help)
                        .follows_from(paths::runbook(&call.runbook.value)),
                );
            }
        }
        self.call_version(call, callee);
    }

    fn call_version(&mut self, call: &Call, callee: &Runbook) {
        let Some(range) = &call.version else { return };
        let wanted = semver::VersionReq::parse(&range.value);
        let found = semver::Version::parse(&callee.version.value);
        if let (Ok(wanted), Ok(found)) = (wanted, found)
            && !wanted.matches(&found)
        {
            let message = format!(
                "`{}` is at {found}, which `{}` does not allow",
                callee.id.value, range.value
            );
            let diagnostic = Diagnostic::new(codes::RUNBOOK_VERSION, range.span, message)
                .related(callee.version.span, "its version is here");
            let diagnostic = diagnostic.follows_from(paths::runbook(&call.runbook.value));
            self.diagnostics
                .report(diagnostic.help("read what changed in it, then widen the range"));
        }
    }

    fn command(&mut self, text: &'r CommandText, at: At) {
        if let CommandText::Program(items) = text {
            items.iter().for_each(|item| self.template(item, at));
        }
    }

    fn verify(&mut self, verify: &'r Verify, at: At) {
        self.command(&verify.command.text, at);
        self.env(&verify.env, at);
    }

    fn env(&mut self, env: &Env, at: At) {
        env.values().for_each(|value| self.template(value, at));
    }

    fn template(&mut self, template: &Template, at: At) {
        for hole in template.holes() {
            self.types(hole, at);
        }
    }

    /// A condition: its names are known, and its types fit.
    fn condition(&mut self, condition: &Expression, at: At) {
        let types = self.types(condition, at);
        if types.iter().all(Option::is_some) {
            types::check(condition, types.into_iter().flatten(), self.diagnostics);
        }
    }
}

/// The calls of runbooks, by their ids.
struct Calls<'r> {
    of: FxHashMap<&'r str, Vec<&'r Spanned<String>>>,
    /// How many steps each has by itself.
    steps: FxHashMap<&'r str, usize>,
}

impl<'r> Calls<'r> {
    fn new(runbooks: &'r [(String, Runbook)]) -> Self {
        let mut calls = Self {
            of: FxHashMap::default(),
            steps: FxHashMap::default(),
        };
        for (_, book) in runbooks {
            let steps = book.all_steps();
            calls.steps.insert(&book.id.value, steps.len());
            let called = steps.into_iter().filter_map(|step| match &step.kind {
                StepKind::Call(call) => Some(&call.runbook),
                _ => None,
            });
            calls.of.insert(&book.id.value, called.collect());
        }
        calls
    }

    fn called_by(&self, id: &str) -> impl Iterator<Item = &'r Spanned<String>> {
        self.of.get(id).into_iter().flatten().copied()
    }

    /// The runbooks that are called from one, also by others, and are not there.
    fn unread_from(&self, id: &str) -> Vec<&'r str> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut open: Vec<&str> = self.called_by(id).map(|call| &*call.value).collect();
        let mut unread = Vec::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.of.contains_key(id) {
                true => open.extend(self.called_by(id).map(|call| &*call.value)),
                false => unread.push(id),
            }
        }
        unread
    }

    /// How far the calls of each runbook lead, and how many steps it has with them. Calls that go in a
    /// circle, or to nothing, count for nothing.
    fn reach(&self, runbooks: &'r [(String, Runbook)]) -> FxHashMap<&'r str, (usize, usize)> {
        let mut known: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
        let mut begun: FxHashSet<&str> = FxHashSet::default();
        for (_, book) in runbooks {
            let mut open = vec![(&*book.id.value, false)];
            while let Some((id, called_known)) = open.pop() {
                if called_known {
                    let mut whole = (0, self.steps.get(id).copied().unwrap_or_default());
                    for call in self.called_by(id) {
                        let (depth, steps) = known.get(&*call.value).copied().unwrap_or_default();
                        whole.0 = whole.0.max(depth + 1);
                        whole.1 = whole.1.saturating_add(steps);
                    }
                    known.insert(id, whole);
                } else if begun.insert(id) {
                    open.push((id, true));
                    open.extend(self.called_by(id).map(|call| (&*call.value, false)));
                }
            }
        }
        known
    }
}

/// Reports runbooks of high risk in which nobody has to approve, nor in what they call.
fn unapproved(
    runbooks: &[(String, Runbook)],
    calls: &Calls<'_>,
    policy: &Policy,
    diagnostics: &mut Diagnostics,
) {
    let mut callers: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for (_, book) in runbooks {
        for called in calls.called_by(&book.id.value) {
            callers
                .entry(&called.value)
                .or_default()
                .push(&book.id.value);
        }
    }
    let asks = |book: &&Runbook| {
        let mut steps = book.all_steps().into_iter();
        steps.any(
            |step| matches!(&step.kind, StepKind::Approve(approve) if asks_first(approve, policy)),
        )
    };
    let books = runbooks.iter().map(|(_, book)| book);
    let mut open: Vec<&str> = books
        .clone()
        .filter(asks)
        .map(|book| &*book.id.value)
        .collect();
    let mut approved: FxHashSet<&str> = FxHashSet::default();
    while let Some(id) = open.pop() {
        if approved.insert(id) {
            open.extend(callers.get(id).into_iter().flatten());
        }
    }
    let risky = |book: &&Runbook| book.risk == Risk::High;
    for book in books
        .filter(risky)
        .filter(|book| !approved.contains(&*book.id.value))
    {
        let message = "high risk, and nobody has to approve";
        let found = Diagnostic::new(codes::RB303, book.id.span, message);
        let found = found.help("add a step with `approve:`, or lower the risk");
        // Nobody knows whether one asks that cannot be read.
        let unread = calls.unread_from(&book.id.value);
        diagnostics.report(
            unread
                .into_iter()
                .fold(found, |found, id| found.follows_from(paths::runbook(id))),
        );
    }
}

/// Whether an approval is asked before anything goes on; a row may ask for reviews afterwards alone.
fn asks_first(approve: &Approve, policy: &Policy) -> bool {
    let Approvers::Row(row) = &approve.by else {
        return true;
    };
    let row = policy.row(&row.text);
    row.is_none_or(|row| {
        let mut asked = row.approvals.iter();
        asked.any(|approval| matches!(approval.need, ApprovalNeed::Required | ApprovalNeed::If))
    })
}

/// Reports runbooks that call themselves, directly or by others, once a circle.
fn cycles(runbooks: &[(String, Runbook)], calls: &Calls<'_>, diagnostics: &mut Diagnostics) {
    for (_, start) in runbooks {
        let mut reached: FxHashSet<&str> = FxHashSet::default();
        let mut open: Vec<&Spanned<String>> = calls.called_by(&start.id.value).collect();
        while let Some(next) = open.pop() {
            // Only the alphabetically first of a circle speaks for it.
            if next.value == start.id.value {
                let diagnostic = Diagnostic::new(
                    codes::RUNBOOK_CYCLE,
                    next.span,
                    format!("`{}` ends up calling itself", start.id.value),
                );
                diagnostics.report(diagnostic.help("take one of the calls out of the circle"));
                break;
            }
            if next.value > start.id.value && reached.insert(&next.value) {
                open.extend(calls.called_by(&next.value));
            }
        }
    }
}

/// Reports runbooks that are too long or too deep with all that they call, where none that they call
/// is so already.
fn bounds(runbooks: &[(String, Runbook)], calls: &Calls<'_>, diagnostics: &mut Diagnostics) {
    let reach = calls.reach(runbooks);
    let beyond = |id: &str| {
        let (depth, steps) = reach.get(id).copied().unwrap_or_default();
        match (depth > MOST_CALLS, steps > MOST_STEPS) {
            (true, _) => Some((
                codes::RUNBOOK_NESTED,
                format!("its calls lead more than {MOST_CALLS} runbooks on"),
            )),
            (_, true) => Some((
                codes::RUNBOOK_TOO_LONG,
                format!("more than {MOST_STEPS} steps, with those of its calls"),
            )),
            _ => None,
        }
    };
    for (_, book) in runbooks {
        let mut called = calls.called_by(&book.id.value);
        if let Some((code, message)) = beyond(&book.id.value)
            && let Some(first) = called.next()
            && beyond(&first.value).is_none()
            && called.all(|call| beyond(&call.value).is_none())
        {
            let diagnostic = Diagnostic::new(code, first.span, message);
            diagnostics.report(diagnostic.help("call fewer of them, or start one after the other"));
        }
    }
}
