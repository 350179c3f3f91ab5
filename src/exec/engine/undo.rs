//! Taking a run back: the undo of each step that may have acted, the last first.

use super::commands::{OF_A_LOOK, is_new};
use super::run_record::RunRecord;
use super::terminal::{Asked, Part};
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::paths;
use crate::exec::plan::{Step, Undo, Verify};
use crate::exec::process::command;
use crate::exec::process::shim::{ExitRecord, Found, Running};
use crate::exec::record::event::{Event, Outcome, Verdict};
use crate::exec::state::exit::ExitCode;
use crate::exec::state::undo::{self, Scope, ours, stays, within};
use crate::exec::state::unended::Unended;
use crate::exec::state::{End, Progress, UndoState};
use crate::model::value_path::{StepValue, ValuePath};
use crate::screen::signs::Sign;

/// What is known of an undo before it is tried.
enum Judged {
    /// It happened.
    Done,
    /// It happened, and that is written down.
    Settled,
    /// It did not.
    Absent,
    /// It may have happened, and nobody knows.
    Open,
}

impl Engine {
    /// Takes the run's effects back, the last first; gives the exit code. One that fails does not
    /// keep the others from being taken back.
    ///
    /// # Errors
    /// [`EngineError::Refused`] if the scope means nothing. When the record cannot be kept; nothing
    /// further is started.
    pub fn undo(mut self, scope: &Scope) -> Result<ExitCode, EngineError> {
        self.open()?;
        self.follow_what_runs()?;
        while !self.running.is_empty() {
            if matches!(self.wait_for_any(&[])?, Flow::Leave) {
                return Ok(self.leave());
            }
        }
        let steps =
            within(self.run.plan(), self.run.state(), scope).map_err(EngineError::Refused)?;
        if self.run.plan().careful && self.operator.is_present() && !self.agrees(&steps) {
            return Ok(self.leave());
        }
        let flow = match scope {
            Scope::All => self.take_back()?,
            Scope::After(id) => self.take_part_back(steps, format!(" --to {id}"))?,
            Scope::Only(id) => self.take_part_back(steps, format!(" --only {id}"))?,
        };
        match flow {
            Flow::On if *scope == Scope::All => {
                self.go_on()?;
                Ok(self.leave())
            }
            Flow::On => Ok(self.leave()),
            Flow::Stuck | Flow::Leave => match (self.leave(), self.operator.left()) {
                (code, Some(_)) => Ok(code),
                (_, None) if self.run.needs_terminal_for_undo() => Ok(ExitCode::Suspended),
                (_, None) => Ok(ExitCode::PartlyUndone),
            },
        }
    }

    /// Shows what would be taken back, and asks whether it is to be.
    pub(super) fn agrees(&mut self, steps: &[Step]) -> bool {
        for line in undo::lines(&undo::preview(&self.run.values(""), steps)) {
            self.operator.say(&line);
        }
        let operator = self.operator.presence();
        self.time.of_people(|| operator.agrees("  undo this?"))
    }

    /// Takes everything back; goes on if all of it is taken back.
    pub(super) fn take_back(&mut self) -> Result<Flow, EngineError> {
        if !self.run.state().rewinding.is_empty() {
            let by = self.person();
            self.record(Event::AllUndoChosen { by })?;
        }
        let all = self.take_steps_back(ours(self.run.plan(), self.run.state()))?;
        if self.operator.is_leaving() {
            return Ok(Flow::Leave);
        }
        if all {
            let by = self.person();
            self.record(Event::RunUndone { by })?;
            let words = "undo complete: everything that can be undone is undone";
            self.operator.mark(Sign::Ok, words);
            return Ok(Flow::On);
        }
        self.operator.mark(
            Sign::Warning,
            &format!(
                "the undo is NOT complete: {}, then type: {}",
                self.run.before_undo(),
                self.run.again("")
            ),
        );
        Ok(Flow::Leave)
    }

