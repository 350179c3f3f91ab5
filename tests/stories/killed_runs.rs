//! Somebody runs a runbook, and something kills it.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

/// A step that says that it began, and ends when the file `go` is there.
fn slow(id: &str, further: &str) -> String {
    format!(
        "  - id: {id}\n    title: Slow\n    run: |\n      echo {id} >> effects\n      until test -e go; do sleep 0.02; done\n{further}"
    )
}

const AFTER: &str = "  - id: after\n    title: After\n    run: |\n      echo after >> effects\n    effect: idempotent\n";

fn kill_nine(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the process is there");
}

fn kill_program(child: &mut Child) {
    kill_nine(child.id() as i32);
    ends(child);
}

#[test]
fn a_step_outlives_the_killed_program_and_is_not_repeated() {
    let desk = Desk::with(&format!("steps:\n{}{AFTER}", slow("work", "")));
    let mut program = desk.start();
    desk.wait_for_effects(1);

    kill_program(&mut program);
    assert!(
        !desk.folder().join("steps/work.1/exit.json").exists(),
        "the step goes on"
    );
    desk.project.write("target/go", "");
    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects(), ["work", "after"]);
    assert_eq!(
        desk.events()
            .iter()
            .filter(|event| *event == "step.started work")
            .count(),
        1
    );
}

#[test]
fn resume_waits_for_a_step_that_still_runs() {
    let desk = Desk::with(&format!("steps:\n{}", slow("work", "")));
    let mut program = desk.start();
    desk.wait_for_effects(1);
    kill_program(&mut program);

    std::thread::scope(|scope| {
        let resumed = scope.spawn(|| desk.run(&["resume"]));
        until("the second driver", || {
            desk.events()
                .iter()
                .filter(|event| *event == "run.opened")
                .count()
                == 2
        });
        desk.project.write("target/go", "");
        resumed.join().expect("it ends").exits(0);
    });

    assert_eq!(desk.effects(), ["work"]);
}

#[test]
fn with_the_shim_killed_too_a_step_that_must_happen_once_is_in_doubt() {
    let desk = Desk::with(&format!(
        "steps:\n{}",
        slow("work", "    undo: { none: It is a test. }\n")
    ));
    let mut program = desk.start();
    desk.wait_for_effects(1);

    kill_program(&mut program);
    kill_nine(desk.shim("work.1"));
    desk.project.write("target/go", "");
    let resumed = desk.run(&["resume"]).exits(6);

    assert!(resumed.stdout.contains("IN DOUBT"), "{}", resumed.stdout);
    assert_eq!(desk.effects(), ["work"], "it is never repeated unasked");
    desk.run(&["resume"]).exits(6);
    assert_eq!(desk.effects(), ["work"]);
}

#[test]
fn a_verify_that_could_not_tell_is_asked_again_by_whoever_resumes() {
    for (found, expected) in [("here", vec!["work"]), ("gone", vec!["work", "work"])] {
        let verify = "    verify: { run: \"test -e here && exit 0; test -e gone && exit 1; exit 7\", absent: [1] }\n";
        let desk = Desk::with(&format!("steps:\n{}", slow("work", verify)));
        let mut program = desk.start();
        desk.wait_for_effects(1);
        kill_program(&mut program);
        kill_nine(desk.shim("work.1"));
        desk.project.write("target/go", "");
        desk.run(&["resume"]).exits(6);
        assert_eq!(desk.effects(), ["work"], "nobody can tell yet");

        desk.project.write(&format!("target/{found}"), "");
        desk.run(&["resume"]).exits(0);

        assert_eq!(desk.effects(), expected, "{found}");
    }
}

