//! Slips that used to say nothing, or too much: files with a name that nobody reads, folders in another case,
//! what is never closed, and shell text that YAML cuts; and what looks like one of them and is none.

use crate::project::Project;
use serde_json::Value;

const GUIDE: &str = "content/guide.md";
const BOOK: &str = "runbooks/disk.yaml";
const RUN: &str = "\"df .\"";

/// A project without a finding.
fn good() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Desk\n")
        .write("content/index.md", "# Desk\n\n[the guide](guide.md)\n")
        .write(GUIDE, "# Guide\n\nHow we work.\n")
        .write(
            "content/data/roles.yaml",
            "roles:\n  operator: { title: Operator }\n",
        )
        .write("content/data/channels.yaml", "ops: { terminal: {} }\n")
        .write(BOOK, book(RUN));
    project
}

/// A runbook whose step runs this, as it stands behind `run:` on line 10.
fn book(run: &str) -> String {
    format!(
        "runbook: 1\nid: disk\nversion: 1.0.0\ntitle: Disk\nowner: operator\nfixes: x\nsteps:\n  - id: look\n    title: Look\n    run: {run}\n    effect: read\n  - {{ id: tell, title: Tell, notify: {{ channel: ops, text: Done. }} }}\n"
    )
}

/// What is written where, the code and the place of the finding, and what its next step names.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str, u64, &str)] = &[
    // Names
    ("runbooks/other.yml", "x", "file/not-read", 1, "`runbooks/other.yaml`"),
    ("runbooks/other.yaml.txt", "x", "file/not-read", 1, "`runbooks/other.yaml`"),
    ("runbooks/other.YAML", "x", "file/not-read", 1, "`runbooks/other.yaml`"),
    ("runbooks/other.test.YML", "x", "file/not-read", 1, "`runbooks/other.test.yaml`"),
    ("runbooks/team/other.yaml", "x", "file/not-read", 1, "`runbooks/other.yaml`"),
    ("Runbooks/other.yaml", "x", "file/not-read", 1, "`runbooks/other.yaml`"),
    ("content/other.markdown", "x", "file/not-read", 1, "`content/other.md`"),
    ("content/other.MD", "x", "file/not-read", 1, "`content/other.md`"),
    ("content/other.md.txt", "x", "file/not-read", 1, "`content/other.md`"),
    ("content/sub/other.mdown", "x", "file/not-read", 1, "`content/sub/other.md`"),
    ("content/data/people.yml", "x", "file/not-read", 1, "`content/data/people.yaml`"),
    ("content/data/people.yaml.txt", "x", "file/not-read", 1, "`content/data/people.yaml`"),
    ("content/Data/people.yaml", "x", "file/not-read", 1, "`content/data/people.yaml`"),
    ("content/data/Approvals.yaml", "x: one", "file/not-read", 1, "`approvals.yaml`"),
    ("content/data/TERMS.yaml", "x: one", "file/not-read", 1, "`terms.yaml`"),
    // What is never closed
    (GUIDE, "# Guide\n\n```sh\ndate\n\n## Later\n", "code/open", 3, "```"),
    (GUIDE, "# Guide\n\n~~~~\ndate\n~~~\n\n## Later\n", "code/open", 3, "~~~~"),
    (GUIDE, "# Guide\n\n````md\n```sh\ndate\n```\n\n## Later\n", "code/open", 3, "````"),
    (GUIDE, "# Guide\n\n:::details{title=\"More\"}\nText.\n\n## Later\n", "directive/open", 3, "`:::`"),
    (GUIDE, "# Guide\n\n1. One\n\n   ```sh\n   date\n\n   Text.\n\n2. Two\n", "code/open", 5, "```"),
    // Channels
    ("content/data/channels.yaml", "", "channel/no-file", 0, "ops"),
    ("content/data/channels.yaml", "others: { terminal: {} }\n", "channel/unknown", 0, "others"),
    // Shell text that YAML cuts or joins
    (BOOK, "echo \"a #1\"", "RB110", 10, "run: |"),
    (BOOK, "date;\n      df .", "RB110", 10, "run: |"),
    (BOOK, "echo \"a: 1\"", "yaml/syntax", 10, "quotes"),
];