    /// Takes a part back, which `part` says on the command line. The run stays as open as it is, and
    /// what is taken back is to be done again.
    fn take_part_back(&mut self, steps: Vec<Step>, part: String) -> Result<Flow, EngineError> {
        let by = self.person();
        let by_command = |step: &&Step| matches!(step.undo, Some(Undo::Command { .. }));
        let chosen = steps.iter().filter(by_command);
        self.record(Event::UndoChosen {
            by,
            steps: chosen.map(|step| step.id.clone()).collect(),
        })?;
        let all = self.take_steps_back(steps)?;
        if all && !self.operator.is_leaving() {
            self.operator.say(match self.run.state().end {
                None => "undone; `resume` runs the undone steps again",
                Some(_) => "undone",
            });
            return Ok(Flow::On);
        }
        self.operator.mark(
            Sign::Warning,
            &format!(
                "the undo is NOT complete: {}, then type: {}",
                self.run.before_undo(),
                self.run.again(&part)
            ),
        );
        Ok(Flow::Leave)
    }

    /// Takes these steps back, one after the other; whether all are taken back that can be.
    fn take_steps_back(&mut self, steps: Vec<Step>) -> Result<bool, EngineError> {
        let mut all = true;
        for step in steps {
            self.operator.say(&format!("undo: {}", step.title));
            match &step.undo {
                Some(Undo::Command { .. }) => all &= self.undo_step(&step)?,
                other => {
                    self.operator.say(&format!("  {}", stays(&step)));
                    all &= !matches!(other, Some(Undo::Instead(_)));
                }
            }
            if self.operator.is_leaving() {
                return Ok(false);
            }
        }
        Ok(all)
    }

    /// Says why nothing goes on before a taking back is ended.
    pub(super) fn say_undo_first(&self) {
        if let Some(unended) = Unended::of(self.run.state()) {
            let words = unended.words;
            self.operator.say(&format!(
                "{words}: the run cannot be resumed before its undo is complete"
            ));
        }
    }

    fn undo_step(&mut self, step: &Step) -> Result<bool, EngineError> {
        let Some(Undo::Command {
            command,
            repeatable,
            env,
            verify,
            ..
        }) = &step.undo
        else {
            return Ok(true);
        };
        let lost = self.run.lost_for_undo(step);
        if !lost.is_empty() {
            self.operator.mark(
                Sign::Failed,
                &format!(
                    "  NOT undone: nobody knows {}; undo it by hand",
                    lost.join(", ")
                ),
            );
            return Ok(false);
        }
        if self.may_come_after_its_undo(step)? {
            return Ok(false);
        }
        let last = match self.run.step_state(step).undo {
            UndoState::Started(last) => {
                let running = self.run.undo_folder(step, last).follow();
                match self.undo_ended(step, last, *repeatable, running)? {
                    Some(ok)
                        if ok || self.operator.is_leaving() || self.is_undo_over(step, last)? =>
                    {
                        return Ok(ok);
                    }
                    _ => last,
                }
            }
            UndoState::Failed(last) => last,
            // It was taken back before, and done again.
            UndoState::None | UndoState::Done => self.run.step_state(step).undo_tries,
        };
        match self.is_back(step, last, *repeatable, verify.as_deref())? {
            Judged::Absent => {}
            Judged::Open => return Ok(false),
            Judged::Settled => return Ok(true),
            Judged::Done => {
                self.record(Event::UndoFinished {
                    step: step.id.clone(),
                    attempt: last,
                    ok: true,
                    exit: None,
                    refused: None,
                    kept: Vec::new(),
                })?;
                return Ok(true);
            }
        }
        let is_refused = self.run.is_undo_refused(step);
        if is_refused && !self.operator.is_present() {
            self.say_undo_needs_terminal(step);
            return Ok(false);
        }
        let Some(secrets) = self
            .secrets
            .of_command(step, command, &self.run, &self.operator)
        else {
            return Ok(false);
        };
        let attempt = self.run.undo_folder(step, last + 1);
        let job = self.run.job(step, command, &attempt, env);
        is_new(&attempt, || {
            format!("attempt {} of the undo of `{}`", last + 1, step.id)
        })?;
        self.record(Event::UndoStarted {
            step: step.id.clone(),
            attempt: last + 1,
            terminal: is_refused,
            kept: Vec::new(),
        })?;
        attempt.prepare(&job)?;
        let running = match is_refused {
            true => self.hand_over(&attempt, &job, &secrets)?,
            false => self
                .secrets
                .start((&attempt, &job), secrets, &self.run, &self.operator)?,
        };
        let ended = self.undo_ended(step, last + 1, false, running)?;
        // The terminal is given once: a try that had it says nothing that is kept, so it is not refused.
        match self.run.is_undo_refused(step) && !self.operator.is_leaving() {
            true => self.undo_step(step),
            false => Ok(ended.unwrap_or(false)),
        }
    }

