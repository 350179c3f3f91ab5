//! Whether a yes or a no to a gate counts: by whom it is, how that is proved, and what it was said to.

use super::gate::{Asked, Gate};
use super::quorum;
use super::{Progress, RunState};
use crate::exec::plan::Plan;
use crate::exec::plan::people::{another, may_take};
use crate::exec::record::event::Event;
use crate::exec::record::request::Request;
use crate::exec::record::statement::{Covers, Signed, Statement, Verdict};
use crate::signatures::{self, SignerKey};
use crate::times;
use jiff::Timestamp;

/// Who says something to a gate, and how.
pub(super) struct Said<'s> {
    /// Path of the gate.
    pub(super) step: &'s str,
    /// The person, as far as the message goes.
    pub(super) by: &'s str,
    /// The account that says so.
    pub(super) account: Option<String>,
    /// What has to be true before it counts.
    pub(super) conditions: Vec<String>,
    /// What is signed, if it is.
    pub(super) signed: Option<Signed>,
}

impl Said<'_> {
    /// The person who says it, and how that is proved if it is signed.
    ///
    /// # Errors
    /// What differs from what was asked.
    fn person(
        &self,
        plan: &Plan,
        asked: Option<&Asked>,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<(String, Option<Proved>), String> {
        match (&self.signed, asked) {
            (Some(signed), Some(asked)) => {
                let found = proved(plan, asked, signed, verdict, now)?;
                Ok((found.by.clone(), Some(found)))
            }
            (Some(_), None) => Err(unasked(self.step)),
            (None, _) => Ok((plan.person(self.by).name, None)),
        }
    }

    /// Why it is a no: `said` by whoever brings it, unless it is signed. Then nothing but what was signed is the person's.
    fn reason(&self, said: String) -> String {
        let signed = self.signed.as_ref();
        let statement = signed.and_then(|signed| Statement::read(&signed.statement).ok());
        statement.map_or(said, |statement| statement.reason.unwrap_or_default())
    }

    /// The account that says it in the name of `by`, if it is another's. Whoever brings what a person signed says nothing
    /// in that person's name.
    fn in_the_name_of(&self, plan: &Plan, by: &str) -> Option<String> {
        let account = self.account.clone().filter(|_| self.signed.is_none());
        another(plan, account, by)
    }
}

/// What was asked at a gate, if it was opened with a request.
fn asked<'s>(state: &'s RunState, step: &str) -> Option<&'s Asked> {
    state.steps.get(step)?.gate.asked.as_ref()
}

/// The event of an approval of the gate with this role.
///
/// # Errors
/// Why it does not count, with the next step.
pub(super) fn approval(
    (plan, state, run): (&Plan, &RunState, &str),
    role: &str,
    said: Said<'_>,
    now: Timestamp,
) -> Result<Event, String> {
    let step = said.step;
    let asked = asked(state, step);
    if said.signed.is_none() && asked.is_some_and(|asked| asked.request.signed) {
        return Err(format!(
            "only a signed approval counts at `{step}`: runbook approve {run} {step} --sign"
        ));
    }
    let (by, proof) = said.person(plan, asked, Verdict::Approve, now)?;
    let when = proof.as_ref().map_or(now, |proof| proof.at.min(now));
    let by = match said.conditions.is_empty() {
        true => may_approve(plan, state, (step, role), &by, when)?,
        false => may_approve_if(plan, state, (step, role), &by, when)?,
    };
    if proof
        .as_ref()
        .is_some_and(|proof| proof.conditions != said.conditions)
    {
        return Err(OTHER_CONDITIONS.to_owned());
    }
    let key = proof.map(|proof| proof.key);
    Ok(Event::GateApproved {
        conditions: said.conditions.clone(),
        step: step.to_owned(),
        auth: if key.is_some() { "signed" } else { "claimed" }.to_owned(),
        account: said.in_the_name_of(plan, &by),
        by,
        key,
        signed: said.signed,
    })
}

/// The person behind a name, if they may approve the gate with this path and role now.
///
/// # Errors
/// Why not, with the next step.
pub(super) fn may_approve(
    plan: &Plan,
    state: &RunState,
    (step, role): (&str, &str),
    by: &str,
    now: Timestamp,
) -> Result<String, String> {
    let by = plan.person(by).name;
    let gate = state.steps.get(step).map(|step| &step.gate);
    let given = gate.map(Gate::given).unwrap_or_default();
    if let Some(asked) = gate.and_then(|gate| gate.asked.as_ref()) {
        return quorum::may_approve(&asked.request, &given, &by, now).map(|()| by);
    }
    let name = may_take(plan, role, &by, &format!("approve `{step}`"))?;
    match given.iter().any(|one| one.by == name) {
        true => Err(format!("{name} has answered already")),
        false => Ok(name),
    }
}

/// Why an answer does not count that was written down otherwise than it was signed.
pub(super) const OTHER_CONDITIONS: &str =
    "what is signed has conditions that the journal does not show, or none of those that it shows";

/// The person behind a name, if they may approve with conditions now. Whoever approved already takes that back by it, as
/// long as others are waited for.
fn may_approve_if(
    plan: &Plan,
    state: &RunState,
    (step, role): (&str, &str),
    by: &str,
    now: Timestamp,
) -> Result<String, String> {
    let name = plan.person(by).name;
    let gate = state.steps.get(step).map(|step| &step.gate);
    let given = gate.map(Gate::given).unwrap_or_default();
    let has_given = given.iter().any(|one| one.by == name);
    match gate.and_then(|gate| gate.asked.as_ref()) {
        _ if has_given && state.progress(step) != Progress::Waiting => Err(format!(
            "{name} has approved `{step}`, and it was passed: an approval cannot be withdrawn then"
        )),
        Some(asked) => {
            let others: Vec<_> = given.into_iter().filter(|one| one.by != name).collect();
            quorum::may_approve(&asked.request, &others, &name, now).map(|()| name)
        }
        None => may_approve(plan, state, (step, role), by, now),
    }
}

