//! What can be wanted of runs, whoever asks: plan one and begin it, find one,
//! say how it is, answer it, leave it to another process, let it go on by a changed runbook. Each is a function with a
//! result and an error of its own; how they are shown is the business of `cli` and `serve`.

mod damaged;
mod deliver;
pub mod detach;
mod error;
mod find;
mod gates;
pub mod history;
pub mod lock_wait;
pub mod origin;
pub mod planning;
pub mod remove;
pub mod replan;
pub mod signing;
pub mod sources;
pub mod standing;
pub mod take_up;
pub mod times;

pub use damaged::Damaged;
pub use deliver::{Delivered, deliver};
pub use error::RunsError;
pub use find::{
    Found, ReadableRuns, find, is_done_with, look_at_files, look_up, read, readable, store,
};
pub use gates::{Gate, any_gate, gate, gate_of};

/// The operating system's name of the person who runs this program.
pub fn account() -> String {
    let uid = nix::unistd::Uid::effective();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| format!("uid-{uid}"), |user| user.name)
}
