//! The steps of a runbook as its template is given them.

use crate::diag::Diagnostics;
use crate::model::expression::Template;
use crate::model::policy::ApprovalNeed;
use crate::model::runbook::{
    Approve, Approvers, Check, Decide, DecideOption, Doc, Effect, Env, FieldKind, ForEach, Poll,
    Refusal, Skip, Step, StepKind, Then, Undo, Verify, Wait,
};
use crate::model::site::{RunbookPage, Site};
use crate::model::step_number;
use crate::model::words::Words;
use crate::site::commands;
use crate::site::directive_output;
use crate::site::escape::{self, href};
use crate::site::html::{self, RenderContext};
use crate::site::page::{self, Crumb, role_words};
use crate::times;
use serde::Serialize;
use std::cell::RefCell;

/// What is done besides the steps.
#[derive(Serialize)]
pub(crate) struct Lifecycle {
    pub(crate) on_failure: Vec<ShownStep>,
    pub(crate) finally: Vec<ShownStep>,
}

/// A step; a template that shows nothing of what a step lacks finds it empty.
#[derive(Serialize, Default)]
pub(crate) struct ShownStep {
    id: String,
    number: String,
    title: String,
    kind: &'static str,
    kind_label: String,
    role: Option<String>,
    expect: Option<String>,
    effect_label: Option<String>,
    gate: bool,
    interactive: bool,
    /// When its command is given the terminal, as a sentence.
    terminal: Option<String>,
    confirm_html: Option<String>,
    when: Option<String>,
    each: Option<ShownEach>,
    doc_html: String,
    code_html: String,
    env: Vec<ShownEnv>,
    verify: Option<ShownVerify>,
    fail_html: String,
    undo: Option<ShownUndo>,
    text_html: String,
    fields: Vec<ShownField>,
    options: Vec<ShownOption>,
    expires: Option<String>,
    channel: Option<String>,
    call: Option<ShownCall>,
    skip: Option<String>,
    steps: Vec<ShownStep>,
    warn_only: bool,
    used_by: Vec<Crumb>,
    /// Whether there is anything to list below its command.
    listed: bool,
}

#[derive(Serialize)]
struct ShownEach {
    name: String,
    items_html: String,
    max: Option<String>,
}

#[derive(Serialize)]
struct ShownEnv {
    name: String,
    value_html: String,
}

#[derive(Serialize)]
struct ShownVerify {
    code_html: String,
    absent: Option<String>,
    terminal: Option<String>,
}

#[derive(Serialize)]
struct ShownUndo {
    label: String,
    code_html: String,
    terminal: Option<String>,
    note: Option<String>,
    href: Option<String>,
}

#[derive(Serialize)]
struct ShownField {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    ask: Option<String>,
}

#[derive(Serialize)]
struct ShownOption {
    name: String,
    label: String,
    effect: String,
    goto: Option<String>,
}

#[derive(Serialize)]
struct ShownCall {
    id: String,
    title: String,
    href: Option<String>,
}

/// The steps of one list of a runbook.
pub(crate) fn show(
    site: &Site,
    page: &RunbookPage,
    steps: &[Step],
    above: Option<&str>,
    found: &RefCell<Diagnostics>,
) -> Vec<ShownStep> {
    let words = &site.words;
    let view = View {
        site,
        page,
        words,
        found,
    };
    view.steps(steps, above)
}

/// A Markdown text of a runbook as HTML; with `items` it is one that names the items of loops.
pub(crate) fn prose(
    site: &Site,
    page: &RunbookPage,
    doc: &Doc,
    items: bool,
    found: &RefCell<Diagnostics>,
) -> String {
    let around = RenderContext {
        page: &page.url,
        targets: page.targets_of(doc),
        title_heading: None,
        site,
        directive: &|directive, inside| {
            directive_output::built_in(site, &page.url, directive, inside)
        },
        anchors: false,
        items,
        found,
    };
    html::render(&doc.prose, &around)
}

