//! The long example of the manual, as it stands on its page: a database is upgraded host by host. It is
//! rehearsed, run, resumed, undone, and killed at moments that nobody chose. The programs that it starts
//! touch files, and note what they did.

use crate::project::{Project, Ran, ends};
use crate::terminal::Terminal;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

const PAGE: &str = include_str!("../../docs/recipes/rolling-upgrade.md");

/// What stands in for the programs of a team, by their names in `ops/`. Each notes what it did in `effects`,
/// and fails once if it is told to.
const PROGRAMS: [(&str, &str); 11] = [
    ("backup-is-fresh", "true"),
    ("drain", "note drain \"$1\"; rm -f \"lb-$1\""),
    ("fill", "note fill \"$1\"; touch \"lb-$1\""),
    (
        "install",
        "note install \"$1\"; sleep 0.1; echo \"$2\" > \"version-$1\"",
    ),
    (
        "downgrade",
        "note downgrade \"$1\"; echo 16.5 > \"version-$1\"",
    ),
    ("runs", "test \"$(cat \"version-$1\")\" = \"$2\""),
    (
        "caught-up",
        "asked=$(( $(cat \"asked-$1\" 2>/dev/null || echo 0) + 1 )); echo \"$asked\" > \"asked-$1\"; test \"$asked\" -ge 3",
    ),
    (
        "switch",
        "test \"$(cat)\" = s3cret-of-orders; note switch \"$1-$2\"; sleep 0.1; echo \"$2\" > primary",
    ),
    ("is-primary", "test \"$(cat primary)\" = \"$1\""),
    ("alerts-on", "note alerts-on \"$1\""),
    ("password", "echo s3cret-of-orders"),
];

struct Team {
    project: Project,
}

impl Team {
    fn new() -> Self {
        let project = Project::empty();
        let blocks: Vec<&str> = PAGE.split("```yaml\n").skip(1).collect();
        let [runbook, cases] = blocks.as_slice() else {
            panic!("the page has a runbook and its cases");
        };
        let block = |text: &str| text.split("```").next().expect("a block ends").to_owned();
        // What takes ten seconds on a real host takes one here.
        let runbook = block(runbook).replace("every: 10s", "every: 1s");
        project
            .write("site.yaml", "title: Team\ntarget: .\n")
            .write("content/index.md", "# Team\n")
            .write(
                "content/data/roles.yaml",
                "roles:\n  operations-lead: { title: Operations lead }\n  technical-lead: { title: Technical lead }\n",
            )
            .write("runbooks/upgrade-postgres.yaml", runbook)
            .write("runbooks/upgrade-postgres.test.yaml", block(cases))
            .write("effects", "")
            .write("primary", "db1\n");
        for host in ["db1", "db2", "db3"] {
            project
                .write(&format!("version-{host}"), "16.5\n")
                .write(&format!("lb-{host}"), "");
        }
        for (name, text) in PROGRAMS {
            let file = format!("ops/{name}");
            let note = "note() { echo \"$1 $2\" >> effects; if test -e \"fail-$1-$2\"; then rm \"fail-$1-$2\"; exit 1; fi; }";
            project.write(
                &file,
                format!("#!/usr/bin/env bash\nset -euo pipefail\ntest \"${{1:-}}\" != -- || shift\n{note}\n{text}\n"),
            );
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(project.path(&file), mode).expect("it is ours");
        }
        Self { project }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command
            .env("RUNBOOK_STATE_DIR", self.project.path("state"))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("it starts"))
    }

    fn begin(&self) -> Ran {
        self.run(&BEGIN)
    }

    fn id(&self) -> String {
        let runs = self.run(&["runs", "--json"]).exits(0).data();
        runs[0]["run"].as_str().expect("a run").to_owned()
    }

    fn state(&self) -> String {
        let state = self.run(&["status", "--json"]).exits(0).data()["state"].clone();
        state.as_str().expect("a text").to_owned()
    }

    fn effects(&self) -> Vec<String> {
        let text = self.project.read("effects");
        text.lines().map(str::to_owned).collect()
    }

    fn versions(&self) -> [String; 3] {
        ["db1", "db2", "db3"].map(|host| {
            let text = self.project.read(&format!("version-{host}"));
            text.trim().to_owned()
        })
    }

    /// Answers what the run asks people, whatever it is, if it asks.
    fn people_answer(&self, id: &str) {
        let state = self.state();
        if state.ends_with(" allow") {
            self.run(&["approve", id, "allow", "--as", "bob"]);
        }
        if state.ends_with(" well") {
            self.run(&["answer", id, "well", "--choose", "yes_it_is"]);
        }
    }
}

const BEGIN: [&str; 7] = [
    "exec",
    "upgrade-postgres",
    "-p",
    "cluster=orders",
    "-p",
    "to=16.6",
    "--non-interactive",
];

/// Both replicas, before anybody is asked.
const REPLICAS: [&str; 6] = [
    "drain db2",
    "install db2",
    "fill db2",
    "drain db3",
    "install db3",
    "fill db3",
];

