//! The versions of a repository, told by the built program from real commits and tags.

use crate::project::{Project, Ran};
use std::process::{Command, Stdio};

/// A project with a repository below it.
pub(crate) struct Repository {
    pub(crate) project: Project,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let project = Project::empty();
        project
            .write("site.yaml", "title: Ours\ntarget: app\n")
            .write("content/index.md", "# Ours\n")
            .write(
                "app/package.json",
                "{\n  \"name\": \"app\",\n  \"version\": \"1.4.2\"\n}\n",
            );
        let repository = Self { project };
        repository.git("init --quiet --initial-branch main");
        repository.commits(&["feat: begin"]).tag("v1.4.2");
        repository
    }

    /// What a git command with words that need no quotes prints.
    fn git(&self, words: &str) -> String {
        self.shell(&format!("git {words}"))
    }

    fn shell(&self, script: &str) -> String {
        let mut shell = Command::new("bash");
        shell
            .args(["-euc", script])
            .current_dir(self.project.path("app"))
            .stdin(Stdio::null());
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Ana"),
            ("GIT_AUTHOR_EMAIL", "ana@example.org"),
            ("GIT_COMMITTER_NAME", "Ana"),
            ("GIT_COMMITTER_EMAIL", "ana@example.org"),
        ] {
            shell.env(name, value);
        }
        let ran = Ran::of(&shell.output().expect("bash starts")).exits(0);
        ran.stdout.trim().to_owned()
    }

    pub(crate) fn commits(&self, messages: &[&str]) -> &Self {
        for message in messages {
            self.project.write("message", message);
            self.shell("cat ../message >> changes && git add package.json changes");
            self.git("commit --quiet --file ../message");
        }
        self
    }

    pub(crate) fn tag(&self, tag: &str) -> &Self {
        self.git(&format!("tag --annotate {tag} --message {tag}"));
        self
    }

    fn run(&self, words: &[&str]) -> Ran {
        let words: Vec<&str> = ["version"].iter().chain(words).copied().collect();
        self.project.run(&words)
    }

    /// The first line of an answer.
    fn next(&self, words: &[&str]) -> String {
        let words: Vec<&str> = ["next"].iter().chain(words).copied().collect();
        let ran = self.run(&words);
        let said = if ran.code == Some(0) {
            ran.stdout
        } else {
            ran.stderr
        };
        said.lines().next().unwrap_or_default().to_owned()
    }
}

#[test]
fn the_commits_since_the_last_version_decide() {
    let repository = Repository::new();
    let ran = repository.run(&["next"]).exits(1);
    assert!(ran.stderr.contains("nothing to release"), "{ran:?}");
    repository.commits(&["docs: a", "Merge branch 'x'"]);
    repository.run(&["next"]).exits(1);
    repository.commits(&["fix(cli): b"]);
    assert_eq!(repository.next(&[]), "1.4.3");
    repository.commits(&["feat: c"]);
    assert_eq!(repository.next(&[]), "1.5.0");
    let feature = repository.git("rev-parse HEAD");
    repository.commits(&["chore: d\n\nlong words\n\nBREAKING CHANGE: the flag is gone"]);
    assert_eq!(repository.next(&[]), "2.0.0");
    let ran = repository.run(&["next"]).exits(0);
    assert!(ran.stdout.contains("chore, breaks users: d"), "{ran:?}");

    let answer = repository.run(&["next", "--json"]).data();
    assert_eq!(answer["after"], "1.4.2");
    assert_eq!(answer["dist_tag"], "latest");
    assert_eq!(answer["changes"][3]["hash"], feature.as_str());
    assert_eq!(answer["changes"][4]["breaking"], "the flag is gone");

    // As git writes it.
    repository.git("revert --no-edit HEAD");
    assert_eq!(repository.next(&[]), "1.5.0");
}

#[test]
fn prereleases_lead_to_one_version() {
    let repository = Repository::new();
    repository.commits(&["feat: a"]);
    assert_eq!(repository.next(&["--pre", "alpha"]), "1.5.0-alpha.1");
    repository.tag("v1.5.0-alpha.1");
    let ran = repository.run(&["next", "--pre", "alpha"]).exits(1);
    assert!(
        ran.stderr.contains("no commit since 1.5.0-alpha.1"),
        "{ran:?}"
    );
    assert_eq!(repository.next(&["--pre", "rc"]), "1.5.0-rc.1");
    repository.commits(&["fix: b"]).tag("v1.5.0-rc.1");
    let ran = repository.run(&["next", "--pre", "beta"]).exits(1);
    assert!(ran.stderr.contains("1.5.0-rc.1 is out already"), "{ran:?}");
    assert_eq!(repository.next(&[]), "1.5.0");
    let ran = repository.run(&["next", "--pre", "rc.1"]).exits(2);
    assert!(ran.stderr.contains("the number is found"), "{ran:?}");
}

