//! Holds the shape of the source: who may know whom, and that each file says what it is for.

use runbook::diag::codes;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the library from left to right, as in `docs/architecture.md`. A module may
/// use those behind it; those in one row are siblings and may not use each other.
const ROWS: [&[&str]; 10] = [
    &["cli"],
    &["serve"],
    &["runs"],
    &["driver"],
    &[
        "load", "parse", "resolve", "site", "check", "search", "exec", "release", "starter",
    ],
    &["model"],
    &["diag"],
    &["source"],
    &[
        "files",
        "git",
        "known_errors",
        "printable",
        "screen",
        "signatures",
        "times",
    ],
    &["properties"],
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("entries can be read").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The module of the library that a file of `src/` belongs to.
fn module(path: &Path) -> String {
    let below = path
        .strip_prefix(root().join("src"))
        .expect("a file of src");
    let first = below.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

#[test]
fn every_module_has_its_row() {
    for path in sources(&root().join("src")) {
        let module = module(&path);
        let known = ["main", "lib"].contains(&module.as_str()) || row(&module).is_some();
        assert!(
            known,
            "{module} is in no row of tests/tidy.rs and docs/architecture.md"
        );
    }
}

#[test]
fn arrows_go_right_and_never_sideways() {
    let mut arrows = 0;
    for path in sources(&root().join("src")) {
        let from = module(&path);
        let Some(own) = row(&from) else { continue };
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        for (_, rest) in text
            .match_indices("crate::")
            .map(|(at, found)| (at, &text[at + found.len()..]))
        {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            for to in used(&rest[..end], rest) {
                let Some(other) = row(&to) else { continue };
                arrows += 1;
                let fine = to == from || other > own;
                assert!(
                    fine,
                    "{} uses crate::{to}, which stands left of it or beside it",
                    path.display()
                );
            }
        }
    }
    assert!(arrows > 50, "the arrows were found: {arrows}");
}

/// The modules named after `crate::`, also in `crate::{a, b::c}`.
fn used(name: &str, rest: &str) -> Vec<String> {
    if !name.is_empty() {
        return vec![name.to_owned()];
    }
    let inner = rest
        .trim_start_matches('{')
        .split(';')
        .next()
        .unwrap_or_default();
    let names = inner
        .split(',')
        .filter_map(|part| part.trim().split("::").next());
    names
        .map(|name| name.trim_end_matches('}').trim().to_owned())
        .collect()
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let mut files = sources(&root().join("src"));
    files.extend(sources(&root().join("tests")));
    for path in files {
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        let header = text.lines().next().unwrap_or_default();
        assert!(
            header.starts_with("//! ") && header.len() > 12,
            "{} has no header",
            path.display()
        );
    }
}

#[test]
fn only_the_modules_at_the_edge_touch_the_world() {
    let edges = [
        "load", "site", "cli", "serve", "runs", "starter", "files", "git", "screen", "driver",
        "exec",
    ];
    for path in sources(&root().join("src")) {
        let (module, text) = (
            module(&path),
            fs::read_to_string(&path).expect("sources are UTF-8"),
        );
        if edges.contains(&module.as_str()) || ["main", "lib"].contains(&module.as_str()) {
            continue;
        }
        for world in [
            "std::fs",
            "std::env",
            "std::process",
            "SystemTime",
            "Instant::now",
            "println!",
            "eprintln!",
        ] {
            assert!(!text.contains(world), "{} uses {world}", path.display());
        }
    }
}

#[test]
fn one_file_asks_git() {
    let mut asks = Vec::new();
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        if text.contains("Command::new(\"git\")") {
            asks.push(module(&path));
        }
    }
    assert_eq!(asks, ["git"], "what git is asked goes through src/git.rs");
}

#[test]
fn one_file_of_the_site_escapes() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_it = path.ends_with("site/escape.rs");
        assert!(
            is_it || !text.contains("\"&lt;\""),
            "{} escapes by itself",
            path.display()
        );
    }
}

