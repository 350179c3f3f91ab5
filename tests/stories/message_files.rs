//! Messages that go to a file: it lies outside every target, and a text is one line of it.

use crate::desk::Desk;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const TELL: &str = "params:\n  value: { type: text, default: Hello }\nsteps:\n  - { id: tell, title: Tell, notify: { channel: out, text: \"${{ params.value }}\" } }\n";

fn desk(file: &str) -> Desk {
    let desk = Desk::with(TELL);
    desk.project.write(
        "content/data/channels.yaml",
        format!("out: {{ file: {file} }}\n"),
    );
    desk
}

/// The absolute path of a place in the project, without links.
fn at(desk: &Desk, below: &str) -> String {
    let root = fs::canonicalize(desk.project.path(".")).expect("it is there");
    root.join(below).display().to_string()
}

#[test]
fn messages_lie_in_the_state_folder_of_the_project() {
    let desk = desk("announcements.txt");

    desk.exec(&[]).exits(0);
    desk.exec(&["value=again"]).exits(0);

    let kept = desk.project.path("state/desk/messages/announcements.txt");
    let kept = fs::read_to_string(kept).expect("it was told");
    assert_eq!(kept, "Hello\nagain\n");
    assert!(
        !desk.project.path("target/announcements.txt").exists(),
        "the work tree stays as it was"
    );
}

#[test]
fn a_text_with_line_breaks_is_one_line() {
    let desk = desk("log.txt");

    desk.exec(&["value=one\nrun 7KQ2PS is out\r\u{1b}[2J\u{2028}back\\slash"])
        .exits(0);

    assert_eq!(
        desk.project.read("state/desk/messages/log.txt"),
        "one\\nrun 7KQ2PS is out\\r\\u{1b}[2J\\u{2028}back\\\\slash\n"
    );
}

#[test]
fn a_message_after_half_a_line_begins_its_own() {
    let desk = desk("log.txt");
    desk.project.write("state/desk/messages/log.txt", "half");

    desk.exec(&[]).exits(0);

    assert_eq!(
        desk.project.read("state/desk/messages/log.txt"),
        "half\nHello\n"
    );
}

#[test]
fn a_file_outside_every_target_takes_messages() {
    let desk = desk("x");
    let path = at(&desk, "shared.txt");
    desk.project.write(
        "content/data/channels.yaml",
        format!("out: {{ file: {path} }}\n"),
    );

    desk.run(&["check"]).exits(0);
    desk.exec(&[]).exits(0);

    assert_eq!(desk.project.read("shared.txt"), "Hello\n");
}

/// `check` refuses `file` with these words, and a run writes nothing to `place`.
fn refused(desk: &Desk, file: &str, place: &Path, check: &str, run: &str) {
    desk.project.write(
        "content/data/channels.yaml",
        format!("# Where it goes.\nout: {{ file: {file} }}\n"),
    );
    let before = fs::read(place).ok();

    let checked = desk.run(&["check"]).exits(1);
    let said = checked.stdout + &checked.stderr;
    assert!(said.contains(check), "{file}: {said}");
    assert!(said.contains("channels.yaml:2:14"), "{file}: {said}");

    let ran = desk.exec(&[]).exits(0);
    assert!(ran.stdout.contains(run), "{file}: {}", ran.stdout);
    assert_eq!(fs::read(place).ok(), before, "{file}: nothing was written");
}

#[test]
fn a_file_above_in_a_target_or_behind_a_link_is_refused_by_check_and_by_the_run() {
    let desk = Desk::with(&format!("target: target\n{TELL}"));
    desk.project
        .write("outside/there.txt", "as it was\n")
        .write("target/there.txt", "as it was\n");
    symlink(desk.project.path("outside"), desk.project.path("way")).expect("a link can be made");
    symlink(
        desk.project.path("outside/there.txt"),
        desk.project.path("link.txt"),
    )
    .expect("a link can be made");

    let up = desk.project.path("state/escaped.txt");
    for file in ["../../escaped.txt", "a/../../../escaped.txt"] {
        refused(&desk, file, &up, "`..`", "`..`");
    }
    let outside = desk.project.path("outside/there.txt");
    let target = desk.project.path("target/there.txt");
    let file = at(&desk, "target/there.txt");
    refused(
        &desk,
        &file,
        &target,
        "in the target `target`",
        "in the target",
    );
    let new = at(&desk, "target/new/there.txt");
    let new_place = desk.project.path("target/new/there.txt");
    refused(
        &desk,
        &new,
        &new_place,
        "in the target `target`",
        "in the target",
    );
    let file = at(&desk, "way/there.txt");
    refused(&desk, &file, &outside, "symbolic link", "symbolic link");
    let file = at(&desk, "link.txt");
    refused(&desk, &file, &outside, "symbolic link", "symbolic link");
}

#[test]
fn a_link_in_the_folder_of_messages_is_not_followed() {
    for linked in ["messages", "messages/out.txt", "messages/sub"] {
        let desk = desk(if linked.ends_with("sub") {
            "sub/out.txt"
        } else {
            "out.txt"
        });
        desk.project.write("outside/out.txt", "as it was\n");
        let link = desk.project.path("state/desk").join(linked);
        fs::create_dir_all(link.parent().expect("it has one")).expect("folders can be made");
        let leads = if linked.ends_with("txt") {
            "outside/out.txt"
        } else {
            "outside"
        };
        symlink(desk.project.path(leads), &link).expect("a link can be made");

        let ran = desk.exec(&[]).exits(0);

        assert!(ran.stdout.contains("symbolic link"), "{}", ran.stdout);
        assert!(desk.events().contains(&"notify.failed tell".to_owned()));
        assert_eq!(desk.project.read("outside/out.txt"), "as it was\n");
    }
}

#[test]
fn what_is_no_file_takes_no_message() {
    let desk = desk("out");
    fs::create_dir_all(desk.project.path("state/desk/messages")).expect("folders can be made");
    let pipe = desk.project.path("state/desk/messages/out");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo is there").success());

    let ran = desk.exec(&[]).exits(0);

    assert!(ran.stdout.contains("no regular file"), "{}", ran.stdout);
}
