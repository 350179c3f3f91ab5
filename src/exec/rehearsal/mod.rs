//! Rehearsals: the real engine and shim on a runbook whose commands are fakes.
//!
//! `fakes` puts the fakes into a copy of the runbook, `sandbox` keeps a run of it in a folder that
//! goes away and drives it by the program's own verbs, as a person without a terminal would; a
//! `fake` is a process that does as the case says; `path` reads from the journal what happened.
//! Nothing of the runbook's own is ever started.

mod expectation;
pub mod fake;
mod fakes;
mod path;
pub mod play;
mod sandbox;
