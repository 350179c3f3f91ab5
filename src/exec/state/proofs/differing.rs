//! In what a request that was asked differs from the one that the plan asks, in words for people.

use crate::exec::record::request::Request;

/// What differs between two requests, as people call it.
pub(super) fn differing(wanted: &Request, found: &Request) -> String {
    let parts = [
        ("the run", wanted.run != found.run),
        ("the plan", wanted.plan != found.plan),
        ("the text", wanted.text != found.text),
        (
            "the runbook",
            wanted.project != found.project
                || wanted.runbook != found.runbook
                || wanted.version != found.version
                || wanted.title != found.title
                || wanted.next != found.next,
        ),
        ("who started the run", wanted.initiator != found.initiator),
        (
            "the commit",
            wanted.commit != found.commit
                || wanted.since != found.since
                || wanted.artefact != found.artefact,
        ),
        (
            "the row of the matrix",
            wanted.row != found.row || wanted.labels != found.labels,
        ),
        ("the evidence", wanted.evidence != found.evidence),
        ("the time when it expires", wanted.expires != found.expires),
        ("the params", wanted.params != found.params),
        (
            "who is asked",
            wanted.asks != found.asks || wanted.barred != found.barred,
        ),
        ("whether it has to be signed", wanted.signed != found.signed),
        ("the keys", wanted.keys != found.keys),
    ];
    let named: Vec<&str> = parts
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| *name)
        .collect();
    match named.is_empty() {
        true => "a part of it".to_owned(),
        false => named.join(", "),
    }
}
