//! Who wrote what is released does not approve it, whatever the folder says of names, and a name stands for no commit.

use crate::approvals::Team;
use crate::desk::Desk;
use crate::impostors::Scene;

const PEOPLE: &str = "roles:\n  developer: { title: Developer }\n  maintainer: { title: Maintainer }\npeople:\n  ana: { os: [root], roles: [maintainer] }\n  bob: { roles: [maintainer], mails: [bob@example.org] }\n  cleo: { roles: [maintainer], mails: [cleo@example.org, cleo@other.example] }\n";
const MATRIX: &str = "matrix:\n  team: { not: [initiator, author], approver: { any_of: [maintainer], need: required } }\n";

/// A target whose newest commit Bob wrote, and a gate that asks for it.
fn desk(commit: &str, since: &str) -> Desk {
    let desk = Desk::with(&format!(
        "params:\n  commit: {{ type: string, default: \"{commit}\" }}\n  since: {{ type: string, default: \"{since}\" }}\nsteps:\n  - id: go\n    title: Permission\n    approve: {{ matrix: team, commit: \"${{{{ params.commit }}}}\", since: \"${{{{ params.since }}}}\", text: Go }}\n  - {{ id: ship, title: Ship, run: \"echo shipped >> ../effects\", effect: once }}\n"
    ));
    desk.project
        .write("content/data/approvals.yaml", MATRIX)
        .write("content/data/roles.yaml", PEOPLE);
    git(&desk, &["init", "-q", "-b", "main"]);
    commits(&desk, "dora@example.org", "first");
    git(&desk, &["tag", "first"]);
    commits(
        &desk,
        "bob@example.org",
        "second\n\nCo-authored-by: Cleo <CLEO@other.example>",
    );
    desk
}

fn git(desk: &Desk, words: &[&str]) -> String {
    desk.project.git(&[&["-C", "target"], words].concat())
}

fn commits(desk: &Desk, mail: &str, message: &str) {
    let mail = format!("user.email={mail}");
    let words = [
        "-c",
        "user.name=X",
        "-c",
        &mail,
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        message,
    ];
    git(desk, &words);
}

fn authors(desk: &Desk) -> serde_json::Value {
    let run = desk.id();
    let shown = desk.run(&["request", &run]).exits(0).stdout;
    let request: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    request["authors"].clone()
}

#[test]
fn names_of_the_folder_and_replaced_commits_change_no_author() {
    let unkind: [fn(&Desk); 3] = [
        |_| (),
        |desk| {
            let map = "Nobody <nobody@example.org> <bob@example.org>\nNobody <nobody@example.org> <cleo@other.example>\n";
            desk.project.write("target/.mailmap", map);
        },
        |desk| {
            let own = git(desk, &["rev-parse", "HEAD"]);
            commits(desk, "nobody@example.org", "another");
            let other = git(desk, &["rev-parse", "HEAD"]);
            git(desk, &["reset", "-q", "--hard", &own]);
            git(desk, &["replace", &own, &other]);
        },
    ];
    for change in unkind {
        let desk = desk("", "first");
        let commit = git(&desk, &["rev-parse", "HEAD"]);
        change(&desk);
        desk.exec(&[&format!("commit={commit}")]).exits(5);
        assert_eq!(authors(&desk), serde_json::json!(["bob", "cleo"]));
        let run = desk.id();
        let refused = desk.run(&["approve", &run, "go", "--as", "bob"]).exits(2);
        assert!(
            refused.stderr.contains("bob wrote what is released"),
            "{}",
            refused.stderr
        );
    }
}

/// With nothing between, or from behind, somebody wrote the commit all the same.
#[test]
fn an_empty_range_has_the_author_of_its_commit() {
    for since in ["main", ""] {
        let desk = desk("", since);
        let commit = git(&desk, &["rev-parse", "HEAD"]);
        desk.exec(&[&format!("commit={commit}")]).exits(5);
        assert_eq!(
            authors(&desk),
            serde_json::json!(["bob", "cleo"]),
            "{since}"
        );
    }
}

#[test]
fn a_name_is_no_commit() {
    for name in ["main", "HEAD", "first", "abc1234"] {
        let desk = desk(name, "first");
        let ran = desk.exec(&[]).exits(5);
        let words =
            format!("`commit:` comes to `{name}`, and has to be the whole hash of a commit");
        assert!(ran.stdout.contains(&words), "{}", ran.stdout);
    }
}

/// What the request says of authors is compared with git, by whoever has a clone.
#[test]
fn authors_that_were_left_out_are_named_elsewhere() {
    let body = "risk: high\nparams:\n  commit: { type: string }\nsteps:\n  - id: go\n    title: Permission\n    approve: { matrix: team, commit: \"${{ params.commit }}\", text: Ship, expires: 4h }\n  - { id: ship, title: Ship it, run: \"echo shipped >> effects\", effect: once }\n";
    let team = Team::with(body, &[("ana", ""), ("bob", ""), ("cleo", "")]);
    let project = &team.desk.project;
    let matrix = MATRIX.replace("maintainer", "lead");
    project.write("content/data/approvals.yaml", matrix);
    let roles = project.read("content/data/roles.yaml");
    let roles = roles.replace("  bob: {", "  bob: { mails: [bob@example.org],");
    project.write("content/data/roles.yaml", roles);
    project.commit();
    let words = [
        "-c",
        "user.email=bob@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "By Bob",
    ];
    project.git(&words);
    let commit = project.git(&["rev-parse", "HEAD"]);
    project.git(&["push", "-q", "origin", "main"]);
    team.desk.exec(&[&format!("commit={commit}")]).exits(5);
    let runs = team.desk.run(&["runs", "--open", "--json"]).data();
    let run = runs[0]["run"].as_str().expect("an id").to_owned();
    let scene = Scene::open(team, run);
    scene.verified(&scene.run).exits(0);
    scene.rewrite(|lines| {
        for line in lines {
            if let Some(text) = line["request"].as_str() {
                line["request"] = text.replace("\"authors\":[\"bob\"],", "").into();
            }
        }
    });
    let verified = scene.verified(&scene.run).exits(10).stdout;
    assert!(verified.contains("and git says: bob"), "{verified}");
}
