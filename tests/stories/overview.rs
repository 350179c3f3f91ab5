//! Somebody wants to know what is open, what waits for them, and what to type.

use crate::desk::{Desk, until};
use crate::project::Project;
use crate::terminal::Terminal;

const ROLES: &str = "roles:\n  lead: { title: Lead }\n  developer: { title: Developer }\n";
const GATE: &str = "roles:\n  approver: { any_of: [lead] }\nsteps:\n  - id: go\n    title: Permission\n    approve: { role: approver, count: 1, text: Go on, expires: 30m }\n  - id: act\n    title: Act\n    run: |\n      test -e ready\n    effect: idempotent\n";

/// A desk with a gate that only those can pass who hold the role of the lead; `mine` are the roles
/// of the account that runs the tests.
fn desk(mine: &str) -> Desk {
    let desk = Desk::with(GATE);
    let account = nix::unistd::User::from_uid(nix::unistd::Uid::effective())
        .expect("accounts can be read")
        .expect("there is one")
        .name;
    let people = format!(
        "{ROLES}people:\n  me: {{ os: [{account}], roles: [{mine}] }}\n  bob: {{ os: [bob], roles: [lead] }}\n"
    );
    desk.project.write("content/data/roles.yaml", people);
    desk
}

#[test]
fn alone_it_says_what_waits_for_me_and_the_command_for_it() {
    let desk = desk("lead");
    assert!(desk.run(&[]).exits(0).stdout.contains("no run is open"));
    desk.exec(&[]).exits(5);
    let id = desk.id();
    let run = &id[id.len() - 6..];

    let said = desk.run(&[]).exits(0).stdout;
    assert!(
        said.contains("approval by lead")
            && said.contains(&format!("you can:       runbook approve {run} go")),
        "{said}"
    );

    desk.run(&["approve", run, "go"]).exits(0);
    let said = desk.run(&[]).exits(0).stdout;
    assert!(
        said.contains(&format!("continue with: runbook resume {run}")),
        "{said}"
    );
    desk.run(&["resume"]).exits(1);
    let said = desk.run(&[]).exits(0).stdout;
    assert!(
        said.contains("failed at act") && said.contains("a decision: it failed"),
        "{said}"
    );
}

#[test]
fn who_looks_without_a_name_sees_the_open_run_or_else_the_newest() {
    let desk = Desk::with("steps:\n  - { id: act, title: Act, check: { run: \"true\" } }\n");
    assert!(
        desk.run(&["report"])
            .exits(2)
            .stderr
            .contains("no run is open")
    );
    desk.exec(&[]).exits(0);
    let first = desk.id();
    desk.exec(&[]).exits(0);
    let runs = desk.json(&["runs", "--json"]);
    let newest = runs[1]["run"].as_str().expect("the newest is last");
    assert_ne!(newest, first);

    for verb in ["status", "report", "verify"] {
        let said = desk.run(&[verb]).exits(0).stdout;
        assert!(
            said.contains(&newest[newest.len() - 6..]),
            "{verb} shows the newest: {said}"
        );
    }
    desk.run(&["resume"]).exits(2);
}

#[test]
fn what_waits_for_somebody_else_is_not_offered_to_me() {
    let desk = desk("developer");
    desk.exec(&[]).exits(5);
    let said = desk.run(&[]).exits(0).stdout;
    assert!(
        said.contains("somebody else: runbook approve") && !said.contains("you can"),
        "{said}"
    );
}

#[test]
fn without_a_project_it_says_what_to_do() {
    let ran = Project::empty().run(&[]).exits(2);
    assert!(
        ran.stderr.contains("-C") && ran.stderr.contains("--help"),
        "{}",
        ran.stderr
    );
}

#[test]
fn runs_are_listed_by_what_they_need() {
    let desk = desk("lead");
    let count = |arguments: &[&str]| {
        let arguments = [&["runs", "--json"], arguments].concat();
        desk.json(&arguments).as_array().expect("a list").len()
    };
    desk.exec(&[]).exits(5);
    let gate = desk.json(&["runs", "--waiting", "--json"]);
    assert_eq!(gate[0]["exit"]["name"], "suspended");
    assert_eq!(gate[0]["waiting"]["step"], "go");
    assert_eq!(count(&["--failed"]), 0);

    desk.run(&["approve", &desk.id(), "go"]).exits(0);
    desk.run(&["resume"]).exits(1);
    assert_eq!(count(&["--failed"]), 1);
    assert_eq!(desk.json(&["status", "--json"])["exit"]["name"], "failed");

    desk.project.write("target/ready", "");
    assert_eq!(count(&["--since", "1h"]), 1);
    assert_eq!(count(&["--since", "0h"]), 0, "it began before now");
    desk.run(&["runs", "--since", "soon"]).exits(2);
    desk.run(&["abort", &desk.id(), "--reason", "enough"])
        .exits(0);
    assert_eq!(count(&["--open"]), 0);
    assert_eq!(
        desk.json(&["status", &desk.id(), "--json"])["exit"]["name"],
        "aborted"
    );
}

#[test]
fn the_list_of_runbooks_knows_their_runs() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: |\n      true\n    effect: idempotent\n",
    );
    let never = desk.run(&["list"]).exits(0).stdout;
    assert!(
        never.contains("owned by developer, never run here"),
        "{never}"
    );
    desk.exec(&[]).exits(0);

    let once = desk.run(&["list"]).exits(0).stdout;
    assert!(once.contains("finished, median 0:0"), "{once}");
    let list = desk.json(&["list", "--json"]);
    assert_eq!(list[0]["history"]["runs"], 1);
    assert_eq!(list[0]["history"]["last"]["state"], "finished");
}

