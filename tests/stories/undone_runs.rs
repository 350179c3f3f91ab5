//! Somebody takes back what a run did.

use crate::desk::Desk;
use crate::project::ends;
use crate::terminal::Terminal;
use std::process::Stdio;

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
    assert!(
        first.stdout.contains("the undo is NOT complete"),
        "{}",
        first.stdout
    );
    let report = desk.json(&["report", "--json"]);
    let deviations = report["deviations"].as_array().expect("a list");
    let label = |step: &str| {
        let of_it = deviations.iter().filter(|found| found["step"] == step);
        of_it.map(|found| found["what"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(label("one"), ["undone"]);
    assert_eq!(label("two"), ["undo failed"]);
    assert_eq!(desk.effects(), ["one", "two", "back one"]);

    desk.project.write("target/ready", "");
    desk.run(&["undo"]).exits(7);
    assert_eq!(
        desk.effects(),
        ["one", "two", "back one", "back two"],
        "what is taken back is not taken back twice"
    );
}

/// The end of the id of the only run.
fn short(desk: &Desk) -> String {
    desk.id()[20..].to_owned()
}

#[test]
fn a_finished_run_is_taken_back_once_somebody_confirms_it() {
    let desk = Desk::with(&format!(
        "steps:\n{}{}",
        step("one", &back("one")),
        step("two", &back("two"))
    ));
    desk.exec(&[]).exits(0);
    let short = short(&desk);

    // Nobody is asked without a terminal, and a wrong word is none.
    let asked = desk.run(&["undo", &short]).exits(5);
    let way = format!("runbook undo {short} --confirm {short}");
    assert!(asked.stderr.contains(&way), "{}", asked.stderr);
    desk.run(&["undo", &short, "--confirm", "ABCDEF"]).exits(5);
    desk.run(&["undo", &short, "--plan"]).exits(0);
    assert_eq!(desk.effects(), ["one", "two"]);

    desk.run(&["undo", &short, "--confirm", &short]).exits(7);

    assert_eq!(desk.effects(), ["one", "two", "back two", "back one"]);
    desk.run(&["verify", &short]).exits(0);
    let status = desk.run(&["status", &short]).exits(0);
    assert!(status.stdout.contains("undone"), "{}", status.stdout);
    desk.run(&["undo", &short]).exits(7);
    assert_eq!(desk.effects().len(), 4, "nothing is taken back twice");
}

#[test]
fn a_finished_run_is_taken_back_at_a_terminal_by_typing_its_name() {
    let desk = Desk::with(&format!("steps:\n{}", step("one", &back("one"))));
    desk.exec(&[]).exits(0);
    let short = short(&desk);

    let mut left = Terminal::seated(&desk.command(&["undo", &short]));
    left.shows(&format!("type `{short}`"))
        .types("y")
        .shows("this text differs from the text to type")
        .types("q");
    assert_eq!(left.ends(), 5, "{}", left.text());
    assert_eq!(desk.effects(), ["one"]);

    let mut agreed = Terminal::seated(&desk.command(&["undo", &short]));
    agreed.shows(&format!("type `{short}`")).types(&short);
    assert_eq!(agreed.ends(), 7, "{}", agreed.text());
    assert_eq!(desk.effects(), ["one", "back one"]);
}

#[test]
fn a_finished_run_whose_undo_is_cut_short_says_so_and_is_taken_back_further() {
    let desk = Desk::with(&format!(
        "steps:\n{}{}",
        step(
            "one",
            "{ run: \"test -e ready && echo back one >> effects\" }"
        ),
        step("two", &back("two"))
    ));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    let undo = ["undo", &short, "--confirm", &short];

    desk.run(&undo).exits(8);
    says_of_its_end(
        &desk,
        &short,
        "finished, undone in part, the undo of one failed",
    );

    desk.project.write("target/ready", "");
    desk.run(&undo).exits(7);
    assert_eq!(desk.effects(), ["one", "two", "back two", "back one"]);
}

/// Whatever lists or shows a run says the same of how it ended.
fn says_of_its_end(desk: &Desk, short: &str, words: &str) {
    let status = desk.run(&["status", short]).exits(0);
    let head = status.stdout.lines().next().unwrap_or_default();
    assert!(head.ends_with(words), "{}", status.stdout);
    for verb in [&["status", short, "--json"][..], &["runs", "--json"]] {
        let found = desk.json(verb);
        let found = found.as_array().map_or(&found, |runs| &runs[0]);
        assert_eq!(found["state"], words, "{found:#}");
        assert_eq!(found["exit"]["code"], 8, "{found:#}");
    }
    for verb in [&["runs"][..], &["report", short]] {
        let ran = desk.run(verb).exits(0);
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
}

#[test]
fn a_confirmation_of_another_name_says_that_it_does_not_fit_and_what_to_type() {
    let desk = Desk::with(&format!("steps:\n{}", step("one", &back("one"))));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    for wrong in ["WRONG", "", &short[1..], "\u{1b}[2Jx"] {
        let ran = desk.run(&["undo", &short, "--confirm", wrong]).exits(5);
        let shown = if wrong.starts_with('\u{1b}') {
            "[2Jx"
        } else {
            wrong
        };
        for words in [
            &format!("{shown}` does not name the run"),
            &format!("type: runbook undo {short} --confirm {short}"),
        ] {
            assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
        }
        assert!(
            !ran.stderr.contains("you have to confirm"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    }
    assert_eq!(desk.effects(), ["one"]);
}

/// Nothing of it is taken back, and it does not look so.
#[test]
fn a_finished_run_whose_only_undo_failed_says_that_it_failed() {
    let desk = Desk::with(&format!("steps:\n{}", step("one", "{ run: 'false' }")));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    desk.run(&["undo", &short, "--confirm", &short]).exits(8);

    says_of_its_end(&desk, &short, "finished, the undo of one failed");
    let status = desk.run(&["status", &short]).exits(0);
    assert!(
        status.stdout.contains("its undo failed"),
        "{}",
        status.stdout
    );
    let summary = desk.json(&["status", &short, "--json"]);
    assert_eq!(summary["steps"][0]["undo"], "failed", "{summary:#}");
}

#[test]
fn a_finished_run_is_not_taken_back_under_a_later_one_with_its_lock() {
    let act = step("one", &back("one"));
    let desk = Desk::with(&format!("lock: {{ key: prod }}\nsteps:\n{act}"));
    desk.exec(&[]).exits(0);
    let first = short(&desk);
    let undo = ["undo", &first, "--confirm", &first];
    // A run that only looked is no hindrance, and neither is one with another lock.
    let looks = "lock: { key: prod }\nsteps:\n  - { id: see, title: See, check: { run: date } }\n";
    let head = "runbook: 1\nversion: 1.0.0\ntitle: Test\nowner: developer\nfixes: x\n";
    desk.project
        .write("runbooks/look.yaml", format!("{head}id: look\n{looks}"));
    desk.run(&["exec", "look", "--target", "target"]).exits(0);
    desk.exec(&[]).exits(0);
    let runs = desk.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list");
    let last = runs[2]["run"].as_str().expect("an id")[20..].to_owned();

    let refused = desk.run(&undo).exits(3);

    assert!(refused.stderr.contains(&last), "{}", refused.stderr);
    assert!(refused.stderr.contains("`prod`"), "{}", refused.stderr);
    assert_eq!(desk.effects(), ["one", "one"]);

    desk.run(&["undo", &last, "--confirm", &last]).exits(7);
    desk.run(&undo).exits(7);
    assert_eq!(desk.effects(), ["one", "one", "back one", "back one"]);
}

/// Gives the only run another id, such as it would have got from another clock.
fn begun_at(desk: &Desk, new: &str) {
    let (id, folder) = (desk.id(), desk.folder());
    desk.forge(|line| line["run"] = new.into());
    for (file, bytes) in crate::project::files_below(&folder.join("steps")) {
        let path = folder.join("steps").join(file);
        if path.ends_with("command.json") {
            let text = String::from_utf8(bytes).expect("it is text");
            std::fs::write(path, text.replace(&id, new)).expect("it can be written");
        }
    }
    std::fs::rename(&folder, folder.with_file_name(new)).expect("it can be renamed");
}

#[test]
fn a_run_is_not_taken_back_under_a_later_one_after_the_clock_was_set_back() {
    let act = step("one", &back("one"));
    let desk = Desk::with(&format!("lock: {{ key: prod }}\nsteps:\n{act}"));
    desk.exec(&[]).exits(0);
    // Far in the future: each run that begins now has a smaller id.
    let first = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
    begun_at(&desk, first);
    desk.exec(&[]).exits(0);
    let runs = desk.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list").iter();
    let mut ids = runs.map(|run| run["run"].as_str().expect("an id").to_owned());
    let last = ids.find(|id| id != first).expect("a second run");

    let refused = desk.run(&["undo", first, "--confirm", first]).exits(3);
    assert!(refused.stderr.contains(&last[20..]), "{}", refused.stderr);
    assert_eq!(desk.effects(), ["one", "one"]);

    desk.run(&["undo", &last, "--confirm", &last]).exits(7);
    desk.run(&["undo", first, "--confirm", first]).exits(7);
}

/// Runs of an early version do not say which of them was the first: their clock counts.
#[test]
fn runs_without_a_place_are_in_the_order_of_their_clock() {
    let act = step("one", &back("one"));
    let desk = Desk::with(&format!("lock: {{ key: prod }}\nsteps:\n{act}"));
    desk.exec(&[]).exits(0);
    desk.forge(|line| {
        let line = line.as_object_mut().expect("an object");
        line.shift_remove("place");
    });
    let first = desk.id();
    desk.exec(&[]).exits(0);

    desk.run(&["undo", &first, "--confirm", &first]).exits(3);
}

#[test]
fn a_run_that_is_being_taken_back_has_its_lock_again() {
    let slow = "{ run: \"echo back >> effects; until test -e go; do sleep 0.02; done\" }";
    let desk = Desk::with(&format!(
        "lock: {{ key: prod }}\nsteps:\n{}",
        step("one", slow)
    ));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    let mut undo = desk.command(&["undo", &short, "--confirm", &short]);
    let mut undo = undo.stdout(Stdio::null()).spawn().expect("it starts");
    desk.wait_for_effects(2);

    let refused = desk.exec(&[]).exits(9);
    assert!(refused.stderr.contains(&short), "{}", refused.stderr);
    says_of_its_end(&desk, &short, "finished, the undo of one has begun");

    // Killed in the middle, it is for `undo` to end it before another run begins.
    undo.kill().expect("it runs");
    ends(&mut undo);
    says_of_its_end(&desk, &short, "finished, the undo of one has begun");
    let refused = desk.exec(&[]).exits(9).stderr;
    let way = format!("continue with that one: runbook undo {short} --confirm {short}");
    assert!(refused.contains(&way), "{refused}");
    let status = desk.run(&["status", &short]).exits(0).stdout;
    let way = format!("continue with: runbook undo {short} --confirm {short}");
    assert!(status.contains(&way), "{status}");
    desk.project.write("target/go", "");
    desk.run(&["undo", &short, "--confirm", &short]).exits(7);
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["one", "back", "one"]);
}

#[test]
fn a_run_that_ended_otherwise_is_not_taken_back_under_a_later_one_either() {
    let act = step("one", &back("one"));
    let desk = Desk::with(&format!(
        "lock: {{ key: prod }}\nsteps:\n{act}  - {{ id: fail, title: Fail, check: {{ run: test -e ready }}, on_fail: fail }}\n"
    ));
    desk.exec(&[]).exits(1);
    let first = short(&desk);
    desk.project.write("target/ready", "");
    desk.exec(&[]).exits(0);

    desk.run(&["undo", &first]).exits(3);

    assert_eq!(desk.effects(), ["one", "one"]);
}

#[test]
fn a_finished_run_that_another_runbook_takes_back_names_it() {
    let body = format!(
        "undo: {{ instead: take-back }}\nsteps:\n{}",
        step("one", &back("one"))
    );
    let desk = Desk::with(&body);

    let checked = desk.run(&["check"]).exits(1);
    let said = checked.stdout + &checked.stderr;
    assert!(said.contains("runbook/unknown"), "{said}");
    assert!(said.contains("runbooks/work.yaml:7:18"), "{said}");

    let head = "runbook: 1\nversion: 1.0.0\ntitle: Test\nowner: developer\nfixes: x\n";
    desk.project.write(
        "runbooks/take-back.yaml",
        format!(
            "{head}id: take-back\nsteps:\n  - {{ id: see, title: See, check: {{ run: date }} }}\n"
        ),
    );
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    for further in [&[][..], &["--confirm", &short], &["--plan"]] {
        let arguments: Vec<&str> = ["undo", &short]
            .into_iter()
            .chain(further.iter().copied())
            .collect();
        let refused = desk.run(&arguments).exits(2);
        assert!(
            refused.stderr.contains("runbook exec take-back"),
            "{}",
            refused.stderr
        );
    }
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

/// Three steps that can be taken back, one that cannot, and a failure.
fn three() -> Desk {
    Desk::with(&format!(
        "steps:\n{}{}{}  - {{ id: plain, title: Plain, run: \"echo plain >> effects\", effect: idempotent }}\n  - {{ id: ready, title: Ready, check: {{ run: test -e ready }} }}\n",
        step("one", &back("one")),
        step("two", "{ none: It stays. }"),
        step("three", &back("three")),
    ))
}

#[test]
fn what_would_be_taken_back_is_shown_and_nothing_is_done() {
    let desk = three();
    desk.exec(&[]).exits(1);
    let before = desk.events().len();

    let said = desk.run(&["undo", "--plan"]).exits(0).stdout;

    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "3  three  [three]",
            "echo back three >> effects",
            "1  one  [one]",
            "echo back one >> effects",
            "-  Plain  [plain]",
            "not undone: it has no undo",
            "-  two  [two]",
            "stays: It stays.",
            "this only shows the undo; nothing was undone",
        ]
    );
    assert_eq!(desk.events().len(), before);
    let said = desk.run(&["undo", "--plan", "--to", "one"]).exits(0).stdout;
    assert!(
        said.contains("[three]") && !said.contains("[one]"),
        "{said}"
    );
}

#[test]
fn a_part_is_taken_back_and_done_again_when_the_run_goes_on() {
    let desk = three();
    desk.exec(&[]).exits(1);

    desk.run(&["undo", "--to", "two"]).exits(5);
    assert_eq!(
        desk.effects(),
        ["one", "two", "three", "plain", "back three"]
    );
    let status = desk.run(&["status"]).exits(0).stdout;
    assert!(status.contains("undone      three"), "{status}");
    desk.run(&["undo", "--only", "three"]).exits(2);

    desk.project.write("target/effects", "");
    desk.run(&["resume"]).exits(1);
    assert_eq!(
        desk.effects(),
        ["three"],
        "only what was taken back is done again"
    );
    desk.run(&["undo", "--only", "three"]).exits(5);
    desk.run(&["undo", "--only", "one"]).exits(5);
    assert_eq!(desk.effects(), ["three", "back three", "back one"]);
    desk.run(&["undo"]).exits(7);
    assert_eq!(desk.effects().len(), 3, "nothing is taken back twice");
}

#[test]
fn a_part_that_is_none_is_refused() {
    let desk = three();
    desk.exec(&[]).exits(1);
    for (further, why) in [
        (["--to", "nowhere"], "no step `nowhere`"),
        (["--to", "plain"], "nothing that was begun after `plain`"),
        (["--only", "ready"], "nothing of `ready`"),
    ] {
        let ran = desk.run(&["undo", further[0], further[1]]).exits(2);
        assert!(ran.stderr.contains(why), "{why}: {}", ran.stderr);
    }
    assert_eq!(desk.effects().len(), 4);
}

/// A run with an undo of `one` of which nobody can tell whether it happened.
fn undo_in_doubt() -> Desk {
    use nix::sys::signal::{Signal, kill};
    let slow = "{ run: \"echo back one >> effects; until test -e go; do sleep 0.02; done\" }";
    let desk = Desk::with(&format!("steps:\n{}{FAIL}", step("one", slow)));
    desk.exec(&[]).exits(1);
    let mut undo = desk
        .command(&["undo", "--only", "one"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    desk.wait_for_effects(2);
    undo.kill().expect("it runs");
    ends(&mut undo);
    let shim = nix::unistd::Pid::from_raw(desk.shim("one.undo.1"));
    kill(shim, Signal::SIGKILL).expect("it runs");
    desk.project.write("target/go", "");
    desk
}

#[test]
fn a_taking_back_that_was_cut_off_is_ended_before_anything_goes_on() {
    use crate::terminal::Terminal;
    let desk = undo_in_doubt();

    let ran = desk.run(&["resume"]).exits(8);

    assert!(ran.stdout.contains("was cut off"), "{}", ran.stdout);
    assert_eq!(desk.effects(), ["one", "back one"]);
    for _ in 0..2 {
        desk.run(&["undo", "--only", "one"]).exits(8);
        assert_eq!(desk.effects(), ["one", "back one"], "never again unasked");
    }
    let mut terminal = Terminal::start(desk.command(&["undo", "--only", "one"]));
    terminal
        .shows("IN DOUBT: the undo of the step was started")
        .shows("[d] it is undone")
        .types("d");
    assert_eq!(terminal.ends(), 5);
    assert_eq!(desk.effects(), ["one", "back one"]);
    let said = desk.run(&["report"]).exits(0).stdout;
    let verdict = "one – counts as undone, decided by";
    assert!(said.contains(verdict), "{said}");
    let report = desk.json(&["report", "--json"]);
    let overruled = &report["overrides"];
    assert_eq!(overruled[0]["what"], "verdict", "{overruled}");
    assert_eq!(overruled[0]["step"], "one", "{overruled}");
}

#[test]
fn what_a_person_said_of_an_undo_in_doubt_holds_also_after_a_kill() {
    use crate::terminal::Terminal;
    for (key, verdict, effects) in [
        ("n", "absent", vec!["one", "back one", "back one"]),
        ("d", "done", vec!["one", "back one"]),
    ] {
        let desk = undo_in_doubt();
        desk.run(&["undo", "--only", "one"]).exits(8);
        let said = |events: &[String]| {
            let is_it = |event: &&String| *event == "undo.resolved one";
            events.iter().filter(is_it).count()
        };
        let mut undo = desk.command(&["undo", "--only", "one"]);
        // It takes the run up, and dies behind the line that holds the verdict.
        let mut terminal = Terminal::start({
            undo.env("RUNBOOK_FAIL", "journal.sync:4:after");
            undo
        });
        terminal.shows("[d] it is undone").types(key);
        assert_eq!(terminal.ends(), -1, "it was killed");
        assert_eq!(said(&desk.events()), 1, "{key}: {:?}", desk.events());

        let ended = desk.run(&["undo", "--only", "one"]);

        assert!(
            !ended.stdout.contains("IN DOUBT"),
            "{key}: {}",
            ended.stdout
        );
        assert_eq!(desk.effects(), effects, "{key}");
        let events = desk.events();
        assert_eq!(said(&events), 1, "{key}: nobody is asked again");
        let journal = std::fs::read_to_string(desk.folder().join("journal.jsonl"));
        let journal = journal.expect("there is a journal");
        let line = journal
            .lines()
            .find(|line| line.contains("\"undo.resolved\""))
            .expect("it was counted");
        assert!(
            line.contains(&format!("\"attempt\":1,\"verdict\":\"{verdict}\",\"by\":")),
            "{line}"
        );
        desk.run(&["verify", &desk.id()]).exits(0);
    }
}

#[test]
fn before_a_run_of_high_risk_is_taken_back_a_person_looks() {
    use crate::terminal::Terminal;
    let desk = Desk::with(&format!(
        "risk: high\nsteps:\n{}{FAIL}",
        step("one", &back("one"))
    ));
    let desk = desk.committed();
    desk.exec(&[]).exits(1);

    let mut terminal = Terminal::start(desk.command(&["undo"]));
    terminal
        .shows("1  one  [one]")
        .shows("undo this?")
        .types("q");
    assert_eq!(terminal.ends(), 1);
    assert_eq!(desk.effects(), ["one"]);
    let mut terminal = Terminal::start(desk.command(&["undo"]));
    terminal.shows("undo this?").types("y").shows("is undone");
    assert_eq!(terminal.ends(), 7);
    assert_eq!(desk.effects(), ["one", "back one"]);
}

#[test]
fn what_a_step_handed_on_before_it_failed_helps_to_take_it_back() {
    let desk = Desk::with(
        "steps:\n  - id: make\n    title: Make\n    run: |\n      echo made >> effects\n      echo id=42 >> \"$RB_OUTPUT\"\n      echo broken >> \"$RB_OUTPUT\"\n      exit 1\n    outputs: { id: { type: int }, other: { type: string } }\n    undo: { run: \"echo gone $ID >> effects\", env: { ID: \"${{ steps.make.outputs.id }}\" } }\n",
    );
    desk.exec(&[]).exits(1);

    desk.run(&["undo"]).exits(7);

    assert_eq!(desk.effects(), ["made", "gone 42"]);
}

/// An undo that works once `ok` is there.
const ONCE_OK: &str = "{ run: \"test -e ok && echo back one >> effects\" }";

/// A run that stands behind `two`, with a manual step next; `one` cannot be taken back yet.
fn half_back() -> (Desk, String) {
    let manual = "  - { id: hand, title: Hand, manual: { text: Do it. } }\n";
    let desk = Desk::with(&format!(
        "steps:\n{}{}{manual}{}",
        step("one", ONCE_OK),
        step("two", &back("two")),
        step("four", &back("four")),
    ));
    desk.exec(&[]).exits(5);
    let short = short(&desk);
    desk.run(&["undo", &short]).exits(8);
    assert_eq!(desk.effects(), ["one", "two", "back two"]);
    (desk, short)
}

#[test]
fn nothing_goes_on_after_an_undo_that_failed_half_way() {
    let (desk, short) = half_back();
    let way = format!("runbook undo {short}");

    let resumed = desk.run(&["resume", &short]).exits(8);
    assert!(resumed.stdout.contains(&way), "{}", resumed.stdout);
    for verb in [vec![], vec!["status"], vec!["answer", &short, "hand"]] {
        let ran = desk.run(&verb);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("runbook undo"), "{verb:?}: {said}");
        assert!(!said.contains("runbook resume"), "{verb:?}: {said}");
        assert!(!said.contains("you can:"), "{verb:?}: {said}");
    }
    desk.run(&["answer", &short, "hand"]).exits(2);
    desk.run(&["resume", &short, "--verify-first"]).exits(8);
    let noted = desk.run(&["note", &short, "so it is"]).exits(0);
    assert!(noted.stdout.contains(&way), "{}", noted.stdout);
    assert_eq!(desk.effects(), ["one", "two", "back two"]);

    desk.project.write("target/ok", "");
    desk.run(&["undo", &short]).exits(7);
    assert_eq!(desk.effects(), ["one", "two", "back two", "back one"]);
    desk.run(&["verify", &short]).exits(0);
}

#[test]
fn a_run_that_is_half_taken_back_can_be_ended_as_it_is() {
    let (desk, short) = half_back();
    let said = desk.run(&["resume", &short]).exits(8).stdout;
    assert!(
        said.contains(&format!("runbook abort {short} --reason")),
        "{said}"
    );
    desk.run(&["abort", &short, "--reason", "by hand"]).exits(0);
    desk.run(&["resume", &short]).exits(8);
    assert_eq!(desk.effects(), ["one", "two", "back two"]);
}

#[test]
fn a_part_that_could_not_be_taken_back_is_ended_first() {
    let desk = Desk::with(&format!(
        "steps:\n{}{}",
        step("one", ONCE_OK),
        step("two", &back("two")),
    ));
    left_after(&desk, "one").exits(5);
    let short = short(&desk);
    let failed = desk.run(&["undo", &short, "--only", "one"]).exits(8);
    let way = format!("runbook undo {short} --only one");
    assert!(failed.stdout.contains(&way), "{}", failed.stdout);
    let said = desk.run(&["resume", &short]).exits(8).stdout;
    assert!(said.contains(&way), "{said}");

    desk.project.write("target/ok", "");
    desk.run(&["undo", &short, "--only", "one"]).exits(5);
    desk.run(&["resume", &short]).exits(0);
    assert_eq!(desk.effects(), ["one", "back one", "one", "two"]);
}

#[test]
fn what_is_so_again_after_it_was_taken_back_is_taken_back_again() {
    let desk = Desk::with(&format!(
        "steps:\n  - id: one\n    title: one\n    run: |\n      echo one >> effects\n      touch there\n    verify: {{ run: test -e there, absent: [1] }}\n    undo: {{ run: \"echo back one >> effects; rm -f there\" }}\n{FAIL}"
    ));
    desk.exec(&[]).exits(1);
    desk.run(&["undo", "--only", "one"]).exits(5);
    desk.project.write("target/there", "");
    desk.run(&["resume"]).exits(1);
    desk.run(&["undo"]).exits(7);
    assert_eq!(desk.effects(), ["one", "back one", "back one"]);
}

/// Begins a run and leaves it after a step.
fn left_after(desk: &Desk, step: &str) -> crate::project::Ran {
    desk.run(&["exec", "work", "--target", "target", "--until", step])
}

/// A run of four steps that was left after the third, and what people call it.
fn left_after_three() -> (Desk, String) {
    let desk = Desk::with(&format!(
        "steps:\n{}{}{}{}",
        step("one", &back("one")),
        step("two", &back("two")),
        step("three", &back("three")),
        step("last", &back("last")),
    ));
    left_after(&desk, "three").exits(5);
    let short = short(&desk);
    (desk, short)
}

/// Whether a command comes to its nth line of the journal and is killed before it.
fn killed_before(desk: &Desk, words: &[&str], nth: usize) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let mut command = desk.command(words);
    command.env("RUNBOOK_FAIL", format!("journal.write:{nth}:before"));
    let output = command.output().expect("the program starts");
    output.status.signal() == Some(9)
}

/// Does something that is killed before its first line, its second and so on, until it is not killed.
fn at_each_line(is_killed: impl Fn(usize) -> bool) {
    let whole = (1..30).find(|nth| !is_killed(*nth));
    assert!(whole.expect("it ends") > 4, "it was killed at some");
}

/// Kills a taking back before each line that it writes; what `judge` gets is whether anything was
/// taken back by then.
fn killed_before_each_line(undo: &[&str], judge: impl Fn(&Desk, &str, bool)) {
    at_each_line(|nth| {
        let (desk, short) = left_after_three();
        let mut words = vec!["undo", &short];
        words.extend(undo);
        let is_killed = killed_before(&desk, &words, nth);
        if is_killed {
            let events = desk.events();
            let mut events = events.iter();
            let is_begun = events.any(|event| event.starts_with("undo.started"));
            judge(&desk, &short, is_begun);
        }
        is_killed
    });
}

#[test]
fn nothing_goes_on_after_an_undo_that_was_killed_at_any_moment() {
    killed_before_each_line(&[], |desk, short, is_begun| {
        if !is_begun {
            desk.run(&["resume", short]).exits(0);
            return assert_eq!(desk.effects(), ["one", "two", "three", "last"]);
        }
        desk.run(&["status", short]).exits(0);
        desk.run(&["resume", short]).exits(8);
        let effects = desk.effects();
        assert!(!effects.contains(&"last".to_owned()), "{effects:?}");
        desk.run(&["undo", short]).exits(7);
        desk.run(&["verify", short]).exits(0);
    });
}

#[test]
fn a_part_whose_undo_was_killed_between_two_steps_is_ended_first() {
    killed_before_each_line(&["--to", "one"], |desk, short, is_begun| {
        let events = desk.events();
        let is_back = |event: &&String| event.starts_with("undo.finished");
        let back = events.iter().filter(is_back).count();
        if is_begun && back < 2 {
            desk.run(&["resume", short]).exits(8);
            let effects = desk.effects();
            assert!(!effects.contains(&"last".to_owned()), "{effects:?}");
            desk.run(&["undo", short]).exits(7);
        } else {
            desk.run(&["resume", short]).exits(0);
            assert_eq!(desk.effects().len(), 4 + 2 * back, "{:?}", desk.effects());
        }
    });
}

#[test]
fn all_of_a_run_that_is_taken_back_after_a_part_of_it_was_cut_off_is_ended_first() {
    at_each_line(|nth| {
        let (desk, short) = left_after_three();
        let part = ["undo", &short, "--to", "two"];
        assert!(killed_before(&desk, &part, 5));
        assert_eq!(desk.effects(), ["one", "two", "three", "back three"]);
        let is_killed = killed_before(&desk, &["undo", &short], nth);
        if is_killed {
            desk.run(&["resume", &short]).exits(8);
            let effects = desk.effects();
            assert!(!effects.contains(&"last".to_owned()), "{effects:?}");
            desk.run(&["undo", &short]).exits(7);
        }
        let back = ["back three", "back two", "back one"];
        assert_eq!(desk.effects()[3..], back);
        desk.run(&["verify", &short]).exits(0);
        is_killed
    });
}

#[test]
fn words_about_an_undo_that_failed_do_not_lead_in_a_circle() {
    let desk = Desk::with(&format!(
        "steps:\n{}{}{FAIL}",
        step("one", ONCE_OK),
        step("two", &back("two"))
    ));
    desk.exec(&[]).exits(1);
    let short = short(&desk);
    let undone = desk.run(&["undo", &short]).exits(8).stdout;
    let way = format!("runbook undo {short}");
    assert!(
        undone.contains(&format!("fix what failed, then type: {way}")),
        "{undone}"
    );

    let status = desk.run(&["status"]).exits(0).stdout;
    let state = "open, undone in part, the undo of one failed";
    assert!(status.contains(state), "{status}");
    assert!(status.contains("undone      two"), "{status}");
    assert!(
        status.contains(&format!("continue with: {way}")),
        "{status}"
    );
    for verb in [vec!["runs"], vec![], vec!["status"], vec!["resume", &short]] {
        let said = desk.run(&verb).stdout;
        assert!(!said.contains("failed at fail"), "{verb:?}: {said}");
        assert!(!said.contains("runbook resume"), "{verb:?}: {said}");
    }

    desk.project.write("target/ok", "");
    desk.run(&["undo", &short]).exits(7);
    let status = desk.run(&["status", &short]).exits(0).stdout;
    assert!(status.contains("undone      one"), "{status}");
    assert!(status.contains("undone      two"), "{status}");
}

#[test]
fn a_failed_undo_of_a_finished_run_says_what_to_type() {
    let desk = Desk::with(&format!("steps:\n{}", step("one", ONCE_OK)));
    desk.exec(&[]).exits(0);
    let short = short(&desk);
    for part in [vec![], vec!["--only", "one"]] {
        let mut undo = vec!["undo", &short];
        undo.extend(part);
        undo.extend(["--confirm", &short]);
        let said = desk.run(&undo).exits(8).stdout;
        let way = format!("fix what failed, then type: runbook {}", undo.join(" "));
        assert!(said.contains(&way), "{said}");
    }
}

/// Two finished runs under one lock: the first can be taken back, and the second did what `later`
/// says. The refusal to take the first one back, and the ends of their ids.
fn overtaken(later: &str) -> (Desk, String, String) {
    let lock = "lock: { key: prod }\n";
    let desk = Desk::with(&format!("{lock}steps:\n{}", step("one", &back("one"))));
    desk.exec(&[]).exits(0);
    let first = short(&desk);
    let head = "runbook: 1\nversion: 1.0.0\ntitle: Test\nowner: developer\nfixes: x\nid: later\n";
    desk.project
        .write("runbooks/later.yaml", format!("{head}{lock}{later}"));
    desk.run(&["exec", "later", "--target", "target"]);
    if later.contains("manual") {
        let ids = ids(&desk);
        desk.run(&["answer", &ids[1][20..], "hand"]).exits(0);
        desk.run(&["resume", &ids[1][20..]]).exits(0);
    }
    let second = ids(&desk)[1][20..].to_owned();
    (desk, first, second)
}

/// The ids of all runs, the oldest first.
fn ids(desk: &Desk) -> Vec<String> {
    let runs = desk.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list").iter();
    let mut ids: Vec<String> = runs
        .map(|run| run["run"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn a_run_that_forbids_an_undo_is_kept_as_long_as_that_one() {
    let (desk, first, second) = overtaken(&format!("steps:\n{}", step("two", &back("two"))));
    let undo = ["undo", &first, "--confirm", &first];
    desk.run(&undo).exits(3);
    // A remark keeps the first one: it is the second alone that is too old.
    let folder = desk.folder_of(&ids(&desk)[1]);
    desk.forge_in(&folder, |line| line["at"] = "2026-01-01T00:00:00Z".into());
    desk.run(&["note", &first, "x"]).exits(0);

    for words in [vec!["--dry-run"], vec![]] {
        let mut gc = vec!["gc", "--keep", "1d"];
        gc.extend(words);
        let said = desk.run(&gc).exits(0).stdout;
        assert!(said.contains(&format!("{second} is kept")), "{said}");
        assert!(said.contains("0 runs"), "{said}");
    }
    desk.run(&undo).exits(3);
    assert_eq!(desk.effects(), ["one", "two"]);

    // Without anything that stands under it, it goes.
    desk.run(&["undo", &second, "--confirm", &second]).exits(7);
    desk.run(&undo).exits(7);
    let said = desk.run(&["gc", "--keep", "0d"]).exits(0).stdout;
    assert!(said.contains("2 runs removed"), "{said}");
}

#[test]
fn two_runs_with_one_lock_go_together() {
    let (desk, ..) = overtaken(&format!("steps:\n{}", step("two", &back("two"))));
    let said = desk.run(&["gc", "--keep", "0d"]).exits(0).stdout;
    assert!(said.contains("2 runs removed"), "{said}");
}

#[test]
fn a_later_run_that_cannot_be_taken_back_by_the_program_says_what_to_do_by_hand() {
    let see = "steps:\n  - { id: see, title: See, check: { run: date } }\n";
    let bad = "steps:\n  - { id: bad, title: Bad, check: { run: \"false\" }, on_fail: fail }\n";
    let two = step("two", &back("two"));
    let idempotent =
        "  - { id: two, title: two, run: \"echo two >> effects\", effect: idempotent }\n";
    let manual = "steps:\n  - { id: hand, title: Hand, manual: { text: Do it. } }\n";
    for (later, why) in [
        (
            format!("{see}finally:\n{idempotent}"),
            "not undone: it has no undo",
        ),
        (
            format!("{bad}on_failure:\n{idempotent}"),
            "not undone: it has no undo",
        ),
        (manual.to_owned(), "not undone: it was done by hand"),
        (
            format!("steps:\n{}", step("two", "{ none: Users have it. }")),
            "stays: Users have it.",
        ),
        (
            format!("steps:\n{}{two}", step("stuck", "{ none: Users have it. }")),
            "stays: Users have it.",
        ),
        (
            format!("undo: {{ instead: work }}\nsteps:\n{two}"),
            "runbook exec work",
        ),
    ] {
        let (desk, first, second) = overtaken(&later);
        let before = desk.effects();
        let refused = desk.run(&["undo", &first, "--confirm", &first]).exits(3);
        let said = refused.stderr;
        let circle = format!("runbook undo {second}");
        let by_hand = format!("runbook undo {first} --plan");
        assert!(
            said.contains(why) && said.contains(&by_hand),
            "{later}: {said}"
        );
        assert!(!said.contains(&circle), "{later}: {said}");
        assert_eq!(desk.effects(), before, "{later}");
        desk.run(&["undo", &first, "--plan"]).exits(0);
    }
}
