//! A small world in which a run is driven: a disk in memory, things outside that a command
//! changes for good, and people who say the truth.
//!
//! It goes the way of the engine, with the real store, journal, inbox, marks of a try, state and
//! `next`; only the command is a counter. Steps of a parallel block run at once: each has begun
//! before the first of them ends. What the world was told is safe, it remembers outside, and
//! [`World::check`] holds the run to it.

mod promises;
mod tries;

use crate::exec::engine::operator::Operator;
use crate::exec::engine::{Engine, EngineError};
use crate::exec::machine::Process;
use crate::exec::plan::{Plan, Step};
use crate::exec::record::causes::SettledBy;
use crate::exec::record::disk::memory::Memory;
use crate::exec::record::disk::{Disk, FileKind};
use crate::exec::record::event::Event;
use crate::exec::record::inbox::{self, Fate, Message};
use crate::exec::record::journal::JournalError;
use crate::exec::record::storage::StorageError;
use crate::exec::record::storage::far::Far;
use crate::exec::state::RunState;
use crate::exec::state::next::{Action, next};
use crate::exec::store::{LockedRun, Store, StoreError};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tries::RunningAttempt;

/// Why driving stopped.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the run does not come to its end")]
    Endless,
}

pub(super) struct World {
    /// What tries leave, what is known outside, and the record unless it is far away.
    pub(super) disk: Memory,
    /// Where the record is, if it is not on the disk.
    pub(super) far: Option<Far>,
    /// Whether it is filmed for its recovery alone, which ends when a step begins.
    pub(super) recovers: bool,
    plan: Plan,
    /// The tries that the present driver waits for.
    alive: Vec<RunningAttempt>,
}

const PEOPLE: [&str; 2] = ["bob", "cleo"];
const ROOT: &str = "/state";

impl World {
    /// A world in which nothing happened yet, and a run with these steps.
    pub(super) fn new(steps: &[&str]) -> Self {
        let disk = Memory::new();
        disk.make_folder(FileKind::Store, Path::new(ROOT))
            .and_then(|()| disk.sync_folder(FileKind::Store, Path::new("/")))
            .expect("nothing fails yet");
        let mut plan: Plan =
            serde_json::from_str(include_str!("plan.json")).expect("the plan is one");
        plan.steps.retain(|step| steps.contains(&step.id.as_str()));
        assert_eq!(plan.steps.len(), steps.len(), "the steps are in the plan");
        Self {
            disk: disk.copy(),
            far: None,
            recovers: false,
            plan,
            alive: Vec::new(),
        }
    }

    /// The same world with what is left on the disk, and nobody who drives.
    pub(super) fn with(&self, disk: Memory) -> Self {
        Self {
            disk,
            far: self.far.as_ref().map(Far::other_process),
            recovers: self.recovers,
            plan: self.plan.clone(),
            alive: Vec::new(),
        }
    }

    /// What is known outside about `word`: `effect`, `recorded`, `shown`, `answered`.
    fn known(&self, word: &str) -> Vec<String> {
        let about = |fact: &String| Some(fact.strip_prefix(word)?.strip_prefix(' ')?.to_owned());
        self.disk.facts().iter().filter_map(about).collect()
    }

    /// How often a command did its work.
    fn effects(&self, step: &str) -> usize {
        let effects = self.known("effect");
        effects.iter().filter(|effect| *effect == step).count()
    }

    fn store(&self) -> Store {
        match &self.far {
            None => Store::on(Arc::new(self.disk.clone()), Path::new(ROOT), "work"),
            Some(far) => {
                let folder = Path::new(ROOT).join("work");
                Store::over(Arc::new(far.clone()), folder)
            }
        }
    }

