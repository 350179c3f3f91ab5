//! A sentence for each event. An event without one is told by its type and members.

use super::fact::Fact;
use super::known::Known;
use crate::exec::event::Edited;
use crate::printable::printable;
use serde_json::Value;

/// What happened, on one line; nothing for what is only of use to the program.
pub(super) fn of(known: &Known<'_>, fact: &Fact) -> Option<String> {
    let said = of_run(known, fact).or_else(|| of_step(known, fact));
    let text = match (said, fact.kind.as_str()) {
        (_, "person.waited" | "wait.probed") => return None,
        (Some(text), _) => text,
        (None, _) => plainly(fact),
    };
    Some(one_line(&text))
}

/// A text without line breaks and without what could move a cursor.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    printable(&words.join(" "))
}

fn of_run(known: &Known<'_>, fact: &Fact) -> Option<String> {
    let (by, reason) = (fact.text("by"), fact.text("reason"));
    Some(match fact.kind.as_str() {
        "run.created" => format!(
            "{} began {} {}{}",
            fact.text("initiator"),
            fact.text("runbook"),
            fact.text("version"),
            fact.given("incident")
                .map_or_else(String::new, |incident| format!(" for {incident}"))
        ),
        "run.opened" => match fact.given("host") {
            Some(host) => format!("the program took the run up on {host}"),
            None => "the program took the run up".to_owned(),
        },
        "run.finished" => "finished".to_owned(),
        "run.undone" => format!("taken back, as {by} wanted"),
        "run.aborted" => format!("{by} ended the run: {reason}"),
        "run.failing" => format!("the failure of {} stands", known.title(fact.step())),
        "run.failed" => format!("ended with the failure of {}", known.title(fact.step())),
        "run.limit_reached" => "the time limit of the budget was reached".to_owned(),
        "run.limit_lifted" => format!("{by} lifted the time limit: {reason}"),
        "plan.changed" => format!("{by} let it go on by a changed plan: {reason}"),
        "undo.all_chosen" => format!("{by} wanted all of it taken back after all"),
        "undo.chosen" => format!("{by} wanted some of it taken back"),
        "note.added" => note(fact),
        "journal.recovered" => format!(
            "a crash had torn the last line of the record; {} bytes were kept aside",
            fact.number("bytes").unwrap_or_default()
        ),
        _ => return None,
    })
}

fn note(fact: &Fact) -> String {
    let seen = fact
        .given("seen")
        .map_or(String::new(), |seen| format!(" (of {seen})"));
    let (by, text, files) = (fact.text("by"), fact.text("text"), files(fact));
    format!("{by} remarked: {text}{seen}{files}")
}

/// The files that came with an event.
fn files(fact: &Fact) -> String {
    fact.files
        .iter()
        .map(|file| format!(" [{}]", file.name))
        .collect()
}

fn verified(fact: &Fact) -> String {
    let said = match fact.text("answer") {
        _ if fact.is_lost() => "was finished, and is no longer so",
        "present" => "its verify says that it is so",
        "absent" => "its verify says that it is not so",
        _ => "its verify cannot tell",
    };
    said.to_owned()
}

/// The changed values, as `NAME: old → new`.
fn edits(fact: &Fact) -> String {
    let changes = fact.members.get("changes").cloned().unwrap_or_default();
    let changes: Vec<Edited> = serde_json::from_value(changes).unwrap_or_default();
    let words = changes
        .iter()
        .map(|edited| format!("{}: {} → {}", edited.name, edited.old, edited.new));
    words.collect::<Vec<_>>().join(", ")
}

