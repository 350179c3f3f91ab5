//! What machines read: the sitemap, the feed of changes and `llms.txt`.
//!
//! Sitemap and feed need whole addresses, so they are there only for a site that knows its own.
//! Dates come from commits, or else from `reviewed`; nothing here asks a clock.

use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::escape::escape;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// How many changes the feed tells.
const LONGEST_FEED: usize = 50;

/// Characters of a file's name that mean something else in an address.
const IN_ADDRESS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'?');

/// A page as machines are told of it.
struct Listed<'s> {
    url: &'s PageUrl,
    title: &'s str,
    about: &'s str,
    /// When it last changed, RFC 3339.
    changed: Option<String>,
    /// Its source below the site's root.
    copy: String,
    of_book: bool,
}

/// The address of the feed below the site's root; `None` if there is nothing to tell.
pub(crate) fn feed_url(site: &Site) -> Option<&'static str> {
    // Asked for every page: the first dated one answers, and nothing is made for it.
    let pages = site.pages.iter().map(|page| {
        let front = &page.draft.front;
        (&page.draft.path, front.reviewed.is_some())
    });
    let books = site.runbooks.iter();
    let books = books.map(|page| (&page.path, page.runbook.reviewed.is_some()));
    let is_dated = |(path, reviewed)| reviewed || site.changed.contains_key::<String>(path);
    let known = site.config.url.is_some() && pages.chain(books).any(is_dated);
    known.then_some("feed.xml")
}

/// The files by their addresses. `made` are the pages that no author wrote.
pub(crate) fn files(site: &Site, made: &[PageUrl]) -> Vec<(String, String)> {
    let pages = listed(site);
    let mut files = vec![("llms.txt".to_owned(), llms(site, &pages))];
    if let Some(base) = &site.config.url {
        files.push(("sitemap.xml".to_owned(), sitemap(base, &pages, made)));
        if let Some(url) = feed_url(site) {
            files.push((url.to_owned(), feed(site, base, pages)));
        }
    }
    files
}

fn listed(site: &Site) -> Vec<Listed<'_>> {
    let when = |path: &str, reviewed: Option<&String>| {
        let commit = site.changed.get(path).cloned();
        commit.or_else(|| reviewed.map(|day| format!("{day}T00:00:00Z")))
    };
    let pages = site.pages.iter().map(|page| {
        let (draft, front) = (&page.draft, &page.draft.front);
        Listed {
            url: &draft.url,
            title: draft.title(),
            about: site.description_of(draft.url.as_str()),
            changed: when(&draft.path, front.reviewed.as_ref().map(|day| &day.value)),
            copy: draft.url.markdown(),
            of_book: false,
        }
    });
    let books = site.runbooks.iter().map(|page| Listed {
        url: &page.url,
        title: &page.runbook.title.value,
        about: site.description_of(page.url.as_str()),
        changed: when(
            &page.path,
            page.runbook.reviewed.as_ref().map(|day| &day.value),
        ),
        copy: format!("runbooks/{}.yaml", page.runbook.id.value),
        of_book: true,
    });
    pages.chain(books).collect()
}

/// The whole address of a path of the site.
fn whole(base: &str, path: &str) -> String {
    format!("{base}{}", utf8_percent_encode(path, IN_ADDRESS))
}

fn sitemap(base: &str, pages: &[Listed<'_>], made: &[PageUrl]) -> String {
    let written = pages
        .iter()
        .map(|page| (page.url.as_str(), page.changed.as_deref()));
    let made = made.iter().map(|url| (url.as_str(), None));
    let mut entries: Vec<(&str, Option<&str>)> = written.chain(made).collect();
    entries.sort_unstable();
    let entry = |(path, changed): &(&str, Option<&str>)| {
        let changed = changed.map_or(String::new(), |when| format!("<lastmod>{when}</lastmod>"));
        format!(
            "<url><loc>{}</loc>{changed}</url>\n",
            escape(&whole(base, path))
        )
    };
    let entries: String = entries.iter().map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
    )
}

/// Atom (RFC 4287): what changed last comes first.
fn feed(site: &Site, base: &str, mut pages: Vec<Listed<'_>>) -> String {
    let instant =
        |page: &Listed<'_>| -> Option<jiff::Timestamp> { page.changed.as_ref()?.parse().ok() };
    pages.retain(|page| instant(page).is_some());
    pages.sort_by_cached_key(|page| (std::cmp::Reverse(instant(page)), page.url.clone()));
    pages.truncate(LONGEST_FEED);
    let latest = pages.first().and_then(|page| page.changed.clone());
    let entry = |page: &Listed<'_>| {
        let to = escape(&whole(base, page.url.as_str()));
        let about = match page.about.is_empty() {
            true => String::new(),
            false => format!("<summary>{}</summary>", escape(page.about)),
        };
        format!(
            "<entry><title>{}</title><link href=\"{to}\"/><id>{to}</id><updated>{}</updated>{about}</entry>\n",
            escape(page.title),
            page.changed.as_deref().unwrap_or_default(),
        )
    };
    let entries: String = pages.iter().map(entry).collect();
    let (title, home) = (escape(&site.config.title), escape(base));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>{title}</title><link href=\"{home}\"/><link rel=\"self\" href=\"{home}feed.xml\"/>\
         <id>{home}</id><author><name>{title}</name></author><updated>{}</updated>\n\
         {entries}</feed>\n",
        latest.unwrap_or_default(),
    )
}

/// The contents for programs that read text: every page with the address of its source.
fn llms(site: &Site, pages: &[Listed<'_>]) -> String {
    let base = site.config.url.as_deref().unwrap_or_default();
    let mut out = format!("# {}\n", site.config.title);
    let about = site.description_of("index.html");
    if !about.is_empty() {
        out.push_str(&format!("\n> {}\n", one_line(about)));
    }
    let mut section = |title: &str, of_books: bool| {
        let is_book = |page: &&Listed<'_>| page.of_book == of_books;
        let entries: String = pages
            .iter()
            .filter(is_book)
            .map(|page| line(base, page))
            .collect();
        if !entries.is_empty() {
            out.push_str(&format!("\n## {title}\n\n{entries}"));
        }
    };
    section(site.words.get("made", "pages"), false);
    section(site.words.get("made", "runbooks"), true);
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn line(base: &str, page: &Listed<'_>) -> String {
    let about = match page.about.is_empty() {
        true => String::new(),
        false => format!(": {}", one_line(page.about)),
    };
    let title = one_line(page.title).replace(['[', ']'], "");
    format!("- [{title}]({}){about}\n", whole(base, &page.copy))
}