/// The verbs that the program declares.
fn verbs() -> Vec<String> {
    let source = fs::read_to_string(root().join("src/cli/mod.rs")).expect("it can be read");
    let (_, list) = source
        .split_once("\nenum Verb {\n")
        .expect("it declares the verbs");
    let lines = list.lines().take_while(|line| *line != "}");
    let verbs: Vec<String> = lines
        .filter_map(|line| Some(line.trim().split_once('(')?.0.to_lowercase()))
        .collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    verbs
}

#[test]
fn the_documents_name_every_module_and_verb() {
    let architecture = fs::read_to_string(root().join("docs/architecture.md"))
        .expect("docs/architecture.md is there");
    for name in ROWS.into_iter().flatten() {
        assert!(
            architecture.contains(&format!("`{name}")),
            "docs/architecture.md does not name `{name}`"
        );
    }
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md is there");
    for verb in verbs() {
        assert!(
            readme.contains(&format!("runbook {verb}")),
            "README.md does not name `runbook {verb}`"
        );
    }
}

#[test]
fn every_kind_of_finding_is_declared_in_the_registry_alone() {
    let families: BTreeSet<&str> = codes::ALL
        .iter()
        .filter_map(|code| Some(code.name.split_once('/')?.0))
        .collect();
    let is_code = |text: &str| {
        let is_rest = |rest: &str| {
            let fits = |b: u8| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit();
            !rest.is_empty() && rest.bytes().all(fits)
        };
        let is_rule = |number: &str| number.len() == 3 && number.parse::<u16>().is_ok();
        text.strip_prefix("RB").is_some_and(is_rule)
            || text
                .split_once('/')
                .is_some_and(|(family, rest)| families.contains(family) && is_rest(rest))
    };
    let names: BTreeSet<&str> = codes::ALL.iter().map(|code| code.name).collect();
    assert_eq!(names.len(), codes::ALL.len(), "each name stands once");
    assert!(names.iter().all(|name| is_code(name)));
    for path in sources(&root().join("src")) {
        if path.ends_with("diag/codes.rs") || path.ends_with("properties.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut quoted = text.split('"').skip(1).step_by(2);
        let outside = quoted.find(|quoted| is_code(quoted));
        assert_eq!(
            outside,
            None,
            "{} names a kind of finding as text",
            path.display()
        );
        let is_made = text.contains("&Code {") || text.contains("= Code {");
        assert!(
            !is_made,
            "{} makes a kind of finding of its own",
            path.display()
        );
    }
}

#[test]
fn the_documentation_shows_the_registry_of_findings() {
    let path = root().join("docs/diagnostics.md");
    let shown = fs::read_to_string(path).expect("docs/diagnostics.md is there");
    let mut sections: Vec<(&str, String)> = Vec::new();
    for code in codes::ALL {
        if sections
            .last()
            .is_none_or(|(name, _)| *name != code.section)
        {
            let head = "| Code | Level | Means | Do |\n| --- | --- | --- | --- |\n";
            sections.push((code.section, format!("## {}\n\n{head}", code.section)));
        }
        let (_, rows) = sections.last_mut().expect("one was added");
        let (name, level) = (code.name, code.severity.as_str());
        rows.push_str(&format!(
            "| `{name}` | {level} | {} | {} |\n",
            code.means, code.advice
        ));
    }
    assert_eq!(shown.matches("\n| `").count(), codes::ALL.len());
    for (_, section) in sections {
        assert!(
            shown.contains(&section),
            "docs/diagnostics.md has to say:\n\n{section}"
        );
    }
}

/// The theme's templates and scripts by their paths below `themes/default/`.
fn theme(extension: &str) -> Vec<(String, String)> {
    let folder = root().join("themes/default");
    let mut found = Vec::new();
    for below in [folder.join("templates"), folder] {
        for entry in fs::read_dir(&below).expect("the theme is there") {
            let path = entry.expect("entries can be read").path();
            if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).expect("the theme is UTF-8");
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

/// What is left of a text when everything from `open` to `close` is gone.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        out.push_str(before);
        out.push(' ');
        rest = after.split_once(close).map_or("", |(_, after)| after);
    }
    out + rest
}

#[test]
fn the_theme_says_nothing_that_is_not_in_its_file_of_words() {
    let templates = theme("html");
    assert!(templates.len() >= 6, "the templates were found");
    for (path, text) in templates {
        let html = without(&without(&text, "{{", "}}"), "{%", "%}");
        let shown = without(&html, "<", ">").replace("&amp;", "");
        let letters: String = shown.chars().filter(|c| c.is_alphabetic()).collect();
        assert_eq!(letters, "", "{path} shows words of its own");
        for name in ["aria-label", "title", "placeholder", "alt", "summary"] {
            for (_, rest) in html
                .match_indices(&format!(" {name}=\""))
                .map(|(at, found)| (at, &html[at + found.len()..]))
            {
                let value = rest.split('"').next().unwrap_or_default();
                assert!(
                    !value.contains(char::is_alphabetic),
                    "{path}: {name}=\"{value}\""
                );
            }
        }
    }
    let scripts = theme("js");
    assert!(scripts.len() >= 5, "the scripts were found");
    for (path, text) in scripts {
        let said = sentences(&text);
        assert!(
            said.is_empty(),
            "{path} says {said:?}: put it into strings.yaml"
        );
    }
}

/// The literals of a script that read like words for people: a capitalised word, or several
/// words with nothing between them but spaces.
fn sentences(script: &str) -> Vec<String> {
    const KNOWN: [&str; 5] = ["use strict", "runbook exec ", "Enter", "Escape", "Tab"];
    let code: Vec<&str> = script
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for quote in ['"', '`'] {
        for literal in code.split(quote).skip(1).step_by(2) {
            let plain = !literal.contains(|c: char| "=[]{}<>()/\\$#.:;&|\n".contains(c));
            let capital = literal.starts_with(char::is_uppercase)
                && literal.len() > 2
                && literal[1..].chars().all(|c| c.is_lowercase() || c == ' ');
            let several = literal
                .split(' ')
                .filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic))
                .count()
                > 1;
            if plain && (capital || several) && !KNOWN.contains(&literal) {
                found.push(literal.to_owned());
            }
        }
    }
    found
}

