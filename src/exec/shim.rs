//! The shim: the process between the program and a step's command.
//!
//! It leads a session of its own, so that neither Ctrl-C nor the end of the program reaches the
//! command. The try's log is its lock: shim and command share one open file, so the lock is held
//! for as long as either of them lives, and whoever takes it later knows that nothing of the try
//! runs any more. Before it starts the
//! command it looks for the mark `revoked`: a shim that comes too late leaves without a trace.

use crate::exec::plan::sha256;
use crate::exec::secrets::{Redactor, Secret};
use crate::exec::store::sync_folder;
use nix::fcntl::{FcntlArg, FdFlag, Flock, FlockArg, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, setsid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a command may take to end after it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// What a shim is to do: the file `command.json` of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    /// The folder it works in.
    pub cwd: String,
    /// How many seconds it may take.
    pub timeout: Option<u64>,
}

/// How a command ended: the file `exit.json` of a try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Its exit code; none if a signal ended it or it could not be started.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it took too long.
    pub timed_out: bool,
    /// Why it could not be started.
    pub not_started: Option<String>,
    /// Whether it wrote a secret to its outputs, which are gone for that reason.
    #[serde(default)]
    pub leaked: bool,
}

impl ExitRecord {
    /// The record of a command that could not be started.
    fn failed(why: &io::Error) -> Self {
        Self {
            not_started: Some(why.to_string()),
            ..Self::default()
        }
    }
}

/// The folder of one try of a step.
#[derive(Debug, Clone)]
pub struct Attempt {
    folder: PathBuf,
}

/// What is known of a try after nothing of it runs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It ended, and this is how.
    Ended(ExitRecord),
    /// Its command was never started, and never will be.
    NeverStarted,
    /// Its command was started; how it ended is not known.
    Unknown,
}

impl Attempt {
    /// The try with this number of a step.
    ///
    /// The path of a step inside a call has slashes, which become `~` in the folder's name.
    pub fn new(run: &Path, step: &str, number: u32) -> Self {
        let step = step.replace('/', "~");
        Self {
            folder: run.join("steps").join(format!("{step}.{number}")),
        }
    }

    /// What the command said.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The file that the command writes its outputs to.
    pub fn outputs(&self) -> PathBuf {
        self.folder.join("outputs")
    }

    /// The folder that the command may leave files in.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Makes the folder with what the shim needs.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn prepare(&self, job: &Job) -> io::Result<()> {
        super::store::private_folder(&self.files())?;
        private_file(&self.outputs())?;
        private_file(&self.log())?;
        let mut file = private_file(&self.folder.join("command.json"))?;
        file.write_all(&serde_json::to_vec(job)?)?;
        file.sync_all()?;
        sync_folder(&self.folder)
    }

    /// Starts the shim, and gives it the secrets of the step. It goes on whatever becomes of us.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn start(&self, secrets: &[Secret]) -> io::Result<Child> {
        let mut shim = Command::new(std::env::current_exe()?)
            .arg(VERB)
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        if let Some(mut pipe) = shim.stdin.take() {
            pipe.write_all(&serde_json::to_vec(secrets)?)?;
        }
        Ok(shim)
    }

    /// Waits until nothing of the try runs any more, forbids it to start later, and says what
    /// became of it.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn settle(&self) -> io::Result<Found> {
        // A command may leave a process behind that keeps the log open: its record is enough.
        if let Some(record) = self.record()? {
            return Ok(Found::Ended(record));
        }
        let _held = self.lock()?;
        remove_secrets(&self.folder);
        if let Some(record) = self.record()? {
            return Ok(Found::Ended(record));
        }
        if self.folder.join("pid").exists() {
            return Ok(Found::Unknown);
        }
        private_file(&self.folder.join("revoked"))?.sync_all()?;
        sync_folder(&self.folder)?;
        Ok(Found::NeverStarted)
    }

    /// Runs the command on our own terminal and waits for it. Nothing of it is logged.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn run_here(&self, job: &Job) -> io::Result<()> {
        let _held = self.lock()?;
        writeln!(
            private_file(&self.folder.join("pid"))?,
            "{}",
            std::process::id()
        )?;
        sync_folder(&self.folder)?;
        let mut command = command(job)?;
        // A program that talks to people needs to know what their terminal can do.
        if let Some(term) = std::env::var_os("TERM") {
            command.env("TERM", term);
        }
        let ended = command.status().map_or_else(
            |error| ExitRecord::failed(&error),
            |status| record(status, false),
        );
        write_record(&self.folder, &ended)
    }

    fn lock(&self) -> io::Result<Flock<File>> {
        super::store::private_folder(&self.folder)?;
        let file = private_file(&self.log())?;
        Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, errno)| errno.into())
    }

    fn record(&self) -> io::Result<Option<ExitRecord>> {
        match fs::read(self.folder.join("exit.json")) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Length and SHA-256 of the log.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn log_digest(&self) -> io::Result<(u64, String)> {
        let bytes = fs::read(self.log())?;
        Ok((bytes.len() as u64, sha256(&bytes)))
    }
}

