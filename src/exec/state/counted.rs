//! What the answers to a gate count for: by whom each is, for which role, and how that is proved, in words and as data.
//!
//! For which role an answer counts follows from all of them together, see [`quorum`], so it is known of a gate as a whole.

use super::gate::{Answer, Gate};
use super::quorum;
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::record::request::Ask;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// An answer with what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The person.
    pub by: String,
    /// The roles, any of which was asked; none if nobody asked for this answer, or an early version did, and of a
    /// rejection: whoever is asked for anything may reject.
    pub roles: Vec<String>,
    /// Whether the person stands in for whoever has the role.
    pub deputy: bool,
    /// How we know who it was: `signed` or `claimed`.
    pub auth: &'static str,
    /// The fingerprint of the key that signed it.
    pub key: Option<String>,
    /// Why it is a no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Counted {
    fn of(answer: &Answer, ask: Option<&Ask>) -> Self {
        let by = &answer.given.by;
        let holds = |ask: &Ask| ask.anyone || ask.holders.contains(by);
        Self {
            by: by.clone(),
            roles: ask.map_or_else(Vec::new, |ask| ask.roles.clone()),
            deputy: ask.is_some_and(|ask| !holds(ask)),
            auth: match answer.key {
                Some(_) => "signed",
                None => "claimed",
            },
            key: answer.key.clone(),
            reason: answer.reason.clone(),
        }
    }

    /// The person with the role: `bob (lead)`.
    pub fn who(&self) -> String {
        let roles = self.roles.join(" or ");
        match (self.roles.is_empty(), self.deputy) {
            (true, _) => self.by.clone(),
            (false, false) => format!("{} ({roles})", self.by),
            (false, true) => format!("{} (deputy for {roles})", self.by),
        }
    }
}

/// `signed by bob (lead) with SHA256:…`, or of a no `by bob, signed with SHA256:…: not before Monday`
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref();
        let with = key.map_or_else(String::new, |key| format!(" with {key}"));
        match &self.reason {
            None => write!(f, "{} by {}{with}", self.auth, self.who()),
            Some(reason) => write!(f, "by {}, {}{with}: {reason}", self.who(), self.auth),
        }
    }
}

impl Gate {
    /// The approvals, in order.
    pub fn counted(&self) -> Vec<Counted> {
        let mut counted = self.answers_counted();
        counted.retain(|one| one.reason.is_none());
        counted
    }

    /// The reviews that were refused, in order.
    pub fn refused_reviews(&self) -> Vec<Counted> {
        let mut counted = self.answers_counted();
        counted.retain(|one| one.reason.is_some());
        counted
    }

    fn answers_counted(&self) -> Vec<Counted> {
        let asks = match &self.asked {
            Some(asked) => quorum::counted(&asked.request, &self.given()),
            None => vec![None; self.answers.len()],
        };
        let answers = self.answers.iter().zip(asks);
        answers
            .map(|(answer, ask)| Counted::of(answer, ask))
            .collect()
    }

    /// The rejection that ended the run, if one did.
    pub fn rejection(&self) -> Option<Counted> {
        let rejected = self.rejected.as_ref();
        rejected.map(|answer| Counted::of(answer, None))
    }
}

/// The approvals and the refused reviews of a journal, by the place of their lines.
pub fn answers_of(entries: &[Entry]) -> BTreeMap<usize, Counted> {
    let mut found = BTreeMap::new();
    let mut gates: BTreeMap<&str, (Gate, Vec<usize>)> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(step) = entry.event.step() else {
            continue;
        };
        let (gate, lines) = match &entry.event {
            Event::GateOpened { .. } | Event::GateApproved { .. } | Event::ReviewRefused { .. } => {
                gates.entry(step).or_default()
            }
            _ => continue,
        };
        if let Event::GateOpened { .. } = &entry.event {
            // What was answered before is of another opening.
            found.extend(lines.drain(..).zip(gate.answers_counted()));
            gate.open(&entry.event);
            continue;
        }
        // One with conditions counts for nothing, and takes back what its person said before.
        let earlier = gate.taken_back_by(&entry.event);
        earlier.map(|place| lines.remove(place));
        let known = gate.answers.len() - usize::from(earlier.is_some());
        gate.take(&entry.at, &entry.event);
        if gate.answers.len() > known {
            lines.push(at);
        }
    }
    for (gate, lines) in gates.into_values() {
        found.extend(lines.into_iter().zip(gate.answers_counted()));
    }
    found
}
