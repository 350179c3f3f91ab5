//! Gates: what is asked of whom when one is opened, and the wait for the answer.

use super::keys::At;
use super::{Engine, EngineError, Flow};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::{Plan, Step, Text, protected};
use crate::exec::record::event::Event;
use crate::exec::record::inbox;
use crate::exec::record::request::{Need, Policy};
use crate::exec::state::asking::{self, Circumstances, Subject};
use crate::exec::state::gate::Gate;
use crate::exec::state::quorum;
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

    /// What is known now of what a gate asks.
    fn circumstances(&self, step: &Step, text: &str) -> Result<Circumstances, String> {
        let plan = self.run.plan();
        let subject = Subject::of(&step.kind, |text| self.fill(step, text));
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
        let Some(asked) = gate
            .asked
            .as_ref()
            .filter(|asked| asked.request.row.is_some())
        else {
            return;
        };
        for (ask, missing) in quorum::missing(&asked.request, &gate.given()) {
            let count = if missing > 1 {
                format!("{missing} of ")
            } else {
                String::new()
            };
            self.operator
                .say(&format!("    {count}{}", quorum::whom(ask)));
        }
        for ask in asked
            .request
            .asks
            .iter()
            .filter(|ask| ask.need == Need::Later)
        {
            self.operator
                .say(&format!("    afterwards: {}", quorum::whom(ask)));
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
/// behind the commit alone. Somebody whom the project does not list cannot approve in any case.
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
    let range = match &subject.since {
        Some(since) => format!("{since}..{commit}"),
        None => format!("{commit}^!"),
    };
    let format = "--format=%aE%n%(trailers:key=Co-authored-by,valueonly)";
    // Whatever the texts are, they are no options of git.
    let words = [
        "log",
        "--no-show-signature",
        format,
        "--end-of-options",
        &range,
        "--",
    ];
    let said = git::ask(Path::new(&plan.target), &words);
    let said = said.ok_or_else(|| format!("git does not know who wrote {range}"))?;
    let said = String::from_utf8_lossy(&said).to_lowercase();
    let mails: Vec<&str> = said
        .split(|c: char| c.is_whitespace() || c == '<' || c == '>')
        .filter(|word| word.contains('@'))
        .collect();
    let wrote = plan.people.iter().filter(|person| {
        let mut own = person.mails.iter();
        own.any(|mail| mails.contains(&mail.as_str()))
    });
    Ok(wrote.map(|person| person.name.clone()).collect())
}
