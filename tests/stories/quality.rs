//! What a release has to meet: each fault is found in one run, named with the entry that helps, and goes to
//! users only by a waiver.

use crate::packages::{Remote, Sample};
use crate::project::Ran;
use crate::team::Team;
use serde_json::json;

/// Each check, a word of what it says about the planted fault, and the entry that its text leads to.
const FAULTS: [(&str, &str, &str); 10] = [
    ("versions", "src/about.ts:1 says 0.1.3", "T10"),
    ("secrets", "notes.txt:2 has an AWS key", "T27"),
    ("size", "bytes of at most 10000000", "T04"),
    ("types", "error TS2322", "T03"),
    ("lint", "no eval", "T06"),
    ("audit", "(critical)", "T35"),
    ("format", "tabs are not spaces", "T06"),
    ("coverage", "% of the lines, of at least 90 %", "T06"),
    ("docs", "CHANGELOG.md has no section about 1.5.0", "T11"),
    ("commits", "more stuff", "T11"),
];

/// Made of two parts, so that nobody who searches this repository finds a key.
const KEY: &str = concat!("AKIA", "IOSFODNN7EXAMPLE");

/// A team whose package meets everything: that no check fails where none should is in `release_matrix.rs`.
fn team() -> Team {
    Team::new(Sample::Demo, Remote::Open).asks_for_coverage()
}

fn checklist(team: &Team) -> Ran {
    let clone = team.world.clone_folder().to_string_lossy().into_owned();
    let output = team
        .command(&[
            "exec",
            "qa-checklist",
            "--target",
            &clone,
            "-p",
            "version=1.5.0",
        ])
        .output();
    Ran::of(&output.expect("it starts"))
}

/// Merges ten faults, as a team without a pipeline does.
fn plant(team: &Team) {
    let world = &team.world;
    world.in_clone("npm install --silent --save-exact picocolors");
    world.behaves(&json!({ "vulnerable": { "picocolors": "critical" } }));
    world.write("src/about.ts", "export const VERSION = '0.1.3';\n");
    world.write("notes.txt", format!("from the console\n{KEY}\n"));
    world.in_clone("head --bytes 11000000 /dev/urandom > bin/data.bin");
    world.write("types/wrong.ts", "export const answer: number = \"42\";\n");
    world.edit(
        "package.json",
        "\"build\": \"tsc\",",
        "\"build\": \"tsc\",\n    \"typecheck\": \"tsc --noEmit types/wrong.ts\",\n    \"lint\": \"echo no eval && exit 1\",\n    \"format:check\": \"echo tabs are not spaces && exit 1\",",
    );
    let untested: String = (0..40)
        .map(|line| format!("  text += \"{line}\";\n"))
        .collect();
    world.write(
        "src/whisper.ts",
        format!("/** Softer. */\nexport function whisper(text: string): string {{\n{untested}  return text.toLowerCase();\n}}\n"),
    );
    world.write(
        "CHANGELOG.md",
        "# Changelog\n\n## The release 1.4.2 of October\n\n- A tab.\n",
    );
    world.in_clone("git add --all . && git -c core.hooksPath=/dev/null commit --quiet --message 'more stuff' && git push --quiet --no-verify origin main");
}

#[test]
fn ten_faults_are_found_at_once_and_go_on_only_by_a_waiver() {
    let team = team();
    plant(&team);
    let refs = team.world.in_remote("for-each-ref");

    let ran = checklist(&team).exits(5);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    for (check, words, entry) in FAULTS {
        assert!(said.contains(words), "{check}: {words}\n{said}");
        assert!(said.contains(entry), "{check}: {entry}\n{said}");
        assert_eq!(team.tries(&format!("quality/{check}")), 1, "{check}");
    }
    assert!(!said.contains(KEY), "the secret is shown: {said}");
    let all = FAULTS.map(|(check, _, _)| check).join(", ");
    assert!(said.contains(&all), "{said}");

    team.approve("quality/waive");
    let ended = team
        .run(&["resume", &team.id(), "--non-interactive"])
        .exits(0);
    assert!(
        ended.stdout.contains(&format!("waived = {all}")),
        "{}",
        ended.stdout
    );
    let report = team.run(&["report", &team.id()]).exits(0).stdout;
    let waiver = format!("1.5.0: go on although these checks failed: {all}");
    assert!(
        report.contains(&waiver) && report.contains("bob"),
        "{report}"
    );
    assert_eq!(team.world.in_remote("for-each-ref"), refs);
}

/// A registry that answers no questions about vulnerabilities is no proof that there are none.
#[test]
fn what_nobody_knows_is_no_pass() {
    let team = team();
    team.world.in_clone("npm install --silent --save-exact picocolors && sed -i 's/, *\"test:coverage\"[^,]*//; /\"test:coverage\"/d' package.json && git commit --quiet --all --message 'chore: colours' && git push --quiet --no-verify origin main");
    team.world.behaves(&json!({ "vulnerable": "unknown" }));

    let ran = checklist(&team).exits(5);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(said.matches("| FAULT: nobody knows").count(), 2, "{said}");
    assert!(said.contains("checks failed: audit, coverage"), "{said}");
    // What the package has no script for is no fault, and nobody takes it for a proof.
    let unchecked = "not checked: types, lint, format\n";
    let log = team.run(&["logs", &team.id(), "quality/sum"]).stdout;
    assert!(log.contains(unchecked), "{log}");
}