#[test]
fn with_the_shim_killed_too_the_doubt_is_settled_by_verify_or_by_the_effect() {
    for (name, further, expected) in [
        (
            "verify says yes",
            "    verify: { run: \"grep -q work effects\", absent: [1] }\n",
            vec!["work"],
        ),
        (
            "verify says no",
            "    verify: { run: \"test -e never\", absent: [1] }\n",
            vec!["work", "work"],
        ),
        (
            "it can be repeated",
            "    effect: idempotent\n",
            vec!["work", "work"],
        ),
    ] {
        let desk = Desk::with(&format!("steps:\n{}", slow("work", further)));
        let mut program = desk.start();
        desk.wait_for_effects(1);

        kill_program(&mut program);
        kill_nine(desk.shim("work.1"));
        desk.project.write("target/go", "");
        desk.run(&["resume"]).exits(0);

        assert_eq!(desk.effects(), expected, "{name}");
    }
}

#[test]
fn a_step_whose_shim_dies_is_not_begun_again_and_again() {
    for (fail, effects) in [
        ("pid.write:1:EIO", 1),
        ("pid.sync:1:before", 1),
        ("exit.write:1:before", 2), // it happened, and is safe to repeat
    ] {
        let desk = Desk::with(&format!("steps:\n{AFTER}"));
        let mut command = desk.command(&["exec", "work", "--target", "target"]);
        let output = command.env("RUNBOOK_FAIL", fail).output();
        let ran = Ran::of(&output.expect("the program starts")).exits(1);
        for words in ["watches `after`", "runbook resume"] {
            assert!(ran.stderr.contains(words), "{fail}: {}", ran.stderr);
        }
        let starts = |event: &String| event == "step.started after";
        assert_eq!(
            desk.events().into_iter().filter(starts).count(),
            1,
            "{fail}"
        );

        desk.run(&["resume"]).exits(0);

        assert_eq!(desk.effects().len(), effects, "{fail}");
    }
}

#[test]
fn an_orphaned_command_never_runs_beside_its_repeat() {
    let desk = Desk::with(&format!(
        "steps:\n{}",
        slow("work", "    effect: idempotent\n")
    ));
    let mut program = desk.start();
    desk.wait_for_effects(1);
    kill_program(&mut program);
    kill_nine(desk.shim("work.1"));

    std::thread::scope(|scope| {
        let resumed = scope.spawn(|| desk.run(&["resume"]));
        until("the second driver", || {
            desk.events()
                .iter()
                .filter(|event| *event == "run.opened")
                .count()
                == 2
        });
        assert_eq!(
            desk.effects(),
            ["work"],
            "the orphan lives, so the repeat waits"
        );
        desk.project.write("target/go", "");
        resumed.join().expect("it ends").exits(0);
    });

    assert_eq!(desk.effects(), ["work", "work"]);
}

#[test]
fn a_torn_last_line_is_cut_off_and_the_run_goes_on() {
    let desk = Desk::with(&format!("steps:\n{}{AFTER}", slow("work", "")));
    let mut program = desk.start();
    desk.wait_for_effects(1);
    kill_program(&mut program);
    let path = desk.folder().join("journal.jsonl");
    let whole = fs::read_to_string(&path).expect("it is there");
    fs::write(&path, format!("{whole}{{\"v\":1,\"seq\":4,\"at\":\"20")).expect("it can be written");
    desk.project.write("target/go", "");

    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects(), ["work", "after"]);
    assert!(desk.events().contains(&"journal.recovered".to_owned()));
}

#[test]
fn an_altered_journal_is_refused_and_left_alone() {
    let desk = Desk::with("steps:\n  - { id: stop, title: Stop, check: { run: \"false\" } }\n");
    desk.exec(&[]).exits(1);
    let path = desk.folder().join("journal.jsonl");
    let altered =
        fs::read_to_string(&path)
            .expect("it is there")
            .replacen("\"exit\":1", "\"exit\":0", 1);
    fs::write(&path, &altered).expect("it can be written");

    let resumed = desk.run(&["resume"]).exits(10);

    assert!(resumed.stderr.contains("was altered"), "{}", resumed.stderr);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), altered);
}

