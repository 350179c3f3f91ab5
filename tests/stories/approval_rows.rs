//! Each row of the approval matrix that is shipped: who is needed, what is enough, and what is not.

use crate::desk::Desk;
use crate::project::Ran;
use crate::terminal::Terminal;
use std::fs;
use std::path::Path;

/// A row, with the labels of a release.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) labels: &'static str,
    /// The people without whom it does not pass, by the role that each has alone.
    pub(crate) needed: &'static [&'static str],
    /// Those who may approve, and are not enough.
    welcome: &'static [&'static str],
    /// Minutes until a deputy may answer for the first of those who are needed.
    deputies_after: i64,
    /// What is owed afterwards.
    owed: usize,
}

pub(crate) const RM: &str = "release-manager";
pub(crate) const TL: &str = "technical-lead";
pub(crate) const PO: &str = "product-owner";
pub(crate) const QA: &str = "qa-lead";
pub(crate) const SEC: &str = "security-lead";
pub(crate) const OPS: &str = "operations-lead";

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 9] = [
    Row { name: "patch", labels: "", needed: &[RM, TL, QA], welcome: &[PO, OPS], deputies_after: 120, owed: 0 },
    Row { name: "patch", labels: "security, docs", needed: &[RM, TL, QA, SEC], welcome: &[PO], deputies_after: 120, owed: 0 },
    Row { name: "minor", labels: "", needed: &[RM, TL, PO, QA, SEC, OPS], welcome: &[], deputies_after: 480, owed: 0 },
    Row { name: "major", labels: "", needed: &[RM, TL, PO, QA, SEC, OPS], welcome: &[], deputies_after: 1440, owed: 0 },
    Row { name: "hotfix-critical", labels: "", needed: &[RM], welcome: &[], deputies_after: 10, owed: 2 },
    Row { name: "hotfix-critical", labels: "security", needed: &[RM], welcome: &[], deputies_after: 10, owed: 3 },
    Row { name: "hotfix-high", labels: "", needed: &[RM, TL], welcome: &[QA, OPS], deputies_after: 10, owed: 0 },
    Row { name: "hotfix-high", labels: "security", needed: &[RM, TL, SEC], welcome: &[QA], deputies_after: 10, owed: 0 },
    Row { name: "hotfix-medium", labels: "", needed: &[RM, TL, QA], welcome: &[], deputies_after: 60, owed: 0 },
];

/// A gate by a row, and an effect behind it. The people of the project are called by their roles; `ana`, a developer, starts
/// the run, and `dan` has no part in it. The deputy of the release manager is `stand-in`, for a role of that name.
fn desk(row: &Row) -> Desk {
    let body = format!(
        "roles: {{}}\nsteps:\n  - id: go\n    title: Permission\n    approve: {{ matrix: {}, labels: \"{}\", text: Go, evidence: {{ ci: passed }} }}\n  - {{ id: ship, title: Ship, run: \"echo shipped >> effects\", effect: once }}\n",
        row.name, row.labels
    );
    let desk = Desk::with(&body.replace("roles: {}\n", ""));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/data");
    let matrix = fs::read_to_string(data.join("approvals.yaml")).expect("a matrix");
    let mut roles = String::from(
        "roles:\n  developer: { title: Developer }\n  stand-in: { title: Stand-in }\n",
    );
    for role in [RM, TL, PO, QA, SEC, OPS] {
        roles += &format!("  {role}: {{ title: {role}, deputy: stand-in }}\n");
    }
    roles += "people:\n  ana: { os: [root], roles: [developer] }\n  dan: { roles: [developer] }\n  stand-in: { roles: [stand-in] }\n";
    for role in [RM, TL, PO, QA, SEC, OPS] {
        roles += &format!("  {role}: {{ roles: [{role}] }}\n");
    }
    desk.project
        .write("content/data/approvals.yaml", matrix)
        .write("content/data/roles.yaml", roles);
    desk
}

fn approve(desk: &Desk, by: &str) -> Ran {
    desk.run(&["approve", &desk.id(), "go", "--as", by])
}

fn is_shut(desk: &Desk, what: &str) {
    let ran = desk.run(&["resume"]);
    assert_eq!(ran.code, Some(5), "{what}: {}{}", ran.stdout, ran.stderr);
    assert!(desk.effects().is_empty(), "{what}");
}

/// Whether a text has no time as programs write it.
fn is_for_people(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut parts = bytes.windows(4);
    !parts.any(|part| {
        part[0].is_ascii_digit() && part[1] == b'T' && part[2..].iter().all(u8::is_ascii_digit)
    })
}

