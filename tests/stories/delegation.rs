//! Somebody is away, and another person approves in their place: as the roles say, for those days, and no further.

use crate::approvals::{Team, new_key};

const SHIP: &str = "risk: high\nroles:\n  approver: { any_of: [lead], not: [initiator] }\nsteps:\n  - { id: go, title: Permission, approve: { role: approver, text: Ship, expires: 4h } }\n  - { id: ship, title: Ship it, run: \"echo shipped >> effects\", effect: once }\n";

/// A team in which Bob leads, Dora does not, and this person delegates to Dora from and until these days.
fn team(who: &str, from: &str, until: &str) -> Team {
    let team = Team::with(SHIP, &[("ana", ""), ("bob", "")]);
    let key = new_key(&team.home("dora"), "dora");
    let project = &team.desk.project;
    let roles = project.read("content/data/roles.yaml");
    let days = format!("delegates: {{ to: dora, from: {from}, until: {until} }}, keys");
    let (before, own) = roles.split_once(&format!("  {who}:")).expect("somebody");
    let own = own.replacen("keys", &days, 1);
    let dora = format!("  dora: {{ roles: [developer], keys: ['{key}'] }}\n");
    project.write(
        "content/data/roles.yaml",
        format!("{before}  {who}:{own}{dora}"),
    );
    project.commit();
    project.git(&["push", "-q", "origin", "main"]);
    team
}

const AGES: (&str, &str) = ("2020-01-01", "2099-12-31");

#[test]
fn who_delegates_is_not_asked_and_the_other_person_is() {
    let team = team("bob", AGES.0, AGES.1);
    let run = team.begin();
    let shown = team.desk.run(&["request", &run]).exits(0).stdout;
    assert!(
        shown.contains("\"instead_of\":{\"dora\":[\"bob\"]}"),
        "{shown}"
    );
    team.request_for("bob");
    let words = ["approve", &run, "go", "--request", "request.json"];
    let refused = team.by("bob", &words).exits(2).stderr;
    assert!(refused.contains("SHA256:"), "{refused}");
    team.request_for("dora");
    let answer = team.answers("dora", &run, &[]);
    team.import(&answer).exits(0);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped"]);
    team.desk.run(&["verify", &run]).exits(0);
}

#[test]
fn a_delegation_ends_with_its_last_day() {
    for (from, until) in [("2020-01-01", "2020-02-01"), ("2099-01-01", "2099-02-01")] {
        let team = team("bob", from, until);
        let run = team.begin();
        let shown = team.desk.run(&["request", &run]).exits(0).stdout;
        assert!(!shown.contains("dora"), "{from}: {shown}");
        team.request_for("bob");
        team.import(&team.answers("bob", &run, &[])).exits(0);
        team.desk.run(&["resume", &run]).exits(0);
    }
}

/// Who may not approve cannot let somebody do it instead.
#[test]
fn who_started_the_run_delegates_nothing() {
    let team = team("ana", AGES.0, AGES.1);
    let run = team.begin();
    let shown = team.desk.run(&["request", &run]).exits(0).stdout;
    assert!(!shown.contains("dora"), "{shown}");
    assert!(shown.contains("\"holders\":[\"bob\"]"), "{shown}");
}

#[test]
fn a_delegation_that_means_nobody_is_a_finding() {
    let team = Team::with(SHIP, &[("ana", ""), ("bob", "")]);
    let project = &team.desk.project;
    for (what, words) in [
        (
            "{ to: bop, from: 2026-12-01, until: 2026-12-02 }",
            "`people` lists nobody called `bop`",
        ),
        (
            "{ to: ana, from: 2026-12-01, until: 2026-12-02 }",
            "ana delegates to nobody else",
        ),
        (
            "{ to: bob, from: 2026-12-02, until: 2026-12-01 }",
            "a delegation ends before it begins",
        ),
        (
            "{ to: bob, from: tomorrow, until: 2026-12-01 }",
            "`tomorrow` does not fit here",
        ),
        ("{ to: bob, from: 2026-12-02 }", "has no `until`"),
    ] {
        let roles = project.read("content/data/roles.yaml");
        let faulty = roles.replacen("ana: {", &format!("ana: {{ delegates: {what},"), 1);
        project.write("content/data/roles.yaml", faulty);
        let found = project.run(&["check"]).exits(1);
        let said = format!("{}{}", found.stdout, found.stderr);
        assert!(said.contains(words), "{words}: {said}");
        project.write("content/data/roles.yaml", roles);
    }
}
