//! Records that their owner wrote again, with real approvals in them: `verify` on another machine says what is wrong,
//! even where each line by itself is one that the program could have written. And honest runs of the same kind, of
//! which nothing is said.

use crate::approvals::{Team, path};
use crate::desk::sha256;
use crate::impostors::Scene;
use serde_json::{Value, json};
use std::fs;

/// Who may approve, and that it is a runbook that needs signatures.
const HEAD: &str = "risk: high\nparams:\n  version: { type: semver, default: 1.2.3 }\nroles:\n  approver: { any_of: [lead], not: [initiator] }\nsteps:\n";
const SHIP: &str = "  - id: ship\n    title: Ship it\n    run: |\n      echo \"shipped $VERSION\" >> effects\n    env: { VERSION: \"${{ params.version }}\" }\n    effect: once\n    undo: { run: \"echo undone >> effects\" }\n";
const GO: &str = "  - id: go\n    title: Permission\n    approve: { role: approver, text: \"Ship ${{ params.version }}\", expires: 4h }\n";
/// A gate at the end of the run, whatever becomes of it.
fn at_the_end() -> Scene {
    with_body(&format!(
        "{HEAD}{SHIP}finally:\n  - {{ id: end, title: End, call: {{ runbook: inner, with: {{ part: eu }} }} }}\n"
    ))
}

/// A step before the gate hands on what is approved and what is shipped.
const STAMPED: &str = "  - id: stamp\n    title: Stamp\n    run: |\n      echo \"commit=$(cat stamp 2>/dev/null || echo good)\" >> \"$RB_OUTPUT\"\n    effect: idempotent\n    undo: { run: \"echo other > stamp\" }\n    outputs: { commit: { type: string } }\n  - id: go\n    title: Permission\n    approve: { role: approver, text: Ship, artefact: \"${{ steps.stamp.outputs.commit }}\", expires: 4h }\n  - id: ship\n    title: Ship it\n    run: |\n      echo \"shipped $COMMIT\" >> effects\n    env: { COMMIT: \"${{ steps.stamp.outputs.commit }}\" }\n    effect: once\n    undo: { run: \"echo undone >> effects\" }\n";
/// A runbook with a gate in it.
const INNER: &str = "runbook: 1\nid: inner\nversion: 1.0.0\ntitle: Inner\nowner: developer\nfixes: x\nrisk: high\nparams:\n  part: { type: string, ask: Which }\nroles:\n  approver: { any_of: [lead], not: [initiator] }\nsteps:\n  - { id: go, title: Permission, approve: { role: approver, text: \"Ship ${{ params.part }}\", expires: 4h } }\n  - { id: ship, title: Ship it, run: \"echo shipped $PART >> effects\", env: { PART: \"${{ params.part }}\" }, effect: once }\n";

fn scene(steps: &[&str]) -> Scene {
    with_body(&format!("{HEAD}{}", steps.concat()))
}

/// A scene whose runbook is this one; it can call `inner`.
fn with_body(body: &str) -> Scene {
    let team = Team::with(body, &[("ana", ""), ("bob", ""), ("cleo", "")]);
    team.desk.project.write("runbooks/inner.yaml", INNER);
    team.desk.project.commit();
    team.desk.project.git(&["push", "-q", "origin", "main"]);
    Scene::of(team)
}

fn simple() -> Scene {
    scene(&[GO, SHIP])
}

fn stamped() -> Scene {
    scene(&[STAMPED])
}

fn in_a_call() -> Scene {
    scene(&[
        "  - { id: inner, title: Inner, call: { runbook: inner, with: { part: eu } } }\n",
        SHIP,
    ])
}

fn in_a_loop() -> Scene {
    scene(&[
        "  - { id: inner, title: Inner, for_each: { as: part, in: [eu, us] }, call: { runbook: inner, with: { part: \"${{ each.part }}\" } } }\n",
        SHIP,
    ])
}