#[test]
fn a_row_passes_with_those_it_needs_and_with_nobody_less() {
    for row in &ROWS {
        let what = format!("{} [{}]", row.name, row.labels);
        // Without any one of them, with everybody else.
        for missing in row.needed {
            let desk = desk(row);
            desk.exec(&[]).exits(5);
            for by in row
                .welcome
                .iter()
                .chain(row.needed)
                .filter(|by| by != &missing)
            {
                approve(&desk, by).exits(0);
            }
            is_shut(&desk, &format!("{what} without {missing}"));
            let status = desk.json(&["status", &desk.id(), "--json"]);
            assert_eq!(
                status["steps"][0]["missing"],
                serde_json::json!([missing]),
                "{what}"
            );
            let shown = desk.run(&["status"]).stdout;
            assert!(
                shown.contains(&format!("missing: {missing} ({missing})")),
                "{what}: {shown}"
            );
            approve(&desk, missing).exits(0);
            desk.run(&["resume"]).exits(0);
            assert_eq!(desk.effects(), ["shipped"], "{what}");
            let status = desk.json(&["status", &desk.id(), "--json"]);
            assert_eq!(
                status["owed"].as_array().map(Vec::len),
                Some(row.owed),
                "{what}: {status:#}"
            );
        }
    }
}

#[test]
fn what_is_not_enough_is_refused_with_the_reason() {
    for row in &ROWS {
        let what = format!("{} [{}]", row.name, row.labels);
        let desk = desk(row);
        desk.exec(&[]).exits(5);
        let first = row.needed[0];
        let refused = |by: &str, words: &str| {
            let ran = approve(&desk, by).exits(2);
            assert!(ran.stderr.contains(words), "{what}: {by}: {}", ran.stderr);
            assert!(is_for_people(&ran.stderr), "{what}: {by}: {}", ran.stderr);
        };
        refused("ana", "ana started this run");
        refused("dan", "dan is none of: release-manager");
        refused("nobody-knows", "nobody-knows is none of:");
        refused(
            "stand-in",
            "stand-in stands in for others, and can approve `go` from ",
        );
        // The same person twice.
        if row.needed.len() > 1 {
            approve(&desk, first).exits(0);
            refused(first, "has answered already");
            is_shut(&desk, &what);
        }
        let asked = desk.run(&["status"]).stdout;
        assert!(asked.contains("missing: "), "{what}: {asked}");
    }
}

#[test]
fn a_deputy_counts_once_it_is_their_time() {
    for row in &ROWS {
        let what = format!("{} [{}]", row.name, row.labels);
        let desk = desk(row);
        desk.exec(&[]).exits(5);
        desk.passes(row.deputies_after - 2);
        approve(&desk, "stand-in").exits(2);
        desk.passes(3);
        approve(&desk, "stand-in").exits(0);
        // One person, one role: the deputy stands in for one of them, whichever lets the others count. So the role that is
        // shown may be another one when the others came.
        let shows = |role: &str| {
            let words = format!("claimed by stand-in (deputy for {role})");
            let shown = desk.run(&["status"]).stdout;
            assert!(shown.contains(&words), "{what}: {words}: {shown}");
        };
        shows(row.needed[0]);
        for by in &row.needed[1..] {
            is_shut(&desk, &what);
            approve(&desk, by).exits(0);
        }
        desk.run(&["resume"]).exits(0);
        assert_eq!(desk.effects(), ["shipped"], "{what}");
        shows(row.needed[0]);
        let report = desk.run(&["report"]).exits(0).stdout;
        let words = format!("stand-in (deputy for {}) approved (claimed", row.needed[0]);
        assert!(report.contains(&words), "{what}: {report}");
    }
}

#[test]
fn silence_is_a_no_when_the_row_expires() {
    let limits = [
        ("patch", 24 * 60),
        ("minor", 5 * 24 * 60),
        ("hotfix-critical", 30),
        ("hotfix-high", 60),
        ("hotfix-medium", 240),
    ];
    for (name, minutes) in limits {
        let row = ROWS.iter().find(|row| row.name == name).expect("a row");
        let desk = desk(row);
        desk.exec(&[]).exits(5);
        desk.passes(minutes - 1);
        is_shut(&desk, name);
        desk.passes(2);
        let late = approve(&desk, RM).exits(2);
        assert!(
            late.stderr.contains("counts as rejected"),
            "{name}: {}",
            late.stderr
        );
        assert!(is_for_people(&late.stderr), "{name}: {}", late.stderr);
        desk.run(&["resume"]).exits(4);
        assert!(desk.effects().is_empty(), "{name}");
    }
}

