//! The same input gives the same bytes, wherever, whenever and by whom it is built.

use crate::project::{Project, files_below};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;

#[test]
fn two_folders_two_time_zones_another_order_and_another_umask_give_the_same_site() {
    let first = Project::of_this_repository();
    first
        .command(&["build"])
        .env("TZ", "Pacific/Kiritimati")
        .status()
        .expect("it runs");

    let second = Project::empty();
    for folder in ["runbooks", "docs", "content"] {
        for (name, bytes) in files_below(&first.path(folder)).into_iter().rev() {
            second.write(&format!("{folder}/{name}"), bytes);
        }
    }
    second.write("site.yaml", first.read("site.yaml"));
    let mut build = second.command(&["build"]);
    build
        .env("TZ", "America/Los_Angeles")
        .env("LANG", "tr_TR.UTF-8")
        .env("RAYON_NUM_THREADS", "1");
    with_umask(&mut build);
    assert!(build.status().expect("it runs").success());

    let (one, two) = (first.files("public"), second.files("public"));
    let names = |files: &[(String, Vec<u8>)]| {
        files
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&one), names(&two));
    for ((name, bytes), (_, others)) in one.iter().zip(&two) {
        assert!(bytes == others, "{name} differs");
        let text = String::from_utf8_lossy(bytes);
        assert!(
            !text.contains(first.path("").to_str().expect("a path")),
            "{name} names the folder it was built in"
        );
    }
}

/// Starts the program through a shell with another umask.
fn with_umask(command: &mut std::process::Command) {
    let program = command.get_program().to_owned();
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg("umask 077; exec \"$0\" \"$@\"")
        .arg(program)
        .args(arguments);
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.process_group(0);
    *command = shell;
}

#[test]
fn building_over_an_old_site_gives_the_same_as_building_anew() {
    let project = Project::of_this_repository();
    project.run(&["build"]).exits(0);
    project.edit(
        "content/release/hotfix.md",
        "Five to ten minutes",
        "Ten to five minutes",
    );
    fs::remove_file(project.path("content/release/troubleshooting/t30-version-differs.md"))
        .expect("it is there");

    project.run(&["build"]).exits(0);
    project.run(&["build", "--out", "anew"]).exits(0);

    assert_eq!(
        project.files("public"),
        files_below(Path::new(&project.path("anew")))
    );
}
