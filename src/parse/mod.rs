//! PURE: text to drafts, with diagnostics. Never fails, never opens a second file.
//!
//! The only module that knows YAML and Markdown syntax. Each reader takes the text of one
//! file and returns a draft of it, whatever the text holds; faults are recorded with their
//! places.

pub mod changelog;
pub mod config;
pub mod data;
pub mod directive;
mod expression;
mod fields;
mod known_messages;
mod markdown;
// A table, read by its columns.
#[rustfmt::skip]
mod other_tools;
pub mod page;
mod places;
pub mod policy;
pub mod rehearsal;
pub mod runbook;
mod schema;
mod shape;
pub mod terms;
mod units;
mod variables;
pub mod words;
mod yaml;
