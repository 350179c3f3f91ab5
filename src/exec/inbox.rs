//! Answers from other terminals, and the rules by which an answer counts.
//!
//! A message is a file in the inbox, synced before its sender is told anything. Whoever drives the run
//! takes the letters in; without a driver, the sender takes the run's lock and does so itself. The
//! first answer in the journal wins. A line of the journal names the letter that brought it, so
//! one that is found again after a crash counts once; one that does not count leaves a file that
//! says why.

use crate::exec::disk::{Part, Shared};
use crate::exec::event::{Attached, Event};
use crate::exec::lost_outputs::lost_outputs;
use crate::exec::outline;
use crate::exec::plan::{Kind, Person, Plan, Step};
use crate::exec::state::{Progress, RunState};
use crate::exec::unended::Unended;
use crate::exec::values;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Yes to a gate.
    Approve {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// No to a gate.
    Reject {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// Why.
        reason: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// What a manual step or a decision asks for.
    Answer {
        /// The step.
        step: String,
        /// The person.
        by: String,
        /// The account that says so in the person's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// Values of fields.
        fields: BTreeMap<String, String>,
        /// The option.
        choice: Option<String>,
        /// Files that lie in the run's folder `evidence`.
        #[serde(default)]
        files: Vec<Attached>,
    },
    /// A remark.
    Note {
        /// The person.
        by: String,
        /// The remark.
        text: String,
        /// When it was, if not now; RFC 3339 in UTC.
        seen: Option<String>,
        /// Files that lie in the run's folder `evidence`.
        files: Vec<Attached>,
    },
    /// The end of the run.
    Abort {
        /// The person.
        by: String,
        /// Why.
        reason: String,
    },
}

impl Message {
    /// The files that come with it.
    pub fn files(&self) -> &[Attached] {
        match self {
            Self::Answer { files, .. } | Self::Note { files, .. } => files,
            Self::Approve { .. } | Self::Reject { .. } | Self::Abort { .. } => &[],
        }
    }

    /// The same message with these files, if it is one that files come with.
    pub fn with(mut self, kept: Vec<Attached>) -> Self {
        if let Self::Answer { files, .. } | Self::Note { files, .. } = &mut self {
            *files = kept;
        }
        self
    }
}

/// Where a run's letters lie.
#[derive(Debug, Clone)]
pub struct Inbox {
    disk: Shared,
    folder: PathBuf,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id, a ULID.
    pub id: String,
    /// What it says.
    pub message: Message,
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has taken it in yet.
    Waits,
    /// It did not count, for this reason.
    Refused(String),
    /// It was taken in.
    Taken,
}

impl Inbox {
    /// The inbox in this folder.
    pub fn new(disk: Shared, folder: PathBuf) -> Self {
        Self { disk, folder }
    }

    fn file(&self, id: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{id}.{extension}"))
    }

    /// The ids of the letters that nobody has taken in, in the order of arrival.
    fn waiting(&self) -> io::Result<Vec<String>> {
        let names = self.disk.list(Part::Letter, &self.folder)?;
        let id = |name: &std::ffi::OsString| {
            let id = name.to_str()?.strip_suffix(".json")?;
            (!id.starts_with('.')).then(|| id.to_owned())
        };
        Ok(names.iter().filter_map(id).collect())
    }

    /// What became of a letter that was sent.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn fate(&self, id: &str) -> io::Result<Fate> {
        if self.disk.exists(Part::Letter, &self.file(id, "json"))? {
            return Ok(Fate::Waits);
        }
        let refusal = self.file(id, "refused");
        Ok(match self.disk.exists(Part::Refusal, &refusal)? {
            true => {
                let why = self.disk.read(Part::Refusal, &refusal)?;
                Fate::Refused(String::from_utf8_lossy(&why).into_owned())
            }
            false => Fate::Taken,
        })
    }
}

/// Puts a message into an inbox; gives the id of its letter. It is on disk when this returns.
///
/// # Errors
/// The operating system's reason.
pub fn send(inbox: &Inbox, message: &Message) -> io::Result<String> {
    let id = ulid::Ulid::generate().to_string();
    let bytes = serde_json::to_vec(message)?;
    inbox
        .disk
        .replace(Part::Letter, &inbox.file(&id, "json"), &bytes)?;
    Ok(id)
}

