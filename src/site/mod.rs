//! A [`Site`](crate::model::site::Site) to files: plan, then write.
//!
//! [`plan`](plan::plan) makes every byte of the site from the model and the theme and touches
//! nothing; [`write`](write::write) makes a folder hold it, [`bundle`](bundle::write) a zip. Text from outside is escaped in one
//! place, `html`.

pub mod bundle;
mod by_hand;
mod code;
mod commands;
mod copy;
mod destructive;
mod escape;
mod feeds;
mod flow;
mod folders;
mod freshness;
mod generated;
mod glossary;
mod highlight;
pub(crate) mod html;
mod made;
mod made_page;
mod moved;
mod order;
mod outputs;
mod page;
pub mod painted;
mod pattern;
pub mod plan;
mod portable;
mod roles;
mod runbook;
mod sidebar;
mod steps;
pub mod theme;
pub mod write;
