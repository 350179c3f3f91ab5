//! What each event does to the state.

use super::patience::Patience;
use super::{Driver, End, Failing, Progress, RunState, StepState, UndoState};
use crate::exec::machine::may_act;
use crate::exec::record::causes::WaitEnd;
use crate::exec::record::event::{Answer, Event, Outcome, Verdict};
use crate::times;

impl RunState {
    fn step(&mut self, id: &str) -> &mut StepState {
        self.count += 1;
        let step = self.steps.entry(id.to_owned()).or_default();
        if step.touched == 0 {
            step.touched = self.count;
        }
        step
    }

    /// The step after somebody or something said what is true of it: a failure of it stands no
    /// longer.
    fn settled(&mut self, id: &str, progress: Progress) {
        if self.failing.as_ref().is_some_and(|found| found.step == id) {
            self.failing = None;
        }
        let step = self.step(id);
        // What was taken back and is so again is there to be taken back again.
        if step.progress == Progress::TakenBack && progress == Progress::Done {
            step.undo = UndoState::None;
            step.rewound = false;
        }
        step.progress = progress;
        step.refused = None;
        step.verify_refused = None;
    }

    /// Takes one more event in. `at` is when it was written, RFC 3339.
    pub fn apply(&mut self, at: &str, event: &Event) {
        self.clock.tick(at, event);
        let was_open = self.end.is_none();
        self.follow(at, event);
        if was_open && self.end.is_some() {
            self.ended = Some(at.to_owned());
        }
    }

