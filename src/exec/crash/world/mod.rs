//! A small world in which a run is driven: a disk in memory, things outside that a command
//! changes for good, and people who say the truth.
//!
//! It goes the way of the engine, with the real store, journal, inbox, marks of a try, state and
//! `next`; only the command is a counter. What it was told is safe, it remembers outside, and
//! [`World::check`] holds the run to it.

use crate::exec::disk::memory::Memory;
use crate::exec::disk::{Disk, Part};
use crate::exec::engine::{Engine, EngineError};
use crate::exec::event::{Event, Outcome, Verdict};
use crate::exec::inbox::{self, Fate, Message};
use crate::exec::journal::JournalError;
use crate::exec::machine::Process;
use crate::exec::next::{Action, next};
use crate::exec::operator::Operator;
use crate::exec::plan::{Effect, Kind, Plan, Step};
use crate::exec::shim::{ExitRecord, Found, Job, Pipes, marks};
use crate::exec::state::{End, RunState};
use crate::exec::store::{Driven, Run, Store, StoreError};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why driving stopped.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the run does not come to its end")]
    Endless,
}

pub(super) struct World {
    pub(super) disk: Memory,
    /// Whether it is filmed for its recovery alone, which ends when a step begins.
    pub(super) recovers: bool,
    plan: Plan,
}

const PEOPLE: [&str; 2] = ["bob", "cleo"];
const ROOT: &str = "/state";

impl World {
    /// A world in which nothing happened yet, and a run with these steps.
    pub(super) fn new(steps: &[&str]) -> Self {
        let disk = Memory::new();
        disk.make_folder(Part::Store, Path::new(ROOT))
            .and_then(|()| disk.sync_folder(Part::Store, Path::new("/")))
            .expect("nothing fails yet");
        let mut plan: Plan =
            serde_json::from_str(include_str!("plan.json")).expect("the plan is one");
        plan.steps.retain(|step| steps.contains(&step.id.as_str()));
        assert_eq!(plan.steps.len(), steps.len(), "the steps are in the plan");
        Self {
            disk: disk.copy(),
            recovers: false,
            plan,
        }
    }

