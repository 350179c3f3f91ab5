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

#[test]
fn no_name_of_a_folder_is_reserved() {
    let project = tree(&[
        (
            "content/index.md",
            "# Start\n\n[a](runbooks/etcd/members.md), [b](search/)\n",
        ),
        ("content/runbooks/_index.md", "# Alerts\n"),
        (
            "content/runbooks/etcd/members.md",
            "# Members\n\n## Fix\n\n[f](#fix)\n",
        ),
        (
            "content/search/README.md",
            "---\nredirect_from: search/old.html\n---\n# Finding\n\nWords.\n",
        ),
        ("content/roles/a.md", "# A\n"),
        ("content/tags/b.md", "# B\n"),
        ("content/assets/c.md", "# C\n"),
        (
            "content/assets/d.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("content/glossary.md", "# Words\n"),
        ("content/roles/index.md", "# Who\n"),
    ]);
    let codes = found(&project);
    assert_eq!(
        codes,
        [(
            "page/collision".to_owned(),
            "content/search/README.md".to_owned(),
            "`search/index.html` is the list of all pages".to_owned()
        )],
        "only the very same file is a collision"
    );

    std::fs::rename(
        project.path("content/search/README.md"),
        project.path("content/search/finding.md"),
    )
    .expect("it can be renamed");
    project.edit("content/index.md", "(search/)", "(search/finding.md)");
    project.run(&["build", "--deny", "warnings"]).exits(0);

    assert_eq!(h1(&project.read("public/runbooks/index.html")), ["Alerts"]);
    assert_eq!(h1(&project.read("public/roles/index.html")), ["Who"]);
    let home = project.read("public/index.html");
    assert!(
        home.contains("href=\"runbooks/etcd/members.html\""),
        "{home}"
    );
    assert!(
        project
            .read("public/search/old.html")
            .contains("href=\"finding.html\"")
    );
    let copy = project.read("public/index.md");
    assert!(
        copy.contains("runbooks/etcd/members.md"),
        "no runbook of ours: {copy}"
    );
    let llms = project.read("public/llms.txt");
    assert!(!llms.contains("## Runbooks"), "{llms}");
}

#[test]
fn what_we_make_stays_where_it_is_and_the_other_file_is_told() {
    let project = tree(&[
        ("content/index.md", "# Start\n"),
        ("content/404.md", "# Lost\n"),
        ("content/freshness.md", "# Fresh\n"),
        ("content/llms.txt", "words\n"),
        ("content/runbooks/README.md", "# All\n"),
        ("content/runbooks/hotfix.md", "# Hotfix\n"),
        ("content/runbooks/hotfix.run.js", "0\n"),
        (
            "runbooks/hotfix.yaml",
            "runbook: 1\nid: hotfix\ntitle: Hot fix\nfixes: Something.\nowner: developer\nsteps:\n  - id: a\n    title: A\n    exec: [date]\n    effect: none\n",
        ),
    ]);

    let at: Vec<_> = found(&project)
        .into_iter()
        .filter(|(code, ..)| code == "page/collision")
        .collect();

    let files: Vec<&str> = at.iter().map(|(_, file, _)| file.as_str()).collect();
    assert_eq!(
        files,
        [
            "content/404.md",
            "content/freshness.md",
            "content/llms.txt",
            "content/runbooks/README.md",
            "content/runbooks/hotfix.md",
            "content/runbooks/hotfix.run.js",
        ]
    );
    assert!(at[4].2.contains("the runbook `hotfix`"), "{}", at[4].2);
    project.run(&["build", "--keep-going"]).exits(1);
    assert!(
        project
            .read("public/runbooks/hotfix.html")
            .contains("Hot fix")
    );
    assert!(project.read("public/llms.txt").starts_with("# Small"));
    assert_ne!(h1(&project.read("public/404.html")), ["Lost"]);
}
