//! The language of steps in real runs: conditions, asserts, tries, failures, choices and endings.

use crate::desk::Desk;

/// A step that leaves a line.
fn leaves(id: &str, further: &str) -> String {
    format!(
        "  - id: {id}\n    title: {id}\n    run: |\n      echo {id} >> effects\n    effect: idempotent\n{further}"
    )
}

/// A check that ends like this.
fn ends(id: &str, code: u8, further: &str) -> String {
    format!("  - id: {id}\n    title: {id}\n    check: {{ run: exit {code} }}\n{further}")
}

#[test]
fn a_param_that_was_not_given_is_the_empty_text_to_steps_and_conditions() {
    let steps = "steps:\n  - id: say\n    title: Say\n    run: |\n      echo \"note:$NOTE day:$DAY\" >> effects\n    env: { NOTE: \"${{ params.note }}\", DAY: \"${{ params.day }}\" }\n    effect: idempotent\n";
    let params = "params:\n  note: { type: string, optional: true }\n  day: { type: date, optional: true }\n";
    let desk = Desk::with(&format!(
        "{params}{steps}{}{}{}",
        leaves("empty", "    when: \"params.note == ''\"\n"),
        leaves("other", "    when: \"params.note != ''\"\n"),
        leaves("old", "    when: \"params.day < '2026-01-01'\"\n"),
    ));
    let plan = |desk: &Desk| {
        let path = desk.folder().join("plan.json");
        std::fs::read_to_string(path).expect("a run has a plan")
    };

    desk.exec(&[]).exits(0);

    let not_given = desk.effects();
    assert_eq!(not_given[..2], ["note: day:", "empty"]);
    assert!(!not_given.contains(&"other".to_owned()), "{not_given:?}");
    let text: String = plan(&desk).split_whitespace().collect();
    let members = r#""params":{"day":"","note":""},"not_given":["day","note"]"#;
    assert!(text.contains(members), "{text}");

    desk.project.write("target/effects", "");
    desk.exec(&["note=", "day=2026-11-20"]).exits(0);

    assert_eq!(desk.effects()[..2], ["note: day:2026-11-20", "empty"]);
}

#[test]
fn a_plan_in_which_every_param_has_a_text_says_nothing_of_others() {
    let desk = Desk::with(&format!(
        "params:\n  note: {{ type: string, optional: true }}\nsteps:\n{}",
        leaves("one", "")
    ));

    desk.exec(&["note=x"]).exits(0);

    let path = desk.folder().join("plan.json");
    let text = std::fs::read_to_string(path).expect("a run has a plan");
    assert!(text.contains("\"note\":"), "{text}");
    assert!(!text.contains("not_given"), "{text}");
}

#[test]
fn a_step_is_done_only_when_its_condition_holds() {
    let desk = Desk::with(&format!(
        "params:\n  count: {{ type: int, default: 3 }}\n  level: {{ type: enum, values: [low, high], default: low }}\nsteps:\n{}{}{}{}{}",
        ends("quiet", 1, "    warn_only: true\n"),
        leaves(
            "many",
            "    when: \"params.count > 2 && params.level == 'low'\"\n"
        ),
        leaves("few", "    when: \"params.count <= 2\"\n"),
        leaves(
            "calm",
            "    when: \"steps.quiet.ok && !steps.quiet.warned\"\n"
        ),
        leaves(
            "since",
            "    when: \"steps.few.skipped && steps.many.ok && steps.quiet.exit == 1\"\n"
        ),
    ));

    let ran = desk.exec(&[]).exits(0);

    assert_eq!(desk.effects(), ["many", "since"]);
    assert!(
        ran.stdout.contains("not needed, as not params.count <= 2"),
        "{}",
        ran.stdout
    );
    let skipped: Vec<_> = desk
        .events()
        .into_iter()
        .filter(|event| event.starts_with("step.skipped"))
        .collect();
    assert_eq!(skipped, ["step.skipped few", "step.skipped calm"]);
}

#[test]
fn what_a_check_says_is_judged_as_json() {
    for (said, code, shown) in [
        ("{\\\"rate\\\": 0.01}", 0, "ok"),
        (
            "{\\\"rate\\\": 0.5}",
            1,
            "this does not hold: json.rate < 0.02",
        ),
        ("{}", 1, "this does not hold"),
        ("oops", 1, "is no JSON"),
    ] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: rate\n    title: Rate\n    check: {{ run: \"echo noise >&2; echo '{said}'\", assert: \"json.rate < 0.02\" }}\n",
        ));
        let ran = desk.exec(&[]).exits(code);
        assert!(ran.stdout.contains(shown), "{said}: {}", ran.stdout);
    }
}

