//! Approvals between people who share nothing but files: each has a home of their own, with a key that nobody else has.

use crate::desk::Desk;
use crate::project::Ran;
use crate::terminal::Terminal;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A runbook of high risk with one gate and one effect behind it.
const SHIP: &str = "risk: high
params:
  version: { type: semver, default: 1.2.3 }
roles:
  approver: { any_of: [lead], not: [initiator] }
steps:
  - id: go
    title: Permission
    approve: { role: approver, text: \"Ship ${{ params.version }}\", expires: 4h }
  - id: ship
    title: Ship it
    run: |
      echo \"shipped $VERSION\" >> effects
    env: { VERSION: \"${{ params.version }}\" }
    effect: once
";

/// A project that lists people with keys, and a home for each of them.
pub(crate) struct Team {
    pub(crate) desk: Desk,
    homes: tempfile::TempDir,
}

impl Team {
    /// Ana, who starts runs, and Bob and Cleo: all of them lead.
    pub(crate) fn new() -> Self {
        Self::with(SHIP, &[("ana", ""), ("bob", ""), ("cleo", "")])
    }

    /// A team of these people, each with the options of the key, whose runbook has this body.
    pub(crate) fn with(body: &str, people: &[(&str, &str)]) -> Self {
        let homes = tempfile::tempdir().expect("a folder");
        let mut roles = String::from(
            "roles:\n  lead: { title: Lead }\n  developer: { title: Developer }\npeople:\n",
        );
        for (name, options) in people {
            let key = new_key(&homes.path().join(name), name);
            let os = match *name {
                "ana" => "os: [root], ",
                _ => "",
            };
            roles += &format!("  {name}: {{ {os}roles: [lead], keys: ['{options}{key}'] }}\n");
        }
        let desk = Desk::with(body);
        desk.project.write("content/data/roles.yaml", roles);
        desk.project.commit();
        let team = Self { desk, homes };
        team.publish();
        team
    }

    pub(crate) fn remote(&self) -> PathBuf {
        self.homes.path().join("remote.git")
    }

    /// Gives the project a remote, and pushes its main branch there.
    fn publish(&self) {
        let remote = self.remote();
        let git = |words: &[&str]| self.desk.project.git(words);
        git(&["init", "-q", "--bare", "-b", "main", path(&remote)]);
        git(&["branch", "-q", "-M", "main"]);
        git(&["remote", "add", "origin", path(&remote)]);
        git(&["push", "-q", "origin", "main"]);
    }

    /// The home of a person.
    pub(crate) fn home(&self, person: &str) -> PathBuf {
        self.homes.path().join(person)
    }

    /// The program as a person runs it on a machine of their own: without this project and without its runs.
    pub(crate) fn command(&self, person: &str, arguments: &[&str]) -> Command {
        let home = self.home(person);
        let mut command = self.desk.project.command(arguments);
        command
            .current_dir(&home)
            .env("HOME", &home)
            .env("RUNBOOK_STATE_DIR", home.join("state"))
            .env("SSH_AUTH_SOCK", "")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn by(&self, person: &str, arguments: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.command(person, arguments))
    }

    /// Begins the run, which waits at its gate; gives its id.
    pub(crate) fn begin(&self) -> String {
        self.desk.exec(&[]).exits(5);
        let runs = self.desk.run(&["runs", "--open", "--json"]).data();
        runs[0]["run"].as_str().expect("an id").to_owned()
    }

    /// The request of the open run, as a file of the person.
    pub(crate) fn request_for(&self, person: &str) -> PathBuf {
        let file = self.home(person).join("request.json");
        self.desk.run(&["request", "--out", path(&file)]).exits(0);
        file
    }

    /// Writes a person's key into the request that lies with them, as if it were one to sign with.
    fn lists_key_of(&self, person: &str) {
        let home = self.home(person);
        let print = Command::new("ssh-keygen")
            .args(["-l", "-f"])
            .arg(home.join(".ssh/id_ed25519.pub"))
            .output()
            .expect("ssh-keygen is installed");
        let print = String::from_utf8_lossy(&print.stdout).into_owned();
        let print = print.split(' ').nth(1).expect("a fingerprint");
        let file = home.join("request.json");
        let request = fs::read_to_string(&file).expect("a request");
        let mut request: Value = serde_json::from_str(&request).expect("JSON");
        request["keys"][person] = serde_json::json!([print]);
        fs::write(&file, request.to_string()).expect("a file");
    }

    /// What a person answers to the request that lies with them; gives the file.
    pub(crate) fn answers(&self, person: &str, run: &str, how: &[&str]) -> PathBuf {
        let out = self.home(person).join("answer.txt");
        let words = [
            "approve",
            run,
            "go",
            "--request",
            "request.json",
            "--out",
            "answer.txt",
        ];
        let words: Vec<&str> = words.into_iter().chain(how.iter().copied()).collect();
        self.by(person, &words).exits(0);
        out
    }

    pub(crate) fn import(&self, file: &Path) -> Ran {
        self.desk.run(&["answer", "--import", path(file)])
    }
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("paths of the tests are text")
}

/// Makes a key in a home; gives its public line.
pub(crate) fn new_key(home: &Path, name: &str) -> String {
    let folder = home.join(".ssh");
    fs::create_dir_all(&folder).expect("folders can be made");
    let file = folder.join("id_ed25519");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
        .arg(&file)
        .status();
    assert!(made.expect("ssh-keygen is installed").success());
    let line = fs::read_to_string(file.with_extension("pub")).expect("a public key");
    line.trim().to_owned()
}

#[test]
fn an_answer_by_file_from_another_home_opens_the_gate() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let answer = team.answers("bob", &run, &[]);
    assert!(team.desk.effects().is_empty());
    team.import(&answer).exits(0);
    team.desk.run(&["resume"]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped 1.2.3"]);

    let status = team.desk.run(&["status", &run, "--json"]).exits(0).data();
    let go = &status["steps"][0];
    assert_eq!(go["approved_by"][0], "bob");
    let key = go["signed"]["bob"].as_str().expect("a fingerprint");
    let shown = team.desk.run(&["status", &run]).exits(0).stdout;
    let words = format!("signed by bob (lead) with {key}");
    assert!(shown.contains(&words), "{shown}");
    let approval = serde_json::json!({"by": "bob", "roles": ["lead"], "deputy": false, "auth": "signed", "key": key});
    assert_eq!(go["approvals"], serde_json::json!([approval]));
    let verified = team.desk.run(&["verify", &run]).exits(0).stdout;
    assert!(
        verified.contains("signed by bob with SHA256:"),
        "{verified}"
    );
    let report = team.desk.run(&["report", &run]).exits(0).stdout;
    let words = "bob (lead) approved (signed with SHA256:";
    assert!(report.contains(words), "{report}");
}

#[test]
fn an_answer_in_one_line_survives_a_chat() {
    let team = Team::new();
    let run = team.begin();
    let line = team.desk.run(&["request", "--line"]).exits(0).stdout;
    assert_eq!(line.lines().count(), 1);
    fs::write(
        team.home("bob").join("request.json"),
        format!("> ana wrote: {line} thanks!\n"),
    )
    .expect("a file");
    let words = ["approve", &run, "go", "--request", "request.json", "--line"];
    // A mail breaks the line, and puts a mark before each part.
    let parts: Vec<&[u8]> = line.trim().as_bytes().chunks(76).collect();
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| std::str::from_utf8(part).expect("text"))
        .collect();
    let mail = format!("Hello\n> {}\n> \nbest wishes\n", parts.join("\n> "));
    fs::write(team.home("cleo").join("request.json"), mail).expect("a file");
    team.by("cleo", &words).exits(0);
    let cut = format!("{}\n", &line[..1000]);
    fs::write(team.home("cleo").join("request.json"), cut).expect("a file");
    let ran = team.by("cleo", &words).exits(2);
    assert!(ran.stderr.contains("it was cut off"), "{}", ran.stderr);
    let answer = team.by("bob", &words).exits(0).stdout;
    assert_eq!(answer.lines().count(), 1);
    let file = team.home("ana").join("answer");
    fs::write(&file, format!("bob: {answer}")).expect("a file");
    team.import(&file).exits(0);
    team.desk.run(&["resume"]).exits(0);
}

#[test]
fn a_rejection_by_file_ends_the_run() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let words = [
        "reject",
        &run,
        "go",
        "--request",
        "request.json",
        "--out",
        "no.txt",
        "--reason",
        "the notes are missing",
    ];
    team.by("bob", &words).exits(0);
    team.import(&team.home("bob").join("no.txt")).exits(0);
    team.desk.run(&["resume", &run]).exits(4);
    let report = team.desk.run(&["report", &run]).exits(0).stdout;
    assert!(
        report.contains("bob rejected (signed with SHA256:"),
        "{report}"
    );
    assert!(report.contains("): the notes are missing"), "{report}");
    assert!(team.desk.effects().is_empty());
    let status = team.desk.run(&["status", &run, "--json"]).exits(0).data();
    let no = &status["steps"][0]["rejected"];
    assert_eq!(no["reason"], "the notes are missing", "{status:#}");
    let key = no["key"].as_str().expect("a fingerprint");
    let shown = team.desk.run(&["status", &run]).exits(0).stdout;
    let words = format!("rejected by bob, signed with {key}: the notes are missing");
    assert!(shown.contains(&words), "{shown}");
    assert!(!shown.contains("failed"), "{shown}");
}

