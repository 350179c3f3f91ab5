//! Run folders that somebody copied, merged, moved or put back from a backup: whoever went on in one
//! would do again what was done. It is refused, the message says what does not fit, and nothing on disk
//! changes.

use crate::desk::{Desk, at_once};
use crate::hostile::next;
use crate::project::{ends, files_below};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

/// Three steps that act once. The first can be taken back.
const WORK: &str = "steps:\n  - id: one\n    title: One\n    run: 'echo one >> effects'\n    undo: { run: 'echo undone >> effects' }\n  - id: two\n    title: Two\n    run: 'echo two >> effects'\n    undo: { none: It is a test. }\n  - id: three\n    title: Three\n    run: 'echo three >> effects'\n    undo: { none: It is a test. }\n";

/// The same, where the second waits until somebody makes `on`.
const SLOW: &str = "steps:\n  - id: one\n    title: One\n    run: 'echo one >> effects'\n  - id: two\n    title: Two\n    run: |\n      echo two >> effects\n      until test -e on; do sleep 0.02; done\n    undo: { none: It is a test. }\n";

/// Copies the content of a folder into another one, with what `cp` is told.
fn copy(how: &[&str], from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    let ended = Command::new("cp")
        .args(how)
        .arg(from.join("."))
        .arg(to)
        .status();
    assert!(ended.expect("cp is there").success());
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = files_below(folder).into_iter();
    // A cache.
    files
        .filter(|(name, _)| !name.ends_with("runs.index"))
        .collect()
}

/// The verbs about a run, as somebody would type them.
fn verbs(id: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["status", id],
        vec!["report", id],
        vec!["verify", id],
        vec!["note", id, "x"],
        vec!["approve", id, "two"],
        vec!["abort", id, "--reason", "x"],
        vec!["undo", id],
        vec!["resume", id],
        vec!["resume", id, "--assume", "two=absent", "--reason", "x"],
    ]
}

/// Every verb refuses this run and says these words, nothing was done again, and nothing changed.
fn refused(desk: &Desk, id: &str, words: &[&str], what: &str) {
    let state = desk.project.path("state");
    let (effects, before) = (desk.effects(), files(&state));
    for verb in verbs(id) {
        let ran = desk.run(&verb);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, Some(10), "{what}, {verb:?}: {said}");
        for words in words {
            assert!(said.contains(words), "{what}, {verb:?}, {words}: {said}");
        }
        if verb[0] != "verify" {
            assert!(said.contains("nothing was changed"), "{what}: {said}");
        }
        assert_eq!(desk.effects(), effects, "{what}, {verb:?}");
        let changed = files(&state)
            .into_iter()
            .find(|(name, bytes)| before.get(name) != Some(bytes));
        assert_eq!(changed, None, "{what}, {verb:?}");
    }
}

/// A run that was left after its second step; its id and its folder.
fn left_run(desk: &Desk) -> (String, PathBuf) {
    run_of(desk, &["--until", "two"])
}

fn run_of(desk: &Desk, further: &[&str]) -> (String, PathBuf) {
    let known = desk.json(&["runs", "--json"]);
    let begin = ["exec", "work", "--target", "target"];
    desk.run(&[&begin[..], further].concat());
    let all = desk.json(&["runs", "--json"]);
    let id = |run: &serde_json::Value| run["run"].as_str().expect("an id").to_owned();
    let all = all.as_array().expect("a list").iter().map(id);
    let known: Vec<String> = known.as_array().expect("a list").iter().map(id).collect();
    let new = all.into_iter().find(|id| !known.contains(id));
    let new = new.expect("a run was begun");
    let folder = desk.folder_of(&new);
    (new, folder)
}