#[test]
fn an_open_run_keeps_its_lock_when_its_program_is_killed() {
    let desk = Desk::with(&format!(
        "lock: {{ key: one }}\nsteps:\n{}",
        slow("work", "")
    ));
    let mut program = desk.start();
    desk.wait_for_effects(1);

    let beside = desk.exec(&[]).exits(9);
    let short = desk.id()[20..].to_owned();
    assert!(
        beside.stderr.contains(&format!("runbook resume {short}")),
        "{}",
        beside.stderr
    );
    desk.run(&["resume", &short]).exits(9);

    kill_program(&mut program);
    desk.exec(&[]).exits(9);
    desk.project.write("target/go", "");
    desk.run(&["resume", &short]).exits(0);
    desk.exec(&[]).exits(0);
}

#[test]
fn an_undo_that_must_happen_once_is_in_doubt_too_when_its_end_is_unknown() {
    for (verify, known, expected) in [
        ("", "", vec!["work", "back"]),
        (
            ", verify: { run: \"test -e here && exit 0; exit 7\", absent: [1] }",
            "here",
            vec!["work", "back"],
        ),
        (
            ", verify: { run: \"test -e gone && exit 1; exit 7\", absent: [1] }",
            "gone",
            vec!["work", "back", "back"],
        ),
    ] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: work\n    title: Work\n    run: |\n      echo work >> effects\n    undo: {{ run: \"echo back >> effects; until test -e go; do sleep 0.02; done\"{verify} }}\n  - {{ id: fail, title: Fail, check: {{ run: \"false\" }} }}\n"
        ));
        desk.exec(&[]).exits(1);
        let mut program = desk
            .command(&["undo"])
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        desk.wait_for_effects(2);
        kill_program(&mut program);
        kill_nine(desk.shim("work.undo.1"));
        desk.project.write("target/go", "");

        let again = desk.run(&["undo"]).exits(8);
        assert!(again.stdout.contains("IN DOUBT"), "{}", again.stdout);
        desk.run(&["undo"]).exits(8);
        assert_eq!(
            desk.effects(),
            ["work", "back"],
            "it is never repeated unasked"
        );

        if !known.is_empty() {
            desk.project.write(&format!("target/{known}"), "");
            desk.run(&["undo"]).exits(7);
        }
        assert_eq!(desk.effects(), expected, "{known}");
    }
}

/// The shim has not read its secrets yet, because somebody has the lock of the try.
#[test]
fn a_shim_that_dies_before_it_has_its_secrets_is_told_of_as_any_other() {
    let desk = Desk::with(
        "params:\n  token: { type: secret, from: { command: [sh, -c, 'seq -s, 20000'] } }\nsteps:\n  - { id: first, title: First, run: 'echo first >> effects; until test -e go; do sleep 0.02; done' }\n  - { id: second, title: Second, run: 'wc -c < \"$RB_SECRET_TOKEN\" >> effects', effect: idempotent }\n",
    );
    let mut command = desk.command(&["exec", "work", "--target", "target"]);
    let program = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    desk.wait_for_effects(1);
    let attempt = desk.folder().join("steps/second.1");
    fs::create_dir(&attempt).expect("nothing is there");
    let log = fs::File::create(attempt.join("log")).expect("it can be made");
    let held = Flock::lock(log, FlockArg::LockExclusive).map_err(|(_, errno)| errno);
    let held = held.expect("nobody has it");
    desk.project.write("target/go", "");

    kill_nine(shim_of(&attempt));
    drop(held);
    let ran = Ran::of(&program.wait_with_output().expect("it ends")).exits(1);

    for words in ["watches `second`", "runbook resume"] {
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("Broken pipe"), "{}", ran.stderr);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["first", "108893"]);
}

/// The process that looks after the try in this folder.
fn shim_of(attempt: &Path) -> i32 {
    let mut found = None;
    until("the shim", || {
        let processes = fs::read_dir("/proc").expect("there are processes");
        found = processes.flatten().find_map(|process| {
            let words = fs::read(process.path().join("cmdline")).ok()?;
            let is_it = words
                .split(|byte| *byte == 0)
                .any(|word| word == attempt.as_os_str().as_encoded_bytes());
            is_it.then(|| process.file_name().to_str()?.parse().ok())?
        });
        found.is_some()
    });
    found.expect("it was found")
}
