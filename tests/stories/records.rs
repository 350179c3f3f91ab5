//! Records of runs: those that earlier versions left, what proves them, and when they go.

use crate::desk::Desk;
use crate::project::ends;
use crate::terminal::Terminal;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

const OLD: [&str; 5] = [
    "v1-finished",
    "v1-suspended",
    "v1-in-doubt",
    "v1-power-cut",
    "v2-loop",
];

/// A file of the only run that is there after all else.
fn journal(desk: &Desk) -> PathBuf {
    desk.folder().join("journal.jsonl")
}

fn lines(desk: &Desk) -> Vec<String> {
    let text = fs::read_to_string(journal(desk)).expect("there is a journal");
    text.split_inclusive('\n').map(str::to_owned).collect()
}

#[test]
fn old_records_are_proved_and_reported() {
    for name in OLD {
        let desk = Desk::with_old_run(name);
        let id = desk.id();
        let proof = desk.run(&["verify", &id]).exits(0);
        assert!(
            !proof.stdout.contains("DIFFERS"),
            "{name}: {}",
            proof.stdout
        );
        let report = desk.json(&["report", &id, "--json"]);
        assert_eq!(report["run"], id, "{name}");
        let lines = report["digests"]["lines"].as_u64().expect("a number");
        assert_eq!(lines, self::lines(&desk).len() as u64, "{name}");
        for format in ["md", "html"] {
            let said = desk.run(&["report", &id, "--format", format]).exits(0);
            assert!(said.stdout.contains(&id), "{name} as {format}");
        }
        desk.run(&["status", &id]).exits(0);
    }
}

#[test]
fn an_old_run_that_waits_is_approved_and_goes_on() {
    let desk = Desk::with_old_run("v1-suspended");
    let id = desk.id();
    desk.run(&["approve", &id, "go", "--as", "lead"]).exits(0);

    let resumed = desk.run(&["resume", &id]).exits(1);

    assert!(resumed.stdout.contains("connection refused by mail-3"));
    desk.run(&["verify", &id]).exits(0);
}

#[test]
fn an_old_run_in_doubt_is_settled_by_a_person_and_finishes() {
    let desk = Desk::with_old_run("v1-in-doubt");
    desk.run(&["resume"]).exits(6);

    let mut terminal = Terminal::start({
        let mut command = desk.project.command(&["resume"]);
        command.env("RUNBOOK_STATE_DIR", desk.project.path("state"));
        command
    });
    terminal.shows("IN DOUBT").shows("[d]").types("d");
    terminal.shows("is finished");

    assert_eq!(terminal.ends(), 0);
    desk.run(&["verify", &desk.id()]).exits(0);
}

#[test]
fn an_old_run_in_the_middle_of_a_loop_goes_on_with_the_next_item() {
    let desk = Desk::with_old_run("v2-loop");
    let status = desk.run(&["status"]).exits(0).stdout;
    assert!(status.contains("Drain mail-2  drain[mail-2]"), "{status}");

    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    terminal
        .shows("quiet[mail-2] failed")
        .types("s")
        .shows("why skip `hosts[mail-2]`?")
        .types("it stays as it is")
        .shows("is finished");

    assert_eq!(terminal.ends(), 0);
    desk.run(&["verify", &desk.id()]).exits(0);
}

#[test]
fn an_old_run_of_a_machine_that_lost_power_names_it_and_goes_on() {
    let desk = Desk::with_old_run("v1-power-cut");
    let known = desk.json(&["status", "--json"]);
    assert_eq!(known["driver"]["host"], "mail-1", "{known}");
    assert_eq!(known["incident"], "INC-4711", "{known}");

    desk.run(&["resume"]).exits(0);

    let id = desk.id();
    desk.run(&["verify", &id]).exits(0);
    let started = |event: &&String| *event == "step.started drain";
    assert_eq!(desk.events().iter().filter(started).count(), 2);
}

