//! What steps say: kept, bounded, and read again.

use crate::desk::{Desk, until};
use crate::project::ends;
use std::fs;
use std::process::Stdio;

/// A step that speaks on both streams, with colour and with what no terminal should get.
const SPEAKS: &str = "steps:\n  - id: first\n    title: First\n    run: |\n      for n in 1 2 3 4 5 6 7 8; do echo \"out $n\"; echo \"err $n\" >&2; done\n    effect: idempotent\n  - id: second\n    title: Second\n    run: |\n      printf '\\033]0;title\\007\\033[31mred\\033[0m plain\\n'\n    effect: idempotent\n";

#[test]
fn what_steps_said_is_shown_in_order_and_without_tricks() {
    let desk = Desk::with(SPEAKS);
    desk.exec(&[]).exits(0);
    let run = desk.id();

    let both: String = (1..=8).map(|n| format!("out {n}\nerr {n}\n")).collect();
    let all = desk.run(&["logs", &run]).exits(0);
    assert_eq!(
        all.stdout,
        format!("== first, attempt 1\n{both}== second, attempt 1\nred plain\n"),
        "both streams in the order in which they were written"
    );
    let tail = desk.run(&["logs", &run, "first", "--tail", "3"]).exits(0);
    assert_eq!(tail.stdout, "err 7\nout 8\nerr 8\n");
    let raw = desk.run(&["logs", &run, "second", "--raw"]).exits(0);
    assert_eq!(raw.stdout, "\x1b]0;title\x07\x1b[31mred\x1b[0m plain\n");

    let missing = desk.run(&["logs", &run, "third"]).exits(2);
    assert!(
        missing.stderr.contains("`third` has no output"),
        "{missing:?}"
    );
    let missing = desk
        .run(&["logs", &run, "first", "--attempt", "2"])
        .exits(2);
    assert!(missing.stderr.contains("has one attempt"), "{missing:?}");
}

#[test]
fn a_step_is_followed_from_another_terminal_to_its_end() {
    let desk = Desk::with(
        "steps:\n  - id: slow\n    title: Slow\n    run: |\n      echo begins\n      echo x >> effects\n      until test -e go; do sleep 0.02; done\n      echo ends\n    effect: idempotent\n",
    );
    let mut program = desk.start();
    desk.wait_for_effects(1);

    let mut logs = desk.command(&["logs", &desk.id(), "slow", "--follow"]);
    let log = desk.project.path("heard");
    let heard = fs::File::create(&log).expect("it can be made");
    let mut logs = logs
        .stdout(Stdio::from(heard))
        .spawn()
        .expect("the program starts");
    let text = || fs::read_to_string(&log).expect("it is there");
    until("the first line", || text() == "begins\n");
    assert!(logs.try_wait().expect("it can be asked").is_none());
    desk.project.write("target/go", "");

    assert!(ends(&mut logs).success());
    assert_eq!(text(), "begins\nends\n");
    assert!(ends(&mut program).success());
}

/// The largest memory that a process ever had, in MiB.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.expect("the kernel counts it").trim();
    let kib: u64 = words
        .trim_end_matches(" kB")
        .parse()
        .expect("a number of KiB");
    kib / 1024
}

#[test]
fn a_step_may_say_more_than_fits_into_memory_or_log() {
    let desk = Desk::with(
        "steps:\n  - id: loud\n    title: Loud\n    run: |\n      echo first\n      head -c 512M /dev/zero\n      echo last\n      echo loud >> effects\n      until test -e go; do sleep 0.02; done\n    effect: idempotent\n  - id: after\n    title: After\n    run: |\n      echo after >> effects\n      until test -e end; do sleep 0.02; done\n    effect: idempotent\n",
    );
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let shim = u32::try_from(desk.shim("loud.1")).expect("a process id");
    until("the last of it", || {
        let tail = desk.run(&["logs", &desk.id(), "loud", "--tail", "1"]);
        tail.stdout == "last\n"
    });
    assert!(peak(shim) < 64, "the shim took {} MiB", peak(shim));
    desk.project.write("target/go", "");
    desk.wait_for_effects(2);
    assert!(peak(program.id()) < 64, "{} MiB", peak(program.id()));
    desk.project.write("target/end", "");
    assert!(ends(&mut program).success());

    let log = fs::read(desk.folder().join("steps/loud.1/log")).expect("there is a log");
    let gap = b"\n[469762059 bytes are left out here]\n";
    assert_eq!(log.len(), (64 << 20) + gap.len());
    assert!(log.starts_with(b"first\n") && log.ends_with(b"last\n"));
    assert_eq!(&log[32 << 20..][..gap.len()], gap);
}

#[test]
fn the_outputs_of_a_step_have_one_limit() {
    for (length, ends) in [(65536, 0), (65537, 1), (70_000, 1), (2 << 20, 1)] {
        // `x=`, then letters of two bytes each, and a line break.
        let step = format!(
            "steps:\n  - id: hand\n    title: Hand\n    run: |\n      {{ printf x={}; printf 'é%.0s' $(seq {}); echo; }} > \"$RB_OUTPUT\"\n    effect: idempotent\n    outputs: {{ x: {{ type: string }} }}\n",
            if length % 2 == 0 { "y" } else { "" },
            (length - 3) / 2,
        );
        let desk = Desk::with(&step);

        let ran = desk.exec(&[]).exits(ends);

        let outputs = fs::metadata(desk.folder().join("steps/hand.1/outputs"));
        assert_eq!(outputs.expect("they are there").len(), length);
        let said = ran.stdout.contains("its outputs are longer than 64 KiB");
        assert_eq!(said, ends == 1, "{length}");
    }
}
