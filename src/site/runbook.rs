//! The page of a runbook: what its template is given, made from the same values the engine runs.

use crate::diag::Diagnostics;
use crate::model::prose::Prose;
use crate::model::runbook::{
    Approve, Check, Command, CommandText, Decide, Doc, Effect, Env, FieldKind, Need, Param,
    Runbook, Step, StepKind, Then, Undo, ValueKind, Verify, Wait,
};
use crate::model::site::{RunbookPage, Site};
use crate::site::highlight;
use crate::site::html::{self, Around, escape, href};
use crate::site::order::ReadingOrder;
use crate::site::page::{self, Body, Crumb, Role, Shell, TocEntry, role_words};
use crate::site::theme::Theme;
use crate::site::units;
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    shell: Shell,
    runbook: Facts,
    steps: Vec<ShownStep>,
    lifecycle: Lifecycle,
}

#[derive(Serialize)]
struct Lifecycle {
    on_failure: Vec<ShownStep>,
    finally: Vec<ShownStep>,
}

#[derive(Serialize)]
struct Facts {
    id: String,
    version: String,
    title: String,
    owner: Option<Role>,
    reviewed: Option<String>,
    risk: &'static str,
    severity: Option<String>,
    fixes: Option<String>,
    stop_if: Option<String>,
    escalate: Option<Role>,
    expect: Option<String>,
    warn: Option<String>,
    limit: Option<String>,
    command: String,
    symptoms: Vec<String>,
    errors: Vec<String>,
    needs: Vec<&'static str>,
    source_href: String,
    params: Vec<ShownParam>,
    roles: Vec<ShownRole>,
}

#[derive(Serialize)]
struct ShownParam {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    required: bool,
    default: Option<String>,
    ask: Option<String>,
    pattern: Option<String>,
    values: Vec<String>,
    unit: Option<String>,
    secret: bool,
}

#[derive(Serialize)]
struct ShownRole {
    name: String,
    any_of: Vec<String>,
    not: Vec<&'static str>,
}

#[derive(Serialize)]
struct ShownStep {
    id: String,
    path: String,
    number: String,
    title: String,
    kind: &'static str,
    kind_label: &'static str,
    role: Option<String>,
    expect: Option<String>,
    effect_label: Option<&'static str>,
    undo_label: Option<&'static str>,
    gate: bool,
    interactive: bool,
    confirm: Option<String>,
    when: Option<String>,
    doc_html: String,
    code_html: String,
    code_text: String,
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
}

#[derive(Serialize)]
struct ShownEnv {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct ShownVerify {
    code_html: String,
    absent: Option<String>,
}

#[derive(Serialize)]
struct ShownUndo {
    code_html: String,
    note: Option<String>,
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
}

#[derive(Serialize)]
struct ShownCall {
    id: String,
    title: String,
    href: Option<String>,
}

/// Renders the page of a runbook.
pub(crate) fn render(
    site: &Site,
    theme: &Theme,
    order: &ReadingOrder,
    page: &RunbookPage,
    sidebar: String,
    diagnostics: &mut Diagnostics,
) -> String {
    let view = View { site, page };
    let book = &page.runbook;
    let shown = Shown {
        shell: view.shell(theme, order, sidebar),
        runbook: view.facts(),
        steps: view.steps(&book.steps, ""),
        lifecycle: Lifecycle {
            on_failure: view.steps(&book.on_failure, ""),
            finally: view.steps(&book.finally, ""),
        },
    };
    theme.render("runbook.html", &shown, diagnostics)
}

fn value(text: &Option<crate::source::Spanned<String>>) -> Option<String> {
    text.as_ref().map(|text| text.value.clone())
}

fn values(texts: &[crate::source::Spanned<String>]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

/// A runbook's page with the site around it.
struct View<'s> {
    site: &'s Site,
    page: &'s RunbookPage,
}

impl View<'_> {
    fn book(&self) -> &Runbook {
        &self.page.runbook
    }