fn at_once() -> Scene {
    scene(&[
        "  - id: both\n    title: Both\n    parallel: {}\n    steps:\n      - { id: one, title: One, call: { runbook: inner, with: { part: eu } } }\n      - { id: two, title: Two, call: { runbook: inner, with: { part: us } } }\n",
        SHIP,
    ])
}

/// The gate is in a runbook of high risk that one of low risk calls.
fn called_by_low_risk() -> Scene {
    with_body(
        "steps:\n  - { id: inner, title: Inner, call: { runbook: inner, with: { part: eu } } }\n",
    )
}

/// Bob approves this gate of the run, as he would.
pub(crate) fn bob_approves(scene: &Scene, gate: &str) {
    let file = scene.team.home("bob").join("request.json");
    scene
        .run(&["request", &scene.run, "--out", path(&file)])
        .exits(0);
    let words = [
        "approve",
        &scene.run,
        gate,
        "--request",
        "request.json",
        "--out",
        "answer.txt",
    ];
    scene.team.by("bob", &words).exits(0);
    let answer = scene.team.home("bob").join("answer.txt");
    scene.run(&["answer", "--import", path(&answer)]).exits(0);
}

/// The line that says that a step was begun.
fn begun(step: &str) -> Value {
    json!({"type": "step.started", "step": step, "attempt": 1})
}

fn skipped(step: &str, why: &str) -> Value {
    json!({"type": "step.skipped", "step": step, "why": why, "by": "bob", "reason": "x"})
}

/// Writes a changed plan into the record, as if a person had let the run go on by it.
fn go_on_by(scene: &Scene, change: impl FnOnce(&mut Value)) {
    let folder = scene.folder();
    let old = fs::read(folder.join("plan.json")).expect("a plan");
    let mut plan: Value = serde_json::from_slice(&old).expect("JSON");
    change(&mut plan);
    let text = serde_json::to_vec_pretty(&plan).expect("JSON");
    let name = "plan-01KTRYTRYTRYTRYTRYTRYTRYTR.json";
    fs::write(folder.join(name), &text).expect("a file");
    scene.append(json!({
        "type": "plan.changed", "by": "ana", "reason": "x", "file": name,
        "old": sha256(&old), "new": sha256(&text), "difference": ["changed: params"],
    }));
}

/// Changes the requests in the journal.
pub(crate) fn asked(scene: &Scene, change: impl Fn(&mut Value)) {
    scene.rewrite(|lines| {
        for line in lines {
            if let Some(text) = line["request"].as_str() {
                let mut request: Value = serde_json::from_str(text).expect("JSON");
                change(&mut request);
                line["text"] = request["text"].clone();
                line["request"] = request.to_string().into();
            }
        }
    });
}

