//! The tries of steps: what the program, the shim and the command do to the disk, in their order.

use super::{Disk, FileKind, Stop, World};
use crate::exec::plan::{Effect, Kind, Step};
use crate::exec::process::shim::{ExitRecord, Found, Job, Pipes, control_files};
use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Event, Outcome, Verdict};
use crate::exec::state::RunState;
use crate::exec::state::values::Values;
use crate::exec::store::{LockedRun, Run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A try that the present driver waits for.
pub(super) struct RunningAttempt {
    pub(super) step: Step,
    attempt: u32,
    /// Whether its shim still has its end to do. Of one that another driver left, nothing runs.
    shim_runs: bool,
}

impl World {
    pub(super) fn begin(&mut self, driven: &mut LockedRun, step: &Step) -> Result<(), Stop> {
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
                request: None,
            };
            return self.record(driven, opened);
        }
        let state = RunState::fold(driven.journal.entries());
        if let Some(each) = &step.each {
            let values = Values {
                plan: &self.plan,
                state: &state,
                run: &driven.run.id,
                head: "",
                at: &step.id,
            };
            let items = Some(values.items(each));
            return self.record(driven, Event::GroupStarted { step: id, items });
        }
        let attempt = state.steps.get(&id).map_or(0, |step| step.attempt) + 1;
        self.record(
            driven,
            Event::StepStarted {
                step: id,
                attempt,
                terminal: false,
                kept: Vec::new(),
            },
        )?;
        let folder = folder(&driven.run, step, attempt);
        control_files::prepare(&self.disk, &folder, &job())?;
        let shim_runs = self.start(&folder, &step.id)?;
        self.alive.push(RunningAttempt {
            step: step.clone(),
            attempt,
            shim_runs,
        });
        Ok(())
    }

    /// Waits for a try that another driver left.
    pub(super) fn follow(&mut self, step: &Step, attempt: u32) {
        self.alive.push(RunningAttempt {
            step: step.clone(),
            attempt,
            shim_runs: false,
        });
    }

    /// Lets the try end that began last, and writes down how it did.
    pub(super) fn end_one(&mut self, driven: &mut LockedRun) -> Result<(), Stop> {
        let alive = self.alive.pop().expect("something runs");
        let folder = folder(&driven.run, &alive.step, alive.attempt);
        if alive.shim_runs {
            self.end(&folder, &alive.step.id)?;
        }
        self.conclude(driven, &alive.step, alive.attempt)
    }

    /// What a shim and its command do; whether the command was started.
    fn start(&mut self, folder: &Path, step: &str) -> Result<bool, Stop> {
        if !control_files::may_start(&self.disk, folder)? {
            return Ok(false);
        }
        control_files::write_pid(&self.disk, folder)?;
        self.disk.happens(format!("effect {step}"));
        Ok(true)
    }

    /// What they do at the end.
    fn end(&mut self, folder: &Path, step: &str) -> Result<(), Stop> {
        self.disk
            .open(FileKind::Outputs, &folder.join("outputs"))?
            .write_at(0, format!("by={step}\n").as_bytes())?;
        // What it was told of the note of what was accepted.
        control_files::read_job(&self.disk, folder)?;
        let ended = ExitRecord {
            code: Some(0),
            ..ExitRecord::default()
        };
        Ok(control_files::write_record(&self.disk, folder, &ended)?)
    }

    fn conclude(&mut self, driven: &mut LockedRun, step: &Step, attempt: u32) -> Result<(), Stop> {
        let folder = folder(&driven.run, step, attempt);
        control_files::make_folder(&self.disk, &folder)?;
        match control_files::judge(&self.disk, &folder)? {
            Found::Ended(record) => {
                assert_eq!(record.code, Some(0), "an exit record is whole");
                let outputs = self.disk.read(FileKind::Outputs, &folder.join("outputs"))?;
                let finished = Event::StepFinished {
                    step: step.id.clone(),
                    attempt,
                    outcome: Outcome::Ok,
                    exit: record.code,
                    signal: record.signal,
                    outputs: [(
                        "by".to_owned(),
                        String::from_utf8_lossy(&outputs).into_owned(),
                    )]
                    .into(),
                    log_sha256: String::new(),
                    log_bytes: 0,
                    survivors: Vec::new(),
                    refused: None,
                    kept: Vec::new(),
                };
                self.record(driven, finished)
            }
            Found::NeverStarted => self.resolve(
                driven,
                step,
                attempt,
                Verdict::Absent,
                SettledBy::NeverStarted,
            ),
            Found::Unknown if step.effect != Effect::Once => {
                self.resolve(driven, step, attempt, Verdict::Absent, SettledBy::Effect)
            }
            Found::Unknown if step.verify.is_some() => {
                let verdict = self.truth(&step.id);
                self.resolve(driven, step, attempt, verdict, SettledBy::Verify)
            }
            Found::Unknown => {
                let step = step.id.clone();
                self.record(
                    driven,
                    Event::StepInDoubt {
                        step,
                        attempt,
                        kept: Vec::new(),
                    },
                )
            }
        }
    }

    /// Whether a command did its work.
    pub(super) fn truth(&self, step: &str) -> Verdict {
        match self.effects(step) {
            0 => Verdict::Absent,
            _ => Verdict::Done,
        }
    }

    pub(super) fn resolve(
        &mut self,
        driven: &mut LockedRun,
        step: &Step,
        attempt: u32,
        verdict: Verdict,
        by: SettledBy,
    ) -> Result<(), Stop> {
        let step = step.id.clone();
        let resolved = Event::StepResolved {
            step,
            attempt,
            verdict,
            by,
            reason: None,
            kept: Vec::new(),
        };
        self.record(driven, resolved)
    }
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
        inherit: Vec::new(),
        cwd: "/".to_owned(),
        timeout: None,
        pipes: Pipes::Together,
        accepted: 0,
    }
}
