//! The Markdown copy of a page, for people and programs that rather read the source.

use crate::model::page::PageUrl;
use crate::model::site::{Page, Target};
use crate::source::Sources;

/// The body of a page under its title, its links leading to the copies of other pages.
pub(crate) fn markdown(page: &Page, sources: &Sources) -> String {
    let draft = &page.draft;
    let text = sources.get(draft.source).text();
    let mut out = String::with_capacity(text.len());
    if !draft
        .prose
        .headings
        .iter()
        .any(|heading| heading.level == 1)
    {
        out.push_str(&format!("# {}\n\n", draft.title()));
    }
    let mut from = draft.body.start as usize;
    for (link, target) in draft.prose.links.iter().zip(&page.targets) {
        let range = link.span.range();
        let Some(destination) = copied(&draft.url, target) else {
            continue;
        };
        if range.start < from || sources.slice(link.span) != link.destination {
            continue;
        }
        out.push_str(&text[from..range.start]);
        out.push_str(&destination);
        from = range.end;
    }
    out.push_str(text[from..].trim_start_matches(['\r', '\n']));
    out
}

/// Where a link of a copy leads: to the copy of a page, and to the YAML of a runbook.
fn copied(from: &PageUrl, target: &Target) -> Option<String> {
    let Target::Internal { url, fragment } = target else {
        return None;
    };
    let path = match url.strip_suffix(".html") {
        Some(stem) if url.starts_with("runbooks/") => format!("{stem}.yaml"),
        Some(stem) => format!("{stem}.md"),
        None => url.clone(),
    };
    let fragment = fragment
        .as_ref()
        .map_or(String::new(), |id| format!("#{id}"));
    match url == from.as_str() && !fragment.is_empty() {
        true => Some(fragment),
        false => Some(from.relative(&path).replace(' ', "%20") + &fragment),
    }
}
