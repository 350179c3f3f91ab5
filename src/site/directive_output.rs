//! The parts of a page that directives stand for, as HTML.

use crate::diag::Diagnostics;
use crate::model::data::Data;
use crate::model::directive::{BuiltIn, Takes};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::{Approval, ApprovalNeed, ApprovalRow};
use crate::model::prose::Directive;
use crate::model::runbook::Runbook;
use crate::model::site::Site;
use crate::model::words::Words;
use crate::site::code;
use crate::site::escape::{escape, href};
use crate::site::html;
use crate::site::messages;
use crate::site::step_times;
use crate::site::theme::Theme;
use std::collections::BTreeMap;

/// The HTML of a directive on the page at `from`, given the HTML of what stands in it. What is
/// wrong with a directive was reported by `resolve`; here it shows what it has. What is wrong
/// with the template of one goes into `found`.
pub(crate) fn directive(
    (site, theme): (&Site, &Theme),
    from: &PageUrl,
    directive: &Directive,
    inside: &str,
    found: &mut Diagnostics,
) -> String {
    match site.directives.get(&directive.name) {
        Some(takes) => own(theme, takes, from, directive, inside, found),
        None => built_in(site, from, directive, inside),
    }
}

/// The same in a text that only the program's own directives stand in.
pub(crate) fn built_in(site: &Site, from: &PageUrl, directive: &Directive, inside: &str) -> String {
    let argument = |key| directive.argument(key);
    let text = |key| escape(argument(key).unwrap_or_default());
    let Some(known) = BuiltIn::of_name(&directive.name) else {
        return inside.to_owned() + &escape(&directive.words);
    };
    match known {
        BuiltIn::Pages => pages(site, from, argument("under").unwrap_or_default()),
        BuiltIn::Errors => messages::table(site, from, argument("under").unwrap_or_default()),
        BuiltIn::Runbooks => runbooks(site, from, argument("tag")),
        BuiltIn::Approvals => approvals(site),
        BuiltIn::Roles => roles(site),
        BuiltIn::Message => message(site, argument("name").unwrap_or_default()),
        BuiltIn::Times => step_times::table(site, from, argument("runbook").unwrap_or_default()),
        BuiltIn::Tabs => {
            let sync = argument("sync").map(|_| format!(" data-sync=\"{}\"", text("sync")));
            format!(
                "<div class=\"tabs\"{}>\n{inside}</div>\n",
                sync.unwrap_or_default()
            )
        }
        BuiltIn::Tab => format!(
            "<div class=\"tab\">\n<p class=\"tab-label\">{}</p>\n{inside}</div>\n",
            text("label")
        ),
        BuiltIn::Details => format!(
            "<details class=\"more\">\n<summary>{}</summary>\n{inside}</details>\n",
            text("title")
        ),
        BuiltIn::Data => format!(
            "<span data-path=\"{}\">{}</span>",
            text("path"),
            escape(&directive.words)
        ),
    }
}

/// A directive of the project: its template, given its arguments and what stands in it.
fn own(
    theme: &Theme,
    takes: &Takes,
    from: &PageUrl,
    directive: &Directive,
    inside: &str,
    found: &mut Diagnostics,
) -> String {
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, default) in &takes.arguments {
        let value = directive.argument(key).or(default.as_deref());
        given.insert(key, value.unwrap_or_default());
    }
    let root = from.to_root();
    given.extend([
        ("content", inside),
        ("words", &directive.words),
        ("root", &root),
    ]);
    theme.render(
        &format!("directives/{}.html", directive.name),
        &given,
        found,
    )
}

pub(crate) fn list(class: &str, items: &[String]) -> String {
    format!("<ul class=\"{class}\">\n{}</ul>\n", items.concat())
}

pub(crate) fn entry(href: &str, title: &str, meta: &str, description: &str) -> String {
    let meta = match meta.is_empty() {
        true => String::new(),
        false => format!(" <span class=\"meta\">{}</span>", escape(meta)),
    };
    let description = match description.is_empty() {
        true => String::new(),
        false => format!("<p>{}</p>", escape(description)),
    };
    format!(
        "<li><a href=\"{href}\">{}</a>{meta}{description}</li>\n",
        escape(title)
    )
}

/// The pages of a folder, and the first pages of the folders in it.
fn pages(site: &Site, from: &PageUrl, under: &str) -> String {
    let folder = format!("{}/", under.trim_matches('/'));
    let below = |page: &PageDraft| match page.url.as_str().strip_prefix(&folder) {
        Some(rest) if rest.contains('/') => {
            rest.ends_with("/index.html") && rest.matches('/').count() == 1
        }
        Some(rest) => rest != "index.html",
        None => false,
    };
    let mut found: Vec<&PageDraft> = site
        .pages
        .iter()
        .map(|page| &page.draft)
        .filter(|page| below(page))
        .collect();
    found.sort_by_key(|page| {
        (
            page.front.order.unwrap_or(i64::MAX),
            page.title().to_lowercase(),
        )
    });
    let items: Vec<String> = found
        .into_iter()
        .map(|page| {
            let description = page.front.description.as_ref().map_or("", |d| &d.value);
            let id = page.front.id.as_ref().map_or("", |id| &id.value);
            entry(
                &escape(&href(from, page.url.as_str())),
                page.title(),
                id,
                description,
            )
        })
        .collect();
    list("pages", &items)
}

pub(crate) fn runbooks(site: &Site, from: &PageUrl, tag: Option<&str>) -> String {
    let wanted =
        |book: &Runbook| tag.is_none_or(|tag| book.tags.iter().any(|found| found.value == tag));
    let items: Vec<String> = site
        .runbooks
        .iter()
        .filter(|page| wanted(&page.runbook))
        .map(|page| {
            let book = &page.runbook;
            let description = book.fixes.as_ref().map_or("", |fixes| &fixes.value);
            let command = format!("runbook exec {}", book.id.value);
            entry(
                &escape(&href(from, page.url.as_str())),
                &book.title.value,
                &command,
                description,
            )
        })
        .collect();
    list("pages runbooks", &items)
}

