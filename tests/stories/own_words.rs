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

/// Every text of the theme as `⟨section⟩` with its places, so that a word which is not one of them is
/// seen.
fn another_language() -> String {
    let built_in = include_str!("../../themes/default/strings.yaml");
    let mut out = String::new();
    let mut section = "";
    for line in built_in.lines().filter(|line| !line.starts_with('#')) {
        match line
            .strip_prefix("  ")
            .and_then(|line| line.split_once(": "))
        {
            None => {
                section = line.trim_end_matches(':');
                out += &format!("{line}\n");
            }
            Some(("lang", _)) => out += "  lang: el\n",
            Some((key, text)) => {
                let places: String = text
                    .split('{')
                    .skip(1)
                    .filter_map(|rest| rest.split_once('}'))
                    .map(|(place, _)| format!(" {{{place}}}"))
                    .collect();
                out += &format!("  {key}: \"⟨{section}⟩{places}\"\n");
            }
        }
    }
    out
}

/// What a reader sees or is told of a page: its texts and labels, without code and places in angles.
fn told(page: &str) -> String {
    let labels = ["aria-label=\"", "alt=\"", "title=\"", "placeholder=\""];
    let mut text = String::new();
    for label in labels {
        for rest in page.split(label).skip(1) {
            text += &format!("{} ", rest.split('"').next().unwrap_or_default());
        }
    }
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text += before;
        let (inside, after) = tag.split_once('>').expect("tags are closed");
        let name = inside.split([' ', '\n']).next().unwrap_or_default();
        let whole = ["pre", "code", "script", "style", "math"].contains(&name);
        let end = format!("</{name}>");
        rest = match whole {
            true => after.split_once(&end).map_or(after, |(_, after)| after),
            false => after,
        };
        text += " ";
    }
    let mut seen = String::new();
    for (at, part) in text.split('⟨').enumerate() {
        seen += if at == 0 {
            part
        } else {
            part.split_once('⟩').map_or(part, |(_, rest)| rest)
        };
    }
    seen
}

const GREEK: &str = "---
title: Αλφα
owner: archi
reviewed: 2026-11-01
review_by: 2027-01-01
tags: [ετικετα]
---
# Αλφα

> [!WARNING]
> Βητα.

- [x] γαμα
- [ ] δελτα

| α | β |
| - | - |
| 1 | 2 |

## Επομενο

Εψιλον[^1] και [λεξη](data/terms.yaml#lexi).

[^1]: Ζητα.

```sh
rm -rf /
```

::pages{under=\"guides\"}

::runbooks{}

::roles{}

::approvals{}
";

const GREEK_BOOK: &str = "runbook: 1
id: kappa
version: 1.0.0
title: Καπα
owner: archi
reviewed: 2026-11-01
risk: low
severity: μεγαλη
symptoms: [συμπτωμα]
fixes: Λαμδα.
stop_if: Μι.
escalate: archi
tags: [ετικετα]
budget: { expect: 35m }
params:
  onoma: { type: string, ask: Ονομα }
roles:
  enas: { any_of: [archi, alli], not: [initiator] }
steps:
  - id: ena
    title: Ενα
    run: date
    verify: { run: date, absent: [1] }
    undo: { run: date }
  - { id: dyo, title: Δυο, approve: { role: enas, text: Ναι, expires: 5m } }
  - { id: tria, title: Τρια, manual: { text: Χι }, role: archi, skip: { role: alli, reason: required } }
";

/// Names that the project gives.
const NAMES: [&str; 9] = [
    "kappa", "enas", "lexi", "archi", "alli", "onoma", "ena", "dyo", "tria",
];
/// Words of the files themselves, and of the command line, which are the same in every language.
const KEYS: [&str; 9] = [
    "h", "m", "min", "low", "home", "runbook", "string", "exec", "sh",
];

#[test]
fn every_word_of_a_page_can_be_said_in_another_language() {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Σελιδα\n")
        .write("themes/default/strings.yaml", another_language())
        .write("content/index.md", GREEK)
        .write("content/guides/index.md", "# Ωμεγα\n\n[Αλφα](../index.md)\n")
        .write("runbooks/kappa.yaml", GREEK_BOOK)
        .write(
            "content/data/terms.yaml",
            "terms:\n  lexi: { term: Λεξη, short: Πι, aliases: [Ρο] }\n",
        )
        .write(
            "content/data/roles.yaml",
            "roles:\n  archi: { title: Αρχη, decides: Ολα, deputy: alli }\n  alli: { title: Αλλη }\n",
        )
        .write(
            "content/data/approvals.yaml",
            "matrix:\n  μικρη: { requires: { archi: [Χι, Ξι] }, archi: { need: required, within: 2h, focus: Φι }, alli: { need: if, when: Ψι } }\n",
        );

    project.run(&["build"]).exits(0);

    let pages = project.files("public");
    let pages: Vec<_> = pages
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .collect();
    assert!(pages.len() >= 9, "{} pages", pages.len());
    let mut found = Vec::new();
    for (path, bytes) in pages {
        let told = told(std::str::from_utf8(bytes).expect("pages are UTF-8"));
        let words = told.split(|c: char| !c.is_ascii_alphabetic());
        found.extend(
            words
                .filter(|word| !word.is_empty() && !NAMES.contains(word) && !KEYS.contains(word))
                .map(|word| format!("{path}: {word}")),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
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
