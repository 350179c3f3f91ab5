//! What the runs of a runbook tell about it: how often, when last, and how long they take.

use super::standing;
use super::{readable, store};
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::state::RunState;
use crate::exec::store::Run;
use crate::times;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The runs of a runbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// How many there were.
    runs: usize,
    /// The day of the last one, in UTC, and how it is.
    last: Option<(String, String)>,
    /// How many seconds each finished one took.
    seconds: Vec<u64>,
}

/// The history of each runbook of a project. A run that cannot be read tells nothing.
pub fn read_histories(project: &Path) -> BTreeMap<String, History> {
    let mut histories: BTreeMap<String, History> = BTreeMap::new();
    let readable = store(project).and_then(|store| readable(&store));
    let (runs, _) = readable.unwrap_or_default();
    for (run, _) in runs {
        let Ok(contents) = run.contents() else {
            continue;
        };
        let history = histories.entry(run.plan.runbook.clone()).or_default();
        history.add(&run, &contents.entries);
    }
    histories
}

impl History {
    fn add(&mut self, run: &Run, entries: &[Entry]) {
        let state = RunState::fold(entries);
        self.runs += 1;
        let day = entries.first().and_then(|entry| entry.at.split('T').next());
        self.last = day.map(|day| (day.to_owned(), standing::word(run, &state)));
        let finished = entries
            .iter()
            .find(|entry| matches!(entry.event, Event::RunFinished { .. }));
        if let (Some(first), Some(last)) = (entries.first(), finished) {
            self.seconds.push(times::seconds(&first.at, &last.at));
        }
    }

    /// The middle of what finished runs took, in seconds.
    fn median(&self) -> Option<u64> {
        let mut seconds = self.seconds.clone();
        seconds.sort_unstable();
        seconds.get(seconds.len() / 2).copied()
    }

    /// The history in a few words.
    pub fn summary(&self) -> String {
        let Some((day, state)) = &self.last else {
            return "never run here".to_owned();
        };
        match self.median() {
            Some(median) => format!(
                "last run {day} {state}, median {} of {}",
                times::elapsed(median),
                self.seconds.len()
            ),
            None => format!("last run {day} {state}"),
        }
    }

    /// The history as JSON.
    pub fn json(&self) -> Value {
        let last = self
            .last
            .as_ref()
            .map(|(day, state)| json!({ "day": day, "state": state }));
        json!({
            "runs": self.runs,
            "finished": self.seconds.len(),
            "last": last,
            "median_seconds": self.median(),
        })
    }
}
