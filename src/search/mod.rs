//! Search: sections of a site to an index that a terminal and a browser read alike.
//!
//! ```text
//!  Site ─▶ sections ─▶ index (tantivy) ─▶ shards ─▶ search/*.js ─▶ reader ─▶ query ─▶ Answer
//! ```
//!
//! tantivy splits, stems and scores once, at build. Readers have no stemmer: a shard tells which
//! words share a stem. What the browser computes is what [`query`] computes, operation by
//! operation.

mod codec;
pub mod excerpt;
mod index;
pub mod messages;
pub mod nearest;
pub mod paste;
pub mod query;
pub mod reader;
pub mod sections;
mod shards;
pub mod words;

use crate::model::known_message::known_errors;
use crate::model::site::Site;
use std::collections::BTreeMap;

/// The version of the format and of the tokenizer: a reader takes no other.
pub const VERSION: u32 = 3;
/// Where the files of the index are, below the site's root.
pub const FOLDER: &str = "search/";

/// Why there is no index. Both are faults of this program, not of a project.
#[derive(Debug, thiserror::Error)]
pub enum IndexingError {
    /// tantivy could not index what it was given.
    #[error("the search index could not be made: {0}")]
    Tantivy(#[from] tantivy::TantivyError),
    /// What was written does not read back.
    #[error("the search index does not read back: {0:?} is lost")]
    Unreadable(String),
}

/// The files of the index by their paths below the site's root. They are read back and compared
/// before they are given out.
///
/// # Errors
/// [`IndexingError`]; none is known.
pub fn files(site: &Site) -> Result<BTreeMap<String, String>, IndexingError> {
    let entries = sections::entries(site);
    let impacts = index::impacts(&entries, &site.config)?;
    let mut files = shards::files(&entries, &impacts);
    files.extend(messages::files(&known_errors(site)));
    match reader::unreadable(&files, &impacts) {
        Some(lost) => Err(IndexingError::Unreadable(lost)),
        None => Ok(files),
    }
}
