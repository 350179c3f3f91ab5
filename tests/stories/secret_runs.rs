//! A step needs a secret, and says it out loud in every way it can.

use crate::desk::{Desk, until};
use crate::project::{ends, files_below};
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
    is_kept_nowhere(desk, &[said, &desk.project.read("target/processes")]);
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

/// More than a pipe holds: who writes it to a command that does not read has to wait.
#[test]
fn a_command_that_does_not_read_its_secret_is_stopped_like_any_other() {
    let long: String = (0..16_000).map(|number| format!("{number} ")).collect();
    let long = long.trim_end();
    let runbook = |script: &str, further: &str| {
        let body = loud("from: { command: [cat, hidden] }, ", "stdin", script);
        let desk = Desk::with(&format!("{body}{further}"));
        desk.project.write("hidden", long);
        desk
    };
    let deaf = ": RB_SECRET_TOKEN\necho begun >> effects\nsleep 600";

    let desk = runbook(deaf, "    timeout: 1s\n");
    let ran = desk.exec(&[]).exits(1);
    assert!(ran.stdout.contains("took too long"), "{}", ran.stdout);

    let desk = runbook(deaf, "");
    let mut program = desk.start();
    desk.wait_for_effects(1);
    desk.run(&["abort", &desk.id(), "--reason", "wrong version"])
        .exits(0);
    assert_eq!(ends(&mut program).code(), Some(12));

    // Who reads late gets all of it, and what it says before is kept.
    let late = ": RB_SECRET_TOKEN\nhead -c 300000 /dev/zero | tr '\\0' x\ncat > got";
    let desk = runbook(late, "");
    desk.exec(&[]).exits(0);
    assert_eq!(desk.project.read("target/got"), long);
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

/// Its first line is that of every manifest: another step may hand it on, and one that holds what is
/// in the secret may not.
#[test]
fn a_step_may_hand_on_a_line_that_a_secret_shares_with_ordinary_text() {
    for (line, code) in [("apiVersion: v1", 0), ("password: hunter2000", 1)] {
        let desk = Desk::with(&format!(
            "params:\n  file: {{ type: secret, from: {{ command: [cat, hidden] }} }}\nsteps:\n  - id: one\n    title: One\n    run: |\n      test -s \"$RB_SECRET_FILE\"\n    effect: idempotent\n  - id: two\n    title: Two\n    run: |\n      echo 'made={line}' | tee -a \"$RB_OUTPUT\"\n      cp \"$RB_OUTPUT\" \"$RB_OUTPUT_DIR/made.yaml\"\n    effect: idempotent\n    outputs: {{ made: {{ type: string }} }}\n"
        ));
        desk.project.write(
            "hidden",
            "apiVersion: v1\nkind: Secret\nstringData:\n  password: hunter2000\n",
        );

        let ran = desk.exec(&[]).exits(code);

        let is_masked = ran.stdout.contains("(secret)");
        assert_eq!(is_masked, code == 1, "{line}: {}", ran.stdout);
    }
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
    ends(&mut program);
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

/// A step for each way a secret can come; each says it in every form, then waits for a file.
fn every_way() -> String {
    let ways = [
        ("file", "value=\"$(cat \"$RB_SECRET_FILE\")\""),
        ("stdin", ": RB_SECRET_STDIN; value=\"$(cat)\""),
        ("env", "value=\"$RB_SECRET_ENV\""),
    ];
    let (mut params, mut steps) = ("params:\n".to_owned(), "steps:\n".to_owned());
    for (way, get) in ways {
        params += &format!(
            "  {way}: {{ type: secret, from: {{ command: [cat, hidden-{way}] }}, expose: {way} }}\n"
        );
        let script = format!(
            "{get}\n{IN_EVERY_FORM}\necho {way} >> effects\nuntil test -e go-{way}; do sleep 0.02; done\ntest {way} != env"
        );
        let script = script.replace('\n', "\n      ");
        steps += &format!(
            "  - id: by_{way}\n    title: By {way}\n    run: |\n      {script}\n    effect: idempotent\n"
        );
    }
    params + &steps
}

const IN_EVERY_FORM: &str = r#"echo "$value"
for before in '' x xy; do printf '%s%s' "$before" "$value" | base64; done
printf '%s' "$value" | node -e 'const v = require("fs").readFileSync(0, "utf8"); console.log(encodeURIComponent(v), JSON.stringify(v))'
printf '%s' "${value%% *}"; sleep 0.1; printf ' %s\n' "${value#* }" >&2"#;

/// The secrets of [`every_way`], and pieces of every form of each.
const SECRETS: [(&str, &str, &[&str]); 3] = [
    (
        "file",
        VALUE,
        &[
            "hunter2",
            "aHVudGVyMi8i",
            "bnRlcjIvInNl",
            "dW50ZXIyLyJz",
            "secret\" value",
            "secret%22%20value",
            "secret\\\" value",
        ],
    ),
    (
        "stdin",
        "swordfish+&\"two\" words",
        &[
            "swordfish",
            "c3dvcmRmaXNo",
            "b3JkZmlzaCsm",
            "d29yZGZpc2gr",
            "two\" words",
            "two%22%20words",
            "two\\\" words",
        ],
    ),
    (
        "env",
        "opensesame=?\"three\" parts",
        &[
            "opensesame",
            "b3BlbnNlc2Ft",
            "ZW5zZXNhbWU9",
            "cGVuc2VzYW1l",
            "three\" parts",
            "three%22%20parts",
            "three\\\" parts",
        ],
    ),
];

fn holds_none(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in SECRETS.iter().flat_map(|(_, _, forms)| *forms) {
        assert!(!text.contains(form), "{place} holds `{form}`: {text}");
    }
}

/// A process and all that descend from it.
fn family(pid: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    let below = children
        .split_whitespace()
        .flat_map(|child| family(child.parse().expect("a process id")));
    std::iter::once(pid).chain(below).collect()
}

/// What is there of a process: nothing if it has ended by now.
fn of_process(pid: u32, file: &str) -> Vec<u8> {
    std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default()
}

#[test]
fn whichever_way_a_secret_comes_it_is_in_nothing_that_others_see() {
    let desk = Desk::with(&every_way());
    for (way, value, _) in SECRETS {
        desk.project.write(&format!("hidden-{way}"), value);
    }
    let said = std::fs::File::create(desk.project.path("said")).expect("it can be made");
    let mut program = desk
        .command(&["exec", "work", "--target", "target"])
        .stderr(said.try_clone().expect("it can be shared"))
        .stdout(said)
        .spawn()
        .expect("the program starts");
    for (at, (way, ..)) in SECRETS.into_iter().enumerate() {
        desk.wait_for_effects(at + 1);
        let shim = desk.shim(&format!("by_{way}.1")) as u32;
        let all = family(program.id());
        assert!(
            all.contains(&shim) && all.len() > 2,
            "program, shim, step: {all:?}"
        );
        for pid in all {
            holds_none("a command line", &of_process(pid, "cmdline"));
            let is_ours = pid == program.id() || pid == shim;
            if is_ours || way != "env" {
                holds_none("an environment", &of_process(pid, "environ"));
            }
        }
        desk.project.write(&format!("target/go-{way}"), "");
    }
    assert_eq!(ends(&mut program).code(), Some(1), "the last step fails");

    let id = desk.id();
    holds_none("the screen", desk.project.read("said").as_bytes());
    for (name, bytes) in files_below(&desk.project.path("state")) {
        holds_none(&name, &bytes);
    }
    for (verb, code) in [
        ("report ID", 0),
        ("report ID --format html", 0),
        ("report ID --json", 0),
        ("report ID --as entry", 0),
        ("logs ID", 0),
        ("logs ID by_stdin --raw", 0),
        ("status ID --json", 0),
        ("watch ID --plain", 1),
        ("verify ID", 0),
        ("resume ID", 1),
        ("plan work --target target --json", 0),
        (
            "exec work --target target -p file=hunter2 -p env=opensesame",
            3,
        ),
    ] {
        let words: Vec<&str> = verb
            .split(' ')
            .map(|word| if word == "ID" { &id } else { word })
            .collect();
        let ran = desk.run(&words).exits(code);
        holds_none(verb, ran.stdout.as_bytes());
        holds_none(verb, ran.stderr.as_bytes());
    }
    let log = desk.run(&["logs", &id]).exits(0).stdout;
    assert!(
        log.matches("(secret)").count() >= 18,
        "it was said, and masked: {log}"
    );
}

/// A first step that leaves its secret in a file, and others that come upon it there.
const LEFT_BEHIND: &str = r#"params:
  token: { type: secret, from: { command: [sh, -c, "echo asked >> asked; cat hidden"] } }
steps:
  - id: log_in
    title: Log in
    run: |
      cp "$RB_SECRET_TOKEN" npmrc
      echo log_in >> effects
    effect: idempotent
  - id: show
    title: Show
    run: |
      test -e go
      echo "config: $(cat npmrc)"; base64 npmrc
      echo shown > show
    effect: idempotent
  - id: hand_on
    title: Hand on
    run: |
      echo "made=$(cat npmrc)" >> "$RB_OUTPUT"
      cp npmrc "$RB_OUTPUT_DIR/kept"
    effect: idempotent
    outputs: { made: { type: string } }
"#;

const UNTIL_LOGGED_IN: [&str; 6] = ["exec", "work", "--target", "target", "--until", "log_in"];

/// No file of a run holds the secret, nor does what was shown.
fn is_kept_nowhere(desk: &Desk, shown: &[&str]) {
    let mut kept = files_below(&desk.project.path("state"));
    kept.extend(
        shown
            .iter()
            .map(|said| ("what was shown".to_owned(), said.as_bytes().to_vec())),
    );
    for (name, bytes) in kept {
        let text = String::from_utf8_lossy(&bytes);
        for form in forms() {
            assert!(!text.contains(&form), "{name} holds {form}: {text}");
        }
    }
}

#[test]
fn what_an_earlier_step_was_given_no_later_step_prints_or_hands_on() {
    let desk = Desk::with(LEFT_BEHIND);
    desk.project.write("hidden", VALUE).write("target/go", "");

    let ran = desk.exec(&[]).exits(1);

    assert_eq!(desk.project.read("target/show"), "shown\n");
    assert!(
        ran.stdout.contains("wrote a secret to its outputs"),
        "{}",
        ran.stdout
    );
    is_kept_nowhere(&desk, &[&ran.stdout, &ran.stderr]);
    let log = desk.run(&["logs", &desk.id(), "show"]).exits(0).stdout;
    assert!(log.contains("config: (secret)"), "{log}");
    assert_eq!(log.matches("(secret)").count(), 2, "{log}");
    assert!(!desk.folder().join("steps/hand_on.1/files/kept").exists());
}

#[test]
fn whoever_resumes_masks_what_steps_were_given_before() {
    let desk = Desk::with(LEFT_BEHIND);
    desk.project.write("hidden", VALUE);
    let first = desk.run(&UNTIL_LOGGED_IN).exits(5);
    assert_eq!(desk.project.read("asked"), "asked\n");

    desk.project.write("target/go", "");
    let second = desk.run(&["resume"]).exits(1);

    assert_eq!(desk.project.read("target/show"), "shown\n");
    assert_eq!(
        desk.project.read("asked"),
        "asked\nasked\n",
        "once for each driver"
    );
    is_kept_nowhere(&desk, &[&first.stdout, &second.stdout]);
}

/// A step that was already so told its verify, and those beside the steps of a run are given secrets as
/// well.
#[test]
fn whoever_comes_later_masks_also_what_was_given_beside_the_steps() {
    let leave = "\"cat $RB_SECRET_TOKEN > left\"";
    let from = "params: { token: { type: secret, from: { command: [cat, hidden] } } }\n";
    let show = "  - { id: gate, title: Gate, approve: { role: developer, text: May I? } }\n  - { id: show, title: Show, run: cat left, effect: read }\n";
    let fail = "  - { id: fail, title: Fail, check: { run: test -e go } }\n";
    let bye = format!("  - {{ id: bye, title: Bye, run: {leave}, effect: idempotent }}\n");
    for (body, code, answer) in [
        (
            format!(
                "steps:\n  - {{ id: so, title: So, run: \"false\", effect: idempotent, verify: {{ run: {leave}, absent: [1] }} }}\n{show}"
            ),
            5,
            true,
        ),
        (format!("steps:\n{fail}on_failure:\n{bye}"), 1, false),
        (format!("steps:\n{fail}finally:\n{bye}"), 0, false),
    ] {
        let desk = Desk::with(&format!("{from}{body}"));
        desk.project.write("hidden", VALUE);
        if code != 1 {
            desk.project.write("target/go", "");
        }
        let mut shown = vec![desk.exec(&[]).exits(code).stdout];
        let id = desk.id();
        if answer {
            shown.push(desk.run(&["resume"]).exits(5).stdout);
            desk.run(&["approve", &id, "gate"]).exits(0);
            shown.push(desk.run(&["resume"]).exits(0).stdout);
        }
        desk.run(&["note", &id, &format!("it is {VALUE}")]).exits(0);

        assert_eq!(desk.project.read("target/left"), VALUE);
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        is_kept_nowhere(&desk, &shown);
    }
}

#[test]
fn a_secret_that_cannot_be_had_again_is_said_to_be_unmasked() {
    let desk = Desk::with(LEFT_BEHIND);
    desk.project.write("hidden", VALUE).write("target/go", "");
    desk.run(&UNTIL_LOGGED_IN).exits(5);
    std::fs::remove_file(desk.project.path("hidden")).expect("it is there");

    let ran = desk.run(&["resume"]).exits(0);

    assert!(
        ran.stdout
            .contains("a step was given the secret `token` before: it cannot be masked now"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_people_write_down_holds_no_secret_of_the_run() {
    let desk = given_and_asked(VALUE);
    let mut terminal = Terminal::start(desk.command(&["exec", "work", "--target", "target"]));

    terminal.shows("What is there?").types(VALUE);
    terminal
        .shows("not taken: it holds a secret of the run")
        .shows("What is there?");
    terminal.types("a token").shows("is finished");

    assert_eq!(terminal.ends(), 0);
    is_kept_nowhere(&desk, &[]);
}

/// Whoever writes something down while nobody drives the run starts nothing that would ask for it.
#[test]
fn what_is_written_down_while_nobody_drives_holds_no_secret_of_the_run() {
    let desk = given_and_asked(VALUE);
    desk.exec(&[]).exits(5);
    let id = desk.id();

    let seen = format!("seen={VALUE}");
    let answered = desk.run(&["answer", &id, "ask", &seen]).exits(2);
    let said = "it holds a secret of the run";
    assert!(answered.stderr.contains(said), "{}", answered.stderr);
    let remark = format!("it says {VALUE} on the screen");
    desk.run(&["note", &id, &remark]).exits(0);
    desk.run(&["answer", &id, "ask", "seen=a token"]).exits(0);
    desk.run(&["abort", &id, "--reason", &remark]).exits(0);

    // What a refused answer was about is kept nowhere either.
    let report = desk.run(&["report", &id]).exits(0).stdout;
    assert!(report.contains("(secret)"), "{report}");
    is_kept_nowhere(&desk, &[&answered.stderr, &report]);
}

/// A probe is started by the run like a step, and what it was given is the run's secret from then on.
#[test]
fn what_is_written_down_after_a_probe_was_given_a_secret_does_not_hold_it() {
    let desk = Desk::with(
        "params:\n  token: { type: secret, from: { command: [cat, hidden] }, expose: file, ask: \"Which token?\" }\nsteps:\n  - id: ready\n    title: Ready\n    wait: { or_until: { run: 'test -s \"$RB_SECRET_TOKEN\"', every: 1ms, times: 3 } }\n  - id: ask\n    title: Ask\n    manual: { text: Look at it, fields: { seen: { type: string, ask: \"What is there?\" } } }\n",
    );
    desk.project.write("hidden", VALUE);
    let began = desk.exec(&[]).exits(5);
    let id = desk.id();

    let seen = format!("seen={VALUE}");
    desk.run(&["answer", &id, "ask", &seen]).exits(2);
    desk.run(&["note", &id, &format!("it says {VALUE}")])
        .exits(0);

    let report = desk.run(&["report", &id]).exits(0).stdout;
    assert!(report.contains("it says (secret)"), "{report}");
    is_kept_nowhere(&desk, &[&began.stdout, &report]);
}

/// The names of the files that came with remarks and answers.
fn attached(desk: &Desk) -> Vec<String> {
    let folder = desk.folder().join("evidence");
    let files = folder.exists().then(|| files_below(&folder));
    let files = files.into_iter().flatten();
    files.map(|(name, _)| name).collect()
}

/// A step is given a secret, and a person is asked afterwards.
fn given_and_asked(value: &str) -> Desk {
    let desk = Desk::with(&format!(
        "{}{}",
        loud(
            "from: { command: [cat, hidden] }, ",
            "file",
            ": \"$RB_SECRET_TOKEN\""
        ),
        "  - id: ask\n    title: Ask\n    manual: { text: Look at it, fields: { seen: { type: string, ask: \"What is there?\" } } }\n"
    ));
    desk.project.write("hidden", value);
    desk
}

#[test]
fn no_file_is_attached_that_holds_a_secret_of_the_run() {
    let desk = given_and_asked(VALUE);
    desk.exec(&[]).exits(5);
    let id = desk.id();
    let before = desk.events();
    // Longer than what is read at once, and in other forms.
    let far = format!("{}{VALUE}", ".".repeat(200_000));
    for text in [VALUE, &far, "x aHVudGVyMi8ic2VjcmV0IiB2YWx1ZQ== y"] {
        desk.project.write("ev.txt", text);
        for verb in [
            &["note", &id, "look", "--attach", "ev.txt"][..],
            &["answer", &id, "ask", "seen=it", "--evidence", "ev.txt"],
        ] {
            let ran = desk.run(verb).exits(2);
            for words in ["it holds a secret of the run", "take the secret out of it"] {
                assert!(ran.stderr.contains(words), "{}", ran.stderr);
            }
            assert_eq!(attached(&desk), Vec::<String>::new());
        }
    }
    assert_eq!(desk.events(), before);
    is_kept_nowhere(&desk, &[]);

    desk.project.write("ev.txt", "seven rows");
    desk.run(&["answer", &id, "ask", "seen=it", "--evidence", "ev.txt"])
        .exits(0);
    assert_eq!(attached(&desk).len(), 1);
    // What came with an answer stays, whatever becomes of a second one.
    desk.run(&["answer", &id, "ask", "seen=it", "--evidence", "ev.txt"])
        .exits(2);
    assert_eq!(attached(&desk).len(), 1);
    desk.run(&["resume"]).exits(0);
    desk.project.write("ev.txt", VALUE);
    desk.run(&["note", &id, "afterwards", "--attach", "ev.txt"])
        .exits(2);
    is_kept_nowhere(&desk, &[]);
}

#[test]
fn whoever_drives_a_run_looks_into_what_others_attach() {
    let desk = Desk::with(&loud(
        "from: { command: [cat, hidden] }, ",
        "file",
        ": \"$RB_SECRET_TOKEN\"\necho begun >> effects\nuntil test -e go; do sleep 0.02; done",
    ));
    desk.project.write("hidden", VALUE).write("ev.txt", VALUE);
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let ran = desk.run(&["note", &desk.id(), "look", "--attach", "ev.txt"]);
    desk.project.write("target/go", "");
    ends(&mut program);

    let is_refused = |(name, _): &(String, Vec<u8>)| name.ends_with(".refused");
    let inbox = files_below(&desk.folder().join("inbox"));
    assert!(inbox.iter().any(is_refused), "{ran:?}: {inbox:?}");
    assert_eq!(attached(&desk), Vec::<String>::new());
    assert!(!desk.events().contains(&"note.added".to_owned()));
    is_kept_nowhere(&desk, &[]);
}

#[test]
fn no_file_is_attached_that_is_called_like_a_secret_of_the_run() {
    // A sign that such a name may not have is replaced in it; and a long name is cut.
    for (value, name) in [
        ("hunter2000", "n-hunter2000.txt".to_owned()),
        ("hunter2+ 000", "n-hunter2+ 000.txt".to_owned()),
        ("hunter2000", format!("hunter2000{}", "b".repeat(72))),
    ] {
        let desk = given_and_asked(value);
        desk.exec(&[]).exits(5);
        let (id, before) = (desk.id(), desk.events());
        desk.project.write(&name, "seven rows");
        for verb in [
            &["note", &id, "look", "--attach", &name][..],
            &["answer", &id, "ask", "seen=it", "--evidence", &name],
        ] {
            let ran = desk.run(verb).exits(2);
            for words in ["it holds a secret of the run", "give it another name"] {
                assert!(ran.stderr.contains(words), "{}", ran.stderr);
            }
        }
        assert_eq!(attached(&desk), Vec::<String>::new());
        assert_eq!(desk.events(), before);
        for (file, bytes) in files_below(&desk.project.path("state")) {
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !format!("{file} {text}").contains("nter2"),
                "{file}: {text}"
            );
        }
    }
}

#[test]
fn a_file_that_comes_with_an_answer_that_does_not_count_is_not_kept() {
    let desk = given_and_asked(VALUE);
    desk.exec(&[]).exits(5);
    desk.project.write("ev.txt", "seven rows");
    for (step, given, further) in [
        ("tell", "seen=it", "ev.txt"),
        ("ask", "other=it", "ev.txt"),
        ("ask", "seen=it", "nothing.txt"),
    ] {
        let files = ["--evidence", "ev.txt", "--evidence", further];
        let id = desk.id();
        let answer = [&["answer", &id, step, given][..], &files].concat();
        desk.run(&answer).exits(2);
        assert_eq!(
            attached(&desk),
            Vec::<String>::new(),
            "{step} {given} {further}"
        );
    }
}

#[test]
fn files_and_folders_called_like_a_secret_are_deleted_as_outputs_that_hold_one() {
    for make in [
        "echo x > \"$RB_OUTPUT_DIR/f-$value\"",
        "mkdir \"$RB_OUTPUT_DIR/d-$value\"",
        "mkdir -p \"$RB_OUTPUT_DIR/a/d-$value/b\"; echo x > \"$RB_OUTPUT_DIR/a/d-$value/b/c\"",
        "ln -s \"$value\" \"$RB_OUTPUT_DIR/link\"",
        "echo x > \"$RB_OUTPUT_DIR/$(printf %s \"$value\" | base64)\"",
        "mkdir \"$RB_OUTPUT_DIR/hunt\"; echo x > \"$RB_OUTPUT_DIR/hunt/er2000\"",
    ] {
        let value = if make.contains("hunt/") {
            "hunt/er2000"
        } else {
            "hunter2000"
        };
        let script = format!(
            "value=$(cat \"$RB_SECRET_TOKEN\"); echo other > \"$RB_OUTPUT_DIR/other\"\n{make}"
        );
        let desk = Desk::with(&loud("from: { command: [cat, hidden] }, ", "file", &script));
        desk.project.write("hidden", value);

        let ran = desk.exec(&[]).exits(1);

        let said = "wrote a secret to its outputs, which were deleted";
        assert!(ran.stdout.contains(said), "{make}: {}", ran.stdout);
        let files = desk.folder().join("steps/tell.1/files");
        let left = walkdir::WalkDir::new(&files).into_iter();
        let left: Vec<String> = left
            .map(|entry| entry.expect("it can be read").path().display().to_string())
            .collect();
        let left = left.join(" ");
        assert!(left.contains("/other"), "{make}: {left}");
        for form in ["nter2000", "hunt/er2000", "aHVudGVy", "link"] {
            assert!(!left.contains(form), "{make}: {left}");
        }
    }
}

/// A key and a value of six characters, however few of them are different.
#[test]
fn a_later_step_prints_no_line_of_a_secret_that_has_a_key_and_a_value() {
    let lines = [
        "pin: 112233",
        "password: 121212",
        "password = 909090",
        "token: zzzzzz7",
        "secret: aaaaaabbb",
        "api-key: a1a1a1a1a1",
        "pass: \"1212-1212\"",
        "account: 000000",
        "code: 7070",
    ];
    let ordinary = [
        "apiVersion: v1",
        "kind: Config",
        "name: default",
        "port: 8080",
        "auth: none",
    ];
    let show: String = lines
        .iter()
        .chain(&ordinary)
        .map(|line| format!("      echo '<{line}>'; echo\n"))
        .collect();
    let desk = Desk::with(&format!(
        "{}  - id: show\n    title: Show\n    run: |\n{show}    effect: idempotent\n",
        loud(
            "from: { command: [cat, hidden] }, ",
            "file",
            ": \"$RB_SECRET_TOKEN\""
        )
    ));
    let secret: Vec<&str> = ordinary.iter().chain(&lines).copied().collect();
    desk.project.write("hidden", secret.join("\n"));

    desk.exec(&[]).exits(0);

    let log = desk.run(&["logs", &desk.id(), "show"]).exits(0).stdout;
    for line in lines {
        assert!(!log.contains(line), "{line}: {log}");
    }
    assert_eq!(log.matches("<(secret)>").count(), lines.len(), "{log}");
    for line in ordinary {
        assert!(log.contains(&format!("<{line}>")), "{line}: {log}");
    }
}
