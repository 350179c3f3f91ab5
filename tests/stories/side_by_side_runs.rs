//! Loops, parallel blocks and waits in real runs.

use crate::desk::{Desk, until};
use crate::project::ends;

/// A step of a parallel block that marks its start and ends when the file `go-ID` is there.
fn meets(id: &str) -> String {
    format!(
        "      - id: {id}\n        title: {id}\n        run: |\n          echo {id} >> effects\n          until test -e go-{id}; do sleep 0.02; done\n        effect: idempotent\n        undo: {{ run: \"echo back {id} >> effects\" }}\n"
    )
}

fn block(max: u32, further: &str, steps: &str) -> String {
    format!(
        "steps:\n  - id: both\n    title: Both\n    parallel: {{ max: {max}{further} }}\n    steps:\n{steps}"
    )
}

#[test]
fn steps_of_a_block_run_at_once_but_never_more_than_wanted() {
    let steps = format!("{}{}{}", meets("a"), meets("b"), meets("c"));
    let desk = Desk::with(&block(2, "", &steps));
    let program = std::thread::scope(|scope| {
        let program = scope.spawn(|| desk.exec(&[]));
        // Neither ends before the other has begun.
        desk.wait_for_effects(2);
        desk.project.write("target/go-b", "");
        desk.wait_for_effects(3);
        assert!(
            !desk.events().contains(&"step.finished a".to_owned()),
            "the first goes on beside the third"
        );
        desk.project
            .write("target/go-a", "")
            .write("target/go-c", "");
        program.join().expect("it ends")
    });
    program.exits(0);
    let mut effects = desk.effects();
    assert_eq!(effects[2], "c");
    effects[..2].sort();
    assert_eq!(effects, ["a", "b", "c"]);
}

#[test]
fn several_unfinished_starts_are_all_taken_up_again() {
    let desk = Desk::with(&block(
        3,
        "",
        &format!("{}{}{}", meets("a"), meets("b"), meets("c")),
    ));
    let mut program = desk.start();
    desk.wait_for_effects(3);
    desk.project.write("target/go-a", "");
    desk.wait_for_event("step.finished a");
    program.kill().expect("it runs");
    ends(&mut program);
    desk.project
        .write("target/go-b", "")
        .write("target/go-c", "");

    desk.run(&["resume"]).exits(0);

    let mut effects = desk.effects();
    effects.sort();
    assert_eq!(effects, ["a", "b", "c"], "nothing ran twice");
    let events = desk.events();
    for id in ["a", "b", "c"] {
        let finished = events
            .iter()
            .filter(|event| **event == format!("step.finished {id}"));
        assert_eq!(finished.count(), 1, "{events:?}");
    }
}

#[test]
fn after_a_failure_the_block_says_whether_the_others_still_begin() {
    let bad = "      - { id: bad, title: Bad, check: { run: \"exit 1\" } }\n";
    let after = "      - id: after\n        title: After\n        run: |\n          echo after >> effects\n        effect: idempotent\n";
    for (further, expected) in [
        (", on_fail: stop", vec![]),
        (", on_fail: wait_all", vec!["after"]),
    ] {
        let desk = Desk::with(&block(1, further, &format!("{bad}{after}")));
        desk.exec(&[]).exits(1);
        assert_eq!(desk.effects(), expected, "{further}");
    }
}

#[test]
fn what_ran_at_once_is_taken_back_in_reverse_order_of_its_start() {
    let bad = "  - { id: bad, title: Bad, check: { run: \"exit 1\" }, on_fail: rollback }\n";
    let desk = Desk::with(&format!(
        "{}{bad}",
        block(1, "", &format!("{}{}", meets("a"), meets("b")))
    ));
    desk.project
        .write("target/go-a", "")
        .write("target/go-b", "");
    desk.exec(&[]).exits(7);
    assert_eq!(desk.effects(), ["a", "b", "back b", "back a"]);
}

#[test]
fn a_loop_does_its_step_for_each_item_as_data() {
    let desk = Desk::with(
        "params:\n  regions: { type: string, default: \"eu, us\" }\nsteps:\n  - id: full\n    title: All regions\n    for_each: { in: \"${{ params.regions }}\", as: region, max: 1 }\n    when: \"each.region != 'us'\"\n    run: |\n      echo \"set $REGION\" >> effects; echo \"image=of $REGION\" >> \"$RB_OUTPUT\"\n    env: { REGION: \"${{ each.region }}\" }\n    effect: idempotent\n    outputs: { image: { type: string } }\n    undo: { run: \"echo \\\"back $REGION\\\" >> effects\" }\n  - id: check\n    title: Check\n    for_each: { in: [a b, \"$(touch pwned)\"], as: word, max: 2 }\n    check: { exec: [sh, -c, \"test \\\"$1\\\" = 'a b' || test \\\"$1\\\" = '$(touch pwned)'\", --, \"${{ each.word }}\"] }\n  - { id: bad, title: Bad, check: { run: \"exit 1\" } }\n",
    );
    desk.exec(&[]).exits(1);
    assert_eq!(desk.effects(), ["set eu"]);
    let events = desk.events();
    for event in [
        "group.started full",
        "step.finished full[eu]",
        "step.skipped full[us]",
        "step.finished check[a%20b]",
        "step.finished check[%24%28touch%20pwned%29]",
    ] {
        assert!(events.contains(&event.to_owned()), "{event}: {events:?}");
    }
    assert!(!desk.project.path("target/pwned").exists());

    desk.run(&["undo"]).exits(7);
    assert_eq!(desk.effects(), ["set eu", "back eu"]);
}

