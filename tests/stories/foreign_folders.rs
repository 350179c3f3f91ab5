//! Trees of pages that were laid out for other tools: they are sites as they are.

use crate::project::Project;
use serde_json::Value;

/// A project with these pages and no more than a title.
fn tree(pages: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    project.write("site.yaml", "title: Small\n");
    for (path, text) in pages {
        project.write(path, text);
    }
    project
}

/// Code, file and message of each finding.
fn found(project: &Project) -> Vec<(String, String, String)> {
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let read = |found: &Value| {
        (
            words(&found["code"]),
            words(&found["file"]),
            words(&found["message"]),
        )
    };
    project.findings().iter().map(read).collect()
}

fn h1(html: &str) -> Vec<&str> {
    let opened = html.split("<h1").skip(1);
    let inside = opened.filter_map(|rest| rest.split_once('>'));
    inside
        .filter_map(|(_, rest)| rest.split("</h1>").next())
        .collect()
}

#[test]
fn a_readme_is_the_page_of_its_folder() {
    let project = tree(&[
        (
            "content/README.md",
            "# Start\n\n[a](frontend/), [b](frontend/README.md), [c](backend), [d](both/), [e](both/README.md)\n",
        ),
        (
            "content/frontend/README.md",
            "# Frontend\n\n[home](../) and [home](../README.md#start), [b](../backend/_index.md)\n",
        ),
        ("content/backend/_index.md", "# Backend\n"),
        ("content/both/index.md", "# Both\n"),
        ("content/both/README.md", "# Read me\n"),
        ("content/two/README.md", "# Two\n"),
        ("content/two/_index.md", "# Not two\n"),
    ]);

    assert_eq!(found(&project), []);
    project.run(&["build", "--deny", "warnings"]).exits(0);

    let home = project.read("public/index.html");
    for href in [
        "frontend/index.html",
        "backend/index.html",
        "both/index.html",
        "both/README.html",
    ] {
        assert!(home.contains(&format!("href=\"{href}\"")), "{href}: {home}");
    }
    assert_eq!(h1(&home), ["Start"]);
    assert_eq!(h1(&project.read("public/both/index.html")), ["Both"]);
    assert_eq!(h1(&project.read("public/two/index.html")), ["Two"]);
    assert_eq!(h1(&project.read("public/two/_index.html")), ["Not two"]);
    let frontend = project.read("public/frontend/index.html");
    assert!(
        frontend.contains("href=\"../index.html#start\""),
        "{frontend}"
    );
    // Where it was until now, and where a forge has it.
    let former = project.read("public/frontend/README.html");
    assert!(former.contains("href=\"index.html\""), "{former}");
}

#[test]
fn a_readme_in_another_spelling_is_the_page_of_its_folder_if_there_is_no_other() {
    let project = tree(&[
        (
            "content/Readme.md",
            "# Start\n\n[a](a/), [b](b/readme.md), [c](c/), [d](d/), [e](e/Readme.md), [f](d/readme.md), [g](e/readme.md)\n",
        ),
        ("content/a/readme.md", "# A\n"),
        (
            "content/b/readme.md",
            "# B\n\n[up](../) and [home](../Readme.md#start)\n",
        ),
        ("content/c/Readme.md", "# C\n"),
        ("content/d/_index.md", "# D\n"),
        ("content/d/readme.md", "# Not D\n"),
        ("content/e/Readme.md", "# E\n"),
        ("content/e/readme.md", "# Not E\n"),
    ]);
    let found = found(&project);
    assert!(
        found.iter().all(|(code, ..)| code == "file/not-portable"),
        "{found:?}"
    );
    project.run(&["build"]).exits(0);
    for (page, title) in [
        ("index", "Start"),
        ("a/index", "A"),
        ("b/index", "B"),
        ("c/index", "C"),
        ("d/index", "D"),
        ("d/readme", "Not D"),
        ("e/index", "E"),
        ("e/readme", "Not E"),
    ] {
        let html = project.read(&format!("public/{page}.html"));
        assert_eq!(h1(&html), [title], "{page}");
    }
    for former in ["Readme", "a/readme", "b/readme", "c/Readme"] {
        let former = project.read(&format!("public/{former}.html"));
        assert!(former.contains("href=\"index.html\""), "{former}");
    }
}

