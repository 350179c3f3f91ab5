//! What whoever resumes a run says beforehand: what became of a step in doubt, and whether finished
//! steps are looked at again.

use super::run_record::RunRecord;
use super::{Engine, EngineError, Flow};
use crate::exec::plan::Step;
use crate::exec::plan::paths;
use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Answer, Event, Verdict};
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{Action, is_doubtful, next};
use crate::exec::state::outline;
use crate::exec::state::{Progress, UndoState};

/// What whoever resumes a run says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResumeOptions {
    /// What became of steps in doubt, by path.
    pub verdicts: Vec<(String, Verdict)>,
    /// Why.
    pub reason: Option<String>,
    /// Whether a run that stands at the limit of its budget may go on for as long again.
    pub lift_limit: bool,
    /// Whether the `verify` of each finished step is asked before anything else.
    pub verify_first: bool,
}

impl Engine {
    /// Goes on with a run as it is told; gives the exit code.
    ///
    /// # Errors
    /// [`EngineError::Refused`] if a step that a verdict is about is not in doubt, and
    /// [`EngineError::FalseApproval`]: then nothing was begun. Otherwise when the record cannot be kept.
    pub fn resume(mut self, options: &ResumeOptions) -> Result<ExitCode, EngineError> {
        self.refuse_false_approvals()?;
        self.open()?;
        let reason = options.reason.as_deref().unwrap_or_default();
        if options.lift_limit && options.reason.is_some() {
            self.lift_limit(reason)?;
        }
        for (path, verdict) in &options.verdicts {
            self.assume(path, *verdict, reason)?;
        }
        if next(self.run.plan(), self.run.state()) == [Action::UndoFirst] {
            self.say_undo_first();
            return Ok(self.leave());
        }
        if options.verify_first {
            self.verify_first()?;
        }
        self.go_on()?;
        Ok(self.leave())
    }

    /// Takes a person's word for what became of a step in doubt.
    fn assume(&mut self, path: &str, verdict: Verdict, reason: &str) -> Result<(), EngineError> {
        let refuse = |why: String| Err(EngineError::Refused(why));
        let Some(step) = outline::at(self.run.plan(), path) else {
            return refuse(format!("the run has no step `{path}`"));
        };
        // What can be known without a person is found out first.
        if self.run.state().progress(path) == Progress::Started {
            let number = self.run.attempt(&step);
            if !self.run.folder(&step, number).follow().is_over()? {
                return refuse(format!("`{path}` still runs: resume without a verdict"));
            }
            self.recover(&step)?;
            while self.running.has(path) && !matches!(self.wait_for_any(&[])?, Flow::Leave) {}
        }
        if is_doubtful(&step, &self.run.step_state(&step)) {
            self.doubt(&step)?;
        }
        let progress = self.run.state().progress(path);
        if progress != Progress::InDoubt {
            let is = progress.as_str();
            return refuse(format!("`{path}` is not in doubt: it is {is}"));
        }
        let by = self.person();
        self.record(Event::StepResolved {
            step: path.to_owned(),
            attempt: self.run.attempt(&step),
            verdict,
            by: SettledBy::Person(by),
            reason: Some(reason.to_owned()),
            kept: Vec::new(),
        })
    }

    /// Asks the `verify` of each finished step. One that says no makes the step one in doubt, so that
    /// a person decides: nothing is repeated by itself.
    fn verify_first(&mut self) -> Result<(), EngineError> {
        for step in self.run.finished() {
            self.headline(&step);
            let answer = self.answer_of(&step)?;
            if self.operator.is_leaving() {
                return Ok(());
            }
            self.operator.say(match answer {
                Answer::Present => "  still so",
                Answer::Absent => {
                    "  NO LONGER SO: the step was finished, but its verify says that it is not done"
                }
                Answer::Unknown => "  its verify cannot tell",
            });
            self.record(Event::StepVerified {
                step: step.id.clone(),
                answer,
                finished: true,
                undo: false,
                refused: None,
                kept: Vec::new(),
            })?;
        }
        Ok(())
    }

    /// What the `verify` of a step says.
    pub(super) fn answer_of(&mut self, step: &Step) -> Result<Answer, EngineError> {
        Ok(match self.probe(step)? {
            Some(true) => Answer::Present,
            Some(false) => Answer::Absent,
            None => Answer::Unknown,
        })
    }
}

impl RunRecord {
    /// The steps with a `verify` that are finished; of one that was gone through again, its last
    /// round.
    fn finished(&self) -> Vec<Step> {
        let steps = outline::steps(self.plan(), self.state());
        let key = |step: &Step| (paths::base(&step.id), paths::items(&step.id));
        let last = |at: usize| {
            let mut later = steps[at + 1..].iter();
            !later.any(|other| key(other) == key(&steps[at]))
        };
        let is_finished = |step: &Step| {
            let known = self.step_state(step);
            matches!(known.progress, Progress::Done | Progress::NotNeeded)
                && known.undo == UndoState::None
        };
        let wanted = (0..steps.len()).filter(|at| {
            let step = &steps[*at];
            step.verify.is_some() && is_finished(step) && last(*at)
        });
        wanted.map(|at| steps[at].clone()).collect()
    }
}
