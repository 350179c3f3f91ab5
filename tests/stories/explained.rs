//! A failed step names the entry that answers what it said: at the terminal, in the status, while it is watched
//! and in the report, also when the sources are gone.

use crate::desk::Desk;
use crate::terminal::Terminal;
use serde_json::Value;
use std::fs;

const ENTRY: &str = "---\ntitle: The tag exists already\nid: T08\nkind: troubleshooting\norphan: true\nrecovery: settle\nerrors:\n  - { message: \"fatal: tag '{tag}' already exists\", example: \"fatal: tag 'v1' already exists\" }\n---\n\n# The tag\n\nLook.\n";
const SETTLE: &str = "runbook: 1\nid: settle\nversion: 1.0.0\ntitle: Settle the tag\nowner: developer\nfixes: A tag that is in the way.\nsteps:\n  - { id: away, title: Take it away, run: rm taken, effect: idempotent }\n";
/// A step that fails as git does, for as long as a file is there.
const STEPS: &str = "steps:\n  - id: tag\n    title: Tag it\n    run: |\n      if test -e taken; then printf '\\033[31mfatal:\\033[0m tag '\"'v1.4.3'\"' already exists\\n' >&2; exit 128; fi\n    effect: idempotent\n";

fn desk() -> Desk {
    let desk = Desk::with(STEPS);
    desk.project
        .write("content/t08.md", ENTRY)
        .write("runbooks/settle.yaml", SETTLE)
        .write("target/taken", "");
    desk
}