/// The hidden verb that starts a shim: `runbook __shim FOLDER`.
pub const VERB: &str = "__shim";

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// Is the shim for the try in `folder`. Returns when the command has ended.
///
/// # Errors
/// The operating system's reason, which nobody hears: what counts is on disk.
pub fn run(folder: &Path) -> io::Result<()> {
    // It fails only if we lead a session already.
    let _ = setsid();
    let attempt = Attempt {
        folder: folder.to_owned(),
    };
    let held = attempt.lock()?;
    // A program that was killed before it had told all leaves half a list, and nothing starts.
    let secrets: Vec<Secret> = serde_json::from_reader(io::stdin().lock())?;
    if folder.join("revoked").exists() || folder.join("pid").exists() {
        return Ok(());
    }
    let job: Job = serde_json::from_slice(&fs::read(folder.join("command.json"))?)?;
    let mut pid = private_file(&folder.join("pid"))?;
    writeln!(pid, "{}", std::process::id())?;
    pid.sync_all()?;
    sync_folder(folder)?;
    let mut record = execute(&attempt, &held, &job, &secrets);
    remove_secrets(folder);
    record.leaked = forget_leaked(&attempt.outputs(), &secrets)?;
    write_record(folder, &record)?;
    // Unlocking here would unlock for what the command left behind as well.
    std::mem::forget(held);
    Ok(())
}

/// The folder for the secret files of a try: in memory where there is such a place.
fn secret_folder(folder: &Path) -> PathBuf {
    let name = format!(
        "runbook-{}",
        &sha256(folder.as_os_str().as_encoded_bytes())[..24]
    );
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.join(name)
    } else {
        folder.join(name)
    }
}

fn remove_secrets(folder: &Path) {
    let _ = fs::remove_dir_all(secret_folder(folder));
}

/// Empties the outputs if they hold a secret.
fn forget_leaked(outputs: &Path, secrets: &[Secret]) -> io::Result<bool> {
    let leaked = !secrets.is_empty() && Redactor::new(secrets).finds(&fs::read(outputs)?);
    if leaked {
        fs::write(outputs, "")?;
    }
    Ok(leaked)
}

/// Puts an exit record in place: whole or not there.
fn write_record(folder: &Path, record: &ExitRecord) -> io::Result<()> {
    let partial = folder.join("exit.partial");
    let mut file = private_file(&partial)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    file.sync_all()?;
    fs::rename(&partial, folder.join("exit.json"))?;
    sync_folder(folder)
}

fn execute(attempt: &Attempt, log: &File, job: &Job, secrets: &[Secret]) -> ExitRecord {
    let limit = job.timeout.map(Duration::from_secs);
    let ended = match secrets {
        [] => spawn(log, job).map(|child| wait(child, limit)),
        _ => redacted(attempt, log, job, secrets),
    };
    ended.unwrap_or_else(|error| ExitRecord::failed(&error))
}

fn command(job: &Job) -> io::Result<Command> {
    let (program, arguments) = job.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(&job.env)
        .current_dir(&job.cwd);
    Ok(command)
}

fn spawn(log: &File, job: &Job) -> io::Result<Child> {
    command(job)?
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
    let mut command = command(job)?;
    command
        .process_group(0)
        .stdout(pipe.try_clone()?)
        .stderr(pipe)
        .stdin(Stdio::null());
    let typed = expose(&mut command, &attempt.folder, secrets)?;
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

/// Gives a command its secrets; the value for its standard input, if one goes there.
fn expose<'s>(
    command: &mut Command,
    folder: &Path,
    secrets: &'s [Secret],
) -> io::Result<Option<&'s str>> {
    let private = secret_folder(folder);
    super::store::private_folder(&private)?;
    let mut typed = None;
    for secret in secrets {
        let variable = Secret::variable(&secret.name);
        match secret.expose.as_str() {
            "env" => {
                command.env(variable, &secret.value);
            }
            "stdin" => {
                command.stdin(Stdio::piped());
                typed = Some(secret.value.as_str());
            }
            _ => {
                let path = private.join(&secret.name);
                private_file(&path)?.write_all(secret.value.as_bytes())?;
                command.env(variable, path);
            }
        }
    }
    Ok(typed)
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
            Ok(Some(status)) => return record(status, told.is_some()),
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

fn record(status: ExitStatus, timed_out: bool) -> ExitRecord {
    ExitRecord {
        code: status.code(),
        signal: status.signal(),
        timed_out,
        not_started: None,
        leaked: false,
    }
}
