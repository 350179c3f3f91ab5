//! What each reader promises about any text whatever: it comes to an end, it does not panic, no number
//! overflows, and what it says and makes keeps to bounds that grow with the text.
//!
//! The fuzz targets call these functions with texts that nobody wrote, and `tests/fuzz.rs`, in the
//! gate, with those that once broke a promise. Nothing here reads or writes a file.

mod authors;
mod letters;
mod messages;
mod records;
mod search;

/// Holds one reader to its promises on these bytes.
pub(crate) type Hold = fn(&[u8]);

/// Each target by its name, in the order in which a campaign takes them.
pub(crate) const TARGETS: [(&str, Hold); 9] = [
    ("yaml", authors::yaml),
    ("runbook_file", authors::runbook_file),
    ("markdown", authors::markdown),
    ("expressions", authors::expressions),
    ("journal", records::journal),
    ("letters", letters::letters),
    ("search", search::search),
    ("templates", authors::templates),
    ("messages", messages::messages),
];

/// Holds the reader of a target to its promises on these bytes.
///
/// # Panics
/// If a promise is broken, or there is no such target.
pub(crate) fn hold(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, hold) = found.expect("it is the name of a target");
    hold(bytes);
}
