//! How a run begins: in its turn, once for a key, for an incident, or left to itself.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use crate::terminal::Terminal;
use std::fs;
use std::process::Stdio;

/// A step that goes on until the file `go` is there; `lock` is what the runbook says of its lock.
fn slow(lock: &str) -> String {
    format!(
        "{lock}steps:\n  - id: work\n    title: Work\n    run: |\n      echo begins >> effects\n      until test -e go; do sleep 0.02; done\n      echo ends >> effects\n    effect: idempotent\n"
    )
}

const GATE: &str = "params:\n  word: { type: string, default: yes please }\nsteps:\n  - { id: gate, title: Gate, approve: { role: developer, text: May I?, expires: 1h } }\n  - id: work\n    title: Work\n    run: |\n      echo \"$INCIDENT\" >> effects\n    env: { INCIDENT: \"${{ run.incident }}\" }\n    effect: idempotent\n";

fn exec<'a>(further: &[&'a str]) -> Vec<&'a str> {
    let begin = ["exec", "work", "--target", "target"];
    begin.into_iter().chain(further.iter().copied()).collect()
}

fn begin(desk: &Desk, further: &[&str]) -> Ran {
    desk.run(&exec(further))
}

#[test]
fn a_run_waits_for_the_one_that_has_its_lock_and_says_for_whom() {
    for (lock, further) in [
        ("lock: { key: one, wait: 1h }\n", &[][..]),
        ("lock: { key: one }\n", &["--lock-wait", "1h"]),
    ] {
        let desk = Desk::with(&slow(lock));
        let mut first = desk.start();
        desk.wait_for_effects(1);
        let id = desk.id();

        let mut second = Terminal::start(desk.command(&exec(further)));
        second
            .shows(&format!("`one` is locked by the open run {}", &id[20..]))
            .shows(&format!("driven by process {}", first.id()))
            .shows("; waiting for it");
        assert_eq!(desk.id(), id, "it has not begun");
        desk.project.write("target/go", "");

        second.shows("is finished");
        assert_eq!(second.ends(), 0, "{lock}");
        assert_eq!(ends(&mut first).code(), Some(0));
        assert_eq!(desk.effects(), ["begins", "ends", "begins", "ends"]);
    }
}

#[test]
fn whoever_waited_long_enough_for_a_lock_is_told_how_to_go_on_with_the_other_run() {
    let desk = Desk::with(&slow("lock: { key: one, wait: 1h }\n"));
    let mut first = desk.start();
    desk.wait_for_effects(1);
    let resume = format!("runbook resume {}", &desk.id()[20..]);

    for (time, waits) in [("0s", false), ("10ms", true)] {
        let second = begin(&desk, &["--lock-wait", time]).exits(9);
        assert!(second.stderr.contains(&resume), "{}", second.stderr);
        assert_eq!(second.stdout.contains("waiting for it"), waits, "{time}");
    }

    desk.project.write("target/go", "");
    ends(&mut first);
    assert_eq!(desk.effects(), ["begins", "ends"]);
}

#[test]
fn a_run_that_nobody_drives_is_not_waited_for() {
    let desk = Desk::with(&format!("lock: {{ key: one, wait: 1h }}\n{GATE}"));
    begin(&desk, &[]).exits(5);
    let id = desk.id();

    let second = begin(&desk, &[]).exits(9);

    assert!(
        !second.stdout.contains("waiting for it"),
        "{}",
        second.stdout
    );
    for way in ["runbook resume", "runbook abort"] {
        let way = format!("{way} {}", &id[20..]);
        assert!(second.stderr.contains(&way), "{}", second.stderr);
    }
}

#[test]
fn a_run_that_is_detached_goes_on_in_a_session_of_its_own() {
    let desk = Desk::with(&slow(""));
    let mut terminal = Terminal::seated(&desk.command(&exec(&["--detach"])));
    terminal
        .shows("it runs in the background")
        .shows("runbook watch");
    let mut program = terminal.close();
    assert_eq!(ends(&mut program).code(), Some(0));

    desk.wait_for_effects(1);
    let driver = desk.json(&["status", "--json"])["driver"].clone();
    assert_eq!(driver["life"], "lives");
    let stat = fs::read_to_string(format!("/proc/{}/stat", driver["pid"])).expect("it lives");
    let (_, rest) = stat.rsplit_once(')').expect("a name");
    let session = rest.split_whitespace().nth(3).expect("a session");
    assert_eq!(session, driver["pid"].to_string());
    desk.project.write("target/go", "");

    let watched = desk.run(&["watch", &desk.id(), "--plain"]).exits(0);
    assert!(watched.stdout.contains("finished"), "{}", watched.stdout);
    assert_eq!(desk.effects(), ["begins", "ends"]);
}

#[test]
fn a_run_that_is_detached_stops_where_a_person_is_needed_and_keeps_what_it_said() {
    let desk = Desk::with(GATE);

    begin(&desk, &["--detach"]).exits(0);

    until("the end of its process", || {
        desk.json(&["status", "--json"])["driver"]["life"] == "ended"
    });
    assert_eq!(desk.json(&["status", "--json"])["exit"]["code"], 5);
    let said = fs::read_to_string(desk.folder().join("driver.log")).expect("it said something");
    assert!(said.contains("runbook approve"), "{said}");
    desk.run(&["verify", &desk.id()]).exits(0);
}