fn of_step(known: &Known<'_>, fact: &Fact) -> Option<String> {
    let (by, reason) = (fact.text("by"), fact.text("reason"));
    let said = match fact.kind.as_str() {
        "step.started" => format!("started{}", which_try(fact)),
        "step.finished" => ended(fact),
        "step.not_needed" => "already so".to_owned(),
        "step.in_doubt" => "in doubt: nobody could tell whether it happened".to_owned(),
        "step.resolved" => resolved(fact),
        "step.verified" => verified(fact),
        "step.env_edited" => format!("{by} changed its environment: {}", edits(fact)),
        "shell.opened" => format!("{by} opened a shell beside it"),
        "shell.closed" => format!("the shell ended{}", code(fact)),
        "step.done_by_hand" => format!("{by} did it by hand: {reason}"),
        "outputs.given" => format!(
            "{by}{} said what it hands on{}",
            claimed(fact),
            pairs(&fact.values("outputs"))
        ),
        "step.skipped" => skipped(fact),
        "step.retry_scheduled" => format!("is tried again at {}", fact.text("due")),
        "group.started" => "begins".to_owned(),
        "wait.started" => match fact.given("until") {
            Some(until) => format!("waits until {until}"),
            None => "waits".to_owned(),
        },
        "wait.ended" if fact.text("why") == "given up" => {
            "waited in vain: its probe never said yes".to_owned()
        }
        "wait.ended" => format!("waited long enough ({})", fact.text("why")),
        "notify.sent" => format!("told {}", fact.text("channel")),
        "notify.failed" => format!("could not tell {}: {reason}", fact.text("channel")),
        "gate.opened" => gate(fact),
        "gate.approved" => format!("{by} said yes ({}{})", fact.text("auth"), unproved(fact)),
        "gate.rejected" if fact.given("account").is_some() => {
            format!("{by} said no (claimed{}): {reason}", unproved(fact))
        }
        "gate.rejected" => format!("{by} said no: {reason}"),
        "gate.expired" => "nobody answered in time".to_owned(),
        "manual.completed" => format!(
            "{by}{} did it{}{}",
            claimed(fact),
            pairs(&fact.values("fields")),
            files(fact)
        ),
        "decision.made" => match fact.given("because") {
            Some(because) => format!("chosen by rule: {} ({because})", fact.text("choice")),
            None => format!(
                "{by}{} chose {}{}",
                claimed(fact),
                fact.text("choice"),
                files(fact)
            ),
        },
        "undo.started" => format!("is being taken back{}", which_try(fact)),
        "undo.finished" if fact.is_ok() => "taken back".to_owned(),
        "undo.resolved" => undo_resolved(fact),
        "undo.finished" => format!("could not be taken back{}", code(fact)),
        _ => return None,
    };
    Some(format!("{} – {said}", known.title(fact.step())))
}

fn which_try(fact: &Fact) -> String {
    match fact.number("attempt") {
        Some(number) if number > 1 => format!(", try {number}"),
        _ => String::new(),
    }
}

fn code(fact: &Fact) -> String {
    let code = fact.members.get("exit").and_then(Value::as_i64);
    code.map_or(String::new(), |code| format!(", exit {code}"))
}

fn ended(fact: &Fact) -> String {
    let how = match fact.text("outcome") {
        "ok" => return "done".to_owned(),
        "warned" => "warned",
        "timed_out" => "took too long and was ended",
        _ => "FAILED",
    };
    format!("{how}{}", code(fact))
}

fn resolved(fact: &Fact) -> String {
    let by = fact.text("by");
    let because = fact
        .given("reason")
        .map_or(String::new(), |reason| format!(": {reason}"));
    match (fact.text("verdict"), fact.after_failure) {
        ("absent", true) => format!("{by} wanted another try{because}"),
        ("done", _) => format!("taken as done, by the word of {by}{because}"),
        _ => format!("taken as not done, by the word of {by}{because}"),
    }
}

/// What a person said of an undo of which nobody could tell whether it happened.
fn undo_resolved(fact: &Fact) -> String {
    let because = fact
        .given("reason")
        .map_or(String::new(), |reason| format!(": {reason}"));
    let is = match fact.text("verdict") {
        "done" => "taken back",
        _ => "not taken back",
    };
    format!(
        "counts as {is}, by the word of {}{because}",
        fact.text("by")
    )
}

fn skipped(fact: &Fact) -> String {
    let because = fact
        .given("reason")
        .map_or(String::new(), |reason| format!(": {reason}"));
    match (fact.text("why"), fact.given("by")) {
        ("when", _) => format!("not for this run{because}"),
        (_, Some(by)) => format!("{by} left it out{because}"),
        (why, None) => format!("left out ({why}){because}"),
    }
}

/// That somebody else said it in the person's name, if so.
fn unproved(fact: &Fact) -> String {
    let account = fact.given("account");
    account.map_or_else(String::new, |account| {
        format!(", not proved: by {account} with --as")
    })
}

/// The same, behind the person's name.
fn claimed(fact: &Fact) -> String {
    match fact.given("account") {
        Some(_) => format!(" (claimed{})", unproved(fact)),
        None => String::new(),
    }
}

fn gate(fact: &Fact) -> String {
    let until = fact
        .given("expires")
        .map_or(String::new(), |expires| format!(", until {expires}"));
    let count = match fact.number("count") {
        Some(1) | None => "a yes".to_owned(),
        Some(count) => format!("{count} times yes"),
    };
    format!("waits for {count}: {}{until}", fact.text("text"))
}

fn pairs(values: &[(String, String)]) -> String {
    let words: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(": {}", words.join(", ")),
    }
}

/// An event by its type and members.
fn plainly(fact: &Fact) -> String {
    let members: Vec<String> = fact
        .members
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} = {text}"),
            other => format!("{name} = {other}"),
        })
        .collect();
    format!("{} ({})", fact.kind, members.join(", "))
}
