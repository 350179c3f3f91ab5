//! The rules by which an answer counts: what a letter makes of a run, as an event, or why it makes nothing.

use super::approving::{self, Said};
use crate::exec::plan::people::{another, may_do};
use crate::exec::plan::{Field, Kind, Plan, Step};
use crate::exec::record::event::Event;
use crate::exec::record::inbox::Message;
use crate::exec::state::lost_outputs::lost_outputs;
use crate::exec::state::options;
use crate::exec::state::outline;
use crate::exec::state::unended::Unended;
use crate::exec::state::values;
use crate::exec::state::waiting::waiting;
use crate::exec::state::{Progress, RunState};
use crate::times;
use std::collections::BTreeMap;

/// The event that a message to the run with this short name makes.
///
/// # Errors
/// Why it does not count, with the next step.
pub fn event(
    plan: &Plan,
    state: &RunState,
    run: &str,
    message: Message,
    now: jiff::Timestamp,
) -> Result<Event, String> {
    let may_come_later = match &message {
        Message::Note { .. } => true,
        Message::Approve { step, .. } | Message::Reject { step, .. } => {
            approving::is_owed(state, step)
        }
        _ => false,
    };
    if state.end.is_some() && !may_come_later {
        return Err("the run has ended already".to_owned());
    }
    refuse_before_undo(plan, state, &message)?;
    match message {
        Message::Approve {
            step,
            by,
            account,
            conditions,
            signed,
        } => {
            let role = gate(plan, state, run, &step)?;
            let said = Said {
                step: &step,
                by: &by,
                account,
                conditions,
                signed,
            };
            approving::approval((plan, state, run), &role, said, now)
        }
        Message::Reject {
            step,
            by,
            reason,
            account,
            signed,
        } => {
            let role = gate(plan, state, run, &step)?;
            let said = Said {
                step: &step,
                by: &by,
                account,
                conditions: Vec::new(),
                signed,
            };
            approving::rejection((plan, state), &role, said, reason, now)
        }
        answered @ Message::Answer { .. } => answer(plan, state, run, answered),
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
        Message::Approve { step, .. } | Message::Reject { step, .. } => {
            !approving::is_owed(state, step)
        }
        Message::Answer { step: path, .. } => !find(plan, state, path).is_ok_and(|step| {
            let known = state.steps.get(path);
            known.is_some_and(|known| !lost_outputs(plan, &step, known).is_empty())
        }),
        Message::Note { .. } | Message::Abort { .. } => false,
    };
    match is_further && Unended::of(state).is_some() {
        true => Err(
            "the run is being undone, and that is not complete: complete it first with `runbook undo`"
                .to_owned(),
        ),
        false => Ok(()),
    }
}

/// Why an answer to a gate comes too late, if it does: what nobody allowed in time is refused, whoever
/// looks first.
pub fn too_late(state: &RunState, message: &Message, now: jiff::Timestamp) -> Option<String> {
    let (Message::Approve { step, .. } | Message::Reject { step, .. }) = message else {
        return None;
    };
    let step_state = state.steps.get(step)?;
    // What is owed after a gate that was passed has its own time.
    if step_state.progress == Progress::Done {
        return None;
    }
    let gate = &step_state.gate;
    let at = gate.expires.as_ref().filter(|_| gate.is_expired(now))?;
    Some(format!(
        "the gate `{step}` expired at {}, which counts as rejected",
        times::local_minute(at)
    ))
}

/// The step at a path that the run has by now.
fn find(plan: &Plan, state: &RunState, path: &str) -> Result<Step, String> {
    let mut steps = outline::steps(plan, state);
    steps.extend(outline::endings(plan, state));
    if let Some(at) = steps.iter().position(|step| step.id == path) {
        return Ok(steps.swap_remove(at));
    }
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    let help = crate::diag::did_you_mean(path, ids.iter().copied())
        .unwrap_or_else(|| format!("it has: {}", ids.join(", ")));
    Err(format!("the run has no step `{path}`; {help}"))
}

/// Whether a person may approve a gate now, however they prove who they are.
pub fn may_approve(
    plan: &Plan,
    state: &RunState,
    gate: &Step,
    person: &str,
    now: jiff::Timestamp,
) -> bool {
    let Kind::Approve { role, .. } = &gate.kind else {
        return false;
    };
    approving::may_approve(plan, state, (&gate.id, role), person, now).is_ok()
}

/// The role of a gate that may be answered now.
fn gate(plan: &Plan, state: &RunState, run: &str, id: &str) -> Result<String, String> {
    let Kind::Approve { role, .. } = &find(plan, state, id)?.kind else {
        return Err(format!(
            "`{id}` is not an approval{}",
            at_work(plan, state, run)
        ));
    };
    match state.progress(id) {
        _ if approving::is_open(state, id) => Ok(role.clone()),
        Progress::Pending => Err(format!(
            "`{id}` has not been reached yet{}",
            at_work(plan, state, run)
        )),
        other => Err(format!("`{id}` is {} already", other.as_str())),
    }
}

/// What the run waits for instead, as the end of a sentence.
fn at_work(plan: &Plan, state: &RunState, run: &str) -> String {
    let Some(waits) = waiting(plan, state) else {
        return format!("; see where the run is with: runbook status {run}");
    };
    let step = &waits.step.id;
    match waits.command(run, false) {
        Some(command) => format!("; the run waits at `{step}`: {command}"),
        None => format!("; the run waits at `{step}`"),
    }
}

fn answer(plan: &Plan, state: &RunState, run: &str, message: Message) -> Result<Event, String> {
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
        return Err(format!(
            "`{id}` is {} already",
            state.progress(&id).as_str()
        ));
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
            let open = options::open_options(state, &id, options);
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
        (Kind::Manual { fields, .. }, Some(_)) => {
            let values: String = fields
                .iter()
                .map(|field| format!(" {}=…", field.name))
                .collect();
            Err(format!(
                "`{id}` asks for fields, not for a choice: runbook answer {run} {id}{values}"
            ))
        }
        (Kind::Approve { .. }, _) => Err(format!(
            "`{id}` asks for an approval: runbook approve {run} {id}, or runbook reject {run} {id} --reason TEXT"
        )),
        _ => Err(format!(
            "`{id}` asks no question{}",
            at_work(plan, state, run)
        )),
    }
}

fn complete(wanted: &[Field], given: &BTreeMap<String, String>) -> Result<(), String> {
    for name in given.keys() {
        if !wanted.iter().any(|field| field.name == *name) {
            let names: Vec<&str> = wanted.iter().map(|field| field.name.as_str()).collect();
            let help = match names.is_empty() {
                true => "this step has none; leave it out".to_owned(),
                false => crate::diag::did_you_mean(name, names.iter().copied())
                    .unwrap_or_else(|| format!("it has: {}", names.join(", "))),
            };
            return Err(format!("there is no field `{name}`; {help}"));
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
