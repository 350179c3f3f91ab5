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
        .shows("--as NAME")
        .shows("waiting for the answer")
        .types("d")
        .shows("[w] who takes part")
        .shows("waiting for the answer");

    desk.run(&["answer", &desk.id(), "restored", "rows=7", "--as", "bob"])
        .exits(0);

    terminal
        .shows("choose drop, keep")
        .types("?")
        .shows("[g] where");
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

    let report = desk.json(&["report", &id, "--format", "json"]);
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
