//! The glossary: every term with its meaning, and the pages that use it.

use crate::diag::Diagnostics;
use crate::model::page::PageUrl;
use crate::model::site::{GlossaryEntry, Site};
use crate::site::directive_output;
use crate::site::escape::{escape, escaped_word, href};
use crate::site::generated_page::GeneratedPage;
use crate::site::html::{self, RenderContext};
use std::cell::RefCell;

/// The page; `None` for a site that explains no words.
pub(crate) fn page(site: &Site, diagnostics: &mut Diagnostics) -> Option<GeneratedPage> {
    if site.glossary.is_empty() {
        return None;
    }
    let found = RefCell::default();
    let shown = |entry| shown(site, entry, &found);
    let entries: String = site.glossary.iter().map(shown).collect();
    diagnostics.append(found.into_inner());
    let content = format!("<dl class=\"glossary\">\n{entries}</dl>\n");
    let url = PageUrl::of_glossary();
    Some(GeneratedPage::list(&site.words, "glossary", url, content))
}

fn shown(site: &Site, entry: &GlossaryEntry, found: &RefCell<Diagnostics>) -> String {
    let url = PageUrl::of_glossary();
    let term = &entry.term;
    let long = term.long.as_ref().map_or(String::new(), |doc| {
        let around = RenderContext {
            page: &url,
            targets: &entry.targets,
            title_heading: None,
            site,
            directive: &|directive, inside| {
                directive_output::built_in(site, &url, directive, inside)
            },
            anchors: false,
            items: false,
            found,
        };
        html::render(&doc.prose, &around)
    });
    let (id, name) = (escape(&term.id.value), escape(&term.name));
    let label = escaped_word(&site.words, "term", "link", &[("name", &name)]);
    format!(
        "<dt id=\"{id}\">{name} <a class=\"anchor\" href=\"#{id}\" aria-label=\"{label}\">#</a></dt>\n\
         <dd><p>{}</p>\n{long}{}{}</dd>\n",
        escape(&term.short),
        aliases(site, entry),
        users(site, &url, &term.id.value),
    )
}

fn aliases(site: &Site, entry: &GlossaryEntry) -> String {
    if entry.term.aliases.is_empty() {
        return String::new();
    }
    let words: Vec<String> = entry
        .term
        .aliases
        .iter()
        .map(|alias| escape(&alias.value))
        .collect();
    let also = escaped_word(&site.words, "term", "also", &[("words", &words.join(", "))]);
    format!("<p class=\"meta\">{also}</p>\n")
}

fn users(site: &Site, url: &PageUrl, id: &str) -> String {
    let place = format!("{}#{id}", url.as_str());
    let users = site.used_by.get(&place).into_iter().flatten();
    let links: Vec<String> = users
        .filter(|user| *user != url)
        .filter_map(|user| {
            let title = site.title_of(user.as_str())?;
            let to = escape(&href(url, user.as_str()));
            Some(format!("<a href=\"{to}\">{}</a>", escape(title)))
        })
        .collect();
    match links.is_empty() {
        true => String::new(),
        false => {
            let pages = links.join(", ");
            let used = escaped_word(&site.words, "term", "used_by", &[("pages", &pages)]);
            format!("<p class=\"meta\">{used}</p>\n")
        }
    }
}
