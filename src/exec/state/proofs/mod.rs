//! Whether the approvals of a record are what they say, judged again from plan and journal alone.
//!
//! The chain of the journal shows that no line was changed. It does not show that whoever wrote the lines was let to:
//! its owner can write all of them again. So each approval is judged once more, as when it was taken in, and each gate
//! is compared with what the plan asks. What people signed cannot be made again by anybody else.

mod differing;

use self::differing::{asked_otherwise, differing};
use super::approving::proved;
use super::asking::{self, Circumstances, Subject};
use super::gate::Asked;
use super::outline;
use super::quorum::{self, Given};
use super::values::Values;
use super::{Progress, RunState};
use crate::exec::plan::{Kind, Plan, Step, paths};
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::record::request::Request;
use crate::exec::record::statement::{Signed, Verdict};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What was found of the approvals of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Who signed what, for people.
    pub signed: Vec<String>,
    /// What is claimed and proved by nothing.
    pub claimed: Vec<String>,
    /// What does not fit.
    pub faults: Vec<String>,
    /// What fits no more, because the run goes by a changed plan since: whoever audits it has to look.
    pub doubts: Vec<String>,
}

/// A gate that was opened, and the approvals so far.
struct Opened {
    asked: Asked,
    given: Vec<Given>,
}

/// Judges the approvals of the run with this id, which goes by the plan with the SHA-256 `digest`. What was approved
/// before a person let the run go on by a changed plan is of another plan: of its request only who was asked, and how that
/// is proved, has to be what the plan asks now.
pub fn judge(plan: &Plan, digest: &str, run: &str, entries: &[Entry]) -> Proofs {
    let state = RunState::fold(entries);
    let mut judge = Judge {
        plan,
        digest,
        run,
        steps: outline::steps(plan, &state),
        gates: BTreeMap::new(),
        is_of_this_plan: true,
        begun: BTreeMap::new(),
        asked_again: BTreeMap::new(),
        found: Proofs::default(),
    };
    let changed = entries
        .iter()
        .rposition(|entry| matches!(entry.event, Event::PlanChanged { .. }));
    let mut head = "";
    for (at, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::StepStarted { step, .. } => {
                judge.begun.insert(step.clone(), at);
            }
            Event::PlanChanged { void, .. } => {
                let void = void.iter().map(|gate| (gate.clone(), at));
                judge.asked_again.extend(void);
            }
            _ => {}
        }
        let is_void = |one: &Entry| match (&one.event, entry.event.step()) {
            (Event::PlanChanged { void, .. }, Some(step)) => void.iter().any(|gate| gate == step),
            _ => false,
        };
        let is_gate = matches!(
            entry.event,
            Event::GateOpened { .. } | Event::GateApproved { .. }
        );
        if is_gate && entries[at..].iter().any(is_void) {
            head = &entry.hash;
            continue;
        }
        judge.is_of_this_plan = changed.is_none_or(|changed| at > changed);
        judge.entry(entry, head, &entries[..at]);
        head = &entry.hash;
    }
    judge.passed_over(&state);
    judge.found
}

struct Judge<'p> {
    plan: &'p Plan,
    digest: &'p str,
    run: &'p str,
    steps: Vec<Step>,
    gates: BTreeMap<String, Opened>,
    /// Whether the line that is looked at was written by the plan that the run goes by now.
    is_of_this_plan: bool,
    /// The line where each step was begun last.
    begun: BTreeMap<String, usize>,
    /// The line where a changed plan made the approval of a gate void.
    asked_again: BTreeMap<String, usize>,
    found: Proofs,
}

