//! A runbook takes its limits from the project's data, so that they stand in one place.

use crate::desk::Desk;

const LIMITS: &str = "coverage: 90\nseverity: high\nwithin: 30m\n";

const CALLEE: &str = "runbook: 1\nid: judge\nversion: 1.0.0\ntitle: Judge\nowner: developer\nfixes: x\nparams:\n  least: { type: int }\nsteps:\n  - id: say\n    title: Say\n    run: |\n      echo \"at least $LEAST\" >> effects\n    env: { LEAST: \"${{ params.least }}\" }\n    effect: idempotent\n";

const CALLER: &str = "lock: { key: \"limit/${{ data.limits.severity }}\" }\nroles:\n  approver: { any_of: [release-manager], not: [initiator] }\nsteps:\n  - id: strict\n    title: Strict\n    when: \"data.limits.coverage >= 90 && data.limits.severity == 'high'\"\n    run: |\n      echo strict >> effects\n    effect: idempotent\n  - id: lax\n    title: Lax\n    when: \"data.limits.coverage < 90\"\n    run: |\n      echo lax >> effects\n    effect: idempotent\n  - id: go\n    title: Go?\n    approve: { role: approver, text: \"With ${{ data.limits.coverage }} %?\", expires: 30m }\n  - id: judge\n    title: Judge\n    call: { runbook: judge, with: { least: \"${{ data.limits.coverage }}\" } }\n";

fn desk() -> Desk {
    let desk = Desk::with(CALLER);
    desk.project
        .write("content/data/limits.yaml", LIMITS)
        .write("runbooks/judge.yaml", CALLEE);
    desk
}

#[test]
fn a_run_keeps_the_values_that_the_data_had_when_it_began() {
    let desk = desk();
    let asked = desk.exec(&[]).exits(5).stdout;
    assert!(asked.contains("With 90 %?"), "{asked}");

    desk.project
        .write("content/data/limits.yaml", "coverage: 10\nseverity: low\n");
    desk.run(&["approve", &desk.id(), "go", "--as", "bob"])
        .exits(0);
    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects(), ["strict", "at least 90"]);
    let plan = desk
        .json(&["plan", "work", "--target", "target", "--json"])
        .to_string();
    assert!(plan.contains("limit/low"), "{plan}");
    assert!(plan.contains("\"LEAST\":\"10\""), "{plan}");
}

#[test]
fn a_value_that_is_not_there_or_of_another_type_is_a_finding() {
    for (from, to, code, words) in [
        (
            "With ${{ data.limits.coverage }}",
            "With ${{ data.limits.coverge }}",
            "data/unknown",
            "limits.coverage",
        ),
        (
            "least: \"${{ data.limits.coverage }}\"",
            "least: \"${{ data.limit.coverage }}\"",
            "data/unknown",
            "limits.coverage",
        ),
        (
            "data.limits.coverage < 90",
            "data.limits.severity < 90",
            "runbook/type",
            "data.limits.severity",
        ),
        (
            "data.limits.coverage < 90",
            "data.limits < 90",
            "runbook/unknown-value",
            "data.limits",
        ),
    ] {
        let desk = desk();
        desk.project.edit("runbooks/work.yaml", from, to);
        let findings = desk.project.findings();
        let found = findings.iter().find(|found| found["code"] == code);
        let found = found.unwrap_or_else(|| panic!("{to}: {findings:?}"));
        assert!(found.to_string().contains(words), "{found}");
        assert_eq!(found["file"], "runbooks/work.yaml");
    }
}

const SLOW: &str = "runbook: 1\nid: slow\nversion: 1.0.0\ntitle: Slow\nowner: developer\nfixes: x\nbudget: { expect: 90m }\nparams:\n  size: { type: int, default: \"3\" }\nroles:\n  approver: { any_of: [release-manager], not: [initiator] }\nsteps:\n  - { id: copy, title: Copy, check: { run: date }, expect: 2m }\n  - { id: quick, title: Quick, check: { run: date } }\n  - id: inside\n    title: The rest\n    call: { runbook: rest, with: {} }\n  - { id: tell, title: Tell, notify: { channel: ops, message: began, with: { size: \"${{ params.size }}\" } } }\n";
const REST: &str = "runbook: 1\nid: rest\nversion: 1.0.0\ntitle: Rest\nowner: developer\nfixes: x\nroles:\n  approver: { any_of: [release-manager], not: [initiator] }\nsteps:\n  - { id: pack, title: Pack, check: { run: date }, expect: 30s }\n  - { id: go, title: \"Go on?\", approve: { role: approver, text: \"Go?\", expires: 4h } }\n  - { id: seen, title: Seen, wait: { until: { run: \"true\" }, every: 1s, within: 1h }, expect: 5m }\n  - { id: end, title: End, check: { run: date }, expect: 1m }\n";
const MESSAGES: &str = "began:\n  to: the team\n  after: 0 min\n  text: |\n    Began with {size} & \"more\".\n    Wait.\n";
const PAGE: &str = "# Guide\n\nIt takes about\n:data[90 minutes]{path=\"runbooks.slow.expect\"}, of which the machine works\n:data[3 min 30 s]{path=\"runbooks.slow.machine\"}.\n\n- in a list\n  :data[90]{path=\"limits.coverage\"} too\n\n> quoted\n> :data[90 %]{path=\"limits.coverage\"}\n\n```md\n:data[90 %]{path=\"a.b\"}\n```\n\nTerm\n\n: its definition\n\n::times{runbook=\"slow\"}\n\n::message{name=\"began\"}\n";

fn guide() -> Desk {
    let desk = desk();
    desk.project
        .write("runbooks/slow.yaml", SLOW)
        .write("runbooks/rest.yaml", REST)
        .write("content/data/messages.yaml", MESSAGES)
        .write("content/guide.md", PAGE);
    desk
}

