//! An editor knows the language: the JSON Schema is made of the description that the reader uses.

use crate::project::Project;
use crate::runbook_language::changed;
use crate::runbook_mistakes::{GOOD, MISTAKES, NO_MISTAKES};
use crate::tools;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;
use std::process::Command;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn printed(of: &str) -> String {
    Project::empty().run(&["schema", of]).exits(0).stdout
}

#[test]
fn the_schemas_of_this_repository_are_those_of_the_program() {
    for (of, name) in [
        ("runbook", "runbook.v1.json"),
        ("test", "runbook-test.v1.json"),
        ("site", "site.v1.json"),
        ("roles", "roles.v1.json"),
        ("approvals", "approvals.v1.json"),
    ] {
        let kept =
            fs::read_to_string(here().join(".runbook/schema").join(name)).expect("it is kept");
        assert_eq!(kept, printed(of), "write it anew: runbook schema --write");
    }
}

/// An editor accepts the policy that is shipped, and refuses what the reader refuses.
#[test]
fn an_editor_knows_the_policy() {
    for (of, name, wrong) in [
        (
            "roles",
            "roles.yaml",
            ("title: Release manager", "titel: Release manager"),
        ),
        (
            "approvals",
            "approvals.yaml",
            ("need: required", "need: perhaps"),
        ),
    ] {
        let text = fs::read_to_string(here().join("content/data").join(name)).expect("a file");
        let changed = text.replacen(wrong.0, wrong.1, 1);
        assert_ne!(text, changed, "{name}");
        let files = [
            ("good.yaml".to_owned(), text),
            ("wrong.yaml".to_owned(), changed),
        ];
        let found = complaints_of(&format!("{of}.v1.json"), &files);
        assert_eq!(
            found["good.yaml"],
            Value::Array(Vec::new()),
            "{name}: {found:#?}"
        );
        assert_ne!(found["wrong.yaml"], Value::Array(Vec::new()), "{name}");
    }
}

