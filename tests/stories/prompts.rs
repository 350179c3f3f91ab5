//! What a question says by itself: what can be answered, what Enter takes, and what each option does.

use crate::desk::Desk;
use crate::terminal::Terminal;

const PARAMS: &str = "params:
  cluster: { type: enum, values: [orders, users], ask: \"Which cluster?\" }
  zone: { type: enum, values: [eu, us], default: eu, ask: \"Which zone?\" }
  count: { type: int, min: 1, max: 9, default: 3, unit: hosts, ask: \"How many?\" }
  quiet: { type: bool, default: \"true\" }
steps:
  - id: write
    title: Write
    run: |
      echo \"$CLUSTER $ZONE $COUNT $QUIET\" >> effects
    env: { CLUSTER: \"${{ params.cluster }}\", ZONE: \"${{ params.zone }}\", COUNT: \"${{ params.count }}\", QUIET: \"${{ params.quiet }}\" }
    effect: idempotent
  - id: seen
    title: See
    manual:
      text: Look.
      fields: { state: { type: enum, values: [good, bad], ask: \"How is it?\" } }
";

fn begin(desk: &Desk, further: &[&str]) -> Terminal {
    let arguments = [&["exec", "work", "--target", "target"], further].concat();
    Terminal::seated(&desk.command(&arguments))
}

/// The choices stand in the question, Enter takes the default, and a wrong answer says what is right.
#[test]
fn a_question_lists_its_choices_and_its_default() {
    let desk = Desk::with(PARAMS);
    let mut terminal = begin(&desk, &[]);
    terminal
        .shows("Which cluster? (orders, users)")
        .types("order")
        .shows("this has to be one of: orders, users");
    terminal.shows("Which cluster? (orders, users)").types("");
    terminal.shows("this has to be one of: orders, users");
    terminal
        .shows("Which cluster? (orders, users)")
        .types("users");
    terminal.shows("Which zone? (eu, us) [Enter: eu]").types("");
    terminal.shows("How many? (1 to 9) [Enter: 3]").types("10");
    terminal.shows("this has to be a number up to 9");
    terminal.shows("How many? (1 to 9) [Enter: 3]").types("4");
    terminal.shows("How is it? (good, bad)").types("fine");
    terminal.shows("this has to be one of: good, bad");
    terminal.shows("How is it? (good, bad)").types("good");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["users eu 4 true"]);
}

/// Nobody is asked for a default where nothing is missing.
#[test]
fn a_default_alone_is_no_question() {
    let desk = Desk::with(PARAMS);
    let mut terminal = begin(&desk, &["-p", "cluster=orders"]);
    terminal.shows("How is it?").types("good");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["orders eu 3 true"]);
}

/// Without anybody to ask, what is missing is told with what it may be.
#[test]
fn what_is_missing_is_told_with_its_choices() {
    let desk = Desk::with(PARAMS);
    let ran = desk.exec(&[]).exits(3);
    assert!(
        ran.stderr
            .contains("`cluster` is missing (Which cluster? orders, users)"),
        "{}",
        ran.stderr
    );
}

const DECIDE: &str = "steps:
  - id: soak
    title: Soak
    run: |
      echo soak >> effects
    effect: idempotent
    undo:
      run: |
        echo back >> effects
  - id: which
    title: Which?
    decide:
      text: Which way?
      options:
        back: { rollback: true }
        leave: { stop: true }
        promote: {}
        wait: { goto: soak, max: 2 }
  - id: one
    title: One
    when: \"steps.which.choice == 'promote'\"
    run: |
      echo one >> effects
    effect: idempotent
";

/// Whoever chooses reads what each option does, and how often a way back is left.
#[test]
fn a_decision_says_what_each_option_does() {
    let desk = Desk::with(&DECIDE.replace("    when: \"steps.which.choice == 'promote'\"\n", ""));
    let mut terminal = begin(&desk, &[]);
    terminal
        .shows("back: undoes everything and ends the run")
        .shows("leave: ends the run as refused")
        .shows("promote: goes on with step 3 (One)")
        .shows("wait: goes back to step 1 (Soak), 2 times left")
        .shows("choose back, leave, promote, wait")
        .types("wait");
    terminal
        .shows("wait: goes back to step 1 (Soak), once more")
        .shows("choose back, leave, promote, wait")
        .types("nonsense");
    terminal
        .shows("this has to be one of: back, leave, promote, wait")
        .shows("choose back, leave, promote, wait")
        .types("wait");
    terminal
        .shows("promote: goes on")
        .shows("choose back, leave, promote  [?] more")
        .types("wait")
        .shows("wait was chosen as often as it may be");
    terminal
        .shows("choose back, leave, promote  [?] more")
        .types("promote");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["soak", "soak", "soak", "one"]);
}

/// So does whoever reads the plan, and whoever has to answer later.
#[test]
fn a_plan_says_what_each_option_does() {
    let desk = Desk::with(DECIDE);
    let words = [
        "back: undoes everything and ends the run",
        "leave: ends the run as refused",
        "promote: goes on with step 3 (One)",
        "wait: goes back to step 1 (Soak), 2 times at most",
    ];
    let plan = ["plan", "work", "--target", "target"];
    let text = desk.run(&plan).exits(0).stdout;
    let json = desk.json(&[&plan[..], &["--json"]].concat());
    for words in words {
        assert!(text.contains(words), "{words}: {text}");
        assert!(
            json["steps"][1]["what"]
                .as_array()
                .is_some_and(|lines| lines.iter().any(|line| line == words)),
            "{json}"
        );
    }
    let ran = desk.exec(&[]).exits(5);
    assert!(
        ran.stdout
            .contains("wait: goes back to step 1 (Soak), 2 times left"),
        "{}",
        ran.stdout
    );
}

/// In a runbook that is called, the steps are those of the run: with its numbers, and on to what follows the call.
#[test]
fn a_decision_in_a_called_runbook_names_the_steps_of_the_run() {
    let desk = Desk::with(
        "steps:\n  - { id: look, title: Look, check: { run: date } }\n  - { id: part, title: Part, call: { runbook: part } }\n  - { id: then, title: Then, check: { run: date } }\n",
    );
    desk.project.write(
        "runbooks/part.yaml",
        "runbook: 1\nversion: 1.0.0\ntitle: Part\nowner: developer\nfixes: x\nid: part\nsteps:\n  - { id: soak, title: Soak, check: { run: date } }\n  - id: which\n    title: Which?\n    decide: { text: Which?, options: { on: {}, again: { goto: soak, max: 1 } } }\n",
    );
    let text = desk
        .run(&["plan", "work", "--target", "target"])
        .exits(0)
        .stdout;
    assert!(text.contains("on: goes on with step 3 (Then)"), "{text}");
    assert!(
        text.contains("again: goes back to step 2.1 (Soak), once at most"),
        "{text}"
    );
}
