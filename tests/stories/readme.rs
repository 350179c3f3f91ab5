//! A newcomer types what README.md says and sees what it shows.

use crate::project::Project;
use std::path::Path;
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");

/// What compiles for minutes, and what runs this test.
const NOT_RUN: [&str; 3] = [
    "$ cargo run --release -- build\n",
    "$ tests/run\n",
    "$ cargo install --path .\n",
];
/// What the build server runs.
const GATE: &str = include_str!("../../.ci/run");

/// The commands of a block in their order, each with the lines that it shows.
fn commands(block: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            inside = command.contains("<<'END'");
            found.push((command.to_owned(), Vec::new()));
            continue;
        }
        let (command, shown) = found.last_mut().expect("a block begins with a command");
        match inside {
            true => *command += &format!("\n{line}"),
            false => shown.push(line.to_owned()),
        }
        inside = inside && line != "END";
    }
    found
}

/// A text with one id for every run, as ids are never the same.
fn with_one_id(text: &str) -> String {
    let mut rest = text.split("run ");
    let mut out = rest.next().unwrap_or_default().to_owned();
    for part in rest {
        let id = part.get(..6).unwrap_or_default();
        let is_id = id
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        match is_id && !id.is_empty() {
            true => out += &format!("run 7KQ2PS{}", &part[6..]),
            false => out += &format!("run {part}"),
        }
    }
    out
}

/// Whether lines are as they are shown: `…` at the end of a line is any text, and alone any lines.
fn as_shown(said: &[&str], shown: &[String]) -> bool {
    let Some((first, others)) = shown.split_first() else {
        return said.is_empty();
    };
    if first == "…" {
        return (0..=said.len()).any(|skipped| as_shown(&said[skipped..], others));
    }
    let Some((line, rest)) = said.split_first() else {
        return false;
    };
    let fits = match first.strip_suffix('…') {
        Some(beginning) => line.starts_with(beginning),
        None => line == first,
    };
    fits && as_shown(rest, others)
}

/// What a shell says to all commands, one text for each.
fn typed(project: &Project, commands: &[(String, Vec<String>)]) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_runbook"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}:{}",
        program.display(),
        std::env::var("PATH").expect("a PATH")
    );
    let script: String = commands
        .iter()
        .enumerate()
        .map(|(number, (command, _))| format!("exec >\"$OUT/{number:02}\" 2>&1\n{command}\n"))
        .collect();
    project.write("out/.keep", "").write("home/.keep", "");
    let mut bash = Command::new("bash");
    let ended = bash
        .args(["-c", &script])
        .current_dir(project.path(""))
        .env("PATH", path)
        .env("OUT", project.path("out"))
        .env("RUNBOOK_STATE_DIR", project.path("home/state"))
        .stdin(Stdio::null())
        .status();
    ended.expect("bash starts");
    (0..commands.len())
        .map(|number| with_one_id(&project.read(&format!("out/{number:02}"))))
        .collect()
}

#[test]
fn every_command_of_the_readme_does_what_it_shows() {
    let blocks = README.split("```console\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let all: Vec<(String, Vec<String>)> = blocks
        .filter(|block| !NOT_RUN.contains(block))
        .flat_map(commands)
        .collect();
    for block in NOT_RUN {
        assert!(
            README.contains(&format!("```console\n{block}```")),
            "{block}"
        );
    }
    assert!(
        GATE.ends_with("/tests/run\"\n"),
        "it runs what README.md says: {GATE}"
    );
    assert!(all[0].0.starts_with("runbook new"), "{all:?}");
    let project = Project::empty();

    let said = typed(&project, &all);

    for ((command, shown), said) in all.iter().zip(&said) {
        // The shell tells of a killed job when it likes: before, or with the next command.
        let is_notice = |line: &&str| line.starts_with("bash: line ") && line.contains(" Killed ");
        let lines: Vec<&str> = said.lines().filter(|line| !is_notice(line)).collect();
        // A command that shows nothing may say what a reader need not see.
        let fits = shown.is_empty() || as_shown(&lines, shown);
        assert!(fits, "{command}\n{said}");
        let failed = lines.iter().any(|line| line.starts_with("error: "));
        assert!(!failed, "{command}\n{said}");
    }
    assert_eq!(project.read("demo/counted.txt"), "1\n2\n3\n");
    assert!(project.path("demo/public/index.html").exists());
}

#[test]
fn every_code_block_of_the_readme_is_one_that_is_typed() {
    let fences: Vec<&str> = README
        .lines()
        .filter_map(|line| line.strip_prefix("```"))
        .filter(|language| !language.is_empty())
        .collect();
    assert!(
        fences.iter().all(|language| *language == "console"),
        "{fences:?}"
    );
}
