//! Runs that cannot be read: they are named, and hide no other.

use crate::exec::store::{StoreError, short};

/// The runs that cannot be read.
#[derive(Debug, Default)]
pub struct Damaged {
    /// A line for each.
    pub lines: Vec<String>,
    /// Whether there is more to them than that a newer program wrote them.
    altered: bool,
}

impl Damaged {
    /// Adds a run that is passed over.
    pub fn add(&mut self, id: &str, error: &StoreError) {
        self.altered |= !error.is_newer();
        let line = format!("run {} cannot be read: {error}", short(id));
        self.lines.push(line);
    }

    /// Whether one of them was altered, and not only written by a newer program.
    pub fn is_altered(&self) -> bool {
        self.altered
    }
}
