//! The disk that the record is kept on is full, or refuses: the program stops at once and says what
//! is not recorded, and with a good disk the run goes on as if nothing had been.

use crate::desk::{Desk, at_once};
use crate::project::Ran;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

/// A step that acts once and can say whether it did, and one that is safe to repeat.
const WORK: &str = r#"steps:
  - id: push
    title: Push
    run: |
      echo push >> effects
    verify: { run: "grep -q push effects", absent: [1] }
    undo: { none: It is a test. }
  - id: copy
    title: Copy
    run: |
      echo copy >> effects
    effect: idempotent
"#;

const EXEC: [&str; 4] = ["exec", "work", "--target", "target"];

/// A small disk of its own under the folder of the runs.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Nothing, with a word about it, where this process may not mount.
    fn under(desk: &Desk, limit: &str) -> Option<Self> {
        let path = desk.project.path("state");
        fs::create_dir(&path).expect("a folder can be made");
        let mounted = mount(&["-t", "tmpfs", "-o", limit, "tmpfs"], &path);
        if !mounted {
            let words = "NOT TESTED: full disks, because this process may not mount one";
            // Not captured, as what `println!` says is.
            writeln!(io::stderr(), "{words}").expect("it can be said");
        }
        mounted.then_some(Self(path))
    }

    fn grow(&self) {
        assert!(
            mount(&["-o", "remount,size=8m,nr_inodes=1000"], &self.0),
            "it can grow"
        );
    }
}

fn mount(arguments: &[&str], path: &PathBuf) -> bool {
    let mut mount = Command::new("mount");
    let output = mount.args(arguments).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut umount = Command::new("umount");
        let output = umount.arg("--lazy").arg(&self.0).output();
        assert!(
            output.is_ok_and(|output| output.status.success()),
            "it can be unmounted"
        );
    }
}

fn run(desk: &Desk, arguments: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = desk.command(arguments);
    let output = command.envs(env.iter().copied()).output();
    let ran = Ran::of(&output.expect("the program starts"));
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran
}

/// The run, if there is one.
fn run_of(desk: &Desk) -> Option<String> {
    let runs = desk.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list").clone();
    assert!(runs.len() <= 1, "{runs:?}");
    Some(runs.first()?["run"].as_str()?.to_owned())
}

/// Lets a run that stopped come to its end, and sees that all is as it would have been. Of a step in
/// doubt a person says what they see.
fn comes_to_its_end(desk: &Desk, was: Option<i32>, what: &str) {
    let seen = match desk.effects().contains(&"push".to_owned()) {
        true => "push=done",
        false => "push=absent",
    };
    let ran = match (run_of(desk), was) {
        (None, _) => run(desk, &EXEC, &[]),
        (Some(id), Some(6)) => {
            let look = ["resume", &id, "--assume", seen, "--reason", "I looked"];
            run(desk, &look, &[])
        }
        (Some(id), _) => run(desk, &["resume", &id], &[]),
    };
    assert_eq!(ran.code, Some(0), "{what}: {ran:?}");
    let effects = desk.effects();
    let pushed = effects.iter().filter(|effect| *effect == "push").count();
    assert_eq!(pushed, 1, "{what}: {effects:?}");
    assert!(effects.contains(&"copy".to_owned()), "{what}: {effects:?}");
    desk.run(&["verify", &desk.id()]).exits(0);
}

/// Begins a run on a disk of this size; whether it was large enough. `None` where nothing can be
/// mounted.
fn began_on(limit: &str) -> Option<bool> {
    let desk = Desk::with(WORK);
    let disk = SmallDisk::under(&desk, limit)?;
    let ran = run(&desk, &EXEC, &[]);
    let was_enough = ran.code == Some(0);
    let says = ran.stderr.contains("No space left on device") || ran.stderr.contains("looks after");
    assert!(
        was_enough || (ran.code == Some(2) && says),
        "{limit}: {ran:?}"
    );
    disk.grow();
    comes_to_its_end(&desk, ran.code, limit);
    Some(was_enough)
}

