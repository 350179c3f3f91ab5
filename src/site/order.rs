//! The order in which a reader goes through a site.

use crate::model::navigation::NavigationItem;
use crate::model::page::PageUrl;
use crate::model::site::Site;
use std::collections::BTreeMap;

/// The order in which a reader goes through the site: the sidebar from top to bottom.
pub(crate) struct ReadingOrder {
    list: Vec<PageUrl>,
    places: BTreeMap<PageUrl, usize>,
}

impl ReadingOrder {
    pub(crate) fn new(site: &Site) -> Self {
        fn add(items: &[NavigationItem], list: &mut Vec<PageUrl>) {
            for item in items {
                list.push(item.url.clone());
                add(&item.items, list);
            }
        }
        let mut list = Vec::new();
        for group in &site.navigation {
            list.extend(group.url.clone());
            add(&group.items, &mut list);
        }
        let places = list
            .iter()
            .enumerate()
            .rev()
            .map(|(at, url)| (url.clone(), at))
            .collect();
        Self { list, places }
    }

    /// The pages before and after a page.
    pub(crate) fn around(&self, url: &PageUrl) -> (Option<&PageUrl>, Option<&PageUrl>) {
        match self.places.get(url) {
            Some(at) => (
                at.checked_sub(1).and_then(|at| self.list.get(at)),
                self.list.get(at + 1),
            ),
            None => (None, None),
        }
    }
}
