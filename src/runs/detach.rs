//! A run that has begun is left to a process of its own, in a session of its own,
//! that asks nobody and stops where a person is needed. What it says goes to `driver.log` in the
//! folder of the run.

use super::RunsError;
use crate::exec::process::own_program;
use crate::exec::record::event::Event;
use crate::exec::record::private;
use crate::exec::store::{LockedRun, Run};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// How often we look whether the process has taken the run up.
const LOOK: Duration = Duration::from_millis(10);

/// Leaves a run to a process of its own, which gets these arguments behind `resume RUN`; gives its id as
/// soon as it has taken the run up.
///
/// # Errors
/// [`RunsError::NotDriven`] when it does not.
pub fn leave(project: &Path, driven: LockedRun, arguments: &[&str]) -> Result<u32, RunsError> {
    let run = driven.run.clone();
    // The lock of the run is free from here on, and that process takes it.
    drop(driven);
    let failed = |error: io::Error| RunsError::NotDriven {
        run: run.short().to_owned(),
        error,
    };
    let mut child = start(project, &run, arguments).map_err(failed)?;
    while !is_taken_up(&run, &child)? {
        if child.try_wait().map_err(failed)?.is_some() && !is_taken_up(&run, &child)? {
            let said = fs::read_to_string(log(&run)).map_err(failed)?;
            return Err(failed(io::Error::other(said.trim().to_owned())));
        }
        thread::sleep(LOOK);
    }
    Ok(child.id())
}

fn log(run: &Run) -> PathBuf {
    run.folder.join("driver.log")
}

fn start(project: &Path, run: &Run, arguments: &[&str]) -> io::Result<Child> {
    let said = private::file(&log(run))?;
    Command::new(own_program::path()?)
        .arg("-C")
        .arg(project)
        .args(["resume", &run.id, "--own-session"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said)
        .spawn()
}

fn is_taken_up(run: &Run, child: &Child) -> Result<bool, RunsError> {
    let by_child = |event: &Event| match event {
        Event::RunOpened(process) => process.pid == child.id(),
        _ => false,
    };
    let lines = run.contents()?.entries;
    Ok(lines.iter().any(|line| by_child(&line.event)))
}
