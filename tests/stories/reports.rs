//! What a run tells afterwards, in each form, whatever people and programs wrote into it.

use crate::desk::Desk;
use crate::project::Project;

/// Texts that try to be more than text.
const HOSTILE: &str = "<img src=x onerror=alert(1)> | [x](javascript:alert(1)) `&` {{ 7*7 }}";

const TRIES: &str = "steps:\n  - id: flaky\n    title: Flaky\n    run: |\n      test -e ready || { echo 'npm error code E403: \"denied\" ```' >&2; exit 4; }\n    effect: idempotent\n    verify: { run: test -e ready, absent: [1] }\n    fail_text: Ask for the right to publish.\n  - id: words\n    title: Words\n    manual: { text: Write, fields: { said: { type: string } } }\n";

/// A finished run that failed first, and into which somebody wrote hostile texts.
fn learned() -> Desk {
    let desk = Desk::with(TRIES);
    desk.exec(&[]).exits(1);
    let id = desk.id();
    desk.run(&["note", &id, "the token was for reading only"])
        .exits(0);
    desk.project.write("target/ready", "");
    desk.run(&["note", &id, HOSTILE]).exits(0);
    desk
}

#[test]
fn it_begins_with_what_a_person_overruled() {
    let desk = Desk::with(
        "risk: high\nsteps:\n  - id: one\n    title: One\n    run: |\n      true\n    effect: idempotent\n",
    );
    let reason = "no time to commit";
    desk.exec_uncommitted(reason).exits(0);

    let said = desk.run(&["report", &desk.id()]).exits(0).stdout;

    let first = said.find("## ").expect("a section");
    assert!(said[first..].starts_with("## Overruled"), "{said}");
    assert!(
        said.contains("runbooks/work.yaml") && said.contains(reason),
        "{said}"
    );
}

#[test]
fn the_old_run_is_told_from_its_overrides_to_its_digests() {
    let desk = Desk::with_old_run("v1-finished");
    let report = desk.json(&["report", &desk.id(), "--json"]);

    let words = |section: &str| -> Vec<String> {
        let list = report[section].as_array().expect("a list");
        list.iter()
            .map(|found| found["what"].as_str().expect("a word").to_owned())
            .collect()
    };
    assert_eq!(words("overrides"), ["by hand"]);
    assert_eq!(
        words("deviations"),
        ["warned", "failed", "tried again", "failed"]
    );
    assert_eq!(report["decisions"].as_array().expect("a list").len(), 5);
    assert_eq!(report["outputs"][0]["value"], "1024");
    let switch = &report["steps"][3];
    assert_eq!(
        (&switch["id"], &switch["tries"]),
        (&"switch".into(), &2.into())
    );
    assert_eq!(
        report["digests"]["logs"].as_array().expect("a list").len(),
        6
    );
    assert_eq!(
        report["source"]["commit"],
        "6299285e8c299e7b5a15584b388852880ae351ff"
    );
}

#[test]
fn times_are_held_against_what_the_runbook_expects() {
    let desk = Desk::with(
        "budget: { expect: 5m }\noutputs: { made: \"${{ steps.make.outputs.made }}\" }\nsteps:\n  - id: make\n    title: Make\n    run: |\n      sleep 2\n      echo made=3 >> \"$RB_OUTPUT\"\n    effect: idempotent\n    expect: 1s\n    outputs: { made: { type: int } }\n  - id: each\n    title: Each\n    for_each: { in: [eu], as: region }\n    run: |\n      true\n    effect: idempotent\n    expect: 20s\n  - id: left\n    title: Left\n    when: \"steps.make.outputs.made == 4\"\n    run: |\n      true\n    effect: idempotent\n",
    );
    desk.exec(&[]).exits(0);

    let report = desk.json(&["report", &desk.id(), "--json"]);

    assert_eq!(report["times"]["expected"], 300);
    let (make, each) = (&report["steps"][0], &report["steps"][1]);
    assert_eq!(
        (&make["expected"], &make["late"]),
        (&1.into(), &true.into()),
        "{report:#}"
    );
    assert_eq!(each["title"], "Each (each[eu])", "{report:#}");
    assert_eq!(
        (&each["expected"], &each["late"]),
        (&20.into(), &false.into())
    );
    let whole = &report["outputs"][0];
    assert_eq!((&whole["step"], &whole["value"]), (&"".into(), &"3".into()));
    assert_eq!(
        report["deviations"],
        serde_json::json!([]),
        "a step that is not for this run is as written"
    );
    let said = desk.run(&["report", &desk.id()]).exits(0).stdout;
    assert!(
        said.contains("(expected: 5:00)") && said.contains("longer | 0:01"),
        "{said}"
    );
}

