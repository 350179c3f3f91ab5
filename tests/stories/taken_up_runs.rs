//! A run is left, and taken up again: by somebody else, after a power cut, by another clock.

use crate::desk::{Desk, until};
use crate::project::ends;
use crate::terminal::Terminal;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};

/// A step that leaves a line and goes on until the file `go` is there.
fn slow(further: &str) -> String {
    format!(
        "steps:\n  - id: work\n    title: Work\n    run: |\n      echo begins >> effects\n      until test -e go; do sleep 0.02; done\n      echo ends >> effects\n{further}"
    )
}

const GATE: &str = "steps:\n  - { id: gate, title: Gate, approve: { role: developer, text: May I?, expires: 1h } }\n  - id: work\n    title: Work\n    run: |\n      echo work >> effects\n    effect: idempotent\n";

/// Begins a run and kills its program while the step runs.
fn left(desk: &Desk) {
    let mut program = desk.start();
    desk.wait_for_effects(1);
    program.kill().expect("it runs");
    ends(&mut program);
}

/// Kills what still runs of the step, as a power cut does.
fn cut_power(desk: &Desk) {
    left(desk);
    let shim = desk.shim("work.1");
    let children = fs::read_to_string(format!("/proc/{shim}/task/{shim}/children"));
    for child in children.expect("it runs").split_whitespace() {
        kill(
            Pid::from_raw(child.parse().expect("a pid")),
            Signal::SIGKILL,
        )
        .expect("it runs");
    }
    kill(Pid::from_raw(shim), Signal::SIGKILL).expect("it runs");
    until("the end of the shim", || !is_alive(shim));
    // The machine comes up again: it is another boot for whoever looks now.
    desk.forge(|line| {
        if line["type"] == "run.opened" {
            line["boot"] = "another-boot".into();
        }
    });
    let path = desk.folder().join("steps/work.1/pid");
    let text = fs::read_to_string(&path).expect("the shim named itself");
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words[2] = "another-boot";
    fs::write(&path, format!("{}\n", words.join(" "))).expect("it can be written");
}

fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.starts_with(" Z"))
}

#[test]
fn after_a_power_cut_a_person_is_asked_only_if_nothing_else_can_know() {
    for (further, code, effects) in [
        (
            "    effect: idempotent\n",
            0,
            vec!["begins", "begins", "ends"],
        ),
        (
            "    verify: { run: grep -q begins effects, absent: [1] }\n",
            0,
            vec!["begins"],
        ),
        (
            "    verify: { run: grep -q ends effects, absent: [1] }\n",
            0,
            vec!["begins", "begins", "ends"],
        ),
        (
            "    verify: { run: exit 9, absent: [1] }\n",
            6,
            vec!["begins"],
        ),
        ("    undo: { none: It is a test. }\n", 6, vec!["begins"]),
    ] {
        let further = further
            .replace("run: ", "run: \"")
            .replace(", absent", "\", absent");
        let desk = Desk::with(&slow(&further));
        cut_power(&desk);
        assert_eq!(
            desk.json(&["status", "--json"])["driver"]["life"],
            "restarted"
        );
        let status = desk.run(&["status"]).exits(0);
        assert!(
            status.stdout.contains("it was started again since"),
            "{}",
            status.stdout
        );
        desk.project.write("target/go", "");

        desk.run(&["resume"]).exits(code);

        assert_eq!(desk.effects(), effects, "{further}");
        desk.run(&["verify", &desk.id()]).exits(0);
    }
}

#[test]
fn the_screen_of_a_doubt_tells_all_that_is_known() {
    let desk = Desk::with(&slow("    undo: { none: It is a test. }\n"));
    cut_power(&desk);
    let shim = desk.shim("work.1");
    let mut terminal = Terminal::start(desk.command(&["resume"]));

    terminal
        .shows("IN DOUBT")
        .shows("attempt 1 began 20")
        .shows(" drove the run")
        .shows(&format!(
            "the process that watched the step, process {shim} on "
        ))
        .shows("ended when its machine went down")
        .shows("the end of the step is not on record, and the step has no verify")
        .shows("[d] it was done")
        .types("d")
        .shows("is finished");

    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["begins"]);
}

/// A process that has nothing to do with any run.
struct Stranger(Child);

impl Stranger {
    fn new() -> Self {
        Self(Command::new("sleep").arg("600").spawn().expect("it starts"))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.kill().expect("it was let be");
        ends(&mut self.0);
    }
}

#[test]
fn a_stranger_with_the_process_id_of_old_is_neither_waited_for_nor_touched() {
    for verb in ["resume", "abort"] {
        let desk = Desk::with(&slow("    effect: idempotent\n"));
        cut_power(&desk);
        let stranger = Stranger::new();
        desk.forge(|line| {
            if line["type"] == "run.opened" {
                line["pid"] = stranger.pid().into();
                line["boot"] = boot().into();
            }
        });
        let line = format!("{} 1 {} l7\n", stranger.pid(), boot());
        fs::write(desk.folder().join("steps/work.1/pid"), line).expect("it can be written");
        assert_eq!(desk.json(&["status", "--json"])["driver"]["life"], "ended");
        desk.project.write("target/go", "");

        match verb {
            "resume" => desk.run(&["resume"]).exits(0),
            _ => desk
                .run(&["abort", &desk.id(), "--reason", "test"])
                .exits(0),
        };

        assert!(is_alive(stranger.pid() as i32), "{verb} let it be");
    }
}

