//! What a process tries that has the operator's account and a shell, and not the key of an approver: none of it opens
//! the gate, or `verify` on another machine, which asks its own remote, says what is wrong.

use crate::approvals::{Team, new_key, path};
use crate::desk::sha256;
use crate::project::Ran;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// A team whose run waits at its gate, and an auditor with a clone of their own.
pub(crate) struct Scene {
    pub(crate) team: Team,
    pub(crate) run: String,
    pub(crate) clone: PathBuf,
}

/// A gate in a runbook that is called, with a condition that holds.
const CALLED: &str = "runbook: 1\nid: inner\nversion: 1.0.0\ntitle: Inner\nowner: developer\nfixes: x\nrisk: high\nparams:\n  version: { type: semver, ask: Which }\nroles:\n  approver: { any_of: [lead], not: [initiator] }\nsteps:\n  - id: go\n    title: Permission\n    when: \"params.version != '0.0.0'\"\n    approve: { role: approver, text: Ship, expires: 4h }\n  - { id: ship, title: Ship it, run: \"echo shipped >> effects\", effect: once }\n";
const CALLS: &str = "risk: high\nsteps:\n  - id: inner\n    title: Inner\n    call: { runbook: inner, with: { version: 1.2.3 } }\n";

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(Team::new())
    }

    /// The scene whose gate is in a runbook that is called.
    pub(crate) fn in_a_call() -> Self {
        let team = Team::with(CALLS, &[("ana", ""), ("bob", ""), ("cleo", "")]);
        team.desk.project.write("runbooks/inner.yaml", CALLED);
        team.desk.project.commit();
        git(&team, &["push", "-q", "origin", "main"]);
        Self::of(team)
    }

    pub(crate) fn of(team: Team) -> Self {
        let run = team.begin();
        Self::open(team, run)
    }

    /// The scene of a run that waits at its gate.
    pub(crate) fn open(team: Team, run: String) -> Self {
        team.request_for("bob");
        let clone = team.home("cleo").join("clone");
        git(&team, &["clone", "-q", path(&team.remote()), path(&clone)]);
        Self { team, run, clone }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.team.desk.folder_of(&self.run)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::to_its_end(&mut self.command(arguments))
    }

    /// What the auditor is told, who has a clone of their own.
    pub(crate) fn verified(&self, run: &str) -> Ran {
        let words = ["-C", path(&self.clone), "verify", run];
        Ran::to_its_end(&mut self.team.desk.command(&words))
    }

    /// The program as the operator has it: with a key of their own, and no agent.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.team.desk.command(arguments);
        command
            .env("HOME", self.team.home("ana"))
            .env_remove("SSH_AUTH_SOCK");
        command
    }

    /// Bob's real answer to the request of this run.
    pub(crate) fn real_answer(&self) -> PathBuf {
        self.team.answers("bob", &self.run, &[])
    }

    fn own_key(&self) -> String {
        let file = self.team.home("ana").join(".ssh/id_ed25519.pub");
        fs::read_to_string(file).expect("a key").trim().to_owned()
    }

    /// What the operator signs in the name of somebody.
    fn signed_by_operator(&self, by: &str, change: impl Fn(&mut Value)) -> (String, String) {
        let answer = fs::read_to_string(self.real_answer()).expect("an answer");
        let line = answer.lines().next().expect("a line");
        let mut statement: Value = serde_json::from_str(line).expect("JSON");
        statement["by"] = by.into();
        change(&mut statement);
        let statement = format!("{statement}\n");
        let file = self.team.home("ana").join("statement");
        fs::write(&file, &statement).expect("a file");
        let key = self.team.home("ana").join(".ssh/id_ed25519");
        let ran = Command::new("ssh-keygen")
            .args([
                "-Y",
                "sign",
                "-q",
                "-n",
                "runbook-approval",
                "-f",
                path(&key),
            ])
            .stdin(fs::File::open(&file).expect("a file"))
            .output()
            .expect("ssh-keygen is installed");
        (statement, String::from_utf8(ran.stdout).expect("text"))
    }

    /// Puts a letter into the inbox, as if a verb had.
    fn letter(&self, message: &Value) {
        let inbox = self.folder().join("inbox");
        let file = inbox.join("01KTRYTRYTRYTRYTRYTRYTRYTR.json");
        fs::create_dir_all(&inbox).expect("a folder");
        fs::write(file, message.to_string()).expect("a file");
    }

    /// Writes the journal anew, with these lines and hashes that fit.
    pub(crate) fn rewrite(&self, change: impl FnOnce(&mut Vec<Value>)) {
        let folder = self.folder();
        let plan = fs::read(folder.join("plan.json")).expect("a plan");
        let text = fs::read_to_string(folder.join("journal.jsonl")).expect("a journal");
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"));
        let mut lines: Vec<Value> = lines.collect();
        change(&mut lines);
        let (mut prev, mut forged) = (sha256(&plan), String::new());
        for (number, line) in lines.iter_mut().enumerate() {
            line["seq"] = (number + 1).into();
            // What is asked at a gate names the line before.
            if let Some(text) = line["request"].as_str() {
                let mut request: Value = serde_json::from_str(text).expect("JSON");
                request["head"] = prev.clone().into();
                line["request"] = request.to_string().into();
            }
            line["prev"] = prev.into();
            line.as_object_mut().expect("an object").shift_remove("h");
            let body = line.to_string();
            let body = body.strip_suffix('}').expect("an object");
            prev = sha256(body.as_bytes());
            forged += &format!("{body},\"h\":\"{prev}\"}}\n");
        }
        fs::write(folder.join("journal.jsonl"), forged).expect("a file");
    }

    /// Appends a line to the journal, with hashes that fit.
    pub(crate) fn append(&self, event: Value) {
        self.rewrite(|lines| {
            let mut line = lines.last().expect("a line").clone();
            let kept = ["v", "seq", "at", "run", "prev"];
            let members = line.as_object_mut().expect("an object");
            members.retain(|name, _| kept.contains(&name.as_str()));
            members.extend(event.as_object().expect("an object").clone());
            lines.push(line);
        });
    }

    /// Changes the plan, and writes the journal anew to fit it.
    pub(crate) fn replan(&self, change: impl FnOnce(&mut Value)) {
        let file = self.folder().join("plan.json");
        let text = fs::read_to_string(&file).expect("a plan");
        let mut plan: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut plan);
        let text = serde_json::to_string_pretty(&plan).expect("JSON");
        fs::write(&file, &text).expect("a file");
        let digest = sha256(text.as_bytes());
        self.rewrite(|lines| {
            for line in lines {
                if let Some(text) = line["request"].as_str() {
                    let mut request: Value = serde_json::from_str(text).expect("JSON");
                    request["plan"] = digest.clone().into();
                    line["request"] = request.to_string().into();
                }
            }
        });
    }

    /// Begins a run of what the checkout has now; gives its id.
    fn begin_again(&self, reason: Option<&str>) -> String {
        self.run(&["abort", &self.run, "--reason", "again"]);
        let words = ["exec", "work", "--target", "target"];
        let reason = reason.map(|reason| ["--uncommitted", reason]);
        let words: Vec<&str> = words
            .into_iter()
            .chain(reason.into_iter().flatten())
            .collect();
        self.run(&words);
        let runs = self.run(&["runs", "--json"]).data();
        runs[0]["run"].as_str().expect("an id").to_owned()
    }

    /// Lists the operator's key as Bob's, in the checkout.
    fn list_own_key_for_bob(&self) {
        let file = self.team.desk.project.path("content/data/roles.yaml");
        let text = fs::read_to_string(&file).expect("a file");
        let bob =
            fs::read_to_string(self.team.home("bob").join(".ssh/id_ed25519.pub")).expect("a key");
        // Ana signs with another key from now on.
        let other = new_key(&self.team.home("ana").join("second"), "bob");
        let second = self.team.home("ana").join("second/.ssh");
        for name in ["id_ed25519", "id_ed25519.pub"] {
            fs::copy(
                second.join(name),
                self.team.home("ana").join(".ssh").join(name),
            )
            .expect("a copy");
        }
        fs::write(&file, text.replace(bob.trim(), &other)).expect("a file");
    }
}

