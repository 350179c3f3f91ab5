//! A step notes in `$RB_ACCEPTED` that the other side took what it sent; whoever asks later sees it.

use crate::desk::Desk;
use crate::project::{ends, files_below};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;

/// A registry that shows nothing of what it took before somebody says so: `verify` tells "not there
/// yet" from "never sent" by the note alone.
fn slow_registry(note: &str) -> Desk {
    Desk::with(&format!(
        r#"steps:
  - id: publish
    title: Publish
    run: |
      echo publish >> effects
      {note}
      until test -e go; do sleep 0.02; done
    verify:
      run: |
        test -e shown && exit 0
        test -s "$RB_ACCEPTED" && exit 9
        exit 1
      absent: [1]
    undo: {{ none: It is a test. }}
"#
    ))
}

/// The run with its driver and its step killed after the effect.
fn killed(note: &str) -> Desk {
    let desk = slow_registry(note);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    desk.wait_for_file("steps/publish.1/pid");
    if !note.starts_with(':') {
        desk.wait_for_file("accepted/publish");
    }
    program.kill().expect("it runs");
    ends(&mut program);
    let shim = desk.shim("publish.1");
    kill(Pid::from_raw(shim), Signal::SIGKILL).expect("it runs");
    desk.project.write("target/go", "");
    desk
}

#[test]
fn what_was_accepted_and_is_not_there_yet_is_not_sent_again() {
    let desk = killed("echo accepted >> \"$RB_ACCEPTED\"");

    let ran = desk.run(&["resume"]).exits(6);
    assert_eq!(desk.effects(), ["publish"], "{}", ran.stdout);

    desk.project.write("target/shown", "");
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["publish"]);
}

#[test]
fn what_was_never_accepted_is_sent_again() {
    let desk = killed(": nothing came back");

    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects(), ["publish", "publish"]);
}

#[test]
fn all_tries_of_a_step_its_verify_and_its_undo_have_one_note_and_each_item_its_own() {
    let desk = Desk::with(
        r#"steps:
  - id: send
    title: Send
    for_each: { in: [north, south], as: place }
    env: { PLACE: "${{ each.place }}" }
    run: |
      echo "try $PLACE $(cat "$RB_ACCEPTED" 2> /dev/null | tr '\n' ' ')" >> effects
      echo "$PLACE" >> "$RB_ACCEPTED"
      test "$(wc -l < "$RB_ACCEPTED")" = 2
    retry: { max: 2 }
    effect: idempotent
    verify:
      run: |
        echo "verify $PLACE $(cat "$RB_ACCEPTED" 2> /dev/null | tr '\n' ' ')" >> effects
        exit 1
      absent: [1]
    undo:
      run: |
        echo "undo $PLACE $(cat "$RB_ACCEPTED" | tr '\n' ' ')" >> effects
"#,
    );
    desk.exec(&[]).exits(0);
    desk.run(&["undo", &desk.id(), "--confirm", &desk.id()[20..]])
        .exits(7);

    let seen: Vec<String> = desk
        .effects()
        .iter()
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(
        seen,
        [
            "verify north",
            "try north",
            "verify north north",
            "try north north",
            "verify south",
            "try south",
            "verify south south",
            "try south south",
            "undo south south south",
            "undo north north north",
        ]
    );
    let notes = fs::read_dir(desk.folder().join("accepted")).expect("it is below the run");
    assert_eq!(notes.count(), 2);
}

#[test]
fn a_secret_is_masked_in_the_note_and_the_note_stays() {
    let desk = Desk::with(
        r#"params:
  token: { type: secret, from: { command: [cat, hidden] } }
steps:
  - id: send
    title: Send
    run: |
      echo "accepted with $(cat "$RB_SECRET_TOKEN")" >> "$RB_ACCEPTED"
    effect: idempotent
"#,
    );
    desk.project.write("hidden", "correct-horse-battery");
    desk.exec(&[]).exits(0);

    let note = fs::read_to_string(desk.folder().join("accepted/send")).expect("it stays");
    assert!(note.starts_with("accepted with "), "{note}");
    for (name, bytes) in files_below(&desk.project.path("state")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("correct-horse"), "{name}: {text}");
    }
}

/// What stands in the place of the note is no reason to lose what the step did.
#[test]
fn a_folder_or_a_pipe_in_the_place_of_the_note_holds_nothing_up() {
    for instead in ["mkdir \"$RB_ACCEPTED\"", "mkfifo \"$RB_ACCEPTED\""] {
        let desk = Desk::with(&format!(
            r#"params:
  token: {{ type: secret, from: {{ command: [cat, hidden] }} }}
steps:
  - id: send
    title: Send
    run: |
      test -s "$RB_SECRET_TOKEN"
      {instead}
      echo sent >> effects
    undo: {{ none: It is a test. }}
"#
        ));
        desk.project.write("hidden", "correct-horse-battery");
        desk.exec(&[]).exits(0);
        assert_eq!(desk.effects(), ["sent"], "{instead}");
    }
}

/// The verify of an item is a look like that of any step: the run can be taken up again.
#[test]
fn a_run_whose_loop_asked_its_verify_is_resumed_and_undone() {
    let desk = Desk::with(
        r#"steps:
  - id: send
    title: Send
    for_each: { in: [north, a.b, "south/verify"], as: place }
    run: |
      echo sent >> effects
    effect: idempotent
    verify: { run: "false", absent: [1] }
    undo: { run: "echo undone >> effects" }
  - { id: go, title: Go, approve: { role: developer, text: "Go?" } }
"#,
    );
    desk.exec(&[]).exits(5);
    desk.run(&["resume"]).exits(5);
    desk.run(&["undo", &desk.id()]).exits(7);
    let expected = ["sent", "sent", "sent", "undone", "undone", "undone"];
    assert_eq!(desk.effects(), expected);
}
