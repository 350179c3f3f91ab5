//! Records that cannot be read: of a newer program, cut off, lost, or no files at all. Each is named
//! for what it is, and nothing of such a run goes on.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// What any verb about a run says of one that cannot be read, and how it ends.
fn refused_by_every_verb(desk: &Desk, id: &str, code: i32, words: &[&str]) {
    // `logs` shows the files of a try, and asks no journal.
    for verb in [
        "status", "report", "verify", "resume", "undo", "abort", "note",
    ] {
        let mut line = vec![verb, id];
        match verb {
            "abort" => line.extend(["--reason", "x"]),
            "note" => line.push("x"),
            _ => {}
        }
        let ran = desk.run(&line).exits(code);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        for words in words {
            assert!(said.contains(words), "{verb}, {words}: {said}");
        }
    }
    let listed = desk.run(&["runs"]).exits(code);
    assert!(listed.stderr.contains(words[0]), "{}", listed.stderr);
    let chosen = desk.run(&["status"]).exits(code);
    assert!(chosen.stderr.contains(words[0]), "{}", chosen.stderr);
}

/// A desk with an open run of two steps, of which the second failed.
fn open_run() -> (Desk, String) {
    let desk = Desk::with(
        "lock: { key: prod }\nsteps:\n  - { id: one, title: One, run: 'echo one >> effects' }\n  - { id: two, title: Two, run: 'echo two >> effects; false' }\n",
    );
    desk.exec(&[]).exits(1);
    let id = desk.id();
    (desk, id)
}

#[test]
fn a_record_of_a_newer_program_is_not_called_altered() {
    type Change = fn(&mut serde_json::Value);
    let newer: [(&str, Change); 2] = [
        ("an event `step.teleported`", |line| {
            if line["seq"] == 5 {
                line["type"] = json!("step.teleported");
            }
        }),
        ("version 2 of the format", |line| line["v"] = json!(2)),
    ];
    for (what, change) in newer {
        let (desk, id) = open_run();
        desk.forge(change);

        refused_by_every_verb(
            &desk,
            &id,
            13,
            &["was written by a newer runbook", what, "update runbook"],
        );
        let begun = desk.exec(&[]).exits(13);
        assert!(
            begun.stderr.contains("newer") && begun.stderr.contains("update runbook"),
            "its lock is not known to be free: {}",
            begun.stderr
        );
        assert_eq!(desk.effects(), ["one", "two"], "nothing was done again");
    }
}

#[test]
fn a_plan_of_a_newer_program_is_newer_if_its_journal_vouches_for_it() {
    let (desk, id) = open_run();
    let file = desk.folder_of(&id).join("plan.json");
    let plan = fs::read_to_string(&file).expect("there is a plan");
    let newer = plan.replacen("\"format\": 3", "\"format\": 9", 1);
    assert_ne!(plan, newer, "{plan}");
    fs::write(&file, &newer).expect("it can be written");
    refused_by_every_verb(&desk, &id, 10, &["format 9"]);

    desk.forge_in(&desk.folder_of(&id), |_| {});
    refused_by_every_verb(
        &desk,
        &id,
        13,
        &["a newer version wrote the plan", "update runbook"],
    );
    assert_eq!(desk.effects(), ["one", "two"], "nothing was done again");
}

#[test]
fn a_line_altered_behind_one_of_a_newer_program_is_called_altered() {
    let (desk, id) = open_run();
    desk.forge(|line| {
        if line["seq"] == 3 {
            line["type"] = json!("step.teleported");
        }
    });
    let journal = desk.folder_of(&id).join("journal.jsonl");
    let text = fs::read_to_string(&journal).expect("there is a journal");
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.remove(4);
    fs::write(&journal, lines.concat()).expect("it can be written");

    refused_by_every_verb(&desk, &id, 10, &["line 5 of", "was altered"]);
}

#[test]
fn an_event_of_ours_that_says_something_unknown_is_no_event_of_a_newer_program() {
    let (desk, id) = open_run();
    desk.forge(|line| {
        if line["type"] == "step.finished" {
            line["outcome"] = json!("splendid");
        }
    });

    refused_by_every_verb(&desk, &id, 10, &["was altered", "splendid"]);
}

