//! What a terminal shows while a run goes on: signs and colours beside the words.

use crate::desk::Desk;
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
