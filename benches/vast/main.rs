//! Times `check` on input of which there is very much: thousands of findings in a file or in a line,
//! of placeholders, links, steps and footnotes.
//!
//! Each is timed with so much and with twice as much. Twice as much has to take about twice as long,
//! and no longer than its bound; what takes next to no time is not compared. Processor time is
//! measured and of some rounds the fastest counts, because others use the machine too.

#[path = "../parts/mod.rs"]
#[allow(dead_code, reason = "benches of runs use the rest")]
mod parts;

use parts::Result;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

/// How often each is timed.
const ROUNDS: usize = 5;
/// How many times as long twice as much may take.
const GROWTH: f64 = 2.6;
/// How long twice as much may take, in seconds.
const LONGEST: f64 = 2.0;
/// Times below this are the start of the program.
const NOTHING: f64 = 0.05;

/// An input: its name, how much of it there is, and the text of its file for so much.
type Input = (&'static str, usize, &'static str, fn(usize) -> String);

const INPUTS: [Input; 16] = [
    ("findings in one file", 20_000, "content/a.md", |n| {
        format!("# A\n\n{}", "${{ vars.none }}\n".repeat(n))
    }),
    ("findings in one line", 20_000, "content/a.md", |n| {
        format!("# A\n\n{}\n", "${{ vars.none }} ".repeat(n))
    }),
    ("a key given again", 20_000, "runbooks/a.yaml", |n| {
        format!("{BOOK}{STEP}{}", "x-a: 1\n".repeat(n))
    }),
    ("keys that mean nothing", 20_000, "runbooks/a.yaml", |n| {
        let key = |at| format!("    k{at}: 1\n");
        format!(
            "{BOOK}  - id: a\n    title: A\n    check: {{ run: date }}\n{}",
            (0..n).map(key).collect::<String>()
        )
    }),
    ("commas in a value", 40_000, "runbooks/a.yaml", |n| {
        let part = |at| format!(", b{at}");
        let parts: String = (0..n).map(part).collect();
        format!("{BOOK}  - {{ id: a, title: A{parts}, check: {{ run: date }} }}\n")
    }),
    (
        "signs that nothing closes",
        200_000,
        "runbooks/a.yaml",
        |n| {
            format!(
                "{BOOK}  - id: a\n    title: A\n    check:\n      run: |\n        echo {}\n",
                "${ ".repeat(n)
            )
        },
    ),
    ("placeholders in one line", 1_000_000, "content/a.md", |n| {
        format!("# A\n\n```console\n$ {}\n```\n", "<name> ".repeat(n))
    }),
    ("placeholders in lines", 20_000, "content/a.md", |n| {
        format!("# A\n\n```console\n{}```\n", "$ echo <name>\n".repeat(n))
    }),
    ("links to one definition", 50_000, "content/a.md", |n| {
        format!("# A\n\n{}\n\n[u]: /u\n", "[a][u] ".repeat(n))
    }),
    ("links that lead nowhere", 20_000, "content/a.md", |n| {
        format!("# A\n\n{}\n", "[a](/u) ".repeat(n))
    }),
    ("places that are not there", 5_000, "content/a.md", |n| {
        let heading = |at| format!("## Heading {at}\n\n[a](#haeding-{at})\n\n");
        format!("# A\n\n{}", (0..n).map(heading).collect::<String>())
    }),
    ("places that are there", 10_000, "content/a.md", |n| {
        let heading = |at| format!("## Heading {at}\n\n[a](#heading-{at})\n\n");
        format!("# A\n\n{}", (0..n).map(heading).collect::<String>())
    }),
    ("pages that are not there", 20_000, "content/a.md", |n| {
        let link = |at| format!("[a](pgae-{at}.md) [b](/deep/page-{at}.html)\n");
        format!("# A\n\n{}", (0..n).map(link).collect::<String>())
    }),
    ("footnotes", 20_000, "content/a.md", |n| {
        let note = |at| format!("a[^{at}]\n\n[^{at}]: b\n\n");
        format!("# A\n\n{}", (0..n).map(note).collect::<String>())
    }),
    ("lines of a diff", 50_000, "content/a.md", |n| {
        format!("# A\n\n```diff\n{}```\n", "+ a\n".repeat(n))
    }),
    ("steps", 5_000, "runbooks/a.yaml", |n| {
        let step = |at| format!("  - {{ id: s{at}, title: A, check: {{ run: \"true\" }} }}\n");
        format!("{BOOK}{}", (0..n).map(step).collect::<String>())
    }),
];

const BOOK: &str =
    "runbook: 1\nid: a\nversion: 1.0.0\ntitle: A\nowner: developer\nfixes: x\nsteps:\n";
const STEP: &str = "  - { id: a, title: A, check: { run: \"true\" } }\n";

fn main() -> ExitCode {
    parts::end(measure())
}

fn measure() -> Result<bool> {
    let mut fine = true;
    for (name, much, file, text) in INPUTS {
        let (once, twice) = (check(file, &text(much))?, check(file, &text(2 * much))?);
        let growth = twice / once;
        let small = once < NOTHING;
        fine &= twice <= LONGEST && (small || growth <= GROWTH);
        println!(
            "{name}: {much} in {:.0} ms, twice as many in {:.0} ms, {growth:.1} times; bounds {GROWTH} times and {LONGEST} s",
            once * 1000.0,
            twice * 1000.0
        );
    }
    Ok(fine)
}

/// How long `check` takes at least for a project with this file, in seconds.
fn check(file: &str, text: &str) -> Result<f64> {
    let folder = parts::in_memory()?;
    let project = folder.path();
    for (file, text) in [
        ("site.yaml", "title: Bench\n"),
        ("content/index.md", "# Bench\n"),
        (file, text),
    ] {
        let path = project.join(file);
        fs::create_dir_all(path.parent().unwrap_or(project))?;
        fs::write(path, text)?;
    }
    let times: Result<Vec<f64>> = (0..ROUNDS).map(|_| time(project)).collect();
    Ok(times?.into_iter().fold(f64::INFINITY, f64::min))
}

/// How much processor time `check` takes once, whether or not it finds anything; bash tells it.
fn time(project: &Path) -> Result<f64> {
    let line = "TIMEFORMAT=%U; time \"$0\" check > /dev/null 2>&1";
    let mut bash = Command::new("bash");
    bash.args(["-c", line, env!("CARGO_BIN_EXE_runbook")]);
    let ran = bash.current_dir(project).env("LC_ALL", "C").output()?;
    match ran.status.code() {
        Some(0 | 1) => Ok(String::from_utf8(ran.stderr)?.trim().parse()?),
        _ => Err(format!("check ended with {}", ran.status).into()),
    }
}