#[test]
fn a_failed_step_is_tried_again_as_often_as_it_says() {
    let tries = "  - id: build\n    title: Build\n    run: |\n      echo try >> effects\n      test \"$(wc -l < effects)\" -ge 3 || exit 75\n    effect: idempotent\n    retry: { max: MAX, delay: 10ms, factor: 2, jitter: 0.5, on_exit: [75] }\n";
    let desk = Desk::with(&format!("steps:\n{}", tries.replace("MAX", "2")));
    let ran = desk.exec(&[]).exits(0);
    assert_eq!(desk.effects().len(), 3);
    assert!(ran.stdout.contains("another try in"), "{}", ran.stdout);

    let desk = Desk::with(&format!("steps:\n{}", tries.replace("MAX", "1")));
    desk.exec(&[]).exits(1);
    assert_eq!(desk.effects().len(), 2);
    desk.run(&["resume"]).exits(1);
    assert_eq!(desk.effects().len(), 2, "nobody asked for a further try");

    let desk = Desk::with(
        "steps:\n  - id: build\n    title: Build\n    run: |\n      echo try >> effects; exit 3\n    effect: idempotent\n    retry: { max: 5, delay: 10ms, on_exit: [75] }\n",
    );
    desk.exec(&[]).exits(1);
    assert_eq!(
        desk.effects().len(),
        1,
        "this exit is not worth another try"
    );
}

#[test]
fn a_check_that_only_warns_does_so_after_its_last_try() {
    let desk = Desk::with(
        "steps:\n  - id: look\n    title: Look\n    check: { run: \"echo look >> effects; false\" }\n    warn_only: true\n    retry: { max: 2, delay: 10ms }\n",
    );
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects().len(), 3);
}

#[test]
fn a_kill_between_two_tries_costs_no_further_try() {
    let desk = Desk::with(
        "steps:\n  - id: build\n    title: Build\n    run: |\n      echo try >> effects; exit 1\n    effect: idempotent\n    retry: { max: 2, delay: 300ms }\n",
    );
    let mut program = desk.start();
    desk.wait_for_event("step.retry_scheduled build");
    program.kill().expect("it runs");
    crate::project::ends(&mut program);

    desk.run(&["resume"]).exits(1);

    assert_eq!(desk.effects().len(), 3);
}

#[test]
fn what_follows_a_failure_is_what_the_runbook_says() {
    let back = "    undo: { run: \"echo back >> effects\" }\n";
    let one = format!("  - id: one\n    title: One\n    run: |\n      echo one >> effects\n{back}");
    let page = "on_failure:\n  - { id: page, title: Page, notify: { channel: ops, text: \"Stopped at ${{ run.failed_step }}\" } }\n  - id: note\n    title: Note\n    run: |\n      echo note >> effects\n    effect: idempotent\n";
    let finally = "finally:\n  - id: last\n    title: Last\n    run: |\n      echo last >> effects\n    effect: idempotent\n  - id: broken\n    title: Broken\n    run: exit 1\n    effect: idempotent\n";
    for (on_fail, code, effects, state) in [
        ("continue", 0, vec!["one", "after", "last"], "finished"),
        ("pause", 1, vec!["one", "note"], "failed at bad"),
        ("fail", 1, vec!["one", "note", "last"], "failed"),
        ("rollback", 7, vec!["one", "note", "back", "last"], "undone"),
    ] {
        let desk = Desk::with(&format!(
            "steps:\n{one}{}{}{page}{finally}",
            ends("bad", 1, &format!("    on_fail: {on_fail}\n")),
            leaves("after", "")
        ));
        let ran = desk.exec(&[]).exits(code);
        assert_eq!(desk.effects(), effects, "{on_fail}");
        let id = desk.id();
        assert_eq!(
            desk.json(&["status", &id, "--json"])["state"],
            state,
            "{on_fail}"
        );
        if on_fail != "continue" {
            assert!(ran.stdout.contains("Stopped at bad"), "{}", ran.stdout);
        }
        if on_fail == "pause" {
            desk.run(&["resume", &id]).exits(1);
            assert_eq!(
                desk.effects(),
                effects,
                "what follows a failure follows it once"
            );
        }
    }
}

