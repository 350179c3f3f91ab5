//! The request of a gate: who is asked, and for what, when it is opened.

use super::required;
use crate::exec::plan::people::Approver;
use crate::exec::plan::policy::{Row, RowAsk, RowNeed};
use crate::exec::plan::{Kind, Person, Plan, Step, Text, paths};
use crate::exec::record::request::{Ask, FORMAT, Need, Policy, Request};
use jiff::{SignedDuration, Timestamp};
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
    /// Now.
    pub opened: Timestamp,
    /// The policy on the remote, where it has to be that.
    pub policy: Option<Policy>,
    /// What the step says of what is approved, filled in.
    pub subject: Subject,
    /// Who wrote what is approved, where that is asked.
    pub authors: Vec<String>,
}

/// What a step says of what is approved, filled in; empty texts are as if it said nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The name of the row.
    pub row: Option<String>,
    /// What is released.
    pub commit: Option<String>,
    /// The commit or tag behind which the authors begin.
    pub since: Option<String>,
    /// What is built of it.
    pub artefact: Option<String>,
    /// Words by which rows ask more roles.
    pub labels: Option<Vec<String>>,
    /// What earlier steps found of it, by name.
    pub evidence: BTreeMap<String, String>,
}

impl Subject {
    /// What a gate says, with its texts filled by `fill`.
    pub fn of(gate: &Kind, fill: impl Fn(&Text) -> String) -> Self {
        let Kind::Approve { row, subject, .. } = gate else {
            return Self::default();
        };
        let said = |text: &Option<Text>| text.as_ref().map(&fill).filter(|text| !text.is_empty());
        let found = subject.evidence.iter();
        let found = found.map(|(name, text)| (name.clone(), fill(text)));
        let is_between = |c: char| c == ',' || c.is_whitespace();
        let labels = |text: &Text| {
            let text = fill(text);
            let labels = text.split(is_between).filter(|label| !label.is_empty());
            labels.map(str::to_owned).collect()
        };
        Self {
            row: row.as_ref().map(&fill),
            commit: said(&subject.commit),
            since: said(&subject.since),
            artefact: said(&subject.artefact),
            labels: subject.labels.as_ref().map(labels),
            evidence: found.filter(|(_, text)| !text.is_empty()).collect(),
        }
    }
}

/// What a gate asks.
///
/// # Errors
/// That the matrix has no such row, or what the row requires and was not found.
pub fn request(plan: &Plan, step: &Step, known: Circumstances) -> Result<Request, String> {
    let Kind::Approve {
        role,
        count,
        expires,
        ..
    } = &step.kind
    else {
        return Err(format!("`{}` is not an approval", step.id));
    };
    let opened = known.opened;
    let (asks, barred, limit) = match &known.subject.row {
        None => {
            let (ask, barred) = of_role(plan, role, *count, opened);
            (vec![ask], barred, *expires)
        }
        Some(name) => {
            let row = plan.row(name)?;
            required::met(name, row, &known.subject.evidence)?;
            let barred = barred_by(plan, row, &known.authors);
            let asks = of_row(plan, row, &barred, &known);
            (asks, barred, expires.or_else(|| limit(row)))
        }
    };
    let signed = plan.wants_signatures();
    let asks: Vec<Ask> = match signed {
        true => asks
            .into_iter()
            .map(|ask| without_keys(plan, ask, opened))
            .collect(),
        false => asks,
    };
    Ok(Request {
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
        commit: known.subject.commit,
        since: known.subject.since,
        artefact: known.subject.artefact,
        labels: known.subject.labels,
        evidence: known.subject.evidence,
        authors: known.authors,
        row: known.subject.row,
        keys: keys(plan, &asks, opened),
        asks,
        barred,
        signed,
        policy: known.policy,
        next: next(plan, &step.id),
        opened: opened.to_string(),
        expires: limit.map(|seconds| later(opened, seconds)),
        head: known.head,
    })
}

/// What is asked of those who may take a part of the plan, and who of them may not.
fn of_role(
    plan: &Plan,
    part: &str,
    count: u32,
    opened: Timestamp,
) -> (Ask, BTreeMap<String, String>) {
    let (roles, _) = plan.takers(part);
    let mut barred = BTreeMap::new();
    if plan.roles.get(part).is_some_and(|rule| rule.not_initiator) {
        let initiator = plan.person(&plan.initiator).name;
        barred.insert(initiator, STARTED.to_owned());
    }
    let approvers = plan.approvers(Some(opened), &|name| barred.contains_key(name));
    let able =
        |one: &&Approver| one.person.has_any(&roles) && !barred.contains_key(&one.person.name);
    let people: Vec<&Approver> = approvers.iter().filter(able).collect();
    let ask = Ask {
        name: paths::split(part).1,
        roles,
        count,
        need: Need::Required,
        anyone: plan.people.is_empty(),
        holders: names(&people),
        instead_of: instead_of(&people),
        ..Ask::default()
    };
    (ask, barred)
}

/// Why somebody may not approve.
const STARTED: &str = "started this run";
const WROTE: &str = "wrote what is released";

/// Who may not approve by a row, and why.
pub(super) fn barred_by(plan: &Plan, row: &Row, authors: &[String]) -> BTreeMap<String, String> {
    let mut barred = BTreeMap::new();
    if row.not_author {
        let authors = authors.iter().cloned();
        barred.extend(authors.map(|author| (author, WROTE.to_owned())));
    }
    if row.not_initiator {
        let initiator = plan.person(&plan.initiator).name;
        barred.insert(initiator, STARTED.to_owned());
    }
    barred
}

