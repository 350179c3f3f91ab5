//! Somebody wants a run to stop, and what becomes of the step that runs.

use crate::desk::{Desk, until};
use crate::project::ends;
use crate::terminal::Terminal;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::path::Path;

/// A step that says and does something, then goes on until the file `go` is there.
const SLOW: &str = "steps:\n  - id: slow\n    title: Slow\n    run: |\n      echo begins >> effects\n      echo first half\n      until test -e go; do sleep 0.02; done\n      echo second half\n      echo ends >> effects\n    effect: idempotent\n";

fn sit_down(desk: &Desk, arguments: &[&str]) -> Terminal {
    Terminal::seated(&desk.command(arguments))
}

fn begin(desk: &Desk) -> Terminal {
    sit_down(desk, &["exec", "work", "--target", "target"])
}

fn is_alive(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}

/// The line of the journal about the end of the only step.
fn finished(desk: &Desk) -> Value {
    let journal = std::fs::read_to_string(desk.folder().join("journal.jsonl"));
    let journal = journal.expect("there is a journal");
    let line = journal.lines().find(|line| line.contains("step.finished"));
    serde_json::from_str(line.expect("the step ended")).expect("a line is JSON")
}

#[test]
fn ctrl_c_in_a_running_step_asks_what_to_do() {
    for (key, shown, code) in [
        ("w", "is finished", 0),
        ("i", "FAILED: stopped by the operator", 1),
        ("k", "FAILED: stopped by the operator", 1),
        ("\x03", "FAILED: stopped by the operator", 1), // twice is as good as i
        ("d", "slow continues in the background", 5),
        ("\x04", "slow continues in the background", 5), // the end of input
    ] {
        let desk = Desk::with(SLOW);
        let mut terminal = begin(&desk);
        terminal.shows("| first half").presses("\x03");
        terminal.shows("[d] detach").types("x").shows("[d] detach");
        match key.len() == 1 && key.is_ascii() && !key.starts_with(char::is_control) {
            true => terminal.types(key),
            false => terminal.presses(key),
        };
        if key == "w" {
            desk.project.write("target/go", "");
        }
        terminal.shows(shown);
        if code == 1 {
            terminal.shows("[r] try again").types("q");
        }
        assert_eq!(terminal.ends(), code, "{key:?}: {}", terminal.text());
        if code == 1 {
            assert_eq!(finished(&desk)["outcome"], "canceled", "{key:?}");
            assert_eq!(desk.effects(), ["begins"], "{key:?}");
            continue;
        }
        desk.project.write("target/go", "");
        if code == 5 {
            desk.run(&["resume"]).exits(0);
        }
        assert_eq!(desk.effects(), ["begins", "ends"], "{key:?}");
    }
}

#[test]
fn a_stopped_step_takes_its_processes_along_and_names_who_left_its_session() {
    let desk = Desk::with(
        "steps:\n  - id: slow\n    title: Slow\n    run: |\n      (trap '' INT TERM; echo $BASHPID > stubborn; while :; do sleep 0.05; done) &\n      setsid sleep 600 > away 2>&1 &\n      echo $! > daemon\n      until test -s stubborn; do sleep 0.02; done\n      echo begins >> effects\n      wait\n    effect: idempotent\n",
    );
    let mut terminal = begin(&desk);
    desk.wait_for_effects(1);
    let daemon = desk.project.read("target/daemon").trim().to_owned();

    terminal.presses("\x03").shows("[i] interrupt").types("i");
    terminal.shows(&format!("still runs: sleep (process {daemon})"));
    terminal.shows("[r] try again").types("q");
    assert_eq!(terminal.ends(), 1);

    assert!(!is_alive(&desk.project.read("target/stubborn")));
    let survivor = &finished(&desk)["survivors"][0];
    assert_eq!(survivor["name"], "sleep", "{survivor}");
    assert_eq!(survivor["pid"].to_string(), daemon);
    let pid = Pid::from_raw(daemon.parse().expect("a process id"));
    kill(pid, Signal::SIGKILL).expect("it was let be");
}

