//! What earlier steps found about a release: the approver sees and signs it, and a row of the matrix that requires it
//! asks nobody before it is there.

use crate::approvals::Team;
use crate::desk::Desk;
use crate::forged_runs::{asked, bob_approves};
use crate::impostors::Scene;
use crate::project::Ran;
use serde_json::{Value, json};

/// A probe whose words the tests write into files of the target, and a gate that names them.
const BODY: &str = "risk: RISK
steps:
  - id: verdicts
    title: Verdicts
    run: |
      echo \"ci=$(cat ci)\" >> \"$RB_OUTPUT\"
      echo \"review=$(cat review)\" >> \"$RB_OUTPUT\"
    effect: read
    undo: { run: \"true\" }
    outputs: { ci: { type: string }, review: { type: string } }
  - id: go
    title: Permission
    approve: { matrix: minor, text: Ship, evidence: { ci: \"${{ steps.verdicts.outputs.ci }}\", review: \"${{ steps.verdicts.outputs.review }}\" } }
  - { id: ship, title: Ship, run: \"echo shipped >> effects\", effect: once }
";

const ROW: &str = "matrix:\n  minor:\n    expires: 5 d\n    requires: { ci: passed, review: [approved, not-needed] }\n    lead: { need: required, within: 8 h }\n";

/// People without keys, and what the probe finds.
fn desk(ci: &str, review: &str) -> Desk {
    let desk = Desk::with(&BODY.replace("RISK", "low"));
    let people = "roles:\n  developer: { title: Developer }\n  lead: { title: Lead }\npeople:\n  ana: { os: [root], roles: [developer] }\n  bob: { roles: [lead] }\n";
    desk.project
        .write("content/data/roles.yaml", people)
        .write("content/data/approvals.yaml", ROW);
    found(&desk, ci, review);
    desk
}

/// What the probe finds from now on.
fn found(desk: &Desk, ci: &str, review: &str) {
    desk.project
        .write("target/ci", ci)
        .write("target/review", review);
}

/// A team with keys, whose run waits at the gate, where the row lets these words through.
fn scene(ci: &str, requires: &str) -> Scene {
    let team = Team::with(
        &BODY.replace("RISK", "high"),
        &[("ana", ""), ("bob", ""), ("cleo", "")],
    );
    team.desk.project.write(
        "content/data/approvals.yaml",
        ROW.replace("ci: passed", requires),
    );
    found(&team.desk, ci, "approved");
    team.desk.project.commit();
    team.desk.project.git(&["push", "-q", "origin", "main"]);
    Scene::of(team)
}

fn says(ran: &Ran, words: &str) {
    assert!(
        ran.stdout.contains(words),
        "no `{words}` in\n{}",
        ran.stdout
    );
}

fn is_asked(desk: &Desk) -> bool {
    desk.events().iter().any(|event| event == "gate.opened go")
}

/// What the open gate asks.
fn asked_of(desk: &Desk) -> Value {
    let request = desk.run(&["request"]).exits(0).stdout;
    serde_json::from_str(&request).expect("JSON")
}

/// The end of a run's id, as it is shown.
fn short(id: &str) -> &str {
    &id[id.len() - 6..]
}

#[test]
fn what_was_found_is_shown_to_the_approver_and_signed() {
    let scene = scene("passed", "ci: passed");
    let request = asked_of(&scene.team.desk);
    let found = json!({"ci": "passed", "review": "approved"});
    assert_eq!(request["evidence"], found);
    let words = ["approve", &scene.run, "go", "--request", "request.json"];
    let shown = scene.team.by("bob", &words).exits(0);
    for line in [
        "  evidence    ci: passed\n",
        "              review: approved\n",
    ] {
        let all = format!("{}{}", shown.stdout, shown.stderr);
        assert!(all.contains(line), "no `{line}` in\n{all}");
    }
    bob_approves(&scene, "go");
    scene.run(&["resume", &scene.run]).exits(0);
    assert_eq!(scene.team.desk.effects(), ["shipped"]);
    let verified = scene.verified(&scene.run).exits(0);
    says(&verified, "`go`: signed by bob");
}

#[test]
fn nobody_is_asked_before_what_the_row_requires_was_found() {
    let desk = desk("failed", "approved");
    let ran = desk.exec(&[]).exits(5);
    let id = desk.id();
    says(
        &ran,
        "nobody was asked yet: the row `minor` requires `ci` to be passed, and it is failed\n",
    );
    let short = short(&id);
    says(
        &ran,
        &format!(
            "to look again: runbook undo {short} --only verdicts, then runbook resume {short}\n"
        ),
    );
    assert!(!is_asked(&desk));
    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(2);

    // What was found then stands, whatever is so by now.
    found(&desk, "passed", "");
    says(&desk.run(&["resume"]).exits(5), "and it is failed\n");
    // Both are told of at once: the word that does not fit, and what is not there.
    let undo = ["undo", &id, "--only", "verdicts", "--confirm", &id];
    desk.run(&undo).exits(5);
    found(&desk, "running", "");
    says(
        &desk.run(&["resume"]).exits(5),
        "the row `minor` requires `ci` to be passed, and it is running; `review` to be approved or not-needed, and it was not found\n",
    );

    desk.run(&undo).exits(5);
    found(&desk, "passed", "not-needed");
    says(&desk.run(&["resume"]).exits(5), "waiting for approval");
    assert!(is_asked(&desk));
    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(0);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["shipped"]);
}

/// A step without a way back is not done again: then only a new run can find something else.
#[test]
fn a_finding_that_cannot_be_looked_for_again_wants_a_new_run() {
    let desk = desk("failed", "approved");
    desk.project
        .edit("runbooks/work.yaml", "    undo: { run: \"true\" }\n", "");
    let ran = desk.exec(&[]).exits(5);
    says(&ran, "nobody was asked yet: the row `minor` requires `ci`");
    let id = desk.id();
    let short = short(&id);
    says(
        &ran,
        &format!(
            "it is looked for in a new run: runbook abort {short} --reason 'not asked', then runbook exec work --like {short}\n"
        ),
    );
}

#[test]
fn an_approval_is_void_when_something_else_is_found() {
    let desk = desk("passed", "approved");
    desk.exec(&[]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "go", "--as", "bob"]).exits(0);
    let undo = ["undo", &id, "--only", "verdicts", "--confirm", &id];
    desk.run(&undo).exits(5);
    found(&desk, "passed", "not-needed");

    let ran = desk.run(&["resume"]).exits(5);
    says(
        &ran,
        "the approval of `go` does not count any more: `verdicts` was undone since",
    );
    says(&ran, "waiting for approval");
    assert!(desk.effects().is_empty());
    assert_eq!(asked_of(&desk)["evidence"]["review"], "not-needed");

    // What the row does not let through is not even asked.
    desk.run(&undo).exits(5);
    found(&desk, "failed", "not-needed");
    let ran = desk.run(&["resume"]).exits(5);
    says(&ran, "nobody was asked yet");
    assert!(desk.effects().is_empty());
}

/// A decision that leads back to the probe: what was found before counts for nothing.
#[test]
fn a_second_round_is_asked_for_what_it_found_itself() {
    let desk = desk("passed", "approved");
    desk.project.edit(
        "runbooks/work.yaml",
        "  - { id: ship",
        "  - id: choose\n    title: Choose\n    decide: { text: Once more?, options: { again: { goto: verdicts, max: 3 }, enough: {} } }\n  - { id: ship",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();
    let passes = |gate: &str| {
        desk.run(&["approve", &id, gate, "--as", "bob"]).exits(0);
        desk.run(&["resume"]).exits(5);
    };
    let chooses = |step: &str, what: &str| {
        desk.run(&["answer", &id, step, "--choose", what]).exits(0);
    };
    passes("go");
    chooses("choose", "again");
    found(&desk, "passed", "not-needed");
    says(&desk.run(&["resume"]).exits(5), "waiting for approval");
    assert_eq!(asked_of(&desk)["evidence"]["review"], "not-needed");
    passes("go#2");
    chooses("choose#2", "again");
    found(&desk, "failed", "not-needed");
    let ran = desk.run(&["resume"]).exits(5);
    says(&ran, "and it is failed");
    says(&ran, "--only verdicts#3, then");
    desk.run(&["undo", &id, "--only", "verdicts#3"]).exits(5);
    found(&desk, "passed", "approved");
    desk.run(&["resume"]).exits(5);
    passes("go#3");
    chooses("choose#3", "enough");
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["shipped"]);
    desk.run(&["verify", &id]).exits(0);
}

/// Ways to have it signed that something else was found.
#[test]
fn a_forged_finding_is_named_on_another_clone() {
    let hands_on = |scene: &Scene, word: &str| {
        scene.rewrite(|lines| {
            let mut lines = lines.iter_mut();
            let line = lines.find(|line| line["type"] == "step.finished");
            line.expect("a line")["outputs"]["ci"] = word.into();
        });
    };
    let says_it_is = |scene: &Scene, word: &str| {
        asked(scene, |request| request["evidence"]["ci"] = word.into());
    };
    type Forge<'f> = &'f dyn Fn(&Scene);
    let forgeries: [(&str, &str, Forge<'_>, &str); 4] = [
        (
            "another word in the request",
            "running",
            &|scene| says_it_is(scene, "passed"),
            "what differs: the evidence",
        ),
        (
            "a request that does not say it",
            "running",
            &|scene| {
                asked(scene, |request| {
                    let request = request.as_object_mut().expect("an object");
                    request.shift_remove("evidence");
                });
            },
            "what differs: the evidence",
        ),
        (
            "another word of the step alone",
            "passed",
            &|scene| hands_on(scene, "running"),
            "what differs: the evidence",
        ),
        (
            "asked, although the row does not let it through",
            "passed",
            &|scene| {
                hands_on(scene, "failed");
                says_it_is(scene, "failed");
            },
            "the row `minor` requires `ci` to be passed or running, and it is failed",
        ),
    ];
    for (what, ci, forge, words) in forgeries {
        let scene = scene(ci, "ci: [passed, running]");
        forge(&scene);
        bob_approves(&scene, "go");
        let verified = scene.verified(&scene.run).exits(10);
        let mut lines = verified.stdout.lines();
        let is_named = |line: &str| line.starts_with("DIFFERS") && line.contains(words);
        assert!(lines.any(is_named), "{what}: {}", verified.stdout);
        scene.run(&["resume", &scene.run]);
        assert!(scene.team.desk.effects().is_empty(), "{what}");
    }
}

/// A row that no step could satisfy is found before a run is.
#[test]
fn a_row_whose_evidence_nobody_gives_is_a_finding() {
    let desk = desk("passed", "approved");
    let evidence = ", evidence: { ci: \"${{ steps.verdicts.outputs.ci }}\", review: \"${{ steps.verdicts.outputs.review }}\" }";
    let book = desk.project.read("runbooks/work.yaml");
    assert!(book.contains(evidence), "{book}");
    let found = |row: &str, given: &str| {
        desk.project
            .write("runbooks/work.yaml", book.replace(evidence, given))
            .write("content/data/approvals.yaml", row);
        let found = desk.project.findings().into_iter();
        let found = found.filter(|one| one["severity"] == "error");
        let words = found.map(|one| {
            let word = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            [
                word("code"),
                word("file"),
                one["line"].to_string(),
                word("message"),
                word("help"),
            ]
            .join(" | ")
        });
        words.collect::<Vec<String>>()
    };
    assert_eq!(found(ROW, evidence), Vec::<String>::new());
    for (given, message, help) in [
        (
            "",
            "the row `minor` requires `ci` and `review`",
            "add `evidence: { ci: \"${{ steps.STEP.outputs.ci }}\" }`",
        ),
        (
            ", evidence: { ci: passed, reviews: none }",
            "requires `review`, and",
            "did you mean `reviews`?",
        ),
    ] {
        let found = found(ROW, given);
        assert_eq!(found.len(), 1, "{found:#?}");
        for words in [
            "policy/evidence | runbooks/work.yaml | 19 | ",
            message,
            help,
        ] {
            assert!(found[0].contains(words), "no `{words}` in {found:#?}");
        }
    }
    for (requires, code, help) in [
        ("[ci]", "yaml/wrong-type", "write each name as a key"),
        ("passed", "yaml/wrong-type", ""),
        ("{ ci: }", "policy/requires", "`ci: passed`"),
        ("{ ci: [] }", "policy/requires", "`ci: passed`"),
        ("{ ci: { word: passed } }", "yaml/wrong-type", ""),
        ("{ CI: passed }", "policy/requires", "small letters"),
    ] {
        let row = ROW.replace("{ ci: passed, review: [approved, not-needed] }", requires);
        let found = found(&row, evidence);
        assert_eq!(found.len(), 1, "{requires}: {found:#?}");
        let place = format!("{code} | content/data/approvals.yaml | 4 | ");
        assert!(found[0].starts_with(&place), "{requires}: {found:#?}");
        assert!(found[0].contains(help), "{requires}: {found:#?}");
    }
}

#[test]
fn plan_and_pages_say_what_a_row_requires() {
    let desk = desk("passed", "approved");
    let words = "ci is passed and review is approved or not-needed";
    let plan = desk.run(&["plan", "work", "--target", "target"]).exits(0);
    says(
        &plan,
        "by the row minor of the approval matrix, once ci is passed and review is approved or not-needed",
    );
    desk.project
        .write("content/approvals.md", "# Approvals\n\n::approvals{}\n");
    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/approvals.html");
    assert!(page.contains(">Asked only if<"), "{page}");
    assert!(page.contains(&format!("<td>{words}</td>")), "{page}");
    let role = desk.project.read("public/roles/lead.html");
    let line = format!("minor: required, within 8 h, only if {words}");
    assert!(role.contains(&line), "{role}");
}
