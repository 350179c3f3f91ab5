//! A page for each role: what it decides, and where its word or hand is needed.
//!
//! No person stands on these pages: who has a role is looked up where the run is.

use crate::model::page::PageUrl;
use crate::model::policy::Role;
use crate::model::runbook::{Approvers, Runbook, Step, StepKind};
use crate::model::site::{RunbookPage, Site};
use crate::site::directive_output::{self, entry, list};
use crate::site::escape::{escape, escaped_word, href};
use crate::site::generated_page::GeneratedPage;

/// The list of roles and the page of each; none for a site without roles.
pub(crate) fn pages(site: &Site) -> Vec<GeneratedPage> {
    let Some(roles) = &site.policy.roles else {
        return Vec::new();
    };
    let mut made = vec![index(site, roles)];
    made.extend(roles.iter().map(|role| page(site, role)));
    made
}

fn index(site: &Site, roles: &[Role]) -> GeneratedPage {
    let url = PageUrl::of_roles();
    let items: Vec<String> = roles
        .iter()
        .map(|role| {
            let decides = role.decides.as_deref().unwrap_or_default();
            entry(
                &to(&url, &PageUrl::of_role(&role.id.value)),
                &role.title,
                "",
                decides,
            )
        })
        .collect();
    let approvals = match site.policy.matrix.is_empty() {
        true => String::new(),
        false => format!(
            "<h2 id=\"approvals\">{}</h2>\n{}",
            escaped_word(&site.words, "role", "matrix", &[]),
            directive_output::approvals(site)
        ),
    };
    GeneratedPage::list(
        &site.words,
        "roles",
        url,
        list("pages", &items) + &approvals,
    )
}

fn page(site: &Site, role: &Role) -> GeneratedPage {
    let view = View {
        site,
        url: PageUrl::of_role(&role.id.value),
        role,
    };
    GeneratedPage {
        content: view.content(),
        url: view.url,
        title: role.title.clone(),
        description: role.decides.clone().unwrap_or_default(),
        kind: "role",
    }
}

fn to(from: &PageUrl, to: &PageUrl) -> String {
    escape(&href(from, to.as_str()))
}

/// A role with the site around it.
struct View<'s> {
    site: &'s Site,
    url: PageUrl,
    role: &'s Role,
}

