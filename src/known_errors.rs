//! Messages of tools as patterns, and the lines of a paste that they match.
//!
//! ```text
//!  "tag '{tag}' already exists" ─▶ Pattern ─┐
//!                                           ├▶ Book ─▶ what a paste says, best first
//!  a line, a log, a wrapped terminal ─▶ Paste ┘
//! ```
//!
//! A message is compared without its white space, its colours and its case, so it does not matter where a terminal
//! wrapped it. Each pattern has one *key*, a word or two neighbours that few other patterns have; only where a
//! paste has the key is the pattern tried, from the key to both sides. No step is more than linear in the paste.
//!
//! `themes/default/search-errors.js` computes the same in a browser; `docs/formats/search.md` describes both.

mod book;
mod collection;
mod matching;
mod paste;
mod pattern;
mod words;

pub use book::{Answered, Book, Finding, Said};
pub use collection::{Collection, Entry, Message};
pub use matching::Caught;
pub use paste::Paste;
pub use pattern::{Fault, Pattern};
pub use words::Key;