#[test]
fn the_end_is_the_same_in_every_ending() {
    let finally = "finally:\n  - id: last\n    title: Last\n    run: |\n      echo last >> effects\n    effect: idempotent\n";
    let gate = format!(
        "roles:\n  approver: {{ any_of: [release-manager] }}\nsteps:\n{}  - id: go\n    title: Go?\n    approve: {{ role: approver, text: Really?, expires: 30m }}\n{finally}",
        leaves("one", "    undo: { run: \"echo back >> effects\" }\n")
    );
    for (verb, code, effects) in [
        (
            vec!["approve", "RUN", "go", "--as", "bob"],
            0,
            vec!["one", "last"],
        ),
        (
            vec!["reject", "RUN", "go", "--as", "bob", "--reason", "no"],
            4,
            vec!["one", "last"],
        ),
        (
            vec!["abort", "RUN", "--reason", "no"],
            12,
            vec!["one", "last"],
        ),
        (vec!["undo", "RUN"], 7, vec!["one", "back", "last"]),
    ] {
        let desk = Desk::with(&gate);
        desk.exec(&[]).exits(5);
        let id = desk.id();
        let verb: Vec<&str> = verb
            .into_iter()
            .map(|word| if word == "RUN" { id.as_str() } else { word })
            .collect();
        desk.run(&verb);
        desk.run(&["resume", &id]).exits(code);
        assert_eq!(desk.effects(), effects, "{verb:?}");
        desk.run(&["undo", &id]);
        let lasts = desk.effects().iter().filter(|line| *line == "last").count();
        assert_eq!(lasts, 1, "{verb:?}: the end is done once");
    }
}

#[test]
fn a_choice_leads_back_as_often_as_it_may() {
    let desk = Desk::with(&format!(
        "steps:\n{}{}  - id: choose\n    title: Choose\n    decide:\n      text: Which way?\n      options: {{ ahead: {{}}, again: {{ goto: soak, max: 2 }} }}\n{}",
        leaves("before", ""),
        leaves("soak", ""),
        leaves(
            "after",
            "    when: \"steps.soak.ok && steps.choose.choice == 'ahead'\"\n"
        ),
    ));
    desk.exec(&[]).exits(5);
    let id = desk.id();
    for (path, choice) in [("choose", "again"), ("choose#2", "again")] {
        desk.run(&["answer", &id, path, "--choose", choice])
            .exits(0);
        desk.run(&["resume", &id]).exits(5);
    }
    let refused = desk
        .run(&["answer", &id, "choose#3", "--choose", "again"])
        .exits(2);
    assert!(
        refused.stderr.contains("choose one of: ahead"),
        "{}",
        refused.stderr
    );
    desk.run(&["answer", &id, "choose#4", "--choose", "ahead"])
        .exits(2);
    desk.run(&["answer", &id, "choose#3", "--choose", "ahead"])
        .exits(0);
    desk.run(&["resume", &id]).exits(0);

    assert_eq!(desk.effects(), ["before", "soak", "soak", "soak", "after"]);
    let events = desk.events();
    for event in [
        "step.started soak#2",
        "step.started soak#3",
        "decision.made choose#3",
    ] {
        assert!(events.contains(&event.to_owned()), "{event}: {events:?}");
    }
}

#[test]
fn a_choice_makes_itself_when_its_condition_holds_and_can_take_everything_back() {
    let desk = Desk::with(&format!(
        "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    undo: {{ run: \"echo back >> effects\" }}\n  - id: choose\n    title: Choose\n    decide:\n      text: Which way?\n      options: {{ ahead: {{}}, back: {{ rollback: true }} }}\n      auto: {{ when: \"steps.one.ok\", choose: back }}\n{}",
        leaves("after", "")
    ));

    let ran = desk.exec(&[]).exits(7);

    assert!(
        ran.stdout.contains("back, because steps.one.ok"),
        "{}",
        ran.stdout
    );
    assert_eq!(desk.effects(), ["one", "back"]);
}

#[test]
fn an_undo_that_is_interrupted_is_taken_up_by_resume() {
    let desk = Desk::with(&format!(
        "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    undo:\n      run: |\n        echo back >> effects; until test -e go; do sleep 0.02; done\n{}",
        ends("bad", 1, "    on_fail: rollback\n")
    ));
    let mut program = desk.start();
    desk.wait_for_effects(2);
    program.kill().expect("it runs");
    crate::project::ends(&mut program);
    desk.project.write("target/go", "");

    desk.run(&["resume"]).exits(7);

    assert_eq!(desk.effects(), ["one", "back"]);
}

#[test]
fn a_run_stops_at_the_limit_of_its_budget_and_goes_on_for_a_reason() {
    let desk = Desk::with(&format!(
        "budget: {{ limit: 2s }}\nsteps:\n  - id: slow\n    title: Slow\n    run: |\n      echo slow >> effects; until test -e go; do sleep 0.02; done\n    effect: idempotent\n{}",
        leaves("after", "")
    ));
    let ran = desk.exec(&[]).exits(11);
    assert!(ran.stdout.contains("--reason TEXT"), "{}", ran.stdout);
    desk.run(&["resume"]).exits(11);
    desk.project.write("target/go", "");
    desk.wait_for_file("steps/slow.1/exit.json");

    desk.run(&["resume", "--reason", "the mirror is slow"])
        .exits(0);

    assert_eq!(desk.effects(), ["slow", "after"], "what ran was let run");
    assert!(desk.events().contains(&"run.limit_lifted".to_owned()));
}
