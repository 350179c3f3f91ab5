//! A registry asks for a second factor: at a publication, at the question whether it happened, at the
//! way back. The terminal is given to the command that asks, once, and nothing is sent twice.

use crate::desk::{Desk, at_once};
use crate::project::files_below;
use crate::terminal::Terminal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a person types: it is nowhere in what is kept.
const CODE: &str = "314159";

/// npm as far as this is about. `factor` says how it asks, `asks` at which verbs. Each effect is a line
/// in `effects`.
const NPM: &str = r#"#!/usr/bin/env bash
ask() {
  grep -qx "$1" asks || return 0
  case "$(cat factor)" in
    none) return 0 ;;
    code)
      if test -t 0 && test -t 1; then
        echo "npm notice This operation requires a one-time password."
        printf 'Enter OTP: '
        IFS= read -r code
        test "$code" = 314159 && return 0
      fi
      printf 'npm \033[31merror\033[39m \033[94mcode\033[39m EOTP\r\n' >&2
      printf 'npm error This operation requires a one-time password from your authenticator.\n' >&2
      exit 1 ;;
    browser)
      echo 'Authenticate your account at: https://registry.example/auth/cli/0815'
      if test -t 0; then
        echo 'Press ENTER to open in the browser...'
        until test -e allowed; do sleep 0.02; done
        return 0
      fi
      exit 1 ;;
    hanging)
      echo 'Authenticate your account at: https://registry.example/auth/cli/0815'
      until test -e allowed; do sleep 0.02; done ;;
  esac
}
case "$1" in
  publish|deprecate)
    echo "$1" >> called
    ask "$1"
    echo "$1" >> effects
    test ! -e slow || until test -e go; do sleep 0.02; done ;;
  view) ask view; grep -qx publish effects || { echo 'npm error code E404' >&2; exit 1; } ;;
  deprecated) ask deprecated; grep -qx deprecate effects || exit 1 ;;
esac
"#;

const ASKS: &str =
    r#"{ exit: [1], says: ["npm error code EOTP", "Authenticate your account at"] }"#;

/// A desk at which these verbs ask in this way.
fn desk(factor: &str, asks: &str) -> Desk {
    with(factor, asks, "")
}

fn with(factor: &str, asks: &str, further: &str) -> Desk {
    let desk = Desk::with(&format!(
        r#"steps:
  - id: publish
    title: Publish
    exec: [./npm, publish]
    interactive: {ASKS}
{further}    verify:
      exec: [./npm, view]
      absent: [1]
      interactive: {ASKS}
    undo:
      exec: [./npm, deprecate]
      interactive: {ASKS}
      verify: {{ exec: [./npm, deprecated], absent: [1], interactive: {ASKS} }}
  - id: after
    title: After
    run: |
      echo after >> effects
    effect: idempotent
"#
    ));
    desk.project
        .write("target/npm", NPM)
        .write("target/factor", factor)
        .write("target/asks", asks.replace(' ', "\n"))
        .write("target/called", "");
    let npm = desk.project.path("target/npm");
    fs::set_permissions(npm, fs::Permissions::from_mode(0o755)).expect("it is ours");
    desk
}

fn exec(desk: &Desk) -> Command {
    desk.command(&["exec", "work", "--target", "target"])
}

/// Gives the command at the terminal what it asks for.
fn answer(desk: &Desk, factor: &str, terminal: &mut Terminal) {
    match factor {
        "code" => {
            terminal.shows("Enter OTP: ").types(CODE);
        }
        _ => {
            terminal.shows("/auth/cli/0815").shows("Press ENTER");
            desk.project.write("target/allowed", "");
        }
    }
}

#[track_caller]
fn finishes(terminal: &mut Terminal) {
    terminal.shows("is finished");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
}

#[track_caller]
fn is_undone(terminal: &mut Terminal) {
    terminal.shows("undo complete");
    assert_eq!(terminal.ends(), 7, "{}", terminal.text());
}

/// The lines of the journal of the only run of this type.
fn lines(desk: &Desk, kind: &str) -> Vec<Value> {
    let journal = fs::read_to_string(desk.folder().join("journal.jsonl")).expect("it is there");
    let lines = journal.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
    lines.filter(|line| line["type"] == kind).collect()
}