    fn shell(&self, theme: &Theme, order: &ReadingOrder, sidebar: String) -> Shell {
        let book = self.book();
        let (owner, reviewed) = (value(&book.owner), value(&book.reviewed));
        let review_by = value(&book.review_by);
        let body = Body {
            url: &self.page.url,
            title: &book.title.value,
            anchor: None,
            description: book.fixes.as_ref().map_or("", |fixes| &fixes.value),
            kind: "runbook",
            id: None,
            source_path: Some(&self.page.path),
            markdown: false,
            owner: owner.as_deref(),
            reviewed: reviewed.as_deref(),
            review_by: review_by.as_deref(),
            tags: values(&book.tags),
            toc: self.toc(),
            content: book
                .doc
                .as_ref()
                .map_or(String::new(), |doc| self.prose(doc)),
            sidebar,
        };
        page::shell(self.site, theme, order, body)
    }

    fn toc(&self) -> Vec<TocEntry> {
        let entry = |step: &Step| TocEntry {
            id: step.id.value.clone(),
            html: escape(step.name()),
            level: 2,
        };
        self.book().steps.iter().map(entry).collect()
    }

    fn facts(&self) -> Facts {
        let book = self.book();
        let budget = book.budget.unwrap_or_default();
        let time = |time: Option<Duration>| time.map(units::words);
        let role = |role: &Option<crate::source::Spanned<String>>| {
            role.as_ref()
                .map(|id| Role::of(self.site, &self.page.url, &id.value))
        };
        Facts {
            id: book.id.value.clone(),
            version: book.version.value.clone(),
            title: book.title.value.clone(),
            owner: role(&book.owner),
            reviewed: value(&book.reviewed),
            risk: book.risk.word(),
            severity: value(&book.severity),
            fixes: value(&book.fixes),
            stop_if: value(&book.stop_if),
            escalate: role(&book.escalate),
            expect: time(budget.expect),
            warn: time(budget.warn),
            limit: time(budget.limit),
            command: format!("runbook exec {}", book.id.value),
            symptoms: values(&book.symptoms),
            errors: values(&book.errors),
            needs: book
                .needs
                .iter()
                .map(|need| match need.value {
                    Need::Git => "git",
                })
                .collect(),
            source_href: format!("{}.yaml", book.id.value),
            params: book.params.iter().map(param).collect(),
            roles: book.roles.iter().map(|rule| self.role(rule)).collect(),
        }
    }

    fn role(&self, rule: &crate::model::runbook::RoleRule) -> ShownRole {
        ShownRole {
            name: rule.name.value.clone(),
            any_of: rule
                .any_of
                .iter()
                .map(|id| self.site.policy.role_title(&id.value).to_owned())
                .collect(),
            not: rule
                .not
                .iter()
                .map(|_| "the person who started the run")
                .collect(),
        }
    }

    fn role_words(&self, name: &str) -> String {
        role_words(self.site, self.book().role(name), name)
    }

    fn prose(&self, doc: &Doc) -> String {
        self.render(&doc.prose, doc)
    }

    fn render(&self, prose: &Prose, doc: &Doc) -> String {
        let around = Around {
            page: &self.page.url,
            targets: self.page.targets_of(doc),
            title_heading: None,
            generated: Vec::new(),
            anchors: false,
        };
        html::render(prose, &around)
    }

    fn steps(&self, steps: &[Step], above: &str) -> Vec<ShownStep> {
        let numbered = steps.iter().enumerate();
        numbered
            .map(|(at, step)| self.step(step, &format!("{above}{}", at + 1)))
            .collect()
    }

    fn step(&self, step: &Step, number: &str) -> ShownStep {
        let doc = |doc: &Option<Doc>| doc.as_ref().map_or(String::new(), |doc| self.prose(doc));
        let mut shown = ShownStep {
            id: step.id.value.clone(),
            path: step.id.value.clone(),
            number: number.to_owned(),
            title: step.name().to_owned(),
            kind: step.kind.word(),
            kind_label: kind_label(&step.kind),
            role: step.role.as_ref().map(|role| self.role_words(&role.value)),
            expect: step.expect.map(units::words),
            effect_label: effect_label(step),
            undo_label: step.undo.as_ref().map(undo_label),
            gate: matches!(
                step.kind,
                StepKind::Approve(_) | StepKind::Decide(_) | StepKind::Manual(_)
            ),
            interactive: step.interactive,
            confirm: step.confirm.as_ref().map(|confirm| confirm.text.clone()),
            when: step.when.as_ref().map(|when| when.text.clone()),
            doc_html: doc(&step.doc),
            fail_html: doc(&step.fail_text),
            env: env(&step.env),
            verify: step.verify.as_ref().map(verify),
            undo: step.undo.as_ref().map(|undo| self.undo(undo)),
            skip: step.skip.as_ref().map(|skip| self.skip(skip)),
            warn_only: step.warn_only,
            used_by: self.users(step),
            ..ShownStep::empty()
        };
        self.fill(&step.kind, number, &mut shown);
        shown
    }