#[test]
fn the_example_is_sound_and_its_cases_pass() {
    let team = Team::new();
    team.run(&["check", "--deny", "warnings"]).exits(0);
    let ran = team.run(&["test"]).exits(0);
    assert!(ran.stdout.contains("4 cases, all passed"), "{}", ran.stdout);
}

#[test]
fn the_upgrade_goes_host_by_host_and_can_be_undone_as_a_whole() {
    let team = Team::new();
    team.begin().exits(5);
    assert_eq!(team.effects(), REPLICAS);
    let id = team.id();
    let asked = team.project.read("asked-db2");
    assert_eq!(asked.trim(), "3", "it was asked until it said yes");

    team.run(&["approve", &id, "allow", "--as", "bob"]).exits(0);
    team.run(&["resume", &id, "--non-interactive"]).exits(5);
    team.run(&["answer", &id, "well", "--choose", "yes_it_is"])
        .exits(0);
    team.run(&["resume", &id, "--non-interactive"]).exits(0);

    let further = ["switch db1-db2", "install db1", "alerts-on orders"];
    assert_eq!(team.effects(), [REPLICAS.as_slice(), &further].concat());
    assert_eq!(team.versions(), ["16.6", "16.6", "16.6"]);
    let report = team.run(&["report", &id]).exits(0).stdout;
    let logs = team.run(&["logs", &id]).exits(0).stdout;
    for said in [&report, &logs] {
        assert!(
            !said.contains("s3cret-of-orders"),
            "the secret is shown: {said}"
        );
    }

    team.run(&["undo", &id, "--confirm", &id]).exits(7);
    assert_eq!(team.versions(), ["16.5", "16.5", "16.5"]);
    assert_eq!(team.project.read("primary").trim(), "db1");
    let undone = &team.effects()[REPLICAS.len() + further.len()..];
    assert_eq!(
        undone,
        [
            "downgrade db1",
            "switch db2-db1",
            "downgrade db3",
            "fill db3",
            "downgrade db2",
            "fill db2"
        ]
    );
}

#[test]
fn a_host_that_fails_is_tried_again_and_another_is_skipped() {
    let team = Team::new();
    team.project
        .write("fail-install-db2", "")
        .write("fail-drain-db3", "");
    team.begin().exits(1);
    assert_eq!(team.state(), "failed at install[db2]");

    let id = team.id();
    let mut terminal = Terminal::seated(&team.command(&["resume", &id]));
    terminal
        .shows("install[db2] failed")
        .types("r")
        .shows("drain[db3] failed")
        .types("s")
        .shows("why skip `replicas[db3]`?")
        .types("db3 is being replaced")
        .shows("May the primary change?")
        .types("q");
    assert_eq!(terminal.ends(), 5);

    assert_eq!(
        team.effects(),
        [
            "drain db2",
            "install db2",
            "install db2",
            "fill db2",
            "drain db3"
        ]
    );
    assert_eq!(team.versions(), ["16.5", "16.6", "16.5"]);
}

/// Lets the run go on, and kills the program `kills` times at moments that follow from `seed`. In the end
/// everything was done, and what may happen once happened once.
fn killed_at_random(mut seed: u64, kills: usize) {
    let team = Team::new();
    let mut killed = 0;
    let mut begun = false;
    for round in 0.. {
        assert!(round < 400, "it does not come to its end: {}", team.state());
        if begun && team.state() == "finished" {
            break;
        }
        let id = if begun { team.id() } else { String::new() };
        if begun {
            team.people_answer(&id);
        }
        let words: Vec<&str> = match begun {
            true => vec!["resume", &id, "--non-interactive"],
            false => BEGIN.to_vec(),
        };
        let mut program = team
            .command(&words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        if killed < kills {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            std::thread::sleep(Duration::from_millis(30 + (seed >> 33) % 150));
            // Whether it was still there is what the exit code says.
            let _ = program.kill();
        }
        let ended = ends(&mut program);
        killed += usize::from(ended.code().is_none());
        begun = begun
            || !team
                .run(&["runs", "--json"])
                .data()
                .as_array()
                .is_none_or(Vec::is_empty);
        if ended.code() == Some(6) {
            panic!(
                "in doubt, although each step can say whether it was done: {}",
                team.state()
            );
        }
    }
    assert!(killed > 0, "nothing was killed");
    let effects = team.effects();
    for once in [
        "install db1",
        "install db2",
        "install db3",
        "switch db1-db2",
    ] {
        let times = effects.iter().filter(|effect| *effect == once).count();
        assert_eq!(times, 1, "{once} after {killed} kills: {effects:?}");
    }
    for often in [
        "drain db2",
        "fill db2",
        "drain db3",
        "fill db3",
        "alerts-on orders",
    ] {
        assert!(
            effects.iter().any(|effect| effect == often),
            "{often}: {effects:?}"
        );
    }
    assert_eq!(team.versions(), ["16.6", "16.6", "16.6"]);
    team.run(&["verify"]).exits(0);
    println!("{killed} kills, {} effects", effects.len());
}

#[test]
fn the_upgrade_survives_kills_at_random() {
    killed_at_random(7, 6);
}

#[test]
#[ignore = "long: hundreds of kills"]
fn the_upgrade_survives_fifty_kills_at_random() {
    for seed in 0..6 {
        killed_at_random(seed, 50);
    }
}
