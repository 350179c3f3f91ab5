//! The process that looks after a step is killed, and the step's command lives on: it closed its
//! descriptors as an SSH client does, ignores signals, or has a session of its own.

use crate::desk::{Desk, until};
use crate::project::ends;
use crate::root::is_root;
use crate::terminal::Terminal;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Closes everything but input and output, so that no lock of ours is held any more.
const CLOSE: &str =
    r#"for fd in /proc/self/fd/*; do n=${fd##*/}; [ "$n" -le 2 ] || eval "exec $n>&-"; done"#;
/// Says that it began, and that it is done when the file `go` is there.
const ACT: &str =
    "echo work >> effects; until test -e go; do sleep 0.02; done; echo done >> effects";
/// Whether it is done.
const VERIFY: &str = "    verify: { run: grep -q done effects, absent: [1] }\n";
const NO_UNDO: &str = "    undo: { none: It is a test. }\n";

/// Commands that nobody holds any more once their shim is gone.
fn commands() -> [(&'static str, String); 5] {
    [
        ("closes", format!("{CLOSE}; {ACT}")),
        (
            "ignores signals",
            format!("trap '' INT TERM HUP; {CLOSE}; {ACT}"),
        ),
        ("forks", format!("( {CLOSE}; {ACT} ) & {CLOSE}; wait")),
        (
            "leaves its group",
            format!("set -m; ( {CLOSE}; {ACT} ) & {CLOSE}; wait"),
        ),
        (
            "starts a session",
            format!("{CLOSE}; setsid --wait bash -c '{ACT}'"),
        ),
    ]
}

fn runbook(command: &str, further: &str) -> Desk {
    Desk::with(&format!(
        "steps:\n  - id: work\n    title: Work\n    run: |\n      {command}\n{further}"
    ))
}

fn kill_nine(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the process is there");
}

/// Whoever drives the run after both the program and the shim were killed.
fn resumed_after_both_are_killed(desk: &Desk) -> Terminal {
    let mut program = desk.start();
    desk.wait_for_effects(1);
    kill_nine(program.id() as i32);
    ends(&mut program);
    kill_nine(desk.shim("work.1"));
    Terminal::seated(&desk.command(&["resume"]))
}

/// Whoever drives the run since its beginning, after the shim was killed.
fn still_there_after_the_shim_is_killed(desk: &Desk) -> Terminal {
    let terminal = Terminal::seated(&desk.command(&["exec", "work", "--target", "target"]));
    desk.wait_for_effects(1);
    kill_nine(desk.shim("work.1"));
    terminal
}

#[test]
fn what_lives_on_is_waited_for_and_nothing_is_started_beside_it() {
    for (name, command) in commands() {
        for driver in [
            resumed_after_both_are_killed,
            still_there_after_the_shim_is_killed,
        ] {
            let desk = runbook(&command, VERIFY);
            let mut terminal = driver(&desk);
            terminal.shows("still runs: ");
            assert_eq!(desk.effects(), ["work"], "{name}: {}", terminal.text());

            desk.project.write("target/go", "");

            assert_eq!(terminal.ends(), 0, "{name}: {}", terminal.text());
            assert_eq!(desk.effects(), ["work", "done"], "{name}");
        }
    }
}

#[test]
fn a_doubt_comes_only_after_the_command_ended_and_says_what_was_looked_for() {
    for (name, command) in commands() {
        let desk = runbook(&command, NO_UNDO);
        let mut terminal = resumed_after_both_are_killed(&desk);
        terminal.shows("still runs: ");
        assert!(!terminal.text().contains("IN DOUBT"), "{name}");

        desk.project.write("target/go", "");
        terminal.shows("IN DOUBT");
        terminal.shows("no process of the step was found running");

        terminal.types("q");
        assert_eq!(terminal.ends(), 6, "{name}: {}", terminal.text());
        assert_eq!(desk.effects(), ["work", "done"], "{name}");
    }
}

#[test]
fn a_command_without_its_shim_can_still_be_stopped() {
    for (keys, name, command) in [
        ("i", "closes", format!("{CLOSE}; {ACT}")),
        (
            "k",
            "ignores signals",
            format!("trap '' INT TERM HUP; {CLOSE}; {ACT}"),
        ),
    ] {
        let desk = runbook(&command, VERIFY);
        let mut terminal = still_there_after_the_shim_is_killed(&desk);
        terminal.shows("still runs: ");

        terminal.presses("\x03").shows("[i] interrupt").types(keys);

        // It ended before it was done, as its verify can tell.
        terminal.ends();
        assert_eq!(desk.effects(), ["work"], "{name}: {}", terminal.text());
    }
}

#[test]
fn a_shim_that_lives_is_waited_for_though_its_log_was_deleted() {
    let desk = runbook(ACT, VERIFY);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    kill_nine(program.id() as i32);
    ends(&mut program);
    std::fs::remove_file(desk.folder().join("steps/work.1/log")).expect("it is there");

    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    terminal.shows("finding out how it ended");
    desk.project.write("target/go", "");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    assert_eq!(desk.effects(), ["work", "done"]);
}

/// A server that the step starts, and that nobody looks after any more, means to stay.
#[test]
fn a_process_that_left_to_stay_holds_nobody_up_and_is_named_in_the_doubt() {
    let serve = "setsid bash -c 'CLOSE; until test -e stop; do sleep 0.02; done; echo stopped >> effects' < /dev/null > /dev/null 2>&1 &\n      until test -e go; do sleep 0.02; done".replace("CLOSE", CLOSE);
    for (further, settles) in [
        (
            "    verify: { run: test -e never, absent: [1] }\n",
            "work=done",
        ),
        ("    effect: idempotent\n", "work=absent"),
    ] {
        let body = format!("echo work >> effects\n      {serve}");
        let desk = runbook(&body, further);
        let mut program = desk.start();
        desk.wait_for_effects(1);
        kill_nine(program.id() as i32);
        ends(&mut program);
        kill_nine(desk.shim("work.1"));
        desk.project.write("target/go", "");

        let ran = desk.run(&["resume"]).exits(6);
        for words in ["IN DOUBT", "still runs: bash"] {
            assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
        }
        let unasked = ran
            .stdout
            .contains("its verify is not run while a process of the step runs");
        assert_eq!(unasked, further.contains("verify:"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("cannot tell"), "{}", ran.stdout);
        assert_eq!(desk.effects(), ["work"], "{}", ran.stdout);

        desk.run(&["resume", "--assume", settles, "--reason", "it serves"])
            .exits(0);
        let before = desk.effects().len();
        desk.project.write("target/stop", "");
        until("the ends of what was started", || {
            desk.effects()[before..] == vec!["stopped"; before]
        });
    }
}

/// A process that holds nothing of ours, and whose first thread ends. Then its second one says that it
/// began, and that it is done when the file `go` is there.
const FAR: &str = r#"import ctypes, os, sys, threading, time
if 'apart' in sys.argv: os.setsid()
null = os.open('/dev/null', os.O_RDWR)
for fd in range(3): os.dup2(null, fd)
os.closerange(3, 256)
own = '/proc/self/stat'
def say(word): open('effects', 'a').write(word + '\n')
def act():
    while open(own).read().rsplit(')')[-1].split()[0] != 'Z': time.sleep(0.02)
    say('work')
    while not os.path.exists('go'): time.sleep(0.02)
    say('done')
    os._exit(0)
threading.Thread(target=act).start()
ctypes.CDLL(None).pthread_exit(None)
"#;

#[test]
fn a_process_whose_first_thread_has_ended_is_waited_for() {
    for driver in [
        resumed_after_both_are_killed,
        still_there_after_the_shim_is_killed,
    ] {
        // The command itself is such a process, or waits for one that is.
        for command in [
            "exec python3 far.py",
            "python3 far.py & CLOSE; exec sleep 600",
        ] {
            let desk = runbook(&command.replace("CLOSE", CLOSE), VERIFY);
            desk.project.write("target/far.py", FAR);
            let mut terminal = driver(&desk);
            terminal.shows("still runs: python3");
            assert_eq!(desk.effects(), ["work"], "{}", terminal.text());
            if command.contains("sleep") {
                let written =
                    std::fs::read_to_string(desk.folder().join("steps/work.1/command.pid"));
                let written = written.expect("it is there");
                let pid = written.split_whitespace().next().expect("a word");
                kill_nine(pid.parse().expect("a process id"));
            }
            desk.project.write("target/go", "");

            assert_eq!(terminal.ends(), 0, "{}", terminal.text());
            assert_eq!(desk.effects(), ["work", "done"], "{}", terminal.text());
        }
    }
}

#[test]
fn a_process_whose_first_thread_has_ended_keeps_its_step_from_another_try() {
    for apart in ["", "apart"] {
        let desk = runbook(
            &format!(
                "python3 far.py {apart} & until grep -q work effects; do sleep 0.02; done; exit 75"
            ),
            "    verify: { run: grep -q done effects, absent: [1] }\n    retry: { max: 1, delay: 10ms }\n",
        );
        desk.project.write("target/far.py", FAR);
        let ran = desk.exec(&[]).exits(6);
        for words in ["IN DOUBT", "still runs: python3"] {
            assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
        }
        assert_eq!(desk.effects(), ["work"], "{}", ran.stdout);
        desk.project.write("target/go", "");
        until("its end", || desk.effects() == ["work", "done"]);
        desk.run(&["resume"]).exits(0);
        assert_eq!(desk.effects(), ["work", "done"]);
    }
}

/// What holds for a step holds for its undo.
#[test]
fn an_undo_is_not_run_beside_what_its_last_try_left() {
    let late = "(until test -e go; do sleep 0.02; done; echo undone >> effects) > /dev/null 2>&1 &";
    for verify in [
        "",
        ", verify: { run: \"grep -q undone effects\", absent: [1] }",
    ] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: work\n    title: Work\n    run: \"true\"\n    undo: {{ run: \"echo undo >> effects; {late} kill -9 $$\"{verify} }}\n  - {{ id: fail, title: Fail, check: {{ run: \"false\" }}, on_fail: rollback }}\n"
        ));
        desk.exec(&[]).exits(8);
        for verb in ["resume", "undo"] {
            let ran = desk.run(&[verb]).exits(8);
            for words in ["IN DOUBT", "still runs: bash"] {
                assert!(ran.stdout.contains(words), "{verb}: {}", ran.stdout);
            }
        }
        assert_eq!(desk.effects(), ["undo"], "{verify}");
        desk.project.write("target/go", "");
        until("the late effect", || desk.effects().len() == 2);
        desk.run(&["undo"])
            .exits(if verify.is_empty() { 8 } else { 7 });
        assert_eq!(desk.effects(), ["undo", "undone"], "{verify}");
    }
}