#[test]
fn a_run_on_a_full_disk_stops_and_goes_on_when_there_is_room_whatever_was_the_first_not_to_fit() {
    for (most, unit, limit) in [
        (40, 4096, "nr_inodes=1000,size="),
        (48, 1, "size=8m,nr_inodes="),
    ] {
        let enough = Mutex::new(Vec::new());
        at_once(most, |at| {
            let answer = began_on(&format!("{limit}{}", (at + 2) * unit));
            enough.lock().expect("no panic").extend(answer);
        });
        let enough = enough.into_inner().expect("no panic");
        let full = enough.iter().filter(|enough| !**enough).count();
        assert!(
            enough.is_empty() || (full > 5 && full < most),
            "{limit}: {full} of {most} were too small"
        );
    }
}

#[test]
fn after_a_write_or_sync_of_the_journal_failed_nothing_is_written_or_begun() {
    let cases: Vec<(String, &str)> = ["journal.write", "journal.sync"]
        .into_iter()
        .flat_map(|point| (1..=8).map(move |nth| format!("{point}:{nth}")))
        .flat_map(|point| [(point.clone(), "EIO"), (point, "ENOSPC")])
        .collect();
    at_once(cases.len(), |at| {
        let (point, errno) = &cases[at];
        let what = format!("{point}:{errno}");
        let desk = Desk::with(WORK);
        let trace = desk.project.path("trace");
        let trace = trace.to_str().expect("a path is text");
        let ran = run(
            &desk,
            &EXEC,
            &[("RUNBOOK_FAIL", &what), ("RUNBOOK_TRACE", trace)],
        );

        assert_eq!(ran.code, Some(2), "{what}: {ran:?}");
        let reason = if *errno == "EIO" {
            "Input/output error"
        } else {
            "No space left"
        };
        assert!(ran.stderr.contains(reason), "{what}: {}", ran.stderr);
        let trace = desk.project.read("trace");
        let program = trace.split(' ').next().expect("a process");
        let passes = trace.lines().filter_map(|line| line.strip_prefix(program));
        let (name, nth) = point.split_once(':').expect("a point");
        let mut times = 0;
        let after: Vec<&str> = passes
            .skip_while(|pass| {
                times += usize::from(pass.trim() == name);
                times < nth.parse().expect("a number")
            })
            .skip(1)
            .collect();
        let acts = |pass: &&str| {
            [".write", ".sync", ".create", ".rename"]
                .iter()
                .any(|op| pass.ends_with(op))
        };
        assert!(!after.iter().any(acts), "{what}: {after:?}");

        comes_to_its_end(&desk, ran.code, &what);
    });
}

#[test]
fn whatever_the_disk_refuses_first_the_run_comes_to_its_end_later() {
    let desk = Desk::with(WORK);
    let trace = desk.project.path("trace");
    run(
        &desk,
        &EXEC,
        &[("RUNBOOK_TRACE", trace.to_str().expect("a path is text"))],
    )
    .exits(0);
    let trace = desk.project.read("trace");
    let points = trace
        .lines()
        .filter_map(|line| Some(line.split_once(' ')?.1));
    let points: Vec<&str> = points
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    assert!(points.len() > 30, "{points:?}");
    at_once(points.len(), |at| {
        let what = format!("{}:1:EIO", points[at]);
        let desk = Desk::with(WORK);
        let ran = run(&desk, &EXEC, &[("RUNBOOK_FAIL", &what)]);
        // Some of it is of no use here; else it is said what is wrong, or a person has to look.
        let says = match ran.code {
            Some(0) => true,
            Some(2) => ran.stderr.contains("error: "),
            Some(6) => ran.stdout.contains("IN DOUBT"),
            _ => false,
        };
        assert!(says, "{what}: {ran:?}");
        comes_to_its_end(&desk, ran.code, &what);
    });
}
