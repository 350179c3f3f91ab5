//! Input that would never end, or end the program: it is bounded, and its author is told where.

use crate::project::{Project, Ran};
use serde_json::Value;
use std::process::Command;

/// The findings of `check` for a small project with one more file.
fn findings(path: &str, text: &str) -> Vec<Value> {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Small\n")
        .write("content/index.md", "# Hello\n")
        .write(path, text);
    project.findings()
}

#[test]
fn a_block_that_its_grammar_never_ends_is_shown_plain_and_said() {
    let project = Project::empty();
    project.write("site.yaml", "title: Small\n").write(
        "content/index.md",
        "# Hello\n\n```javascript\nx /* <b>\n```\n",
    );
    let built = project.run(&["build"]).exits(0);
    assert!(
        built.stderr.contains("code/uncoloured") && built.stderr.contains("content/index.md:3:1"),
        "{}",
        built.stderr
    );
    let page = project.read("public/index.html");
    assert!(page.contains("<code>x /* &lt;b&gt;\n</code>"), "{page}");
}

#[test]
fn blocks_and_commands_with_a_line_of_a_megabyte_are_shown_plain_and_said() {
    let long = "<a> ".repeat(1 << 18);
    let page = format!("# Hello\n\n```console\n$ echo {long}\n```\n\n```rust\n// {long}\n```\n");
    let found = findings("content/index.md", &page);
    assert_eq!(found.len(), 2, "{found:?}");
    for (finding, line) in found.iter().zip([3, 7]) {
        assert_eq!(finding["code"], "code/uncoloured");
        assert_eq!(finding["line"], line);
        assert!(
            finding["help"]
                .as_str()
                .is_some_and(|help| help.contains("text"))
        );
    }
    let book = format!(
        "runbook: 1\nid: long\ntitle: Long\nversion: 1.0.0\nsteps:\n  - id: a\n    title: A\n    run: \"echo {long}\"\n    effect: read\n"
    );
    let found = findings("runbooks/long.yaml", &book);
    assert!(
        found
            .iter()
            .any(|finding| finding["code"] == "code/uncoloured" && finding["line"] == 8),
        "{:?}",
        found
            .iter()
            .map(|finding| &finding["message"])
            .collect::<Vec<_>>()
    );
}

/// How deep everything is nested, once each.
const DEPTHS: [usize; 4] = [1, 30, 1_300, 100_000];

/// Runs the program with stacks that are as small as those of a server's threads: 1 MiB for each thread.
fn on_small_stacks(project: &Project, arguments: &str) -> Ran {
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_runbook");
    let line = format!("ulimit -s 1024 && exec \"$0\" {arguments}");
    shell.args(["-c", &line, program]);
    shell
        .current_dir(project.path(""))
        .env("RUST_MIN_STACK", "1048576");
    Ran::of(&shell.output().expect("sh starts"))
}

/// What `check` finds on small stacks.
fn check_on_small_stacks(project: &Project) -> Vec<Value> {
    let ran = on_small_stacks(project, "check --json");
    assert!(
        matches!(ran.code, Some(0 | 1)),
        "{:?}: {}",
        ran.code,
        ran.stderr
    );
    let report = ran.data();
    report["findings"].as_array().expect("a list").clone()
}

/// The codes of what was found in a file; each has its place, an excerpt and the next step.
fn codes<'f>(found: &'f [Value], file: &str) -> Vec<&'f str> {
    let here = found.iter().filter(|finding| finding["file"] == file);
    let code = |finding: &'f Value| {
        for key in ["excerpt", "help"] {
            assert!(
                finding[key].as_str().is_some_and(|text| !text.is_empty()),
                "{finding}"
            );
        }
        for key in ["line", "column"] {
            assert!(
                finding[key].as_u64().is_some_and(|number| number > 0),
                "{finding}"
            );
        }
        finding["code"].as_str().expect("a code")
    };
    here.map(code).collect()
}

