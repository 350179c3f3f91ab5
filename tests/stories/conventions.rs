//! What holds for every verb, in a table: which stream has what, the exit code, the JSON, colours, `-q` and
//! `-v`. A verb that is in no row makes this fail.

use crate::desk::Desk;
use crate::project::{Project, Ran};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

const RUNBOOK: &str = "steps:
  - { id: look, title: Look, check: { run: \"test -d .\" } }
  - { id: build, title: Build it, run: \"printf '\\\\033[31mred\\\\033[0m\\\\n'; echo made=box >> \\\"$RB_OUTPUT\\\"\", effect: idempotent, outputs: { made: { type: string } }, undo: { run: \"true\" } }
  - { id: go, title: Go on?, approve: { role: developer, text: Go on?, expires: 30m } }
";

/// What a verb answers with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// Lines for people, and data with `--json`.
    Json,
    /// Text in a form of its own, such as a schema: there is no `--json`.
    Text,
    /// It does something, and says so in a line or two.
    Acts,
}
use Answers::{Acts, Json, Text};

/// A verb with arguments: in the order of the rows they work on one project with one open run.
/// `RUN` stands for the run. Then come the code, and wrong arguments with their code.
type Row = (
    &'static str,
    &'static [&'static str],
    Answers,
    u8,
    &'static [&'static str],
    u8,
);

const ROWS: &[Row] = &[
    ("new", &["fresh"], Acts, 0, &["."], 2),
    ("check", &[], Json, 0, &["--explain", "no/code"], 2),
    (
        "build",
        &["--out", "site"],
        Json,
        0,
        &["--out", "site.yaml"],
        2,
    ),
    (
        "bundle",
        &["--out", "site.zip"],
        Json,
        0,
        &["--out", "no/such/folder/site.zip"],
        2,
    ),
    ("search", &["work"], Json, 0, &["--only", "nothing", "x"], 2),
    ("diagnose", &["site.yaml"], Json, 1, &["no/such.log"], 2),
    ("list", &[], Json, 0, &["--bogus"], 2),
    ("show", &["work"], Json, 0, &["wrok"], 2),
    (
        "plan",
        &["work", "--target", "target"],
        Json,
        0,
        &["work", "--target", "nowhere"],
        3,
    ),
    (
        "exec",
        &["work", "--target", "target", "--non-interactive"],
        Acts,
        5,
        &["wrok"],
        2,
    ),
    ("runs", &[], Json, 0, &["--since", "yesteryear"], 2),
    ("status", &["RUN"], Json, 0, &["NOSUCH"], 2),
    ("logs", &["RUN"], Json, 0, &["RUN", "nostep"], 2),
    ("report", &["RUN"], Json, 0, &["NOSUCH"], 2),
    ("verify", &["RUN"], Json, 0, &["NOSUCH"], 2),
    ("watch", &["RUN"], Text, 5, &["NOSUCH"], 2),
    ("note", &["RUN", "a note"], Acts, 0, &["RUN", " "], 2),
    ("request", &["RUN"], Text, 0, &["NOSUCH"], 2),
    (
        "answer",
        &["RUN", "go", "--as", "bob"],
        Acts,
        2,
        &["NOSUCH", "go"],
        2,
    ),
    ("approve", &["RUN", "go"], Acts, 0, &["NOSUCH", "go"], 2),
    (
        "reject",
        &["RUN", "go", "--reason", "x"],
        Acts,
        2,
        &["RUN", "nostep", "--reason", "x"],
        2,
    ),
    (
        "undo",
        &["RUN", "--plan"],
        Json,
        0,
        &["NOSUCH", "--plan"],
        2,
    ),
    (
        "resume",
        &["RUN", "--non-interactive"],
        Acts,
        0,
        &["NOSUCH"],
        2,
    ),
    (
        "abort",
        &["RUN", "--reason", "x"],
        Acts,
        2,
        &["NOSUCH", "--reason", "x"],
        2,
    ),
    ("gc", &["--dry-run"], Json, 0, &["--keep", "a while"], 2),
    ("test", &[], Json, 0, &["wrok"], 2),
    ("times", &[], Json, 0, &["nosuch"], 1),
    (
        "changelog",
        &["1.0.0", "--target", "repository"],
        Json,
        0,
        &["--target", "nowhere"],
        2,
    ),
    (
        "version",
        &["current", "--target", "repository"],
        Json,
        0,
        &["next", "--target", "nowhere"],
        2,
    ),
    (
        "isolate",
        &["echo", "work"],
        Text,
        0,
        &["/no/such/program"],
        2,
    ),
    ("schema", &[], Text, 0, &["nothing"], 2),
    ("completions", &["bash"], Text, 0, &["dos"], 2),
    ("man", &[], Text, 0, &["--bogus"], 2),
    ("serve", &["--help"], Text, 0, &["--port", "many"], 2),
];

