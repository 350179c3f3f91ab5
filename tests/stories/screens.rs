//! What a terminal shows while a run goes on: signs and colours beside the words.

use crate::desk::{Desk, until};
use crate::terminal::Terminal;
use std::num::NonZero;
use std::process::Command;

/// Two steps that end well, one that fails after it said something, and one that is not needed.
const MIXED: &str = "steps:
  - { id: pack, title: Pack, run: echo packed, effect: idempotent, undo: { run: echo unpacked } }
  - { id: there, title: Already there, run: echo no, effect: idempotent, verify: { run: 'true' } }
  - { id: send, title: Send, run: 'echo refused; exit 3', effect: idempotent }
";

fn exec(desk: &Desk) -> Command {
    desk.command(&["exec", "work", "--target", "target"])
}

/// The lines of a terminal of this width that was shown these bytes, without the empty ones at the end.
fn screen(bytes: &[u8], columns: u16) -> Vec<String> {
    let size = |cells: u16| NonZero::new(cells).expect("it has cells");
    let mut terminal = vt100::Parser::new(size(200), size(columns), 0);
    terminal.process(bytes);
    let mut lines: Vec<String> = terminal.screen().rows(0, columns).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Everything that a program shows on a terminal of this width, where `q` is typed when a step has failed.
fn shown(command: &mut Command, columns: u16) -> Vec<u8> {
    let mut terminal = Terminal::drawn(command, columns);
    terminal.shows("[q] leave").types("q").ends();
    terminal.whole_text();
    terminal.bytes()
}

#[test]
fn a_result_has_a_sign_and_a_colour_beside_its_words() {
    let desk = Desk::with(MIXED);
    for columns in [40, 80, 200] {
        let bytes = shown(&mut exec(&desk), columns);
        let lines = screen(&bytes, columns);
        for line in [
            "  ✓ ok",
            "  – already so: nothing to do",
            "  ✗ FAILED: exit 3",
        ] {
            assert!(
                lines.iter().any(|found| found == line),
                "{line}: {lines:#?}"
            );
        }
        let said = lines.iter().filter(|line| *line == "  | refused");
        assert_eq!(said.count(), 1, "it was shown already: {lines:#?}");
        let text = String::from_utf8(bytes).expect("UTF-8");
        for coloured in ["\u{1b}[32mok\u{1b}[0m", "\u{1b}[31mFAILED\u{1b}[0m: exit 3"] {
            assert!(text.contains(coloured), "{coloured:?}: {text:?}");
        }
    }
}

#[test]
fn without_colours_or_on_a_printer_nothing_but_text_is_shown() {
    let desk = Desk::with(MIXED);
    let mut plain = exec(&desk);
    plain.args(["--color", "never"]);
    let mut asked = exec(&desk);
    asked.env("NO_COLOR", "1");
    for command in [&mut plain, &mut asked] {
        let text = String::from_utf8(shown(command, 80)).expect("UTF-8");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.contains("  ✓ ok\r\n"), "a sign is no colour: {text}");
        assert!(text.contains("  ✗ FAILED: exit 3\r\n"), "{text}");
    }
    let mut printer = Terminal::seated(&exec(&desk));
    printer.shows("[q] leave").types("q").ends();
    let text = printer.whole_text();
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(
        text.contains("  ok\r\n") && text.contains("  FAILED: exit 3\r\n"),
        "{text}"
    );
    let ran = desk.exec(&[]);
    assert!(ran.stdout.contains("\n  ok\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}

#[test]
fn what_is_asked_of_a_run_shows_the_same_signs() {
    let desk = Desk::with(MIXED);
    desk.exec(&[]).exits(1);
    for (arguments, wanted) in [
        (
            &["status"][..],
            ["1  ✓ done ", "2  – already so", "3  ✗ failed"],
        ),
        (&["runs"], ["✗ ", "failed", ""]),
        (&[], ["✗ ", "failed", ""]),
        (&["watch"], ["  ✓ done ", "  – already so", "  ✗ failed"]),
    ] {
        for columns in [40, 80, 200] {
            let mut terminal = Terminal::drawn(&mut desk.command(arguments), columns);
            terminal.ends();
            terminal.whole_text();
            let bytes = terminal.bytes();
            let lines = screen(&bytes, columns).join("\n");
            for words in wanted {
                assert!(
                    lines.contains(words),
                    "{arguments:?} {columns} {words}:\n{lines}"
                );
            }
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert!(text.contains("\u{1b}[31m"), "{arguments:?}: {text:?}");
        }
        let ran = desk.run(arguments);
        assert!(
            !ran.stdout.contains('✗') && !ran.stdout.contains('\u{1b}'),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn the_last_result_of_a_block_names_its_step() {
    let desk = Desk::with(
        "steps:
  - id: both
    title: Both
    parallel: { max: 2 }
    steps:
      - { id: a, title: A, run: until test -e go; do sleep 0.02; done, effect: idempotent }
      - { id: b, title: B, run: 'touch go', effect: idempotent }
  - { id: last, title: Last, run: 'true', effect: idempotent }
",
    );
    let ran = desk.exec(&[]).exits(0);
    for line in ["\n  a: ok\n", "\n  b: ok\n", "Last\n  ok\n"] {
        assert!(ran.stdout.contains(line), "{line:?}: {}", ran.stdout);
    }
}

/// A step that says a line and then nothing until the file `go` is there; it says it in wide letters, with
/// sequences that move the cursor, and without an end.
const SILENT: &str = "steps:
  - id: pack
    title: Pack
    retry: { max: 1, delay: 0s }
    run: |
      printf 'half done 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語\\033[2J\\033[9A'
      until test -e go; do sleep 0.02; done
      test -e again || { touch again; rm go; exit 1; }
    effect: idempotent
";

/// The pictures of the line that is drawn anew: what stands between the beginning of the line and its end.
fn pictures(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let drawn = text.split("\r\u{1b}[J").skip(1);
    let drawn = drawn.filter_map(|rest| rest.strip_prefix("\u{1b}[2m"));
    let pictures = drawn.filter_map(|rest| Some(rest.split_once("\u{1b}[0m\r")?.0.to_owned()));
    pictures.collect()
}

#[test]
fn a_step_that_says_nothing_is_told_of_on_a_line_that_is_drawn_anew_and_goes() {
    for columns in [20, 40, 80, 200] {
        let desk = Desk::with(SILENT);
        let mut terminal = Terminal::drawn(&mut exec(&desk), columns);
        terminal.shows("0:01  pack").shows("0:02  pack");
        desk.project.write("target/go", "");
        terminal.shows("another try").shows("0:01  pack attem");
        desk.project.write("target/go", "");
        assert_eq!(terminal.ends(), 0);
        terminal.whole_text();
        let bytes = terminal.bytes();
        let pictures = pictures(&bytes);
        assert!(pictures.len() >= 3, "{pictures:?}");
        for picture in &pictures {
            let picture = screen(picture.as_bytes(), 200).join("|");
            let width = unicode_width::UnicodeWidthStr::width(picture.as_str());
            assert!(width < usize::from(columns), "{columns}: {picture}");
        }
        if columns >= 40 {
            let wanted = "pack  | half done";
            assert!(
                pictures.iter().any(|picture| picture.contains(wanted)),
                "{pictures:?}"
            );
        }
        let lines = screen(&bytes, columns);
        let gone = |line: &String| !line.contains("0:0") && !line.contains("pack");
        assert!(lines[1..].iter().all(gone), "{lines:#?}");
        assert!(lines.iter().any(|line| line == " 1/1 Pack"), "{lines:#?}");
        assert!(lines.iter().any(|line| line == "  ✓ ok"), "{lines:#?}");
    }
}

#[test]
fn the_line_leaves_what_stands_above_it_alone_when_the_terminal_becomes_narrower() {
    let desk = Desk::with(SILENT);
    desk.project.write("target/again", "");
    let mut terminal = Terminal::drawn(&mut exec(&desk), 80);
    terminal.shows("0:01  pack").resizes(20).shows("0:03  pack");
    desk.project.write("target/go", "");
    assert_eq!(terminal.ends(), 0);
    terminal.whole_text();
    let bytes = terminal.bytes();
    let last = pictures(&bytes).pop().expect("it was drawn");
    assert!(
        unicode_width::UnicodeWidthStr::width(screen(last.as_bytes(), 80).join("").as_str()) < 20
    );
    let text = String::from_utf8(bytes).expect("UTF-8");
    // The cursor never goes up: only what stands at and below it is taken away.
    let up = |sequence: &str| {
        let end = sequence.trim_start_matches(|c: char| c.is_ascii_digit());
        end.starts_with('A')
    };
    let goes_up = text.split("\u{1b}[").skip(1).any(up);
    assert!(!goes_up && !text.contains("\u{1b}M"), "{text:?}");
}

#[test]
fn nothing_is_drawn_where_lines_are_wanted() {
    // In CI a terminal takes colours, and what is shown on it is kept as a log.
    for set in [
        "NO_COLOR=1",
        "TERM=dumb",
        "TERM=dumb CI=true",
        "CI=true",
        "TERM=dumb CLICOLOR_FORCE=1",
    ] {
        let desk = Desk::with(SILENT);
        desk.project.write("target/again", "");
        let mut command = exec(&desk);
        command.env("TERM", "xterm");
        command.envs(set.split(' ').filter_map(|pair| pair.split_once('=')));
        let mut terminal = Terminal::seated(&command);
        terminal.shows(" 1/1 Pack");
        let begun = std::time::Instant::now();
        until("the line would be there", || {
            begun.elapsed().as_millis() > 1500
        });
        desk.project.write("target/go", "");
        assert_eq!(terminal.ends(), 0);
        let text = terminal.whole_text();
        let colours = matches!(set, "CI=true" | "TERM=dumb CLICOLOR_FORCE=1");
        assert_eq!(text.contains("\u{1b}["), colours, "{set}: {text:?}");
        assert!(
            !text.contains("\u{1b}[J") && !text.contains("0:01"),
            "{set}: {text:?}"
        );
    }
}

#[test]
fn how_a_run_stands_has_a_sign_wherever_it_is_shown() {
    let desk = Desk::with(MIXED);
    desk.exec(&[]).exits(1);
    for (verb, shown) in [
        ("status", "✗ failed at send"),
        ("runs", "✗ failed at send  by"),
        ("watch", "✗ failed at send  0:0"),
    ] {
        let mut terminal = Terminal::drawn(&mut desk.command(&[verb]), 80);
        terminal.ends();
        terminal.whole_text();
        let lines = screen(&terminal.bytes(), 80);
        assert!(
            lines.iter().any(|line| line.contains(shown)),
            "{verb}: {lines:#?}"
        );
        let piped = desk.run(&[verb]).stdout;
        assert!(!piped.contains('✗'), "{verb}: {piped}");
    }
}

#[test]
fn a_wait_counts_down_in_its_place_and_leaves_what_is_typed_alone() {
    let steps = "steps:
  - { id: soak, title: Soak, wait: { until: { run: test -e go }, every: 2s, within: 10m } }
  - { id: rest, title: Rest, wait: { for: 30m } }
";
    for columns in [40, 80, 200] {
        let desk = Desk::with(steps);
        let mut terminal = Terminal::drawn(&mut exec(&desk), columns);
        terminal.shows("asked once").shows("asked twice");
        desk.project.write("target/go", "");
        terminal.shows("it said yes").shows("29:5");
        terminal
            .shows("\u{1b}7")
            .presses("q")
            .shows("\u{1b}8")
            .presses("\n");
        assert_eq!(terminal.ends(), 5);
        terminal.whole_text();
        let lines = screen(&terminal.bytes(), columns);
        let asked = lines.iter().filter(|line| line.contains("soak waits"));
        assert_eq!(asked.count(), 0, "it is gone: {lines:#?}");
        let rest = lines.iter().position(|line| line.contains(" left"));
        let rest = &lines[rest.expect("it was answered")];
        assert!(rest.ends_with("q"), "what was typed stands there: {rest}");
        assert!(rest.contains("29:5") && rest.contains(" left"), "{rest}");
        assert!(
            !lines.iter().any(|line| line.contains("not yet")),
            "{lines:#?}"
        );
    }
}

#[test]
fn a_failed_step_says_what_can_be_done_next() {
    let desk = Desk::with(MIXED);
    let ran = desk.exec(&[]).exits(1);
    let run = &desk.id()[20..];
    let ways = [
        format!("\n  logs: runbook logs {run} send\n"),
        format!("\n  undo: runbook undo {run}\n"),
        format!("; continue with: runbook resume {run}\n"),
    ];
    for way in &ways {
        assert_eq!(
            ran.stdout.matches(way.as_str()).count(),
            1,
            "{way}: {}",
            ran.stdout
        );
    }
    let logs = desk.run(&["logs", run, "send"]).exits(0);
    assert!(logs.stdout.contains("refused"), "{}", logs.stdout);
    for columns in [40, 80, 200] {
        let mut terminal = Terminal::drawn(&mut desk.command(&["resume", run]), columns);
        terminal
            .shows(&format!("  logs: runbook logs {run} send"))
            .shows(&format!("  undo: runbook undo {run}"))
            .shows("send failed: [r] try again")
            .shows("  [t] a shell here")
            .shows("  [b] undo everything")
            .shows("  [?] more")
            .shows("  [q] leave")
            .types("q");
        terminal.ends();
        terminal.whole_text();
        let lines = screen(&terminal.bytes(), columns);
        let keys: Vec<&String> = lines.iter().filter(|line| line.contains("] ")).collect();
        assert_eq!(
            keys.iter()
                .map(|line| line.matches('[').count())
                .sum::<usize>(),
            5,
            "{lines:#?}"
        );
        assert!(
            keys.iter().all(|line| line.starts_with("  ")),
            "no key is broken: {lines:#?}"
        );
    }
}

#[test]
fn a_failed_step_offers_no_undo_where_nothing_can_be_undone() {
    let desk =
        Desk::with("steps:\n  - { id: send, title: Send, run: exit 3, effect: idempotent }\n");
    let ran = desk.exec(&[]).exits(1);
    assert!(
        ran.stdout.contains("  logs: runbook logs "),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("runbook undo"), "{}", ran.stdout);
}
