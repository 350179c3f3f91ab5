//! An editor knows the language: the JSON Schema is made of the description that the reader uses.

use crate::project::Project;
use crate::runbook_mistakes::GOOD;
use serde_json::Value;
use std::fs;
use std::path::Path;

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
    ] {
        let kept =
            fs::read_to_string(here().join(".runbook/schema").join(name)).expect("it is kept");
        assert_eq!(kept, printed(of), "write it anew: runbook schema --write");
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