#[test]
fn two_runs_in_one_folder_are_not_gone_on_with() {
    type Merge = fn(&Path, &Path);
    let merges: [(&str, Merge, &str); 6] = [
        (
            "all of the other, over this one",
            |of, own| copy(&["-rf"], of, own),
            "that of run",
        ),
        (
            "the plan of the other",
            |of, own| {
                let plan = fs::read_to_string(of.join("plan.json")).expect("it is there");
                fs::write(own.join("plan.json"), plan + " ").expect("it can be written");
            },
            "was altered",
        ),
        (
            "the journal of the other",
            |of, own| {
                fs::copy(of.join("journal.jsonl"), own.join("journal.jsonl")).expect("copied");
            },
            "that of run",
        ),
        (
            "the tries of the other, over those of this one",
            |of, own| copy(&["-rf"], &of.join("steps"), &own.join("steps")),
            "was begun by run",
        ),
        (
            "one try of the other",
            |of, own| {
                let (of, own) = (of.join("steps/two.1"), own.join("steps/two.1"));
                copy(&["-rf"], &of, &own);
            },
            "attempt 1 of `two` was begun by run",
        ),
        (
            "a try of the other that this one does not have",
            |of, own| {
                let (of, own) = (of.join("steps/one.1"), own.join("steps/three.1"));
                copy(&["-rn"], &of, &own);
            },
            "attempt 1 of `three`",
        ),
    ];
    for (what, merge, words) in merges {
        let desk = Desk::with(WORK);
        let (_, of) = left_run(&desk);
        let (id, own) = left_run(&desk);
        merge(&of, &own);

        refused(&desk, &id, &[words], what);
    }
}

/// `cp -rn`: what the other run did and this one did not comes to lie in its folder.
#[test]
fn a_run_that_got_the_further_tries_of_another_does_not_go_on_with_them() {
    let desk = Desk::with(WORK);
    let (_, of) = run_of(&desk, &[]);
    let (id, own) = left_run(&desk);
    copy(&["-rn"], &of, &own);

    refused(&desk, &id, &["attempt 1 of `three`"], "cp -rn");
}

/// The end of another run's try must not pass for that of one that nobody knows the end of.
#[test]
fn the_end_of_another_runs_try_settles_no_try_of_this_one() {
    let desk = Desk::with(SLOW);
    desk.project.write("target/on", "");
    desk.exec(&[]).exits(0);
    let (of, known) = (desk.folder(), desk.id());
    fs::remove_file(desk.project.path("target/on")).expect("it is there");
    let mut program = desk.start();
    desk.wait_for_effects(4);
    program.kill().expect("it runs");
    ends(&mut program);
    let runs = desk.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list").iter();
    let mut ids = runs.map(|run| run["run"].as_str().expect("an id").to_owned());
    let id = ids.find(|id| *id != known).expect("a run was begun");
    let own = desk.folder_of(&id);
    copy(&["-rf"], &of.join("steps/two.1"), &own.join("steps/two.1"));

    refused(
        &desk,
        &id,
        &["attempt 1 of `two` was begun by run"],
        "its end",
    );
    desk.project.write("target/on", "");
}

#[test]
fn a_backup_that_was_put_over_a_newer_folder_is_not_gone_on_with() {
    // (what the run did after the backup was taken, and what the folder tells)
    let later: [(&str, &[&str], &str); 2] = [
        ("a further step", &["resume"], "attempt 1 of `three`"),
        ("an undo", &["undo"], "the undo of `one`"),
    ];
    for (what, verb, words) in later {
        let desk = Desk::with(WORK);
        let (id, own) = left_run(&desk);
        let backup = desk.project.path("backup");
        copy(&["-a"], &own, &backup);
        desk.run(verb);
        copy(&["-a"], &backup, &own);

        let cut = [words, "lines were cut off"];
        refused(&desk, &id, &cut, what);
    }
}

/// It ended, was taken back, and its folder is again what it was before that, but for the tries of the undo.
#[test]
fn a_run_that_ended_and_does_not_fit_is_evidence_and_keeps_its_lock() {
    let desk = Desk::with(&format!("lock: {{ key: k }}\n{WORK}"));
    desk.run(&["exec", "work", "--target", "target", "--run-key", "K"])
        .exits(0);
    let id = desk.id();
    let backup = desk.project.path("backup");
    copy(&["-a"], &desk.folder(), &backup);
    desk.run(&["undo", &id, "--confirm", &id]);
    copy(&["-a"], &backup, &desk.folder());
    let (effects, before) = (desk.effects(), files(&desk.project.path("state")));

    desk.run(&["status", &id]).exits(10);
    for begin in [
        &["exec", "work", "--target", "target"][..],
        &["exec", "work", "--target", "target", "--run-key", "K"],
    ] {
        let ran = desk.run(begin).exits(10);
        assert!(ran.stderr.contains("does not fit together"), "{ran:?}");
    }
    let ran = desk.run(&["gc", "--keep", "0s"]).exits(0);
    assert!(ran.stderr.contains("does not fit together"), "{ran:?}");
    assert!(ran.stdout.contains("0 runs removed, 1 kept"), "{ran:?}");

    assert_eq!(desk.effects(), effects);
    assert_eq!(files(&desk.project.path("state")), before);
}

