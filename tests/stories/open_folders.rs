//! Where runs are kept is closed to other accounts: one who may write there could have us start what
//! they like.

use crate::desk::Desk;
use crate::project::files_below;
use crate::root::is_root;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn mode(desk: &Desk, folder: &str, mode: u32) {
    let path = desk.project.path(folder);
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// A desk with a run that was left before its second step.
fn desk() -> Desk {
    let desk = Desk::with(
        "steps:\n  - { id: one, title: One, run: 'echo one >> effects', undo: { run: 'echo back >> effects' } }\n  - { id: two, title: Two, run: 'echo two >> effects', undo: { none: It is a test. } }\n",
    );
    desk.run(&["exec", "work", "--target", "target", "--until", "one"]);
    desk
}

#[test]
fn a_folder_of_runs_that_every_account_may_write_in_is_refused() {
    for folder in ["state", "state/desk", "state/desk/runs"] {
        let desk = desk();
        let id = desk.id();
        for open in ["state", "state/desk"] {
            mode(&desk, open, 0o755);
        }
        mode(&desk, folder, 0o777);
        let before = files_below(&desk.project.path("state"));

        for verb in [
            &["exec", "work", "--target", "target"][..],
            &["resume", &id],
            &["undo", &id],
            &["abort", &id, "--reason", "x"],
            &["note", &id, "x"],
            &["status", &id],
            &["report", &id],
            &["runs"],
            &["gc", "--keep", "1d"],
        ] {
            let ran = desk.run(verb).exits(2);
            let path = desk.project.path(folder).display().to_string();
            for words in ["every account", &format!("chmod -R o= {path}; or")] {
                assert!(
                    ran.stderr.contains(words),
                    "{verb:?}, {words}: {}",
                    ran.stderr
                );
            }
        }
        assert_eq!(desk.effects(), ["one"], "{folder}");
        assert!(
            files_below(&desk.project.path("state")) == before,
            "{folder}"
        );

        // What the message says is enough.
        let path = desk.project.path(folder);
        let closed = std::process::Command::new("chmod")
            .args(["-R", "o="])
            .arg(path)
            .status();
        assert!(closed.expect("chmod is there").success());
        desk.run(&["resume", &id]).exits(0);
    }
}

#[test]
fn a_folder_that_nobody_else_comes_to_is_not_refused() {
    let desk = desk();
    let id = desk.id();
    mode(&desk, "state", 0o700);
    mode(&desk, "state/desk", 0o777);
    mode(&desk, "state/desk/runs", 0o777);
    desk.run(&["resume", &id]).exits(0);
}

#[test]
fn a_folder_such_as_tmp_is_taken_if_what_is_in_it_is_ours() {
    let desk = desk();
    let id = desk.id();
    mode(&desk, "state", 0o1777);
    desk.run(&["resume", &id]).exits(0);

    // A link there may lead to anybody's; nobody is told to close a folder that all are to use.
    let (project, away) = (desk.project.path("state/desk"), desk.project.path("away"));
    fs::rename(&project, &away).expect("it moves");
    std::os::unix::fs::symlink(&away, &project).expect("it can be made");
    let ran = desk.run(&["status", &id]).exits(2);
    assert!(
        ran.stderr.contains("is a symbolic link") && ran.stderr.contains("RUNBOOK_STATE_DIR"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("chmod"), "{}", ran.stderr);
}

#[test]
fn a_folder_that_may_be_put_in_another_ones_place_is_refused() {
    let desk = desk();
    let id = desk.id();
    mode(&desk, ".", 0o777);
    let ran = desk.run(&["status", &id]).exits(2);
    let path = desk.project.path(".").canonicalize().expect("it is there");
    let advice = format!("chmod o-w {}", path.display());
    assert!(ran.stderr.contains(&advice), "{advice}: {}", ran.stderr);
    mode(&desk, ".", 0o755);
    desk.run(&["status", &id]).exits(0);
}

#[test]
fn the_folder_of_another_account_is_refused() {
    if !is_root("give a folder away") {
        return;
    }
    for folder in ["state", "state/desk", "state/desk/runs"] {
        let desk = desk();
        let id = desk.id();
        for open in ["state", "state/desk", "state/desk/runs"] {
            mode(&desk, open, 0o755);
        }
        let give = |to: u32| std::os::unix::fs::chown(desk.project.path(folder), Some(to), None);
        give(61002).expect("root may");
        for verb in [&["runs"][..], &["resume", &id], &["status", &id]] {
            let ran = desk.run(verb).exits(2);
            assert!(
                ran.stderr.contains("belongs to account 61002"),
                "{}",
                ran.stderr
            );
        }
        give(0).expect("root may");
        desk.run(&["status", &id]).exits(0);
    }
}
