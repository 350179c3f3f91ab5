//! What is known of a gate: the question that was asked, and who answered it how.

use super::counted::Counted;
use super::quorum::{self, Given};
use super::{Progress, RunState};
use crate::exec::record::event::Event;
use crate::exec::record::request::{Ask, Request};
use crate::exec::record::statement::Signed;
use crate::times;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A gate that was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// What is to be allowed, filled in.
    pub text: Option<String>,
    /// How many people have to approve, if the gate has no request: an early version opened it.
    pub wanted: u32,
    /// When silence becomes a no, RFC 3339.
    pub expires: Option<String>,
    /// Who is asked for what.
    pub asked: Option<Asked>,
    /// The approvals and the refused reviews, in order.
    pub answers: Vec<Answer>,
    /// Approvals that do not count yet, the newest of each person.
    pub conditional: Vec<Conditional>,
    /// The rejection that ended the run, if one did.
    pub rejected: Option<Answer>,
}

/// A request as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What it says.
    pub request: Request,
    /// Its text, over which approvals are.
    pub text: String,
}

/// What a person answered, which counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The person, and when.
    pub given: Given,
    /// The fingerprint of the key that signed it; none if it is a claim.
    pub key: Option<String>,
    /// Whether another account said it in the person's name.
    pub by_another: bool,
    /// Why it is a no; none of an approval.
    pub reason: Option<String>,
}

/// An approval that counts once something is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conditional {
    /// The person.
    pub by: String,
    /// What has to be true.
    pub conditions: Vec<String>,
    /// The fingerprint of the key that signed it; none if it is a claim.
    pub key: Option<String>,
}

/// `bob approves if: CI is green`
impl fmt::Display for Conditional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} approves if: {}", self.by, self.conditions.join("; "))
    }
}

/// A review that a person refused, after a gate that was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedReview {
    /// Path of the gate.
    pub step: String,
    /// By whom, for which role, and why.
    #[serde(flatten)]
    pub answer: Counted,
}

/// `after `go`: review refused by cleo (lead), claimed: the notes are wrong`
impl fmt::Display for RefusedReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after `{}`: review refused {}", self.step, self.answer)
    }
}

/// A review that is owed after a gate that was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// Path of the gate.
    pub step: String,
    /// The roles, any of which will do.
    pub roles: Vec<String>,
    /// How many people are missing.
    pub count: u32,
    /// Who can give it.
    pub people: Vec<String>,
    /// When it is due, RFC 3339.
    pub due: Option<String>,
}

impl RunState {
    /// What is owed after gates that were passed, in their order.
    pub fn owed(&self) -> Vec<Owed> {
        let passed = self
            .steps
            .iter()
            .filter(|(_, step)| step.progress == Progress::Done);
        let owed = passed.flat_map(|(path, step)| {
            let owed = |(ask, count): (&Ask, u32)| Owed {
                step: path.clone(),
                roles: ask.roles.clone(),
                count,
                people: ask.holders.clone(),
                due: ask.due.clone(),
            };
            let gate = &step.gate;
            let asked = gate.asked.iter();
            let missing = asked.flat_map(|asked| quorum::owed(&asked.request, &gate.given()));
            missing.map(owed).collect::<Vec<Owed>>()
        });
        owed.collect()
    }
}

impl RunState {
    /// The reviews that were refused, in the order of their gates.
    pub fn refused_reviews(&self) -> Vec<RefusedReview> {
        let steps = self.steps.iter();
        let refused = steps.flat_map(|(path, step)| {
            let refused = step.gate.refused_reviews().into_iter();
            refused.map(|answer| RefusedReview {
                step: path.clone(),
                answer,
            })
        });
        refused.collect()
    }
}

impl Owed {
    /// It in a line; `run` is what people call the run.
    pub fn line(&self, run: &str) -> String {
        let due = self
            .due
            .as_ref()
            .map(|due| format!(", due by {}", times::local_minute(due)));
        format!(
            "owed after `{0}`: {1}{2}; give it with: runbook approve {run} {0}, or refuse it with: runbook reject {run} {0} --reason TEXT",
            self.step,
            self.roles.join(" or "),
            due.unwrap_or_default()
        )
    }
}

