//! The Markdown copy of a page, for people and programs that rather read the source.
//!
//! It is the author's text with what stands for something else replaced by it: variables and
//! files that are taken in; and with links that lead to the copies of other pages.

use crate::model::page::PageUrl;
use crate::model::prose::ExpandedText;
use crate::model::site::{Page, Site, Target};
use crate::source::{Sources, Span};
use std::collections::BTreeMap;

/// The body of a page under its title.
pub(crate) fn markdown(site: &Site, page: &Page, sources: &Sources) -> String {
    let draft = &page.draft;
    let text = sources.get(draft.source).text();
    let mut out = String::with_capacity(text.len());
    let heading = draft.title_heading().map(|at| &draft.prose.headings[at]);
    let titled = heading.is_some_and(|heading| heading.level == 1);
    if !titled {
        out.push_str(&format!("# {}\n\n", draft.title()));
    }
    let start = draft.body.start as usize;
    let blank = text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
    let copy = Copy {
        sources,
        edits: edits(site, page, sources),
    };
    copy.span_into(&mut out, Span::new(draft.source, start + blank..text.len()));
    out
}

/// What stands in the place of a part of a source.
enum Edit {
    Words(String),
    /// Another part of a source, with edits of its own.
    IncludedFile(Span),
}

/// The edits of a page and of all files that it takes in, by the places they replace.
fn edits(site: &Site, page: &Page, sources: &Sources) -> BTreeMap<Span, Edit> {
    let mut edits = BTreeMap::new();
    let (url, prose) = (&page.draft.url, &page.draft.prose);
    for (link, target) in prose.links.iter().zip(&page.targets) {
        let whole = sources.slice(link.span) == link.destination;
        if let Some(destination) = copied(site, url, target).filter(|_| whole) {
            edits.insert(link.span, Edit::Words(destination));
        }
    }
    for expansion in &prose.expansions {
        let edit = match &expansion.text {
            ExpandedText::Words(words) => Edit::Words(words.clone()),
            ExpandedText::IncludedFile(span) => Edit::IncludedFile(*span),
        };
        edits.insert(expansion.span, edit);
    }
    edits
}

struct Copy<'s> {
    sources: &'s Sources,
    edits: BTreeMap<Span, Edit>,
}

impl Copy<'_> {
    fn span_into(&self, out: &mut String, span: Span) {
        let text = self.sources.get(span.source).text();
        let mut from = span.start as usize;
        let end = span.end as usize;
        let first = Span::new(span.source, from..from);
        let last = Span::new(span.source, end..usize::MAX >> 32);
        for (place, edit) in self.edits.range(first..=last) {
            let range = place.range();
            if range.start < from || range.end > end {
                continue;
            }
            out.push_str(&text[from..range.start]);
            match edit {
                Edit::Words(words) => out.push_str(words),
                Edit::IncludedFile(part) => {
                    self.span_into(out, *part);
                    let tail = out.trim_end_matches(['\r', '\n']).len();
                    out.truncate(tail);
                }
            }
            from = range.end;
        }
        out.push_str(&text[from..end]);
    }
}

/// Where a link of a copy leads: to the copy of a page, and to the YAML of a runbook.
fn copied(site: &Site, from: &PageUrl, target: &Target) -> Option<String> {
    let Target::Internal { url, fragment } = target else {
        return None;
    };
    let path = match url.strip_suffix(".html") {
        Some(stem) if site.runbook(url).is_some() => format!("{stem}.yaml"),
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
