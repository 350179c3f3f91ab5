//! Somebody takes back what a run did.

use crate::desk::Desk;

/// A step that leaves a line, and one that takes it back.
fn step(id: &str, undo: &str) -> String {
    format!(
        "  - id: {id}\n    title: {id}\n    run: |\n      echo {id} >> effects\n    undo: {undo}\n"
    )
}

fn back(id: &str) -> String {
    format!("{{ run: \"echo back {id} >> effects\" }}")
}

const FAIL: &str = "  - { id: fail, title: Fail, check: { run: \"false\" } }\n";

#[test]
fn effects_are_taken_back_in_reverse_and_only_our_own() {
    let already = "  - id: already\n    title: already\n    run: |\n      echo already >> effects\n    verify: { run: \"true\", absent: [1] }\n    undo: { run: \"echo back already >> effects\" }\n";
    let desk = Desk::with(&format!(
        "steps:\n{}{already}{}{}{FAIL}",
        step("one", &back("one")),
        step("two", "{ none: It stays. }"),
        step("three", &back("three")),
    ));
    desk.exec(&[]).exits(1);

    let undone = desk.run(&["undo"]).exits(7);

    assert_eq!(
        desk.effects(),
        ["one", "two", "three", "back three", "back one"]
    );
    assert!(
        undone.stdout.contains("stays: It stays."),
        "{}",
        undone.stdout
    );
    desk.run(&["resume", &desk.id()]).exits(7);
    assert_eq!(
        desk.effects().len(),
        5,
        "a run that was taken back does not go on"
    );
}

#[test]
fn an_undo_that_fails_does_not_keep_the_others_and_is_tried_again() {
    let stubborn = "{ run: \"test -e ready && echo back two >> effects\" }";
    let desk = Desk::with(&format!(
        "steps:\n{}{}{FAIL}",
        step("one", &back("one")),
        step("two", stubborn)
    ));
    desk.exec(&[]).exits(1);

    let first = desk.run(&["undo"]).exits(8);
    assert!(first.stdout.contains("NOT everything"), "{}", first.stdout);
    assert_eq!(desk.effects(), ["one", "two", "back one"]);

    desk.project.write("target/ready", "");
    desk.run(&["undo"]).exits(7);
    assert_eq!(
        desk.effects(),
        ["one", "two", "back one", "back two"],
        "what is taken back is not taken back twice"
    );
}

#[test]
fn a_finished_run_is_not_taken_back_by_this_verb() {
    let desk = Desk::with(&format!("steps:\n{}", step("one", &back("one"))));
    desk.exec(&[]).exits(0);

    let ran = desk.run(&["undo", &desk.id()]).exits(2);

    assert!(
        ran.stderr.contains("runbook exec rollback"),
        "{}",
        ran.stderr
    );
    assert_eq!(desk.effects(), ["one"]);
}

#[test]
fn values_reach_an_undo_as_data() {
    let desk = Desk::with(
        "params:\n  value: { type: string }\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    undo:\n      run: |\n        printf '%s' \"$VALUE\" > by-undo\n      env: { VALUE: \"${{ params.value }}\" }\n  - { id: fail, title: Fail, check: { run: \"false\" } }\n",
    );
    let value = "$(touch pwned); `touch pwned`";
    desk.exec(&[&format!("value={value}")]).exits(1);

    desk.run(&["undo"]).exits(7);

    assert_eq!(desk.project.read("target/by-undo"), value);
    assert!(!desk.project.path("target/pwned").exists());
}
