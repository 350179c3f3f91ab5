//! Addresses that were: a small page in place of each page that went, and places that went.
//!
//! A heading's former id is put beside its new one, which works in every browser. A place that
//! went to another page needs a script, because a browser never tells a server what is behind
//! `#`; the links that the script follows stand on the page.

use crate::model::page::PageUrl;
use crate::model::site::{Moved, Site, Target};
use crate::site::escape::{escape, target_href};
use crate::site::theme::Theme;
use serde::Serialize;

/// A place that is elsewhere now.
#[derive(Serialize)]
pub(crate) struct MovedPlace {
    /// The id it had.
    was: String,
    /// Where it is.
    href: String,
}

/// What `moved.html` is given.
#[derive(Serialize)]
pub(crate) struct Shown {
    title: String,
    href: String,
    canonical: Option<String>,
    css: String,
    moved_js: String,
    moved: Vec<MovedPlace>,
}

/// The pages that stand where pages were, each with its address.
pub(crate) fn pages(site: &Site, theme: &Theme) -> Vec<(PageUrl, Shown)> {
    let gone = site.moved.iter();
    gone.filter_map(|(url, moved)| {
        let url = PageUrl::former(url)?;
        let shown = shown(site, theme, &url, moved)?;
        Some((url, shown))
    })
    .collect()
}

fn shown(site: &Site, theme: &Theme, url: &PageUrl, moved: &Moved) -> Option<Shown> {
    let target = moved.page.as_ref()?;
    let href = target_href(url, target)?;
    let (title, canonical) = match target {
        Target::Internal { url: to, .. } => {
            let base = site.config.url.as_ref();
            let canonical = base.map(|base| format!("{base}{to}"));
            (site.title_of(to).unwrap_or(to).to_owned(), canonical)
        }
        _ => (href.clone(), Some(href.clone())),
    };
    Some(Shown {
        title,
        href,
        canonical,
        css: crate::site::escape::href(url, theme.asset("style.css")),
        moved_js: crate::site::escape::href(url, theme.asset("moved.js")),
        moved: places(url, moved),
    })
}

fn places(url: &PageUrl, moved: &Moved) -> Vec<MovedPlace> {
    let list = moved.places.iter();
    list.filter_map(|(was, target)| {
        Some(MovedPlace {
            was: was.clone(),
            href: target_href(url, target)?,
        })
    })
    .collect()
}

/// Puts former ids of headings beside their new ones; gives the places that need a script.
pub(crate) fn keep_places(site: &Site, url: &PageUrl, content: &mut String) -> Vec<MovedPlace> {
    let Some(moved) = site.moved.get(url.as_str()) else {
        return Vec::new();
    };
    let mut elsewhere = moved.clone();
    elsewhere.places.retain(|was, target| match target {
        Target::Internal {
            url: to,
            fragment: Some(id),
        } if to == url.as_str() => !beside(content, was, id),
        _ => true,
    });
    places(url, &elsewhere)
}

/// Adds an empty element with the id `was` inside the one with the id `now`; whether there is one.
/// Text is escaped, so that a quote before `>` can only end an attribute.
fn beside(content: &mut String, was: &str, now: &str) -> bool {
    let opened = format!(" id=\"{}\">", escape(now));
    let Some(at) = content.find(&opened) else {
        return false;
    };
    let former = format!("<span id=\"{}\"></span>", escape(was));
    content.insert_str(at + opened.len(), &former);
    true
}
