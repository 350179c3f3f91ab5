//! Inside the shim: it starts the command, waits for it, and writes down how it ended.

use super::{Attempt, ExitRecord, Job, LOOK, marks, secret_files};
use crate::exec::secrets::{Redactor, Secret};
use nix::fcntl::{FcntlArg, FdFlag, FlockArg, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, setsid};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a command may take to end after it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// Is the shim for the try in `folder`. Returns when the command has ended.
///
/// # Errors
/// The operating system's reason, which nobody hears: what counts is on disk.
pub fn run(folder: &Path) -> io::Result<()> {
    // It fails only if we lead a session already.
    let _ = setsid();
    let attempt = Attempt::in_folder(folder);
    let held = attempt
        .lock(FlockArg::LockExclusive)?
        .expect("a lock that waits is had");
    // A program that was killed before it had told all leaves half a list, and nothing starts.
    let secrets: Vec<Secret> = serde_json::from_reader(io::stdin().lock())?;
    if marks::is_revoked(folder) || marks::was_started(folder) {
        return Ok(());
    }
    let job = marks::read_job(folder)?;
    marks::write_pid(folder)?;
    let mut record = execute(&attempt, &held, &job, &secrets);
    secret_files::remove(folder);
    record.leaked = secret_files::forget_leaked(&attempt.outputs(), &secrets)?;
    marks::write_record(folder, &record)?;
    // Unlocking here would unlock for what the command left behind as well.
    std::mem::forget(held);
    Ok(())
}

fn execute(attempt: &Attempt, log: &File, job: &Job, secrets: &[Secret]) -> ExitRecord {
    let limit = job.timeout.map(Duration::from_secs);
    let ended = match secrets {
        [] => spawn(log, job).map(|child| wait(child, limit)),
        _ => redacted(attempt, log, job, secrets),
    };
    ended.unwrap_or_else(|error| ExitRecord::failed(&error))
}

fn spawn(log: &File, job: &Job) -> io::Result<Child> {
    job.command()?
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .spawn()
}

/// Runs a command with secrets: what it says goes through a redactor before it reaches the log.
fn redacted(
    attempt: &Attempt,
    log: &File,
    job: &Job,
    secrets: &[Secret],
) -> io::Result<ExitRecord> {
    let (said, pipe) = io::pipe()?;
    // The command does not write to the log itself, but it has to hold its lock.
    let held = log.try_clone()?;
    fcntl(&held, FcntlArg::F_SETFD(FdFlag::empty()))?;
    let mut command = job.command()?;
    command
        .process_group(0)
        .stdout(pipe.try_clone()?)
        .stderr(pipe)
        .stdin(Stdio::null());
    let typed = secret_files::expose(&mut command, attempt.folder(), secrets)?;
    let mut child = command.spawn()?;
    // The command keeps our ends of the pipe open until it goes.
    drop(command);
    if let (Some(value), Some(mut stdin)) = (typed, child.stdin.take()) {
        // A command that does not read its input is no fault.
        let _ = stdin.write_all(value.as_bytes());
    }
    let (done, finished) = mpsc::channel();
    let (log, redactor) = (log.try_clone()?, Redactor::new(secrets));
    thread::spawn(move || {
        let copied = copy_redacted(said, log, redactor);
        let _ = done.send(copied);
    });
    let record = wait(child, job.timeout.map(Duration::from_secs));
    // What the command left behind may hold the pipe open for ever; its output is not kept.
    let _ = finished.recv_timeout(GRACE);
    Ok(record)
}

fn copy_redacted(
    mut said: io::PipeReader,
    mut log: File,
    mut redactor: Redactor,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = said.read(&mut buffer)?;
        if read == 0 {
            return log.write_all(&redactor.finish());
        }
        log.write_all(&redactor.push(&buffer[..read]))?;
    }
}

/// Waits for the command, and ends its whole group when its time is up.
fn wait(mut child: Child, limit: Option<Duration>) -> ExitRecord {
    let started = Instant::now();
    let group = Pid::from_raw(child.id() as i32);
    let mut told = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return ExitRecord {
                    timed_out: told.is_some(),
                    ..ExitRecord::ended(status)
                };
            }
            Ok(None) => thread::sleep(LOOK),
            Err(error) => {
                return ExitRecord::failed(&error);
            }
        }
        match told {
            None if limit.is_some_and(|limit| started.elapsed() > limit) => {
                let _ = killpg(group, Signal::SIGTERM);
                told = Some(Instant::now());
            }
            Some(since) if since.elapsed() > GRACE => {
                let _ = killpg(group, Signal::SIGKILL);
            }
            _ => {}
        }
    }
}
