//! A project with runbooks that do things to a folder, and runs of it.

use crate::clock;
use crate::project::{Project, Ran, files_below};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// So many runs go on at once.
const AT_ONCE: usize = 8;

/// A project whose runs are kept beside it, and the folder its steps work in.
pub(crate) struct Desk {
    pub(crate) project: Project,
    /// How many minutes later it is for the program than for the machine.
    later: AtomicI64,
}

/// The head every runbook of the tests begins with.
const HEAD: &str = "runbook: 1\nversion: 1.0.0\ntitle: Test\nowner: developer\nfixes: x\n";

impl Desk {
    /// A desk with one runbook: `body` is what follows its head, with its steps.
    pub(crate) fn with(body: &str) -> Self {
        let project = Project::empty();
        project
            .write("site.yaml", "title: Desk\n")
            .write("content/index.md", "# Desk\n")
            .write("runbooks/work.yaml", format!("{HEAD}id: work\n{body}"))
            .write("target/effects", "");
        Self::at(project)
    }

    /// A desk with this project, whose runbook works in `target/`.
    pub(crate) fn at(project: Project) -> Self {
        Self {
            project,
            later: AtomicI64::new(0),
        }
    }

    /// A desk with a run that an earlier version of the program left; `name` is a folder of
    /// `tests/fixtures/journals/`.
    pub(crate) fn with_old_run(name: &str) -> Self {
        let desk = Self::with("steps:\n  - { id: one, title: One, check: { run: date } }\n");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journals");
        for (file, bytes) in files_below(&from.join(name)) {
            desk.project
                .write(&format!("state/desk/runs/{file}"), bytes);
        }
        // Git keeps no empty folders.
        fs::create_dir_all(desk.folder().join("inbox")).expect("folders can be made");
        desk
    }

    /// The same desk with its project committed to a git repository.
    pub(crate) fn committed(self) -> Self {
        self.project.commit();
        self
    }

    fn state(&self) -> PathBuf {
        self.project.path("state")
    }

    /// The program with its runs kept at this desk, without a terminal.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command
            .env("RUNBOOK_STATE_DIR", self.state())
            .env("RUNBOOK_GRACE", "0.3")
            .stdin(Stdio::null());
        match self.later.load(Ordering::Relaxed) {
            0 => {}
            minutes => clock::shift(&mut command, minutes),
        }
        command
    }

    /// Lets so many minutes pass, for the programs that are started from here on; see [`clock`]. Of less
    /// than none, the clock is set back.
    pub(crate) fn passes(&self, minutes: i64) {
        self.later.fetch_add(minutes, Ordering::Relaxed);
    }

    /// Runs the program and waits for its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.command(arguments))
    }

    /// Begins a run of the runbook without a terminal.
    pub(crate) fn exec(&self, params: &[&str]) -> Ran {
        let params = params.iter().flat_map(|param| ["-p", param]);
        let arguments: Vec<&str> = ["exec", "work", "--target", "target"]
            .into_iter()
            .chain(params)
            .collect();
        self.run(&arguments)
    }

    /// Runs it although it is not committed, for this reason.
    pub(crate) fn exec_uncommitted(&self, reason: &str) -> Ran {
        self.run(&[
            "exec",
            "work",
            "--target",
            "target",
            "--uncommitted",
            reason,
        ])
    }

    /// Begins a run and does not wait for it. It has no hold on what the test itself writes to: a
    /// test that fails leaves it behind, and whoever reads the test's output would wait for it.
    pub(crate) fn start(&self) -> Child {
        let mut command = self.command(&["exec", "work", "--target", "target"]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }

    /// What the steps did to the target, line by line.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.project
            .read("target/effects")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Waits until the steps have done so many things.
    pub(crate) fn wait_for_effects(&self, count: usize) {
        until("the step's effect", || self.effects().len() >= count);
    }

    /// Waits until the only run has an event, such as `step.finished build`.
    pub(crate) fn wait_for_event(&self, event: &str) {
        until(event, || {
            let runs = self.json(&["runs", "--json"]);
            runs.as_array().is_some_and(|runs| runs.len() == 1)
                && self.events().iter().any(|found| found == event)
        });
    }

    /// Waits until the folder of the only run has a file.
    pub(crate) fn wait_for_file(&self, name: &str) {
        let path = self.folder().join(name);
        until(name, || path.exists());
    }

    /// The id of the only run.
    pub(crate) fn id(&self) -> String {
        let report = self.json(&["runs", "--json"]);
        let runs = report.as_array().expect("a list");
        assert_eq!(runs.len(), 1, "{report}");
        runs[0]["run"].as_str().expect("an id").to_owned()
    }

    /// The JSON that a verb prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(arguments).data()
    }

    /// The folder of the only run.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder_of(&self.id())
    }

    /// The folder of the run with this id, also of one that cannot be read.
    pub(crate) fn folder_of(&self, id: &str) -> PathBuf {
        self.state().join("desk/runs").join(id)
    }

    /// The types of the events of the only run, with the step where there is one.
    pub(crate) fn events(&self) -> Vec<String> {
        let journal = std::fs::read_to_string(self.folder().join("journal.jsonl"))
            .expect("there is a journal");
        let word = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("a line is JSON");
            let step = line["step"]
                .as_str()
                .map_or(String::new(), |step| format!(" {step}"));
            format!(
                "{}{step}",
                line["type"].as_str().expect("an event has a type")
            )
        };
        journal.lines().map(word).collect()
    }

    /// Writes the journal of the only run anew, with each line changed by `change` and hashes that
    /// fit: what another machine, or another clock, would have left.
    pub(crate) fn forge(&self, change: impl FnMut(&mut Value)) {
        self.forge_in(&self.folder(), change);
    }

    /// The same, of the run in this folder.
    pub(crate) fn forge_in(&self, folder: &Path, mut change: impl FnMut(&mut Value)) {
        let plan = fs::read(folder.join("plan.json")).expect("there is a plan");
        let journal = fs::read_to_string(folder.join("journal.jsonl")).expect("there is a journal");
        let (mut prev, mut forged) = (sha256(&plan), String::new());
        for line in journal.lines() {
            let mut line: Value = serde_json::from_str(line).expect("a line is JSON");
            change(&mut line);
            // What is asked at a gate names the line before.
            if let Some(text) = line["request"].as_str() {
                let mut request: Value = serde_json::from_str(text).expect("a request is JSON");
                request["head"] = prev.clone().into();
                line["request"] = request.to_string().into();
            }
            line["prev"] = prev.into();
            line.as_object_mut().expect("an object").shift_remove("h");
            let body = line.to_string();
            let body = body.strip_suffix('}').expect("an object ends so");
            prev = sha256(body.as_bytes());
            forged += &format!("{body},\"h\":\"{prev}\"}}\n");
        }
        fs::write(folder.join("journal.jsonl"), forged).expect("it can be written");
    }

    /// The process id that a try's shim wrote down.
    pub(crate) fn shim(&self, attempt: &str) -> i32 {
        let path = self.folder().join("steps").join(attempt).join("pid");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let pid = text.split_whitespace().next().expect("a word");
        pid.parse().expect("a process id")
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Does something for each number below `count`, several at once, as most of a run is waiting for the
/// disk. A panic is one of the test.
pub(crate) fn at_once(count: usize, act: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    if at >= count {
                        return;
                    }
                    act(at);
                }
            });
        }
    });
}

/// Waits for a condition. It gives up after a minute, which only a fault takes.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("still waiting for {what}");
}
