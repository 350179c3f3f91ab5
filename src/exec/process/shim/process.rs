//! Inside the shim: it starts the command, keeps what it says, ends it if somebody wants that, and
//! writes down how it ended and who is left.

use super::escalation::Escalation;
use super::log::{self, Log, Stream};
use super::process_tree::{self, Member};
use super::typing::Typing;
use super::{
    Attempt, ExitRecord, Job, LOOK, Pipes, Stop, control_files, secret_files, secret_folder, stop,
};
use crate::exec::process::masks::{Masks, Redactor};
use crate::exec::process::secrets::{Handover, Secret};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, FlockArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::setsid;
use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long we wait for what a command left behind to end and to say its last. What it started for good, as a
/// daemon, keeps the step open no longer than that.
const LINGER: Duration = Duration::from_secs(1);

/// Is the shim for the try in `folder`. Returns when the command has ended.
///
/// # Errors
/// The operating system's reason, which nobody hears: what counts is on disk.
pub fn run(folder: &Path) -> io::Result<()> {
    setsid()?;
    process_tree::adopt();
    let attempt = Attempt::at(folder);
    let held = attempt
        .lock(FlockArg::LockExclusive)?
        .expect("a lock that waits is had");
    // A program that was killed before it had told all leaves half a list, and nothing starts.
    let (job, told): (Job, Handover) = serde_json::from_reader(io::stdin().lock())?;
    let disk = attempt.disk();
    if !control_files::may_start(disk, folder)? {
        return Ok(());
    }
    let masks = told.masks();
    control_files::write_pid(disk, folder)?;
    let mut record = match Shim::start(&attempt, &held, &job, (&told.given, &masks)) {
        // Who cannot look after a command that runs may not say that it has ended.
        Ok(shim) => shim.wait()?,
        Err(error) => ExitRecord::failed(&error),
    };
    secret_folder::remove(folder);
    record.leaked = secret_files::forget_leaked(&attempt, &masks)?;
    control_files::sync_files(&attempt.files())?;
    attempt.sync_accepted()?;
    control_files::write_record(disk, folder, &record)?;
    log::forget_segments(folder)?;
    // Unlocking here would unlock for what the command left behind as well.
    std::mem::forget(held);
    Ok(())
}

/// A command that runs.
struct Shim<'a> {
    folder: &'a Path,
    job: &'a Job,
    child: Child,
    started: Instant,
    sources: Vec<Source>,
    /// What the command has not read yet of its input.
    typing: Option<Typing>,
    buffer: Vec<u8>,
    log: Log,
    escalation: Escalation,
    /// When it was seen that it has ended.
    ended: Option<Instant>,
    record: ExitRecord,
}

/// One end of a pipe from the command.
struct Source {
    stream: Stream,
    pipe: PipeReader,
    redactor: Redactor,
}

impl<'a> Shim<'a> {
    fn start(
        attempt: &'a Attempt,
        lock: &File,
        job: &'a Job,
        (secrets, masks): (&[Secret], &Masks),
    ) -> io::Result<Self> {
        let folder = attempt.folder();
        // The command does not write to the log itself, but it has to hold its lock.
        let held = lock.try_clone()?;
        fcntl(&held, FcntlArg::F_SETFD(FdFlag::empty()))?;
        let mut command = job.command()?;
        command.process_group(0).stdin(Stdio::null());
        let sources = connect(&mut command, job.pipes, masks)?;
        let typed = secret_files::expose(&mut command, folder, secrets)?;
        // From its start on, nothing may fail: its end has to be waited for.
        let log = Log::begin(folder, lock.try_clone()?)?;
        let mut child = command.spawn()?;
        control_files::write_command(folder, child.id());
        // Our copies of the pipes' other ends go with the command's description.
        drop(command);
        let typing = typed.zip(child.stdin.take());
        let typing = typing.and_then(|(text, input)| Typing::begin(input, text)?.go_on());
        Ok(Self {
            folder,
            job,
            child,
            started: Instant::now(),
            sources,
            typing,
            buffer: vec![0; 64 * 1024],
            log,
            escalation: Escalation::from_environment(),
            ended: None,
            record: ExitRecord::default(),
        })
    }

    fn wait(mut self) -> io::Result<ExitRecord> {
        let mut looked = Instant::now();
        loop {
            self.listen()?;
            let now = Instant::now();
            if now - looked < LOOK && self.ended.is_none() {
                continue;
            }
            looked = now;
            self.reap(now)?;
            self.stop_if_wanted(now)?;
            if let Some(ended) = self.ended
                && let Some(left) = self.left(ended, now)?
            {
                return self.conclude(left);
            }
        }
    }

