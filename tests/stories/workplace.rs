//! A clone of the sample package on which recoveries are tried, with its remote and a home of its own, and what of it must
//! not get lost.

use crate::project::{Project, Ran, files_below};
use crate::registry::{Helper, npmrc};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `npm install` writes for the sample package, without its time.
const LOCK: &str = "{\n  \"name\": \"sample-package\",\n  \"version\": \"1.2.3\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {\n    \"\": {\n      \"name\": \"sample-package\",\n      \"version\": \"1.2.3\",\n      \"license\": \"MIT\",\n      \"bin\": { \"sample-package\": \"bin/greet.js\" },\n      \"engines\": { \"node\": \">=18\" }\n    }\n  }\n}\n";

/// A clone of the sample package that is tagged as 1.2.3, its remote, and a home of its own.
pub(crate) struct Workplace {
    docs: Project,
    // It ends before its folder goes.
    registry: Option<Helper>,
    pub(crate) folder: Project,
}

/// All of a clone and its remote that must not get lost: what git says, and the files.
pub(crate) type AsItIs = (String, Vec<(String, Vec<u8>)>);

impl Workplace {
    /// A clone whose npm asks a port on which nobody listens.
    pub(crate) fn new() -> Self {
        let (docs, folder) = (Project::of_the_shipped_runbooks(), Project::empty());
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sample-package");
        for (name, bytes) in files_below(&sample) {
            folder.write(&format!("work/{name}"), bytes);
        }
        folder
            .edit("work/package.json", ", \"postversion\": \"git push --tags\"", "")
            .write("work/package-lock.json", LOCK)
            .write("home/.npmrc", npmrc("http://127.0.0.1:9/", ""))
            .write("home/.gitconfig", "[user]\n  name = Ana\n  email = ana@example.org\n[init]\n  defaultBranch = main\n[advice]\n  detachedHead = false\n");
        let place = Self {
            docs,
            registry: None,
            folder,
        };
        place.shell("chmod +x bin/greet.js && git init --quiet && git add . && git commit --quiet --message 'feat: greet' && git tag --annotate v1.2.3 --message 'Release 1.2.3'");
        place.shell("git init --quiet --bare ../remote.git && git remote add origin \"$(realpath ../remote.git)\" && git push --quiet --set-upstream --tags origin main");
        place
    }

    /// Starts a registry that has nothing; npm asks it from now on, signed in.
    pub(crate) fn with_registry(mut self) -> Self {
        let store = self.folder.path("store");
        let mut registry = Helper::start("launch.mjs", &[&store.to_string_lossy()]);
        let at = registry.fact();
        let text = |name: &str| at[name].as_str().expect("a text");
        self.folder
            .write("home/.npmrc", npmrc(text("url"), text("token")));
        self.registry = Some(registry);
        self
    }

    /// The same, and users have what is tagged.
    pub(crate) fn published(self) -> Self {
        let place = self.with_registry();
        place.shell("npm publish --silent --ignore-scripts > /dev/null");
        place
    }

    fn environment(&self, command: &mut Command) {
        self.folder.gives_home(command);
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("RUNBOOK_STATE_DIR", self.folder.path("state"))
            .stdin(Stdio::null());
    }

    /// What a script in the clone prints; it has to succeed.
    pub(crate) fn shell(&self, script: &str) -> String {
        let mut shell = Command::new("bash");
        shell
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.folder.path("work"));
        self.environment(&mut shell);
        Ran::to_its_end(&mut shell)
            .exits(0)
            .stdout
            .trim_end()
            .to_owned()
    }

    /// Writes a file of the clone.
    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        self.folder.write(&format!("work/{name}"), text);
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        self.folder.read(&format!("work/{name}"))
    }

    /// Commits all of the clone; gives the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.shell(&format!(
            "git add --all && git commit --quiet --allow-empty --message '{message}' && git rev-parse HEAD"
        ))
    }

    /// Somebody else pushes a file to main.
    pub(crate) fn others_push(&self, name: &str) {
        self.shell(&format!(
            "rm -rf ../other && git clone --quiet ../remote.git ../other && cd ../other && echo theirs > {name} && git add --force {name} && git commit --quiet --message 'feat: theirs' && git push --quiet"
        ));
    }

    pub(crate) fn as_it_is(&self) -> AsItIs {
        let said = self.shell(
            "git rev-parse HEAD; git symbolic-ref --quiet HEAD || true; git status --porcelain --untracked-files=all; git diff --cached; git for-each-ref --format '%(refname) %(objectname)' refs/heads refs/tags; git ls-remote origin; git worktree list | wc -l; git config --local --list | sort",
        );
        let mut files = self.folder.files("work");
        files.retain(|(name, _)| !name.starts_with(".git/"));
        (said, files)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.docs.command(arguments);
        self.environment(&mut command);
        Ran::to_its_end(&mut command)
    }

    /// Begins a runbook without a terminal.
    pub(crate) fn exec(&self, runbook: &str, params: &[&str]) -> Ran {
        let work = self.folder.path("work").to_string_lossy().into_owned();
        let mut arguments = vec!["exec", runbook, "--non-interactive", "--target", &work];
        for param in params {
            arguments.extend(["-p", param]);
        }
        self.run(&arguments)
    }

    /// The newest run.
    pub(crate) fn id(&self) -> String {
        let runs = fs::read_dir(self.folder.path("state/proxmox-mpc/runs"));
        let runs = runs.expect("there are runs");
        let newest = runs.map(|run| run.expect("an entry").file_name()).max();
        newest.expect("a run").to_string_lossy().into_owned()
    }

    pub(crate) fn resume(&self) -> Ran {
        self.run(&["resume", &self.id(), "--non-interactive"])
    }

    /// Answers a step, and goes on.
    pub(crate) fn answer(&self, step: &str, words: &[&str]) -> Ran {
        let id = self.id();
        let arguments = ["answer", &id, step];
        let arguments: Vec<&str> = arguments.iter().chain(words).copied().collect();
        self.run(&arguments).exits(0);
        self.resume()
    }

    /// Decides at a step, and goes on.
    pub(crate) fn choose(&self, step: &str, option: &str) -> Ran {
        self.answer(step, &["--choose", option])
    }

    pub(crate) fn undo(&self) -> Ran {
        let id = self.id();
        self.run(&["undo", &id, "--confirm", &id])
    }

    /// Undoes the newest run, after which all has to be as it was.
    #[track_caller]
    pub(crate) fn undone_is(&self, before: &AsItIs) {
        self.undo().exits(7);
        self.is(before);
    }

    /// Holds that all is as it was, and that no run left a folder of its own.
    #[track_caller]
    pub(crate) fn is(&self, before: &AsItIs) {
        assert_eq!(&self.as_it_is(), before);
    }

    /// What a step of the newest run said.
    pub(crate) fn log(&self, step: &str) -> String {
        self.run(&["logs", &self.id(), step]).exits(0).stdout
    }
}

impl Ran {
    /// Holds that it said something.
    #[track_caller]
    pub(crate) fn tells(self, words: &str) -> Self {
        assert!(self.stdout.contains(words), "no `{words}`: {}", self.stdout);
        self
    }
}
