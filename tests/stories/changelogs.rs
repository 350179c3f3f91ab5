//! The section of a version in a changelog: on changelogs that others wrote, nothing but the section is new.

use crate::project::Ran;
use crate::tools;
use crate::versions::Repository;
use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};

/// A repository with a feature and a fix since its version.
fn repository() -> Repository {
    let repository = Repository::new();
    repository.commits(&["feat: whisper", "fix(cli): end with 0\n\nCloses: #5"]);
    repository
}

fn run(repository: &Repository, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["changelog"].iter().chain(words).copied().collect();
    repository.project.run(&words)
}

/// The changelogs of the packages below a folder.
fn changelogs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            changelogs(&path, found);
        } else if ["changelog.md", "history.md", "changes.md"].contains(&name.as_str()) {
            found.push(path);
        }
    }
}

#[test]
fn in_changelogs_of_others_only_the_section_is_new() {
    let repository = repository();
    let mut found = Vec::new();
    for tool in ["registry", "packages"] {
        changelogs(&tools::installed(tool).join("node_modules"), &mut found);
    }
    let heading =
        Regex::new(r"(?m)^#{1,4} +\[?v?\d+\.\d+\.\d+|^v?\d+\.\d+\.\d+.*\n===").expect("a pattern");
    let (mut with_sections, mut refused) = (0, 0);
    for path in &found {
        let Ok(old) = fs::read_to_string(path) else {
            continue;
        };
        repository.project.write("app/CHANGELOG.md", &old);
        let ran = run(&repository, &["99.0.0", "--write", "--json"]);
        if ran.code == Some(1) {
            // Of another form: it is as it was.
            assert!(ran.stderr.contains("nobody can tell where"), "{ran:?}");
            assert_eq!(repository.project.read("app/CHANGELOG.md"), old);
            refused += 1;
            continue;
        }
        let answer = ran.data();
        let section = answer["section"].as_str().expect("a section");
        let new = repository.project.read("app/CHANGELOG.md");
        let at = new.find(section).expect("it is written");
        let rest = [&new[..at], &new[at + section.len()..]].concat();
        let told = path.display();
        assert!(
            rest == old || rest == format!("{old}\n"),
            "{told}: something else changed"
        );
        assert!(section.contains("99.0.0"), "{told}: {section}");
        assert!(!heading.is_match(&new[..at]), "{told}: it is not the first");
        with_sections += usize::from(heading.is_match(&old));
        run(&repository, &["99.0.0", "--write"]).exits(1);
        assert_eq!(
            repository.project.read("app/CHANGELOG.md"),
            new,
            "{told}: twice"
        );
    }
    println!(
        "{with_sections} of {} had sections, {refused} are of another form",
        found.len()
    );
    assert!(with_sections >= 40 && refused <= found.len() / 10);
}

#[test]
fn a_section_says_what_the_commits_change_for_users() {
    let repository = repository();
    let ran = run(&repository, &[]).exits(0);
    assert!(ran.stdout.contains("## [1.5.0] - 20"), "{ran:?}");
    assert!(ran.stdout.contains("### Added\n\n- whisper ("), "{ran:?}");
    assert!(
        ran.stdout.contains("### Fixed\n\n- **cli:** end with 0 ("),
        "{ran:?}"
    );
    assert!(!repository.project.path("app/CHANGELOG.md").exists());
    run(&repository, &["--write"]).exits(0);
    let written = repository.project.read("app/CHANGELOG.md");
    assert!(
        written.starts_with("# Changelog\n\n## [1.5.0] - 20"),
        "{written}"
    );
    let ran = run(&repository, &["--write"]).exits(1);
    assert!(
        ran.stderr
            .contains("CHANGELOG.md: it has a section of this version already, in line 3"),
        "{ran:?}"
    );

    // A prerelease tells what is new since the one before.
    repository.tag("v1.5.0-rc.1");
    repository.commits(&["fix: stay calm"]);
    let ran = run(&repository, &["1.5.0-rc.1"]).exits(1);
    assert!(ran.stderr.contains("v1.5.0-rc.1 has a tag"), "{ran:?}");
    let ran = run(&repository, &["1.5.0-rc.2"]).exits(0);
    assert!(
        ran.stdout.contains("stay calm") && !ran.stdout.contains("whisper"),
        "{ran:?}"
    );
}

#[test]
fn words_under_unreleased_become_the_section() {
    let repository = repository();
    let text = "# Changelog\n\n## [Unreleased]\n\n- What people wrote.\n\n## [1.4.2] - 2026-01-02\n\n- a\n";
    repository.project.write("app/CHANGELOG.md", text);
    let ran = run(&repository, &[]).exits(0);
    assert!(ran.stdout.contains("\n\n- What people wrote."), "{ran:?}");
    assert!(!ran.stdout.contains("1.4.2"), "{ran:?}");
    let ran = run(&repository, &["--write"]).exits(0);
    assert!(ran.stderr.contains("has words under Unreleased"), "{ran:?}");
    let written = repository.project.read("app/CHANGELOG.md");
    let (before, after) = written.split_once("## [1.5.0] - ").expect("a section");
    assert_eq!(before, "# Changelog\n\n## [Unreleased]\n\n");
    assert!(
        after.contains("\n\n- What people wrote.\n\n## [1.4.2]"),
        "{written}"
    );
}
