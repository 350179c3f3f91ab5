//! A repository whose settings name programs for everything git can start: what only reads starts
//! none of them.

use crate::desk::Desk;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What git says in a folder, with the settings of that repository alone.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()
        .expect("git is there");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The programs of the settings, each a file that leaves its name in `marks` when it is started.
struct Traps<'d> {
    desk: &'d Desk,
}

impl Traps<'_> {
    fn program(&self, name: &str) -> String {
        let (program, marks) = (self.desk.project.path("traps").join(name), self.marks());
        fs::create_dir_all(&marks).expect("folders can be made");
        self.desk.project.write(
            &format!("traps/{name}"),
            format!("#!/bin/sh\ntouch '{}/{name}'\nexit 1\n", marks.display()),
        );
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&program, mode).expect("it is ours");
        program.display().to_string()
    }

    fn marks(&self) -> std::path::PathBuf {
        self.desk.project.path("marks")
    }

    /// The programs that were started since the last look.
    fn started(&self) -> Vec<String> {
        let entries = fs::read_dir(self.marks()).expect("it is there");
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.expect("entries can be read").path();
            let name = path.file_name().expect("it has a name");
            found.push(name.to_string_lossy().into_owned());
            fs::remove_file(path).expect("it is ours");
        }
        found.sort();
        found
    }

    /// Makes a repository of a folder, with a signed commit, a trap for every setting, and a file
    /// that git would have to fetch.
    fn set(&self, folder: &Path, fetched: &str) {
        git(folder, &["init", "--quiet"]);
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "-m", "one"]);
        let commit = git(folder, &["cat-file", "commit", "HEAD"]);
        let (head, message) = commit.split_once("\n\n").expect("a head and a message");
        let signed = format!(
            "{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n{message}\n"
        );
        let file = folder.join(".git/signed");
        fs::write(&file, signed).expect("it can be written");
        let name = file.display().to_string();
        let id = git(folder, &["hash-object", "-t", "commit", "-w", &name]);
        git(folder, &["reset", "--quiet", &id]);
        let blob = git(folder, &["rev-parse", &format!("HEAD:{fetched}")]);
        let object = folder
            .join(".git/objects")
            .join(&blob[..2])
            .join(&blob[2..]);
        fs::remove_file(object).expect("it is loose");
        for (key, value) in [
            ("core.fsmonitor", self.program("fsmonitor")),
            ("core.pager", self.program("pager")),
            ("pager.log", self.program("pager")),
            ("pager.status", self.program("pager")),
            ("core.sshCommand", self.program("ssh")),
            ("core.askPass", self.program("askpass")),
            ("core.editor", self.program("editor")),
            ("credential.helper", self.program("credential")),
            ("diff.external", self.program("external")),
            ("diff.all.textconv", self.program("textconv")),
            ("diff.all.command", self.program("driver")),
            ("filter.all.clean", self.program("clean")),
            ("filter.all.smudge", self.program("smudge")),
            ("filter.other.process", self.program("process")),
            ("gpg.program", self.program("gpg")),
            ("gpg.openpgp.program", self.program("gpg")),
            ("log.showSignature", "true".to_owned()),
            ("core.repositoryformatversion", "1".to_owned()),
            ("extensions.partialClone", "origin".to_owned()),
            ("remote.origin.promisor", "true".to_owned()),
            (
                "remote.origin.url",
                "ssh://far.example.org/x.git".to_owned(),
            ),
            ("remote.origin.uploadpack", self.program("uploadpack")),
        ] {
            git(folder, &["config", key, &value]);
        }
        let hook = self.program("hook");
        let hooks = folder.join(".git/hooks");
        fs::create_dir_all(&hooks).expect("folders can be made");
        for name in ["post-index-change", "pre-commit", "reference-transaction"] {
            let at = hooks.join(name);
            let _ = fs::remove_file(&at);
            std::os::unix::fs::symlink(&hook, at).expect("a link can be made");
        }
        git(
            folder,
            &["config", "core.hooksPath", &hooks.display().to_string()],
        );
        fs::write(
            folder.join(".git/info/attributes"),
            "*.yaml filter=all diff=all\n*.md filter=other diff=all\n",
        )
        .expect("it can be written");
    }
}

#[test]
fn what_only_reads_starts_nothing_of_the_settings_of_a_repository() {
    let desk = Desk::with(
        "needs: [git]\nrisk: high\nsteps:\n  - { id: one, title: One, check: { run: date } }\n",
    );
    desk.project
        .write(".gitignore", "target/\nstate/\ntraps/\nmarks/\nhome/\n");
    let traps = Traps { desk: &desk };
    let (project, target) = (desk.project.path("."), desk.project.path("target"));
    desk.project.write("target/a.yaml", "a: 1\n");
    traps.set(&target, "a.yaml");
    traps.set(&project, "runbooks/work.yaml");

    // The same text at another time, so that git has to look into it.
    let touch = || {
        for file in ["content/index.md", "runbooks/work.yaml", "target/a.yaml"] {
            let path = desk.project.path(file);
            let text = fs::read(&path).expect("it is there");
            fs::write(path, text).expect("it can be written");
        }
    };
    // Git as people use it steps into them.
    touch();
    for (folder, lost) in [
        (&project, "HEAD:runbooks/work.yaml"),
        (&target, "HEAD:a.yaml"),
    ] {
        git(folder, &["status"]);
        git(folder, &["log", "-1"]);
        git(folder, &["cat-file", "-p", lost]);
    }
    let started = traps.started();
    for trap in ["clean", "fsmonitor", "gpg", "process", "ssh"] {
        assert!(started.contains(&trap.to_owned()), "{trap}: {started:?}");
    }

    touch();
    for verb in [
        &["check"][..],
        &["build", "--out", "public"],
        &["bundle", "--out", "site.zip"],
        &["list"],
        &["runs"],
        &["search", "desk"],
        &["plan", "work", "--target", "target"],
        &["plan", "work", "--target", "target", "--format", "md"],
    ] {
        let ran = desk.run(verb).exits(0);
        assert_eq!(traps.started(), Vec::<String>::new(), "{verb:?}: {ran:?}");
    }
    // A run of high risk begins by asking where its runbook comes from.
    desk.exec_uncommitted("it is a test").exits(0);
    assert_eq!(traps.started(), Vec::<String>::new(), "exec");
}
