//! The dry run of release, hotfix and rollback: it goes to its end in a sandbox, and nobody outside
//! notices it.

use crate::approvals::new_key;
use crate::packages::{Remote, Sample};
use crate::team::Team;
use crate::tools;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A team on whose machine the registry of the sandbox is installed.
fn team() -> Team {
    let team = Team::new(Sample::Demo, Remote::Open);
    // A real approval of this team is signed, by somebody who is not here.
    let roles = [
        "release-manager",
        "technical-lead",
        "product-owner",
        "qa-lead",
        "security-lead",
        "operations-lead",
    ];
    let people: String = roles
        .iter()
        .map(|role| {
            let key = new_key(
                &team.world.folder().path(&format!("elsewhere/{role}")),
                role,
            );
            format!("  {role}-person: {{ roles: [{role}], keys: ['{key}'] }}\n")
        })
        .collect();
    team.docs()
        .edit(
            "content/data/roles.yaml",
            "people: {}\n",
            &format!("people:\n{people}"),
        )
        .commit();
    let bin = team.world.folder().path("bin");
    fs::create_dir_all(&bin).expect("folders can be made");
    let program = tools::installed("registry").join("node_modules/.bin/verdaccio");
    symlink(program, bin.join("verdaccio")).expect("links can be made");
    team
}

/// What the world outside the sandbox looks like.
fn outside(team: &Team) -> String {
    let clone = team.world.in_clone(
        "git rev-parse HEAD && git status --short && git branch --list && git stash list && git worktree list | wc -l",
    );
    let remote = team.world.in_remote("for-each-ref");
    let registry = team.view("", "");
    format!("{clone}\n{remote}\n{registry}")
}

/// Whether a process lives that works for a sandbox of this team.
fn is_somebody_left(home: &Path) -> bool {
    let home = home.to_string_lossy().into_owned();
    let processes = fs::read_dir("/proc").expect("it is Linux");
    processes.flatten().any(|process| {
        let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains(&home)
    })
}

#[test]
fn release_hotfix_and_rollback_are_practised_and_nobody_outside_notices() {
    let team = team();
    let before = outside(&team);
    let ran = team.exec("qa-dry-run", &[]).exits(0);
    for said in [
        "  release = machine ",
        " s, people approve publish/approve_release, people confirm publish/promote\n",
        "  hotfix = machine ",
        " s, people approve publish/approve_high, people confirm publish/promote\n",
        "  rollback = machine ",
        " s, people confirm retag\n",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let log = team.run(&["logs", &team.id(), "release/run"]).stdout;
    assert!(log.contains("isolated by a network of its own"), "{log}");
    let claims = "approvals of this run are claims: a dry run in a sandbox";
    assert!(log.contains(claims), "{log}");
    assert!(log.contains("Release 2.0.0"), "the shipped runbook ran");
    assert!(!log.contains("is done already"), "{log}");
    let log = team.run(&["logs", &team.id(), "registry"]).stdout;
    assert!(log.contains(", and the package wants >=20"), "{log}");
    assert_eq!(outside(&team), before);
    let home = team.world.folder().path("home");
    let kept = fs::read_dir(home.join(".cache/runbook")).map_or(0, Iterator::count);
    assert_eq!(kept, 0, "the sandbox is gone");
    assert!(!is_somebody_left(&home.join(".cache/runbook")));
    assert!(
        !team
            .world
            .folder()
            .path("state/proxmox-mpc/messages")
            .exists(),
        "nobody was told"
    );
}

#[test]
#[ignore = "long: half of a dry run"]
fn a_package_that_calls_the_real_registry_fails_in_the_sandbox() {
    let team = team();
    let registry = team.world.in_clone("npm config get registry");
    let calls = format!("npm ping --registry {registry} && node --test");
    team.world.edit("package.json", "node --test", &calls);
    team.world
        .in_clone("git commit --quiet --no-verify --all -m 'test: ask the registry'");
    let before = outside(&team);
    let ran = team.exec("qa-dry-run", &[]).exits(1);
    assert!(ran.stdout.contains("make/test"), "{}", ran.stdout);
    assert!(ran.stdout.contains("ECONNREFUSED"), "{}", ran.stdout);
    assert_eq!(outside(&team), before);

    // The sandbox is there for whoever looks for the cause, and goes with the run.
    let home = team.world.folder().path("home/.cache/runbook");
    assert_eq!(fs::read_dir(&home).expect("it is there").count(), 1);
    team.run(&["abort", &team.id(), "--reason", "the test has to change"])
        .exits(0);
    assert_eq!(fs::read_dir(&home).expect("it is there").count(), 0);
}