/// Whether an inbox holds a letter.
pub fn has_mail(inbox: &Inbox) -> bool {
    inbox.waiting().is_ok_and(|letters| !letters.is_empty())
}

/// Takes each letter out in the order of arrival. It is removed only after `take` returned, so
/// that a crash in between loses none. `take` says why one does not count.
///
/// # Errors
/// What `take` says, or the operating system's reason.
pub fn drain<E: From<io::Error>>(
    inbox: &Inbox,
    mut take: impl FnMut(Letter) -> Result<Result<(), String>, E>,
) -> Result<(), E> {
    for id in inbox.waiting()? {
        let path = inbox.file(&id, "json");
        let bytes = inbox.disk.read(Part::Letter, &path)?;
        let taken = match serde_json::from_slice(&bytes) {
            Ok(message) => take(Letter {
                id: id.clone(),
                message,
            })?,
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        if let Err(why) = taken {
            inbox
                .disk
                .replace(Part::Refusal, &inbox.file(&id, "refused"), why.as_bytes())?;
        }
        inbox.disk.remove(Part::Letter, &path)?;
    }
    Ok(())
}

/// The event that a message makes.
///
/// # Errors
/// Why it does not count, with the next step.
pub fn event(plan: &Plan, state: &RunState, message: Message) -> Result<Event, String> {
    if state.end.is_some() && !matches!(message, Message::Note { .. }) {
        return Err("the run has ended already".to_owned());
    }
    refuse_before_undo(plan, state, &message)?;
    match message {
        Message::Approve { step, by, account } => {
            let by = may_judge(plan, state, &step, &by)?;
            Ok(Event::GateApproved {
                step,
                account: another(plan, account, &by),
                by,
                auth: "claimed".to_owned(),
            })
        }
        Message::Reject {
            step,
            by,
            reason,
            account,
        } => {
            let by = may_judge(plan, state, &step, &by)?;
            Ok(Event::GateRejected {
                step,
                account: another(plan, account, &by),
                by,
                reason,
            })
        }
        answered @ Message::Answer { .. } => answer(plan, state, answered),
        Message::Note {
            by,
            text,
            seen,
            files,
        } => Ok(Event::NoteAdded {
            by: plan.person(&by).name,
            text,
            seen,
            files,
        }),
        Message::Abort { by, reason } => Ok(Event::RunAborted {
            by: plan.person(&by).name,
            reason,
        }),
    }
}

/// Refuses what would take a run further whose taking back has no end yet. What a step handed on may
/// be what its undo lacks, so that may be given.
fn refuse_before_undo(plan: &Plan, state: &RunState, message: &Message) -> Result<(), String> {
    let is_further = match message {
        Message::Approve { .. } | Message::Reject { .. } => true,
        Message::Answer { step: path, .. } => !find(plan, state, path).is_ok_and(|step| {
            let known = state.steps.get(path);
            known.is_some_and(|known| !lost_outputs(plan, &step, known).is_empty())
        }),
        Message::Note { .. } | Message::Abort { .. } => false,
    };
    match is_further && Unended::of(state).is_some() {
        true => Err(
            "the run is being taken back, and that has no end yet: end it first with `runbook undo`"
                .to_owned(),
        ),
        false => Ok(()),
    }
}

/// The account that speaks for somebody else, if it does.
fn another(plan: &Plan, account: Option<String>, by: &str) -> Option<String> {
    account.filter(|account| plan.person(account).name != by)
}

/// Why an answer to a gate comes too late, if it does: what nobody allowed in time is refused, whoever
/// looks first.
pub fn too_late(state: &RunState, message: &Message, now: jiff::Timestamp) -> Option<String> {
    let (Message::Approve { step, .. } | Message::Reject { step, .. }) = message else {
        return None;
    };
    let gate = state.steps.get(step)?;
    let at = gate.expires.as_ref().filter(|_| gate.is_expired(now))?;
    Some(format!(
        "the gate `{step}` expired at {at}, and silence is a no"
    ))
}

/// The step at a path that the run has by now.
fn find(plan: &Plan, state: &RunState, path: &str) -> Result<Step, String> {
    let mut steps = outline::steps(plan, state);
    if let Some(at) = steps.iter().position(|step| step.id == path) {
        return Ok(steps.swap_remove(at));
    }
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    let help = crate::diag::did_you_mean(path, ids.iter().copied())
        .unwrap_or_else(|| format!("it has: {}", ids.join(", ")));
    Err(format!("the run has no step `{path}`; {help}"))
}

/// The person who judges a gate, if the plan lets them.
fn may_judge(plan: &Plan, state: &RunState, id: &str, by: &str) -> Result<String, String> {
    let Kind::Approve { role, .. } = &find(plan, state, id)?.kind else {
        return Err(format!("`{id}` is no gate"));
    };
    if state.progress(id) != Progress::Waiting {
        return Err(format!(
            "the gate `{id}` is not open: it is {}",
            state.progress(id).word()
        ));
    }
    let name = may_take(plan, role, by, &format!("approve `{id}`"))?;
    let already = state
        .steps
        .get(id)
        .is_some_and(|step| step.approved_by.contains(&name));
    match already {
        true => Err(format!("{name} has said yes already")),
        false => Ok(name),
    }
}

/// The person who takes a part, if the plan lets them. `what` is the part, as in "cannot …".
fn may_take(plan: &Plan, role: &str, by: &str, what: &str) -> Result<String, String> {
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
    match &skip.role {
        Some(role) => may_take(plan, role, by, &format!("skip `{}`", step.id)),
        None => Ok(plan.person(by).name),
    }
}

/// Whether a person has one of the roles. A project that lists no people trusts the names that
/// are claimed; the journal says so.
pub(super) fn has_role(plan: &Plan, person: &Person, wanted: &[String]) -> bool {
    plan.people.is_empty() || person.has_any(wanted)
}

fn answer(plan: &Plan, state: &RunState, message: Message) -> Result<Event, String> {
    let Message::Answer {
        step: id,
        by,
        account,
        fields,
        choice,
        files,
    } = message
    else {
        return Err("this is no answer".to_owned());
    };
    let step = find(plan, state, &id)?;
    let account = another(plan, account, &by);
    let known = state.steps.get(&id).cloned().unwrap_or_default();
    let lost = lost_outputs(plan, &step, &known);
    if !lost.is_empty() {
        complete(&lost, &fields)?;
        return Ok(Event::OutputsGiven {
            by: may_do(plan, &step, &by)?,
            step: id,
            account,
            outputs: fields,
            files,
        });
    }
    if !matches!(state.progress(&id), Progress::Pending | Progress::Waiting) {
        return Err(format!("`{id}` is {} already", state.progress(&id).word()));
    }
    match (&step.kind, choice) {
        (Kind::Manual { fields: wanted, .. }, None) => {
            complete(wanted, &fields)?;
            Ok(Event::ManualCompleted {
                by: may_do(plan, &step, &by)?,
                step: id,
                account,
                fields,
                files,
            })
        }
        (Kind::Decide { options, .. }, choice) => {
            let open = outline::open_options(state, &id, options);
            match choice.filter(|choice| open.contains(choice)) {
                Some(choice) => Ok(Event::DecisionMade {
                    by: may_do(plan, &step, &by)?,
                    step: id,
                    account,
                    choice,
                    because: None,
                    files,
                }),
                None => Err(format!(
                    "choose one of: {} (--choose NAME)",
                    open.join(", ")
                )),
            }
        }
        (Kind::Manual { .. }, Some(_)) => Err(format!("`{id}` asks for fields, not for a choice")),
        _ => Err(format!("`{id}` asks nothing")),
    }
}

fn complete(wanted: &[super::plan::Field], given: &BTreeMap<String, String>) -> Result<(), String> {
    for name in given.keys() {
        if !wanted.iter().any(|field| field.name == *name) {
            return Err(format!("there is no field `{name}`"));
        }
    }
    for field in wanted {
        let value = given.get(&field.name).ok_or_else(|| {
            format!(
                "the field `{}` is missing: add {}=…",
                field.name, field.name
            )
        })?;
        values::fits(field, value)
            .map_err(|expected| format!("`{}` has to be {expected}", field.name))?;
    }
    Ok(())
}

#[cfg(test)]
mod properties;
