//! Somebody follows a run from another terminal.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use crate::terminal::Terminal;
use std::fs;
use std::process::{Child, Stdio};

const SLOW: &str = "steps:\n  - id: work\n    title: Work\n    run: |\n      echo work >> effects\n      printf '10 %%\\r100 %%\\r\\n'\n      printf 'hello \\033]0;title\\007'; head -c 300 /dev/zero | tr '\\0' x; echo\n      until test -e go; do sleep 0.02; done\n    effect: idempotent\n  - id: after\n    title: After\n    run: |\n      true\n    effect: idempotent\n";

fn ended(program: Child) -> Ran {
    Ran::of(&program.wait_with_output().expect("it ends"))
}

#[test]
fn a_line_comes_for_each_thing_that_happens_until_the_run_ends() {
    let desk = Desk::with(SLOW);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let seen = desk.project.path("seen");
    let mut command = desk.command(&["watch", "--plain"]);
    let watching = command
        .stdout(fs::File::create(&seen).expect("it can be made"))
        .spawn()
        .expect("the program starts");
    let shown = || fs::read_to_string(&seen).expect("it is there");
    until("the first lines", || shown().contains("Work – started"));
    assert!(!shown().contains("Work – done"));

    desk.project.write("target/go", "");
    ends(&mut program);

    ended(watching).exits(0);
    let shown = shown();
    assert!(
        shown.contains("Work – done") && shown.trim_end().ends_with("finished"),
        "{shown}"
    );
    assert_eq!(shown.matches("Work – started").count(), 1, "{shown}");
}

#[test]
fn on_a_terminal_it_shows_the_steps_and_what_the_running_one_says() {
    let desk = Desk::with(SLOW);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let mut terminal = Terminal::start({
        let mut command = desk.project.command(&["watch"]);
        command.env("RUNBOOK_STATE_DIR", desk.project.path("state"));
        command.env("TERM", "xterm");
        command
    });
    terminal
        .shows("in the middle of work")
        .shows("running")
        .shows("| 100 %")
        .shows("| hello");

    desk.project.write("target/go", "");
    ends(&mut program);

    terminal.shows("finished").shows("After");
    assert_eq!(terminal.ends(), 0);
    let text = terminal.text();
    assert!(
        !text.contains("\u{1b}]0;"),
        "the title of the window is ours"
    );
    for line in text.split(['\n', '\r']) {
        let line = line.rsplit("\u{1b}[J").next().unwrap_or_default();
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_run_that_nobody_drives_is_shown_once_with_what_it_waits_for() {
    let desk = Desk::with(
        "steps:\n  - id: write\n    title: Write\n    manual: { text: Write, fields: { said: { type: string } } }\n",
    );
    desk.exec(&[]).exits(5);
    let run = desk.id();
    let run = &run[run.len() - 6..];

    let ran = desk.run(&["watch"]).exits(5);

    assert!(
        ran.stdout
            .contains(&format!("runbook answer {run} write said=…"))
            && ran.stdout.contains(&format!("runbook resume {run}")),
        "{}",
        ran.stdout
    );
}

#[test]
fn it_ends_when_the_program_that_drives_is_killed() {
    let desk = Desk::with(SLOW);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let mut command = desk.command(&["watch", "--plain"]);
    let watching = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");

    program.kill().expect("it runs");
    ends(&mut program);

    let ran = ended(watching).exits(5);
    assert!(ran.stdout.contains("nobody drives"), "{}", ran.stdout);
    desk.project.write("target/go", "");
    desk.run(&["resume"]).exits(0);
}