/// What may stand in itself in a page: a name, what opens it, what is inside, what closes it, and
/// the finding when it is far too deep, if it means anything then.
const PAGES: [(&str, &str, &str, &str, &str); 31] = [
    ("frac", "\\frac{", "a", "}{b}", "math/syntax"),
    ("sqrt", "\\sqrt[", "a", "]{b}", "math/syntax"),
    ("left", "\\left(", "a", "\\right)", "math/syntax"),
    ("script", "a^{", "a", "}", "math/syntax"),
    (
        "matrix",
        "\\begin{matrix}",
        "a",
        "\\end{matrix}",
        "math/syntax",
    ),
    ("hat", "\\hat", " a", "", "math/syntax"),
    ("colour", "\\color{red}", " a", "", "math/syntax"),
    ("style", "\\displaystyle ", "a", "", "math/syntax"),
    ("group", "a{", "a", "}", "math/syntax"),
    ("quote", "> ", "a", "", "markdown/nested"),
    ("list", "- ", "a", "", "markdown/nested"),
    ("numbers", "1. ", "a", "", "markdown/nested"),
    ("both", "> - ", "a", "", "markdown/nested"),
    ("emphasis", "*a ", "b", "*", "markdown/nested"),
    ("strong", "**a ", "b", " b**", "markdown/nested"),
    ("strike", "~~a ", "b", " b~~", ""),
    ("links", "[", "a", "](index.md)", ""),
    ("images", "![", "a", "](a.png)", "link/missing-image"),
    ("brackets", "[", "", "]", ""),
    ("parentheses", "[a](", "index.md", ")", ""),
    ("notes", "[^a]: ", "a", "", ""),
    ("noted", "[^", "a", "]", ""),
    ("cells", "|a", "|\n|-|\n|", "a|", ""),
    ("meaning", "a\n: ", "b", "", ""),
    ("ticks", "`", "a", "`", ""),
    ("html", "<b>", "a", "</b>", "markdown/html"),
    (
        "details",
        ":::details{title=\"a\"}\n\n",
        "a\n\n",
        ":::\n\n",
        "markdown/nested",
    ),
    ("tabs", ":::tabs\n", "a", "", "directive/open"),
    ("shut", "", "a\n", "\n:::\n", "directive/open"),
    ("values", "${{ ", "a", " }}", ""),
    ("fence", "> ```\n", "a", "", ""),
];

#[test]
fn nothing_that_stands_in_itself_in_a_page_overflows_a_stack() {
    for depth in DEPTHS {
        let project = Project::empty();
        project.write("site.yaml", "title: Deep\n");
        for (name, open, inside, close, code) in PAGES {
            // These are as many findings.
            let many = ["markdown/html", "directive/open"].contains(&code);
            let depth = if many { depth.min(2_000) } else { depth };
            let nested = open.repeat(depth) + inside + &close.repeat(depth);
            let shown = match code {
                "math/syntax" => format!("$${nested}$$"),
                _ => nested,
            };
            project.write(
                &format!("content/{name}.md"),
                format!("# Deep\n\n{shown}\n"),
            );
        }
        let found = check_on_small_stacks(&project);
        for (name, _, _, _, code) in PAGES {
            let codes = codes(&found, &format!("content/{name}.md"));
            assert!(
                depth < 20_000 || code.is_empty() || codes.contains(&code),
                "{depth} {name}: {codes:?}"
            );
            let mine = ["math/syntax", "markdown/nested"];
            let early = codes.iter().find(|code| mine.contains(code));
            assert!(depth > 30 || early.is_none(), "{depth} {name}: {early:?}");
        }
    }
}

