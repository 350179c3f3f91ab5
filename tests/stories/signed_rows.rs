//! Each row of the shipped matrix where approvals are signed: whatever does not fit the request, its time or its person is
//! refused, and a real answer of each role that is needed passes.

use crate::approval_rows::{OPS, PO, QA, RM, ROWS, Row, SEC, TL};
use crate::approvals::{Team, new_key, path};
use crate::project::Ran;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A person for each role by its name, a deputy for all of them, Ana who starts runs, and Dan who has no part.
const PEOPLE: [&str; 9] = ["ana", RM, TL, PO, QA, SEC, OPS, "stand-in", "dan"];

/// A run whose artefact a step hands on, and which asks by a row.
fn team(row: &Row) -> Team {
    let body = format!(
        "risk: high\nparams:\n  version: {{ type: semver, default: 1.2.3 }}\nsteps:\n  - id: pack\n    title: Pack\n    run: |\n      echo \"artefact=$(cat packed 2>/dev/null || echo sha512-one)\" >> \"$RB_OUTPUT\"\n    effect: idempotent\n    undo: {{ run: \"echo sha512-two > packed\" }}\n    outputs: {{ artefact: {{ type: string }} }}\n  - id: go\n    title: Permission\n    approve:\n      matrix: {}\n      labels: \"{}\"\n      artefact: \"${{{{ steps.pack.outputs.artefact }}}}\"\n      text: Publish\n      evidence: {{ ci: passed, review: approved }}\n  - {{ id: ship, title: Ship, run: \"echo shipped >> effects\", effect: once }}\n",
        row.name, row.labels
    );
    let people = PEOPLE.map(|name| (name, ""));
    let team = Team::with(&body, &people);
    let project = &team.desk.project;
    let mut roles = String::from(
        "roles:\n  developer: { title: Developer }\n  stand-in: { title: Stand-in }\n",
    );
    for role in [RM, TL, PO, QA, SEC, OPS] {
        roles += &format!("  {role}: {{ title: {role}, deputy: stand-in }}\n");
    }
    roles += "people:\n";
    for name in PEOPLE {
        let own = match name {
            "ana" => "os: [root], roles: [release-manager, developer]".to_owned(),
            "dan" => "roles: [developer]".to_owned(),
            role => format!("roles: [{role}]"),
        };
        let key = fs::read_to_string(team.home(name).join(".ssh/id_ed25519.pub")).expect("a key");
        let old = new_key(&team.home(name).join("old"), name);
        let keys = format!("['{}', 'valid-before=\"20200101Z\" {old}']", key.trim());
        roles += &format!("  {name}: {{ {own}, keys: {keys} }}\n");
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/data");
    let matrix = fs::read_to_string(data.join("approvals.yaml")).expect("a matrix");
    project.write("content/data/roles.yaml", roles);
    project.write("content/data/approvals.yaml", matrix);
    project.commit();
    project.git(&["push", "-q", "origin", "main"]);
    team
}

/// What is tried on one row.
struct Trial {
    team: Team,
    what: String,
}

impl Trial {
    fn begin(&self) -> String {
        self.team.begin()
    }

    /// The answer of a person to what is asked now.
    fn answer(&self, person: &str, run: &str) -> PathBuf {
        self.team.request_for(person);
        self.team.answers(person, run, &[])
    }

    /// A file that is brought is refused with these words, and the gate stays shut.
    fn refused(&self, file: &Path, words: &str) {
        let ran = self.team.import(file).exits(2);
        assert!(
            ran.stderr.contains(words),
            "{}: {words}: {}",
            self.what,
            ran.stderr
        );
        assert!(self.team.desk.effects().is_empty(), "{}", self.what);
    }

    /// Somebody who is asked for nothing cannot even make an answer.
    fn makes_none(&self, person: &str, run: &str, words: &str) {
        self.team.request_for(person);
        let ran = self
            .team
            .by(person, &["approve", run, "go", "--request", "request.json"]);
        assert_eq!(ran.code, Some(2), "{}: {person}", self.what);
        assert!(
            ran.stderr.contains(words),
            "{}: {person}: {}",
            self.what,
            ran.stderr
        );
    }

    /// The same statement, signed once more: with this key, in this namespace.
    fn signed_again(&self, answer: &Path, key: &Path, namespace: &str) -> PathBuf {
        let text = fs::read_to_string(answer).expect("an answer");
        let statement = text.split_inclusive('\n').next().expect("a line");
        let file = answer.with_extension("again");
        fs::write(&file, statement).expect("a file");
        let mut sign = Command::new("ssh-keygen");
        sign.args(["-Y", "sign", "-q", "-n", namespace, "-f", path(key)])
            .stdin(fs::File::open(&file).expect("a file"));
        let ran = Ran::to_its_end(&mut sign).exits(0);
        fs::write(&file, format!("{statement}{}", ran.stdout)).expect("a file");
        file
    }
}

fn is_replaced(file: &Path, from: &str, to: &str) -> PathBuf {
    let text = fs::read_to_string(file).expect("an answer");
    assert!(text.contains(from), "{from}: {text}");
    let changed = file.with_extension("changed");
    fs::write(&changed, text.replacen(from, to, 1)).expect("a file");
    changed
}

#[test]
fn no_row_takes_a_signature_that_does_not_fit() {
    for row in &ROWS {
        let trial = Trial {
            team: team(row),
            what: format!("{} [{}]", row.name, row.labels),
        };
        let first = row.needed[0];
        let earlier = trial.begin();
        let of_another_run = trial.answer(first, &earlier);
        let kept = of_another_run.with_extension("kept");
        fs::copy(&of_another_run, &kept).expect("a copy");
        trial
            .team
            .desk
            .run(&["abort", &earlier, "--reason", "x"])
            .exits(0);
        let run = trial.begin();

        // Of another run: as it is, and as if it were of this one.
        trial.refused(&kept, "the run has ended already");
        trial.refused(
            &is_replaced(&kept, &earlier, &run),
            "is not over these words",
        );
        // By whom it may not be.
        if row.name == "hotfix-critical" {
            assert!(
                fs::exists(trial.answer("ana", &run)).expect("a file"),
                "alone"
            );
        } else {
            trial.makes_none("ana", &run, "nothing was signed: it is for");
        }
        trial.makes_none("dan", &run, "nothing was signed: it is for");
        let too_early = trial.answer("stand-in", &run);
        trial.refused(
            &too_early,
            "stands in for others, and can approve `go` from",
        );
        // Signed with another key, for something else, or over other words.
        let answer = trial.answer(first, &run);
        let home = trial.team.home(first);
        let own = home.join(".ssh/id_ed25519");
        let old = home.join("old/.ssh/id_ed25519");
        let foreign = trial.team.home("dan").join(".ssh/id_ed25519");
        let again = |key: &Path, namespace: &str| trial.signed_again(&answer, key, namespace);
        trial.refused(&again(&own, "git"), "`git`");
        trial.refused(
            &again(&old, "runbook-approval"),
            "was valid until 2020-01-01",
        );
        trial.refused(&again(&foreign, "runbook-approval"), "is not listed");
        for (from, to) in [
            ("\"step\":\"go\"", "\"step\":\"ship\""),
            ("sha512-one", "sha512-two"),
            ("\"verdict\":\"approve\"", "\"verdict\":\"reject\""),
        ] {
            let ran = trial.team.import(&is_replaced(&answer, from, to)).exits(2);
            assert!(
                trial.team.desk.effects().is_empty(),
                "{}: {from}: {}",
                trial.what,
                ran.stderr
            );
        }

        // The artefact comes to something else.
        trial
            .team
            .desk
            .run(&["undo", &run, "--only", "pack", "--confirm", &run])
            .exits(5);
        trial.team.desk.run(&["resume", &run]).exits(5);
        trial.refused(&answer, "asks: the artefact");
        for (at, person) in row.needed.iter().enumerate() {
            let answer = trial.answer(person, &run);
            trial.team.import(&answer).exits(0);
            if at + 1 < row.needed.len() {
                trial.refused(&answer, "has answered already");
                trial.team.desk.run(&["resume", &run]).exits(5);
            }
        }
        trial.team.desk.run(&["resume", &run]).exits(0);
        assert_eq!(trial.team.desk.effects(), ["shipped"], "{}", trial.what);
        let verified = trial
            .team
            .desk
            .run(&["verify", &run, "--json"])
            .exits(0)
            .data();
        let checks = verified["checks"].as_array().expect("a list");
        let signed = |check: &&Value| {
            check["text"]
                .as_str()
                .is_some_and(|text| text.contains("signed by"))
        };
        assert_eq!(
            checks.iter().filter(signed).count(),
            row.needed.len(),
            "{}",
            trial.what
        );
    }
}
