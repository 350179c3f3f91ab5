//! The state of a run: the fold of its events, and nothing else.

use crate::exec::event::{Event, Outcome, Verdict};
use crate::exec::journal::Entry;
use std::collections::BTreeMap;

/// What is known of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunState {
    /// What is known of each step that something happened to.
    pub steps: BTreeMap<String, StepState>,
    /// Whether and how it ended.
    pub end: Option<End>,
    /// The person who started it.
    pub initiator: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing is left to do.
    Finished,
    /// A person said no, or nobody answered in time.
    Refused,
    /// A person ended it.
    Aborted,
    /// What it did is taken back.
    Undone,
}

/// What is known of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepState {
    /// How far it is.
    pub progress: Progress,
    /// The last try, from 1; 0 before the first.
    pub attempt: u32,
    /// What it handed on.
    pub outputs: BTreeMap<String, String>,
    /// What a person wrote down.
    pub fields: BTreeMap<String, String>,
    /// What a person chose.
    pub choice: Option<String>,
    /// Its last exit code.
    pub exit: Option<i32>,
    /// How many people have to say yes.
    pub wanted: u32,
    /// Who said yes, in order.
    pub approved_by: Vec<String>,
    /// What is to be allowed, filled in.
    pub gate_text: Option<String>,
    /// When silence becomes a no.
    pub expires: Option<String>,
    /// Whether and how it was taken back.
    pub undo: UndoState,
}

/// How far the taking back of a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UndoState {
    /// Nobody tried.
    #[default]
    None,
    /// Its command was started in this try.
    Started(u32),
    /// It failed in this try.
    Failed(u32),
    /// It is taken back.
    Done,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing happened yet, or what happened is known to have had no effect.
    #[default]
    Pending,
    /// Its command was started, and nobody has said how it ended.
    Started,
    /// Nobody knows whether it happened.
    InDoubt,
    /// It waits for people.
    Waiting,
    /// It is done.
    Done,
    /// It was already so.
    NotNeeded,
    /// It failed, and that only warns.
    Warned,
    /// It failed.
    Failed,
}

impl Progress {
    /// Whether the next step may come.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::NotNeeded | Self::Warned)
    }

    /// The word shown to people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "to do",
            Self::Started => "running",
            Self::InDoubt => "in doubt",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::NotNeeded => "already so",
            Self::Warned => "warned",
            Self::Failed => "failed",
        }
    }
}

impl RunState {
    /// The state after these events.
    pub fn fold(entries: &[Entry]) -> Self {
        let mut state = Self::default();
        for entry in entries {
            state.apply(&entry.event);
        }
        state
    }

    /// How far a step is.
    pub fn progress(&self, step: &str) -> Progress {
        self.steps
            .get(step)
            .map_or(Progress::Pending, |step| step.progress)
    }

    fn step(&mut self, id: &str) -> &mut StepState {
        self.steps.entry(id.to_owned()).or_default()
    }

    /// Takes one more event in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::RunCreated { initiator, .. } => self.initiator.clone_from(initiator),
            Event::StepNotNeeded { step } => self.step(step).progress = Progress::NotNeeded,
            Event::StepStarted { step, attempt } => {
                let step = self.step(step);
                step.progress = Progress::Started;
                step.attempt = *attempt;
            }
            Event::StepFinished {
                step,
                outcome,
                exit,
                outputs,
                ..
            } => {
                let step = self.step(step);
                step.exit = *exit;
                step.outputs.clone_from(outputs);
                step.progress = match outcome {
                    Outcome::Ok => Progress::Done,
                    Outcome::Warned => Progress::Warned,
                    Outcome::Failed | Outcome::TimedOut => Progress::Failed,
                };
            }
            Event::StepInDoubt { step, .. } => self.step(step).progress = Progress::InDoubt,
            Event::StepResolved { step, verdict, .. } => {
                self.step(step).progress = match verdict {
                    Verdict::Done => Progress::Done,
                    Verdict::Absent => Progress::Pending,
                };
            }
            Event::NotifySent { step, .. } | Event::StepDoneByHand { step, .. } => {
                self.step(step).progress = Progress::Done;
            }
            Event::GateOpened {
                step,
                text,
                count,
                expires,
            } => {
                let step = self.step(step);
                step.wanted = *count;
                step.progress = Progress::Waiting;
                step.gate_text = Some(text.clone());
                step.expires.clone_from(expires);
            }
            Event::GateApproved { step, by, .. } => {
                let step = self.step(step);
                step.approved_by.push(by.clone());
                if step.approved_by.len() >= step.wanted as usize {
                    step.progress = Progress::Done;
                }
            }
            Event::GateRejected { step, .. } | Event::GateExpired { step } => {
                self.step(step).progress = Progress::Failed;
                self.end = Some(End::Refused);
            }
            Event::ManualCompleted { step, fields, .. } => {
                let step = self.step(step);
                step.fields.clone_from(fields);
                step.progress = Progress::Done;
            }
            Event::DecisionMade { step, choice, .. } => {
                let step = self.step(step);
                step.choice = Some(choice.clone());
                step.progress = Progress::Done;
            }
            Event::UndoStarted { step, attempt } => {
                self.step(step).undo = UndoState::Started(*attempt)
            }
            Event::UndoFinished {
                step, attempt, ok, ..
            } => {
                self.step(step).undo = if *ok {
                    UndoState::Done
                } else {
                    UndoState::Failed(*attempt)
                };
            }
            Event::RunUndone { .. } => self.end = Some(End::Undone),
            Event::RunAborted { .. } => self.end = Some(End::Aborted),
            Event::RunFinished {} => self.end = Some(End::Finished),
            Event::RunOpened { .. } | Event::NoteAdded { .. } | Event::JournalRecovered { .. } => {}
        }
    }
}
