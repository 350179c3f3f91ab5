//! The small files of a try that decide what is believed of it: `command.json`, `pid`, `exit.json`
//! and `revoked`. Each is synced, with its name, before anybody relies on it.
//!
//! A command runs only after `pid` is safe, and `exit.json` comes only after what the command
//! handed on is safe. So once nothing of a try runs any more, these files alone tell what became of it:
//! see [`judge`].

use super::{ExitRecord, Found, Job};
use crate::exec::machine::Process;
use crate::exec::record::disk::{Disk, FileKind};
use crate::files::regular;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes the folder of a try if there is none.
pub(crate) fn make_folder(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    match disk.exists(FileKind::Try, folder)? {
        true => Ok(()),
        false => make(disk, folder),
    }
}

/// Makes a folder. The one above it is there, or the run is a copy that came without its empty
/// folders.
fn make(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    match (disk.make_folder(FileKind::Try, folder), folder.parent()) {
        (Err(error), Some(above)) if error.kind() == io::ErrorKind::NotFound => {
            disk.make_folder(FileKind::Try, above)?;
            disk.make_folder(FileKind::Try, folder)
        }
        (made, _) => made,
    }
}

/// Makes the folder of a try, with what the shim is to do in it.
pub(crate) fn prepare(disk: &dyn Disk, folder: &Path, job: &Job) -> io::Result<()> {
    make_folder(disk, folder)?;
    make_folder(disk, &folder.join("files"))?;
    for (part, name) in [(FileKind::Outputs, "outputs"), (FileKind::Log, "log")] {
        let path = folder.join(name);
        if !disk.exists(part, &path)? {
            disk.create(part, &path)?;
        }
    }
    let (path, bytes) = (folder.join("command.json"), serde_json::to_vec(job)?);
    disk.write_new(FileKind::Job, &path, &bytes)?;
    disk.sync_folder(FileKind::Try, folder)?;
    // Without its folder a try looks as if it had never been started.
    disk.sync_folder(FileKind::Try, folder.parent().unwrap_or(Path::new("/")))
}

/// What the shim is to do.
pub(crate) fn read_job(disk: &dyn Disk, folder: &Path) -> io::Result<Job> {
    let bytes = disk.read(FileKind::Job, &folder.join("command.json"))?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Whether the command may be started: nobody did, and nobody forbade it.
pub(crate) fn may_start(disk: &dyn Disk, folder: &Path) -> io::Result<bool> {
    let revoked = disk.exists(FileKind::Revoked, &folder.join("revoked"))?;
    Ok(!revoked && !was_started(disk, folder)?)
}

/// Writes down that this process is about to start the command.
pub(crate) fn write_pid(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    let line = Process::own().to_line();
    disk.write_new(FileKind::Pid, &folder.join("pid"), line.as_bytes())?;
    disk.sync_folder(FileKind::Try, folder)
}

/// The process that started the command, if it came so far: the shim, or whoever gave it the
/// terminal.
pub(super) fn shim(folder: &Path) -> Option<Process> {
    read_process(&folder.join("pid"))
}

/// Writes down which process the command is. It is not synced: no process outlives the machine.
pub(super) fn write_command(folder: &Path, pid: u32) {
    let line = Process::here(pid).to_line();
    // Without it, the session of the shim still tells what runs.
    let _ = fs::write(folder.join("command.pid"), line);
}

/// The process of the command, if that was written down.
pub(super) fn command(folder: &Path) -> Option<Process> {
    read_process(&folder.join("command.pid"))
}

fn read_process(path: &Path) -> Option<Process> {
    Process::from_line(std::str::from_utf8(&regular::read(path).ok()?).ok()?)
}

/// Whether the command was, or may have been, started.
fn was_started(disk: &dyn Disk, folder: &Path) -> io::Result<bool> {
    disk.exists(FileKind::Pid, &folder.join("pid"))
}

/// Puts an exit record in place, once what the command handed on is safe.
pub(crate) fn write_record(disk: &dyn Disk, folder: &Path, record: &ExitRecord) -> io::Result<()> {
    for (part, name) in [(FileKind::Outputs, "outputs"), (FileKind::Log, "log")] {
        let path = folder.join(name);
        if !disk.exists(part, &path)? {
            continue;
        }
        match disk.open(part, &path) {
            // What the command put in its place has no bytes to keep; whoever reads it says so.
            Err(error) if regular::is_no_file(&error) => {}
            file => file?.sync()?,
        }
    }
    let bytes = serde_json::to_vec(record)?;
    disk.replace(FileKind::Exit, &folder.join("exit.json"), &bytes)
}

/// Syncs the files that a command left in `folder`.
pub(super) fn sync_files(folder: &Path) -> io::Result<()> {
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() || entry.file_type().is_dir() {
            File::open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
}

/// How the command ended, if that was written down.
pub(crate) fn read_record(disk: &dyn Disk, folder: &Path) -> io::Result<Option<ExitRecord>> {
    let path = folder.join("exit.json");
    match disk.exists(FileKind::Exit, &path)? {
        true => Ok(serde_json::from_slice(&disk.read(FileKind::Exit, &path)?).ok()),
        false => Ok(None),
    }
}

/// What became of a try. Whoever asks holds its lock and has found that nothing of it runs; one that
/// was never started is forbidden to start later.
pub(crate) fn judge(disk: &dyn Disk, folder: &Path) -> io::Result<Found> {
    if let Some(record) = read_record(disk, folder)? {
        return Ok(Found::Ended(record));
    }
    if was_started(disk, folder)? {
        return Ok(Found::Unknown);
    }
    let revoked = folder.join("revoked");
    if !disk.exists(FileKind::Revoked, &revoked)? {
        disk.create(FileKind::Revoked, &revoked)?;
    }
    disk.sync_folder(FileKind::Try, folder)?;
    Ok(Found::NeverStarted)
}
