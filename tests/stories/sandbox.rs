//! Everything a release touches, for one test: a real registry on loopback, a bare git remote, a
//! clone with the sample package, and a home folder of its own.

use crate::project::{Project, Ran};
use crate::registry::{Helper, npmrc};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Everything a release touches.
pub(crate) struct Sandbox {
    /// The documentation project, with the shipped runbooks.
    pub(crate) docs: Project,
    /// The commit on main that mends the defect.
    pub(crate) fix: String,
    registry: Helper,
    folder: Project,
}

/// A relay before the registry that holds a publish.
pub(crate) struct Relay {
    helper: Helper,
}

impl Relay {
    /// Lets the held publish and everything after it through.
    pub(crate) fn release(&mut self) {
        self.helper.told(b"\n");
    }

    /// Cuts the held publish off, as a network that goes away does; what comes later is let through.
    pub(crate) fn cut(&mut self) {
        self.helper.told(b"cut\n");
    }

    /// Waits until a publish is held.
    pub(crate) fn wait_until_held(&mut self) {
        assert_eq!(self.helper.fact()["held"], true);
    }
}

impl Sandbox {
    /// A sandbox in which 1.2.3 is published and tagged, and its fix is on main.
    pub(crate) fn new() -> Self {
        let folder = Project::empty();
        let store = folder.path("store");
        let mut registry = Helper::start("launch.mjs", &[store.to_str().expect("a path")]);
        let at = registry.fact();
        let (url, token) = (
            at["url"].as_str().expect("an address"),
            at["token"].as_str().expect("a token"),
        );
        folder
            .write("home/.npmrc", npmrc(url, token))
            .write("home/.gitconfig", "[user]\n  name = Ana\n  email = ana@example.org\n[init]\n  defaultBranch = main\n[advice]\n  detachedHead = false\n");
        let docs = Project::of_the_shipped_runbooks();
        let mut sandbox = Self {
            docs,
            fix: String::new(),
            registry,
            folder,
        };
        sandbox.publish_first_version();
        sandbox.fix = sandbox.write_the_fix();
        sandbox
    }

    fn publish_first_version(&self) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sample-package");
        for (name, bytes) in crate::project::files_below(&fixture) {
            self.folder.write(&format!("work/{name}"), bytes);
        }
        self.in_work("chmod +x bin/greet.js && git init --quiet && git add . && git commit --quiet -m 'Release 1.2.3'");
        self.in_work(
            "git tag --annotate v1.2.3 -m 'Release 1.2.3' && git init --quiet --bare ../remote.git",
        );
        self.in_work("git remote add origin \"$(realpath ../remote.git)\" && git push --quiet origin main v1.2.3");
        self.in_work("npm publish --ignore-scripts");
    }

    /// The fix, and a later feature that must not come along.
    fn write_the_fix(&self) -> String {
        self.folder
            .edit("work/src/greet.js", "${name.trim}", "${name.trim()}");
        self.folder
            .edit("work/test/greet.test.js", "/^Hello, /", "/^Hello, Ana!$/");
        self.in_work("git commit --quiet --all -m 'fix: greet by name'");
        let fix = self.in_work("git rev-parse HEAD");
        self.folder.write(
            "work/src/shout.js",
            "exports.shout = (text) => text.toUpperCase();\n",
        );
        self.in_work(
            "git add . && git commit --quiet -m 'feat: shout' && git push --quiet origin main",
        );
        fix
    }

    /// The clone that steps work in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path("work")
    }

    /// Where runs and messages are kept.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path("state/proxmox-mpc")
    }

    /// What a shell command in the clone prints.
    pub(crate) fn in_work(&self, command: &str) -> String {
        let mut shell = Command::new("bash");
        shell.args(["-euc", command]).current_dir(self.work());
        self.environment(&mut shell);
        let output = shell.output().expect("bash starts");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(
            output.status.success(),
            "{command}\n{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }

    fn environment(&self, command: &mut Command) {
        self.folder.gives_home(command);
        command.env("RUNBOOK_STATE_DIR", self.folder.path("state"));
    }

    /// The program with arguments, in the documentation project, with the sandbox's home.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.docs.command(arguments);
        self.environment(&mut command);
        command
    }

    /// Runs the program without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::to_its_end(self.command(arguments).stdin(Stdio::null()))
    }

    /// What the registry says of the sample package.
    pub(crate) fn view(&self, what: &str) -> Value {
        let said = self.in_work(&format!("npm view {what} --json --prefer-online || true"));
        serde_json::from_str(&said).unwrap_or(Value::Null)
    }

    /// What a git command in the remote prints.
    pub(crate) fn in_remote(&self, command: &str) -> String {
        self.in_work(&format!("cd ../remote.git && {command}"))
    }

    /// Puts a relay before the registry; npm goes through it from now on.
    pub(crate) fn relay(&self, mode: &str) -> Relay {
        self.before_registry("relay.mjs", &[mode])
    }

    fn before_registry(&self, script: &str, further: &[&str]) -> Relay {
        let token = self.token();
        let url = self.registry_url();
        let arguments: Vec<&str> = [url.as_str()]
            .into_iter()
            .chain(further.iter().copied())
            .collect();
        let mut helper = Helper::start(script, &arguments);
        let url = helper.fact()["url"]
            .as_str()
            .expect("an address")
            .to_owned();
        self.folder.write("home/.npmrc", npmrc(&url, &token));
        Relay { helper }
    }

    /// What npm signs in with.
    fn token(&self) -> String {
        let npmrc = self.folder.read("home/.npmrc");
        let (_, rest) = npmrc.split_once("_authToken=").expect("a token");
        rest.lines().next().expect("a line").to_owned()
    }

    /// The registry's own address.
    pub(crate) fn registry_url(&self) -> String {
        let npmrc = self.folder.read("home/.npmrc");
        npmrc
            .lines()
            .find_map(|line| line.strip_prefix("registry="))
            .expect("an address")
            .to_owned()
    }

    /// The folder of the only run that people began.
    pub(crate) fn run_folder(&self) -> PathBuf {
        let runs = self.folder.path("state/proxmox-mpc/runs");
        let mut found = fs::read_dir(&runs)
            .expect("there are runs")
            .map(|entry| entry.expect("an entry").path());
        found.next().expect("there is a run")
    }

    /// The process id of the registry, for those who want to know that it is real.
    pub(crate) fn registry_process(&self) -> u32 {
        self.registry.process()
    }
}
