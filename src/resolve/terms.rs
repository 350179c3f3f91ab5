//! Terms: every word explained once, and its meaning told where it is used.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::page::PageUrl;
use crate::model::site::{Page, Target};
use crate::model::term::Term;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// The terms in the order of their names, without the second of an id. A word that two terms
/// claim is reported.
pub(super) fn unique(terms: Vec<Term>, diagnostics: &mut Diagnostics) -> Vec<Term> {
    let mut ids: BTreeMap<String, Span> = BTreeMap::new();
    let mut words: BTreeMap<String, Span> = BTreeMap::new();
    let mut kept: Vec<Term> = Vec::new();
    for term in terms {
        if let Some(first) = ids.insert(term.id.value.clone(), term.id.span) {
            diagnostics.report(twice(&term.id, first));
            continue;
        }
        let name = Spanned::new(term.name.clone(), term.id.span);
        for word in [&name].into_iter().chain(&term.aliases) {
            if let Some(first) = words.insert(word.value.to_lowercase(), word.span) {
                diagnostics.report(twice(word, first));
            }
        }
        kept.push(term);
    }
    kept.sort_by_cached_key(|term| (term.name.to_lowercase(), term.id.value.clone()));
    kept
}

fn twice(word: &Spanned<String>, first: Span) -> Diagnostic {
    let message = format!("`{}` is explained twice", word.value);
    Diagnostic::new(codes::TERM_COLLISION, word.span, message)
        .related(first, "the first is here")
        .help("keep one, or give one another name")
}

/// Gives links that lead to a term and say nothing themselves the term's meaning as their title.
pub(super) fn explain(page: &mut Page, terms: &[Term]) {
    let glossary = PageUrl::of_glossary();
    for (link, target) in page.draft.prose.links.iter_mut().zip(&page.targets) {
        let Target::Internal { url, fragment } = target else {
            continue;
        };
        if url != glossary.as_str() || !link.title.is_empty() {
            continue;
        }
        let found = terms
            .iter()
            .find(|term| Some(&term.id.value) == fragment.as_ref());
        if let Some(term) = found {
            link.title.clone_from(&term.short);
        }
    }
}