#[test]
fn whatever_is_altered_in_a_record_is_found() {
    type Alter = fn(&Desk);
    let alterations: [(&str, Alter); 6] = [
        ("log of switch, attempt 1", |desk| {
            fs::write(desk.folder().join("steps/switch.1/log"), "all went well\n")
                .expect("written");
        }),
        ("log of switch, attempt 2", |desk| {
            fs::remove_file(desk.folder().join("steps/switch.2/log")).expect("removed");
        }),
        ("port.txt", |desk| {
            let file = desk.folder().join("evidence/8273eae2a13d-port.txt");
            let text = fs::read_to_string(&file).expect("it is there");
            fs::write(file, text.replace("filtered", "open    ")).expect("written");
        }),
        ("line 1 of", |desk| {
            let plan = desk.folder().join("plan.json");
            let text = fs::read_to_string(&plan).expect("it is there");
            fs::write(plan, text.replace("mail-2", "mail-9")).expect("written");
        }),
        ("line 9 of", |desk| {
            let mut lines = lines(desk);
            lines.remove(8);
            fs::write(journal(desk), lines.concat()).expect("written");
        }),
        ("that of run", |desk| {
            let (old, new) = (
                desk.folder(),
                desk.project
                    .path("state/desk/runs/01M8ADQMWWQPTRDE36KK000000"),
            );
            fs::rename(old, new).expect("renamed");
        }),
    ];
    for (found, alter) in alterations {
        let desk = Desk::with_old_run("v1-finished");
        alter(&desk);
        let run = fs::read_dir(desk.project.path("state/desk/runs"))
            .expect("there are runs")
            .next()
            .expect("there is one")
            .expect("it can be read")
            .file_name();
        let proof = desk.run(&["verify", &run.to_string_lossy()]).exits(10);
        assert!(
            proof.stdout.contains("DIFFERS") && proof.stdout.contains(found),
            "{found}: {}",
            proof.stdout
        );
    }
}

/// A restored backup under a second id: whoever went on with it would do all again.
#[test]
fn a_run_folder_under_another_id_is_not_gone_on_with() {
    let desk = Desk::with(
        "steps:\n  - id: act\n    title: Act\n    run: |\n      echo act >> effects\n      test -e go\n",
    );
    desk.exec(&[]).exits(1);
    let (id, folder) = (desk.id(), desk.folder());
    let last = if id.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{last}", &id[..id.len() - 1]);
    let copy = folder.with_file_name(&other);
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([&folder, &copy])
        .status();
    assert!(copied.expect("cp is there").success());
    desk.project.write("target/go", "");

    for verb in ["resume", "undo", "abort", "report", "status", "verify"] {
        let mut words = vec![verb, &other[20..]];
        if verb == "abort" {
            words.extend(["--reason", "x"]);
        }
        let ran = desk.run(&words).exits(10);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            said.contains(&format!("that of run {id}")),
            "{verb}: {said}"
        );
    }

    assert_eq!(desk.effects(), ["act"], "nothing was done again");
}

#[test]
fn lines_cut_off_at_the_end_are_found_by_an_anchor_alone() {
    let desk = Desk::with_old_run("v1-finished");
    let id = desk.id();
    let report = desk.json(&["report", &id, "--json"]);
    let head = report["digests"]["head"].as_str().expect("a hash");
    desk.project.write(
        "tag.txt",
        format!("Release 1.4.3\n\nRunbook-Run: {id}\nRunbook-Head: {head}\n"),
    );
    let proof = desk.run(&["verify", &id, "--anchor", "tag.txt"]).exits(0);
    assert!(
        proof.stdout.contains("names line 25 of 25"),
        "{}",
        proof.stdout
    );

    let mut lines = lines(&desk);
    lines.pop();
    fs::write(journal(&desk), lines.concat()).expect("it can be written");

    let proof = desk.run(&["verify", &id]).exits(0);
    assert!(
        proof
            .stdout
            .contains("only an anchor (--anchor FILE) can prove"),
        "{}",
        proof.stdout
    );
    let proof = desk.run(&["verify", &id, "--anchor", "tag.txt"]).exits(10);
    assert!(
        proof.stdout.contains("lines were cut off"),
        "{}",
        proof.stdout
    );
}