    /// The pages that name a step.
    fn users(&self, step: &Step) -> Vec<Crumb> {
        let url = &self.page.url;
        let place = format!("{}#{}", url.as_str(), step.id.value);
        page::users(self.site, url, &place)
    }

    fn skip(&self, skip: &crate::model::runbook::Skip) -> String {
        let who = skip
            .role
            .as_ref()
            .map_or("the operator".to_owned(), |role| {
                self.role_words(&role.value)
            });
        format!(
            "{who}{}",
            if skip.reason_required {
                ", with a reason"
            } else {
                ""
            }
        )
    }

    fn undo(&self, undo: &Undo) -> ShownUndo {
        match undo {
            Undo::Command { command, .. } => ShownUndo {
                code_html: code(command),
                note: None,
            },
            Undo::None(reason) => ShownUndo {
                code_html: String::new(),
                note: Some(reason.value.clone()),
            },
            Undo::Instead(id) => ShownUndo {
                code_html: String::new(),
                note: Some(format!("Run the runbook `{}` instead.", id.value)),
            },
        }
    }

    /// What only one kind of step has.
    fn fill(&self, kind: &StepKind, number: &str, shown: &mut ShownStep) {
        match kind {
            StepKind::Command(command) | StepKind::Check(Check { command, .. }) => {
                shown.code_html = code(command);
                shown.code_text = command_words(command);
            }
            StepKind::Manual(manual) => {
                shown.text_html = self.prose(&manual.text);
                shown.fields = manual
                    .fields
                    .iter()
                    .map(|(name, kind)| field(&name.value, kind))
                    .collect();
            }
            StepKind::Approve(approve) => self.fill_approve(approve, shown),
            StepKind::Decide(decide) => self.fill_decide(decide, shown),
            StepKind::Wait(wait) => shown.text_html = wait_words(wait),
            StepKind::Call(call) => shown.call = Some(self.call(&call.runbook.value)),
            StepKind::Notify(notify) => {
                shown.channel = Some(notify.channel.value.clone());
                shown.text_html = paragraph(&notify.text.text);
            }
            StepKind::Parallel(parallel) => {
                shown.steps = self.steps(&parallel.steps, &format!("{number}."))
            }
        }
    }

    fn fill_approve(&self, approve: &Approve, shown: &mut ShownStep) {
        shown.role = Some(self.role_words(&approve.role.value));
        shown.text_html = paragraph(&approve.text.text);
        shown.expires = approve.expires.map(units::words);
    }

    fn fill_decide(&self, decide: &Decide, shown: &mut ShownStep) {
        shown.text_html = self.prose(&decide.text);
        let option = |option: &crate::model::runbook::DecideOption| ShownOption {
            name: option.name.value.clone(),
            label: value(&option.label).unwrap_or_else(|| option.name.value.clone()),
            effect: match &option.then {
                Then::Next => "goes on".to_owned(),
                Then::Goto(step, None) => format!("goes back to {}", step.value),
                Then::Goto(step, Some(max)) => {
                    format!("goes back to {}, at most {max} times", step.value)
                }
                Then::Rollback => "takes back what was done".to_owned(),
                Then::Stop => "ends the run".to_owned(),
            },
        };
        shown.options = decide.options.iter().map(option).collect();
    }

