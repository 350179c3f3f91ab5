//! Tags: labels that pages and runbooks share, each with a page of its own.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::page::{PageDraft, PageUrl};
use crate::model::runbook::Runbook;
use crate::model::site::Tag;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// The tags of a site in the order of their addresses. Tags that differ only in case or
/// punctuation are one tag, and said so.
pub(super) fn collect(
    pages: &[PageDraft],
    runbooks: &[(String, Runbook)],
    diagnostics: &mut Diagnostics,
) -> Vec<Tag> {
    let of_pages = pages
        .iter()
        .map(|page| (page.url.clone(), page.front.tags.as_slice()));
    let of_books = runbooks
        .iter()
        .map(|(_, book)| (PageUrl::of_runbook(&book.id.value), book.tags.as_slice()));
    let mut found: BTreeMap<PageUrl, (Tag, Span)> = BTreeMap::new();
    for (page, tags) in of_pages.chain(of_books) {
        for tag in tags {
            let Some(url) = PageUrl::of_tag(&tag.value) else {
                diagnostics.report(nameless(tag));
                continue;
            };
            let (known, first) = found
                .entry(url.clone())
                .or_insert_with(|| (fresh(tag, url), tag.span));
            if known.name != tag.value {
                diagnostics.report(spelled(tag, &known.name, *first));
            }
            if known.pages.last() != Some(&page) {
                known.pages.push(page.clone());
            }
        }
    }
    found.into_values().map(|(tag, _)| tag).collect()
}

fn fresh(tag: &Spanned<String>, url: PageUrl) -> Tag {
    Tag {
        name: tag.value.clone(),
        url,
        pages: Vec::new(),
    }
}

fn nameless(tag: &Spanned<String>) -> Diagnostic {
    let message = format!("the tag `{}` has no letter and no digit", tag.value);
    Diagnostic::new(codes::TAG_NAME, tag.span, message).help("write a word")
}

fn spelled(tag: &Spanned<String>, name: &str, first: Span) -> Diagnostic {
    let message = format!("the tag `{}` is `{name}` elsewhere", tag.value);
    Diagnostic::new(codes::TAG_SPELLING, tag.span, message)
        .related(first, "spelled so first here")
        .help(format!("write `{name}`, or change it everywhere"))
}
