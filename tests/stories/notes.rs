//! What people add to a record, and what other programs read of it while it is written.

use crate::desk::{Desk, until};
use crate::project::ends;
use nix::fcntl::{Flock, FlockArg};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

const STEP: &str = "steps:\n  - id: work\n    title: Work\n    run: |\n      echo work >> effects\n      until test -e go; do sleep 0.02; done\n    effect: idempotent\n";

/// The last remark of the only run.
fn remark(desk: &Desk) -> Value {
    let journal =
        fs::read_to_string(desk.folder().join("journal.jsonl")).expect("there is a journal");
    let mut lines = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    lines
        .rfind(|line| line["type"] == "note.added")
        .expect("there is a remark")
}

#[test]
fn a_remark_reaches_a_run_that_is_driven_and_one_that_has_ended() {
    let desk = Desk::with(STEP);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let id = desk.id();

    // Taken in at once, or when the step has ended: in both cases by whoever drives the run.
    desk.run(&["note", &id, "errors went down"]).exits(0);
    desk.project.write("target/go", "");
    ends(&mut program);
    assert_eq!(remark(&desk)["text"], "errors went down");
    assert!(remark(&desk).get("seen").is_none());

    let ran = desk
        .run(&["note", &id, "bob saw it", "--at", "2026-11-20T02:14:00Z"])
        .exits(0);
    assert!(ran.stdout.contains("recorded") && !ran.stdout.contains("resume"));
    assert_eq!(remark(&desk)["seen"], "2026-11-20T02:14:00Z");
    assert_eq!(
        desk.json(&["status", &id, "--json"])["state"],
        "finished",
        "a remark opens nothing again"
    );
}

#[test]
fn an_attached_file_is_kept_with_its_digest() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: |\n      true\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(0);
    desk.project.write("graph.png", "abc");

    desk.run(&["note", &desk.id(), "the graph", "--attach", "graph.png"])
        .exits(0);

    let file = &remark(&desk)["files"][0];
    assert_eq!(
        file["sha256"],
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(file["bytes"], 3);
    let name = file["name"].as_str().expect("a name");
    let kept = fs::read(desk.folder().join("evidence").join(name)).expect("it is kept");
    assert_eq!(kept, b"abc");
}

#[test]
fn a_remark_that_cannot_be_kept_changes_nothing() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: |\n      true\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(0);
    let (id, before) = (desk.id(), desk.events());
    for arguments in [
        &["note", &id, "x", "--attach", "nothing.png"][..],
        &["note", &id, "x", "--at", "tomorrow"],
        &["note", &id, "x", "--at", "2999-01-01"],
        &["note", &id, "  "],
    ] {
        desk.run(arguments).exits(2);
    }
    assert_eq!(desk.events(), before);
}

#[test]
fn events_are_the_lines_of_the_journal_and_nothing_else() {
    let desk = Desk::with(STEP);
    let mut command = desk.command(&["exec", "work", "--target", "target", "--events"]);
    let program = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    desk.wait_for_effects(1);
    desk.project.write("target/go", "");

    let output = program.wait_with_output().expect("it ends");
    let journal = fs::read(desk.folder().join("journal.jsonl")).expect("there is a journal");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&journal)
    );
    let people = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        people.contains("1/1 Work") && people.contains("is finished"),
        "{people}"
    );
}

#[test]
fn events_of_a_resumed_run_begin_where_it_was_taken_up() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: |\n      test -e ready\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(1);
    let before = desk.events().len();

    let resumed = desk.run(&["resume", "--events"]).exits(1);

    let journal =
        fs::read_to_string(desk.folder().join("journal.jsonl")).expect("there is a journal");
    let new: String = journal.split_inclusive('\n').skip(before).collect();
    assert_eq!(resumed.stdout, new);
    assert!(new.contains("run.opened"), "{new}");
}

#[test]
fn a_reader_of_events_sees_their_end_although_a_step_goes_on() {
    let desk = Desk::with(STEP);
    let mut command = desk.command(&["exec", "work", "--target", "target", "--events"]);
    let mut program = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    desk.wait_for_effects(1);
    program.kill().expect("it runs");

    let output = program.wait_with_output().expect("the pipe is closed");

    assert!(output.stdout.ends_with(b"\"}\n"));
    desk.project.write("target/go", "");
    until("the end of the step", || {
        desk.folder().join("steps/work.1/exit.json").exists()
    });
}

