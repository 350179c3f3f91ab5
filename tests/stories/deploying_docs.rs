//! The documentation is deployed by the runbook that ships with the program: whole, and back again.

use crate::project::{Project, Ran};
use std::fs;
use std::process::Stdio;

/// A project with the shipped runbook, in git, with a remote, and a home of its own.
struct Docs {
    project: Project,
    outside: Project,
}

impl Docs {
    fn new() -> Self {
        let (project, outside) = (Project::empty(), Project::empty());
        let shipped = fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/runbooks/deploy-docs.yaml"
        ));
        let shipped = shipped.expect("it is there");
        project
            .write("site.yaml", "title: Desk\nid: desk\ntarget: .\n")
            .write("content/index.md", "# Desk\n\nThe first words.\n")
            .write("content/data/roles.yaml", "roles:\n  release-manager: { title: Release manager }\n  operations-lead: { title: Operations lead }\n")
            .write("runbooks/deploy-docs.yaml", shipped)
            .write(".gitignore", "/public/\n");
        outside.write(
            "home/.gitconfig",
            "[user]\n  name = Ana\n  email = ana@example.org\n",
        );
        fs::create_dir(outside.path("srv")).expect("a folder");
        let docs = Self { project, outside };
        docs.shell("git init --quiet --initial-branch main && git init --quiet --bare \"$OLDPWD/remote.git\" && git remote add origin \"$OLDPWD/remote.git\"");
        docs.commit();
        docs
    }

    fn shell(&self, script: &str) -> String {
        let mut shell = std::process::Command::new("bash");
        shell
            .args([
                "-euo",
                "pipefail",
                "-c",
                &format!("cd \"$1\" && cd \"$2\" && {script}"),
                "bash",
            ])
            .arg(self.outside.path("."))
            .arg(self.project.path("."))
            .stdin(Stdio::null());
        self.outside.gives_home(&mut shell);
        let ran = Ran::of(&shell.output().expect("bash starts")).exits(0);
        ran.stdout.trim().to_owned()
    }

    fn commit(&self) {
        self.shell("git add --all && git commit --quiet --message words");
    }

    fn says(&self, words: &str) {
        self.project
            .write("content/index.md", format!("# Desk\n\n{words}\n"));
        self.commit();
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.project.command(arguments);
        self.outside.gives_home(&mut command);
        command
            .env("RUNBOOK_STATE_DIR", self.outside.path("state"))
            .stdin(Stdio::null());
        Ran::of(&command.output().expect("it starts"))
    }

    fn deploy(&self, to: &str) -> Ran {
        let into = format!("into={}", self.outside.path("srv/docs").display());
        let to = format!("publish_to={to}");
        self.run(&[
            "exec",
            "deploy-docs",
            "--non-interactive",
            "-p",
            &to,
            "-p",
            &into,
        ])
    }

    /// The newest run.
    fn id(&self) -> String {
        let runs = fs::read_dir(self.outside.path("state/desk/runs")).expect("there are runs");
        let newest = runs.map(|run| run.expect("an entry").file_name()).max();
        newest.expect("a run").to_string_lossy().into_owned()
    }

    fn undo(&self) {
        let id = self.id();
        self.run(&["undo", &id, "--confirm", &id]).exits(7);
    }

    fn live(&self) -> String {
        fs::read_to_string(self.outside.path("srv/docs/index.html")).unwrap_or_default()
    }
}

#[test]
fn a_folder_shows_whole_versions_and_goes_back() {
    let docs = Docs::new();
    docs.deploy("folder").exits(0);
    assert!(docs.live().contains("The first words"));
    let shown = fs::read_link(docs.outside.path("srv/docs")).expect("a link");

    // Nothing has changed, so nothing does.
    docs.deploy("folder").exits(0);
    assert_eq!(
        fs::read_link(docs.outside.path("srv/docs")).expect("a link"),
        shown
    );

    docs.says("Other words.");
    docs.deploy("folder").exits(0);
    assert!(docs.live().contains("Other words"));
    docs.undo();
    assert!(docs.live().contains("The first words"), "it goes back");
    let left = fs::read_dir(docs.outside.path("srv"))
        .expect("a folder")
        .count();
    assert_eq!(left, 2, "the link and the versions, and nothing half");
}

#[test]
fn a_branch_gets_a_commit_and_goes_back_while_the_work_tree_stays() {
    let docs = Docs::new();
    let here = "git status --porcelain && git rev-parse HEAD && git stash list && git worktree list | wc -l";
    let before = docs.shell(here);
    docs.deploy("branch").exits(0);
    let first = docs.shell("git ls-remote origin refs/heads/gh-pages | cut -f1");
    let page = docs.shell("git fetch --quiet origin gh-pages && git show FETCH_HEAD:index.html");
    assert!(page.contains("The first words"), "{page}");
    assert_eq!(docs.shell(here), before);

    docs.deploy("branch").exits(0);
    assert_eq!(
        docs.shell("git ls-remote origin refs/heads/gh-pages | cut -f1"),
        first
    );

    docs.says("Other words.");
    docs.deploy("branch").exits(0);
    let second = docs.shell("git ls-remote origin refs/heads/gh-pages | cut -f1");
    assert_eq!(
        docs.shell(&format!(
            "git fetch --quiet origin gh-pages && git rev-parse {second}~"
        )),
        first
    );
    docs.undo();
    assert_eq!(
        docs.shell("git ls-remote origin refs/heads/gh-pages | cut -f1"),
        first
    );
}

#[test]
fn what_others_did_is_never_overwritten() {
    let docs = Docs::new();
    fs::create_dir(docs.outside.path("srv/docs")).expect("a folder");
    let ran = docs.deploy("folder").exits(1);
    assert!(
        ran.stdout.contains("is a folder or a file, not a link"),
        "{}",
        ran.stdout
    );
    docs.run(&["abort", &docs.id(), "--reason", "somebody has a site there"])
        .exits(0);

    docs.project
        .write("content/index.md", "# Desk\n\n[away](nowhere.md)\n");
    docs.commit();
    let ran = docs.deploy("branch").exits(1);
    assert!(
        ran.stdout.contains("link/missing-page"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert_eq!(docs.shell("git ls-remote origin"), "", "nothing was pushed");
}
