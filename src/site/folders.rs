//! The pages that list what is in a folder, and the list of all folders.
//!
//! A folder without a first page of its own has such a list, and so has one that is too long for
//! the sidebar. Their addresses follow from the path of the folder alone.

use crate::model::navigation::{Folder, NavigationItem};
use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::directive_output::{entry, list};
use crate::site::escape::{escape, href};
use crate::site::generated_page::GeneratedPage;

/// The lists that the site needs.
pub(crate) fn pages(site: &Site) -> Vec<GeneratedPage> {
    let lists = site.folders.iter();
    let mut made: Vec<GeneratedPage> = lists.filter_map(|folder| page(site, folder)).collect();
    if site.lists_folders() {
        made.push(index(site));
    }
    made
}

fn index(site: &Site) -> GeneratedPage {
    let url = PageUrl::of_folders();
    let depth = |folder: &Folder| folder.path.matches('/').count();
    let items = site.folders.iter().map(|folder| {
        let to = escape(&href(&url, folder.url.as_str()));
        let above = match depth(folder) {
            1 => String::new(),
            _ => folder.path.trim_end_matches('/').to_owned(),
        };
        let count = count(site, folder.pages);
        entry(&to, &folder.title, &count, &above)
    });
    let items: Vec<String> = items.collect();
    GeneratedPage::list(&site.words, "folders", url, list("pages", &items))
}

fn page(site: &Site, folder: &Folder) -> Option<GeneratedPage> {
    let url = folder.list.clone()?;
    let items = folder.entries.iter();
    let items: Vec<String> = items.map(|item| listed(site, &url, item)).collect();
    Some(GeneratedPage {
        content: list("pages", &items),
        url,
        title: folder.title.clone(),
        description: site.words.get("made", "folder_about").to_owned(),
        kind: "folder",
    })
}

fn listed(site: &Site, from: &PageUrl, item: &NavigationItem) -> String {
    let to = escape(&href(from, item.url.as_str()));
    let meta = match (&item.apart, site.folder_at(&item.url)) {
        (Some(apart), _) => apart.clone(),
        (None, Some(folder)) => count(site, folder.pages),
        (None, None) => String::new(),
    };
    entry(
        &to,
        &item.title,
        &meta,
        site.description_of(item.url.as_str()),
    )
}

fn count(site: &Site, pages: usize) -> String {
    match pages {
        1 => site.words.get("made", "one_page").to_owned(),
        count => {
            let values = [("count", &*count.to_string())];
            site.words.fill("made", "many_pages", &values)
        }
    }
}