struct View<'s> {
    site: &'s Site,
    page: &'s RunbookPage,
    words: &'s Words,
    found: &'s RefCell<Diagnostics>,
}

impl View<'_> {
    fn word(&self, key: &str) -> String {
        self.words.get("step", key).to_owned()
    }

    fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.words.fill("step", key, values)
    }

    fn role_words(&self, name: &str) -> String {
        role_words(self.site, self.page.runbook.role(name), name)
    }

    /// Who approves by a row of the matrix: the roles that it asks first, if its name is written out.
    fn row_words(&self, row: &Template) -> String {
        let (policy, words) = (&self.site.policy, &self.site.words);
        let Some(found) = policy.row(&row.text) else {
            return words.get("role", "by_row").to_owned();
        };
        let asked = found
            .approvals
            .iter()
            .filter(|approval| matches!(approval.need, ApprovalNeed::Required | ApprovalNeed::If));
        let roles = asked.flat_map(|approval| approval.roles());
        let titles: Vec<&str> = roles.map(|role| policy.role_title(&role.value)).collect();
        titles.join(", ")
    }

    fn prose(&self, doc: &Doc) -> String {
        prose(self.site, self.page, doc, false, self.found)
    }

    fn items_prose(&self, doc: &Doc) -> String {
        prose(self.site, self.page, doc, true, self.found)
    }

    fn steps(&self, steps: &[Step], above: Option<&str>) -> Vec<ShownStep> {
        let numbered = steps.iter().enumerate();
        numbered
            .map(|(at, step)| self.step(step, &step_number::number(above, at)))
            .collect()
    }

    fn step(&self, step: &Step, number: &str) -> ShownStep {
        let doc = step.doc.as_ref().map(|doc| self.prose(doc));
        let fail_text = step.fail_text.as_ref().map(|doc| self.items_prose(doc));
        let mut shown = ShownStep {
            id: step.id.value.clone(),
            number: number.to_owned(),
            title: step.name().to_owned(),
            kind: step.kind.as_str(),
            kind_label: self.word(kind_key(&step.kind)),
            role: step.role.as_ref().map(|role| self.role_words(&role.value)),
            expect: step.expect.map(times::planned),
            effect_label: self.effect(step),
            gate: is_gate(&step.kind),
            interactive: step.interactive,
            terminal: self.terminal(step.refusal.as_ref()),
            confirm_html: step.confirm.as_ref().map(commands::text_html),
            when: step.when.as_ref().map(|when| when.text.clone()),
            each: step.for_each.as_ref().map(|each| self.each(each)),
            doc_html: doc.unwrap_or_default(),
            fail_html: fail_text.unwrap_or_default(),
            env: env(&step.env),
            verify: step.verify.as_ref().map(|verify| self.verify(verify)),
            undo: step.undo.as_ref().map(|undo| self.undo(undo)),
            skip: step.skip.as_ref().map(|skip| self.skip(skip)),
            warn_only: step.warn_only,
            used_by: self.users(step),
            ..ShownStep::default()
        };
        shown.listed = shown.when.is_some()
            || shown.each.is_some()
            || shown.confirm_html.is_some()
            || !shown.env.is_empty()
            || shown.skip.is_some()
            || shown.verify.is_some()
            || !shown.fail_html.is_empty()
            || shown.undo.is_some();
        self.complete(&step.kind, number, &mut shown);
        shown
    }

    fn effect(&self, step: &Step) -> Option<String> {
        let acts = matches!(step.kind, StepKind::Command(_));
        acts.then(|| {
            self.word(match step.effect {
                Effect::Read => "read",
                Effect::Idempotent => "idempotent",
                Effect::Once => "once",
            })
        })
    }

    fn each(&self, each: &ForEach) -> ShownEach {
        let items: Vec<String> = each.items.iter().map(commands::text_html).collect();
        ShownEach {
            name: each.name.value.clone(),
            items_html: items.join(", "),
            max: each
                .max
                .map(|max| self.fill("at_a_time", &[("max", &max.to_string())])),
        }
    }

    /// The pages that name a step.
    fn users(&self, step: &Step) -> Vec<Crumb> {
        let url = &self.page.url;
        let place = format!("{}#{}", url.as_str(), step.id.value);
        page::users(self.site, url, &place)
    }

    fn skip(&self, skip: &Skip) -> String {
        let who = match &skip.role {
            Some(role) => self.role_words(&role.value),
            None => self.word("operator"),
        };
        match skip.reason_required {
            true => format!("{who}, {}", self.word("skip_reason")),
            false => who,
        }
    }

    /// Exit codes or texts, any of which is meant.
    fn any_of(&self, all: impl Iterator<Item = String>) -> String {
        let all: Vec<String> = all.collect();
        all.join(&format!(" {} ", self.word("exit_or")))
    }

    fn verify(&self, verify: &Verify) -> ShownVerify {
        let codes = self.any_of(verify.absent.iter().map(i32::to_string));
        ShownVerify {
            code_html: commands::figure(&verify.command, self.words, self.found),
            absent: (!codes.is_empty()).then(|| self.fill("exit_no", &[("codes", &codes)])),
            terminal: self.terminal(verify.refusal.as_ref()),
        }
    }

    /// When a command is given the terminal.
    fn terminal(&self, refusal: Option<&Refusal>) -> Option<String> {
        let refusal = refusal?;
        let texts = self.any_of(refusal.says.iter().map(|text| format!("“{text}”")));
        Some(self.fill("terminal", &[("texts", &texts)]))
    }

    fn undo(&self, undo: &Undo) -> ShownUndo {
        let nothing = |key: &str| ShownUndo {
            label: self.word(key),
            code_html: String::new(),
            terminal: None,
            note: None,
            href: None,
        };
        match undo {
            Undo::Command {
                command, refusal, ..
            } => ShownUndo {
                code_html: commands::figure(command, self.words, self.found),
                terminal: self.terminal(refusal.as_ref()),
                ..nothing("undo_command")
            },
            Undo::None(reason) => ShownUndo {
                note: Some(reason.value.clone()),
                ..nothing("undo_none")
            },
            Undo::Instead(id) => {
                let call = self.call(&id.value);
                ShownUndo {
                    note: Some(call.title),
                    href: call.href,
                    ..nothing("undo_instead")
                }
            }
        }
    }

    /// What only one kind of step has.
    fn complete(&self, kind: &StepKind, number: &str, shown: &mut ShownStep) {
        match kind {
            StepKind::Command(command) | StepKind::Check(Check { command, .. }) => {
                shown.code_html = commands::figure(command, self.words, self.found);
            }
            StepKind::Manual(manual) => {
                shown.text_html = self.items_prose(&manual.text);
                shown.fields = manual
                    .fields
                    .iter()
                    .map(|(name, kind)| field(&name.value, kind))
                    .collect();
            }
            StepKind::Approve(approve) => self.complete_approve(approve, shown),
            StepKind::Decide(decide) => self.complete_decide(decide, shown),
            StepKind::Wait(wait) => self.complete_wait(wait, shown),
            StepKind::Call(call) => shown.call = Some(self.call(&call.runbook.value)),
            StepKind::Notify(notify) => {
                shown.channel = Some(notify.channel.value.clone());
                shown.text_html = paragraph(&commands::text_html(&notify.text));
            }
            StepKind::Parallel(_) | StepKind::Sequence(_) => {
                shown.steps = self.steps(kind.steps(), Some(number));
            }
        }
    }

    fn complete_approve(&self, approve: &Approve, shown: &mut ShownStep) {
        shown.role = Some(match &approve.by {
            Approvers::Role(role, _) => self.role_words(&role.value),
            Approvers::Row(row) => self.row_words(row),
        });
        shown.text_html = paragraph(&commands::text_html(&approve.text));
        shown.expires = approve.expires.map(times::planned);
    }

    fn complete_decide(&self, decide: &Decide, shown: &mut ShownStep) {
        shown.text_html = self.items_prose(&decide.text);
        shown.options = decide
            .options
            .iter()
            .map(|option| self.option(option))
            .collect();
    }

    fn option(&self, option: &DecideOption) -> ShownOption {
        let label = option.label.as_ref().unwrap_or(&option.name);
        ShownOption {
            name: option.name.value.clone(),
            label: label.value.clone(),
            effect: effect_of(&option.then, &self.page.runbook, self.words),
            goto: match &option.then {
                Then::Goto(step, _) => Some(step.value.clone()),
                _ => None,
            },
        }
    }

    fn complete_wait(&self, wait: &Wait, shown: &mut ShownStep) {
        if let Some(time) = &wait.duration {
            let time = commands::text_html(time);
            shown.text_html = paragraph(&format!(
                "{} {time}",
                escape::escape(&self.word("wait_for"))
            ));
        }
        if let Some(until) = &wait.or_until {
            let (every, times) = (times::planned(until.every), until.times.to_string());
            let words = self.fill("wait_until", &[("every", &every), ("times", &times)]);
            shown.text_html += &paragraph(&escape::escape(&words));
            shown.code_html = commands::figure(&until.command, self.words, self.found);
        }
        if let Some(poll) = &wait.until {
            self.complete_poll(poll, shown);
        }
    }

    fn complete_poll(&self, poll: &Poll, shown: &mut ShownStep) {
        let every = escape::escape(&times::planned(poll.every));
        let within = commands::text_html(&poll.within);
        let values = [("every", &*every), ("within", &within)];
        let words = escape::escaped_word(self.words, "step", "wait_yes", &values);
        shown.text_html += &paragraph(&words);
        if !poll.never.is_empty() {
            let codes = self.any_of(poll.never.iter().map(i32::to_string));
            let words = self.fill("wait_never", &[("codes", &codes)]);
            shown.text_html += &paragraph(&escape::escape(&words));
        }
        shown.code_html = commands::figure(&poll.command, self.words, self.found);
    }

    fn call(&self, id: &str) -> ShownCall {
        let found = self.site.runbook_with_id(id);
        ShownCall {
            id: id.to_owned(),
            title: found
                .map_or(id, |page| &page.runbook.title.value)
                .to_owned(),
            href: found.map(|page| href(&self.page.url, page.url.as_str())),
        }
    }
}

