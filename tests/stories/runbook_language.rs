//! An author learns the runbook language by its examples and by its answers to mistakes.

use crate::project::Project;
use serde_json::Value;

const ROLES: &str = "roles:\n  release-manager: { title: Release manager }\n  technical-lead: { title: Technical lead }\n  operations-lead: { title: Operations lead }\n  developer: { title: Developer }\n";
const CHANNELS: &str = "ops: { terminal: {} }\n";

/// A runbook without a fault, into which each row of [`MISTAKES`] brings one.
const GOOD: &str = r#"runbook: 1
id: good
version: 1.2.0
title: Good
owner: release-manager
reviewed: 2026-11-20
risk: high
needs: [git]
fixes: Something.
escalate: technical-lead
budget: { expect: 35m, warn: 45m, limit: 2h }
lock: { key: "deploy/${{ params.name }}", wait: 1m }
outputs: { made: "${{ steps.build.outputs.image }}" }
params:
  name: { type: string, pattern: '[a-z]+', default: abc, ask: "Which name?" }
  count: { type: int, min: 1, max: 9, default: 5 }
  level: { type: enum, values: [low, high], default: low }
  token: { type: secret, from: { command: [pass, show] }, expose: file }
roles:
  approver: { any_of: [release-manager], not: [initiator] }
defaults:
  shell: [bash, -eu]
  env: { NAME: "${{ params.name }}" }
  timeout: 10m
steps:
  - id: clean
    title: Is it clean?
    check: { run: "test -z x", assert: "json.size < 3" }
  - id: facts
    title: Facts
    manual:
      text: Write it down.
      fields: { impact: { type: text, ask: "Who?" } }
  - id: build
    title: Build
    run: |
      ./build "$NAME"
    effect: idempotent
    retry: { max: 2, delay: 20s, on_exit: [75] }
    outputs: { image: { type: string } }
  - id: go
    title: May we?
    approve: { role: approver, count: 1, text: "Deploy ${{ steps.build.outputs.image }}?", expires: 30m }
  - id: push
    title: Push
    exec: [git, push, --, "${{ params.name }}"]
    when: "steps.build.ok && params.count > 2"
    cwd: sub
    verify: { run: "test -e x", absent: [1] }
    undo: { exec: [git, reset], effect: idempotent }
  - id: choose
    title: Choose
    decide:
      text: Which?
      options: { yes_please: {}, again: { goto: push, max: 3 } }
      auto: { when: "steps.push.ok", choose: yes_please }
  - id: soak
    title: Soak
    wait: { for: 10m, or_until: { run: ./ok, every: 30s, times: 6 } }
  - id: each
    title: Each
    for_each: { in: [eu, us], as: region }
    check: { exec: [./up, --, "${{ each.region }}"] }
  - id: tell
    title: Tell
    notify: { channel: ops, text: "Done by ${{ run.initiator }}" }
  - id: other
    title: Other
    call: { runbook: callee, version: "^1", with: { wanted: "${{ params.name }}" } }
"#;

const CALLEE: &str = "runbook: 1\nid: callee\nversion: 1.0.0\ntitle: Callee\nowner: developer\nfixes: x\nparams:\n  wanted: { type: string }\nsteps:\n  - { id: look, title: Look, check: { run: date } }\n";

