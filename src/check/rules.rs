//! Rules over a whole site.

use crate::diag::{ANY_FILE, Diagnostic, Diagnostics, codes};
use crate::model::navigation::NavigationItem;
use crate::model::page::{PageKind, PageUrl};
use crate::model::site::Site;
use crate::source::{Span, Spanned};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// After this many days without a reader, a runbook is about another system.
const REVIEW_DAYS: i32 = 180;

/// Pages and runbooks whose review is due at `today` (`YYYY-MM-DD`).
pub fn freshness(site: &Site, today: &str, diagnostics: &mut Diagnostics) {
    for page in &site.pages {
        let front = &page.draft.front;
        if let Some(due) = front
            .review_by
            .as_ref()
            .filter(|due| due.value.as_str() < today)
        {
            diagnostics.report(overdue(due, front.owner.as_ref()));
        }
    }
    for page in &site.runbooks {
        let book = &page.runbook;
        if let Some(due) = book
            .review_by
            .as_ref()
            .filter(|due| due.value.as_str() < today)
        {
            diagnostics.report(overdue(due, book.owner.as_ref()));
        }
        if book.review_by.is_none()
            && let Some(reviewed) = &book.reviewed
            && let Some(days) = days_between(&reviewed.value, today)
            && days > REVIEW_DAYS
        {
            diagnostics.report(unread(reviewed, days, book.owner.as_ref()));
        }
    }
}

fn days_between(from: &str, to: &str) -> Option<i32> {
    let (from, to): (Date, Date) = (from.parse().ok()?, to.parse().ok()?);
    Some((to - from).get_days())
}

fn unread(reviewed: &Spanned<String>, days: i32, owner: Option<&Spanned<String>>) -> Diagnostic {
    let who = owner.map_or("its users", |owner| &owner.value);
    Diagnostic::new(
        codes::RB404,
        reviewed.span,
        format!("nobody has read this runbook through for {days} days"),
    )
    .help(format!("{who}: walk through it once, then set `reviewed`"))
}

fn overdue(due: &Spanned<String>, owner: Option<&Spanned<String>>) -> Diagnostic {
    let who = owner.map_or("its readers", |owner| &owner.value);
    Diagnostic::new(
        codes::PAGE_REVIEW_OVERDUE,
        due.span,
        format!("this was to be reviewed by {}", due.value),
    )
    .help(format!(
        "{who}: read it through, then set `reviewed` and `review_by`"
    ))
}

/// Pages that no other page and no entry of the sidebar leads to.
pub fn orphans(site: &Site, diagnostics: &mut Diagnostics) {
    let mut listed = BTreeSet::new();
    for group in &site.navigation {
        listed.extend(group.url.clone());
        list(&group.items, &mut listed);
    }
    for page in &site.pages {
        let draft = &page.draft;
        let intended = draft.front.orphan
            || draft.front.kind == PageKind::Home
            || draft.url.as_str() == "index.html";
        let reached = listed.contains(&draft.url) || site.used_by.contains_key(draft.url.as_str());
        if !intended && !reached {
            let span = draft
                .front
                .title
                .as_ref()
                .map_or(Span::start_of(draft.source), |title| title.span);
            diagnostics.report(
                Diagnostic::new(
                    codes::PAGE_ORPHAN,
                    span,
                    "no page and no entry of the sidebar leads here",
                )
                .help("link to it, or write `orphan: true` into its front matter")
                .follows_from(ANY_FILE),
            );
        }
    }
}

fn list(items: &[NavigationItem], found: &mut BTreeSet<PageUrl>) {
    for item in items {
        found.insert(item.url.clone());
        list(&item.items, found);
    }
}
