//! The page of a runbook: what its template is given, made from the same values the engine runs.
//!
//! The head of the page is here, its steps are in [`steps`](crate::site::steps), the picture of
//! them in [`flow`](crate::site::flow), and what run mode needs in
//! [`run_mode`](crate::site::run_mode).

use crate::diag::Diagnostics;
use crate::files::short_hash;
use crate::model::runbook::{Need, Param, RoleRule, Runbook, Step, ValueKind};
use crate::model::site::{RunbookPage, Site, Target};
use crate::model::step_number::BESIDE;
use crate::model::words::Words;
use crate::site::escape::{escape, href, target_href};
use crate::site::flow::{self, Flow};
use crate::site::order::ReadingOrder;
use crate::site::page::{self, Body, Role, Shell, TocEntry};
use crate::site::run_mode;
use crate::site::steps::{self, Lifecycle, ShownStep};
use crate::site::theme::Theme;
use crate::source::Spanned;
use crate::times;
use serde::Serialize;
use std::cell::RefCell;
use std::time::Duration;

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    shell: Shell,
    runbook: Facts,
    flow: Flow,
    steps: Vec<ShownStep>,
    lifecycle: Lifecycle,
}

#[derive(Serialize)]
struct Facts {
    id: String,
    version: String,
    title: String,
    owner: Option<Role>,
    reviewed: Option<String>,
    risk: &'static str,
    risk_words: String,
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
    inherit: Vec<String>,
    source_href: String,
    /// The script with what run mode needs.
    data_href: String,
    /// What run mode keeps its state under.
    key: String,
    params: Vec<ShownParam>,
    roles: Vec<ShownRole>,
    links: Vec<Further>,
}

/// Something to read beside the runbook.
#[derive(Serialize, Clone)]
struct Further {
    title: String,
    href: String,
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
    not: Vec<String>,
    /// The called runbook whose role it is.
    of: Option<Further>,
}

/// What a runbook becomes: its page, and the script that run mode loads beside it.
pub(crate) struct Rendered {
    pub(crate) html: String,
    pub(crate) script: String,
}

/// The address of the script that run mode loads.
pub(crate) fn script_url(page: &RunbookPage) -> String {
    format!("runbooks/{}.run.js", page.runbook.id.value)
}

/// Renders the page of a runbook.
pub(crate) fn render(
    site: &Site,
    theme: &Theme,
    order: &ReadingOrder,
    page: &RunbookPage,
    sidebar: String,
    diagnostics: &mut Diagnostics,
) -> Rendered {
    let found = RefCell::default();
    let view = View {
        site,
        page,
        words: &site.words,
        found: &found,
    };
    let script = run_mode::script(&page.runbook);
    let shown = Shown {
        shell: view.shell(theme, order, sidebar),
        runbook: view.facts(&script),
        flow: flow::draw(&page.runbook, &site.words),
        steps: steps::show(site, page, &page.runbook.steps, None, &found),
        lifecycle: Lifecycle {
            on_failure: steps::show(site, page, &page.runbook.on_failure, Some(BESIDE), &found),
            finally: steps::show(site, page, &page.runbook.finally, Some(BESIDE), &found),
        },
    };
    diagnostics.append(found.into_inner());
    Rendered {
        html: theme.render("runbook.html", &shown, diagnostics),
        script,
    }
}

fn value(text: &Option<Spanned<String>>) -> Option<String> {
    text.as_ref().map(|text| text.value.clone())
}

