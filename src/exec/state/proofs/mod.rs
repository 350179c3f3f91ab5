//! Whether a record is one that its plan and the people in it allow, judged again from plans and journal alone.
//!
//! The chain of the journal shows that no line was changed. It does not show that whoever wrote the lines was let to:
//! its owner can write all of them again. So each line is judged by the plan of its time, from the first on. Approvals
//! are judged once more as when they were taken in, and compared with what the plan asks; a step begins only when it is
//! next; and what is left out or gone through is what the plan says. What people signed cannot be made again by
//! anybody else, so whoever goes past a gate has a line that does not fit.

mod differing;
mod order;

use self::differing::differing;
use super::approving::{OTHER_CONDITIONS, Proved, proved};
use super::asking::{self, Circumstances, Subject};
use super::gate::Asked;
use super::masked::is_masked;
use super::quorum::{self, Given};
use super::stale::stale;
use super::values::Values;
use super::{Progress, RunState, outline, replan};
use crate::exec::plan::{Kind, Plan, selection};
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::record::request::Request;
use crate::exec::record::statement::{Signed, Verdict};
use jiff::Timestamp;
use std::collections::BTreeMap;

const UNREADABLE: &str = "its time cannot be read";

/// What was found of the approvals of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Who signed what, for people.
    pub signed: Vec<String>,
    /// What is claimed and proved by nothing.
    pub claimed: Vec<String>,
    /// What does not fit.
    pub faults: Vec<String>,
}

/// A plan that a run went by.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The SHA-256 of its text.
    pub digest: String,
    /// It, as that text says.
    pub plan: Plan,
}

/// A gate that was opened, and the approvals so far.
struct Opened {
    asked: Asked,
    given: Vec<Given>,
}

/// Judges the record of the run with this id. `plans` are those that it went by, in order, the first one included.
pub fn judge(plans: &[Followed], run: &str, entries: &[Entry]) -> Proofs {
    let Some(first) = plans.first() else {
        return Proofs::default();
    };
    let mut judge = Judge {
        plans,
        now: first,
        run,
        state: RunState::default(),
        is_signed: plans.iter().any(|one| one.plan.wants_signatures()),
        is_in_order: true,
        gates: BTreeMap::new(),
        found: Proofs::default(),
    };
    judge.left_out();
    let mut head = first.digest.as_str();
    for entry in entries {
        judge.entry(entry, head);
        judge.state.apply(&entry.at, &entry.event);
        judge.passed(&entry.event);
        head = &entry.hash;
    }
    judge.found
}

struct Judge<'p> {
    plans: &'p [Followed],
    /// The plan of the line that is looked at.
    now: &'p Followed,
    run: &'p str,
    /// What the lines before come to.
    state: RunState,
    /// Whether anything has to be signed.
    is_signed: bool,
    /// Whether all lines so far came when they might. What follows from one that did not is not told.
    is_in_order: bool,
    gates: BTreeMap<String, Opened>,
    found: Proofs,
}

impl<'p> Judge<'p> {
    /// Notes what does not fit. Where nothing has to be signed, nothing is proved either way.
    fn note(&mut self, what: String) {
        if self.is_signed && !self.found.faults.contains(&what) {
            self.found.faults.push(what);
        }
    }

    fn fault(&mut self, gate: &str, what: &str) {
        self.note(format!("the gate `{gate}`: {what}"));
    }

    /// What was left out from the start has to be what may be.
    fn left_out(&mut self) {
        for why in selection::faults(&self.now.plan) {
            self.note(why);
        }
    }

    /// One line of the journal; `head` is the hash of the line before.
    fn entry(&mut self, entry: &Entry, head: &str) {
        self.order(&entry.event);
        match &entry.event {
            Event::GateOpened {
                step,
                text,
                expires,
                request: Some(request),
                ..
            } => {
                self.opened(step, request, head);
                let asked = self.gates.get(step).map(|gate| &gate.asked.request);
                if asked.is_some_and(|asked| asked.text != *text || asked.expires != *expires) {
                    self.fault(step, "what the journal shows of it is not what was asked");
                }
            }
            Event::GateOpened { step, .. } if self.is_signed => {
                self.fault(step, "it was opened without a request");
            }
            Event::GateApproved { step, .. } => self.approved(step, &entry.event, &entry.at),
            Event::GateRejected {
                step, by, signed, ..
            }
            | Event::ReviewRefused {
                step, by, signed, ..
            } => self.refused(step, by, signed.as_ref(), &entry.at),
            Event::GateVoid { step, .. } => drop(self.gates.remove(step)),
            Event::PlanChanged { new, void, .. } => self.changed(new, void),
            _ => {}
        }
    }