/// What the map names in code marks, and where it would have to be: a file or folder of `src/`, one of the
/// repository, or an item of a module, such as `driver::build`.
fn is_there(name: &str) -> bool {
    let path = name.trim_end_matches('/');
    let is_path = |path: &str| root().join("src").join(path).exists() || root().join(path).exists();
    match name.split_once("::") {
        Some((module, item)) => {
            let file = module.replace("::", "/");
            let item = item.rsplit("::").next().unwrap_or(item);
            let homes = [format!("{file}.rs"), format!("{file}/mod.rs"), file];
            homes.iter().any(|home| {
                let home = root().join("src").join(home);
                let files = if home.is_dir() {
                    sources(&home)
                } else {
                    vec![home]
                };
                let declares = |text: String| {
                    ["fn", "struct", "enum", "mod", "trait"]
                        .iter()
                        .any(|kind| text.contains(&format!("{kind} {item}")))
                };
                files
                    .iter()
                    .any(|file| fs::read_to_string(file).is_ok_and(declares))
            })
        }
        None => is_path(path),
    }
}

#[test]
fn each_path_of_the_map_exists() {
    let mut named = 0;
    for file in ["docs/architecture.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root().join(file)).expect("the map is there");
        let text = without(&text, "```", "```");
        for name in text.split('`').skip(1).step_by(2) {
            let is_place = !name.contains(' ')
                && (name.contains("::") || name.ends_with(".rs") || name.contains('/'))
                && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '.')
                && !name.starts_with("public/");
            if is_place {
                named += 1;
                assert!(is_there(name), "{file} names `{name}`, which is not there");
            }
        }
    }
    assert!(named > 60, "the places were found: {named}");
}

