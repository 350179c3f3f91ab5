//! Pages that were written for other tools: what is right there is right here, and what is wrong
//! is said once, where it was written.

use crate::project::Project;
use serde_json::Value;

/// A project with one page.
fn page(text: &str) -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", text);
    project
}

/// The findings of a check: code, place and help.
fn found(project: &Project) -> Vec<(String, String, String)> {
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let read = |found: &Value| {
        let place = format!(
            "{}:{}:{}",
            words(&found["file"]),
            found["line"],
            found["column"]
        );
        (words(&found["code"]), place, words(&found["help"]))
    };
    project.findings().iter().map(read).collect()
}

/// Codes and places alone.
fn places(project: &Project) -> Vec<(String, String)> {
    let all = found(project).into_iter();
    all.map(|(code, place, _)| (code, place)).collect()
}

#[test]
fn levels_of_rules_need_no_quotes() {
    let project = page("# Hello\n\n<b>bold</b>\n");
    project.write(
        "site.yaml",
        "title: Small\nrules: { markdown/html: off, page/orphan: off }\n",
    );
    assert_eq!(places(&project), []);

    project.write(
        "site.yaml",
        "title: off\nrules:\n  markdown/html: off\nvars: { on: no }\n",
    );
    let codes: Vec<_> = places(&project).into_iter().map(|(code, _)| code).collect();
    assert_eq!(
        codes, ["yaml/ambiguous"; 3],
        "words of one's own are as doubtful as ever"
    );
}

#[test]
fn wrong_arguments_of_a_directive_are_one_finding_with_its_name() {
    for text in [
        ":::tip[Title]\nwords\n:::",
        "::: mkdocs-click\nwords\n:::",
        "::pages{under=x}",
    ] {
        let project = page(&format!("# Hello\n\n{text}\n"));
        assert_eq!(places(&project).len(), 1, "{text}: {:?}", places(&project));
        let said = project.run(&["check"]).stdout;
        let name = ["tip", "mkdocs-click", "pages"]
            .into_iter()
            .find(|name| text.contains(name));
        assert!(said.contains(name.expect("one of them")), "{said}");
    }
}

#[test]
fn a_wrong_definition_is_blamed_where_it_stands() {
    let project = page(
        "# Hello\n\nSee [a][Gone], [b][gone], [gone] and [gone][].\n\n![a picture][pic] [here][good]\n\n\
         [gone]: nowhere.md \"nowhere.md\"\n[pic]: <no pic.png>\n[good]: index.md\n",
    );

    assert_eq!(
        places(&project),
        [
            (
                "link/vague-text".to_owned(),
                "content/index.md:5:19".to_owned()
            ),
            (
                "link/missing-page".to_owned(),
                "content/index.md:7:9".to_owned()
            ),
            (
                "link/missing-image".to_owned(),
                "content/index.md:8:9".to_owned()
            ),
        ]
    );
}

#[test]
fn brackets_behind_a_word_are_an_index() {
    for text in [
        "x[i][j] and arr[0][1][2]",
        "work[\"payload\"][\"class\"] is set",
        "call(a)[0][key] or {a}[b][c]",
        "m[i + 1][j - 1]",
        "cell [0][1] and [i][j]",
    ] {
        assert_eq!(places(&page(&format!("# Hello\n\n{text}\n"))), [], "{text}");
    }
    for text in [
        "[the plan][plan]",
        "see[the plan][plan]",
        "(\"[plan][1]\")",
        "[a][plan]",
    ] {
        let found = places(&page(&format!("# Hello\n\n{text}\n")));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, "link/undefined-reference", "{text}");
    }
}

#[test]
fn addresses_are_links_as_they_are_on_a_forge() {
    let project = page(
        "# Hello\n\nMail <help@example.org>, ask a.b-c_d+e@mail.example.org. See www.example.org/a_b,\n\
         (https://example.org/x?a=(b)&c) and ftp://example.org/z; mailto:x@y.example is one too.\n\n\
         No: a@b, @team, a@b.c_, a@-.example-, `c@d.example`, http://a_b_c, HTTPS://, xhttp://e.example.\n",
    );

    project.run(&["build", "--deny", "warnings"]).exits(0);

    let html = project.read("public/index.html");
    for href in [
        "mailto:help@example.org",
        "mailto:a.b-c_d+e@mail.example.org",
        "http://www.example.org/a_b",
        "https://example.org/x?a=(b)&amp;c",
        "ftp://example.org/z",
        "mailto:x@y.example",
    ] {
        assert!(html.contains(&format!("href=\"{href}\"")), "{href}: {html}");
    }
    let body = html.split("No: ").nth(1).expect("the last line");
    let line = body.split("</p>").next().expect("a paragraph");
    assert!(!line.contains("<a "), "{line}");
}