fn nothing_typed_is_kept(desk: &Desk) {
    for (name, bytes) in files_below(&desk.project.path("state")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(CODE), "{name}: {text}");
    }
}

fn undo(desk: &Desk) -> Command {
    let id = desk.id();
    desk.command(&["undo", &id, "--confirm", &id[20..]])
}

#[test]
fn a_step_is_given_the_terminal_only_if_it_asks_and_once() {
    for factor in ["code", "browser"] {
        let desk = desk(factor, "publish");
        let mut terminal = Terminal::seated(&exec(&desk));
        answer(&desk, factor, &mut terminal);
        finishes(&mut terminal);

        assert_eq!(desk.effects(), ["publish", "after"]);
        let finished = lines(&desk, "step.finished");
        assert_eq!(finished[0]["outcome"], "failed");
        assert!(finished[0]["refused"].is_string(), "{}", finished[0]);
        assert!(finished[1]["refused"].is_null(), "{}", finished[1]);
        let started = lines(&desk, "step.started");
        assert_eq!(started[1]["terminal"], true);
        assert!(started[0]["terminal"].is_null() && started[2]["terminal"].is_null());
        let log = desk.folder().join("steps/publish.2/log");
        assert_eq!(fs::read(log).expect("it is there"), b"", "it has no log");
        nothing_typed_is_kept(&desk);
        let id = desk.id();
        desk.run(&["verify", &id]).exits(0);
        let report = desk.run(&["report", &id]).exits(0).stdout;
        assert!(report.contains("at the terminal of a person"), "{report}");
    }
}

#[test]
fn a_step_that_does_not_ask_runs_without_a_terminal_and_is_logged() {
    let desk = desk("none", "publish");
    desk.run(&["exec", "work", "--target", "target"]).exits(0);
    assert_eq!(desk.effects(), ["publish", "after"]);
    assert_eq!(desk.project.read("target/called"), "publish\n");
}

#[test]
fn without_a_terminal_the_run_is_suspended_says_what_is_asked_and_tries_nothing_again() {
    for factor in ["code", "browser"] {
        let desk = desk(factor, "publish");
        let ran = desk.exec(&[]).exits(5);
        let id = desk.id();
        let way = format!("continue at a terminal: runbook resume {}", &id[20..]);
        assert!(ran.stdout.contains("publish needs a terminal"), "{ran:?}");
        assert!(ran.stdout.contains(&way), "{ran:?}");

        let again = desk.run(&["resume"]).exits(5);
        assert!(again.stdout.contains(&way), "{again:?}");
        assert_eq!(desk.project.read("target/called"), "publish\n");
        assert_eq!(lines(&desk, "step.started").len(), 1);

        let said = match factor {
            "code" => "npm error code EOTP",
            _ => "Authenticate your account at",
        };
        let status = desk.json(&["status", &id, "--json"]);
        assert_eq!(status["waiting"]["step"], "publish");
        let why = status["waiting"]["for"].as_str().expect("a text");
        assert!(why.contains("terminal") && why.contains(said), "{why}");
        let command = format!("runbook resume {}", &id[20..]);
        assert_eq!(status["waiting"]["command"], command);
        assert_eq!(status["state"], "waiting at publish");
        assert_eq!(status["exit"]["code"], 5);
        for words in [
            vec![],
            vec!["status", &id],
            vec!["watch", &id],
            vec!["report", &id],
        ] {
            let shown = desk.run(&words).stdout;
            assert!(shown.contains(said), "{words:?}: {shown}");
        }

        let mut terminal = Terminal::seated(&desk.command(&["resume"]));
        answer(&desk, factor, &mut terminal);
        finishes(&mut terminal);
        assert_eq!(desk.effects(), ["publish", "after"]);
        nothing_typed_is_kept(&desk);
    }
}

#[test]
fn what_was_sent_from_elsewhere_meanwhile_is_not_sent_again() {
    let desk = desk("code", "publish");
    desk.exec(&[]).exits(5);
    desk.project.write("target/effects", "publish\n");

    desk.run(&["resume"]).exits(0);

    assert_eq!(desk.effects(), ["publish", "after"]);
    assert_eq!(desk.project.read("target/called"), "publish\n");
}

