//! An author learns the runbook language by its examples and by its answers to mistakes.

use crate::project::Project;
use crate::runbook_mistakes::{GOOD, MISTAKES, NO_MISTAKES};
use runbook::model::runbook::StepKind;
use serde_json::Value;

const ROLES: &str = "roles:\n  release-manager: { title: Release manager }\n  technical-lead: { title: Technical lead }\n  operations-lead: { title: Operations lead }\n  developer: { title: Developer }\n";
const CHANNELS: &str = "ops: { terminal: {} }\n";

const MESSAGES: &str = "began: { to: the team, text: \"Began by {who}\" }\n";

const CALLEE: &str = "runbook: 1\nid: callee\nversion: 1.0.0\ntitle: Callee\nowner: developer\nfixes: x\nparams:\n  wanted: { type: string }\nsteps:\n  - { id: look, title: Look, check: { run: date } }\n";

fn project() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Language\n")
        .write("content/index.md", "# Language\n")
        .write("content/data/roles.yaml", ROLES)
        .write("content/data/channels.yaml", CHANNELS)
        .write("content/data/messages.yaml", MESSAGES)
        .write("runbooks/callee.yaml", CALLEE);
    project
}

#[test]
fn the_good_runbook_has_no_finding() {
    let project = project();
    project.write("runbooks/good.yaml", GOOD);

    assert_eq!(project.findings(), Vec::<Value>::new());
}

/// The good runbook has a step of each kind, and each is read, shown and planned as what it is.
#[test]
fn each_kind_of_step_is_in_the_good_runbook_and_shown_on_its_page() {
    let project = project();
    project.write("runbooks/good.yaml", GOOD);
    let advice = project
        .run(&["check", "--explain", "runbook/kind"])
        .exits(0)
        .stdout;

    project.run(&["build"]).exits(0);
    let page = project.read("public/runbooks/good.html");
    for kind in StepKind::KEYS {
        let key = format!("\n    {kind}:");
        assert!(GOOD.contains(&key), "good.yaml has no step that is {kind}");
        let shown = format!("<li class=\"step {kind}");
        assert!(page.contains(&shown), "the page shows no {shown}");
        assert!(advice.contains(kind), "{advice}");
    }
}

#[test]
fn each_likely_mistake_is_named_at_its_place_with_a_remedy() {
    let project = project();
    for (index, (from, to, _, _)) in MISTAKES.iter().enumerate() {
        project.write(
            &format!("runbooks/m{index:03}.yaml"),
            changed(from, to, &format!("m{index:03}")),
        );
    }
    let all = project.findings();
    let mut wrong = Vec::new();
    for (index, (from, to, code, place)) in MISTAKES.iter().enumerate() {
        let file = format!("runbooks/m{index:03}.yaml");
        let text = project.read(&file);
        let place = place.replace("good", &format!("m{index:03}"));
        let found = of_file(&all, &file);
        let fits = |finding: &&&Value| {
            finding["code"] == *code
                && covered(&text, finding) == place
                && finding["help"].is_string()
        };
        if !found.iter().any(|finding| fits(&finding)) {
            wrong.push(format!(
                "`{from}` -> `{to}`: wanted {code} at `{place}`, got {:?}",
                seen(&text, &found)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        MISTAKES.len(),
        wrong.join("\n")
    );
    assert!(MISTAKES.len() > 200, "a table of {}", MISTAKES.len());
}

#[test]
fn each_key_of_the_language_with_two_letters_swapped_is_named_at_its_place() {
    let project = project();
    let mut rows = Vec::new();
    for (at, key) in keys_of(GOOD) {
        let name = format!("k{:03}", rows.len());
        let text = format!(
            "{}{}{}",
            &GOOD[..at],
            misspelt(key),
            &GOOD[at + key.len()..]
        );
        let text = text.replacen("id: good", &format!("id: {name}"), 1);
        project.write(&format!("runbooks/{name}.yaml"), text);
        rows.push((name, key));
    }
    assert!(rows.len() > 150, "the keys were found: {}", rows.len());
    let all = project.findings();
    for (name, key) in rows {
        let file = format!("runbooks/{name}.yaml");
        let found = of_file(&all, &file);
        let text = project.read(&file);
        let named = found.iter().any(|finding| {
            let says = |member: &str| {
                finding[member]
                    .as_str()
                    .is_some_and(|words| words.contains(key))
            };
            // Either the key is unknown and the right one is offered, or the right one is missing.
            covered(&text, finding).contains(&misspelt(key)) && says("help")
                || finding["code"] == "yaml/missing-key" && says("message")
        });
        assert!(named, "{key}: {:?}", seen(&text, &found));
    }
}

#[test]
fn a_runbook_that_nobody_read_for_half_a_year_is_named_as_of_that_day() {
    let project = project();
    project.write(
        "runbooks/good.yaml",
        GOOD.replacen("review_by: 2027-12-31\n", "", 1),
    );
    // 180 days after its review, and one day more.
    for (day, code) in [("2027-05-19", 0), ("2027-05-20", 1)] {
        let ran = project
            .run(&["check", "--as-of", day, "--deny", "warnings"])
            .exits(code);
        assert_eq!(
            ran.stdout.contains("RB404"),
            code == 1,
            "{day}: {}",
            ran.stdout
        );
    }
}

#[test]
fn what_only_looks_like_a_mistake_is_not_flagged() {
    let project = project();
    for (index, (from, to, _)) in NO_MISTAKES.iter().enumerate() {
        let name = format!("n{index:03}");
        project.write(&format!("runbooks/{name}.yaml"), changed(from, to, &name));
    }
    let all = project.findings();
    for (index, (from, to, why)) in NO_MISTAKES.iter().enumerate() {
        let file = format!("runbooks/n{index:03}.yaml");
        let text = project.read(&file);
        let found = of_file(&all, &file);
        assert!(
            found.is_empty(),
            "`{from}` -> `{to}` ({why}): {:?}",
            seen(&text, &found)
        );
    }
}

/// [`GOOD`] under another name, with one place changed.
pub(crate) fn changed(from: &str, to: &str, id: &str) -> String {
    assert!(GOOD.contains(from), "`{from}` is not in the good runbook");
    GOOD.replacen(from, to, 1)
        .replacen("id: good", &format!("id: {id}"), 1)
        // Two runbooks that answer one message are a finding of their own.
        .replace("E42", &format!("E42 {id}"))
        .replace("E43", &format!("E43 {id}"))
}

/// The keys of the language in a runbook, with their places; not the names that its author chose.
fn keys_of(text: &str) -> Vec<(usize, &str)> {
    let schema: Value = serde_json::from_str(&runbook::parse::runbook::schema().to_string())
        .expect("a schema is JSON");
    let shapes = schema["$defs"].as_object().expect("shapes").values();
    let known: Vec<&String> = shapes
        .flat_map(|shape| shape["properties"].as_object().expect("keys").keys())
        .collect();
    // What stands behind two spaces is the name of a param or a role.
    let word = regex::Regex::new(r"(?m)(?:^|[{,] |- |^    )([a-z_]+):(?: |$)").expect("a pattern");
    let found = word
        .captures_iter(text)
        .map(|found| found.get(1).expect("a word"));
    found
        .filter(|word| known.iter().any(|key| *key == word.as_str()))
        .map(|word| (word.start(), word.as_str()))
        .collect()
}

/// A key as it is typed in a hurry: two letters behind the first swapped.
fn misspelt(key: &str) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    match (1..letters.len().saturating_sub(1)).find(|at| letters[*at] != letters[at + 1]) {
        Some(at) => letters.swap(at, at + 1),
        None => letters.push('x'),
    }
    letters.into_iter().collect()
}

fn of_file<'f>(all: &'f [Value], file: &str) -> Vec<&'f Value> {
    all.iter()
        .filter(|finding| finding["file"] == file)
        .collect()
}

