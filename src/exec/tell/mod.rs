//! What people read of a run: before it, while it goes on, and afterwards.

pub mod following;
pub mod preview;
pub mod question;
pub mod report;
pub mod verify;
