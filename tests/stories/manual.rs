//! Somebody who is new looks for an answer in the manual, and does what it says.

use crate::project::{Project, files_below};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A question of a newcomer and the page that answers it, a line each. They were written before the
/// pages were.
const QUESTIONS: &str = include_str!("../fixtures/questions.tsv");

/// What people who look for something do not type, and what no page says.
const NOT_SAID: [&str; 11] = [
    " mend ",
    " mends ",
    " mended ",
    " mending",
    "taken back",
    "the way back",
    "go on with",
    "goes on with",
    "hands on",
    "says yes",
    "anew",
];

/// Pages for people who build the program: they have words of their own.
const FOR_BUILDERS: [&str; 6] = [
    "architecture.md",
    "testing.md",
    "performance.md",
    "formats/journal.md",
    "formats/search.md",
    "decisions/",
];

fn here(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a page of the manual.
fn page(name: &str) -> String {
    fs::read_to_string(here("docs").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The pages of the manual by their paths below `docs/`.
fn pages() -> Vec<(String, String)> {
    let files = files_below(&here("docs")).into_iter();
    let pages = files.filter(|(name, _)| name.ends_with(".md"));
    pages
        .map(|(name, bytes)| (name, String::from_utf8(bytes).expect("pages are UTF-8")))
        .collect()
}

#[test]
fn each_question_of_a_newcomer_is_answered_by_the_first_page_found() {
    let project = Project::of_this_repository();
    let mut wrong = Vec::new();
    for line in QUESTIONS.lines() {
        let (question, answer) = line.split_once('\t').expect("a question and its page");
        let found = project.run(&["search", "--json", question]).exits(0);
        let found = found.data();
        let first = found["pages"][0]["url"].as_str().expect("an address");
        if first != answer {
            wrong.push(format!("{question}: {first}, and not {answer}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(QUESTIONS.lines().count(), 20);
}

/// The pages that the main part of a built page of the manual links to.
fn linked(project: &Project, url: &str) -> BTreeSet<String> {
    let html = project.read(&format!("public/{url}"));
    let (_, rest) = html.split_once("<main").expect("a page has a main part");
    let (main, _) = rest.split_once("</main>").expect("it ends");
    let folder = url.rsplit_once('/').expect("a folder").0;
    let mut found = BTreeSet::new();
    for rest in main.split("href=\"").skip(1) {
        let href = rest.split(['"', '#']).next().unwrap_or_default();
        let mut parts: Vec<&str> = folder.split('/').collect();
        for part in href.split('/') {
            match part {
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        found.insert(parts.join("/"));
    }
    found
}

#[test]
fn every_page_of_the_manual_is_linked_from_its_first_page_or_from_its_section() {
    let project = Project::of_this_repository();
    project.run(&["build"]).exits(0);

    let mut reached = linked(&project, "docs/index.html");
    for section in reached.clone() {
        let is_section = section.starts_with("docs/") && section.ends_with("/index.html");
        if is_section {
            reached.extend(linked(&project, &section));
        }
    }
    let missing: Vec<String> = pages()
        .into_iter()
        .map(|(name, _)| format!("docs/{}.html", name.trim_end_matches(".md")))
        .filter(|url| url != "docs/index.html" && !reached.contains(url))
        .collect();
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "link them from docs/index.md"
    );
}

#[test]
fn the_manual_says_what_people_say() {
    let mut found = Vec::new();
    for (name, text) in pages() {
        let theirs = FOR_BUILDERS.iter().any(|theirs| name.starts_with(theirs));
        for (number, line) in text.lines().enumerate().filter(|_| !theirs) {
            let line = format!(" {} ", line.to_lowercase());
            let said = NOT_SAID.iter().filter(|phrase| line.contains(*phrase));
            found.extend(said.map(|phrase| format!("docs/{name}:{}: {phrase}", number + 1)));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_page_of_verbs_and_flags_is_what_the_program_says() {
    let said = Project::empty().run(&["man", "--markdown"]).exits(0).stdout;

    assert_eq!(
        page("reference/commands.md"),
        said,
        "write it again: runbook man --markdown > docs/reference/commands.md"
    );
}

/// The verbs of the program, each with what the reference says of it.
fn verbs() -> BTreeMap<String, String> {
    let reference = page("reference/commands.md");
    let sections = reference.split("\n## runbook ").skip(1);
    sections
        .filter_map(|section| section.split_once('\n'))
        .map(|(verb, text)| (verb.to_owned(), text.to_owned()))
        .collect()
}

/// The commands that a text tells people to type: the words behind `runbook`, in code of any kind.
fn told_commands(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let code: Vec<&str> = match in_block {
            true => vec![line],
            false => line.split('`').skip(1).step_by(2).collect(),
        };
        for code in code {
            let code = code.trim_start().trim_start_matches("$ ");
            let Some(command) = code.strip_prefix("runbook ") else {
                continue;
            };
            let words = command.split_whitespace();
            let ended = |word: &&str| ["|", ">", "#", "&&", "&", ";", "…"].contains(word);
            found.push(words.take_while(|word| !ended(word)).collect());
        }
    }
    found
}

#[test]
fn every_command_that_the_manual_shows_has_a_verb_and_flags_of_the_program() {
    let verbs = verbs();
    let mut wrong = Vec::new();
    let mut seen = 0;
    let readme = fs::read_to_string(here("README.md")).expect("it is there");
    for (name, text) in pages().into_iter().chain([("README".to_owned(), readme)]) {
        let theirs = FOR_BUILDERS.iter().any(|theirs| name.starts_with(theirs));
        if theirs || name == "reference/commands.md" {
            continue;
        }
        for words in told_commands(&text) {
            let Some(section) = words.first().and_then(|verb| verbs.get(*verb)) else {
                let is_verb = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase());
                if let Some(verb) = words.first().filter(is_verb) {
                    wrong.push(format!("{name}: no verb {verb}"));
                }
                continue;
            };
            seen += 1;
            let flags = words
                .iter()
                .filter(|word| word.starts_with("--") && word.len() > 2);
            for flag in flags {
                let flag = flag.split('=').next().unwrap_or_default();
                let is_there = [" ", "`"]
                    .iter()
                    .any(|end| section.contains(&format!("{flag}{end}")));
                if !is_there {
                    wrong.push(format!("{name}: runbook {} has no {flag}", words[0]));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 150, "{seen} commands");
}

/// The names in the first cells of the tables of a page.
fn rows(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn every_member_of_the_json_of_a_run_and_of_a_plan_is_in_the_reference() {
    let kitchen = Kitchen::with(RELEASE, "release");
    let read = |verb: &str| -> Value {
        let (said, _) = kitchen.says(verb);
        let answer: Value =
            serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        answer["data"].clone()
    };
    kitchen.says("runbook exec release --non-interactive -p version=1.2.3");
    let run = read("runbook status --json");
    let plan = read("runbook plan release -p version=1.2.3 --json");
    for (name, value) in [("run-json.md", run), ("plan-json.md", plan)] {
        let reference = page(&format!("reference/{name}"));
        let named = rows(&reference);
        let steps = value["steps"].as_array().expect("steps");
        for object in std::iter::once(&value).chain(steps) {
            for member in object.as_object().expect("an object").keys() {
                assert!(named.contains(member.as_str()), "{name}: no `{member}`");
            }
        }
    }
}

#[test]
fn the_keys_that_the_manual_shows_are_those_that_the_program_offers() {
    let engine: String = files_below(&here("src/exec/engine"))
        .into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes).expect("sources are UTF-8"))
        .collect();
    let terminal = page("running/at-the-terminal.md");
    let seen = terminal
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .flat_map(|shown| shown.split("  "))
        .filter(|part| part.starts_with('[') && part.len() > 3)
        .collect::<Vec<&str>>();
    assert!(seen.len() >= 6, "{seen:?}");
    for part in seen {
        assert!(engine.contains(part), "nothing offers `{part}`");
    }
}

#[test]
fn the_buttons_that_the_manual_names_are_those_of_the_page() {
    let words = include_str!("../../themes/default/strings.yaml");
    let text = page("run-mode.md");
    let named: Vec<&str> = text
        .split("press *")
        .skip(1)
        .filter_map(|rest| rest.split('*').next())
        .collect();
    assert!(named.len() >= 4, "{named:?}");
    for name in named {
        assert!(words.contains(&format!(": {name}\n")), "no button {name}");
    }
}

#[test]
fn every_exit_code_is_in_the_reference_with_its_name() {
    let source = include_str!("../../src/exec/state/exit.rs");
    let codes: BTreeMap<&str, &str> = source
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
        .collect();
    let names: BTreeMap<&str, &str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => "))
        .map(|(code, name)| (code, name.trim_matches([',', '"'])))
        .collect();
    assert!(codes.len() >= 17, "{codes:?}");
    let reference = page("reference/exit-codes.md");
    for (code, number) in codes {
        let row = format!("| {number} | `{}` |", names[code]);
        assert!(reference.contains(&row), "no row `{row}`");
    }
}

#[test]
fn every_key_of_site_yaml_is_in_the_reference() {
    let schema = Project::empty().run(&["schema", "site"]).exits(0).stdout;
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let reference = page("formats/site.md");
    let mut seen = 0;
    for shape in schema["$defs"].as_object().expect("shapes").values() {
        for key in shape["properties"].as_object().expect("keys").keys() {
            assert!(reference.contains(&format!("`{key}`")), "no `{key}`");
            seen += 1;
        }
    }
    assert!(seen >= 24, "{seen} keys");
}

#[test]
fn every_key_of_front_matter_is_in_the_reference_and_no_other() {
    let source = include_str!("../../src/parse/page.rs");
    let (_, rest) = source
        .split_once("let front = FrontMatter {")
        .expect("it is read there");
    let (read, _) = rest.split_once("};").expect("it ends");
    let is_key = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let keys: BTreeSet<&str> = read.split('"').skip(1).step_by(2).filter(is_key).collect();
    let reference = page("reference/front-matter.md");
    assert_eq!(rows(&reference), keys);
}

/// The code blocks of a page: what stands behind the language, and the text.
fn blocks(name: &str) -> Vec<(String, String)> {
    let text = page(name);
    let parts: Vec<&str> = text.split("```").collect();
    let inside = parts.iter().skip(1).step_by(2);
    inside
        .filter_map(|block| block.split_once('\n'))
        .map(|(info, text)| (info.to_owned(), text.to_owned()))
        .collect()
}

/// The only block of a page with this in its first line.
fn block(name: &str, info: &str) -> String {
    let mut found = blocks(name)
        .into_iter()
        .filter(|(line, _)| line.contains(info));
    let (_, text) = found
        .next()
        .unwrap_or_else(|| panic!("{name}: no block {info}"));
    assert!(found.next().is_none(), "{name}: several blocks {info}");
    text
}

/// A project with the runbook of a recipe, and programs that stand in for those that it starts.
struct Kitchen {
    project: Project,
}

impl Kitchen {
    fn with(runbook: &str, id: &str) -> Self {
        let project = Project::empty();
        project
            .write("site.yaml", "title: Kitchen\ntarget: .\n")
            .write("content/index.md", "# Kitchen\n")
            .write(format!("runbooks/{id}.yaml").as_str(), runbook)
            .write("bin/.keep", "");
        Self { project }
    }

    /// A script that can be started.
    fn script(&self, name: &str, text: &str) -> &Self {
        self.project.write(name, text);
        let path = self.project.path(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        self
    }

    /// What a shell says to these words, and its exit code.
    fn says(&self, words: &str) -> (String, Option<i32>) {
        let program = Path::new(env!("CARGO_BIN_EXE_runbook"));
        let path = [
            self.project.path("bin").display().to_string(),
            program.parent().expect("a folder").display().to_string(),
            std::env::var("PATH").expect("a PATH"),
        ];
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {words}\n}} 2>&1")])
            .current_dir(self.project.path(""))
            .env("PATH", path.join(":"))
            .env("RUNBOOK_STATE_DIR", self.project.path("state"))
            .env("DEPLOY_TOKEN", "token-of-the-shell")
            .stdin(std::process::Stdio::null())
            .output()
            .expect("sh starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (said, output.status.code())
    }

    /// The same, for words that have to end well.
    fn does(&self, words: &str) -> String {
        let (said, code) = self.says(words);
        assert_eq!(code, Some(0), "{words}\n{said}");
        said
    }
}

const RELEASE: &str = "runbook: 1\nid: release\nversion: 1.0.0\ntitle: Release\nowner: developer\nfixes: x\nlock: { key: release }\nparams:\n  version: { type: semver }\nsteps:\n  - { id: go, title: Go, approve: { role: developer, text: Release?, expires: 4h } }\n  - id: publish\n    title: Publish\n    run: |\n      echo published >> published.txt\n    effect: idempotent\n";

#[test]
fn the_pipeline_starts_a_release_once_and_continues_it_after_the_approval() {
    let kitchen = Kitchen::with(RELEASE, "release");
    kitchen.script(
        "ops/release.sh",
        &block("recipes/pipeline.md", "ops/release.sh"),
    );

    for _ in 0..2 {
        let said = kitchen.does("ops/release.sh 1.2.3");
        assert!(said.contains("waits for a person"), "{said}");
    }
    let runs: Value = serde_json::from_str(&kitchen.does("runbook runs --json")).expect("JSON");
    assert_eq!(runs["data"].as_array().map(Vec::len), Some(1), "{runs}");
    let run = runs["data"][0]["run"].as_str().expect("an id");
    kitchen.does(&format!("runbook approve {run} go"));
    let said = kitchen.does("ops/release.sh 1.2.3");

    assert!(said.ends_with("released 1.2.3\n"), "{said}");
    assert!(kitchen.does("ops/release.sh 1.2.3").contains("released"));
    assert_eq!(kitchen.project.read("published.txt"), "published\n");
}

#[test]
fn cron_starts_the_runbook_once_a_day_and_is_silent_if_all_went_well() {
    let nightly = "runbook: 1\nid: nightly\nversion: 1.0.0\ntitle: Nightly\nowner: developer\nfixes: x\nsteps:\n  - id: work\n    title: Work\n    run: |\n      echo done >> done.txt\n    effect: idempotent\n";
    let kitchen = Kitchen::with(nightly, "nightly");
    kitchen.script(
        "ops/nightly.sh",
        &block("recipes/cron.md", "ops/nightly.sh"),
    );
    // The day is always the same, also around midnight.
    kitchen.script("bin/date", "#!/bin/sh\necho 2026-11-23\n");

    for _ in 0..2 {
        assert_eq!(kitchen.does("ops/nightly.sh"), "");
    }
    assert_eq!(kitchen.project.read("done.txt"), "done\n");

    kitchen.project.edit(
        "runbooks/nightly.yaml",
        "echo done >> done.txt",
        "echo full; exit 7",
    );
    kitchen.script("bin/date", "#!/bin/sh\necho 2026-11-24\n");
    let (said, code) = kitchen.says("ops/nightly.sh");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("nightly ended with 1\n"), "{said}");
}

#[test]
fn a_secret_comes_from_a_vault_and_stays_out_of_the_log() {
    let kitchen = Kitchen::with(&block("recipes/vault.md", "yaml"), "vault");
    kitchen.script(
        "bin/vault",
        "#!/bin/sh\n[ \"$*\" = 'kv get -field=token secret/deploy' ] && echo 'Authorization: Bearer s3cr3t-of-vault'\n",
    );
    kitchen.script(
        "bin/curl",
        "#!/bin/sh\nfor word; do case $word in @*) cat \"${word#@}\" | tee seen.txt;; esac; done\n",
    );

    kitchen.does("runbook exec vault --non-interactive");

    let seen = kitchen.project.read("seen.txt");
    assert_eq!(seen.trim_end(), "Authorization: Bearer s3cr3t-of-vault");
    let run: Value = serde_json::from_str(&kitchen.does("runbook runs --json")).expect("JSON");
    let log = kitchen.does(&format!(
        "runbook logs {}",
        run["data"][0]["run"].as_str().expect("an id")
    ));
    assert!(log.contains("(secret)") && !log.contains("s3cr3t"), "{log}");
}

#[test]
fn ssh_works_on_each_host_and_a_lost_connection_is_tried_again() {
    let kitchen = Kitchen::with(
        &block("recipes/ssh.md", "yaml").replace("delay: 10s", "delay: 1s"),
        "remote",
    );
    kitchen.script(
        "bin/ssh",
        "#!/bin/sh\necho \"$@\" >> calls.txt\n[ \"$(wc -l < calls.txt)\" -ne 1 ] || exit 255\n",
    );

    kitchen.does("runbook exec remote --non-interactive");

    let calls = kitchen.project.read("calls.txt");
    let restart =
        |host| format!("-o BatchMode=yes -- {host}.example.org sudo systemctl restart worker\n");
    let expected = restart("web1") + &restart("web1") + &restart("web2");
    assert!(calls.starts_with(&expected), "{calls}");
    assert_eq!(calls.lines().count(), 5, "{calls}");
}

#[test]
fn records_are_backed_up_restored_and_verified() {
    let kitchen = Kitchen::with(
        &RELEASE.replace(
            "  - { id: go, title: Go, approve: { role: developer, text: Release?, expires: 4h } }\n",
            "",
        ),
        "release",
    );
    kitchen.script(
        "ops/backup.sh",
        &block("recipes/backup.md", "ops/backup.sh"),
    );
    kitchen.does("runbook exec release --non-interactive -p version=1.2.3");

    kitchen.does("ops/backup.sh state archive.tar.gz");
    kitchen.does("rm -r state && mkdir -m 700 restored && tar -xzf archive.tar.gz -C restored");

    let said = kitchen.does("RUNBOOK_STATE_DIR=$PWD/restored runbook runs");
    assert!(said.contains("release 1.0.0"), "{said}");
    kitchen.does("RUNBOOK_STATE_DIR=$PWD/restored runbook verify");
}

#[test]
fn variables_reach_a_step_in_the_ways_that_the_reference_shows() {
    let runbook = block("reference/environment.md", "yaml");
    let kitchen = Kitchen::with(&runbook, "environment");

    let said = kitchen.does(
        "runbook exec environment --non-interactive -p kubeconfig=/etc/kube && runbook logs $(runbook runs --json | sed -n 's/^ *\"run\": \"\\(.*\\)\",$/\\1/p')",
    );

    assert!(
        said.contains("/etc/kube\nhttp://proxy.example.org:3128\n"),
        "{said}"
    );
}

#[test]
fn the_runbooks_of_the_manual_have_no_errors() {
    for name in [
        "recipes/vault.md",
        "recipes/ssh.md",
        "reference/environment.md",
    ] {
        let text = block(name, "yaml");
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("id: "))
            .expect("an id");
        let kitchen = Kitchen::with(&text, id);
        let (said, code) = kitchen.says("runbook check --deny warnings");
        assert_eq!(code, Some(0), "{name}\n{said}");
    }
}