    fn follow(&mut self, at: &str, event: &Event) {
        match event {
            Event::RunCreated {
                initiator, place, ..
            } => {
                self.began = Some(at.to_owned());
                self.initiator.clone_from(initiator);
                self.place = *place;
            }
            Event::StepNotNeeded { step, .. } => {
                let step = self.step(step);
                step.progress = Progress::NotNeeded;
                step.already = true;
                step.verify_refused = None;
            }
            Event::StepVerified {
                step,
                undo: true,
                refused,
                ..
            } => self.step(step).undo_refused.clone_from(refused),
            Event::StepVerified {
                step,
                refused: Some(said),
                ..
            } => self.step(step).verify_refused = Some(said.clone()),
            Event::StepVerified {
                step,
                answer: Answer::Absent,
                finished: true,
                ..
            } => {
                let step = self.step(step);
                step.progress = Progress::InDoubt;
                step.lost = true;
            }
            Event::StepVerified {
                step,
                answer: Answer::Absent,
                ..
            } => {
                let step = self.step(step);
                step.may_act &= step.progress != Progress::Failed;
            }
            Event::StepEnvEdited { step, changes, .. } => {
                let step = self.step(step);
                for edited in changes {
                    step.env.insert(edited.name.clone(), edited.new.clone());
                }
            }
            Event::StepSkipped { step, .. } => self.settled(step, Progress::Skipped),
            Event::GroupStarted { step, items } => {
                let step = self.step(step);
                step.items.clone_from(items);
                step.progress = Progress::Open;
            }
            Event::StepStarted { step, attempt, .. } => self.started(at, step, *attempt),
            Event::StepFinished { .. } => self.finished(event),
            Event::StepRetryScheduled { step, due, .. } => {
                let step = self.step(step);
                step.progress = Progress::Retrying;
                step.retries += 1;
                step.due = Some(due.clone());
                step.due_since = Some(at.to_owned());
            }
            Event::StepInDoubt { step, .. } => self.step(step).progress = Progress::InDoubt,
            Event::StepResolved { step, verdict, .. } => self.resolved(step, *verdict),
            Event::NotifySent { step, .. } | Event::StepDoneByHand { step, .. } => {
                self.settled(step, Progress::Done);
            }
            Event::OutputsGiven { step, outputs, .. } => {
                self.step(step).outputs.extend(outputs.clone());
            }
            Event::NotifyFailed { step, .. } => self.step(step).progress = Progress::Warned,
            Event::WaitStarted { step, until } => {
                let step = self.step(step);
                step.progress = Progress::Passing;
                step.due.clone_from(until);
                step.due_since = Some(at.to_owned());
                step.patience = Patience::default();
            }
            Event::WaitProbed {
                step,
                number,
                exit,
                cannot_tell,
                due,
                ..
            } => {
                self.heard(step, *number, *exit, *cannot_tell);
                self.step(step).patience.next.clone_from(due);
            }
            Event::WaitEnded {
                step,
                why,
                number,
                exit,
                cannot_tell,
                ..
            } => {
                if let Some(number) = number {
                    self.heard(step, *number, *exit, *cannot_tell);
                }
                self.waited(at, step, *why);
            }
            Event::GateOpened { step, .. } => {
                self.step(step);
                let now = self.count;
                let step = self.step(step);
                step.progress = Progress::Waiting;
                step.opened = now;
                step.gate.open(event);
                // A row may ask for nothing but reviews afterwards.
                if step.gate.is_satisfied() {
                    step.progress = Progress::Done;
                }
            }
            Event::GateApproved { step, .. } => {
                let step = self.step(step);
                step.gate.take(at, event);
                if step.gate.is_satisfied() {
                    step.progress = Progress::Done;
                }
            }
            // Before a gate is passed nothing is owed, and a refusal is no answer.
            Event::ReviewRefused { step, .. } => {
                if self.progress(step) == Progress::Done {
                    self.step(step).gate.take(at, event);
                }
            }
            Event::GateRejected { step, .. } | Event::GateExpired { step } => {
                self.step(step).gate.take(at, event);
                self.step(step).progress = Progress::Failed;
                self.end = Some(End::Refused);
            }
            Event::GateVoid { step, .. } => self.step(step).progress = Progress::Pending,
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
            Event::UndoChosen { steps, .. } => self.rewinding.extend(steps.iter().cloned()),
            Event::AllUndoChosen { .. } => {
                self.rewinding.clear();
                self.undoing_all = true;
            }
            Event::UndoStarted { step, attempt, .. } => {
                let step = self.step(step);
                step.undo = UndoState::Started(*attempt);
                step.undo_tries = *attempt;
                step.undo_refused = None;
            }
            Event::UndoFinished {
                step,
                attempt,
                ok,
                refused,
                ..
            } => {
                self.undone(step, *attempt, *ok);
                self.step(step).undo_refused.clone_from(refused);
            }
            Event::UndoResolved {
                step,
                attempt,
                verdict,
                ..
            } => {
                self.undone(step, *attempt, *verdict == Verdict::Done);
                self.step(step).undo_refused = None;
                self.step(step).undo_absent = match verdict {
                    Verdict::Done => 0,
                    Verdict::Absent => *attempt,
                };
            }
            Event::PlanChanged { void, .. } => {
                self.ask_anew();
                for gate in void {
                    self.step(gate).progress = Progress::Pending;
                }
            }
            Event::RunFailing { step, then } => {
                self.failures += 1;
                self.failing = Some(Failing {
                    step: step.clone(),
                    then: *then,
                });
            }
            Event::RunFailed { .. } => self.end = Some(End::Failed),
            Event::RunUndone { .. } => {
                self.undoing_all = false;
                self.end = Some(End::Undone);
                // What it came back for is done.
                if let Some(driver) = &mut self.driver {
                    driver.after_end = false;
                }
            }
            Event::RunAborted { .. } => self.end = Some(End::Aborted),
            Event::RunFinished { .. } => self.end = Some(End::Finished),
            Event::RunOpened(process) => {
                self.driver = Some(Driver {
                    process: process.clone(),
                    since: at.to_owned(),
                    left: false,
                    after_end: self.end.is_some(),
                });
            }
            Event::RunLeft { .. } => {
                if let Some(driver) = &mut self.driver {
                    driver.left = true;
                }
            }
            Event::StepVerified { .. }
            | Event::ShellOpened { .. }
            | Event::ShellClosed { .. }
            | Event::NoteAdded { .. }
            | Event::JournalRecovered { .. }
            | Event::PersonWaited { .. }
            | Event::RunLimitReached { .. }
            | Event::RunLimitLifted { .. } => {}
        }
    }