#[test]
fn no_name_of_a_folder_is_reserved() {
    let project = tree(&[
        (
            "content/index.md",
            "# Start\n\n[a](runbooks/etcd/members.md), [b](search/)\n",
        ),
        ("content/runbooks/_index.md", "# Alerts\n"),
        (
            "content/runbooks/etcd/members.md",
            "# Members\n\n## Fix\n\n[f](#fix)\n",
        ),
        (
            "content/search/README.md",
            "---\nredirect_from: search/old.html\n---\n# Finding\n\nWords.\n",
        ),
        ("content/roles/a.md", "# A\n"),
        ("content/tags/b.md", "# B\n"),
        ("content/assets/c.md", "# C\n"),
        (
            "content/assets/d.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("content/glossary.md", "# Words\n"),
        ("content/roles/index.md", "# Who\n"),
    ]);
    let codes = found(&project);
    assert_eq!(
        codes,
        [(
            "page/collision".to_owned(),
            "content/search/README.md".to_owned(),
            "`search/index.html` is the list of all pages".to_owned()
        )],
        "only the very same file is a collision"
    );

    std::fs::rename(
        project.path("content/search/README.md"),
        project.path("content/search/finding.md"),
    )
    .expect("it can be renamed");
    project.edit("content/index.md", "(search/)", "(search/finding.md)");
    project.run(&["build", "--deny", "warnings"]).exits(0);

    assert_eq!(h1(&project.read("public/runbooks/index.html")), ["Alerts"]);
    assert_eq!(h1(&project.read("public/roles/index.html")), ["Who"]);
    let home = project.read("public/index.html");
    assert!(
        home.contains("href=\"runbooks/etcd/members.html\""),
        "{home}"
    );
    assert!(
        project
            .read("public/search/old.html")
            .contains("href=\"finding.html\"")
    );
    let copy = project.read("public/index.md");
    assert!(
        copy.contains("runbooks/etcd/members.md"),
        "no runbook of ours: {copy}"
    );
    let llms = project.read("public/llms.txt");
    assert!(!llms.contains("## Runbooks"), "{llms}");
}

#[test]
fn what_we_make_stays_where_it_is_and_the_other_file_is_told() {
    let project = tree(&[
        ("content/index.md", "# Start\n"),
        ("content/404.md", "# Lost\n"),
        ("content/freshness.md", "# Fresh\n"),
        ("content/llms.txt", "words\n"),
        ("content/runbooks/README.md", "# All\n"),
        ("content/runbooks/hotfix.md", "# Hotfix\n"),
        ("content/runbooks/hotfix.run.js", "0\n"),
        (
            "runbooks/hotfix.yaml",
            "runbook: 1\nid: hotfix\ntitle: Hot fix\nfixes: Something.\nowner: developer\nsteps:\n  - id: a\n    title: A\n    exec: [date]\n    effect: none\n",
        ),
    ]);

    let at: Vec<_> = found(&project)
        .into_iter()
        .filter(|(code, ..)| code == "page/collision")
        .collect();

    let files: Vec<&str> = at.iter().map(|(_, file, _)| file.as_str()).collect();
    assert_eq!(
        files,
        [
            "content/404.md",
            "content/freshness.md",
            "content/llms.txt",
            "content/runbooks/README.md",
            "content/runbooks/hotfix.md",
            "content/runbooks/hotfix.run.js",
        ]
    );
    assert!(at[4].2.contains("the runbook `hotfix`"), "{}", at[4].2);
    project.run(&["build", "--keep-going"]).exits(1);
    assert!(
        project
            .read("public/runbooks/hotfix.html")
            .contains("Hot fix")
    );
    assert!(project.read("public/llms.txt").starts_with("# Small"));
    assert_ne!(h1(&project.read("public/404.html")), ["Lost"]);
}

#[test]
fn a_check_tells_of_a_file_in_the_place_of_one_of_the_search() {
    let project = tree(&[("content/index.md", "# Start\n\nWords of it.\n")]);
    project.run(&["build"]).exits(0);
    let made = project.files("public/search");
    let shard = made.iter().find(|(name, _)| name.starts_with("s0-"));
    let (shard, _) = shard.expect("the search has a shard");
    for name in ["m.js", "own.js", shard] {
        project.write(&format!("content/search/{name}"), "0\n");
    }

    let told: Vec<_> = found(&project)
        .into_iter()
        .filter(|(code, ..)| code == "page/collision")
        .map(|(_, file, message)| (file, message))
        .collect();

    let collision = |name: &str| {
        (
            format!("content/search/{name}"),
            format!("`search/{name}` is a file of the search"),
        )
    };
    assert_eq!(told, [collision("m.js"), collision(shard)]);
    project.run(&["build", "--keep-going"]).exits(1);
    assert_ne!(project.read("public/search/m.js"), "0\n");
}

#[test]
fn a_page_has_one_heading_of_the_first_level() {
    let project = tree(&[
        ("content/index.md", "# Start\n"),
        (
            "content/alert.md",
            "---\ntitle: Kube API budget\n---\n# KubeAPIErrorBudgetBurn\n\nWords.\n\n## Meaning\n",
        ),
        (
            "content/late.md",
            "Words first.\n\n## Themes\n\nMore.\n\n# G\n\n## Deep\n",
        ),
        ("content/several.md", "# First\n\n## Second\n\n# Third\n"),
        (
            "content/Old-Page.md",
            "<!-- was: old -->\n\n<a id=\"old\"></a>\n\n# The match\n\nWords.\n",
        ),
        (
            "content/logo.md",
            "<p align=\"center\">\n<b>x</b>\n</p>\n\n# Tool\n\nWords.\n",
        ),
    ]);
    project.write("site.yaml", "title: Small\nrules: { markdown/html: off }\n");

    project.run(&["build"]).exits(0);

    let alert = project.read("public/alert.html");
    assert_eq!(
        h1(&alert),
        ["KubeAPIErrorBudgetBurn"],
        "nothing of the text is lost"
    );
    assert!(
        alert.contains("<title>Kube API budget · Small</title>"),
        "{alert}"
    );
    assert!(
        project
            .read("public/index.html")
            .contains(">Kube API budget</a>")
    );
    let late = project.read("public/late.html");
    assert_eq!(h1(&late), ["Late"]);
    assert!(late.contains("<h2 id=\"g\">"), "a level lower: {late}");
    assert!(
        late.contains("<h3 id=\"themes\">") && late.contains("<h3 id=\"deep\">"),
        "{late}"
    );
    let several = project.read("public/several.html");
    assert_eq!(h1(&several), ["First"]);
    assert!(
        several.contains("href=\"#third\""),
        "it stands in the contents: {several}"
    );
    assert_eq!(h1(&project.read("public/Old-Page.html")), ["The match"]);
    assert_eq!(h1(&project.read("public/logo.html")), ["Tool"]);
    assert!(
        !project.read("public/logo.md").starts_with("# Tool"),
        "it is titled already"
    );
    assert!(
        project
            .read("public/late.md")
            .starts_with("# Late\n\nWords first.")
    );
}

#[test]
fn names_of_files_become_titles() {
    let project = tree(&[
        ("content/index.md", "Words.\n"),
        ("content/Code-Style-Guide.md", "Words.\n"),
        ("content/ch06-02-match.md", "Words.\n"),
        ("content/01_getting_started.md", "Words.\n"),
        ("content/2024-01-15-outage.md", "Words.\n"),
        ("content/KubeNodeDown.md", "Words.\n"),
        ("content/3-way-merge.md", "Words.\n"),
        ("content/on-call/index.md", "Words.\n"),
        ("content/dev_ops/a.md", "# A\n"),
    ]);

    project.run(&["build"]).exits(0);

    for (page, title) in [
        ("index", "Small"),
        ("Code-Style-Guide", "Code Style Guide"),
        ("ch06-02-match", "Match"),
        ("01_getting_started", "Getting started"),
        ("2024-01-15-outage", "2024-01-15 outage"),
        ("KubeNodeDown", "KubeNodeDown"),
        ("3-way-merge", "3 way merge"),
        ("on-call/index", "On call"),
    ] {
        assert_eq!(
            h1(&project.read(&format!("public/{page}.html"))),
            [title],
            "{page}"
        );
    }
    let home = project.read("public/index.html");
    assert!(home.contains("Dev ops"), "groups are named so too: {home}");
    assert!(!home.contains(">index<"), "{home}");
}

#[test]
fn a_key_that_means_nothing_is_told_once() {
    let project = tree(&[("content/index.md", "# Start\n")]);
    for page in 0..40 {
        project.write(
            &format!("content/p{page:02}.md"),
            format!("---\nweight: {page}\ntilte: X\nlayout: post\nx-own: 1\n---\n# P{page}\n"),
        );
    }
    let all = found(&project);
    let said: Vec<_> = all
        .iter()
        .map(|(code, file, said)| (code.as_str(), file.as_str(), said.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "yaml/unknown-key",
                "content/p00.md",
                "front matter has no key `weight` (in 40 places)"
            ),
            (
                "yaml/unknown-key",
                "content/p00.md",
                "front matter has no key `tilte` (in 40 places)"
            ),
            (
                "yaml/unknown-key",
                "content/p00.md",
                "front matter has no key `layout` (in 40 places)"
            ),
        ]
    );
    let text = project.run(&["check"]).exits(1).stdout;
    assert!(
        text.contains("content/p01.md"),
        "the next places are named: {text}"
    );
    assert!(text.contains("did you mean `title`?"), "{text}");
    assert!(text.contains("frontmatter: { allow: [weight] }"), "{text}");

    project.write(
        "site.yaml",
        "title: Small\nfrontmatter: { allow: [weight, layout] }\n",
    );
    assert_eq!(found(&project).len(), 1);

    project.write(
        "site.yaml",
        "title: Small\nfrontmatter: { alow: [weight] }\n",
    );
    let codes: Vec<_> = found(&project)
        .into_iter()
        .filter(|(_, file, _)| file == "site.yaml")
        .collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
}

