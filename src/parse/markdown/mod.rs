//! Markdown to [`Prose`]: one walk over `pulldown-cmark`'s events.
//!
//! The dialect is CommonMark with the forges' additions: tables, task lists, footnotes,
//! strikethrough, bare addresses, alerts, explicit heading ids, definition lists and formulas.
//! A line of its own that reads `::name{…}` is a directive, `:::name{…}` to `:::` one around a
//! text, and `:name[words]{…}` one inside a line. HTML is text here, but for comments and `<br>`.

mod attributes;
mod autolinks;
mod containers;
mod excerpts;
mod fences;
mod footnotes;
pub(crate) mod includes;
mod math;
mod other_syntax;
mod raw_html;
mod references;
mod rules;
mod shield;
pub(crate) mod slug;
mod variables;
mod walk;
mod words;

use crate::diag::Diagnostics;
use crate::model::config::Config;
use crate::model::prose::Prose;
use crate::parse::places::Places;
use crate::source::{SourceId, Sources};
use pulldown_cmark::Options;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

pub(crate) use includes::body_of;

/// What a page may draw on besides its own text.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// The texts of the project.
    pub sources: &'s Sources,
    /// The files that pages may take in, by their paths below the project.
    pub files: &'s BTreeMap<String, SourceId>,
    /// Site variables.
    pub vars: &'s BTreeMap<String, String>,
    /// The site's name.
    pub site: &'s str,
    /// Keys of front matter that other tools read.
    pub allowed: &'s [String],
    /// Whether `$…$` is a formula. In the small texts of a runbook `${{ … }}` stands for a value.
    math: bool,
}

impl<'s> Surroundings<'s> {
    /// What the pages of a project may draw on.
    pub fn new(
        sources: &'s Sources,
        files: &'s BTreeMap<String, SourceId>,
        vars: &'s BTreeMap<String, String>,
    ) -> Self {
        Self {
            sources,
            files,
            vars,
            site: "",
            allowed: &[],
            math: true,
        }
    }

    /// The same with the settings of a site.
    #[must_use]
    pub fn of_site(self, config: &'s Config) -> Self {
        Self {
            site: &config.title,
            allowed: &config.front_matter,
            ..self
        }
    }
}

