//! Who may approve, do and skip: the one place where that is decided.

use super::{Kind, Plan, Step};
use crate::signatures::SignerKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Somebody whom the project listed when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name used in runs.
    pub name: String,
    /// Accounts of the operating system.
    pub accounts: Vec<String>,
    /// The person's roles.
    pub roles: Vec<String>,
    /// Further roles that the person stands in for, as the deputy of those who have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_in: Vec<String>,
    /// The keys that the person signs with, each as a line of an allowed signers file without the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Addresses by which commits name the person, in small letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<String>,
    /// Who approves in the person's place for a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegates: Option<Delegates>,
}

/// That somebody approves in the place of another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegates {
    /// The name of that person.
    pub to: String,
    /// The first day, in UTC, such as `2026-12-20`.
    pub from: String,
    /// The last day.
    pub until: String,
}

impl Person {
    /// Whether the person has one of these roles, or stands in for it.
    pub fn has_any(&self, wanted: &[String]) -> bool {
        let mut roles = self.roles.iter().chain(&self.stands_in);
        roles.any(|role| wanted.contains(role))
    }

    /// Whether the person has one of these roles, and not only stands in for it.
    pub fn holds_any(&self, wanted: &[String]) -> bool {
        self.roles.iter().any(|role| wanted.contains(role))
    }

    /// The fingerprints of the keys that the person can sign approvals with at this time. A key that cannot be read has
    /// none.
    pub fn fingerprints(&self, at: Timestamp) -> Vec<String> {
        let keys = self.keys.iter();
        let keys = keys.filter_map(|key| SignerKey::parse(key).ok());
        let keys = keys.filter(|key| key.is_valid(at));
        keys.map(|key| key.fingerprint()).collect()
    }
}

impl Delegates {
    /// Whether it holds at this time.
    fn holds(&self, at: Timestamp) -> bool {
        // Days of this form are in the order of their letters.
        let day = TimeZone::UTC.to_datetime(at).date().to_string();
        self.from <= day && day <= self.until
    }
}

/// Somebody who may be asked at some time, with the roles of those who delegate to them.
#[derive(Debug, Clone)]
pub struct Approver {
    /// With those roles beside their own; without any, if they delegate themselves.
    pub person: Person,
    /// For whom.
    pub instead_of: Vec<String>,
}

impl Plan {
    /// The people as they may be asked at this time, or while nobody is away. What is delegated goes no further, and nobody takes a part for
    /// somebody who may not take it: `barred` says who that is.
    pub fn approvers(&self, at: Option<Timestamp>, barred: &dyn Fn(&str) -> bool) -> Vec<Approver> {
        let away = |person: &&Person| {
            let delegates = person.delegates.as_ref();
            delegates.is_some_and(|delegates| at.is_some_and(|at| delegates.holds(at)))
        };
        let stands_for = |one: &Person, other: &Person| {
            let delegates = other.delegates.as_ref();
            delegates.is_some_and(|delegates| delegates.to == one.name) && !barred(&other.name)
        };
        let approver = |person: &Person| {
            let mut own = person.clone();
            if away(&person) {
                own.roles.clear();
                own.stands_in.clear();
            }
            let others = self.people.iter().filter(away);
            let others: Vec<&Person> = others.filter(|other| stands_for(person, other)).collect();
            for other in &others {
                own.roles.extend(other.roles.iter().cloned());
                own.stands_in.extend(other.stands_in.iter().cloned());
            }
            Approver {
                person: own,
                instead_of: others.iter().map(|other| other.name.clone()).collect(),
            }
        };
        self.people.iter().map(approver).collect()
    }

    /// Whether only signed approvals count: the risk is high, the project lists keys, and its policy does not let
    /// claims count.
    pub fn wants_signatures(&self) -> bool {
        self.careful
            && self.policy.claimed.is_none()
            && self.people.iter().any(|person| !person.keys.is_empty())
    }

