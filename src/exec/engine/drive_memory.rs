//! What a drive remembers of steps beside the journal, so that it does not ask the same thing over
//! and over. The next driver begins without it, and so tries once more: people may have come, and
//! what could not be reached may be there.

use crate::exec::plan::Step;
use std::collections::{BTreeMap, BTreeSet};

/// What was found out in this drive, by the paths of steps.
#[derive(Default)]
pub(super) struct DriveMemory {
    stuck: BTreeSet<String>,
    doubted: BTreeSet<String>,
    refused: BTreeSet<String>,
    helped: BTreeSet<String>,
    shown: BTreeMap<String, Vec<String>>,
}

impl DriveMemory {
    /// Remembers what a probe said and people were shown; whether that is other than before.
    pub(super) fn is_news(&mut self, step: &Step, lines: &[String]) -> bool {
        let before = self.shown.insert(step.id.clone(), lines.to_vec());
        before.as_deref().unwrap_or_default() != lines
    }

    /// Remembers that people were told what helps with the failure of a step.
    pub(super) fn helped(&mut self, step: &Step) {
        self.helped.insert(step.id.clone());
    }

    /// Whether people were told in this drive what helps with the failure of a step.
    pub(super) fn is_helped(&self, step: &Step) -> bool {
        self.helped.contains(&step.id)
    }

    /// Remembers that a step cannot go on without somebody who is not here.
    pub(super) fn stuck(&mut self, step: &Step) {
        self.stuck.insert(step.id.clone());
    }

    /// Whether a step cannot go on without somebody who is not here.
    pub(super) fn is_stuck(&self, step: &Step) -> bool {
        self.stuck.contains(&step.id)
    }

    /// Remembers that the `verify` of a step in doubt was asked, or need not be; whether this is
    /// new.
    pub(super) fn doubted(&mut self, step: &Step) -> bool {
        self.doubted.insert(step.id.clone())
    }

    /// Remembers that a step was begun in this drive, and is to be given the terminal.
    pub(super) fn refused(&mut self, step: &Step) {
        self.refused.insert(step.id.clone());
    }

    /// Whether a step was begun in this drive that is to be given the terminal: whoever began it is not
    /// asked again.
    pub(super) fn is_refused(&self, step: &Step) -> bool {
        self.refused.contains(&step.id)
    }
}
