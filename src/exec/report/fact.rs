//! A line of the journal, read by the names of its format.
//!
//! The report reads events this way and not by their types, so that it tells of every event there
//! is, those included that it has no sentence for.

use crate::exec::event::{Attached, Event, Vouched};
use crate::exec::journal::Entry;
use serde_json::{Map, Value};

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// When it was written.
    pub(super) at: String,
    /// Its number, from 1.
    pub(super) line: usize,
    /// The type of the event.
    pub(super) kind: String,
    /// The other members.
    pub(super) members: Map<String, Value>,
    /// Whether the step it is about had failed before it.
    pub(super) after_failure: bool,
    /// Files that came with it.
    pub(super) files: Vec<Attached>,
    /// Whether it is a doubt that a person settled.
    settled_by_person: bool,
}

/// The lines of a journal.
pub(super) fn read(entries: &[Entry]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut failed: Vec<String> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let Ok(Value::Object(mut members)) = serde_json::to_value(&entry.event) else {
            continue;
        };
        let kind = match members.remove("type") {
            Some(Value::String(kind)) => kind,
            _ => continue,
        };
        let mut fact = Fact {
            at: entry.at.clone(),
            line: at + 1,
            kind,
            members,
            after_failure: false,
            files: attached(&entry.event),
            settled_by_person: matches!(
                &entry.event,
                Event::StepResolved { by, .. } if by.is_person()
            ),
        };
        fact.after_failure = failed.iter().any(|step| step == fact.step());
        failed.retain(|step| step != fact.step());
        if fact.is_failure() {
            failed.push(fact.step().to_owned());
        }
        facts.push(fact);
    }
    facts
}

/// The files that people attached to an event.
fn attached(event: &Event) -> Vec<Attached> {
    let vouched = event.vouches_for().into_iter();
    let files = vouched.filter_map(|vouched| match vouched {
        Vouched::Evidence(file) => Some(file.clone()),
        _ => None,
    });
    files.collect()
}

impl Fact {
    /// A member that is a text; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// A member that is a text and not empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        let text = self.members.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// A member that is a number from 0.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.members.get(name)?.as_u64()
    }

    /// A member that gives values by name.
    pub(super) fn values(&self, name: &str) -> Vec<(String, String)> {
        let values = self.members.get(name).and_then(Value::as_object);
        let pair =
            |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        values.into_iter().flatten().filter_map(pair).collect()
    }

    /// The step it is about; empty for the run as a whole.
    pub(super) fn step(&self) -> &str {
        self.text("step")
    }

    /// Whether a command ended without success.
    pub(super) fn is_failure(&self) -> bool {
        self.kind == "step.finished" && matches!(self.text("outcome"), "failed" | "timed_out")
    }

    /// Whether what it says went well.
    pub(super) fn is_ok(&self) -> bool {
        self.members.get("ok") == Some(&Value::Bool(true))
    }

    /// Whether a finished step was found to be no longer so.
    pub(super) fn is_lost(&self) -> bool {
        self.text("answer") == "absent" && self.members.get("finished") == Some(&Value::Bool(true))
    }

    /// Whether it is what a person said, did or decided, a remark apart.
    pub(super) fn is_of_a_person(&self) -> bool {
        match self.kind.as_str() {
            "gate.approved" | "gate.rejected" | "manual.completed" | "step.done_by_hand"
            | "run.aborted" | "run.undone" | "run.limit_lifted" | "plan.changed"
            | "outputs.given" | "undo.chosen" | "undo.all_chosen" | "undo.resolved"
            | "step.env_edited" => true,
            "decision.made" => self.given("because").is_none(),
            "step.resolved" => self.settled_by_person,
            "step.skipped" => self.given("by").is_some(),
            _ => false,
        }
    }

    /// Whether nothing of the runbook comes after it.
    pub(super) fn ends_the_run(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "run.finished"
                | "run.failed"
                | "run.aborted"
                | "run.undone"
                | "gate.rejected"
                | "gate.expired"
        )
    }
}
