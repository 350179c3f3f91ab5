//! What a release is called and what it says: the next version by the commits since the last one, the
//! files that hold a version, and the section of a changelog. Pure: whoever asks brings commits, tags and
//! texts.

pub mod changelog;
pub mod commits;
pub mod next;
#[cfg(test)]
mod properties;
pub mod sources;
