//! What a run can prove about itself: which text was run, by which commit, on which commit.

use crate::desk::Desk;
use serde_json::Value;
use std::fs;

const RISKY: &str = "risk: high\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    effect: idempotent\n";
const CALLER: &str =
    "risk: high\nsteps:\n  - id: other\n    title: Other\n    call: { runbook: other }\n";
const OTHER: &str = "runbook: 1\nid: other\nversion: 1.0.0\ntitle: Other\nowner: developer\nfixes: x\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo other >> effects\n    effect: idempotent\n";

/// The first line of the only run's journal.
fn created(desk: &Desk) -> Value {
    let journal =
        fs::read_to_string(desk.folder().join("journal.jsonl")).expect("there is a journal");
    let first = journal.lines().next().expect("it has a line");
    serde_json::from_str(first).expect("a line is JSON")
}

#[test]
fn a_run_names_the_commit_of_its_runbook_and_of_its_target() {
    let desk = Desk::with(RISKY);
    let commit = desk.project.commit();
    desk.project.git(&[
        "remote",
        "add",
        "origin",
        "https://ana:s3cret-token@example.org/team/desk.git",
    ]);

    desk.exec(&[]).exits(0);

    let line = created(&desk);
    assert_eq!(line["source"]["commit"], commit);
    assert_eq!(line["source"]["path"], "runbooks/work.yaml");
    assert_eq!(line["source"]["dirty"], false);
    assert_eq!(
        line["source"]["repository"], "https://example.org/team/desk.git",
        "without the sign-in"
    );
    assert_eq!(line["target_commit"], commit);
    assert!(line.get("uncommitted").is_none());
}

#[test]
fn a_runbook_of_high_risk_that_is_not_committed_is_run_only_with_a_reason() {
    let desk = Desk::with(RISKY).committed();
    desk.project
        .edit("runbooks/work.yaml", "echo one", "echo two");

    let refused = desk.exec(&[]).exits(3);
    assert!(
        refused.stderr.contains("runbooks/work.yaml") && refused.stderr.contains("--uncommitted"),
        "{}",
        refused.stderr
    );
    let blank = ["exec", "work", "--target", "target", "--uncommitted", " "];
    desk.run(&blank).exits(3);
    assert!(desk.effects().is_empty(), "nothing was started");
    assert_eq!(desk.json(&["runs", "--json"]), serde_json::json!([]));
    let plan = desk.run(&["plan", "work", "--target", "target"]).exits(0);
    assert!(plan.stdout.contains("settle first"), "{}", plan.stdout);

    let reason = "users are down, the change was read by bob";
    desk.exec_uncommitted(reason).exits(0);

    assert_eq!(created(&desk)["uncommitted"], reason);
    assert_eq!(created(&desk)["source"]["dirty"], true);
}

/// Who may approve, and what has to be met, is as much a part of a run as its steps.
#[test]
fn data_that_are_not_committed_count_as_well() {
    for (file, text, counts) in [
        (
            "content/data/channels.yaml",
            "ops: { terminal: {} }\n",
            true,
        ),
        ("content/data/limits.yaml", "coverage: 0\n", true),
        ("content/data/times.yaml", "work: { runs: 1 }\n", false),
        ("content/notes.md", "# Notes\n", false),
    ] {
        let desk = Desk::with(RISKY).committed();
        desk.project.write(file, text);
        let ran = desk.exec(&[]);
        assert_eq!(
            ran.code,
            Some(if counts { 3 } else { 0 }),
            "{file}: {ran:?}"
        );
        assert_eq!(ran.stderr.contains(file), counts, "{file}: {ran:?}");
    }
}

#[test]
fn a_called_runbook_that_is_not_committed_counts_as_well() {
    let desk = Desk::with(CALLER);
    desk.project.write("runbooks/other.yaml", OTHER);
    desk.project.commit();
    desk.exec(&[]).exits(0);

    desk.project
        .edit("runbooks/other.yaml", "echo other", "echo another");
    let refused = desk.exec(&[]).exits(3);

    assert!(
        refused.stderr.contains("runbooks/other.yaml"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_project_in_no_repository_is_not_committed() {
    let desk = Desk::with(RISKY);
    let refused = desk.exec(&[]).exits(3);
    assert!(
        refused.stderr.contains("commit the runbook"),
        "{}",
        refused.stderr
    );
}
