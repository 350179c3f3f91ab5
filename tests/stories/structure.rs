//! How a site hangs together: tags, former addresses, backlinks, dates, several roots.

use crate::project::{Project, Ran};
use std::path::Path;
use std::process::Command;

const BOOK: &str = "runbook: 1\nid: mend\nversion: 1.0.0\ntitle: Mend it\nowner: keeper\nreviewed: 2026-01-02\nreview_by: 2026-06-01\nfixes: What is broken.\ntags: [night]\nroles:\n  operator: { any_of: [keeper, helper] }\nsteps:\n  - id: look\n    title: Look at it\n    role: operator\n    run: |\n      true\n    effect: idempotent\n  - id: go\n    title: Go on?\n    approve: { role: boss, text: Really?, expires: 30m }\n";
const ROLES: &str = "roles:\n  keeper: { title: The keeper, decides: What is kept., deputy: helper }\n  helper: { title: The helper }\n  boss: { title: The boss }\npeople:\n  zoe: { os: [zoe], roles: [boss] }\n";
const TERMS: &str = "terms:\n  freeze:\n    term: Code freeze\n    short: Nothing moves but fixes.\n    long: See [the runbook](../../runbooks/mend.yaml).\n    aliases: [standstill]\n  canary: { short: The first to get it. }\n";

/// A project with two pages, a runbook, roles and terms, and no finding.
fn project() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Ours\n")
        .write(
            "content/index.md",
            "---\ntitle: Start\n---\n[Guide](guide.md), [look](../runbooks/mend.yaml#look).\n",
        )
        .write(
            "content/guide.md",
            "---\ntitle: Guide\nowner: keeper\nreviewed: 2026-02-03\nreview_by: 2026-05-01\ntags: [night, Who decides]\n---\n\
             In a [freeze](data/terms.yaml#freeze) the [boss](data/roles.yaml#boss) decides.\n\n## One\n\n## Two\n",
        )
        .write("content/data/roles.yaml", ROLES)
        .write("content/data/terms.yaml", TERMS)
        .write("runbooks/mend.yaml", BOOK);
    project
}