#[test]
fn a_journal_without_a_whole_line_was_cut_off() {
    for left in ["", "{\"v\":1,\"seq\":1"] {
        let (desk, id) = open_run();
        fs::write(desk.folder_of(&id).join("journal.jsonl"), left).expect("it can be written");

        refused_by_every_verb(
            &desk,
            &id,
            10,
            &["has no whole line", "only after its first line is on disk"],
        );
        desk.exec(&[]).exits(10);
    }
}

#[test]
fn a_run_without_its_journal_is_not_passed_over() {
    let (desk, id) = open_run();
    fs::remove_file(desk.folder_of(&id).join("journal.jsonl")).expect("it is there");

    refused_by_every_verb(&desk, &id, 10, &["journal.jsonl is missing"]);
    let begun = desk.exec(&[]).exits(10);
    assert!(begun.stderr.contains("the lock"), "{}", begun.stderr);
    assert_eq!(desk.effects(), ["one", "two"], "nothing was done again");
}

#[test]
fn a_plan_that_is_missing_or_no_file_is_a_damaged_record() {
    let (desk, id) = open_run();
    let plan = desk.folder_of(&id).join("plan.json");
    fs::remove_file(&plan).expect("it is there");
    refused_by_every_verb(&desk, &id, 10, &["plan.json is missing"]);

    fs::create_dir(&plan).expect("nothing is in its place");
    refused_by_every_verb(&desk, &id, 10, &["plan.json", "is a folder, no file"]);
    desk.exec(&[]).exits(10);
}

#[test]
fn a_plan_with_a_word_that_means_nothing_is_refused_and_nothing_is_guessed() {
    let condition = |word| {
        let truth = json!({"truth": true});
        json!({"text": "x", "root": {"binary": [word, truth, truth]}})
    };
    let truth = json!({"value": {"text": [{"text": "true"}], "kind": "boolean"}});
    let output = json!({
        "name": "x", "kind": "number", "ask": null, "pattern": null, "min": null, "max": null, "values": [],
    });
    let secret = json!({"name": "x", "command": null, "ask": null, "expose": "argument"});
    for (member, value, said) in [
        (
            "when",
            condition("=~"),
            "unknown variant `=~`, expected one of `&&`, `||`, `==`",
        ),
        (
            "assert",
            condition("and"),
            "unknown variant `and`, expected one of `&&`, `||`, `==`",
        ),
        (
            "when",
            json!({"text": "x", "root": truth}),
            "unknown variant `boolean`, expected one of `string`, `text`, `int`, `bool`",
        ),
        (
            "outputs",
            json!([output]),
            "unknown variant `number`, expected one of `string`, `text`, `int`, `bool`",
        ),
        (
            "env",
            json!({"X": [{"value": "steps.one.output.x"}]}),
            "`steps.one.output.x` is no value of a run",
        ),
        (
            "secrets",
            json!([secret]),
            "unknown variant `argument`, expected one of `file`, `stdin`, `env`",
        ),
    ] {
        let (desk, id) = open_run();
        let path = desk.folder_of(&id).join("plan.json");
        let text = fs::read(&path).expect("there is a plan");
        let mut plan: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
        match member {
            "secrets" => plan[member] = value,
            _ => plan["steps"][0][member] = value,
        }
        fs::write(&path, plan.to_string()).expect("it can be written");

        refused_by_every_verb(&desk, &id, 10, &["the plan of run", said]);
        assert_eq!(desk.effects(), ["one", "two"], "nothing was done again");
    }
}

/// Something that is no file, and what it is called.
type NoFile = (&'static str, fn(&Path));

const NO_FILES: [NoFile; 4] = [
    ("a FIFO", |path| {
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).expect("it can be made");
    }),
    ("a socket", |path| {
        drop(UnixListener::bind(path).expect("it can be made"));
    }),
    ("a folder", |path| {
        fs::create_dir(path).expect("it can be made")
    }),
    ("a symbolic link", |path| {
        symlink("/dev/zero", path).expect("it can be made");
    }),
];

