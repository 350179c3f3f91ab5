//! The small files of a try that decide what is believed of it: `command.json`, `pid`, `exit.json`
//! and `revoked`. Each is synced, with its name, before anybody relies on it.

use super::{ExitRecord, Job, private_file};
use crate::exec::store::sync_folder;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes down what the shim is to do.
pub(super) fn write_job(folder: &Path, job: &Job) -> io::Result<()> {
    let mut file = private_file(&folder.join("command.json"))?;
    file.write_all(&serde_json::to_vec(job)?)?;
    file.sync_all()?;
    sync_folder(folder)
}

/// What the shim is to do.
pub(super) fn read_job(folder: &Path) -> io::Result<Job> {
    Ok(serde_json::from_slice(&fs::read(
        folder.join("command.json"),
    )?)?)
}

/// Writes down that this process is about to start the command.
pub(super) fn write_pid(folder: &Path) -> io::Result<()> {
    let mut file = private_file(&folder.join("pid"))?;
    writeln!(file, "{}", std::process::id())?;
    file.sync_all()?;
    sync_folder(folder)
}

/// Whether the command was, or may have been, started.
pub(super) fn was_started(folder: &Path) -> bool {
    folder.join("pid").exists()
}

/// Puts an exit record in place: whole or not there.
pub(super) fn write_record(folder: &Path, record: &ExitRecord) -> io::Result<()> {
    let partial = folder.join("exit.partial");
    let mut file = private_file(&partial)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    file.sync_all()?;
    fs::rename(&partial, folder.join("exit.json"))?;
    sync_folder(folder)
}

/// How the command ended, if that was written down.
pub(super) fn read_record(folder: &Path) -> io::Result<Option<ExitRecord>> {
    match fs::read(folder.join("exit.json")) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Forbids every shim to start the command from now on.
pub(super) fn revoke(folder: &Path) -> io::Result<()> {
    private_file(&folder.join("revoked"))?.sync_all()?;
    sync_folder(folder)
}

/// Whether the command may not be started any more.
pub(super) fn is_revoked(folder: &Path) -> bool {
    folder.join("revoked").exists()
}