    /// The roles that may take a part, and the people that the project knows who can; `part` is a name
    /// of [`Plan::roles`], or a role.
    pub fn takers(&self, part: &str) -> (Vec<String>, Vec<String>) {
        let rule = self.roles.get(part);
        let roles = rule.map_or_else(|| vec![part.to_owned()], |rule| rule.any_of.clone());
        let initiator = self.person(&self.initiator).name;
        let not_initiator = rule.is_some_and(|rule| rule.not_initiator);
        let can = |person: &&Person| {
            person.has_any(&roles) && !(not_initiator && person.name == initiator)
        };
        let people = self.people.iter().filter(can);
        let people = people.map(|person| person.name.clone()).collect();
        (roles, people)
    }

    /// The person behind a name or an account; somebody unknown is a person of that name.
    pub fn person(&self, name: &str) -> Person {
        let named = self.people.iter().find(|person| person.name == name);
        let known = named.or_else(|| {
            let mut people = self.people.iter();
            people.find(|person| person.accounts.iter().any(|account| account == name))
        });
        known.cloned().unwrap_or_else(|| Person {
            name: name.to_owned(),
            accounts: Vec::new(),
            roles: Vec::new(),
            stands_in: Vec::new(),
            keys: Vec::new(),
            mails: Vec::new(),
            delegates: None,
        })
    }
}

/// The person who takes a part, if the plan lets them. `what` is the part, as in "cannot …".
pub(crate) fn may_take(plan: &Plan, role: &str, by: &str, what: &str) -> Result<String, String> {
    let person = plan.person(by);
    let rule = plan.roles.get(role);
    let wanted = rule.map_or_else(|| vec![role.to_owned()], |rule| rule.any_of.clone());
    if !has_role(plan, &person, &wanted) {
        let who = match plan.takers(role).1 {
            people if people.is_empty() => String::new(),
            people => format!("; it is for {}", people.join(" or ")),
        };
        return Err(format!(
            "{} is none of: {}, and cannot {what}{who}",
            person.name,
            wanted.join(", ")
        ));
    }
    let initiator = plan.person(&plan.initiator).name;
    match rule.is_some_and(|rule| rule.not_initiator) && person.name == initiator {
        true => Err(format!(
            "{} started this run and cannot {what}; somebody else has to",
            person.name
        )),
        false => Ok(person.name),
    }
}

/// The person who does or decides a step, if the plan lets them.
///
/// # Errors
/// Why not.
pub fn may_do(plan: &Plan, step: &Step, by: &str) -> Result<String, String> {
    match &step.role {
        Some(role) => may_take(plan, role, by, &format!("answer `{}`", step.id)),
        None => Ok(plan.person(by).name),
    }
}

/// The person who skips a step, if the plan lets them.
///
/// # Errors
/// Why not, with the next step.
pub fn may_skip(plan: &Plan, step: &Step, by: &str) -> Result<String, String> {
    let Some(skip) = &step.skip else {
        return Err(format!(
            "`{}` cannot be skipped: its runbook does not say `skip:`",
            step.id
        ));
    };
    let whole = plan.step(&step.id).unwrap_or(step);
    let mut inner = whole.with_inner().into_iter();
    if plan.wants_signatures() && inner.any(|one| matches!(one.kind, Kind::Approve { .. })) {
        return Err(format!(
            "`{}` needs a signed approval, and nobody signs that it is skipped",
            step.id
        ));
    }
    match &skip.role {
        Some(role) => may_take(plan, role, by, &format!("skip `{}`", step.id)),
        None => Ok(plan.person(by).name),
    }
}

/// Whether a person has one of the roles. A project that lists no people trusts the names that
/// are claimed; the journal says so.
pub(crate) fn has_role(plan: &Plan, person: &Person, wanted: &[String]) -> bool {
    plan.people.is_empty() || person.has_any(wanted)
}

/// The account that speaks for somebody else, if it does.
pub(crate) fn another(plan: &Plan, account: Option<String>, by: &str) -> Option<String> {
    account.filter(|account| plan.person(account).name != by)
}