/// A shape of a run, and its gates in order.
type Shape = (&'static str, fn() -> Scene, &'static [&'static str]);

/// What is forged, in which scene, and what the auditor is told.
type Forgery = (&'static str, fn() -> Scene, fn(&Scene), &'static str);

#[rustfmt::skip]
const FORGERIES: &[Forgery] = &[
    ("other params after the approval, by a changed plan that asks nothing again", simple, |s| {
        bob_approves(s, "go");
        go_on_by(s, |plan| plan["params"]["version"] = "6.6.6".into());
        s.append(begun("ship"));
    }, "other gates have to be asked again"),
    ("a changed plan without the gate", simple, |s| {
        go_on_by(s, |plan| drop(plan["steps"].as_array_mut().expect("steps").remove(0)));
        s.append(begun("ship"));
    }, "is not what its runbooks come to"),
    ("a call skipped by its condition, of which it has none", in_a_call, |s| { s.rewrite(|lines| lines.retain(|line| line["type"] != "gate.opened")); s.append(skipped("inner", "when")); s.append(begun("ship")); }, "`inner` was skipped"),
    ("a call skipped by somebody", in_a_call, |s| { s.rewrite(|lines| lines.retain(|line| line["type"] != "gate.opened")); s.append(skipped("inner", "person")); s.append(begun("ship")); }, "`inner` was skipped"),
    ("a call left out from the start", in_a_call, |s| {
        s.rewrite(|lines| lines.retain(|line| line["type"] != "gate.opened"));
        s.replan(|plan| plan["left_out"] = json!({"inner/go": "x"}));
        s.append(skipped("inner/go", "left out"));
        s.append(begun("inner/ship"));
    }, "`inner/go` cannot be skipped"),
    ("a step left out of which the plan says nothing", in_a_call, |s| { s.append(skipped("inner/go", "left out")); s.append(begun("inner/ship")); }, "`inner/go` was skipped"),
    ("a gate skipped because nobody is there", in_a_call, |s| { s.append(skipped("inner/go", "nobody")); s.append(begun("inner/ship")); }, "`inner/go` was skipped"),
    ("a loop for nothing", in_a_loop, |s| {
        s.rewrite(|lines| {
            lines.retain(|line| line["type"] != "gate.opened");
            for line in lines { if line["type"] == "group.started" && line["step"] == "inner" { line["items"] = json!([]); } }
        });
        s.append(begun("ship"));
    }, "`inner` went through other items"),
    ("one item of a loop", in_a_loop, |s| {
        s.rewrite(|lines| {
            lines.retain(|line| line["type"] != "gate.opened");
            for line in lines { if line["type"] == "group.started" && line["step"] == "inner" { line["items"] = json!(["us"]); } }
        });
    }, "`inner` went through other items"),
    ("a gate among steps that go on at the same time", at_once, |s| { s.append(begun("two/ship")); }, "was not passed when `"),
    ("a text that hides what is shipped", simple, |s| {
        asked(s, |request| request["text"] = "Ship nothing at all".into());
        bob_approves(s, "go");
        s.append(begun("ship"));
    }, "what differs: the text"),
    ("another project in the request", simple, |s| {
        asked(s, |request| request["project"] = "another".into());
        bob_approves(s, "go");
    }, "what was asked is not what the plan asks"),
    ("another branch and repository in the request", simple, |s| {
        asked(s, |request| { request["policy"]["branch"] = "mine".into(); request["policy"]["repository"] = "elsewhere".into(); });
        bob_approves(s, "go");
    }, "names a policy of mine"),
    ("no policy in the request", simple, |s| {
        asked(s, |request| { request.as_object_mut().expect("an object").shift_remove("policy"); });
        bob_approves(s, "go");
    }, "names no policy"),
    ("values changed behind the approval", simple, |s| {
        bob_approves(s, "go");
        s.append(json!({"type": "step.env_edited", "step": "ship", "by": "ana", "changes": [{"name": "VERSION", "old": "1.2.3", "new": "6.6.6"}]}));
        s.append(begun("ship"));
    }, "its environment was changed behind the gate `go`"),
    ("outputs given that were not lost", stamped, |s| {
        bob_approves(s, "go");
        s.append(json!({"type": "outputs.given", "step": "stamp", "by": "ana", "outputs": {"commit": "evil"}}));
        s.append(begun("ship"));
    }, "`stamp`: outputs were given that it had not lost"),
    ("a step that ends twice", stamped, |s| {
        bob_approves(s, "go");
        s.rewrite(|lines| {
            let mut again = lines.iter().find(|line| line["type"] == "step.finished").expect("a line").clone();
            again["outputs"]["commit"] = "evil".into();
            lines.push(again);
        });
        s.append(begun("ship"));
    }, "`stamp` ended without having begun"),
    ("another value after the approval, of a step that is done again", stamped, |s| {
        bob_approves(s, "go");
        s.append(json!({"type": "step.verified", "step": "stamp", "answer": "absent", "finished": true}));
        s.append(json!({"type": "step.resolved", "step": "stamp", "attempt": 1, "verdict": "absent", "by": "verify"}));
        s.rewrite(|lines| {
            let of = |kind: &str| lines.iter().find(|line| line["type"] == kind).expect("a line").clone();
            let (mut start, mut end) = (of("step.started"), of("step.finished"));
            for line in [&mut start, &mut end] { line["attempt"] = 2.into(); }
            end["outputs"]["commit"] = "evil".into();
            lines.extend([start, end]);
        });
        s.append(begun("ship"));
    }, "`stamp` was looked at again, and has no verify"),
    ("an effect before its gate", simple, |s| {
        s.rewrite(|lines| {
            let at = lines.iter().position(|line| line["type"] == "gate.opened").expect("a gate");
            let mut line = lines[at].clone();
            let members = line.as_object_mut().expect("an object");
            members.retain(|name, _| ["v", "seq", "at", "run", "prev"].contains(&name.as_str()));
            members.extend(begun("ship").as_object().expect("an object").clone());
            lines.insert(at, line);
        });
        bob_approves(s, "go");
    }, "was not passed when `"),
    ("an approval whose time cannot be read", simple, |s| {
        bob_approves(s, "go");
        s.rewrite(|lines| for line in lines { if line["type"] == "gate.approved" { line["at"] = "soon".into(); } });
        s.append(begun("ship"));
    }, "its time cannot be read"),
    ("a gate whose line is older than the one before", simple, |s| {
        bob_approves(s, "go");
        s.rewrite(|lines| for line in lines { if line["type"] == "gate.approved" { line["at"] = "2020-01-01T00:00:00Z".into(); } });
        s.append(begun("ship"));
    }, "before it was asked"),
    ("an approval long after it had expired", simple, |s| {
        bob_approves(s, "go");
        s.rewrite(|lines| for line in lines { if line["type"] == "gate.approved" { line["at"] = "2090-01-01T00:00:00Z".into(); } });
        s.append(begun("ship"));
    }, "had expired"),
    ("the same approval for a step that is done twice", simple, |s| {
        bob_approves(s, "go");
        s.append(begun("ship"));
        let empty = sha256(b"");
        s.append(json!({"type": "step.finished", "step": "ship", "attempt": 1, "outcome": "ok", "exit": 0, "outputs": {}, "log_sha256": empty, "log_bytes": 0}));
        s.append(json!({"type": "undo.chosen", "by": "ana", "steps": ["ship"]}));
        s.append(json!({"type": "undo.started", "step": "ship", "attempt": 1}));
        s.append(json!({"type": "undo.finished", "step": "ship", "attempt": 1, "ok": true, "exit": 0}));
        let mut again = begun("ship");
        again["attempt"] = 2.into();
        s.append(again);
    }, "the approval of `go` does not count any more"),
    ("a changed plan that leaves the gate out", simple, |s| {
        go_on_by(s, |plan| plan["left_out"] = json!({"go": "x"}));
        s.rewrite(|lines| lines.last_mut().expect("a line")["void"] = json!(["go"]));
    }, "changes what was decided when the run began"),
    ("a changed plan of somebody else", simple, |s| {
        go_on_by(s, |plan| plan["initiator"] = "cleo".into());
        s.rewrite(|lines| lines.last_mut().expect("a line")["void"] = json!(["go"]));
    }, "changes what was decided when the run began"),
    ("a gate at the end left out", at_the_end, |s| s.replan(|plan| plan["left_out"] = json!({"end/go": "x"})), "`end/go` cannot be skipped"),
    ("a gate at the end that is looked at again", at_the_end, |s| s.append(json!({"type": "step.verified", "step": "end/go", "answer": "absent", "finished": true})), "the gate `end/go`"),
    ("other params before a loop that nobody went into yet", || scene(&[GO, "  - { id: inner, title: Inner, for_each: { as: part, in: [eu, us] }, call: { runbook: inner, with: { part: \"${{ each.part }}\" } } }\n"]), |s| {
        bob_approves(s, "go");
        go_on_by(s, |plan| plan["params"]["version"] = "6.6.6".into());
    }, "other gates have to be asked again"),
    ("values changed before the gate is asked", simple, |s| s.rewrite(|lines| {
        let at = lines.iter().position(|line| line["type"] == "gate.opened").expect("a gate");
        let mut line = lines[at].clone();
        let members = line.as_object_mut().expect("an object");
        members.retain(|name, _| ["v", "seq", "at", "run", "prev"].contains(&name.as_str()));
        let edit = json!({"type": "step.env_edited", "step": "ship", "by": "ana", "changes": [{"name": "VERSION", "old": "1.2.3", "new": "6.6.6"}]});
        members.extend(edit.as_object().expect("an object").clone());
        lines.insert(at, line);
    }), "was not passed when `ship` was begun"),
    ("a text that is hidden as a secret", simple, |s| {
        s.replan(|plan| plan["secrets"] = json!([{"name": "x", "command": null, "ask": null, "expose": "env"}]));
        asked(s, |request| request["text"] = "(secret)".into());
        bob_approves(s, "go");
    }, "the plan is not what its runbooks come to"),
    ("a channel that runs something", simple, |s| s.replan(|plan| plan["channels"] = json!({"rel": {"command": ["sh", "-c", "true"]}})), "the plan is not what its runbooks come to"),
    ("a step that is called lost after it was done", simple, |s| {
        bob_approves(s, "go");
        s.append(begun("ship"));
        s.append(json!({"type": "step.finished", "step": "ship", "attempt": 1, "outcome": "ok", "exit": 0, "outputs": {}, "log_sha256": sha256(b""), "log_bytes": 0}));
        s.append(json!({"type": "step.resolved", "step": "ship", "attempt": 1, "verdict": "absent", "by": "verify"}));
    }, "`ship` was settled, and was in no doubt"),
    ("an answer that is given twice", || scene(&[GO, "  - { id: ask, title: Ask, manual: { text: Which, fields: { version: { type: semver } } } }\n", SHIP]), |s| {
        let answer = |version: &str| json!({"type": "manual.completed", "step": "ask", "by": "ana", "fields": {"version": version}});
        s.append(answer("1.2.3"));
        s.append(answer("6.6.6"));
    }, "`ask` was answered, and was not asked"),
    ("a run that is called finished at its gate", simple, |s| s.append(json!({"type": "run.finished"})), "the run was called finished before it was"),
    ("a failure that did not happen", simple, |s| s.append(json!({"type": "run.failing", "step": "ship", "then": "fail"})), "is called failed, and did not fail"),
    ("a rejection with the signature of an approval", simple, |s| {
        let answer = fs::read_to_string(s.real_answer()).expect("an answer");
        let (statement, signature) = answer.split_once('\n').expect("two parts");
        s.append(json!({
            "type": "gate.rejected", "step": "go", "by": "bob", "reason": "x",
            "signed": {"statement": format!("{statement}\n"), "signature": signature},
        }));
    }, "the rejection by bob is not signed"),
    ("a refused review in the place of the second approval", || scene(&[&GO.replace("role: approver,", "role: approver, count: 2,"), SHIP]), |s| {
        s.append(json!({"type": "review.refused", "step": "go", "by": "cleo", "reason": "x"}));
        bob_approves(s, "go");
        s.append(begun("ship"));
    }, "the gate `go`"),
    ("a key of one's own, in the plan and in no file of it", simple, |s| {
        let key = |who: &str| fs::read_to_string(s.team.home(who).join(".ssh/id_ed25519.pub")).expect("a key").trim().to_owned();
        s.replan(|plan| {
            plan.as_object_mut().expect("an object").shift_remove("called");
            let people = plan["people"].to_string().replace(&key("bob"), &key("ana"));
            plan["people"] = serde_json::from_str(&people).expect("JSON");
        });
    }, "the plan is not what its runbooks come to"),
    ("people who are in no file of the plan", simple, |s| {
        s.replan(|plan| { plan.as_object_mut().expect("an object").shift_remove("called"); });
        asked(s, |request| request["asks"][0]["holders"] = json!(["bob"]));
        s.replan(|plan| plan["people"].as_array_mut().expect("people").retain(|one| one["name"] != "cleo"));
        bob_approves(s, "go");
    }, "DIFFERS"),
];

#[test]
fn a_forged_record_is_told_from_a_real_one() {
    let mut through = Vec::new();
    for (what, scene, forge, words) in FORGERIES {
        let scene = scene();
        forge(&scene);
        let verified = scene.verified(&scene.run);
        let named = verified.stdout.lines().any(|line| {
            line.starts_with("DIFFERS") && line.contains(*words) || *words == "DIFFERS"
        });
        if verified.code != Some(10) || !named {
            through.push(format!(
                "{what}: no `{words}`\n{}{}",
                verified.stdout, verified.stderr
            ));
        }
        let before = scene.team.desk.effects().len();
        let resumed = scene.run(&["resume", &scene.run]);
        let after = scene.team.desk.effects();
        // What its runbooks come to, the remote alone can tell.
        if after.len() > before && !words.contains("its runbooks come to") {
            through.push(format!(
                "{what}: it went on: {after:?} {}{}",
                resumed.stdout, resumed.stderr
            ));
        }
    }
    assert!(
        through.is_empty(),
        "{} of {}\n{}",
        through.len(),
        FORGERIES.len(),
        through.join("\n")
    );
}

/// What is honest, however it is built, is not called forged.
#[test]
fn an_honest_run_is_proved_in_every_shape() {
    let shapes: [Shape; 7] = [
        ("a gate", simple, &["go"]),
        ("a value that a step handed on", stamped, &["go"]),
        ("a call", in_a_call, &["inner/go"]),
        ("a loop", in_a_loop, &["inner[eu]/go", "inner[us]/go"]),
        ("at once", at_once, &["one/go", "two/go"]),
        ("at the end", at_the_end, &["end/go"]),
        (
            "a call from a runbook of low risk",
            called_by_low_risk,
            &["inner/go"],
        ),
    ];
    for (what, scene, gates) in shapes {
        let scene = scene();
        for gate in gates {
            bob_approves(&scene, gate);
            scene.run(&["resume", &scene.run]);
        }
        assert!(!scene.team.desk.effects().is_empty(), "{what}");
        let verified = scene.verified(&scene.run);
        assert_eq!(verified.code, Some(0), "{what}: {}", verified.stdout);
        let signed = verified.stdout.matches("signed by bob").count();
        assert_eq!(signed, gates.len(), "{what}: {}", verified.stdout);
    }
}

/// After one step was undone, what approved it is used up: whoever approved is asked again, and the old answer is for
/// nothing.
#[test]
fn a_step_that_is_done_again_is_approved_again() {
    let last = "  - { id: last, title: Last, manual: { text: Look } }\n";
    let scene = scene(&[GO, SHIP, last]);
    bob_approves(&scene, "go");
    let run = scene.run.clone();
    scene.run(&["resume", &run]).exits(5);
    assert_eq!(scene.team.desk.effects(), ["shipped 1.2.3"]);
    scene
        .run(&["undo", &run, "--only", "ship", "--confirm", &run])
        .exits(5);
    let resumed = scene.run(&["resume", &run]).exits(5);
    let words = "the approval of `go` does not count any more: `ship` was undone since";
    assert!(resumed.stdout.contains(words), "{}", resumed.stdout);
    assert_eq!(scene.team.desk.effects(), ["shipped 1.2.3", "undone"]);
    let old = scene.team.home("bob").join("answer.txt");
    scene.run(&["answer", "--import", path(&old)]).exits(2);
    bob_approves(&scene, "go");
    scene.run(&["resume", &run]).exits(5);
    assert_eq!(scene.team.desk.effects().len(), 3);
    scene.run(&["answer", &run, "last"]).exits(0);
    scene.run(&["resume", &run]).exits(0);
    scene.verified(&run).exits(0);
    let report = scene.run(&["report", &run]).exits(0).stdout;
    assert!(report.contains("does not count any more"), "{report}");
}

/// A value that is approved comes to something else before it is used: it is asked again.
#[test]
fn another_value_is_approved_again() {
    let scene = stamped();
    bob_approves(&scene, "go");
    scene
        .run(&[
            "undo",
            &scene.run,
            "--only",
            "stamp",
            "--confirm",
            &scene.run,
        ])
        .exits(5);
    let resumed = scene.run(&["resume", &scene.run]).exits(5);
    assert!(
        resumed.stdout.contains("does not count any more"),
        "{}",
        resumed.stdout
    );
    assert!(scene.team.desk.effects().is_empty());
    bob_approves(&scene, "go");
    scene.run(&["resume", &scene.run]).exits(0);
    assert_eq!(scene.team.desk.effects(), ["shipped other"]);
    scene.verified(&scene.run).exits(0);
}

/// Somebody loses a key while a gate waits: what they signed before counts no more, and who is asked is the policy of
/// now.
#[test]
fn a_key_that_was_taken_away_meanwhile_does_not_count() {
    let scene = simple();
    let file = scene.team.home("bob").join("request.json");
    scene
        .run(&["request", &scene.run, "--out", path(&file)])
        .exits(0);
    let words = [
        "approve",
        &scene.run,
        "go",
        "--request",
        "request.json",
        "--out",
        "answer.txt",
    ];
    scene.team.by("bob", &words).exits(0);
    let roles = scene.team.desk.project.read("content/data/roles.yaml");
    let without: Vec<&str> = roles
        .lines()
        .filter(|line| !line.contains("  bob:"))
        .collect();
    scene
        .team
        .desk
        .project
        .write("content/data/roles.yaml", without.join("\n") + "\n");
    scene.team.desk.project.commit();
    scene
        .team
        .desk
        .project
        .git(&["push", "-q", "origin", "main"]);
    let answer = scene.team.home("bob").join("answer.txt");
    let refused = scene.run(&["answer", "--import", path(&answer)]).exits(2);
    let words = "content/data/roles.yaml of this run is not the one on main of `origin`";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
    assert!(refused.stderr.contains("--replan"), "{}", refused.stderr);
    scene.run(&["resume", &scene.run]);
    assert!(scene.team.desk.effects().is_empty());
}

/// What the branch had when the run began is what counts, and not what it had once.
#[test]
fn a_runbook_and_a_policy_of_last_year_are_out_of_date() {
    for what in [
        "the runbooks were out of date",
        "a policy that was out of date",
    ] {
        let scene = simple();
        let project = &scene.team.desk.project;
        let old = project.git(&["rev-parse", "HEAD"]);
        let file = match what.contains("policy") {
            true => "content/data/roles.yaml",
            false => "runbooks/work.yaml",
        };
        let text = project.read(file);
        let newer = match what.contains("policy") {
            true => {
                text.lines()
                    .filter(|line| !line.contains("  bob:"))
                    .collect::<Vec<_>>()
                    .join("\n")
                    + "\n"
            }
            false => text.replace("any_of: [lead]", "any_of: [developer]"),
        };
        project.write(file, newer);
        project.git(&["add", file]);
        let date = "2020-01-01T00:00:00Z";
        let mut commit = std::process::Command::new("git");
        commit
            .current_dir(project.path("."))
            .args([
                "-c",
                "user.name=Ana",
                "-c",
                "user.email=ana@example.org",
                "commit",
                "-qm",
                "Newer",
            ])
            .env("GIT_COMMITTER_DATE", date)
            .env("GIT_AUTHOR_DATE", date);
        assert!(commit.status().expect("git starts").success());
        bob_approves(&scene, "go");
        project.git(&["push", "-q", "origin", "main"]);
        project.git(&["checkout", "-q", &old]);
        scene.append(begun("ship"));
        let verified = scene.verified(&scene.run).exits(10).stdout;
        assert!(verified.contains(what), "{what}: {verified}");
    }
}

/// A run that needed no signatures is called false for nothing, once the project lists keys.
#[test]
fn a_run_of_low_risk_is_not_called_forged() {
    let team = Team::with(
        &format!("{HEAD}{SHIP}").replace("risk: high\n", "").replace(
            "roles:\n  approver: { any_of: [lead], not: [initiator] }\n",
            "",
        ),
        &[("ana", ""), ("bob", "")],
    );
    team.desk.exec(&[]).exits(0);
    let committed = team.desk.id();
    team.desk
        .project
        .edit("runbooks/work.yaml", "Ship it", "Ship it now");
    team.desk.exec(&[]).exits(0);
    let runs = team.desk.run(&["runs", "--json"]).data();
    let runs = runs.as_array().expect("a list").iter();
    let mut ids = runs.map(|run| run["run"].as_str().expect("an id").to_owned());
    let other = ids.find(|id| *id != committed).expect("two runs");
    team.desk.run(&["verify", &committed]).exits(0);
    let verified = team.desk.run(&["verify", &other]).exits(0).stdout;
    assert!(
        verified.contains("not proved: runbooks/work.yaml as it was run is not on main"),
        "{verified}"
    );
    assert!(verified.contains("it needed no signatures"), "{verified}");
}

/// What was done before the gate is lost, and comes to something else when it is done again: nobody undid anything.
#[test]
fn a_value_that_was_lost_and_comes_back_another_one_is_approved_again() {
    let body = STAMPED
        .replace("echo \"commit=", "touch stamped; echo \"commit=")
        .replace(
            "    effect: idempotent\n",
            "    effect: idempotent\n    verify: { run: \"test -e stamped\", absent: [1] }\n",
        );
    let scene = scene(&[&body]);
    bob_approves(&scene, "go");
    let target = scene.team.desk.project.path("target");
    fs::write(target.join("stamp"), "other\n").expect("a file");
    fs::remove_file(target.join("stamped")).expect("it was there");
    scene
        .run(&["resume", &scene.run, "--verify-first"])
        .exits(6);
    let words = [
        "resume",
        &scene.run,
        "--assume",
        "stamp=absent",
        "--reason",
        "x",
    ];
    let resumed = scene.run(&words).exits(5);
    let words = "the approval of `go` does not count any more: the artefact is not known any more";
    assert!(resumed.stdout.contains(words), "{}", resumed.stdout);
    assert!(scene.team.desk.effects().is_empty());
    bob_approves(&scene, "go");
    scene.run(&["resume", &scene.run]).exits(0);
    assert_eq!(scene.team.desk.effects(), ["shipped other"]);
    scene.verified(&scene.run).exits(0);
}

/// Who may approve at the end of a run says no, or nobody answers: what stands behind the gate is not done.
#[test]
fn what_was_refused_at_the_end_is_not_done() {
    let scene = at_the_end();
    let words = [
        "reject", &scene.run, "end/go", "--as", "bob", "--reason", "no",
    ];
    scene.run(&words).exits(0);
    scene.run(&["resume", &scene.run]);
    assert_eq!(scene.team.desk.effects(), ["shipped 1.2.3"]);
    let scene = at_the_end();
    scene.team.desk.passes(300);
    scene.run(&["resume", &scene.run]);
    assert_eq!(scene.team.desk.effects(), ["shipped 1.2.3"]);
}