/// Or the effect would come after all was said to be taken back.
#[test]
fn a_step_that_did_not_end_well_is_not_taken_back_beside_what_it_left() {
    let late = "until test -e go; do sleep 0.02; done; echo late >> effects";
    let inside = format!("( {late} )");
    let outside = format!("setsid bash -c '{late}'");
    for (left, end, further, code) in [
        (&inside, "kill -9 $$", "once", 6),
        (&outside, "exit 1", "once", 6),
        (&inside, "exit 1", "idempotent\n    on_fail: rollback", 8),
        (
            &outside,
            "kill -9 $$",
            "idempotent\n    on_fail: continue",
            0,
        ),
    ] {
        let case = format!("{left}, {end}, {further}");
        let desk = Desk::with(&format!(
            "steps:\n  - id: first\n    title: First\n    run: \"true\"\n    undo: {{ run: \"echo first >> effects\" }}\n  - id: work\n    title: Work\n    run: |\n      {left} > /dev/null 2>&1 &\n      sleep 0.1; {end}\n    effect: {further}\n    undo: {{ run: \"echo undo >> effects\" }}\n"
        ));
        desk.exec(&[]).exits(code);
        let id = desk.id();
        let undo = ["undo", &id, "--confirm", &id];
        for scope in [&[][..], &["--only", "work"]] {
            let ran = desk.run(&[&undo[..], scope].concat()).exits(8);
            for words in ["still runs: ", "NOT undone", "end that process"] {
                assert!(ran.stdout.contains(words), "{case}: {}", ran.stdout);
            }
        }
        // What did end well goes back all the same.
        assert_eq!(desk.effects(), ["first"], "{case}");

        desk.project.write("target/go", "");
        until("the late effect", || desk.effects().len() == 2);
        // It may not be gone quite yet.
        until("the end of what it left", || {
            desk.run(&undo).code == Some(7)
        });
        assert_eq!(desk.effects(), ["first", "late", "undo"], "{case}");
    }
}

