//! What a release is called and what it says: the next version by the commits since the last one, and
//! the files that hold a version. Pure: whoever asks brings commits, tags and texts.

pub mod commits;
pub mod next;
#[cfg(test)]
mod properties;
pub mod sources;
