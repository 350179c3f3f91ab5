//! An author makes mistakes and is told all of them at once.

use crate::project::Project;

#[test]
fn five_mistakes_in_four_files_are_five_findings_in_one_run() {
    let project = Project::of_this_repository();
    let clean = project.run(&["check", "--as-of", "2026-11-23"]).exits(0);
    assert!(clean.stdout.starts_with("no findings"), "{}", clean.stdout);

    project
        .edit(
            "content/release/hotfix.md",
            "(team-release.md)",
            "(team-relaese.md)",
        )
        .edit(
            "runbooks/rollback.yaml",
            "[hotfix](hotfix.yaml)",
            "[hotfix](hotfix.yaml#brunch)",
        )
        .edit("runbooks/release.yaml", "risk: high", "risk: hihg")
        .edit(
            "runbooks/release.yaml",
            "effect: idempotent",
            "efect: idempotent",
        )
        .edit("content/release/calendar.md", "reviewed:", "reviewd:");

    let json = project
        .run(&["check", "--as-of", "2026-11-23", "--json"])
        .exits(1);
    let report = json.data();
    let text = project.run(&["check", "--as-of", "2026-11-23"]).exits(1);

    let expected = [
        (
            "content/release/calendar.md",
            "yaml/unknown-key",
            "reviewd",
            "`reviewed`",
        ),
        (
            "content/release/hotfix.md",
            "link/missing-page",
            "team-relaese.md",
            "`team-release.md`",
        ),
        ("runbooks/release.yaml", "yaml/bad-value", "hihg", "`high`"),
        (
            "runbooks/release.yaml",
            "yaml/unknown-key",
            "efect",
            "`effect`",
        ),
        (
            "runbooks/rollback.yaml",
            "link/missing-step",
            "hotfix.yaml#brunch",
            "`branch`",
        ),
    ];
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), expected.len(), "{}", json.stdout);
    for (finding, (file, code, written, help)) in findings.iter().zip(expected) {
        assert_eq!(finding["file"], file);
        assert_eq!(finding["code"], code);
        let (line, column) = place_of(&project.read(file), written);
        assert_eq!(
            (finding["line"].as_u64(), finding["column"].as_u64()),
            (Some(line), Some(column)),
            "{finding}"
        );
        assert!(
            finding["excerpt"]
                .as_str()
                .expect("an excerpt")
                .contains(written),
            "{finding}"
        );
        assert!(
            finding["help"]
                .as_str()
                .expect("a next step")
                .contains(help),
            "{finding}"
        );
        let shown = format!("{file}:{line}:{column}");
        assert!(
            text.stdout.contains(&shown),
            "people see the place too: {shown}\n{}",
            text.stdout
        );
    }
}

/// Line and column of a text, counted from 1, by a way of its own.
fn place_of(text: &str, written: &str) -> (u64, u64) {
    for (index, line) in text.lines().enumerate() {
        if let Some(at) = line.find(written) {
            return (index as u64 + 1, line[..at].chars().count() as u64 + 1);
        }
    }
    panic!("`{written}` is not in the text")
}

#[test]
fn a_build_with_errors_writes_nothing_and_keep_going_marks_them() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n\nSee [there](nowhere.md).\n");

    let stopped = project.run(&["build"]).exits(1);
    assert!(
        stopped.stdout.contains("nothing written"),
        "{}",
        stopped.stdout
    );
    assert!(!project.path("public").exists());

    project.run(&["build", "--keep-going"]).exits(1);
    assert!(
        project
            .read("public/index.html")
            .contains("<s class=\"broken\">there</s>")
    );
}

#[test]
fn a_failed_build_leaves_the_old_site_as_it_was() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n");
    project.run(&["build"]).exits(0);
    let before = project.files("public");

    project.write("content/index.md", "# Other\n\n[x](nowhere.md)\n");
    project.run(&["build"]).exits(1);

    assert_eq!(project.files("public"), before);
}

#[test]
fn rules_and_waivers_change_what_counts() {
    let project = Project::empty();
    let page = "# Hello\n\n<b>bold</b>\n";
    project
        .write("content/index.md", page)
        .write("site.yaml", "title: Small\n");
    project.run(&["check"]).exits(0);
    project.run(&["check", "--deny", "warnings"]).exits(1);

    project.write(
        "site.yaml",
        "title: Small\nrules:\n  markdown/html: error\n",
    );
    project.run(&["check"]).exits(1);

    project.write("site.yaml", "title: Small\nwaivers:\n  - { code: markdown/html, path: content/index.md, reason: it is about HTML }\n");
    project.run(&["check", "--deny", "warnings"]).exits(0);

    project.write("content/index.md", "# Hello\n");
    let stale = project.run(&["check", "--deny", "warnings"]).exits(1);
    assert!(
        stale.stdout.contains("config/unused-waiver"),
        "{}",
        stale.stdout
    );
}

#[test]
fn what_authors_write_never_becomes_markup() {
    let hostile = "<script>alert('x')</script>\"&";
    let project = Project::empty();
    let quoted = hostile.replace('\'', "''");
    project
        .write("site.yaml", format!("title: '{quoted}'\n"))
        .write(
            "content/index.md",
            format!("---\ntitle: '{quoted}'\ndescription: '{quoted}'\ntags: ['{quoted}']\n---\n\n## {hostile}\n\n{hostile}\n\n`{hostile}`\n\n```x\"><script>\n{hostile}\n```\n\n[a](b.png \"{}\")\n\n::runbooks{{}}\n", hostile.replace('"', "")),
        )
        .write("content/b.png", "no image")
        .write(
            "runbooks/r.yaml",
            format!("runbook: 1\nid: r\nversion: 1.0.0\ntitle: '{quoted}'\nfixes: '{quoted}'\nstop_if: '{quoted}'\nsymptoms: ['{quoted}']\nparams:\n  p: {{ type: string, ask: '{quoted}', default: '{quoted}' }}\nsteps:\n  - id: s\n    title: '{quoted}'\n    doc: '{quoted}'\n    check: {{ exec: [echo, '{quoted}'] }}\n"),
        );

    project.run(&["build"]).exits(0);

    for (name, bytes) in project.files("public") {
        if name.ends_with(".html") {
            let html = String::from_utf8(bytes).expect("pages are UTF-8");
            assert!(!html.contains("<script>"), "{name}: {html}");
            assert!(!html.contains("x\"><"), "{name}: {html}");
        }
    }
}
