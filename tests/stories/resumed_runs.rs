//! Somebody takes a run up again, and says beforehand what they know, what to look at, and by which
//! plan to go on.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use crate::terminal::Terminal;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const DOUBTFUL: &str = "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n      until test -e go; do sleep 0.02; done\n    undo: { none: It is a test. }\n  - id: two\n    title: Two\n    run: |\n      echo two >> effects\n    effect: idempotent\n";

/// A desk whose run was left by its program while `one` runs.
fn left() -> Desk {
    let desk = Desk::with(DOUBTFUL);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    program.kill().expect("it runs");
    ends(&mut program);
    desk
}

/// The same, and nobody can tell whether `one` happened.
fn in_doubt() -> Desk {
    let desk = left();
    let shim = Pid::from_raw(desk.shim("one.1"));
    kill(shim, Signal::SIGKILL).expect("it runs");
    desk.project.write("target/go", "");
    desk
}

fn resume(desk: &Desk, further: &[&str]) -> Ran {
    let arguments = ["resume", "--non-interactive"].into_iter();
    let arguments: Vec<&str> = arguments.chain(further.iter().copied()).collect();
    desk.run(&arguments)
}

/// The last event of this type in the journal of the only run.
fn last(desk: &Desk, kind: &str) -> Value {
    let journal = desk.folder().join("journal.jsonl");
    let journal = std::fs::read_to_string(journal).expect("there is a journal");
    let lines = journal.lines().rev();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
    let found = lines.find(|line| line["type"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {journal}"))
}

#[test]
fn a_script_settles_a_doubt_and_its_word_is_recorded_as_a_persons() {
    for (verdict, effects) in [
        ("one=done", vec!["one", "two"]),
        ("one=absent", vec!["one", "one", "two"]),
    ] {
        let desk = in_doubt();
        let said = resume(&desk, &[]).exits(6).stdout;
        assert!(
            said.contains("--assume one=done|absent --reason TEXT"),
            "{said}"
        );

        resume(&desk, &["--assume", verdict]).exits(2);
        let reason = "the registry shows it";
        resume(&desk, &["--assume", verdict, "--reason", reason]).exits(0);

        assert_eq!(desk.effects(), effects, "{verdict}");
        let resolved = last(&desk, "step.resolved");
        assert_eq!(resolved["reason"], reason);
        assert_eq!(resolved["by"], last(&desk, "run.created")["initiator"]);
        let report = desk.run(&["report", &desk.id()]).exits(0).stdout;
        assert!(
            report.contains("verdict") && report.contains(reason),
            "{report}"
        );
    }
}

#[test]
fn a_verdict_about_a_step_that_is_not_in_doubt_is_refused() {
    let desk = left();
    let about = |verdict: &str| resume(&desk, &["--assume", verdict, "--reason", "I know"]);
    for (verdict, why) in [
        ("two=done", "`two` is not in doubt: it is to do"),
        ("three=done", "no step `three`"),
        ("one=done", "`one` still runs"),
        ("one=perhaps", "STEP=done or STEP=absent"),
    ] {
        let ran = about(verdict).exits(2);
        assert!(ran.stderr.contains(why), "{verdict}: {}", ran.stderr);
    }
    desk.project.write("target/go", "");
    desk.wait_for_file("steps/one.1/exit.json");

    // Its exit record tells how it ended: no word of a person is needed.
    let ran = about("one=absent").exits(2);

    assert!(ran.stderr.contains("it is done"), "{}", ran.stderr);
    assert_eq!(desk.effects(), ["one"], "nothing was begun");
    resume(&desk, &[]).exits(0);
    assert_eq!(desk.effects(), ["one", "two"]);
}

const VERIFIED: &str = "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n      echo made=1 >> \"$RB_OUTPUT\"\n    verify: { run: \"grep -q one effects\", absent: [1] }\n    undo: { none: It is a test. }\n    outputs: { made: { type: int } }\n  - { id: ready, title: Ready, manual: { text: Wait. } }\n";

#[test]
fn finished_steps_are_looked_at_again_and_nothing_is_repeated_unasked() {
    let desk = Desk::with(VERIFIED);
    desk.exec(&[]).exits(5);
    let said = resume(&desk, &["--verify-first"]).exits(5).stdout;
    assert!(said.contains("still so"), "{said}");
    desk.project.write("target/effects", "");

    let said = resume(&desk, &["--verify-first"]).exits(6).stdout;

    assert!(said.contains("NO LONGER SO"), "{said}");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing was repeated");
    resume(&desk, &[]).exits(6);
    let report = desk.run(&["report", &desk.id()]).exits(0).stdout;
    assert!(report.contains("no longer so"), "{report}");
    resume(
        &desk,
        &["--assume", "one=absent", "--reason", "somebody cleaned up"],
    )
    .exits(5);
    assert_eq!(desk.effects(), ["one"]);
    desk.run(&["answer", &desk.id(), "ready"]).exits(0);
    resume(&desk, &[]).exits(0);
}

#[test]
fn a_person_decides_about_a_step_that_is_no_longer_so() {
    for (key, effects) in [("d", 0), ("n", 1)] {
        let desk = Desk::with(VERIFIED);
        desk.exec(&[]).exits(5);
        desk.project.write("target/effects", "");

        let mut terminal = Terminal::start(desk.command(&["resume", "--verify-first"]));
        terminal
            .shows("NO LONGER SO")
            .shows("is no longer done")
            .shows("[d] it was done")
            .types(key)
            .shows("[Enter] done")
            .types("")
            .shows("is finished");

        assert_eq!(terminal.ends(), 0);
        assert_eq!(desk.effects().len(), effects, "{key}");
    }
}

const PLANNED: &str = "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n    effect: idempotent\n  - id: mirror\n    title: Is the mirror there?\n    check: { run: test -e mirror }\n  - id: two\n    title: Two\n    run: |\n      echo two >> effects\n    effect: idempotent\n";

fn stopped() -> Desk {
    let desk = Desk::with(PLANNED);
    desk.exec(&[]).exits(1);
    desk
}

const REPLAN: [&str; 3] = ["--replan", "--reason", "step two was wrong"];

#[test]
fn a_run_goes_on_by_a_changed_runbook_only_when_told_to() {
    let desk = stopped();
    desk.project.write("target/mirror", "").edit(
        "runbooks/work.yaml",
        "      echo two >> effects\n    effect: idempotent\n",
        "      echo zwei >> effects\n    effect: idempotent\n  - { id: three, title: Three, run: \"echo three >> effects\", effect: idempotent }\n",
    );
    let id = desk.id();
    let said = resume(&desk, &["--verify-first"]);
    assert_eq!(said.code, Some(1), "the failed check waits for a person");
    assert!(
        said.stdout.contains("runbooks/work.yaml was changed since"),
        "{}",
        said.stdout
    );

    resume(&desk, &["--replan"]).exits(2);
    let said = resume(&desk, &REPLAN).exits(1).stdout;

    for line in [
        "changed: two: kind.command.shell.script",
        "  - echo two >> effects",
        "  + echo zwei >> effects",
        "added: three (Three)",
        "continues with the changed plan",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let changed = last(&desk, "plan.changed");
    assert_eq!(changed["reason"], "step two was wrong");
    assert_ne!(changed["old"], changed["new"]);
    let mut terminal = Terminal::start(desk.command(&["resume"]));
    terminal
        .shows("mirror failed: [r]")
        .types("r")
        .shows("3/4 Two")
        .shows("4/4 Three")
        .shows("is finished");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["one", "zwei", "three"]);

    let report = desk.run(&["report", &id]).exits(0).stdout;
    assert!(report.contains("plan changed"), "{report}");
    let verified = desk.run(&["verify", &id]).exits(0).stdout;
    let file = changed["file"].as_str().expect("a name");
    let path = desk.folder().join(file);
    let text = std::fs::read_to_string(&path).expect("it is there");
    let fits = format!("plan {file}: {} bytes, as recorded", text.len());
    assert!(verified.contains(&fits), "{verified}");
    std::fs::write(&path, text.replace("zwei", "rm -r")).expect("it can be written");
    desk.run(&["verify", &id]).exits(10);
    desk.run(&["status", &id]).exits(10);
}

#[test]
fn an_empty_value_that_was_given_is_given_again_and_one_that_was_not_is_not() {
    const NOTE: &str = "params:\n  note: { type: string, optional: true }\n";
    let changes = [
        "note: { type: string, optional: true, pattern: \"[a-z]+\" }",
        "note: { type: string, default: quick }",
    ];
    for (given, change, code, said) in [
        (&["note="][..], changes[0], 3, "`note` has to be a text"),
        (&[], changes[0], 1, "changed: two: kind.command"),
        (&["note="], changes[1], 1, "changed: two: kind.command"),
        (&[], changes[1], 1, "changed: params.note"),
    ] {
        let desk = Desk::with(&format!("{NOTE}{PLANNED}"));
        desk.exec(given).exits(1);
        let shown = desk.run(&["report", &desk.id()]).exits(0).stdout;
        assert!(shown.contains("note = "), "{shown}");
        let file = "runbooks/work.yaml";
        desk.project
            .edit(file, "note: { type: string, optional: true }", change);
        desk.project.edit(file, "echo two", "echo zwei");

        let ran = resume(&desk, &REPLAN);

        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, Some(code), "{given:?} {change}: {all}");
        assert!(all.contains(said), "{given:?} {change}: {all}");
        let is_quick = all.contains("quick");
        assert_eq!(is_quick, given.is_empty() && change == changes[1], "{all}");
    }
}

#[test]
fn what_has_begun_cannot_be_changed() {
    for (from, to, why) in [
        (
            "echo one >>",
            "echo uno >>",
            "`one` has begun, and its kind differs",
        ),
        (
            "title: One",
            "title: Uno",
            "`one` has begun, and its title differs",
        ),
        (
            "test -e mirror",
            "test -d mirror",
            "`mirror` has begun, and its kind differs",
        ),
        (
            "  - id: mirror",
            "  - { id: zero, title: Zero, check: { run: \"true\" } }\n  - id: mirror",
            "`mirror` has begun, and `zero` now stands where `mirror` stood before it",
        ),
        (
            "  - id: mirror",
            "  - id: other",
            "`mirror` has begun, and `other` now stands",
        ),
        (
            "steps:\n",
            "lock: { key: x, wait: 1m }\nsteps:\n",
            "the run has another lock",
        ),
        (
            "steps:\n",
            "params:\n  more: { type: string }\nsteps:\n",
            "`more` is missing",
        ),
    ] {
        let desk = stopped();
        desk.project.edit("runbooks/work.yaml", from, to);

        let ran = resume(&desk, &REPLAN).exits(3);

        assert!(ran.stderr.contains(why), "{why}: {}", ran.stderr);
        assert!(!desk.events().contains(&"plan.changed".to_owned()), "{why}");
    }
}

#[test]
fn steps_at_once_that_have_not_begun_may_change() {
    let desk = Desk::with(
        "steps:\n  - id: both\n    title: Both\n    parallel: { max: 1, on_fail: stop }\n    steps:\n      - { id: one, title: One, check: { run: test -e ready } }\n      - { id: two, title: Two, run: \"echo two >> effects\", effect: idempotent }\n",
    );
    desk.exec(&[]).exits(1);
    desk.project.write("target/ready", "");
    desk.project
        .edit("runbooks/work.yaml", "echo two", "echo zwei")
        .edit(
            "runbooks/work.yaml",
            "      - { id: one",
            "      - { id: zero, title: Zero, run: \"echo zero >> effects\", effect: idempotent }\n      - { id: one",
        );
    resume(&desk, &REPLAN).exits(1);
    desk.project
        .edit("runbooks/work.yaml", "test -e ready", "true");
    let ran = resume(&desk, &REPLAN).exits(3);
    assert!(ran.stderr.contains("`one` has begun"), "{}", ran.stderr);
}

#[test]
fn a_person_looks_at_the_difference_before_it_counts() {
    let desk = stopped();
    desk.project
        .edit("runbooks/work.yaml", "echo two", "echo zwei");
    let arguments: Vec<&str> = ["resume"].into_iter().chain(REPLAN).collect();

    let mut terminal = Terminal::start(desk.command(&arguments));
    terminal
        .shows("+ echo zwei >> effects")
        .shows("[y] yes")
        .types("q")
        .shows("keeps its plan");
    assert_eq!(terminal.ends(), 5);
    assert!(!desk.events().contains(&"plan.changed".to_owned()));

    let mut terminal = Terminal::start(desk.command(&arguments));
    terminal
        .shows("[y] yes")
        .types("y")
        .shows("mirror failed")
        .types("q");
    assert_eq!(terminal.ends(), 1);
    assert!(desk.events().contains(&"plan.changed".to_owned()));
}

#[test]
fn a_runbook_of_high_risk_is_committed_before_a_run_goes_on_by_it() {
    let desk = Desk::with(&format!("risk: high\n{PLANNED}")).committed();
    desk.exec(&[]).exits(1);
    desk.project
        .edit("runbooks/work.yaml", "echo two", "echo zwei");
    let ran = resume(&desk, &REPLAN).exits(3);
    assert!(ran.stderr.contains("not committed"), "{}", ran.stderr);
    desk.project.commit();
    resume(&desk, &REPLAN).exits(1);
    assert!(desk.events().contains(&"plan.changed".to_owned()));
}

/// The program is killed at each moment of going over to a changed plan: the run has one plan, the
/// old or the new, and can be resumed and changed.
#[test]
fn a_death_while_the_plan_changes_leaves_one_plan() {
    for point in [
        "plan.create:1:after",
        "plan.write:1:within",
        "plan.sync:1:before",
        "run.sync-folder:1:before",
        "journal.write:1:before",
        "journal.write:1:within",
        "journal.write:1:after",
    ] {
        let desk = stopped();
        desk.project
            .edit("runbooks/work.yaml", "echo two", "echo zwei");
        let mut command = desk.command(&["resume", "--non-interactive"]);
        let died = command.args(REPLAN).env("RUNBOOK_FAIL", point).output();
        let died = died.expect("the program starts");
        assert_eq!(died.status.code(), None, "{point}: it is killed: {died:?}");

        desk.run(&["verify", &desk.id()]).exits(0);
        desk.project.write("target/mirror", "");
        resume(&desk, &REPLAN).exits(1);
        let mut terminal = Terminal::start(desk.command(&["resume"]));
        terminal
            .shows("mirror failed")
            .types("r")
            .shows("is finished");
        assert_eq!(terminal.ends(), 0, "{point}");
        assert_eq!(desk.effects(), ["one", "zwei"], "{point}");
        desk.run(&["verify", &desk.id()]).exits(0);
    }
}

/// Somebody resumes a run in the moment in which somebody else lets it go on by another plan.
#[test]
fn a_run_is_driven_by_the_plan_that_it_has_once_its_lock_is_had() {
    let steps = |two: &str| {
        let step = |id: &str, word: &str| {
            format!(
                "  - {{ id: {id}, title: T, run: \"echo {word} >> effects\", effect: idempotent }}\n"
            )
        };
        format!(
            "{}{}{}",
            step("one", "one"),
            step("mid", "mid"),
            step("two", two)
        )
    };
    let desk = Desk::with(&format!("steps:\n{}", steps("old")));
    desk.run(&["exec", "work", "--target", "target", "--until", "one"]);
    let (folder, journal) = (desk.folder(), desk.folder().join("journal.jsonl"));
    let before = fs::read(&journal).expect("a journal");
    desk.project
        .edit("runbooks/work.yaml", "echo old", "echo new");
    desk.run(&[
        "resume",
        "--replan",
        "--reason",
        "it was wrong",
        "--until",
        "mid",
    ]);
    let after = fs::read(&journal).expect("a journal");
    let plan = fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"plan-"))
        })
        .expect("the changed plan");
    let aside = folder.with_file_name(".aside");
    let (tried, later) = (folder.join("steps/mid.1"), folder.with_file_name(".later"));

    // As it was before the change, while somebody holds the lock.
    fs::rename(&plan, &aside).expect("it moves");
    fs::rename(&tried, &later).expect("it moves");
    fs::write(&journal, before).expect("it is written");
    let lock = fs::File::open(folder.join("lock")).expect("a lock");
    let held = Flock::lock(lock, FlockArg::LockExclusiveNonblock).expect("nobody has it");
    let mut second = desk
        .command(&["resume"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(second.stdout.take().expect("a pipe"));
    let mut line = String::new();
    said.read_line(&mut line).expect("it says which run");
    assert!(line.contains("run "), "{line}");
    // As it is after the change, and the lock is free.
    fs::rename(&aside, &plan).expect("it moves back");
    fs::rename(&later, &tried).expect("it moves back");
    fs::write(&journal, after).expect("it is written");
    drop(held);

    assert!(ends(&mut second).success());
    assert_eq!(desk.effects(), ["one", "mid", "new"]);
}

/// A backup of an open run is put back beside a run that began since, under the same lock.
#[test]
fn a_run_does_not_go_on_beside_another_that_has_its_lock() {
    let desk = Desk::with(
        "lock: { key: release }\nsteps:\n  - { id: act, title: Act, run: \"echo act >> effects; test -e go\", effect: idempotent }\n",
    );
    desk.exec(&[]).exits(1);
    let (first, folder) = (desk.id(), desk.folder());
    let aside = folder.parent().expect("a folder").with_file_name("aside");
    fs::rename(&folder, &aside).expect("it moves");
    desk.exec(&[]).exits(1);
    let second = desk.id();
    fs::rename(&aside, &folder).expect("it moves back");
    desk.project.write("target/go", "");

    for (one, other) in [(&first, &second), (&second, &first)] {
        for verb in ["resume", "undo"] {
            let ran = desk.run(&[verb, &one[20..]]).exits(9);
            assert!(ran.stderr.contains(&other[20..]), "{verb}: {}", ran.stderr);
        }
    }
    assert_eq!(desk.effects(), ["act", "act"], "nothing was done beside it");

    desk.run(&["abort", &second[20..], "--reason", "the older one counts"])
        .exits(0);
    desk.run(&["undo", &first[20..], "--plan"]).exits(0);
}

/// A note about an ended run holds its lock for a moment, which is no reason to refuse another.
#[test]
fn a_run_begins_while_somebody_writes_a_note_about_an_ended_one() {
    let desk = Desk::with(
        "lock: { key: release }\nsteps:\n  - { id: act, title: Act, run: \"echo act >> effects\", effect: idempotent }\n",
    );
    desk.exec(&[]).exits(0);
    let held = |path: &std::path::Path| {
        let file = fs::File::open(path).expect("it is there");
        Flock::lock(file, FlockArg::LockExclusiveNonblock)
    };
    let note = held(&desk.folder().join("lock")).expect("nobody has it");

    let mut second = desk.start();
    let creating = desk.project.path("state/desk/create.lock");
    until("the other to begin", || {
        held(&creating).is_err() || second.try_wait().expect("it is ours").is_some()
    });
    drop(note);

    assert_eq!(ends(&mut second).code(), Some(0));
    assert_eq!(desk.effects(), ["act", "act"]);
}
