//! A version that users can install is announced: with `gh` as a draft first, without it as files.

use crate::packages::{Remote, Sample};
use crate::team::Team;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const PUBLISH: &str = "publish";
const ABOUT: [&str; 2] = ["version=1.4.2", "repository=acme/demo"];

/// Whose users have 1.4.2, with the changelog that is in its tag.
fn team() -> Team {
    Team::new(Sample::Demo, Remote::Open)
}

/// The same, with a `gh` that is signed in.
fn team_on_github() -> Team {
    let team = team();
    sign_in(&team);
    team
}

/// Gives everybody a `gh` that is signed in.
fn sign_in(team: &Team) {
    let gh = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gh/gh");
    let folder = team.world.folder();
    folder.write("home/github/signed_in", "github.com");
    fs::create_dir_all(folder.path("bin")).expect("folders can be made");
    fs::copy(gh, folder.path("bin/gh")).expect("it can be copied");
}

/// What GitHub has.
fn releases(team: &Team) -> Vec<Value> {
    let text = team.world.folder().read("home/github/releases.json");
    serde_json::from_str(&text).expect("a list")
}

fn calls(team: &Team, command: &str) -> usize {
    let log = team.world.folder().read("home/github/log");
    log.lines()
        .filter(|line| line.starts_with(&format!("release {command} ")))
        .count()
}

/// Begins, and reads the notes.
fn read(team: &Team) {
    let ran = team.exec("announce-release", &ABOUT).exits(5);
    assert!(
        ran.stdout.contains("The notes of demo 1.4.2 are in"),
        "{}",
        ran.stdout
    );
    let id = team.id();
    team.run(&["answer", &id, "read", "--choose", "good"])
        .exits(0);
}

/// Goes on until it is public.
fn publish(team: &Team) {
    team.resume(PUBLISH).exits(0);
}

fn is_public_once(team: &Team) {
    let all = releases(team);
    let [release] = all.as_slice() else {
        panic!("one release, not {all:?}");
    };
    assert_eq!(release["isDraft"], false);
    assert_eq!(release["isLatest"], true);
    let body = release["body"].as_str().expect("notes");
    assert!(body.contains("Grüße bleiben"), "{body}");
    assert!(
        !body.contains("1.4.1") && !body.contains("Unreleased"),
        "{body}"
    );
    let names: Vec<&Value> = release["assets"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|asset| &asset["name"])
        .collect();
    assert_eq!(json!(names), json!(["SHA256SUMS", "demo-1.4.2.tgz"]));
    let told = team.announced();
    assert_eq!(
        told.matches("https://git.example.org/releases/1").count(),
        1,
        "{told}"
    );
}

#[test]
fn what_users_have_is_announced_in_either_way_and_nothing_else() {
    let team = team();
    is_refused(
        &team,
        "version=1.5.0",
        "the registry does not have demo 1.5.0",
    );
    a_person_gets_the_notes_and_the_files(&team);

    sign_in(&team);
    a_release_page_has_its_files_before_anybody_sees_it(&team);

    let before = releases(&team);
    team.users_have_also("1.5.0");
    is_refused(&team, "version=1.4.2", "latest is 1.5.0, not 1.4.2");
    assert_eq!(releases(&team), before);
}

fn is_refused(team: &Team, version: &str, said: &str) {
    let ran = team
        .exec("announce-release", &[version, "repository=acme/demo"])
        .exits(1);
    assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    team.run(&["abort", &team.id(), "--reason", "it is refused"])
        .exits(0);
}

fn a_release_page_has_its_files_before_anybody_sees_it(team: &Team) {
    read(team);
    // Nobody confirmed: it is a draft, with its files.
    team.run(&["resume", &team.id(), "--non-interactive"])
        .exits(5);
    let draft = &releases(team)[0];
    assert_eq!(draft["isDraft"], true);
    assert_eq!(draft["assets"].as_array().map(Vec::len), Some(2));
    assert_eq!(calls(team, "edit"), 0);

    publish(team);
    is_public_once(team);

    // The same once more changes nothing and tells nobody.
    let writes = ["create", "edit", "upload", "delete"].map(|command| calls(team, command));
    read(team);
    publish(team);
    is_public_once(team);
    let after = ["create", "edit", "upload", "delete"].map(|command| calls(team, command));
    assert_eq!(after, writes);
}

#[test]
#[ignore = "long: three releases are announced"]
fn an_answer_of_github_that_is_lost_makes_no_second_release() {
    for command in ["create", "upload", "edit"] {
        let team = team_on_github();
        team.world.folder().write("home/github/lost", command);
        read(&team);
        let mut code = team.resume(PUBLISH).code;
        if code != Some(0) {
            let mut terminal = team.resume_at_terminal();
            terminal.shows("[r] try again").types("r");
            terminal.shows("already so");
            if command == "create" {
                terminal.shows("type `1.4.2` to continue").types("1.4.2");
            }
            terminal.shows("is finished");
            code = Some(terminal.ends());
        }
        assert_eq!(code, Some(0), "{command}");
        is_public_once(&team);
        assert_eq!(calls(&team, "create"), 1, "{command}");
    }
}

/// Where there is no `gh`.
fn a_person_gets_the_notes_and_the_files(team: &Team) {
    read(team);
    team.run(&["resume", &team.id(), "--non-interactive"])
        .exits(5);
    let at = |name: &str| format!("home/announcements/demo/v1.4.2/{name}");
    let folder = team.world.folder();
    assert!(folder.read(&at("notes.md")).contains("Grüße bleiben"));
    let sums = folder.read(&at("SHA256SUMS"));
    let checked = team.world.in_clone(&format!(
        "cd ../{} && sha256sum --check SHA256SUMS",
        at("").trim_end_matches('/')
    ));
    assert_eq!(checked, "demo-1.4.2.tgz: OK", "{sums}");

    let address = "address=https://git.example.org/page";
    team.run(&["answer", &team.id(), "paste", address]).exits(0);
    team.run(&["resume", &team.id(), "--non-interactive"])
        .exits(0);
    let told = team.announced();
    assert!(told.contains("https://git.example.org/page"), "{told}");
}
