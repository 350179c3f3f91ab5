//! Titles and texts of somebody else's files, on a terminal: whatever they hold, it moves no cursor, changes no
//! window and turns no words around.

use crate::desk::Desk;
use crate::terminal::Terminal;
use std::process::Command;

/// Writes to a terminal what it is to do: the title of its window, its screen, its clipboard, its letters.
const EVIL: &str = r"V \e]0;T\a\e[2J\e]52;c;QQ==\a\u009b31m\u202egnp\u2069 W";

fn desk() -> Desk {
    let desk = Desk::with(&format!(
        "tags: [\"{EVIL}\"]\nerrors: [\"{EVIL}\"]\ndoc: \"{EVIL}\"\nparams:\n  words: {{ type: string, ask: \"{EVIL}\", default: \"{EVIL}\" }}\n\
         steps:\n  - id: one\n    title: \"One {EVIL}\"\n    doc: \"{EVIL}\"\n    run: |\n      echo one >> effects\n    effect: idempotent\n    undo: {{ none: \"{EVIL}\" }}\n  \
         - id: two\n    title: \"Two {EVIL}\"\n    manual: {{ text: \"Look {EVIL}\", fields: {{ said: {{ type: string, ask: \"{EVIL}\" }} }} }}\n  \
         - id: three\n    title: \"Three {EVIL}\"\n    run: |\n      exit 3\n    effect: idempotent\n    fail_text: \"{EVIL}\"\n"
    ));
    desk.project
        .edit("runbooks/work.yaml", "title: Test", &format!("title: \"{EVIL}\""))
        .write("site.yaml", format!("title: \"{EVIL}\"\nid: desk\n"))
        .write(
            "content/index.md",
            format!("---\ntitle: \"{EVIL}\"\ndescription: \"{EVIL}\"\n---\n\nText [link](\u{1b}]0;x\u{7}\u{202e}.md).\n"),
        );
    desk
}

/// What stands on a terminal after `verb`, which is given nothing to read.
fn screen(command: &Command) -> String {
    let mut terminal = Terminal::seated(command);
    terminal.ends();
    terminal.whole_text()
}

fn is_harmless(what: &str, text: &str) {
    for evil in [
        "\u{1b}]0;",
        "\u{1b}]52",
        "\u{1b}[2J",
        "\u{7}",
        "\u{9b}",
        "\u{202e}",
        "\u{2069}",
    ] {
        assert!(!text.contains(evil), "{what} shows {evil:?}: {text:?}");
    }
}

#[test]
fn no_verb_lets_a_title_act_on_the_terminal() {
    let desk = desk();
    let begun = [
        &["status"][..],
        &["runs"],
        &["logs"],
        &["report"],
        &["note", "hello"],
        &["events"],
        &["verify"],
        &["undo", "--dry-run"],
    ];
    let read = [
        &["check"][..],
        &["build", "--out", "other"],
        &["list"],
        &["list", "work"],
        &["plan", "work", "--target", "target"],
        &["search", "gnp"],
        &["search", "nothing\u{1b}]0;x\u{7}"],
        &["test"],
        &["schema"],
        &[],
    ];
    let mut terminal =
        Terminal::seated(&desk.command(&["exec", "work", "--target", "target", "-p", "words=x"]));
    terminal.shows("Look V");
    is_harmless("exec", &terminal.text());
    terminal.answers_nothing();

    let mut seen = 0;
    let mut with_title = 0;
    for verb in read.iter().chain(&begun) {
        let text = screen(&desk.command(verb));
        is_harmless(&verb.join(" "), &text);
        seen += usize::from(!text.is_empty());
        with_title += usize::from(text.contains("gnp"));
    }
    assert!(
        seen > 12 && with_title > 5,
        "{seen} verbs said something, {with_title} a title"
    );

    let mut terminal = Terminal::seated(&desk.command(&["resume"]));
    terminal.shows("Look V").types("fine").shows("exit 3");
    is_harmless("resume", &terminal.text());
    terminal.answers_nothing();
}
