//! The numbers of a plan's steps: the same on every screen, whatever is left out or repeated.

use super::{Plan, Step, paths};
use crate::model::step_number;

impl Plan {
    /// The number of the step that a path belongs to, such as `3` or `3.1`; nothing for a step that is done
    /// after a failure or at the end.
    pub fn number(&self, path: &str) -> Option<String> {
        number(&self.steps, None, &paths::base(path))
    }

    /// The number as it is shown: what is done after a failure or at the end has a sign in its place.
    pub fn shown_number(&self, path: &str) -> String {
        self.number(path)
            .unwrap_or_else(|| step_number::BESIDE.to_owned())
    }
}

fn number(steps: &[Step], above: Option<&str>, id: &str) -> Option<String> {
    let numbered = steps.iter().enumerate();
    let mut numbered = numbered.map(|(at, step)| (step_number::number(above, at), step));
    numbered.find_map(|(own, step)| match step.id == id {
        true => Some(own),
        false => number(step.children(), Some(&own), id),
    })
}
