//! An approval that counts only once something is true: kept and shown until then, and the way to take an approval back
//! while others are still waited for.

use crate::approvals::Team;
use crate::impostors::Scene;
use serde_json::Value;
use std::fs;

fn body(count: u32) -> String {
    format!(
        "risk: high\nroles:\n  approver: {{ any_of: [lead], not: [initiator] }}\nsteps:\n  - {{ id: go, title: Permission, approve: {{ role: approver, count: {count}, text: Ship, expires: 4h }} }}\n  - {{ id: ship, title: Ship it, run: \"echo shipped >> effects\", effect: once }}\n"
    )
}

fn team(count: u32) -> Team {
    Team::with(&body(count), &[("ana", ""), ("bob", ""), ("cleo", "")])
}

/// What a person answers on a machine of their own, brought back.
fn answers(team: &Team, person: &str, run: &str, how: &[&str]) {
    team.request_for(person);
    team.import(&team.answers(person, run, how)).exits(0);
}

#[test]
fn an_approval_with_conditions_counts_once_it_is_given_without() {
    let team = team(1);
    let run = team.begin();
    answers(
        &team,
        "bob",
        &run,
        &[
            "--if",
            "the notes name the migration",
            "--if",
            "CI is green",
        ],
    );
    team.desk.run(&["resume", &run]).exits(5);
    assert!(team.desk.effects().is_empty());
    let shown = team.desk.run(&["status", &run]).exits(0).stdout;
    let words = "bob approves if: the notes name the migration; CI is green";
    assert!(shown.contains(words), "{shown}");
    let status = team.desk.run(&["status", &run, "--json"]).exits(0).data();
    let conditional = &status["steps"][0]["conditional"][0];
    assert_eq!(conditional["by"], "bob");
    assert_eq!(conditional["conditions"][1], "CI is green");
    assert_eq!(status["steps"][0]["approved_by"], Value::Array(Vec::new()));
    team.desk.run(&["verify", &run]).exits(0);

    answers(&team, "bob", &run, &[]);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped"]);
    team.desk.run(&["verify", &run]).exits(0);
    let report = team.desk.run(&["report", &run]).exits(0).stdout;
    assert!(
        report.contains("if: the notes name the migration"),
        "{report}"
    );
    let status = team.desk.run(&["status", &run, "--json"]).exits(0).data();
    assert_eq!(status["steps"][0]["conditional"], Value::Array(Vec::new()));
}

#[test]
fn an_approval_is_taken_back_while_others_are_waited_for() {
    let team = team(2);
    let run = team.begin();
    answers(&team, "bob", &run, &[]);
    answers(
        &team,
        "bob",
        &run,
        &["--if", "somebody looks at the tarball"],
    );
    answers(&team, "cleo", &run, &[]);
    team.desk.run(&["resume", &run]).exits(5);
    assert!(team.desk.effects().is_empty());
    let answer = team.answers("bob", &run, &["--if", "it is Monday"]);
    let late = team.home("bob").join("late.txt");
    fs::copy(answer, &late).expect("a copy");
    answers(&team, "bob", &run, &[]);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped"]);
    team.desk.run(&["verify", &run]).exits(0);
    team.import(&late).exits(2);
}

#[test]
fn a_claim_has_conditions_as_well() {
    let team = Team::with(
        &body(1).replace("risk: high\n", ""),
        &[("ana", ""), ("bob", "")],
    );
    let run = team.begin();
    team.desk
        .run(&["approve", &run, "go", "--as", "bob", "--if", "CI is green"])
        .exits(0);
    team.desk.run(&["resume", &run]).exits(5);
    assert!(team.desk.effects().is_empty());
    team.desk
        .run(&["approve", &run, "go", "--as", "bob"])
        .exits(0);
    team.desk.run(&["resume", &run]).exits(0);
}

/// What was signed has conditions, and the journal says that it has none.
#[test]
fn conditions_cannot_be_taken_off() {
    let scene = Scene::of(team(1));
    answers(&scene.team, "bob", &scene.run, &["--if", "CI is green"]);
    scene.rewrite(|lines| {
        for line in lines {
            line.as_object_mut()
                .expect("an object")
                .shift_remove("conditions");
        }
    });
    scene.run(&["resume", &scene.run]).exits(10);
    let verified = scene.verified(&scene.run).exits(10).stdout;
    assert!(
        verified.contains("has conditions that the journal does not show"),
        "{verified}"
    );
    assert!(scene.team.desk.effects().is_empty());
}
