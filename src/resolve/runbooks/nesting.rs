//! Which steps of a runbook stand in which: asked for each name in it, so it is found out once.

use crate::model::runbook::{Runbook, Step, StepKind};
use rustc_hash::FxHashMap;

/// The steps of a runbook in the order written, each with the one that it stands in.
pub(super) struct Nesting<'r> {
    steps: Vec<&'r Step>,
    /// By its place in `steps`: the place of the step that holds it.
    holders: Vec<Option<usize>>,
    places: FxHashMap<&'r str, usize>,
}

impl<'r> Nesting<'r> {
    /// The steps of this runbook, in the order of [`Runbook::all_steps`].
    pub(super) fn new(runbook: &'r Runbook) -> Self {
        let mut nesting = Self {
            steps: Vec::new(),
            holders: Vec::new(),
            places: FxHashMap::default(),
        };
        for steps in [&runbook.steps, &runbook.on_failure, &runbook.finally] {
            nesting.add(steps, None);
        }
        nesting
    }

    fn add(&mut self, steps: &'r [Step], holder: Option<usize>) {
        for step in steps {
            let place = self.steps.len();
            self.steps.push(step);
            self.holders.push(holder);
            // Of two with one name, which is an error of its own, the first is meant.
            self.places.entry(&step.id.value).or_insert(place);
            self.add(step.kind.steps(), Some(place));
        }
    }

    /// In the order written, those inside a step behind it.
    pub(super) fn steps(&self) -> &[&'r Step] {
        &self.steps
    }

    /// The place of the step with this id.
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// The names of all steps.
    pub(super) fn ids(&self) -> Vec<&'r str> {
        self.steps
            .iter()
            .map(|step| step.id.value.as_str())
            .collect()
    }

    /// The places of a step and of those that it stands in, the innermost first.
    fn outwards(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        // What is done at the end of a runbook is asked for behind its last step.
        let first = (place < self.steps.len()).then_some(place);
        std::iter::successors(first, |place| self.holders[*place])
    }

    /// Why the step at a place has no values before the step at `at`; nothing if it has.
    pub(super) fn not_yet(&self, place: usize, at: usize) -> Option<&'static str> {
        let there: Vec<usize> = self.outwards(at).skip(1).collect();
        if there.contains(&place) {
            return Some("has not ended at this place: it holds this step");
        }
        if place >= at {
            return Some("has not run yet at this place");
        }
        let shared = self
            .outwards(place)
            .skip(1)
            .find(|outer| there.contains(outer));
        let is_parallel = |outer: usize| matches!(self.steps[outer].kind, StepKind::Parallel(_));
        match shared.is_some_and(is_parallel) {
            true => Some("runs at the same time as this step"),
            false => None,
        }
    }

    /// Whether a step runs once for each item of a loop that the step at `at` is not in.
    pub(super) fn is_repeated(&self, place: usize, at: usize) -> bool {
        let here: Vec<usize> = self.outwards(at).collect();
        let mut there = self.outwards(place);
        there.any(|outer| self.steps[outer].for_each.is_some() && !here.contains(&outer))
    }

    /// The names of the items of the loops around a step, and with `own` of its own loop.
    pub(super) fn items(&self, place: usize, own: bool) -> Vec<&'r str> {
        let around = self.outwards(place).skip(usize::from(!own));
        let each = around.filter_map(|outer| self.steps[outer].for_each.as_ref());
        each.map(|each| each.name.value.as_str()).collect()
    }
}
