//! An author uses everything that pages can do.

use crate::project::Project;

/// A project whose first page uses every feature of the Markdown dialect.
pub(crate) fn project() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Guides\nvars:\n  node: 20.11.1\n")
        .write("content/data/metrics.yaml", "coverage: 90\n")
        .write("content/wide.png", png(640, 360))
        .write("content/low.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 30 20\"/>")
        .write("scripts/cut.sh", "#!/bin/sh\nset -eu\n# ANCHOR: cut\n  git switch -c fix\n# ANCHOR_END: cut\n")
        .write("parts/stop.md", "> [!CAUTION]\n> Stop if [the plan](../content/index.md#tabs) is unclear.\n")
        .write("themes/default/directives/contact.html", "{# who, on=\"weekdays\" #}\n<p class=\"contact\">Ask {{ who }} ({{ on }}).{{ content | safe }}</p>\n")
        .write("content/index.md", PAGE);
    project
}

const PAGE: &str = r#"# Everything

Node ${{ vars.node }} at https://nodejs.org/en. Coverage is :data[90 %]{path="metrics.coverage"}.
The mean is $\frac{T}{N}$.

![A wide picture](wide.png)

::include{from="../parts/stop.md"}

## Tabs

:::tabs{sync="system"}
::tab{label="Debian"}
Use `apt`.
::tab{label="Alpine"}
Use `apk`.
:::

:::details{title="Why two"}
Because of *musl*.
:::

::contact{who="Robin"}
:::contact{who="Kim" on="Sundays"}
Never **later**.
:::

## Code

```sh {#cut from="../scripts/cut.sh" anchor="cut"}
```

```js {title="greet.js" hl="2"}
function greet() {
  return "hello";
}
```

```diff
-old
+new
```

```console
root@pve:~# rm -rf <folder> \
  --one-file-system
removed
```

```mermaid
flowchart LR
  cut --> publish
```

## Lists

- [x] done
- [ ] to do

Term
: Its meaning.[^1]

| a | b |
| - | -: |
| ~~1~~ | 2 |

![A low picture](low.svg)

[^1]: A footnote.
"#;

/// A PNG of this size, as far as anybody reads who asks for its size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn everything_stands_on_the_page_its_copy_and_in_the_search() {
    let project = project();

    project.run(&["check", "--deny", "warnings"]).exits(0);
    project.run(&["build", "--deny", "warnings"]).exits(0);

    let html = project.read("public/index.html");
    for (part, why) in [
        (
            "Node 20.11.1 at <a href=\"https://nodejs.org/en\">",
            "a variable and a bare address",
        ),
        ("<span data-path=\"metrics.coverage\">90 %</span>", "data"),
        (
            "<math><mfrac><mi>T</mi><mi>N</mi></mfrac></math>",
            "a formula",
        ),
        (
            "alt=\"A wide picture\" width=\"640\" height=\"360\">",
            "a picture in sight, with its size",
        ),
        (
            "alt=\"A low picture\" width=\"30\" height=\"20\" loading=\"lazy\">",
            "a picture further down",
        ),
        (
            "<a href=\"#tabs\">the plan</a>",
            "a link of a part, by the path of the part",
        ),
        ("<div class=\"tabs\" data-sync=\"system\">", "tabs"),
        (
            "<p class=\"tab-label\">Alpine</p>\n<p>Use <code>apk</code>.</p>",
            "a tab with its label",
        ),
        (
            "<summary>Why two</summary>\n<p>Because of <em>musl</em>",
            "details",
        ),
        (
            "<p class=\"contact\">Ask Robin (weekdays).</p>",
            "a directive of the project",
        ),
        (
            "Ask Kim (Sundays).<p>Never <strong>later</strong>.</p>",
            "one around a text",
        ),
        (
            "id=\"cut\" data-lang=\"sh\"><figcaption>scripts/cut.sh</figcaption>",
            "code from a file",
        ),
        ("<span class=\"hl\">", "a marked line"),
        ("<span class=\"ins\">", "an added line"),
        (
            "<strong>Destructive</strong>",
            "an edge around what cannot be undone",
        ),
        ("<span class=\"p\">root@pve:~# </span>", "a prompt"),
        (
            "<var>&lt;folder&gt;</var> \\\n",
            "a placeholder, and the backslash behind it",
        ),
        ("<span class=\"o\">removed\n</span>", "an answer"),
        (
            "data-lang=\"mermaid\"><figcaption>mermaid</figcaption>",
            "the source of a diagram",
        ),
        ("flowchart LR", "the source of a diagram"),
        ("<dt>Term</dt>", "a definition list"),
        ("<td class=\"right\">2</td>", "a table"),
        ("<del>1</del>", "struck text"),
        ("id=\"fn-1\"", "a footnote"),
    ] {
        assert!(html.contains(part), "{why}: {part}\n{html}");
    }
    assert!(
        !html.contains("style=\""),
        "a strict host would refuse it: {html}"
    );

    let copy = project.read("public/index.md");
    for part in [
        "Node 20.11.1 at",
        "> [!CAUTION]\n> Stop if [the plan](#tabs)",
        "git switch -c fix",
    ] {
        assert!(copy.contains(part), "{part}\n{copy}");
    }
    for words in [
        "apk",
        "musl",
        "unclear",
        "Sundays later",
        "git switch",
        "flowchart",
    ] {
        let found = project.run(&["search", words]).exits(0);
        assert!(
            found.stdout.contains("Everything"),
            "{words}: {}",
            found.stdout
        );
    }
}