/// The event of a rejection. Whoever is asked may say no at any time, a deputy too. A review that is owed is refused by
/// whoever could give it.
///
/// # Errors
/// Why it does not count, with the next step.
pub(super) fn rejection(
    (plan, state): (&Plan, &RunState),
    role: &str,
    said: Said<'_>,
    reason: String,
    now: Timestamp,
) -> Result<Event, String> {
    let step = said.step;
    let asked = asked(state, step);
    let (by, _) = said.person(plan, asked, Verdict::Reject, now)?;
    let reason = said.reason(reason);
    if is_owed(state, step) {
        let by = may_approve(plan, state, (step, role), &by, now)?;
        return Ok(Event::ReviewRefused {
            step: step.to_owned(),
            account: said.in_the_name_of(plan, &by),
            by,
            reason,
            signed: said.signed,
        });
    }
    let by = match asked {
        Some(asked) => {
            let is_asked = asked.request.asks.iter().any(|ask| ask.names(&by));
            let may = quorum::may_approve(&asked.request, &[], &by, now);
            match is_asked || may.is_ok() {
                true => by,
                false => return Err(may.expect_err("it was looked at")),
            }
        }
        None => may_take(plan, role, &by, &format!("approve `{step}`"))?,
    };
    Ok(Event::GateRejected {
        step: step.to_owned(),
        account: said.in_the_name_of(plan, &by),
        by,
        reason,
        signed: said.signed,
    })
}

fn unasked(step: &str) -> String {
    format!(
        "`{step}` was opened by an earlier version of this program, which knew no signatures: approve it without one"
    )
}

/// What a signature proves.
pub(super) struct Proved {
    /// The person.
    pub(super) by: String,
    /// The fingerprint of the key.
    pub(super) key: String,
    /// When it was signed, by the clock of the person.
    pub(super) at: Timestamp,
    /// What has to be true before an approval counts.
    pub(super) conditions: Vec<String>,
}

/// Who signed this to this request, with which key; `at` is when it is taken in.
///
/// # Errors
/// What differs.
pub(super) fn proved(
    plan: &Plan,
    asked: &Asked,
    signed: &Signed,
    verdict: Verdict,
    at: Timestamp,
) -> Result<Proved, String> {
    let said = Statement::read(&signed.statement)?;
    let request = &asked.request;
    if said.run != request.run {
        return Err(format!("it answers another run, {}", said.run));
    }
    if said.step != request.step {
        return Err(format!("it answers another step, `{}`", said.step));
    }
    if said.verdict != verdict {
        return Err(match said.verdict {
            Verdict::Approve => "it approves, and does not reject".to_owned(),
            Verdict::Reject => "it rejects, and does not approve".to_owned(),
        });
    }
    let keys = keys_of(plan, &said.by)?;
    let key = signatures::verify(signed.statement.as_bytes(), &signed.signature, &keys, at)
        .map_err(|why| {
            let why = why.words(times::local_minute);
            format!("the answer of {} does not count: {why}", said.by)
        })?;
    if said.request != Request::digest(&asked.text) {
        return Err(match said.covers.differing(&Covers::of(request)).as_slice() {
            [] => "it answers another request: the gate was opened again since, or the request was changed on its way".to_owned(),
            parts => format!(
                "it answers another request; what differs from what this run asks: {}",
                parts.join(", ")
            ),
        });
    }
    Ok(Proved {
        at: signed_in_time(request, &said)?,
        by: said.by,
        key,
        conditions: said.conditions,
    })
}

/// When an answer was signed, unless the gate had expired by then. What is owed afterwards has no such end.
fn signed_in_time(request: &Request, said: &Statement) -> Result<Timestamp, String> {
    let at = said.at.parse::<Timestamp>();
    let at = at.map_err(|_| "the time when it was signed cannot be read".to_owned())?;
    let expires = request.expires.as_ref();
    let is_late = expires.is_some_and(|expires| {
        let expires = expires.parse::<Timestamp>();
        expires.is_ok_and(|expires| at > expires)
    });
    match is_late && !request.owes() {
        true => Err("it was signed when the gate had expired".to_owned()),
        false => Ok(at),
    }
}

/// The keys that the plan lists for a person.
fn keys_of(plan: &Plan, name: &str) -> Result<Vec<SignerKey>, String> {
    let person = plan.people.iter().find(|person| person.name == name);
    let Some(person) = person else {
        return Err(format!("the project lists nobody called {name}"));
    };
    if person.keys.is_empty() {
        return Err(format!(
            "no key of {name} was listed when the run began: list it in roles.yaml below `people:`, and begin a run"
        ));
    }
    let keys = person.keys.iter().map(|key| SignerKey::parse(key));
    keys.collect()
}

/// Whether a gate may be answered now: it waits, or something is owed after it.
pub(super) fn is_open(state: &RunState, step: &str) -> bool {
    match state.progress(step) {
        Progress::Waiting => state.end.is_none(),
        Progress::Done => is_owed(state, step),
        _ => false,
    }
}

/// Whether something is owed after a gate that was passed.
pub(super) fn is_owed(state: &RunState, step: &str) -> bool {
    let passed = state.steps.get(step);
    let passed = passed.filter(|step| step.progress == Progress::Done);
    passed.map(|step| &step.gate).is_some_and(|gate| {
        let asked = gate.asked.as_ref();
        asked.is_some_and(|asked| !quorum::owed(&asked.request, &gate.given()).is_empty())
    })
}