#[test]
fn a_guide_says_times_and_messages_that_runbooks_have() {
    let desk = guide();
    assert_eq!(
        desk.project.run(&["check"]).exits(0).stderr,
        "",
        "nothing is found"
    );
    desk.project.run(&["build"]).exits(0);
    let page = desk.project.read("public/guide.html");
    for part in [
        "<span data-path=\"runbooks.slow.expect\">90 minutes</span>, of which",
        "in a list\n<span data-path=\"limits.coverage\">90</span> too",
        "quoted\n<span data-path=\"limits.coverage\">90 %</span>",
        ":data[90 %]{path=",
        "<dd>",
        "runbooks/slow.html#copy\">Copy</a></th><td>2 min</td><td></td>",
        "runbooks/rest.html#pack\">Pack</a></th><td>30 s</td><td></td>",
        "runbooks/rest.html#go\">Go on?</a></th><td></td><td>4 h at most</td>",
        "runbooks/rest.html#seen\">Seen</a></th><td></td><td>usually 5 min, 1 h at most</td>",
        "runbooks/rest.html#end\">End</a></th><td>1 min</td><td></td>",
        "<td>3 min 30 s</td>",
        "<figcaption>To: the team, after 0 min</figcaption>",
        "Began with {size} &amp; &quot;more&quot;.\nWait.</code>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("#quick"), "it says no time: {page}");
    let runbook = desk.project.read("public/runbooks/slow.html");
    assert!(
        runbook.contains("Began with <span class=\"hole\" data-of=\"params.size\">‹size›</span>"),
        "{runbook}"
    );
}

#[test]
fn a_step_sends_the_message_with_its_values() {
    let desk = guide();
    desk.project.edit(
        "runbooks/slow.yaml",
        "  - id: inside\n    title: The rest\n    call: { runbook: rest, with: {} }\n",
        "",
    );
    let ran = desk
        .run(&["exec", "slow", "--target", "target", "-p", "size=4"])
        .exits(0);
    let said = "Began with 4 & \"more\".\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn messages_and_times_that_do_not_fit_are_findings() {
    for (file, from, to, code, words) in [
        (
            "runbooks/slow.yaml",
            "message: began",
            "message: begun",
            "data/unknown",
            "messages.began.text",
        ),
        (
            "runbooks/slow.yaml",
            "{ size: ",
            "{ sise: ",
            "runbook/unknown-param",
            "size",
        ),
        (
            "runbooks/slow.yaml",
            ", with: { size: \"${{ params.size }}\" }",
            "",
            "runbook/missing-param",
            "size",
        ),
        (
            "runbooks/slow.yaml",
            "message: began, with",
            "text: began, with",
            "runbook/limits",
            "with",
        ),
        (
            "runbooks/slow.yaml",
            "params.size }}",
            "params.sise }}",
            "runbook/unknown-param",
            "size",
        ),
        (
            "content/guide.md",
            "[90 minutes]",
            "[80 minutes]",
            "data/differs",
            "1 h 30 min",
        ),
        (
            "content/guide.md",
            "::times{runbook=\"slow\"}",
            "::times{runbook=\"slowly\"}",
            "runbook/unknown",
            "slow",
        ),
        (
            "content/guide.md",
            "::times{runbook=\"slow\"}",
            "::times{runbook=\"judge\"}",
            "directive/empty",
            "expect: 2m",
        ),
        (
            "content/guide.md",
            "name=\"began\"",
            "name=\"begin\"",
            "data/unknown",
            "messages.began",
        ),
    ] {
        let desk = guide();
        desk.project.edit(file, from, to);
        let findings = desk.project.findings();
        let found = findings.iter().find(|found| found["code"] == code);
        let found = found.unwrap_or_else(|| panic!("{to}: {findings:?}"));
        assert!(found.to_string().contains(words), "{to}: {found}");
        assert_eq!(found["file"], file);
    }
}

#[test]
fn a_guide_shows_what_the_last_runs_took() {
    let desk = guide();
    desk.project
        .write(
            "content/data/times.yaml",
            "other: { runs: 2, machine: 7 s, people: 1 h }\n",
        )
        .edit(
            "runbooks/slow.yaml",
            "  - id: inside\n    title: The rest\n    call: { runbook: rest, with: {} }\n",
            "  - { id: nap, title: Nap, check: { run: sleep 1 } }\n",
        )
        .edit("content/guide.md", "3 min 30 s", "2 min");
    desk.run(&["times", "slow"]).exits(1);
    for _ in 0..3 {
        desk.run(&["exec", "slow", "--target", "target"]).exits(0);
    }
    // One that is not finished does not count.
    desk.exec(&[]).exits(5);

    let shown = desk.run(&["times"]).exits(0).stdout;
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(shown.starts_with("slow: machine "), "{shown}");
    assert!(shown.contains("the median of 3 runs"), "{shown}");
    let seconds = desk.json(&["times", "slow", "--json"]);
    let machine = seconds["runbooks"]["slow"]["machine"].as_u64();
    assert!(machine.is_some_and(|machine| machine >= 1), "{seconds}");

    desk.run(&["times", "--write"]).exits(0);
    let written = desk.project.read("content/data/times.yaml");
    assert!(
        written.contains("\nother: { runs: 2, machine: 7 s, people: 1 h }\n"),
        "{written}"
    );
    assert!(
        written.contains("\nslow: { runs: 3, machine: "),
        "{written}"
    );
    desk.project.run(&["build"]).exits(0);
    let page = desk.project.read("public/guide.html");
    assert!(
        page.contains("Measured: the median of the last runs (3)"),
        "{page}"
    );
}