#[test]
fn what_is_no_file_is_named_and_never_waited_for() {
    for (is, make) in NO_FILES {
        for name in ["steps/switch.1/log", "evidence/8273eae2a13d-port.txt"] {
            let desk = Desk::with_old_run("v1-finished");
            let path = desk.folder().join(name);
            fs::remove_file(&path).expect("it is there");
            make(&path);

            let proof = ended(desk.command(&["verify", &desk.id()]), name);
            assert_eq!(proof.code, Some(10), "{is} as {name}: {proof:?}");
            let said = format!("cannot be read: it is {is}, no file");
            assert!(proof.stdout.contains(&said), "{name}: {}", proof.stdout);
        }
        let (desk, id) = open_run();
        let path = desk.folder_of(&id).join("journal.jsonl");
        fs::remove_file(&path).expect("it is there");
        make(&path);
        let status = ended(desk.command(&["status", &id]), "journal.jsonl");
        let said = format!("it is {is}, no file");
        assert!(status.stderr.contains(&said), "{status:?}");
        assert_eq!(status.code, Some(10), "{is}: {status:?}");
    }
}

/// Its log is the lock of a try: whoever takes the run up opens it.
#[test]
fn a_run_whose_open_try_has_no_log_any_more_is_refused_at_once() {
    for (is, make) in NO_FILES {
        let desk = Desk::with(
            "steps:\n  - id: work\n    title: Work\n    run: |\n      echo work >> effects\n      until test -e go; do sleep 0.02; done\n    undo: { none: It is a test. }\n",
        );
        let mut program = desk.start();
        desk.wait_for_effects(1);
        program.kill().expect("it runs");
        ends(&mut program);
        let log = desk.folder().join("steps/work.1/log");
        fs::remove_file(&log).expect("it is there");
        make(&log);

        let ran = ended(desk.command(&["resume"]), is);
        let said = format!("{}: it is {is}, no file", log.display());
        assert!(ran.stderr.contains(&said), "{is}: {ran:?}");
        assert_ne!(ran.code, Some(0), "{is}: {ran:?}");
        desk.project.write("target/go", "");
        let end = desk.folder().join("steps/work.1/exit.json");
        until("the end of the step", || end.exists());
        assert_eq!(desk.effects(), ["work"]);
    }
}

#[test]
fn what_is_no_file_is_not_kept_with_a_run() {
    let desk = Desk::with_old_run("v1-finished");
    NO_FILES[0].1(&desk.project.path("dashboard.png"));
    for (file, is) in [("dashboard.png", "a FIFO"), ("/dev/zero", "a device")] {
        let note = ["note", &desk.id(), "seen", "--attach", file];
        let ran = ended(desk.command(&note), file);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("it is {is}, no file")),
            "{ran:?}"
        );
    }
}

#[test]
fn a_step_that_puts_something_else_in_the_place_of_its_outputs_fails_and_says_so() {
    for (make, is) in [
        ("mkfifo \"$RB_OUTPUT\"", "a FIFO"),
        ("ln -s /dev/zero \"$RB_OUTPUT\"", "a symbolic link"),
    ] {
        let desk = Desk::with(&format!(
            "steps:\n  - id: one\n    title: One\n    run: |\n      rm \"$RB_OUTPUT\"\n      {make}\n      echo one >> effects\n    outputs: {{ tag: {{ type: string }} }}\n"
        ));
        let ran = ended(
            desk.command(&["exec", "work", "--target", "target"]),
            "outputs",
        );
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.stdout.contains(&format!("it is {is}, no file")),
            "{ran:?}"
        );
        assert_eq!(desk.effects(), ["one"]);
    }
}

