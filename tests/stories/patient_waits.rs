//! Waits that ask until they hear yes, and fail if they never do; hours of patience without a process.

use crate::clock;
use crate::desk::{Desk, until};
use crate::project::ends;
use crate::terminal::Terminal;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;

/// What stands behind each wait: it shows whether the run went on.
const AFTER: &str = "  - id: after\n    title: After\n    run: |\n      echo after >> effects\n    effect: idempotent\n";

/// A probe that counts its questions in `target/asked` and answers with the codes of the file `answers`, one a
/// line; the last one stays.
const PROBE: &str = "run: |\n          echo . >> asked\n          n=$(wc -l < asked)\n          code=$(sed -n \"${n}p\" answers)\n          test -n \"$code\" || code=$(tail -n 1 answers)\n          exit \"$code\"";

/// A runbook that waits for [`PROBE`]. `further` stands in the probe, `times` beside it, `keys` in the step.
fn waits(further: &str, times: &str, keys: &str) -> String {
    format!(
        "steps:\n  - id: soak\n    title: Soak\n    wait:\n      until:\n        {PROBE}\n{further}      {times}\n{keys}{AFTER}"
    )
}

/// A desk with such a runbook, whose probe gives these answers.
fn desk(answers: &[i32], further: &str, times: &str, keys: &str) -> Desk {
    let desk = Desk::with(&waits(further, times, keys));
    answer(&desk, answers);
    desk
}

fn answer(desk: &Desk, answers: &[i32]) {
    let lines: String = answers.iter().map(|code| format!("{code}\n")).collect();
    desk.project.write("target/answers", &lines);
}

const QUICK: &str = "every: 10ms\n      within: 1m";
const HOURS: &str = "every: 10m\n      within: 2h";

fn asked(desk: &Desk) -> usize {
    let file = desk.project.path("target/asked");
    std::fs::read_to_string(file).map_or(0, |marks| marks.lines().count())
}

/// The wait as `status --json` has it.
fn standing(desk: &Desk) -> (Value, Value) {
    let status = desk.json(&["status", "--json"]);
    (status["due"].clone(), status["steps"][0]["wait"].clone())
}

#[test]
fn a_wait_is_done_when_its_probe_says_yes_and_not_before() {
    let desk = desk(&[1, 7, 0], "", QUICK, "");
    let ran = desk.exec(&[]).exits(0);
    for shown in [
        "not yet: asked once",
        "cannot tell: asked twice (once it could not tell)",
        "last exit 7",
        "it said yes: asked 3 times",
    ] {
        assert!(ran.stdout.contains(shown), "{shown}: {}", ran.stdout);
    }
    assert_eq!(
        (asked(&desk), desk.effects()),
        (3, vec!["after".to_owned()])
    );
}

