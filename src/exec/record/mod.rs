//! What is written down of a run, and read again: nothing here knows what follows from it.

pub mod causes;
pub mod disk;
pub mod event;
pub mod evidence;
pub mod inbox;
pub mod journal;
pub mod private;
pub mod request;
pub mod statement;
pub mod storage;
