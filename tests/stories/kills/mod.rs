//! `kill -9` at each operation on each kind of event, in real runs of the built program.
//!
//! Short runs, the scenes, are first let through with a trace of the fail points that they pass.
//! Of each pair of an operation and the event that it is for, the first moment is taken: the scene
//! is run again and killed there, before and after; then people do what they do, and the oracle
//! holds the run to what is promised. The pairs are those of `moments.txt`, no more and no less.

mod moments;
mod oracle;
mod scenes;

use crate::desk::{Desk, at_once, until};
use moments::{Moment, passed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use oracle::Told;
use scenes::{Line, SCENES, Scene};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::Mutex;

/// How many kills there may be.
const MOST: usize = 150;
/// How often a run is resumed before it has to be where it belongs.
const PATIENCE: usize = 4;

/// Events that no scene leads to.
const NOT_HERE: [(&str, &str); 6] = [
    ("step.done_by_hand", "a person at a terminal"),
    ("step.env_edited", "a person at a terminal"),
    ("shell.opened", "a person at a terminal"),
    ("shell.closed", "a person at a terminal"),
    ("person.waited", "a person at a terminal"),
    ("undo.resolved", "a person at a terminal"),
];

/// How a command of a scene ended.
struct Ended {
    code: Option<i32>,
    signal: Option<i32>,
    pid: u32,
    stdout: String,
    stderr: String,
}

/// Does a line of a scene; `env` are further variables. One that wants it gets a SIGTERM as soon as
/// its step had its effect.
fn perform(desk: &Desk, line: &Line, env: &[(&str, &str)]) -> Ended {
    start(desk, line.words, env, |child| {
        if line.is_told_to_go {
            tell_to_go(desk, child);
        }
    })
}

/// Starts the program with these words, does something with it, and waits for its end.
fn start(desk: &Desk, words: &str, env: &[(&str, &str)], act: impl FnOnce(&mut Child)) -> Ended {
    let run = run_of(desk).unwrap_or_default();
    let words: Vec<&str> = words
        .split(' ')
        .map(|word| if word == "RUN" { &run } else { word })
        .collect();
    let mut command = desk.command(&words);
    command.envs(env.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let pid = child.id();
    act(&mut child);
    let output = child.wait_with_output().expect("it ends");
    Ended {
        code: output.status.code(),
        signal: output.status.signal(),
        pid,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn tell_to_go(desk: &Desk, child: &mut Child) {
    let pid = Pid::from_raw(child.id() as i32);
    let child = RefCell::new(child);
    let has_ended = || child.borrow_mut().try_wait().expect("it is ours").is_some();
    until("the effect, or an early end", || {
        desk.project.path("target/did/left").exists() || has_ended()
    });
    if !has_ended() {
        kill(pid, Signal::SIGTERM).expect("it is there");
    }
    desk.project.write("target/go", "");
}

/// The only run that came fully into being, if there is one.
fn run_of(desk: &Desk) -> Option<String> {
    let names = std::fs::read_dir(desk.project.path("state/desk/runs")).ok()?;
    let mut names: Vec<String> = names
        .map(|entry| entry.expect("entries can be read").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert!(names.len() <= 1, "more than one run: {names:?}");
    names.pop()
}

/// Lets a scene through, and gives the moments of its lines.
fn rehearse(at: usize, scene: &Scene) -> Vec<Moment> {
    let desk = scene.desk();
    let mut moments = Vec::new();
    let mut lines = 0;
    for (number, line) in scene.lines.iter().enumerate() {
        let trace = desk.project.path(&format!("trace-{number}"));
        let mut env = vec![("RUNBOOK_TRACE", trace.to_str().expect("a path is text"))];
        env.extend(line.fails.map(|fails| ("RUNBOOK_FAIL", fails)));
        let ended = perform(&desk, line, &env);
        assert_eq!(
            ended.code, line.code,
            "{}, {}: {}{}",
            scene.name, line.words, ended.stdout, ended.stderr
        );
        let passes = passed(&trace);
        let types = oracle::types(&desk);
        // What a line fails in by itself leaves half a line, which is no event.
        if line.fails.is_none() {
            moments.extend(moments::of(&passes, ended.pid, &types, lines, (at, number)));
        }
        lines = types.len();
    }
    oracle::judge(&desk, scene, &Told::default(), "let through");
    moments
}

/// Does a scene up to a moment, dies there, and goes on.
fn survive(scene: &Scene, moment: &Moment, how: &str) {
    let what = format!("{}: {} {how}", scene.name, moment.words());
    let desk = scene.desk();
    let mut told = Told::default();
    let (before, rest) = scene.lines.split_at(moment.line);
    for line in before {
        let fails = line.fails.map(|fails| ("RUNBOOK_FAIL", fails));
        let ended = perform(&desk, line, fails.as_slice());
        assert_eq!(ended.code, line.code, "{what}: {}", ended.stderr);
        told.hear(&ended.stdout);
    }

    let trace = desk.project.path("trace");
    let fail = format!("{}:{}:{how}", moment.point, moment.nth);
    let env = [
        ("RUNBOOK_TRACE", trace.to_str().expect("a path is text")),
        ("RUNBOOK_FAIL", &fail),
    ];
    let killed = perform(&desk, &rest[0], &env);
    told.hear(&killed.stdout);
    let passes = passed(&trace);
    let dead = moments::who_died(&passes, moment);
    let dead = dead.unwrap_or_else(|| panic!("{what}: nobody came there, {}", killed.stderr));
    if !moment.of_shim {
        assert_eq!((dead, killed.signal), (killed.pid, Some(9)), "{what}");
    }
    told.is_kept(&desk, &what);

    for (again, line) in rest.iter().enumerate() {
        go_on(&desk, scene, line, again == 0, &mut told, &what);
    }
    oracle::judge(&desk, scene, &told, &what);
}

/// Does a line of a scene although something died: what drives the run is begun again until it has
/// come as far as it does by itself, and a person who was not told anything says it again.
fn go_on(desk: &Desk, scene: &Scene, line: &Line, again: bool, told: &mut Told, what: &str) {
    let is_last = std::ptr::eq(line, scene.lines.last().expect("a scene has lines"));
    let drives =
        ["exec", "resume", "undo"].contains(&line.words.split(' ').next().unwrap_or_default());
    let mut said = String::new();
    for _ in 0..PATIENCE {
        let words = match line.words.starts_with("exec") && run_of(desk).is_some() {
            true => "resume RUN --events",
            false => line.words,
        };
        let ended = start(desk, words, &[], |_| ());
        told.hear(&ended.stdout);
        said = format!("{words}: {:?} {}", ended.code, ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{what}: {said}");
        let is_doubt = scene.may_doubt && ended.code == Some(6);
        let is_enough = match drives {
            true => ended.code == line.code || (!is_last && ended.code == scene.code()),
            false => ended.code == line.code || (again && ended.code == Some(2)),
        };
        if is_doubt || is_enough {
            return;
        }
    }
    panic!("{what}: it does not come to its end: {said}");
}

#[test]
fn a_run_survives_kill_nine_at_each_operation_on_each_kind_of_event() {
    let rehearsed = Mutex::new(BTreeMap::new());
    at_once(SCENES.len(), |at| {
        let moments = rehearse(at, &SCENES[at]);
        rehearsed.lock().expect("no panic").insert(at, moments);
    });
    let rehearsed = rehearsed.into_inner().expect("no panic");
    let mut first: BTreeMap<String, Moment> = BTreeMap::new();
    for moment in rehearsed.into_values().flatten() {
        first.entry(moment.words()).or_insert(moment);
    }
    let found: BTreeSet<&str> = first.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = include_str!("moments.txt").lines().collect();
    let odd: Vec<&&str> = found.symmetric_difference(&listed).collect();
    assert!(odd.is_empty(), "not reached, or not listed: {odd:#?}");

    let kills: Vec<(&Moment, &str)> = first
        .values()
        .flat_map(|moment| moment.hows().iter().map(move |how| (moment, *how)))
        .collect();
    assert!(kills.len() <= MOST, "{} kills", kills.len());
    at_once(kills.len(), |at| {
        let (moment, how) = kills[at];
        survive(&SCENES[moment.scene], moment, how);
    });
}

#[test]
fn every_type_of_event_is_killed_at_or_has_a_reason_not_to_be() {
    let format = include_str!("../../../docs/formats/journal.md");
    let (_, table) = format
        .split_once("| Type | Members |")
        .expect("a table of events");
    let table = table.lines().skip(2).take_while(|line| !line.is_empty());
    let cells = table.filter_map(|line| line.split('|').nth(1));
    let rows = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let killed = include_str!("moments.txt").lines();
    let killed = killed.filter_map(|line| line.strip_prefix("journal.write "));
    let known: BTreeSet<&str> = killed.chain(NOT_HERE.map(|(name, _)| name)).collect();
    let missing: Vec<&str> = rows.filter(|name| !known.contains(name)).collect();
    assert!(known.len() > 30, "the events are listed");
    assert_eq!(missing, Vec::<&str>::new(), "no scene leads to these");
}
