//! Steps that people do, allow and decide, and messages to them.

use super::keys::At;
use super::masking;
use super::time::after;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::channels;
use crate::exec::engine::operator::Heard;
use crate::exec::plan::{Auto, Channel, Choice, Field, Step, Text};
use crate::exec::plan::{people, protected};
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::record::request::Policy;
use crate::exec::state::asking::{self, Circumstances};
use crate::exec::state::gate::Gate;
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

    /// Opens a gate: from here on somebody is waited for.
    pub(super) fn open_gate(
        &mut self,
        step: &Step,
        (role, count): (&str, u32),
        text: &Text,
        expires: Option<u64>,
    ) -> Result<Flow, EngineError> {
        let policy = match self.policy() {
            Ok(policy) => policy,
            Err(why) => {
                self.operator
                    .mark(Sign::Failed, &format!("  nobody was asked yet: {why}"));
                return Ok(Flow::Leave);
            }
        };
        let opened = self.time.now();
        let expires = expires.map(|seconds| {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            after(opened, jiff::SignedDuration::from_secs(seconds))
        });
        let text = self.fill(step, text);
        let (run, plan, head) = self.run.standing();
        let known = Circumstances {
            run,
            plan,
            head,
            text: text.clone(),
            opened: opened.to_string(),
            expires: expires.clone(),
            policy,
        };
        let request = asking::request(self.run.plan(), step, role, count, known);
        self.record(Event::GateOpened {
            step: step.id.clone(),
            text,
            count,
            expires,
            request: Some(request.to_text()),
        })?;
        Ok(Flow::On)
    }

    /// Says how an approver elsewhere is asked, or that nothing proves who approves.
    fn say_how_it_is_proved(&self, gate: &Gate) {
        let Some(asked) = &gate.asked else {
            return;
        };
        let run = self.run.short();
        if asked.request.signed {
            self.operator.say(&format!(
                "  only a signed approval counts; for an approver elsewhere: runbook request {run} --line"
            ));
        } else if self.run.plan().careful {
            self.operator.say(
                "  approvals of this run are claims; to have them signed, list SSH keys in roles.yaml: people: { ana: { keys: [\"ssh-ed25519 …\"] } }",
            );
        }
    }

    /// The policy that approvals of this run are judged by, where only signed ones count: what the remote has now.
    fn policy(&self) -> Result<Option<Policy>, String> {
        let plan = self.run.plan();
        if !plan.wants_signatures() {
            return Ok(None);
        }
        let folder = plan.project_folder.as_ref().map(Path::new);
        let folder = folder.ok_or("the run does not know the folder of its project")?;
        let tip = protected::tip(folder)?;
        if let Some(why) = plan.policy_differs(folder, &tip.branch, &tip.commit) {
            return Err(format!(
                "{why}; push the change and have it reviewed, or take the newest: git pull; then begin a run"
            ));
        }
        Ok(Some(Policy {
            repository: plan.source.repository.clone().unwrap_or_default(),
            branch: tip.branch,
            commit: tip.commit,
        }))
    }

    pub(super) fn gate(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let found = self.run.step_state(step).gate;
        let now = self.time.clock();
        if found.is_expired(now()) {
            self.operator.mark(
                Sign::Failed,
                "  nobody answered in time: that counts as rejected",
            );
            self.record(Event::GateExpired {
                step: step.id.clone(),
            })?;
            return Ok(Flow::On);
        }
        self.operator.ask_before_each(self.run.plan().careful);
        self.operator
            .say(&format!("  {}", found.text.as_deref().unwrap_or_default()));
        let (run, id) = (self.run.short(), &step.id);
        self.operator.mark(
            Sign::Waiting,
            &format!("  waiting for approval; an approver runs: runbook approve {run} {id}"),
        );
        self.say_how_it_is_proved(&found);
        if !self.operator.is_present() {
            return Ok(Flow::Leave);
        }
        let inbox = self.run.inbox();
        loop {
            match self.ask("  waiting for the answer  [?] more  [q] leave", || {
                inbox::has_mail(&inbox) || found.is_expired(now())
            }) {
                Heard::Other => return Ok(Flow::On),
                Heard::Line(line) if line.is_empty() => return Ok(Flow::On),
                Heard::Line(line) if line != "q" => {
                    if self.common_key(step, At::Others, &line)? {
                        return Ok(Flow::On);
                    }
                }
                _ => return Ok(Flow::Leave),
            }
        }
    }
}
