//! Runs runbooks: plan, then apply.
//!
//! A run is its journal. [`freeze`] writes a [`plan`] of what will be done before anything is done; [`event`]s
//! are on disk, in the [`journal`], before anything that depends on them happens; [`state`] is
//! the fold of the events and nothing else; [`next`] decides from plan and state, without
//! touching the world, what is to be done; the [`engine`] does it. A step's process belongs to a
//! [`shim`] of its own, so that killing the program neither kills nor loses nor doubles it.

pub mod answers;
mod backoff;
mod calls;
pub mod causes;
mod channels;
mod command;
mod condition;
#[cfg(test)]
mod crash;
pub mod digest;
pub mod disk;
pub mod driving;
pub mod ending;
pub mod engine;
pub mod event;
pub mod evidence;
pub mod following;
pub mod freeze;
pub mod inbox;
pub mod journal;
pub mod lines;
mod lost_outputs;
pub mod machine;
pub mod masks;
pub mod next;
pub mod operator;
pub mod outline;
pub mod params;
pub mod paths;
pub mod plan;
pub mod private;
pub mod prospect;
pub mod rehearsal;
pub mod replan;
pub mod report;
pub mod secrets;
pub mod selection;
pub mod sending;
pub mod shim;
pub mod signals;
pub mod span;
pub mod state;
pub mod store;
pub mod taking_back;
pub mod target;
pub mod tries;
pub mod unended;
mod until;
pub mod values;
pub mod verify;
pub mod waiting;