/// What a row asks of each of its roles now.
fn of_row(
    plan: &Plan,
    row: &Row,
    barred: &BTreeMap<String, String>,
    known: &Circumstances,
) -> Vec<Ask> {
    let at = |seconds| later(known.opened, seconds);
    let approvers = plan.approvers(Some(known.opened), &|name| barred.contains_key(name));
    let labels = known.subject.labels.as_deref();
    let asks = asks_of_row((plan, &approvers), row, barred, labels).into_iter();
    let asks = asks.map(|(ask, rule)| Ask {
        deputies_from: rule.deputy_after.or(rule.within).map(at),
        due: rule.within.map(at),
        ..ask
    });
    asks.collect()
}

/// What a row asks of each of its roles, whenever that is, beside the rule that says so.
pub(super) fn asks_of_row<'r>(
    (plan, approvers): (&Plan, &[Approver]),
    row: &'r Row,
    barred: &BTreeMap<String, String>,
    labels: Option<&[String]>,
) -> Vec<(Ask, &'r RowAsk)> {
    let asks = row.asks.iter().filter_map(|ask| {
        let need = need(ask, labels)?;
        let is_alone = need != Need::Later
            && row
                .alone
                .as_ref()
                .is_some_and(|role| ask.roles.contains(role));
        let initiator = plan.person(&plan.initiator).name;
        let may = |one: &&Approver| {
            !barred.contains_key(&one.person.name) || (is_alone && one.person.name == initiator)
        };
        let able = || approvers.iter().filter(may);
        let has = |one: &&Approver| one.person.holds_any(&ask.roles);
        let anyone = plan.people.is_empty();
        let with_role: Vec<&Approver> = able().filter(has).collect();
        let holders = match anyone && is_alone {
            true => vec![initiator.clone()],
            false => names(&with_role),
        };
        let stands_in = |one: &&Approver| !has(one) && one.person.has_any(&ask.roles);
        let deputies: Vec<&Approver> = able().filter(stands_in).collect();
        let with_deputies: Vec<&Approver> = with_role.iter().chain(&deputies).copied().collect();
        let asked = Ask {
            name: ask.name.clone(),
            roles: ask.roles.clone(),
            count: ask.count,
            need,
            anyone,
            holders,
            deputies: names(&deputies),
            instead_of: instead_of(&with_deputies),
            focus: ask.focus.clone(),
            ..Ask::default()
        };
        Some((asked, ask))
    });
    asks.collect()
}

fn names(people: &[&Approver]) -> Vec<String> {
    people.iter().map(|one| one.person.name.clone()).collect()
}

/// Whose place they take.
fn instead_of(people: &[&Approver]) -> BTreeMap<String, Vec<String>> {
    let others = people.iter().filter(|one| !one.instead_of.is_empty());
    others
        .map(|one| (one.person.name.clone(), one.instead_of.clone()))
        .collect()
}

/// How much the answer of a role counts here; nothing if it is not asked. Where the step says no labels, nobody can
/// tell that it is not concerned.
fn need(ask: &RowAsk, labels: Option<&[String]>) -> Option<Need> {
    let is_concerned = match (&ask.label, labels) {
        (Some(label), Some(labels)) => labels.contains(label),
        _ => true,
    };
    is_concerned.then_some(match ask.need {
        RowNeed::Required | RowNeed::If => Need::Required,
        RowNeed::Optional => Need::Optional,
        RowNeed::Later => Need::Later,
    })
}

/// Seconds after which silence is a no: what the row says, or the longest time that a required role has.
pub(super) fn limit(row: &Row) -> Option<u64> {
    let required = row
        .asks
        .iter()
        .filter(|ask| matches!(ask.need, RowNeed::Required | RowNeed::If));
    row.expires
        .or_else(|| required.filter_map(|ask| ask.within).max())
}

fn later(from: Timestamp, seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let at = from.saturating_add(SignedDuration::from_secs(seconds));
    at.unwrap_or(Timestamp::MAX).to_string()
}

/// An ask with those of its people who have keys, and none that is valid now.
fn without_keys(plan: &Plan, ask: Ask, now: Timestamp) -> Ask {
    let cannot = |person: &&Person| {
        !ask.anyone
            && ask.names(&person.name)
            && !person.keys.is_empty()
            && person.fingerprints(now).is_empty()
    };
    let keyless = plan.people.iter().filter(cannot);
    let keyless = keyless.map(|person| person.name.clone()).collect();
    Ask { keyless, ..ask }
}

/// Fingerprints of the keys of those who are asked, as far as they are valid now: another one would be signed with in vain.
fn keys(plan: &Plan, asks: &[Ask], now: Timestamp) -> BTreeMap<String, Vec<String>> {
    let is_asked = |person: &&Person| {
        asks.iter()
            .any(|ask| !ask.anyone && ask.names(&person.name))
    };
    let asked = plan.people.iter().filter(is_asked);
    let with_keys = asked.map(|person| (person.name.clone(), person.fingerprints(now)));
    with_keys.filter(|(_, keys)| !keys.is_empty()).collect()
}

/// The names of the steps behind a gate, up to the next one.
fn next(plan: &Plan, gate: &str) -> Vec<String> {
    let id = paths::base(gate);
    let sections = [&plan.steps, &plan.on_failure, &plan.finally].map(|steps| {
        let mut leaves: Vec<&Step> = Vec::new();
        steps.iter().for_each(|step| step.leaves(&mut leaves));
        leaves
    });
    let mut sections = sections.into_iter();
    let leaves = sections.find(|leaves| leaves.iter().any(|step| step.id == id));
    let behind = leaves
        .unwrap_or_default()
        .into_iter()
        .skip_while(|step| step.id != id)
        .skip(1);
    let until = behind.take_while(|step| !matches!(step.kind, Kind::Approve { .. }));
    until.map(|step| step.title.clone()).collect()
}