/// The rooms of `exec` from left to right, as its `mod.rs` draws them: each may use those behind it.
const ROOMS: [&[&str]; 11] = [
    &["crash"],
    &["rehearsal"],
    &["tell"],
    &["engine"],
    &["store"],
    &["process"],
    &["state"],
    &["record"],
    &["plan"],
    &["machine"],
    &["digest"],
];

#[test]
fn the_rooms_of_exec_use_those_behind_them() {
    let place = |room: &str| ROOMS.iter().position(|row| row.contains(&room));
    let folder = root().join("src/exec");
    let drawn = fs::read_to_string(folder.join("mod.rs")).expect("exec says what it is");
    let mut arrows = 0;
    for path in sources(&folder) {
        let below = path.strip_prefix(&folder).expect("a file of exec");
        let first = below.iter().next().expect("a name").to_string_lossy();
        let from = first.trim_end_matches(".rs");
        if from == "mod" {
            continue;
        }
        let own = place(from).unwrap_or_else(|| panic!("{from} is in no row of tests/tidy.rs"));
        assert!(drawn.contains(from), "src/exec/mod.rs does not draw {from}");
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        // Tests may make a run of their own.
        let is_test = ["tests.rs", "properties.rs"]
            .iter()
            .any(|name| path.ends_with(name));
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for to in code.split("crate::exec::").skip(1).filter(|_| !is_test) {
            assert!(!to.starts_with('{'), "{}: name each room", path.display());
            let end = to
                .find(|c: char| !c.is_ascii_lowercase())
                .unwrap_or(to.len());
            let Some(other) = place(&to[..end]) else {
                continue;
            };
            arrows += 1;
            let fine = from == &to[..end] || other > own;
            assert!(
                fine,
                "{} uses {}, which stands left of it",
                path.display(),
                &to[..end]
            );
        }
    }
    assert!(arrows > 150, "the arrows were found: {arrows}");
}

/// What changes runs or decides about them; `cli` and `serve` ask `runs` for it.
const OF_RUNS: [&str; 12] = [
    "store.drive(",
    ".drive_on(",
    ".drive_back(",
    "store.begin(",
    "store.remove(",
    ".change_plan(",
    "freeze::",
    "inbox::send",
    "answers::",
    "replan::compare(&",
    "state::next::next",
    "Command::new",
];

#[test]
fn what_can_be_wanted_of_runs_is_done_by_runs() {
    for face in ["cli", "serve"] {
        for path in sources(&root().join("src").join(face)) {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            for call in OF_RUNS {
                assert!(
                    !text.contains(call),
                    "{} does `{call}` itself",
                    path.display()
                );
            }
        }
    }
    let runs = sources(&root().join("src/runs"));
    let text = runs
        .iter()
        .map(|path| fs::read_to_string(path).expect("sources are UTF-8"));
    let text: String = text.collect();
    for call in [".drive_on(", "store.remove(", "inbox::send", "freeze::"] {
        assert!(
            text.contains(call),
            "nobody does `{call}`: this test looks for what is gone"
        );
    }
}

/// Names that this field does not use, and what the thing is called.
const RENAMED: [(&str, &str); 26] = [
    ("prospect", "preview"),
    ("taking_back", "undo"),
    ("told", "resume options"),
    ("manner", "drive options"),
    ("made", "generated pages"),
    ("made_page", "generated page"),
    ("by_hand", "run mode"),
    ("moment", "time argument, or timeline entry"),
    ("turn", "lock wait"),
    ("desk", "context"),
    ("painted", "highlight cache"),
    ("fact", "journal line"),
    ("known", "plan index"),
    ("scenery", "fakes"),
    ("stage", "sandbox"),
    ("passing", "fail points"),
    ("ladder", "escalation"),
    ("family", "process tree"),
    ("marks", "control files"),
    ("act", "dispatch"),
    ("attend", "waiting"),
    ("alive", "running attempts"),
    ("held", "lock guard"),
    ("driven", "locked run"),
    ("around", "render context"),
    ("here", "cursor"),
];