#[test]
fn ctrl_c_at_a_prompt_leaves_and_never_goes_on() {
    let act = "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    effect: idempotent\n";
    for (body, prompt, code) in [
        (format!("risk: high\n{act}"), "[Enter] run", 5),
        (format!("{act}    confirm: yes please\n"), "type `yes please`", 5),
        (
            "steps:\n  - id: look\n    title: Look\n    manual: { text: Look., fields: { seen: { type: string, ask: What? } } }\n".to_owned(),
            "What?",
            5,
        ),
        (
            "steps:\n  - { id: look, title: Look, manual: { text: Look. } }\n".to_owned(),
            "[Enter] done",
            5,
        ),
        (
            "steps:\n  - { id: pick, title: Pick, decide: { text: Pick., options: { a: {}, b: {} } } }\n".to_owned(),
            "choose",
            5,
        ),
        (
            "steps:\n  - { id: gate, title: Gate, approve: { role: developer, text: May I?, expires: 1h } }\n".to_owned(),
            "waiting for the answer",
            5,
        ),
        (
            "steps:\n  - { id: stop, title: Stop, check: { run: \"false\" } }\n".to_owned(),
            "[r] try again",
            1,
        ),
        (
            "steps:\n  - { id: soak, title: Soak, wait: { for: 1h } }\n".to_owned(),
            "[q] leave",
            5,
        ),
        (
            "params:\n  token: { type: secret, expose: file, ask: Which token? }\nsteps:\n  - id: one\n    title: One\n    run: |\n      cat \"$RB_SECRET_TOKEN\" >> effects\n    effect: idempotent\n".to_owned(),
            "(not shown)",
            5,
        ),
    ] {
        let desk = Desk::with(&body).committed();
        let mut terminal = begin(&desk);

        terminal.shows(prompt);
        assert_eq!(terminal.echoes(), prompt != "(not shown)", "{prompt}");
        terminal.presses("\x03").shows("stays open");

        assert_eq!(terminal.ends(), code, "{prompt}: {}", terminal.text());
        assert!(terminal.echoes(), "{prompt}");
        assert_eq!(desk.effects(), Vec::<String>::new(), "{prompt}");
        assert_eq!(desk.json(&["status", "--json"])["open"], true, "{prompt}");
    }
}

#[test]
fn ctrl_c_at_a_doubt_leaves_it_in_doubt() {
    let desk = Desk::with(&SLOW.replace("effect: idempotent", "undo: { none: It is a test. }"));
    let mut program = desk.start();
    desk.wait_for_effects(1);
    program.kill().expect("it runs");
    ends(&mut program);
    kill(Pid::from_raw(desk.shim("slow.1")), Signal::SIGKILL).expect("it runs");
    desk.project.write("target/go", "");
    let mut terminal = sit_down(&desk, &["resume"]);

    terminal
        .shows("[d] it was done")
        .presses("\x03")
        .shows("stays open");

    assert_eq!(terminal.ends(), 6);
    assert_eq!(
        desk.json(&["status", "--json"])["state"],
        "in doubt at slow"
    );
}

#[test]
fn ctrl_c_at_a_question_that_a_key_opened_takes_the_key_back() {
    let desk = Desk::with("risk: high\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo \"$WHERE\" >> effects\n    env: { WHERE: here }\n    skip: { reason: required }\n").committed();
    let mut terminal = begin(&desk);

    for (key, question) in [
        ("n", "note:"),
        ("d", "why by hand?"),
        ("s", "why skip `"),
        ("e", "NAME=value"),
    ] {
        terminal.shows("[Enter] run").types(key).shows(question);
        if key == "e" {
            terminal.types("WHERE=there").shows(question);
        }
        terminal.presses("\x03");
    }
    terminal
        .shows("[Enter] run")
        .presses("\x03")
        .shows("stays open");

    assert_eq!(terminal.ends(), 5);
    assert_eq!(desk.events(), ["run.created", "run.opened"]);
}