#[test]
fn an_anchor_comes_by_standard_input_and_has_to_name_the_run() {
    let desk = Desk::with_old_run("v1-suspended");
    let id = desk.id();
    let head = desk.json(&["report", &id, "--json"])["digests"]["head"].clone();
    let head = head.as_str().expect("a hash");
    for (message, code) in [
        (format!("Runbook-Run: {id}\nRunbook-Head: {head}\n"), 0),
        (
            format!("Runbook-Run: {id}\nRunbook-Head: {}\n", "0".repeat(64)),
            10,
        ),
        (format!("Runbook-Run: another\nRunbook-Head: {head}\n"), 10),
        ("Release 1.4.3\n".to_owned(), 10),
    ] {
        let mut command = desk.command(&["verify", &id, "--anchor", "-"]);
        let mut program = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut stdin = program.stdin.take().expect("it is piped");
        stdin.write_all(message.as_bytes()).expect("it listens");
        drop(stdin);
        let status = ends(&mut program);
        assert_eq!(status.code(), Some(code), "{message}");
    }
}

#[test]
fn old_runs_go_whole_and_open_ones_stay() {
    let desk = Desk::with_old_run("v1-finished");
    let finished = desk.folder();
    desk.run(&["gc", "--keep", "36500d"]).exits(0);
    assert!(finished.exists(), "it is younger than a hundred years");

    let said = desk.run(&["gc", "--keep", "0d", "--dry-run"]).exits(0);
    assert!(said.stdout.contains("1 run would be removed") && finished.exists());
    let said = desk.run(&["gc", "--keep", "0d"]).exits(0);
    assert!(
        said.stdout.contains("move-mail 1.0.0  finished") && said.stdout.contains("1 run removed"),
        "{}",
        said.stdout
    );
    assert_eq!(desk.json(&["runs", "--json"]), serde_json::json!([]));
    assert!(desk.project.files("state/desk/runs").is_empty());

    for open in ["v1-suspended", "v1-in-doubt"] {
        let desk = Desk::with_old_run(open);
        desk.run(&["gc", "--keep", "0d"]).exits(0);
        assert!(desk.folder().exists(), "{open} is open");
    }
}

#[test]
fn a_damaged_run_may_be_the_open_one_so_an_ended_one_is_not_shown_in_its_place() {
    let desk = Desk::with_old_run("v1-finished");
    let id = desk.id();
    desk.run(&["status"]).exits(0);
    desk.project.write(
        "state/desk/runs/00000000000000000000000001/journal.jsonl",
        "{}\n{}\n",
    );

    for verb in ["status", "report", "verify"] {
        let ran = desk.run(&[verb]).exits(10);
        assert!(
            ran.stderr.contains("000001 cannot be read"),
            "{verb}: {}",
            ran.stderr
        );
        desk.run(&[verb, &id]).exits(0);
    }
}

#[test]
fn one_damaged_run_does_not_hide_the_others() {
    let desk = Desk::with_old_run("v1-suspended");
    let whole = desk.id();
    for (name, text) in [
        ("00000000000000000000000001/journal.jsonl", "{}\n{}\n"),
        ("00000000000000000000000002/journal.jsonl", ""),
    ] {
        desk.project.write(&format!("state/desk/runs/{name}"), text);
    }
    let plan = "state/desk/runs/00000000000000000000000001/plan.json";
    let old = desk
        .project
        .read(&format!("state/desk/runs/{whole}/plan.json"));
    desk.project.write(plan, old);

    for arguments in [&["runs"][..], &[]] {
        let ran = desk.run(arguments).exits(10);
        assert!(ran.stdout.contains("waiting at go"), "{}", ran.stdout);
        assert!(
            ran.stderr.contains("000001 cannot be read")
                && ran.stderr.contains("000002 cannot be read"),
            "{}",
            ran.stderr
        );
    }
    desk.run(&["status", &whole]).exits(0);
    for (verb, code) in [("status", 0), ("resume", 5)] {
        let ran = desk.run(&[verb]).exits(code);
        assert!(
            ran.stderr
                .contains("passed over: run 000001 cannot be read"),
            "{}",
            ran.stderr
        );
    }
    desk.run(&["verify", "000001"]).exits(10);
    let cleared = desk.run(&["gc", "--keep", "0d"]).exits(0);
    assert!(
        cleared.stdout.contains("0 runs removed, 3 kept"),
        "{}",
        cleared.stdout
    );
}