/// Whoever brings a signed rejection puts no other reason into the person's mouth.
#[test]
fn the_reason_of_a_signed_rejection_is_the_one_that_was_signed() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let words = [
        "reject",
        &run,
        "go",
        "--request",
        "request.json",
        "--out",
        "no.txt",
        "--reason",
        "the notes are missing",
    ];
    team.by("bob", &words).exits(0);
    let answer = fs::read_to_string(team.home("bob").join("no.txt")).expect("an answer");
    let (statement, signature) = answer.split_once('\n').expect("two parts");
    let letter = serde_json::json!({
        "type": "reject",
        "step": "go",
        "by": "bob",
        "reason": "cleo wrote them",
        "signed": { "statement": format!("{statement}\n"), "signature": signature },
    });
    let file = "inbox/01KTRYTRYTRYTRYTRYTRYTRYTR.json";
    let file = team.desk.folder().join(file);
    fs::write(file, letter.to_string()).expect("a file");
    team.desk.run(&["resume", &run]).exits(4);
    let shown = team.desk.run(&["status", &run]).exits(0).stdout;
    assert!(shown.contains(": the notes are missing"), "{shown}");
    assert!(!shown.contains("cleo wrote them"), "{shown}");
}

/// Whatever is wrong with an answer, it is refused, the message says what, and the gate stays shut.
#[test]
fn an_answer_that_does_not_fit_is_refused_with_what_differs() {
    let team = Team::with(
        SHIP,
        &[
            ("ana", ""),
            ("bob", ""),
            ("cleo", "valid-before=\"20200101Z\" "),
            ("dora", "valid-after=\"20990101Z\" "),
            ("emil", "namespaces=\"git\" "),
        ],
    );
    let run = team.begin();
    for person in ["ana", "bob", "cleo", "dora", "emil"] {
        team.request_for(person);
    }
    let refused = |file: &Path, words: &str| {
        let ran = team.import(file).exits(2);
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
        team.desk.run(&["resume", &run]).exits(5);
        assert!(team.desk.effects().is_empty());
    };
    // Their keys were not listed to sign with, and somebody wrote them into the request.
    for (person, words) in [
        ("cleo", "was valid until 2020-01-01 00:00"),
        ("dora", "is valid from 2099-01-01 00:00"),
        ("emil", "is not listed for `runbook-approval`"),
    ] {
        team.lists_key_of(person);
        refused(&team.answers(person, &run, &[]), words);
    }

    // The initiator's key is listed nowhere in the request: nobody asked ana.
    let words = ["approve", &run, "go", "--request", "request.json"];
    let ran = team.by("ana", &words).exits(2);
    assert!(
        ran.stderr.contains("the keys at hand are SHA256:"),
        "{}",
        ran.stderr
    );

    // The request was changed on its way: what differs is named.
    let request = fs::read_to_string(team.home("bob").join("request.json")).expect("a file");
    let changes = [
        (
            "\"version\":\"1.2.3\"}",
            "\"version\":\"1.2.4\"}",
            "asks: the params",
        ),
        ("Ship 1.2.3", "Ship 1.2.4", "asks: the text"),
        ("\"plan\":\"", "\"plan\":\"0", "it names no plan"),
    ];
    for (from, to, words) in changes {
        assert!(request.contains(from), "{from}: {request}");
        fs::write(
            team.home("bob").join("request.json"),
            request.replacen(from, to, 1),
        )
        .expect("a file");
        let words_of = [
            "approve",
            &run,
            "go",
            "--request",
            "request.json",
            "--out",
            "answer.txt",
        ];
        let ran = team.by("bob", &words_of);
        if ran.code == Some(0) {
            refused(&team.home("bob").join("answer.txt"), words);
        } else {
            assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
        }
    }
    fs::write(team.home("bob").join("request.json"), &request).expect("a file");

    // The answer was changed on its way.
    let good = fs::read_to_string(team.answers("bob", &run, &[])).expect("an answer");
    let file = team.home("bob").join("changed.txt");
    let changes = [
        ("\"by\":\"bob\"", "\"by\":\"cleo\"", "is not listed"),
        (
            "\"verdict\":\"approve\"",
            "\"verdict\":\"reject\"",
            "is not over these words",
        ),
        (
            "\"step\":\"go\"",
            "\"step\":\"ship\"",
            "`ship` is not an approval",
        ),
        ("\"at\":\"2", "\"at\":\"3", "is not over these words"),
        ("-----BEGIN SSH", "-----BEGIN", "no signed answer"),
    ];
    for (from, to, words) in changes {
        assert!(good.contains(from), "{from}: {good}");
        fs::write(&file, good.replacen(from, to, 1)).expect("a file");
        refused(&file, words);
    }

    // Untouched, it counts; a second time, it does not.
    let answer = team.answers("bob", &run, &[]);
    team.import(&answer).exits(0);
    let again = team.import(&answer).exits(2);
    assert!(again.stderr.contains("is done already"), "{}", again.stderr);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped 1.2.3"]);

    // And not for another run of the same.
    let other = team.begin();
    let replayed = team.import(&answer).exits(2);
    assert!(
        replayed.stderr.contains("ended already"),
        "{}",
        replayed.stderr
    );
    fs::write(&file, good.replace(&run, &other)).expect("a file");
    let replayed = team.import(&file).exits(2);
    assert!(
        replayed.stderr.contains("is not over these words"),
        "{}",
        replayed.stderr
    );
    team.desk.run(&["resume", &other]).exits(5);
}