    /// Whether a line may come now, and the approvals that it needs still count.
    fn order(&mut self, event: &Event) {
        if !self.is_in_order {
            return;
        }
        let plan = &self.now.plan;
        if let Some(why) = order::fault(plan, self.run, &self.state, event) {
            self.is_in_order = false;
            return self.note(why);
        }
        let Some(step) = event.step().filter(|_| order::acts(event)) else {
            return;
        };
        for stale in stale(plan, &self.state, self.run) {
            self.note(format!(
                "the approval of `{}` does not count any more, as {}: `{step}` was begun all the same",
                stale.gate, stale.why
            ));
        }
    }

    /// A no needs no signature, but one that has one is of whom it says.
    fn refused(&mut self, step: &str, by: &str, signed: Option<&Signed>, at: &str) {
        let (Some(signed), Some(gate)) = (signed, self.gates.get(step)) else {
            return;
        };
        let at = at.parse().map_err(|_| UNREADABLE.to_owned());
        let judged =
            at.and_then(|at| proved(&self.now.plan, &gate.asked, signed, Verdict::Reject, at));
        let why = match judged {
            Ok(proof) if proof.by == by => return,
            Ok(proof) => format!("what is signed is of {}", proof.by),
            Err(why) => why,
        };
        self.fault(step, &format!("the rejection by {by} is not signed: {why}"));
    }

    /// A gate that an answer lets pass has to have the approvals that it needs, and nothing in their place.
    fn passed(&mut self, event: &Event) {
        let Some(step) = event.step().filter(|_| order::answers(event)) else {
            return;
        };
        let has_all = |gate: &Opened| quorum::is_satisfied(&gate.asked.request, &gate.given);
        let is_passed = self.state.progress(step) == Progress::Done;
        if is_passed && !self.gates.get(step).is_some_and(has_all) {
            self.fault(
                step,
                "it counts as passed, and has not the approvals that it needs",
            );
        }
    }

    /// From here on the run goes by another plan.
    fn changed(&mut self, new: &str, void: &[String]) {
        let Some(next) = self.plans.iter().find(|one| one.digest == new) else {
            return self.note("a changed plan is not in the record".to_owned());
        };
        if replan::as_begun(&self.now.plan, next.plan.clone()) != next.plan {
            self.note("the changed plan changes what was decided when the run began".to_owned());
        }
        if let Err(why) = replan::compare(&self.now.plan, next.plan.clone(), &self.state) {
            self.note(format!(
                "the changed plan does not fit what was done: {}",
                why.join("; ")
            ));
        }
        if replan::void(&next.plan, &self.state) != void {
            self.note("by the changed plan other gates have to be asked again".to_owned());
        }
        void.iter().for_each(|gate| drop(self.gates.remove(gate)));
        self.now = next;
    }