impl View<'_> {
    fn content(&self) -> String {
        [
            self.deputies(),
            self.section("approves", &self.approvals()),
            self.section("takes-part", &self.parts()),
            self.section("escalations", &self.escalations()),
            self.section("keeps", &self.kept()),
        ]
        .concat()
    }

    fn section(&self, id: &str, items: &[String]) -> String {
        if items.is_empty() {
            return String::new();
        }
        let title = self.said(&id.replace('-', "_"), &[]);
        format!(
            "<h2 id=\"{id}\">{title}</h2>\n<ul>\n{}</ul>\n",
            items.concat()
        )
    }

    /// A word about roles as HTML, filled with HTML.
    fn said(&self, key: &str, values: &[(&str, &str)]) -> String {
        escaped_word(&self.site.words, "role", key, values)
    }

    fn is(&self, id: &str) -> bool {
        self.role.id.value == id
    }

    fn deputies(&self) -> String {
        let role_link = |id: &str| {
            let title = escape(self.site.policy.role_title(id));
            match self.site.policy.role(id) {
                Some(_) => format!(
                    "<a href=\"{}\">{title}</a>",
                    to(&self.url, &PageUrl::of_role(id))
                ),
                None => title,
            }
        };
        let deputy = self.role.deputy.as_ref();
        let line =
            |key: &str, roles: &str| format!("<p>{}</p>\n", self.said(key, &[("roles", roles)]));
        let deputy = deputy.map(|id| line("deputy", &role_link(&id.value)));
        let others: Vec<String> = self
            .site
            .policy
            .roles
            .iter()
            .flatten()
            .filter(|other| other.deputy.as_ref().is_some_and(|id| self.is(&id.value)))
            .map(|other| role_link(&other.id.value))
            .collect();
        let stands_in = match others.is_empty() {
            true => String::new(),
            false => line("stands_in", &others.join(", ")),
        };
        deputy.unwrap_or_default() + &stands_in
    }

    fn approvals(&self) -> Vec<String> {
        let rows = self.site.policy.matrix.iter();
        rows.flat_map(|row| row.approvals.iter().map(move |approval| (row, approval)))
            .filter(|(_, approval)| approval.roles().iter().any(|role| self.is(&role.value)))
            .map(|(row, approval)| {
                let need = directive_output::need(&self.site.words, approval);
                let said = format!("{}: {need}", row.kind.value);
                let said = match directive_output::required(&self.site.words, row) {
                    None => said,
                    Some(found) => {
                        let values = [("need", said.as_str()), ("found", found.as_str())];
                        self.site.words.fill("role", "only_if", &values)
                    }
                };
                let said = match &approval.focus {
                    None => escape(&said),
                    Some(focus) => {
                        let values = [("need", &*escape(&said)), ("focus", &escape(focus))];
                        self.said("focus", &values)
                    }
                };
                format!("<li>{said}</li>\n")
            })
            .collect()
    }

    /// The runbooks that need this role, each with the steps that do.
    fn parts(&self) -> Vec<String> {
        let books = self.site.runbooks.iter();
        books.filter_map(|page| self.part(page)).collect()
    }

    fn part(&self, page: &RunbookPage) -> Option<String> {
        let book = &page.runbook;
        let names = self.names_in(book);
        if names.is_empty() {
            return None;
        }
        let all = book.all_steps();
        let steps: String = all
            .into_iter()
            .filter_map(|step| Some((step, act(self.named(step), &names)?)))
            .map(|(step, act)| self.step(page, step, act))
            .collect();
        let steps = match steps.is_empty() {
            true => String::new(),
            false => format!("\n<ul>\n{steps}</ul>\n"),
        };
        let called: Vec<String> = names.iter().map(|name| escape(name)).collect();
        let link = format!(
            "<a href=\"{}\">{}</a>",
            to(&self.url, &page.url),
            escape(&book.title.value),
        );
        let names = called.join(&format!(" {} ", self.said("and", &[])));
        let part = self.said("part", &[("runbook", &link), ("names", &names)]);
        Some(format!("<li>{part}{steps}</li>\n"))
    }

    /// What a runbook calls the role: names of its own, or the role's id where no rule says else.
    fn names_in<'b>(&'b self, book: &'b Runbook) -> Vec<&'b str> {
        let rules = book.roles.iter();
        let mut names: Vec<&str> = rules
            .filter(|rule| rule.any_of.iter().any(|id| self.is(&id.value)))
            .map(|rule| rule.name.value.as_str())
            .collect();
        for step in book.all_steps() {
            for name in self.named(step).into_iter().flatten() {
                let own = book.role(name).is_none() && self.is(name);
                if own && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn step(&self, page: &RunbookPage, step: &Step, act: &str) -> String {
        let link = format!(
            "<a href=\"{}#{}\">{}</a>",
            to(&self.url, &page.url),
            escape(&step.id.value),
            escape(step.name()),
        );
        format!("<li>{}</li>\n", self.said(act, &[("step", &link)]))
    }

    /// The roles a step names: who does it, who approves it, who may skip it.
    fn named<'s>(&'s self, step: &'s Step) -> [Option<&'s str>; 3] {
        let approves = match &step.kind {
            StepKind::Approve(approve) => match &approve.by {
                Approvers::Role(role, _) => Some(role.value.as_str()),
                Approvers::Row(row) => self.is_asked_by(&row.text).then_some(&*self.role.id.value),
            },
            _ => None,
        };
        let does = step.role.as_ref().map(|role| role.value.as_str());
        let skips = step.skip.as_ref().and_then(|skip| skip.role.as_ref());
        [approves, does, skips.map(|role| role.value.as_str())]
    }

    /// Whether a row of the matrix asks the role; of one whose name only a run knows, nobody can tell.
    fn is_asked_by(&self, row: &str) -> bool {
        let row = self.site.policy.row(row);
        let mut asked = row.into_iter().flat_map(|row| &row.approvals);
        asked.any(|approval| approval.roles().iter().any(|role| self.is(&role.value)))
    }

    fn escalations(&self) -> Vec<String> {
        let books = self.site.runbooks.iter();
        books
            .filter(|page| {
                page.runbook
                    .escalate
                    .as_ref()
                    .is_some_and(|id| self.is(&id.value))
            })
            .map(|page| self.item(&page.url))
            .collect()
    }

    /// Pages and runbooks that name the role as their owner.
    fn kept(&self) -> Vec<String> {
        let pages = self
            .site
            .pages
            .iter()
            .map(|page| (&page.draft.url, &page.draft.front.owner));
        let books = self
            .site
            .runbooks
            .iter()
            .map(|page| (&page.url, &page.runbook.owner));
        pages
            .chain(books)
            .filter(|(_, owner)| owner.as_ref().is_some_and(|id| self.is(&id.value)))
            .map(|(url, _)| self.item(url))
            .collect()
    }

    fn item(&self, url: &PageUrl) -> String {
        let title = self.site.title_of(url.as_str()).unwrap_or(url.as_str());
        format!(
            "<li><a href=\"{}\">{}</a></li>\n",
            to(&self.url, url),
            escape(title)
        )
    }
}

/// The word for what somebody with one of these names does in a step, if anything.
fn act(named: [Option<&str>; 3], names: &[&str]) -> Option<&'static str> {
    let [approves, does, skips] = named.map(|name| name.is_some_and(|n| names.contains(&n)));
    match (approves, does, skips) {
        (true, ..) => Some("step_approves"),
        (_, true, _) => Some("step_does"),
        (_, _, true) => Some("step_may_skip"),
        _ => None,
    }
}