/// Stock OpenSSH comes to the same verdict on a statement and its signature.
#[test]
fn stock_ssh_keygen_verifies_an_answer() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let answer = fs::read_to_string(team.answers("bob", &run, &[])).expect("an answer");
    let (statement, signature) = answer.split_once('\n').expect("two parts");
    let home = team.home("bob");
    fs::write(home.join("signature"), signature).expect("a file");
    let key = fs::read_to_string(home.join(".ssh/id_ed25519.pub")).expect("a key");
    fs::write(home.join("signers"), format!("bob {key}")).expect("a file");
    for (words, good) in [
        (format!("{statement}\n"), true),
        (format!("{statement} \n"), false),
    ] {
        fs::write(home.join("statement"), words).expect("a file");
        let verified = Command::new("ssh-keygen")
            .args([
                "-Y",
                "verify",
                "-f",
                "signers",
                "-I",
                "bob",
                "-n",
                "runbook-approval",
                "-s",
                "signature",
            ])
            .current_dir(&home)
            .stdin(fs::File::open(home.join("statement")).expect("a file"))
            .output()
            .expect("ssh-keygen is installed");
        assert_eq!(verified.status.success(), good, "{verified:?}");
    }
}

#[test]
fn without_a_signature_nobody_opens_the_gate() {
    let team = Team::new();
    let run = team.begin();
    let ran = team
        .desk
        .run(&["approve", &run, "go", "--as", "bob", "--sign", "/nowhere"])
        .exits(2);
    assert!(
        ran.stderr.contains("cannot be read as a key"),
        "{}",
        ran.stderr
    );
    let mut command = team.desk.command(&["approve", &run, "go", "--as", "bob"]);
    let ran = Ran::to_its_end(
        command
            .env("HOME", team.home("ana"))
            .env_remove("SSH_AUTH_SOCK"),
    )
    .exits(2);
    assert!(
        ran.stderr.contains("the request lists bob SHA256:"),
        "{}",
        ran.stderr
    );
    let value: Value = team.desk.run(&["status", &run, "--json"]).data();
    assert_eq!(value["steps"][0]["progress"], "waiting");
}

