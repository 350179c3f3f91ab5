//! Runs runbooks: plan, then apply.
//!
//! A run is its journal. [`plan::freeze`] writes a [`plan`] of what will be done before anything is done;
//! [`record::event`]s are on disk, in the [`record::journal`], before anything that depends on them happens;
//! [`state`] is the fold of the events and nothing else; [`state::next`] decides from plan and state, without
//! touching the world, what is to be done; the [`engine`] does it. A step's process belongs to a
//! [`process::shim`] of its own, so that killing the program neither kills nor loses nor doubles it.
//!
//! ```text
//! crash ▶ rehearsal ▶ tell ▶ engine ▶ store ▶ process ▶ state ▶ record ▶ plan ▶ machine ▶ digest
//! ```
//!
//! Arrows go right; `tests/tidy.rs` holds them.

#[cfg(test)]
mod crash;
pub mod digest;
pub mod engine;
pub mod machine;
pub mod plan;
pub mod process;
pub mod record;
pub mod rehearsal;

pub mod state;
pub mod store;
pub mod tell;
