//! Times `status` and `resume` of a run whose journal has ten thousand lines, and `status` of one
//! whose journal has 200 MB.
//!
//! The run is a real one: the program begins it, the lines are added by the program's own journal,
//! and the program is timed as a person would wait for it, from its start to its end. Prints the
//! medians, and fails if one is beyond its bound.

#[path = "../parts/mod.rs"]
mod parts;

use parts::{Result, median, program, time, watched};
use runbook::exec::record::event::Event;
use runbook::exec::store::Store;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How many lines the journal has in the end.
const LINES: usize = 10_000;
/// How often each verb is timed.
const ROUNDS: usize = 15;
/// How many lines a very long journal has, and how often it is read.
const VERY_LONG: (usize, usize) = (600_000, 5);
/// How long its `status` may take as against `sha256sum` of its bytes, and how much memory, in MB.
const VERY_LONG_BOUNDS: (f64, i64) = (1.3, 60);
/// Verbs, and how long each may take.
const BOUNDS: [(&str, Duration); 2] = [
    ("status", Duration::from_millis(50)),
    ("resume", Duration::from_millis(200)),
];

const RUNBOOK: &str = "runbook: 1\nid: work\nversion: 1.0.0\ntitle: Work\nowner: developer\nfixes: x\nsteps:\n  - { id: work, title: Work, check: { run: test -e ready } }\n";

fn main() -> ExitCode {
    parts::end(measure())
}

fn measure() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let project = parts::project(folder.path(), RUNBOOK)?;
    let long = folder.path().join("long");
    begin(&project, &long)?;
    let very_long = folder.path().join("very-long");
    copy(&long, &very_long)?;
    let mut within = read_very_long(&project, &very_long)?;
    let bytes = lengthen(&long, LINES)?;
    // A copy of a run goes on only where the run itself is gone.
    let moved = folder.path().join("moved");
    fs::rename(&long, &moved)?;
    fs::write(project.join("ready"), "")?;

    println!("journal: {LINES} lines, {} kB", bytes / 1000);
    for (verb, bound) in BOUNDS {
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            let state = folder.path().join(format!("{verb}-{round}"));
            copy(&moved, &state)?;
            times.push(time(&project, &state, &[verb])?);
        }
        times.sort();
        let median = times[ROUNDS / 2];
        println!(
            "{verb}: {:.1} ms in the median of {ROUNDS}, at most {:.1} ms; bound {} ms",
            median.as_secs_f64() * 1000.0,
            times[ROUNDS - 1].as_secs_f64() * 1000.0,
            bound.as_millis()
        );
        within &= median <= bound;
    }
    Ok(within)
}

/// Reads a journal that is so long that nobody wants all of it in memory.
fn read_very_long(project: &Path, state: &Path) -> Result<bool> {
    let (lines, rounds) = VERY_LONG;
    let (most_time, most_memory) = VERY_LONG_BOUNDS;
    let bytes = lengthen(state, lines)?;
    let run = Store::new(state, "bench")
        .ids()?
        .pop()
        .ok_or("there is no run")?;
    let journal = state.join("bench/runs").join(run).join("journal.jsonl");
    let (mut times, mut peers, mut memory) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let begun = Instant::now();
        let peer = Command::new("sha256sum")
            .arg(&journal)
            .stdout(Stdio::null())
            .status()?;
        peers.push(begun.elapsed());
        if !peer.success() {
            return Err("sha256sum failed".into());
        }
        let (took, most) = watched(project, state, &["status"])?;
        times.push(took);
        memory = memory.max(most);
    }
    let (time, peer) = (median(times).as_secs_f64(), median(peers).as_secs_f64());
    println!("journal: {lines} lines, {} MB", bytes / 1_000_000);
    println!(
        "status: {time:.2} s in the median of {rounds}, {:.2} times sha256sum ({peer:.2} s); bound {most_time}",
        time / peer
    );
    println!("memory: at most {memory} MB; bound {most_memory} MB");
    Ok(time / peer <= most_time && memory <= most_memory)
}

/// Begins the run; its only step fails, so it stays open.
fn begin(project: &Path, state: &Path) -> Result<()> {
    let status = program(project, state, &["exec", "work", "--target", "."]).status()?;
    match status.code() {
        Some(1) => Ok(()),
        code => Err(format!("exec ended with {code:?}").into()),
    }
}

/// Adds tries of the step until the journal is long enough; gives its length in bytes. They are
/// written in a folder in memory where there is one, as each line is synced.
fn lengthen(state: &Path, lines: usize) -> Result<u64> {
    let work = parts::in_memory()?;
    copy(state, work.path())?;
    let store = Store::new(work.path(), "bench");
    let run = store.runs()?.pop().ok_or("there is no run")?;
    let journal = run.folder.join("journal.jsonl");
    let mut driven = store.drive(run, now())?;
    let mut attempt = 1;
    while driven.journal.entries().len() < lines - 4 {
        attempt += 1;
        for event in tried(attempt)? {
            driven.journal.append(now(), event)?;
        }
    }
    while driven.journal.entries().len() < lines {
        driven.journal.append(now(), again(attempt)?)?;
    }
    let bytes = fs::metadata(journal)?.len();
    drop(driven);
    fs::remove_dir_all(state)?;
    copy(work.path(), state)?;
    Ok(bytes)
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Another try that fails, and a remark.
fn tried(attempt: u32) -> Result<[Event; 4]> {
    Ok([
        again(attempt)?,
        serde_json::from_value(json!({
            "type": "step.started", "step": "work", "attempt": attempt
        }))?,
        serde_json::from_value(json!({
            "type": "step.finished", "step": "work", "attempt": attempt, "outcome": "failed", "exit": 1,
            "outputs": {}, "log_bytes": 0,
            "log_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        }))?,
        serde_json::from_value(json!({
            "type": "note.added", "by": "ana", "text": "still the same message on the dashboard"
        }))?,
    ])
}

/// A person wants another try.
fn again(attempt: u32) -> Result<Event> {
    Ok(serde_json::from_value(json!({
        "type": "step.resolved", "step": "work", "attempt": attempt, "verdict": "absent", "by": "ana"
    }))?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => drop(fs::copy(entry.path(), to)?),
        }
    }
    Ok(())
}
