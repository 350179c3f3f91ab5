//! Steps that people do, allow and decide, and messages to them.

use super::keys::At;
use super::masking;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::channels;
use crate::exec::engine::operator::Heard;
use crate::exec::plan::people;
use crate::exec::plan::{Auto, Channel, Choice, Field, Step, Text};
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::state::options;
use crate::exec::state::values;
use crate::screen::signs::Sign;
use channels::Places;
use std::collections::BTreeMap;
use std::path::Path;

impl Engine {
    pub(super) fn notify(
        &mut self,
        step: &Step,
        channel: &str,
        text: &Text,
    ) -> Result<Flow, EngineError> {
        let words = self.fill(step, text);
        let shown = words.replace('\n', "\n    ");
        self.operator.say(&format!("  {channel}: {shown}"));
        let sent = match self.run.plan().channels.get(channel) {
            None | Some(Channel::Terminal) => Ok(()),
            Some(way) => {
                let places = Places {
                    state: &self.run.state_folder(),
                    target: Path::new(&self.run.plan().target),
                };
                channels::send(way, &places, &words)
            }
        };
        let (step, channel) = (step.id.clone(), channel.to_owned());
        match sent {
            Ok(()) => self.record(Event::NotifySent { step, channel })?,
            Err(reason) => {
                self.operator
                    .mark(Sign::Warning, &format!("  warning: {reason}"));
                self.record(Event::NotifyFailed {
                    step,
                    channel,
                    reason,
                })?;
            }
        }
        Ok(Flow::On)
    }

    pub(super) fn manual(
        &mut self,
        step: &Step,
        text: &str,
        fields: &[Field],
    ) -> Result<Flow, EngineError> {
        self.operator.explain(text);
        let wanted: String = fields
            .iter()
            .map(|field| format!(" {}=…", field.name))
            .collect();
        if let Some(flow) = self.leave_to_others(step, &wanted)? {
            return Ok(flow);
        }
        let mut given = BTreeMap::new();
        for field in fields {
            match self.question(&field.question(None), field) {
                Some(value) => given.insert(field.name.clone(), value),
                None => return Ok(Flow::Leave),
            };
        }
        if fields.is_empty()
            && !matches!(self.ask("  [Enter] done  [q] leave", || false), Heard::Line(key) if key.is_empty())
        {
            return Ok(Flow::Leave);
        }
        let by = self.person();
        self.record(Event::ManualCompleted {
            step: step.id.clone(),
            by,
            account: None,
            fields: given,
            files: Vec::new(),
        })?;
        Ok(Flow::On)
    }

    /// Leaves a step to those whose part it is: nobody is here, or the person who is may not do it.
    /// `wanted` is what they have to add to their answer. Nothing, if the person here may.
    fn leave_to_others(&mut self, step: &Step, wanted: &str) -> Result<Option<Flow>, EngineError> {
        let may = people::may_do(self.run.plan(), step, self.operator.account());
        if self.operator.is_present() && may.is_ok() {
            return Ok(None);
        }
        if let Err(why) = &may {
            self.operator.say(&format!("  {why}"));
        }
        self.operator.say(&format!(
            "  answer with: runbook answer {} {}{wanted}",
            self.run.short(),
            step.id
        ));
        if !self.operator.is_present() {
            return Ok(Some(Flow::Stuck));
        }
        let inbox = self.run.inbox();
        loop {
            let prompt = "  waiting for the answer  [?] more  [q] leave";
            match self.ask(prompt, || inbox::has_mail(&inbox)) {
                Heard::Other => return Ok(Some(Flow::On)),
                Heard::Line(line) if line.is_empty() => return Ok(Some(Flow::On)),
                Heard::Line(line) if line != "q" => {
                    if self.common_key(step, At::Others, &line)? {
                        return Ok(Some(Flow::On));
                    }
                }
                _ => return Ok(Some(Flow::Leave)),
            }
        }
    }

    /// Asks until the value fits; `None` if the terminal is gone.
    pub(super) fn question(&mut self, question: &str, field: &Field) -> Option<String> {
        loop {
            let Heard::Line(value) = self.ask(&format!("  {question}"), || false) else {
                return None;
            };
            match values::fits(field, &value) {
                Ok(()) if self.holds_secret(&value) => {
                    self.operator
                        .say(&format!("  not taken: {}", masking::KEPT));
                }
                Ok(()) => return Some(value),
                Err(expected) => self.operator.say(&format!("  this has to be {expected}")),
            }
        }
    }

    /// Lets a person choose, unless the choice makes itself. A way back that was gone as often as
    /// it may be is no choice any more.
    pub(super) fn decide(
        &mut self,
        step: &Step,
        text: &str,
        options: &BTreeMap<String, Choice>,
        auto: Option<&Auto>,
    ) -> Result<Flow, EngineError> {
        let open = options::open_options(self.run.state(), &step.id, options);
        if let Some(auto) = auto
            && open.contains(&auto.choose)
            && self.run.holds(step, &auto.when)
        {
            self.operator
                .say(&format!("  {}, because {}", auto.choose, auto.when.text));
            let because = Some(auto.when.text.clone());
            return self.choose(step, "auto".to_owned(), auto.choose.clone(), because);
        }
        self.operator.explain(text);
        for line in options::outcomes(self.run.plan(), Some(self.run.state()), &step.id, options) {
            self.operator.say(&format!("  {line}"));
        }
        let wanted = format!(" --choose {}", open.join("|"));
        if let Some(flow) = self.leave_to_others(step, &wanted)? {
            return Ok(flow);
        }
        let inbox = self.run.inbox();
        loop {
            let prompt = format!("  choose {}  [?] more  [q] leave", open.join(", "));
            match self.ask(&prompt, || inbox::has_mail(&inbox)) {
                Heard::Line(choice) if open.contains(&choice) => {
                    let by = self.person();
                    return self.choose(step, by, choice, None);
                }
                Heard::Line(line) if line == "g" => self.say_ways_back(options, &open),
                Heard::Line(line) if options.contains_key(&line) => self
                    .operator
                    .say(&format!("  {line} was chosen as often as it may be")),
                // Keys are one character.
                Heard::Line(line) if line.chars().nth(1).is_some() => self
                    .operator
                    .say(&format!("  this has to be one of: {}", open.join(", "))),
                Heard::Line(line) if line != "q" => {
                    if self.common_key(step, At::Choice, &line)? {
                        return Ok(Flow::On);
                    }
                }
                Heard::Other => return Ok(Flow::On),
                _ => return Ok(Flow::Leave),
            }
        }
    }

    fn choose(
        &mut self,
        step: &Step,
        by: String,
        choice: String,
        because: Option<String>,
    ) -> Result<Flow, EngineError> {
        self.record(Event::DecisionMade {
            step: step.id.clone(),
            by,
            account: None,
            choice,
            because,
            files: Vec::new(),
        })?;
        Ok(Flow::On)
    }

    fn say_ways_back(&self, options: &BTreeMap<String, Choice>, open: &[String]) {
        for (name, choice) in options {
            if let Choice::Goto { to, .. } = choice
                && open.contains(name)
            {
                self.operator
                    .say(&format!("  {name} goes back to {to}; type its name"));
            }
        }
    }
}
