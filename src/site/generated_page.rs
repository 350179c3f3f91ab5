//! A page that no author wrote.

use crate::model::page::PageUrl;
use crate::model::words::Words;

/// A page that no author wrote.
pub(crate) struct GeneratedPage {
    pub(crate) url: PageUrl,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) kind: &'static str,
    pub(crate) content: String,
}

impl GeneratedPage {
    /// A page for all of a kind: the theme has its title and its description under that name.
    pub(crate) fn list(words: &Words, kind: &'static str, url: PageUrl, content: String) -> Self {
        let word = |key: &str| words.get("made", key).to_owned();
        Self {
            url,
            title: word(kind),
            description: word(&format!("{kind}_about")),
            kind,
            content,
        }
    }

    /// What it is, in the words of a finding.
    pub(crate) fn what(&self) -> &'static str {
        match self.kind {
            "titles" => "the list of all pages",
            "folders" => "the list of all folders",
            "folder" => "the list of a folder",
            "runbooks" => "the list of all runbooks",
            "tags" => "the list of all tags",
            "tag" => "the page of a tag",
            "roles" => "the list of all roles",
            "role" => "the page of a role",
            "glossary" => "the glossary",
            "freshness" => "the list of what is due for review",
            _ => "a page that the program makes",
        }
    }
}
