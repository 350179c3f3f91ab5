//! The folder of one try of a step, and what the program does with it.

use super::{
    ExitRecord, Job, Output, Running, Stream, VERB, control_files, orphans, output, process_tree,
    secret_files, secret_folder,
};
use crate::exec::machine::Process;
use crate::exec::machine::Survivor;
use crate::exec::process::lines::{Colour, Lines};
use crate::exec::process::masks::Masks;
use crate::exec::process::own_program;
use crate::exec::process::secrets::{Handover, Secret};
use crate::exec::record::disk::{self, Disk, Shared};
use crate::exec::record::event::Kept;
use crate::exec::record::evidence;
use crate::exec::record::private;
use crate::files::regular;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many bytes a command may write to its outputs, all of them together: they become part of one line of the
/// journal, which is in memory whenever the run is read.
const OUTPUTS: u64 = 64 * 1024;

/// The variable in which each command of a step is told where the step notes that it was accepted.
pub(crate) const ACCEPTED_VARIABLE: &str = "RB_ACCEPTED";

/// The folder of one try of a step.
#[derive(Debug, Clone)]
pub struct Attempt {
    disk: Shared,
    folder: PathBuf,
}

impl Attempt {
    /// The try with this number of a step.
    ///
    /// The path of a step inside a call has slashes, which become `~` in the folder's name.
    pub fn new(run: &Path, step: &str, number: u32) -> Self {
        let step = step.replace('/', "~");
        Self {
            disk: disk::real(),
            folder: run.join("steps").join(format!("{step}.{number}")),
        }
    }

    /// The try in this folder.
    pub fn at(folder: &Path) -> Self {
        Self {
            disk: disk::real(),
            folder: folder.to_owned(),
        }
    }

    pub(super) fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the command said.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The folder of all runs of all projects that this one is in (`exec/store/mod.rs` draws it), for a step that
    /// begins a run of its own.
    pub fn state_root(&self) -> Option<&Path> {
        // ROOT/PROJECT/runs/RUN/steps/ATTEMPT
        self.folder.ancestors().nth(5)
    }

    /// The file that the command writes its outputs to.
    pub fn outputs(&self) -> PathBuf {
        self.folder.join("outputs")
    }

    /// The folder that the command may leave files in.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// The file in which the step notes that the other side accepted what it sent. It belongs to the step
    /// with this path and not to the try: all tries, their `verify` and their `undo` have the same.
    pub fn accepted(&self, step: &str) -> PathBuf {
        self.accepted_folder().join(step.replace('/', "~"))
    }

    fn accepted_folder(&self) -> PathBuf {
        let run = self.folder.parent().and_then(Path::parent);
        run.unwrap_or(&self.folder).join("accepted")
    }

    /// The same file as far as the try was told of one. The run's folder may be elsewhere by now.
    pub(super) fn told_accepted(&self) -> Option<PathBuf> {
        let job = self.job()?;
        let told = Path::new(job.env.get(ACCEPTED_VARIABLE)?).file_name()?;
        Some(self.accepted_folder().join(told))
    }

    /// Whether this try noted that the other side accepted something: what it says later is no word of
    /// one that did nothing.
    pub fn was_accepted(&self) -> bool {
        let before = self.job().map_or(0, |job| job.accepted);
        let note = self
            .told_accepted()
            .and_then(|note| fs::metadata(note).ok());
        note.is_some_and(|note| note.len() > before)
    }

