//! A network that dies around a release: what nobody can ask about is never taken for "not there".

use crate::packages::{Remote, Sample};
use crate::team::Team;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A team whose release has pushed its tag, and waits for a second factor before anything is sent.
fn with_a_pushed_tag() -> Team {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=1.5.0"]).exits(5);
    team.approve("publish/approve_release");
    team.world.behaves(&json!({"factor": "code"}));
    team.resume("publish/promote").exits(5);
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "v1.5.0");
    team
}

#[test]
fn an_undo_that_reaches_neither_registry_nor_remote_leaves_the_tag_and_succeeds_later() {
    let team = with_a_pushed_tag();
    let id = team.id();
    let here = || team.world.in_clone("git tag --list v1.5.0");

    team.world.behaves(&json!({"is_gone": true}));
    let ran = team.run(&["undo", &id]).exits(8);
    let said = "the registry gives no answer, so nobody knows whether the version is published";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert_eq!(here(), "v1.5.0");
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "v1.5.0");

    team.world.behaves(&json!({}));
    team.world.in_clone("mv ../remote.git ../away.git");
    let ran = team.run(&["undo", &id]).exits(8);
    let said = "the remote gives no answer, so nobody knows whether it has the tag";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("run this undo again"), "{}", ran.stdout);
    assert_eq!(here(), "v1.5.0", "it may be the only one that is left");

    team.world.in_clone("mv ../away.git ../remote.git");
    team.run(&["undo", &id]).exits(7);
    assert_eq!(here(), "");
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "");
}

#[test]
#[ignore = "long: one more release up to its tag"]
fn an_undo_leaves_the_tag_of_somebody_else() {
    let team = with_a_pushed_tag();
    // Meanwhile somebody gave the name to another commit.
    team.world.in_clone(
        "git push --quiet --no-verify origin --delete v1.5.0 && git push --quiet --no-verify origin main~1:refs/tags/v1.5.0",
    );
    let theirs = team.world.in_remote("rev-parse v1.5.0");
    team.run(&["undo", &team.id()]).exits(7);
    assert_eq!(team.world.in_remote("rev-parse v1.5.0"), theirs);
    assert_eq!(team.world.in_clone("git tag --list v1.5.0"), "");
}

#[test]
fn a_remote_that_does_not_answer_is_not_one_without_the_tag() {
    let team = Team::new(Sample::Demo, Remote::Open);
    // The network dies between two questions.
    let git = "#!/bin/sh\nif test \"$1\" = ls-remote; then echo 'fatal: unable to connect' >&2; exit 128; fi\nexec /usr/bin/git \"$@\"\n";
    team.world.folder().write("bin/git", git);
    let file = team.world.folder().path("bin/git");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let fix = format!("commit={}", team.world.fix);
    for (runbook, params) in [
        ("release", &["version=1.5.0"][..]),
        (
            "hotfix",
            &[
                "severity=high",
                "base=1.4.2",
                "version=1.4.3",
                "incident=INC-1",
                &fix,
            ],
        ),
    ] {
        let ran = team.exec(runbook, params).exits(1);
        let said = "What does the registry say?";
        assert!(!ran.stdout.contains(said), "{runbook}: {}", ran.stdout);
        team.run(&["abort", &team.id(), "--reason", "no network"])
            .exits(0);
    }
}