#[test]
fn a_lock_that_another_run_holds_is_no_lock_of_this_one() {
    let desk = Desk::with(WORK);
    let (_, of) = left_run(&desk);
    let (id, own) = left_run(&desk);
    fs::remove_file(own.join("lock")).expect("it is there");
    fs::hard_link(of.join("lock"), own.join("lock")).expect("it can be linked");
    fs::remove_file(of.join("lock")).expect("it is there");
    fs::copy(own.join("lock"), of.join("lock")).expect("it can be copied");

    // The lock names nobody: the run is whole, and goes on.
    desk.run(&["resume", &id]).exits(0);
    assert_eq!(desk.effects(), ["one", "two", "one", "two", "three"]);
}

/// A copy below another project, or another state folder, has the same id: both would act.
#[test]
fn a_copy_of_a_run_beside_the_run_itself_is_not_gone_on_with() {
    let desk = Desk::with(WORK);
    let (id, own) = left_run(&desk);
    let other = desk.project.path("elsewhere/desk/runs").join(&id);
    copy(&["-a"], &own, &other);
    let at = |verb: &[&str]| {
        let mut command = desk.command(verb);
        command.env("RUNBOOK_STATE_DIR", desk.project.path("elsewhere"));
        crate::project::Ran::of(&command.output().expect("it starts"))
    };
    let (effects, before) = (desk.effects(), files(&other));

    for verb in verbs(&id) {
        let ran = at(&verb);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        match verb[0] {
            // They only look.
            "status" | "report" | "verify" => assert_ne!(ran.code, Some(10), "{said}"),
            _ => {
                assert_eq!(ran.code, Some(10), "{verb:?}: {said}");
                let there = own.display().to_string();
                for words in [&there, "two folders", "move"] {
                    assert!(said.contains(words), "{verb:?}, {words}: {said}");
                }
            }
        }
        assert_eq!(desk.effects(), effects, "{verb:?}");
        assert_eq!(files(&other), before, "{verb:?}");
    }

    // The run itself goes on; and once it is gone, the copy is it.
    fs::rename(&own, desk.project.path("away")).expect("it can be moved");
    at(&["resume", &id]).exits(0);
    assert_eq!(desk.effects(), ["one", "two", "three"]);
}

/// As git, and most places where things are kept, know no empty folders.
#[test]
fn a_run_that_came_back_without_its_empty_folders_goes_on() {
    for verb in ["approve", "reject", "abort", "resume"] {
        let desk = Desk::with(&format!(
            "{}{}",
            "steps:\n  - { id: gate, title: Gate, approve: { role: developer, text: May I? } }\n",
            WORK.trim_start_matches("steps:\n")
        ));
        desk.exec(&[]).exits(5);
        let (id, folder) = (desk.id(), desk.folder());
        for empty in ["inbox", "steps"] {
            fs::remove_dir(folder.join(empty)).expect("it is empty");
        }

        match verb {
            "approve" => drop(desk.run(&["approve", &id, "gate"]).exits(0)),
            "reject" => drop(
                desk.run(&["reject", &id, "gate", "--reason", "no"])
                    .exits(0),
            ),
            "abort" => drop(desk.run(&["abort", &id, "--reason", "no"]).exits(0)),
            _ => {
                desk.run(&["resume", &id]).exits(5);
                desk.run(&["approve", &id, "gate"]).exits(0);
            }
        }
        if matches!(verb, "approve" | "resume") {
            desk.run(&["resume", &id]).exits(0);
            assert_eq!(desk.effects(), ["one", "two", "three"], "{verb}");
        }
        desk.run(&["verify", &id]).exits(0);
    }
}

