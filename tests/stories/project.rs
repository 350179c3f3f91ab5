//! A project on disk and the program run in it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempfile};

/// How long a program may take until it is thought to wait for something that will never be. The longest waits
/// of a release take some minutes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(900);

/// A folder that goes away with the test.
pub(crate) struct Project {
    folder: TempDir,
}

impl Drop for Project {
    /// Ends what is still at work in the folder, as in a test that failed or that left a step waiting: it
    /// would wait for ever in a folder that is gone.
    fn drop(&mut self) {
        let folder = self.folder.path();
        let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        for number in numbers {
            let works_in = fs::read_link(format!("/proc/{number}/cwd"));
            if works_in.is_ok_and(|at| at.starts_with(folder)) {
                let _ = kill(Pid::from_raw(number), Signal::SIGKILL);
            }
        }
    }
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self { folder }
    }

    /// A copy of this repository's own site: content, manual, runbooks and settings.
    pub(crate) fn of_this_repository() -> Self {
        let project = Self::empty();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["content", "docs", "runbooks"] {
            copy(&here.join(folder), &project.path(folder));
        }
        project.write(
            "site.yaml",
            fs::read_to_string(here.join("site.yaml")).expect("the repository has a site.yaml"),
        );
        project
    }

    /// The same, whose runbooks ask often what they wait for: nobody sleeps half a minute in a test. Each question
    /// starts an npm, so they leave some time to the others.
    pub(crate) fn of_the_shipped_runbooks() -> Self {
        let project = Self::of_this_repository();
        for name in ["send-package", "see-package", "bring-to-main"] {
            let name = format!("runbooks/{name}.yaml");
            let text = project.read(&name);
            let quick = text.replace("every: 30s", "every: 200ms");
            let quick = quick.replace("every: 1m", "every: 200ms");
            let quick = quick.replace("delay: 15s", "delay: 50ms");
            assert_ne!(quick, text, "it waits for something");
            project.write(&name, quick);
        }
        // To measure the coverage of each release takes as long as the rest of its checks; quality.rs asks for it.
        project.edit("content/data/quality.yaml", "coverage: 90", "coverage: 0");
        project.commit();
        project
    }

    /// The path of a file of the project.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        fs::write(&path, text).expect("files can be written");
        self
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Replaces a text that has to be in a file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, text.replacen(from, to, 1))
    }

    /// Commits its settings, guides and runbooks to a repository of its own; gives the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.git(&["add", "site.yaml", "content", "runbooks"]);
        self.git(&["commit", "--quiet", "--message", "Write it down"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// What git says in the project, as somebody without settings of their own.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .current_dir(self.folder.path());
        let output = git.output().expect("git starts");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        said
    }

    /// Runs the program in the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.command(arguments))
    }

    /// The findings of a check, as its JSON has them.
    pub(crate) fn findings(&self) -> Vec<Value> {
        let report = self.run(&["check", "--json"]).data();
        report["findings"].as_array().expect("a list").clone()
    }

    /// Gives a command the folder `home` here as its home, and nothing else of who runs the tests than where
    /// programs and temporary files are.
    pub(crate) fn gives_home(&self, command: &mut Command) {
        command.env_clear();
        for name in ["PATH", "TMPDIR"] {
            if let Ok(value) = std::env::var(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", self.path("home"));
    }

    /// The program with arguments, ready to be changed and started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Every file below a folder with its content, in order.
    pub(crate) fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        files_below(&self.path(folder))
    }
}

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What a finished process left.
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a program to its end. What it leaves behind may still hold its output, and keeps nobody waiting.
    pub(crate) fn to_its_end(command: &mut Command) -> Self {
        let file = || tempfile().expect("a file");
        let (mut stdout, mut stderr) = (file(), file());
        let copy = |file: &fs::File| Stdio::from(file.try_clone().expect("one file, two ends"));
        let child = command.stdout(copy(&stdout)).stderr(copy(&stderr)).spawn();
        let mut child = child.expect("the program starts");
        let status = within_patience(&mut child);
        let said = |file: &mut fs::File| {
            let mut bytes = Vec::new();
            file.rewind()
                .and_then(|()| file.read_to_end(&mut bytes))
                .expect("it can be read");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let ran = Self {
            code: status.and_then(|status| status.code()),
            stdout: said(&mut stdout),
            stderr: said(&mut stderr),
        };
        assert!(status.is_some(), "{command:?} does not end: {ran:?}");
        ran
    }

    /// The data of an answer that is JSON.
    pub(crate) fn data(&self) -> Value {
        let mut answer: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(answer["format"], 1, "{answer}");
        answer["data"].take()
    }

    /// Asserts the exit code, showing what was said if it is another.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// How a program ends. One that does not is killed, and the test fails.
pub(crate) fn ends(child: &mut Child) -> ExitStatus {
    within_patience(child).expect("the program ends")
}

/// How a program ends; nothing if it does not, and had to be killed.
fn within_patience(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return Some(status);
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Every file below a folder by its relative path, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in
            fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display()))
        {
            let path = entry.expect("entries can be read").path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path
                        .strip_prefix(folder)
                        .expect("below")
                        .to_string_lossy()
                        .into_owned();
                    found.push((name, fs::read(&path).expect("files can be read")));
                }
            }
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files_below(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }
}
