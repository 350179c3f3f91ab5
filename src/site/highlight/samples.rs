//! Code of every language, as somebody writes it: whole it has its colours, and cut off or spoilt it
//! ends within its steps.
//!
//! The samples are in `tests/fixtures/code/`. A line `@@@@ LANGUAGE` stands before each; languages
//! whose text is the same share one, with `; ` between them.

use super::properties::{Random, given_up};
use super::*;
use std::collections::{BTreeMap, BTreeSet};

const FILES: [&str; 6] = [
    include_str!("../../../tests/fixtures/code/build.txt"),
    include_str!("../../../tests/fixtures/code/data.txt"),
    include_str!("../../../tests/fixtures/code/markup.txt"),
    include_str!("../../../tests/fixtures/code/programs.txt"),
    include_str!("../../../tests/fixtures/code/tools.txt"),
    include_str!("../../../tests/fixtures/code/web.txt"),
];

const MARK: &str = "@@@@ ";

/// The language in which nothing has a colour; a part of other grammars, which is hidden, may have none.
const COLOURLESS: &str = "Plain Text";

/// What closes something in many languages.
const CLOSERS: [&str; 16] = [
    "\"", "'", "`", "*/", "-->", "}", ")", "]", ">", "end", "END", "EOF", "%>", "?>", "$", "|",
];

/// What opens something in many languages.
const OPENERS: [&str; 16] = [
    "\"", "'", "`", "/*", "<!--", "{", "(", "[", "<", "begin", "if", "<<", "<%", "<?", "$", "|",
];

/// The sample of each language.
fn samples() -> BTreeMap<&'static str, &'static str> {
    let mut found = BTreeMap::new();
    for file in FILES {
        let mut rest = file.strip_prefix(MARK);
        while let Some(entry) = rest {
            let (names, code) = entry.split_once('\n').expect("a sample has a first line");
            let (code, next) = match code.find(&format!("\n{MARK}")) {
                Some(end) => (&code[..=end], code[end + 1..].strip_prefix(MARK)),
                None => (code, None),
            };
            for name in names.split("; ") {
                assert_eq!(found.insert(name, code), None, "{name} has two samples");
            }
            rest = next;
        }
    }
    found
}

/// Each language with its sample.
fn languages() -> impl Iterator<Item = (&'static SyntaxReference, &'static str)> {
    let samples = samples();
    let sample = move |syntax: &'static SyntaxReference| {
        let code = samples.get(&*syntax.name).copied();
        (syntax, code.expect("every language has a sample"))
    };
    SYNTAXES.syntaxes().iter().map(sample)
}

/// The code in colours; an error says why it has none.
fn colours(syntax: &SyntaxReference, code: &str) -> Result<String, Plain> {
    coloured(&syntax.name, code, Layout::Whole, Some(syntax)).map(|pieces| pieces.concat())
}

/// The code with one thing wrong, or a few.
fn spoilt(code: &str, random: &mut Random) -> String {
    let mut code = code.to_owned();
    for _ in 0..=random.below(4) {
        match random.below(4) {
            0 => replaced(&mut code, &CLOSERS, random, ""),
            1 => doubled(&mut code, random),
            2 => swapped(&mut code, random),
            _ => cut(&mut code, random),
        }
    }
    code
}

/// Another text in the place of one that is one of `wanted`, if one of them is there.
fn replaced(code: &mut String, wanted: &[&str], random: &mut Random, by: &str) {
    let places = |wanted: &&str| {
        let length = wanted.len();
        let places = code.match_indices(*wanted).map(move |(at, _)| (at, length));
        places.collect::<Vec<_>>()
    };
    let places: Vec<_> = wanted.iter().flat_map(places).collect();
    if let Some(&(at, length)) = places.get(random.below(places.len())) {
        code.replace_range(at..at + length, by);
    }
}

fn doubled(code: &mut String, random: &mut Random) {
    let opener = OPENERS[random.below(OPENERS.len())];
    let times = [2, 2, 2, 30][random.below(4)];
    replaced(code, &[opener], random, &opener.repeat(times));
}

fn swapped(code: &mut String, random: &mut Random) {
    let mut lines: Vec<&str> = code.split_inclusive('\n').collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    if !lines.is_empty() {
        lines.swap(one, other);
    }
    *code = lines.concat();
}

fn cut(code: &mut String, random: &mut Random) {
    let at = random.below(code.len() + 1);
    code.truncate(code.floor_char_boundary(at));
}

/// Every sample cut off at each `step`th byte and at each line's end, and spoilt so many times; how
/// many texts there were, and how many of them were given up.
fn unfinished(step: usize, spoils: usize) -> (usize, usize) {
    let (mut tried, mut up) = (0, 0);
    for (syntax, code) in languages() {
        let ends = code.match_indices('\n').flat_map(|(at, _)| [at, at + 1]);
        let bytes = (0..code.len()).step_by(step).chain(ends);
        let places: BTreeSet<_> = bytes.map(|at| code.floor_char_boundary(at)).collect();
        let mut codes: Vec<String> = places.iter().map(|at| code[..*at].to_owned()).collect();
        let mut random = Random::of(syntax);
        codes.extend((0..spoils).map(|_| spoilt(code, &mut random)));
        let given: Vec<_> = codes.iter().filter(|code| given_up(syntax, code)).collect();
        if !given.is_empty() {
            let name = &syntax.name;
            println!("{name}: {} of {} given up", given.len(), codes.len());
        }
        tried += codes.len();
        up += given.len();
    }
    (tried, up)
}

#[test]
fn every_language_has_a_sample_and_every_sample_a_language() {
    let samples = samples();
    let languages = SYNTAXES.syntaxes().iter().map(|syntax| &*syntax.name);
    let languages: BTreeSet<_> = languages.collect();
    let without: Vec<_> = languages
        .iter()
        .filter(|name| !samples.contains_key(*name))
        .collect();
    assert!(without.is_empty(), "no sample of {without:?}");
    let unknown: Vec<_> = samples
        .keys()
        .filter(|name| !languages.contains(*name))
        .collect();
    assert!(unknown.is_empty(), "no language is called {unknown:?}");
}

#[test]
fn every_sample_has_its_colours() {
    let mut wrong = Vec::new();
    for (syntax, code) in languages() {
        let name = &*syntax.name;
        match colours(syntax, code) {
            Err(why) => wrong.push(format!("{name}: {why:?}")),
            Ok(html) if !syntax.hidden && html.contains("<span") == (name == COLOURLESS) => {
                wrong.push(format!("{name}: {html}"));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_ends_when_it_is_cut_off_or_spoilt() {
    let (tried, up) = unfinished(200, 2);
    assert!(tried > 3_000, "{tried}");
    assert!(up < tried / 100, "{up} of {tried} were given up");
}

#[test]
#[ignore = "long: code of some 200 languages, cut off at every other byte and spoilt in hundreds of ways"]
fn every_sample_ends_wherever_it_is_cut_off_and_however_it_is_spoilt() {
    let (tried, up) = unfinished(2, 300);
    println!("{up} of {tried} texts were given up");
    assert!(tried > 100_000, "{tried}");
    assert!(up < tried / 100, "{up} of {tried} were given up");
}

#[test]
#[ignore = "long: 32 KiB of code of each of some 200 languages"]
fn every_long_code_has_its_colours() {
    for (syntax, code) in languages() {
        let long = code.repeat((32 << 10) / code.len() + 1);
        let shown = colours(syntax, &long);
        assert_eq!(shown.err(), None, "{}", syntax.name);
    }
}
