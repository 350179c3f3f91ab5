//! What is killed at moments that nobody chose: above all hundreds of runs, with commands that do
//! what makes them hard to find again. Most of it is run by `tests/run long`, which prints what it
//! counted.

use crate::desk::{Desk, at_once, until};
use crate::project::ends;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

/// How many runs there are.
const RUNS: usize = 600;
/// How often a run is taken up until it has to be over.
const PATIENCE: usize = 8;

/// Closes everything but input and output.
const CLOSE: &str =
    r#"for fd in /proc/self/fd/*; do n=${fd##*/}; [ "$n" -le 2 ] || eval "exec $n>&-"; done"#;

/// Commands, in what they do beside acting; `ACT` stands for that.
const COMMANDS: [(&str, &str); 7] = [
    ("plain", "bash act"),
    ("closes", "CLOSE; bash act"),
    ("ignores signals", "trap '' INT TERM HUP; CLOSE; bash act"),
    ("forks", "( CLOSE; bash act ) & CLOSE; wait"),
    (
        "leaves its group",
        "set -m; ( CLOSE; bash act ) & CLOSE; wait",
    ),
    ("starts a session", "CLOSE; setsid --wait bash act"),
    ("replaces itself", "CLOSE; exec bash act"),
];

/// Says that it begins, and whether another one is at work (one that has ended may wait for its
/// parent); works a while; says that it is done.
const ACT: &str = "if test -e busy && grep -q 'State:.[^ZX]' \"/proc/$(cat busy)/status\" 2> /dev/null; then echo beside >> effects; fi\necho $$ > busy\necho begun >> effects\nsleep 0.2\necho done >> effects\nrm -f busy\n";

/// What a step says of itself: whether it may be repeated, and whether anybody can tell.
const STEPS: [(&str, &str); 3] = [
    (
        "once, can be verified",
        "    verify: { run: grep -q begun effects, absent: [1] }\n",
    ),
    ("once", "    undo: { none: It is a test. }\n"),
    ("idempotent", "    effect: idempotent\n"),
];

/// Who is killed, in this order.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Driver,
    Shim,
    Command,
}

const VICTIMS: [&[Victim]; 6] = [
    &[Victim::Driver],
    &[Victim::Shim],
    &[Victim::Driver, Victim::Shim],
    &[Victim::Shim, Victim::Driver],
    &[Victim::Command],
    &[Victim::Driver, Victim::Shim, Victim::Command],
];

/// The next number of a row that is the same each time. See Marsaglia, Xorshift RNGs (2003).
pub(crate) fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// The process id in the first word of a file, if it is there.
fn process(path: &std::path::Path) -> Option<i32> {
    let text = fs::read_to_string(path).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn kill_nine(pid: Option<i32>) -> bool {
    pid.is_some_and(|pid| kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok())
}

/// The folder of the first try of the step, once it is there.
fn try_folder(desk: &Desk) -> Option<std::path::PathBuf> {
    let runs = fs::read_dir(desk.project.path("state/desk/runs")).ok()?;
    let mut runs = runs.filter_map(|run| Some(run.ok()?.path().join("steps/work.1")));
    runs.find(|folder| folder.exists())
}

/// One run, and what came of it.
fn suffer(number: usize) -> Vec<&'static str> {
    let (command, script) = COMMANDS[number % COMMANDS.len()];
    let (step, further) = STEPS[number / COMMANDS.len() % STEPS.len()];
    let victims = VICTIMS[number / COMMANDS.len() / STEPS.len() % VICTIMS.len()];
    let what = format!("{number}: {command}, {step}, {victims:?}");
    let desk = Desk::with(&format!(
        "steps:\n  - id: work\n    title: Work\n    run: |\n      {}\n{further}",
        script.replace("CLOSE", CLOSE)
    ));
    desk.project.write("target/act", ACT);
    let mut seed = 0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1);
    let mut driver = desk.start();
    // Sometimes in the middle of its start, mostly while it acts.
    if !next(&mut seed).is_multiple_of(4) {
        until("the effect, or the end", || {
            !desk.effects().is_empty() || driver.try_wait().expect("it is ours").is_some()
        });
    }
    std::thread::sleep(Duration::from_millis(next(&mut seed) % 120));
    let mut counted = vec!["runs"];
    for victim in victims {
        let folder = try_folder(&desk);
        let of = |name| {
            folder
                .as_ref()
                .and_then(|folder| process(&folder.join(name)))
        };
        let is_dead = match victim {
            Victim::Driver => kill_nine(Some(driver.id() as i32)),
            Victim::Shim => kill_nine(of("pid")),
            Victim::Command => kill_nine(process(&desk.project.path("target/busy"))),
        };
        counted.extend(is_dead.then_some("kills"));
    }
    ends(&mut driver);
    let all = desk.json(&["runs", "--json"]);
    if all.as_array().is_some_and(Vec::is_empty) {
        // It was killed before its run came into being.
        desk.exec(&[]);
    }
    take_up(&desk, &what, &mut counted);
    let effects = desk.effects();
    let times = |word: &str| effects.iter().filter(|line| *line == word).count();
    assert_eq!(times("beside"), 0, "{what}: {effects:?}");
    if step != "idempotent" {
        let failed = counted.contains(&"failures");
        let is_right = times("begun") == 1 || (failed && times("begun") == 0);
        assert!(is_right, "{what}: {effects:?}");
    }
    counted
}

