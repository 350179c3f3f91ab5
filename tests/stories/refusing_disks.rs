//! The disk that the record is kept on is full, or refuses: the program stops at once and says what
//! is not recorded, and with a good disk the run goes on as if nothing had been.

use crate::desk::{Desk, at_once};
use crate::project::{Ran, ends};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
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

/// A small disk of its own under the folder of the runs, which only who enters it sees. It goes with
/// the process that holds it, and that with this one.
struct SmallDisk(Child);

/// Mounts a disk with these limits on a folder, and holds it until the input ends.
const HOLD: &str = "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && echo ready && exec cat";

impl SmallDisk {
    /// Nothing, with a word about it, where this process may not mount.
    fn under(desk: &Desk, limit: &str) -> Option<Self> {
        let path = desk.project.path("state");
        fs::create_dir(&path).expect("a folder can be made");
        let mut holder = Command::new("unshare");
        holder
            .args(["--mount", "sh", "-c", HOLD, "sh", limit])
            .arg(path);
        holder.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = holder.spawn().expect("`unshare` starts");
        let mut said = String::new();
        let stdout = holder.stdout.as_mut().expect("it is ours");
        let read = BufReader::new(stdout).read_line(&mut said);
        if read.is_ok() && said == "ready\n" {
            return Some(Self(holder));
        }
        let words = "NOT TESTED: full disks, because this process may not mount one";
        // Not captured, as what `println!` says is.
        writeln!(io::stderr(), "{words}").expect("it can be said");
        ends(&mut holder);
        None
    }

    /// The same command for which this disk is there.
    fn entered(&self, command: &Command) -> Command {
        let folder = command.get_current_dir().unwrap_or(Path::new("/"));
        let mut entered = Command::new("nsenter");
        entered
            .arg(format!("--target={}", self.0.id()))
            .arg("--mount")
            .arg(format!("--wdns={}", folder.display()))
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            entered.env(name, value.unwrap_or_default());
        }
        entered
    }

    fn grow(&self, desk: &Desk) {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,size=8m,nr_inodes=1000"]);
        let output = self.entered(mount.arg(desk.project.path("state"))).output();
        let output = output.expect("`mount` starts");
        assert!(output.status.success(), "{output:?}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        ends(&mut self.0);
    }
}

/// A desk, and the small disk that its runs are on, if there is one.
struct Place {
    desk: Desk,
    disk: Option<SmallDisk>,
}

impl Place {
    fn run(&self, arguments: &[&str], env: &[(&str, &str)]) -> Ran {
        let mut command = self.desk.command(arguments);
        command.envs(env.iter().copied());
        if let Some(disk) = &self.disk {
            command = disk.entered(&command);
        }
        let ran = Ran::of(&command.output().expect("the program starts"));
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        ran
    }

    /// The run, if there is one.
    fn run_id(&self) -> Option<String> {
        let runs = self.run(&["runs", "--json"], &[]).exits(0).data();
        let runs = runs.as_array().expect("a list");
        assert!(runs.len() <= 1, "{runs:?}");
        Some(runs.first()?["run"].as_str()?.to_owned())
    }

    /// Lets a run that stopped come to its end, and sees that all is as it would have been. Of a step
    /// in doubt a person says what they see.
    fn comes_to_its_end(&self, was: Option<i32>, what: &str) {
        let seen = match self.desk.effects().contains(&"push".to_owned()) {
            true => "push=done",
            false => "push=absent",
        };
        let ran = match (self.run_id(), was) {
            (None, _) => self.run(&EXEC, &[]),
            (Some(id), Some(6)) => {
                let look = ["resume", &id, "--assume", seen, "--reason", "I looked"];
                self.run(&look, &[])
            }
            (Some(id), _) => self.run(&["resume", &id], &[]),
        };
        assert_eq!(ran.code, Some(0), "{what}: {ran:?}");
        let effects = self.desk.effects();
        let pushed = effects.iter().filter(|effect| *effect == "push").count();
        assert_eq!(pushed, 1, "{what}: {effects:?}");
        assert!(effects.contains(&"copy".to_owned()), "{what}: {effects:?}");
        let run = self.run_id().expect("there is a run");
        self.run(&["verify", &run], &[]).exits(0);
    }
}

/// Begins a run on a disk of this size; whether it was large enough. `None` where nothing can be
/// mounted.
fn began_on(limit: &str) -> Option<bool> {
    let desk = Desk::with(WORK);
    let disk = Some(SmallDisk::under(&desk, limit)?);
    let place = Place { desk, disk };
    let ran = place.run(&EXEC, &[]);
    let was_enough = ran.code == Some(0);
    let says = match ran.code {
        // What watches a step had no room, and could not say so.
        Some(1) => "watches",
        _ => "No space left on device",
    };
    assert!(
        was_enough || (matches!(ran.code, Some(1 | 2)) && ran.stderr.contains(says)),
        "{limit}: {ran:?}"
    );
    if let Some(disk) = &place.disk {
        disk.grow(&place.desk);
    }
    place.comes_to_its_end(ran.code, limit);
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
        let place = Place {
            desk: Desk::with(WORK),
            disk: None,
        };
        let trace = place.desk.project.path("trace");
        let trace = trace.to_str().expect("a path is text");
        let ran = place.run(&EXEC, &[("RUNBOOK_FAIL", &what), ("RUNBOOK_TRACE", trace)]);

        assert_eq!(ran.code, Some(2), "{what}: {ran:?}");
        let reason = if *errno == "EIO" {
            "Input/output error"
        } else {
            "No space left"
        };
        assert!(ran.stderr.contains(reason), "{what}: {}", ran.stderr);
        let trace = place.desk.project.read("trace");
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

        place.comes_to_its_end(ran.code, &what);
    });
}

#[test]
fn whatever_the_disk_refuses_first_the_run_comes_to_its_end_later() {
    let place = Place {
        desk: Desk::with(WORK),
        disk: None,
    };
    let trace = place.desk.project.path("trace");
    place
        .run(
            &EXEC,
            &[("RUNBOOK_TRACE", trace.to_str().expect("a path is text"))],
        )
        .exits(0);
    let trace = place.desk.project.read("trace");
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
        let place = Place {
            desk: Desk::with(WORK),
            disk: None,
        };
        let ran = place.run(&EXEC, &[("RUNBOOK_FAIL", &what)]);
        // Some of it is of no use here; else it is said what is wrong, or a person has to look.
        let says = match ran.code {
            Some(0) => true,
            Some(1) => ran.stderr.contains("watches"),
            Some(2) => ran.stderr.contains("error: "),
            Some(6) => ran.stdout.contains("IN DOUBT"),
            _ => false,
        };
        assert!(says, "{what}: {ran:?}");
        place.comes_to_its_end(ran.code, &what);
    });
}
