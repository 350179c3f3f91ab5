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
