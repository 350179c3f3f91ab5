//! Times `runs` beside ten thousand runs that have ended, without its index and with it.
//!
//! The program does one run; its plan and its events are then written anew, by the program's own
//! store and journal, for as many runs as there are to be. The program is timed as a person would
//! wait for it. Prints the medians and the most memory that it used, and fails if the index saves
//! too little or the memory is beyond its bound.

use nix::sys::resource::{UsageWho, getrusage};
use runbook::exec::store::Store;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How many runs there are in the end.
const RUNS: usize = 10_000;
/// How often each way is timed.
const ROUNDS: usize = 7;
/// What the index may leave of the time, in percent.
const LEFT: f64 = 10.0;
/// How much memory may be used, in MB.
const MEMORY: i64 = 60;

const RUNBOOK: &str = "runbook: 1\nid: work\nversion: 1.0.0\ntitle: Work\nowner: developer\nfixes: x\nsteps:\n  - { id: look, title: Is it ready?, check: { run: \"true\" } }\n  - { id: pack, title: Pack, run: \"echo packed; echo size=12 >> $RB_OUTPUT\", outputs: { size: { type: int } }, effect: idempotent }\n  - { id: send, title: Send, run: \"echo sent\", undo: { run: \"echo back\" } }\n  - { id: tell, title: Tell, run: \"echo told\", effect: idempotent }\n";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn measure() -> Result<bool> {
    // Each line of a journal is synced: in memory, where there is such a folder.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory)?,
        false => tempfile::tempdir()?,
    };
    let (project, state) = (folder.path().join("project"), folder.path().join("state"));
    fs::create_dir_all(project.join("content"))?;
    fs::create_dir_all(project.join("runbooks"))?;
    fs::write(project.join("site.yaml"), "title: Bench\n")?;
    fs::write(project.join("content/index.md"), "# Bench\n")?;
    fs::write(project.join("runbooks/work.yaml"), RUNBOOK)?;
    let exec = ["exec", "work", "--target", ".", "--uncommitted", "bench"];
    time(&project, &state, &exec)?;
    let bytes = repeat(&state)?;
    println!(
        "runs: {RUNS}, {} MB of plans and journals",
        bytes / 1_000_000
    );

    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let index = state.join("bench/runs.index");
        match fs::remove_file(&index) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        without.push(time(&project, &state, &["runs"])?);
        with.push(time(&project, &state, &["runs"])?);
    }
    let (without, with) = (median(without), median(with));
    let left = with.as_secs_f64() / without.as_secs_f64() * 100.0;
    let most = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() / 1000;
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

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn time(project: &Path, state: &Path, arguments: &[&str]) -> Result<Duration> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command
        .args(arguments)
        .current_dir(project)
        .env("RUNBOOK_STATE_DIR", state)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status()?;
    let took = begun.elapsed();
    match status.success() {
        true => Ok(took),
        false => Err(format!("{arguments:?} ended with {status}").into()),
    }
}