#[test]
fn an_older_line_stays_below_what_is_above_it() {
    let repository = Repository::new();
    repository.git("branch line-1");
    repository.commits(&["feat: a"]).tag("v1.5.0");
    repository.commits(&["feat!: b"]).tag("v2.0.0");
    repository.git("switch --quiet line-1");
    repository.commits(&["fix: c"]);
    let answer = repository.run(&["next", "--json"]).data();
    assert_eq!(answer["version"], "1.4.3");
    assert_eq!(answer["dist_tag"], "v1.4-lts");
    repository.commits(&["feat: d"]);
    let ran = repository.run(&["next"]).exits(1);
    assert!(
        ran.stderr.contains("1.5.0 was released on another line"),
        "{ran:?}"
    );
    // Somebody may say that this feature is small.
    repository.run(&["check", "1.4.3"]).exits(0);
    for (version, said) in [
        ("1.5.0", "there is a tag of 1.5.0 already"),
        ("1.4.2", "there is a tag of 1.4.2 already"),
        ("1.4.1", "1.4.1 is not higher than 1.4.2"),
        ("1.6.0", "1.5.0 was released on another line"),
    ] {
        let ran = repository.run(&["check", version]).exits(1);
        assert!(ran.stdout.contains(said), "{version}: {ran:?}");
    }
    let ran = repository.run(&["check", "1.5"]).exits(2);
    assert!(ran.stderr.contains("1.5"), "{ran:?}");
}

#[test]
fn a_version_is_written_into_all_files_or_into_none() {
    let repository = Repository::new();
    let project = &repository.project;
    project
        .write(
            "site.yaml",
            "title: Ours\ntarget: app\nversions:\n  - { file: package.json }\n  - { file: src/version.ts, text: \"VERSION = '{version}'\" }\n",
        )
        .write("app/src/version.ts", "export const VERSION = '0.1.3'\r\n// VERSION = '9.9.9'\r\n");
    let before = project.read("app/package.json");
    let ran = repository.run(&["bump", "1.5.0"]).exits(2);
    assert!(
        ran.stderr.contains("app/src/version.ts") || ran.stderr.contains("src/version.ts: "),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("lines 1, 2"), "{ran:?}");
    assert_eq!(project.read("app/package.json"), before);

    project.write(
        "app/src/version.ts",
        "export const VERSION = '0.1.3'\r\n// {version}\r\n",
    );
    repository.shell("chmod 755 src/version.ts");
    let current = repository.run(&["current"]).exits(0).stdout;
    assert_eq!(
        current,
        "1.4.2\n  package.json: 1.4.2\n  src/version.ts: 0.1.3\n"
    );
    let ran = repository.run(&["bump", "1.5.0-rc.1"]).exits(0);
    assert_eq!(
        ran.stdout,
        "package.json: 1.5.0-rc.1\nsrc/version.ts: 1.5.0-rc.1\n"
    );
    assert_eq!(
        project.read("app/package.json"),
        before.replace("1.4.2", "1.5.0-rc.1")
    );
    assert_eq!(
        project.read("app/src/version.ts"),
        "export const VERSION = '1.5.0-rc.1'\r\n// {version}\r\n"
    );
    assert_eq!(repository.shell("stat --format %a src/version.ts"), "755");
    let ran = repository.run(&["bump", "1.5.0-rc.1"]).exits(0);
    assert!(ran.stdout.contains("already"), "{ran:?}");
}

#[test]
fn a_hotfix_that_came_to_main_as_another_commit_is_no_other_line() {
    let repository = Repository::new();
    repository.git("switch --quiet --create hotfix");
    repository.commits(&["fix: hot"]).tag("v1.4.3");
    repository.git("switch --quiet main");
    repository.commits(&["fix: hot (#8)"]);
    assert_eq!(repository.next(&[]), "1.4.4");
    repository.commits(&["feat: a"]);
    assert_eq!(repository.next(&[]), "1.5.0");
    repository.run(&["check", "v1.5.0"]).exits(0);
}

#[test]
fn the_settings_of_a_hook_do_not_lead_elsewhere() {
    let (here, there) = (Repository::new(), Repository::new());
    here.commits(&["fix: a"]);
    there.commits(&["feat!: a"]);
    let mut command = here.project.command(&["version", "next"]);
    command.env("GIT_DIR", there.project.path("app/.git"));
    let ran = Ran::of(&command.output().expect("it starts")).exits(0);
    assert!(ran.stdout.starts_with("1.4.3\n"), "{ran:?}");
}

#[test]
fn settings_that_are_wrong_are_not_believed() {
    let repository = Repository::new();
    let before = repository.project.read("app/package.json");
    for wrong in [
        "version: [a]\n",
        "versions: [{ file: package.json, txt: x }]\n",
        "versions: [{ file: a.ts, text: nope }]\n",
    ] {
        repository
            .project
            .write("site.yaml", format!("title: Ours\ntarget: app\n{wrong}"));
        let ran = repository.run(&["bump", "9.0.0"]).exits(2);
        assert!(ran.stderr.contains("`runbook check` shows them"), "{ran:?}");
        assert_eq!(repository.project.read("app/package.json"), before);
    }
}