/// A critical hotfix goes with its release manager alone, who started it; what is owed then stands in status and report
/// until others give it.
#[test]
fn a_critical_hotfix_goes_with_one_person_and_owes_the_rest() {
    let row = &ROWS[4];
    let desk = desk(row);
    desk.project.edit(
        "content/data/roles.yaml",
        "ana: { os: [root], roles: [developer] }",
        "ana: { os: [root], roles: [release-manager] }",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();
    // What is owed afterwards cannot be given before.
    let early = approve(&desk, PO).exits(2);
    assert!(early.stderr.contains("is none of:"), "{}", early.stderr);
    desk.run(&["approve", &id, "go"]).exits(0);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["shipped"]);
    // It is due later than the approval expires, and asked for from afar.
    desk.passes(120);
    let request = desk.run(&["request", &id]).exits(0).stdout;
    assert!(request.contains("\"need\":\"later\""), "{request}");

    let owed = |count: usize| {
        let status = desk.run(&["status", &id]).stdout;
        assert_eq!(status.matches("owed after `go`").count(), count, "{status}");
        let report = desk.run(&["report", &id]).exits(0).stdout;
        assert_eq!(report.contains("## Owed"), count > 0, "{report}");
    };
    owed(2);
    // Whoever can give it needs no name of a run, and nobody else finds one.
    let found = |by: &str, words: &str| {
        let ran = desk.run(&["approve", "--as", by]).exits(2);
        assert!(ran.stderr.contains(words), "{by}: {}", ran.stderr);
    };
    let short = &id[id.len() - 6..];
    found(PO, &format!("approve it with: runbook approve {short} go"));
    found(TL, &format!("approve it with: runbook approve {short} go"));
    for by in ["ana", "dan", QA] {
        let words = format!("no run waits for an approval or a review that {by} may give");
        found(by, &words);
    }
    let again = desk.run(&["request"]).exits(0).stdout;
    assert_eq!(again, request);
    // Nobody countersigns their own release.
    let own = desk.run(&["approve", &id, "go"]).exits(2);
    assert!(
        own.stderr.contains("has answered already"),
        "{}",
        own.stderr
    );
    approve(&desk, PO).exits(0);
    owed(1);
    approve(&desk, TL).exits(0);
    owed(0);
    desk.run(&["verify", &id]).exits(0);
    let more = approve(&desk, QA).exits(2);
    assert!(more.stderr.contains("ended already"), "{}", more.stderr);
}

