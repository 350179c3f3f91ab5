//! What an approver sees before the yes: all that the request of a gate covers, and what happens next, on one screen.
//!
//! Everything shown is read from the text that is approved, so that nobody signs another thing than they saw.

use crate::exec::record::request::{Ask, Need, Request};
use crate::exec::state::counted::Counted;
use crate::exec::state::quorum;
use crate::exec::store::short;
use crate::times;

/// So many steps that follow are named.
const MOST_NEXT: usize = 8;

/// The lines of the screen, unescaped. A commit, an artefact or a param that has several lines keeps them.
pub fn lines(request: &Request) -> Vec<String> {
    let mut lines = vec![format!(
        "{} {}  run {}  {}",
        request.runbook,
        request.version,
        short(&request.run),
        request.title
    )];
    // Marked, so that no line of it can look like one of ours.
    lines.extend(request.text.lines().map(|line| format!("  | {line}")));
    lines.push(String::new());
    let mut part = |name: &str, value: &str| lines.extend(parts(name, value));
    part("project", &request.project);
    part("step", &request.step);
    part("started by", &request.initiator);
    let labels = request.labels.as_ref().map(|labels| labels.join(", "));
    let labels = labels.filter(|labels| !labels.is_empty());
    let authors = (!request.authors.is_empty()).then(|| request.authors.join(", "));
    for (name, value) in [
        ("commit", &request.commit),
        ("since", &request.since),
        ("artefact", &request.artefact),
        ("written by", &authors),
        ("labels", &labels),
        ("row", &request.row),
    ] {
        if let Some(value) = value {
            part(name, value);
        }
    }
    for (number, (name, value)) in request.evidence.iter().enumerate() {
        let label = if number == 0 { "evidence" } else { "" };
        part(label, &format!("{name}: {value}"));
    }
    for (number, (name, value)) in request.params.iter().enumerate() {
        let label = if number == 0 { "params" } else { "" };
        part(label, &format!("{name}={value}"));
    }
    if let Some(policy) = &request.policy {
        let place = format!(
            "{} of {} at {}",
            policy.branch, policy.repository, policy.commit
        );
        part("policy", &place);
    }
    part("plan", &request.plan);
    for (number, ask) in request.asks.iter().enumerate() {
        let label = if number == 0 { "asked" } else { "" };
        part(label, &asked(ask));
    }
    let is_asked = |name: &String| request.asks.iter().any(|ask| ask.holders.contains(name));
    let barred = request.barred.iter().filter(|(name, _)| !is_asked(name));
    for (number, (name, why)) in barred.enumerate() {
        let label = if number == 0 { "not" } else { "" };
        part(label, &format!("{name}, who {why}"));
    }
    part("then", &then(&request.next));
    if let Some(expires) = &request.expires {
        part(
            "expires",
            &format!(
                "{}; no answer by then means no",
                times::local_minute(expires)
            ),
        );
    }
    lines
}

/// The lines that say who approved it by now.
pub fn approvals(approvals: &[Counted]) -> Vec<String> {
    let label = |number| if number == 0 { "by now" } else { "" };
    let lines = approvals.iter().enumerate();
    lines
        .flat_map(|(number, one)| parts(label(number), &one.to_string()))
        .collect()
}

/// The lines of one part, below its name.
fn parts(name: &str, value: &str) -> Vec<String> {
    let mut values = value.lines();
    let first = format!("  {name:<11} {}", values.next().unwrap_or_default());
    let rest = values.map(|line| format!("  {:<11} {line}", ""));
    std::iter::once(first.trim_end().to_owned())
        .chain(rest)
        .collect()
}

fn then(next: &[String]) -> String {
    let more = next.len().saturating_sub(MOST_NEXT);
    let named: Vec<&str> = next.iter().take(MOST_NEXT).map(String::as_str).collect();
    match (named.is_empty(), more) {
        (true, _) => "nothing: it is the last step".to_owned(),
        (false, 0) => named.join(", "),
        (false, more) => format!("{}, and {more} more", named.join(", ")),
    }
}

/// Who is asked, in a line.
fn asked(ask: &Ask) -> String {
    let need = match ask.need {
        Need::Required => "",
        Need::Optional => "optional: ",
        Need::Later => "afterwards: ",
    };
    let count = match ask.count {
        1 => String::new(),
        count => format!("{count} of "),
    };
    format!("{need}{count}{}", quorum::whom(ask))
}