/// An agent of a test, which ends with it.
struct Agent {
    socket: PathBuf,
    pid: String,
}

impl Agent {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("agent");
        let ran = Command::new("ssh-agent")
            .args(["-s", "-a", path(&socket)])
            .output()
            .expect("ssh-agent is installed");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let pid = said.split("SSH_AGENT_PID=").nth(1).expect("a process");
        let pid: String = pid.chars().take_while(char::is_ascii_digit).collect();
        Self { socket, pid }
    }

    fn holds(&self, key: &Path) {
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket)
            .status();
        assert!(added.expect("ssh-add is installed").success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(&self.pid).status();
    }
}

/// The private key is in the agent alone, as it is where a key is forwarded, or on a token.
#[test]
fn an_agent_signs_without_a_key_file() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let home = team.home("bob");
    let agent = Agent::start(&home);
    let key = home.join(".ssh/id_ed25519");
    agent.holds(&key);
    fs::remove_file(&key).expect("a file");
    fs::remove_file(key.with_extension("pub")).expect("a file");
    let words = [
        "approve",
        &run,
        "go",
        "--request",
        "request.json",
        "--out",
        "answer.txt",
    ];
    let mut command = team.command("bob", &words);
    Ran::to_its_end(command.env("SSH_AUTH_SOCK", &agent.socket)).exits(0);
    team.import(&home.join("answer.txt")).exits(0);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped 1.2.3"]);
}

