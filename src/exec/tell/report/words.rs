//! A sentence for each event.

use super::line::{JournalLine, given};
use super::plan_index::PlanIndex;
use crate::exec::record::causes::{SkipWhy, WaitEnd};
use crate::exec::record::event::{Answer, Edited, Event, Outcome, Verdict};
use crate::exec::record::statement::Signed;
use crate::exec::state::counted::Counted;
use crate::exec::state::patience::Patience;
use crate::printable::printable;
use crate::times;
use std::collections::BTreeMap;

/// What happened, on one line; nothing for what is only of use to the program.
pub(super) fn describe_event(known: &PlanIndex<'_>, line: &JournalLine<'_>) -> Option<String> {
    let of_step = || Some(format!("{} – {}", known.title(line.step()), of_step(line)?));
    let text = of_run(known, line).or_else(of_step)?;
    Some(one_line(&text))
}

/// A text without line breaks and without what could move a cursor.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    printable(&words.join(" "))
}

/// What happened to the run as a whole; nothing for what happened to a step.
fn of_run(known: &PlanIndex<'_>, line: &JournalLine<'_>) -> Option<String> {
    Some(match line.event {
        Event::RunCreated {
            initiator,
            runbook,
            version,
            incident,
            ticket,
            like,
            ..
        } => {
            let wanted = [incident, ticket].into_iter().filter_map(given);
            let wanted: Vec<&str> = wanted.collect();
            let wanted = match wanted.is_empty() {
                true => String::new(),
                false => format!(" for {}", wanted.join(", ")),
            };
            let like = given(like).map_or_else(String::new, |run| format!(", like run {run}"));
            format!("{initiator} began {runbook} {version}{wanted}{like}")
        }
        Event::RunOpened(process) => match given(&process.host) {
            Some(host) => format!("the program on {host} began to drive the run"),
            None => "the program began to drive the run".to_owned(),
        },
        Event::RunLeft { reason } => format!("the program left the run ({reason})"),
        Event::RunFinished { .. } => "finished".to_owned(),
        Event::RunUndone { by } => format!("undone, decided by {by}"),
        Event::RunAborted { by, reason } => format!("{by} ended the run: {reason}"),
        Event::RunFailing { step, .. } => {
            format!("the run ends as failed, because of {}", known.title(step))
        }
        Event::RunFailed { step } => format!("failed, because of {}", known.title(step)),
        Event::RunLimitReached { .. } => "the time limit of the budget was reached".to_owned(),
        Event::RunLimitLifted { by, reason } => format!("{by} lifted the time limit: {reason}"),
        Event::PlanChanged { by, reason, .. } => {
            format!("{by} changed the plan: {reason}")
        }
        Event::AllUndoChosen { by } => format!("{by} chose to undo the whole run"),
        Event::UndoChosen { by, .. } => format!("{by} chose to undo some steps"),
        Event::NoteAdded { by, text, seen, .. } => {
            let seen = given(seen).map_or(String::new(), |seen| format!(" (of {seen})"));
            format!("{by} noted: {text}{seen}{}", files(line))
        }
        Event::JournalRecovered { bytes, .. } => {
            format!(
                "a crash cut off the last line of the record; its {bytes} bytes are kept in a separate file"
            )
        }
        _ => return None,
    })
}

/// The files that came with an event.
fn files(line: &JournalLine<'_>) -> String {
    let names = line.files().into_iter();
    names.map(|file| format!(" [{}]", file.name)).collect()
}