fn boot() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    boot.expect("Linux tells").trim().to_owned()
}

#[test]
fn whoever_comes_second_is_told_who_drives_and_since_when() {
    let desk = Desk::with(&slow("    effect: idempotent\n"));
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("Linux tells");
    let driver = format!("process {} on {}", program.id(), host.trim());

    let resumed = desk.run(&["resume"]).exits(9);
    let status = desk.run(&["status"]).exits(0);
    let runs = desk.run(&["runs"]).exits(0);

    assert!(
        resumed
            .stderr
            .contains(&format!("driven by {driver} since 20")),
        "{}",
        resumed.stderr
    );
    assert!(
        status
            .stdout
            .contains(&format!("driven by {driver} since 20"))
            && status.stdout.contains("runbook watch"),
        "{}",
        status.stdout
    );
    assert!(
        runs.stdout.contains(&format!("driven by {driver}")),
        "{}",
        runs.stdout
    );
    let told = &desk.json(&["status", "--json"])["driver"];
    assert_eq!(
        (&told["life"], &told["pid"]),
        (&"lives".into(), &program.id().into())
    );
    desk.project.write("target/go", "");
    ends(&mut program);
    let status = desk.run(&["status", &desk.id()]).exits(0);
    assert!(!status.stdout.contains("driven"), "{}", status.stdout);
}

#[test]
fn a_run_whose_driver_is_on_another_machine_says_that_nobody_can_tell() {
    let desk = Desk::with(GATE);
    desk.exec(&[]).exits(5);
    desk.forge(|line| {
        if line["type"] == "run.opened" {
            line["boot"] = "another-boot".into();
            line["host"] = "another-host".into();
        }
    });

    let status = desk.run(&["status"]).exits(0);

    assert!(
        status.stdout.contains("on another-host since")
            && status.stdout.contains("cannot be seen from here"),
        "{}",
        status.stdout
    );
}

/// The journal as another machine would have left it.
fn from_another_machine(desk: &Desk) {
    desk.forge(|line| {
        if line["type"] == "run.opened" {
            line["boot"] = "another-boot".into();
            line["host"] = "another-host".into();
        }
    });
}

const FAILS: &str = "lock: { key: one }\nsteps:\n  - id: one\n    title: One\n    run: |\n      test -e go\n    effect: idempotent\n";

#[test]
fn a_run_that_another_machine_drives_is_followed_and_not_taken_up() {
    let desk = Desk::with(FAILS);
    let keyed = ["exec", "work", "--target", "target", "--run-key", "nightly"];
    desk.run(&keyed).exits(1);
    from_another_machine(&desk);
    let short = desk.id()[20..].to_owned();
    // The process of that machine has the lock.
    let lock = fs::File::open(desk.folder().join("lock")).expect("there is one");
    lock.lock().expect("nobody else has it");

    let refused = desk.run(&["resume"]).exits(9);
    assert!(refused.stderr.contains("on another-host"), "{refused:?}");

    let watch = format!("runbook watch {short}");
    let status = desk.run(&["status"]).exits(0);
    let overview = desk.run(&[]).exits(0);
    let key = desk.run(&keyed).exits(9);
    for said in [&status.stdout, &overview.stdout, &key.stdout] {
        assert!(said.contains(&watch), "{said}");
        assert!(!said.contains("runbook resume"), "{said}");
    }
    for said in [
        &status.stdout,
        &overview.stdout,
        &desk.run(&["runs"]).stdout,
    ] {
        assert!(said.contains("driven by process"), "{said}");
        assert!(said.contains("on another-host"), "{said}");
    }
    assert!(
        status.stdout.contains("cannot be seen from here"),
        "{status:?}"
    );
    let locked = desk.exec(&[]).exits(9);
    assert!(locked.stderr.contains(&watch), "{}", locked.stderr);
    let plan = desk.run(&["plan", "work", "--target", "target"]).exits(0);
    assert!(!plan.stdout.contains("runbook resume"), "{}", plan.stdout);
}

#[test]
fn a_run_that_another_machine_left_or_ended_is_driven_by_nobody() {
    let desk = Desk::with(
        "steps:\n  - { id: one, title: One, check: { run: date } }\n  - { id: two, title: Two, check: { run: date } }\n",
    );
    let run = ["exec", "work", "--target", "target", "--until", "one"];
    desk.run(&run).exits(5);
    from_another_machine(&desk);

    let status = desk.run(&["status"]).exits(0);
    assert!(status.stdout.contains("runbook resume"), "{status:?}");
    assert!(status.stdout.contains("last driver:"), "{status:?}");
    assert!(
        status.stdout.contains("this process left the run"),
        "{status:?}"
    );

    desk.run(&["resume"]).exits(0);
    from_another_machine(&desk);
    // It ends: nothing more will come.
    desk.run(&["watch", &desk.id()]).exits(0);
    let runs = desk.run(&["runs"]).exits(0);
    assert!(!runs.stdout.contains("driven"), "{}", runs.stdout);
}