/// A key with a passphrase is unlocked at the terminal; without one, the message says what to do and nothing is recorded.
#[test]
fn a_passphrase_is_asked_at_the_terminal_and_nowhere_else() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let key = team.home("bob").join(".ssh/id_ed25519");
    let locked = Command::new("ssh-keygen")
        .args([
            "-q",
            "-p",
            "-P",
            "",
            "-N",
            "a phrase of the tests",
            "-f",
            path(&key),
        ])
        .status();
    assert!(locked.expect("ssh-keygen is installed").success());
    let words = [
        "approve",
        "--request",
        "request.json",
        "--out",
        "answer.txt",
    ];

    let named: Vec<&str> = ["approve", &run, "go"]
        .into_iter()
        .chain(words[1..].iter().copied())
        .collect();
    let mut command = team.command("bob", &named);
    // Nothing else may ask in the place of a terminal.
    let ran = Ran::to_its_end(
        command
            .env("DISPLAY", "")
            .env("SSH_ASKPASS_REQUIRE", "never"),
    )
    .exits(2);
    assert!(ran.stderr.contains("ssh-add KEY"), "{}", ran.stderr);
    assert!(!team.home("bob").join("answer.txt").exists());

    let mut terminal = Terminal::seated(&team.command("bob", &words));
    terminal
        .shows("Ship 1.2.3")
        .shows("approve and sign this?")
        .types("y")
        .shows("passphrase")
        .types("a phrase of the tests")
        .shows("signed by bob");
    assert_eq!(terminal.ends(), 0);
    team.import(&team.home("bob").join("answer.txt")).exits(0);
    team.desk.run(&["resume", &run]).exits(0);
}

