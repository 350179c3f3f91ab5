//! Somebody wants a part of a runbook, and the record says which, and why.

use crate::desk::Desk;
use crate::project::Ran;
use crate::terminal::Terminal;

const STEPS: &str = "steps:\n  - { id: tell, title: Tell, run: \"echo tell >> effects\", effect: idempotent }\n  - id: build\n    title: Build\n    run: |\n      echo build >> effects\n      echo image=7 >> \"$RB_OUTPUT\"\n    effect: idempotent\n    outputs: { image: { type: int } }\n  - id: both\n    title: Both\n    parallel: { max: 1 }\n    steps:\n      - { id: left, title: Left, run: \"echo left >> effects\", effect: idempotent }\n      - { id: right, title: Right, run: \"echo right >> effects\", effect: idempotent }\n  - id: use_it\n    title: Use it\n    run: |\n      echo \"use $IMAGE\" >> effects\n    env: { IMAGE: \"${{ steps.build.outputs.image }}\" }\n    effect: idempotent\n";

fn exec(desk: &Desk, further: &[&str]) -> Ran {
    let arguments = ["exec", "work", "--target", "target"].into_iter();
    let arguments: Vec<&str> = arguments.chain(further.iter().copied()).collect();
    desk.run(&arguments)
}

#[test]
fn what_is_left_out_is_recorded_and_shown_first() {
    let desk = Desk::with(STEPS);
    let further = [
        "--skip",
        "tell",
        "--skip",
        "both",
        "--reason",
        "the channel is down",
    ];
    let words = "skipped: tell, both, because the channel is down";
    let plan: Vec<&str> = ["plan", "work", "--target", "target"]
        .into_iter()
        .chain(further)
        .collect();
    let said = desk.run(&plan).exits(0).stdout;
    assert_eq!(said.lines().nth(1), Some(words), "{said}");
    assert!(said.contains("> skipped: the channel is down"), "{said}");

    exec(&desk, &further).exits(0);

    assert_eq!(desk.effects(), ["build", "use 7"]);
    let events = desk.events();
    for event in ["step.skipped tell", "step.skipped both"] {
        assert!(events.contains(&event.to_owned()), "{events:?}");
    }
    let id = desk.id();
    let said = desk.run(&["status", &id]).exits(0).stdout;
    assert_eq!(said.lines().nth(1), Some(words), "{said}");
    let report = desk.json(&["report", &id, "--json"]);
    let first = &report["overrides"][0];
    assert_eq!(first["what"], "left out");
    let text = first["text"].as_str().expect("a text");
    assert!(text.ends_with(words), "{report}");
    assert_eq!(
        report["overrides"].as_array().map(Vec::len),
        Some(1),
        "said once"
    );
}

#[test]
fn a_part_is_chosen_by_where_it_begins_or_by_name() {
    for (further, effects) in [
        (
            vec!["--from", "build"],
            vec!["build", "left", "right", "use 7"],
        ),
        (vec!["--only", "both"], vec!["left", "right"]),
        (
            vec!["--only", "right", "--only", "tell"],
            vec!["tell", "right"],
        ),
        (
            vec!["--from", "both", "--skip", "left", "--skip", "use_it"],
            vec!["right"],
        ),
    ] {
        let desk = Desk::with(STEPS);
        exec(&desk, &further).exits(0);
        assert_eq!(desk.effects(), effects, "{further:?}");
    }
}

#[test]
fn what_cannot_be_left_out_is_refused_before_anything_begins() {
    let risky = format!(
        "risk: high\n{STEPS}finally:\n  - {{ id: bye, title: Bye, run: \"true\", effect: idempotent }}\n"
    );
    let desk = Desk::with(&risky).committed();
    for (further, why) in [
        (
            vec!["--from", "use_it"],
            "`use_it` uses outputs of `build`, which is skipped",
        ),
        (vec!["--skip", "tell"], "skipped only with --reason TEXT"),
        (
            vec!["--skip", "tell", "--reason", " "],
            "skipped only with --reason TEXT",
        ),
        (vec!["--skip", "tel"], "no step `tel`; did you mean `tell`?"),
        (vec!["--skip", "bye"], "`bye` always runs at the end"),
        (
            vec!["--only", "tell", "--skip", "tell", "--reason", "x"],
            "nothing is left to be done",
        ),
        (
            vec!["--skip", "tell", "--until", "tell", "--reason", "x"],
            "cannot stop after it",
        ),
        (vec!["--until", "nowhere"], "no step `nowhere`"),
    ] {
        let ran = exec(&desk, &further).exits(3);
        assert!(ran.stderr.contains(why), "{further:?}: {}", ran.stderr);
    }
    assert_eq!(desk.json(&["runs", "--json"]), serde_json::json!([]));
}