fn git(team: &Team, words: &[&str]) -> String {
    team.desk.project.git(words)
}

type Attempt = (&'static str, fn(&Scene) -> Option<String>);

/// An approval in the journal, as its reader has it.
fn approved(signed: Option<(String, String)>, key: Option<&str>) -> Value {
    let mut event = json!({"type": "gate.approved", "step": "go", "by": "bob", "auth": "claimed"});
    if let Some(key) = key {
        event["auth"] = "signed".into();
        event["key"] = key.into();
    }
    if let Some((statement, signature)) = signed {
        event["signed"] = json!({"statement": statement, "signature": signature});
    }
    event
}

/// A letter that approves.
fn yes(by: &str, signed: Option<(String, String)>) -> Value {
    let mut message = json!({"type": "approve", "step": "go", "by": by});
    if let Some((statement, signature)) = signed {
        message["signed"] = json!({"statement": statement, "signature": signature});
    }
    message
}

/// Each attempt, by what it does; it gives the id of the run that it hopes for, if that is another one.
#[rustfmt::skip]
const ATTEMPTS: &[Attempt] = &[
    ("approve as somebody else", |s| { s.run(&["approve", &s.run, "go", "--as", "bob"]); None }),
    ("approve as oneself", |s| { s.run(&["approve", &s.run, "go"]); None }),
    ("approve as somebody else, signed with the own key", |s| { s.run(&["approve", &s.run, "go", "--as", "bob", "--sign", path(&s.team.home("ana").join(".ssh/id_ed25519"))]); None }),
    ("approve as oneself, signed", |s| { s.run(&["approve", &s.run, "go", "--sign"]); None }),
    ("answer in the place of an approval", |s| { s.run(&["answer", &s.run, "go", "--choose", "approve"]); None }),
    ("answer the step behind the gate", |s| { s.run(&["answer", &s.run, "ship", "done=yes"]); None }),
    ("begin a run without the gate", |s| { s.run(&["abort", &s.run, "--reason", "x"]); s.run(&["exec", "work", "--target", "target", "--skip", "go", "--reason", "x"]); None }),
    ("begin behind the gate", |s| { s.run(&["abort", &s.run, "--reason", "x"]); s.run(&["exec", "work", "--target", "target", "--from", "ship", "--reason", "x"]); None }),
    ("begin the step alone", |s| { s.run(&["abort", &s.run, "--reason", "x"]); s.run(&["exec", "work", "--target", "target", "--only", "ship", "--reason", "x"]); None }),
    ("assume that the gate was passed", |s| { s.run(&["resume", &s.run, "--assume", "go=done", "--reason", "x"]); None }),
    ("take the step as done, and undo it", |s| { s.run(&["resume", &s.run, "--assume", "ship=absent", "--reason", "x"]); s.run(&["undo", &s.run, "--reason", "x"]); None }),
    ("reject, and go on", |s| { s.run(&["reject", &s.run, "go", "--reason", "x"]); None }),
    ("a letter in the name of another", |s| { s.letter(&yes("bob", None)); None }),
    ("a letter signed with the own key, in the name of another", |s| { s.letter(&yes("bob", Some(s.signed_by_operator("bob", |_| ())))); None }),
    ("a letter signed with the own key, in the own name", |s| { s.letter(&yes("ana", Some(s.signed_by_operator("ana", |_| ())))); None }),
    ("a letter that names one person and is signed by another", |s| { s.letter(&yes("bob", Some(s.signed_by_operator("ana", |_| ())))); None }),
    ("an answer to an earlier run, brought again", |s| {
        let old = s.real_answer();
        let run = s.begin_again(None);
        s.run(&["answer", "--import", path(&old)]);
        let text = fs::read_to_string(&old).expect("an answer").replace(&s.run, &run);
        fs::write(&old, text).expect("a file");
        s.run(&["answer", "--import", path(&old)]);
        Some(run)
    }),
    ("a rejection, turned into an approval", |s| {
        s.team.by("bob", &["reject", &s.run, "go", "--request", "request.json", "--out", "no.txt", "--reason", "x"]).exits(0);
        let text = fs::read_to_string(s.team.home("bob").join("no.txt")).expect("an answer");
        let file = s.team.home("ana").join("yes.txt");
        fs::write(&file, text.replace("\"reject\"", "\"approve\"")).expect("a file");
        s.run(&["answer", "--import", path(&file)]);
        let (statement, signature) = text.split_once('\n').expect("two parts");
        s.letter(&yes("bob", Some((format!("{statement}\n"), signature.to_owned()))));
        None
    }),
    ("an approval written into the journal", |s| { s.append(approved(None, None)); None }),
    ("an approval written into the journal, called signed", |s| { s.append(approved(None, Some("SHA256:x"))); None }),
    ("an approval written into the journal, signed with the own key", |s| { let signed = s.signed_by_operator("bob", |_| ()); s.append(approved(Some(signed), Some("SHA256:x"))); None }),
    ("a request that asks for no signature", |s| {
        s.rewrite(|lines| for line in lines {
            if let Some(text) = line["request"].as_str() { line["request"] = text.replace("\"signed\":true", "\"signed\":false").into(); }
        });
        s.append(approved(None, None));
        None
    }),
    ("a request that asks oneself", |s| {
        s.rewrite(|lines| for line in lines {
            if let Some(text) = line["request"].as_str() { line["request"] = text.replace("\"holders\":[\"bob\",\"cleo\"]", "\"holders\":[\"ana\"]").replace("\"barred\":{\"ana\":\"started this run\"},", "").into(); }
        });
        s.run(&["approve", &s.run, "go", "--sign"]);
        None
    }),
    ("a gate without a request, as an early version opened it", |s| {
        s.rewrite(|lines| for line in lines { line.as_object_mut().expect("an object").shift_remove("request"); });
        s.append(approved(None, None));
        None
    }),
    ("a gate that was never opened", |s| { s.rewrite(|lines| lines.retain(|line| line["type"] != "gate.opened")); s.append(approved(None, None)); None }),
    ("a gate that was skipped", |s| { s.append(json!({"type": "step.skipped", "step": "go", "why": "operator", "by": "bob", "reason": "x"})); None }),
    ("a gate that was left out from the start", |s| { s.replan(|plan| plan["left_out"] = json!({"go": "x"})); s.append(json!({"type": "step.skipped", "step": "go", "why": "start", "reason": "x"})); None }),
    ("a gate that is already so", |s| { s.append(json!({"type": "step.not_needed", "step": "go", "why": "verify", "kept": []})); None }),
    ("a gate done by hand", |s| { s.append(json!({"type": "step.done_by_hand", "step": "go", "by": "bob", "reason": "x"})); None }),
    ("the own key in the plan", |s| {
        let (bob, own) = (fs::read_to_string(s.team.home("bob").join(".ssh/id_ed25519.pub")).expect("a key"), s.own_key());
        s.replan(|plan| { let text = plan["people"].to_string().replace(bob.trim(), &own); plan["people"] = serde_json::from_str(&text).expect("JSON"); });
        let signed = s.signed_by_operator("bob", |_| ());
        s.letter(&yes("bob", Some(signed)));
        None
    }),
    ("a plan of low risk", |s| { s.replan(|plan| plan["careful"] = false.into()); s.append(approved(None, None)); None }),
    ("a plan without people", |s| { s.replan(|plan| plan["people"] = json!([])); s.append(approved(None, None)); None }),
    ("a plan without the gate", |s| {
        s.replan(|plan| { plan["steps"].as_array_mut().expect("steps").remove(0); });
        s.rewrite(|lines| lines.retain(|line| line["type"] != "gate.opened"));
        None
    }),
    ("another version in the plan, after the approval", |s| {
        s.run(&["answer", "--import", path(&s.real_answer())]).exits(0);
        s.replan(|plan| plan["params"]["version"] = "6.6.6".into());
        None
    }),
    ("another command in the plan, after the approval", |s| {
        s.run(&["answer", "--import", path(&s.real_answer())]).exits(0);
        s.replan(|plan| { let text = plan["steps"].to_string().replace("shipped $VERSION", "shipped 6.6.6"); plan["steps"] = serde_json::from_str(&text).expect("JSON"); });
        None
    }),
    ("another text, after the approval", |s| {
        s.run(&["answer", "--import", path(&s.real_answer())]).exits(0);
        s.rewrite(|lines| for line in lines { if let Some(text) = line["request"].as_str() { line["request"] = text.replace("Ship 1.2.3", "Ship nothing").into(); } });
        None
    }),
    ("a changed runbook without the gate", |s| {
        let file = s.team.desk.project.path("runbooks/work.yaml");
        let text = fs::read_to_string(&file).expect("a file");
        let gate = text.find("  - id: go").expect("a gate");
        let ship = text.find("  - id: ship").expect("a step");
        fs::write(&file, format!("{}{}", &text[..gate], &text[ship..])).expect("a file");
        s.run(&["resume", &s.run, "--replan", "--reason", "x"]);
        None
    }),
    ("a changed command, after the approval", |s| {
        s.run(&["answer", "--import", path(&s.real_answer())]).exits(0);
        s.team.desk.project.edit("runbooks/work.yaml", "shipped $VERSION", "shipped 6.6.6");
        s.team.desk.project.commit();
        s.run(&["resume", &s.run, "--replan", "--reason", "x"]);
        None
    }),
    ("the own key in the working tree", |s| { s.list_own_key_for_bob(); let run = s.begin_again(Some("x")); s.run(&["approve", &run, "go", "--sign"]); Some(run) }),
    ("the own key in a local commit", |s| { s.list_own_key_for_bob(); s.team.desk.project.commit(); let run = s.begin_again(None); s.run(&["approve", &run, "go", "--sign"]); Some(run) }),
    ("the own key on another branch of the remote", |s| {
        s.list_own_key_for_bob();
        git(&s.team, &["switch", "-q", "-c", "mine"]);
        s.team.desk.project.commit();
        git(&s.team, &["push", "-q", "origin", "mine"]);
        let run = s.begin_again(None);
        s.run(&["approve", &run, "go", "--sign"]);
        Some(run)
    }),
    ("the own key on the main branch of a remote of one's own", |s| {
        s.list_own_key_for_bob();
        s.team.desk.project.commit();
        let own = s.team.home("ana").join("own.git");
        git(&s.team, &["init", "-q", "--bare", "-b", "main", path(&own)]);
        git(&s.team, &["remote", "set-url", "origin", path(&own)]);
        git(&s.team, &["push", "-q", "origin", "main"]);
        let run = s.begin_again(None);
        s.run(&["approve", &run, "go", "--sign"]);
        Some(run)
    }),
    ("no people at all in a local commit", |s| {
        s.team.desk.project.write("content/data/roles.yaml", "roles:\n  lead: { title: Lead }\n  developer: { title: Developer }\npeople: {}\n");
        s.team.desk.project.commit();
        let run = s.begin_again(None);
        s.run(&["approve", &run, "go", "--as", "bob"]);
        Some(run)
    }),
    ("claims that count, in a local commit", |s| {
        s.team.desk.project.write("content/data/approvals.yaml", "claimed: because I say so\n");
        s.team.desk.project.commit();
        let run = s.begin_again(None);
        s.run(&["approve", &run, "go", "--as", "bob"]);
        Some(run)
    }),
    ("low risk in a local commit", |s| {
        s.team.desk.project.edit("runbooks/work.yaml", "risk: high", "risk: low");
        s.team.desk.project.commit();
        let run = s.begin_again(None);
        s.run(&["approve", &run, "go", "--as", "bob"]);
        Some(run)
    }),
    ("a git of one's own that says yes", |s| {
        s.list_own_key_for_bob();
        s.team.desk.project.commit();
        let bin = s.team.home("ana").join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        let head = git(&s.team, &["rev-parse", "HEAD"]);
        let script = format!("#!/bin/sh\ncase \"$*\" in *ls-remote*) printf 'ref: refs/heads/main\\tHEAD\\n{}\\tHEAD\\n';; *fetch*) ;; *) exec /usr/bin/git \"$@\";; esac\n", head.trim());
        fs::write(bin.join("git"), script).expect("a file");
        fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).expect("rights");
        let search = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a path"));
        let with_it = |words: &[&str]| { Ran::to_its_end(s.command(words).env("PATH", &search)) };
        with_it(&["abort", &s.run, "--reason", "x"]);
        with_it(&["exec", "work", "--target", "target"]);
        let runs = s.run(&["runs", "--json"]).data();
        let run = runs[0]["run"].as_str().expect("an id").to_owned();
        with_it(&["approve", &run, "go", "--sign"]);
        with_it(&["resume", &run]);
        Some(run)
    }),
    ("a clock that is late, after the request expired", |s| {
        let answer = s.real_answer();
        s.team.desk.passes(300);
        s.run(&["resume", &s.run]);
        s.team.desk.passes(-300);
        s.run(&["answer", "--import", path(&answer)]);
        None
    }),
    ("a run in another folder of runs", |s| {
        let mut command = s.command(&["approve", &s.run, "go", "--as", "bob"]);
        Ran::to_its_end(command.env("RUNBOOK_STATE_DIR", s.team.home("ana").join("elsewhere")));
        None
    }),
    ("settings of git in the environment", |s| {
        s.list_own_key_for_bob();
        s.team.desk.project.commit();
        let own = s.team.home("ana").join("own.git");
        git(&s.team, &["init", "-q", "--bare", "-b", "main", path(&own)]);
        git(&s.team, &["push", "-q", path(&own), "main"]);
        let with_it = |words: &[&str]| {
            let mut command = s.command(words);
            let value = format!("url.{}.insteadOf", own.display());
            Ran::to_its_end(command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", value).env("GIT_CONFIG_VALUE_0", path(&s.team.remote())))
        };
        with_it(&["abort", &s.run, "--reason", "x"]);
        with_it(&["exec", "work", "--target", "target"]);
        let runs = s.run(&["runs", "--json"]).data();
        let run = runs[0]["run"].as_str().expect("an id").to_owned();
        with_it(&["approve", &run, "go", "--sign"]);
        with_it(&["resume", &run]);
        Some(run)
    }),
];

#[test]
fn without_the_key_no_attempt_passes_unseen() {
    assert!(ATTEMPTS.len() >= 30, "{}", ATTEMPTS.len());
    let mut through = Vec::new();
    let mut named = 0;
    for (what, attempt) in ATTEMPTS {
        let scene = Scene::new();
        let run = attempt(&scene).unwrap_or_else(|| scene.run.clone());
        let resumed = scene.run(&["resume", &run]);
        if scene.team.desk.effects().is_empty() {
            assert_ne!(
                resumed.code,
                Some(0),
                "{what}: {}{}",
                resumed.stdout,
                resumed.stderr
            );
            continue;
        }
        let verified = scene.verified(&run);
        match verified.code {
            Some(10) if verified.stdout.contains("DIFFERS") => named += 1,
            _ => through.push(format!("{what}: {}{}", verified.stdout, verified.stderr)),
        }
    }
    assert!(through.is_empty(), "{}", through.join("\n"));
    assert!(
        named < ATTEMPTS.len() / 2,
        "the gate itself stops most of them"
    );
}

/// The same scene without an attempt: what a real approver signs passes, and the other machine agrees.
#[test]
fn what_an_approver_signs_passes_and_is_proved_elsewhere() {
    let scene = Scene::new();
    scene
        .run(&["answer", "--import", path(&scene.real_answer())])
        .exits(0);
    scene.run(&["resume", &scene.run]).exits(0);
    assert_eq!(scene.team.desk.effects(), ["shipped 1.2.3"]);
    let verified = scene.verified(&scene.run).exits(0).stdout;
    for words in [
        "signed by bob with SHA256:",
        "was judged by the policy of main of `origin`",
        "runbooks/work.yaml is that of main",
    ] {
        assert!(verified.contains(words), "{words}: {verified}");
    }
}

type Forgery = (&'static str, fn(&Scene));

/// A gate that is told of as skipped, or not at all, although its runbook was called and its condition holds.
#[test]
fn a_gate_in_a_call_is_not_passed_over() {
    let attempts: [Forgery; 4] = [
        ("skipped", |s| {
            s.append(json!({"type": "step.skipped", "step": "inner/go", "why": "condition", "reason": "x"}))
        }),
        ("by somebody", |s| {
            s.append(json!({"type": "step.skipped", "step": "inner/go", "why": "operator", "by": "bob", "reason": "x"}))
        }),
        ("done by hand", |s| {
            s.append(json!({"type": "step.done_by_hand", "step": "inner/go", "by": "bob", "reason": "x"}))
        }),
        ("claimed", |s| {
            let mut event = approved(None, None);
            event["step"] = "inner/go".into();
            s.append(event);
        }),
    ];
    for (what, attempt) in attempts {
        let scene = Scene::in_a_call();
        attempt(&scene);
        let resumed = scene.run(&["resume", &scene.run]);
        if scene.team.desk.effects().is_empty() {
            assert_ne!(resumed.code, Some(0), "{what}: {}", resumed.stdout);
            continue;
        }
        let verified = scene.verified(&scene.run).exits(10).stdout;
        assert!(
            verified.contains("the gate `inner/go`"),
            "{what}: {verified}"
        );
    }
    // Passed as it should be, nothing is wrong with it.
    let scene = Scene::in_a_call();
    let words = [
        "approve",
        &scene.run,
        "inner/go",
        "--request",
        "request.json",
        "--out",
        "answer.txt",
    ];
    scene.team.by("bob", &words).exits(0);
    scene
        .run(&[
            "answer",
            "--import",
            path(&scene.team.home("bob").join("answer.txt")),
        ])
        .exits(0);
    scene.run(&["resume", &scene.run]).exits(0);
    scene.verified(&scene.run).exits(0);
    // And afterwards the lines of its gate are taken out.
    scene.rewrite(|lines| {
        lines.retain(|line| {
            !line["type"]
                .as_str()
                .is_some_and(|kind| kind.starts_with("gate."))
        })
    });
    let verified = scene.verified(&scene.run);
    assert!(
        verified
            .stdout
            .contains("the gate `inner/go` was not passed"),
        "{verified:?}"
    );
    assert_eq!(verified.code, Some(10));
}