#[test]
fn a_wrong_code_fails_the_step_and_a_further_try_runs_plainly_first() {
    let desk = desk("code", "publish");
    let mut terminal = Terminal::seated(&exec(&desk));
    terminal.shows("Enter OTP: ").types("000000");
    terminal.shows("publish failed").types("r");
    answer(&desk, "code", &mut terminal);
    finishes(&mut terminal);

    assert_eq!(desk.effects(), ["publish", "after"]);
    let started = lines(&desk, "step.started");
    let at: Vec<bool> = started
        .iter()
        .map(|line| line["terminal"] == true)
        .collect();
    assert_eq!(at, [false, true, false, true, false]);
}

#[test]
fn a_command_that_waits_for_the_browser_without_a_terminal_is_refused_when_its_time_is_over() {
    let desk = with("hanging", "publish", "    timeout: 1s\n");
    let ran = desk.exec(&[]).exits(5);
    assert!(ran.stdout.contains("publish needs a terminal"), "{ran:?}");
    assert_eq!(desk.effects(), [""; 0]);

    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    terminal.shows("/auth/cli/0815");
    desk.project.write("target/allowed", "");
    finishes(&mut terminal);
    assert_eq!(desk.effects(), ["publish", "after"]);
}

/// The same words do not make a refusal of a try that did something.
#[test]
fn a_try_that_was_accepted_or_ends_otherwise_is_not_refused() {
    for (run, code) in [
        (
            "echo ok >> \"$RB_ACCEPTED\"; echo 'npm error code EOTP'; exit 1",
            1,
        ),
        ("echo 'npm error code EOTP'; exit 2", 1),
        ("echo 'npm error code E403'; exit 1", 1),
        ("printf 'npm error\\ncode EOTP\\n'; exit 1", 1),
        ("echo 'npm error code EOTP'; kill -KILL $$", 6),
        ("echo 'npm error code EOTP'; setsid sleep 30 & exit 1", 6),
        ("echo 'npm error code EOTP'; exit 0", 0),
        ("printf 'npm \\033[1merror\\033[0m code EOTP'; exit 1", 5),
    ] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: publish\n    title: Publish\n    run: |\n      echo run >> effects\n      {run}\n    interactive: {ASKS}\n    undo: {{ none: It is a test. }}\n"
        ));
        desk.exec(&[]).exits(code);
        desk.run(&["resume"]);
        assert_eq!(desk.effects(), ["run"], "{run}");
    }
}

#[test]
fn a_verify_that_asks_is_given_the_terminal_and_the_step_waits_for_its_answer() {
    for factor in ["code", "browser"] {
        let desk = desk(factor, "view");
        let ran = desk.exec(&[]).exits(5);
        assert!(
            ran.stdout.contains("its verify asks for a person"),
            "{ran:?}"
        );
        desk.run(&["resume"]).exits(5);
        assert_eq!(desk.project.read("target/called"), "", "nothing is begun");
        assert_eq!(lines(&desk, "step.verified").len(), 1, "it is said once");
        let status = desk.json(&["status", &desk.id(), "--json"]);
        assert_eq!(status["waiting"]["step"], "publish");

        let mut terminal = Terminal::seated(&desk.command(&["resume"]));
        answer(&desk, factor, &mut terminal);
        finishes(&mut terminal);
        assert_eq!(desk.effects(), ["publish", "after"]);
        nothing_typed_is_kept(&desk);
    }
}

#[test]
fn a_verify_that_says_yes_at_the_terminal_keeps_the_step_from_being_done() {
    let desk = desk("code", "view");
    desk.project.write("target/effects", "publish\n");
    let mut terminal = Terminal::seated(&exec(&desk));
    answer(&desk, "code", &mut terminal);
    terminal.shows("already so").shows("is finished");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    assert_eq!(desk.effects(), ["publish", "after"]);
}

#[test]
fn an_undo_that_asks_is_given_the_terminal_once() {
    for asks in ["deprecate", "deprecated"] {
        for factor in ["code", "browser"] {
            let desk = desk(factor, asks);
            desk.exec(&[]).exits(0);
            let mut terminal = Terminal::seated(&undo(&desk));
            answer(&desk, factor, &mut terminal);
            is_undone(&mut terminal);
            assert_eq!(desk.effects(), ["publish", "after", "deprecate"]);
            nothing_typed_is_kept(&desk);
            desk.run(&["verify", &desk.id()]).exits(0);
        }
    }
}