/// What stands between the tags of the main part.
fn main_of(project: &Project, page: &str) -> String {
    let html = project.read(&format!("public/{page}"));
    let (_, rest) = html.split_once("<main").expect("a page has a main part");
    let (main, _) = rest.split_once("</main>").expect("it ends");
    main.to_owned()
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

fn git(folder: &Path, day: &str, arguments: &[&str]) {
    let date = format!("{day}T12:00:00+02:00");
    let status = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .output()
        .expect("git starts");
    assert!(status.status.success(), "{status:?}");
}

fn codes(ran: &Ran) -> Vec<String> {
    let found = ran.data();
    let list = found["findings"].as_array().expect("a list");
    list.iter()
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn every_tag_has_a_page_and_two_spellings_are_one_tag() {
    let project = project();
    project.edit("runbooks/mend.yaml", "[night]", "[Night]");
    let ran = project.run(&["build"]).exits(0);
    assert!(ran.stderr.contains("tag/spelling"), "{}", ran.stderr);
    has(
        &main_of(&project, "tags/index.html"),
        &[
            "<a href=\"night.html\">night</a>",
            "2 pages",
            "<a href=\"who-decides.html\">",
        ],
    );
    has(
        &main_of(&project, "tags/night.html"),
        &[
            "<a href=\"../guide.html\">Guide</a>",
            "<a href=\"../runbooks/mend.html\">Mend it</a>",
        ],
    );
    has(
        &main_of(&project, "guide.html"),
        &["<a href=\"tags/night.html\">night</a>"],
    );
}

#[test]
fn steps_roles_and_terms_know_who_uses_them() {
    let project = project();
    project
        .run(&["check", "--deny", "warnings", "--as-of", "2026-03-01"])
        .exits(0);
    project.run(&["build"]).exits(0);

    let step = main_of(&project, "runbooks/mend.html");
    has(&step, &["Named in <a href=\"../index.html\">Start</a>"]);
    has(
        &main_of(&project, "glossary.html"),
        &[
            "<dt id=\"freeze\">Code freeze",
            "Nothing moves but fixes.",
            "<a href=\"runbooks/mend.html\">the runbook</a>",
            "Also: standstill",
            "Used by: <a href=\"guide.html\">Guide</a>",
            "<dt id=\"canary\">canary",
        ],
    );
    has(
        &main_of(&project, "guide.html"),
        &[
            "<a href=\"glossary.html#freeze\" title=\"Nothing moves but fixes.\">freeze</a>",
            "<a href=\"roles/boss.html\">boss</a>",
            "Owner: <a href=\"roles/keeper.html\">The keeper</a>",
        ],
    );
    let keeper = main_of(&project, "roles/keeper.html");
    has(
        &keeper,
        &[
            "What is kept.",
            "Deputy: <a href=\"helper.html\">The helper</a>",
            "as operator",
            "does <a href=\"../runbooks/mend.html#look\">Look at it</a>",
            "<a href=\"../guide.html\">Guide</a>",
        ],
    );
    let boss = main_of(&project, "roles/boss.html");
    has(
        &boss,
        &[
            "approves <a href=\"../runbooks/mend.html#go\">Go on?</a>",
            "Used by",
        ],
    );
    for (path, bytes) in project.files("public") {
        let is_ours = path.ends_with(".html") || path.ends_with(".txt");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!is_ours || !text.contains("zoe"), "{path} names a person");
    }
}

#[test]
fn a_word_or_role_that_is_not_there_is_a_finding() {
    let project = project();
    project
        .edit("content/guide.md", "terms.yaml#freeze", "terms.yaml#freze")
        .edit("content/guide.md", "roles.yaml#boss", "roles.yaml#bos")
        .write(
            "docs/data/terms.yaml",
            "terms:\n  x: { term: Standstill, short: Again. }\n  X1: { short: Bad. }\n",
        )
        .write("docs/index.md", "# More\n")
        .write(
            "site.yaml",
            "title: Ours\nroots:\n  - { dir: content, at: / }\n  - { dir: docs, at: docs/ }\n",
        );
    let ran = project
        .run(&["check", "--json", "--as-of", "2026-03-01"])
        .exits(1);
    let mut found = codes(&ran);
    found.sort();
    assert_eq!(
        found,
        ["role/unknown", "term/collision", "term/id", "term/unknown"]
    );
    has(
        &ran.stdout,
        &["did you mean `freeze`?", "did you mean `boss`?"],
    );
}

#[test]
fn former_addresses_lead_to_what_is_there() {
    let project = project();
    project
        .write("content/old/index.md", "---\nredirect_from:\n  - very/old/\n  - /was.md\n  - gone.html#there: \"#new-words\"\n  - \"#words\": \"#new-words\"\n  - guide.html#zero: \"#new-words\"\n---\n# Old\n\n## New words\n")
        .write("site.yaml", "title: Ours\nurl: https://example.org/ours\nredirects:\n  runbooks/repair.html: runbooks/mend.yaml\n  runbooks/repair.html#see: runbooks/mend.yaml#look\n  elsewhere.html: https://example.org/\n");
    project.run(&["build"]).exits(0);

    has(
        &project.read("public/very/old/index.html"),
        &[
            "<meta http-equiv=\"refresh\" content=\"0; url=../../old/index.html\">",
            "<link rel=\"canonical\" href=\"https://example.org/ours/old/index.html\">",
            "<a href=\"../../old/index.html\" data-now>Old</a>",
        ],
    );
    has(
        &project.read("public/was.html"),
        &["href=\"old/index.html\""],
    );
    has(
        &project.read("public/gone.html"),
        &[
            "url=old/index.html",
            "href=\"old/index.html#new-words\" data-was=\"there\"",
        ],
    );
    has(
        &project.read("public/runbooks/repair.html"),
        &["url=mend.html", "href=\"mend.html#look\" data-was=\"see\""],
    );
    has(
        &project.read("public/elsewhere.html"),
        &["url=https://example.org/"],
    );
    has(
        &main_of(&project, "old/index.html"),
        &["<h2 id=\"new-words\"><span id=\"words\"></span>New words"],
    );
    has(
        &main_of(&project, "guide.html"),
        &["href=\"old/index.html#new-words\" data-was=\"zero\""],
    );
    let sitemap = project.read("public/sitemap.xml");
    assert!(!sitemap.contains("was.html"), "{sitemap}");
}

#[test]
fn former_addresses_that_cannot_work_are_findings() {
    let project = project();
    project
        .edit("content/guide.md", "tags:", "redirect_from:\n  - index.html\n  - twice.html\n  - no address\n  - \"#one\": \"#two\"\n  - \"#three\": \"#tow\"\n  - \"#four\": \"#five\"\n  - \"#five\": \"#two\"\ntags:")
        .write("site.yaml", "title: Ours\nredirects:\n  twice.html: content/guide.md\n  a.html: b.html\n  b.html: a.html\n  c.html: d.html\n  d.html: content/guide.md#one\n  e.html: content/nowhere.md\n");
    let ran = project
        .run(&["check", "--json", "--as-of", "2026-03-01"])
        .exits(1);
    let mut found = codes(&ran);
    found.sort();
    assert_eq!(
        found,
        [
            "link/missing-page",
            "redirect/address",
            "redirect/chain",
            "redirect/chain",
            "redirect/duplicate",
            "redirect/loop",
            "redirect/loop",
            "redirect/shadowed",
            "redirect/shadowed",
            "redirect/target",
        ]
    );
    has(
        &ran.stdout,
        &["it ends at `content/guide.md#one`", "did you mean `two`?"],
    );
}

#[test]
fn dates_come_from_commits_and_from_nowhere_else() {
    let project = project();
    project.write("site.yaml", "title: Ours\nurl: https://example.org/\n");
    project.run(&["build"]).exits(0);
    let page = main_of(&project, "index.html");
    assert!(!page.contains("Changed"), "there is no repository: {page}");
    has(
        &project.read("public/feed.xml"),
        &["<updated>2026-02-03T00:00:00Z</updated>"],
    );

    let folder = project.path(".");
    git(&folder, "2026-03-01", &["init", "--quiet"]);
    git(
        &folder,
        "2026-03-01",
        &["add", "site.yaml", "content", "runbooks"],
    );
    git(&folder, "2026-03-01", &["commit", "--quiet", "-m", "First"]);
    project.edit("content/index.md", "Guide", "The guide");
    git(
        &folder,
        "2026-03-05",
        &["commit", "--quiet", "-am", "Second"],
    );
    project.edit("content/guide.md", "decides", "says");
    project.write("content/new.md", "# New\n");
    project.run(&["build"]).exits(0);
    let new = main_of(&project, "new.html");
    assert!(!new.contains("Changed"), "no commit holds it: {new}");

    has(
        &main_of(&project, "index.html"),
        &["Changed <time datetime=\"2026-03-05\">"],
    );
    has(
        &main_of(&project, "guide.html"),
        &["Changed <time datetime=\"2026-03-01\">"],
    );
    let feed = project.read("public/feed.xml");
    let at = |title: &str| {
        feed.find(&format!("<title>{title}</title>"))
            .expect("an entry")
    };
    assert!(
        at("Start") < at("Guide"),
        "what changed last comes first: {feed}"
    );
    has(
        &feed,
        &["<id>https://example.org/index.html</id><updated>2026-03-05T12:00:00+02:00</updated>"],
    );
    has(
        &project.read("public/sitemap.xml"),
        &["<loc>https://example.org/guide.html</loc><lastmod>2026-03-01T12:00:00+02:00</lastmod>"],
    );

    git(
        &folder,
        "2026-03-06",
        &[
            "clone",
            "--quiet",
            "--depth",
            "1",
            &format!("file://{}", folder.display()),
            "shallow",
        ],
    );
    project.run(&["-C", "shallow", "build"]).exits(0);
    let shallow = project.read("shallow/public/guide.html");
    assert!(
        !shallow.contains("Changed"),
        "a shallow clone does not know"
    );
}

#[test]
fn without_an_address_nothing_claims_one() {
    let project = project();
    project.run(&["build"]).exits(0);
    for name in ["feed.xml", "sitemap.xml"] {
        assert!(!project.path("public").join(name).exists(), "{name}");
    }
    let home = project.read("public/index.html");
    assert!(
        !home.contains("canonical") && !home.contains("og:url"),
        "{home}"
    );
    has(&home, &["<meta property=\"og:title\" content=\"Start\">"]);
    has(
        &project.read("public/llms.txt"),
        &[
            "# Ours\n",
            "- [Guide](guide.md)\n",
            "- [Mend it](runbooks/mend.yaml): What is broken.\n",
        ],
    );
}

#[test]
fn the_freshness_page_lists_what_is_due_first_and_runbooks_are_due_too() {
    let project = project();
    project.run(&["build"]).exits(0);
    let page = main_of(&project, "freshness.html");
    let at = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("no {text} in {page}"))
    };
    assert!(at("2026-05-01") < at("2026-06-01"));
    has(
        &page,
        &[
            "Pages without owner and date: 1",
            "<tr data-owner=\"keeper\">",
            "<small>runbook</small>",
        ],
    );
    has(
        &project.read("public/guide.html"),
        &["<html lang=\"en\" data-due=\"2026-05-01\">"],
    );

    let due = |day: &str| {
        let ran = project.run(&["check", "--json", "--as-of", day]);
        codes(&ran)
            .iter()
            .filter(|code| *code == "page/review-overdue")
            .count()
    };
    assert_eq!(
        (due("2026-05-01"), due("2026-05-02"), due("2026-06-02")),
        (0, 1, 2)
    );
}

