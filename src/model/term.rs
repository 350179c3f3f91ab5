//! A word that needs explaining: an entry of `data/terms.yaml`.

use crate::model::runbook::Doc;
use crate::source::Spanned;

/// A word with its meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its file below the project.
    pub path: String,
    /// What links name it by: `[a-z][a-z0-9-]*`.
    pub id: Spanned<String>,
    /// The word itself.
    pub name: String,
    /// Its meaning in a sentence, shown where the word is used.
    pub short: String,
    /// More, for the glossary.
    pub long: Option<Doc>,
    /// Other words for the same.
    pub aliases: Vec<Spanned<String>>,
}