fn desk() -> Desk {
    let desk = Desk::with(RUNBOOK);
    desk.project.git(&["init", "--quiet", "repository"]);
    let commit = ["-C", "repository", "commit", "--quiet", "--allow-empty"];
    desk.project
        .git(&[&commit[..], &["--message", "feat: begin"]].concat());
    desk.project
        .write("content/index.md", "# Work\n\nAbout the work.\n")
        .write(
            "runbooks/work.test.yaml",
            "tests: 1\nrunbook: work\nsucceed: [look]\nfakes: { build: { outputs: { made: box } } }\ncases:\n  - { name: it waits, expect: { exit: 5 } }\n",
        );
    desk
}

fn arguments<'a>(verb: &'a str, words: &'a [&'a str], run: &'a str) -> Vec<&'a str> {
    let word = |word: &&'a str| if *word == "RUN" { run } else { *word };
    std::iter::once(verb)
        .chain(words.iter().map(word))
        .collect()
}

/// The run of a desk by its short name, or nothing.
fn run_of(desk: &Desk) -> String {
    let runs = desk.run(&["runs", "--json"]).data();
    let newest = runs
        .as_array()
        .and_then(|runs| runs.last()?["run"].as_str());
    newest.unwrap_or_default().to_owned()
}

fn asserts_envelope(ran: &Ran, verb: &str, code: u8) -> Value {
    let answer: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{verb}: {error}: {ran:?}"));
    let names: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        ["format", "verb", "data", "errors", "notes", "exit"],
        "{verb}"
    );
    assert_eq!(answer["exit"]["code"], code, "{verb}: {answer}");
    assert_eq!(answer["verb"], verb);
    answer
}

/// The pages that say what a verb puts into the envelope.
const MANUAL: [&str; 3] = [
    include_str!("../../docs/reference/json.md"),
    include_str!("../../docs/reference/run-json.md"),
    include_str!("../../docs/reference/plan-json.md"),
];

/// Asserts that the reference names the verb and each member of its answer.
fn is_in_the_manual(verb: &str, data: &Value) {
    let [envelope, ..] = MANUAL;
    let verbs = envelope
        .split("These verbs print JSON")
        .nth(1)
        .expect("the verbs");
    let verbs = verbs.lines().next().expect("a line");
    assert!(
        verbs.contains(&format!("`{verb}`")) || verbs.contains(&format!("`{verb} ")),
        "{verb}"
    );
    let one = data.as_array().map_or(Some(data), |list| list.first());
    let members = one
        .and_then(Value::as_object)
        .expect("an object, or a list of them");
    for name in members.keys() {
        let named = MANUAL
            .iter()
            .any(|page| page.contains(&format!("`{name}`")));
        assert!(
            named,
            "no page of the reference names `{name}` of `{verb} --json`"
        );
    }
}

#[test]
fn every_verb_is_in_the_table() {
    let project = Project::empty();
    let help = project.run(&["man", "--markdown"]).exits(0).stdout;
    let verbs: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("## runbook "))
        .map(str::trim)
        .filter(|verb| *verb != "help")
        .collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.0).collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    assert_eq!(verbs, rows);
}

#[test]
fn answers_go_to_standard_output_and_errors_with_their_code_to_standard_error() {
    let desk = desk();
    for (verb, words, _, code, wrong, wrong_code) in ROWS {
        let run = run_of(&desk);
        let ran = desk
            .run(&arguments(verb, wrong, &run))
            .exits((*wrong_code).into());
        assert!(ran.stderr.contains("error"), "{verb} {wrong:?}: {ran:?}");
        assert!(!ran.stdout.contains("error"), "{verb} {wrong:?}: {ran:?}");
        let ran = desk
            .run(&arguments(verb, words, &run))
            .exits((*code).into());
        let is_error = *code == 2;
        assert_eq!(ran.stderr.contains("error"), is_error, "{verb}: {ran:?}");
        assert_eq!(ran.stdout.is_empty(), is_error, "{verb}: {ran:?}");
        for said in [&ran.stdout, &ran.stderr] {
            assert!(!said.contains('\x1b'), "{verb} colours a pipe: {ran:?}");
        }
    }
}

