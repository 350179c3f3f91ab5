//! Pauses: waits, and the time between two tries. They are judged by the wall clock against what
//! the journal says, so that a run that was left for a while goes on where it should be by now.

use super::run_record::RunRecord;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::{Kind, Said, Step, Until};
use crate::exec::record::causes::WaitEnd;
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::state::Progress;
use crate::exec::state::backoff;
use crate::screen;
use crate::screen::signs::Sign;
use crate::times;
use jiff::{SignedDuration, Timestamp};

/// Without a terminal, a pause that is longer than this is not sat through.
const FAR: SignedDuration = SignedDuration::from_hours(1);

/// A question may take as long as its wait, but no longer than this, unless its step says so.
const LONGEST_QUESTION: SignedDuration = SignedDuration::from_mins(10);

/// What came of a question to a probe.
#[derive(Clone, Copy)]
struct Answer {
    said: Said,
    exit: Option<i32>,
    /// Which question it was, from 1.
    number: u32,
    /// How many of them so far it could not tell.
    cannot_tell: u32,
}

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

    /// The probe of a wait, if it may be asked again. In the pause before another try it may not.
    fn probe_left<'s>(&self, step: &'s Step) -> Option<&'s Until> {
        let found = self.step_state(step);
        let is_left = |times| found.patience.asked < times;
        probe(step)
            .filter(|until| until.times.is_none_or(is_left))
            .filter(|_| found.progress == Progress::Passing)
    }

    /// Whether a step waits for a yes now.
    fn is_asking(&self, step: &Step) -> bool {
        step.asks() && self.state().progress(&step.id) == Progress::Passing
    }

    /// Whether the time of a pause is over.
    fn is_over(&self, step: &Step, now: Timestamp) -> bool {
        self.due(step).is_some_and(|due| due <= now)
    }

    /// Whether the next question of a probe is due. One that a clock put farther away than the
    /// pause between two is due as well: the clock was set back.
    fn is_question_due(&self, step: &Step, until: &Until, now: Timestamp) -> bool {
        let next = self.step_state(step).patience.next;
        let next: Option<Timestamp> = next.and_then(|next| next.parse().ok());
        let farthest = now.saturating_add(every(until)).unwrap_or(Timestamp::MAX);
        next.is_none_or(|next| next <= now || next > farthest)
    }

    /// How long a pause is from its beginning to its end, if that is known.
    fn length(&self, step: &Step) -> Option<SignedDuration> {
        let since = self.step_state(step).due_since?;
        let since: Timestamp = since.parse().ok()?;
        Some(self.due(step)?.duration_since(since))
    }
}

fn probe(step: &Step) -> Option<&Until> {
    match &step.kind {
        Kind::Wait { until, .. } => until.as_ref(),
        _ => None,
    }
}

