//! Who leads where: what "used by" lists show.

use crate::model::page::PageUrl;
use crate::model::site::{Site, Target};
use std::collections::BTreeMap;

/// The addresses that something points to, each with the pages that do. Steps
/// and terms count as addresses of their own.
pub(super) fn used_by(site: &Site) -> BTreeMap<String, Vec<PageUrl>> {
    let mut found: BTreeMap<String, Vec<PageUrl>> = BTreeMap::new();
    let mut note = |from: &PageUrl, url: &str, fragment: Option<&str>| {
        if let Some(id) = fragment
            && (site.runbook(url).is_some() || url == PageUrl::of_glossary().as_str())
        {
            let place = found.entry(format!("{url}#{id}")).or_default();
            place.push(from.clone());
        }
        let is_word = url == "glossary.html" && fragment.is_some();
        if url != from.as_str() && !is_word {
            found.entry(url.to_owned()).or_default().push(from.clone());
        }
    };
    let mut note_all = |from: &PageUrl, targets: &[Target]| {
        for target in targets {
            if let Target::Internal { url, fragment } = target {
                note(from, url, fragment.as_deref());
            }
        }
    };
    for page in &site.pages {
        note_all(&page.draft.url, &page.targets);
    }
    for page in &site.runbooks {
        page.targets
            .values()
            .for_each(|targets| note_all(&page.url, targets));
    }
    for entry in &site.glossary {
        note_all(&PageUrl::of_glossary(), &entry.targets);
    }
    for page in &site.runbooks {
        for called in page.runbook.called() {
            let url = PageUrl::of_runbook(&called.value);
            note(&page.url, url.as_str(), None);
        }
    }
    for users in found.values_mut() {
        users.sort();
        users.dedup();
    }
    found
}