impl Gate {
    /// Opens it: what was asked and answered before is of another opening.
    pub(super) fn open(&mut self, event: &Event) {
        let Event::GateOpened {
            text,
            count,
            expires,
            request,
            ..
        } = event
        else {
            return;
        };
        let asked = request.as_ref().map(|text| {
            // Nobody can answer a request that cannot be read: the gate stays shut.
            let read = Request::read(text).map(|(request, _)| request);
            Asked {
                request: read.unwrap_or_default(),
                text: text.clone(),
            }
        });
        *self = Self {
            text: Some(text.clone()),
            wanted: *count,
            expires: expires.clone(),
            asked,
            ..Self::default()
        };
    }

    /// The place of the answer that an approval with conditions takes back, if it does.
    pub(super) fn taken_back_by(&self, event: &Event) -> Option<usize> {
        match event {
            Event::GateApproved { by, conditions, .. } if !conditions.is_empty() => {
                self.answers.iter().position(|one| one.given.by == *by)
            }
            _ => None,
        }
    }

    /// Takes an answer in. `at` is when it was written, RFC 3339.
    pub(super) fn take(&mut self, at: &str, event: &Event) {
        let given = |by: &String| Given {
            by: by.clone(),
            at: at.parse().unwrap_or(Timestamp::MIN),
        };
        match event {
            Event::GateApproved {
                by,
                account,
                key,
                conditions,
                ..
            } => {
                // The newest answer of a person is the one that counts.
                self.conditional.retain(|one| one.by != *by);
                if conditions.is_empty() {
                    self.answers.push(Answer {
                        given: given(by),
                        key: key.clone(),
                        by_another: account.is_some(),
                        reason: None,
                    });
                    return;
                }
                if let Some(place) = self.taken_back_by(event) {
                    self.answers.remove(place);
                }
                self.conditional.push(Conditional {
                    by: by.clone(),
                    conditions: conditions.clone(),
                    key: key.clone(),
                });
            }
            Event::GateRejected {
                by,
                account,
                reason,
                signed,
                ..
            }
            | Event::ReviewRefused {
                by,
                account,
                reason,
                signed,
                ..
            } => {
                let answer = Answer {
                    given: given(by),
                    key: signed.as_ref().and_then(Signed::key),
                    by_another: account.is_some(),
                    reason: Some(reason.clone()),
                };
                match event {
                    Event::ReviewRefused { .. } => self.answers.push(answer),
                    _ => self.rejected = Some(answer),
                }
            }
            _ => {}
        }
    }

    /// Whether enough people approved.
    pub fn is_satisfied(&self) -> bool {
        match &self.asked {
            Some(asked) => {
                !asked.request.asks.is_empty()
                    && quorum::is_satisfied(&asked.request, &self.given())
            }
            None => self.answers.len() >= self.wanted as usize,
        }
    }

    /// Who answered, in order, and when: a review that is refused is given, too.
    pub fn given(&self) -> Vec<Given> {
        let given = self.answers.iter().map(|answer| answer.given.clone());
        given.collect()
    }

    /// The approvals, in order.
    fn approvals(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter(|one| one.reason.is_none())
    }

    /// Who approved, in order.
    pub fn approved_by(&self) -> Vec<&str> {
        let given = self.approvals().map(|one| one.given.by.as_str());
        given.collect()
    }

    /// Those of the people who approved in whose name somebody else did.
    pub fn claimed(&self) -> Vec<&str> {
        let claimed = self.approvals().filter(|one| one.by_another);
        claimed.map(|one| one.given.by.as_str()).collect()
    }

    /// The roles that still have to approve, by what the request calls them.
    pub fn missing(&self) -> Vec<&str> {
        let asked = self.asked.iter();
        let missing = asked.flat_map(|asked| quorum::missing(&asked.request, &self.given()));
        missing.map(|(ask, _)| ask.name.as_str()).collect()
    }

    /// Those of the people who signed, each with the fingerprint of the key.
    pub fn signed(&self) -> BTreeMap<&str, &str> {
        let signed = self.approvals().filter_map(|one| {
            let key = one.key.as_deref()?;
            Some((one.given.by.as_str(), key))
        });
        signed.collect()
    }

    /// Whether silence has become a no by now.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let expires = self.expires.as_ref();
        let at = expires.and_then(|at| at.parse::<Timestamp>().ok());
        at.is_some_and(|at| at < now)
    }
}
