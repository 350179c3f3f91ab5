//! Pauses: waits, and the time between two tries. They are judged by the wall clock against what
//! the journal says, so that a run that was left for a while goes on where it should be by now.

use super::run_record::RunRecord;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::{Kind, Step, Until};
use crate::exec::record::causes::WaitEnd;
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::state::Progress;
use crate::exec::state::backoff;
use crate::times;
use jiff::{SignedDuration, Timestamp};

/// Without a terminal, a pause that is longer than this is not sat through.
const FAR: SignedDuration = SignedDuration::from_hours(1);

/// The moment that is so long after another one, RFC 3339; at the latest the last one there is.
pub(super) fn after(moment: Timestamp, time: SignedDuration) -> String {
    let after = moment.saturating_add(time);
    after.unwrap_or(Timestamp::MAX).to_string()
}

impl RunRecord {
    /// When the pause of a step is over, if that is known.
    fn due(&self, step: &Step) -> Option<Timestamp> {
        self.state().steps.get(&step.id)?.due.as_ref()?.parse().ok()
    }

    /// The probe of a wait, if it is to be asked again.
    fn probe_left<'s>(&self, step: &'s Step) -> Option<&'s Until> {
        let Kind::Wait { until, .. } = &step.kind else {
            return None;
        };
        until
            .as_ref()
            .filter(|until| self.step_state(step).probes < until.times)
    }
}

impl Engine {
    /// Begins a wait.
    pub(super) fn wait(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let Kind::Wait { time, .. } = &step.kind else {
            return Ok(Flow::On);
        };
        let words = time.as_ref().map(|time| self.fill(step, time));
        let time = words
            .as_deref()
            .map(str::parse::<SignedDuration>)
            .transpose();
        let until = time.map(|time| time.map(|time| after(self.time.now(), time)));
        match until {
            Ok(until) => self.record(Event::WaitStarted {
                step: step.id.clone(),
                until,
            })?,
            Err(_) => {
                let words = words.unwrap_or_default();
                self.operator
                    .say(&format!("  FAILED: `{words}` is no time"));
                self.end_wait(step, WaitEnd::GivenUp)?;
            }
        }
        Ok(Flow::On)
    }

    fn end_wait(&mut self, step: &Step, why: WaitEnd) -> Result<Flow, EngineError> {
        self.record(Event::WaitEnded {
            step: step.id.clone(),
            why,
            kept: Vec::new(),
        })?;
        Ok(Flow::On)
    }

    /// Writes down when a failed step is tried again.
    pub(super) fn schedule(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let found = self.run.step_state(step);
        let Some(retry) = &step.retry else {
            return Ok(Flow::On);
        };
        let key = format!("{}/{}", self.run.id(), step.id);
        let pause = backoff::pause(retry, found.retries + 1, &key);
        let ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        self.record(Event::StepRetryScheduled {
            step: step.id.clone(),
            attempt: found.attempt,
            due: after(self.time.now(), SignedDuration::from_millis(ms)),
        })?;
        self.operator.say(&format!(
            "  another try in {:#}, {} of {}",
            SignedDuration::from_millis(ms),
            found.retries + 1,
            retry.max
        ));
        Ok(Flow::On)
    }

    /// Whether a pause is over, or its probe is to be asked.
    pub(super) fn is_due(&self, step: &Step) -> bool {
        let over = self.run.due(step).is_some_and(|due| due <= self.time.now());
        let left = self.run.probe_left(step);
        let probe = left.is_some_and(|until| self.memory.is_time_to_probe(step, until));
        over || probe
    }

    /// Whether nobody is there to sit a long pause through.
    pub(super) fn is_far(&self, step: &Step) -> bool {
        let far = self
            .run
            .due(step)
            .is_some_and(|due| due.duration_since(self.time.now()) > FAR);
        !self.operator.is_present() && far && self.run.probe_left(step).is_none()
    }

    /// Leaves a long pause to whoever comes back.
    pub(super) fn suspend(&self, step: &Step) -> Flow {
        let due = self.run.step_state(step).due.unwrap_or_default();
        self.operator.say(&format!(
            "  {} waits until {}; resume the run then",
            step.id,
            times::local_second(&due)
        ));
        Flow::Leave
    }

    /// Goes on with a step whose pause is over, or asks the probe of a wait.
    pub(super) fn go_on_after_pause(&mut self, step: &Step) -> Result<Flow, EngineError> {
        if self.run.state().progress(&step.id) == Progress::Retrying {
            return self.begin(step);
        }
        if self.run.due(step).is_some_and(|due| due <= self.time.now()) {
            self.say_of(step, "the time has passed");
            return self.end_wait(step, WaitEnd::Time);
        }
        match self.run.probe_left(step).cloned() {
            Some(until) => self.ask_probe(step, &until),
            None => Ok(Flow::On),
        }
    }

    fn ask_probe(&mut self, step: &Step, until: &Until) -> Result<Flow, EngineError> {
        let number = self.run.step_state(step).probes + 1;
        let Some(found) = self.look(step, "probe", &until.command, &Default::default())? else {
            return Ok(Flow::Stuck);
        };
        self.memory.probed(step);
        if found == Some(0) {
            self.say_of(step, "its probe succeeded");
            return self.end_wait(step, WaitEnd::Probe);
        }
        self.record(Event::WaitProbed {
            step: step.id.clone(),
            number,
            kept: Vec::new(),
        })?;
        if number >= until.times && self.run.due(step).is_none() {
            self.say_of(step, "FAILED: its probe never succeeded");
            return self.end_wait(step, WaitEnd::GivenUp);
        }
        Ok(Flow::On)
    }

    /// Sits a pause through with the operator.
    pub(super) fn pass_time(&mut self, step: &Step, pauses: &[Step]) -> Result<Flow, EngineError> {
        let skips = if step.skip.is_some() {
            "  [s] skip"
        } else {
            ""
        };
        let until = match self.run.step_state(step).due {
            Some(due) => format!("until {}", times::local_second(&due)),
            None => "for its probe".to_owned(),
        };
        let prompt = format!("  {} waits {until}{skips}  [q] leave", step.id);
        let inbox = self.run.inbox();
        let heard = self.operator.ask(&prompt, || {
            inbox::has_mail(&inbox)
                || pauses.iter().any(|step| self.is_due(step))
                || self.is_limit_near()
        });
        match heard {
            Heard::Line(key) if key == "q" => Ok(Flow::Leave),
            Heard::Line(key) if key == "s" => {
                self.skip_by_hand(step)?;
                Ok(Flow::On)
            }
            Heard::Gone => Ok(Flow::Leave),
            Heard::Line(_) | Heard::Other => Ok(Flow::On),
        }
    }
}
