//! A step in words, with the values that are known filled in.

use super::{Found, Gate, Outlook};
use crate::exec::plan::policy::{Row, RowAsk, RowNeed};
use crate::exec::plan::{Effect, Kind, Step, Text};
use crate::exec::process::command;
use crate::exec::state::gate_words;
use crate::exec::state::options;
use crate::exec::state::required::in_words;
use crate::exec::state::values::Values;
use crate::model::value_path::ValuePath;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::time::Duration;

/// A step of a plan, seen from before the run.
pub(super) fn step(values: &Values<'_>, step: &Step, groups: &[&Step], found: Found) -> Outlook {
    let when = groups.iter().copied().chain([step]);
    Outlook {
        id: step.id.clone(),
        number: values.plan.number(&step.id),
        title: step.title.clone(),
        kind: step.kind.as_str(),
        when: when
            .filter_map(|step| Some(step.when.as_ref()?.text.clone()))
            .collect(),
        what: what(values, step),
        env: env(values, step),
        traits: traits(values, step),
        unknown: unknown(values, step),
        found,
    }
}

fn what(values: &Values<'_>, step: &Step) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(each) = &step.each {
        let items: Vec<String> = each.items.iter().map(|item| values.so_far(item)).collect();
        lines.push(format!("once for each of: {}", items.join(", ")));
    }
    match &step.kind {
        Kind::Command(command) | Kind::Check(command) => {
            lines.extend(values.command_text(command).lines().map(str::to_owned));
        }
        Kind::Approve {
            role, row, text, ..
        } => {
            match row {
                None => lines.push(format!("waits for: {role}")),
                Some(row) => lines.extend(of_row(values, &step.kind, row)),
            }
            lines.push(values.so_far(text));
        }
        Kind::Manual { text, .. } => {
            lines.push("done by hand".to_owned());
            lines.extend(text.trim().lines().map(str::to_owned));
        }
        Kind::Decide { options, .. } => {
            let names: Vec<&str> = options.keys().map(String::as_str).collect();
            lines.push(format!("choose: {}", names.join(", ")));
            lines.extend(options::outcomes(values.plan, None, &step.id, options));
        }
        Kind::Notify { channel, text } => {
            lines.push(format!("tells {channel}: {}", values.so_far(text)));
        }
        Kind::Wait { time, until } => {
            let must = until.as_ref().is_some_and(|until| until.must.is_some());
            if let Some(time) = time.as_ref().map(|time| values.so_far(time)) {
                lines.push(match (until, must) {
                    (Some(until), true) => {
                        let every = SignedDuration::try_from(Duration::from_millis(until.every_ms))
                            .unwrap_or(SignedDuration::MAX);
                        format!("asks every {every:#}, and fails without a yes within {time}")
                    }
                    _ => format!("waits {time}"),
                });
            }
            if let Some(until) = until {
                lines.push(format!(
                    "until: {}",
                    values.command_text(&until.command).trim()
                ));
            }
        }
        Kind::Call(_) | Kind::Parallel { .. } | Kind::Sequence(_) => {}
    }
    lines
}

/// The step's own variables, those that its command reads.
fn env(values: &Values<'_>, step: &Step) -> BTreeMap<String, String> {
    let (Kind::Command(command) | Kind::Check(command)) = &step.kind else {
        return BTreeMap::new();
    };
    let read = step.env.iter();
    let read = read.filter(|(name, _)| command::reads(command, name));
    read.map(|(name, text)| (name.clone(), values.so_far(text)))
        .collect()
}

fn traits(values: &Values<'_>, step: &Step) -> Vec<String> {
    let mut found = Vec::new();
    match &step.kind {
        Kind::Command(_) => {
            found.push(step.effect.describe().to_owned());
            if step.effect != Effect::Read {
                found.push(step.undo_words().to_owned());
            }
        }
        Kind::Check(_) if step.warn_only => found.push("only warns".to_owned()),
        _ => {}
    }
    if let Some(role) = &step.role {
        found.push(format!("for {}", values.plan.takers(role).0.join(" or ")));
    }
    if let Some(confirm) = &step.confirm {
        found.push(format!("asks to type `{}`", values.so_far(confirm)));
    }
    if step.interactive {
        found.push("takes the terminal".to_owned());
    }
    if let Some(refusal) = &step.refusal {
        found.push(format!(
            "takes the terminal if it says `{}`",
            refusal.says.join("` or `")
        ));
    }
    found
}

