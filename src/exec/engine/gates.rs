//! Gates: what is asked of whom when one is opened, and the wait for the answer.

use super::keys::At;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::{Plan, Step, Text, authors};
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::state::asking::{self, Circumstances, Subject};
use crate::exec::state::gate::Gate;
use crate::exec::state::gate_words;
use crate::exec::state::stale::{Stale, stale};
use crate::git;
use crate::screen::signs::Sign;
use std::path::Path;

impl Engine {
    /// Opens a gate: from here on somebody is waited for.
    pub(super) fn open_gate(
        &mut self,
        step: &Step,
        count: u32,
        text: &Text,
    ) -> Result<Flow, EngineError> {
        // What is asked names the line before: nothing may come between.
        self.note_waiting()?;
        let text = self.fill(step, text);
        let request = self.circumstances(step, &text).and_then(|known| {
            let request = asking::request(self.run.plan(), step, known)?;
            Ok(request)
        });
        let request = match request {
            Ok(request) => request,
            Err(why) => {
                self.operator
                    .mark(Sign::Failed, &format!("  nobody was asked yet: {why}"));
                self.say_how_to_look_again(step);
                return Ok(Flow::Leave);
            }
        };
        self.record(Event::GateOpened {
            step: step.id.clone(),
            text,
            count,
            expires: request.expires.clone(),
            request: Some(request.to_text()),
        })?;
        Ok(Flow::On)
    }

    /// Writes down which approvals do not count any more, so that those gates are asked again.
    pub(super) fn void_stale_gates(&mut self) -> Result<(), EngineError> {
        for Stale { gate, why } in stale(self.run.plan(), self.run.state(), self.run.id()) {
            self.operator.mark(
                Sign::Warning,
                &format!(
                    "  the approval of `{gate}` does not count any more: {why}; it is asked again"
                ),
            );
            self.record(Event::GateVoid {
                step: gate,
                reason: why,
            })?;
        }
        Ok(())
    }

    /// What is known now of what a gate asks.
    fn circumstances(&self, step: &Step, text: &str) -> Result<Circumstances, String> {
        let plan = self.run.plan();
        let subject = Subject::of(&step.kind, |text| self.fill(step, text));
        is_whole(subject.commit.as_deref())?;
        let authors = authors(plan, &subject)?;
        let (run, digest, head) = self.run.standing();
        Ok(Circumstances {
            run,
            plan: digest,
            head,
            text: text.to_owned(),
            opened: self.time.now(),
            policy: self.policy()?,
            subject,
            authors,
        })
    }

    /// Says who is still asked.
    fn say_whom(&self, gate: &Gate) {
        for line in gate_words::lines_of_gate(gate) {
            self.operator.say(&format!("    {line}"));
        }
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
        } else if let Some(why) = &self.run.plan().policy.claimed {
            self.operator
                .say(&format!("  approvals of this run are claims: {why}"));
        } else if self.run.plan().careful {
            self.operator.say(
                "  approvals of this run are claims; to have them signed, list SSH keys in roles.yaml: people: { ana: { keys: [\"ssh-ed25519 …\"] } }",
            );
        }
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
        self.say_whom(&found);
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

/// The people who wrote what is released, where its row asks for that: those behind the commits from `since` on, or
/// behind the commit alone.
fn authors(plan: &Plan, subject: &Subject) -> Result<Vec<String>, String> {
    let Some(row) = &subject.row else {
        return Ok(Vec::new());
    };
    if !plan.row(row)?.not_author {
        return Ok(Vec::new());
    }
    let commit = subject.commit.as_ref().ok_or_else(|| {
        format!("the row `{row}` does not let authors approve, and the step does not say what is released: add `commit:`")
    })?;
    authors::authors(
        plan,
        Path::new(&plan.target),
        commit,
        subject.since.as_deref(),
    )
}

/// Refuses a name in the place of a commit: it can stand for another one tomorrow.
fn is_whole(commit: Option<&str>) -> Result<(), String> {
    match commit {
        Some(commit) if !git::is_hash(commit) => Err(format!(
            "`commit:` comes to `{commit}`, and has to be the whole hash of a commit, as `git rev-parse` prints it"
        )),
        _ => Ok(()),
    }
}
