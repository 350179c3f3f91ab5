//! A person at the terminal, and each key.

use crate::desk::Desk;
use crate::terminal::Terminal;

const CAREFUL: &str = "risk: high\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    verify: { run: \"grep -q one effects\", absent: [1] }\n    undo: { run: \"echo back >> effects\" }\n  - id: two\n    title: Two\n    run: |\n      test -e ready && echo two >> effects\n    effect: idempotent\n  - id: three\n    title: Three\n    run: |\n      echo \"made=3\" >> \"$RB_OUTPUT\"\n    effect: idempotent\n    outputs: { made: { type: int } }\n";

/// A desk with the careful runbook, committed as such a runbook has to be.
fn careful() -> Desk {
    Desk::with(CAREFUL).committed()
}

fn sit_down(desk: &Desk, arguments: &[&str]) -> Terminal {
    Terminal::start(desk.command(arguments))
}

fn begin(desk: &Desk) -> Terminal {
    sit_down(desk, &["exec", "work", "--target", "target"])
}

#[test]
fn every_key_does_what_it_says() {
    let desk = careful();
    let mut terminal = begin(&desk);

    terminal
        .shows("1/3 One")
        .shows("[Enter] run")
        .types("?")
        .shows("[v] look whether");
    terminal
        .shows("[Enter] run")
        .types("v")
        .shows("it is not so yet");
    terminal
        .shows("[Enter] run")
        .types("n")
        .shows("note:")
        .types("looks fine");
    terminal
        .shows("[Enter] run")
        .types("d")
        .shows("its verify says that it is not so");
    terminal.shows("[Enter] run").types("").shows("ok");
    terminal
        .shows("2/3 Two")
        .shows("[Enter] run")
        .types("")
        .shows("FAILED: exit 1");
    terminal
        .shows("two failed: [r]")
        .types("r")
        .shows("[Enter] run")
        .types("")
        .shows("FAILED");
    terminal
        .shows("two failed: [r]")
        .types("d")
        .shows("why by hand?")
        .types("did it on the host");
    terminal
        .shows("3/3 Three")
        .shows("[Enter] run")
        .types("d")
        .shows("has to be run");
    terminal
        .shows("[Enter] run")
        .types("a")
        .shows("is finished");

    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["one"]);
    let events = desk.events();
    assert!(
        events.contains(&"note.added".to_owned())
            && events.contains(&"step.done_by_hand two".to_owned()),
        "{events:?}"
    );
}

#[test]
fn leaving_keeps_the_run_open_and_says_how_to_go_on() {
    let desk = careful();
    let mut terminal = begin(&desk);

    terminal
        .shows("[Enter] run")
        .types("q")
        .shows("runbook resume");

    assert_eq!(terminal.ends(), 5);
    assert_eq!(desk.effects(), Vec::<String>::new());
    let mut terminal = sit_down(&desk, &["resume"]);
    terminal
        .shows("1/3 One")
        .shows("[Enter] run")
        .types("")
        .shows("2/3 Two");
    terminal
        .shows("[Enter] run")
        .types("")
        .shows("failed: [r]")
        .types("b");
    terminal.shows("everything that can be taken back is taken back");
    assert_eq!(terminal.ends(), 7);
    assert_eq!(desk.effects(), ["one", "back"]);
}

#[test]
fn missing_params_are_asked_until_they_fit() {
    let desk = Desk::with(
        "params:\n  word: { type: string, pattern: '[a-z]+', ask: \"Which word?\" }\nsteps:\n  - id: write\n    title: Write\n    run: |\n      echo \"$WORD\" >> effects\n    env: { WORD: \"${{ params.word }}\" }\n    effect: idempotent\n",
    );
    let mut terminal = begin(&desk);

    terminal
        .shows("Which word?")
        .types("TWO words")
        .shows("this has to be");
    terminal
        .shows("Which word?")
        .types("word")
        .shows("is finished");

    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["word"]);
}

#[test]
fn a_doubt_is_settled_by_the_person_who_knows() {
    use nix::sys::signal::{Signal, kill};
    for (key, expected) in [("d", vec!["one", "two"]), ("n", vec!["one", "one", "two"])] {
        let desk = Desk::with(
            "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n      until test -e go; do sleep 0.02; done\n    undo: { none: It is a test. }\n  - id: two\n    title: Two\n    run: |\n      echo two >> effects\n    effect: idempotent\n",
        );
        let mut program = desk.start();
        desk.wait_for_effects(1);
        program.kill().expect("it runs");
        program.wait().expect("it ends");
        kill(
            nix::unistd::Pid::from_raw(desk.shim("one.1")),
            Signal::SIGKILL,
        )
        .expect("it runs");
        desk.project.write("target/go", "");

        let mut terminal = sit_down(&desk, &["resume"]);
        terminal
            .shows("IN DOUBT")
            .shows("[d] it was done")
            .types("x")
            .shows("[d] it was done")
            .types(key)
            .shows("is finished");

        assert_eq!(terminal.ends(), 0, "{key}");
        assert_eq!(desk.effects(), expected, "{key}");
    }
}

#[test]
fn a_closed_terminal_leaves_the_run_open() {
    let desk = careful();
    let mut terminal = begin(&desk);
    terminal.shows("[Enter] run");

    drop_line(terminal);

    desk.run(&["status"]).exits(0);
    assert_eq!(desk.json(&["status", "--json"])["state"], "open before one");
}

/// Closes the terminal under a program that waits for a key.
fn drop_line(terminal: Terminal) {
    let mut child = terminal.hang_up();
    child.wait().expect("it ends by itself");
}