#[test]
fn what_was_renamed_does_not_come_back() {
    let mut back = Vec::new();
    for path in sources(&root().join("src")) {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.expect("a file of ours has a plain name");
        let source = fs::read_to_string(&path).expect("it can be read");
        let types = source.lines().filter_map(|line| {
            let (_, rest) = ["struct ", "enum ", "type "]
                .iter()
                .find_map(|word| line.split_once(word))?;
            let name = rest.split(|c: char| !c.is_alphanumeric()).next()?;
            line.trim_start()
                .starts_with(['p', 's', 'e', 't'])
                .then_some(name)
        });
        let types: BTreeSet<String> = types.map(snake).collect();
        let old = RENAMED.iter();
        let old = old.filter(|(old, _)| stem == *old || types.contains(*old));
        back.extend(old.map(|(old, new)| format!("{}: `{old}` is {new}", path.display())));
    }
    assert!(back.is_empty(), "{}", back.join("\n"));
}

/// `ByHand` as `by_hand`.
fn snake(name: &str) -> String {
    let mut found = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !found.is_empty() {
            found.push('_');
        }
        found.extend(c.to_lowercase());
    }
    found
}

/// Names of functions that say nothing where they stand alone, and that a search finds everywhere. A method of such
/// a name is read with its type.
const SAYS_NOTHING: [&str; 8] = [
    "of", "words", "said", "known", "there", "meant", "told", "so",
];