/// Runs a command that may hang for ever, and does not wait that long.
fn ended(mut command: Command, what: &str) -> Ran {
    let mut program = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let id = nix::unistd::Pid::from_raw(i32::try_from(program.id()).expect("a process id"));
    let mut waits = 0;
    while program.try_wait().expect("it can be asked").is_none() {
        waits += 1;
        if waits > 2000 {
            let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGKILL);
            panic!("it hangs: {what}");
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Ran::of(&program.wait_with_output().expect("it has ended"))
}

#[test]
fn a_journal_cut_before_a_try_that_left_its_folder_begins_nothing_anew() {
    for (keep, what) in [
        (2, "attempt 1 of `one`"),
        // The end of a step that was begun, and the beginning of the next, are missing.
        (4, "attempt 1 of `two`"),
    ] {
        let (desk, id) = open_run();
        let journal = desk.folder_of(&id).join("journal.jsonl");
        let text = fs::read_to_string(&journal).expect("there is a journal");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        fs::write(&journal, lines[..keep].concat()).expect("it can be written");

        let proof = desk.run(&["verify", &id]).exits(10);
        assert!(
            proof.stdout.contains("DIFFERS") && proof.stdout.contains(what),
            "{}",
            proof.stdout
        );
        for _ in 0..2 {
            let resumed = desk.run(&["resume", &id]).exits(10);
            assert!(
                resumed.stderr.contains(what) && resumed.stderr.contains("lines were cut off"),
                "{}",
                resumed.stderr
            );
            let help = "Compare the folder with a copy";
            assert!(resumed.stderr.contains(help), "{}", resumed.stderr);
        }
        assert_eq!(desk.effects(), ["one", "two"], "nothing was done again");
    }
}

#[test]
fn an_undo_that_the_journal_forgot_is_not_begun_anew() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: 'echo one >> effects'\n    undo: { run: 'echo undone >> effects' }\n  - { id: two, title: Two, run: 'false' }\n",
    );
    desk.exec(&[]).exits(1);
    let journal = desk.folder().join("journal.jsonl");
    let before = fs::read(&journal).expect("there is a journal");
    let id = desk.id();
    desk.run(&["undo", &id]).exits(7);
    fs::write(&journal, before).expect("it can be written");

    let proof = desk.run(&["verify", &id]).exits(10);
    assert!(proof.stdout.contains("undo of `one`"), "{}", proof.stdout);
    let again = desk.run(&["undo", &id]).exits(10);
    assert!(again.stderr.contains("undo of `one`"), "{}", again.stderr);
    assert_eq!(desk.effects(), ["one", "undone"]);
}

#[test]
fn what_the_state_follows_from_is_not_guessed() {
    type Change = fn(&mut serde_json::Value);
    let changes: [(&str, Change); 2] = [
        ("gave up", |line| {
            if line["type"] == "wait.ended" {
                line["why"] = json!("gave up");
            }
        }),
        ("by magic", |line| {
            if line["type"] == "step.skipped" {
                line["why"] = json!("by magic");
            }
        }),
    ];
    for (word, change) in changes {
        let desk = Desk::with(
            "steps:\n  - { id: soak, title: Soak, wait: { for: 1ms } }\n  - { id: not, title: Not, check: { run: 'true' }, when: \"run.id == 'x'\" }\n  - { id: two, title: Two, check: { run: 'false' } }\n",
        );
        desk.exec(&[]).exits(1);
        let id = desk.id();
        desk.forge(change);
        refused_by_every_verb(&desk, &id, 10, &["was altered", word]);
    }
}

/// Before there was an event for it, a person's verdict on an undo was a remark.
#[test]
fn a_verdict_that_an_older_program_wrote_as_a_remark_is_read_as_one() {
    let (desk, id) = open_run();
    let remark = "The undo of one was in doubt: it happened.";
    desk.run(&["note", &id, remark]).exits(0);

    desk.run(&["verify", &id]).exits(0);
    let report = desk.run(&["report", &id]).exits(0);
    assert!(report.stdout.contains(remark), "{}", report.stdout);
}

#[test]
fn a_person_called_verify_is_no_machine() {
    let desk = Desk::with(
        "steps:\n  - id: one\n    title: One\n    run: |\n      echo one >> effects\n      kill -9 \"$PPID\"\n    undo: { none: It is a test. }\n",
    );
    let account = nix::unistd::User::from_uid(nix::unistd::Uid::effective());
    let account = account
        .expect("it can be asked")
        .expect("there is one")
        .name;
    desk.project.write(
        "content/data/roles.yaml",
        format!("roles: {{ developer: {{ title: Developer }} }}\npeople:\n  verify: {{ os: [{account}], roles: [developer] }}\n"),
    );
    desk.exec(&[]).exits(6);
    desk.run(&["resume", "--assume", "one=done", "--reason", "I looked"])
        .exits(0);

    let report = desk.json(&["report", "--json"]);

    assert_eq!(report["overrides"][0]["what"], "verdict", "{report:#}");
}

/// What is only remembered is not waited for.
#[test]
fn a_fifo_in_place_of_what_was_remembered_of_runs_is_passed_over() {
    let (desk, id) = open_run();
    let index = desk.project.path("state/desk/runs.index");
    let _ = std::fs::remove_file(&index);
    nix::unistd::mkfifo(&index, nix::sys::stat::Mode::S_IRWXU).expect("it can be made");
    let ran = desk.run(&["runs"]).exits(0);
    assert!(ran.stdout.contains(&id[id.len() - 6..]), "{}", ran.stdout);
}