    /// Waits a moment for output and keeps what comes; types what the command reads.
    fn listen(&mut self) -> io::Result<()> {
        if self.sources.is_empty() && self.typing.is_none() {
            thread::sleep(LOOK);
            return Ok(());
        }
        let said = self
            .sources
            .iter()
            .map(|source| PollFd::new(source.pipe.as_fd(), PollFlags::POLLIN));
        let read = self
            .typing
            .iter()
            .map(|typing| PollFd::new(typing.input(), PollFlags::POLLOUT));
        let mut watched: Vec<PollFd<'_>> = said.chain(read).collect();
        match poll(&mut watched, PollTimeout::from(LOOK.as_millis() as u8)) {
            Ok(0) | Err(Errno::EINTR) => return Ok(()),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let ready: Vec<bool> = watched.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        let mut buffer = std::mem::take(&mut self.buffer);
        let sources = std::mem::take(&mut self.sources);
        for (mut source, is_ready) in sources.into_iter().zip(ready) {
            let read = match is_ready {
                true => Some(source.pipe.read(&mut buffer)?),
                false => None,
            };
            if let Some(read) = read {
                let said = source.redactor.push(&buffer[..read]);
                self.keep(source.stream, &said);
            }
            match read {
                Some(0) => self.finish(source),
                _ => self.sources.push(source),
            }
        }
        self.buffer = buffer;
        self.typing = self.typing.take().and_then(Typing::go_on);
        Ok(())
    }

    fn finish(&mut self, mut source: Source) {
        let rest = source.redactor.finish();
        self.keep(source.stream, &rest);
    }

    /// A disk that is full does not stop the command; it is said that output is lost.
    fn keep(&mut self, stream: Stream, said: &[u8]) {
        if let Err(error) = self.log.write(stream, said) {
            self.record.lost.get_or_insert_with(|| error.to_string());
        }
    }

    /// Takes note of the command's end, and of the ends of orphans that became our children.
    fn reap(&mut self, now: Instant) -> io::Result<()> {
        process_tree::reap_orphans(self.child.id() as i32);
        if self.ended.is_none()
            && let Some(status) = self.child.try_wait()?
        {
            self.record.code = status.code();
            self.record.signal = status.signal();
            self.ended = Some(now);
        }
        Ok(())
    }

    /// Sends what is due to those who are to end.
    fn stop_if_wanted(&mut self, now: Instant) -> io::Result<()> {
        let mut signal = self.escalation.due(now);
        if self.ended.is_none() {
            let limit = self.job.timeout.map(Duration::from_secs);
            if limit.is_some_and(|limit| now - self.started > limit)
                && !self.escalation.is_climbing()
            {
                self.record.timed_out = true;
                signal = self.escalation.climb(Stop::Interrupt, now);
            }
            if let Some(how) = stop::wanted(self.folder)? {
                self.record.stopped |= !self.record.timed_out;
                signal = self.escalation.climb(how, now).or(signal);
            }
        }
        if let Some(signal) = signal {
            process_tree::send(&self.members()?, signal);
        }
        Ok(())
    }

    fn members(&self) -> io::Result<Vec<Member>> {
        process_tree::members(self.child.id() as i32)
    }

    /// Who is left when nothing more is to be waited for, after the command ended.
    fn left(&self, ended: Instant, now: Instant) -> io::Result<Option<Vec<Member>>> {
        let members = self.members()?;
        let is_quiet = self.sources.is_empty() && members.is_empty();
        let patience_is_over = match self.escalation.is_climbing() {
            true => self.escalation.is_over(LINGER, now) || !process_tree::has_session(&members),
            false => true,
        };
        let is_over = is_quiet || (patience_is_over && now - ended >= LINGER);
        Ok(is_over.then_some(members))
    }

    fn conclude(mut self, left: Vec<Member>) -> io::Result<ExitRecord> {
        for source in std::mem::take(&mut self.sources) {
            self.finish(source);
        }
        self.record.survivors = process_tree::survivors(&left);
        match self.log.close() {
            Ok(missing) => self.record.left_out = missing,
            Err(error) => drop(self.record.lost.get_or_insert_with(|| error.to_string())),
        }
        Ok(self.record)
    }
}

/// Connects a command's output with us.
fn connect(command: &mut Command, pipes: Pipes, masks: &Masks) -> io::Result<Vec<Source>> {
    let source = |stream, pipe| Source {
        stream,
        pipe,
        redactor: masks.redactor(),
    };
    let (said, pipe) = io::pipe()?;
    match pipes {
        Pipes::Together => {
            command.stdout(pipe.try_clone()?).stderr(pipe);
            Ok(vec![source(Stream::Both, said)])
        }
        Pipes::Apart => {
            let (complained, other) = io::pipe()?;
            command.stdout(pipe).stderr(other);
            Ok(vec![
                source(Stream::Out, said),
                source(Stream::Err, complained),
            ])
        }
    }
}