#[test]
fn what_is_asked_has_an_environment_of_its_own() {
    let desk = Desk::with(&format!(
        "steps:\n  - id: soak\n    title: Soak\n    env: {{ HOST: a }}\n    wait:\n      until: {{ run: 'test \"$HOST$PORT\" = a1', env: {{ PORT: \"1\" }} }}\n      every: 10ms\n      within: 1m\n{AFTER}"
    ));
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn a_wait_that_never_hears_yes_fails_and_can_be_tried_again() {
    let text = "    fail_text: Ask the owner of the service.\n";
    let desk = desk(&[1], "", "every: 20ms\n      within: 300ms", text);
    let ran = desk.exec(&[]).exits(1);
    assert!(
        ran.stdout.contains("  Ask the owner of the service.\n"),
        "{}",
        ran.stdout
    );
    let count = asked(&desk);
    assert!(count >= 2, "{count}");
    let often = match count {
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    };
    let words = format!("FAILED: it never said yes: asked {often} in 0:0");
    assert!(ran.stdout.contains(&words), "{words}: {}", ran.stdout);
    assert!(desk.effects().is_empty());
    let status = desk.run(&["status"]).exits(0);
    assert!(
        status.stdout.contains("failed at soak"),
        "{}",
        status.stdout
    );
    assert!(
        status
            .stdout
            .contains(&format!("never said yes: asked {often}")),
        "{}",
        status.stdout
    );

    answer(&desk, &[0]);
    desk.run(&["resume"]).exits(1);
    assert_eq!(asked(&desk), count, "nobody wanted another try");
    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    terminal
        .shows("soak failed: [r] try again")
        .types("r")
        .shows("it said yes");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(asked(&desk), count + 1);
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn a_failed_wait_at_a_terminal_has_the_menu_of_a_failed_step() {
    let desk = desk(&[1], "", "every: 20ms\n      within: 100ms", "");
    let mut terminal = Terminal::seated(&desk.command(&["exec", "work", "--target", "target"]));
    terminal
        .shows("never said yes")
        .shows("soak failed: [r] try again");
    answer(&desk, &[0]);
    terminal.types("r").shows("it said yes");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn what_follows_a_wait_that_failed_is_what_follows_any_failed_step() {
    let short = "every: 10ms\n      within: 30ms";
    for (keys, code, effects) in [
        ("    on_fail: continue\n", 0, &["after"][..]),
        ("    on_fail: fail\n", 1, &[]),
        ("    on_fail: rollback\n", 7, &[]),
    ] {
        let desk = desk(&[1], "", short, keys);
        desk.exec(&[]).exits(code);
        assert_eq!(desk.effects(), effects, "{keys}");
    }
    // Asked until the time of a try is over, and a try more.
    let desk = desk(&[1], "", short, "    retry: { max: 1, delay: 10ms }\n");
    let ran = desk.exec(&[]).exits(1);
    let starts = desk.events();
    let starts = starts.iter().filter(|event| *event == "wait.started soak");
    assert_eq!(starts.count(), 2, "{}", ran.stdout);
}

#[test]
fn a_code_that_rules_a_yes_out_fails_the_wait_at_once() {
    let desk = desk(&[1, 2], "        never: [2]\n", QUICK, "");
    let ran = desk.exec(&[]).exits(1);
    let words = "FAILED: it said that it will never be so: asked twice in 0:0";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    assert_eq!((asked(&desk), desk.effects()), (2, Vec::new()));
}

#[test]
fn which_codes_mean_not_yet_is_for_the_runbook_to_say() {
    let desk = desk(&[3, 1, 0], "        not_yet: [3]\n", QUICK, "");
    let ran = desk.exec(&[]).exits(0);
    assert!(
        ran.stdout.contains("not yet: asked once, next "),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("cannot tell: asked twice"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_probe_that_hangs_is_stopped_and_could_not_tell() {
    let desk = Desk::with(&format!(
        "steps:\n  - id: soak\n    title: Soak\n    timeout: 1s\n    wait:\n      until:\n        run: |\n          test -e asked && exit 0\n          touch asked\n          sleep 600\n      {QUICK}\n{AFTER}"
    ));
    let ran = desk.exec(&[]).exits(0);
    assert!(
        ran.stdout.contains("cannot tell: asked once"),
        "{}",
        ran.stdout
    );
}

#[test]
fn hours_pass_without_a_process_and_each_contact_asks_once() {
    if !clock::is_there() {
        return;
    }
    let desk = desk(&[1, 1, 0], "", HOURS, "");
    let ran = desk.exec(&[]).exits(5);
    assert!(
        ran.stdout.contains("soak still waits: asked once"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("left, last exit 1"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("resume the run after "),
        "{}",
        ran.stdout
    );
    let (due, wait) = standing(&desk);
    assert_eq!(due, wait["due"]);
    assert_eq!((&wait["asked"], &wait["exit"]), (&1.into(), &1.into()));
    assert!(wait["until"].as_str() > wait["due"].as_str(), "{wait}");

    // Too early: nobody is asked.
    let early = desk.run(&["resume"]).exits(5);
    assert!(
        early.stdout.contains("soak still waits: asked once"),
        "{}",
        early.stdout
    );
    assert_eq!(asked(&desk), 1);
    desk.passes(15);
    desk.run(&["resume"]).exits(5);
    assert_eq!(asked(&desk), 2);
    // The last hour is not sat through either.
    desk.passes(80);
    desk.run(&["resume"]).exits(0);
    assert_eq!(
        (asked(&desk), desk.effects()),
        (3, vec!["after".to_owned()])
    );
}

#[test]
fn a_contact_from_cron_every_quarter_of_an_hour_sees_two_hours_through() {
    if !clock::is_there() {
        return;
    }
    // When the service says yes, in minutes, and how the run ends; it is asked at each contact.
    for (ready, code, contacts) in [(0, 0, 0), (100, 0, 7), (120, 0, 8), (121, 1, 8)] {
        let desk = desk(&[1], "", HOURS, "");
        if ready == 0 {
            answer(&desk, &[0]);
        }
        let mut last = desk.exec(&[]);
        let mut minutes = 0;
        let mut resumed = 0;
        while last.code == Some(5) {
            let folder = desk.project.path("");
            assert_eq!(processes_in(&folder), 0, "after {minutes} minutes");
            let status = desk.run(&["status"]).exits(0);
            assert!(
                status.stdout.contains("pausing at soak"),
                "{}",
                status.stdout
            );
            minutes += 15;
            desk.passes(15);
            if minutes >= ready {
                answer(&desk, &[0]);
            }
            last = desk.run(&["resume"]);
            resumed += 1;
        }
        let told = format!("yes at {ready}: {}", last.stdout);
        assert_eq!((last.code, resumed), (Some(code), contacts), "{told}");
        assert_eq!(desk.effects().len(), usize::from(code == 0), "{told}");
        assert_eq!(asked(&desk), contacts + 1, "{told}");
    }
}

/// How many processes work in a folder or below it.
fn processes_in(folder: &Path) -> usize {
    let folder = folder.canonicalize().expect("it is there");
    let processes = std::fs::read_dir("/proc").expect("Linux shows its processes");
    let there = processes.filter_map(|process| {
        let place = std::fs::read_link(process.ok()?.path().join("cwd")).ok()?;
        place.starts_with(&folder).then_some(())
    });
    there.count()
}

#[test]
fn whoever_comes_late_asks_once_more_and_a_late_yes_is_a_yes() {
    if !clock::is_there() {
        return;
    }
    for (last, code, unsure) in [(0, 0, ""), (1, 1, ""), (9, 1, " (once it could not tell)")] {
        let desk = desk(&[1, last], "", HOURS, "");
        desk.exec(&[]).exits(5);
        desk.passes(600);
        let ran = desk.run(&["resume"]).exits(code);
        assert_eq!(asked(&desk), 2, "{}", ran.stdout);
        assert_eq!(desk.effects().len(), usize::from(code == 0));
        if code == 1 {
            let words =
                format!("never said yes: asked twice{unsure} in 10:00:00, last exit {last}");
            assert!(ran.stdout.contains(&words), "{}", ran.stdout);
        }
    }
}

#[test]
fn nobody_sits_the_last_hour_of_a_long_pause_through() {
    if !clock::is_there() {
        return;
    }
    let desk = Desk::with(&format!(
        "steps:\n  - {{ id: soak, title: Soak, wait: {{ for: 2h }} }}\n{AFTER}"
    ));
    desk.exec(&[]).exits(5);
    desk.passes(100);
    let early = desk.run(&["resume"]).exits(5);
    assert!(
        early.stdout.contains("soak waits until"),
        "{}",
        early.stdout
    );
    desk.passes(21);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn status_and_watch_say_how_a_wait_is() {
    if !clock::is_there() {
        return;
    }
    let desk = desk(&[1, 7], "", HOURS, "");
    desk.exec(&[]).exits(5);
    desk.passes(15);
    desk.run(&["resume"]).exits(5);
    let words = "asked twice (once it could not tell), next in ";
    let status = desk.run(&["status"]).exits(0);
    assert!(status.stdout.contains(words), "{}", status.stdout);
    assert!(
        status.stdout.contains("left, last exit 7"),
        "{}",
        status.stdout
    );
    assert!(
        status.stdout.contains("continue after "),
        "{}",
        status.stdout
    );
    let (_, wait) = standing(&desk);
    assert_eq!(
        (&wait["asked"], &wait["cannot_tell"]),
        (&2.into(), &1.into())
    );
    Terminal::drawn(&mut desk.command(&["watch", &desk.id()]), 80)
        .shows("pausing")
        .shows("asked twice (once it could not tell), next in ")
        .shows(" left, last");
    let told = desk.project.path("told");
    let mut plain = desk.command(&["watch", &desk.id(), "--plain"]);
    plain.stdout(std::fs::File::create(&told).expect("it can be made"));
    let mut plain = plain.spawn().expect("it starts");
    until("the plain lines to tell it", || {
        desk.project
            .read("told")
            .contains(&format!("soak: {words}"))
    });
    plain.kill().expect("it runs");
    ends(&mut plain);
}

#[test]
fn a_kill_during_a_probe_or_between_two_loses_no_count_and_no_time() {
    if !clock::is_there() {
        return;
    }
    let desk = Desk::with(&format!(
        "steps:\n  - id: soak\n    title: Soak\n    wait:\n      until:\n        run: |\n          echo . >> asked\n          test -e hangs && sleep 600\n          test -e ready\n      every: 30s\n      within: 30m\n{AFTER}"
    ));
    // Between two questions.
    let mut program = desk.start();
    desk.wait_for_event("wait.probed soak");
    program.kill().expect("it runs");
    ends(&mut program);
    let (_, before) = standing(&desk);
    desk.passes(1);
    // During one.
    desk.project.write("target/hangs", "");
    let mut again = desk.command(&["resume"]);
    again.stdout(Stdio::null()).stderr(Stdio::null());
    let mut program = again.spawn().expect("it starts");
    until("the second question", || asked(&desk) == 2);
    program.kill().expect("it runs");
    ends(&mut program);
    std::fs::remove_file(desk.project.path("target/hangs")).expect("it is there");
    desk.project.write("target/ready", "");

    let ran = desk.run(&["resume"]).exits(0);

    assert!(
        ran.stdout.contains("it said yes: asked twice"),
        "{before} {}",
        ran.stdout
    );
    let events = desk.events();
    let starts = events.iter().filter(|event| *event == "wait.started soak");
    assert_eq!(starts.count(), 1, "{events:?}");
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn nobody_resumes_a_run_beside_whoever_waits() {
    let desk = desk(&[1], "", "every: 20ms\n      within: 30m", "");
    let mut program = desk.start();
    desk.wait_for_event("wait.probed soak");
    desk.run(&["resume"]).exits(9);
    answer(&desk, &[0]);
    assert!(ends(&mut program).success());
}

#[test]
fn the_pause_before_another_try_of_a_wait_is_not_cut_short_by_its_probe() {
    if !clock::is_there() {
        return;
    }
    let keys = "    retry: { max: 1, delay: 2h, jitter: 0 }\n";
    let desk = desk(&[2], "        never: [2]\n", QUICK, keys);
    let ran = desk.exec(&[]).exits(5);
    assert_eq!(asked(&desk), 1, "{}", ran.stdout);
    let words = "soak waits until ";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    let status = desk.run(&["status"]).exits(0);
    assert!(status.stdout.contains("retrying"), "{}", status.stdout);
    assert!(!status.stdout.contains("left"), "{}", status.stdout);
    let (due, _) = standing(&desk);
    assert!(due.is_string(), "{due}");
    answer(&desk, &[2, 0]);
    desk.passes(121);
    desk.run(&["resume"]).exits(0);
    assert_eq!((asked(&desk), desk.effects().len()), (2, 1));
}

#[test]
fn at_a_terminal_hours_are_waited_for_until_the_operator_leaves() {
    for (key, code) in [("q\n", 5), ("\u{3}", 5)] {
        let desk = desk(&[1], "", HOURS, "");
        let mut terminal = Terminal::seated(&desk.command(&["exec", "work", "--target", "target"]));
        terminal
            .shows("soak waits: asked once, next in ")
            .shows("last exit 1  [q] leave")
            .presses(key);
        assert_eq!(terminal.ends(), code, "{key:?}: {}", terminal.whole_text());
        assert_eq!(asked(&desk), 1);
    }
}

#[test]
fn how_long_it_may_take_can_be_a_param() {
    let body = format!(
        "params:\n  patience: {{ type: string }}\n{}",
        waits(
            "",
            "every: 10ms\n      within: \"${{ params.patience }}\"",
            ""
        )
    );
    for (patience, answers, code, shown) in [
        ("50ms", [1, 1], 1, "never said yes: asked "),
        ("1h", [1, 0], 0, "it said yes: asked twice"),
        (
            "0s",
            [1, 1],
            1,
            "never said yes: asked once in 0:00, last exit 1",
        ),
        ("0s", [0, 0], 0, "it said yes: asked once"),
        ("a while", [0, 0], 1, "`a while` is no time"),
    ] {
        let desk = Desk::with(&body);
        answer(&desk, &answers);
        let ran = desk.exec(&[&format!("patience={patience}")]).exits(code);
        assert!(ran.stdout.contains(shown), "{patience}: {}", ran.stdout);
    }
}

#[test]
fn each_item_of_a_loop_waits_for_itself() {
    if !clock::is_there() {
        return;
    }
    let desk = Desk::with(&format!(
        "steps:\n  - id: up\n    title: Up\n    for_each: {{ in: [eu, us], as: region, max: 2 }}\n    wait:\n      until:\n        run: |\n          echo . >> \"asked-$REGION\"\n          test -e \"up-$REGION\"\n        env: {{ REGION: \"${{{{ each.region }}}}\" }}\n      {HOURS}\n{AFTER}"
    ));
    let began = desk.exec(&[]).exits(5).stdout;
    for waiting in [
        "up[eu] still waits: asked once",
        "up[us] still waits: asked once",
    ] {
        assert!(began.contains(waiting), "{began}");
    }
    for region in ["eu", "us"] {
        assert_eq!(
            desk.project
                .read(&format!("target/asked-{region}"))
                .lines()
                .count(),
            1
        );
    }
    desk.project.write("target/up-us", "");
    desk.passes(11);
    let ran = desk.run(&["resume"]).exits(5);
    assert!(
        !ran.stdout.contains("up[us] still waits")
            && ran.stdout.contains("up[eu] still waits: asked twice"),
        "{}",
        ran.stdout
    );
    let events = desk.events();
    assert!(
        events.contains(&"wait.ended up[us]".to_owned()),
        "{events:?}"
    );
    desk.project.write("target/up-eu", "");
    desk.passes(11);
    desk.run(&["resume"]).exits(0);
    assert_eq!(desk.effects(), ["after"]);
}

#[test]
fn report_page_plan_and_logs_tell_of_a_wait_that_asks() {
    let desk = desk(&[9, 1, 3], "        never: [3]\n", QUICK, "");
    let seen = desk.run(&["plan", "work", "--target", "target"]).exits(0);
    let words = "asks every 10ms, and fails without a yes within 1m";
    assert!(seen.stdout.contains(words), "{}", seen.stdout);
    desk.exec(&[]).exits(1);
    let id = desk.id();
    let report = desk.run(&["report", &id]).exits(0).stdout;
    let words = "its probe said that it will never be so: asked 3 times (once it could not tell), last exit 3";
    assert!(report.contains(words), "{report}");
    desk.run(&["logs", &id, "soak.probe"]).exits(0);
    desk.run(&["verify", &id]).exits(0);

    let desk = self::desk(&[0], "        never: [3]\n", HOURS, "");
    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/runbooks/work.html");
    for words in [
        "Asked every 10 min until it succeeds; without that within",
        "Exit code 3: it will never succeed, and the step fails at once",
        "answers",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_probe_whose_secret_nobody_can_type_is_left_to_whoever_can() {
    let typed = "params:\n  token: { type: secret, ask: at_step, expose: file }\n";
    let probe = "run: 'test -s \"$RB_SECRET_TOKEN\"'";
    for (wait, code) in [
        (
            format!("{{ until: {{ {probe} }}, every: 10ms, within: 1m }}"),
            5,
        ),
        (
            format!("{{ or_until: {{ {probe}, every: 10ms, times: 3 }} }}"),
            5,
        ),
        // Time passes all the same.
        (
            format!("{{ for: 50ms, or_until: {{ {probe}, every: 10ms, times: 3 }} }}"),
            0,
        ),
    ] {
        let desk = Desk::with(&format!(
            "{typed}steps:\n  - id: soak\n    title: Soak\n    wait: {wait}\n{AFTER}"
        ));
        let ran = desk.exec(&[]).exits(code);
        let said = ran.stdout.matches("has to be typed").count();
        assert_eq!(said, 1, "{wait}: {}", ran.stdout);
        if code == 0 {
            continue;
        }
        let mut terminal = Terminal::seated(&desk.command(&["resume"]));
        terminal.shows("token").types("s3cret");
        assert_eq!(terminal.ends(), 0, "{wait}: {}", terminal.whole_text());
    }
}

#[test]
fn a_clock_that_was_set_back_does_not_put_the_next_question_off() {
    if !clock::is_there() {
        return;
    }
    let desk = desk(&[1, 0], "", HOURS, "");
    desk.exec(&[]).exits(5);
    desk.passes(-180);
    desk.run(&["resume"]).exits(0);
    assert_eq!((asked(&desk), desk.effects().len()), (2, 1));
}