#[test]
fn two_roots_are_one_site() {
    let project = project();
    project
        .write("site.yaml", "title: Ours\nrepo: https://forge.example/us/ours\nroots:\n  - { dir: content, at: / }\n  - { dir: docs, at: docs/, title: Manual }\n")
        .write("docs/index.md", "# How to\n\n[Guide](../content/guide.md#two), [step](../runbooks/mend.yaml#go), [script](../tools/a%20b.sh#L3)\n")
        .write("docs/deep/more.md", "# More\n\n![Picture](../images/a.png) [up](../index.md)\n")
        .write("docs/images/a.png", "png")
        .write("tools/a b.sh", "true\n")
        .edit("content/index.md", "[Guide]", "[Manual](../docs/index.md) [Guide]");
    project
        .run(&["check", "--deny", "warnings", "--as-of", "2026-03-01"])
        .exits(0);
    project.run(&["build"]).exits(0);

    has(
        &main_of(&project, "docs/index.html"),
        &[
            "href=\"../guide.html#two\"",
            "href=\"../runbooks/mend.html#go\"",
            "href=\"https://forge.example/us/ours/blob/HEAD/tools/a%20b.sh#L3\"",
        ],
    );
    has(
        &main_of(&project, "docs/deep/more.html"),
        &["src=\"../images/a.png\""],
    );
    has(
        &project.read("public/index.html"),
        &["<a href=\"docs/index.html\">Manual</a>"],
    );

    project.edit("site.yaml", "repo: https://forge.example/us/ours\n", "");
    let ran = project
        .run(&["check", "--json", "--as-of", "2026-03-01"])
        .exits(1);
    assert_eq!(codes(&ran), ["link/not-in-site"]);
}