/// No agent, no key and no terminal: the run waits, and says what an approver does.
#[test]
fn a_run_that_nobody_can_approve_here_waits_and_says_how() {
    let team = Team::new();
    let ran = team.desk.exec(&[]).exits(5);
    for words in [
        "only a signed approval counts",
        "runbook request",
        "runbook approve",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
}

/// People who were listed since, on the branch that counts: the gate asks again, and the run goes on.
#[test]
fn a_changed_plan_asks_again_by_the_newest_policy() {
    let team = Team::new();
    let run = team.begin();
    team.request_for("bob");
    let old = team.answers("bob", &run, &[]);
    team.import(&old).exits(0);
    let key = new_key(&team.home("dora"), "dora");
    let cleo = team.desk.project.read("content/data/roles.yaml");
    let more = format!("{cleo}  dora: {{ roles: [lead], keys: ['{key}'] }}\n");
    team.desk.project.write("content/data/roles.yaml", more);
    team.desk.project.commit();
    team.desk.project.git(&["push", "-q", "origin", "main"]);
    team.desk
        .run(&["resume", &run, "--replan", "--reason", "dora is new"])
        .exits(5);
    assert!(
        team.desk.effects().is_empty(),
        "what bob approved was another plan"
    );
    let again = team.import(&old).exits(2);
    assert!(again.stderr.contains("asks: the plan"), "{}", again.stderr);
    team.desk.run(&["resume", &run]).exits(5);
    team.request_for("dora");
    team.import(&team.answers("dora", &run, &[])).exits(0);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped 1.2.3"]);
    team.desk.run(&["verify", &run]).exits(0);
}

/// Signed gates in a loop, and a plan that is changed when something behind a gate was done: each is asked again, and no
/// honest run is called false.
#[test]
fn a_signed_gate_is_asked_in_each_round() {
    let body = "risk: high\nroles:\n  approver: { any_of: [lead], not: [initiator] }\nsteps:\n  - { id: go, title: Permission, approve: { role: approver, text: Go, expires: 4h } }\n  - { id: ship, title: Ship, run: \"echo shipped >> effects\", effect: idempotent }\n  - id: choose\n    title: Once more?\n    decide: { text: Look., options: { again: { goto: go, max: 2 }, enough: {} } }\n  - { id: last, title: Last, run: \"echo last >> effects\", effect: idempotent }\n";
    let team = Team::with(body, &[("ana", ""), ("bob", ""), ("cleo", "")]);
    let run = team.begin();
    let passes = |step: &str| {
        team.request_for("bob");
        let words = [
            "approve",
            &run,
            step,
            "--request",
            "request.json",
            "--out",
            "answer.txt",
        ];
        team.by("bob", &words).exits(0);
        team.import(&team.home("bob").join("answer.txt")).exits(0);
        team.desk.run(&["resume", &run]).exits(5);
    };
    passes("go");
    team.desk
        .run(&["answer", &run, "choose", "--choose", "again"])
        .exits(0);
    team.desk.run(&["resume", &run]).exits(5);
    passes("go#2");
    assert_eq!(team.desk.effects(), ["shipped", "shipped"]);

    // Something is still to be done behind the gate, and it is changed.
    team.desk
        .project
        .edit("runbooks/work.yaml", "echo last", "echo the last");
    team.desk.project.commit();
    team.desk.project.git(&["push", "-q", "origin", "main"]);
    team.desk
        .run(&["resume", &run, "--replan", "--reason", "a better word"])
        .exits(5);
    let status = team.desk.run(&["status", &run, "--json"]).exits(0).data();
    let waits = status["waiting"]["step"]
        .as_str()
        .expect("it waits")
        .to_owned();
    assert!(waits.starts_with("go"), "{waits}");
    passes_all(&team, &run);
    team.desk
        .run(&["answer", &run, "choose#2", "--choose", "enough"])
        .exits(0);
    team.desk.run(&["resume", &run]).exits(0);
    assert_eq!(team.desk.effects(), ["shipped", "shipped", "the last"]);
    team.desk.run(&["verify", &run]).exits(0);
}

/// Bob approves whatever the run waits for, until it waits for something else.
fn passes_all(team: &Team, run: &str) {
    loop {
        let status = team.desk.run(&["status", run, "--json"]).exits(0).data();
        let step = status["waiting"]["step"]
            .as_str()
            .expect("it waits")
            .to_owned();
        if !step.starts_with("go") {
            return;
        }
        team.request_for("bob");
        let words = [
            "approve",
            run,
            &step,
            "--request",
            "request.json",
            "--out",
            "answer.txt",
        ];
        team.by("bob", &words).exits(0);
        team.import(&team.home("bob").join("answer.txt")).exits(0);
        team.desk.run(&["resume", run]).exits(5);
    }
}

/// The remote is down: one line says so with the reason that git gave, and nothing asks at the terminal.
#[test]
fn a_remote_that_is_down_is_told_of_in_one_line() {
    let team = Team::new();
    let bin = team.home("bin");
    fs::create_dir_all(&bin).expect("folders can be made");
    let script = "#!/bin/sh\necho \"$@\" >> \"$ASKED\"\necho 'ssh: connect to host example.org port 22: Connection refused' >&2\nexit 255\n";
    for name in ["ssh", "own-ssh"] {
        let file = bin.join(name);
        fs::write(&file, script).expect("a file");
        let made = Command::new("chmod").arg("+x").arg(&file).status();
        assert!(made.expect("chmod is there").success());
    }
    team.desk.project.git(&[
        "remote",
        "set-url",
        "origin",
        "ssh://git@example.org/team.git",
    ]);
    let search = std::env::var("PATH").expect("a search path");
    let asked = bin.join("asked");
    let with = |words: &[&str], own: Option<&str>| {
        let mut command = team.desk.command(words);
        command
            .env("PATH", format!("{}:{search}", path(&bin)))
            .env("ASKED", &asked)
            .env_remove("GIT_SSH")
            .env_remove("GIT_SSH_COMMAND");
        if let Some(own) = own {
            command.env("GIT_SSH_COMMAND", own);
        }
        let ran = Ran::to_its_end(&mut command).exits(5);
        (ran, fs::read_to_string(&asked).expect("ssh was begun"))
    };
    let (ran, words) = with(&["exec", "work", "--target", "target"], None);
    let line = ran
        .stdout
        .lines()
        .find(|line| line.contains("nobody was asked yet"));
    let line = line.expect("a line that says so");
    assert!(
        line.ends_with(": ssh: connect to host example.org port 22: Connection refused"),
        "{line}"
    );
    for words in ["correct access rights", "Could not read from remote"] {
        assert!(!ran.stdout.contains(words), "{}", ran.stdout);
        assert!(!ran.stderr.contains(words), "{}", ran.stderr);
    }
    assert!(words.contains("BatchMode=yes"), "{words}");

    // Whoever set a command of their own keeps it, and git says to it what it wants.
    fs::remove_file(&asked).expect("a file");
    let (_, words) = with(&["resume"], Some("own-ssh"));
    assert!(!words.contains("BatchMode"), "{words}");
    fs::remove_file(&asked).expect("a file");
    team.desk
        .project
        .git(&["config", "core.sshCommand", "own-ssh -v"]);
    let (_, words) = with(&["resume"], None);
    assert!(!words.contains("BatchMode"), "{words}");
}

/// Whoever is not asked is told who is, and not about keys.
#[test]
fn whoever_is_not_asked_is_told_who_is() {
    let team = Team::new();
    new_key(&team.home("zed"), "zed");
    let run = team.begin();
    let told = |ran: Ran, words: &[&str]| {
        let said = ran.exits(2).stderr;
        for words in words {
            assert!(said.contains(words), "{words}: {said}");
        }
    };
    let started =
        "ana started this run and cannot approve `go`; somebody else has to; it is for bob or cleo";
    let of_ana = |words: &[&str]| {
        let mut command = team.desk.command(words);
        Ran::to_its_end(
            command
                .env("HOME", team.home("ana"))
                .env_remove("SSH_AUTH_SOCK"),
        )
    };
    told(of_ana(&["approve", &run, "go"]), &[started]);
    told(of_ana(&["approve", &run, "go", "--sign"]), &[started]);
    let short = &run[run.len() - 6..];
    let waits = format!("run {short} waits at `go` for lead (bob, cleo)");
    told(of_ana(&["approve"]), &[&waits]);
    let dan = ["approve", &run, "go", "--as", "dan"];
    told(
        of_ana(&dan),
        &["dan is none of: lead, and cannot approve `go`; it is for bob or cleo"],
    );

    team.request_for("zed");
    let words = ["approve", &run, "go", "--request", "request.json"];
    told(
        team.by("zed", &words),
        &["it is for bob or cleo, and no key at hand is theirs"],
    );
    let named: Vec<&str> = words.into_iter().chain(["--as", "ana"]).collect();
    told(team.by("zed", &named), &[started]);
}

/// Only keys that are valid when it is asked are listed to sign with; of whoever has none of those, request, status and
/// screen say what to do.
#[test]
fn a_request_lists_only_keys_that_are_valid() {
    let team = Team::with(
        SHIP,
        &[
            ("ana", ""),
            ("bob", ""),
            ("cleo", "valid-before=\"20200101Z\" "),
            ("dora", "valid-after=\"20990101Z\" "),
        ],
    );
    let run = team.begin();
    let file = team.request_for("bob");
    let request = fs::read_to_string(file).expect("a request");
    let request: Value = serde_json::from_str(&request).expect("JSON");
    let people: Vec<&String> = request["keys"].as_object().expect("keys").keys().collect();
    assert_eq!(people, ["bob"]);
    assert_eq!(
        request["asks"][0]["keyless"],
        serde_json::json!(["cleo", "dora"])
    );
    let words = "without a valid key: cleo, dora, who have to list a new one in roles.yaml";
    let status = team.desk.run(&["status", &run]).exits(0).stdout;
    assert!(status.contains(words), "{status}");
    let named = ["approve", &run, "go", "--request", "request.json", "--line"];
    let screen = team.by("bob", &named).exits(0).stderr;
    assert!(screen.contains(words), "{screen}");
    let mut terminal = Terminal::seated(&team.desk.command(&["resume", &run]));
    terminal
        .shows("waiting for the answer")
        .types("w")
        .shows("without a valid key: cleo, dora")
        .types("q");
    assert_eq!(terminal.ends(), 5);
    team.request_for("cleo");
    let told = team.by("cleo", &named).exits(2).stderr;
    assert!(told.contains(words), "{told}");

    team.request_for("bob");
    team.import(&team.answers("bob", &run, &[])).exits(0);
    team.desk.run(&["resume", &run]).exits(0);
    team.desk.run(&["verify", &run]).exits(0);
}

/// A review that is owed is refused from afar with a signature, as it would be given.
#[test]
fn an_owed_review_is_refused_by_file() {
    let body = "risk: high\nsteps:\n  - { id: go, title: Permission, approve: { matrix: night, text: Go } }\n  - { id: ship, title: Ship it, run: \"echo shipped >> effects\", effect: once }\n";
    let team = Team::with(body, &[("ana", ""), ("bob", ""), ("cleo", "")]);
    let matrix = "matrix:\n  night:\n    expires: 1 h\n    lead: { need: required, within: 15 min }\n    countersignature: { need: later, any_of: [lead], within: 1 d }\n";
    team.desk
        .project
        .write("content/data/approvals.yaml", matrix);
    team.desk.project.commit();
    team.desk.project.git(&["push", "-q", "origin", "main"]);
    let run = team.begin();
    team.request_for("bob");
    team.import(&team.answers("bob", &run, &[])).exits(0);
    team.desk.run(&["resume", &run]).exits(0);
    team.request_for("cleo");
    let words = [
        "reject",
        &run,
        "go",
        "--request",
        "request.json",
        "--out",
        "no.txt",
        "--reason",
        "the notes are wrong",
    ];
    team.by("cleo", &words).exits(0);
    team.import(&team.home("cleo").join("no.txt")).exits(0);
    let shown = team.desk.run(&["status", &run]).exits(0).stdout;
    let words = "after `go`: review refused by cleo (lead), signed with SHA256:";
    assert!(shown.contains(words), "{shown}");
    assert!(!shown.contains("owed after"), "{shown}");
    let report = team.desk.run(&["report", &run]).exits(0).stdout;
    let words = "cleo (lead) refused the review that was owed (signed with SHA256:";
    assert!(report.contains(words), "{report}");
    team.desk.run(&["verify", &run]).exits(0);
}

/// Where two have to approve, the second one sees who did, for which role, and how that is proved.
#[test]
fn the_second_approver_sees_the_first() {
    let team = Team::with(
        &SHIP.replace("role: approver,", "role: approver, count: 2,"),
        &[("ana", ""), ("bob", ""), ("cleo", "")],
    );
    let run = team.begin();
    team.request_for("bob");
    team.import(&team.answers("bob", &run, &[])).exits(0);
    let mut command = team.desk.command(&["approve", &run, "go", "--sign"]);
    command
        .env("HOME", team.home("cleo"))
        .env("SSH_AUTH_SOCK", "");
    let ran = Ran::to_its_end(&mut command).exits(0);
    let words = "  by now      signed by bob (lead) with SHA256:";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    team.desk.run(&["resume", &run]).exits(0);
    let shown = team.desk.run(&["status", &run]).exits(0).stdout;
    let count = shown.matches("(lead) with SHA256:").count();
    assert_eq!(count, 2, "{shown}");
}