#[test]
fn a_run_that_is_detached_is_driven_as_it_was_told() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    confirm: yes please\n    run: |\n      echo one >> effects\n    effect: idempotent\n  - id: two\n    title: Two\n    run: |\n      echo two >> effects\n    effect: idempotent\n",
    );

    begin(&desk, &["--detach", "--confirm", "one", "--until", "one"]).exits(0);

    until("the end of its process", || {
        desk.json(&["status", "--json"])["driver"]["life"] == "ended"
    });
    assert_eq!(desk.effects(), ["one"]);
    assert_eq!(desk.json(&["status", "--json"])["state"], "open before two");
}

#[test]
fn the_same_key_is_the_same_run() {
    let desk = Desk::with(GATE);
    let key = ["--run-key", "nightly-25"];
    begin(&desk, &key).exits(5);
    let id = desk.id();

    let again = begin(&desk, &key).exits(5);
    assert!(
        again.stdout.contains(&format!(
            "run {} already has this key; it is waiting at gate",
            &id[20..]
        )),
        "{}",
        again.stdout
    );
    let other = begin(&desk, &["--run-key", "nightly-25", "-p", "word=no"]).exits(3);
    assert!(
        other.stderr.contains("nothing was started"),
        "{}",
        other.stderr
    );
    desk.run(&["approve", &id, "gate", "--as", "bob"]).exits(0);
    desk.run(&["resume"]).exits(0);
    let again = begin(&desk, &key).exits(0);

    assert!(
        again
            .stdout
            .contains("already has this key; it is finished"),
        "{}",
        again.stdout
    );
    assert_eq!(desk.id(), id, "there is one run");
    assert_eq!(desk.effects().len(), 1);
    begin(&desk, &["--run-key", "nightly-26"]).exits(5);
}

#[test]
fn of_many_that_begin_with_one_key_at_once_one_begins() {
    let desk = Desk::with(&slow(""));
    let begin = || {
        let mut command = desk.command(&exec(&["--run-key", "nightly-25"]));
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts")
    };
    let mut all: Vec<_> = (0..6).map(|_| begin()).collect();

    until("all but one to end", || {
        let ended = all
            .iter_mut()
            .filter_map(|one| one.try_wait().expect("it is ours"));
        ended.count() == 5
    });
    desk.project.write("target/go", "");
    let mut codes: Vec<_> = all.iter_mut().map(|one| ends(one).code()).collect();

    codes.sort_unstable();
    // Before the first has taken its run up, the run is open and driven by nobody.
    assert_eq!(codes[0], Some(0));
    assert!(
        codes[1..].iter().all(|code| matches!(code, Some(5 | 9))),
        "{codes:?}"
    );
    assert_eq!(desk.effects(), ["begins", "ends"]);
    assert_eq!(
        desk.json(&["runs", "--json"]).as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_run_names_its_incident_wherever_it_is_shown() {
    let desk = Desk::with(GATE);
    begin(&desk, &["--incident", "  "]).exits(2);
    begin(&desk, &["--incident", "INC-4711"]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "gate", "--as", "bob"]).exits(0);

    for verb in [&["status"][..], &["runs"], &[], &["report", &id]] {
        let shown = desk.run(verb).exits(0);
        assert!(
            shown.stdout.contains("INC-4711") || shown.stdout.contains("INC\\-4711"),
            "{verb:?}: {}",
            shown.stdout
        );
    }
    assert_eq!(
        desk.json(&["report", &id, "--json"])["incident"],
        "INC-4711"
    );
    assert_eq!(desk.json(&["status", "--json"])["incident"], "INC-4711");
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["INC-4711"], "steps can use it");
}

/// So does the ticket, beside the incident or without one, and the role that answers for the runbook.
#[test]
fn a_run_names_its_ticket_and_its_owner_wherever_it_is_shown() {
    let desk = Desk::with(&GATE.replace("run.incident", "run.ticket"));
    begin(&desk, &["--ticket", "CHG\n1"]).exits(2);
    begin(&desk, &["--ticket", "CHG-17", "--incident", "INC-4711"]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "gate", "--as", "bob"]).exits(0);

    for verb in [&["status"][..], &["runs"], &[], &["report", &id]] {
        let shown = desk.run(verb).exits(0).stdout.replace('\\', "");
        assert!(
            shown.contains("CHG-17") && shown.contains("INC-4711"),
            "{verb:?}: {shown}"
        );
    }
    for verb in [&["status"][..], &["report", &id]] {
        let shown = desk.run(verb).exits(0).stdout;
        assert!(shown.contains("developer"), "{verb:?}: {shown}");
    }
    for verb in [&["report", &id, "--json"][..], &["status", "--json"]] {
        let known = desk.json(verb);
        assert_eq!(
            (&known["ticket"], &known["incident"], &known["owner"]),
            (&"CHG-17".into(), &"INC-4711".into(), &"developer".into()),
            "{verb:?}"
        );
    }
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["CHG-17"], "steps can use it");
}
