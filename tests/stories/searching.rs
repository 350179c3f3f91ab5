//! Somebody looks for something from the terminal.

use crate::project::{Project, Ran};
use serde_json::Value;

fn urls(ran: &Ran) -> Vec<String> {
    let answer = ran.data();
    let pages = answer["pages"].as_array().expect("pages");
    let url = |page: &Value| page["url"].as_str().expect("an address").to_owned();
    pages.iter().map(url).collect()
}

fn small() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Home\n\nWords about apples.\n")
        .write(
            "content/pears.md",
            "# Pears\n\n## Storing\n\nKeep pears in the dark cellar.\n",
        );
    project
}

#[test]
fn an_error_message_leads_to_its_entry() {
    let project = Project::of_this_repository();

    let ran = project
        .run(&["search", "npm error code ENEEDAUTH"])
        .exits(0);

    assert!(
        ran.stdout
            .contains("release/troubleshooting/t14-npm-auth.html"),
        "{}",
        ran.stdout
    );
    let first = project
        .run(&["search", "--json", "npm error code ENEEDAUTH"])
        .exits(0);
    let entry = &first.data()["entries"][0]["url"];
    assert_eq!(entry, "release/troubleshooting/t14-npm-auth.html");
}

#[test]
fn an_answer_is_narrowed_to_a_kind_and_a_kind_that_is_not_there_is_said() {
    let project = Project::of_this_repository();

    let all = project.run(&["search", "publish"]).exits(0);
    assert!(
        all.stderr.contains("the first 10 of") && all.stderr.contains("runbook ("),
        "{}",
        all.stderr
    );
    let only = project
        .run(&["search", "--json", "--only", "runbook", "publish"])
        .exits(0);
    let found = urls(&only);
    assert!(
        !found.is_empty() && found.iter().all(|url| url.starts_with("runbooks/")),
        "{found:?}"
    );
    let wrong = project
        .run(&["search", "--only", "runbok", "publish"])
        .exits(2);
    assert!(
        wrong.stderr.contains("did you mean `runbook`?"),
        "{}",
        wrong.stderr
    );
}

/// A handbook whose pages say less of a fault than the manual of the tool that stands beside it.
fn beside_a_manual(search: &str) -> Project {
    let project = Project::empty();
    let site = format!(
        "title: Two\nroots:\n  - {{ dir: content, at: / }}\n  - {{ dir: manual, at: manual/, title: Manual }}\n{search}"
    );
    project
        .write("site.yaml", site)
        .write("content/index.md", "---\ntitle: Home\nkind: home\n---\n\n## News\n\nThe disk is full.\n")
        .write("content/storage.md", "# Storage\n\nWhen the disk of the build machine is full, empty its cache, and tell the team that works with it.\n")
        .write("manual/index.md", "# Manual\n\n[Quotas](quota.md)\n")
        .write("manual/quota.md", "# Quotas\n\n## Errors\n\nThe disk is full.\n");
    project
}

#[test]
fn pages_that_the_project_puts_first_answer_before_the_manual_which_is_found_too() {
    let first = |search: &str, words: &str| {
        let project = beside_a_manual(search);
        urls(&project.run(&["search", "--json", words]).exits(0))
    };
    let chosen = "search: { roots: [content/], kinds: [guide] }\n";

    let without = first("", "disk full");
    assert_ne!(without[0], "storage.html");
    let with = first(chosen, "disk full");
    assert_eq!(with[0], "storage.html");
    assert_eq!(with.len(), without.len(), "{with:?}");
    assert_eq!(first(chosen, "quotas")[0], "manual/quota.html");
}