#[test]
fn every_verb_that_reads_or_reports_has_one_envelope_of_json() {
    let desk = desk();
    for (verb, words, answers, code, wrong, wrong_code) in ROWS {
        let run = run_of(&desk);
        let json = |words: &[&str]| {
            let mut arguments = arguments(verb, words, &run);
            arguments.insert(1, "--json");
            desk.run(&arguments)
        };
        if *answers == Json {
            let answer = asserts_envelope(&json(words).exits((*code).into()), verb, *code);
            assert_ne!(answer["data"], Value::Null, "{verb}");
            is_in_the_manual(verb, &answer["data"]);
            assert_eq!(answer["errors"], Value::Array(Vec::new()), "{verb}");
            let ran = json(wrong).exits((*wrong_code).into());
            let answer: Value = serde_json::from_str(&ran.stdout)
                .unwrap_or_else(|error| panic!("{verb} {wrong:?}: {error}: {ran:?}"));
            let message = answer["errors"][0]["message"].as_str().expect("a message");
            assert!(ran.stderr.contains(message), "{verb}: {ran:?}");
            assert_eq!(answer["exit"]["code"], *wrong_code, "{verb}");
        } else {
            let ran = json(words).exits(2);
            assert!(ran.stderr.contains("--json"), "{verb}: {ran:?}");
            desk.run(&arguments(verb, words, &run))
                .exits((*code).into());
        }
    }
}

#[test]
fn every_verb_takes_the_flags_for_colour_and_for_less_and_more() {
    for flags in [
        &["--color", "never", "-v"][..],
        &["--color", "auto"],
        &["-q"],
    ] {
        let desk = desk();
        for (verb, words, _, code, _, _) in ROWS {
            let run = run_of(&desk);
            let mut arguments = arguments(verb, words, &run);
            arguments.extend(flags);
            let ran = desk.run(&arguments).exits((*code).into());
            let coloured = ran.stdout.contains('\x1b') || ran.stderr.contains('\x1b');
            assert!(!coloured, "{verb} {flags:?}: {ran:?}");
        }
    }
}

#[test]
fn colours_follow_the_flag_and_the_variables() {
    let desk = desk();
    desk.project
        .write("content/wrong.md", "# Wrong\n\n[x](nowhere.md)\n");
    desk.run(&["exec", "work", "--target", "target", "--non-interactive"])
        .exits(5);
    let run = run_of(&desk);
    let said = |words: &[&str], variables: &[(&str, &str)]| {
        let mut command: Command = desk.command(words);
        command.envs(variables.iter().copied());
        String::from_utf8_lossy(&command.output().expect("it starts").stdout).into_owned()
    };
    for words in [&["check"][..], &["search", "work"], &["logs", &run]] {
        let with = |flags: &[&'static str]| -> Vec<&str> {
            words.iter().copied().chain(flags.iter().copied()).collect()
        };
        assert!(!said(words, &[]).contains('\x1b'), "{words:?} in a pipe");
        assert!(
            said(&with(&["--color", "always"]), &[("NO_COLOR", "1")]).contains('\x1b'),
            "{words:?}"
        );
        assert!(
            said(words, &[("CLICOLOR_FORCE", "1")]).contains('\x1b'),
            "{words:?}"
        );
        assert!(
            !said(&with(&["--color", "never"]), &[("CLICOLOR_FORCE", "1")]).contains('\x1b'),
            "{words:?}"
        );
    }
}

#[test]
fn quiet_leaves_findings_and_errors_and_verbose_adds_what_is_asked_for() {
    let desk = desk();
    let quiet = desk.run(&["check", "-q"]).exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let quiet = desk.run(&["build", "-q", "--out", "site"]).exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let quiet = desk.run(&["test", "-q"]).exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));

    let exec = desk
        .run(&[
            "exec",
            "work",
            "--target",
            "target",
            "--non-interactive",
            "-v",
        ])
        .exits(5);
    assert!(exec.stdout.contains("echo made=box"), "{}", exec.stdout);
    assert!(exec.stdout.contains("test -d ."), "{}", exec.stdout);
    let status = desk.run(&["status", "-v"]).exits(0);
    assert!(status.stdout.contains("made = box"), "{}", status.stdout);
    assert!(!desk.run(&["status"]).exits(0).stdout.contains("made = box"));
    assert!(status.stderr.contains("runs in"), "{}", status.stderr);

    desk.project
        .write("content/wrong.md", "# Wrong\n\n[x](nowhere.md)\n");
    let ran = desk.run(&["check", "-q"]).exits(1);
    assert!(ran.stdout.contains("content/wrong.md:3:"), "{ran:?}");
    assert_eq!(ran.stderr, "", "findings are what was asked for");
    let ran = desk.run(&["build", "--out", "site"]).exits(1);
    assert!(ran.stderr.contains("content/wrong.md:3:"), "{ran:?}");

    let settings = desk.project.read("site.yaml");
    desk.project.write(
        "site.yaml",
        format!("{settings}waivers:\n  - {{ code: link/missing-page, path: content/wrong.md, reason: It comes }}\n"),
    );
    assert!(!desk.run(&["check"]).stdout.contains("It comes"));
    let ran = desk.run(&["check", "-v"]);
    assert!(
        ran.stdout.contains("content/wrong.md:3:") && ran.stdout.contains("It comes"),
        "{ran:?}"
    );
}