#[test]
fn ctrl_c_at_the_question_whether_to_take_back_or_to_change_the_plan_changes_nothing() {
    let desk = Desk::with("risk: high\nsteps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    undo: { run: \"echo back >> effects\" }\n  - { id: look, title: Look, manual: { text: Look. } }\n").committed();
    let mut terminal = begin(&desk);
    terminal.shows("[Enter] run").types("");
    terminal
        .shows("[Enter] done")
        .types("q")
        .shows("stays open");
    assert_eq!(terminal.ends(), 5);
    let replan = ["resume", "--replan", "--reason", "test"];
    desk.project
        .edit("runbooks/work.yaml", "text: Look.", "text: Look twice.");
    desk.project
        .git(&["commit", "--all", "--quiet", "--message", "Look twice"]);

    for (verb, question) in [
        (&["undo"][..], "undo this?"),
        (&replan, "continue with this plan?"),
    ] {
        let mut terminal = sit_down(&desk, verb);
        terminal.shows(question).presses("\x03");
        assert_ne!(terminal.ends(), 0, "{verb:?}");
        assert!(terminal.echoes(), "{verb:?}");
    }

    assert_eq!(desk.effects(), ["one"]);
    assert_eq!(desk.json(&["status", "--json"])["open"], true);
    let events = desk.events();
    let changed = |event: &String| event.starts_with("undo.") || event == "plan.changed";
    assert!(!events.iter().any(changed), "{events:?}");
}

#[test]
fn ctrl_c_at_the_question_for_a_param_begins_nothing() {
    let desk = Desk::with(
        "params:\n  word: { type: string, ask: Which word? }\nsteps:\n  - { id: one, title: One, check: { run: date } }\n",
    );
    let mut terminal = begin(&desk);

    terminal.shows("Which word?").presses("\x03");

    assert_ne!(terminal.ends(), 0);
    assert!(terminal.echoes());
    assert_eq!(desk.json(&["runs", "--json"]), serde_json::json!([]));
}

#[test]
fn a_run_left_by_a_closed_laptop_is_taken_up_from_another_terminal() {
    let desk = Desk::with(SLOW);
    let mut terminal = begin(&desk);
    terminal.shows("| first half");

    let mut program = terminal.close();

    assert_eq!(ends(&mut program).code(), Some(129));
    assert!(!desk.folder().join("steps/slow.1/exit.json").exists());
    let mut terminal = sit_down(&desk, &["resume"]);
    terminal.shows("was running").shows("| first half");
    desk.project.write("target/go", "");
    terminal.shows("| second half").shows("is finished");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["begins", "ends"], "nothing ran twice");
}

#[test]
fn a_signal_to_the_program_leaves_the_step_alone() {
    for (signal, code, reason) in [
        (Signal::SIGINT, 130, "int"),
        (Signal::SIGTERM, 143, "term"),
        (Signal::SIGHUP, 129, "hup"),
    ] {
        let desk = Desk::with(SLOW);
        let mut program = desk.start();
        desk.wait_for_effects(1);

        kill(Pid::from_raw(program.id() as i32), signal).expect("it runs");

        assert_eq!(ends(&mut program).code(), Some(code));
        let journal = std::fs::read_to_string(desk.folder().join("journal.jsonl"));
        let left = format!("\"type\":\"run.left\",\"reason\":\"{reason}\"");
        assert!(journal.expect("there is a journal").contains(&left));
        desk.project.write("target/go", "");
        desk.run(&["resume"]).exits(0);
        assert_eq!(desk.effects(), ["begins", "ends"], "{signal}");
    }
}

#[test]
fn an_abort_stops_the_step_that_runs() {
    let desk = Desk::with(SLOW);
    let mut program = desk.start();
    desk.wait_for_effects(1);

    desk.run(&["abort", &desk.id(), "--reason", "wrong version"])
        .exits(0);

    assert_eq!(ends(&mut program).code(), Some(12));
    until("the end of the step", || {
        desk.folder().join("steps/slow.1/exit.json").exists()
    });
    assert_eq!(desk.effects(), ["begins"]);
}

/// Its script is killed, as by a system that is out of memory, while its child goes on.
const SURVIVES: &str = "(sleep 3; echo late >> effects) > /dev/null 2>&1 &\n      echo began >> effects\n      kill -9 $$";
/// It is killed alone.
const KILLED: &str = "echo began >> effects\n      kill -9 $$";
/// It fails by itself, and leaves a process behind in a session of its own.
const LEAVES: &str = "setsid sleep 3 > /dev/null 2>&1 &\n      echo began >> effects\n      exit 1";

