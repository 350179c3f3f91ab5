//! The release of packages of a workspace, which are published together from one commit.

use crate::releases::killed_once;
use crate::team::Team;
use serde_json::json;

#[test]
fn of_a_workspace_those_that_changed_are_released_in_the_order_of_their_needs() {
    let team = Team::of_a_workspace();
    let of = "workspace=sample-workspace";
    let version = |name: &str| team.view_of(name, "dist-tags.latest");
    // What needs the old text exactly has to be released as well.
    let changed = "packages=sample-text@1.2.0,sample-core@1.0.4";
    let ran = team.exec("release-packages", &[of, changed]).exits(1);
    assert!(
        ran.stdout
            .contains("sample-tool needs sample-text 1.1.0: release sample-tool as well"),
        "{}",
        ran.stdout
    );
    team.run(&["abort", &team.id(), "--reason", "one is missing"])
        .exits(0);

    let all = "packages=sample-tool@2.0.1,sample-text@1.2.0,sample-core@1.0.4";
    let ran = team.exec("release-packages", &[of, all]).exits(5);
    let order = "Publish sample-core@1.0.4,sample-text@1.2.0,sample-tool@2.0.1 as latest";
    assert!(ran.stdout.contains(order), "{}", ran.stdout);
    team.approve("approve");
    // It stops when the first of three is published, and nobody has any of them.
    killed_once(
        &team,
        ("step.finished", "publish[sample-core%401.0.4]"),
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

    for (name, new) in [
        ("sample-core", "1.0.4"),
        ("sample-text", "1.2.0"),
        ("sample-tool", "2.0.1"),
    ] {
        assert_eq!(version(name), new);
        let tries = team.tries(&format!("publish[{name}%40{new}]"));
        assert_eq!(tries, 1, "{name}");
        team.world
            .in_remote(&format!("merge-base --is-ancestor {name}@{new} main"));
    }
    let said = team.world.in_clone(
        "cd \"$(mktemp -d)\" && npm init --yes > /dev/null && npm install --silent --prefer-online sample-tool && node_modules/.bin/sample-tool ' Ana ' && ls node_modules | grep -c sample",
    );
    assert_eq!(
        said, "Good day, Ana!\n3",
        "and no old text beside the new one"
    );
}
