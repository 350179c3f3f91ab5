//! Plain data that every stage shares: what a project is, once it is read.

pub mod changelog;
pub mod config;
pub mod data;
pub mod directive;
pub mod expression;
pub mod item_text;
pub mod known_message;
pub mod navigation;
pub mod page;
pub mod paths;
pub mod policy;
pub mod prose;
pub mod rehearsal;
pub mod runbook;
pub mod site;
mod spelled;
mod step_kind;
pub mod step_number;
pub mod step_times;
pub mod term;
pub mod value_path;
pub mod words;
