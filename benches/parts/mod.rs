//! What benches share: a project with one runbook, and the program in it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What a bench gives, or what kept it from measuring.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The end of a bench: whether all was within its bounds, or could not be measured.
pub(crate) fn end(measured: Result<bool>) -> ExitCode {
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// A folder in memory, where there is such a place: each line of a journal is synced.
pub(crate) fn in_memory() -> Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    Ok(match memory.is_dir() {
        true => tempfile::tempdir_in(memory)?,
        false => tempfile::tempdir()?,
    })
}

/// A project below `folder` with the runbook `work`.
pub(crate) fn project(folder: &Path, runbook: &str) -> Result<PathBuf> {
    let project = folder.join("project");
    fs::create_dir_all(project.join("content"))?;
    fs::create_dir_all(project.join("runbooks"))?;
    fs::write(project.join("site.yaml"), "title: Bench\n")?;
    fs::write(project.join("content/index.md"), "# Bench\n")?;
    fs::write(project.join("runbooks/work.yaml"), runbook)?;
    Ok(project)
}

/// The program in a project, with its runs below `state`; nothing that it says is shown.
pub(crate) fn program(project: &Path, state: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command
        .args(arguments)
        .current_dir(project)
        .env("RUNBOOK_STATE_DIR", state)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How long the program takes from its start to its end, which has to be a good one.
pub(crate) fn time(project: &Path, state: &Path, arguments: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    let status = program(project, state, arguments).status()?;
    let took = begun.elapsed();
    match status.success() {
        true => Ok(took),
        false => Err(format!("{arguments:?} ended with {status}").into()),
    }
}

/// How long the program takes, and the most memory that the kernel tells of while it runs, in MB. What
/// it tells once a child has ended counts the memory of this program as well.
pub(crate) fn watched(project: &Path, state: &Path, arguments: &[&str]) -> Result<(Duration, i64)> {
    let begun = Instant::now();
    let mut child = program(project, state, arguments).spawn()?;
    let file = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let word = line.and_then(|line| line.split_whitespace().next());
        most = most.max(word.and_then(|word| word.parse().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    };
    match status.success() {
        true => Ok((begun.elapsed(), most / 1000)),
        false => Err(format!("{arguments:?} ended with {status}").into()),
    }
}

/// The one in the middle.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
