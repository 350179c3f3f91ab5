//! Pages that were written for other tools: what is right there is right here, and what is wrong
//! is said once, where it was written.

use crate::project::Project;
use serde_json::Value;

/// A project with one page.
fn page(text: &str) -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", text);
    project
}

/// The findings of a check: code, place and help.
fn found(project: &Project) -> Vec<(String, String, String)> {
    let ran = project.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("findings are JSON");
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a list").iter();
    let read = |found: &Value| {
        let place = format!(
            "{}:{}:{}",
            words(&found["file"]),
            found["line"],
            found["column"]
        );
        (words(&found["code"]), place, words(&found["help"]))
    };
    findings.map(read).collect()
}

/// Codes and places alone.
fn places(project: &Project) -> Vec<(String, String)> {
    let all = found(project).into_iter();
    all.map(|(code, place, _)| (code, place)).collect()
}

#[test]
fn levels_of_rules_need_no_quotes() {
    let project = page("# Hello\n\n<b>bold</b>\n");
    project.write(
        "site.yaml",
        "title: Small\nrules: { markdown/html: off, page/orphan: off }\n",
    );
    assert_eq!(places(&project), []);

    project.write(
        "site.yaml",
        "title: off\nrules:\n  markdown/html: off\nvars: { on: no }\n",
    );
    let codes: Vec<_> = places(&project).into_iter().map(|(code, _)| code).collect();
    assert_eq!(
        codes, ["yaml/ambiguous"; 3],
        "words of one's own are as doubtful as ever"
    );
}

#[test]
fn wrong_arguments_of_a_directive_are_one_finding_with_its_name() {
    for text in [
        ":::tip[Title]\nwords\n:::",
        "::: mkdocs-click\nwords\n:::",
        "::pages{under=x}",
    ] {
        let project = page(&format!("# Hello\n\n{text}\n"));
        assert_eq!(places(&project).len(), 1, "{text}: {:?}", places(&project));
        let said = project.run(&["check"]).stderr;
        let name = ["tip", "mkdocs-click", "pages"]
            .into_iter()
            .find(|name| text.contains(name));
        assert!(said.contains(name.expect("one of them")), "{said}");
    }
}