fn seen(text: &str, found: &[&Value]) -> Vec<(String, String, String)> {
    let one = |finding: &&Value| {
        (
            finding["code"].to_string(),
            covered(text, finding),
            finding["message"].to_string(),
        )
    };
    found.iter().map(one).collect()
}

/// The text a finding points at, found by its lines and columns.
fn covered(text: &str, finding: &Value) -> String {
    let number = |key: &str| finding[key].as_u64().expect("a number") as usize;
    let offset = |line: usize, column: usize| {
        let start: usize = text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        start
            + text[start..]
                .chars()
                .take(column - 1)
                .map(char::len_utf8)
                .sum::<usize>()
    };
    let range =
        offset(number("line"), number("column"))..offset(number("end_line"), number("end_column"));
    text[range].to_owned()
}

/// The manual for authors: every runbook in it is sound, but for the one that shows two mistakes, and
/// its cases pass.
#[test]
fn the_manual_for_authors_shows_what_the_program_takes() {
    let project = project();
    let manual = include_str!("../../docs/writing-runbooks.md");
    for block in manual.split("```yaml\n").skip(1) {
        let text = block.split("```").next().expect("a block ends");
        let word = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
        if let Some(data) = word("# data/") {
            project.write(&format!("content/data/{data}"), text);
            continue;
        }
        let name = match word("tests: ") {
            Some(_) => format!("{}.test", word("runbook: ").expect("a runbook")),
            None => word("id: ").expect("an id").to_owned(),
        };
        project.write(&format!("runbooks/{name}.yaml"), text);
    }
    let found: Vec<(String, String)> = project
        .findings()
        .iter()
        .map(|finding| {
            let member = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
            (member("file"), member("code"))
        })
        .collect();
    let shown = ["runbook/unknown", "runbook/unknown-step"];
    let shown = shown.map(|code| ("runbooks/promote.yaml".to_owned(), code.to_owned()));
    assert_eq!(found, shown);

    std::fs::remove_file(project.path("runbooks/promote.yaml")).expect("it can be removed");
    project.run(&["test"]).exits(0);
}

#[test]
fn every_example_of_the_manual_is_a_runbook_without_a_fault() {
    let manual = include_str!("../../docs/formats/runbook.md");
    let project = project();
    let mut examples = 0;
    for block in manual.split("```yaml\n").skip(1) {
        let text = block.split("```").next().expect("a block ends");
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("id: "))
            .expect("an example has an id");
        let id = id.split('#').next().expect("a word").trim();
        project.write(&format!("runbooks/{id}.yaml"), text);
        examples += 1;
    }
    assert!(examples >= 5, "the manual has examples");
    let errors: Vec<Value> = project
        .findings()
        .into_iter()
        .filter(|finding| finding["severity"] == "error")
        .collect();
    assert_eq!(errors, Vec::<Value>::new());
}
