//! A newcomer types what README.md says and sees what it shows.

use crate::project::Project;
use std::path::Path;
use std::process::Command;

/// The commands of the first block that holds `marker`, and the lines it shows as output.
fn block(marker: &str) -> (String, Vec<String>) {
    let readme = include_str!("../../README.md");
    let mut blocks = readme
        .split("```console\n")
        .skip(1)
        .filter_map(|block| block.split("```").next());
    let text = blocks
        .find(|block| block.contains(marker))
        .expect("README.md has the block");
    let (mut commands, mut shown, mut inside) = (String::new(), Vec::new(), false);
    for line in text.lines() {
        match line.strip_prefix("$ ") {
            Some(command) if !command.starts_with("cargo install") => {
                inside = command.contains("<<'END'");
                commands += &format!("{command}\n");
            }
            Some(_) => {}
            None if inside => {
                inside = line != "END";
                commands += &format!("{line}\n");
            }
            None => shown.push(line.to_owned()),
        }
    }
    (commands, shown)
}

fn shell(project: &Project, folder: &str, commands: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_runbook"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}:{}",
        program.display(),
        std::env::var("PATH").expect("a PATH")
    );
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("{{ {commands} }} 2>&1")])
        .current_dir(project.path(folder))
        .env("PATH", path);
    String::from_utf8(bash.output().expect("bash starts").stdout).expect("text")
}

#[test]
fn the_first_five_minutes_go_as_the_readme_says() {
    let project = Project::empty();
    let (commands, shown) = block("mkdir -p demo");
    let said = shell(&project, "", &commands);
    assert_eq!(said.lines().collect::<Vec<_>>(), shown);
    assert!(project.path("demo/public/index.html").exists());

    project.edit("demo/content/index.md", "#look", "#lok");
    let (commands, shown) = block("runbook check\n");
    let said = shell(&project, "demo", &commands);
    assert!(said.starts_with(&(shown.join("\n") + "\n")), "{said}");
}