    /// A terminal is given to the command that asked for it and to no other: by a changed plan each runs
    /// without one first.
    fn ask_anew(&mut self) {
        for step in self.steps.values_mut() {
            if step.progress == Progress::Refused {
                step.progress = Progress::Pending;
            }
            step.refused = None;
            step.verify_refused = None;
        }
    }

    fn started(&mut self, at: &str, id: &str, attempt: u32) {
        self.step(id);
        let began = self.count;
        let driver = self.driver.clone();
        let step = self.step(id);
        step.began_at = Some(at.to_owned());
        step.driver = driver;
        step.progress = Progress::Started;
        step.attempt = attempt;
        step.due = None;
        step.began = began;
        // What it handed on, and whether it was taken back, is of the tries before.
        step.outputs.clear();
        step.undo = UndoState::None;
        step.rewound = false;
        step.already = false;
        step.lost = false;
        step.may_act = false;
        step.signal = None;
        step.refused = None;
        step.verify_refused = None;
        step.undo_refused = None;
    }

    fn undone(&mut self, id: &str, attempt: u32, ok: bool) {
        let again = ok && self.rewinding.remove(id);
        self.step(id);
        let now = self.count;
        let step = self.step(id);
        step.undo = match ok {
            true => UndoState::Done,
            false => UndoState::Failed(attempt),
        };
        step.rewound = again;
        if again {
            step.rewound_at = now;
            step.progress = Progress::TakenBack;
        }
    }

    fn finished(&mut self, event: &Event) {
        let Event::StepFinished {
            step: id,
            outcome,
            exit,
            signal,
            outputs,
            survivors,
            refused,
            ..
        } = event
        else {
            return;
        };
        let step = self.step(id);
        step.exit = *exit;
        step.signal = *signal;
        step.outputs.clone_from(outputs);
        step.timed_out = *outcome == Outcome::TimedOut;
        step.canceled = *outcome == Outcome::Canceled;
        step.may_act = may_act(survivors, *signal, step.timed_out || step.canceled);
        step.progress = match outcome {
            Outcome::Ok => Progress::Done,
            Outcome::Warned => Progress::Warned,
            Outcome::Failed | Outcome::TimedOut if refused.is_some() => Progress::Refused,
            Outcome::Failed | Outcome::TimedOut | Outcome::Canceled => Progress::Failed,
        };
        step.refused.clone_from(refused);
        if step.progress == Progress::Failed {
            self.failed_step = Some(id.clone());
        }
    }

    /// After a failure that somebody looked at, the tries are counted anew.
    fn resolved(&mut self, id: &str, verdict: Verdict) {
        if self.progress(id) == Progress::Failed {
            let step = self.step(id);
            step.retries = 0;
        }
        let step = self.step(id);
        step.lost = false;
        let already = step.already;
        self.settled(
            id,
            match verdict {
                Verdict::Done if already => Progress::NotNeeded,
                Verdict::Done => Progress::Done,
                Verdict::Absent => Progress::Pending,
            },
        );
    }

    /// What the probe of a wait said.
    fn heard(&mut self, id: &str, number: u32, exit: Option<i32>, cannot_tell: u32) {
        let step = self.step(id);
        step.exit = exit;
        step.patience.asked = number;
        step.patience.exit = exit;
        step.patience.cannot_tell = cannot_tell;
    }

    fn waited(&mut self, at: &str, id: &str, why: WaitEnd) {
        let step = self.step(id);
        step.due = None;
        step.patience.next = None;
        let since = step.due_since.take();
        step.patience.seconds = since.map(|since| times::seconds(&since, at));
        step.progress = match why.is_failure() {
            true => Progress::Failed,
            false => Progress::Done,
        };
        if step.progress == Progress::Failed {
            self.failed_step = Some(id.to_owned());
        }
    }
}