#[test]
fn without_a_terminal_an_undo_that_asks_stays_open_and_tries_nothing_again() {
    for asks in ["deprecate", "deprecated"] {
        for factor in ["code", "browser"] {
            let desk = desk(factor, asks);
            desk.exec(&[]).exits(0);
            let id = desk.id();
            let run = |mut command: Command| {
                let output = command.output().expect("it starts");
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert_eq!(output.status.code(), Some(5), "{said}");
                said
            };
            let way = format!("runbook undo {} --confirm {0}", &id[20..]);
            for _ in 0..2 {
                let said = run(undo(&desk));
                assert!(said.contains("publish needs a terminal"), "{said}");
                assert!(said.contains(&way), "{said}");
            }
            let called = match asks {
                "deprecate" => "publish\ndeprecate\n",
                _ => "publish\n",
            };
            assert_eq!(desk.project.read("target/called"), called);
            let status = desk.json(&["status", &id, "--json"]);
            assert_eq!(status["waiting"]["step"], "publish", "{status}");
            assert_eq!(status["waiting"]["command"], way);
            assert_eq!(status["exit"]["code"], 5);

            let mut terminal = Terminal::seated(&undo(&desk));
            answer(&desk, factor, &mut terminal);
            is_undone(&mut terminal);
            assert_eq!(desk.effects(), ["publish", "after", "deprecate"]);
        }
    }
}

#[test]
fn an_undo_that_does_not_ask_needs_no_terminal() {
    let desk = desk("none", "publish view deprecate deprecated");
    desk.exec(&[]).exits(0);
    let code = undo(&desk).status().expect("it starts").code();
    assert_eq!(code, Some(7));
    assert_eq!(desk.effects(), ["publish", "after", "deprecate"]);
}

#[test]
fn a_secret_reaches_the_command_at_the_terminal_too() {
    let desk = Desk::with(&format!(
        r#"params:
  token: {{ type: secret, from: {{ command: [cat, hidden] }} }}
steps:
  - id: publish
    title: Publish
    run: |
      cmp "$RB_SECRET_TOKEN" ../hidden
      test -t 0 || {{ echo "npm error code EOTP"; exit 1; }}
      echo publish >> effects
    interactive: {ASKS}
    undo: {{ none: It is a test. }}
"#
    ));
    desk.project.write("hidden", "correct-horse-battery");
    let mut terminal = Terminal::seated(&exec(&desk));
    finishes(&mut terminal);
    assert_eq!(desk.effects(), ["publish"]);
    for (name, bytes) in files_below(&desk.project.path("state")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("correct-horse"), "{name}: {text}");
    }
}

/// The moments of a run at a terminal that a process of it passes: the point, and the how-manieth time.
fn moments(desk: &Desk) -> Vec<(String, u32)> {
    let trace = desk.project.path("trace");
    let mut command = exec(desk);
    command.env("RUNBOOK_TRACE", &trace);
    let mut terminal = Terminal::seated(&command);
    finishes(&mut terminal);
    let mut passed: BTreeMap<(String, String), u32> = BTreeMap::new();
    let text = fs::read_to_string(trace).expect("it was written");
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let (pid, point) = line.split_once(' ').expect("a process and a point");
        let times = passed
            .entry((pid.to_owned(), point.to_owned()))
            .or_default();
        *times += 1;
        // Reading changes nothing.
        if !point.ends_with(".open") && !point.ends_with(".read") {
            found.insert((point.to_owned(), *times));
        }
    }
    found.into_iter().collect()
}

/// Lets a program run at a terminal at which nobody answers a question of its own; its exit code.
fn left_alone(command: &Command) -> i32 {
    Terminal::seated(command).answers_nothing()
}