#[test]
fn a_fault_in_a_part_names_the_part_and_the_page() {
    let project = project();
    project.edit("parts/stop.md", "index.md#tabs", "index.md#tabz");

    let ran = project.run(&["check"]).exits(1);

    for place in [
        "parts/stop.md:2:",
        "content/index.md:8:",
        "is included here",
    ] {
        assert!(ran.stdout.contains(place), "{place}\n{}", ran.stdout);
    }
    assert!(
        ran.stdout.contains("did you mean `tabs`?"),
        "{}",
        ran.stdout
    );
}

#[test]
fn data_that_went_stale_is_shown_at_both_ends() {
    let project = project();
    project.edit("content/data/metrics.yaml", "90", "85");

    let ran = project.run(&["check"]).exits(1);

    for place in [
        "content/index.md:3:61",
        "content/data/metrics.yaml:1:11",
        "data/differs",
    ] {
        assert!(ran.stdout.contains(place), "{place}\n{}", ran.stdout);
    }
}

#[test]
fn arguments_of_directives_are_checked_where_they_stand() {
    for (written, place, help) in [
        ("::contact{whom=\"Robin\"}", "5:11", "did you mean `who`?"),
        ("::contact{}", "5:1", "write `{who=\"…\"}` behind it"),
        ("::contcat{who=\"Robin\"}", "5:1", "did you mean `contact`?"),
        (":::warning\nx\n:::", "5:1", "> [!WARNING]"),
        ("::details{title=\"x\"}", "5:1", "a line `:::` below"),
        ("::pages{under=\"nowhere\"}", "5:16", "name a folder"),
        (
            ":data[1]{path=\"metrics.covrage\"}",
            "5:16",
            "did you mean `metrics.coverage`?",
        ),
    ] {
        let project = project();
        project.write(
            "content/other.md",
            format!("---\norphan: true\n---\n\n{written}\n"),
        );
        let ran = project.run(&["check"]).exits(1);
        let place = format!("content/other.md:{place}");
        assert!(
            ran.stdout.contains(&place),
            "{written}: {place}\n{}",
            ran.stdout
        );
        assert!(
            ran.stdout.contains(help),
            "{written}: {help}\n{}",
            ran.stdout
        );
    }
}

#[test]
fn a_fault_in_the_template_of_a_directive_has_its_place() {
    let project = project();
    project.edit(
        "themes/default/directives/contact.html",
        "{{ on }}",
        "{{ no }}",
    );
    let ran = project.run(&["build"]).exits(1);
    let place = "themes/default/directives/contact.html:2:";
    assert!(ran.stderr.contains(place), "{}", ran.stderr);

    project.write("themes/default/directives/contact.html", "<p>Ask</p>\n");
    let ran = project.run(&["build"]).exits(1);
    assert!(ran.stderr.contains("directive/template"), "{}", ran.stderr);
}