const GATED: &str = "roles:\n  approver: { any_of: [release-manager] }\nsteps:\n  - { id: tell, title: Tell, run: \"echo tell >> effects\", effect: idempotent }\n  - { id: go, title: Go, approve: { role: approver, text: \"Go?\", expires: 30m }SKIP }\n  - { id: publish, title: Publish, run: \"echo publish >> effects\", undo: { none: It is a test. } }\n  - { id: end, title: End, approve: { role: approver, text: \"All well?\", expires: 30m } }\n";

#[test]
fn a_gate_stays_in_wherever_something_behind_it_acts() {
    for further in [["--from", "publish"], ["--only", "publish"]] {
        let desk = Desk::with(&GATED.replace("SKIP", ""));
        let ran = exec(&desk, &further).exits(5);
        assert!(ran.stdout.contains("runbook approve"), "{}", ran.stdout);
        assert_eq!(desk.effects(), Vec::<String>::new());
        desk.run(&["approve", &desk.id(), "go", "--as", "bob"])
            .exits(0);
        desk.run(&["resume"]);
        assert_eq!(desk.effects(), ["publish"]);
    }
    let desk = Desk::with(&GATED.replace("SKIP", ""));
    let ran = exec(&desk, &["--skip", "go"]).exits(3);
    assert!(
        ran.stderr
            .contains("does not say `skip:`; it is a gate before `publish`"),
        "{}",
        ran.stderr
    );
    // Nothing acts behind the last one, nor behind the first if nothing is published.
    exec(
        &desk,
        &["--skip", "go", "--skip", "publish", "--skip", "end"],
    )
    .exits(0);
    assert_eq!(desk.effects(), ["tell"]);
}

#[test]
fn a_gate_is_left_out_by_those_whom_its_author_lets() {
    let skip = ", skip: { role: approver, reason: required }";
    let desk = Desk::with(&GATED.replace("SKIP", skip));
    let out = [
        "--skip",
        "go",
        "--skip",
        "end",
        "--reason",
        "agreed on the phone",
    ];
    desk.project.write(
        "content/data/roles.yaml",
        "roles: { release-manager: { title: Release manager }, developer: { title: Developer } }\npeople:\n  ana: { os: [root], roles: [developer] }\n  bob: { roles: [release-manager] }\n",
    );
    let ran = exec(&desk, &out).exits(3);
    assert!(ran.stderr.contains("cannot skip `go`"), "{}", ran.stderr);
    desk.project.edit(
        "content/data/roles.yaml",
        "os: [root], roles: [developer]",
        "os: [root], roles: [release-manager]",
    );
    exec(&desk, &out).exits(0);
    assert_eq!(desk.effects(), ["tell", "publish"]);
}

#[test]
fn a_run_is_left_after_a_step_and_goes_on_behind_it() {
    let desk = Desk::with(STEPS);

    let ran = exec(&desk, &["--until", "build"]).exits(5);

    assert!(ran.stdout.contains("stopped after build"), "{}", ran.stdout);
    assert_eq!(desk.effects(), ["tell", "build"]);
    assert_eq!(
        desk.json(&["status", "--json"])["state"],
        "open before left"
    );
    desk.run(&["resume", "--until", "nowhere"]).exits(2);
    desk.run(&["resume", "--until", "both"]).exits(5);
    assert_eq!(desk.effects(), ["tell", "build", "left", "right"]);
    let mut terminal = Terminal::start(desk.command(&["resume", "--until", "use_it"]));
    terminal.shows("is finished");
    assert_eq!(terminal.ends(), 0, "nothing is left behind the last step");
}

#[test]
fn a_detached_run_is_left_after_the_step_too() {
    let desk = Desk::with(STEPS);
    exec(&desk, &["--until", "tell", "--detach"]).exits(0);
    desk.wait_for_event("run.left");
    assert_eq!(desk.effects(), ["tell"]);
}
