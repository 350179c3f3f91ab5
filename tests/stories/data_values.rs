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
