//! How a command gets its secrets: as a private file that goes with the try, by its standard
//! input, or in its environment; and how outputs that hold one are taken away.

use super::{Attempt, secret_folder};
use crate::exec::process::masks::Masks;
use crate::exec::process::secrets::Secret;
use crate::exec::record::private;
use crate::files::{self, regular};
use crate::model::runbook::Expose;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use walkdir::{DirEntry, WalkDir};

/// Gives a command its secrets; the value for its standard input, if one goes there.
pub(super) fn expose<'s>(
    command: &mut Command,
    folder: &Path,
    secrets: &'s [Secret],
) -> io::Result<Option<&'s str>> {
    let private = match secrets.iter().any(|secret| secret.expose == Expose::File) {
        true => secret_folder::make(folder)?,
        false => PathBuf::new(),
    };
    let mut typed = None;
    for secret in secrets {
        let variable = Secret::variable(&secret.name);
        match secret.expose {
            Expose::Env => {
                command.env(variable, &secret.value);
            }
            Expose::Stdin => {
                command.stdin(Stdio::piped());
                typed = Some(secret.value.as_str());
            }
            Expose::File => {
                let path = private.join(&secret.name);
                private::new_file(&path)?.write_all(secret.value.as_bytes())?;
                command.env(variable, path);
            }
        }
    }
    Ok(typed)
}

/// Empties the outputs if they hold a secret, and removes each file and folder that does or is called
/// so.
pub(super) fn forget_leaked(attempt: &Attempt, masks: &Masks) -> io::Result<bool> {
    let mut leaked = false;
    if masks.is_empty() {
        return Ok(leaked);
    }
    mask_accepted(attempt, masks)?;
    let holds = match regular::open(&attempt.outputs()) {
        // Nothing is handed on by what is no file, or gone.
        Err(error) if regular::is_no_file(&error) => false,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        outputs => masks.finds(outputs?)?,
    };
    if holds {
        fs::write(attempt.outputs(), "")?;
        leaked = true;
    }
    let files = attempt.files();
    let mut entries = WalkDir::new(&files).min_depth(1).into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        if !holds_one(&files, &entry, masks)? {
            continue;
        }
        leaked = true;
        if entry.file_type().is_dir() {
            entries.skip_current_dir();
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(leaked)
}

/// Masks secrets in the note that the step was accepted. The note stays: without it a `verify` would
/// take what was sent for what was never sent.
fn mask_accepted(attempt: &Attempt, masks: &Masks) -> io::Result<()> {
    let Some(path) = attempt.told_accepted() else {
        return Ok(());
    };
    let mut said = Vec::new();
    match regular::open(&path) {
        // What a step put in its place says nothing that could be read.
        Err(error) if regular::is_no_file(&error) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        note => note?.read_to_end(&mut said)?,
    };
    if !masks.finds(said.as_slice())? {
        return Ok(());
    }
    let mut redactor = masks.redactor();
    let mut masked = redactor.push(&said);
    masked.extend(redactor.finish());
    files::replace(&path, &masked)
}

/// Whether something below the folder `files` holds a secret: in what it is called there, in what is in
/// it, or in where it leads.
fn holds_one(files: &Path, entry: &DirEntry, masks: &Masks) -> io::Result<bool> {
    let path = entry.path();
    let name = path.strip_prefix(files).unwrap_or(path);
    if masks.finds(name.as_os_str().as_bytes())? {
        return Ok(true);
    }
    let kind = entry.file_type();
    if kind.is_symlink() {
        return masks.finds(fs::read_link(path)?.as_os_str().as_bytes());
    }
    Ok(kind.is_file() && masks.finds(File::open(path)?)?)
}
