//! What becomes of a verb whose words are not taken: by a reader that went away, which is no fault,
//! and by a disk that is full, which is one.

use crate::desk::{Desk, until};
use crate::project::ends;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// A run of one step that has ended.
fn ended() -> (Desk, String) {
    let desk = Desk::with("steps:\n  - { id: one, title: One, check: { run: 'echo said' } }\n");
    desk.exec(&[]).exits(0);
    let id = desk.id();
    (desk, id)
}

#[test]
fn a_reader_that_went_away_is_no_fault() {
    let (desk, id) = ended();
    for verb in [
        vec!["status", &id],
        vec!["report", &id],
        vec!["runs"],
        vec!["verify", &id],
        vec!["logs", &id],
        vec!["list"],
        vec!["check"],
        vec!["--help"],
        vec![],
    ] {
        let mut program = desk
            .command(&verb)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(program.stdout.take());
        let ended = program.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{verb:?}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("error"),
            "{verb:?}: {said}"
        );
    }
}

#[test]
fn a_report_that_does_not_fit_on_the_disk_is_no_success() {
    let (desk, id) = ended();
    for verb in [
        vec!["status", &id],
        vec!["report", &id],
        vec!["runs", "--json"],
        vec!["verify", &id],
        vec!["logs", &id],
        vec!["logs", &id, "one", "--raw"],
        vec!["list"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full");
        let ended = desk
            .command(&verb)
            .stdout(full.expect("there is a disk that is full"))
            .output()
            .expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{verb:?}: {said}");
        assert!(said.contains("No space left"), "{verb:?}: {said}");
    }
}

#[test]
fn whoever_watches_leaves_with_its_reader() {
    let desk = Desk::with(
        "steps:\n  - { id: one, title: One, run: 'echo one >> effects; for i in $(seq 3000); do test -e go && break; echo $i > tick; sleep 0.02; done' }\n",
    );
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let mut watch = desk
        .command(&["watch", "--plain"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    let mut said = BufReader::new(watch.stdout.take().expect("it is piped"));
    said.read_line(&mut first).expect("it says something");
    assert!(!first.is_empty());
    drop(said);
    // Something that it would say.
    desk.run(&["note", &desk.id(), "seen"]).exits(0);

    until("the end of watch", || {
        watch.try_wait().expect("it can be asked").is_some()
    });

    desk.project.write("target/go", "");
    let ended = ends(&mut program);
    assert_eq!(ended.code(), Some(0), "the run went on");
}