#[test]
fn nothing_that_stands_in_itself_in_yaml_overflows_a_stack() {
    let book = |key: &str, value: &str| {
        format!(
            "runbook: 1\nid: deep\nversion: 1.0.0\ntitle: Deep\nowner: dev\nfixes: x\n{key}: {value}\n"
        )
    };
    let step = |key: &str, value: &str| {
        let value = serde_json::to_string(value).expect("a text");
        book(
            "steps",
            &format!("\n  - {{ id: a, title: A, run: \"true\", effect: read, {key}: {value} }}"),
        )
    };
    for depth in DEPTHS {
        let nest = |open: &str, inside: &str, close: &str| {
            open.repeat(depth) + inside + &close.repeat(depth)
        };
        let groups = nest(
            "{ id: a, title: A, parallel: { max: 2 }, steps: [",
            "{ id: z, title: Z, run: \"true\", effect: read }",
            "] }",
        );
        let pattern = |pattern: &str| {
            let pattern = serde_json::to_string(pattern).expect("a text");
            book(
                "params",
                &format!("{{ a: {{ type: string, pattern: {pattern} }} }}"),
            )
        };
        let files = [
            (
                "content/data/lists.yaml",
                format!("a: {}\n", nest("[", "", "]")),
            ),
            (
                "content/data/maps.yaml",
                format!("a: {}\n", nest("{a: ", "b", "}")),
            ),
            (
                "content/data/open.yaml",
                format!("a: {}\n", nest("[", "", "")),
            ),
            (
                "content/data/dashes.yaml",
                format!("a:\n {}\n", nest("- ", "b", "")),
            ),
            (
                "content/data/keys.yaml",
                format!("{}\n", nest("? ", "b", "")),
            ),
            (
                "content/front.md",
                format!("---\ntags: {}\n---\n# A\n", nest("[", "", "]")),
            ),
            (
                "runbooks/params.yaml",
                book("params", &nest("{a: ", "1", "}")),
            ),
            (
                "runbooks/groups.yaml",
                book("steps", &format!("[{groups}]")),
            ),
            (
                "runbooks/round.yaml",
                step("when", &nest("(", "params.a == 1", ")")),
            ),
            ("runbooks/nots.yaml", step("when", &nest("!", "true", ""))),
            (
                "runbooks/ands.yaml",
                step("when", &nest("true && ", "true", "")),
            ),
            ("runbooks/lesses.yaml", step("when", &nest("1 < ", "1", ""))),
            ("runbooks/half.yaml", step("when", &nest("(", "", ""))),
            (
                "runbooks/holes.yaml",
                step("confirm", &nest("${{ ", "a", " }}")),
            ),
            ("runbooks/pattern.yaml", pattern(&nest("(", "a", ")*"))),
            ("runbooks/class.yaml", pattern(&nest("[", "a", "]"))),
            ("runbooks/either.yaml", pattern(&nest("(a|", "a", ")"))),
            (
                "runbooks/deep.test.yaml",
                format!("test: 1\ncases: {}\n", nest("[", "", "]")),
            ),
        ];
        let project = Project::empty();
        project
            .write("site.yaml", "title: Deep\n")
            .write("content/index.md", "# Deep\n");
        for (file, text) in &files {
            project.write(file, text);
        }
        let found = check_on_small_stacks(&project);
        for (file, _) in &files {
            let codes = codes(&found, file);
            assert!(
                depth < 20_000 || !codes.is_empty() || file.starts_with("content/data/"),
                "{depth} {file}"
            );
        }
    }
}

#[test]
fn files_that_take_each_other_in_are_bounded() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Deep\n")
        .write("content/index.md", "# Deep\n\n::include{from=\"p0.md\"}\n");
    for part in 0..30 {
        let next = format!("::include{{from=\"p{}.md\"}}\n\n", part + 1);
        project.write(
            &format!("content/p{part}.md"),
            format!("# P\n\n{}", next.repeat(2)),
        );
    }
    project.write("content/p30.md", "# P\n");
    let found = check_on_small_stacks(&project);
    for code in ["include/cycle", "include/too-much"] {
        assert!(
            found.iter().any(|finding| finding["code"] == code),
            "{code}"
        );
    }
}

/// What the template of a directive may do without end, or deeper than any stack.
fn templates(depth: usize) -> Vec<(&'static str, String)> {
    let nest =
        |open: &str, inside: &str, close: &str| open.repeat(depth) + inside + &close.repeat(depth);
    vec![
        ("if", nest("{% if true %}", "a", "{% endif %}")),
        (
            "elif",
            format!(
                "{{% if false %}}a{}{{% endif %}}",
                nest("{% elif false %}a", "", "")
            ),
        ),
        ("for", nest("{% for a in [1] %}", "a", "{% endfor %}")),
        ("filter", nest("{% filter upper %}", "a", "{% endfilter %}")),
        ("round", format!("{{{{ {} }}}}", nest("(", "1", ")"))),
        ("list", format!("{{{{ {} }}}}", nest("[", "1", "]"))),
        ("not", format!("{{{{ {}true }}}}", nest("not ", "", ""))),
        ("plus", format!("{{{{ 1{} }}}}", nest(" + 1", "", ""))),
        (
            "and",
            format!("{{{{ true{} }}}}", nest(" and true", "", "")),
        ),
        (
            "pipe",
            format!("{{{{ words{} }}}}", nest(" | upper", "", "")),
        ),
        ("dot", format!("{{{{ words{} }}}}", nest(".a", "", ""))),
        ("index", format!("{{{{ {} }}}}", nest("words[", "1", "]"))),
        (
            "call",
            format!("{{{{ {} }}}}", nest("range(end=", "1", ")")),
        ),
    ]
}

