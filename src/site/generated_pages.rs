//! Pages that the program makes from what others say: lists of runbooks, tags and titles.
//!
//! Each is a title and a content that `page.html` shows; roles and the glossary, which have more
//! to say, are made in files of their own.

use crate::diag::Diagnostics;
use crate::model::page::PageUrl;
use crate::model::site::{Site, Tag};
use crate::site::directive_output::{self, entry, list};
use crate::site::escape::{escape, href};
use crate::site::generated_page::GeneratedPage;
use crate::site::{folders, glossary, roles};

/// All of them but the freshness page, which has a template of its own.
pub(crate) fn all(site: &Site, diagnostics: &mut Diagnostics) -> Vec<GeneratedPage> {
    let mut made = vec![titles(site)];
    made.extend(folders::pages(site));
    if !site.runbooks.is_empty() {
        made.push(runbooks(site));
    }
    if !site.tags.is_empty() {
        made.push(tags(site));
        made.extend(site.tags.iter().map(|tag| tagged(site, tag)));
    }
    made.extend(roles::pages(site));
    made.extend(glossary::page(site, diagnostics));
    made
}

/// The addresses of the pages that every page offers at its foot, in order.
pub(crate) fn offered(site: &Site) -> Vec<PageUrl> {
    let urls = [
        PageUrl::of_titles(),
        PageUrl::of_folders(),
        PageUrl::of_glossary(),
        PageUrl::of_roles(),
        PageUrl::of_tags(),
        PageUrl::of_freshness(),
    ];
    let there = |url: &PageUrl| site.made_title(url.as_str()).is_some();
    urls.into_iter().filter(there).collect()
}

/// The search of readers without JavaScript.
fn titles(site: &Site) -> GeneratedPage {
    let pages = site
        .pages
        .iter()
        .map(|page| (page.draft.title(), &page.draft.url));
    let books = site
        .runbooks
        .iter()
        .map(|page| (page.runbook.title.value.as_str(), &page.url));
    let mut all: Vec<(&str, &PageUrl)> = pages.chain(books).collect();
    all.sort_by_cached_key(|(title, url)| (title.to_lowercase(), (*url).clone()));
    let url = PageUrl::of_titles();
    let is_same =
        |(one, _): &(&str, _), (other, _): &(&str, _)| one.to_lowercase() == other.to_lowercase();
    let entries = all.chunk_by(is_same).flat_map(|same| {
        same.iter().map(|(title, to)| {
            let apart = match same.len() {
                1 => "",
                _ => to.as_str().trim_end_matches(".html"),
            };
            entry(&escape(&href(&url, to.as_str())), title, apart, "")
        })
    });
    let list: String = entries.collect();
    let content = format!("<ul class=\"pages\">\n{list}</ul>");
    GeneratedPage::list(&site.words, "titles", url, content)
}

fn runbooks(site: &Site) -> GeneratedPage {
    let url = PageUrl::of_runbooks();
    let content = directive_output::runbooks(site, &url, None);
    GeneratedPage::list(&site.words, "runbooks", url, content)
}

fn tags(site: &Site) -> GeneratedPage {
    let url = PageUrl::of_tags();
    let items: Vec<String> = site
        .tags
        .iter()
        .map(|tag| {
            let count = match tag.pages.len() {
                1 => site.words.get("made", "one_page").to_owned(),
                count => {
                    let values = [("count", &*count.to_string())];
                    site.words.fill("made", "many_pages", &values)
                }
            };
            let to = escape(&href(&url, tag.url.as_str()));
            entry(&to, &tag.name, &count, "")
        })
        .collect();
    GeneratedPage::list(&site.words, "tags", url, list("pages", &items))
}

fn tagged(site: &Site, tag: &Tag) -> GeneratedPage {
    let items: Vec<String> = tag
        .pages
        .iter()
        .filter_map(|url| {
            let title = site.title_of(url.as_str())?;
            let to = escape(&href(&tag.url, url.as_str()));
            Some(entry(&to, title, "", site.description_of(url.as_str())))
        })
        .collect();
    GeneratedPage {
        content: list("pages", &items),
        url: tag.url.clone(),
        title: tag.name.clone(),
        description: site.words.fill("made", "tagged", &[("tag", &tag.name)]),
        kind: "tag",
    }
}
