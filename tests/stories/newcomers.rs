//! Somebody begins a project, takes its site along, and asks the program how it is used.

use crate::project::{Project, Ran, files_below};
use std::process::Command;

fn begun() -> Project {
    let project = Project::empty();
    project.run(&["new", "our-releases"]).exits(0);
    project
}

#[test]
fn a_new_project_builds_checks_and_its_runbook_runs() {
    let project = begun();
    let inside = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command
            .current_dir(project.path("our-releases"))
            .env("RUNBOOK_STATE_DIR", project.path("state"));
        Ran::of(&command.output().expect("the program starts"))
    };

    inside(&["build", "--deny", "warnings"]).exits(0);
    let checked = inside(&["check", "--deny", "warnings"]).exits(0);
    assert!(
        checked.stdout.starts_with("no findings"),
        "{}",
        checked.stdout
    );
    let page = project.read("our-releases/public/index.html");
    assert!(
        page.contains("Our releases"),
        "the folder's name is the title"
    );
    inside(&["exec", "disk-space", "--non-interactive"]).exits(0);
    assert!(!project.read("our-releases/disk-space.txt").is_empty());
    inside(&["runs"]).exits(0);
}

#[test]
fn a_project_that_is_there_is_left_alone() {
    let project = begun();
    project.write("our-releases/content/index.md", "# Ours\n");
    std::fs::remove_file(project.path("our-releases/site.yaml")).expect("it is there");
    let before = project.files("our-releases");

    let ran = project.run(&["new", "our-releases"]).exits(2);

    assert!(
        ran.stderr.contains("content/index.md is there already"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("name another folder"), "{}", ran.stderr);
    assert_eq!(project.files("our-releases"), before);
}

#[test]
fn a_title_from_a_folder_cannot_break_the_settings() {
    let project = Project::empty();

    project.run(&["new", "a: \"b\" # c"]).exits(0);

    project
        .run(&["-C", "a: \"b\" # c", "build", "--deny", "warnings"])
        .exits(0);
}

#[test]
fn a_bundle_is_the_site_and_the_same_every_time() {
    let project = begun();
    let bundle = |out: &str| {
        project
            .run(&["-C", "our-releases", "bundle", "--out", out])
            .exits(0)
    };
    bundle("one.zip");
    bundle("two.zip");
    project.run(&["-C", "our-releases", "build"]).exits(0);

    let bytes = |name: &str| std::fs::read(project.path(name)).expect("the bundle is there");
    assert_eq!(bytes("one.zip"), bytes("two.zip"));
    // Python reads zips by itself: a second opinion.
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e", "one.zip", "out"])
        .current_dir(project.path(""))
        .status();
    assert!(unpacked.expect("python3 is there").success());
    let mut site = files_below(&project.path("our-releases/public"));
    site.retain(|(name, _)| name != ".runbook-files");
    assert_eq!(files_below(&project.path("out/our-releases")), site);
}

#[test]
fn a_bundle_of_a_broken_site_is_not_written() {
    let project = begun();
    project.write("our-releases/content/index.md", "[x](nowhere.md)\n");

    let ran = project.run(&["-C", "our-releases", "bundle"]).exits(1);

    assert!(ran.stderr.contains("link/missing-page"), "{}", ran.stderr);
    assert!(!project.path("our-releases/our-releases.zip").exists());
}

#[test]
fn a_mistyped_verb_or_flag_is_met_with_the_nearest_one() {
    let project = Project::empty();
    for (typed, offered) in [
        (vec!["biuld"], "'build'"),
        (vec!["exce", "hotfix"], "'exec'"),
        (vec!["build", "--keep-goin"], "'--keep-going'"),
        (vec!["plan", "hotfix", "--formt", "md"], "'--format'"),
    ] {
        let ran = project.run(&typed).exits(2);
        assert!(ran.stderr.contains(offered), "{typed:?}: {}", ran.stderr);
    }
}

#[test]
fn help_shows_twelve_verbs_and_names_the_others() {
    let ran = Project::empty().run(&["--help"]).exits(0);

    let (_, verbs) = ran.stdout.split_once("Verbs:\n").expect("a list of verbs");
    let (first, others) = verbs.split_once("\n\n").expect("the others follow");
    assert_eq!(first.lines().count(), 12, "{first}");
    assert!(
        others.contains("bundle") && others.contains("completions"),
        "{others}"
    );
}

#[test]
fn shells_and_manual_readers_get_what_they_need() {
    let project = Project::empty();
    for (shell, sign) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef runbook"),
        ("fish", "complete -c runbook"),
    ] {
        let ran = project.run(&["completions", shell]).exits(0);
        assert!(
            ran.stdout.contains(sign) && ran.stdout.contains("approve"),
            "{shell}"
        );
    }

    project.run(&["man", "--out", "pages"]).exits(0);

    let pages = project.files("pages");
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.contains(&"runbook.1") && names.contains(&"runbook-exec.1"),
        "{names:?}"
    );
    for (name, page) in &pages {
        assert!(String::from_utf8_lossy(page).contains(".TH "), "{name}");
    }
}

/// The command lines of the recipes in the manual, each as a shell gets it.
fn recipes() -> Vec<String> {
    let manual = include_str!("../../docs/publishing.md");
    let mut found = Vec::new();
    for line in manual.lines().map(str::trim) {
        if let Some(line) = line.strip_prefix("- run: ") {
            found.push(line.to_owned());
        } else if let Some(lines) = line.strip_prefix("script: [") {
            found.push(lines.trim_end_matches(']').replace(", ", " && "));
        } else if let Some(line) = line.strip_prefix("$ runbook") {
            found.push(format!("runbook{line}"));
        }
    }
    found
}

#[test]
fn each_recipe_of_the_manual_makes_a_site() {
    let recipes = recipes();
    assert!(recipes.len() >= 4, "{recipes:?}");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_runbook"));
    let folder = program.parent().expect("it is in a folder").display();
    for recipe in recipes {
        let project = begun();
        let ran = Command::new("sh")
            .args(["-c", &recipe])
            .current_dir(project.path("our-releases"))
            .env("PATH", format!("{folder}:{}", env!("PATH")))
            .output()
            .expect("a shell starts");
        Ran::of(&ran).exits(0);
        let made = ["public/index.html", "ops-site.zip"];
        assert!(
            made.iter()
                .any(|made| project.path(&format!("our-releases/{made}")).exists()),
            "{recipe}"
        );
    }
}