/// The index is a cache: it is used, and whatever becomes of it, the list stays true.
#[test]
fn a_list_of_runs_remembers_those_that_are_over_and_never_believes_what_changed() {
    let desk = Desk::with_old_run("v1-finished");
    let (id, index) = (desk.id(), "state/desk/runs.index");
    let list = || desk.run(&["runs"]).exits(0).stdout;
    let first = list();
    assert!(first.contains("finished"), "{first}");
    // Files that have just been written may change again unseen: it remembers them a little later.
    until("the run to be remembered", || {
        list();
        desk.project.path(index).exists() && desk.project.read(index).contains(&id)
    });
    let remembered = desk.project.read(index);
    assert_eq!(list(), first);

    desk.project
        .write(index, remembered.replace("finished", "as remembered"));
    assert_eq!(
        list(),
        first.replace("finished", "as remembered"),
        "it is used"
    );
    assert_eq!(desk.json(&["runs", "--json"])[0]["state"], "finished");
    for other in [
        "",
        "{",
        "{\"form\":\"0\",\"known\":{}}",
        &remembered.replace("\"form\":\"1", "\"form\":\"0"),
    ] {
        desk.project.write(index, other);
        assert_eq!(list(), first, "{other}");
    }

    desk.project.write(index, &remembered);
    let journal = format!("state/desk/runs/{id}/journal.jsonl");
    let altered = desk.project.read(&journal).replacen("v1", "v2", 1);
    let altered = altered.replacen("\"initiator\":\"", "\"initiator\":\"x", 1);
    desk.project.write(&journal, altered);
    let ran = desk.run(&["runs"]).exits(10);
    assert!(ran.stderr.contains("cannot be read"), "{}", ran.stderr);

    std::fs::remove_dir_all(desk.folder_of(&id)).expect("it can be removed");
    assert!(list().contains("no runs"));
    assert!(!desk.project.read(index).contains(&id), "it is forgotten");
}

/// When, by whom and for how long: in the zone of whoever looks, and for programs as it was recorded.
#[test]
fn a_run_says_when_it_was_started_by_whom_and_how_long_it_took() {
    let desk = Desk::with("steps:\n  - { id: one, title: One, check: { run: date } }\n");
    desk.exec(&[]).exits(0);
    let id = desk.id();

    let told = desk.json(&["status", &id, "--json"]);
    let time = |name: &str| {
        let text = told[name].as_str().expect("a time");
        text.parse::<jiff::Timestamp>().expect("RFC 3339")
    };
    assert!(time("started") <= time("ended"), "{told:#}");
    let took = time("ended").duration_since(time("started")).as_secs();
    assert_eq!(told["seconds"], took, "{told:#}");

    // A quarter of an hour off the whole hours, so that no other zone is meant.
    let there = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(20_700).expect("a zone"));
    let began = time("started")
        .to_zoned_datetime(there)
        .strftime("%Y-%m-%d %H:%M");
    let initiator = told["initiator"].as_str().expect("a name");
    for (verb, by) in [
        (vec!["status", &id], format!(" by {initiator}; took 0:0")),
        (vec!["runs"], format!("  by {initiator}")),
    ] {
        let mut command = desk.command(&verb);
        let ran = command.env("TZ", "XYZ-5:45").output().expect("it runs");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(said.contains(&began.to_string()), "{began}: {said}");
        assert!(said.contains(&by), "{by}: {said}");
    }
}

/// Whoever approves without naming the step sees what it is, and is asked; nobody approves blindly.
#[test]
fn approve_alone_means_the_only_step_that_waits_for_me() {
    let desk = desk("lead");
    desk.run(&["approve"]).exits(2);
    desk.exec(&[]).exits(5);
    let id = desk.id();
    let short = &id[id.len() - 6..];

    let refused = desk.run(&["approve"]).exits(2);
    let named = format!("runbook approve {short} go");
    assert!(refused.stderr.contains(&named), "{}", refused.stderr);
    assert!(!desk.events().contains(&"gate.approved go".to_owned()));

    let mut terminal = Terminal::seated(&desk.command(&["approve"]));
    terminal
        .shows("Permission")
        .shows("Go on")
        .shows("approve this?")
        .types("yes please")
        .shows("approve this?")
        .types("q")
        .shows("nothing was approved");
    assert_eq!(terminal.ends(), 5);
    assert!(!desk.events().contains(&"gate.approved go".to_owned()));

    let mut terminal = Terminal::seated(&desk.command(&["approve", short]));
    terminal.shows("approve this?").types("y").shows("recorded");
    assert_eq!(terminal.ends(), 0);
    assert!(desk.events().contains(&"gate.approved go".to_owned()));
}

#[test]
fn approve_alone_names_each_step_if_several_wait_for_me() {
    let desk = desk("lead");
    desk.exec(&[]).exits(5);
    desk.exec(&[]).exits(5);

    let refused = desk.run(&["approve"]).exits(2);

    let named = refused.stderr.matches("runbook approve ").count();
    assert_eq!(named, 2, "{}", refused.stderr);
    let other = self::desk("developer");
    other.exec(&[]).exits(5);
    let refused = other.run(&["approve"]).exits(2);
    let whom = "waits at `go` for lead (bob)";
    assert!(refused.stderr.contains(whom), "{}", refused.stderr);
    let named = refused.stderr.contains("runbook approve");
    assert!(!named, "{}", refused.stderr);
}
