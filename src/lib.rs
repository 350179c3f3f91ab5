//! Markdown guides and YAML runbooks to a documentation site, and the same runbooks run
//! step by step from a terminal.
//!
//! ```text
//!  content/**/*.md   ┐
//!  content/data/*.yaml├▶ load ─▶ parse ─▶ resolve ─▶ model::site::Site ─┬▶ site  ─▶ public/**
//!  runbooks/*.yaml   │                                                  ├▶ check ─▶ findings
//!  site.yaml         ┘                                                  └▶ exec  ─▶ a run's journal
//! ```
//!
//! Text becomes a draft, a draft becomes a `Site`, a `Site` becomes files; [`driver`] is the
//! only place where the stages meet. `docs/architecture.md` says who may know whom, and
//! `tests/tidy.rs` holds it.

pub mod check;
pub mod cli;
pub mod diag;
pub mod driver;
pub mod exec;
pub mod files;
pub mod git;
pub mod known_errors;
pub mod load;
pub mod model;
pub mod parse;
pub mod printable;
#[cfg(test)]
mod properties;
pub mod release;
pub mod resolve;
pub mod runs;
pub mod screen;
pub mod search;
pub mod serve;
pub mod signatures;
pub mod site;
pub mod source;
pub mod starter;
pub mod times;
