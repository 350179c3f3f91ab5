//! What the answers to a gate count for: by whom each is, for which role, and how that is proved, in words and as data.
//!
//! For which role an answer counts follows from all of them together, see [`quorum`], so it is known of a gate as a whole.

use super::gate::{Approval, Gate};
use super::quorum;
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::record::request::Ask;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// An approval with what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The person.
    pub by: String,
    /// The roles, any of which was asked; none if nobody asked for this approval, or an early version did.
    pub roles: Vec<String>,
    /// Whether the person stands in for whoever has the role.
    pub deputy: bool,
    /// How we know who it was: `signed` or `claimed`.
    pub auth: &'static str,
    /// The fingerprint of the key that signed it.
    pub key: Option<String>,
}

impl Counted {
    fn of(approval: &Approval, ask: Option<&Ask>) -> Self {
        let by = &approval.given.by;
        let holds = |ask: &Ask| ask.anyone || ask.holders.contains(by);
        Self {
            by: by.clone(),
            roles: ask.map_or_else(Vec::new, |ask| ask.roles.clone()),
            deputy: ask.is_some_and(|ask| !holds(ask)),
            auth: match approval.key {
                Some(_) => "signed",
                None => "claimed",
            },
            key: approval.key.clone(),
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

/// `signed by bob (lead) with SHA256:…`
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.auth, self.who())?;
        match &self.key {
            Some(key) => write!(f, " with {key}"),
            None => Ok(()),
        }
    }
}

impl Gate {
    /// The approvals, in order.
    pub fn counted(&self) -> Vec<Counted> {
        let asks = match &self.asked {
            Some(asked) => quorum::counted(&asked.request, &self.given()),
            None => vec![None; self.approvals.len()],
        };
        let approvals = self.approvals.iter().zip(asks);
        approvals
            .map(|(approval, ask)| Counted::of(approval, ask))
            .collect()
    }
}

/// The approvals of a journal, by the place of their lines.
pub fn approvals_of(entries: &[Entry]) -> BTreeMap<usize, Counted> {
    let mut found = BTreeMap::new();
    let mut gates: BTreeMap<&str, (Gate, Vec<usize>)> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(step) = entry.event.step() else {
            continue;
        };
        let (gate, lines) = match &entry.event {
            Event::GateOpened { .. } | Event::GateApproved { .. } => gates.entry(step).or_default(),
            _ => continue,
        };
        if let Event::GateOpened { .. } = &entry.event {
            // What was approved before is of another opening.
            found.extend(lines.drain(..).zip(gate.counted()));
            gate.open(&entry.event);
        } else {
            gate.take(&entry.at, &entry.event);
            lines.push(at);
        }
    }
    for (gate, lines) in gates.into_values() {
        found.extend(lines.into_iter().zip(gate.counted()));
    }
    found
}