/// Takes the run up until it is over, and answers doubts with what is true.
fn take_up(desk: &Desk, what: &str, counted: &mut Vec<&'static str>) {
    let mut said = String::new();
    for _ in 0..PATIENCE {
        let open = desk.json(&["runs", "--open", "--json"]);
        if open.as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let ran = desk.run(&["resume"]);
        assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
        said = format!("{:?} {}{}", ran.code, ran.stdout, ran.stderr);
        let is = match (ran.code, desk.effects().is_empty()) {
            (Some(0), _) => return,
            (Some(6), true) => "work=absent",
            (Some(6), false) => "work=done",
            // It failed, as what it started was killed: a person decides.
            (Some(1), _) => {
                desk.run(&["abort", &desk.id(), "--reason", "it was killed"])
                    .exits(0);
                counted.push("failures");
                return;
            }
            _ => continue,
        };
        counted.push("doubts");
        desk.run(&["resume", "--assume", is, "--reason", "looked"]);
    }
    panic!("{what}: it does not come to its end: {said}");
}

#[test]
#[ignore = "long: hundreds of runs"]
fn nothing_is_done_twice_or_beside_itself_whoever_is_killed() {
    let counts = Mutex::new(BTreeMap::<&str, usize>::new());
    at_once(RUNS, |number| {
        for word in suffer(number) {
            *counts.lock().expect("no panic").entry(word).or_default() += 1;
        }
    });
    let counts = counts.into_inner().expect("no panic");
    println!("{counts:?}");
    assert!(counts["kills"] > RUNS / 2, "{counts:?}");
    assert!(counts["doubts"] > RUNS / 20, "{counts:?}");
}

/// `exec --detach` is killed at moments that nobody chose: there is a run that goes on or can be
/// taken up, or there is none.
#[test]
#[ignore = "long: dozens of runs"]
fn a_run_that_is_begun_in_the_background_is_there_or_is_not() {
    let counts = Mutex::new([0; 2]);
    at_once(60, |number| {
        let desk = Desk::with(
            "steps:\n  - id: work\n    title: Work\n    run: |\n      echo begun >> effects\n    undo: { none: It is a test. }\n",
        );
        let mut command = desk.command(&["exec", "work", "--target", "target", "--detach"]);
        let mut seed = 0x2545_F491_4F6C_DD1D ^ (number as u64 + 1);
        let mut launcher = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(Duration::from_millis(next(&mut seed) % 600));
        launcher.kill().expect("it is ours");
        ends(&mut launcher);
        let open = || desk.json(&["runs", "--open", "--json"]);
        let all = desk.json(&["runs", "--json"]);
        let is_there = all.as_array().is_some_and(|runs| runs.len() == 1);
        assert!(
            is_there || all.as_array().is_some_and(Vec::is_empty),
            "{all}"
        );
        counts.lock().expect("no panic")[usize::from(is_there)] += 1;
        until("the run to be over", || {
            let is_open = open().as_array().is_some_and(|runs| !runs.is_empty());
            // Nobody drives it if its launcher died before it could hand it over.
            if is_open {
                desk.run(&["resume"]);
            }
            !is_open
        });
        assert_eq!(
            desk.effects().len(),
            usize::from(is_there),
            "{number}: {all}"
        );
    });
    let [none, there] = counts.into_inner().expect("no panic");
    println!("in the background: {there} runs, {none} that never began");
    assert!(there > 0 && none > 0, "{there} and {none}");
}

/// `gc` is killed at each of its operations: a run is wholly there, or gone.
#[test]
fn a_run_that_is_removed_is_wholly_there_or_gone() {
    for (point, is_there) in [
        ("run.rename:1:before", true),
        ("run.rename:1:after", false),
        ("run.remove:1:before", false),
        ("run.remove:1:after", false),
    ] {
        let desk = Desk::with_old_run("v1-finished");
        let id = desk.id();
        let mut gc = desk.command(&["gc", "--keep", "1d"]);
        let ended = gc.env("RUNBOOK_FAIL", point).status().expect("it starts");
        assert_eq!(ended.code(), None, "{point}: it was killed");

        let runs = desk.json(&["runs", "--json"]);
        assert_eq!(
            runs.as_array().map(Vec::len),
            Some(usize::from(is_there)),
            "{point}"
        );
        if is_there {
            desk.run(&["verify", &id]).exits(0);
        }
        desk.run(&["gc", "--keep", "1d"]).exits(0);
        desk.exec(&[]).exits(0);
        let names = fs::read_dir(desk.project.path("state/desk/runs")).expect("a folder");
        assert_eq!(names.count(), 1, "{point}: nothing of the other is left");
    }
}