    /// Whether a try to take a step back that did not end well did nothing, and nothing more is to be
    /// done for it now.
    fn is_undo_over(&self, step: &Step, last: u32) -> Result<bool, EngineError> {
        Ok(!self.run.is_undo_refused(step) && !self.run.may_have_acted(step, last)?)
    }

    fn say_undo_needs_terminal(&self, step: &Step) {
        let said = self.run.step_state(step).undo_refused.unwrap_or_default();
        self.say_needs_terminal(step, Part::Undo, &said, &self.run.again(""));
    }

    /// Whether a step may act still that did not end well: what it does then, nobody would take back.
    /// What one that ended well left is its work, and its undo may be what ends it.
    fn may_come_after_its_undo(&mut self, step: &Step) -> Result<bool, EngineError> {
        let found = self.run.step_state(step);
        if found.progress == Progress::Done {
            return Ok(false);
        }
        let living = self.run.folder(step, found.attempt).living()?;
        self.say_survivors(step, &living);
        if !living.is_empty() {
            self.operator.say(
                "  NOT undone: a process of this step could act after the undo; end that process, or wait for it",
            );
        }
        Ok(!living.is_empty())
    }

    /// Whether a step is taken back before its undo is tried behind try `last`: its `verify` may
    /// say so, and where the end of that try is unknown a person has to.
    fn is_back(
        &mut self,
        step: &Step,
        last: u32,
        repeatable: bool,
        verify: Option<&Verify>,
    ) -> Result<Judged, EngineError> {
        let said = match verify {
            Some(verify) => self.ask_verify(step, Part::UndoVerify, verify)?,
            None => Asked::Unknown,
        };
        match said {
            Asked::Refused => Ok(Judged::Open),
            Asked::Yes => {
                self.operator.mark(Sign::Skipped, "  undone already");
                Ok(Judged::Done)
            }
            _ if !self.run.is_open_undo(step, last) => Ok(Judged::Absent),
            // What runs still may do yet what its verify does not find.
            _ if !self.run.undo_folder(step, last).living()?.is_empty() => {
                self.judge_undo(step, last)
            }
            Asked::Unknown if !repeatable && self.run.may_have_acted(step, last)? => {
                self.judge_undo(step, last)
            }
            _ => Ok(Judged::Absent),
        }
    }

    /// Lets a person say whether an undo in doubt happened: it is never repeated unasked.
    fn judge_undo(&mut self, step: &Step, attempt: u32) -> Result<Judged, EngineError> {
        self.operator.mark(
            Sign::Doubt,
            "  IN DOUBT: the undo of the step was started, and nobody knows whether it was done",
        );
        let living = self.run.undo_folder(step, attempt).living()?;
        self.say_survivors(step, &living);
        if !self.operator.is_present() {
            self.operator.say(&format!(
                "  check whether the step is undone, then type at a terminal: {}",
                self.run.again("")
            ));
            return Ok(Judged::Open);
        }
        let (judged, verdict) = loop {
            match self.ask(
                "  [d] it is undone  [n] it is not: run the undo  [q] I do not know: leave",
                || false,
            ) {
                Heard::Line(key) if key == "d" => break (Judged::Settled, Verdict::Done),
                Heard::Line(key) if key == "n" => break (Judged::Absent, Verdict::Absent),
                Heard::Line(key) if key != "q" => {}
                _ => return Ok(Judged::Open),
            }
        };
        let by = self.person();
        self.record(Event::UndoResolved {
            step: step.id.clone(),
            attempt,
            verdict,
            by,
            reason: None,
        })?;
        Ok(judged)
    }

