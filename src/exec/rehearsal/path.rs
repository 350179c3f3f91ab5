//! What happened in a run, in the words of test files: one entry for each thing that came to its
//! end, such as `build`, `publish failed`, `choose again`, `undo push`.

use serde_json::Value;

/// The entries of a journal, in order.
pub(super) fn entries(journal: &str) -> Vec<String> {
    let lines = journal
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines.filter_map(|event: Value| entry(&event)).collect()
}

fn entry(event: &Value) -> Option<String> {
    let text = |member: &str| event[member].as_str().unwrap_or_default();
    let step = text("step");
    let with = |word: &str| Some(format!("{step} {word}"));
    match text("type") {
        "step.finished" => match text("outcome") {
            "ok" => Some(step.to_owned()),
            "timed_out" => with("timed out"),
            outcome => with(outcome),
        },
        "notify.sent" | "gate.approved" | "manual.completed" | "wait.ended" => {
            Some(step.to_owned())
        }
        "step.not_needed" => with("already so"),
        "step.skipped" => with("skipped"),
        "step.in_doubt" => with("in doubt"),
        "step.resolved" => with(&format!("found {}", text("verdict"))),
        "gate.rejected" => with("rejected"),
        "gate.expired" => with("expired"),
        "decision.made" => with(text("choice")),
        "undo.finished" if event["ok"] == true => Some(format!("undo {step}")),
        "undo.finished" => Some(format!("undo {step} failed")),
        _ => None,
    }
}

/// The outputs that steps handed on, as `STEP.NAME` with the value.
pub(super) fn outputs(journal: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in journal.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let step = event["step"].as_str().unwrap_or_default();
        for (name, value) in event["outputs"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            found.push((format!("{step}.{name}"), value.to_owned()));
        }
    }
    found
}
