//! A run without a terminal: what needs a person waits, and other terminals answer.

use crate::desk::{Desk, until};
use crate::project::ends;

const GATE: &str = "roles:\n  approver: { any_of: [release-manager], not: [initiator] }\nsteps:\n  - id: before\n    title: Before\n    run: |\n      echo before >> effects\n    effect: idempotent\n  - id: go\n    title: Go?\n    approve: { role: approver, text: Really?, expires: 30m }\n  - id: after\n    title: After\n    run: |\n      echo after >> effects\n    effect: idempotent\n";

#[test]
fn missing_and_wrong_params_are_all_named_and_nothing_starts() {
    let desk = Desk::with(
        "params:\n  one: { type: string, ask: \"The first?\" }\n  two: { type: int, min: 5 }\n  three: { type: semver }\nsteps:\n  - { id: look, title: Look, check: { run: date } }\n",
    );

    let ran = desk.exec(&["two=3", "four=x"]).exits(3);

    for part in [
        "`one` is missing (The first?)",
        "-p one=",
        "`two` has to be a number from 5 on",
        "`three` is missing",
        "no param `four`",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert_eq!(
        desk.json(&["runs", "--json"]).as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn a_gate_suspends_and_another_terminal_opens_it() {
    let desk = Desk::with(GATE);
    let ran = desk.exec(&[]).exits(5);
    let id = desk.id();
    assert!(
        ran.stdout
            .contains(&format!("runbook approve {} go", &id[20..])),
        "{}",
        ran.stdout
    );
    desk.run(&["resume", "--non-interactive"]).exits(5);

    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(0);
    desk.run(&["resume", "--non-interactive"]).exits(0);

    assert_eq!(desk.effects(), ["before", "after"], "nothing ran twice");
}

#[test]
fn who_may_not_approve_is_told_why() {
    let desk = Desk::with(GATE);
    desk.project.write(
        "content/data/roles.yaml",
        "roles: { release-manager: { title: Release manager }, developer: { title: Developer } }\npeople:\n  ana: { os: [root], roles: [release-manager] }\n  bob: { roles: [release-manager] }\n  cleo: { roles: [developer] }\n",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();

    for (person, why) in [
        ("ana", "started this run"),
        ("cleo", "none of: release-manager"),
        ("nobody", "none of: release-manager"),
    ] {
        let ran = desk.run(&["approve", &id, "go", "--as", person]).exits(2);
        assert!(ran.stderr.contains(why), "{person}: {}", ran.stderr);
    }
    desk.run(&["approve", &id, "gone", "--as", "bob"]).exits(2);
    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(0);
    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(2);
    desk.run(&["resume"]).exits(0);
}

#[test]
fn a_no_an_expired_gate_and_an_abort_end_the_run() {
    let rejected = Desk::with(GATE);
    rejected.exec(&[]).exits(5);
    rejected
        .run(&[
            "reject",
            &rejected.id(),
            "go",
            "--as",
            "bob",
            "--reason",
            "too late",
        ])
        .exits(0);
    rejected.run(&["resume", &rejected.id()]).exits(4);
    let shown = rejected.run(&["status"]).exits(0).stdout;
    let words = "rejected by bob, claimed: too late";
    assert!(shown.contains(words), "{shown}");

    let expired = Desk::with(&GATE.replace("30m", "1s"));
    expired.exec(&[]).exits(5);
    until("the gate to expire", || {
        expired.run(&["resume", &expired.id()]).code == Some(4)
    });
    assert!(expired.events().contains(&"gate.expired go".to_owned()));

    let aborted = Desk::with(GATE);
    aborted.exec(&[]).exits(5);
    aborted
        .run(&["abort", &aborted.id(), "--reason", "wrong version"])
        .exits(0);
    aborted.run(&["resume", &aborted.id()]).exits(12);

    for desk in [&rejected, &expired, &aborted] {
        assert_eq!(desk.effects(), ["before"], "nothing came after");
    }
}

#[test]
fn manual_steps_and_decisions_are_answered_from_elsewhere() {
    let desk = Desk::with(
        "steps:\n  - id: facts\n    title: Facts\n    manual: { text: Look., fields: { count: { type: int, min: 1 } } }\n  - id: choose\n    title: Choose\n    decide: { text: Which?, options: { left: {}, right: {} } }\n  - id: write\n    title: Write\n    run: |\n      echo \"$COUNT $SIDE\" >> effects\n    env: { COUNT: \"${{ steps.facts.fields.count }}\", SIDE: \"${{ steps.choose.choice }}\" }\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();

    desk.run(&["answer", &id, "facts", "count=0"]).exits(2);
    desk.run(&["answer", &id, "facts", "cuont=3"]).exits(2);
    desk.run(&["answer", &id, "facts", "count=3"]).exits(0);
    desk.run(&["resume"]).exits(5);
    desk.run(&["answer", &id, "choose", "--choose", "up"])
        .exits(2);
    desk.run(&["answer", &id, "choose", "--choose", "right"])
        .exits(0);
    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects(), ["3 right"]);
}

#[test]
fn an_answer_reaches_the_program_that_drives_the_run() {
    let desk = Desk::with(
        "steps:\n  - id: slow\n    title: Slow\n    run: |\n      echo slow >> effects\n      until test -e go; do sleep 0.02; done\n    effect: idempotent\n  - { id: look, title: Look, check: { run: date } }\n",
    );
    let mut program = desk.start();
    desk.wait_for_effects(1);

    let aborted = desk
        .run(&["abort", &desk.id(), "--reason", "enough"])
        .exits(0);
    assert!(aborted.stdout.contains("recorded"), "{}", aborted.stdout);
    desk.project.write("target/go", "");

    assert_eq!(ends(&mut program).code(), Some(12));
    assert_eq!(
        desk.effects(),
        ["slow"],
        "the running step ends, the next does not begin"
    );
}

#[test]
fn hostile_values_arrive_as_data_and_never_run() {
    let desk = Desk::with(
        r#"params:
  value: { type: text }
outputs: {}
steps:
  - id: as_shell
    title: Shell
    run: |
      printf '%s' "$VALUE" > by-shell
    env: { VALUE: "${{ params.value }}" }
    effect: idempotent
    verify:
      run: |
        printf '%s' "$VALUE" > by-verify; exit 1
      absent: [1]
      env: { VALUE: "${{ params.value }}" }
  - id: as_argument
    title: Argument
    exec: [node, -e, 'require("fs").writeFileSync("by-exec", process.argv[1])', --, "${{ params.value }}"]
    effect: idempotent
  - id: as_check
    title: Check
    check:
      exec: [node, -e, 'require("fs").writeFileSync("by-check", process.argv[1])', --, "${{ params.value }}"]
  - id: as_message
    title: Message
    notify: { channel: out, text: "${{ params.value }}" }
"#,
    );
    desk.project
        .write("content/data/channels.yaml", "out: { file: by-notify }\n");
    for value in [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "'; touch pwned; '",
        "\" && touch pwned && \"",
        "--version",
        "-e",
        "a\nb",
        "${IFS}touch${IFS}pwned",
        "${{ params.value }}",
        "\u{1b}]0;title\u{7}",
        "é%s%n\\",
    ] {
        let ran = desk.exec(&[&format!("value={value}")]).exits(0);
        assert!(
            !ran.stdout.contains('\u{1b}'),
            "the terminal is not written to by values: {ran:?}"
        );
        for by in ["shell", "verify", "exec", "check"] {
            assert_eq!(desk.project.read(&format!("target/by-{by}")), value, "{by}");
        }
        let told = desk.project.read("state/desk/messages/by-notify");
        assert_eq!(told, format!("{}\n", one_line(value)), "as one line");
        assert!(!desk.project.path("target/pwned").exists(), "{value:?} ran");
        let told = desk.project.path("state/desk/messages/by-notify");
        std::fs::remove_file(told).expect("it was written");
    }
}

/// A value as a file of messages has it.
fn one_line(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\u{1b}', "\\u{1b}")
        .replace('\u{7}', "\\u{7}")
}

#[test]
fn steps_see_a_closed_environment() {
    let desk = Desk::with(
        "steps:\n  - id: look\n    title: Look\n    run: |\n      env > seen; cat >> seen; pwd >> seen\n    effect: idempotent\n",
    );
    let mut command = desk
        .project
        .command(&["exec", "work", "--target", "target"]);
    command
        .env("RUNBOOK_STATE_DIR", desk.project.path("state"))
        .env("SECRET_OF_MINE", "hush")
        .env("LC_TIME", "C");
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.expect("it runs").success());

    let seen = desk.project.read("target/seen");
    assert!(
        !seen.contains("hush") && !seen.contains("RUNBOOK_STATE_DIR"),
        "{seen}"
    );
    for name in [
        "PATH=",
        "LC_TIME=C",
        "RB_RUN=",
        "RB_HEAD=",
        "RB_OUTPUT=",
        "RB_OUTPUT_DIR=",
        "RB_ACCEPTED=",
        "RB_IDEMPOTENCY_KEY=",
    ] {
        assert!(
            seen.lines().any(|line| line.starts_with(name)),
            "{name}: {seen}"
        );
    }
}

#[test]
fn a_failed_step_stops_the_run_and_says_why() {
    let desk = Desk::with(
        "steps:\n  - id: warn\n    title: Warn\n    check: { run: \"false\" }\n    warn_only: true\n  - id: fail\n    title: Fail\n    run: |\n      echo the reason >&2; exit 7\n    effect: idempotent\n    fail_text: Look at the reason.\n  - { id: never, title: Never, check: { run: date } }\n",
    );

    let ran = desk.exec(&[]).exits(1);

    for part in [
        "warning: exit 1",
        "FAILED: exit 7",
        "| the reason",
        "Look at the reason.",
        "runbook resume",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let status = desk.json(&["status", "--json"]);
    assert_eq!(status["state"], "failed at fail");
    assert_eq!(status["steps"][2]["progress"], "to do");
}

#[test]
fn a_step_that_takes_too_long_is_ended_with_all_it_started() {
    let desk = Desk::with(
        "steps:\n  - id: long\n    title: Long\n    run: |\n      sleep 600 & echo $! > child; echo $$ > shell; wait\n    effect: idempotent\n    timeout: 1s\n",
    );

    let ran = desk.exec(&[]).exits(1);

    assert!(ran.stdout.contains("took too long"), "{}", ran.stdout);
    for file in ["target/child", "target/shell"] {
        let pid = desk.project.read(file).trim().to_owned();
        until("the process to be gone", || {
            !std::path::Path::new(&format!("/proc/{pid}")).exists()
        });
    }
}

#[test]
fn a_yes_that_comes_after_the_gate_expired_does_not_count() {
    let desk = Desk::with(
        "roles:\n  approver: { any_of: [release-manager] }\nsteps:\n  - id: go\n    title: Go?\n    approve: { role: approver, text: Really?, expires: 1s }\n  - id: act\n    title: Act\n    run: |\n      echo act >> effects\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(5);
    let opened = std::time::Instant::now();
    until("the gate to expire", || {
        opened.elapsed() > std::time::Duration::from_millis(1100)
    });

    let late = desk
        .run(&["approve", &desk.id(), "go", "--as", "bob"])
        .exits(2);

    assert!(
        late.stderr.contains("counts as rejected"),
        "{}",
        late.stderr
    );
    desk.run(&["resume"]).exits(4);
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_starts() {
    let desk = Desk::with(
        "steps:\n  - id: look\n    title: Look\n    run: |\n      echo look >> effects\n    effect: idempotent\n  - { id: choose, title: Choose, decide: { text: Well?, options: { on: { goto: later, max: 2 } } } }\n  - { id: later, title: Later, check: { run: date } }\n",
    );

    let ran = desk.exec(&[]).exits(3);

    assert!(ran.stderr.contains("later"), "{}", ran.stderr);
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_runbook_with_errors_and_a_wrong_target_start_nothing() {
    let desk = Desk::with("steps:\n  - { id: look, title: Look, chekc: { run: date } }\n");
    let ran = desk.exec(&[]).exits(3);
    assert!(ran.stderr.contains("runbooks/work.yaml"), "{}", ran.stderr);

    let desk =
        Desk::with("needs: [git]\nsteps:\n  - { id: look, title: Look, check: { run: date } }\n");
    let ran = desk.exec(&[]).exits(3);
    assert!(
        ran.stderr.contains("in no git repository"),
        "{}",
        ran.stderr
    );
    let ran = desk.run(&["exec", "work"]).exits(3);
    assert!(ran.stderr.contains("--target DIR"), "{}", ran.stderr);
    let ran = desk.run(&["exec", "wrok"]).exits(2);
    assert!(
        ran.stderr.contains("did you mean `work`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_plan_shows_everything_and_starts_nothing() {
    let desk = Desk::with(GATE);

    let ran = desk.run(&["plan", "work", "--target", "target"]).exits(0);

    for part in [
        "Before",
        "echo before >> effects",
        "waits for: approver",
        "nothing was started",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert_eq!(desk.effects(), Vec::<String>::new());
    assert_eq!(
        desk.json(&["plan", "work", "--target", "target", "--json"])["steps"][1]["id"],
        "go"
    );
}
