//! Somebody wants to know what a run would do, before it does anything.

use crate::desk::Desk;
use serde_json::Value;

/// Of every sort of step one. Each command that is started leaves a line.
const EVERYTHING: &str = r#"risk: medium
lock: { key: "deploy/${{ params.service }}", wait: 1m }
params:
  service: { type: string, pattern: "[a-z]+" }
  regions: { type: string, pattern: "[a-z,]+" }
  token: { type: secret, from: { command: [bash, -c, "echo fetched >> effects; echo s3cret-value"] } }
roles:
  approver: { any_of: [release-manager], not: [initiator] }
defaults:
  env: { SERVICE: "${{ params.service }}" }
steps:
  - id: clean
    title: Clean
    check: { run: "echo clean >> effects" }
  - id: quiet
    title: Quiet
    check: { run: "echo quiet >> effects; false" }
    warn_only: true
  - id: base
    title: Read the base
    run: |
      echo base >> effects
      echo "tag=v$SERVICE" >> "$RB_OUTPUT"
    effect: read
    outputs: { tag: { type: string } }
  - id: tagged
    title: The base is tagged
    check: { exec: [bash, -c, 'echo "tagged $1" >> effects', --, "${{ steps.base.outputs.tag }}"] }
  - id: there
    title: There already
    run: |
      echo WRONG >> effects
    verify: { run: "echo v-there >> effects", absent: [1] }
    undo: { none: It is a test. }
  - id: build
    title: Build
    run: |
      echo WRONG >> effects
      echo image=1 >> "$RB_OUTPUT"
    outputs: { image: { type: string } }
    verify: { run: "echo v-build >> effects; exit 1", absent: [1] }
    undo: { run: "echo WRONG >> effects" }
  - id: signed
    title: Signed
    check: { run: 'test -n "$RB_SECRET_TOKEN"' }
  - id: go
    title: Permission
    approve: { role: approver, text: "Deploy ${{ steps.build.outputs.image }} to ${{ params.service }}", expires: 30m }
  - id: only_api
    title: Only for the interface
    when: "params.service == 'api'"
    check: { run: "echo WRONG >> effects" }
  - id: full
    title: All regions
    for_each: { in: "${{ params.regions }}", as: region, max: 1 }
    run: |
      echo WRONG "$REGION" "$IMAGE" >> effects
    verify: { run: 'echo "v-full $REGION" >> effects; exit 3', absent: [1] }
    env: { REGION: "${{ each.region }}", IMAGE: "${{ steps.build.outputs.image }}" }
    undo: { none: It is a test. }
finally:
  - { id: bye, title: Bye, notify: { channel: terminal, text: "${{ run.id }} is over" } }
"#;

fn desk() -> Desk {
    let desk = Desk::with(EVERYTHING);
    desk.project.write(
        "content/data/roles.yaml",
        "roles: { release-manager: { title: Release manager }, developer: { title: Developer } }\npeople:\n  ana: { os: [root], roles: [release-manager] }\n  bob: { roles: [release-manager] }\n",
    );
    desk.project
        .write("content/data/channels.yaml", "terminal: { terminal: {} }\n");
    desk
}

const PLAN: [&str; 8] = [
    "plan",
    "work",
    "--target",
    "target",
    "-p",
    "service=web",
    "-p",
    "regions=eu,us",
];

fn plan(desk: &Desk, further: &[&str]) -> crate::project::Ran {
    let arguments: Vec<&str> = PLAN.iter().chain(further).copied().collect();
    desk.run(&arguments)
}

/// What a plan in JSON says of a step.
fn found<'p>(plan: &'p Value, id: &str) -> &'p Value {
    let steps = plan["steps"].as_array().expect("a list");
    let step = steps.iter().find(|step| step["id"] == id);
    step.unwrap_or_else(|| panic!("{id} is not in {plan:#}"))
}

