//! Where the links of all texts lead, and how many were looked at.

use super::links::{self, Links};
use crate::diag::Diagnostics;
use crate::model::page::PageDraft;
use crate::model::prose::Link;
use crate::model::runbook::Runbook;
use crate::model::site::Target;
use crate::model::term::Term;
use crate::source::Span;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// How many references were looked at, for the line that says what was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Links to files of the site.
    pub links: usize,
    /// Links that name a place in a file.
    pub anchors: usize,
    /// Pictures that are files of the site.
    pub images: usize,
    /// Links to other hosts, which are not asked.
    pub external: usize,
}

impl Checked {
    fn count(&mut self, links: &[Link], targets: &[Target]) {
        for (link, target) in links.iter().zip(targets) {
            self.count_one(link.image, target);
        }
    }

    fn count_one(&mut self, image: bool, target: &Target) {
        match target {
            Target::External(_) => self.external += 1,
            _ if image => self.images += 1,
            Target::Internal {
                fragment: Some(_), ..
            } => self.anchors += 1,
            _ => self.links += 1,
        }
    }
}

/// Where the links of each page lead.
pub(super) fn of_pages(
    links: &Links<'_>,
    pages: &[PageDraft],
    checked: &mut Checked,
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Target>> {
    let found: Vec<_> = pages.par_iter().map(|page| links.of_page(page)).collect();
    let settle = |((targets, found), page): ((Vec<Target>, Diagnostics), &PageDraft)| {
        diagnostics.append(found);
        checked.count(&page.prose.links, &targets);
        targets
    };
    found.into_iter().zip(pages).map(settle).collect()
}

/// Where the links of each runbook lead, by the place of the text they stand in.
pub(super) fn of_runbooks(
    links: &Links<'_>,
    runbooks: &[(String, Runbook)],
    checked: &mut Checked,
    diagnostics: &mut Diagnostics,
) -> Vec<BTreeMap<Span, Vec<Target>>> {
    let mut all = Vec::new();
    for (path, book) in runbooks {
        let mut of_book = BTreeMap::new();
        for (doc, (targets, found)) in links::docs(book)
            .into_iter()
            .zip(links.of_runbook(path, book))
        {
            diagnostics.append(found);
            checked.count(&doc.prose.links, &targets);
            of_book.insert(doc.text.span, targets);
        }
        for link in &book.links {
            let target = links.of_value(path, link, diagnostics);
            checked.count_one(false, &target);
            of_book.insert(link.span, vec![target]);
        }
        all.push(of_book);
    }
    all
}

/// Where the links of each term's long text lead.
pub(super) fn of_terms(
    links: &Links<'_>,
    terms: &[Term],
    checked: &mut Checked,
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Target>> {
    let of = |term: &Term| {
        let Some(doc) = &term.long else {
            return Vec::new();
        };
        let (targets, found) = links.of_prose(&term.path, &doc.prose);
        diagnostics.append(found);
        checked.count(&doc.prose.links, &targets);
        targets
    };
    terms.iter().map(of).collect()
}
