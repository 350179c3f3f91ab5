//! A step counts as done, and what it should hand on is lost: nothing goes on with an empty text.

use crate::desk::Desk;
use crate::project::ends;
use crate::terminal::Terminal;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A step that hands on a number, and one that uses it; `further` says more of the first.
fn runbook(further: &str) -> String {
    format!(
        "steps:\n  - id: make\n    title: Make\n    run: |\n      echo make >> effects\n      until test -e go; do sleep 0.02; done\n      echo \"id=7\" >> \"$RB_OUTPUT\"\n    outputs: {{ id: {{ type: int }} }}\n{further}  - id: use\n    title: Use\n    run: |\n      echo \"use '$ID'\" >> effects\n    env: {{ ID: \"${{{{ steps.make.outputs.id }}}}\" }}\n    effect: idempotent\n"
    )
}

const MADE: &str = "    verify: { run: grep -q make effects, absent: [1] }\n";

/// Begins a run, and kills the program and its shim while the first step runs.
fn killed(desk: &Desk) {
    let mut program = desk.start();
    desk.wait_for_effects(1);
    program.kill().expect("it runs");
    ends(&mut program);
    kill(Pid::from_raw(desk.shim("make.1")), Signal::SIGKILL).expect("it runs");
    desk.project.write("target/go", "");
}

#[test]
fn what_a_step_hands_on_is_asked_for_if_only_its_verify_says_that_it_is_done() {
    let desk = Desk::with(&runbook(MADE));
    killed(&desk);

    let resumed = desk.run(&["resume"]).exits(5);

    let short = &desk.id()[20..];
    let answer = format!("runbook answer {short} make id=…");
    assert!(resumed.stdout.contains(&answer), "{}", resumed.stdout);
    assert_eq!(desk.effects(), ["make"]);
    let open = desk.run(&[]).exits(0);
    assert!(open.stdout.contains(&answer), "{}", open.stdout);
    desk.run(&["answer", short, "make", "id=seven"]).exits(2);
    desk.run(&["answer", short, "make"]).exits(2);
    desk.run(&["answer", short, "make", "id=7"]).exits(0);
    desk.run(&["answer", short, "make", "id=8"]).exits(2);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["make", "use '7'"]);
    let report = desk.json(&["report", short, "--json"]);
    assert_eq!(report["overrides"][0]["what"], "outputs", "{report}");
    assert_eq!(report["outputs"][0]["value"], "7", "{report}");
}

#[test]
fn a_file_attached_to_outputs_that_a_person_gave_is_proved() {
    let desk = Desk::with(&runbook(MADE));
    killed(&desk);
    desk.run(&["resume"]).exits(5);
    desk.project.write("proof.txt", "the number is 7");
    let proof = desk.project.path("proof.txt").display().to_string();
    let short = &desk.id()[20..];
    desk.run(&["answer", short, "make", "id=7", "--evidence", &proof])
        .exits(0);
    desk.run(&["verify"]).exits(0);
    let kept = std::fs::read_dir(desk.folder().join("evidence")).expect("files were kept");
    let kept = kept.map(|entry| entry.expect("it can be read").path());
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 1, "{kept:?}");

    std::fs::write(&kept[0], "the number is 8").expect("it can be written");

    let verified = desk.run(&["verify"]).exits(10);
    assert!(verified.stdout.contains("proof.txt"), "{}", verified.stdout);
}

#[test]
fn at_a_terminal_it_is_typed() {
    for (further, doubt) in [(MADE, false), ("    undo: { none: It is a test. }\n", true)] {
        let desk = Desk::with(&runbook(further));
        killed(&desk);
        let mut terminal = Terminal::seated(&desk.command(&["resume"]));

        if doubt {
            terminal.shows("IN DOUBT").shows("[d]").types("d");
        }
        terminal
            .shows("its outputs are lost")
            .shows("what is its `id`?")
            .presses("\x03")
            .shows("stays open");
        assert_eq!(terminal.ends(), 5);
        let mut terminal = Terminal::seated(&desk.command(&["resume"]));
        terminal
            .shows("what is its `id`?")
            .types("seven")
            .shows("this has to be a whole number")
            .types("7")
            .shows("is finished");

        assert_eq!(terminal.ends(), 0);
        assert_eq!(desk.effects(), ["make", "use '7'"]);
    }
}

#[test]
fn a_step_that_was_so_before_hands_nothing_on_by_itself() {
    for (effect, code, effects) in [
        ("once", 5, vec!["make"]),
        ("idempotent", 0, vec!["make", "make", "use '7'"]),
    ] {
        let desk = Desk::with(&runbook(&format!("{MADE}    effect: {effect}\n")));
        desk.project
            .write("target/effects", "make\n")
            .write("target/go", "");

        let ran = desk.exec(&[]).exits(code);

        assert_eq!(desk.effects(), effects, "{effect}");
        let asks = ran.stdout.contains("runbook answer");
        assert_eq!(asks, code == 5, "{}", ran.stdout);
    }
}

#[test]
fn what_nothing_uses_is_asked_of_nobody() {
    let unused = runbook(MADE).replace("steps.make.outputs.id", "run.id");
    let desk = Desk::with(&unused);
    killed(&desk);

    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects().len(), 2);
}

#[test]
fn nothing_is_taken_back_by_an_undo_that_needs_what_nobody_knows() {
    let desk = Desk::with(
        "steps:\n  - id: make\n    title: Make\n    run: |\n      echo make >> effects\n      false\n    outputs: { id: { type: int } }\n    undo:\n      run: |\n        echo \"remove '$ID'\" >> effects\n      env: { ID: \"${{ steps.make.outputs.id }}\" }\n",
    );
    desk.exec(&[]).exits(1);

    let undone = desk.run(&["undo"]).exits(8);

    assert!(
        undone
            .stdout
            .contains("nobody knows steps.make.outputs.id; undo it by hand"),
        "{}",
        undone.stdout
    );
    assert_eq!(desk.effects(), ["make"]);
}