/// Parses the body of a page: the text of `source` in `range`, a file at `path`.
pub(crate) fn parse_page(
    source: SourceId,
    path: &str,
    range: Range<usize>,
    around: &Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Prose {
    let text = &around.sources.get(source).text()[range.clone()];
    let replaced = variables::replace(text, (source, range.start), around.vars, diagnostics);
    let here = walk::Cursor {
        text: Rc::from(&*replaced.text),
        places: Rc::new(replaced.places),
        path: Rc::from(path),
        part: 0,
    };
    let mut prose = walked(here, around, diagnostics);
    prose.expansions.extend(replaced.expansions);
    prose
}

/// Parses a text that draws on nothing else; `places` leads its offsets back to the file.
pub(crate) fn parse(text: &str, places: &Places, diagnostics: &mut Diagnostics) -> Prose {
    let around = Surroundings {
        sources: &Sources::default(),
        files: &BTreeMap::new(),
        vars: &BTreeMap::new(),
        site: "",
        allowed: &[],
        math: false,
    };
    let here = walk::Cursor {
        text: Rc::from(text),
        places: Rc::new(places.clone()),
        path: Rc::from(""),
        part: 0,
    };
    walked(here, &around, diagnostics)
}

fn walked(here: walk::Cursor, around: &Surroundings<'_>, diagnostics: &mut Diagnostics) -> Prose {
    let mut walk = walk::Walk::new(around, here);
    walk.read();
    let (prose, found) = walk.finish();
    diagnostics.append(found);
    prose
}

fn dialect(around: &Surroundings<'_>) -> Options {
    let text = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST;
    match around.math {
        true => text | Options::ENABLE_MATH,
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::prose::{Element, Token};

    const TEXTS: [(&str, &str); 6] = [
        (
            "content/part.md",
            "---\norder: 1\n---\n## Part\n\n[n](next.md) and ${{ vars.v }}\n\n<!-- ANCHOR: a -->\nOnly *this*.\n<!-- ANCHOR_END: a -->\n",
        ),
        ("content/bad.md", "words [^x]\n"),
        ("content/loop.md", "::include{from=\"loop.md\"}\n"),
        ("content/deep.md", "::include{from=\"bad.md\"}\n"),
        (
            "scripts/a.sh",
            "#!/bin/sh\n# ANCHOR: it\necho hello\n# ANCHOR_END: it\n",
        ),
        ("scripts/b.sh", "one\ntwo\n"),
    ];

    /// A page `content/t.md` beside [`TEXTS`], and the findings with what they point at.
    fn read(text: &str) -> (Prose, Vec<(&'static str, String)>) {
        let (prose, sources, diagnostics) = page(text);
        let found = diagnostics
            .iter()
            .map(|d| (d.code.name, sources.slice(d.span).to_owned()))
            .collect();
        (prose, found)
    }

    fn page(text: &str) -> (Prose, Sources, Diagnostics) {
        let mut sources = Sources::default();
        let id = sources.add("content/t.md", text.to_owned());
        let add =
            |(path, text): (&str, &str)| (path.to_owned(), sources.add(path, text.to_owned()));
        let mut files: BTreeMap<String, SourceId> = TEXTS.into_iter().map(add).collect();
        files.insert("content/t.md".to_owned(), id);
        let vars = BTreeMap::from([("v".to_owned(), "1.2.3".to_owned())]);
        let around = Surroundings::new(&sources, &files, &vars);
        let mut diagnostics = Diagnostics::default();
        let prose = parse_page(id, "content/t.md", 0..text.len(), &around, &mut diagnostics);
        (prose, sources, diagnostics)
    }

    /// The tokens of a text in a short form: elements and words.
    fn outline(prose: &Prose) -> String {
        let short = |token: &Token| match token {
            Token::Open(Element::Container(index)) => {
                format!("<{} ", prose.directives[*index].name)
            }
            Token::Open(_) => "<".to_owned(),
            Token::Close => ">".to_owned(),
            Token::Text(words) => words.to_string(),
            Token::Directive(index) => format!("[{}]", prose.directives[*index].name),
            Token::CodeBlock(index) => format!("`{}`", prose.code[*index].text.trim_end()),
            Token::SoftBreak => " ".to_owned(),
            Token::Rule => "---".to_owned(),
            _ => "?".to_owned(),
        };
        prose.tokens.iter().map(short).collect()
    }

    #[test]
    fn faults_are_reported_at_their_place() {
        for (text, code, place) in [
            ("[a][nowhere]", "link/undefined-reference", "[a][nowhere]"),
            ("é see [^9]", "link/undefined-footnote", "[^9]"),
            ("x\n\n[^a]: b", "link/unused-footnote", "[^a]: b"),
            ("# A {#x}\n\n# B {#x}", "heading/duplicate-id", "# B {#x}"),
            ("# A {#x}\n\n```sh {#x}\n```", "heading/duplicate-id", "x"),
            ("a <script>b", "markdown/html", "<script>"),
            ("[here](b.md)", "link/vague-text", "b.md"),
            ("![](b.png)", "image/alt", "b.png"),
            // directives
            ("::pages{under=x}", "directive/syntax", "::pages{under=x}"),
            ("::: tip", "directive/open", "::: tip"),
            (":::tip text\n:::", "directive/syntax", ":::tip text"),
            (
                ":::tabs\n::tab{label=\"a\"}\nb",
                "directive/open",
                ":::tabs",
            ),
            (
                "- a\n  :::details{title=\"a\"}\n  b",
                "directive/open",
                ":::details{title=\"a\"}",
            ),
            ("b\n:::", "directive/open", ":::"),
            (":::tabs\n:::", "directive/empty", ":::tabs"),
            (
                ":::tabs\nb\n::tab{label=\"a\"}\n:::",
                "directive/misplaced",
                "::tab{label=\"a\"}",
            ),
            (
                "::tab{label=\"a\"}",
                "directive/misplaced",
                "::tab{label=\"a\"}",
            ),
            (":data[1]{path=x}", "directive/syntax", ":data[1]{path=x}"),
            ("- ::pages{}", "directive/not-alone", "::pages{}"),
            // fences
            ("```sh {#a titel=\"b\"}\n```", "code/attributes", "titel"),
            ("```sh {title=b}\n```", "code/attributes", "{title=b}"),
            ("```sh {hl=\"2\"}\na\n```", "code/lines", "2"),
            ("```sh {hl=\"a\"}\na\n```", "code/lines", "a"),
            ("```sh {lines=\"1\"}\na\n```", "code/attributes", "lines"),
            // includes
            ("```sh {from=\"no.sh\"}\n```", "include/missing", "no.sh"),
            (
                "```sh {from=\"../../x\"}\n```",
                "include/outside",
                "../../x",
            ),
            (
                "```sh {from=\"../scripts/b.sh\" lines=\"2-3\"}\n```",
                "include/lines",
                "2-3",
            ),
            (
                "```sh {from=\"../scripts/a.sh\" anchor=\"is\"}\n```",
                "include/anchor",
                "is",
            ),
            (
                "```sh {from=\"../scripts/b.sh\"}\nthree\n```",
                "include/differs",
                "../scripts/b.sh",
            ),
            ("::include{}", "directive/argument", "::include{}"),
            (
                "::include{from=\"part.md\" line=\"1\"}",
                "directive/argument",
                "line",
            ),
            ("::include{from=\"t.md\"}", "include/cycle", "t.md"),
            ("::include{from=\"loop.md\"}", "include/cycle", "loop.md"),
            (
                "::include{from=\"bad.md\"}",
                "link/undefined-footnote",
                "[^x]",
            ),
            // formulas and variables
            ("x $a \\frob$", "math/syntax", "\\frob"),
            ("$$\n\\frac{a}\n$$", "math/syntax", "$$\n\\frac{a}\n$$"),
            ("${{ vars.w }}", "var/unknown", "${{ vars.w }}"),
            ("é ${{ vars.v }} [^9]", "link/undefined-footnote", "[^9]"),
        ] {
            assert_eq!(read(text).1, [(code, place.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_fault_is_none() {
        for text in [
            "[a] and [!x]",
            "`[^9]`",
            "- [ ] a\n- [x] b",
            "<!-- note -->",
            "a<br>b",
            "costs $5 and $6, or 5$",
            "`$HOME/$USER` and $HOME or $PATH",
            "::std::move",
            "```sh {from=\"../scripts/b.sh\"}\none\ntwo\n```", // the same, for readers on a forge
            "${{ secrets.TOKEN }}${{ vars.TOKEN }}",
            "[here is the plan](b.md)",
        ] {
            assert_eq!(read(text).1, [], "{text}");
        }
    }

    #[test]
    fn directives_need_no_empty_lines_and_stay_in_their_element() {
        for (text, expected) in [
            ("a\n::pages{}\nb", "<a>[pages]<b>"),
            ("term\n::pages{}", "<term>[pages]"), // no definition
            (
                ":::details{title=\"t\"}\na\n\n- b\n:::\nc",
                "<details <a><<b>>><c>",
            ),
            (
                "- a\n  :::details{title=\"t\"}\n  b\n  :::\n- c",
                "<<a<details b>><c>>",
            ),
            (
                ":::tabs\n::tab{label=\"x\"}\na\n:::details{title=\"t\"}\nb\n:::\n::tab{label=\"y\"}\nc\n:::",
                "<tabs <tab <a><details <b>>><tab <c>>>",
            ),
            ("> ::pages{}", "<[pages]>"),
            ("| a |\n| - |\n| b |\n::pages{}", "<<<a>><<b>>>[pages]"),
            ("```md\n::nor{}\n***\n```\n\n***", "`::nor{}\n***`---"),
            (
                "not ::here{} :data[1 %]{path=\"a.b\"}!",
                "<not ::here{} [data]!>",
            ),
        ] {
            assert_eq!(outline(&read(text).0), expected, "{text}");
        }
    }

    #[test]
    fn links_know_where_their_target_was_written() {
        let (prose, _) = read("see [x](a/b.md#c \"t\") and ![p](p.png), www.a.example.");
        let got: Vec<_> = prose
            .links
            .iter()
            .map(|l| (l.destination.as_str(), l.span.start, l.image))
            .collect();
        let expected = [
            ("a/b.md#c", 8, false),
            ("p.png", 31, true),
            ("http://www.a.example", 39, false),
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn a_part_becomes_the_page_and_keeps_its_own_places() {
        let (prose, sources, found) = page("# Part\n\n::include{from=\"part.md\"}\n\nend\n");
        assert!(found.is_empty(), "{found:?}");
        let ids: Vec<&str> = prose
            .headings
            .iter()
            .map(|heading| heading.id.as_str())
            .collect();
        assert_eq!(ids, ["part", "part-1"], "anchors of both are one");
        let link = &prose.links[0];
        assert_eq!(sources.get(link.span.source).path(), "content/part.md");
        assert_eq!(sources.slice(link.span), "next.md");
        assert!(outline(&prose).contains("and 1.2.3"), "{}", outline(&prose));

        let (prose, ..) = page("::include{from=\"part.md\" anchor=\"a\"}");
        assert_eq!(outline(&prose), "<Only <this>.>");
    }

    #[test]
    fn a_fault_in_a_part_names_the_whole_chain() {
        let (_, sources, found) = page("a\n\n::include{from=\"deep.md\"}\n");
        let found = found.iter().next().expect("one finding");
        let chain: Vec<_> = found
            .related
            .iter()
            .map(|(span, _)| (sources.get(span.source).path(), sources.slice(*span)))
            .collect();
        assert_eq!(sources.get(found.span.source).path(), "content/bad.md");
        assert_eq!(
            chain,
            [
                ("content/deep.md", "::include{from=\"bad.md\"}"),
                ("content/t.md", "::include{from=\"deep.md\"}"),
            ]
        );
    }

    #[test]
    fn code_comes_from_files_by_lines_and_anchors() {
        for (fence, title, expected) in [
            ("{from=\"../scripts/b.sh\"}", "scripts/b.sh", "one\ntwo\n"),
            (
                "{from=\"../scripts/b.sh\" lines=\"2\" title=\"x\"}",
                "x",
                "two\n",
            ),
            (
                "{from=\"../scripts/a.sh\" anchor=\"it\"}",
                "scripts/a.sh",
                "echo hello\n",
            ),
        ] {
            let (prose, found) = read(&format!("```sh {fence}\n```\n"));
            assert_eq!(found, []);
            let block = &prose.code[0];
            assert_eq!(
                (block.title.as_deref(), block.text.as_str()),
                (Some(title), expected)
            );
        }
    }
}
