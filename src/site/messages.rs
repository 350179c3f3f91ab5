//! The messages that pages answer: on the page itself, so that a reader recognises his own, and as one table of
//! all of them.

use crate::model::known_message::{Answering, answering};
use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::escape::{escape, href};
use crate::site::html;
use serde::Serialize;

/// What a page answers, for its template.
#[derive(Serialize, Default)]
pub(crate) struct Answers {
    /// The messages as their author wrote them.
    messages: Vec<String>,
    /// The runbook that fixes what it is about.
    recovery: Option<Recovery>,
}

/// A runbook that fixes something.
#[derive(Serialize)]
struct Recovery {
    title: String,
    href: String,
    command: String,
}

impl Answers {
    /// What the page at this address answers.
    pub(crate) fn of(site: &Site, url: &PageUrl) -> Self {
        let Some(page) = site.page(url.as_str()) else {
            return Self::default();
        };
        let front = &page.draft.front;
        let messages = front.errors.iter().map(|known| known.message.value.clone());
        let book = front
            .recovery
            .as_ref()
            .and_then(|id| site.runbook_with_id(&id.value));
        Self {
            messages: messages.collect(),
            recovery: book.map(|book| Recovery {
                title: book.runbook.title.value.clone(),
                href: href(url, book.url.as_str()),
                command: format!("runbook exec {}", book.runbook.id.value),
            }),
        }
    }
}

/// The table of `::errors{under="…"}`: each message of the pages below a folder, in the order of the alphabet, with
/// the page that answers it.
pub(crate) fn table(site: &Site, from: &PageUrl, under: &str) -> String {
    let folder = format!("{}/", under.trim_matches('/'));
    let all = answering(site);
    let below = all.iter().filter(|one| one.entry.url.starts_with(&folder));
    let mut rows: Vec<(String, String)> = below.flat_map(|one| rows(from, one)).collect();
    rows.sort();
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    let word = |key| escape(site.words.get("errors", key));
    format!(
        "{}<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n",
        html::table(&site.words),
        word("message"),
        word("entry"),
    )
}

/// A row for each message, behind what it is sorted by.
fn rows(from: &PageUrl, one: &Answering<'_>) -> Vec<(String, String)> {
    let address = escape(&href(from, &one.entry.url));
    let name = escape(&one.entry.name());
    let row = |text: &str| {
        format!(
            "<tr><td><code>{}</code></td><td><a href=\"{address}\">{name}</a></td></tr>\n",
            escape(text)
        )
    };
    let messages = one
        .messages
        .iter()
        .map(|known| known.message.value.as_str());
    messages
        .map(|text| (text.to_lowercase(), row(text)))
        .collect()
}