/// What ended well may leave behind what its undo ends.
#[test]
fn a_step_that_ended_well_is_taken_back_beside_what_it_left() {
    let desk = Desk::with(
        "steps:\n  - id: work\n    title: Work\n    run: |\n      setsid sleep 600 > /dev/null 2>&1 & echo $! > served; echo work >> effects\n    undo: { run: \"kill $(cat served); echo back >> effects\" }\n",
    );
    desk.exec(&[]).exits(0);
    desk.run(&["undo", &desk.id(), "--confirm", &desk.id()])
        .exits(7);
    assert_eq!(desk.effects(), ["work", "back"]);
}

/// Begins a run as the first process of a namespace, kills all of it, gives the ids of its shim's
/// session to somebody else who then leaves a child behind there, and aborts the run.
const REUSE: &str = r#"
runbook=$1
"$runbook" exec work --target target > /dev/null 2>&1 &
until grep -q work target/effects; do sleep 0.02; done
read -r shim _ < state/desk/runs/*/steps/work.1/pid
kill -9 $! "$shim" $(cat target/command)
while kill -0 "$shim" 2> /dev/null || kill -0 "$(cat target/command)" 2> /dev/null; do sleep 0.02; done
wait 2> /dev/null
for _ in $(seq 100); do
  echo $((shim - 1)) > /proc/sys/kernel/ns_last_pid
  setsid bash -c 'echo $$ > leader; sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > stranger' &
  wait $!
  [ "$(cat leader)" != "$shim" ] || break
done
[ "$(cat leader)" = "$shim" ] || { echo "the id was not given out again"; exit 3; }
"$runbook" status
"$runbook" abort $(basename state/desk/runs/*) --reason 'it is over'
kill -0 "$(cat stranger)" && echo "the stranger lives"
"#;

/// As root only, as nobody else may say which process id comes next.
#[test]
fn a_stranger_in_a_session_with_the_id_of_the_shims_gets_no_signal() {
    if !is_root("have a process id given out again") {
        return;
    }
    let desk = runbook(
        "echo $$ > command; echo work >> effects; sleep 600",
        "    effect: idempotent\n",
    );
    let mut command = std::process::Command::new("unshare");
    command
        .args(["--pid", "--fork", "--mount-proc", "--kill-child"])
        .args(["bash", "-c", REUSE, "bash", env!("CARGO_BIN_EXE_runbook")])
        .current_dir(desk.project.path(""))
        .env("RUNBOOK_STATE_DIR", desk.project.path("state"))
        .env("RUNBOOK_GRACE", "0.3")
        .stdin(std::process::Stdio::null());
    let ran = crate::project::Ran::of(&command.output().expect("unshare is there"));
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("the stranger lives"), "{said}");
}
