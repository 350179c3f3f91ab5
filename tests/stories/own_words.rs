//! A team wants the theme to speak its own language.

use crate::project::Project;

fn small() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n\nWords.\n");
    project
}

#[test]
fn own_words_take_the_place_of_the_built_in_ones_in_pages_and_scripts() {
    let project = small();
    project.write(
        "themes/default/strings.yaml",
        "page: { lang: de, skip: Zum Text }\nsite:\n  copied: \"Kopiert </script>\"\n",
    );

    project.run(&["build"]).exits(0);

    let page = project.read("public/index.html");
    assert!(page.contains("<html lang=\"de\">"), "{page}");
    assert!(page.contains(">Zum Text</a>"), "{page}");
    assert!(page.contains(">Search</span>"), "the others stay: {page}");
    let scripts: Vec<String> = project
        .files("public/assets")
        .into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes).expect("scripts are UTF-8"))
        .collect();
    assert!(
        scripts
            .iter()
            .any(|script| script.contains("\"copied\":\"Kopiert </script>\"")),
        "the script has the word"
    );
    assert!(scripts.iter().all(|script| !script.contains("$WORDS")));
}

#[test]
fn a_word_that_is_not_there_and_a_place_that_is_lost_are_findings_with_the_way_out() {
    let project = small();
    project.write(
        "themes/default/strings.yaml",
        "page:\n  skpi: Zum Text\nsite:\n  fill: Erst ausfuellen\nnothing:\n  here: x\nrun: no\n",
    );

    let ran = project.run(&["build"]).exits(1);

    for expected in [
        "strings.yaml:2:3",
        "did you mean `skip`?",
        "strings.yaml:4:9",
        "keep `{names}` in the text",
        "the theme has no words `nothing`",
        "strings.yaml:7:6",
    ] {
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
    }
}
