//! A [`Site`](crate::model::site::Site) to files: plan, then write.
//!
//! [`plan`](plan::plan) makes every byte of the site from the model and the theme and touches
//! nothing; [`write`](write::write) makes a folder hold it, [`bundle`](bundle::write) a zip. Text from outside is escaped in one
//! place, `html`.

pub mod bundle;
mod code;
mod commands;
mod copy;
mod destructive;
mod directive_output;
mod escape;
mod feeds;
mod flow;
mod folders;
mod freshness;
mod generated_page;
mod generated_pages;
mod glossary;
mod highlight;
pub mod highlight_cache;
pub(crate) mod html;
mod messages;
mod moved;
mod order;
mod outputs;
mod page;
mod pattern;
pub mod plan;
mod portable;
mod roles;
mod run_mode;
mod runbook;
mod sidebar;
mod step_times;
mod steps;
pub mod theme;
pub mod write;
