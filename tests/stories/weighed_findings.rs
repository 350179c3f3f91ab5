//! Somebody asks what a finding means, gives it another weight, and accepts one with a reason.

use crate::project::Project;
use runbook::diag::codes;
use serde_json::Value;

const LONELY: &str = "# Alone\n\nNobody links here. See <b>this</b>.\n";

fn project(settings: &str) -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", format!("title: Small\nnav: []\n{settings}"))
        .write("content/index.md", "# Home\n\nWords.\n")
        .write("content/alone.md", LONELY);
    project
}

#[test]
fn each_kind_of_finding_is_explained_with_what_to_do() {
    let folder = Project::empty();
    for code in codes::ALL {
        let said = folder
            .run(&["check", "--explain", code.name])
            .exits(0)
            .stdout;
        let first = format!("{} ({})", code.name, code.severity.as_str());
        assert_eq!(said.lines().next(), Some(&*first), "{said}");
        assert!(
            said.contains(&format!("{}: ", code.name)),
            "how to weigh it: {said}"
        );
        assert!(
            said.contains(&format!("code: {}", code.name)),
            "how to accept it: {said}"
        );
        assert!(
            !said.contains("](formats/"),
            "a link that leads nowhere: {said}"
        );
    }
    let said = folder
        .run(&["check", "--explain", "image/alt"])
        .exits(0)
        .stdout;
    for words in ["An image without a text", "Write what it shows."] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_kind_that_is_not_known_is_told_with_the_nearest() {
    let ran = Project::empty()
        .run(&["check", "--explain", "link/missing-ancor"])
        .exits(2);
    assert!(
        ran.stderr.contains("`link/missing-ancor`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`link/missing-anchor`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_weight_or_a_waiver_of_an_unknown_kind_is_a_finding_at_its_place() {
    let project = project(
        "rules:\n  page/orfan: off\n  markdown/html: off\nwaivers:\n  - { code: RB999, path: content/alone.md, reason: none }\n",
    );
    let found: Vec<(String, u64, String)> = project
        .findings()
        .iter()
        .filter(|found| found["code"] == "config/unknown-code")
        .map(|found| {
            let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
            (
                text("message"),
                found["line"].as_u64().expect("a line"),
                text("help"),
            )
        })
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].0.contains("`page/orfan`") && found[0].1 == 4,
        "{found:?}"
    );
    assert!(found[0].2.contains("`page/orphan`"), "{found:?}");
    assert!(
        found[1].0.contains("`RB999`") && found[1].1 == 7,
        "{found:?}"
    );
}

#[test]
fn what_is_accepted_stays_in_the_result_with_its_reason() {
    let project = project(
        "waivers:\n  - { code: markdown/html, path: content/alone.md, reason: \"An example, \\u202e shown as text\" }\n",
    );
    let ran = project.run(&["check", "--json"]).exits(0);
    let report = ran.data();
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report}");
    let waived = report["waived"].as_array().expect("a list");
    assert_eq!(waived.len(), 1, "{report}");
    assert_eq!(waived[0]["code"], "markdown/html");
    assert_eq!(waived[0]["file"], "content/alone.md");
    assert_eq!(waived[0]["line"], 3);
    assert_eq!(waived[0]["reason"], "An example, \u{202e} shown as text");
    let said = project
        .run(&["check", "--deny", "warnings"])
        .exits(0)
        .stdout;
    assert!(said.contains("1 finding is accepted"), "{said}");
}

#[test]
fn a_program_can_write_what_is_certain_to_be_meant() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Home\n\nGrüße 🚢: see [the guide](/guide/First.html#the-way), [it](<guide/first%20b.md>) and ![a](Img/A.png).\n\n[one]: Guide/First.md#the-way\n\n[The first][one] again.\n")
        .write("content/guide/First.md", "# First\n\n## The way\n\nWords.\n")
        .write("content/guide/First b.md", "# Second\n\nWords.\n");
    let found = project.findings();
    let edits: Vec<&Value> = found
        .iter()
        .filter(|found| !found["edit"].is_null())
        .collect();
    assert_eq!(edits.len(), 3, "{found:#?}");
    // From the end, so that the places before stay.
    for found in edits.iter().rev() {
        let (edit, file) = (&found["edit"], found["file"].as_str().expect("a file"));
        let number = |name: &str| edit[name].as_u64().expect("a number") as usize;
        let text = |name: &str| edit[name].as_str().expect("a text");
        assert_eq!(edit["line"], edit["end_line"], "{edit}");
        let mut lines: Vec<String> = project.read(file).lines().map(str::to_owned).collect();
        let line = &mut lines[number("line") - 1];
        // Columns count characters.
        let byte = |column: usize| line.chars().take(column - 1).map(char::len_utf8).sum();
        let place: std::ops::Range<usize> = byte(number("column"))..byte(number("end_column"));
        assert_eq!(&line[place.clone()], text("old"));
        line.replace_range(place, text("new"));
        project.write(file, lines.join("\n") + "\n");
    }
    let left: Vec<Value> = project.findings();
    let codes: Vec<&str> = left
        .iter()
        .filter_map(|found| found["code"].as_str())
        .collect();
    // Nobody knows which image was meant.
    assert_eq!(codes, ["link/missing-image"], "{left:#?}");
}
