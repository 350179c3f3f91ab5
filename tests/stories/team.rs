//! A team that releases: a package as teams have them, with its remote and a registry that behaves as
//! the public one, and the runbooks that ship with the program.

use crate::desk::until;
use crate::packages::{Remote, Sample, World};
use crate::project::{Project, Ran};
use crate::terminal::Terminal;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Takes a version of npm that the people of a world have out of the way of a shell in the clone.
const NPM_OF_THIS_MACHINE: &str = "PATH=${PATH#\"$(dirname \"$PWD\")/bin:\"}";

/// A team whose version is published and tagged.
pub(crate) struct Team {
    pub(crate) world: World,
    docs: Project,
}

impl Team {
    /// A team whose users have the tagged version; main has a fix and a feature more.
    pub(crate) fn new(sample: Sample, remote: Remote) -> Self {
        Self::of(World::new(sample, remote).with_registry_of_users())
    }

    /// A team with a workspace, whose three packages users have.
    pub(crate) fn of_a_workspace() -> Self {
        Self::new(Sample::Workspace, Remote::Open)
    }

    /// The same, when nothing was ever published.
    pub(crate) fn before_the_first_release(sample: Sample, remote: Remote) -> Self {
        Self::of(World::new(sample, remote).with_registry())
    }

    fn of(world: World) -> Self {
        let world = world.with_tools();
        let docs = Project::of_the_shipped_runbooks();
        Self { world, docs }
    }

    /// Gives users a version that differs from theirs in its number alone.
    pub(crate) fn users_have_also(&self, version: &str) {
        self.world.in_clone(&format!(
            "cd \"$(mktemp -d)\" && npm pack --silent demo@1.4.2 > /dev/null && tar -xzf ./*.tgz && cd package && sed -i 's/\"version\": \"1.4.2\"/\"version\": \"{version}\"/' package.json && npm publish --silent --ignore-scripts > /dev/null"
        ));
    }

    /// What a job in CI does that a pushed tag starts: with the npm of this machine, whichever people have, it
    /// builds the tag in a clone of its own and sends it.
    pub(crate) fn ci(&self, tag: &str, send: &str) {
        self.in_ci(
            tag,
            "ln -s ../work/node_modules .",
            &format!("npm {send} --ignore-scripts"),
        );
    }

    /// The same for a workspace, whose tools link to its own packages; `send` is a shell command.
    pub(crate) fn ci_of_a_workspace(&self, tag: &str, send: &str) {
        self.in_ci(tag, "npm ci --silent", send);
    }

    fn in_ci(&self, tag: &str, install: &str, send: &str) {
        until("the tag is pushed", || {
            self.world.has_ref(&format!("tags/{tag}"))
        });
        self.world.in_clone(&format!(
            "{NPM_OF_THIS_MACHINE} && git clone --quiet --branch {tag} ../remote.git ../ci && cd ../ci && {install} && npm run --silent build && {{ {send}; }} > /dev/null"
        ));
    }

    /// Lets the guides find the clone where `site.yaml` says.
    pub(crate) fn docs_lead_to_the_clone(&self) {
        let clone = self.world.clone_folder().to_string_lossy().into_owned();
        self.docs
            .edit(
                "site.yaml",
                "target: ../proxmox-mpc",
                &format!("target: {clone}"),
            )
            .commit();
    }

    /// The project with the guides and the runbooks.
    pub(crate) fn docs(&self) -> &Project {
        &self.docs
    }

    /// Asks for the coverage that the shipped limits ask for.
    pub(crate) fn asks_for_coverage(self) -> Self {
        let limits = "content/data/quality.yaml";
        self.docs
            .edit(limits, "coverage: 0", "coverage: 90")
            .commit();
        self
    }