/// What the texts of a step use and nobody knows yet; its `undo` comes later in any case.
fn unknown(values: &Values<'_>, step: &Step) -> Vec<String> {
    let mut texts = Vec::new();
    let mut shown = Step {
        undo: None,
        ..step.clone()
    };
    if let Kind::Command(command) | Kind::Check(command) = &step.kind {
        shown.env.retain(|name, _| command::reads(command, name));
    }
    shown.each_text(&mut |text| texts.push(text.clone()));
    let unknown = texts.iter().flat_map(|text| values.unknown(text));
    // The item of a loop is no question: each is gone through.
    let asked = unknown.filter(|path| !matches!(path, ValuePath::Each(_)));
    let mut unknown: Vec<String> = asked.map(ToString::to_string).collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// Who has to approve by a row of the matrix, as far as its name is known.
fn of_row(values: &Values<'_>, gate: &Kind, row: &Text) -> Vec<String> {
    let name = values.so_far(row);
    let Ok(row) = values.plan.row(&name) else {
        return vec![format!(
            "waits for: the roles of the row {name} of the approval matrix"
        )];
    };
    let once = in_words(row).map_or_else(String::new, |words| format!(", once {words}"));
    let mut lines = vec![format!(
        "waits for, by the row {name} of the approval matrix{once}:"
    )];
    let asked = gate_words::lines_ahead(values, gate, row);
    lines.extend(asked.iter().map(|line| format!("  {line}")));
    lines
}

/// What a row asks before anything goes on.
fn required(row: &Row) -> impl Iterator<Item = &RowAsk> {
    let is_required = |ask: &&RowAsk| matches!(ask.need, RowNeed::Required | RowNeed::If);
    row.asks.iter().filter(is_required)
}

/// A gate that goes by a row; who has to approve is known if the name of the row is.
fn gate_of_row(values: &Values<'_>, step: &Step, name: &Text) -> Gate {
    let (plan, name) = (values.plan, values.so_far(name));
    let row = plan.row(&name).ok();
    let asks: Vec<&RowAsk> = row.into_iter().flat_map(required).collect();
    let roles: Vec<String> = asks.iter().flat_map(|ask| ask.roles.clone()).collect();
    let people = plan.people.iter().filter(|person| person.has_any(&roles));
    Gate {
        step: step.id.clone(),
        count: asks.iter().map(|ask| ask.count).sum(),
        not_initiator: row.is_some_and(|row| row.not_initiator),
        people: people.map(|person| person.name.clone()).collect(),
        row: Some(name),
        roles,
    }
}

/// The gates among the steps of a plan that are not left out.
pub(super) fn gates(values: &Values<'_>) -> Vec<Gate> {
    let plan = values.plan;
    let gate = |step: &Step| {
        let Kind::Approve {
            role, count, row, ..
        } = &step.kind
        else {
            return None;
        };
        if let Some(row) = row {
            return Some(gate_of_row(values, step, row));
        }
        let (roles, people) = plan.takers(role);
        Some(Gate {
            step: step.id.clone(),
            count: *count,
            roles,
            not_initiator: plan.roles.get(role).is_some_and(|rule| rule.not_initiator),
            people,
            row: None,
        })
    };
    let is_kept = |step: &&Step| {
        let around = plan.around(&step.id).into_iter();
        let mut all = around.chain([*step]);
        !all.any(|step| plan.left_out.contains_key(&step.id))
    };
    let leaves = plan.leaves().into_iter();
    leaves.filter(is_kept).filter_map(gate).collect()
}