#[test]
fn no_template_overflows_a_stack() {
    for depth in [300, 1_300, 100_000] {
        for (name, template) in templates(depth) {
            let found = of_template(&template);
            assert!(!found.is_empty(), "{depth} {name}");
            assert_eq!(found[0]["code"], "theme/template", "{depth} {name}");
        }
    }
}

/// What is found in a project with one directive of its own.
fn of_template(template: &str) -> Vec<Value> {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Deep\n")
        .write("content/index.md", "# Deep\n\n::mine\n")
        .write(
            "themes/default/directives/mine.html",
            format!("{{# #}}\n{template}\n"),
        );
    check_on_small_stacks(&project)
}

#[test]
fn a_template_that_would_not_end_is_a_finding_at_its_place() {
    for template in [
        "{% for a in range(end=30000) %}{% for b in range(end=30000) %}{% endfor %}{% endfor %}",
        "{% set_global x = \"twice and twice again\" %}{% for a in range(end=99) %}{% set_global x = x ~ x %}{% endfor %}",
        "{% for a in range(end=90000) %}{% for b in range(end=90000) %}{{ words | upper }}{% endfor %}{% endfor %}",
    ] {
        let found = of_template(template);
        assert_eq!(found.len(), 1, "{found:?}");
        let message = found[0]["message"].as_str().expect("a message");
        assert!(message.contains("more steps"), "{message}");
        assert_eq!(found[0]["file"], "themes/default/directives/mine.html");
        assert_eq!(found[0]["line"], 2);
    }
}

#[test]
fn a_text_that_is_too_large_is_a_finding_and_left_out() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Large\n")
        .write("content/index.md", "# Large\n");
    let large = [
        "content/a.md",
        "content/data/b.yaml",
        "runbooks/c.yaml",
        "themes/default/style.css",
        "content/copied.bin",
    ];
    for path in large {
        project.write(path, "");
        let file = std::fs::File::options()
            .write(true)
            .open(project.path(path));
        let file = file.expect("it was written");
        file.set_len((64 << 20) + 1).expect("it can be long");
    }
    let found = check_on_small_stacks(&project);
    let told: Vec<_> = found.iter().map(|finding| &finding["file"]).collect();
    assert_eq!(
        told,
        large[..4],
        "what is only copied may be large: {found:?}"
    );
    for finding in &found {
        assert_eq!(finding["code"], "file/too-large");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains("64 MiB"), "{message}");
    }
}

/// A text of a mebibyte, one of 16 KiB and one of many lines, with the names `long`, `short` and `lines`, made in few
/// steps. It has two lines.
const TEXTS: &str = "{% set_global long = \"16 letters here.\" %}\
    {% for a in range(end=16) %}{% set_global long = long ~ long %}{% if a == 9 %}{% set_global short = long %}{% endif %}{% endfor %}\
    {% set_global lines = long | replace(from=\"e\", to=\"\n\") %}";

