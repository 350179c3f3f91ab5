//! A [`Site`](crate::model::site::Site) to files: plan, then write.
//!
//! [`plan`](plan::plan) makes every byte of the site from the model and the theme and touches
//! nothing; [`write`](write::write) makes a folder hold it. Text from outside is escaped in one
//! place, `html`.

mod copy;
mod generated;
mod highlight;
mod html;
mod page;
pub mod plan;
mod runbook;
mod sidebar;
mod theme;
mod units;
pub mod write;