/// What lies in a folder of the run in this one.
fn names(run: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(run.join(folder));
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.into_string().expect("a name")
    };
    let mut names: Vec<String> = entries.into_iter().flatten().map(name).collect();
    names.sort();
    names
}

/// A run that waits, and knows a file that came with a remark.
fn with_a_file() -> (Desk, PathBuf) {
    let desk = Desk::with(
        "steps:\n  - { id: gate, title: Gate, approve: { role: developer, text: May I? } }\n",
    );
    desk.exec(&[]).exits(5);
    desk.project.write("old.txt", "old").write("new.txt", "new");
    desk.run(&["note", &desk.id(), "old", "--attach", "old.txt"])
        .exits(0);
    // Who asks for it later lists the runs, and so looks at this one.
    let folder = desk.folder();
    (desk, folder)
}

/// Attaches both files, and is killed there.
fn killed(desk: &Desk, point: &str) {
    let id = desk.id();
    let files = ["--attach", "old.txt", "--attach", "new.txt"];
    let mut command = desk.command(&[&["note", &id, "new"], &files[..]].concat());
    let ended = command.env("RUNBOOK_FAIL", point).status();
    assert_eq!(ended.expect("it starts").code(), None, "{point}");
}

#[test]
fn what_a_killed_sender_left_is_removed_and_nothing_else() {
    for verb in [&["status"][..], &["runs"], &["resume"], &["verify"]] {
        let (desk, run) = with_a_file();
        let before = names(&run, "evidence");
        let by_hand = run.join("evidence/0123456789ab-by-hand.txt");
        fs::write(
            &by_hand,
            "what the journal may have named before it was cut",
        )
        .expect("it can");
        for point in [
            "letter.create:1:before",
            "letter.write:1:after",
            "letter.rename:1:before",
        ] {
            killed(&desk, point);
            assert_eq!(names(&run, "evidence").len(), 3, "{point}");
            let partial = desk
                .folder()
                .join("evidence/.01M8KXY138J89NAS83STKWQ9QX.partial");
            fs::write(partial, "half a cop").expect("it can be written");

            let id = desk.id();
            let name = (verb != ["runs"]).then_some(id.as_str());
            desk.run(&verb.iter().copied().chain(name).collect::<Vec<_>>());

            assert_eq!(names(&run, "inbox"), [""; 0], "{verb:?}, {point}");
            let mut left = names(&run, "evidence");
            left.retain(|name| !name.ends_with("by-hand.txt"));
            assert_eq!(left, before, "{verb:?}, {point}");
            assert!(by_hand.exists(), "{verb:?}, {point}");
        }
        desk.run(&["verify", &desk.id()]).exits(0);
    }
}

#[test]
fn a_file_whose_letter_is_there_waits_for_whoever_takes_it_in() {
    let (desk, run) = with_a_file();
    killed(&desk, "letter.rename:1:after");
    desk.run(&["status"]).exits(0);
    assert_eq!(names(&run, "evidence").len(), 2);

    desk.run(&["resume"]).exits(5);

    let files = remark(&desk)["files"].clone();
    assert_eq!(files.as_array().map(Vec::len), Some(2), "{files}");
    desk.run(&["verify", &desk.id()]).exits(0);
    assert_eq!(names(&run, "inbox"), [""; 0]);
}

#[test]
fn what_somebody_sends_just_now_is_left_to_them() {
    let (desk, run) = with_a_file();
    killed(&desk, "letter.create:1:before");
    let inbox = File::open(run.join("inbox")).expect("there is an inbox");
    let sender = Flock::lock(inbox, FlockArg::LockShared).expect("it can be had");

    desk.run(&["status"]).exits(0);
    assert_eq!(names(&run, "evidence").len(), 2);
    drop(sender);

    desk.run(&["status"]).exits(0);
    assert_eq!(names(&run, "evidence").len(), 1);
}