#[test]
fn hostile_texts_stay_text_in_every_form() {
    let desk = learned();
    let id = desk.id();

    let html = desk
        .run(&["report", &id, "--format", "html"])
        .exits(0)
        .stdout;
    assert!(!html.contains("<img") && html.contains("&lt;img"), "{html}");
    assert!(html.contains("{{ 7*7 }}"), "a text is no template");
    for active in ["<script", "<link", "http-equiv=\"refresh\"", " on", "url("] {
        let tags = html
            .split('<')
            .filter_map(|rest| rest.split_once('>').map(|(tag, _)| format!("<{tag}")));
        for tag in tags {
            assert!(!tag.contains(active), "{tag}");
        }
    }

    let markdown = desk.run(&["report", &id]).exits(0).stdout;
    assert!(
        markdown.contains(r"\<img src=x onerror=alert(1)\> \| \[x\](javascript:alert(1)) \`\&\`"),
        "{markdown}"
    );
}

#[test]
fn the_markdown_form_is_a_page_of_a_site_without_findings() {
    let desk = learned();
    let said = desk.run(&["report", &desk.id()]).exits(0).stdout;
    let project = Project::empty();
    project
        .write("site.yaml", "title: Site\n")
        .write(
            "content/index.md",
            "# Site\n\nSee [the report](report.md).\n",
        )
        .write("content/report.md", said);

    project.run(&["check", "--deny", "warnings"]).exits(0);
}

#[test]
fn a_draft_tells_message_diagnosis_and_fix_and_our_own_reader_takes_it() {
    let desk = learned();
    let id = desk.id();

    let draft = desk.run(&["report", &id, "--as", "entry"]).exits(0).stdout;

    assert!(draft.contains("npm error code E403"), "{draft}");
    let why = draft.find("## Why").expect("a diagnosis");
    let fix = draft.find("## Fix").expect("a fix");
    assert!(
        draft[why..fix].contains("the token was for reading only"),
        "{draft}"
    );
    assert!(
        draft[fix..].contains("Ask for the right to publish"),
        "{draft}"
    );
    assert!(
        draft[fix..].contains("test -e ready"),
        "how to prove it: {draft}"
    );
    let project = Project::empty();
    project
        .write("site.yaml", "title: Site\n")
        .write("content/index.md", "# Site\n")
        .write("content/trouble.md", &draft);
    project.run(&["check", "--deny", "warnings"]).exits(0);
    // Whoever has read it takes the mark away and links it.
    project
        .edit("content/trouble.md", "draft: true\n", "")
        .write("content/index.md", "# Site\n\nSee [it](trouble.md).\n");
    project.run(&["check", "--deny", "warnings"]).exits(0);
}

#[test]
fn a_run_without_a_failure_teaches_nothing() {
    let desk = Desk::with_old_run("v1-suspended");
    let ran = desk.run(&["report", &desk.id(), "--as", "entry"]).exits(2);
    assert!(ran.stderr.contains("no step"), "{}", ran.stderr);

    let desk = Desk::with_old_run("v1-finished");
    let draft = desk
        .run(&["report", &desk.id(), "--as", "entry", "--step", "record"])
        .exits(0);
    assert!(
        draft.stdout.contains("zone file is locked"),
        "{}",
        draft.stdout
    );
    assert!(
        draft.stderr.contains("switch"),
        "the other one is named: {}",
        draft.stderr
    );
    desk.run(&["report", &desk.id(), "--as", "entry", "--step", "copy"])
        .exits(2);
    let first = desk.run(&["report", &desk.id(), "--as", "entry"]).exits(0);
    assert!(
        first.stdout.contains("port 25 was closed in the firewall")
            && first.stdout.contains("another try succeeds"),
        "{}",
        first.stdout
    );
}

#[test]
fn times_in_sentences_are_to_the_second() {
    let desk = Desk::with(
        "roles: { approver: { any_of: [developer] } }\nsteps:\n  - id: go\n    title: Go\n    approve: { role: approver, text: \"Publish?\", expires: 4h }\n",
    );
    desk.exec(&[]).exits(5);
    let id = desk.id();

    let said = desk.run(&["report", &id]).exits(0).stdout;

    let (_, rest) = said
        .split_once("waits for an approval until ")
        .expect("it is told");
    let (time, _) = rest.split_once(": Publish?").expect("and what is asked");
    assert_eq!(time.len(), "2026-11-25 22:38:10 UTC".len(), "{said}");
    assert!(time.ends_with(" UTC"), "{said}");
}
