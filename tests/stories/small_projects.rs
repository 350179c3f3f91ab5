//! Somebody begins with almost nothing.

use crate::project::Project;

#[test]
fn a_title_and_one_page_are_a_site() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n\nWords.\n");

    project.run(&["check"]).exits(0);
    let built = project.run(&["build"]).exits(0);

    assert!(
        built.stdout.contains("1 page and 0 runbooks in"),
        "{}",
        built.stdout
    );
    let page = project.read("public/index.html");
    assert!(page.contains("<title>Hello · Small</title>"), "{page}");
    assert_eq!(
        page.matches("<h1").count(),
        1,
        "the heading is shown once: {page}"
    );
    assert_eq!(project.read("public/index.md"), "# Hello\n\nWords.\n");
}

#[test]
fn a_folder_without_a_project_says_what_to_do() {
    let project = Project::empty();

    let ran = project.run(&["build"]).exits(2);

    assert!(ran.stderr.contains("no site.yaml"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("title:"),
        "the next step is named: {}",
        ran.stderr
    );
}

#[test]
fn a_misspelt_verb_is_met_with_the_right_one() {
    let ran = Project::empty().run(&["biuld"]).exits(2);

    assert!(ran.stderr.contains("'build'"), "{}", ran.stderr);
}

#[test]
fn an_unchanged_site_is_not_written_again() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n");
    project.run(&["build"]).exits(0);
    let before = std::fs::metadata(project.path("public/index.html")).expect("it was built");

    let again = project.run(&["build"]).exits(0);

    assert!(again.stdout.contains("0 written"), "{}", again.stdout);
    let after = std::fs::metadata(project.path("public/index.html")).expect("it is there");
    assert_eq!(
        before.modified().expect("a time"),
        after.modified().expect("a time")
    );
}

#[test]
fn files_that_are_not_ours_stay_and_stale_ones_go() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n")
        .write("content/sub/old.md", "# Old\n");
    project.run(&["build"]).exits(0);
    assert!(project.path("public/search/in/sub.html").exists());
    project
        .write("public/CNAME", "docs.example.org\n")
        .write("public/sub/mine.txt", "mine\n");
    std::fs::remove_file(project.path("content/sub/old.md")).expect("it can be removed");

    let built = project.run(&["build"]).exits(0);

    // The page, its Markdown, the list of its folder, and the part of the index that had its words.
    assert!(built.stdout.contains("4 removed"), "{}", built.stdout);
    assert!(!project.path("public/search/in/sub.html").exists());
    assert!(!project.path("public/sub/old.html").exists());
    assert!(!project.path("public/sub/old.md").exists());
    assert_eq!(project.read("public/CNAME"), "docs.example.org\n");
    assert_eq!(project.read("public/sub/mine.txt"), "mine\n");
}

#[test]
fn a_single_file_of_the_theme_can_be_replaced() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n")
        .write("themes/default/style.css", "body { color: red }\n");

    project.run(&["build"]).exits(0);

    let styles: Vec<_> = project
        .files("public/assets")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".css"))
        .collect();
    assert_eq!(styles.len(), 1);
    assert_eq!(styles[0].1, b"body { color: red }\n");
}

#[test]
fn a_broken_template_is_a_finding_with_its_place() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n")
        .write(
            "themes/default/templates/page.html",
            "{% extends \"base.html\" %}\n{% block main %}{{ nothing.here }}{% endblock main %}\n",
        );

    let ran = project.run(&["build"]).exits(1);

    assert!(
        ran.stderr.contains("themes/default/templates/page.html:2:"),
        "{}",
        ran.stderr
    );
    assert!(!project.path("public").exists(), "nothing is half-written");
}

#[test]
fn the_site_is_never_written_over_its_sources() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n");

    for out in ["content", "content/site", "."] {
        let ran = project.run(&["build", "--out", out]).exits(2);
        assert!(ran.stderr.contains("own files"), "{out}: {}", ran.stderr);
    }
    assert_eq!(project.read("content/index.md"), "# Hello\n");
}
