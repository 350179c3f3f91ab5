//! What people do and decide: whose part it is, and what proves it.

use crate::desk::Desk;
use crate::terminal::Terminal;

const PARTS: &str = "roles:\n  restorer: { any_of: [operations-lead], not: [initiator] }\nsteps:\n  - id: restored\n    title: Restore\n    role: restorer\n    manual: { text: Restore it., fields: { rows: { type: int } } }\n  - id: choose\n    title: Keep it?\n    role: operations-lead\n    decide: { text: Look., options: { keep: {}, drop: {} } }\n  - { id: after, title: After, run: \"echo after >> effects\", effect: idempotent }\n";

fn desk() -> Desk {
    let desk = Desk::with(PARTS);
    desk.project.write(
        "content/data/roles.yaml",
        "roles: { operations-lead: { title: Operations lead }, developer: { title: Developer } }\npeople:\n  ana: { os: [root], roles: [operations-lead] }\n  bob: { roles: [operations-lead] }\n  cleo: { roles: [developer] }\n",
    );
    desk
}

#[test]
fn a_part_is_taken_by_those_whose_it_is() {
    let desk = desk();
    let ran = desk.exec(&[]).exits(5);
    assert!(
        ran.stdout.contains("ana started this run"),
        "{}",
        ran.stdout
    );
    let id = desk.id();
    let answer = |who: &str, further: &[&str]| {
        let arguments = ["answer", &id, further[0], further[1], "--as", who];
        let rest = further[2..].iter().copied();
        desk.run(&arguments.into_iter().chain(rest).collect::<Vec<_>>())
    };

    let ran = desk.run(&["answer", &id, "restored", "rows=7"]).exits(2);
    assert!(
        ran.stderr.contains("ana started this run"),
        "{}",
        ran.stderr
    );
    let ran = answer("cleo", &["restored", "rows=7"]).exits(2);
    assert!(
        ran.stderr.contains("none of: operations-lead"),
        "{}",
        ran.stderr
    );
    answer("bob", &["restored", "rows=7"]).exits(0);
    desk.run(&["resume"]).exits(5);
    answer("cleo", &["choose", "--choose=keep"]).exits(2);
    answer("bob", &["choose", "--choose=keep"]).exits(0);

    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn at_a_terminal_somebody_elses_part_waits_for_them() {
    let desk = desk();
    let mut terminal = Terminal::start(desk.command(&["exec", "work", "--target", "target"]));
    terminal
        .shows("ana started this run")
        .shows("answer with: runbook answer")
        .shows("waiting for the answer")
        .types("d")
        .shows("[w] who takes part")
        .shows("waiting for the answer");

    desk.run(&["answer", &desk.id(), "restored", "rows=7", "--as", "bob"])
        .exits(0);

    terminal
        .shows("choose drop, keep")
        .types("?")
        .shows("[g] which option");
    terminal
        .shows("choose drop, keep")
        .types("keep")
        .shows("is finished");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn what_proves_an_answer_is_kept_with_the_run() {
    let desk = desk();
    desk.project.write("rows.txt", "7 rows\n");
    desk.exec(&[]).exits(5);
    let id = desk.id();

    let answer = [
        "answer",
        &id,
        "restored",
        "rows=7",
        "--as",
        "bob",
        "--evidence",
    ];
    let with = |file: &'static str| {
        let arguments: Vec<&str> = answer.iter().copied().chain([file]).collect();
        desk.run(&arguments)
    };
    let ran = with("gone.txt").exits(2);
    assert!(
        ran.stderr.contains("cannot keep gone.txt"),
        "{}",
        ran.stderr
    );
    with("rows.txt").exits(0);

    let report = desk.json(&["report", &id, "--json"]);
    let file = &report["digests"]["files"][0];
    let name = file["name"].as_str().expect("a name").to_owned();
    assert!(name.ends_with("-rows.txt"), "{report}");
    assert_eq!(file["bytes"], 7);
    let kept = desk.folder().join("evidence").join(&name);
    assert_eq!(
        std::fs::read_to_string(&kept).expect("it is kept"),
        "7 rows\n"
    );
    desk.run(&["verify", &id]).exits(0);
    std::fs::write(&kept, "8 rows\n").expect("it can be written");
    desk.run(&["verify", &id]).exits(10);
}

const LISTED: &str = "roles: { lead: { title: Lead, deputy: second }, second: { title: Second }, developer: { title: Developer } }\npeople:\n  ana: { os: [root], roles: [developer] }\n  bob: { roles: [lead] }\n  cleo: { roles: [second] }\n";

/// A gate for a role that the person here does not have.
fn gate() -> Desk {
    let desk = Desk::with(
        "roles: { approver: { any_of: [lead], not: [initiator] } }\nsteps:\n  - { id: go, title: Go, approve: { role: approver, count: 1, text: Go? } }\n",
    );
    desk.project.write("content/data/roles.yaml", LISTED);
    desk
}

#[test]
fn no_message_teaches_to_take_the_name_of_another() {
    let desk = gate();
    let begun = desk.exec(&[]).exits(5);
    let id = desk.id();
    let refused = desk.run(&["approve", &id, "go"]).exits(2);
    let help = desk.run(&["approve", "--help"]).exits(0);
    for said in [&begun.stdout, &refused.stderr, &desk.run(&[]).stdout] {
        assert!(!said.contains("--as"), "{said}");
    }
    assert!(
        refused.stderr.contains("it is for bob or cleo"),
        "{}",
        refused.stderr
    );
    assert!(
        help.stdout.contains("recorded as a claim, not as proof"),
        "{}",
        help.stdout
    );
}

#[test]
fn a_yes_in_the_name_of_another_is_called_claimed_wherever_it_is_shown() {
    let desk = gate();
    desk.exec(&[]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(0);
    let status = desk.run(&["status", &id]).exits(0);
    let words = "the approval by bob is a claim, not proved";
    assert!(status.stdout.contains(words), "{}", status.stdout);
    let words = "claimed by bob (lead)";
    assert!(status.stdout.contains(words), "{}", status.stdout);
    let status = desk.json(&["status", &id, "--json"]);
    assert_eq!(status["steps"][0]["claimed"][0], "bob", "{status:#}");

    desk.run(&["resume", &id]).exits(0);

    let report = desk.run(&["report", &id]).exits(0);
    let words = "bob (lead) approved (claimed, not proved: by root with --as)";
    assert!(report.stdout.contains(words), "{}", report.stdout);
    desk.run(&["verify", &id]).exits(0);
}

#[test]
fn whoever_has_a_gate_of_their_own_is_not_called_claimed() {
    let desk = gate();
    desk.project.edit(
        "content/data/roles.yaml",
        "ana: { os: [root], roles: [developer] }",
        "ana: { os: [root], roles: [lead] }",
    );
    desk.project
        .edit("runbooks/work.yaml", ", not: [initiator]", "");
    desk.exec(&[]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "go", "--as", "ana"]).exits(0);
    let report = desk.run(&["report", &id]).exits(0);
    assert!(!report.stdout.contains("not proved"), "{}", report.stdout);
}

#[test]
fn a_deputy_takes_the_part_of_whom_the_policy_names() {
    let desk = gate();
    desk.exec(&[]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "go", "--as", "cleo"]).exits(0);
    desk.run(&["resume", &id]).exits(0);
}

