//! A changelog as its headings.

use std::ops::Range;

/// A heading of a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Its bytes in the text, with the line that underlines it, without the line end after it.
    pub range: Range<usize>,
    /// From 1, the highest.
    pub level: usize,
    /// What it says, as it is written.
    pub text: String,
    /// The character that underlines it; nothing if it begins with `#`.
    pub underline: Option<char>,
}