fn one(code: &str, place: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), place.to_owned())]
}

#[test]
fn a_link_without_a_target_is_told() {
    for (text, column) in [("see [x]()", 5), ("see [x](<>)", 5), ("![x]()", 1)] {
        let found = places(&page(&format!("# Hello\n\n{text}\n")));
        assert_eq!(
            found,
            one("link/empty", &format!("content/index.md:3:{column}")),
            "{text}"
        );
    }
}

#[test]
fn a_block_of_html_is_one_finding() {
    let project = page(
        "# Hello\n\n<div>\nwords\n\n<b>more</b> and <i>more</i> words\nand <u>more</u>\n\n</div>\n\n\
         | a | b |\n| - | - |\n| <b>a</b> | <b>b</b> |\n\n- <b>a</b>\n- b\n",
    );

    let found = places(&project);

    let lines: Vec<&str> = found.iter().map(|(_, place)| place.as_str()).collect();
    let expected = ["3:1", "6:1", "9:1", "13:3", "15:3"].map(|at| format!("content/index.md:{at}"));
    assert_eq!(lines, expected);
    assert!(
        found.iter().all(|(code, _)| code == "markdown/html"),
        "{found:?}"
    );
}

#[test]
fn a_heading_without_text_has_no_anchor() {
    let project = page("# Hello\n\n## <!-- later -->\n\n#\n\n## ???\n\n## !!!\n\n[x](#nowhere)\n");

    let all = found(&project);

    let codes: Vec<_> = all
        .iter()
        .map(|(code, place, _)| (code.as_str(), place.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            ("heading/empty", "content/index.md:3:1"),
            ("heading/empty", "content/index.md:5:1"),
            ("link/missing-anchor", "content/index.md:11:5"),
        ]
    );
    assert_eq!(all[2].2, "it has: hello, _, _-1");
    project.run(&["build", "--keep-going"]).exits(1);
    let html = project.read("public/index.html");
    assert!(!html.contains("id=\"\""), "{html}");
    assert!(!html.contains("href=\"#\""), "{html}");
    assert!(!html.contains("id=\"-1\""), "{html}");
}

#[test]
fn the_list_of_contents_begins_below_the_title() {
    let project = page("## Hello\n\nWords.\n\n## Second\n\nWords.\n");

    project.run(&["build"]).exits(0);

    let html = project.read("public/index.html");
    assert!(html.contains("href=\"#second\""), "{html}");
    let contents = html.matches("href=\"#hello\"").count();
    assert_eq!(contents, 0, "the title is no part of its own page: {html}");
}

#[test]
fn only_what_is_near_is_suggested() {
    let project =
        page("# Hello\n\n[x](guide/missing.md)\n\n![y](img/none.png)\n\n[z](integrations/)\n");
    project
        .write("content/guide/orphan.md", "# Orphan\n")
        .write("content/guide/index.md", "# Guide\n")
        .write("content/invision.md", "# Invision\n")
        .write("content/img/unused.png", b"");
    for (code, place, help) in found(&project) {
        assert!(!help.contains("did you mean"), "{code} {place}: {help}");
    }

    for (link, meant) in [
        ("guide/orphn.md", "guide/orphan.md"),
        ("giude/orphan.md", "guide/orphan.md"),
        ("Guide/Orphan.md", "guide/orphan.md"),
        ("other/orphan.md", "guide/orphan.md"),
        ("invison.md", "invision.md"),
    ] {
        project.write("content/index.md", format!("# Hello\n\n[x]({link})\n"));
        let help = &found(&project)[0].2;
        assert!(help.contains(&format!("`{meant}`")), "{link}: {help}");
    }

    project.write("content/index.md", "# Hello\n\n[x](other/index.md)\n");
    let help = &found(&project)[0].2;
    assert!(
        !help.contains("did you mean"),
        "every folder may have an index.md: {help}"
    );
}

#[test]
fn two_files_with_one_address_are_told_at_the_second() {
    let project = page("# Hello\n");
    project
        .write("content/a.md", "# A\n")
        .write("content/a.html", "<p>a</p>\n")
        .write("content/404.html", "<p>lost</p>\n")
        .write("docs/a.md", "# Other\n")
        .write(
            "site.yaml",
            "title: Small\nroots:\n  - { dir: content }\n  - { dir: docs }\n",
        );

    assert_eq!(
        places(&project),
        [
            (
                "page/collision".to_owned(),
                "content/404.html:1:1".to_owned()
            ),
            ("page/collision".to_owned(), "content/a.html:1:1".to_owned()),
            ("page/collision".to_owned(), "docs/a.md:1:1".to_owned()),
        ]
    );
}