/// As prometheus-operator/runbooks is laid out.
#[test]
fn a_collection_of_alert_pages_is_a_site_with_two_lines() {
    let project = Project::empty();
    project.write(
        "site.yaml",
        "title: Runbooks\nfrontmatter: { allow: [weight, bookToc] }\n",
    );
    let kinds = [
        "alertmanager",
        "etcd",
        "general",
        "kube-state-metrics",
        "kubernetes",
        "node",
        "prometheus-operator",
    ];
    project.write("content/_index.md", "---\ntitle: Introduction\nweight: 1\n---\n\n# Alerts\n\n[etcd](runbooks/etcd/) and [all](runbooks/)\n");
    project.write(
        "content/runbooks/_index.md",
        "---\ntitle: Runbooks\nbookToc: true\nweight: 10\n---\n",
    );
    for (weight, kind) in kinds.iter().enumerate() {
        project.write(
            &format!("content/runbooks/{kind}/_index.md"),
            format!("---\ntitle: {kind}\nweight: {weight}\n---\n"),
        );
        for alert in 0..17 {
            let name = format!("Kube{}Alert{alert}", kind.replace('-', ""));
            let text = format!(
                "---\ntitle: Kube {kind} Alert {alert}\nweight: 20\n---\n\n# {name}\n\n## Meaning\n\nWords.\n\n## Impact\n\n[up](_index.md), [next](../etcd/), [home](../../_index.md)\n"
            );
            project.write(&format!("content/runbooks/{kind}/{name}.md"), text);
        }
    }

    project.run(&["build", "--deny", "warnings"]).exits(0);

    let page = project.read("public/runbooks/etcd/KubeetcdAlert3.html");
    assert_eq!(h1(&page), ["KubeetcdAlert3"]);
    assert!(page.contains("href=\"index.html\""), "{page}");
    assert_eq!(h1(&project.read("public/index.html")), ["Alerts"]);
    assert_eq!(
        h1(&project.read("public/runbooks/index.html")),
        ["Runbooks"]
    );
}

