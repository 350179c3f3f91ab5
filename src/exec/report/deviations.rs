//! What did not go as written: first where a person overruled the program, then the rest.

use super::fact::Fact;
use super::known::Known;
use super::{Deviation, words};
use crate::exec::plan::Plan;

/// Overrides, and the other deviations, each in the order of the journal.
pub(super) fn of(
    plan: &Plan,
    known: &Known<'_>,
    facts: &[Fact],
) -> (Vec<Deviation>, Vec<Deviation>) {
    let (mut overrides, mut others) = (Vec::new(), Vec::new());
    for fact in facts {
        overrides.extend(uncommitted(plan, fact));
        overrides.extend(left_out(plan, fact));
        let Some(sort) = sort(fact) else { continue };
        let found = Deviation {
            at: fact.at.clone(),
            step: fact.step().to_owned(),
            what: sort.word().to_owned(),
            text: words::of(known, fact).unwrap_or_default(),
        };
        match sort {
            Sort::Override(_) => overrides.push(found),
            Sort::Other(_) => others.push(found),
        }
    }
    (overrides, others)
}

/// That a runbook of high risk was run which no commit holds.
fn uncommitted(plan: &Plan, fact: &Fact) -> Option<Deviation> {
    let reason = fact
        .given("uncommitted")
        .filter(|_| fact.kind == "run.created")?;
    let files = plan.uncommitted_files().join(", ");
    Some(Deviation {
        at: fact.at.clone(),
        step: String::new(),
        what: "not committed".to_owned(),
        text: words::one_line(&format!("{files} was run as no commit holds it: {reason}")),
    })
}

/// That whoever started the run left steps out.
fn left_out(plan: &Plan, fact: &Fact) -> Option<Deviation> {
    let words = plan
        .left_out_words()
        .filter(|_| fact.kind == "run.created")?;
    Some(Deviation {
        at: fact.at.clone(),
        step: String::new(),
        what: "left out".to_owned(),
        text: words::one_line(&format!("{} {words}", plan.initiator)),
    })
}

enum Sort {
    Override(&'static str),
    Other(&'static str),
}

impl Sort {
    fn word(&self) -> &'static str {
        match self {
            Self::Override(word) | Self::Other(word) => word,
        }
    }
}

fn sort(fact: &Fact) -> Option<Sort> {
    let by_person = fact.is_of_a_person();
    Some(match fact.kind.as_str() {
        "step.done_by_hand" => Sort::Override("by hand"),
        "step.resolved" if by_person && fact.after_failure => Sort::Other("tried again"),
        "step.resolved" if by_person => Sort::Override("verdict"),
        "outputs.given" => Sort::Override("outputs"),
        "step.resolved" => Sort::Other("recovered"),
        // Said once, with what was decided at the start.
        "step.skipped" if fact.text("why") == "left out" => return None,
        "step.skipped" if by_person => Sort::Override("left out"),
        "step.skipped" if fact.text("why") != "when" => Sort::Other("left out"),
        "run.limit_lifted" => Sort::Override("time limit"),
        "plan.changed" => Sort::Override("plan changed"),
        "step.env_edited" => Sort::Override("values changed"),
        "shell.opened" => Sort::Other("shell"),
        "step.verified" if fact.is_lost() => Sort::Other("no longer so"),
        "run.limit_reached" => Sort::Other("time limit"),
        "step.finished" if fact.is_failure() => Sort::Other("failed"),
        "step.finished" if fact.text("outcome") == "warned" => Sort::Other("warned"),
        "step.retry_scheduled" => Sort::Other("tried again"),
        "step.in_doubt" => Sort::Other("in doubt"),
        "gate.rejected" | "gate.expired" => Sort::Other("refused"),
        "notify.failed" => Sort::Other("not told"),
        "undo.finished" if fact.is_ok() => Sort::Other("taken back"),
        "undo.finished" => Sort::Other("undo failed"),
        "undo.resolved" => Sort::Override("verdict"),
        "wait.ended" if fact.text("why") == "given up" => Sort::Other("failed"),
        "run.aborted" => Sort::Other("ended"),
        "journal.recovered" => Sort::Other("torn record"),
        _ => return None,
    })
}