/// What is to be read and run.
fn names_the_entry(text: &str) {
    for part in [
        "T08: The tag exists already",
        "read content/t08.md",
        "run `runbook exec settle --target ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

fn answer(status: &Value) -> &Value {
    &status["steps"][0]["answered_by"]
}

#[test]
fn a_failed_step_names_its_entry_and_the_recovery_lets_the_run_go_on() {
    let desk = desk();

    let ran = desk.exec(&[]).exits(1);

    names_the_entry(&ran.stdout);
    let run = desk.id();
    names_the_entry(&desk.run(&["status", &run]).stdout);
    let status = desk.json(&["status", &run, "--json"]);
    assert_eq!(answer(&status)["id"], "T08");
    assert_eq!(answer(&status)["recovery"], "settle");
    assert_eq!(
        answer(&status)["line"],
        "fatal: tag 'v1.4.3' already exists"
    );
    names_the_entry(&desk.run(&["watch", &run]).stdout);
    let report = desk.run(&["report", &run]).exits(0).stdout;
    assert!(report.contains("## Known errors"), "{report}");
    assert!(
        report.contains("T08: The tag exists already (content/t08.md)"),
        "{report}"
    );

    let command = answer(&status)["command"].as_str().expect("a command");
    let words = shlex::split(command).expect("a shell takes it");
    let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    desk.run(&words).exits(0);
    let mut terminal = Terminal::start(desk.command(&["resume", &run]));
    terminal
        .shows("fatal: tag 'v1.4.3' already exists")
        .shows("run `runbook exec settle --target ")
        .shows("[r] try again")
        .types("r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    let status = desk.json(&["status", &run, "--json"]);
    assert_eq!(answer(&status), &Value::Null);
}

#[test]
fn the_entry_is_named_without_the_sources_and_no_change_of_it_is_a_change_of_the_plan() {
    let desk = desk();
    let digest = |run: &str| desk.json(&["report", run, "--json"])["digests"]["plan"].clone();
    desk.exec(&[]).exits(1);
    let run = desk.id();

    fs::remove_file(desk.project.path("content/t08.md")).expect("it was there");
    names_the_entry(&desk.run(&["status", &run]).stdout);
    desk.run(&["abort", &run, "--reason", "no need"]);
    desk.exec(&[]).exits(1);

    let runs = desk.json(&["runs", "--json"]);
    let ids = runs
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["run"].as_str().expect("an id"));
    let second = ids.max().expect("two runs");
    assert_ne!(second, run);
    assert_eq!(digest(second), digest(&run));
    let status = desk.run(&["status", second]).stdout;
    assert!(!status.contains("T08"), "{status}");
}

#[test]
fn what_no_entry_answers_names_none() {
    let desk = Desk::with(
        "steps:\n  - { id: fail, title: Fail, run: \"echo no idea; exit 3\", effect: idempotent }\n",
    );
    desk.project
        .write("content/t08.md", ENTRY)
        .write("runbooks/settle.yaml", SETTLE);
    let ran = desk.exec(&[]).exits(1);
    assert!(!ran.stdout.contains("T08"), "{}", ran.stdout);
}

#[test]
fn what_nothing_answers_is_drafted_as_an_entry_that_does() {
    let desk = desk();
    let project = &desk.project;
    project.write(
        "failed.log",
        "begin\nfatal: { code: 'E77' } in {part} cannot be read\n",
    );
    let ran = project.run(&["diagnose", "failed.log"]).exits(1);
    assert!(ran.stdout.starts_with("nothing fits"), "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("runbook new entry PAGE.md --from-log LOG"),
        "{}",
        ran.stderr
    );

    let words = ["new", "entry", "content/t77.md", "--from-log", "failed.log"];
    project.run(&words).exits(0);
    // What is there is never written over.
    let before = project.read("content/t77.md");
    project.run(&words).exits(2);
    assert_eq!(project.read("content/t77.md"), before);
    project.edit("content/t77.md", "draft: true\n", "orphan: true\n");
    assert_eq!(project.run(&["check"]).code, Some(0));
    let ran = project.run(&["diagnose", "failed.log"]).exits(0);
    assert!(ran.stdout.contains("read content/t77.md"), "{}", ran.stdout);
}

/// A step that fails with a message and says what helps; the entries are T08, of a tag, and T09, of a branch.
fn linking(said: &str, fail_text: &str) -> Option<String> {
    let desk = Desk::with(&format!(
        "steps:\n  - id: tag\n    run: \"echo {said} >&2; exit 1\"\n    effect: idempotent\n    fail_text: \"{fail_text}\"\n"
    ));
    let branch = "---\ntitle: The branch is behind\nid: T09\norphan: true\nerrors: [\"your branch is behind\", { message: \"it failed\", general: true }]\n---\n\n# The branch\n";
    desk.project
        .write("content/t08.md", ENTRY)
        .write("content/t09.md", branch)
        .write("runbooks/settle.yaml", SETTLE);
    desk.exec(&[]).exits(1);
    let status = desk.json(&["status", &desk.id(), "--json"]);
    answer(&status)["id"].as_str().map(str::to_owned)
}

#[test]
fn a_step_that_links_to_an_entry_helps_where_no_message_does() {
    let (tag, branch) = (
        "See [T08](../content/t08.md).",
        "See [T09](../content/t09.md).",
    );
    let both = format!("{tag} {branch}");
    let tagged = "fatal: tag \\\\'v1\\\\' already exists";
    let two = format!("{tagged}; echo your branch is behind");
    for (said, fail_text, entry) in [
        ("no idea", tag, Some("T08")),
        // Which of them it is nobody can tell.
        ("no idea", &both, None),
        ("no idea", "Look again.", None),
        // A message says more than what the step has for every failure.
        ("your branch is behind", tag, Some("T09")),
        // But less, if several faults print it.
        ("it failed", tag, Some("T08")),
        ("it failed", "Look again.", Some("T09")),
        ("it failed", &both, Some("T09")),
        // Of two messages, that which the step expects.
        (tagged, "Look again.", Some("T08")),
        (&two, "Look again.", Some("T08")),
        (&two, branch, Some("T09")),
    ] {
        assert_eq!(
            linking(said, fail_text).as_deref(),
            entry,
            "{said}: {fail_text}"
        );
    }
}
