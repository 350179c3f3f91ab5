//! A run like an earlier one: which of its values it takes, which it does not, and where that is recorded.

use crate::desk::Desk;
use crate::project::Ran;
use std::fs;

const BODY: &str = "params:
  host: { type: string }
  zone: { type: enum, values: [eu, us], default: eu }
  note: { type: string, optional: true }
  token: { type: secret, from: { command: [echo, hush] } }
steps:
  - id: write
    title: Write
    run: |
      echo \"$HOST $ZONE $NOTE.\" >> effects
    env: { HOST: \"${{ params.host }}\", ZONE: \"${{ params.zone }}\", NOTE: \"${{ params.note }}\" }
    effect: idempotent
";

fn earlier() -> (Desk, String) {
    let desk = Desk::with(BODY);
    desk.exec(&["host=db1", "zone=us", "note=nightly"]).exits(0);
    let id = desk.id();
    (desk, id)
}

fn like(desk: &Desk, run: &str, further: &[&str]) -> Ran {
    desk.run(&[&["exec", "work", "--like", run], further].concat())
}

/// Params and target are those of the earlier run, also from its short name; -p says otherwise.
#[test]
fn a_run_takes_params_and_target_of_an_earlier_one() {
    let (desk, id) = earlier();
    like(&desk, &id[20..], &[]).exits(0);
    like(&desk, &id, &["-p", "host=db2"]).exits(0);
    assert_eq!(
        desk.effects(),
        ["db1 us nightly.", "db1 us nightly.", "db2 us nightly."]
    );
    fs::create_dir(desk.project.path("other")).expect("folders can be made");
    like(&desk, &id, &["--target", "other"]).exits(0);
    assert_eq!(desk.project.read("other/effects"), "db1 us nightly.\n");
}

/// The plan, the journal and the report of the new run say where its values came from.
#[test]
fn it_is_recorded_where_the_values_came_from() {
    let (desk, id) = earlier();
    like(&desk, &id, &[]).exits(0);
    let runs = desk.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list");
    let second = runs.iter().find(|run| run["run"] != id.as_str());
    let second = second.expect("the second run");
    assert_eq!(second["like"], id.as_str());
    let run = second["run"].as_str().expect("an id");
    let folder = desk.project.path(&format!("state/desk/runs/{run}"));
    for file in ["plan.json", "journal.jsonl"] {
        let text = fs::read_to_string(folder.join(file)).expect(file);
        assert!(text.contains(&id), "{file}: {text}");
    }
    assert_eq!(desk.json(&["report", run, "--json"])["like"], id.as_str());
    let report = desk.run(&["report", run]).exits(0).stdout;
    assert!(report.contains(&id), "{report}");
    let plan = desk.json(&["plan", "work", "--like", run, "--json"]);
    assert_eq!(plan["plan"]["params"]["host"], "db1");
    desk.run(&["verify", run]).exits(0);
}

/// A param that is gone, or is a secret now, is named and left out; what no longer fits is told.
#[test]
fn a_param_that_is_gone_is_named() {
    let (desk, id) = earlier();
    desk.project.edit(
        "runbooks/work.yaml",
        "  note: { type: string, optional: true }\n",
        "",
    );
    desk.project.edit(
        "runbooks/work.yaml",
        ", NOTE: \"${{ params.note }}\"",
        ", NOTE: \"\"",
    );
    let ran = like(&desk, &id, &[]).exits(0);
    assert!(
        ran.stderr.contains("`note`") && ran.stderr.contains("not taken"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert_eq!(desk.effects()[1..], ["db1 us ."]);
    desk.project.edit(
        "runbooks/work.yaml",
        "values: [eu, us]",
        "values: [eu, asia]",
    );
    let ran = like(&desk, &id, &[]).exits(3);
    assert!(
        ran.stderr.contains("`zone` has to be one of: eu, asia"),
        "{}",
        ran.stderr
    );
    like(&desk, &id, &["-p", "zone=asia"]).exits(0);
}

/// A param that is a secret by now takes no value from a record.
#[test]
fn a_param_that_became_a_secret_takes_nothing() {
    let (desk, id) = earlier();
    desk.project.edit(
        "runbooks/work.yaml",
        "note: { type: string, optional: true }",
        "note: { type: secret, from: { command: [echo, new] } }",
    );
    desk.project.edit(
        "runbooks/work.yaml",
        ", NOTE: \"${{ params.note }}\"",
        ", NOTE: \"\"",
    );
    let ran = desk.run(&["plan", "work", "--like", &id]).exits(0);
    assert!(ran.stderr.contains("`note`"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("nightly"), "{}", ran.stdout);
}

/// A run of another runbook is no pattern, and neither is one that is not there.
#[test]
fn a_run_of_another_runbook_is_refused() {
    let (desk, id) = earlier();
    desk.project.write(
        "runbooks/other.yaml",
        "runbook: 1\nversion: 1.0.0\ntitle: Other\nowner: developer\nfixes: x\nid: other\nsteps:\n  - { id: look, title: Look, check: { run: date } }\n",
    );
    let ran = desk.run(&["exec", "other", "--like", &id]).exits(3);
    assert!(
        ran.stderr.contains("is a run of `work`, not of `other`")
            && ran.stderr.contains("runbook exec work --like"),
        "{}",
        ran.stderr
    );
    let ran = like(&desk, "ZZZZZZ", &[]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("ZZZZZZ"), "{}", ran.stderr);
}
