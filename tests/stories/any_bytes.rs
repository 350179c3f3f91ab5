//! Whatever bytes stand in the files, the program answers, and never with half a site.
//!
//! The files of this repository are mutated by a seeded generator: the same cases on every
//! machine, and a failing one is named by its number.

use crate::project::{Project, files_below};
use crate::writing;
use std::ops::RangeInclusive;
use std::path::Path;

/// How many mutated projects are built. Each takes a start of the program.
const CASES: RangeInclusive<u64> = 1..=30;

/// Those of the long tests.
const MORE_CASES: RangeInclusive<u64> = 31..=300;

/// How many mutations of a project with one full page are built.
const PAGES: u64 = 60;

/// A small generator of our own (xorshift64*), so that cases stay the same for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Pieces that hurt parsers: openers without an end, wide characters, control bytes.
const PIECES: [&[u8]; 32] = [
    b"---\n",
    b"${{",
    b"}}",
    b"[",
    b"]",
    b"{",
    b"}",
    b"|\n",
    b"```",
    b"\t",
    b"&a ",
    b"*a",
    b"!!x ",
    b"\"",
    b"'",
    b"::x{a=\"",
    b"\0",
    b"\xff\xfe",
    "é\u{301}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"\r",
    b"[^x]",
    b"<!--",
    b"- - - - -",
    b"\n:::\n",
    b"\n:::tabs\n",
    b"::tab{label=\"x\"}\n",
    b"::include{from=\"index.md\"}\n",
    b"$\\frac{",
    b"${{ vars.",
    b":data[",
    b"```sh {hl=\"1-9\" from=\"",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            2 if at < bytes.len() => bytes[at] = random.next() as u8,
            3 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let end = (at + random.below(200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

#[test]
fn mutated_projects_are_answered_without_a_panic_and_without_half_a_site() {
    all_answered(CASES);
}

#[test]
#[ignore = "long: hundreds of mutated projects"]
fn many_mutated_projects_are_answered_without_a_panic_and_without_half_a_site() {
    all_answered(MORE_CASES);
}

/// Mutates our own project once per case, and holds the answers to each.
fn all_answered(cases: RangeInclusive<u64>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut originals: Vec<(String, Vec<u8>)> = Vec::new();
    for folder in ["content", "docs", "runbooks"] {
        originals.extend(
            files_below(&here.join(folder))
                .into_iter()
                .map(|(name, bytes)| (format!("{folder}/{name}"), bytes)),
        );
    }
    originals.push((
        "site.yaml".to_owned(),
        std::fs::read(here.join("site.yaml")).expect("it is there"),
    ));
    let mut refused = 0;
    let count = cases.clone().count();
    for case in cases {
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ case);
        let project = Project::empty();
        let victim = match random.below(4) {
            0 => originals.len() - 1,
            _ => random.below(originals.len()),
        };
        for (index, (name, bytes)) in originals.iter().enumerate() {
            let mut bytes = bytes.clone();
            if index == victim {
                mutate(&mut bytes, &mut random);
            }
            project.write(name, bytes);
        }
        refused += usize::from(answered(&project, case, &originals[victim].0));
    }
    assert!(
        refused > count / 12 && refused < count * 3 / 4,
        "the mutations neither all hurt nor all pass: {refused} of {count} refused"
    );
}

#[test]
fn a_page_that_uses_everything_is_answered_whatever_happens_to_it() {
    let whole = writing::project();
    let originals = whole.files("");
    let page = originals
        .iter()
        .position(|(name, _)| name == "content/index.md");
    let page = page.expect("the project has a first page");
    for case in 1..=PAGES {
        let mut random = Random(0xD1B5_4A32_D192_ED03 ^ case);
        let project = Project::empty();
        let victim = match random.below(3) {
            0 => random.below(originals.len()),
            _ => page,
        };
        for (index, (name, bytes)) in originals.iter().enumerate() {
            let mut bytes = bytes.clone();
            if index == victim {
                mutate(&mut bytes, &mut random);
            }
            project.write(name, bytes);
        }
        answered(&project, case, &originals[victim].0);
    }
}

/// Builds and checks a project; whether the build was refused.
fn answered(project: &Project, case: u64, victim: &str) -> bool {
    let built = project.run(&["build"]);
    let checked = project.run(&["check"]);
    for ran in [&built, &checked] {
        assert!(
            matches!(ran.code, Some(0..=2)),
            "case {case}, {victim}: {ran:?}"
        );
        assert!(
            !ran.stderr.contains("panicked"),
            "case {case}, {victim}: {}",
            ran.stderr
        );
    }
    let whole =
        project.path("public/404.html").exists() && project.path("public/.runbook-files").exists();
    match built.code {
        Some(0) => assert!(whole, "case {case}, {victim}: success without a whole site"),
        _ => assert!(
            !project.path("public").exists(),
            "case {case}, {victim}: a refused build wrote something"
        ),
    }
    let left: Vec<_> = project
        .files("")
        .into_iter()
        .filter(|(name, _)| name.contains(".partial"))
        .collect();
    assert!(left.is_empty(), "case {case}, {victim}: {left:?}");
    built.code != Some(0)
}
