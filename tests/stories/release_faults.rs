//! A release that fails names the entry of its fault and the recovery; the recovery runs, and the release goes on.

use crate::packages::{Remote, Sample};
use crate::project::Ran;
use crate::team::Team;
use crate::terminal::Terminal;
use serde_json::json;

/// What stands in the way of a release.
struct Fault {
    causes: fn(&Team),
    /// The step that fails.
    step: &'static str,
    entry: &'static str,
    recovery: &'static str,
    /// Answers of the recovery: steps and what is chosen there.
    choices: &'static [(&'static str, &'static str)],
    /// What people do besides.
    by_hand: fn(&Team),
}

const NOTHING: fn(&Team) = |_| ();

const DIRTY: Fault = Fault {
    causes: |team| team.world.write("README.md", "half of a sentence\n"),
    step: "clean",
    entry: "T07",
    recovery: "fix-dirty-tree",
    choices: &[("choose", "stash")],
    by_hand: NOTHING,
};

const BEHIND: Fault = Fault {
    causes: |team| {
        team.world.in_clone("git reset --quiet --hard HEAD~1");
    },
    step: "in_sync",
    entry: "T09",
    recovery: "fix-branch",
    choices: &[],
    by_hand: NOTHING,
};

const UNREACHABLE: Fault = Fault {
    causes: |team| team.world.behaves(&json!({"is_gone": true})),
    step: "registry/facts",
    entry: "T17",
    recovery: "health-check",
    choices: &[],
    by_hand: |team| team.world.behaves(&json!({})),
};

/// Lets a release fail, reads what it says in each place, runs the recovery and goes on until the commit is checked out.
fn is_recovered_from(fault: &Fault) {
    let team = Team::new(Sample::Demo, Remote::Open);
    (fault.causes)(&team);
    let ran = team.exec("release", &["version=1.5.0"]).exits(1);
    let id = team.id();

    names(fault, &ran.stdout);
    names(fault, &team.run(&["status", &id]).stdout);
    let report = team.run(&["report", &id]).exits(0).stdout;
    assert!(report.contains(&format!("{}: ", fault.entry)), "{report}");
    let status = team.run(&["status", &id, "--json"]).data();
    let steps = status["steps"].as_array().expect("steps");
    let failed = steps.iter().find(|step| step["id"] == fault.step);
    let answered = &failed.expect("it is there")["answered_by"];
    assert_eq!(answered["id"], fault.entry, "{answered}");
    assert_eq!(answered["recovery"], fault.recovery, "{answered}");

    (fault.by_hand)(&team);
    recover(&team, fault);
    let mut terminal = Terminal::seated(&team.command(&["resume", &id]));
    terminal
        .shows(&format!("run `runbook exec {}`", fault.recovery))
        .shows("[r] try again")
        .types("r")
        .shows("Check out this commit in a folder of its own")
        .shows("[q] leave")
        .types("q");
    terminal.ends();
}

fn names(fault: &Fault, text: &str) {
    for part in [
        format!("{}: ", fault.entry),
        format!("run `runbook exec {}`", fault.recovery),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
}

/// Runs the recovery in the clone, to its end.
fn recover(team: &Team, fault: &Fault) -> Ran {
    let clone = team.world.clone_folder().to_string_lossy().into_owned();
    let mut ran = team.run(&[
        "exec",
        fault.recovery,
        "--non-interactive",
        "--target",
        &clone,
    ]);
    let id = team.id();
    for (step, option) in fault.choices {
        ran.exits(5);
        team.run(&["answer", &id, step, "--choose", option])
            .exits(0);
        ran = team.run(&["resume", &id, "--non-interactive"]);
    }
    ran.exits(0)
}

#[test]
fn a_tree_that_is_not_clean() {
    is_recovered_from(&DIRTY);
}

#[test]
fn a_branch_that_is_behind() {
    is_recovered_from(&BEHIND);
}

#[test]
#[ignore = "long: one more release up to its gate"]
fn a_registry_that_nobody_reaches() {
    is_recovered_from(&UNREACHABLE);
}