/// A review that is owed can be refused: that undoes nothing, and everybody who looks at the run sees it.
#[test]
fn an_owed_review_can_be_refused() {
    let desk = desk(&ROWS[4]);
    desk.exec(&[]).exits(5);
    let id = desk.id();
    approve(&desk, RM).exits(0);
    desk.run(&["resume"]).exits(0);
    let refuse = |by: &str| {
        let why = "the notes are wrong";
        desk.run(&["reject", &id, "go", "--as", by, "--reason", why])
    };
    for (by, words) in [("dan", "dan is none of:"), (RM, "has answered already")] {
        let ran = refuse(by).exits(2);
        assert!(ran.stderr.contains(words), "{by}: {}", ran.stderr);
    }
    let shown = desk.run(&["status", &id]).stdout;
    let words = format!(
        "or refuse it with: runbook reject {} go --reason TEXT",
        &id[id.len() - 6..]
    );
    assert_eq!(shown.matches(&words).count(), 2, "{shown}");

    refuse(PO).exits(0);
    let again = refuse(PO).exits(2);
    assert!(
        again.stderr.contains("has answered already"),
        "{}",
        again.stderr
    );
    assert_eq!(desk.effects(), ["shipped"]);
    let status = desk.json(&["status", &id, "--json"]);
    assert_eq!(status["state"], "finished");
    assert_eq!(status["owed"].as_array().map(Vec::len), Some(1));
    let refused = &status["refused_reviews"];
    assert_eq!(refused[0]["by"], PO, "{status:#}");
    assert_eq!(refused[0]["roles"], serde_json::json!([PO]));
    assert_eq!(refused[0]["reason"], "the notes are wrong");
    assert_eq!(status["steps"][0]["approved_by"], serde_json::json!([RM]));
    let words = format!("review refused by {PO} ({PO}), claimed: the notes are wrong");
    let shown = desk.run(&["status", &id]).stdout;
    assert!(shown.contains(&words), "{shown}");
    let listed = desk.run(&["runs"]).stdout;
    let words = "finished  by root, a review is owed, a review was refused";
    assert!(listed.contains(words), "{listed}");
    let report = desk.run(&["report", &id]).exits(0).stdout;
    for words in [
        "## Reviews refused",
        "refused the review that was owed (claimed, not proved: by root with --as): the notes are wrong",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
    approve(&desk, TL).exits(0);
    let status = desk.json(&["status", &id, "--json"]);
    assert_eq!(status["owed"], serde_json::json!([]));
    desk.run(&["verify", &id]).exits(0);
    let late = refuse(TL).exits(2);
    assert!(late.stderr.contains("ended already"), "{}", late.stderr);
}

/// Before the run and at its gate, somebody wants to know who is asked, how many, by when, and who may not.
#[test]
fn a_plan_and_a_key_say_who_is_asked() {
    let shows = |row: &Row, lines: &[&str]| {
        let desk = desk(row);
        let ran = desk.run(&["plan", "work", "--target", "target"]).exits(0);
        for line in lines {
            let line = format!("\n       {line}\n");
            assert!(
                ran.stdout.contains(&line),
                "{}: {line}: {}",
                row.name,
                ran.stdout
            );
        }
        desk
    };
    shows(
        &ROWS[4],
        &[
            "release-manager (release-manager): coordination, within 15 min; after 10 min also stand-in",
            "no answer within 30 min means no",
        ],
    );
    let desk = shows(
        &ROWS[6],
        &[
            "not ana, who starts the run",
            "no answer within 1 h means no",
        ],
    );
    let plan = desk.json(&["plan", "work", "--target", "target", "--json"]);
    assert_eq!(plan["gates"][0]["row"], "hotfix-high", "{plan:#}");

    desk.exec(&[]).exits(5);
    approve(&desk, RM).exits(0);
    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    terminal
        .shows("waiting for the answer")
        .types("w")
        .shows("go needs the row hotfix-high of the approval matrix: runbook approve ")
        .shows("technical-lead (technical-lead)")
        .shows("optional: qa-lead (qa-lead)")
        .shows("not ana, who started this run")
        .shows("means no")
        .types("q");
    assert_eq!(terminal.ends(), 5);
}

/// A number of the policy is written in one place.
#[test]
fn one_number_of_the_policy_changes_page_gate_and_message() {
    let desk = desk(&ROWS[4]);
    desk.project
        .write("content/approvals.md", "# Approvals\n\n::approvals{}\n");
    desk.project.edit(
        "content/data/approvals.yaml",
        "within: 15 min, deputy_after: 10 min, focus: coordination",
        "within: 45 min, deputy_after: 40 min, focus: coordination",
    );
    desk.project.edit(
        "content/data/approvals.yaml",
        "expires: 30 min",
        "expires: 50 min",
    );
    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/approvals.html");
    assert!(page.contains("within 45 min"), "{page}");
    desk.exec(&[]).exits(5);
    let request = desk.run(&["request"]).exits(0).stdout;
    let request: serde_json::Value = serde_json::from_str(&request).expect("JSON");
    let time = |value: &serde_json::Value| {
        value
            .as_str()
            .expect("a time")
            .parse::<jiff::Timestamp>()
            .expect("a time")
    };
    let opened = time(&request["opened"]);
    let minutes = |value: &serde_json::Value| (time(value) - opened).as_mins();
    assert_eq!(minutes(&request["expires"]), 50);
    assert_eq!(minutes(&request["asks"][0]["due"]), 45);
    assert_eq!(minutes(&request["asks"][0]["deputies_from"]), 40);
}

/// The policy that a new project begins with, in a team of three: one approver, who neither started the run nor wrote what is released.
#[test]
fn in_a_team_of_three_the_third_approves() {
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("starter/content/data/approvals.yaml");
    let matrix = fs::read_to_string(starter).expect("a matrix");
    let begin = |row: &str| {
        let desk = Desk::with(&format!(
            "params:\n  commit: {{ type: string }}\nsteps:\n  - id: go\n    title: Permission\n    approve: {{ matrix: {row}, commit: \"${{{{ params.commit }}}}\", since: first, text: Go }}\n  - {{ id: ship, title: Ship, run: \"echo shipped >> ../effects\", effect: once }}\n"
        ));
        desk.project
            .write("content/data/approvals.yaml", &matrix)
            .write(
                "content/data/roles.yaml",
                "roles:\n  developer: { title: Developer }\n  maintainer: { title: Maintainer }\npeople:\n  ana: { os: [root], roles: [maintainer] }\n  bob: { roles: [maintainer], mails: [Bob@example.org] }\n  cleo: { roles: [maintainer], mails: [cleo@example.org] }\n",
            );
        let git = |words: &[&str]| desk.project.git(&[&["-C", "target"], words].concat());
        git(&["init", "-q", "-b", "main"]);
        git(&[
            "-c",
            "user.name=cleo",
            "-c",
            "user.email=cleo@example.org",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "first",
        ]);
        git(&["tag", "first"]);
        git(&[
            "-c",
            "user.name=bob",
            "-c",
            "user.email=bob@example.org",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "second",
        ]);
        git(&[
            "-c",
            "user.name=ana",
            "-c",
            "user.email=ana@example.org",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "third",
        ]);
        let commit = format!("commit={}", git(&["rev-parse", "HEAD"]).trim());
        desk.exec(&[&commit]).exits(5);
        desk
    };
    let desk = begin("release");
    let refused = |by: &str, words: &str| {
        let ran = approve(&desk, by).exits(2);
        assert!(ran.stderr.contains(words), "{by}: {}", ran.stderr);
    };
    refused("ana", "ana started this run");
    refused("bob", "bob wrote what is released");
    approve(&desk, "cleo").exits(0);
    desk.run(&["resume"]).exits(0);

    // At night one person goes alone, and another one looks at it later.
    let desk = begin("hotfix");
    let id = desk.id();
    desk.run(&["approve", &id, "go"]).exits(0);
    desk.run(&["resume"]).exits(0);
    assert_eq!(
        desk.json(&["status", &id, "--json"])["owed"][0]["people"],
        serde_json::json!(["bob", "cleo"])
    );
    approve(&desk, "bob").exits(0);
    assert_eq!(
        desk.json(&["status", &id, "--json"])["owed"],
        serde_json::json!([])
    );
}

/// A gate in a loop is asked in each round and for each item, and each answer is judged where it was given.
#[test]
fn a_gate_in_a_loop_is_asked_each_time() {
    let desk = Desk::with(
        "roles:\n  approver: { any_of: [developer], not: [initiator] }\nsteps:\n  - id: each\n    title: Each region\n    for_each: { in: [eu, us], as: region, max: 1 }\n    steps:\n      - { id: ok, title: Permission, approve: { role: approver, text: \"Go to ${{ each.region }}\", expires: 1h } }\n      - { id: act, title: Act, run: \"echo $REGION >> effects\", env: { REGION: \"${{ each.region }}\" }, effect: once }\n  - { id: go, title: Again, approve: { role: approver, text: Go, expires: 1h } }\n  - { id: ship, title: Ship, run: \"echo shipped >> effects\", effect: idempotent }\n  - id: choose\n    title: Once more?\n    decide: { text: Look., options: { again: { goto: go, max: 2 }, enough: {} } }\n",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();
    let passes = |step: &str, code: i32| {
        desk.run(&["approve", &id, step, "--as", "bob"]).exits(0);
        desk.run(&["resume"]).exits(code);
        desk.run(&["verify", &id]).exits(0);
    };
    passes("ok[eu]", 5);
    passes("ok[us]", 5);
    passes("go", 5);
    desk.run(&["answer", &id, "choose", "--choose", "again"])
        .exits(0);
    desk.run(&["resume"]).exits(5);
    passes("go#2", 5);
    desk.run(&["answer", &id, "choose#2", "--choose", "enough"])
        .exits(0);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["eu", "us", "shipped", "shipped"]);
    desk.run(&["verify", &id]).exits(0);
}

/// A row in which a word is wrong gets the finding of that word, and none that follows from it.
#[test]
fn a_wrong_word_in_a_row_is_told_of_once() {
    let desk = desk(&ROWS[0]);
    let matrix = "matrix:\n  patch:\n    technical-lead: { need: perhaps }\n  none:\n    technical-lead: { need: optional }\n";
    desk.project.write("content/data/approvals.yaml", matrix);
    let found = desk.project.findings();
    let of = |code: &str| -> Vec<u64> {
        let of = found.iter().filter(|one| one["code"] == code);
        of.filter_map(|one| one["line"].as_u64()).collect()
    };
    assert_eq!(of("yaml/bad-value"), [3], "{found:#?}");
    assert_eq!(of("policy/row"), [4], "{found:#?}");
}