/// A run with a look, a step that hands something on, an undo, and a probe.
fn of_every_kind_of_try() -> Desk {
    let desk = Desk::with(
        r#"steps:
  - id: soak
    title: Soak
    wait: { or_until: { run: "test -e target || test -e effects", every: 1ms, times: 5 } }
  - id: make
    title: Make
    run: |
      echo made >> effects
      echo tag=v1 >> "$RB_OUTPUT"
    outputs: { tag: { type: string } }
    verify: { run: "grep -q made effects", absent: [1] }
    undo: { run: "echo undone >> effects" }
  - { id: fail, title: Fail, check: { run: "false" } }
"#,
    );
    desk.exec(&[]).exits(1);
    desk.run(&["undo"]).exits(7);
    desk
}

#[test]
fn every_file_of_a_try_that_ended_is_vouched_for() {
    let desk = of_every_kind_of_try();
    let id = desk.id();
    let proof = desk.run(&["verify", &id]).exits(0);
    assert!(!proof.stdout.contains("DIFFERS"), "{}", proof.stdout);
    let report = desk.json(&["report", &id, "--json"]);
    let kept = report["digests"]["kept"].as_array().expect("a list");
    let kept: Vec<&str> = kept
        .iter()
        .map(|file| file["path"].as_str().expect("a path"))
        .collect();
    let tries = fs::read_dir(desk.folder().join("steps")).expect("there are tries");
    let mut files = Vec::new();
    for attempt in tries {
        let attempt = attempt.expect("it can be read");
        for name in ["command.json", "outputs", "exit.json", "log"] {
            assert!(attempt.path().join(name).exists(), "{name} of {attempt:?}");
            files.push(format!("{}/{name}", attempt.file_name().to_string_lossy()));
        }
    }
    assert!(files.len() >= 4 * 5, "{files:?}");
    for file in files {
        let path = desk.folder().join("steps").join(&file);
        let is_log_of_a_step = ["make.1/log", "fail.1/log"].contains(&file.as_str());
        assert!(
            is_log_of_a_step || kept.contains(&file.as_str()),
            "{file}: {kept:?}"
        );
        let before = fs::read(&path).expect("it is there");
        let mut altered = before.clone();
        match altered.last_mut() {
            Some(byte) => *byte ^= 1,
            None => altered.push(b'x'),
        }
        for other in [Some(altered), None] {
            match other {
                Some(bytes) => fs::write(&path, bytes).expect("it can be written"),
                None => fs::remove_file(&path).expect("it can be removed"),
            }
            let proof = desk.run(&["verify", &id]).exits(10);
            let named = match is_log_of_a_step {
                true => format!("DIFFERS  log of {}", &file[..4]),
                false => format!("DIFFERS  file steps/{file}"),
            };
            assert!(proof.stdout.contains(&named), "{named}: {}", proof.stdout);
        }
        fs::write(&path, before).expect("it can be written");
    }
    desk.run(&["verify", &id]).exits(0);
}

#[test]
fn a_file_that_a_line_vouches_for_lies_in_the_run() {
    let desk = of_every_kind_of_try();
    let id = desk.id();
    for path in [
        "../../plan.json",
        "/etc/hostname",
        "make.1/../make.1/log",
        "make.1",
    ] {
        desk.forge(|line| {
            if line["type"] == "step.finished" && line["step"] == "make" {
                line["kept"][0]["path"] = path.into();
            }
        });
        let proof = desk.run(&["verify", &id]).exits(10);
        let named = format!("file steps/{path}: cannot be read: its name leads elsewhere");
        assert!(proof.stdout.contains(&named), "{}", proof.stdout);
    }
}