/// What is replaced in [`GOOD`], by what, the code that answers, and the text it points at.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    // The head
    ("runbook: 1\n", "", "yaml/missing-key", "id"),
    ("runbook: 1\n", "runbook: 2\n", "runbook/format", "2"),
    ("runbook: 1\n", "runbook: one\n", "yaml/bad-value", "one"),
    ("title: Good\n", "", "yaml/missing-key", "runbook"),
    (
        "title: Good\n",
        "titel: Good\n",
        "yaml/unknown-key",
        "titel",
    ),
    (
        "title: Good\n",
        "title: [Good]\n",
        "yaml/wrong-type",
        "[Good]",
    ),
    ("version: 1.2.0", "version: 1.2", "yaml/bad-value", "1.2"),
    (
        "version: 1.2.0",
        "version: v1.2.0",
        "yaml/bad-value",
        "v1.2.0",
    ),
    (
        "reviewed: 2026-11-20",
        "reviewed: 20.11.2026",
        "yaml/bad-value",
        "20.11.2026",
    ),
    (
        "reviewed: 2026-11-20",
        "reviewed: 2026-13-20",
        "yaml/bad-value",
        "2026-13-20",
    ),
    ("risk: high", "risk: hihg", "yaml/bad-value", "hihg"),
    ("needs: [git]", "needs: [gitt]", "yaml/bad-value", "gitt"),
    (
        "owner: release-manager",
        "owner: relase-manager",
        "role/unknown",
        "relase-manager",
    ),
    (
        "escalate: technical-lead",
        "escalate: boss",
        "role/unknown",
        "boss",
    ),
    ("expect: 35m", "expect: soon", "yaml/bad-value", "soon"),
    (
        "expect: 35m",
        "expect: 50m",
        "runbook/budget",
        "{ expect: 50m, warn: 45m, limit: 2h }",
    ),
    ("expect: 35m", "expekt: 35m", "yaml/unknown-key", "expekt"),
    ("limit: 2h", "limit: -2h", "yaml/bad-value", "-2h"),
    (
        "key: \"deploy/${{ params.name }}\"",
        "key: \"deploy/${{ params.nmae }}\"",
        "runbook/unknown-param",
        "${{ params.nmae }}",
    ),
    (
        "key: \"deploy/${{ params.name }}\", ",
        "",
        "yaml/missing-key",
        "wait",
    ),
    (
        "steps.build.outputs.image }}\" }\nparams",
        "steps.build.outputs.imgae }}\" }\nparams",
        "runbook/unknown-value",
        "${{ steps.build.outputs.imgae }}",
    ),
    // Params
    (
        "type: string, pattern",
        "type: sting, pattern",
        "yaml/bad-value",
        "sting",
    ),
    (
        "name: { type: string, pattern",
        "Name: { type: string, pattern",
        "runbook/name",
        "Name",
    ),
    (
        "pattern: '[a-z]+'",
        "pattern: '[a-z'",
        "runbook/pattern",
        "'[a-z'",
    ),
    ("default: abc", "default: ABC", "runbook/default", "ABC"),
    ("default: 5", "default: 50", "runbook/default", "50"),
    ("default: 5", "default: five", "runbook/default", "five"),
    ("min: 1, max: 9", "min: 10, max: 9", "runbook/limits", "min"),
    ("min: 1", "min: one", "yaml/bad-value", "one"),
    ("default: low", "default: mid", "runbook/default", "mid"),
    (
        "type: enum, values: [low, high], ",
        "type: enum, ",
        "runbook/limits",
        "type",
    ),
    ("type: int, ", "type: string, ", "runbook/limits", "min"),
    (
        "values: [low, high]",
        "values: [low, no]",
        "yaml/ambiguous",
        "no",
    ),
    (
        "ask: \"Which name?\"",
        "aks: \"Which name?\"",
        "yaml/unknown-key",
        "aks",
    ),
    ("expose: file }", "expose: file, default: x }", "RB105", "x"),
    ("expose: file", "expose: argv", "yaml/bad-value", "argv"),
    (
        "from: { command: [pass, show] }",
        "from: { command: [pass, \"${{ params.name }}\"] }",
        "RB101",
        "\"${{ params.name }}\"",
    ),
    (
        "default: 5 }",
        "default: 5, expose: file }",
        "runbook/limits",
        "expose",
    ),
    // Roles and defaults
    (
        "any_of: [release-manager]",
        "any_of: [release-maneger]",
        "role/unknown",
        "release-maneger",
    ),
    ("any_of: [release-manager], ", "", "yaml/missing-key", "not"),
    (
        "not: [initiator]",
        "not: [starter]",
        "yaml/bad-value",
        "starter",
    ),
    (
        "shell: [bash, -eu]",
        "shell: [\"${{ params.name }}\"]",
        "RB101",
        "\"${{ params.name }}\"",
    ),
    ("env: { NAME:", "env: { LD_PRELOAD:", "RB104", "LD_PRELOAD"),
    ("env: { NAME:", "env: { PATH:", "RB104", "PATH"),
    (
        "env: { NAME:",
        "env: { npm_config_registry:",
        "RB104",
        "npm_config_registry",
    ),
    ("env: { NAME:", "env: { RB_RUN:", "RB104", "RB_RUN"),
    (
        "env: { NAME:",
        "env: { MY-NAME:",
        "runbook/env-name",
        "MY-NAME",
    ),
    ("timeout: 10m", "timeout: 10", "yaml/bad-value", "10"),
    // Steps
    ("id: clean\n", "id: Clean\n", "runbook/name", "Clean"),
    (
        "id: facts\n",
        "id: clean\n",
        "runbook/duplicate-step",
        "clean",
    ),
    (
        "    title: Is it clean?\n",
        "    titel: Is it clean?\n",
        "yaml/unknown-key",
        "titel",
    ),
    (
        "check: { run: \"test -z x\", assert",
        "chekc: { run: \"test -z x\", assert",
        "runbook/kind",
        "id: clean\n    title: Is it clean?\n    chekc: { run: \"test -z x\", assert: \"json.size < 3\" }",
    ),
    (
        "run: \"test -z x\", assert",
        "assert",
        "runbook/kind",
        "{ assert: \"json.size < 3\" }",
    ),
    (
        "run: \"test -z x\"",
        "run: test -z $(x)",
        "RB110",
        "test -z $(x)",
    ),
    ("run: \"test -z x\"", "run: ! grep x f", "yaml/refused", "!"),
    (
        "assert: \"json.size < 3\"",
        "assert: json.size < 3",
        "RB110",
        "json.size < 3",
    ),
    ("json.size < 3", "json.size < ", "runbook/expression", ""),
    ("json.size < 3", "json.size = 3", "runbook/expression", "="),
    (
        "json.size < 3",
        "jason.size < 3",
        "runbook/unknown-value",
        "\"jason.size < 3\"",
    ),
    (
        "      ./build \"$NAME\"",
        "      ./build ${{ params.name }}",
        "RB101",
        "${{ params.name }}",
    ),
    (
        "    run: |\n      ./build \"$NAME\"\n",
        "    run: ./build \"$NAME\"\n",
        "RB110",
        "./build \"$NAME\"",
    ),
    (
        "    run: |\n",
        "    exec: [date]\n    run: |\n",
        "runbook/kind",
        "run",
    ),
    (
        "    effect: idempotent\n    retry",
        "    effect: idempotant\n    retry",
        "yaml/bad-value",
        "idempotant",
    ),
    (
        "    effect: idempotent\n    retry",
        "    efect: idempotent\n    retry",
        "yaml/unknown-key",
        "efect",
    ),
    (
        "retry: { max: 2, ",
        "retry: { ",
        "yaml/missing-key",
        "delay",
    ),
    (
        "max: 2, delay: 20s",
        "max: 2, delay: 20",
        "yaml/bad-value",
        "20",
    ),
    ("on_exit: [75]", "on_exit: [0]", "runbook/exit-code", "0"),
    (
        "outputs: { image: { type: string } }",
        "outputs: { image: {} }",
        "yaml/missing-key",
        "{}",
    ),
    (
        "  - id: build\n",
        "  - id: build\n    host: a@b\n",
        "runbook/not-yet",
        "host",
    ),
    (
        "  - id: build\n",
        "  - id: build\n    interactive: true\n",
        "RB302",
        "build",
    ),
    (
        "  - id: build\n",
        "  - id: build\n    warn_only: maybe\n",
        "yaml/bad-value",
        "maybe",
    ),
    (
        "  - id: build\n",
        "  - id: build\n    role: relese-manager\n",
        "role/unknown",
        "relese-manager",
    ),
    (
        "  - id: build\n",
        "  - id: build\n    on_fail: stop\n",
        "yaml/bad-value",
        "stop",
    ),
    (
        "  - id: build\n",
        "  - id: build\n    skip: { reason: maybe }\n",
        "yaml/bad-value",
        "maybe",
    ),
    // Manual, approve, decide
    (
        "text: Write it down.",
        "txt: Write it down.",
        "yaml/missing-key",
        "txt",
    ),
    (
        "impact: { type: text, ask",
        "impact: { typ: text, ask",
        "yaml/missing-key",
        "typ",
    ),
    (
        "approve: { role: approver",
        "approve: { role: aprover",
        "role/unknown",
        "aprover",
    ),
    ("count: 1", "count: 0", "runbook/limits", "0"),
    ("count: 1", "count: many", "yaml/bad-value", "many"),
    ("expires: 30m", "expires: never", "yaml/bad-value", "never"),
    (", expires: 30m", "", "RB204", "go"),
    (
        "text: \"Deploy ${{ steps.build.outputs.image }}?\"",
        "text: \"Deploy ${{ steps.push.ok }}?\"",
        "RB202",
        "${{ steps.push.ok }}",
    ),
    (
        "text: \"Deploy ${{ steps.build.outputs.image }}?\"",
        "text: \"Deploy ${{ steps.bild.outputs.image }}?\"",
        "runbook/unknown-step",
        "${{ steps.bild.outputs.image }}",
    ),
    (
        "text: \"Deploy ${{ steps.build.outputs.image }}?\"",
        "text: \"Deploy ${{ steps.build.outputs.image\"",
        "runbook/template",
        "${{",
    ),
    (
        "text: \"Deploy ${{ steps.build.outputs.image }}?\"",
        "text: \"Deploy ${{ 1 + 2 }}\"",
        "runbook/template",
        "${{ 1 + 2 }}",
    ),
    ("goto: push, max: 3", "goto: push", "RB203", "push"),
    (
        "goto: push, max: 3",
        "goto: psh, max: 3",
        "runbook/unknown-step",
        "psh",
    ),
    (
        "goto: push, max: 3",
        "goto: push, max: 3, rollback: true",
        "runbook/kind",
        "{ goto: push, max: 3, rollback: true }",
    ),
    (
        "choose: yes_please",
        "choose: yes_plese",
        "runbook/unknown-option",
        "yes_plese",
    ),
    (
        "options: { yes_please: {}, again: { goto: push, max: 3 } }\n",
        "optoins: { yes_please: {}, again: { goto: push, max: 3 } }\n",
        "yaml/missing-key",
        "text",
    ),
    // Programs, conditions, undo
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: git push",
        "yaml/wrong-type",
        "git push",
    ),
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: []",
        "runbook/kind",
        "[]",
    ),
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: [git, push, \"${{ params.name }}\"]",
        "RB102",
        "\"${{ params.name }}\"",
    ),
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: [bash, -c, \"${{ params.name }}\"]",
        "RB101",
        "\"${{ params.name }}\"",
    ),
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: [node, --eval, \"f(${{ params.name }})\"]",
        "RB101",
        "\"f(${{ params.name }})\"",
    ),
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: [\"${{ params.name }}\"]",
        "RB101",
        "\"${{ params.name }}\"",
    ),
    (
        "exec: [git, push, --, \"${{ params.name }}\"]",
        "exec: [curl, --, \"${{ params.token }}\"]",
        "RB103",
        "${{ params.token }}",
    ),
    (
        "when: \"steps.build.ok && params.count > 2\"",
        "when: steps.build.ok && params.count > 2",
        "RB110",
        "steps.build.ok && params.count > 2",
    ),
    (
        "steps.build.ok && params.count > 2",
        "steps.build.ok && params.cuont > 2",
        "runbook/unknown-param",
        "\"steps.build.ok && params.cuont > 2\"",
    ),
    (
        "steps.build.ok && params.count > 2",
        "steps.choose.choice == 'x'",
        "RB202",
        "\"steps.choose.choice == 'x'\"",
    ),
    (
        "steps.build.ok && params.count > 2",
        "steps.build.done",
        "runbook/unknown-value",
        "\"steps.build.done\"",
    ),
    ("cwd: sub", "cwd: ../sub", "runbook/cwd", "../sub"),
    ("cwd: sub", "cwd: /etc", "runbook/cwd", "/etc"),
    ("absent: [1]", "absent: [300]", "runbook/exit-code", "300"),
    ("absent: [1]", "absnet: [1]", "yaml/unknown-key", "absnet"),
    (
        "undo: { exec: [git, reset], effect: idempotent }",
        "undo: { none: No way, instead: callee }",
        "runbook/undo",
        "{ none: No way, instead: callee }",
    ),
    (
        "undo: { exec: [git, reset], effect: idempotent }",
        "undo: { instead: calee }",
        "runbook/unknown",
        "calee",
    ),
    (
        "undo: { exec: [git, reset], effect: idempotent }",
        "undo: {}",
        "runbook/undo",
        "{}",
    ),
    // Time, loops, messages, calls
    ("for: 10m, ", "for: a while, ", "yaml/bad-value", "a while"),
    ("every: 30s, ", "", "yaml/missing-key", "run"),
    ("times: 6", "times: often", "yaml/bad-value", "often"),
    (
        "for_each: { in: [eu, us], as: region }",
        "for_each: { in: [eu, us] }",
        "yaml/missing-key",
        "in",
    ),
    (
        "${{ each.region }}",
        "${{ each.regoin }}",
        "runbook/unknown-value",
        "${{ each.regoin }}",
    ),
    ("as: region", "as: Region", "runbook/name", "Region"),
    ("channel: ops", "channel: opps", "channel/unknown", "opps"),
    (
        "${{ run.initiator }}",
        "${{ run.starter }}",
        "runbook/unknown-value",
        "${{ run.starter }}",
    ),
    (
        "call: { runbook: callee,",
        "call: { runbook: caller,",
        "runbook/unknown",
        "caller",
    ),
    (
        "version: \"^1\"",
        "version: \"^2\"",
        "runbook/version",
        "\"^2\"",
    ),
    (
        "version: \"^1\"",
        "version: \"one\"",
        "yaml/bad-value",
        "\"one\"",
    ),
    (
        "with: { wanted:",
        "with: { wnated:",
        "runbook/unknown-param",
        "wnated",
    ),
    (
        ", with: { wanted: \"${{ params.name }}\" }",
        "",
        "runbook/missing-param",
        "callee",
    ),
    // YAML itself
    ("title: Good", "title: &good Good", "yaml/refused", "Good"),
    ("title: Good", "title: !!str Good", "yaml/refused", "!!str"),
    (
        "title: Good\n",
        "title: Good\ntitle: Better\n",
        "yaml/duplicate-key",
        "title",
    ),
    ("title: Good", "title: off", "yaml/ambiguous", "off"),
    ("wait: 1m", "wait: 1:30", "yaml/ambiguous", "1:30"),
];

