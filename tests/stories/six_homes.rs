//! A minor release of a package, approved by six people who share nothing but files: each has a home and a key that no
//! other can read.

use crate::approvals::{new_key, path};
use crate::packages::{Remote, Sample};
use crate::project::Ran;
use crate::team::Team;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const ROLES: [&str; 6] = [
    "release-manager",
    "technical-lead",
    "product-owner",
    "qa-lead",
    "security-lead",
    "operations-lead",
];

/// A home for each role; nobody else may look into it.
fn homes(folder: &Path) -> Vec<(String, PathBuf, String)> {
    let home = |role: &&str| {
        let home = folder.join(role);
        let key = new_key(&home, role);
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).expect("rights");
        ((*role).to_owned(), home, key)
    };
    ROLES.iter().map(home).collect()
}

/// What a person runs at home, without the project and without its runs.
fn at_home(team: &Team, home: &Path, arguments: &[&str]) -> Ran {
    let mut command = team.docs().command(arguments);
    command
        .current_dir(home)
        .env("HOME", home)
        .env("RUNBOOK_STATE_DIR", home.join("none"))
        .env("SSH_AUTH_SOCK", "")
        .stdin(Stdio::null());
    Ran::to_its_end(&mut command)
}

#[test]
fn a_minor_release_is_approved_by_six_files_and_published() {
    let team = Team::new(Sample::Demo, Remote::Open);
    let folder = tempfile::tempdir().expect("a folder");
    let homes = homes(folder.path());
    let mut people = String::from("people:\n  dev: { os: [root], roles: [developer] }\n");
    for (role, _, key) in &homes {
        people += &format!("  {role}: {{ roles: [{role}], keys: [\"{key}\"] }}\n");
    }
    let docs = team.docs();
    docs.edit("content/data/roles.yaml", "people: {}\n", &people);
    docs.commit();
    let remote = folder.path().join("docs.git");
    docs.git(&["init", "-q", "--bare", "-b", "main", path(&remote)]);
    docs.git(&["branch", "-q", "-M", "main"]);
    docs.git(&["remote", "add", "origin", path(&remote)]);
    docs.git(&["push", "-q", "origin", "main"]);

    let begun = team.exec("release", &["version=1.5.0"]).exits(5);
    assert!(
        begun.stdout.contains("only a signed approval counts"),
        "{}",
        begun.stdout
    );
    let id = team.id();
    let gate = "publish/approve_release";
    let refused = team
        .run(&["approve", &id, gate, "--as", "qa-lead"])
        .exits(2);
    assert!(
        refused.stderr.contains("nothing was signed"),
        "{}",
        refused.stderr
    );

    let line = team.run(&["request", &id, "--line"]).exits(0).stdout;
    for (number, (role, home, _)) in homes.iter().enumerate() {
        let request = home.join("mail.txt");
        fs::write(&request, format!("please look at this\n{line}\n")).expect("a file");
        let words = [
            "approve",
            &id,
            gate,
            "--request",
            "mail.txt",
            "--sign",
            "--out",
            "answer.txt",
        ];
        let shown = at_home(&team, home, &words).exits(0);
        for words in [
            "version=1.5.0",
            "commit",
            "sha512-",
            "row         minor",
            "then",
        ] {
            assert!(shown.stderr.contains(words), "{words}: {}", shown.stderr);
        }
        // Until the last has approved, nothing goes on.
        team.resume("publish/promote").exits(5);
        assert_eq!(team.view("", "dist-tags.latest"), "1.4.2", "{number}");
        let answer = home.join("answer.txt");
        team.run(&["answer", "--import", path(&answer)]).exits(0);
        let again = team.run(&["answer", "--import", path(&answer)]).exits(2);
        assert!(again.stderr.contains("already"), "{role}: {}", again.stderr);
    }
    team.world.behaves(&json!({}));
    team.resume("publish/promote").exits(0);
    assert_eq!(team.view("", "dist-tags.latest"), "1.5.0");

    let verified = team.run(&["verify", &id]).exits(0).stdout;
    assert_eq!(
        verified
            .matches("`publish/approve_release`: signed by")
            .count(),
        6,
        "{verified}"
    );
    let report = team.run(&["report", &id]).exits(0).stdout;
    assert_eq!(
        report.matches("approved (signed with SHA256:").count(),
        12,
        "{report}"
    );
}
