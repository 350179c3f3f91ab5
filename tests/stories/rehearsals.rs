//! An author rehearses a runbook: engine and record are real, every command is a fake.

use crate::project::Project;

const BOOK: &str = r#"runbook: 1
id: ship
version: 1.0.0
title: Ship
owner: developer
fixes: x
lock: { key: ship }
params:
  name: { type: string }
steps:
  - id: look
    title: Look
    check: { run: "touch really-ran" }
  - id: make
    title: Make
    run: |
      touch really-ran
    effect: idempotent
    outputs: { file: { type: string } }
  - id: go
    title: Go?
    approve: { role: approver, text: "Ship ${{ steps.make.outputs.file }}?", expires: 30m }
  - id: facts
    title: Facts
    manual: { text: Write it down., fields: { why: { type: string } } }
  - id: put
    title: Put
    run: |
      touch really-ran
    verify: { run: "touch really-ran; test x = y", absent: [1] }
    undo: { run: touch really-ran, effect: idempotent }
  - id: last
    title: Last
    check: { run: "touch really-ran" }
roles:
  approver: { any_of: [developer], not: [initiator] }
"#;

const CASES: &str = "tests: 1
runbook: ship
params: { name: demo }
succeed: [look, put, last]
fakes:
  make: { outputs: { file: a.tgz } }
answers:
  go: approve
  facts: { why: it is time }
cases:
  - name: Goes through
    expect:
      exit: 0
      path: [look, make, go, facts, put, last]
      effects: [make, put]
      outputs: { make.file: a.tgz }
  - name: Is taken back
    fakes: { last: { exit: 3, stdout: \"the reason\\n\" } }
    then: undo
    expect: { exit: 7, path: [\"...\", last failed, undo put], effects: [make] }
  - name: Is killed in the middle
    fakes: { put: { crash: after_effect } }
    expect: { exit: 0, path: [\"...\", put found done, last] }
";

fn project() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Rehearsals\nid: rehearsals\n")
        .write("content/index.md", "# Rehearsals\n")
        .write("runbooks/ship.yaml", BOOK)
        .write("runbooks/ship.test.yaml", CASES);
    project
}

#[test]
fn cases_pass_without_anything_of_the_runbook_being_started() {
    let project = project();

    let ran = project.run(&["test"]).exits(0);

    assert!(
        ran.stdout.ends_with("3 cases, all passed\n"),
        "{}",
        ran.stdout
    );
    let started = project
        .files("")
        .into_iter()
        .any(|(name, _)| name.contains("really-ran"));
    assert!(!started, "a fake stands for every command");
}

#[test]
fn a_case_that_comes_out_otherwise_says_where_it_left_the_expected_path() {
    let project = project();
    project
        .edit(
            "runbooks/ship.test.yaml",
            "path: [look, make, go, facts, put, last]",
            "path: [look, make, facts, put, last]",
        )
        .edit("runbooks/ship.test.yaml", "exit: 7", "exit: 1")
        .edit(
            "runbooks/ship.test.yaml",
            "effects: [make]",
            "effects: [make, put]",
        );

    let ran = project.run(&["test", "ship"]).exits(1);

    for line in [
        "  FAILED  Goes through  (runbooks/ship.test.yaml:11:11)",
        "          path: after `make` expected `facts`, and `go` happened",
        "          what happened: look, make, go, facts, put, last",
        "  FAILED  Is taken back  (runbooks/ship.test.yaml:17:11)",
        "          exit: expected 1, got 7",
        "          effects: expected make, put, remaining are make",
        "          |   | the reason",
        "  ok      Is killed in the middle",
        "3 cases, 2 failed",
    ] {
        assert!(
            ran.stdout.lines().any(|found| found == line),
            "{line}\n{}",
            ran.stdout
        );
    }
}

#[test]
fn a_change_of_the_runbook_fails_the_case_that_told_of_it() {
    let project = project();
    project.edit(
        "runbooks/ship.yaml",
        "    undo: { run: touch really-ran, effect: idempotent }\n",
        "",
    );

    let ran = project.run(&["test", "--case", "taken back"]).exits(1);

    assert!(
        ran.stdout
            .contains("after `last failed` expected `undo put`, and nothing more"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("1 case, 1 failed\n"), "{}", ran.stdout);
}

#[test]
fn mistakes_in_test_files_are_named_before_anything_is_played() {
    for (from, to, code, place) in [
        (
            "succeed: [look, put, last]",
            "succeed: [look, last]",
            "runbook/no-fake",
            "ship.test.yaml:11:11",
        ),
        (
            "succeed: [look, put, last]",
            "succeed: [lok, put, last]",
            "runbook/unknown-step",
            "ship.test.yaml:4:11",
        ),
        (
            "  make: { outputs: { file: a.tgz } }",
            "  make: {}",
            "runbook/no-fake",
            "ship.test.yaml:6:3",
        ),
        (
            "file: a.tgz",
            "fil: a.tgz",
            "runbook/unknown-value",
            "ship.test.yaml:6:22",
        ),
        (
            "go: approve",
            "go: approved",
            "runbook/unknown-option",
            "ship.test.yaml:8:7",
        ),
        (
            "why: it is time",
            "wy: it is time",
            "runbook/unknown-value",
            "ship.test.yaml:9:12",
        ),
        (
            "runbook: ship\nparams",
            "runbook: shop\nparams",
            "runbook/unknown",
            "ship.test.yaml:2:10",
        ),
        (
            "params: { name:",
            "params: { nam:",
            "runbook/unknown-param",
            "ship.test.yaml:3:16",
        ),
        (
            "put found done",
            "putt found done",
            "runbook/unknown-step",
            "ship.test.yaml:23:38",
        ),
        (
            "put found done",
            "put fond done",
            "runbook/unknown-option",
            "ship.test.yaml:23:38",
        ),
        (
            "crash: after_effect",
            "crash: afterwards",
            "yaml/bad-value",
            "ship.test.yaml:22:28",
        ),
        (
            "exit: 7",
            "exit: seven",
            "yaml/bad-value",
            "ship.test.yaml:20:21",
        ),
        (
            "    then: undo",
            "    than: undo",
            "yaml/unknown-key",
            "ship.test.yaml:19:5",
        ),
    ] {
        let project = project();
        project.edit("runbooks/ship.test.yaml", from, to);

        let ran = project.run(&["test"]).exits(1);
        assert!(
            ran.stderr.contains(&format!("[{code}]")) && ran.stderr.contains(place),
            "{to}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains("help:"), "{to}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "nothing was played");
    }
}