    /// Writes down how a try to take a step back ended; nothing if it may be started again.
    pub(super) fn undo_ended(
        &mut self,
        step: &Step,
        number: u32,
        repeatable: bool,
        running: Running,
    ) -> Result<Option<bool>, EngineError> {
        let attempt = self.run.undo_folder(step, number);
        let record = match self.sit_out(running, &format!("{}: undo", step.id), None)? {
            Some(Found::Ended(record)) => {
                self.run
                    .keep(&attempt, &OF_A_LOOK, record.survivors.is_empty())?;
                record
            }
            // It goes on by itself; whoever comes next finds out what became of it.
            None => return Ok(Some(false)),
            Some(Found::NeverStarted) => return Ok(None),
            Some(Found::Unknown) if repeatable => return Ok(None),
            Some(Found::Unknown) => ExitRecord::default(),
        };
        let ok = record.code == Some(0) && !record.timed_out;
        let asks = match (&step.undo, ok) {
            (Some(Undo::Command { refusal, .. }), false) => refusal.as_ref(),
            _ => None,
        };
        let refused = command::refused(asks, &attempt, &record)?;
        self.record(Event::UndoFinished {
            step: step.id.clone(),
            attempt: number,
            ok,
            exit: record.code,
            refused: refused.clone(),
            kept: Vec::new(),
        })?;
        if let Some(said) = refused {
            self.mark_of(
                Sign::Waiting,
                step,
                &format!("it did nothing yet and asks for a person: “{said}”"),
            );
            return Ok(Some(false));
        }
        match ok {
            true => self.tell(step, &record, Outcome::Ok),
            false => {
                self.tell(step, &record, Outcome::Failed);
                self.quote_end(&attempt);
            }
        }
        Ok(Some(ok))
    }
}

impl RunRecord {
    /// Whether try `last` is the one that the step may be taken back by, and nobody has said yet that
    /// it did nothing.
    fn is_open_undo(&self, step: &Step, last: u32) -> bool {
        let known = self.step_state(step);
        let is_open = matches!(known.undo, UndoState::Started(_) | UndoState::Failed(_));
        is_open && last > 0 && known.undo_absent != last
    }

    /// Whether nothing but a person at a terminal is missing for a taking back to go on.
    fn needs_terminal_for_undo(&self) -> bool {
        Unended::of(self.state()).is_some_and(|unended| unended.needs_terminal())
    }

    /// What a person does before they take back what is left.
    fn before_undo(&self) -> &'static str {
        match self.needs_terminal_for_undo() {
            true => "go to a terminal",
            false => "fix what failed",
        }
    }

    /// Whether the command that takes a step back ran without a terminal and is to be given one.
    fn is_undo_refused(&self, step: &Step) -> bool {
        let known = self.step_state(step);
        matches!(known.undo, UndoState::Failed(_)) && known.undo_refused.is_some()
    }

    /// Whether a try to take a step back may have done more than it could say.
    fn may_have_acted(&self, step: &Step, attempt: u32) -> Result<bool, EngineError> {
        Ok(match self.undo_folder(step, attempt).follow().try_wait()? {
            Some(Found::Unknown) => true,
            Some(Found::Ended(record)) => record.may_act(),
            Some(Found::NeverStarted) | None => false,
        })
    }

    /// What the undo of a step uses of steps that happened, and nobody knows.
    fn lost_for_undo(&self, step: &Step) -> Vec<String> {
        let mut undo = Step {
            verify: None,
            ..step.without_children()
        };
        let (values, mut lost) = (self.values(&step.id), Vec::new());
        undo.each_text(&mut |text| {
            let unknown = values.unknown(text).into_iter();
            let of_begun = unknown.filter(|path| self.happened(path));
            lost.extend(of_begun.map(ToString::to_string));
        });
        lost
    }

    /// Whether a path names an output of a step that was begun.
    fn happened(&self, path: &ValuePath) -> bool {
        let ValuePath::Step {
            id,
            value: StepValue::Output(_),
        } = path
        else {
            return false;
        };
        let mut steps = self.state().steps.iter();
        steps.any(|(path, found)| paths::base(path) == *id && found.attempt > 0)
    }

    /// The command that does a taking back again once what failed in it is fixed.
    pub(super) fn again(&self, what: &str) -> String {
        let short = self.short();
        match self.state().end {
            Some(End::Finished) => format!("runbook undo {short}{what} --confirm {short}"),
            _ => format!("runbook undo {short}{what}"),
        }
    }
}