#[test]
fn what_is_no_letter_is_named() {
    let desk = Desk::with(
        "steps:\n  - { id: gate, title: Gate, approve: { role: developer, text: May I? } }\n",
    );
    desk.exec(&[]).exits(5);
    let name = "inbox/01M8KZ9KWM5J2PAPY2DEQJEKGZ.json";
    fs::create_dir(desk.folder().join(name)).expect("it can be made");
    let ran = desk.run(&["resume"]).exits(2);
    assert!(ran.stderr.contains(name), "{}", ran.stderr);
}

#[test]
fn a_run_that_was_moved_to_another_state_folder_goes_on_there() {
    let desk = Desk::with(WORK);
    let (id, _) = left_run(&desk);
    let (state, moved) = (desk.project.path("state"), desk.project.path("moved"));
    fs::rename(state, &moved).expect("it can be moved");

    let mut resume = desk.command(&["resume", &id]);
    let ran = resume.env("RUNBOOK_STATE_DIR", &moved).output();
    crate::project::Ran::of(&ran.expect("it starts")).exits(0);
    assert_eq!(desk.effects(), ["one", "two", "three"]);
}

/// What a step of the long story does: it says in whose run it acted, and takes a while.
const SAID: &str = "steps:\n  - { id: one, title: One, run: 'echo one $RB_RUN >> effects; sleep 0.1', undo: { none: It is a test. } }\n  - { id: two, title: Two, run: 'echo two $RB_RUN >> effects; sleep 0.1', undo: { none: It is a test. } }\n  - { id: three, title: Three, run: 'echo three $RB_RUN >> effects; sleep 0.1', undo: { none: It is a test. } }\n";

/// Begins a run and kills it at a moment that nobody chose; the folder of that run, if there is one.
fn cut_short(desk: &Desk, seed: &mut u64) -> Option<PathBuf> {
    let folders = || -> Vec<PathBuf> {
        let runs = fs::read_dir(desk.project.path("state/desk/runs"));
        let runs = runs.into_iter().flatten();
        let runs = runs.map(|run| run.expect("it can be read"));
        // The others did not come into being.
        let came = runs.filter(|run| !run.file_name().to_string_lossy().starts_with('.'));
        came.map(|run| run.path()).collect()
    };
    let before = folders();
    let mut program = desk.start();
    std::thread::sleep(Duration::from_millis(80 + next(seed) % 500));
    let _ = program.kill();
    ends(&mut program);
    folders().into_iter().find(|run| !before.contains(run))
}

/// Two runs that were killed, of which any files lie in the folder of the other: whatever is then
/// typed, no step of a run acts twice.
#[test]
#[ignore = "long: hundreds of merged folders"]
fn whatever_of_two_runs_is_in_one_folder_no_step_acts_twice() {
    let counts = Mutex::new(BTreeMap::<String, usize>::new());
    at_once(200, |number| {
        let desk = Desk::with(SAID);
        let mut seed = 0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1);
        let found = (cut_short(&desk, &mut seed), cut_short(&desk, &mut seed));
        let (Some(of), Some(own)) = found else {
            return;
        };
        let some = 1 + next(&mut seed) % 4;
        for (file, bytes) in files_below(&of) {
            if next(&mut seed) % 4 < some {
                let path = own.join(file);
                fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
                fs::write(path, bytes).expect("it can be written");
            }
        }
        let id = own.file_name().expect("a name").to_string_lossy();
        let mut said = vec!["merged".to_owned()];
        for verb in [&["resume", &id][..], &["undo", &id], &["resume", &id]] {
            let ran = desk.run(verb);
            assert!(!ran.stderr.contains("panicked"), "{number}: {ran:?}");
            said.push(format!("{} {}", verb[0], ran.code.unwrap_or(-1)));
        }
        let mut effects = desk.effects();
        effects.sort();
        let all = effects.len();
        effects.dedup();
        let records = [&of, &own].map(|run| fs::read_to_string(run.join("journal.jsonl")));
        assert_eq!(
            effects.len(),
            all,
            "{number}: {effects:?}, {said:?}, {:?}, {records:#?}",
            desk.effects()
        );
        let mut counts = counts.lock().expect("no panic");
        for word in said {
            *counts.entry(word).or_default() += 1;
        }
    });
    let counts = counts.into_inner().expect("no panic");
    println!("{counts:?}");
    let refused = counts.get("resume 10").copied().unwrap_or_default();
    assert!(refused > counts["merged"] / 4, "{counts:?}");
}