fn acting(body: &str, further: &str) -> Desk {
    Desk::with(&format!(
        "steps:\n  - id: first\n    title: First\n    run: \"true\"\n    undo: {{ run: \"echo back >> effects\" }}\n  - id: act\n    title: Act\n    run: |\n      {body}\n    undo: {{ none: It is a test. }}\n{further}  - {{ id: after, title: After, run: \"echo after >> effects\", effect: idempotent }}\n"
    ))
}

const RETRY: &str = "    retry: { max: 1, delay: 10ms }\n";

fn tries(desk: &Desk) -> usize {
    let began = |event: &String| event == "step.started act";
    desk.events().into_iter().filter(began).count()
}

#[test]
fn what_may_act_still_is_in_doubt_and_not_tried_again_by_itself() {
    for body in [SURVIVES, KILLED, LEAVES] {
        for follows in ["rollback", "continue", "fail", "pause"] {
            let desk = acting(body, &format!("{RETRY}    on_fail: {follows}\n"));

            let ran = desk.exec(&[]).exits(6);

            let doubt = "IN DOUBT: the step failed, but it may have done more than it reported";
            assert!(ran.stdout.contains(doubt), "{body}: {}", ran.stdout);
            assert_eq!(tries(&desk), 1, "{body}");
            let effects = desk.effects();
            let follow = |line: &String| line == "back" || line == "after";
            assert!(!effects.iter().any(follow), "{follows}: {effects:?}");
        }
        let desk = acting(body, &format!("{RETRY}    effect: idempotent\n"));
        desk.exec(&[]).exits(1);
        assert_eq!(tries(&desk), 2, "{body}: what may be repeated is");
    }
}

#[test]
fn a_verify_settles_it_only_once_nothing_of_it_runs() {
    let verify = |found: &str| format!("{RETRY}    verify: {{ run: \"{found}\", absent: [1] }}\n");

    // Nothing lives: its verify is believed.
    let desk = acting(KILLED, &verify("grep -q began effects"));
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["began", "after"]);
    let desk = acting(KILLED, &verify("grep -q never effects"));
    desk.exec(&[]).exits(1);
    assert_eq!(tries(&desk), 2, "it did nothing, so it is tried again");
    let desk = acting(KILLED, &verify("grep -q began effects && exit 3; exit 1"));
    desk.exec(&[]).exits(6);
    assert_eq!(tries(&desk), 1, "its verify cannot tell");

    // Its child lives, and will do what its verify does not find yet.
    let desk = acting(SURVIVES, &verify("grep -q late effects"));
    let ran = desk.exec(&[]).exits(6);
    assert!(
        ran.stdout.contains("end the processes that still run"),
        "{}",
        ran.stdout
    );
    until("the late effect", || desk.effects().len() == 2);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["began", "late", "after"]);
}

/// No process came of it, so nothing can act.
#[test]
fn a_command_that_cannot_be_started_is_tried_again() {
    let desk = Desk::with(&format!(
        "steps:\n  - id: act\n    title: Act\n    exec: [./not-there]\n    undo: {{ none: It is a test. }}\n{RETRY}"
    ));
    desk.exec(&[]).exits(1);
    assert_eq!(tries(&desk), 2);
}

/// It said that it did what it was to do; that its outputs are none does not undo it.
#[test]
fn what_ended_well_and_handed_on_nonsense_is_not_done_again_by_itself() {
    for (effect, expected) in [("once", 1), ("idempotent", 2)] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: act\n    title: Act\n    run: |\n      echo began >> effects\n      echo size=big >> $RB_OUTPUT\n    outputs: {{ size: {{ type: int }} }}\n    effect: {effect}\n    undo: {{ none: It is a test. }}\n{RETRY}"
        ));
        desk.exec(&[]).exits(1);
        assert_eq!(tries(&desk), expected, "{effect}");
    }
}