    /// The program with arguments and what is given to the runbook.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.docs.command(arguments);
        self.world.environment(&mut command);
        command
            .env("RUNBOOK_STATE_DIR", self.world.folder().path("state"))
            .stdin(Stdio::null());
        command
    }

    fn exec_command(&self, runbook: &str, params: &[&str]) -> Command {
        let clone = self.world.clone_folder().to_string_lossy().into_owned();
        let mut arguments = vec!["exec", runbook, "--target", &clone];
        let package = format!("package={}", self.world.package());
        if !params.iter().any(|param| param.starts_with("packages=")) {
            arguments.extend(["-p", &package]);
        }
        params
            .iter()
            .for_each(|param| arguments.extend(["-p", param]));
        self.command(&arguments)
    }

    /// Begins a runbook without a terminal.
    pub(crate) fn exec(&self, runbook: &str, params: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.exec_command(runbook, params))
    }

    /// Begins a runbook at a terminal.
    pub(crate) fn at_terminal(&self, runbook: &str, params: &[&str]) -> Terminal {
        Terminal::seated(&self.exec_command(runbook, params))
    }

    /// Runs the program without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.command(arguments))
    }

    /// Others approve what waits, each in the name of a role that is missing.
    pub(crate) fn approve(&self, step: &str) {
        approve_all(&self.id(), step, |words| self.run(words));
    }

    /// The same of a hotfix of high severity.
    pub(crate) fn approve_hotfix(&self) {
        self.approve("publish/approve_high");
    }

    /// Goes on without a terminal, where the operator has confirmed that users get it.
    pub(crate) fn resume(&self, confirmed: &str) -> Ran {
        Ran::to_its_end(&mut self.resume_command(confirmed))
    }

    /// The same, and does not wait for it.
    pub(crate) fn resume_beside(&self, confirmed: &str) -> Child {
        let mut command = self.resume_command(confirmed);
        // A test that fails leaves it behind, and whoever reads the test's output would wait for it.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("it starts")
    }

    fn resume_command(&self, confirmed: &str) -> Command {
        let id = self.id();
        self.command(&["resume", &id, "--non-interactive", "--confirm", confirmed])
    }

    /// Goes on with the newest run at a terminal.
    pub(crate) fn resume_at_terminal(&self) -> Terminal {
        Terminal::seated(&self.command(&["resume", &self.id()]))
    }

    /// Undoes the newest run at a terminal.
    pub(crate) fn undo_at_terminal(&self) -> Terminal {
        Terminal::seated(&self.command(&["undo", &self.id()]))
    }

    /// What everybody was told.
    pub(crate) fn announced(&self) -> String {
        self.world
            .folder()
            .read("state/proxmox-mpc/messages/announcements.txt")
    }

    /// The newest run.
    pub(crate) fn id(&self) -> String {
        let folder = self.run_folder();
        folder
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    }

    /// The folder of the newest run that people began.
    pub(crate) fn run_folder(&self) -> PathBuf {
        self.runs().pop().expect("there is a run")
    }

    /// Others give what is owed after the newest run that one person did alone.
    pub(crate) fn is_countersigned(&self) {
        let runs = self.run(&["runs", "--waiting", "--json"]).data();
        let mut runs = runs.as_array().expect("a list").iter();
        let owes = |run: &&Value| run["owed"].as_array().is_some_and(|owed| !owed.is_empty());
        let run = runs.find(owes).expect("something is owed");
        let id = run["run"].as_str().expect("an id").to_owned();
        let owed = || {
            let status = self.run(&["status", &id, "--json"]).exits(0).data();
            status["owed"].as_array().expect("a list").clone()
        };
        let listed = self.run(&["runs", "--waiting"]).exits(0).stdout;
        assert!(listed.contains(&id[id.len() - 6..]), "{listed}");
        let before = owed();
        assert!(!before.is_empty(), "something is owed");
        for (number, review) in before.iter().enumerate() {
            let step = review["step"].as_str().expect("a step");
            let by = format!("reviewer-{number}");
            self.run(&["approve", &id, step, "--as", &by]).exits(0);
        }
        assert!(owed().is_empty(), "nothing is owed any more");
    }

    /// The folders of all runs, the newest last.
    fn runs(&self) -> Vec<PathBuf> {
        let runs = self.world.folder().path("state/proxmox-mpc/runs");
        let runs = fs::read_dir(runs).expect("there are runs");
        let mut runs: Vec<PathBuf> = runs.map(|run| run.expect("an entry").path()).collect();
        runs.sort();
        runs
    }

    /// What the registry says of the package, whoever asks.
    pub(crate) fn view(&self, of: &str, field: &str) -> Value {
        self.view_of(&format!("{}{of}", self.world.package()), field)
    }

    /// What the registry says of a package.
    pub(crate) fn view_of(&self, spec: &str, field: &str) -> Value {
        let said = self.world.in_clone(&format!(
            "{NPM_OF_THIS_MACHINE} && npm view '{spec}' {field} --json --prefer-online 2> /dev/null || true"
        ));
        serde_json::from_str(&said).unwrap_or(Value::Null)
    }

    /// What users get who install the package: what a command prints in a folder where they did.
    pub(crate) fn users(&self, of: &str, command: &str) -> String {
        let package = self.world.package();
        self.world.in_clone(&format!(
            "cd \"$(mktemp -d)\" && npm init --yes > /dev/null && npm install --silent --prefer-online '{package}{of}' && {command}"
        ))
    }

    /// How many tries a step of the newest run had.
    pub(crate) fn tries(&self, step: &str) -> usize {
        self.events("step.started", step)
    }

    /// How often something is on record of a step of the newest run.
    pub(crate) fn events(&self, kind: &str, step: &str) -> usize {
        let journal = fs::read_to_string(self.run_folder().join("journal.jsonl"));
        let wanted = format!("\"type\":\"{kind}\",\"step\":\"{step}\"");
        journal.expect("it is there").matches(&wanted).count()
    }
}

/// Approves a step of a run once for each role that is missing, as somebody who is called so.
pub(crate) fn approve_all(run: &str, step: &str, by: impl Fn(&[&str]) -> Ran) {
    loop {
        let status = by(&["status", run, "--json"]).data();
        let mut steps = status["steps"].as_array().expect("steps").iter();
        let gate = steps.find(|one| one["id"] == step).expect(step);
        let missing = gate["missing"].as_array().expect("roles");
        let Some(role) = missing.first().and_then(Value::as_str) else {
            return;
        };
        by(&["approve", run, step, "--as", &format!("{role}-bob")]).exits(0);
    }
}
