//! Two people do something to the same run at the same moment: one is the first, and the other is
//! told so.

use crate::desk::{Desk, at_once, until};
use crate::project::Ran;
use crate::terminal::Terminal;
use nix::fcntl::{Flock, FlockArg};
use std::cell::RefCell;
use std::fs;
use std::process::{Child, Stdio};

/// Starts commands at once, in this order or the other way round, and waits for all of them.
fn both(desk: &Desk, round: usize, commands: [&[&str]; 2]) -> [Ran; 2] {
    let start = |arguments: &[&str]| started(desk, arguments);
    let [one, other] = commands;
    let [one, other] = match round.is_multiple_of(2) {
        true => {
            let one = start(one);
            [one, start(other)]
        }
        false => {
            let other = start(other);
            [start(one), other]
        }
    };
    [ended(one), ended(other)]
}

fn started(desk: &Desk, arguments: &[&str]) -> Child {
    let mut command = desk.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

fn ended(child: Child) -> Ran {
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran
}

fn times(desk: &Desk, event: &str) -> usize {
    let events = desk.events();
    events.iter().filter(|found| *found == event).count()
}

/// What is said by whoever was too late.
fn is_refused(ran: &Ran, why: &str) -> bool {
    ran.code == Some(2) && ran.stderr.contains(why)
}

#[test]
fn of_two_who_resume_at_once_one_drives_and_the_other_is_told() {
    const ROUNDS: usize = 20;
    let steps: String = (0..ROUNDS)
        .map(|at| {
            format!(
                "  - {{ id: ready{at}, title: Ready, manual: {{ text: Go }} }}\n  - id: work{at}\n    title: Work\n    run: |\n      echo {at} >> effects\n      until test -e go{at}; do sleep 0.02; done\n    undo: {{ none: It is a test. }}\n"
            )
        })
        .collect();
    let desk = Desk::with(&format!("steps:\n{steps}"));
    desk.exec(&[]).exits(5);
    let run = desk.id();
    for at in 0..ROUNDS {
        desk.run(&["answer", &run, &format!("ready{at}")]).exits(0);
        let two = [(); 2].map(|()| RefCell::new(started(&desk, &["resume", &run])));
        let has_ended = |child: &RefCell<Child>| {
            let ended = child.borrow_mut().try_wait();
            ended.expect("it is ours").is_some()
        };
        until("one of them to give up", || two.iter().any(has_ended));
        let is_first = has_ended(&two[0]);
        let driving = two[usize::from(is_first)].borrow().id();
        desk.project.write(&format!("target/go{at}"), "");
        let [one, other] = two.map(|child| ended(child.into_inner()));
        let (late, driver) = if is_first { (one, other) } else { (other, one) };
        assert_eq!(late.code, Some(9), "{late:?}");
        let words = format!("is being driven by process {driving} on ");
        assert!(late.stderr.contains(&words), "{words}: {}", late.stderr);
        driver.exits(if at + 1 < ROUNDS { 5 } else { 0 });
        assert_eq!(desk.effects().len(), at + 1, "nothing ran twice");
    }
    assert_eq!(times(&desk, "run.opened"), ROUNDS + 1);
    desk.run(&["verify", &run]).exits(0);
}

#[test]
fn of_two_who_say_yes_at_once_one_is_heard_and_both_know_which() {
    const ROUNDS: usize = 20;
    let gates: String = (0..ROUNDS)
        .map(|at| format!("  - {{ id: go{at}, title: Go, approve: {{ role: developer, count: 1, text: Go? }} }}\n"))
        .collect();
    let desk = Desk::with(&format!("steps:\n{gates}"));
    desk.exec(&[]).exits(5);
    let run = desk.id();
    for at in 0..ROUNDS {
        let gate = format!("go{at}");
        // The same person twice is no better than two.
        let other = if at.is_multiple_of(4) { "bob" } else { "cleo" };
        let said = both(
            &desk,
            at,
            [
                &["approve", &run, &gate, "--as", "bob"],
                &["approve", &run, &gate, "--as", other],
            ],
        );
        let heard = said.iter().filter(|ran| ran.code == Some(0)).count();
        let late = said.iter().filter(|ran| is_refused(ran, "is done already"));
        assert_eq!((heard, late.count()), (1, 1), "{said:?}");
        assert_eq!(times(&desk, &format!("gate.approved {gate}")), 1);
        desk.run(&["resume", &run])
            .exits(if at + 1 < ROUNDS { 5 } else { 0 });
    }
    desk.run(&["verify", &run]).exits(0);
}

#[test]
fn who_resumes_while_somebody_says_yes_is_not_sent_away() {
    for round in 0..20 {
        let desk = Desk::with(GATE);
        desk.exec(&[]).exits(5);
        let run = desk.id();
        let [yes, resumed] = both(
            &desk,
            round,
            [&["approve", &run, "go", "--as", "bob"], &["resume", &run]],
        );
        assert_eq!(yes.code, Some(0), "{yes:?}");
        // It came before the yes, or behind it.
        assert!(matches!(resumed.code, Some(0 | 5)), "{resumed:?}");
        assert_eq!(times(&desk, "gate.approved go"), 1);
        desk.run(&["resume", &run]).exits(0);
        desk.run(&["verify", &run]).exits(0);
    }
}

const GATE: &str =
    "steps:\n  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }\n";

#[test]
fn a_yes_and_an_end_at_once_leave_an_ended_run_and_a_yes_only_if_it_was_the_first() {
    let mut first = 0;
    for round in 0..20 {
        let desk = Desk::with(GATE);
        desk.exec(&[]).exits(5);
        let run = desk.id();
        let [yes, end] = both(
            &desk,
            round,
            [
                &["approve", &run, "go", "--as", "bob"],
                &["abort", &run, "--reason", "wrong version"],
            ],
        );
        assert_eq!(end.code, Some(0), "{end:?}");
        assert_eq!(times(&desk, "run.aborted"), 1);
        let was_first = yes.code == Some(0);
        assert!(
            was_first || is_refused(&yes, "the run has ended already"),
            "{yes:?}"
        );
        assert_eq!(times(&desk, "gate.approved go"), usize::from(was_first));
        first += usize::from(was_first);
        desk.run(&["resume", &run]).exits(12);
        desk.run(&["verify", &run]).exits(0);
    }
    assert!(first < 20, "the yes was always the first");
}

#[test]
fn of_a_yes_and_a_no_at_once_one_counts() {
    for round in 0..20 {
        let desk = Desk::with(GATE);
        desk.exec(&[]).exits(5);
        let run = desk.id();
        one_counts(&desk, round, &run);
        let code = if times(&desk, "gate.approved go") == 1 {
            0
        } else {
            4
        };
        desk.run(&["resume", &run]).exits(code);
        desk.run(&["verify", &run]).exits(0);
    }
}

#[test]
fn of_a_yes_and_a_no_to_a_run_that_is_driven_one_counts() {
    for round in 0..8 {
        let desk = Desk::with(GATE);
        let mut terminal = Terminal::start(desk.command(&["exec", "work", "--target", "target"]));
        terminal.shows("waiting for the answer");
        let run = desk.id();
        one_counts(&desk, round, &run);
        let code = if times(&desk, "gate.approved go") == 1 {
            0
        } else {
            4
        };
        assert_eq!(terminal.ends(), code, "{}", terminal.text());
        desk.run(&["verify", &run]).exits(0);
    }
}

/// Says yes and no to the gate at once: one of them is in the record, and whoever said it was told so.
fn one_counts(desk: &Desk, round: usize, run: &str) {
    let [yes, no] = both(
        desk,
        round,
        [
            &["approve", run, "go", "--as", "bob"],
            &[
                "reject",
                run,
                "go",
                "--as",
                "cleo",
                "--reason",
                "not before Monday",
            ],
        ],
    );
    let late =
        |ran: &Ran| is_refused(ran, "already") || is_refused(ran, "the run has ended already");
    assert!(
        (yes.code == Some(0) && late(&no)) || (no.code == Some(0) && late(&yes)),
        "{yes:?} {no:?}"
    );
    assert_eq!(
        times(desk, "gate.approved go"),
        usize::from(yes.code == Some(0))
    );
    assert_eq!(
        times(desk, "gate.rejected go"),
        usize::from(no.code == Some(0))
    );
}

#[test]
fn who_looks_at_runs_while_they_are_removed_sees_those_that_are_there() {
    let desk = Desk::with("steps:\n  - { id: look, title: Look, check: { run: \"true\" } }\n");
    at_once(16, |_| {
        desk.exec(&[]).exits(0);
    });
    let removing = started(&desk, &["gc", "--keep", "0s"]);
    let looking: Vec<Child> = (0..16)
        .map(|at| started(&desk, [&["runs"], &["status"]][at % 2]))
        .collect();
    for ran in looking.into_iter().map(ended) {
        let is_empty = ran.stderr.contains("no run is open");
        assert!(ran.code == Some(0) || is_empty, "{ran:?}");
    }
    assert_eq!(ended(removing).code, Some(0));
    assert_eq!(desk.json(&["runs", "--json"]), serde_json::json!([]));
}

#[test]
fn of_two_who_begin_with_the_same_lock_at_once_one_does() {
    for round in 0..20 {
        let desk = Desk::with(&format!("lock: {{ key: one }}\n{GATE}"));
        let exec: &[&str] = &["exec", "work", "--target", "target"];
        let ran = both(&desk, round, [exec, exec]);
        let short = desk.id()[20..].to_owned();
        let begun = ran.iter().filter(|ran| ran.code == Some(5)).count();
        let told = ran.iter().filter(|ran| {
            ran.code == Some(9) && ran.stderr.contains(&format!("runbook resume {short}"))
        });
        assert_eq!((begun, told.count()), (1, 1), "{ran:?}");
    }
}

/// Whether a process waits for a lock that somebody else has.
fn waits_for_a_lock(pid: u32) -> bool {
    let locks = fs::read_to_string("/proc/locks").expect("there is a list of locks");
    let pid = pid.to_string();
    let mut lines = locks.lines();
    lines.any(|line| line.contains("->") && line.split_whitespace().any(|word| word == pid))
}

#[test]
fn a_run_that_got_a_line_since_it_was_found_to_be_old_is_kept() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: \"true\"\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(0);
    let id = desk.id();
    let lock = fs::File::options()
        .write(true)
        .open(desk.project.path("state/desk/create.lock"))
        .expect("there is one");
    let held = Flock::lock(lock, FlockArg::LockExclusive).expect("it can be had");
    let mut gc = desk.command(&["gc", "--keep", "0s"]);
    let gc = gc.stdout(Stdio::piped()).spawn().expect("it starts");
    until("the wait for the lock", || waits_for_a_lock(gc.id()));

    desk.run(&["note", &id, "it is needed still"]).exits(0);
    drop(held);

    let said = gc.wait_with_output().expect("it ends").stdout;
    let said = String::from_utf8(said).expect("it is text");
    assert!(said.contains("0 runs removed, 1 kept"), "{said}");
    desk.run(&["verify", &id]).exits(0);
}