/// A run is ended from another terminal while its own waits for a key, a secret or a verify: what was
/// about to begin then does not.
#[test]
fn nothing_begins_in_a_run_that_was_ended_while_something_was_waited_for() {
    let wait = "touch asked; until test -e go; do sleep 0.02; done;";
    let step = "steps:\n  - id: work\n    title: Work\n    run: |\n      echo work >> effects\n";
    for (what, body) in [
        (
            "a secret",
            format!(
                "params: {{ token: {{ type: secret, from: {{ command: [sh, -c, \"cd target; {wait} echo s3cr3t-T0ken\"] }} }} }}\n{step}      test -s $RB_SECRET_TOKEN\n"
            ),
        ),
        (
            "a verify",
            format!("{step}    verify: {{ run: \"{wait} exit 1\", absent: [1] }}\n"),
        ),
    ] {
        let desk = Desk::with(&format!("{body}    undo: {{ none: It is a test. }}\n"));
        let mut program = desk.start();
        until("the question", || {
            desk.project.path("target/asked").exists()
        });
        desk.run(&["abort", &desk.id(), "--reason", "no"]).exits(0);
        desk.project.write("target/go", "");
        let code = ends(&mut program).code();
        assert_eq!((code, desk.effects()), (Some(12), Vec::new()), "{what}");
    }
    for (what, further, flag, key) in [
        ("a key", "", "--step", ""),
        (
            "a text",
            "    confirm: yes-please\n",
            "--no-step",
            "yes-please",
        ),
    ] {
        let desk = Desk::with(&format!(
            "{step}{further}    undo: {{ none: It is a test. }}\n"
        ));
        let exec = ["exec", "work", "--target", "target", flag];
        let mut terminal = Terminal::seated(&desk.command(&exec));
        terminal.shows(if key.is_empty() {
            "[Enter] run"
        } else {
            "to continue"
        });
        desk.run(&["abort", &desk.id(), "--reason", "no"]).exits(0);
        terminal.types(key);
        terminal.shows("not started: the run was ended meanwhile");
        assert_eq!(terminal.ends(), 12, "{what}");
        assert!(desk.effects().is_empty(), "{what}");
    }
}

#[test]
fn a_signal_ends_the_program_while_the_command_of_a_secret_goes_on() {
    let desk = Desk::with(
        "params: { token: { type: secret, from: { command: [sh, -c, \"touch target/asked; exec sleep 600\"] } } }\nsteps:\n  - id: work\n    title: Work\n    run: |\n      echo $RB_SECRET_TOKEN >> effects\n    effect: idempotent\n",
    );
    let mut program = desk.start();
    until("the question", || {
        desk.project.path("target/asked").exists()
    });
    kill(Pid::from_raw(program.id() as i32), Signal::SIGTERM).expect("it runs");
    assert_eq!(ends(&mut program).code(), Some(143));
    assert!(desk.effects().is_empty());
}

#[test]
fn a_program_that_is_replaced_while_it_runs_goes_on() {
    let desk = Desk::with(
        "steps:\n  - { id: one, title: One, run: 'echo one >> effects; until test -e go; do sleep 0.05; done', effect: idempotent }\n  - { id: two, title: Two, run: echo two >> effects, effect: idempotent }\n",
    );
    let installed = desk.project.path("runbook");
    std::fs::copy(env!("CARGO_BIN_EXE_runbook"), &installed).expect("it can be copied");
    let asked = desk.command(&["exec", "work", "--target", "target"]);
    let mut command = std::process::Command::new(&installed);
    command
        .args(asked.get_args())
        .current_dir(asked.get_current_dir().expect("a folder"));
    for (name, value) in asked.get_envs() {
        command.env(name, value.expect("no variable is taken away"));
    }
    command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut program = command.spawn().expect("it starts");
    desk.wait_for_effects(1);
    // As an update does: the name is given to another file.
    std::fs::remove_file(&installed).expect("it is there");
    std::fs::write(&installed, "#!/bin/sh\nexit 99\n").expect("it can be written");
    desk.project.write("target/go", "");
    assert!(ends(&mut program).success());
    assert_eq!(desk.effects(), ["one", "two"]);
}