fn verified(line: &JournalLine<'_>, answer: Answer) -> &'static str {
    match answer {
        _ if line.is_lost() => "was finished, but its verify says that it is no longer done",
        Answer::Present => "its verify says that it is done",
        Answer::Absent => "its verify says that it is not done",
        Answer::Unknown => "its verify cannot tell",
    }
}

/// The changed values, as `NAME: old → new`.
fn edits(changes: &[Edited]) -> String {
    let words = changes
        .iter()
        .map(|edited| format!("{}: {} → {}", edited.name, edited.old, edited.new));
    words.collect::<Vec<_>>().join(", ")
}

/// What happened to a step; nothing for what happened to the run as a whole.
fn of_step(line: &JournalLine<'_>) -> Option<String> {
    Some(match line.event {
        Event::StepStarted {
            attempt, terminal, ..
        } => format!("started{}{}", which_try(*attempt), at_terminal(*terminal)),
        Event::StepFinished {
            refused: Some(said),
            ..
        } => format!("did nothing yet: it needs a person at a terminal, it said “{said}”"),
        Event::StepFinished { outcome, exit, .. } => ended(*outcome, *exit),
        Event::StepNotNeeded { .. } => "already so".to_owned(),
        Event::StepInDoubt { .. } => "in doubt: nobody knew whether it was done".to_owned(),
        Event::StepResolved {
            verdict,
            by,
            reason,
            ..
        } => resolved(line.after_failure, *verdict, &by.to_string(), reason),
        Event::StepVerified {
            refused: Some(said),
            undo,
            ..
        } => {
            let which = if *undo {
                "the verify of its undo"
            } else {
                "its verify"
            };
            format!("{which} needs a person at a terminal, it said “{said}”")
        }
        Event::StepVerified { answer, .. } => verified(line, *answer).to_owned(),
        Event::StepEnvEdited { by, changes, .. } => {
            format!("{by} changed its environment: {}", edits(changes))
        }
        Event::ShellOpened { by, .. } => format!("{by} opened a shell with its environment"),
        Event::ShellClosed { exit, .. } => format!("the shell ended{}", code(*exit)),
        Event::StepDoneByHand { by, reason, .. } => match reason.is_empty() {
            true => format!("{by} did it by hand and gave no reason"),
            false => format!("{by} did it by hand: {reason}"),
        },
        Event::OutputsGiven {
            by,
            account,
            outputs,
            ..
        } => format!(
            "{by}{} gave its outputs{}",
            claimed(account),
            pairs(outputs)
        ),
        Event::StepSkipped {
            why, by, reason, ..
        } => skipped(*why, given(by), reason),
        Event::StepRetryScheduled { due, .. } => {
            format!("is tried again at {}", times::second(due))
        }
        Event::GroupStarted { .. } => "begins".to_owned(),
        Event::WaitStarted { until, .. } => match given(until) {
            Some(until) => format!("waits until {}", times::second(until)),
            None => "waits".to_owned(),
        },
        Event::WaitEnded {
            why,
            number,
            exit,
            cannot_tell,
            ..
        } => {
            let heard = number.map(|asked| Patience {
                asked,
                cannot_tell: *cannot_tell,
                exit: *exit,
                ..Patience::default()
            });
            waited(*why, heard.as_ref())
        }
        Event::NotifySent { channel, .. } => format!("sent a message to {channel}"),
        Event::NotifyFailed {
            channel, reason, ..
        } => format!("could not send a message to {channel}: {reason}"),
        Event::GateOpened {
            text,
            count,
            expires,
            ..
        } => gate(text, *count, expires),
        Event::GateApproved {
            by,
            auth,
            account,
            key,
            conditions,
            ..
        } => {
            let proof = match key {
                Some(key) => format!("signed with {key}"),
                None => format!("{auth}{}", unproved(account)),
            };
            match conditions.as_slice() {
                [] => format!("{} approved ({proof})", with_role(line, by)),
                some => format!("{by} approves ({proof}) if: {}", some.join("; ")),
            }
        }
        Event::GateRejected {
            by,
            reason,
            account,
            signed,
            ..
        } => format!("{by} rejected ({}): {reason}", proof(signed, account)),
        Event::ReviewRefused {
            by,
            reason,
            account,
            signed,
            ..
        } => format!(
            "{} refused the review that was owed ({}): {reason}",
            with_role(line, by),
            proof(signed, account)
        ),
        Event::GateExpired { .. } => "nobody answered in time".to_owned(),
        Event::GateVoid { reason, .. } => format!("the approval does not count any more: {reason}"),
        Event::ManualCompleted {
            by,
            account,
            fields,
            ..
        } => format!(
            "{by}{} did it{}{}",
            claimed(account),
            pairs(fields),
            files(line)
        ),
        Event::DecisionMade {
            by,
            account,
            choice,
            because,
            ..
        } => match given(because) {
            Some(because) => format!("chosen by rule: {choice} ({because})"),
            None => format!("{by}{} chose {choice}{}", claimed(account), files(line)),
        },
        Event::UndoStarted {
            attempt, terminal, ..
        } => format!(
            "is being undone{}{}",
            which_try(*attempt),
            at_terminal(*terminal)
        ),
        Event::UndoFinished {
            refused: Some(said),
            ..
        } => format!("is not undone yet: its undo needs a person at a terminal, it said “{said}”"),
        Event::UndoFinished { ok: true, .. } => "undone".to_owned(),
        Event::UndoFinished { exit, .. } => format!("could not be undone{}", code(*exit)),
        Event::UndoResolved {
            verdict,
            by,
            reason,
            ..
        } => undo_resolved(*verdict, by, reason),
        Event::RunCreated { .. }
        | Event::RunOpened(_)
        | Event::RunLeft { .. }
        | Event::RunFinished { .. }
        | Event::RunUndone { .. }
        | Event::RunAborted { .. }
        | Event::RunFailing { .. }
        | Event::RunFailed { .. }
        | Event::RunLimitReached { .. }
        | Event::RunLimitLifted { .. }
        | Event::PlanChanged { .. }
        | Event::AllUndoChosen { .. }
        | Event::UndoChosen { .. }
        | Event::NoteAdded { .. }
        | Event::JournalRecovered { .. }
        | Event::PersonWaited { .. }
        | Event::WaitProbed { .. } => return None,
    })
}

/// The person with the role that the answer counts for.
fn with_role(line: &JournalLine<'_>, by: &str) -> String {
    let counted = line.counted.as_ref();
    counted.map_or_else(|| by.to_owned(), Counted::who)
}

fn which_try(attempt: u32) -> String {
    match attempt {
        0 | 1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    }
}

fn at_terminal(terminal: bool) -> &'static str {
    match terminal {
        true => ", at the terminal of a person",
        false => "",
    }
}