#[test]
fn free_functions_say_what_they_give() {
    let mut found = Vec::new();
    for path in sources(&root().join("src")) {
        let source = fs::read_to_string(&path).expect("it can be read");
        // What stands at the margin belongs to no type.
        let at_margin = source.lines().filter(|line| !line.starts_with(' '));
        let names = at_margin
            .filter(|line| line.contains("fn "))
            .filter_map(name_of);
        let names = names.filter(|name| SAYS_NOTHING.contains(name));
        found.extend(names.map(|name| format!("{}: `{name}`", path.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The name of the item that a line declares: a function, a type, a field or a variant.
fn name_of(line: &str) -> Option<&str> {
    const BEFORE_NAMES: [&str; 10] = [
        "pub", "async", "const", "enum", "fn", "mod", "static", "struct", "trait", "type",
    ];
    let line = line.trim_start();
    let line = match line.strip_prefix("pub(") {
        Some(behind) => behind.split_once(')')?.1,
        None => line,
    };
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find(|word| !word.is_empty() && !BEFORE_NAMES.contains(word))
}

/// Words of a comment that add nothing to a name.
const FILLERS: [&str; 17] = [
    "a", "all", "an", "and", "her", "his", "in", "is", "it", "its", "of", "one", "that", "the",
    "their", "this", "to",
];

/// Whether a comment of at most four words has none that its item's name does not have.
fn repeats(comment: &str, name: &str) -> bool {
    let name = snake(name);
    let parts: BTreeSet<&str> = name.split('_').map(singular).collect();
    let comment = comment.to_lowercase();
    let words = comment.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let mut telling = words.iter().filter(|word| !FILLERS.contains(word));
    words.len() <= 4 && !comment.contains('`') && telling.all(|word| parts.contains(singular(word)))
}

fn singular(word: &str) -> &str {
    word.trim_end_matches('s')
}

/// The comments of one line, with their numbers from 1, that only repeat the name of what stands under them.
fn repeating(source: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let is_comment = |line: &&str| line.starts_with("///");
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(comment) = line.strip_prefix("///") else {
            continue;
        };
        let is_first = at == 0 || !is_comment(&lines[at - 1]);
        let item = lines[at + 1..].iter().find(|line| !line.starts_with("#["));
        let item = item.filter(|item| is_first && !is_comment(item));
        let name = item.and_then(|item| name_of(item));
        if name.is_some_and(|name| repeats(comment, name)) {
            found.push((at + 1, *line));
        }
    }
    found
}

#[test]
fn comments_say_more_than_the_name() {
    for filler in [
        "/// Its outputs.\npub outputs: Vec<Field>,",
        "/// A code block.\n#[derive(Debug)]\npub struct CodeBlock {",
    ] {
        assert_eq!(repeating(filler).len(), 1, "{filler}");
    }
    for telling in [
        "/// Its id, unique in the plan.\nid: String,",
        "/// In seconds.\ndelay: u64,",
        "/// `*emphasis*`\nEmphasis,",
    ] {
        assert_eq!(repeating(telling), [], "{telling}");
    }
    let mut found = Vec::new();
    for path in sources(&root().join("src")) {
        // The docs of the command line are its help, beside the names that people type.
        if path.starts_with(root().join("src/cli")) {
            continue;
        }
        let source = fs::read_to_string(&path).expect("it can be read");
        let mut here = repeating(&source);
        // One that is still to be written: no more than this may stand there.
        if path.ends_with("exec/tell/preview/mod.rs") {
            here.retain(|(_, line)| *line != "/// The step.");
        }
        found.extend(
            here.iter()
                .map(|(at, line)| format!("{}:{at}: {line}", path.display())),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Words that nobody searches for, in whole words. What a run did is undone, an approval is given, outputs are
/// set, and what is broken is fixed.
const NOT_SAID: [&str; 16] = [
    "mend",
    "mends",
    "mended",
    "mending",
    "taken back",
    "take back",
    "takes back",
    "taking back",
    "the way back",
    "go on with",
    "hands on",
    "handed on",
    "says yes",
    "anew",
    "taken in",
    "takes in",
];

#[test]
fn nobody_reads_words_that_nobody_searches_for() {
    let mut said = Vec::new();
    for path in sources(&root().join("src")) {
        let source = fs::read_to_string(&path).expect("it can be read");
        // The docs of the command line are its help.
        let is_help = path.starts_with(root().join("src/cli"));
        let read = source.lines().enumerate().filter_map(|(at, line)| {
            let line = line.trim();
            let text = match line.strip_prefix("///") {
                Some(help) if is_help => help.to_owned(),
                Some(_) => return None,
                None if line.starts_with("//") => return None,
                None => line
                    .split('"')
                    .skip(1)
                    .step_by(2)
                    .collect::<Vec<_>>()
                    .join(" "),
            };
            Some((at, text))
        });
        said.extend(found(&path, read));
    }
    let words = root().join("themes/default/strings.yaml");
    let text = fs::read_to_string(&words).expect("it can be read");
    let read = text.lines().enumerate();
    said.extend(found(&words, read.map(|(at, line)| (at, line.to_owned()))));
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// The lines of a file with one of these words, each with its place.
fn found(path: &Path, lines: impl Iterator<Item = (usize, String)>) -> Vec<String> {
    let place = |at: usize| format!("{}:{}", path.display(), at + 1);
    let spoken = |text: &str| {
        let spaced: String = text
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || c == '_' {
                    c.to_ascii_lowercase()
                } else {
                    ' '
                }
            })
            .collect();
        format!(
            " {} ",
            spaced.split_whitespace().collect::<Vec<_>>().join(" ")
        )
    };
    let of_line = |(at, text): (usize, String)| {
        let text = spoken(&text);
        let word = NOT_SAID
            .iter()
            .find(|word| text.contains(&format!(" {word} ")))?;
        Some(format!("{}: `{word}`", place(at)))
    };
    lines.filter_map(of_line).collect()
}
