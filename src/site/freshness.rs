//! The page that says who answers for what, and when it is due to be read again.
//!
//! It holds dates and no ages: what is overdue today is for the reader's browser to say.

use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::escape::href;
use crate::site::generated_page::GeneratedPage;
use crate::site::page::{Role, Shell};
use crate::source::Spanned;
use serde::Serialize;

/// What `freshness.html` is given.
#[derive(Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    shell: Shell,
    rows: Vec<Row>,
    owners: Vec<Role>,
    /// How many pages name neither an owner nor a date.
    silent: usize,
}

#[derive(Serialize)]
struct Row {
    title: String,
    href: String,
    kind: &'static str,
    owner: Option<Role>,
    reviewed: Option<String>,
    review_by: Option<String>,
    updated: Option<String>,
}

/// The page without its list.
pub(crate) fn page(site: &Site) -> GeneratedPage {
    GeneratedPage::list(
        &site.words,
        "freshness",
        PageUrl::of_freshness(),
        String::new(),
    )
}

/// Everything with an owner or a date, what is due first on top; then by title.
pub(crate) fn shown(site: &Site, shell: Shell) -> Shown {
    let mut rows = rows(site);
    let all = rows.len();
    rows.retain(|row| row.owner.is_some() || row.reviewed.is_some() || row.review_by.is_some());
    rows.sort_by_cached_key(|row| {
        let due = row.review_by.clone();
        (
            due.is_none(),
            due,
            row.title.to_lowercase(),
            row.href.clone(),
        )
    });
    let mut owners: Vec<Role> = rows.iter().filter_map(|row| row.owner.clone()).collect();
    owners.sort_by(|a, b| (&a.title, &a.id).cmp(&(&b.title, &b.id)));
    owners.dedup_by(|a, b| a.id == b.id);
    Shown {
        shell,
        owners,
        silent: all - rows.len(),
        rows,
    }
}

fn rows(site: &Site) -> Vec<Row> {
    let here = PageUrl::of_freshness();
    let text = |value: &Option<Spanned<String>>| value.as_ref().map(|text| text.value.clone());
    let role =
        |id: &Option<Spanned<String>>| id.as_ref().map(|id| Role::of(site, &here, &id.value));
    let pages = site.pages.iter().map(|page| {
        let front = &page.draft.front;
        Row {
            title: page.draft.title().to_owned(),
            href: href(&here, page.draft.url.as_str()),
            kind: front.kind.as_str(),
            owner: role(&front.owner),
            reviewed: text(&front.reviewed),
            review_by: text(&front.review_by),
            updated: site.day_of(&page.draft.path).map(str::to_owned),
        }
    });
    let books = site.runbooks.iter().map(|page| Row {
        title: page.runbook.title.value.clone(),
        href: href(&here, page.url.as_str()),
        kind: "runbook",
        owner: role(&page.runbook.owner),
        reviewed: text(&page.runbook.reviewed),
        review_by: text(&page.runbook.review_by),
        updated: site.day_of(&page.path).map(str::to_owned),
    });
    pages.chain(books).collect()
}