    /// Begins the run, or goes on with it, and drives it to its end.
    pub(super) fn drive(&mut self) -> Result<(), Stop> {
        let mut driven = self.take()?;
        self.record(&mut driven, Event::RunOpened(Process::default()))?;
        for _ in 0..100 {
            let state = RunState::fold(driven.journal.entries());
            let actions = next(&self.plan, &state);
            match self.first(actions, &state) {
                Some(Action::Begin(step)) => self.begin(&mut driven, &step)?,
                Some(Action::Recover(step)) => self.follow(&step, state.steps[&step.id].attempt),
                None => self.end_one(&mut driven)?,
                Some(Action::Settle(step)) => {
                    let attempt = state.steps[&step.id].attempt;
                    let verdict = self.truth(&step.id);
                    self.resolve(
                        &mut driven,
                        &step,
                        attempt,
                        verdict,
                        SettledBy::Person("ana".to_owned()),
                    )?;
                }
                Some(Action::Gate(_)) => driven = self.people_answer(driven)?,
                Some(Action::Finish) => {
                    let outputs = BTreeMap::new();
                    self.record(&mut driven, Event::RunFinished { outputs })?;
                }
                Some(Action::Ended) => return Ok(()),
                Some(other) => panic!("no step here leads to {other:?}"),
            }
        }
        Err(Stop::Endless)
    }

    /// What is done first: what can begin, then what was left running; nothing but waiting while
    /// something runs, and people and the end last. So does the engine.
    fn first(&self, actions: Vec<Action>, state: &RunState) -> Option<Action> {
        let runs = |step: &Step| self.alive.iter().any(|alive| alive.step.id == step.id);
        let mut rest = actions
            .into_iter()
            .filter(|action| !matches!(action, Action::Recover(step) if runs(step)));
        let mut waits = None;
        for action in rest.by_ref() {
            match action {
                Action::Begin(_) | Action::Recover(_) => return Some(action),
                other => waits = waits.or(Some(other)),
            }
        }
        assert!(state.end.is_none() || self.alive.is_empty());
        waits.filter(|_| self.alive.is_empty())
    }

    /// Begins the run and leaves it there.
    pub(super) fn begin_run(&mut self) {
        drop(self.take().expect("nothing fails"));
    }

    /// Takes the letters in that arrived after the run had ended.
    pub(super) fn take_late_mail(&mut self) {
        drop(self.take().expect("nothing fails"));
    }

    /// As `exec` does; as `resume` does, if the run was shown or has the lock.
    fn take(&mut self) -> Result<LockedRun, Stop> {
        let store = self.store();
        let driven = match self.known("shown").first() {
            Some(run) => store.drive(store.find(run)?, at())?,
            None => match store.begin(self.plan.clone(), at()) {
                Err(StoreError::Locked(locked)) => store.drive(store.find(&locked.run)?, at())?,
                begun => begun?,
            },
        };
        self.disk.know(format!("shown {}", driven.run.id));
        // Where the record is on the disk, the folder of the run came with it.
        if self.far.is_some() {
            let disk: &dyn Disk = &self.disk;
            disk.make_folders(FileKind::Run, &driven.run.folder)?;
        }
        self.take_mail(driven)
    }

    /// Takes the letters in that wait, as a verb without a driver does.
    fn take_mail(&mut self, driven: LockedRun) -> Result<LockedRun, Stop> {
        let (run, store) = (driven.run.clone(), self.store());
        Engine::new(driven, Operator::Absent, "ana".to_owned(), moment).answer()?;
        let driven = store.drive(run, at())?;
        for entry in driven.journal.entries() {
            self.disk.know(recorded(&entry.event));
        }
        Ok(driven)
    }

    fn record(&mut self, driven: &mut LockedRun, event: Event) -> Result<(), Stop> {
        driven.journal.append(at(), event.clone())?;
        self.disk.know(recorded(&event));
        Ok(())
    }

    /// Each person sends a yes, until told that it is on its way.
    fn people_answer(&mut self, driven: LockedRun) -> Result<LockedRun, Stop> {
        let inbox = driven.run.inbox();
        for by in PEOPLE {
            if !self.known("answered").contains(&by.to_owned()) {
                let (step, person) = ("go".to_owned(), by.to_owned());
                let letter = inbox::send(
                    &inbox,
                    &Message::Approve {
                        step,
                        by: person,
                        account: None,
                        conditions: Vec::new(),
                        signed: None,
                    },
                )?;
                self.disk.know(format!("answered {by}"));
                // Far away, whoever took the run over may have taken it in.
                assert!(inbox.fate(&letter)? == Fate::Waits || self.far.is_some());
            }
        }
        self.take_mail(driven)
    }
}

/// The fact that somebody was told that an event is recorded.
fn recorded(event: &Event) -> String {
    let event = serde_json::to_string(event).expect("an event can be written");
    format!("recorded {event}")
}

fn moment() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}

fn at() -> String {
    moment().to_string()
}