/// Goes on until the run needs nobody, at a terminal where it asks for one; the last exit code.
fn go_on(desk: &Desk) -> i32 {
    let mut code = -1;
    for _ in 0..6 {
        let begun = desk.json(&["runs", "--json"]);
        let begun = begun.as_array().expect("a list");
        if begun.iter().any(|run| run["state"] == "finished") {
            return 0;
        }
        let mut command = match !begun.is_empty() {
            true => desk.command(&["resume"]),
            false => exec(desk),
        };
        let output = command.output().expect("it starts");
        code = output.status.code().unwrap_or(-1);
        match code {
            0 | 6 => return code,
            5 => {
                code = left_alone(&desk.command(&["resume"]));
                if code == 0 {
                    return code;
                }
            }
            _ => {}
        }
    }
    code
}

/// Takes the `verify` of the step away.
fn without_verify(desk: &Desk) {
    let asked = format!(
        "    verify:\n      exec: [./npm, view]\n      absent: [1]\n      interactive: {ASKS}\n"
    );
    desk.project.edit("runbooks/work.yaml", &asked, "");
}

/// The browser is open already: nobody has to type anything.
fn allowed(further: &str) -> Desk {
    let desk = with("browser", "publish", further);
    desk.project.write("target/allowed", "");
    desk
}

#[test]
fn killed_at_any_moment_nothing_is_sent_twice() {
    let points = moments(&allowed(""));
    assert!(points.len() > 40, "{points:?}");
    // What comes after one operation is what comes before the next.
    let kills: Vec<(&(String, u32), &str, bool)> = points
        .iter()
        .enumerate()
        .map(|(at, point)| match point.0.as_str() {
            "journal.write" => (point, ["before", "within"][at % 2], at % 3 > 0),
            _ => (point, "after", at % 3 > 0),
        })
        .collect();
    let died = AtomicUsize::new(0);
    at_once(kills.len(), |at| {
        let ((point, nth), how, has_verify) = kills[at];
        let fail = format!("{point}:{nth}:{how}");
        let what = format!("{fail}, verify: {has_verify}");
        let desk = allowed("");
        if !has_verify {
            without_verify(&desk);
        }
        let mut command = exec(&desk);
        command.env("RUNBOOK_FAIL", &fail);
        if left_alone(&command) != 0 {
            died.fetch_add(1, Ordering::Relaxed);
        }

        let code = go_on(&desk);
        let effects = desk.effects();
        let sent = effects.iter().filter(|effect| *effect == "publish").count();
        match has_verify {
            true => assert_eq!((code, sent), (0, 1), "{what}: {effects:?}"),
            false => assert!(
                (code == 0 && sent == 1) || (code == 6 && sent <= 1),
                "{what}: {code} {effects:?}"
            ),
        }
        desk.run(&["verify", &desk.id()]).exits(0);
    });
    let died = died.into_inner();
    assert!(
        died * 2 > kills.len(),
        "{died} of {} were killed",
        kills.len()
    );
}

#[test]
fn killed_during_the_entry_the_step_is_asked_about_and_begins_anew_if_it_did_nothing() {
    let desk = desk("code", "publish");
    let mut terminal = Terminal::seated(&exec(&desk));
    terminal.shows("Enter OTP: ");
    terminal.kill();
    terminal.ends();

    desk.run(&["resume"]).exits(5);
    assert_eq!(desk.effects(), [""; 0]);
    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    answer(&desk, "code", &mut terminal);
    finishes(&mut terminal);
    assert_eq!(desk.effects(), ["publish", "after"]);
    nothing_typed_is_kept(&desk);
}

#[test]
fn killed_after_the_entry_the_effect_is_found_or_in_doubt_and_not_repeated() {
    for has_verify in [true, false] {
        let desk = desk("code", "publish");
        if !has_verify {
            without_verify(&desk);
        }
        desk.project.write("target/slow", "");
        let mut terminal = Terminal::seated(&exec(&desk));
        answer(&desk, "code", &mut terminal);
        desk.wait_for_effects(1);
        terminal.kill();
        terminal.ends();
        desk.project.write("target/go", "");

        let expected = if has_verify { 0 } else { 6 };
        desk.run(&["resume"]).exits(expected);
        let sent = desk
            .effects()
            .iter()
            .filter(|effect| *effect == "publish")
            .count();
        assert_eq!(sent, 1, "verify: {has_verify}");
    }
}