fn values(texts: &[Spanned<String>]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

/// A runbook's page with the site around it.
struct View<'s> {
    site: &'s Site,
    page: &'s RunbookPage,
    words: &'s Words,
    found: &'s RefCell<Diagnostics>,
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
            heading: &book.title.value,
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
            content: book.doc.as_ref().map_or(String::new(), |doc| {
                steps::prose(self.site, self.page, doc, false, self.found)
            }),
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

    fn facts(&self, script: &str) -> Facts {
        let book = self.book();
        let budget = book.budget.unwrap_or_default();
        let time = |time: Option<Duration>| time.map(times::planned);
        let role = |role: &Option<Spanned<String>>| {
            role.as_ref()
                .map(|id| Role::of(self.site, &self.page.url, &id.value))
        };
        Facts {
            id: book.id.value.clone(),
            version: book.version.value.clone(),
            title: book.title.value.clone(),
            owner: role(&book.owner),
            reviewed: value(&book.reviewed),
            risk: book.risk.as_str(),
            risk_words: self
                .words
                .fill("runbook", "risk", &[("risk", book.risk.as_str())]),
            severity: value(&book.severity),
            fixes: value(&book.fixes),
            stop_if: value(&book.stop_if),
            escalate: role(&book.escalate),
            expect: time(budget.expect),
            warn: time(budget.warn),
            limit: time(budget.limit),
            command: format!("runbook exec {}", book.id.value),
            symptoms: values(&book.symptoms),
            errors: book
                .errors
                .iter()
                .map(|known| known.message.value.clone())
                .collect(),
            needs: book
                .needs
                .iter()
                .map(|need| match need.value {
                    Need::Git => "git",
                })
                .collect(),
            inherit: self.site.inherited(book),
            source_href: format!("{}.yaml", book.id.value),
            data_href: format!(
                "{}.run.js?v={}",
                book.id.value,
                short_hash(script.as_bytes())
            ),
            key: format!(
                "{}/{}@{}",
                self.site.config.id, book.id.value, book.version.value
            ),
            params: book.params.iter().map(param).collect(),
            roles: self.roles(book),
            links: book
                .links
                .iter()
                .filter_map(|link| self.further(link))
                .collect(),
        }
    }

    /// A link of the head, by the name of what it leads to; a broken one was reported.
    fn further(&self, link: &Spanned<String>) -> Option<Further> {
        let target = self.page.targets.get(&link.span)?.first()?;
        let title = match target {
            Target::Internal { url, fragment } => self.site.title_of(url).map(|title| {
                let place = fragment
                    .as_deref()
                    .and_then(|id| self.site.place_of(url, id));
                place.map_or(title.to_owned(), |place| format!("{title}: {place}"))
            }),
            _ => None,
        };
        Some(Further {
            title: title.unwrap_or_else(|| link.value.clone()),
            href: target_href(&self.page.url, target)?,
        })
    }

    /// Who takes part in a runbook, and then in those that it calls.
    fn roles(&self, book: &Runbook) -> Vec<ShownRole> {
        let own = book.roles.iter().map(|rule| self.role(rule, None));
        let called = self.site.called_by(book).into_iter().flat_map(|called| {
            let of = Further {
                title: called.runbook.title.value.clone(),
                href: href(&self.page.url, called.url.as_str()),
            };
            let roles = called.runbook.roles.iter();
            roles.map(move |rule| self.role(rule, Some(of.clone())))
        });
        own.chain(called).collect()
    }

    fn role(&self, rule: &RoleRule, of: Option<Further>) -> ShownRole {
        ShownRole {
            of,
            name: rule.name.value.clone(),
            any_of: rule
                .any_of
                .iter()
                .map(|id| self.site.policy.role_title(&id.value).to_owned())
                .collect(),
            not: rule
                .not
                .iter()
                .map(|_| self.words.get("runbook", "initiator").to_owned())
                .collect(),
        }
    }
}

fn param(param: &Param) -> ShownParam {
    ShownParam {
        name: param.name.value.clone(),
        kind: param.kind.kind.as_str(),
        required: param.default.is_none() && !param.optional,
        default: value(&param.default),
        ask: value(&param.kind.ask),
        pattern: value(&param.kind.pattern),
        values: values(&param.kind.values),
        unit: value(&param.kind.unit),
        secret: param.kind.kind == ValueKind::Secret,
    }
}