#[test]
fn no_address_of_our_own_site_starts_at_the_root_of_a_host() {
    let project = Project::of_this_repository();
    project.run(&["build"]).exits(0);
    let mut looked_at = 0;
    for (path, bytes) in project.files("public") {
        if !path.ends_with(".html") {
            continue;
        }
        let html = String::from_utf8(bytes).expect("pages are UTF-8");
        for attribute in ["href=\"", "src=\""] {
            for rest in html.split(attribute).skip(1) {
                let to = rest.split('"').next().unwrap_or_default();
                looked_at += 1;
                assert!(!to.starts_with('/'), "{path}: {to}");
            }
        }
    }
    assert!(looked_at > 1000, "{looked_at} addresses were looked at");
}

#[test]
fn what_a_runbook_names_for_further_reading_is_resolved_and_shown() {
    let project = Project::empty();
    let book = |links: &str| {
        format!(
            "runbook: 1\nid: clock\nversion: 1.0.0\ntitle: Clock\nowner: developer\nlinks:\n{links}steps:\n  - {{ id: look, title: Look, check: {{ run: date }} }}\n"
        )
    };
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Start\n\n## Why now\n\nWords.\n")
        .write(
            "runbooks/clock.yaml",
            book("  - ../content/index.md#why-now\n  - clock.yaml#look\n  - https://example.org/a?b=<c>\n"),
        );

    project.run(&["build"]).exits(0);

    let page = project.read("public/runbooks/clock.html");
    for expected in [
        "<a href=\"../index.html#why-now\">Start: Why now</a>",
        "<a href=\"#look\">Clock: Look</a>",
        "<a href=\"https://example.org/a?b=&lt;c&gt;\">https://example.org/a?b=&lt;c&gt;</a>",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let start = project.read("public/index.html");
    assert!(
        start.contains("<a href=\"runbooks/clock.html\">Clock</a>"),
        "used by: {start}"
    );
    project.write(
        "runbooks/clock.yaml",
        book("  - ../content/index.md#why-not\n  - gone.md\n  - javascript:alert(1)\n"),
    );
    let ran = project.run(&["check"]).exits(1);
    for expected in [
        "clock.yaml:7:5",
        "why-now",
        "clock.yaml:8:5",
        "clock.yaml:9:5",
    ] {
        assert!(
            ran.stderr.contains(expected) || ran.stdout.contains(expected),
            "{expected}: {}{}",
            ran.stdout,
            ran.stderr
        );
    }
}