    /// The same world with what is left on the disk.
    pub(super) fn with(&self, disk: Memory) -> Self {
        Self {
            disk,
            recovers: self.recovers,
            plan: self.plan.clone(),
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
        Store::on(Arc::new(self.disk.clone()), Path::new(ROOT), "work")
    }

    /// Begins the run, or goes on with it, and drives it to its end.
    pub(super) fn drive(&mut self) -> Result<(), Stop> {
        let mut driven = self.take()?;
        self.record(&mut driven, Event::RunOpened(Process::default()))?;
        for _ in 0..100 {
            let state = RunState::fold(driven.journal.entries());
            let plan = driven.run.plan.clone();
            let action = next(&plan, &state).into_iter().next();
            match action.expect("there is always something") {
                Action::Begin(step) => self.begin(&mut driven, &step)?,
                Action::Recover(step) => {
                    let attempt = state.steps[&step.id].attempt;
                    self.conclude(&mut driven, &step, attempt)?;
                }
                Action::Settle(step) => {
                    let attempt = state.steps[&step.id].attempt;
                    let verdict = self.truth(&step.id);
                    self.resolve(&mut driven, &step, attempt, verdict, "ana")?;
                }
                Action::Gate(_) => driven = self.people_answer(driven)?,
                Action::Finish => {
                    let outputs = BTreeMap::new();
                    self.record(&mut driven, Event::RunFinished { outputs })?;
                }
                Action::Ended => return Ok(()),
                other => panic!("no step here leads to {other:?}"),
            }
        }
        Err(Stop::Endless)
    }

    /// Begins the run and leaves it there.
    pub(super) fn begin_run(&mut self) {
        drop(self.take().expect("nothing fails"));
    }

    /// As `exec` does; as `resume` does, if the run was shown or has the lock.
    fn take(&mut self) -> Result<Driven, Stop> {
        let store = self.store();
        let driven = match self.known("shown").first() {
            Some(run) => store.drive(store.find(run)?, at())?,
            None => match store.begin(self.plan.clone(), at()) {
                Err(StoreError::Locked { run, .. }) => store.drive(store.find(&run)?, at())?,
                begun => begun?,
            },
        };
        self.disk.know(format!("shown {}", driven.run.id));
        self.take_mail(driven)
    }

    /// Takes the letters in that wait, as a verb without a driver does.
    fn take_mail(&mut self, driven: Driven) -> Result<Driven, Stop> {
        let (run, store) = (driven.run.clone(), self.store());
        Engine::new(driven, Operator::Absent, "ana".to_owned(), moment).answer()?;
        let driven = store.drive(run, at())?;
        for entry in driven.journal.entries() {
            self.disk.know(recorded(&entry.event));
        }
        Ok(driven)
    }

    fn record(&mut self, driven: &mut Driven, event: Event) -> Result<(), Stop> {
        driven.journal.append(at(), event.clone())?;
        self.disk.know(recorded(&event));
        Ok(())
    }

    fn begin(&mut self, driven: &mut Driven, step: &Step) -> Result<(), Stop> {
        if self.recovers {
            self.disk.cut();
        }
        let id = step.id.clone();
        if let Kind::Approve { count, .. } = &step.kind {
            let opened = Event::GateOpened {
                step: id,
                text: "Go?".to_owned(),
                count: *count,
                expires: None,
            };
            return self.record(driven, opened);
        }
        let state = RunState::fold(driven.journal.entries());
        let attempt = state.steps.get(&id).map_or(0, |step| step.attempt) + 1;
        self.record(driven, Event::StepStarted { step: id, attempt })?;
        let folder = folder(&driven.run, step, attempt);
        marks::prepare(&self.disk, &folder, &job())?;
        self.shim(&folder, &step.id)?;
        self.conclude(driven, step, attempt)
    }

    /// What a shim and its command do.
    fn shim(&mut self, folder: &Path, step: &str) -> Result<(), Stop> {
        if !marks::may_start(&self.disk, folder)? {
            return Ok(());
        }
        marks::read_job(&self.disk, folder)?;
        marks::write_pid(&self.disk, folder)?;
        self.disk.happens(format!("effect {step}"));
        self.disk
            .open(Part::Outputs, &folder.join("outputs"))?
            .write_at(0, format!("by={step}\n").as_bytes())?;
        let ended = ExitRecord {
            code: Some(0),
            ..ExitRecord::default()
        };
        Ok(marks::write_record(&self.disk, folder, &ended)?)
    }

    fn conclude(&mut self, driven: &mut Driven, step: &Step, attempt: u32) -> Result<(), Stop> {
        let folder = folder(&driven.run, step, attempt);
        marks::make_folder(&self.disk, &folder)?;
        match marks::judge(&self.disk, &folder)? {
            Found::Ended(record) => {
                assert_eq!(record.code, Some(0), "an exit record is whole");
                let outputs = self.disk.read(Part::Outputs, &folder.join("outputs"))?;
                let finished = Event::StepFinished {
                    step: step.id.clone(),
                    attempt,
                    outcome: Outcome::Ok,
                    exit: record.code,
                    outputs: [(
                        "by".to_owned(),
                        String::from_utf8_lossy(&outputs).into_owned(),
                    )]
                    .into(),
                    log_sha256: String::new(),
                    log_bytes: 0,
                    survivors: Vec::new(),
                };
                self.record(driven, finished)
            }
            Found::NeverStarted => {
                self.resolve(driven, step, attempt, Verdict::Absent, "never started")
            }
            Found::Unknown if step.effect != Effect::Once => {
                self.resolve(driven, step, attempt, Verdict::Absent, "effect")
            }
            Found::Unknown if step.verify.is_some() => {
                let verdict = self.truth(&step.id);
                self.resolve(driven, step, attempt, verdict, "verify")
            }
            Found::Unknown => {
                let step = step.id.clone();
                self.record(driven, Event::StepInDoubt { step, attempt })
            }
        }
    }

    /// Whether a command did its work.
    fn truth(&self, step: &str) -> Verdict {
        match self.effects(step) {
            0 => Verdict::Absent,
            _ => Verdict::Done,
        }
    }

    fn resolve(
        &mut self,
        driven: &mut Driven,
        step: &Step,
        attempt: u32,
        verdict: Verdict,
        by: &str,
    ) -> Result<(), Stop> {
        let (step, by) = (step.id.clone(), by.to_owned());
        let resolved = Event::StepResolved {
            step,
            attempt,
            verdict,
            by,
            reason: None,
        };
        self.record(driven, resolved)
    }

    /// Each person sends a yes, until told that it is on its way.
    fn people_answer(&mut self, driven: Driven) -> Result<Driven, Stop> {
        let inbox = driven.run.inbox();
        for by in PEOPLE {
            if !self.known("answered").contains(&by.to_owned()) {
                let (step, person) = ("go".to_owned(), by.to_owned());
                let letter = inbox::send(&inbox, &Message::Approve { step, by: person })?;
                self.disk.know(format!("answered {by}"));
                assert_eq!(inbox.fate(&letter)?, Fate::Waits);
            }
        }
        self.take_mail(driven)
    }

    /// Holds the run to what is promised. `ended` says that it should have come to its end.
    pub(super) fn check(&self, what: &str, ended: bool) {
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
        one_start_at_a_time_and_none_after_its_end(what, &events);
        self.effects_are_not_repeated(what);
        if ended {
            self.it_is_finished(what, &events, run);
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
    fn effects_are_not_repeated(&self, what: &str) {
        for step in self
            .plan
            .steps
            .iter()
            .filter(|step| step.effect == Effect::Once)
        {
            let effects = self.effects(&step.id);
            assert!(effects <= 1, "{what}: {} happened {effects} times", step.id);
        }
    }

    fn it_is_finished(&self, what: &str, events: &[Event], run: &Run) {
        let state = run
            .state()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(state.end, Some(End::Finished), "{what}");
        for step in self.plan.steps.iter().filter(|step| is_command(step)) {
            let effects = self.effects(&step.id);
            assert!(effects >= 1, "{what}: {} never happened", step.id);
            let outputs = &state.steps[&step.id].outputs;
            let whole = outputs
                .get("by")
                .is_none_or(|by| *by == format!("by={}\n", step.id));
            assert!(
                whole,
                "{what}: what {} hands on is lost: {outputs:?}",
                step.id
            );
        }
        // (d) A gate has one resolution; a person is heard once.
        let yes = |event: &&Event| matches!(event, Event::GateApproved { .. });
        let wanted = self.plan.step("go").map_or(0, |_| PEOPLE.len());
        let heard = events.iter().filter(yes).count();
        assert_eq!(heard, wanted, "{what}: {events:?}");
        assert!(!inbox::has_mail(&run.inbox()), "{what}: a letter is left");
    }
}

/// (a) A finished step is not started again; (b) at most one start is without its end.
fn one_start_at_a_time_and_none_after_its_end(what: &str, events: &[Event]) {
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut ended: Vec<&str> = Vec::new();
    for event in events {
        match event {
            Event::StepStarted { step, attempt } => {
                assert!(
                    !ended.contains(&step.as_str()),
                    "{what}: {step} is started again"
                );
                let other = open.insert(step, *attempt);
                assert_eq!(other, None, "{what}: two starts of {step}");
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
    assert!(open.len() <= 1, "{what}: {open:?}");
}

fn is_command(step: &Step) -> bool {
    matches!(step.kind, Kind::Command(_) | Kind::Check(_))
}

/// The fact that somebody was told that an event is recorded.
fn recorded(event: &Event) -> String {
    let event = serde_json::to_string(event).expect("an event can be written");
    format!("recorded {event}")
}

fn folder(run: &Run, step: &Step, attempt: u32) -> PathBuf {
    run.folder
        .join("steps")
        .join(format!("{}.{attempt}", step.id))
}

fn job() -> Job {
    Job {
        argv: vec!["true".to_owned()],
        env: BTreeMap::new(),
        cwd: "/".to_owned(),
        timeout: None,
        pipes: Pipes::Together,
    }
}

fn moment() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}

fn at() -> String {
    moment().to_string()
}
