//! Times how long a pasted log of 500 lines takes to be looked into, with 200 and with 5,000 messages, in the program and
//! in Chromium, and weighs what a browser loads for it.
//!
//! The messages are those of this repository's entries; where more are needed, they are varied by words that no
//! other has. Prints the medians, and fails if one is beyond its bound.
//!
//! Lines that are made to cost much, against 5,000 messages, must take no more than in proportion to their length.

#[path = "../parts/mod.rs"]
#[allow(dead_code, reason = "benches of runs use the rest")]
mod parts;

use parts::{Result, median};
use runbook::driver;
use runbook::known_errors::{Collection, Message, Paste, Pattern};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// How many messages there are, how long a log may take in milliseconds, and what may be loaded in bytes.
const CASES: [(usize, f64, u64); 2] = [(200, 5.0, 6_000), (5_000, 30.0, 20_000)];
/// How long a hostile line is, in bytes, and how many messages there are.
const LONG: (usize, usize) = (1_000_000, 5_000);
/// How much longer a line is, and how much longer it may take: what is quadratic would take 16 times as long.
const TIMES: usize = 4;
const LONGER: f64 = 8.0;
/// How often each is timed.
const ROUNDS: usize = 31;
/// How many lines the log has.
const LINES: usize = 500;

fn main() -> ExitCode {
    parts::end(measure())
}

fn measure() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = driver::known_errors(root)?;
    let log = log(root)?;
    let mut within = true;
    for (count, limit, bytes) in CASES {
        let texts = messages(&own, count);
        let known = known(&texts);
        let book = known.book();
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let found = book.diagnose(&Paste::new(&log));
            times.push(begun.elapsed());
            assert!(!found.is_empty(), "the log holds known messages");
        }
        let program = milliseconds(median(times));
        let (browser, loaded) = in_chromium(root, &texts, &log)?;
        println!(
            "{count} messages, {LINES} lines: program {program:.2} ms, Chromium {browser:.2} ms, {loaded} bytes loaded"
        );
        within &= program <= limit && browser <= limit && loaded <= bytes;
    }
    Ok(within & hostile(&messages(&own, LONG.1)))
}

/// Whether lines that are made to cost much take no more than in proportion to their length.
fn hostile(texts: &[String]) -> bool {
    let book = known(texts).book();
    let cut = |text: &String| text.rsplit_once(' ').map(|(start, _)| start.to_owned());
    let shapes = [
        ("one word", "npm ".to_owned()),
        ("one beginning", "npm error code ".to_owned()),
        ("each message", texts.join(" ")),
        (
            "each without its end",
            texts.iter().filter_map(cut).collect::<Vec<_>>().join(" "),
        ),
    ];
    let time = |part: &str, length: usize| {
        let line: String = part.chars().cycle().take(length).collect();
        let paste = Paste::new(&line);
        let times = (0..3).map(|_| {
            let begun = Instant::now();
            std::hint::black_box(book.diagnose(&paste));
            begun.elapsed()
        });
        milliseconds(median(times.collect()))
    };
    let mut within = true;
    for (what, part) in shapes {
        let (once, more) = (time(&part, LONG.0), time(&part, TIMES * LONG.0));
        println!(
            "{} messages, a line of 1 MB of {what}: {once:.0} ms; of {TIMES} MB: {more:.0} ms",
            LONG.1
        );
        within &= more <= LONGER * once.max(1.0);
    }
    within
}

/// A log as long as it has to be: most of it says nothing of a fault, and three messages that tools printed are in it.
fn log(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join("tests/fixtures/messages.tsv"))?;
    let messages = text
        .lines()
        .skip(1)
        .filter(|line| line.split('\t').nth(2) != Some("none"));
    let messages = messages
        .filter_map(|line| line.split('\t').nth(5))
        .step_by(150)
        .take(3);
    let mut lines: Vec<String> = (0..LINES)
        .map(|at| format!("2026-11-02T10:11:12.{at:04}Z added {at} packages in {at} s, and audited all of them"))
        .collect();
    for (at, message) in messages.enumerate() {
        for (n, line) in message.split("\\n").enumerate() {
            lines[100 + 150 * at + n] = line.replace("\\t", "\t");
        }
    }
    Ok(lines.join("\n"))
}

/// So many messages: the own ones first, then the same with a word of their own.
fn messages(own: &Collection, count: usize) -> Vec<String> {
    let texts: Vec<&str> = own.messages.iter().map(|one| one.text.as_str()).collect();
    let varied = (0..).map(|round| {
        let texts = texts.iter();
        texts.map(move |text| match round {
            0 => (*text).to_owned(),
            _ => format!("{text} part{round}x{}", text.len()),
        })
    });
    varied
        .flatten()
        .filter(|text| Pattern::parse(text).is_ok())
        .take(count)
        .collect()
}

/// Ten messages an entry.
fn known(texts: &[String]) -> Collection {
    let entry = |at: usize| runbook::known_errors::Entry {
        id: Some(format!("T{at}")),
        title: format!("What entry {at} is about"),
        url: format!("entries/t{at}.html"),
        path: format!("content/entries/t{at}.md"),
        recovery: None,
        needs: Vec::new(),
    };
    let message = |(at, text): (usize, &String)| Message {
        entry: at / 10,
        text: text.clone(),
        general: false,
    };
    Collection::new(
        (0..texts.len().div_ceil(10)).map(entry).collect(),
        texts.iter().enumerate().map(message).collect(),
    )
}

/// The median in milliseconds of a site with these messages, and how many bytes it loads for them, compressed.
fn in_chromium(root: &Path, texts: &[String], log: &str) -> Result<(f64, u64)> {
    let folder = parts::in_memory()?;
    let content = folder.path().join("content/entries");
    fs::create_dir_all(&content)?;
    fs::write(folder.path().join("site.yaml"), "title: Bench\n")?;
    fs::write(folder.path().join("content/index.md"), "# Bench\n")?;
    for (at, texts) in texts.chunks(10).enumerate() {
        let mut page =
            format!("---\ntitle: What entry {at} is about\nid: T{at}\norphan: true\nerrors:\n");
        for text in texts {
            writeln!(page, "  - {}", serde_json::to_string(text)?)?;
        }
        fs::write(content.join(format!("t{at}.md")), page + "---\n\nWords.\n")?;
    }
    fs::write(folder.path().join("log"), log)?;
    let built = Command::new(env!("CARGO_BIN_EXE_runbook"))
        .args(["-C".as_ref(), folder.path().as_os_str(), "build".as_ref()])
        .output()?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into());
    }
    let measured = Command::new("node")
        .arg(root.join("benches/messages/measure.mjs"))
        .args([folder.path().join("public"), folder.path().join("log")])
        .output()?;
    let said = String::from_utf8_lossy(&measured.stdout);
    let numbers: Vec<&str> = said.split_whitespace().collect();
    let [time, bytes] = numbers[..] else {
        return Err(String::from_utf8_lossy(&measured.stderr).into());
    };
    Ok((time.parse()?, bytes.parse()?))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
