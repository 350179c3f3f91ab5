//! What newcomers get wrong, and whether the first message names the cause, its place and the next step.
//!
//! A row of [`FILES`] spoils one file of a good project, a row of [`COMMANDS`] is a line that
//! somebody types in it. Wanted are a code, a place and a word that has to be in the first message:
//! what to look at or to write, never how the message is worded.

use crate::desk::Desk;
use crate::project::{Project, Ran};
use serde_json::Value;

const SITE: &str = "title: Desk\n";
const HOME: &str = "# Desk\n\nSee [the guide](guide.md) and [disk](../runbooks/disk.yaml).\n";
const GUIDE: &str =
    "---\ntitle: Guide\n---\n\nHow we work.\n\n```bash\ndate\n```\n\n## Later\n\nMore.\n";
const ROLES: &str = "roles:\n  operator: { title: Operator }\n  lead: { title: Lead }\n";
const CHANNELS: &str = "ops: { terminal: {} }\n";
const DISK: &str = "runbook: 1
id: disk
version: 1.0.0
title: Free the disk
owner: operator
fixes: The disk is full.
params:
  version: { type: string, ask: \"Which version?\" }
  token: { type: secret, from: { command: [echo, hush] }, expose: file }
steps:
  - id: look
    title: Look at the disk
    check: { run: \"df .\" }
  - id: facts
    title: Write down what you see
    manual:
      text: Write it down.
      fields:
        impact: { type: text, ask: \"What is hit?\" }
  - id: go
    title: Free it?
    approve: { role: operator, text: \"Free it?\", expires: 1h }
  - id: clean
    title: Free it
    run: |
      echo freed \"$VERSION\" >> effects
    env: { VERSION: \"${{ params.version }}\" }
    effect: idempotent
  - id: tell
    title: Tell the others
    notify: { channel: ops, text: Done. }
";
const CASES: &str = "tests: 1
runbook: disk
params: { version: 1.0.0 }
succeed: [look, clean]
answers: { facts: { impact: none }, go: approve }
cases:
  - name: It is freed
    expect: { exit: 0 }
";

const INDEX: &str = "content/index.md";
const PAGE: &str = "content/guide.md";
const BOOK: &str = "runbooks/disk.yaml";
const TEST: &str = "runbooks/disk.test.yaml";
const PEOPLE: &str = "content/data/roles.yaml";
const POSTS: &str = "content/data/channels.yaml";

/// A project without a finding, which uses what newcomers use.
fn good() -> Desk {
    let project = Project::empty();
    project
        .write("site.yaml", SITE)
        .write(INDEX, HOME)
        .write(PAGE, GUIDE)
        .write(PEOPLE, ROLES)
        .write("content/data/channels.yaml", CHANNELS)
        .write(BOOK, DISK)
        .write(TEST, CASES)
        .write("target/effects", "");
    Desk::at(project)
}

/// What somebody did to a file: `old` became `new`; without `old`, the file became `new`.
struct Slip {
    file: &'static str,
    old: &'static str,
    new: &'static str,
    /// The code of the first finding.
    code: &'static str,
    /// Where it points: file and line.
    place: &'static str,
    /// What its message or its help names.
    names: &'static str,
}

const fn slip(
    file: &'static str,
    (old, new): (&'static str, &'static str),
    code: &'static str,
    place: &'static str,
    names: &'static str,
) -> Slip {
    Slip {
        file,
        old,
        new,
        code,
        place,
        names,
    }
}

#[rustfmt::skip]
const FILES: &[Slip] = &[
    // YAML
    slip(BOOK, ("  - id: look\n    title", "  - id: look\n\ttitle"), "yaml/syntax", "runbooks/disk.yaml:12", "tab"),
    slip(BOOK, ("    title: Look at", "     title: Look at"), "yaml/syntax", "runbooks/disk.yaml:12", "column"),
    slip(BOOK, ("fixes: The disk is full.", "fixes: disk: full"), "yaml/syntax", "runbooks/disk.yaml:6", "\"disk: full\""),
    slip(BOOK, ("title: Free the disk", "title: \"Free the disk"), "yaml/syntax", "runbooks/disk.yaml:4", "quote"),
    slip(BOOK, ("title: Free the disk", "title: [Free the disk"), "yaml/syntax", "runbooks/disk.yaml:4", "]"),
    slip(BOOK, ("ask: \"Which version?\"", "ask: Which version, such as 16.6?"), "yaml/unknown-key", "runbooks/disk.yaml:8", "\"Which version, such as 16.6?\""),
    slip(BOOK, ("title: Free the disk", "title: @disk"), "yaml/syntax", "runbooks/disk.yaml:4", "\"@disk\""),
    slip(BOOK, ("ask: \"Which version?\"", "default: no"), "yaml/ambiguous", "runbooks/disk.yaml:8", "\"no\""),
    slip(BOOK, ("\nsteps:\n", "\nsteps\n"), "yaml/syntax", "runbooks/disk.yaml:10", "steps:"),
    slip(BOOK, ("  - id: look", "  -id: look"), "yaml/syntax", "runbooks/disk.yaml:11", "- id: look"),
    slip(BOOK, ("\"${{ params.version }}\"", "${{ params.version }}"), "yaml/syntax", "runbooks/disk.yaml:27", "\"${{ params.version }}\""),
    slip(BOOK, ("runbook: 1\n", ""), "yaml/missing-key", "runbooks/disk.yaml:1", "runbook: 1"),
    // Words of other tools
    slip(BOOK, ("    run: |", "    command: |"), "yaml/unknown-key", "runbooks/disk.yaml:25", "`run`"),
    slip(BOOK, ("    run: |", "    script: |"), "yaml/unknown-key", "runbooks/disk.yaml:25", "`run`"),
    slip(BOOK, ("    title: Free it\n", "    name: Free it\n"), "yaml/unknown-key", "runbooks/disk.yaml:24", "`title`"),
    slip(BOOK, ("    effect: idempotent", "    with: { a: b }"), "yaml/unknown-key", "runbooks/disk.yaml:28", "`env`"),
    slip(BOOK, ("    effect: idempotent", "    uses: actions/checkout@v4"), "yaml/unknown-key", "runbooks/disk.yaml:28", "call: {"),
    slip(BOOK, ("    effect: idempotent", "    if: params.version"), "yaml/unknown-key", "runbooks/disk.yaml:28", "`when`"),
    slip(BOOK, ("    effect: idempotent", "    register: out"), "yaml/unknown-key", "runbooks/disk.yaml:28", "outputs: {"),
    slip(BOOK, ("    effect: idempotent", "    ignore_errors: true"), "yaml/unknown-key", "runbooks/disk.yaml:28", "on_fail: "),
    slip(BOOK, ("    effect: idempotent", "    become: true"), "yaml/unknown-key", "runbooks/disk.yaml:28", "sudo"),
    slip(BOOK, ("    effect: idempotent", "    retries: 3"), "yaml/unknown-key", "runbooks/disk.yaml:28", "`retry`"),
    slip(BOOK, ("    effect: idempotent", "    retry: 3"), "yaml/wrong-type", "runbooks/disk.yaml:28", "max: 3"),
    slip(BOOK, ("    effect: idempotent", "    timeout: 30"), "yaml/bad-value", "runbooks/disk.yaml:28", "30s"),
    slip(BOOK, ("    effect: idempotent", "    host: db1"), "runbook/not-yet", "runbooks/disk.yaml:28", "ssh"),
    slip(BOOK, ("\nsteps:\n", "\ntasks:\n"), "yaml/unknown-key", "runbooks/disk.yaml:10", "`steps`"),
    slip(BOOK, ("\nparams:\n", "\nvars:\n"), "yaml/unknown-key", "runbooks/disk.yaml:7", "`params`"),
    slip(BOOK, ("ask: \"Which", "required: true, ask: \"Which"), "yaml/unknown-key", "runbooks/disk.yaml:8", "optional: "),
    slip(BOOK, ("type: string,", "type: boolean,"), "yaml/bad-value", "runbooks/disk.yaml:8", "`bool`"),
    slip(BOOK, ("approve: { role: operator, text: \"Free it?\", expires: 1h }", "wait: 10m"), "yaml/wrong-type", "runbooks/disk.yaml:22", "for: 10m"),
    // Shell, conditions, loops
    slip(BOOK, ("freed \"$VERSION\"", "freed ${{ params.version }}"), "RB101", "runbooks/disk.yaml:26", "env"),
    slip(BOOK, ("freed \"$VERSION\" >> effects\n    env: { VERSION: \"${{ params.version }}\" }", "freed $VERSION"), "RB108", "runbooks/disk.yaml:26", "env"),
    slip(BOOK, ("freed \"$VERSION\"", "freed {{ version }}"), "RB111", "runbooks/disk.yaml:26", "\"$VERSION\""),
    slip(BOOK, ("\"${{ params.version }}\"", "\"{{ params.version }}\""), "RB111", "runbooks/disk.yaml:27", "${{ params.version }}"),
    slip(BOOK, ("    effect: idempotent", "    when: \"version == '1'\""), "runbook/unknown-value", "runbooks/disk.yaml:28", "params"),
    slip(BOOK, ("    effect: idempotent", "    when: \"steps.look.ok and steps.go.ok\""), "runbook/expression", "runbooks/disk.yaml:28", "&&"),
    slip(BOOK, ("    effect: idempotent", "    for_each: [a, b]"), "yaml/wrong-type", "runbooks/disk.yaml:28", "in: [a, b]"),
    slip(BOOK, ("    effect: idempotent", "    outputs: [a]"), "yaml/wrong-type", "runbooks/disk.yaml:28", "a: …"),
    slip(BOOK, ("    effect: idempotent", "    when: \"params.version = '1'\""), "runbook/expression", "runbooks/disk.yaml:28", "=="),
    slip(BOOK, ("    effect: idempotent", "    when: \"${{ params.version == '1' }}\""), "runbook/expression", "runbooks/disk.yaml:28", "params.version == '1'"),
    slip(BOOK, ("    effect: idempotent", "    for_each: { in: [a, b], as: x }\n    steps: []"), "runbook/limits", "runbooks/disk.yaml:29", "`for_each`"),
    slip(BOOK, ("    run: |\n      echo freed \"$VERSION\" >> effects\n    env: { VERSION: \"${{ params.version }}\" }\n    effect: idempotent", "    steps:\n      - { id: one, title: One, check: { run: date } }"), "runbook/kind", "runbooks/disk.yaml:25", "`for_each`"),
    slip(BOOK, ("    check: { run: \"df .\" }", "    exec: df ."), "yaml/wrong-type", "runbooks/disk.yaml:13", "[df, .]"),
    slip(BOOK, ("  - id: look", "  - id: Look at it"), "runbook/name", "runbooks/disk.yaml:11", "small letters"),
    slip(BOOK, ("owner: operator", "owner: operater"), "role/unknown", "runbooks/disk.yaml:5", "`operator`"),
    slip(BOOK, ("channel: ops", "channel: opss"), "channel/unknown", "runbooks/disk.yaml:31", "`ops`"),
    slip(TEST, ("params: { version: 1.0.0 }", "params: { version: 1.0.0, token: x }"), "runbook/unknown-param", "runbooks/disk.test.yaml:3", "secret"),
    // Names of files
    slip("runbooks/db.yml", ("", DISK), "file/not-read", "runbooks/db.yml:1", "`runbooks/db.yaml`"),
    slip("runbooks/db/db.yaml", ("", DISK), "file/not-read", "runbooks/db/db.yaml:1", "`runbooks/db.yaml`"),
    slip("content/data/terms.yml", ("", "terms: {}\n"), "file/not-read", "content/data/terms.yml:1", "`content/data/terms.yaml`"),
    // Roles and settings
    slip(PEOPLE, ("  lead: {", "\tlead: {"), "yaml/syntax", "content/data/roles.yaml:3", "tab"),
    slip(PEOPLE, ("operator: { title: Operator }", "operator: Operator"), "yaml/wrong-type", "content/data/roles.yaml:2", "{ title: Operator }"),
    slip(PEOPLE, ("{ title: Lead }\n", "{ title: Lead }\npeople:\n  ana: { roles: [operater] }\n"), "role/unknown", "content/data/roles.yaml:5", "`operator`"),
    slip(PEOPLE, ("{ title: Lead }", "{ title: Lead, deputy: operater }"), "role/unknown", "content/data/roles.yaml:3", "`operator`"),
    slip(POSTS, ("{ terminal: {} }", "terminal"), "yaml/wrong-type", "content/data/channels.yaml:1", "{ terminal: {} }"),
    slip(POSTS, ("{ terminal: {} }", "{ slack: x }"), "yaml/unknown-key", "content/data/channels.yaml:1", "webhook"),
    slip(POSTS, ("ops: {", "channels:\n  ops: {"), "yaml/unknown-key", "content/data/channels.yaml:1", "top of the file"),
    slip("site.yaml", ("title: Desk", "title:Desk"), "yaml/wrong-type", "site.yaml:1", "title: Desk"),
    slip("site.yaml", ("title: Desk\n", "title: Desk\nnav: [content/index.md]\n"), "yaml/wrong-type", "site.yaml:2", "items: [content/index.md]"),
    slip(PEOPLE, ("{ title: Lead }", "{ name: Lead }"), "yaml/unknown-key", "content/data/roles.yaml:3", "`title`"),
    slip("site.yaml", ("title: Desk", "title: Desk: ours"), "yaml/syntax", "site.yaml:1", "\"Desk: ours\""),
    slip("site.yaml", ("title: Desk", "site_name: Desk"), "yaml/unknown-key", "site.yaml:1", "`title`"),
    slip("site.yaml", ("title: Desk\n", "title: Desk\ndocs_dir: docs\n"), "yaml/unknown-key", "site.yaml:2", "roots: "),
    slip("site.yaml", ("title: Desk\n", "title: Desk\nnav:\n  - Home: index.md\n"), "yaml/unknown-key", "site.yaml:3", "items: [index.md]"),
    // Pages
    slip(PAGE, ("How we work.", "!!! note\n    Read this."), "markdown/other-tool", "content/guide.md:5", "> [!NOTE]"),
    slip(PAGE, ("How we work.", "=== \"Linux\"\n\n    Words."), "markdown/other-tool", "content/guide.md:5", ":::tabs"),
    slip(PAGE, ("How we work.", "{{< figure src=\"x.png\" >}}"), "markdown/other-tool", "content/guide.md:5", "Hugo"),
    slip(PAGE, ("How we work.", "--8<-- \"snippet.md\""), "markdown/other-tool", "content/guide.md:5", "::include"),
    slip(PAGE, ("How we work.", "import Tabs from '@theme/Tabs';"), "markdown/other-tool", "content/guide.md:5", "MDX"),
    slip(PAGE, ("How we work.", "See [[index]]."), "markdown/other-tool", "content/guide.md:5", "[text](page.md)"),
    slip("content/late.md", ("", "+++\ntitle = \"Late\"\n+++\n\nWords.\n"), "markdown/other-tool", "content/late.md:1", "---"),
    slip(PAGE, ("How we work.", ":::tip[Title]\nWords.\n:::"), "directive/syntax", "content/guide.md:5", "> [!TIP]"),
    slip(PAGE, ("title: Guide\n", "title: Guide\ndate: 2026-01-01\n"), "yaml/unknown-key", "content/guide.md:3", "frontmatter"),
    slip(PAGE, ("date\n```", "date"), "code/open", "content/guide.md:7", "```"),
    slip(PAGE, ("title: Guide\n---", "title: Guide"), "front-matter/open", "content/guide.md:1", "---"),
    slip(PAGE, ("How we work.", "See [it](https:///bad)."), "link/address", "content/guide.md:5", "https://"),
    slip(INDEX, ("(guide.md)", "(guide.html)"), "link/missing-page", "content/index.md:3", "guide.md"),
    slip(INDEX, ("(guide.md)", "(guide.md#latr)"), "link/missing-anchor", "content/index.md:3", "later"),
];

/// What somebody types.
struct Typed {
    /// What was done before; the words of each line.
    before: &'static [&'static [&'static str]],
    line: &'static [&'static str],
    code: i32,
    /// What the first line names.
    cause: &'static str,
    /// What the lines name as the next step.
    next: &'static str,
}

const fn typed(
    line: &'static [&'static str],
    code: i32,
    cause: &'static str,
    next: &'static str,
) -> Typed {
    Typed {
        before: &[],
        line,
        code,
        cause,
        next,
    }
}

const BEGUN: &[&[&str]] = &[&[
    "exec",
    "disk",
    "--target",
    "target",
    "--non-interactive",
    "-p",
    "version=1",
]];
const ENDED: &[&[&str]] = &[
    BEGUN[0],
    &["answer", "RUN", "facts", "impact=none"],
    &["resume", "--non-interactive"],
    &["approve", "RUN", "go", "--as", "lena"],
    &["resume", "--non-interactive"],
];

#[rustfmt::skip]
const COMMANDS: &[Typed] = &[
    typed(&["exec", "disk", "--target", "target", "-p", "versio=1"], 3, "versio", "`version`"),
    typed(&["exec", "disk", "--target", "target", "-p", "version"], 2, "version", "NAME=VALUE"),
    typed(&["exec", "disk", "--target", "target", "version=1"], 2, "version=1", "-p version=1"),
    typed(&["exec", "disk", "--target", "target"], 3, "version", "-p version="),
    typed(&["exec", "disk", "-p", "version=1"], 3, "target", "--target"),
    typed(&["exec"], 2, "<ID>", "disk"),
    typed(&["exec", "dsk", "--target", "target"], 2, "dsk", "`disk`"),
    typed(&["exec", "runbooks/disk.yaml", "--target", "target"], 2, "runbooks/disk.yaml", "`disk`"),
    typed(&["exec", "disk", "--dry-run"], 2, "--dry-run", "runbook plan"),
    typed(&["check", "--format", "json"], 2, "--format", "`--json`"),
    typed(&["plan", "disk", "--format", "json"], 2, "--format", "`--json`"),
    typed(&["list", "--no-color"], 2, "--no-color", "--color never"),
    typed(&["status", "--silent"], 2, "--silent", "`-q`"),
    typed(&["start", "disk"], 2, "start", "exec"),
    typed(&["rollback"], 2, "rollback", "undo"),
    typed(&["lint"], 2, "lint", "check"),
    typed(&["run", "disk", "-p", "version=1"], 3, "target", "--target"),
    typed(&["init"], 2, "FOLDER", "runbook new"),
    Typed { before: BEGUN, line: &["approve", "RUN", "go"], code: 2, cause: "go", next: "facts" },
    Typed { before: BEGUN, line: &["approve", "RUN", "og"], code: 2, cause: "og", next: "`go`" },
    Typed { before: BEGUN, line: &["answer", "RUN", "facts", "impct=none"], code: 2, cause: "impct", next: "`impact`" },
    Typed { before: BEGUN, line: &["answer", "RUN", "facts", "--choose", "none"], code: 2, cause: "facts", next: "impact=" },
    Typed { before: ENDED, line: &["undo", "RUN"], code: 5, cause: "finished", next: "--confirm" },
];

#[test]
fn the_project_has_no_mistake() {
    let desk = good();
    assert_eq!(desk.project.findings(), Vec::<Value>::new());
    desk.run(&["test"]).exits(0);
    for line in ENDED {
        typed_in(&desk, line);
    }
    assert_eq!(desk.effects(), ["freed 1"]);
}

/// The first message names what was done wrong, where that is and what to do, and nothing comes before it.
#[test]
fn the_first_message_about_a_file_is_its_cause() {
    let wrong: Vec<String> = FILES.iter().filter_map(missed_in_files).collect();
    report(&wrong, FILES.len());
}

#[test]
fn the_first_line_about_a_command_is_its_cause() {
    let wrong: Vec<String> = COMMANDS.iter().filter_map(missed_in_commands).collect();
    report(&wrong, COMMANDS.len());
    assert!(FILES.len() + COMMANDS.len() >= 60);
}

fn report(wrong: &[String], all: usize) {
    assert!(
        wrong.is_empty(),
        "{} of {all}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is missing in the answer to a slip; nothing if it is as it has to be.
fn missed_in_files(slip: &Slip) -> Option<String> {
    let desk = good();
    match slip.old {
        "" => desk.project.write(slip.file, slip.new),
        old => desk.project.edit(slip.file, old, slip.new),
    };
    let all = desk.project.findings();
    let what = format!("{}: {:?}", slip.file, slip.new);
    let Some(first) = all.first() else {
        return Some(format!("{what}: silent"));
    };
    let word = |member: &str| first[member].as_str().unwrap_or_default();
    let place = format!("{}:{}", word("file"), first["line"]);
    let said = format!("{} | {}", word("message"), word("help"));
    let mut faults = Vec::new();
    if (word("code"), place.as_str()) != (slip.code, slip.place) {
        faults.push(format!("wanted {} at {}", slip.code, slip.place));
    }
    if word("help").is_empty() {
        faults.push("no next step".to_owned());
    }
    if !said.contains(slip.names) {
        faults.push(format!("does not name {}", slip.names));
    }
    let ran = desk.project.run(&["check"]);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    let head = shown
        .lines()
        .find(|line| line.starts_with("error") || line.starts_with("warning"));
    if !head.is_some_and(|line| line.contains(word("code"))) {
        faults.push("the text shows another first".to_owned());
    }
    faults.extend(strangers(&desk, &shown));
    (!faults.is_empty()).then(|| {
        format!(
            "{what}: {}: {} at {place}: {said}",
            faults.join("; "),
            word("code")
        )
    })
}

/// Runs a line in which `RUN` stands for the only run.
fn typed_in(desk: &Desk, line: &[&str]) -> Ran {
    let run = if line.contains(&"RUN") {
        desk.id()
    } else {
        String::new()
    };
    let words: Vec<&str> = line
        .iter()
        .map(|word| if *word == "RUN" { run.as_str() } else { word })
        .collect();
    desk.run(&words)
}

fn missed_in_commands(typed: &Typed) -> Option<String> {
    let desk = good();
    for line in typed.before {
        typed_in(&desk, line);
    }
    let ran = typed_in(&desk, typed.line);
    let mut faults = Vec::new();
    if ran.code != Some(typed.code) {
        faults.push(format!("exits with {:?}, not {}", ran.code, typed.code));
    }
    // A list of arguments that lack is one message over two lines.
    let first: String = ran.stderr.lines().take(2).collect();
    if !first.contains(typed.cause) {
        faults.push(format!("the first line does not name {}", typed.cause));
    }
    if !ran.stderr.contains(typed.next) {
        faults.push(format!("no word of {}", typed.next));
    }
    faults.extend(strangers(&desk, &format!("{}{}", ran.stdout, ran.stderr)));
    (!faults.is_empty()).then(|| format!("{:?}: {}: {}", typed.line, faults.join("; "), ran.stderr))
}

/// What a message names and the project or the program does not have: verbs, runbooks.
fn strangers(desk: &Desk, shown: &str) -> Vec<String> {
    let help = desk.run(&["--help"]).stdout;
    let mut found = Vec::new();
    for (at, _) in shown.match_indices("runbook ") {
        let mut words = shown[at..].split(|c: char| c.is_whitespace() || "`'\";,|)".contains(c));
        let _runbook = words.next();
        let (verb, of) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let is_command = shown[..at].ends_with(['`', '\'']) || shown[..at].ends_with(": ");
        if is_command && !help.contains(verb) {
            found.push(format!("names the verb {verb}"));
        }
        let is_name = of.starts_with(|c: char| c.is_ascii_lowercase());
        if verb == "exec" && is_name && of != "disk" {
            found.push(format!("names the runbook {of}"));
        }
    }
    found
}

/// Where another tool's settings are and no site.yaml, the way to begin is named, and where to begin.
#[test]
fn a_project_of_another_tool_is_met_with_the_way_to_begin() {
    for settings in [
        "mkdocs.yml",
        "docusaurus.config.js",
        "hugo.toml",
        "site.yml",
        "",
    ] {
        let project = Project::empty();
        project.write("docs/index.md", "# Hello\n");
        if !settings.is_empty() {
            project.write(settings, "");
        }
        let next = if settings == "site.yml" {
            "site.yaml"
        } else {
            "runbook new"
        };
        for verb in [
            vec!["build"],
            vec!["check"],
            vec!["list"],
            vec![],
            vec!["exec", "x"],
        ] {
            let ran = project.run(&verb).exits(2);
            assert!(
                ran.stderr.contains(settings) && ran.stderr.contains(next),
                "{settings} {verb:?}: {}",
                ran.stderr
            );
        }
    }
}

/// Names that tools use for ours lead to them: the slips of the hand do what was meant.
#[test]
fn three_verbs_of_other_tools_do_what_is_meant() {
    let desk = good();
    let runs = desk.run(&["ls"]).exits(0);
    assert!(runs.stdout.contains("disk"), "{}", runs.stdout);
    desk.run(&[
        "run",
        "disk",
        "--target",
        "target",
        "--non-interactive",
        "-p",
        "version=1",
    ])
    .exits(5);
    desk.run(&["init", "ours"]).exits(0);
    let help = desk.run(&["--help"]).exits(0).stdout;
    assert!(!help.contains("init"), "they stay hidden: {help}");
}

/// A step's keys that are refused are not offered.
#[test]
fn no_reserved_key_is_offered() {
    let desk = good();
    desk.project
        .edit(BOOK, "    effect: idempotent", "    zzzzzz: 1");
    let first = &desk.project.findings()[0];
    let help = first["help"].as_str().expect("a help line");
    for key in ["host", "pty", "sign", "escalation", "export", "lock"] {
        let offered = help
            .split(|c: char| !c.is_ascii_lowercase() && c != '_')
            .any(|word| word == key);
        assert!(!offered, "{help}");
    }
    assert!(
        help.split(',').count() < 12,
        "a list that nobody reads: {help}"
    );
}

/// What cannot be read makes nothing else wrong: one slip, one finding.
#[test]
fn what_follows_from_an_unreadable_file_is_not_reported() {
    for (file, text) in [
        (BOOK, "a: [b\n"),
        (PEOPLE, "a: [b\n"),
        ("content/data/channels.yaml", "a: [b\n"),
        ("content/data/terms.yaml", "a: [b\n"),
        ("content/data/numbers.yaml", "a: [b\n"),
        ("site.yaml", "title: a: b\n"),
    ] {
        let desk = good();
        desk.project.edit(
            PAGE,
            "How we work.",
            ":data[1]{path=\"numbers.one\"} [x](data/terms.yaml#x) ${{ vars.other }} [c](../Cargo.toml)",
        );
        desk.project.write("Cargo.toml", "");
        desk.project.edit(
            "site.yaml",
            "title: Desk\n",
            "title: Desk\nvars: { other: x }\nrepo: https://example.org/x\n",
        );
        desk.project.write("content/data/numbers.yaml", "one: 1\n");
        desk.project.write(
            "content/data/terms.yaml",
            "terms:\n  x: { term: x, short: X. }\n",
        );
        let before = desk.project.findings();
        assert_eq!(before, Vec::<Value>::new());
        desk.project.write(file, text);
        let codes: Vec<String> = desk
            .project
            .findings()
            .iter()
            .map(|f| format!("{} {}", f["code"], f["file"]))
            .collect();
        assert_eq!(codes.len(), 1, "{file}: {codes:?}");
    }
}

/// A channel that no file declares is a finding: nobody gets the message.
#[test]
fn a_channel_without_a_file_is_told() {
    let desk = good();
    std::fs::remove_file(desk.project.path("content/data/channels.yaml")).expect("it is there");
    let found = desk.project.findings();
    let first = &found[0];
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&first["code"], &first["line"]),
        (&"channel/no-file".into(), &31.into())
    );
    assert!(
        first["help"]
            .as_str()
            .is_some_and(|help| help.contains("ops: {")),
        "{first}"
    );
}

/// A runbook that cannot be read is shown with its fault where it is to be run.
#[test]
fn a_runbook_that_is_no_yaml_is_run_with_its_fault() {
    let desk = good();
    desk.project
        .edit(BOOK, "fixes: The disk is full.", "fixes: disk: full");
    let ran = desk.run(&["exec", "disk", "--target", "target"]).exits(3);
    assert!(
        ran.stderr.contains("yaml/syntax") && ran.stderr.contains(":6:"),
        "{}",
        ran.stderr
    );
}