fn code(exit: Option<i32>) -> String {
    exit.map_or(String::new(), |code| format!(", exit {code}"))
}

/// How a wait ended; of one that asked, what it heard.
fn waited(why: WaitEnd, heard: Option<&Patience>) -> String {
    let outcome = || heard.map_or_else(String::new, |heard| format!(": {}", heard.outcome()));
    match why {
        WaitEnd::GivenUp if heard.is_none() => "its probe never succeeded".to_owned(),
        WaitEnd::GivenUp => format!("its probe never said yes{}", outcome()),
        WaitEnd::Never => format!("its probe said that it will never be so{}", outcome()),
        WaitEnd::Time | WaitEnd::Probe => {
            let asked = heard.map_or_else(String::new, |heard| format!("; {}", heard.questions()));
            format!("waited long enough ({why}){asked}")
        }
    }
}

fn ended(outcome: Outcome, exit: Option<i32>) -> String {
    let how = match outcome {
        Outcome::Ok => return "done".to_owned(),
        Outcome::Warned => "warned",
        Outcome::TimedOut => "took too long and was ended",
        Outcome::Failed | Outcome::Canceled => "FAILED",
    };
    format!("{how}{}", code(exit))
}

/// A reason, behind what it is the reason for.
fn because(reason: &Option<String>) -> String {
    given(reason).map_or(String::new(), |reason| format!(": {reason}"))
}

fn resolved(after_failure: bool, verdict: Verdict, by: &str, reason: &Option<String>) -> String {
    let because = because(reason);
    match (verdict, after_failure) {
        (Verdict::Absent, true) => format!("{by} chose to try it again{because}"),
        (Verdict::Absent, false) => format!("counts as not done, decided by {by}{because}"),
        (Verdict::Done, _) => format!("counts as done, decided by {by}{because}"),
    }
}

/// What a person said of an undo of which nobody could tell whether it happened.
fn undo_resolved(verdict: Verdict, by: &str, reason: &Option<String>) -> String {
    let is = match verdict {
        Verdict::Done => "undone",
        Verdict::Absent => "not undone",
    };
    format!("counts as {is}, decided by {by}{}", because(reason))
}

fn skipped(why: SkipWhy, by: Option<&str>, reason: &Option<String>) -> String {
    let because = because(reason);
    match (why, by) {
        (SkipWhy::When, _) => format!("not for this run{because}"),
        (_, Some(by)) => format!("{by} skipped it{because}"),
        (why, None) => format!("skipped ({why}){because}"),
    }
}

/// How it is known who said no.
fn proof(signed: &Option<Signed>, account: &Option<String>) -> String {
    match signed.as_ref().and_then(Signed::key) {
        Some(key) => format!("signed with {key}"),
        None => format!("claimed{}", unproved(account)),
    }
}

/// That somebody else said it in the person's name, if so.
fn unproved(account: &Option<String>) -> String {
    given(account).map_or_else(String::new, |account| {
        format!(", not proved: by {account} with --as")
    })
}

/// The same, behind the person's name.
fn claimed(account: &Option<String>) -> String {
    match given(account) {
        Some(_) => format!(" (claimed{})", unproved(account)),
        None => String::new(),
    }
}

fn gate(text: &str, count: u32, expires: &Option<String>) -> String {
    let until = given(expires).map_or(String::new(), |expires| {
        format!(" until {}", times::second(expires))
    });
    let count = match count {
        1 => "an approval".to_owned(),
        count => format!("{count} approvals"),
    };
    format!("waits for {count}{until}: {text}")
}

fn pairs(values: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(": {}", words.join(", ")),
    }
}
