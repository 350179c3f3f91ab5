//! What CI and the reviewers said of a commit is found with `gh` as it is shipped, and decides whether anybody is asked.

use crate::desk::Desk;
use crate::project::Ran;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A `gh` that answers from the files of a folder. A file that is not there is an answer that does not come.
const GH: &str = "#!/bin/sh
case \" $* \" in *' --hostname github.com '*) ;; *) exit 1 ;; esac
if test \"$1\" = auth; then exec cat \"$HOME/gh/signed_in\"; fi
name=\"$(printf %s \"$2\" | sed -E 's#^repos/acme/demo/##; s#[?].*##; s#[0-9a-f]{40}/##; s#/#_#g')\"
exec cat \"$HOME/gh/$name\"
";

const BODY: &str = "params:
  commit: { type: string, ask: Which }
steps:
  - { id: verdicts, title: Verdicts, call: { runbook: ask-verdicts, with: { commit: \"${{ params.commit }}\" } } }
  - id: go
    title: Permission
    approve: { matrix: patch, text: Ship, evidence: { ci: \"${{ steps.verdicts.outputs.ci }}\" } }
";

/// The row as it is shipped, for one role.
const ROW: &str = "matrix:\n  patch:\n    requires: { ci: [passed, none, unknown] }\n    lead: { need: required, within: 2 h }\n";

/// A clone of a repository on GitHub, with a commit that the run made on top of what is there.
struct Clone {
    desk: Desk,
    /// What GitHub knows.
    known: String,
    /// What was built.
    built: String,
}

impl Clone {
    fn new() -> Self {
        let desk = Desk::with(BODY);
        let book = include_str!("../../runbooks/ask-verdicts.yaml");
        desk.project
            .write("runbooks/ask-verdicts.yaml", book)
            .write("content/data/approvals.yaml", ROW)
            .write(
                "content/data/roles.yaml",
                "roles:\n  lead: { title: Lead }\n  technical-lead: { title: Technical lead }\n  release-manager: { title: Release manager }\n  developer: { title: Developer }\n",
            );
        let git = |words: &[&str]| desk.project.git(&[&["-C", "target"], words].concat());
        git(&["init", "-q", "-b", "main"]);
        git(&["remote", "add", "origin", "git@github.com:acme/demo.git"]);
        git(&["commit", "-q", "--allow-empty", "-m", "one"]);
        git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        let known = git(&["rev-parse", "HEAD"]);
        git(&["commit", "-q", "--allow-empty", "-m", "two"]);
        let built = git(&["rev-parse", "HEAD"]);
        Self { desk, known, built }
    }

    fn has_gh(&self) {
        let file = self.desk.project.write("bin/gh", GH).path("bin/gh");
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// GitHub answers this to what is asked by these names.
    fn answers(&self, answers: &[(&str, &str)]) {
        for (name, text) in answers {
            self.desk.project.write(&format!("home/gh/{name}"), text);
        }
    }

    fn command(&self, arguments: &[&str]) -> Ran {
        let mut command = self.desk.command(arguments);
        let path = std::env::var("PATH").expect("a path");
        let bin = self.desk.project.path("bin");
        command
            .env("HOME", self.desk.project.path("home"))
            .env("PATH", format!("{}:{path}", bin.display()));
        Ran::to_its_end(&mut command)
    }

    fn exec(&self) -> Ran {
        let commit = format!("commit={}", self.built);
        self.command(&["exec", "work", "--target", "target", "-p", &commit])
    }

    /// What the step handed on last: commit, CI and review.
    fn found(&self) -> [String; 3] {
        let journal = fs::read_to_string(self.desk.folder().join("journal.jsonl"));
        let journal = journal.expect("there is a journal");
        let lines = journal.lines();
        let mut lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let is_it =
            |line: &Value| line["step"] == "verdicts/ask" && line["type"] == "step.finished";
        let last = lines.rfind(is_it);
        let outputs = &last.expect("it was asked")["outputs"];
        ["commit", "ci", "review"].map(|name| outputs[name].as_str().unwrap_or_default().to_owned())
    }
}

/// What GitHub answers, why that is a case, and what is found.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("all is well, and the last word of a reviewer counts", &[("commits_check-runs", "completed\tsuccess\ncompleted\tskipped\n"), ("commits_status", "success\n"), ("commits_pulls", "7\n"), ("pulls_7_reviews", "ana\tCHANGES_REQUESTED\nana\tAPPROVED\nana\tCOMMENTED\n")], "passed", "approved"),
    ("one failed while another runs", &[("commits_check-runs", "in_progress\t\ncompleted\tfailure\n"), ("commits_status", ""), ("commits_pulls", "")], "failed", "none"),
    ("one was cancelled", &[("commits_check-runs", "completed\tsuccess\ncompleted\tcancelled\n"), ("commits_status", ""), ("commits_pulls", "")], "failed", "none"),
    ("one has not begun", &[("commits_check-runs", "queued\t\ncompleted\tsuccess\n"), ("commits_status", ""), ("commits_pulls", "7\n"), ("pulls_7_reviews", "ana\tAPPROVED\nbob\tCHANGES_REQUESTED\n")], "running", "changes-requested"),
    ("another system says it by a status", &[("commits_check-runs", ""), ("commits_status", "success\nerror\n"), ("commits_pulls", "7\n"), ("pulls_7_reviews", "ana\tAPPROVED\nana\tDISMISSED\n")], "failed", "none"),
    ("another system has not ended", &[("commits_check-runs", "completed\tsuccess\n"), ("commits_status", "pending\n"), ("commits_pulls", "")], "running", "none"),
    ("there is no CI", &[("commits_check-runs", ""), ("commits_status", ""), ("commits_pulls", "7\n8\n"), ("pulls_7_reviews", ""), ("pulls_8_reviews", "bob\tAPPROVED\n")], "none", "approved"),
    ("half of the answer is none", &[("commits_check-runs", "completed\tsuccess\n"), ("commits_pulls", "7\n")], "unknown", "unknown"),
    ("half of the answer is enough for a no", &[("commits_check-runs", "completed\ttimed_out\n")], "failed", "unknown"),
    ("no answer at all", &[], "unknown", "unknown"),
];

#[test]
fn the_verdicts_are_words_and_a_bad_one_stops_the_asking() {
    for (what, answers, ci, review) in CASES {
        let clone = Clone::new();
        clone.has_gh();
        clone.answers(&[("signed_in", "")]);
        clone.answers(answers);
        let ran = clone.exec().exits(5);
        let found = clone.found();
        assert_eq!(found, [&*clone.known, ci, review], "{what}: {}", ran.stdout);
        let is_asked = ran.stdout.contains("waiting for approval");
        assert_eq!(
            is_asked,
            !["failed", "running"].contains(ci),
            "{what}: {}",
            ran.stdout
        );
    }
}

/// Nothing fails without `gh`, or where it is not signed in: people look then.
#[test]
fn without_gh_both_are_unknown_and_people_are_asked() {
    for has_gh in [false, true] {
        let clone = Clone::new();
        if has_gh {
            clone.has_gh();
        }
        let ran = clone.exec().exits(5);
        assert_eq!(clone.found(), [&*clone.known, "unknown", "unknown"]);
        assert!(
            ran.stdout.contains("waiting for approval"),
            "{}",
            ran.stdout
        );
    }
}

/// A CI that has ended is asked once more when the step is done again.
#[test]
fn when_ci_has_ended_the_run_asks_again() {
    let clone = Clone::new();
    clone.has_gh();
    clone.answers(&[
        ("signed_in", ""),
        ("commits_status", ""),
        ("commits_pulls", ""),
    ]);
    clone.answers(&[("commits_check-runs", "in_progress\t\n")]);
    let ran = clone.exec().exits(5);
    let id = clone.desk.id();
    let hint = "--only verdicts/ask, then runbook resume";
    assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    clone.answers(&[("commits_check-runs", "completed\tsuccess\n")]);
    clone
        .command(&["undo", &id, "--only", "verdicts/ask"])
        .exits(5);
    let ran = clone.command(&["resume"]).exits(5);
    assert!(
        ran.stdout.contains("waiting for approval"),
        "{}",
        ran.stdout
    );
    assert_eq!(clone.found()[1], "passed");
}
