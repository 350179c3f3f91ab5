//! A taking back that was begun and has no end: what became of it, and the command that ends it.

use crate::exec::state::{End, Progress, RunState, StepState, UndoState};

/// A taking back that was begun and has no end: it was cut off, or an undo in it failed. Before it is
/// ended an open run does not go on, or it would build on what is not there any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unended {
    /// What became of it.
    pub words: String,
    /// The step to end it with, if only a part was to be taken back.
    only: Option<String>,
    /// Whether the run is finished, so that somebody has to confirm it.
    is_finished: bool,
    /// Whether it was cut off: then nobody knows more than that it has to go on.
    is_cut_off: bool,
    /// The step whose undo waits for a person at a terminal, if nothing else is in the way.
    needs_terminal: Option<String>,
}

impl Unended {
    /// That of a run, if there is one. What was taken back on purpose as a part is none.
    pub fn of(state: &RunState) -> Option<Self> {
        let those = |is: fn(&StepState) -> bool| -> Vec<&str> {
            let steps = state.steps.iter().filter(|(_, found)| is(found));
            steps.map(|(path, _)| path.as_str()).collect()
        };
        let begun = those(|found| matches!(found.undo, UndoState::Started(_)));
        let refused = those(|found| found.undo_refused.is_some());
        let failed = those(|found| {
            matches!(found.undo, UndoState::Failed(_)) && found.undo_refused.is_none()
        });
        let back = those(|found| found.undo == UndoState::Done && !found.rewound);
        let rewound = those(|found| found.progress == Progress::TakenBack);
        let is_part_cut_off = !state.rewinding.is_empty() && !rewound.is_empty();
        let is_cut_off = is_part_cut_off || state.undoing_all;
        let open = || begun.iter().chain(&failed).chain(&refused);
        if open().next().is_none() && back.is_empty() && !is_cut_off {
            return None;
        }
        let is_chosen = |path: &&str| state.rewinding.contains(*path);
        let is_part = !state.undoing_all && back.is_empty() && open().all(is_chosen);
        let only = open().next();
        let only = only.map(|path| (*path).to_owned());
        let only = only.or_else(|| state.rewinding.first().cloned());
        let mut words = Vec::new();
        if !failed.is_empty() {
            words.push(format!("the undo of {} failed", failed.join(", ")));
        }
        if !begun.is_empty() {
            words.push(format!("the undo of {} was cut off", begun.join(", ")));
        }
        if !refused.is_empty() {
            words.push(format!(
                "the undo of {} needs a terminal",
                refused.join(", ")
            ));
        }
        if words.is_empty() {
            words.push("the undo was cut off".to_owned());
        }
        Some(Self {
            words: words.join(", "),
            only: only.filter(|_| is_part),
            is_finished: state.end == Some(End::Finished),
            is_cut_off: failed.is_empty() || !begun.is_empty(),
            needs_terminal: match begun.is_empty() && failed.is_empty() {
                true => refused.first().map(|path| (*path).to_owned()),
                false => None,
            },
        })
    }

    /// Whether that of a run was cut off. One that has ended with everything taken back has none.
    pub fn is_cut_off(state: &RunState) -> bool {
        state.end != Some(End::Undone) && Self::of(state).is_some_and(|unended| unended.is_cut_off)
    }

    /// Whether nothing but a person at a terminal is missing.
    pub fn needs_terminal(&self) -> bool {
        self.needs_terminal.is_some()
    }

    /// The path of the step whose undo waits for that, if nothing else is in the way.
    pub fn at_terminal(&self) -> Option<&str> {
        self.needs_terminal.as_deref()
    }

    /// The command that ends it; `run` is what people call the run.
    pub fn command(&self, run: &str) -> String {
        let only = self.only.as_ref();
        let only = only.map_or_else(String::new, |step| format!(" --only {step}"));
        let confirm = match self.is_finished {
            true => format!(" --confirm {run}"),
            false => String::new(),
        };
        format!("runbook undo {run}{only}{confirm}")
    }
}
