//! The request of a gate: who is asked, and for what, when it is opened.

use crate::exec::plan::{Kind, Person, Plan, Step, paths};
use crate::exec::record::request::{Ask, FORMAT, Need, Policy, Request};
use std::collections::BTreeMap;

/// What is known when a gate is opened, beside the plan.
pub struct Circumstances {
    /// The run's id.
    pub run: String,
    /// SHA-256 of the plan that the run goes by.
    pub plan: String,
    /// The hash of the last line of the journal.
    pub head: String,
    /// What is to be allowed, filled in.
    pub text: String,
    /// Now, RFC 3339.
    pub opened: String,
    /// When silence becomes a no, RFC 3339.
    pub expires: Option<String>,
    /// The policy on the remote, where it has to be that.
    pub policy: Option<Policy>,
}

/// What a gate asks of the people with its role.
pub fn request(plan: &Plan, step: &Step, role: &str, count: u32, known: Circumstances) -> Request {
    let (ask, barred) = ask(plan, role, count);
    let keys = keys(plan, std::slice::from_ref(&ask));
    Request {
        format: FORMAT,
        run: known.run,
        step: step.id.clone(),
        text: known.text,
        title: step.title.clone(),
        project: plan.project.clone(),
        runbook: plan.runbook.clone(),
        version: plan.version.clone(),
        initiator: plan.person(&plan.initiator).name,
        plan: known.plan,
        params: plan.params.texts().clone(),
        asks: vec![ask],
        barred,
        signed: plan.wants_signatures(),
        keys,
        policy: known.policy,
        next: next(plan, &step.id),
        opened: known.opened,
        expires: known.expires,
        head: known.head,
        ..Request::default()
    }
}

/// What is asked of those who may take a part of the plan, and who of them may not.
fn ask(plan: &Plan, part: &str, count: u32) -> (Ask, BTreeMap<String, String>) {
    let (roles, people) = plan.takers(part);
    let mut barred = BTreeMap::new();
    if plan.roles.get(part).is_some_and(|rule| rule.not_initiator) {
        let initiator = plan.person(&plan.initiator).name;
        barred.insert(initiator, "started this run".to_owned());
    }
    let ask = Ask {
        name: paths::split(part).1,
        roles,
        count,
        need: Need::Required,
        anyone: plan.people.is_empty(),
        holders: people,
        ..Ask::default()
    };
    (ask, barred)
}

/// Fingerprints of the keys of those who are asked.
fn keys(plan: &Plan, asks: &[Ask]) -> BTreeMap<String, Vec<String>> {
    let is_asked = |person: &&Person| {
        asks.iter()
            .any(|ask| !ask.anyone && ask.names(&person.name))
    };
    let asked = plan.people.iter().filter(is_asked);
    let with_keys = asked.map(|person| (person.name.clone(), person.fingerprints()));
    with_keys.filter(|(_, keys)| !keys.is_empty()).collect()
}

/// The names of the steps behind a gate, up to the next one.
fn next(plan: &Plan, gate: &str) -> Vec<String> {
    let id = paths::base(gate);
    let leaves = plan.leaves().into_iter();
    let behind = leaves.skip_while(|step| step.id != id).skip(1);
    let until = behind.take_while(|step| !matches!(step.kind, Kind::Approve { .. }));
    until.map(|step| step.title.clone()).collect()
}
