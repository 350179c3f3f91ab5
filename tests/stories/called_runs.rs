//! A runbook that uses another one.

use crate::desk::Desk;

const CALLEE: &str = "runbook: 1\nid: ship\nversion: 1.2.0\ntitle: Ship\nowner: developer\nfixes: x\nparams:\n  what: { type: string }\n  how: { type: string, default: slowly }\nroles:\n  approver: { any_of: [release-manager], not: [initiator] }\noutputs: { made: \"${{ steps.pack.outputs.box }}\" }\nsteps:\n  - id: pack\n    title: Pack\n    run: |\n      echo \"pack $WHAT $HOW\" >> effects; echo \"box=box of $WHAT\" >> \"$RB_OUTPUT\"\n    env: { WHAT: \"${{ params.what }}\", HOW: \"${{ params.how }}\" }\n    effect: idempotent\n    outputs: { box: { type: string } }\n  - id: go\n    title: Go?\n    approve: { role: approver, text: \"Ship ${{ steps.pack.outputs.box }}?\", expires: 30m }\n  - id: send\n    title: Send\n    run: |\n      echo \"send $BOX\" >> effects\n    env: { BOX: \"${{ steps.pack.outputs.box }}\" }\n    verify: { run: \"grep -q \\\"send $BOX\\\" effects\", absent: [1] }\n    undo: { run: \"echo \\\"fetch $BOX\\\" >> effects\" }\n";

const CALLER: &str = "params:\n  fruit: { type: string }\nsteps:\n  - id: pick\n    title: Pick\n    run: |\n      echo \"picked=two $FRUIT\" >> \"$RB_OUTPUT\"\n    env: { FRUIT: \"${{ params.fruit }}\" }\n    effect: idempotent\n    outputs: { picked: { type: string } }\n  - id: first\n    title: First\n    call: { runbook: ship, version: \"^1\", with: { what: \"${{ steps.pick.outputs.picked }}\" } }\n  - id: tell\n    title: Tell\n    run: |\n      echo \"sent $MADE\" >> effects\n    env: { MADE: \"${{ steps.first.outputs.made }}\" }\n    effect: idempotent\n";

#[test]
fn the_steps_of_a_called_runbook_are_steps_of_the_run() {
    let desk = Desk::with(CALLER);
    desk.project.write("runbooks/ship.yaml", CALLEE);

    let ran = desk.exec(&["fruit=pears"]).exits(5);
    assert!(
        ran.stdout.contains("Ship box of two pears?"),
        "{}",
        ran.stdout
    );
    desk.run(&["approve", &desk.id(), "first/go", "--as", "bob"])
        .exits(0);
    desk.run(&["resume"]).exits(0);

    assert_eq!(
        desk.effects(),
        [
            "pack two pears slowly",
            "send box of two pears",
            "sent box of two pears"
        ]
    );
    let status = desk.json(&["status", &desk.id(), "--json"]);
    let ids: Vec<_> = status["steps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|step| step["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(
        ids,
        ["pick", "first/pack", "first/go", "first/send", "tell"]
    );
}

#[test]
fn a_called_runbook_is_frozen_and_taken_back_with_the_run() {
    let desk = Desk::with(&format!(
        "{CALLER}  - {{ id: fail, title: Fail, check: {{ run: \"false\" }} }}\n"
    ));
    desk.project.write("runbooks/ship.yaml", CALLEE);
    desk.exec(&["fruit=pears"]).exits(5);
    desk.project.edit(
        "runbooks/ship.yaml",
        "echo \"send $BOX\"",
        "echo \"lose $BOX\"",
    );
    desk.run(&["approve", &desk.id(), "first/go", "--as", "bob"])
        .exits(0);
    desk.run(&["resume"]).exits(1);

    desk.run(&["undo"]).exits(7);

    let effects = desk.effects();
    assert!(
        effects.contains(&"send box of two pears".to_owned()),
        "the plan was frozen: {effects:?}"
    );
    assert_eq!(
        effects.last().map(String::as_str),
        Some("fetch box of two pears")
    );
}

#[test]
fn a_called_runbook_has_its_own_secrets_and_its_own_ending() {
    let callee = "runbook: 1\nid: ship\nversion: 1.0.0\ntitle: Ship\nowner: developer\nfixes: x\nparams:\n  token: { type: secret, from: { command: [printf, inner-secret] } }\nsteps:\n  - id: send\n    title: Send\n    run: |\n      sha256sum < \"$RB_SECRET_TOKEN\" >> effects\n    effect: idempotent\nfinally:\n  - id: sweep\n    title: Sweep\n    run: |\n      echo sweep >> effects\n    effect: idempotent\n";
    let caller = "params:\n  token: { type: secret, from: { command: [printf, outer-secret] } }\n  wanted: { type: bool }\nsteps:\n  - id: first\n    title: First\n    run: |\n      sha256sum < \"$RB_SECRET_TOKEN\" >> effects\n    effect: idempotent\n  - id: ship\n    title: Ship\n    when: params.wanted == true\n    call: { runbook: ship }\n";
    let caller = caller.replace("params.wanted == true", "\"params.wanted == true\"");
    for (wanted, lines) in [("true", 3), ("false", 1)] {
        let desk = Desk::with(&caller);
        desk.project.write("runbooks/ship.yaml", callee);
        desk.exec(&[&format!("wanted={wanted}")]).exits(0);
        let effects = desk.effects();
        assert_eq!(effects.len(), lines, "{effects:?}");
        if lines == 3 {
            assert_ne!(effects[0], effects[1], "each has the secret of its runbook");
            assert_eq!(effects[2], "sweep");
        }
    }
}

#[test]
fn an_approval_in_what_is_called_is_an_approval() {
    let caller = "risk: high\nlock: { key: x }\nsteps:\n  - { id: ship, title: Ship, call: { runbook: ship, with: { what: pears } } }\n";
    let desk = Desk::with(caller);
    desk.project.write("runbooks/ship.yaml", CALLEE);
    let checked = desk.run(&["check"]);
    assert!(!checked.stdout.contains("RB303"), "{}", checked.stdout);
    desk.project.edit(
        "runbooks/ship.yaml",
        "approve: { role: approver, text: \"Ship ${{ steps.pack.outputs.box }}?\", expires: 30m }",
        "check: { run: \"true\" }",
    );
    let checked = desk.run(&["check"]);
    assert!(checked.stdout.contains("RB303"), "{}", checked.stdout);
    // What is called cannot be read: nobody knows whether it asks.
    desk.project.write("runbooks/ship.yaml", "runbook: [1\n");
    let checked = desk.run(&["check"]).exits(1);
    assert!(!checked.stdout.contains("RB303"), "{}", checked.stdout);
}

#[test]
fn a_page_names_who_takes_part_in_what_it_calls() {
    let desk = Desk::with(CALLER);
    desk.project.write("runbooks/ship.yaml", CALLEE);
    desk.run(&["build", "--keep-going"]);
    let page = desk.project.read("public/runbooks/work.html");
    let role = "<strong>approver</strong>: release-manager, but not the person who started the run (in <a href=\"ship.html\">Ship</a>)";
    assert!(page.contains(role), "{page}");
    let own = desk.project.read("public/runbooks/ship.html");
    assert!(!own.contains("(in <a"), "{own}");
}
