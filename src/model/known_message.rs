//! The messages that pages and runbooks answer.

use crate::known_errors::{Collection, Entry, Message, Pattern};
use crate::model::runbook::Runbook;
use crate::model::site::{Page, RunbookPage, Site};
use crate::source::Spanned;

/// A message of a tool that leads people to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMessage {
    /// As its author wrote it, with placeholders.
    pub message: Spanned<String>,
    /// The same, to be looked for.
    pub pattern: Pattern,
    /// A line that the tool printed.
    pub example: Option<Spanned<String>>,
    /// Whether several faults print it: any other message counts more.
    pub general: bool,
}

impl KnownMessage {
    /// A line that has to lead to it: the example, or the message itself if nothing in it differs.
    pub fn sample(&self) -> Option<&Spanned<String>> {
        let itself = self.pattern.names().is_empty().then_some(&self.message);
        self.example.as_ref().or(itself)
    }
}

/// A page or a runbook with its messages.
pub struct Answering<'s> {
    /// Who answers.
    pub entry: Entry,
    /// What they answer.
    pub messages: &'s [KnownMessage],
}

/// All pages and runbooks that answer messages, in the order of their addresses.
pub fn answering(site: &Site) -> Vec<Answering<'_>> {
    let pages = site.pages.iter().map(|one| page(one, site));
    let all = pages.chain(site.runbooks.iter().map(runbook));
    let mut all: Vec<Answering<'_>> = all.filter(|one| !one.messages.is_empty()).collect();
    all.sort_by(|a, b| a.entry.url.cmp(&b.entry.url));
    all
}

/// What the project knows of messages.
pub fn known_errors(site: &Site) -> Collection {
    let all = answering(site);
    let messages = all.iter().enumerate().flat_map(|(at, one)| {
        let texts = one.messages.iter();
        texts.map(move |known| Message {
            entry: at,
            text: known.message.value.clone(),
            general: known.general,
        })
    });
    let messages = messages.collect();
    Collection::new(all.into_iter().map(|one| one.entry).collect(), messages)
}

fn page<'s>(page: &'s Page, site: &Site) -> Answering<'s> {
    let (draft, front) = (&page.draft, &page.draft.front);
    let recovery = front.recovery.as_ref().map(|id| id.value.as_str());
    let book = recovery.and_then(|id| {
        let mut books = site.runbooks.iter().map(|one| &one.runbook);
        books.find(|book| book.id.value == id)
    });
    Answering {
        entry: Entry {
            id: front.id.as_ref().map(|id| id.value.clone()),
            title: draft.title().to_owned(),
            url: draft.url.as_str().to_owned(),
            path: draft.path.clone(),
            recovery: recovery.map(str::to_owned),
            needs: book.map(needs).unwrap_or_default(),
        },
        messages: &front.errors,
    }
}

fn runbook(page: &RunbookPage) -> Answering<'_> {
    let book = &page.runbook;
    Answering {
        entry: Entry {
            id: None,
            title: book.title.value.clone(),
            url: page.url.as_str().to_owned(),
            path: page.path.clone(),
            recovery: Some(book.id.value.clone()),
            needs: needs(book),
        },
        messages: &book.errors,
    }
}

/// The params that a runbook asks for.
fn needs(book: &Runbook) -> Vec<String> {
    let asked = book.params.iter();
    let asked = asked.filter(|one| one.default.is_none() && !one.optional);
    asked.map(|one| one.name.value.clone()).collect()
}
