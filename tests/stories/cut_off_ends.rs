//! A run has ended, and its driver is killed before all that belongs to the end is done.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// What is done at the end, until the file `go` is there; with a secret.
const SLOW: &str = "|\n      test -s $RB_SECRET_TOKEN; echo begins >> effects\n      until test -e go; do sleep 0.02; done\n      echo ends >> effects\n";

fn desk(body: &str) -> Desk {
    Desk::with(&format!(
        "lock: {{ key: prod }}\nparams:\n  token: {{ type: secret, from: {{ command: [printf, s3cr3t-T0ken] }} }}\n{body}"
    ))
}

/// The end of the id of the oldest run.
fn short(desk: &Desk) -> String {
    let runs = desk.json(&["runs", "--json"]);
    runs[0]["run"].as_str().expect("an id")[20..].to_owned()
}

fn driver(desk: &Desk, arguments: &[&str]) -> Child {
    let mut command = desk.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

fn kill_nine(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it runs");
}

/// Kills the process that drives, and the shim and the command of this try as well.
fn kill_all(desk: &Desk, driver: &mut Child, attempt: &str) {
    driver.kill().expect("it runs");
    ends(driver);
    let path = desk
        .folder()
        .join("steps")
        .join(attempt)
        .join("command.pid");
    let command = fs::read_to_string(path).expect("the command runs");
    kill_nine(desk.shim(attempt));
    let command = command.split_whitespace().next().expect("a word");
    kill_nine(command.parse().expect("a process id"));
}

fn secret_folder(desk: &Desk, attempt: &str) -> PathBuf {
    let record = desk
        .folder()
        .join("steps")
        .join(attempt)
        .join("secret-folder");
    PathBuf::from(fs::read_to_string(record).expect("the try has a secret"))
}

/// A process that was killed may take a moment to be gone.
fn is_removed_by(desk: &Desk, verb: &[&str], secret: &Path) {
    until("the secret is removed", || {
        desk.run(verb).exits(0);
        !secret.exists()
    });
}

/// Whatever lists, shows or begins runs says that somebody has to come back to this one, and how.
fn is_left(desk: &Desk, short: &str, words: &str, way: &str) {
    let says = |ran: Ran, text: &str| {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    };
    says(desk.run(&["status", short]).exits(0), words);
    says(desk.run(&["status", short]).exits(0), way);
    says(desk.run(&["runs"]).exits(0), words);
    says(desk.run(&[]).exits(0), way);
    says(desk.run(&["watch", short]), way);
    says(
        desk.run(&["plan", "work", "--target", "target"]),
        "held by run",
    );
    let refused = desk.exec(&[]).exits(9);
    assert!(!refused.stderr.contains("open run"), "{}", refused.stderr);
    says(refused, &format!("continue with that one: {way}"));
    says(
        desk.run(&["gc", "--keep", "0s"]).exits(0),
        "0 runs removed, 1 kept",
    );
}

fn with_finally() -> (Desk, String, Child) {
    let desk = desk(&format!(
        "steps:\n  - {{ id: gate, title: Gate, approve: {{ role: developer, text: May I? }} }}\nfinally:\n  - id: last\n    title: Last\n    run: {SLOW}"
    ));
    desk.exec(&[]).exits(5);
    let short = short(&desk);
    let driver = driver(&desk, &["abort", &short, "--reason", "no"]);
    desk.wait_for_effects(1);
    (desk, short, driver)
}

#[test]
fn a_run_whose_finally_was_cut_off_is_not_over() {
    let (desk, short, mut driver) = with_finally();
    driver.kill().expect("it runs");
    ends(&mut driver);

    let way = format!("runbook resume {short}");
    is_left(&desk, &short, "aborted, its finally is not done", &way);

    desk.project.write("target/go", "");
    desk.run(&["resume"]).exits(12);
    assert_eq!(desk.effects(), ["begins", "ends"]);
    assert!(desk.run(&["status", &short]).stdout.contains("  aborted\n"));
    desk.exec(&[]).exits(5);
}

#[test]
fn a_finally_in_doubt_says_so_and_leaves_no_secret_behind() {
    let (desk, short, mut driver) = with_finally();
    let secret = secret_folder(&desk, "last.1");
    kill_all(&desk, &mut driver, "last.1");
    assert!(secret.exists());

    is_removed_by(&desk, &[], &secret);
    let ran = desk.run(&["resume", &short]).exits(12);
    for words in ["IN DOUBT", "nobody knows whether it was done"] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    assert_eq!(desk.effects(), ["begins"]);
    desk.exec(&[]).exits(5);
}

#[test]
fn a_finished_run_whose_taking_back_was_cut_off_is_not_at_rest() {
    let desk = desk(&format!(
        "steps:\n  - id: one\n    title: One\n    run: \"true\"\n    undo:\n      run: {}",
        SLOW.replace("\n  ", "\n    ")
    ));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    let undo = ["undo", &short, "--confirm", &short];
    let mut driver = driver(&desk, &undo);
    desk.wait_for_effects(1);
    let secret = secret_folder(&desk, "one.undo.1");
    kill_all(&desk, &mut driver, "one.undo.1");
    assert!(secret.exists());

    is_removed_by(&desk, &["runs"], &secret);
    let way = format!("runbook undo {short} --confirm {short}");
    is_left(&desk, &short, "finished, the undo of one has begun", &way);
}

#[test]
fn a_taking_back_cut_off_between_two_steps_has_the_lock_and_is_kept() {
    let step = |id: &str| {
        format!(
            "  - id: {id}\n    title: {id}\n    run: \"true\"\n    undo: {{ run: \"echo {id} >> effects\" }}\n"
        )
    };
    let desk = desk(&format!("steps:\n{}{}", step("one"), step("two")));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    let undo = ["undo", &short, "--confirm", &short];
    let mut killed = desk.command(&undo);
    killed.env("RUNBOOK_FAIL", "journal.write:5:before");
    killed.output().expect("it starts");
    assert_eq!(desk.effects(), ["two"]);

    let way = format!("runbook undo {short} --confirm {short}");
    is_left(&desk, &short, "finished, undone in part", &way);
    desk.run(&undo).exits(7);
    assert_eq!(desk.effects(), ["two", "one"]);
    desk.exec(&[]).exits(0);
}

/// Whoever has no more to do with a run is not said to drive it, wherever they were.
#[test]
fn nobody_drives_a_run_that_is_over_though_somebody_came_back_to_it() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: \"true\"\n    undo: { run: \"test -e go\" }\n",
    );
    desk.exec(&[]).exits(0);
    let (short, folder) = (short(&desk), desk.folder());
    let undo = ["undo", &short, "--confirm", &short];
    let says = |code: i32, words: &[&str]| {
        let lines = desk.events();
        let ran = desk.run(&["resume", &short]).exits(code);
        for words in words {
            assert!(ran.stdout.contains(words), "{}", ran.stdout);
        }
        assert_eq!(desk.events(), lines, "nothing is written down");
    };
    says(0, &["nothing is left to do: the run is finished"]);
    desk.run(&undo).exits(8);
    let way = format!("continue with: runbook undo {short} --confirm {short}");
    says(8, &["the undo of one failed", &way]);
    desk.project.write("target/go", "");
    desk.run(&undo).exits(7);
    says(7, &["nothing is left to do: the run is undone"]);

    desk.forge_in(&folder, |line| {
        if line["type"] == "run.opened" {
            line["host"] = "another-machine".into();
            line["boot"] = "another-boot".into();
        }
    });
    for verb in [&["status", &short][..], &["runs"], &["watch", &short]] {
        let ran = desk.run(verb);
        assert!(!ran.stdout.contains("driven by"), "{}", ran.stdout);
    }
}