#[test]
fn only_files_of_the_project_are_taken_in() {
    let outside = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(outside.path(), "secret").expect("it can be written");
    let project = project();
    project.write(".env", "TOKEN=secret\n");
    std::os::unix::fs::symlink(outside.path(), project.path("content/link.txt"))
        .expect("links can be made");
    for from in [
        "../.env",
        "link.txt",
        "../../x",
        "/etc/hostname",
        "../content",
    ] {
        project.write(
            "content/other.md",
            format!("```text {{from=\"{from}\"}}\n```\n"),
        );
        let ran = project.run(&["build", "--keep-going"]).exits(1);
        assert!(ran.stderr.contains("include/"), "{from}: {}", ran.stderr);
        assert!(
            !project.read("public/other.html").contains("secret"),
            "{from}"
        );
    }
}

#[test]
fn a_project_may_bring_a_script_that_draws_diagrams() {
    let project = project();
    project
        .write(
            "content/plain.md",
            "# Plain\n\nNo `data-lang=\"mermaid\"` here.\n",
        )
        .write("themes/default/diagrams.js", "// draws\n");

    project.run(&["build"]).exits(0);

    assert!(
        project
            .read("public/index.html")
            .contains("<script src=\"assets/diagrams-")
    );
    assert!(!project.read("public/plain.html").contains("diagrams-"));
}

#[test]
fn hostile_text_never_becomes_markup() {
    let hostile = "<script>alert(1)</script>";
    let quote = "x' onmouseover='alert(1)";
    for page in [
        format!(":::tabs{{sync=\"{quote}\"}}\n::tab{{label=\"{hostile}\"}}\n{hostile}\n:::"),
        format!(":::details{{title=\"{hostile}\"}}\n{hostile}\n:::"),
        format!("::contact{{who=\"{hostile}\" on=\"{quote}\"}}"),
        format!(":data[{hostile}]{{path=\"{hostile}\"}}"),
        format!("```sh {{#{quote} title=\"{hostile}\" hl=\"1\"}}\n{hostile} <x>\n```"),
        format!("```mermaid\n{hostile}\n```"),
        format!("```{hostile}\nx\n```"),
        format!("```text {{from=\"../{hostile}\"}}\n```"),
        format!("::include{{from=\"../{hostile}\"}}"),
        format!("$\\text{{{hostile}}}$ and $$\\href{{javascript:x}}{{y}}$$"),
        format!("![{hostile}](wide.png \"{hostile}\")"),
        "https://a.example/\"onmouseover=\"alert(1)".to_owned(),
        "[x](javascript:alert(1)) and javascript:alert(1)".to_owned(),
        "${{ vars.evil }}".to_owned(),
        format!("::include{{from=\"../parts/evil.md\"}}\n\n# {hostile} {{#{quote}}}"),
    ] {
        let project = project();
        project
            .write("content/other.md", &page)
            .write(
                "parts/evil.md",
                format!("{hostile}\n\n```sh\n{hostile}\n```\n"),
            )
            .write(&format!("{}.txt", "parts/plain"), hostile)
            .edit(
                "site.yaml",
                "vars:\n",
                &format!("vars:\n  evil: \"{hostile}\"\n"),
            );
        let ran = project.run(&["build", "--keep-going"]);
        assert!(matches!(ran.code, Some(0 | 1)), "{page}: {ran:?}");
        let html = project.read("public/other.html");
        let lower = html.to_lowercase();
        assert!(!lower.contains("<script>"), "{page}\n{html}");
        assert!(!lower.contains("href=\"javascript"), "{page}\n{html}");
        let tags = html
            .split('<')
            .skip(1)
            .filter_map(|rest| rest.split_once('>'));
        for (tag, _) in tags {
            let quoted = tag.split('"').step_by(2).collect::<String>();
            assert!(!quoted.contains("onmouseover"), "{page}\n{tag}");
        }
        assert!(
            html.trim_end().ends_with("</html>"),
            "{page}: the page is whole"
        );
    }
}