#[test]
fn a_file_may_hold_the_version_in_several_places() {
    let repository = Repository::new();
    let project = &repository.project;
    project
        .write(
            "site.yaml",
            "title: Ours\ntarget: app\nversions:\n  - { file: v.ts, text: \"A = '{version}'\" }\n  - { file: v.ts, text: 'B = \"{version}\"' }\n",
        )
        .write("app/v.ts", "A = '1.4.2'\nB = \"1.4.2\"\n");
    repository.run(&["bump", "1.5.0"]).exits(0);
    assert_eq!(project.read("app/v.ts"), "A = '1.5.0'\nB = \"1.5.0\"\n");
}

#[test]
fn what_cannot_be_told_is_said_with_the_next_step() {
    let repository = Repository::new();
    for (target, said) in [("nowhere", "has no commit"), (".", "has no commit")] {
        let ran = repository.run(&["next", "--target", target]).exits(2);
        assert!(ran.stderr.contains(said), "{ran:?}");
        assert!(ran.stderr.contains("help: name the repository"), "{ran:?}");
    }
    repository.commits(&["fix: a"]);
    // A commit that a disk has lost is no reason to say that there is nothing to release.
    repository.shell("cp --recursive . ../broken && cd ../broken && for one in a b; do git commit --quiet --allow-empty --message \"feat: $one\"; done && lost=$(git rev-parse HEAD~1) && rm -f .git/objects/${lost:0:2}/${lost:2}");
    let ran = repository.run(&["next", "--target", "broken"]).exits(2);
    assert!(ran.stderr.contains("git fsck"), "{ran:?}");
    repository.shell("git clone --quiet --depth 1 \"file://$PWD\" ../shallow");
    let ran = repository.run(&["next", "--target", "shallow"]).exits(2);
    assert!(
        ran.stderr.contains("git fetch --unshallow --tags"),
        "{ran:?}"
    );
}

/// A repository whose main branch is one commit before a release that was made on a branch of its own: a feature is
/// in it, and main went on meanwhile.
fn released_beside_main() -> Repository {
    let repository = Repository::new();
    repository.git("switch --quiet --create release");
    repository.commits(&["feat: big"]);
    repository.shell("sed -i s/1.4.2/1.5.0/ package.json");
    repository.commits(&["chore: release 1.5.0"]).tag("v1.5.0");
    repository.git("switch --quiet main");
    repository
}

#[test]
fn a_release_that_came_to_main_by_a_squash_is_of_its_line_and_what_it_brought_is_not_new() {
    let repository = released_beside_main();
    repository.git("merge --quiet --squash release");
    repository.git("commit --quiet --message feat:#12");
    let ran = repository.run(&["next"]).exits(1);
    assert!(ran.stderr.contains("nothing to release"), "{ran:?}");
    repository.run(&["check", "1.5.1"]).exits(1);
    repository.commits(&["fix: small"]);
    assert_eq!(repository.next(&[]), "1.5.1");
    let answer = repository.run(&["next", "--json"]).data();
    assert_eq!(answer["after"], "1.5.0");
    assert_eq!(
        answer["changes"].as_array().map(Vec::len),
        Some(1),
        "{answer}"
    );
    repository.run(&["check", "1.6.0"]).exits(0);
}

#[test]
fn what_main_got_before_the_squash_is_new_also_if_a_conflict_was_resolved() {
    let repository = released_beside_main();
    repository.commits(&["feat: meanwhile"]);
    repository.shell("git merge --quiet --squash release || true");
    repository.shell("git checkout --quiet release -- package.json && git show release:changes > changes && echo meanwhile >> changes && git add --all");
    repository.git("commit --quiet --message feat:#12");
    let answer = repository.run(&["next", "--json"]).data();
    assert_eq!(answer["version"], "1.6.0");
    assert_eq!(answer["after"], "1.5.0");
    let subjects: Vec<&str> = answer["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["subject"].as_str().expect("a text"))
        .collect();
    assert_eq!(subjects, ["meanwhile"]);
}

#[test]
fn a_release_that_came_to_main_by_a_rebase_brought_nothing_new() {
    let repository = released_beside_main();
    repository.shell("echo apart > apart && git add apart");
    repository.git("commit --quiet --message fix:apart");
    repository.git("cherry-pick main..release");
    assert_eq!(repository.next(&[]), "1.5.1");
    let answer = repository.run(&["next", "--json"]).data();
    assert_eq!(
        answer["changes"].as_array().map(Vec::len),
        Some(1),
        "{answer}"
    );
}

#[test]
fn a_number_that_only_a_dependency_has_is_no_release_of_the_line() {
    let repository = released_beside_main();
    repository.shell("sed -i 's/\"name\"/\"dependencies\": { \"other\": \"1.5.0\" },\\n  \"name\"/' package.json");
    repository.commits(&["fix: use another"]);
    assert_eq!(repository.next(&[]), "1.4.3");
}
