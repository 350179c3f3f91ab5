//! What runs: a command with its shim, what it may know and must not say, and what it is told to end by.

pub(in crate::exec) mod command;
pub mod isolation;
pub mod lines;
pub mod masks;
pub mod own_program;
pub mod secrets;
pub mod shim;
pub mod signals;
