//! What a link can lead to: its address, and the places on it.

use crate::model::page::{PageDraft, PageUrl};
use crate::model::paths;
use crate::model::policy::Role;
use crate::model::runbook::Runbook;
use crate::model::site::{Asset, Target};
use crate::model::term::Term;
use crate::resolve::ProjectIndex;

/// Something a link can lead to.
#[derive(Clone, Copy)]
pub(super) enum Place<'d> {
    Page(&'d PageDraft),
    Runbook(&'d Runbook),
    Asset(&'d Asset),
    Roles(&'d [Role]),
    Terms(&'d [Term]),
}

impl<'d> Place<'d> {
    /// What a data file stands for, if it has something to link to.
    pub(super) fn of_data(known: &ProjectIndex<'d>, path: &str) -> Option<Self> {
        match path.rsplit('/').next()? {
            "roles.yaml" => known.policy.roles.as_deref().map(Self::Roles),
            "terms.yaml" if !known.terms.is_empty() => Some(Self::Terms(known.terms)),
            _ => None,
        }
    }

    /// The file it is read from, where that one can be misread. The headings of a page are read whatever
    /// its front matter holds.
    pub(super) fn file(self) -> Option<String> {
        match self {
            Self::Page(_) | Self::Asset(_) => None,
            Self::Runbook(book) => Some(paths::runbook(&book.id.value)),
            Self::Roles(_) => Some("data/roles.yaml".to_owned()),
            Self::Terms(_) => Some("data/terms.yaml".to_owned()),
        }
    }

    /// The address it has as a whole.
    pub(super) fn url(self) -> String {
        match self {
            Self::Page(page) => page.url.as_str().to_owned(),
            Self::Runbook(book) => PageUrl::of_runbook(&book.id.value).as_str().to_owned(),
            Self::Asset(asset) => asset.url.clone(),
            Self::Roles(_) => PageUrl::of_roles().as_str().to_owned(),
            Self::Terms(_) => PageUrl::of_glossary().as_str().to_owned(),
        }
    }

    /// What may stand behind `#`; `None` where nobody can tell.
    pub(super) fn anchors(self) -> Option<Vec<&'d str>> {
        match self {
            Self::Page(page) => Some(page_anchors(page)),
            Self::Runbook(book) => Some(step_ids(book)),
            Self::Asset(_) => None,
            Self::Roles(roles) => Some(roles.iter().map(|role| role.id.value.as_str()).collect()),
            Self::Terms(terms) => Some(terms.iter().map(|term| term.id.value.as_str()).collect()),
        }
    }

    /// Where a place in it is: roles have pages of their own.
    pub(super) fn at(self, fragment: String) -> Target {
        match self {
            Self::Roles(_) => Target::Internal {
                url: PageUrl::of_role(&fragment).as_str().to_owned(),
                fragment: None,
            },
            _ => Target::Internal {
                url: self.url(),
                fragment: Some(fragment),
            },
        }
    }
}

fn page_anchors(page: &PageDraft) -> Vec<&str> {
    let headings = page.prose.headings.iter().map(|heading| &heading.id);
    let code = page.prose.code.iter().filter_map(|code| code.id.as_ref());
    let ids = headings.chain(code).map(String::as_str);
    ids.filter(|id| !id.is_empty()).collect()
}

fn step_ids(book: &Runbook) -> Vec<&str> {
    book.all_steps()
        .into_iter()
        .map(|step| step.id.value.as_str())
        .collect()
}