    fn call(&self, id: &str) -> ShownCall {
        let found = self
            .site
            .runbooks
            .iter()
            .find(|page| page.runbook.id.value == id);
        ShownCall {
            id: id.to_owned(),
            title: found
                .map_or(id, |page| &page.runbook.title.value)
                .to_owned(),
            href: found.map(|page| href(&self.page.url, page.url.as_str())),
        }
    }
}

impl ShownStep {
    fn empty() -> Self {
        Self {
            id: String::new(),
            path: String::new(),
            number: String::new(),
            title: String::new(),
            kind: "",
            kind_label: "",
            role: None,
            expect: None,
            effect_label: None,
            undo_label: None,
            gate: false,
            interactive: false,
            confirm: None,
            when: None,
            doc_html: String::new(),
            code_html: String::new(),
            code_text: String::new(),
            env: Vec::new(),
            verify: None,
            fail_html: String::new(),
            undo: None,
            text_html: String::new(),
            fields: Vec::new(),
            options: Vec::new(),
            expires: None,
            channel: None,
            call: None,
            skip: None,
            steps: Vec::new(),
            warn_only: false,
            used_by: Vec::new(),
        }
    }
}

fn param(param: &Param) -> ShownParam {
    ShownParam {
        name: param.name.value.clone(),
        kind: param.kind.kind.word(),
        required: param.default.is_none() && !param.optional,
        default: value(&param.default),
        ask: value(&param.kind.ask),
        pattern: value(&param.kind.pattern),
        values: values(&param.kind.values),
        unit: value(&param.kind.unit),
        secret: param.kind.kind == ValueKind::Secret,
    }
}

fn field(name: &str, kind: &FieldKind) -> ShownField {
    ShownField {
        name: name.to_owned(),
        kind: kind.kind.word(),
        ask: value(&kind.ask),
    }
}

fn env(env: &Env) -> Vec<ShownEnv> {
    let shown = |(name, value): (&String, &crate::model::expression::Template)| ShownEnv {
        name: name.clone(),
        value: value.text.clone(),
    };
    env.iter().map(shown).collect()
}

fn verify(verify: &Verify) -> ShownVerify {
    let codes: Vec<String> = verify.absent.iter().map(i32::to_string).collect();
    ShownVerify {
        code_html: code(&verify.command),
        absent: (!codes.is_empty()).then(|| format!("exit {}", codes.join(" or "))),
    }
}

fn kind_label(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Command(_) => "Command",
        StepKind::Check(_) => "Check",
        StepKind::Manual(_) => "By hand",
        StepKind::Approve(_) => "Approval",
        StepKind::Decide(_) => "Decision",
        StepKind::Wait(_) => "Wait",
        StepKind::Call(_) => "Runbook",
        StepKind::Notify(_) => "Message",
        StepKind::Parallel(_) => "In parallel",
    }
}

fn effect_label(step: &Step) -> Option<&'static str> {
    let acts = matches!(step.kind, StepKind::Command(_));
    acts.then_some(match step.effect {
        Effect::Read => "reads only",
        Effect::Idempotent => "safe to repeat",
        Effect::Once => "runs once",
    })
}

fn undo_label(undo: &Undo) -> &'static str {
    match undo {
        Undo::Command { .. } => "can be undone",
        Undo::None(_) => "cannot be undone",
        Undo::Instead(_) => "undone by another runbook",
    }
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escape(text))
}

fn wait_words(wait: &Wait) -> String {
    let time = wait
        .duration
        .as_ref()
        .map(|time| format!("Wait for {}.", time.text));
    let probe = wait.or_until.as_ref().map(|until| {
        format!(
            "Go on as soon as `{}` succeeds.",
            command_words(&until.command).trim()
        )
    });
    paragraph(
        &[time, probe]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn code(command: &Command) -> String {
    highlight::figure_of("sh", None, &command_words(command))
}

/// A command as a person would type it.
fn command_words(command: &Command) -> String {
    match &command.text {
        CommandText::Shell { script, .. } => script.trim_end().to_owned() + "\n",
        CommandText::Program(items) => {
            let words: Vec<String> = items.iter().map(|item| quoted(&item.text)).collect();
            words.join(" ") + "\n"
        }
    }
}

/// An argument in single quotes if a shell would read it otherwise.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    match !argument.is_empty() && argument.chars().all(plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}
