//! A person at the terminal, and each key.

use crate::desk::Desk;
use crate::project::ends;
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
        .shows("[v] ask its verify");
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
        .shows("its verify says that it is not done");
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
fn nobody_is_asked_before_a_step_that_only_reads() {
    let desk = Desk::with(
        "risk: high
steps:
  - { id: look, title: Look, run: 'echo \"found=3\" >> \"$RB_OUTPUT\"', effect: read, outputs: { found: { type: int } } }
  - { id: act, title: Act, run: 'echo \"act $FOUND\" >> effects', env: { FOUND: \"${{ steps.look.outputs.found }}\" }, effect: idempotent }
",
    )
    .committed();
    let mut terminal = begin(&desk);
    terminal
        .shows("1/2 Look")
        .shows("2/2 Act")
        .shows("[Enter] run");
    let before = terminal.text();
    let (looked, _) = before.split_once("2/2 Act").expect("it is shown");
    assert!(!looked.contains("[Enter]"), "{looked}");
    terminal.types("").shows("is finished");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["act 3"]);
}

#[test]
fn what_was_typed_before_a_question_is_no_answer_to_it() {
    let desk = Desk::with("risk: high
steps:
  - { id: one, title: One, run: 'echo one >> effects; until test -e go; do sleep 0.05; done', effect: idempotent }
  - { id: two, title: Two, run: echo two >> effects, effect: idempotent }
").committed();
    let mut terminal = begin(&desk);
    terminal.shows("[Enter] run").types("");
    desk.wait_for_effects(1);
    terminal.types("").types("a").shows("\na");
    desk.project.write("target/go", "");
    terminal.shows("2/2 Two").shows("[Enter] run");
    terminal.types("q").shows("runbook resume").ends();
    assert_eq!(desk.effects(), ["one"], "nobody saw the question yet");
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
        .types("b")
        .shows("1  One  [one]")
        .shows("echo back >> effects")
        .shows("[y] yes")
        .types("q")
        .shows("failed: [r]")
        .types("b")
        .shows("[y] yes")
        .types("y");
    terminal.shows("undo complete: everything that can be undone is undone");
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
        ends(&mut program);
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
fn drop_line(mut terminal: Terminal) {
    terminal.answers_nothing();
}

const EDITED: &str = "params:\n  word: { type: string }\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo \"$WORD $OTHER\" >> effects\n    env: { WORD: \"${{ params.word }}\", OTHER: x }\n    undo: { run: \"echo \\\"back $WORD\\\" >> effects\" }\n  - { id: fail, title: Fail, check: { run: \"false\" } }\n";

#[test]
fn values_are_changed_before_a_step_and_hold_for_its_undo_too() {
    let desk = Desk::with(EDITED);
    let mut terminal = sit_down(
        &desk,
        &[
            "exec",
            "work",
            "--target",
            "target",
            "-p",
            "word=first",
            "--step",
        ],
    );
    terminal
        .shows("1/2 One")
        .shows("[Enter] run")
        .types("e")
        .shows("OTHER=x")
        .shows("WORD=first")
        .shows("NAME=value")
        .types("PATH=/tmp")
        .shows("there is no `PATH`")
        .shows("NAME=value")
        .types("WORD=$(touch pwned) a=b")
        .shows("NAME=value")
        .types("")
        .shows("- WORD=first")
        .shows("+ WORD=$(touch pwned) a=b");
    terminal.shows("[Enter] run").types("").shows("fail failed");
    terminal.types("b").shows("[y] yes").types("y");
    terminal.shows("is undone");

    assert_eq!(terminal.ends(), 7);
    let value = "$(touch pwned) a=b";
    assert_eq!(
        desk.effects(),
        [format!("{value} x"), format!("back {value}")]
    );
    assert!(!desk.project.path("target/pwned").exists());
    assert!(desk.events().contains(&"step.env_edited one".to_owned()));
    let report = desk.run(&["report", &desk.id()]).exits(0).stdout;
    assert!(report.contains("values changed"), "{report}");
}

#[test]
fn a_shell_sees_the_world_as_the_step_does_and_no_secret() {
    let desk = Desk::with(
        "params:\n  token: { type: secret, expose: env, from: { command: [echo, s3cret-value] } }\nsteps:\n  - id: one\n    title: One\n    run: |\n      test -n \"$RB_SECRET_TOKEN\"\n    env: { WORD: hello }\n    effect: idempotent\n",
    );
    let mut command = desk.command(&["exec", "work", "--target", "target", "--step"]);
    command.env("SHELL", "/bin/sh").env("MINE", "private");
    let mut terminal = Terminal::seated(&command);
    terminal
        .shows("[Enter] run")
        .types("t")
        .shows("`exit` to return")
        .types("echo \"[$WORD][$MINE][$RB_SECRET_TOKEN][$(basename \"$PWD\")]\"")
        .shows("[hello][][][target]")
        .types("test -d \"$RUNBOOK_STATE_DIR\"/*/runs/\"$RB_RUN\" && echo it'' knows'' its'' runs")
        .shows("it knows its runs")
        .types("exit 3")
        .shows("[Enter] run")
        .types("")
        .shows("is finished");

    assert_eq!(terminal.ends(), 0);
    let events = desk.events();
    let shell = ["shell.opened one", "shell.closed one"];
    assert!(
        shell
            .iter()
            .all(|event| events.contains(&(*event).to_owned())),
        "{events:?}"
    );
}

#[test]
fn a_gate_cannot_be_taken_as_done_by_hand() {
    let desk = Desk::with(
        "roles:\n  approver: { any_of: [release-manager] }\nsteps:\n  - { id: go, title: Go, approve: { role: approver, text: \"Go?\", expires: 30m } }\n",
    );
    let mut terminal = begin(&desk);
    terminal
        .shows("waiting for the answer")
        .types("d")
        .shows("[w] who takes part")
        .shows("waiting for the answer")
        .types("q");
    assert_eq!(terminal.ends(), 5);
    assert!(!desk.events().contains(&"step.done_by_hand go".to_owned()));
}
