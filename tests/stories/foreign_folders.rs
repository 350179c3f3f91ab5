//! Trees of pages that were laid out for other tools: they are sites as they are.

use crate::project::Project;
use serde_json::Value;

/// A project with these pages and no more than a title.
fn tree(pages: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    project.write("site.yaml", "title: Small\n");
    for (path, text) in pages {
        project.write(path, text);
    }
    project
}

/// Code, file and message of each finding.
fn found(project: &Project) -> Vec<(String, String, String)> {
    let ran = project.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("findings are JSON");
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a list").iter();
    let read = |found: &Value| {
        (
            words(&found["code"]),
            words(&found["file"]),
            words(&found["message"]),
        )
    };
    findings.map(read).collect()
}

fn h1(html: &str) -> Vec<&str> {
    let opened = html.split("<h1").skip(1);
    let inside = opened.filter_map(|rest| rest.split_once('>'));
    inside
        .filter_map(|(_, rest)| rest.split("</h1>").next())
        .collect()
}

#[test]
fn a_readme_is_the_page_of_its_folder() {
    let project = tree(&[
        (
            "content/README.md",
            "# Start\n\n[a](frontend/), [b](frontend/README.md), [c](backend), [d](both/), [e](both/README.md)\n",
        ),
        (
            "content/frontend/README.md",
            "# Frontend\n\n[home](../) and [home](../README.md#start), [b](../backend/_index.md)\n",
        ),
        ("content/backend/_index.md", "# Backend\n"),
        ("content/both/index.md", "# Both\n"),
        ("content/both/README.md", "# Read me\n"),
        ("content/two/README.md", "# Two\n"),
        ("content/two/_index.md", "# Not two\n"),
    ]);

    assert_eq!(found(&project), []);
    project.run(&["build", "--deny", "warnings"]).exits(0);

    let home = project.read("public/index.html");
    for href in [
        "frontend/index.html",
        "backend/index.html",
        "both/index.html",
        "both/README.html",
    ] {
        assert!(home.contains(&format!("href=\"{href}\"")), "{href}: {home}");
    }
    assert_eq!(h1(&home), ["Start"]);
    assert_eq!(h1(&project.read("public/both/index.html")), ["Both"]);
    assert_eq!(h1(&project.read("public/two/index.html")), ["Two"]);
    assert_eq!(h1(&project.read("public/two/_index.html")), ["Not two"]);
    let frontend = project.read("public/frontend/index.html");
    assert!(
        frontend.contains("href=\"../index.html#start\""),
        "{frontend}"
    );
    // Where it was until now, and where a forge has it.
    let former = project.read("public/frontend/README.html");
    assert!(former.contains("href=\"index.html\""), "{former}");
}