    fn opened(&mut self, path: &str, text: &str, head: &str) {
        let request = match Request::read(text) {
            Ok((request, _)) => request,
            Err(why) => return self.fault(path, &why),
        };
        match self.wanted(path, &request) {
            Ok(wanted) if wanted != request => {
                let what = format!(
                    "what was asked is not what the plan asks; what differs: {}",
                    differing(&wanted, &request)
                );
                self.fault(path, &what);
            }
            Ok(_) if request.head != head => {
                self.fault(path, "it was asked at another place of the journal");
            }
            Ok(_) => {}
            Err(why) => self.fault(path, &why),
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

    /// What the plan asks at a gate, with what only the moment knew taken from the request. What the step says follows
    /// from the lines up to then.
    ///
    /// # Errors
    /// Why it asks nobody.
    fn wanted(&self, path: &str, request: &Request) -> Result<Request, String> {
        let plan = &self.now.plan;
        let none = || "the plan has no such gate".to_owned();
        let step = outline::at(plan, path).ok_or_else(none)?;
        let Kind::Approve { text, .. } = &step.kind else {
            return Err(none());
        };
        let values = Values {
            plan,
            state: &self.state,
            run: self.run,
            head: &request.head,
            at: path,
        };
        let known = Circumstances {
            run: self.run.to_owned(),
            plan: self.now.digest.clone(),
            head: request.head.clone(),
            text: as_written(plan, &request.text, values.fill(text)),
            opened: request
                .opened
                .parse()
                .map_err(|_| "nobody can read when it was asked".to_owned())?,
            policy: request.policy.clone(),
            subject: subject(
                plan,
                Subject::of(&step.kind, |text| values.fill(text)),
                request,
            ),
            authors: request.authors.clone(),
        };
        asking::request(plan, &step, known)
    }

    fn approved(&mut self, step: &str, event: &Event, at: &str) {
        let Event::GateApproved {
            by,
            key,
            conditions,
            signed,
            ..
        } = event
        else {
            return;
        };
        // The newest answer of a person is the one that counts.
        if let Some(gate) = self.gates.get_mut(step).filter(|_| !conditions.is_empty()) {
            gate.given.retain(|one| one.by != *by);
        }
        let judged = match self.gates.get(step) {
            None if self.is_signed => Err("nothing was asked".to_owned()),
            None => Ok((None, Timestamp::MIN)),
            Some(gate) => in_time(gate, at).and_then(|at| {
                let plan = &self.now.plan;
                let proved = |signed| proved(plan, &gate.asked, signed, Verdict::Approve, at);
                let signed = signed.as_ref().map(proved).transpose()?;
                if signed
                    .as_ref()
                    .is_some_and(|signed| signed.conditions != *conditions)
                {
                    return Err(OTHER_CONDITIONS.to_owned());
                }
                Ok((agrees(gate, by, key.as_deref(), signed, at)?, at))
            }),
        };
        let given = judged.as_ref().ok().map(|(_, at)| Given {
            by: by.to_owned(),
            at: *at,
        });
        let given = given.filter(|_| conditions.is_empty());
        let when = match conditions.is_empty() {
            true => String::new(),
            false => format!(", if: {}", conditions.join("; ")),
        };
        match judged {
            Ok((Some(print), _)) => {
                let words = format!("`{step}`: signed by {by} with {print}{when}");
                self.found.signed.push(words);
            }
            Ok((None, _)) => {
                let words = format!("`{step}`: claimed to be by {by}{when}");
                self.found.claimed.push(words);
            }
            Err(why) => self.fault(step, &format!("the approval of {by} does not count: {why}")),
        }
        if let Some(gate) = self.gates.get_mut(step) {
            gate.given.extend(given);
        }
    }
}

/// What was written of a text that may hold masked secrets, if it can be this text; else the text.
fn as_written(plan: &Plan, written: &str, text: String) -> String {
    match is_masked(plan, written, &text) {
        true => written.to_owned(),
        false => text,
    }
}

/// What a step says of what is approved, as it was written down. By its row, labels and commit it is decided who is
/// asked, so those hold no secret.
fn subject(plan: &Plan, wanted: Subject, request: &Request) -> Subject {
    let artefact = match (&request.artefact, wanted.artefact) {
        (Some(written), Some(text)) => Some(as_written(plan, written, text)),
        (_, text) => text,
    };
    Subject { artefact, ..wanted }
}

/// When an approval was recorded, if that was while the gate waited, or owed a review.
fn in_time(gate: &Opened, at: &str) -> Result<Timestamp, String> {
    let request = &gate.asked.request;
    let time = |text: &str| text.parse::<Timestamp>().map_err(|_| UNREADABLE.to_owned());
    let at = time(at)?;
    if at < time(&request.opened)? {
        return Err("it was recorded before it was asked".to_owned());
    }
    let is_owed = request.owes() && quorum::is_satisfied(request, &gate.given);
    match &request.expires {
        Some(expires) if at > time(expires)? && !is_owed => {
            Err("it was recorded when the gate had expired".to_owned())
        }
        _ => Ok(at),
    }
}

/// Whether the approval is the one that was signed, and its person could give it then; gives the fingerprint.
fn agrees(
    gate: &Opened,
    by: &str,
    key: Option<&str>,
    signed: Option<Proved>,
    at: Timestamp,
) -> Result<Option<String>, String> {
    let request = &gate.asked.request;
    let when = signed.as_ref().map_or(at, |signed| signed.at.min(at));
    let print = match signed {
        Some(proof) if proof.by == by && key == Some(&proof.key) => Some(proof.key),
        Some(Proved { by, key, .. }) => {
            return Err(format!("what is signed is of {by} with {key}"));
        }
        None if request.signed || key.is_some() => return Err("nothing is signed".to_owned()),
        None => None,
    };
    quorum::may_approve(request, &gate.given, by, when).map(|()| print)
}