#[test]
fn every_shipped_runbook_names_its_schema() {
    let mut seen = 0;
    for entry in fs::read_dir(here().join("runbooks")).expect("the repository has runbooks") {
        let path = entry.expect("entries can be read").path();
        let text = fs::read_to_string(&path).expect("runbooks are UTF-8");
        let test = path.to_string_lossy().ends_with(".test.yaml");
        let name = if test { "runbook-test" } else { "runbook" };
        let first = format!("# yaml-language-server: $schema=../.runbook/schema/{name}.v1.json\n");
        assert!(text.starts_with(&first), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 6, "{seen} files");
}

#[test]
fn the_schema_knows_every_key_and_refuses_others() {
    let schema: Value = serde_json::from_str(&printed("runbook")).expect("a schema is JSON");
    let shapes = schema["$defs"].as_object().expect("shapes");
    for (name, shape) in shapes {
        assert_eq!(shape["additionalProperties"], false, "{name}");
        for (key, held) in shape["properties"].as_object().expect("keys") {
            assert!(
                held["description"].is_string(),
                "{name}.{key} says what it is for"
            );
            assert!(
                GOOD.contains(&format!("{key}:")),
                "{name}.{key} is in the good runbook"
            );
        }
    }
    assert!(shapes.len() > 20, "{} shapes", shapes.len());
}

/// What an editor that knows the schema of runbooks complains of, by the names of the files.
fn complaints(files: &[(String, String)]) -> Map<String, Value> {
    complaints_of("runbook.v1.json", files)
}

/// The same with another schema.
fn complaints_of(schema: &str, files: &[(String, String)]) -> Map<String, Value> {
    let folder = Project::empty();
    let mut judge = Command::new("node");
    judge
        .arg(tools::installed("schema").join("judge.mjs"))
        .arg(here().join(".runbook/schema").join(schema));
    for (name, text) in files {
        folder.write(name, text);
        judge.arg(folder.path(name));
    }
    let told = judge.output().expect("node starts");
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    serde_json::from_slice(&told.stdout).expect("an object")
}

fn complains(said: &Map<String, Value>, name: &str) -> bool {
    !said[name].as_array().expect("a list").is_empty()
}

#[test]
fn an_editor_complains_of_no_runbook_that_the_reader_takes() {
    let mut files = vec![("good.yaml".to_owned(), GOOD.to_owned())];
    for entry in fs::read_dir(here().join("runbooks")).expect("the repository has runbooks") {
        let path = entry.expect("entries can be read").path();
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        if !name.ends_with(".test.yaml") {
            files.push((name, fs::read_to_string(&path).expect("runbooks are UTF-8")));
        }
    }
    for (index, (from, to, _)) in NO_MISTAKES.iter().enumerate() {
        files.push((format!("n{index:03}.yaml"), changed(from, to, "good")));
    }

    let said = complaints(&files);

    assert_eq!(said.len(), files.len());
    let wrong: Vec<_> = said
        .iter()
        .filter(|(name, _)| complains(&said, name))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A `site.yaml` with every key.
const SITE: &str = "title: T
id: t
url: https://docs.example.org/
base: /docs/
repo: https://example.org/r
edit: https://example.org/r/edit
roots: [{ dir: content, at: /, title: Guides }]
nav: [{ title: G, items: content/index.md }, { title: H }]
redirects: { old.html: content/index.md }
frontmatter: { allow: [weight, layout] }
vars: { node: 20.11.1 }
rules: { page/orphan: off, image/alt: error }
waivers: [{ code: page/orphan, path: content/a.md, reason: it is linked from elsewhere }]
target: ../app
changelog: HISTORY.md
search: { roots: [content], kinds: [guide, runbook] }
versions: [{ file: package.json }, { file: src/version.ts, text: \"VERSION = {version}\" }]
state_dir: .state
inherit: [KUBECONFIG]
x-own: [anything]
";

#[test]
fn an_editor_knows_the_settings_of_a_site_as_the_reader_does() {
    let manual = fs::read_to_string(here().join("docs/formats/site.md")).expect("a page");
    let schema: Value = serde_json::from_str(&printed("site")).expect("a schema is JSON");
    for key in schema["$defs"]["site"]["properties"]
        .as_object()
        .expect("keys")
        .keys()
    {
        assert!(SITE.contains(&format!("{key}:")), "{key} is in the example");
        assert!(
            manual.contains(&format!("| `{key}` |")),
            "{key} is in the manual"
        );
    }
    let wrong = [
        ("title: T\n", "", "yaml/missing-key"),
        ("id: t", "idd: t", "yaml/unknown-key"),
        ("dir: content", "folder: content", "yaml/missing-key"),
        (
            "allow: [weight, layout]",
            "alow: [weight]",
            "yaml/unknown-key",
        ),
        (
            "allow: [weight, layout]",
            "allow: { weight: 1 }",
            "yaml/wrong-type",
        ),
        ("page/orphan: off", "page/orphan: never", "yaml/bad-value"),
        (
            ", reason: it is linked from elsewhere",
            "",
            "yaml/missing-key",
        ),
    ];
    let files: Vec<(String, String)> = wrong
        .iter()
        .enumerate()
        .map(|(index, (from, to, _))| {
            assert!(SITE.contains(from), "{from}");
            (format!("w{index}.yaml"), SITE.replacen(from, to, 1))
        })
        .chain([
            ("good.yaml".to_owned(), SITE.to_owned()),
            (
                "own.yaml".to_owned(),
                fs::read_to_string(here().join("site.yaml")).expect("it is there"),
            ),
        ])
        .collect();

    let said = complaints_of("site.v1.json", &files);

    for ((name, text), (.., code)) in files.iter().zip(wrong) {
        assert!(complains(&said, name), "{code} in {text}");
        let project = Project::empty();
        project
            .write("content/index.md", "# A\n")
            .write("site.yaml", text);
        let found = project.run(&["check", "--json"]).stdout;
        assert!(found.contains(code), "{code} in {text}: {found}");
    }
    for name in ["good.yaml", "own.yaml"] {
        assert!(!complains(&said, name), "{name}: {}", said[name]);
    }
}

/// Mistakes of form, which need no knowledge of the rest of the file.
const OF_FORM: [&str; 4] = [
    "yaml/unknown-key",
    "yaml/missing-key",
    "yaml/wrong-type",
    "yaml/bad-value",
];

#[test]
fn an_editor_sees_the_mistakes_of_form_that_the_reader_sees() {
    let of_form = MISTAKES
        .iter()
        .filter(|(_, _, code, _)| OF_FORM.contains(code));
    let files: Vec<(String, String)> = of_form
        .clone()
        .enumerate()
        .map(|(index, (from, to, ..))| (format!("m{index:03}.yaml"), changed(from, to, "good")))
        .collect();
    assert!(files.len() > 70, "{} mistakes of form", files.len());

    let said = complaints(&files);

    let unseen: Vec<_> = of_form
        .zip(&files)
        .filter(|(_, (name, _))| !complains(&said, name))
        .map(|((from, to, ..), _)| format!("`{from}` -> `{to}`"))
        .collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}