#[test]
fn what_is_known_is_filled_in_and_what_only_the_run_can_know_is_named() {
    let desk = desk();

    let said = plan(&desk, &[]).exits(0).stdout;

    for part in [
        "lock: deploy/web is free",
        "approval is needed at go: release-manager, not whoever starts it: bob",
        "Deploy ${{ steps.build.outputs.image }} to web",
        "known only during the run: steps.build.outputs.image",
        "> skipped: not params.service == 'api'",
        "[full[eu]]",
        "REGION=us",
        "(runs once, can be undone)",
        "always at the end:",
        "a value in ${{ }} is known only during the run",
        "nothing was started",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("${{ params."), "{said}");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_probe_runs_what_only_looks_and_nothing_else() {
    let desk = desk();

    let said = plan(&desk, &["--probe", "--json"]).exits(0);

    assert_eq!(
        desk.effects(),
        [
            "clean",
            "quiet",
            "base",
            "tagged vweb",
            "v-there",
            "v-build",
            "v-full eu",
            "v-full us"
        ]
    );
    let plan = said.data();
    for (id, is) in [
        ("clean", "passes"),
        ("quiet", "fails"),
        ("base", "passes"),
        ("tagged", "passes"),
        ("there", "already_so"),
        ("build", "not_yet"),
        ("signed", "not_asked"),
        ("go", "ahead"),
        ("only_api", "left_out"),
        ("full[eu]", "cannot_tell"),
    ] {
        assert_eq!(found(&plan, id)["found"]["is"], is, "{id}: {said:?}");
    }
    assert_eq!(found(&plan, "quiet")["found"]["warns"], true);
    assert_eq!(
        found(&plan, "signed")["found"]["because"],
        "it needs the secret `token`"
    );
    assert_eq!(plan["plan"]["params"]["service"], "web");
    assert_eq!(
        desk.json(&["runs", "--json"]),
        serde_json::json!([]),
        "no run was started"
    );
}

#[test]
fn a_check_that_would_stop_the_run_is_exit_1() {
    let desk = desk();
    desk.project.edit(
        "runbooks/work.yaml",
        "echo clean >> effects",
        "echo why; exit 7",
    );

    let said = plan(&desk, &["--probe"]).exits(1).stdout;

    assert!(said.contains("> FAILS: exit 7\n     | why"), "{said}");
    assert!(said.contains("no run was started"), "{said}");
}

#[test]
fn a_plan_says_which_run_has_the_lock() {
    let desk = desk();
    desk.project
        .edit("runbooks/work.yaml", "echo clean >> effects", "exit 7");
    let exec: Vec<&str> = ["exec"]
        .into_iter()
        .chain(PLAN[1..].iter().copied())
        .collect();
    desk.run(&exec).exits(1);
    let id = desk.id();

    let said = plan(&desk, &[]).exits(0).stdout;

    let line = format!("deploy/web is held by run {}", &id[20..]);
    assert!(said.contains(&line), "{said}");
}

#[test]
fn a_plan_can_be_pasted_into_a_ticket() {
    let desk = desk();
    desk.project.edit(
        "runbooks/work.yaml",
        "title: Clean",
        "title: \"Clean | <b> `now`\"",
    );

    let said = plan(&desk, &["--format", "md"]).exits(0).stdout;

    for part in [
        "# Test 1.0.0",
        "## Approvals\n\n- go: release-manager, not whoever starts it: bob",
        r"### 1. Clean \| \<b\> \`now\` (clean)",
        "- runs once, can be undone",
        "```text\nIMAGE=${{ steps.build.outputs.image }}\nREGION=eu\necho WRONG \"$REGION\" \"$IMAGE\" >> effects\n```",
        "nothing was started",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn versions_have_an_order() {
    let desk = Desk::with(
        "params:\n  version: { type: semver }\nsteps:\n  - { id: new, title: New, when: \"params.version >= '1.10.0'\", run: \"echo new >> effects\", effect: idempotent }\n",
    );
    for (version, effects) in [
        ("1.9.0", 0),
        ("1.10.0-rc.1", 0),
        ("1.10.0", 1),
        ("1.11.0", 2),
    ] {
        desk.exec(&[&format!("version={version}")]).exits(0);
        assert_eq!(desk.effects().len(), effects, "{version}");
    }
}

/// A runbook that looks, acts, and looks whether it worked.
const CHECKS_ITSELF: &str = r#"steps:
  - { id: before, title: Before, check: { run: "echo before >> effects; ! test -e published" } }
  - id: publish
    title: Publish
    run: |
      touch published
    effect: once
    verify: { run: "test -e published", absent: [1] }
  - { id: there, title: There, check: { run: "echo there >> effects; test -e published" } }
  - id: size
    title: Size
    run: |
      echo size >> effects
      echo "size=$(wc -c < published)" >> "$RB_OUTPUT"
    effect: read
    outputs: { size: { type: int } }
  - id: tag
    title: Tag
    run: |
      touch tagged
    effect: once
    verify: { run: "echo v-tag >> effects; test -e tagged", absent: [1] }
  - { id: tagged, title: Tagged, check: { run: "echo tagged >> effects; test -e tagged" } }
"#;

#[test]
fn a_check_of_what_the_run_itself_does_is_asked_by_the_run() {
    let desk = Desk::with(CHECKS_ITSELF);

    let said = desk
        .run(&["plan", "work", "--target", "target", "--probe"])
        .exits(0)
        .stdout;
    assert!(said.contains("> after step 2"), "{said}");
    assert!(said.contains("> after step 5"), "{said}");
    assert_eq!(desk.effects(), ["before", "v-tag"]);

    let plan = desk.json(&["plan", "work", "--target", "target", "--probe", "--json"]);
    for (id, is) in [
        ("before", "passes"),
        ("publish", "not_yet"),
        ("there", "after"),
        ("size", "after"),
        ("tag", "not_yet"),
        ("tagged", "after"),
    ] {
        assert_eq!(found(&plan, id)["found"]["is"], is, "{id}");
    }
    assert_eq!(found(&plan, "tagged")["found"]["step"], "tag");
    assert_eq!(found(&plan, "tagged")["found"]["number"], "5");

    // What is so already changes nothing, so that all can be asked.
    desk.project.write("target/published", "x");
    desk.project.write("target/tagged", "");
    desk.project.edit("runbooks/work.yaml", "! test", "test");
    let plan = desk.json(&["plan", "work", "--target", "target", "--probe", "--json"]);
    for id in ["before", "there", "size", "tagged"] {
        assert_eq!(found(&plan, id)["found"]["is"], "passes", "{id}");
    }
}

#[test]
fn a_check_beside_a_step_that_acts_is_asked_and_one_behind_people_is_not() {
    let desk = Desk::with(
        r#"steps:
  - id: both
    title: Both
    parallel: {}
    steps:
      - { id: act, title: Act, exec: [touch, done], effect: idempotent }
      - { id: look, title: Look, check: { run: "exit 3" } }
  - { id: maybe, title: Maybe, check: { run: "test -e done" } }
"#,
    );
    let plan = desk.run(&["plan", "work", "--target", "target", "--probe", "--json"]);
    let plan = plan.exits(1).data();
    assert_eq!(found(&plan, "look")["found"]["is"], "fails");
    assert_eq!(found(&plan, "maybe")["found"]["step"], "act");

    let desk = Desk::with(
        "steps:\n  - { id: plug, title: Plug, manual: { text: Pull the plug } }\n  - { id: gone, title: Gone, check: { run: \"test -e gone\" } }\n",
    );
    let plan = desk.json(&["plan", "work", "--target", "target", "--probe", "--json"]);
    assert_eq!(found(&plan, "gone")["found"]["step"], "plug");
}
