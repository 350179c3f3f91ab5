//! Times `runs` beside ten thousand runs that have ended, without its index and with it.
//!
//! The program does one run; its plan and its events are then written anew, by the program's own
//! store and journal, for as many runs as there are to be. The program is timed as a person would
//! wait for it. Prints the medians and the most memory that it used, and fails if the index saves
//! too little or the memory is beyond its bound.

#[path = "../parts/mod.rs"]
mod parts;

use parts::{Result, median, time, watched};
use runbook::exec::store::Store;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// How many runs there are in the end.
const RUNS: usize = 10_000;
/// How often each way is timed.
const ROUNDS: usize = 7;
/// What the index may leave of the time, in percent.
const LEFT: f64 = 10.0;
/// How much memory may be used, in MB.
const MEMORY: i64 = 60;

const RUNBOOK: &str = "runbook: 1\nid: work\nversion: 1.0.0\ntitle: Work\nowner: developer\nfixes: x\nsteps:\n  - { id: look, title: Is it ready?, check: { run: \"true\" } }\n  - { id: pack, title: Pack, run: \"echo packed; echo size=12 >> $RB_OUTPUT\", outputs: { size: { type: int } }, effect: idempotent }\n  - { id: send, title: Send, run: \"echo sent\", undo: { run: \"echo back\" } }\n  - { id: tell, title: Tell, run: \"echo told\", effect: idempotent }\n";

fn main() -> ExitCode {
    parts::end(measure())
}

fn measure() -> Result<bool> {
    let folder = parts::in_memory()?;
    let project = parts::project(folder.path(), RUNBOOK)?;
    let state = folder.path().join("state");
    let exec = ["exec", "work", "--target", ".", "--uncommitted", "bench"];
    time(&project, &state, &exec)?;
    let bytes = repeat(&state)?;
    println!(
        "runs: {RUNS}, {} MB of plans and journals",
        bytes / 1_000_000
    );

    let (mut without, mut with) = (Vec::new(), Vec::new());
    let index = state.join("bench/runs.index");
    for _ in 0..ROUNDS {
        match fs::remove_file(&index) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        without.push(time(&project, &state, &["runs"])?);
        with.push(time(&project, &state, &["runs"])?);
    }
    let (without, with) = (median(without), median(with));
    let left = with.as_secs_f64() / without.as_secs_f64() * 100.0;
    fs::remove_file(&index)?;
    let (_, most) = watched(&project, &state, &["runs"])?;
    println!(
        "without its index: {:.0} ms",
        without.as_secs_f64() * 1000.0
    );
    println!(
        "with its index: {:.0} ms, {left:.1} %; bound {LEFT} %",
        with.as_secs_f64() * 1000.0
    );
    println!("memory: at most {most} MB; bound {MEMORY} MB");
    Ok(left <= LEFT && most <= MEMORY)
}

/// Writes the only run again until there are enough; gives how many bytes its files have together.
fn repeat(state: &Path) -> Result<u64> {
    let store = Store::new(state, "bench");
    let run = store.runs()?.pop().ok_or("there is no run")?;
    let entries = run.contents()?.entries;
    let files = ["plan.json", "journal.jsonl"];
    let sizes = files.map(|name| fs::metadata(run.folder.join(name)).map(|file| file.len()));
    let mut bytes = 0;
    for size in sizes {
        bytes += size?;
    }
    for _ in 1..RUNS {
        let mut driven = store.begin(run.plan.clone(), entries[0].at.clone())?;
        for entry in &entries[1..] {
            driven
                .journal
                .append(entry.at.clone(), entry.event.clone())?;
        }
    }
    Ok(bytes * RUNS as u64)
}