#[test]
fn an_undo_killed_in_its_entry_or_after_it_is_not_repeated_unasked() {
    for after in [false, true] {
        let desk = desk("code", "deprecate");
        desk.exec(&[]).exits(0);
        desk.project.write("target/slow", "");
        let mut terminal = Terminal::seated(&undo(&desk));
        match after {
            false => {
                terminal.shows("Enter OTP: ");
            }
            true => {
                answer(&desk, "code", &mut terminal);
                desk.wait_for_effects(3);
            }
        }
        terminal.kill();
        terminal.ends();
        desk.project.write("target/go", "");

        let code = undo(&desk).output().expect("it starts").status.code();
        assert_eq!(code, Some(if after { 7 } else { 5 }), "after: {after}");
        if !after {
            let mut terminal = Terminal::seated(&undo(&desk));
            answer(&desk, "code", &mut terminal);
            is_undone(&mut terminal);
        }
        assert_eq!(desk.effects(), ["publish", "after", "deprecate"]);
    }
}

#[test]
fn a_rehearsal_plays_what_asks_for_a_person() {
    let desk = desk("code", "publish");
    desk.project.write(
        "runbooks/work.test.yaml",
        "tests: 1
runbook: work
succeed: [publish, after]
cases:
  - name: Nobody is asked
    expect: { exit: 0, path: [publish, after], effects: [publish, after] }
  - name: The step asks
    fakes: { publish: { refused: true } }
    expect: { exit: 5, path: [publish needs a terminal], effects: [] }
  - name: Its verify asks
    fakes: { publish: { verify: refused } }
    expect: { exit: 5, path: [], effects: [] }
  - name: Its undo asks
    fakes: { publish: { undo: refused }, after: { exit: 1 } }
    then: undo
    expect: { exit: 5, path: [publish, after failed, undo publish needs a terminal], effects: [publish] }
  - name: It was accepted and is not there yet when the machine stops
    fakes: { publish: [{ accepted: true, crash: before_effect }, {}] }
    expect: { exit: 0, path: [publish found absent, publish, after] }
  - name: It was accepted, cannot be seen, and the machine stops
    fakes: { publish: { accepted: true, took_effect: false, crash: after_effect } }
    expect: { exit: 6, path: [publish in doubt], effects: [] }
",
    );
    desk.run(&["check"]).exits(0);
    let ran = desk.run(&["test", "work"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_fake_asks_only_as_the_runbook_says() {
    for (fake, code) in [
        ("after: { refused: true }", 3),
        ("after: { undo: refused }", 3),
        ("publish: { refused: true }", 0),
    ] {
        let desk = desk("code", "publish");
        desk.project.write(
            "runbooks/work.test.yaml",
            format!("tests: 1\nrunbook: work\nsucceed: [publish, after]\ncases:\n  - name: One\n    fakes: {{ {fake} }}\n    expect: {{ exit: 5 }}\n"),
        );
        let ran = desk.run(&["check"]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let is_named = said.contains("does not say how it asks there");
        assert_eq!(is_named, code == 3, "{fake}: {said}");
    }
}

#[test]
fn the_page_and_the_plan_say_when_the_terminal_is_asked_for() {
    let desk = desk("code", "publish");
    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/runbooks/work.html");
    let words = "uses your terminal only if it says “npm error code EOTP” or “Authenticate your account at”";
    assert_eq!(
        page.matches(words).count(),
        3,
        "step, verify and undo: {page}"
    );
    let plan = desk.run(&["plan", "work", "--target", "target"]).stdout;
    assert!(plan.contains("takes the terminal if it says"), "{plan}");
}

/// Each question at the terminal belongs to one command: the verify before the first go and before the
/// second, and the second go.
#[test]
fn a_verify_and_its_step_that_both_ask_are_given_the_terminal_one_after_the_other() {
    let desk = desk("code", "publish view");
    let mut terminal = Terminal::seated(&exec(&desk));
    for _ in 0..3 {
        answer(&desk, "code", &mut terminal);
    }
    finishes(&mut terminal);
    assert_eq!(desk.effects(), ["publish", "after"]);
    assert_eq!(desk.project.read("target/called"), "publish\npublish\n");
}

/// Killed after the effect, with a verify that asks: nobody is there, so it stays in doubt until somebody is.
#[test]
fn a_doubt_that_only_a_verify_at_the_terminal_can_settle_waits_for_it() {
    let desk = desk("code", "publish");
    desk.project.write("target/slow", "");
    let mut terminal = Terminal::seated(&exec(&desk));
    answer(&desk, "code", &mut terminal);
    desk.wait_for_effects(1);
    terminal.kill();
    terminal.ends();
    desk.project
        .write("target/go", "")
        .write("target/asks", "view\n");

    let ran = desk.run(&["resume"]).exits(6);
    assert!(
        ran.stdout.contains("needs a terminal: its verify asks"),
        "{ran:?}"
    );
    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    answer(&desk, "code", &mut terminal);
    finishes(&mut terminal);
    assert_eq!(desk.effects(), ["publish", "after"]);
}

#[test]
fn each_item_of_a_loop_is_given_the_terminal_by_itself() {
    let desk = with(
        "code",
        "publish",
        "    for_each: { in: [one, two], as: package, max: 1 }\n",
    );
    without_verify(&desk);

    let ran = desk.exec(&[]).exits(5);
    assert!(
        ran.stdout.contains("publish[one] needs a terminal"),
        "{ran:?}"
    );
    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    answer(&desk, "code", &mut terminal);
    answer(&desk, "code", &mut terminal);
    finishes(&mut terminal);
    assert_eq!(desk.effects(), ["publish", "publish", "after"]);
}

#[test]
fn a_rollback_that_the_runbook_wants_waits_for_the_terminal_and_goes_on_there() {
    let desk = desk("code", "deprecate");
    desk.project.edit(
        "runbooks/work.yaml",
        "      echo after >> effects\n",
        "      echo after >> effects\n      false\n    on_fail: rollback\n",
    );
    let ran = desk.exec(&[]).exits(5);
    assert!(
        ran.stdout
            .contains("publish needs a terminal: its undo asks"),
        "{ran:?}"
    );
    desk.run(&["resume"]).exits(5);
    assert_eq!(desk.project.read("target/called"), "publish\ndeprecate\n");

    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    answer(&desk, "code", &mut terminal);
    is_undone(&mut terminal);
    assert_eq!(desk.effects(), ["publish", "after", "deprecate"]);
}

#[test]
fn by_a_changed_plan_the_command_runs_plainly_first() {
    let desk = desk("code", "publish");
    desk.exec(&[]).exits(5);
    desk.project
        .edit("runbooks/work.yaml", "title: After", "title: Afterwards");
    desk.project.write("target/factor", "none");
    desk.run(&["resume", "--replan", "--reason", "a better title"])
        .exits(0);
    let started = lines(&desk, "step.started");
    assert!(started.iter().all(|line| line["terminal"].is_null()));
    assert_eq!(desk.effects(), ["publish", "after"]);
}

#[test]
fn a_secret_by_standard_input_and_the_terminal_do_not_go_together() {
    for (expose, interactive, code) in [
        ("stdin", ASKS, 3),
        ("stdin", "true", 3),
        ("file", ASKS, 0),
        ("stdin", "false", 0),
    ] {
        let desk = Desk::with(&format!(
            r#"params:
  token: {{ type: secret, expose: {expose}, from: {{ command: [cat, hidden] }} }}
steps:
  - id: publish
    title: Publish
    run: |
      : RB_SECRET_TOKEN
    interactive: {interactive}
    verify: {{ exec: [./view], absent: [1] }}
"#
        ));
        let ran = desk.run(&["check"]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let is_named = said.contains("comes by standard input");
        assert_eq!(is_named, code == 3, "{expose} {interactive}: {said}");
    }
}

/// A look ahead asks nobody, and takes no question of a verify for a no.
#[test]
fn a_look_ahead_says_of_a_verify_that_asks_that_it_cannot_tell() {
    let desk = desk("code", "view");
    let looked = ["plan", "work", "--target", "target", "--probe", "--json"];
    let plan = desk.json(&looked).to_string();
    assert!(
        plan.contains("cannot_tell") && !plan.contains("not_yet"),
        "{plan}"
    );
    desk.project.write("target/factor", "none");
    let plan = desk.json(&looked).to_string();
    assert!(
        plan.contains("not_yet") && !plan.contains("cannot_tell"),
        "{plan}"
    );
}