fn table(words: &Words, head: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |text: &String| format!("<td>{}</td>", escape(text));
    let row =
        |cells: &Vec<String>| format!("<tr>{}</tr>\n", cells.iter().map(cell).collect::<String>());
    let head: String = head
        .iter()
        .map(|text| format!("<th scope=\"col\">{}</th>", escape(text)))
        .collect();
    let body: String = rows.iter().map(row).collect();
    format!(
        "{}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n",
        html::table(words)
    )
}

/// One row for each kind of release, one column for each role that has a say in any.
pub(crate) fn approvals(site: &Site) -> String {
    let (policy, words) = (&site.policy, &site.words);
    let mut columns: Vec<&str> = Vec::new();
    let mut titles: Vec<String> = Vec::new();
    for approval in policy.matrix.iter().flat_map(|row| &row.approvals) {
        if !columns.contains(&approval.role.value.as_str()) {
            columns.push(&approval.role.value);
            titles.push(match is_of_one(approval) {
                true => policy.role_title(&approval.role.value).to_owned(),
                // The roles are said where they are asked: as a head they would be higher than the table.
                false => in_large(&approval.role.value),
            });
        }
    }
    let is_conditional = policy.matrix.iter().any(|row| !row.requires.is_empty());
    let head: Vec<&str> = [words.get("role", "release")]
        .into_iter()
        .chain(titles.iter().map(String::as_str))
        .chain(is_conditional.then(|| words.get("role", "asked_if")))
        .collect();
    let rows: Vec<Vec<String>> = policy
        .matrix
        .iter()
        .map(|row| {
            let of = |role: &&str| {
                row.approvals
                    .iter()
                    .find(|a| a.role.value == **role)
                    .map_or("–".to_owned(), |approval| asked(site, approval))
            };
            let required = || required(words, row).unwrap_or_else(|| "–".to_owned());
            [row.kind.value.clone()]
                .into_iter()
                .chain(columns.iter().map(of))
                .chain(is_conditional.then(required))
                .collect()
        })
        .collect();
    table(words, &head, &rows)
}

/// Whether an approval is one of a single role, which names it.
fn is_of_one(approval: &Approval) -> bool {
    let roles: Vec<&str> = approval
        .roles()
        .iter()
        .map(|role| role.value.as_str())
        .collect();
    roles == [approval.role.value.as_str()]
}

/// A name with a large letter first.
fn in_large(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Whether an approval is needed, by when, and of whom if its column does not say it.
fn asked(site: &Site, approval: &Approval) -> String {
    let need = need(&site.words, approval);
    if is_of_one(approval) {
        return need;
    }
    let roles = approval.roles().iter();
    let roles: Vec<&str> = roles
        .map(|role| site.policy.role_title(&role.value))
        .collect();
    let or = format!(" {} ", site.words.get("role", "or"));
    format!("{need}: {}", roles.join(&or))
}

/// What has to be found of a release before anybody is asked, if its row says it.
pub(crate) fn required(words: &Words, row: &ApprovalRow) -> Option<String> {
    let or = format!(" {} ", words.get("role", "or"));
    let found = row.requires.iter().map(|required| {
        let any = required.words.join(&or);
        let values = [("name", required.name.value.as_str()), ("words", &any)];
        words.fill("role", "is_found", &values)
    });
    let found: Vec<String> = found.collect();
    let and = format!(" {} ", words.get("role", "and"));
    (!found.is_empty()).then(|| found.join(&and))
}

/// Whether a release needs an approval, and by when.
pub(crate) fn need(words: &Words, approval: &Approval) -> String {
    let need = match (approval.need, &approval.when) {
        (ApprovalNeed::Required, _) => words.get("role", "required").to_owned(),
        (ApprovalNeed::Optional, _) => words.get("role", "optional").to_owned(),
        (ApprovalNeed::If, Some(when)) => words.fill("role", "if", &[("when", when)]),
        (ApprovalNeed::If, None) => words.get("role", "if_asked").to_owned(),
        (ApprovalNeed::Later, _) => words.get("role", "later").to_owned(),
    };
    match &approval.within {
        Some(within) => {
            let values = [("need", need.as_str()), ("time", within.words.as_str())];
            words.fill("role", "within", &values)
        }
        None => need,
    }
}

/// The text of a message, to be copied, below whom it goes to and when.
fn message(site: &Site, name: &str) -> String {
    let value = |what| site.data.get(&Data::message(name, what));
    let words = &site.words;
    let said = |key, what| {
        let found = value(what)?;
        Some(words.fill("message", key, &[(what, found.value.trim())]))
    };
    let caption: Vec<String> = [said("to", "to"), said("after", "after")]
        .into_iter()
        .flatten()
        .collect();
    let text = value("text").map_or("", |text| text.value.trim_end());
    code::figure_with("text", Some(&caption.join(", ")), &escape(text))
}

fn roles(site: &Site) -> String {
    let (policy, words) = (&site.policy, &site.words);
    let rows: Vec<Vec<String>> = policy
        .roles
        .iter()
        .flatten()
        .map(|role| {
            let deputy = role
                .deputy
                .as_ref()
                .map_or("–", |deputy| policy.role_title(&deputy.value));
            vec![
                role.title.clone(),
                role.decides.clone().unwrap_or_default(),
                deputy.to_owned(),
            ]
        })
        .collect();
    let head = ["role", "decides", "deputy_head"].map(|key| words.get("role", key));
    table(words, &head, &rows)
}