fn every(until: &Until) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(until.every_ms).unwrap_or(i64::MAX))
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
                    .mark(Sign::Failed, &format!("  FAILED: `{words}` is no time"));
                self.end_wait(step, WaitEnd::GivenUp, None)?;
            }
        }
        Ok(Flow::On)
    }

    /// Ends a wait; `heard` is its last question and what came of it.
    fn end_wait(
        &mut self,
        step: &Step,
        why: WaitEnd,
        heard: Option<Answer>,
    ) -> Result<Flow, EngineError> {
        self.record(Event::WaitEnded {
            step: step.id.clone(),
            why,
            number: heard.map(|heard| heard.number),
            exit: heard.and_then(|heard| heard.exit),
            cannot_tell: heard.map_or(0, |heard| heard.cannot_tell),
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
        self.operator.mark(
            Sign::Waiting,
            &format!(
                "  another try in {:#}, {} of {}",
                SignedDuration::from_millis(ms),
                found.retries + 1,
                retry.max
            ),
        );
        Ok(Flow::On)
    }

    /// Whether a pause is over, or its probe is to be asked.
    pub(super) fn is_due(&self, step: &Step) -> bool {
        let now = self.time.now();
        let is_asked =
            |until| !self.memory.is_stuck(step) && self.run.is_question_due(step, until, now);
        self.run.is_over(step, now) || self.run.probe_left(step).is_some_and(is_asked)
    }

    /// Whether only a probe can end a wait that cannot be asked without somebody who is not here.
    pub(super) fn is_unasked(&self, step: &Step) -> bool {
        let ends_by_itself = !self.run.is_asking(step) && self.run.due(step).is_some();
        self.memory.is_stuck(step) && !ends_by_itself
    }

    /// Whether nobody is there to sit a long pause through. All of it counts, and not what is left:
    /// whoever looks in now and then does not become the one who sits its end through.
    pub(super) fn is_far(&self, step: &Step) -> bool {
        let is_long = self.run.length(step).is_some_and(|length| length > FAR);
        let is_short_question = !self.run.is_asking(step) && self.run.probe_left(step).is_some();
        !self.operator.is_present() && is_long && !is_short_question
    }

    /// Says when a long pause is to be looked at again, by whoever comes back.
    pub(super) fn say_when_to_resume(&self, step: &Step) {
        let found = self.run.step_state(step);
        let contact = times::local_second(found.contact().unwrap_or_default());
        let words = match self.run.is_asking(step) {
            true => {
                let so_far = found.so_far(self.time.now());
                format!(
                    "  {} still waits: {so_far}; resume the run after {contact}",
                    step.id
                )
            }
            false => format!("  {} waits until {contact}; resume the run then", step.id),
        };
        self.operator.mark(Sign::Waiting, &words);
    }

    /// Goes on with a step whose pause is over, or asks the probe of a wait.
    pub(super) fn go_on_after_pause(&mut self, step: &Step) -> Result<Flow, EngineError> {
        if self.run.state().progress(&step.id) == Progress::Retrying {
            return self.begin(step);
        }
        if let Some(until) = probe(step).filter(|_| step.asks()) {
            return self.ask_until_yes(step, until);
        }
        if self.run.is_over(step, self.time.now()) {
            self.mark_of(Sign::Ok, step, "the time has passed");
            return self.end_wait(step, WaitEnd::Time, None);
        }
        match self.run.probe_left(step).cloned() {
            Some(until) => self.ask_to_end_sooner(step, &until),
            None => Ok(Flow::On),
        }
    }

    /// Asks a probe that ends a pause sooner.
    fn ask_to_end_sooner(&mut self, step: &Step, until: &Until) -> Result<Flow, EngineError> {
        let answer = match self.ask_probe(step, step, until)? {
            Some(answer) => answer,
            None => return Ok(self.unheard()),
        };
        if answer.said == Said::Yes {
            self.mark_of(Sign::Ok, step, "its probe succeeded");
            return self.end_wait(step, WaitEnd::Probe, Some(answer));
        }
        self.record_answer(step, until, answer)?;
        let is_last = until.times.is_some_and(|times| answer.number >= times);
        if is_last && self.run.due(step).is_none() {
            self.mark_of(Sign::Failed, step, "FAILED: its probe never succeeded");
            self.say_what_helps(step);
            return self.end_wait(step, WaitEnd::GivenUp, Some(answer));
        }
        Ok(Flow::On)
    }

    /// Asks a probe that has to say yes. The last question is put when the time is over, however late
    /// that is: a late yes is a yes.
    fn ask_until_yes(&mut self, step: &Step, until: &Until) -> Result<Flow, EngineError> {
        let is_over = self.run.is_over(step, self.time.now());
        let timed = Step {
            timeout: step.timeout.or(Some(self.longest_question(step))),
            ..step.clone()
        };
        let answer = match self.ask_probe(step, &timed, until)? {
            Some(answer) => answer,
            None => return Ok(self.unheard()),
        };
        if answer.said != Said::Yes {
            self.quote_news(step, "probe")?;
        }
        let is_last = is_over || until.times.is_some_and(|times| answer.number >= times);
        let why = match answer.said {
            Said::Yes => WaitEnd::Probe,
            Said::Never => WaitEnd::Never,
            Said::NotYet | Said::CannotTell if is_last => WaitEnd::GivenUp,
            Said::NotYet | Said::CannotTell => {
                self.record_answer(step, until, answer)?;
                self.say_answer(step, answer);
                return Ok(Flow::On);
            }
        };
        self.end_wait(step, why, Some(answer))?;
        let heard = self.run.step_state(step).patience;
        let sign = match why {
            WaitEnd::GivenUp | WaitEnd::Never => Sign::Failed,
            WaitEnd::Probe | WaitEnd::Time => Sign::Ok,
        };
        self.mark_of(
            sign,
            step,
            &match why {
                WaitEnd::GivenUp => format!("FAILED: it never said yes: {}", heard.outcome()),
                WaitEnd::Never => {
                    format!(
                        "FAILED: it said that it will never be so: {}",
                        heard.outcome()
                    )
                }
                WaitEnd::Probe | WaitEnd::Time => format!("it said yes: {}", heard.questions()),
            },
        );
        if sign == Sign::Failed {
            self.say_what_helps(step);
        }
        Ok(Flow::On)
    }

    /// Asks a probe once; `timed` is the step with the time that it may take. Nothing if it cannot
    /// be asked, or was stopped because we leave.
    fn ask_probe(
        &mut self,
        step: &Step,
        timed: &Step,
        until: &Until,
    ) -> Result<Option<Answer>, EngineError> {
        let found = self.look(timed, "probe", &until.command, &until.env)?;
        let Some(exit) = found.filter(|exit| exit.is_some() || !self.operator.is_leaving()) else {
            return Ok(None);
        };
        let (said, before) = (until.said(exit), self.run.step_state(step).patience);
        Ok(Some(Answer {
            said,
            exit,
            number: before.asked + 1,
            cannot_tell: before.cannot_tell + u32::from(said == Said::CannotTell),
        }))
    }

    /// What to do when a probe could not be asked.
    fn unheard(&self) -> Flow {
        match self.operator.is_leaving() {
            true => Flow::Leave,
            false => Flow::Stuck,
        }
    }

    /// How many seconds a question may take whose step does not say so.
    fn longest_question(&self, step: &Step) -> u64 {
        let length = self.run.length(step).unwrap_or(LONGEST_QUESTION);
        u64::try_from(length.min(LONGEST_QUESTION).as_secs()).map_or(1, |seconds| seconds.max(1))
    }

    /// Writes down an answer that ends nothing, and when the next question is due.
    fn record_answer(
        &mut self,
        step: &Step,
        until: &Until,
        answer: Answer,
    ) -> Result<(), EngineError> {
        self.record(Event::WaitProbed {
            step: step.id.clone(),
            number: answer.number,
            exit: answer.exit,
            cannot_tell: answer.cannot_tell,
            due: Some(after(self.time.now(), every(until))),
            kept: Vec::new(),
        })
    }

    /// Says an answer that ends nothing, unless the countdown says so all the time.
    fn say_answer(&self, step: &Step, answer: Answer) {
        if self.operator.is_present() && self.running.is_empty() && screen::can_be_drawn_on() {
            return;
        }
        let word = match answer.said {
            Said::CannotTell => "cannot tell",
            Said::NotYet | Said::Never | Said::Yes => "not yet",
        };
        let so_far = self.run.step_state(step).so_far(self.time.now());
        self.mark_of(Sign::Waiting, step, &format!("{word}: {so_far}"));
    }

    /// How a pause goes, for whoever sits it through: in full, then shorter.
    fn pause_words(&self, step: &Step) -> Vec<String> {
        let (found, now) = (self.run.step_state(step), self.time.now());
        if self.run.is_asking(step) {
            let so_far = found.so_far(now);
            let parts: Vec<&str> = so_far.split(", ").collect();
            let (next, short) = (parts.get(1), parts.get(..2));
            let mut forms = vec![format!("{} waits: {so_far}", step.id), so_far.clone()];
            forms.extend(short.map(|parts| parts.join(", ")));
            forms.extend(next.map(|next| (*next).to_owned()));
            return forms;
        }
        let Some(due) = found.due else {
            return vec![format!("{} waits for its probe", step.id)];
        };
        let until = times::local_second(&due);
        let left = times::elapsed(times::seconds(&now.to_string(), &due));
        let left = format!("{left} left");
        vec![format!("{} waits until {until}, {left}", step.id), left]
    }

    /// Sits a pause through with the operator.
    pub(super) fn pass_time(&mut self, step: &Step, pauses: &[Step]) -> Result<Flow, EngineError> {
        let all = [("s", "skip"), ("q", "leave")];
        let keys = match self.skippable(step) {
            Some(_) => &all[..],
            None => &all[1..],
        };
        let inbox = self.run.inbox();
        let is_disturbed = || {
            inbox::has_mail(&inbox)
                || pauses.iter().any(|step| self.is_due(step))
                || self.is_limit_near()
        };
        let heard = self
            .operator
            .ask_counting(|| self.pause_words(step), keys, is_disturbed);
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