/// Moves every time of the journal by so many hours, those of gates as well.
fn move_clock(desk: &Desk, hours: i64) {
    let moved = |value: &mut Value| {
        let at: jiff::Timestamp = value.as_str().expect("a text").parse().expect("a time");
        *value = (at + jiff::SignedDuration::from_hours(hours))
            .to_string()
            .into();
    };
    desk.forge(|line| {
        moved(&mut line["at"]);
        if line["expires"].is_string() {
            moved(&mut line["expires"]);
            let text = line["request"].as_str().expect("a request");
            let mut request: Value = serde_json::from_str(text).expect("JSON");
            moved(&mut request["opened"]);
            moved(&mut request["expires"]);
            line["request"] = request.to_string().into();
        }
    });
}

#[test]
fn a_clock_that_was_set_back_makes_no_negative_time_and_opens_no_gate() {
    // By our clock, the run began three hours from now.
    let desk = Desk::with(GATE);
    desk.exec(&[]).exits(5);
    move_clock(&desk, 3);
    let id = desk.id();
    desk.run(&["status"]).exits(0);

    desk.run(&["approve", &id, "gate", "--as", "bob"]).exits(0);
    desk.run(&["resume"]).exits(0);

    let report = desk.json(&["report", &id, "--json"]);
    assert_eq!(report["times"]["total"], 0, "{report}");
    assert_eq!(
        report["timeline"].as_array().map(Vec::is_empty),
        Some(false)
    );
    assert_eq!(desk.effects(), ["work"]);
    desk.run(&["verify", &id]).exits(0);
}

#[test]
fn a_gate_is_judged_by_its_expiry_as_it_was_written_whatever_the_clock_did_since() {
    let desk = Desk::with(GATE);
    desk.exec(&[]).exits(5);
    move_clock(&desk, -2);
    let id = desk.id();

    let late = desk.run(&["approve", &id, "gate", "--as", "bob"]).exits(2);

    assert!(
        late.stderr.contains("counts as rejected"),
        "{}",
        late.stderr
    );
    desk.run(&["resume"]).exits(4);
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_person_in_another_time_zone_takes_a_run_up() {
    let desk = Desk::with(GATE);
    let there = |zone: &str, arguments: &[&str]| {
        let mut command = desk.command(arguments);
        let output = command.env("TZ", zone).output().expect("it starts");
        output.status.code()
    };

    let east = there(
        "Pacific/Kiritimati",
        &["exec", "work", "--target", "target"],
    );
    let id = desk.id();
    let west = there(
        "Pacific/Pago_Pago",
        &["approve", &id, "gate", "--as", "bob"],
    );
    let on = there("Pacific/Pago_Pago", &["resume"]);

    assert_eq!((east, west, on), (Some(5), Some(0), Some(0)));
    let report = desk.json(&["report", &id, "--json"]);
    let total = report["times"]["total"].as_u64().expect("a number");
    assert!(total < 600, "{total} seconds");
}

#[test]
fn an_abort_without_a_driver_stops_the_step_that_was_left_and_names_who_stays() {
    let desk = Desk::with(
        "steps:\n  - id: work\n    title: Work\n    run: |\n      (trap '' INT TERM; while :; do sleep 0.05; done) & echo $! > stubborn\n      setsid sleep 600 > away 2>&1 & echo $! > daemon\n      echo begins >> effects\n      wait\n    effect: idempotent\n",
    );
    left(&desk);
    let shim = desk.shim("work.1");
    let pid = |name: &str| -> i32 {
        let text = desk.project.read(&format!("target/{name}"));
        text.trim().parse().expect("a pid")
    };

    let aborted = desk
        .run(&["abort", &desk.id(), "--reason", "wrong version"])
        .exits(0);

    assert!(!is_alive(pid("stubborn")));
    // Its last act is the file that says how the step ended; it is gone some time after that.
    until("the end of the shim", || !is_alive(shim));
    let daemon = pid("daemon");
    for said in [
        "interrupted; the step has time to clean up and end\n".to_owned(),
        "FAILED: stopped by the operator".to_owned(),
        format!("still runs: sleep (process {daemon})"),
    ] {
        assert!(aborted.stdout.contains(&said), "{said}: {}", aborted.stdout);
    }
    kill(Pid::from_raw(daemon), Signal::SIGKILL).expect("it was let be");
    let events = desk.events();
    let at = |event: &str| events.iter().position(|found| found == event);
    assert!(at("run.aborted").is_some() && at("run.aborted") < at("step.finished work"));
    assert!(
        Path::new(&desk.folder())
            .join("steps/work.1/exit.json")
            .exists()
    );
    assert_eq!(
        desk.json(&["status", &desk.id(), "--json"])["exit"]["code"],
        12
    );
}
