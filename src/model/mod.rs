//! Plain data that every stage shares: what a project is, once it is read.

pub mod expression;
pub mod prose;
pub mod runbook;
