//! What has to hold of a run after each death, and at its end.

use super::{PEOPLE, World, at, recorded};
use crate::exec::plan::{Effect, Kind, Plan, Step, paths};
use crate::exec::record::event::{Event, Verdict};
use crate::exec::record::inbox;
use crate::exec::state::outline;
use crate::exec::state::{End, RunState};
use crate::exec::store::LockedRun;
use std::collections::BTreeMap;

impl World {
    /// Holds the run to what is promised. `ended` says that it should have come to its end.
    pub(in super::super) fn check(&self, what: &str, ended: bool) {
        let runs = self
            .store()
            .runs()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(runs.len() <= 1, "{what}: {} runs", runs.len());
        for shown in self.known("shown") {
            let there = runs.iter().any(|run| run.id == shown);
            assert!(there, "{what}: the run that was shown is gone");
        }
        let Some(run) = runs.first() else { return };
        let driven = self.store().drive(run.clone(), at());
        let driven = driven.unwrap_or_else(|error| panic!("{what}: {error}"));
        let entries = driven.journal.entries().iter();
        let events: Vec<Event> = entries.map(|entry| entry.event.clone()).collect();
        assert!(
            matches!(events[0], Event::RunCreated { .. }),
            "{what}: {events:?}"
        );
        self.nothing_recorded_is_lost(what, &events);
        one_start_at_a_time_and_none_after_its_end(what, &self.plan, &events);
        let state = RunState::fold(driven.journal.entries());
        self.effects_are_not_repeated(what, &state);
        if ended {
            self.it_is_finished(what, &driven, &events);
        }
    }

    /// (e) Nothing before the last record that was acknowledged is lost.
    fn nothing_recorded_is_lost(&self, what: &str, events: &[Event]) {
        let events: Vec<String> = events.iter().map(recorded).collect();
        for fact in self.disk.facts() {
            let lost = fact.starts_with("recorded ") && !events.contains(&fact);
            assert!(!lost, "{what}: {fact} is lost");
        }
    }

    /// (c) What must happen once is never repeated.
    fn effects_are_not_repeated(&self, what: &str, state: &RunState) {
        let steps = outline::steps(&self.plan, state).into_iter();
        for step in steps.filter(|step| step.effect == Effect::Once) {
            let effects = self.effects(&step.id);
            assert!(effects <= 1, "{what}: {} happened {effects} times", step.id);
        }
    }

    fn it_is_finished(&self, what: &str, driven: &LockedRun, events: &[Event]) {
        let state = RunState::fold(driven.journal.entries());
        assert_eq!(state.end, Some(End::Finished), "{what}");
        let steps = outline::steps(&self.plan, &state).into_iter();
        for step in steps.filter(is_command) {
            let effects = self.effects(&step.id);
            assert!(effects >= 1, "{what}: {} never happened", step.id);
            let outputs = &state.steps[&step.id].outputs;
            let whole = outputs
                .get("by")
                .is_none_or(|by| *by == format!("by={}\n", step.id));
            assert!(
                whole,
                "{what}: outputs of {} are lost: {outputs:?}",
                step.id
            );
        }
        // (d) A gate has one resolution; a person is heard once.
        let yes = |event: &&Event| matches!(event, Event::GateApproved { .. });
        let wanted = self.plan.step("go").map_or(0, |_| PEOPLE.len());
        let heard = events.iter().filter(yes).count();
        assert_eq!(heard, wanted, "{what}: {events:?}");
        assert!(
            !inbox::has_mail(&driven.run.inbox()),
            "{what}: a letter is left"
        );
    }
}

/// (a) A finished step is not started again; (b) at most one start is without its end, but for
/// those of one parallel block.
fn one_start_at_a_time_and_none_after_its_end(what: &str, plan: &Plan, events: &[Event]) {
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut ended: Vec<&str> = Vec::new();
    for event in events {
        match event {
            Event::StepStarted { step, attempt, .. } => {
                assert!(
                    !ended.contains(&step.as_str()),
                    "{what}: {step} is started again"
                );
                let other = open.insert(step, *attempt);
                assert_eq!(other, None, "{what}: two starts of {step}");
                let block = block(plan, step);
                let beside = open.keys().all(|other| self::block(plan, other) == block);
                assert!(beside, "{what}: {step} is started beside {open:?}");
            }
            Event::StepFinished { step, attempt, .. } => {
                assert_eq!(open.remove(step.as_str()), Some(*attempt), "{what}: {step}");
                ended.push(step);
            }
            Event::StepResolved {
                step,
                attempt,
                verdict,
                ..
            } => {
                assert_eq!(open.remove(step.as_str()), Some(*attempt), "{what}: {step}");
                if *verdict == Verdict::Done {
                    ended.push(step);
                }
            }
            _ => {}
        }
    }
}

/// The step of the plan's list that a step is, or stands in.
fn block<'p>(plan: &'p Plan, id: &str) -> &'p str {
    let id = paths::base(id);
    let holds = |step: &&Step| step.id == id || step.children().iter().any(|step| step.id == id);
    let found = plan.steps.iter().find(holds);
    &found.expect("the step is in the plan").id
}

fn is_command(step: &Step) -> bool {
    matches!(step.kind, Kind::Command(_) | Kind::Check(_))
}