#[test]
fn a_root_and_a_kind_that_are_not_there_are_all_said_at_once() {
    let project = beside_a_manual("search: { roots: [docs], kinds: [guides, runbook] }\n");

    let ran = project.run(&["check"]).exits(1);

    for said in [
        "site.yaml:5:19",
        "no root has the folder `docs`",
        "write one of: content, manual",
        "site.yaml:5:34",
        "did you mean `guide`?",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
}

#[test]
fn a_slip_of_the_finger_leads_to_what_was_meant_and_says_so() {
    let project = small();

    let ran = project.run(&["search", "aplpes"]).exits(0);

    assert!(ran.stdout.contains("Home"), "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("no page has “aplpes”; results for “apples”"),
        "{}",
        ran.stderr
    );
    let nothing = project.run(&["search", "zzzzzz"]).exits(1);
    assert!(
        nothing.stderr.contains("nothing found"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn a_step_is_found_by_its_command() {
    let project = Project::of_this_repository();

    let ran = project.run(&["search", "git cherry-pick -x"]).exits(0);

    assert!(
        ran.stdout.contains("runbooks/hotfix.html#"),
        "{}",
        ran.stdout
    );
}

#[test]
fn sources_are_searched_as_they_are_and_a_site_as_it_was_built() {
    let project = small();
    project.run(&["build"]).exits(0);
    project.edit("content/pears.md", "cellar", "basement");

    let now = project.run(&["search", "--json", "basement"]).exits(0);
    assert_eq!(urls(&now), ["pears.html"]);
    project.run(&["search", "cellar"]).exits(1);
    let built = project
        .run(&["search", "--site", "public", "--json", "cellar"])
        .exits(0);
    assert_eq!(urls(&built), ["pears.html"]);
    project
        .run(&["search", "--site", "public", "basement"])
        .exits(1);
}

#[test]
fn nothing_found_says_what_to_try() {
    let ran = small().run(&["search", "zeppelin"]).exits(1);

    assert!(
        ran.stderr.contains("no page has “zeppelin”"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("try fewer words"), "{}", ran.stderr);
}

#[test]
fn a_folder_without_an_index_says_what_to_do() {
    let ran = small()
        .run(&["search", "--site", "content", "pears"])
        .exits(2);

    assert!(ran.stderr.contains("search/m.js"), "{}", ran.stderr);
    assert!(ran.stderr.contains("runbook build"), "{}", ran.stderr);
}

#[test]
fn a_page_can_be_kept_out() {
    let project = small();
    project.write(
        "content/secret.md",
        "---\ntitle: Cellar plan\nsearch: false\n---\n\nThe dark cellar.\n",
    );

    let ran = project.run(&["search", "--json", "cellar"]).exits(0);

    assert_eq!(urls(&ran), ["pears.html"]);
}

#[test]
fn terminal_escapes_in_a_page_do_not_reach_the_terminal() {
    let project = small();
    project.write(
        "content/evil.md",
        "# Evil\n\nquince \u{1b}]0;owned\u{7} jam\n",
    );

    let ran = project.run(&["search", "quince"]).exits(0);

    assert!(!ran.stdout.contains('\u{7}'), "{:?}", ran.stdout);
    assert!(!ran.stdout.contains("\u{1b}]"), "{:?}", ran.stdout);
}

#[test]
fn one_wrong_word_among_right_ones_is_put_right_and_said() {
    let project = small();
    project.write(
        "content/peaches.md",
        "# Peaches\n\nThe cellar is too dark for peaches.\n",
    );
    let ran = project
        .run(&["search", "--json", "storring pears cellar"])
        .exits(0);
    assert_eq!(urls(&ran)[0], "pears.html");
    let answer = ran.data();
    assert_eq!(answer["instead"], "storing pears cellar");
    assert_eq!(answer["unknown"], serde_json::json!(["storring"]));
    let ran = project.run(&["search", "storring pears"]).exits(0);
    assert!(
        ran.stderr
            .contains("no page has “storring”; results for “storing pears”"),
        "{}",
        ran.stderr
    );
    // What is near to nothing is left out, and what is right stays right.
    let ran = project
        .run(&["search", "--json", "pears quxxyzzy"])
        .exits(0);
    assert_eq!(urls(&ran)[0], "pears.html");
    let answer = ran.data();
    assert_eq!(answer["instead"], Value::Null);
}

#[test]
fn a_long_name_is_found_however_it_is_written() {
    let project = small();
    let long = "Kube".to_owned() + &"LongName".repeat(12);
    project.write(
        "content/alerts.md",
        format!(
            "# KubeStatefulSetGenerationMismatch\n\n`{}` is another.\n",
            long.to_lowercase()
        ),
    );
    for query in [
        "kubestatefulsetgenerationmismatch",
        "KubeStatefulSetGenerationMismatch",
        "KUBESTATEFULSETGENERATIONMISMATCH",
        "kubestatefulsetgenerationmis",
        &long.to_lowercase(),
    ] {
        let ran = project.run(&["search", "--json", query]).exits(0);
        assert_eq!(urls(&ran)[0], "alerts.html", "{query}");
    }
}

#[test]
fn every_word_of_a_long_message_counts_and_what_is_beyond_is_said() {
    let project = small();
    let filler: Vec<String> = (0..20).map(|at| format!("filler{}", letters(at))).collect();
    let message = format!("{} cellar", filler.join(" "));
    let ran = project.run(&["search", "--json", &message]).exits(0);
    assert_eq!(
        urls(&ran)[0],
        "pears.html",
        "the last of 21 words is looked for"
    );
    let filler: Vec<String> = (0..40).map(|at| format!("filler{}", letters(at))).collect();
    let ran = project.run(&["search", &format!("cellar {}", filler.join(" "))]);
    assert!(
        ran.stderr
            .contains("only the first 30 words were used; 11 others were not"),
        "{}",
        ran.stderr
    );
}

/// Letters that no other number has; a digit would make a code of the word.
fn letters(mut number: usize) -> String {
    let mut letters = String::from("x");
    for _ in 0..4 {
        letters.push(char::from(b'a' + u8::try_from(number % 5).expect("small")));
        number /= 5;
    }
    letters
}

#[test]
fn a_flag_that_is_none_is_no_word() {
    let project = small();
    for arguments in [
        &["search", "--limit", "5", "pears"][..],
        &["search", "pears", "--limit=5"],
        &["search", "-n", "pears"],
    ] {
        let ran = project.run(arguments).exits(2);
        assert!(ran.stdout.is_empty(), "{ran:?}");
        assert!(
            ran.stderr.contains("unexpected argument") && ran.stderr.contains("-- "),
            "{}",
            ran.stderr
        );
    }
    let ran = project.run(&["search", "--json", "--", "--pears"]).exits(0);
    assert_eq!(urls(&ran)[0], "pears.html");
}