#[test]
fn a_key_of_a_person_that_cannot_be_one_is_a_finding() {
    let desk = gate();
    desk.project.edit(
        "content/data/roles.yaml",
        "bob: { roles: [lead] }",
        "bob: { roles: [lead], keys: [\"ssh-ed25519 AAAA\"] }",
    );
    let checked = desk.run(&["check"]);
    let said = format!("{}{}", checked.stdout, checked.stderr);
    for words in [
        "role/key",
        "cannot be read as a public key",
        "roles.yaml:4:",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// What holds for a yes holds for whatever else somebody says in the name of another.
#[test]
fn an_answer_in_the_name_of_another_is_recorded_as_claimed() {
    let desk = Desk::with(
        "steps:\n  - id: facts\n    title: Facts\n    manual: { text: Look, fields: { seen: { type: string, ask: What is there? } } }\n  - id: pick\n    title: Pick\n    decide: { text: Go on?, options: { go: {}, stop: { stop: true } } }\n",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();
    desk.run(&["answer", &id, "facts", "seen=it", "--as", "bob"])
        .exits(0);
    desk.run(&["resume"]).exits(5);
    desk.run(&["answer", &id, "pick", "--choose", "go", "--as", "bob"])
        .exits(0);
    desk.run(&["resume"]).exits(0);

    let report = desk.run(&["report", &id]).exits(0).stdout;
    let claimed = report.matches("claimed, not proved: by ").count();
    assert!(claimed >= 2, "{report}");
    desk.run(&["verify", &id]).exits(0);
}