fn project() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Language\n")
        .write("content/index.md", "# Language\n")
        .write("content/data/roles.yaml", ROLES)
        .write("content/data/channels.yaml", CHANNELS)
        .write("runbooks/callee.yaml", CALLEE);
    project
}

fn findings(project: &Project) -> Vec<Value> {
    let ran = project.run(&["check", "--format", "json"]);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    report["findings"].as_array().expect("a list").clone()
}

#[test]
fn the_good_runbook_has_no_finding() {
    let project = project();
    project.write("runbooks/good.yaml", GOOD);

    assert_eq!(findings(&project), Vec::<Value>::new());
}

#[test]
fn each_likely_mistake_is_named_at_its_place_with_a_remedy() {
    let project = project();
    let rows = MISTAKES;
    for (index, (from, to, _, _)) in rows.iter().enumerate() {
        assert!(
            GOOD.contains(from),
            "row {index}: `{from}` is not in the good runbook"
        );
        let id = format!("m{index:03}");
        let text = GOOD
            .replacen(from, to, 1)
            .replacen("id: good", &format!("id: {id}"), 1);
        project.write(&format!("runbooks/{id}.yaml"), text);
    }
    let all = findings(&project);
    let mut wrong = Vec::new();
    for (index, (from, to, code, place)) in rows.iter().enumerate() {
        let file = format!("runbooks/m{index:03}.yaml");
        let found: Vec<&Value> = all
            .iter()
            .filter(|finding| finding["file"] == file.as_str())
            .collect();
        let text = project.read(&file);
        let fits = |finding: &&Value| {
            finding["code"] == *code
                && covered(&text, finding) == *place
                && finding["help"].is_string()
        };
        if !found.iter().any(fits) {
            let seen: Vec<_> = found
                .iter()
                .map(|f| {
                    (
                        f["code"].to_string(),
                        covered(&text, f),
                        f["message"].to_string(),
                    )
                })
                .collect();
            wrong.push(format!(
                "`{from}` -> `{to}`: wanted {code} at `{place}`, got {seen:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

/// The text a finding points at, found by its lines and columns.
fn covered(text: &str, finding: &Value) -> String {
    let number = |key: &str| finding[key].as_u64().expect("a number") as usize;
    let offset = |line: usize, column: usize| {
        let start: usize = text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        start
            + text[start..]
                .chars()
                .take(column - 1)
                .map(char::len_utf8)
                .sum::<usize>()
    };
    let range =
        offset(number("line"), number("column"))..offset(number("end_line"), number("end_column"));
    text[range].to_owned()
}

#[test]
fn every_example_of_the_manual_is_a_runbook_without_a_fault() {
    let manual = include_str!("../../docs/formats/runbook.md");
    let project = project();
    let mut examples = 0;
    for block in manual.split("```yaml\n").skip(1) {
        let text = block.split("```").next().expect("a block ends");
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("id: "))
            .expect("an example has an id");
        let id = id.split('#').next().expect("a word").trim();
        project.write(&format!("runbooks/{id}.yaml"), text);
        examples += 1;
    }
    assert!(examples >= 5, "the manual has examples");
    let errors: Vec<Value> = findings(&project)
        .into_iter()
        .filter(|finding| finding["severity"] == "error")
        .collect();
    assert_eq!(errors, Vec::<Value>::new());
}