    /// Whether what the shim needs was put there, by whoever began this try.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn is_prepared(&self) -> io::Result<bool> {
        self.folder.join("command.json").try_exists()
    }

    /// What it was told to do, if that was written down and can be read.
    pub fn job(&self) -> Option<Job> {
        control_files::read_job(self.disk(), &self.folder).ok()
    }

    /// Makes the folder with what the shim needs.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn prepare(&self, job: &Job) -> io::Result<()> {
        private::folder(&self.accepted_folder())?;
        control_files::prepare(self.disk(), &self.folder, job)
    }

    /// Starts the shim, and tells it what to do and of secrets. It goes on whatever becomes of us, and
    /// whatever becomes of the file in which the same is written down.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn start(&self, job: &Job, secrets: &Handover) -> io::Result<Running> {
        let mut shim = Command::new(own_program::path()?)
            .arg(VERB)
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut pipe) = shim.stdin.take() {
            match pipe.write_all(&serde_json::to_vec(&(job, secrets))?) {
                // It is gone already, before it began anything: whoever waits for it finds that out.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        Ok(Running::started(self.clone(), shim))
    }

    /// A try that was started before, by us or by somebody else.
    pub fn follow(&self) -> Running {
        Running::found(self.clone())
    }

    /// Runs the command on our own terminal and waits for it. Nothing of it is logged, and it may hand
    /// on none of the secrets that it was given or has found somewhere. A secret that a command reads
    /// from its standard input is not given: the terminal is there.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn run_here(&self, job: &Job, secrets: &[Secret], masks: &Masks) -> io::Result<()> {
        let _held = self.lock(FlockArg::LockExclusive)?;
        control_files::write_pid(self.disk(), &self.folder)?;
        let mut command = job.command()?;
        secret_files::expose(&mut command, &self.folder, secrets)?;
        command.stdin(Stdio::inherit());
        // A program that talks to people needs to know what their terminal can do.
        if let Some(term) = std::env::var_os("TERM") {
            command.env("TERM", term);
        }
        let ended = command.spawn().and_then(|mut child| {
            control_files::write_command(&self.folder, child.id());
            child.wait()
        });
        secret_folder::remove(&self.folder);
        let mut ended = ended.map_or_else(|error| ExitRecord::failed(&error), ExitRecord::ended);
        ended.leaked = self.forget_leaked(masks)?;
        self.sync_accepted()?;
        control_files::write_record(self.disk(), &self.folder, &ended)
    }

    /// The process that started the command, if it came so far: the shim, or whoever gave it the
    /// terminal.
    pub fn process(&self) -> Option<Process> {
        control_files::shim(&self.folder)
    }

    /// The living processes of the try, as far as they can be seen.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn living(&self) -> io::Result<Vec<Survivor>> {
        Ok(process_tree::survivors(&orphans::list_members(
            &self.folder,
        )?))
    }

    /// Takes the lock of the try; `None` if something of it runs and `how` does not wait.
    pub(super) fn lock(&self, how: FlockArg) -> io::Result<Option<Flock<File>>> {
        control_files::make_folder(self.disk(), &self.folder)?;
        let log = self.log();
        let file = private::file(&log)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", log.display())))?;
        match Flock::lock(file, how) {
            Ok(held) => Ok(Some(held)),
            Err((_, Errno::EWOULDBLOCK)) => Ok(None),
            Err((_, errno)) => Err(errno.into()),
        }
    }

    /// What the command says, from its first byte.
    pub fn output(&self) -> Output {
        Output::of(&self.folder)
    }

    /// What one stream of the command said, no more than `limit` bytes of it.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn read_stream(&self, stream: Stream, limit: u64) -> io::Result<Vec<u8>> {
        output::read_stream(&self.folder, stream, limit)
    }

    /// What the command wrote to its outputs.
    ///
    /// # Errors
    /// When it is too much or no text, or the operating system's reason.
    pub fn handed_on(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        match regular::open(&self.outputs()) {
            Ok(file) => file.take(OUTPUTS + 1).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if bytes.len() as u64 > OUTPUTS {
            return Err(io::Error::other("its outputs are longer than 64 KiB"));
        }
        String::from_utf8(bytes).map_err(|_| io::Error::other("its outputs are no text in UTF-8"))
    }

    /// Empties the outputs if they hold a secret, and removes each file beside them that does;
    /// whether there was one.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn forget_leaked(&self, masks: &Masks) -> io::Result<bool> {
        secret_files::forget_leaked(self, masks)
    }

    /// The end of the log, no more than `limit` bytes of it.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn log_end(&self, limit: u64) -> io::Result<Vec<u8>> {
        let mut log = regular::open(&self.log())?;
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(limit)))?;
        let mut end = Vec::new();
        log.take(limit).read_to_end(&mut end)?;
        Ok(end)
    }

    /// The first of these texts that a line of what the command said has, colour and the like left out.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn says(&self, texts: &[String]) -> io::Result<Option<String>> {
        let (mut output, mut lines) = (self.output(), Lines::new(Colour::Dropped));
        let (mut buffer, mut found) = (vec![0; 64 * 1024], texts.len());
        let mut look = |line: &str| {
            let at = texts.iter().position(|text| line.contains(text.as_str()));
            found = found.min(at.unwrap_or(found));
        };
        loop {
            match output.read(&mut buffer)? {
                0 => break,
                read => lines.push(&buffer[..read], |line| look(&line)),
            }
        }
        if let Some(line) = lines.finish() {
            look(&line);
        }
        Ok(texts.get(found).cloned())
    }

    /// Makes the note safe that the step was accepted.
    ///
    /// # Errors
    /// The operating system's reason.
    pub(super) fn sync_accepted(&self) -> io::Result<()> {
        match self.told_accepted() {
            Some(note) if note.exists() => {
                control_files::sync_files(&note)?;
                File::open(self.accepted_folder())?.sync_all()
            }
            _ => Ok(()),
        }
    }

    /// Those of these files of the try that are there, to be vouched for.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn kept(&self, names: &[&str]) -> io::Result<Vec<Kept>> {
        let folder = self.folder.file_name().unwrap_or_default();
        let mut kept = Vec::new();
        for name in names {
            match evidence::digest(&self.folder.join(name)) {
                Ok((bytes, sha256)) => kept.push(Kept {
                    path: format!("{}/{name}", folder.to_string_lossy()),
                    sha256,
                    bytes,
                }),
                // The try left none, or something that has no content to be vouched for.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if regular::is_no_file(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(kept)
    }

    /// Length and SHA-256 of the log.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn log_digest(&self) -> io::Result<(u64, String)> {
        evidence::digest(&self.log())
    }
}
