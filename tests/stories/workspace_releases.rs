//! The release of packages of a workspace, which are published together from one commit.

use crate::desk::until;
use crate::project::ends;
use crate::registry::CODE;
use crate::releases::killed_once;
use crate::signed_tags::signs_its_tags;
use crate::team::Team;
use serde_json::json;

const OF: &str = "workspace=sample-workspace";
const ALL: &str = "packages=sample-tool@2.0.1,sample-text@1.2.0,sample-core@1.0.4";
/// The packages in the order of their needs, with those versions.
const NEW: [(&str, &str); 3] = [
    ("sample-core", "1.0.4"),
    ("sample-text", "1.2.0"),
    ("sample-tool", "2.0.1"),
];

#[test]
fn of_a_workspace_those_that_changed_are_released_in_the_order_of_their_needs() {
    let team = Team::of_a_workspace();
    signs_its_tags(&team);
    let version = |name: &str| team.view_of(name, "dist-tags.latest");
    // What needs the old text exactly has to be released as well.
    let changed = "packages=sample-text@1.2.0,sample-core@1.0.4";
    let ran = team.exec("release-packages", &[OF, changed]).exits(1);
    assert!(
        ran.stdout
            .contains("sample-tool needs sample-text 1.1.0: release sample-tool as well"),
        "{}",
        ran.stdout
    );
    team.run(&["abort", &team.id(), "--reason", "one is missing"])
        .exits(0);

    let ran = team.exec("release-packages", &[OF, ALL]).exits(5);
    let order = "Publish sample-core@1.0.4,sample-text@1.2.0,sample-tool@2.0.1 as latest";
    assert!(ran.stdout.contains(order), "{}", ran.stdout);
    team.approve("approve");
    // It stops when the first of three is published, and nobody has any of them.
    killed_once(
        &team,
        ("step.finished", "one[sample-core%401.0.4]/publish"),
        "sure",
        true,
    );
    for (name, old) in [
        ("sample-core", "1.0.3"),
        ("sample-text", "1.1.0"),
        ("sample-tool", "2.0.0"),
    ] {
        assert_eq!(version(name), old);
    }

    team.world.behaves(&json!({"visible_after": {"reads": 4}}));
    team.resume("sure").exits(0);

    for (name, new) in NEW {
        assert_eq!(version(name), new);
        let tries = team.tries(&format!("one[{name}%40{new}]/publish"));
        assert_eq!(tries, 1, "{name}");
        team.world
            .in_remote(&format!("merge-base --is-ancestor {name}@{new} main"));
        team.world.in_remote(&format!("verify-tag {name}@{new}"));
    }
    let said = team.world.in_clone(
        "cd \"$(mktemp -d)\" && npm init --yes > /dev/null && npm install --silent --prefer-online sample-tool && node_modules/.bin/sample-tool ' Ana ' && ls node_modules | grep -c sample",
    );
    assert_eq!(
        said, "Good day, Ana!\n3",
        "and no old text beside the new one"
    );
}

#[test]
#[ignore = "long: a release of a workspace that is killed"]
fn what_is_killed_in_its_upload_and_undone_at_once_is_not_called_never_published() {
    let team = Team::of_a_workspace();
    team.exec("release-packages", &[OF, ALL]).exits(5);
    team.approve("approve");
    // The registry has taken the first, and neither answers nor shows it.
    team.world
        .behaves(&json!({"late_answers": ["publish"], "visible_after": "held"}));
    let mut going = team.resume_beside("sure");
    let arrived = team
        .world
        .folder()
        .path("store/packages/sample-core/sample-core-1.0.4.tgz");
    until("the upload has arrived", || arrived.exists());
    going.kill().expect("it runs");
    ends(&mut going);
    // What it started ends with it, as when a machine loses its power.
    team.world.in_clone("for process in /proc/[0-9]*; do if tr '\\0' '\\n' < $process/environ 2> /dev/null | grep --quiet \"^RB_OUTPUT_DIR=$(dirname \"$PWD\")/state\"; then kill -9 \"${process#/proc/}\" || true; fi; done");

    let id = team.id();
    // Twice: an undo that failed has not forgotten what it does not know.
    for _ in 0..2 {
        let ran = team.run(&["undo", &id]).exits(8);
        let said = "does not show the version yet, and cannot";
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
        assert!(!ran.stdout.contains("never published"), "{}", ran.stdout);
    }
}

#[test]
#[ignore = "long: a release of a workspace by CI"]
fn what_ci_publishes_of_a_workspace_of_one_version_has_one_tag_and_is_compared() {
    let team = Team::of_a_workspace();
    let by_ci = |packages: &str| {
        let packages = format!("packages={packages}");
        team.exec(
            "release-packages",
            &[OF, &packages, "publish_by=ci", "tags=one"],
        )
    };
    // One tag says one version: of those that are named, and of those that are not.
    for packages in [
        "sample-core@2.1.0,sample-text@2.1.0,sample-tool@2.1.1",
        "sample-core@2.1.0,sample-text@2.1.0",
    ] {
        let ran = by_ci(packages).exits(1);
        let said = "one tag needs one version of all packages";
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
        team.run(&["abort", &team.id(), "--reason", "they differ"])
            .exits(0);
    }

    by_ci("sample-core@2.1.0,sample-text@2.1.0,sample-tool@2.1.0").exits(5);
    team.approve("approve");
    let mut going = team.resume_beside("sure");
    team.ci_of_a_workspace("v2.1.0", "npm publish --workspaces --tag candidate");
    assert!(ends(&mut going).success());
    assert_eq!(team.world.in_remote("tag --list *@2.1.0"), "");
    for (name, _) in NEW {
        assert_eq!(team.view_of(name, "dist-tags.latest"), "2.1.0");
        assert_eq!(team.tries(&format!("one[{name}%402.1.0]/publish")), 0);
    }
}

#[test]
#[ignore = "long: a release of a workspace that CI stages"]
fn what_ci_staged_of_a_workspace_is_compared_and_each_is_approved_with_the_second_factor() {
    let team = Team::of_a_workspace();
    team.world.behaves(&json!({"factor": "code"}));
    team.exec("release-packages", &[OF, ALL, "publish_by=staged"])
        .exits(5);
    team.approve("approve");
    let mut terminal = team.resume_at_terminal();
    terminal
        .shows("Tag the commit")
        .shows("[Enter] run")
        .types("a");
    team.ci_of_a_workspace(
        "sample-core@1.0.4",
        "for folder in packages/*; do (cd $folder && npm stage publish --tag candidate); done",
    );
    for (name, new) in NEW {
        terminal.shows(&format!("one[{name}%40{new}]/publish"));
        terminal.shows("Enter OTP:").types(CODE);
    }
    terminal.shows("type `latest` to continue").types("latest");
    for _ in NEW {
        terminal.shows("Enter OTP:").types(CODE);
    }
    terminal.shows("is finished");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    for (name, new) in NEW {
        assert_eq!(team.view_of(name, "dist-tags.latest"), new);
    }
}
