//! A step needs a secret, and says it out loud in every way it can.

use crate::desk::{Desk, until};
use crate::project::files_below;
use crate::terminal::Terminal;

const VALUE: &str = "hunter2/\"secret\" value";

/// A runbook whose secret comes by `from`, and a step that tells it.
fn loud(from: &str, expose: &str, script: &str) -> String {
    let script = script.replace('\n', "\n      ");
    format!(
        "params:\n  token: {{ type: secret, {from}expose: {expose}, ask: \"Which token?\" }}\nsteps:\n  - id: tell\n    title: Tell\n    run: |\n      {script}\n    effect: idempotent\n"
    )
}

const TELL: &str = r#"value="$(cat "$RB_SECRET_TOKEN")"
echo "$value"
printf '%s' "$value" | base64
node -e 'const v = process.argv[1] === "-" ? require("fs").readFileSync(0, "utf8") : ""; console.log(encodeURIComponent(v), JSON.stringify(v))' - < "$RB_SECRET_TOKEN"
printf '%s' "${value%%/*}"; sleep 0.1; printf '/%s\n' "${value#*/}"
echo "$value" >&2
cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\0' ' ' > processes || true
wc -c < "$RB_SECRET_TOKEN" >> effects
ls -ld "$(dirname "$RB_SECRET_TOKEN")" "$RB_SECRET_TOKEN" | cut -c1-10 >> effects
echo "$RB_SECRET_TOKEN" >> effects"#;

/// The forms in which a secret may not appear.
fn forms() -> Vec<String> {
    ["hunter2", "aHVudGVyMi8i", "hunter2%2F"]
        .map(str::to_owned)
        .into()
}

fn is_silent(desk: &Desk, said: &str) {
    let mut kept = files_below(&desk.project.path("state"));
    kept.push(("what was shown".to_owned(), said.as_bytes().to_vec()));
    kept.push((
        "the processes".to_owned(),
        desk.project.read("target/processes").into_bytes(),
    ));
    for (name, bytes) in kept {
        let text = String::from_utf8_lossy(&bytes);
        for form in forms() {
            assert!(!text.contains(&form), "{name} holds {form}: {text}");
        }
    }
}

#[test]
fn a_secret_from_a_command_reaches_the_step_and_nothing_else() {
    let desk = Desk::with(&loud("from: { command: [cat, hidden] }, ", "file", TELL));
    desk.project.write("hidden", format!("{VALUE}\n"));

    let ran = desk.exec(&[]).exits(0);

    let effects = desk.effects();
    assert_eq!(
        effects[..3],
        [
            VALUE.len().to_string(),
            "drwx------".to_owned(),
            "-rw-------".to_owned()
        ]
    );
    assert!(
        !std::path::Path::new(&effects[3]).exists(),
        "the file goes with the step"
    );
    is_silent(&desk, &format!("{}{}", ran.stdout, ran.stderr));
    let log =
        std::fs::read_to_string(desk.folder().join("steps/tell.1/log")).expect("there is a log");
    assert!(log.matches("(secret)").count() >= 6, "{log}");
}

#[test]
fn a_secret_comes_by_standard_input_or_environment_if_the_author_says_so() {
    for (expose, script) in [
        ("stdin", ": RB_SECRET_TOKEN\ncat > got"),
        ("env", "printf '%s' \"$RB_SECRET_TOKEN\" > got"),
    ] {
        let desk = Desk::with(&loud("from: { command: [cat, hidden] }, ", expose, script));
        desk.project.write("hidden", VALUE);

        desk.exec(&[]).exits(0);

        assert_eq!(desk.project.read("target/got"), VALUE, "{expose}");
    }
}

#[test]
fn a_secret_is_typed_without_being_shown() {
    let desk = Desk::with(&loud("", "file", TELL));
    let mut terminal = Terminal::start(desk.command(&["exec", "work", "--target", "target"]));

    terminal.shows("Which token? (not shown)");
    terminal.types(VALUE).shows("is finished");

    assert_eq!(terminal.ends(), 0);
    is_silent(&desk, &terminal.text());
}

#[test]
fn without_a_terminal_a_secret_that_has_to_be_typed_suspends() {
    let desk = Desk::with(&loud("", "file", TELL));

    let ran = desk.exec(&[]).exits(5);

    assert!(
        ran.stdout.contains("`token` has to be typed"),
        "{}",
        ran.stdout
    );
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_secret_is_never_given_on_the_command_line_nor_handed_on() {
    let desk = Desk::with(
        &loud(
            "from: { command: [cat, hidden] }, ",
            "file",
            "echo \"made=$(cat \"$RB_SECRET_TOKEN\")\" >> \"$RB_OUTPUT\"",
        )
        .replace(
            "    effect: idempotent\n",
            "    effect: idempotent\n    outputs: { made: { type: string } }\n",
        ),
    );
    desk.project
        .write("hidden", VALUE)
        .write("target/processes", "");

    desk.exec(&["token=abcdefgh"]).exits(3);
    let ran = desk.exec(&[]).exits(1);

    assert!(
        ran.stdout.contains("wrote a secret to its outputs"),
        "{}",
        ran.stdout
    );
    is_silent(&desk, &ran.stdout);
}

#[test]
fn a_secret_is_gone_after_its_step_was_killed() {
    let desk = Desk::with(&loud(
        "from: { command: [cat, hidden] }, ",
        "file",
        "echo \"$RB_SECRET_TOKEN\" >> effects\nuntil test -e go; do sleep 0.02; done",
    ));
    desk.project.write("hidden", VALUE);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    program.kill().expect("it runs");
    program.wait().expect("it ends");
    use nix::sys::signal::{Signal, kill};
    kill(
        nix::unistd::Pid::from_raw(desk.shim("tell.1")),
        Signal::SIGKILL,
    )
    .expect("it runs");
    let file = desk.effects()[0].clone();
    assert!(
        std::path::Path::new(&file).exists(),
        "the killed shim could not remove it"
    );

    desk.project.write("target/go", "");
    desk.run(&["resume"]).exits(0);

    until("the file to be gone", || {
        !std::path::Path::new(&file).exists()
    });
}
