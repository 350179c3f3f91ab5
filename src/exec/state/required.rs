//! What a row of the approval matrix requires before anybody is asked, and what of it was not found.

use crate::exec::plan::policy::Row;
use std::collections::BTreeMap;

/// The names of what a row requires of which nothing was found, or another word than one that will do.
pub fn unmet<'r>(row: &'r Row, found: &BTreeMap<String, String>) -> Vec<&'r str> {
    let is_met = |name: &String, words: &Vec<String>| {
        found.get(name).is_some_and(|found| words.contains(found))
    };
    let required = row.requires.iter();
    required
        .filter(|(name, words)| !is_met(name, words))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// What a row requires, for people; nothing if it requires nothing.
pub fn in_words(row: &Row) -> Option<String> {
    let required = row.requires.iter();
    let required = required.map(|(name, words)| format!("{name} is {}", words.join(" or ")));
    let required: Vec<String> = required.collect();
    (!required.is_empty()).then(|| required.join(" and "))
}

/// Whether all was found that the row of this name requires.
///
/// # Errors
/// What was not, for people: all of it at once, so that nobody mends one thing to be told of the next.
pub(super) fn met(name: &str, row: &Row, found: &BTreeMap<String, String>) -> Result<(), String> {
    let unmet = unmet(row, found);
    let words = |name: &str| match found.get(name) {
        Some(found) => format!("it is {found}"),
        None => "it was not found".to_owned(),
    };
    let told = unmet.iter().map(|missing| {
        let wanted = row.requires[*missing].join(" or ");
        format!("`{missing}` to be {wanted}, and {}", words(missing))
    });
    let told: Vec<String> = told.collect();
    match told.is_empty() {
        true => Ok(()),
        false => Err(format!("the row `{name}` requires {}", told.join("; "))),
    }
}