/// As folders of a forge are, each with its README and nothing else.
#[test]
fn a_tree_of_four_hundred_readmes_is_a_site_with_three_lines() {
    let project = Project::empty();
    project.write(
        "site.yaml",
        "title: Handbook\nroots:\n  - { dir: handbook, at: / }\n",
    );
    project.write(
        "handbook/README.md",
        "# Handbook\n\n[first](area-00/), [a file](area-00/topic-00/README.md)\n",
    );
    let mut pages = 1;
    for area in 0..20 {
        let folder = format!("handbook/area-{area:02}");
        project.write(
            &format!("{folder}/README.md"),
            format!("Area {area} in a sentence, [up](../).\n"),
        );
        pages += 1;
        for topic in 0..19 {
            let next = (topic + 1) % 19;
            project.write(
                &format!("{folder}/topic-{topic:02}/README.md"),
                format!("## Topic {topic}\n\nWords, [next](../topic-{next:02}/), [up](..) and [home](../../README.md).\n"),
            );
            pages += 1;
        }
    }

    let built = project.run(&["build", "--deny", "warnings"]).exits(0);

    assert!(
        built.stdout.contains(&format!("{pages} pages")),
        "{}",
        built.stdout
    );
    assert_eq!(h1(&project.read("public/index.html")), ["Handbook"]);
    assert_eq!(h1(&project.read("public/area-03/index.html")), ["Area 03"]);
    let topic = project.read("public/area-03/topic-18/index.html");
    assert_eq!(h1(&topic), ["Topic 18"]);
    assert!(topic.contains("href=\"../topic-00/index.html\""), "{topic}");
}