/// What follows a choice, in words.
pub(crate) fn effect_of(
    then: &Then,
    book: &crate::model::runbook::Runbook,
    words: &Words,
) -> String {
    match then {
        Then::Next => words.get("step", "goes_on").to_owned(),
        Then::Rollback => words.get("step", "rolls_back").to_owned(),
        Then::Stop => words.get("step", "stops").to_owned(),
        Then::Goto(to, max) => {
            let step = book.step(&to.value).map_or(to.value.as_str(), Step::name);
            let times = max.map(|max| max.to_string()).unwrap_or_default();
            let key = if max.is_some() {
                "goes_back_max"
            } else {
                "goes_back"
            };
            words.fill("step", key, &[("step", step), ("max", &times)])
        }
    }
}

/// Whether a step waits for a person.
pub(crate) fn is_gate(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Approve(_) | StepKind::Decide(_) | StepKind::Manual(_)
    )
}

/// The key of the word for a kind of step.
pub(crate) fn kind_key(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Command(_) => "command",
        other => other.as_str(),
    }
}

fn field(name: &str, kind: &FieldKind) -> ShownField {
    ShownField {
        name: name.to_owned(),
        kind: kind.kind.as_str(),
        ask: kind.ask.as_ref().map(|ask| ask.value.clone()),
    }
}

fn env(env: &Env) -> Vec<ShownEnv> {
    let shown = |(name, value): (&String, &crate::model::expression::Template)| ShownEnv {
        name: name.clone(),
        value_html: commands::text_html(value),
    };
    env.iter().map(shown).collect()
}

fn paragraph(html: &str) -> String {
    format!("<p>{html}</p>")
}