impl Judge<'_> {
    /// One line of the journal; `head` is the hash of the line before, and `before` are all those.
    fn entry(&mut self, entry: &Entry, head: &str, before: &[Entry]) {
        match &entry.event {
            Event::GateOpened {
                step,
                text,
                expires,
                request: Some(request),
                ..
            } => {
                self.opened(step, request, head, &RunState::fold(before));
                let asked = self.gates.get(step).map(|gate| &gate.asked.request);
                if asked.is_some_and(|asked| asked.text != *text || asked.expires != *expires) {
                    self.fault(step, "what the journal shows of it is not what was asked");
                }
            }
            Event::GateOpened { step, .. } if self.plan.wants_signatures() => {
                self.fault(step, "it was opened without a request");
            }
            Event::GateApproved {
                step,
                by,
                key,
                signed,
                ..
            } => {
                let at = entry.at.parse().unwrap_or(Timestamp::MIN);
                self.approved(step, (by, key.as_deref(), signed.as_ref()), at);
            }
            _ => {}
        }
    }

    fn approved(
        &mut self,
        step: &str,
        (by, key, signed): (&str, Option<&str>, Option<&Signed>),
        at: Timestamp,
    ) {
        let judged = match self.gates.get(step) {
            None if self.plan.wants_signatures() => Err("nothing was asked".to_owned()),
            None => Ok(None),
            Some(gate) => {
                let proved = |signed| proved(self.plan, &gate.asked, signed, Verdict::Approve, at);
                let signed = signed.map(proved).transpose();
                signed.and_then(|signed| agrees(gate, by, key, signed, at))
            }
        };
        let counts = judged.is_ok();
        match judged {
            Ok(Some(print)) => {
                let words = format!("`{step}`: signed by {by} with {print}");
                self.found.signed.push(words);
            }
            Ok(None) => {
                let words = format!("`{step}`: claimed to be by {by}");
                self.found.claimed.push(words);
            }
            Err(why) => self.fault(step, &format!("the approval of {by} does not count: {why}")),
        }
        if let Some(gate) = self.gates.get_mut(step).filter(|_| counts) {
            let by = by.to_owned();
            gate.given.push(Given { by, at });
        }
    }

    /// Notes what does not fit. Where nothing has to be signed, nothing is proved either way.
    fn fault(&mut self, step: &str, what: &str) {
        if !self.plan.wants_signatures() {
            return;
        }
        self.found.faults.push(format!("the gate `{step}`: {what}"));
    }

    fn opened(&mut self, path: &str, text: &str, head: &str, state: &RunState) {
        let request = match Request::read(text) {
            Ok((request, _)) => request,
            Err(why) => return self.fault(path, &why),
        };
        match self.wanted(path, &request, state) {
            Some(wanted) if !self.is_of_this_plan => {
                let otherwise = asked_otherwise(&wanted, &request);
                if let Some(what) = otherwise.filter(|_| self.plan.wants_signatures()) {
                    self.found.doubts.push(format!("the gate `{path}`: {what}"));
                }
            }
            Some(wanted) if wanted != request => {
                let what = format!(
                    "what was asked is not what the plan asks; what differs: {}",
                    differing(&wanted, &request)
                );
                self.fault(path, &what);
            }
            Some(_) if request.head != head => {
                self.fault(path, "it was asked at another place of the journal");
            }
            Some(_) => {}
            None => self.fault(path, "the plan has no such gate"),
        }
        let asked = Asked {
            request,
            text: text.to_owned(),
        };
        self.gates.insert(
            path.to_owned(),
            Opened {
                asked,
                given: Vec::new(),
            },
        );
    }

    /// What the plan asks at a gate, with what only the moment knew taken from the request. What the step says of the
    /// commit and the like follows from what is known up to then, `state`.
    fn wanted(&self, path: &str, request: &Request, state: &RunState) -> Option<Request> {
        let step = self.steps.iter().find(|step| step.id == path)?;
        let values = Values {
            plan: self.plan,
            state,
            run: self.run,
            head: &request.head,
            at: path,
        };
        let known = Circumstances {
            run: self.run.to_owned(),
            plan: self.digest.to_owned(),
            head: request.head.clone(),
            text: request.text.clone(),
            opened: request.opened.parse().ok()?,
            policy: request.policy.clone(),
            subject: Subject::of(&step.kind, |text| values.fill(text)),
            authors: request.authors.clone(),
        };
        asking::request(self.plan, step, known).ok()
    }

    /// Gates that nobody passed, although what stands behind them was begun.
    fn passed_over(&mut self, state: &RunState) {
        let steps = std::mem::take(&mut self.steps);
        for (at, gate) in steps.iter().enumerate() {
            let is_gate = matches!(gate.kind, Kind::Approve { .. });
            if !is_gate || is_at_once(self.plan, gate) || !self.is_shut(state, gate) {
                continue;
            }
            let mut behind = steps[at + 1..].iter();
            let since = self.asked_again.get(&gate.id);
            let has_begun = |step: &&Step| {
                let began = self.begun.get(&step.id);
                marks(&step.id) == marks(&gate.id)
                    && began.is_some_and(|at| since.is_none_or(|since| at > since))
            };
            if let Some(step) = behind.find(has_begun) {
                let what = format!("`{}` behind it was begun, and nobody passed it", step.id);
                self.fault(&gate.id, &what);
            }
        }
    }

    /// Whether a gate was never passed, nor left out by what the plan says.
    fn is_shut(&self, state: &RunState, gate: &Step) -> bool {
        let mut around = self.plan.around(&gate.id).into_iter();
        let is_left_out = around.any(|outer| self.is_left_out(state, outer));
        let passed = self
            .gates
            .get(&gate.id)
            .is_some_and(|opened| quorum::is_satisfied(&opened.asked.request, &opened.given));
        // Whoever may skip it by its own words may leave it out.
        let may_be_skipped = gate.skip.is_some()
            && (state.progress(&gate.id) == Progress::Skipped
                || self.plan.left_out.contains_key(&gate.id));
        !(is_left_out || passed || may_be_skipped) && self.is_wanted(state, gate)
    }

    /// Whether the condition of a step holds, or it has none. Values that it is about do not change once they are there.
    fn is_wanted(&self, state: &RunState, step: &Step) -> bool {
        let values = Values {
            plan: self.plan,
            state,
            run: self.run,
            head: "",
            at: &step.id,
        };
        let condition = step.when.as_ref();
        condition.is_none_or(|condition| values.holds(condition, None))
    }

    /// Whether what stands in a step was left out as a whole.
    fn is_left_out(&self, state: &RunState, outer: &Step) -> bool {
        let of_it = state
            .steps
            .iter()
            .filter(|(path, _)| paths::base(path) == outer.id);
        let mut progress = of_it.map(|(_, step)| step.progress);
        let is_skipped = progress.any(|one| matches!(one, Progress::Skipped | Progress::NotNeeded));
        is_skipped || self.plan.left_out.contains_key(&outer.id) || !self.is_wanted(state, outer)
    }
}

/// The rounds of the loops that a path is in: what is asked in one round is for the steps of that round.
fn marks(path: &str) -> Vec<&str> {
    path.split('#')
        .skip(1)
        .map(|rest| rest.split(['/', '[']).next().unwrap_or_default())
        .collect()
}

/// Whether a step stands among others that go on at the same time.
fn is_at_once(plan: &Plan, step: &Step) -> bool {
    let mut around = plan.around(&step.id).into_iter();
    around.any(|step| matches!(step.kind, Kind::Parallel { .. }))
}

/// Whether the approval is the one that was signed, and its person could give it then; gives the fingerprint.
fn agrees(
    gate: &Opened,
    by: &str,
    key: Option<&str>,
    signed: Option<(String, String)>,
    at: Timestamp,
) -> Result<Option<String>, String> {
    let request = &gate.asked.request;
    let print = match signed {
        Some((person, print)) if person == by && key == Some(&print) => Some(print),
        Some((person, print)) => return Err(format!("what is signed is of {person} with {print}")),
        None if request.signed || key.is_some() => return Err("nothing is signed".to_owned()),
        None => None,
    };
    quorum::may_approve(request, &gate.given, by, at).map(|()| print)
}
