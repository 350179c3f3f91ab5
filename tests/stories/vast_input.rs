//! Input that would never end, or end the program: it is bounded, and its author is told where.

use crate::project::Project;
use serde_json::Value;

/// The findings of `check` for a small project with one more file.
fn findings(path: &str, text: &str) -> Vec<Value> {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n")
        .write(path, text);
    let json = project.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    report["findings"].as_array().expect("a list").clone()
}

#[test]
fn a_block_that_its_grammar_never_ends_is_shown_plain_and_said() {
    let project = Project::empty();
    project.write("site.yaml", "title: Small\n").write(
        "content/index.md",
        "# Hello\n\n```javascript\nx /* <b>\n```\n",
    );
    let built = project.run(&["build"]).exits(0);
    assert!(
        built.stderr.contains("code/uncoloured") && built.stderr.contains("content/index.md:3:1"),
        "{}",
        built.stderr
    );
    let page = project.read("public/index.html");
    assert!(page.contains("<code>x /* &lt;b&gt;\n</code>"), "{page}");
}

#[test]
fn blocks_and_commands_with_a_line_of_a_megabyte_are_shown_plain_and_said() {
    let long = "<a> ".repeat(1 << 18);
    let page = format!("# Hello\n\n```console\n$ echo {long}\n```\n\n```rust\n// {long}\n```\n");
    let found = findings("content/index.md", &page);
    assert_eq!(found.len(), 2, "{found:?}");
    for (finding, line) in found.iter().zip([3, 7]) {
        assert_eq!(finding["code"], "code/uncoloured");
        assert_eq!(finding["line"], line);
        assert!(
            finding["help"]
                .as_str()
                .is_some_and(|help| help.contains("text"))
        );
    }
    let book = format!(
        "runbook: 1\nid: long\ntitle: Long\nversion: 1.0.0\nsteps:\n  - id: a\n    title: A\n    run: \"echo {long}\"\n    effect: read\n"
    );
    let found = findings("runbooks/long.yaml", &book);
    assert!(
        found
            .iter()
            .any(|finding| finding["code"] == "code/uncoloured" && finding["line"] == 8),
        "{:?}",
        found
            .iter()
            .map(|finding| &finding["message"])
            .collect::<Vec<_>>()
    );
}