#[test]
fn a_failed_item_holds_the_rest_of_its_loop_up() {
    let desk = Desk::with(
        "steps:\n  - id: full\n    title: All\n    for_each: { in: [eu, us, ap], as: region, max: 1 }\n    run: |\n      echo \"$REGION\" >> effects; test \"$REGION\" != us\n    env: { REGION: \"${{ each.region }}\" }\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(1);
    assert_eq!(desk.effects(), ["eu", "us"]);
    let id = desk.id();
    assert_eq!(
        desk.json(&["status", &id, "--json"])["state"],
        "failed at full[us]"
    );
}

#[test]
fn loops_and_blocks_stand_inside_each_other_and_see_their_own_values() {
    let callee = "runbook: 1\nid: ship\nversion: 1.0.0\ntitle: Ship\nowner: developer\nfixes: x\nparams:\n  where: { type: string }\nsteps:\n  - id: pack\n    title: Pack\n    run: |\n      echo \"box=$WHERE box\" >> \"$RB_OUTPUT\"\n    env: { WHERE: \"${{ params.where }}\" }\n    effect: idempotent\n    outputs: { box: { type: string } }\n  - id: send\n    title: Send\n    run: |\n      echo \"$BOX\" >> effects\n    env: { BOX: \"${{ steps.pack.outputs.box }}\" }\n    effect: idempotent\n";
    let desk = Desk::with(
        "steps:\n  - id: ship\n    title: Ship\n    for_each: { in: [eu, us], as: region, max: 2 }\n    call: { runbook: ship, with: { where: \"${{ each.region }}\" } }\n  - id: done\n    title: Done\n    run: |\n      echo done >> effects\n    effect: idempotent\n    when: \"steps.ship.ok\"\n",
    );
    desk.project.write("runbooks/ship.yaml", callee);
    desk.exec(&[]).exits(0);
    let mut effects = desk.effects();
    assert_eq!(effects.pop().as_deref(), Some("done"));
    effects.sort();
    assert_eq!(effects, ["eu box", "us box"]);
    assert!(
        desk.events()
            .contains(&"step.started ship[eu]/send".to_owned())
    );
}

#[test]
fn a_wait_passes_its_time_or_ends_when_its_probe_says_yes() {
    let after = "  - id: after\n    title: After\n    run: |\n      echo after >> effects\n    effect: idempotent\n";
    for (wait, ready, code, shown) in [
        ("{ for: 50ms }", false, 0, "the time has passed"),
        (
            "{ for: 1h, or_until: { run: test -e ready, every: 20ms, times: 500 } }",
            true,
            0,
            "its probe succeeded",
        ),
        (
            "{ for: 60ms, or_until: { run: test -e ready, every: 10ms, times: 2 } }",
            false,
            0,
            "the time has passed",
        ),
        (
            "{ or_until: { run: test -e ready, every: 10ms, times: 3 } }",
            false,
            1,
            "never succeeded",
        ),
    ] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: soak\n    title: Soak\n    wait: {wait}\n{after}"
        ));
        if ready {
            desk.project.write("target/ready", "");
        }
        let ran = desk.exec(&[]).exits(code);
        assert!(ran.stdout.contains(shown), "{wait}: {}", ran.stdout);
        assert_eq!(desk.effects().len(), usize::from(code == 0), "{wait}");
    }
}

#[test]
fn a_wait_goes_on_from_its_recorded_start() {
    let desk = Desk::with(
        "steps:\n  - id: soak\n    title: Soak\n    wait: { for: 1s }\n  - id: after\n    title: After\n    run: |\n      echo after >> effects\n    effect: idempotent\n",
    );
    let mut program = desk.start();
    desk.wait_for_event("wait.started soak");
    program.kill().expect("it runs");
    ends(&mut program);
    let began = std::time::Instant::now();
    until("the time of the wait to be over", || {
        began.elapsed().as_millis() > 1000
    });

    desk.run(&["resume"]).exits(0);

    let events = desk.events();
    let starts = events.iter().filter(|event| *event == "wait.started soak");
    assert_eq!(starts.count(), 1, "{events:?}");
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn nobody_sits_a_long_pause_through_without_a_terminal() {
    let desk = Desk::with("steps:\n  - { id: soak, title: Soak, wait: { for: 5h } }\n");
    let ran = desk.exec(&[]).exits(5);
    assert!(ran.stdout.contains("soak waits until"), "{}", ran.stdout);
}