/// What somebody writes and is right; behind [`BOOK`] what stands behind `run:`.
#[rustfmt::skip]
const NO_MISTAKES: &[(&str, &str)] = &[
    ("runbooks/notes.md", "x"),
    ("runbooks/disk.yaml.bak", "x"),
    ("runbooks/notes.txt", "x"),
    ("runbook/values.yaml", "x"),
    ("content/notes.txt", "x"),
    ("content/data/table.csv", "x"),
    ("content/data/Prices.yaml", "x: one"),
    ("content/data/sub/Roles.yaml", "x: one"),
    ("content/database/people.yml", "x"),
    (GUIDE, "# Guide\n\n```sh\ndate\n`````\n\n## Later\n"),
    (GUIDE, "# Guide\n\n````md\n```sh\ndate\n````\n\n## Later\n"),
    (GUIDE, "# Guide\n\n1. One\n\n   ```sh\n   date\n   ```\n\n2. Two\n"),
    (GUIDE, "# Guide\n\n- One\n  ~~~\n  date\n  ~~~\n- Two\n"),
    (GUIDE, "# Guide\n\n> ```sh\n> date\n> ```\n\nText.\n"),
    (GUIDE, "# Guide\n\n   ```sh\n   date\n  ```\n\n## Later\n"),
    (GUIDE, "# Guide\n\n    ```\n    indented code\n\nText.\n"),
    (GUIDE, "# Guide\n\nText with ``` three ticks ``` in it.\n"),
    (GUIDE, "# Guide\n\n::::details{title=\"More\"}\nText with `:::`.\n::::\n\n## Later\n"),
    (GUIDE, "# Guide\n\n```md\n:::details{title=\"More\"}\n```\n\n## Later\n"),
    (BOOK, "date; df ."),
    (BOOK, "\"npm ci; npm test\""),
    (BOOK, "'npm ci && npm test'"),
    (BOOK, "|\n      npm ci; npm test # all of them"),
    (BOOK, "npm ci && npm test > log 2>&1"),
    (BOOK, "test -z \"$(git status --porcelain)\""),
    (BOOK, "df . # how full it is"),
    (BOOK, "test -d \"$HOME\"  # is it there?"),
    (BOOK, "echo a#b \"c#d\""),
    (BOOK, "echo a:b http://example.org/x"),
    (BOOK, "awk -F, '{print $1}' table.csv"),
];

#[test]
fn each_slip_is_told_at_its_place_with_the_way_out() {
    good().run(&["check", "--deny", "warnings"]).exits(0);
    let wrong: Vec<String> = MISTAKES.iter().filter_map(missed).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        MISTAKES.len(),
        wrong.join("\n")
    );
}

/// Writes one row; of a runbook only what it runs is given.
fn written(file: &str, text: &str) -> Project {
    let project = good();
    match file == BOOK {
        true => project.write(file, book(text)),
        false => project.write(file, text),
    };
    project
}

fn missed(row: &(&str, &str, &str, u64, &str)) -> Option<String> {
    let (file, text, code, line, names) = *row;
    let found = written(file, text).findings();
    let place = |found: &Value| {
        found["code"] == code && (line == 0 || (found["file"] == file && found["line"] == line))
    };
    let told = found.iter().find(|found| place(found));
    let names_it = told.is_some_and(|told| {
        format!("{} {}", told["message"], told["help"])
            .replace("\\\"", "\"")
            .contains(names)
    });
    (!names_it).then(|| format!("{file} {text:?}: {found:?}"))
}

#[test]
fn what_looks_like_a_slip_and_is_none_is_left_alone() {
    let flagged = |(file, text): &(&str, &str)| {
        let found = written(file, text).findings();
        (!found.is_empty()).then(|| format!("{file} {text:?}: {found:?}"))
    };
    let wrong: Vec<String> = NO_MISTAKES.iter().filter_map(flagged).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        NO_MISTAKES.len(),
        wrong.join("\n")
    );
}

/// A folder of pages in another case is told with both names.
#[test]
fn a_folder_of_pages_in_another_case_is_named() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Desk\n")
        .write("Content/index.md", "# Desk\n");
    let found = project.findings();
    assert_eq!(found[0]["code"], "config/no-root", "{found:?}");
    let help = found[0]["help"].as_str().expect("a next step");
    assert!(
        help.contains("`Content`") && help.contains("`content`"),
        "{help}"
    );
}