#[test]
fn a_template_that_makes_too_long_a_text_is_a_finding_at_its_place() {
    for template in [
        "{% set x = long | replace(from=\"e\", to=long) %}",
        "{{ long | replace(from=\"\", to=short) }}",
        "{% set x = [short, short] %}{{ range(end=99999) | join(sep=long) }}",
        "{{ [long for a in range(end=9999)] | join }}",
        "{{ [long for a in range(end=9999)] }}",
        "{{ [long for a in range(end=9999)] | str }}",
        "{% set x = [long for a in range(end=9999)] ~ \"\" %}",
        "{% set x = lines | indent(width=999, blank=true) %}",
        "{{ (long ~ long ~ long ~ long) | split(pat=\"\") | length }}",
        "{% for a in range(end=99999) %}{{ long | safe }}{% endfor %}",
        "{% filter upper %}{% for a in range(end=99999) %}{{ long | safe }}{% endfor %}{% endfilter %}",
        "{% set x = [1] %}{% for a in range(end=99) %}{% set_global x = [...x, ...x] %}{% endfor %}",
    ] {
        let found = of_template(&format!("{TEXTS}\n{template}"));
        assert_eq!(found.len(), 1, "{template}: {found:?}");
        let message = found[0]["message"].as_str().expect("a message");
        assert!(message.contains("64 MiB"), "{template}: {message}");
        assert!(message.len() < 500, "{template}: {} bytes", message.len());
        assert_eq!(found[0]["file"], "themes/default/directives/mine.html");
        assert_eq!(found[0]["line"], 4, "{template}");
    }
}

#[test]
fn a_template_with_values_in_values_is_a_finding_at_its_place() {
    for (template, told) in [
        (
            "{% set_global x = [1] %}{% for a in range(end=99999) %}{% set_global x = [x] %}{% endfor %}",
            "values in values",
        ),
        (
            "{% set_global x = [1] %}{% for a in range(end=99999) %}{% set_global x = {\"a\": x} %}{% endfor %}{{ x }}",
            "values in values",
        ),
        (
            "{% set_global x = [1] %}{% for a in range(end=60) %}{% set_global x = [x, x] %}{% endfor %}{% if x == [x, x] %}{% endif %}",
            "more steps",
        ),
        (
            "{% set x = [a for a in range(end=99999)] %}{% set y = [a for a in range(end=99999)] %}\
             {% for a in range(end=99999) %}{% if x == y or x in [y] %}{% endif %}{% set z = [x, y] | unique %}{% endfor %}",
            "more steps",
        ),
    ] {
        let found = of_template(template);
        assert_eq!(found.len(), 1, "{template}: {found:?}");
        let message = found[0]["message"].as_str().expect("a message");
        assert!(message.contains(told), "{template}: {message}");
        assert_eq!(found[0]["file"], "themes/default/directives/mine.html");
        assert_eq!(found[0]["line"], 2, "{template}");
    }
}

#[test]
fn a_template_may_make_long_texts_and_tell_of_them_in_short() {
    let template = format!(
        "{TEXTS}\n{{{{ short | replace(from=\"e\", to=\"<b>\") | upper | length }}}}{{{{ [long, short] | join(sep=lines) | length }}}}"
    );
    assert_eq!(of_template(&template), Vec::<Value>::new());
    let found = of_template(&format!("{TEXTS}\n{{{{ long | int }}}}"));
    let message = found[0]["message"].as_str().expect("a message");
    assert!(message.len() < 2_000, "{} bytes", message.len());
}

#[test]
fn runbooks_that_call_each_other_are_bounded() {
    for times in [1, 2] {
        let project = Project::empty();
        project
            .write("site.yaml", "title: Deep\n")
            .write("content/index.md", "# Deep\n");
        for book in 0..300 {
            let calls: String = (0..times)
                .map(|at| {
                    format!(
                        "  - {{ id: a{at}, title: A, call: {{ runbook: r{}, version: ^1 }} }}\n",
                        book + 1
                    )
                })
                .collect();
            let steps = if book == 299 {
                "  - { id: a, title: A, check: { run: \"true\" } }\n"
            } else {
                &calls
            };
            project.write(
                &format!("runbooks/r{book}.yaml"),
                format!("runbook: 1\nid: r{book}\nversion: 1.0.0\ntitle: R\nowner: dev\nfixes: x\nsteps:\n{steps}"),
            );
        }
        let found = check_on_small_stacks(&project);
        let codes = ["runbook/nested", "runbook/too-long"];
        let bounds = found
            .iter()
            .filter(|finding| codes.iter().any(|code| finding["code"] == *code));
        assert!((1..=2).contains(&bounds.count()), "{found:?}");
        let planned = on_small_stacks(&project, "plan r0 --target .");
        assert_eq!(planned.code, Some(3), "{}", planned.stderr);
    }
}
