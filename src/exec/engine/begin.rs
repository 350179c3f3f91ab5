//! Beginning a step: is it already so, may it start, and what kind is it?

use super::keys::At;
use super::terminal::{Asked, Part};
use super::{Engine, EngineError, Flow, Go};
use crate::exec::engine::operator::Heard;
use crate::exec::engine::prose;
use crate::exec::plan::paths;
use crate::exec::plan::{Command, Effect, Kind, Step};
use crate::exec::record::causes::SettledBy;
use crate::exec::record::event::{Event, Verdict};
use crate::model::step_number::BESIDE;
use crate::screen::signs::Sign;

impl Engine {
    pub(super) fn begin(&mut self, step: &Step) -> Result<Flow, EngineError> {
        if self.is_left_out(step)? {
            return Ok(Flow::On);
        }
        if let Some(each) = &step.each {
            return self.enter_loop(step, each);
        }
        if step.is_group() {
            return self.enter(step);
        }
        self.headline(step);
        let known = self.is_so(step)?;
        if known == Asked::Refused {
            return Ok(Flow::Stuck);
        }
        if known == Asked::Yes {
            if step.effect == Effect::Once || step.outputs.is_empty() {
                return self.already_so(step);
            }
            self.operator
                .say("  already so; the step is run anyway, because its outputs are needed");
        }
        if self.operator.is_leaving() {
            return Ok(Flow::Leave);
        }
        match &step.kind {
            Kind::Command(_) if step.interactive && !self.operator.is_present() => {
                self.operator
                    .mark(Sign::Waiting, "  this step needs a terminal: resume on one");
                Ok(Flow::Stuck)
            }
            Kind::Command(_) if self.run.is_refused(step) && !self.operator.is_present() => {
                let said = self.run.step_state(step).refused.unwrap_or_default();
                self.say_needs_terminal(step, Part::Command, &said, &self.resume_words());
                Ok(Flow::Stuck)
            }
            Kind::Command(command) if self.is_second_go(step) => {
                self.operator
                    .say("  the same command again: the terminal is its own until it ends");
                self.execute(step, command)
            }
            // Nobody is asked before what only reads, as before a check.
            Kind::Command(command) if step.only_reads() => self.execute_unasked(step, command),
            Kind::Command(command) => match self.may_start(step)? {
                Go::Start => self.execute(step, command),
                Go::Settled => Ok(Flow::On),
                Go::Leave if !self.operator.is_present() => Ok(Flow::Stuck),
                Go::Leave => Ok(Flow::Leave),
            },
            Kind::Check(command) => self.execute_unasked(step, command),
            Kind::Notify { channel, text } => self.notify(step, channel, text),
            Kind::Manual { text, fields } => self.manual(step, text, fields),
            Kind::Decide {
                text,
                options,
                auto,
            } => self.decide(step, text, options, auto.as_ref()),
            Kind::Approve { count, text, .. } => self.open_gate(step, *count, text),
            Kind::Wait { .. } => self.wait(step),
            Kind::Call(_) | Kind::Parallel { .. } | Kind::Sequence(_) => self.enter(step),
        }
    }

    /// Runs a command that changes nothing.
    fn execute_unasked(&mut self, step: &Step, command: &Command) -> Result<Flow, EngineError> {
        if self.operator.shows_commands() {
            self.outlook(step);
        }
        self.execute(step, command)
    }

    /// Whether a step comes once more that whoever is here let begin already.
    fn is_second_go(&self, step: &Step) -> bool {
        self.run.is_refused(step) && self.memory.is_refused(step)
    }

    /// What we tried before and now find done was done by us, and is ours to take back.
    fn already_so(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.operator
            .mark(Sign::Skipped, "  already so: nothing to do");
        match self.run.attempt(step) {
            0 => self.record(Event::StepNotNeeded {
                step: step.id.clone(),
                kept: Vec::new(),
            })?,
            attempt => self.resolve(step, attempt, Verdict::Done, SettledBy::Verify)?,
        }
        Ok(Flow::On)
    }

    /// Shows which step it is: its number in the plan, its name, and the path if the plan's step is
    /// done more than once.
    pub(super) fn headline(&self, step: &Step) {
        let id = paths::base(&step.id);
        let plan = self.run.plan();
        let which = match id == step.id {
            true => String::new(),
            false => format!("  {}", step.id),
        };
        let words = match plan.number(&step.id) {
            Some(number) => format!("{number:>2}/{} {}{which}", plan.steps.len(), step.title),
            None => format!("   {BESIDE} {}{which}", step.title),
        };
        self.operator.say(&words);
    }

    /// Shows what a step will do, what can be said of it, and what to do if it fails.
    fn outlook(&self, step: &Step) {
        let (Kind::Command(command) | Kind::Check(command)) = &step.kind else {
            return;
        };
        let words = match command {
            Command::Shell { script, .. } => script.clone(),
            Command::Program(items) => items
                .iter()
                .map(|item| self.fill(step, item))
                .collect::<Vec<_>>()
                .join(" "),
        };
        words
            .trim_end()
            .lines()
            .for_each(|line| self.operator.say(&format!("    {line}")));
        self.operator.say(&format!(
            "  {}, {}",
            step.effect.describe(),
            step.undo_words()
        ));
        if let Some(text) = &step.fail_text {
            self.operator.say("  if it fails:");
            self.operator.say(&prose::lines(text, "    "));
        }
    }

    /// Asks before a step that acts, if the operator wants to be asked or has to type something.
    pub(super) fn may_start(&mut self, step: &Step) -> Result<Go, EngineError> {
        let asks = self.operator.asks_first() || step.confirm.is_some();
        if self.operator.shows_commands() || self.operator.is_present() && asks {
            self.outlook(step);
        }
        if let Some(confirm) = &step.confirm {
            let wanted = self.fill(step, confirm);
            let go = self.operator.is_confirmed(step) || self.typed(&step.id, &wanted);
            return Ok(if go { Go::Start } else { Go::Leave });
        }
        if !self.operator.asks_first() {
            return Ok(Go::Start);
        }
        loop {
            let heard = self.ask(
                "  [Enter] run  [a] all up to the next gate  [?] more  [q] leave",
                || false,
            );
            match heard {
                Heard::Line(key) if key.is_empty() => return Ok(Go::Start),
                Heard::Line(key) if key == "a" => {
                    self.operator.ask_before_each(false);
                    return Ok(Go::Start);
                }
                Heard::Line(key) if key == "q" => return Ok(Go::Leave),
                Heard::Line(key) => {
                    if self.common_key(step, At::Before, &key)? {
                        return Ok(Go::Settled);
                    }
                }
                Heard::Gone | Heard::Other => return Ok(Go::Leave),
            }
        }
    }

    pub(super) fn typed(&mut self, id: &str, wanted: &str) -> bool {
        if !self.operator.is_present() {
            self.operator.say(&format!(
                "  somebody has to type `{wanted}` here: resume on a terminal, or with --confirm {id}"
            ));
            return false;
        }
        loop {
            match self.ask(
                &format!("  type `{wanted}` to continue, or q to leave:"),
                || false,
            ) {
                Heard::Line(line) if line == wanted => return true,
                Heard::Line(line) if line == "q" => return false,
                Heard::Line(_) => self
                    .operator
                    .say("  this text differs from the text to type"),
                Heard::Gone | Heard::Other => return false,
            }
        }
    }
}
