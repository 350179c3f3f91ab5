//! Provenance: the registry's word that a job in CI built a version. A version without it does not
//! follow those that have it, unless somebody says so.

use crate::packages::{Remote, Sample};
use crate::project::ends;
use crate::team::Team;
use serde_json::json;

const PROMOTE: &str = "publish/promote";

#[test]
fn a_version_without_provenance_does_not_follow_those_that_have_it() {
    let team = Team::new(Sample::Demo, Remote::Open);
    let attested = |versions: &[&str]| team.world.behaves(&json!({"attested": versions}));
    attested(&["1.4.2"]);
    let ran = team.exec("release", &["version=1.5.0"]).exits(1);
    for said in ["-p publish_by=ci", "-p provenance=lose"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("Install what"), "{}", ran.stdout);
    team.run(&["abort", &team.id(), "--reason", "it is refused"])
        .exits(0);

    // Whoever accepts the loss gets as far as the next question, where the session has ended.
    team.world
        .behaves(&json!({"attested": ["1.4.2"], "clock_ahead": 7300}));
    let ran = team
        .exec("release", &["version=1.5.0", "provenance=lose"])
        .exits(1);
    assert!(ran.stdout.contains("npm login"), "{}", ran.stdout);
    team.run(&["abort", &team.id(), "--reason", "the session is over"])
        .exits(0);

    // A job in CI may have no provenance either, with a token of its own: users do not get that.
    attested(&["1.4.2"]);
    team.exec("release", &["version=1.5.0", "publish_by=ci"])
        .exits(5);
    team.approve("publish/approve_release");
    let mut going = team.resume_beside(PROMOTE);
    team.ci("v1.5.0", "publish --tag candidate");
    assert_eq!(ends(&mut going).code(), Some(1));
    let ran = team.run(&["status", &team.id()]);
    let said = "Does it have the provenance";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert_eq!(team.view("", "dist-tags.latest"), "1.4.2");

    attested(&["1.4.2", "1.5.0"]);
    let mut terminal = team.resume_at_terminal();
    terminal.shows("[r] try again").types("r");
    terminal.shows("type `1.5.0` to continue").types("1.5.0");
    terminal.shows("[Enter] run").types("a");
    terminal.shows("is finished");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    assert_eq!(team.view("", "dist-tags.latest"), "1.5.0");
    let proof = team.view("", "dist.attestations.provenance.predicateType");
    assert_eq!(proof, "https://slsa.dev/provenance/v1");
}

#[test]
fn a_version_that_lost_its_provenance_does_not_hide_the_ones_that_had_it() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.world.in_clone(
        "npm version --silent --no-git-tag-version --ignore-scripts 1.4.9 && npm publish --silent > /dev/null && git checkout --quiet . && rm -rf dist .tests",
    );
    team.world.behaves(&json!({"attested": ["1.4.2"]}));
    let ran = team.exec("release", &["version=1.5.0"]).exits(1);
    let said = "-p provenance=lose";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}
