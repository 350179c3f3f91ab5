//! Who is asked at a gate that goes by a row of the approval matrix, in lines: by its request once it is open, and by the
//! row alone before. Both are said in the same order, so that who reads a plan finds it again in the run.

use super::asking::{Subject, asks_of_row, barred_by, limit};
use super::gate::Gate;
use super::quorum;
use super::values::Values;
use crate::exec::plan::policy::{Row, RowAsk};
use crate::exec::plan::{Kind, Plan};
use crate::exec::record::request::{Ask, Need};
use crate::times;
use std::time::Duration;

/// What is known of the labels of a release before it is asked about.
#[derive(Debug, Clone, Copy)]
enum Labels<'l> {
    /// They are these.
    Known(&'l [String]),
    /// Only the run knows them.
    Unknown,
    /// The step says none, so nobody can tell that a role is not concerned.
    Unsaid,
}

/// Who is still asked at a gate that is open, by its request; nothing of one without a request.
pub fn lines_of_gate(gate: &Gate) -> Vec<String> {
    let Some(asked) = &gate.asked else {
        return Vec::new();
    };
    let request = &asked.request;
    let missing = quorum::missing(request, &gate.given()).into_iter();
    let mut lines: Vec<String> = missing
        .map(|(ask, count)| format!("{}{}", several(count), quorum::whom(ask)))
        .collect();
    for (need, word) in [(Need::Optional, "optional"), (Need::Later, "afterwards")] {
        let asks = request.asks.iter().filter(|ask| ask.need == need);
        lines
            .extend(asks.map(|ask| format!("{word}: {}{}", several(ask.count), quorum::whom(ask))));
    }
    let is_asked = |name: &String| request.asks.iter().any(|ask| ask.holders.contains(name));
    let barred = request.barred.iter().filter(|(name, _)| !is_asked(name));
    lines.extend(barred.map(|(name, why)| format!("not {name}, who {why}")));
    let expires = request.expires.as_ref();
    lines.extend(expires.map(|at| {
        let at = times::local_minute(at);
        format!("no answer by {at} means no")
    }));
    lines
}

/// Who will be asked at a gate that goes by a row, as far as it is known.
pub fn lines_ahead(values: &Values<'_>, gate: &Kind, row: &Row) -> Vec<String> {
    let said = match gate {
        Kind::Approve { subject, .. } => subject.labels.as_ref(),
        _ => None,
    };
    let is_known = said.is_none_or(|text| values.unknown(text).is_empty());
    let subject = Subject::of(gate, |text| values.so_far(text));
    lines_of_row(
        values.plan,
        row,
        match &subject.labels {
            _ if !is_known => Labels::Unknown,
            Some(labels) => Labels::Known(labels),
            None => Labels::Unsaid,
        },
    )
}

fn lines_of_row(plan: &Plan, row: &Row, labels: Labels<'_>) -> Vec<String> {
    let known = match labels {
        Labels::Known(labels) => Some(labels),
        Labels::Unknown | Labels::Unsaid => None,
    };
    let barred = barred_by(plan, row, &[]);
    let approvers = plan.approvers(None, &|name| barred.contains_key(name));
    let asks = asks_of_row((plan, &approvers), row, &barred, known);
    let mut lines: Vec<String> = [Need::Required, Need::Optional, Need::Later]
        .into_iter()
        .flat_map(|need| asks.iter().filter(move |(ask, _)| ask.need == need))
        .map(|(ask, rule)| format!("{}{}", condition(rule, labels), whom(ask, rule)))
        .collect();
    let is_asked = |name: &String| asks.iter().any(|(ask, _)| ask.holders.contains(name));
    let barred = barred.keys().filter(|name| !is_asked(name));
    lines.extend(barred.map(|name| format!("not {name}, who starts the run")));
    if row.not_author {
        lines.push("not who wrote what is released".to_owned());
    }
    lines.extend(limit(row).map(|limit| format!("no answer within {} means no", span(limit))));
    lines
}

/// Under which label a role is asked, where only the run knows the labels.
fn condition(rule: &RowAsk, labels: Labels<'_>) -> String {
    match (&rule.label, labels) {
        (Some(label), Labels::Unknown) => format!("with the label {label}: "),
        _ => String::new(),
    }
}

/// Who is asked, in a line, as [`quorum::whom`] says it, with spans in the place of times.
fn whom(ask: &Ask, rule: &RowAsk) -> String {
    let need = match ask.need {
        Need::Required => "",
        Need::Optional => "optional: ",
        Need::Later => "afterwards: ",
    };
    let mut line = format!("{need}{}{}", several(ask.count), quorum::whom(ask));
    if let Some(within) = rule.within {
        line = format!("{line}, within {}", span(within));
    }
    let wait = rule.deputy_after.or(rule.within);
    if let (Some(wait), false) = (wait, ask.deputies.is_empty()) {
        line = format!(
            "{line}; after {} also {}",
            span(wait),
            ask.deputies.join(", ")
        );
    }
    line
}

/// How many people, if it is more than one.
fn several(count: u32) -> String {
    match count {
        1 => String::new(),
        count => format!("{count} of "),
    }
}

fn span(seconds: u64) -> String {
    times::planned(Duration::from_secs(seconds))
}
