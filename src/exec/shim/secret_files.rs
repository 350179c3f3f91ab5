//! How a command gets its secrets: as a private file that goes with the try, by its standard
//! input, or in its environment; and how outputs that hold one are taken away.

use super::private_file;
use crate::exec::plan::sha256;
use crate::exec::secrets::{Redactor, Secret};
use crate::exec::store::private_folder;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Removes the secret files of a try.
pub(super) fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(secret_folder(folder));
}

/// Gives a command its secrets; the value for its standard input, if one goes there.
pub(super) fn expose<'s>(
    command: &mut Command,
    folder: &Path,
    secrets: &'s [Secret],
) -> io::Result<Option<&'s str>> {
    let private = secret_folder(folder);
    if !secrets.is_empty() {
        private_folder(&private)?;
    }
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

/// Empties the outputs if they hold a secret.
pub(super) fn forget_leaked(outputs: &Path, secrets: &[Secret]) -> io::Result<bool> {
    let leaked = !secrets.is_empty() && Redactor::new(secrets).finds(&fs::read(outputs)?);
    if leaked {
        fs::write(outputs, "")?;
    }
    Ok(leaked)
}
