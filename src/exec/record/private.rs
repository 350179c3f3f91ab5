//! Files and folders that only their owner can enter: runs hold what is nobody else's business.

use crate::files::regular;
use nix::fcntl::OFlag;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder, and those above it.
///
/// # Errors
/// The operating system's reason.
pub fn folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Makes one folder.
///
/// # Errors
/// The operating system's reason; also if there is something with this name.
pub fn new_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Makes a file to write to.
///
/// # Errors
/// The operating system's reason; also if there is something with this name, be it a link.
pub fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

/// Opens a regular file to write at its end; makes it if there is nothing with this name.
///
/// # Errors
/// What it is instead, as of [`regular::open`]; or the operating system's reason.
pub fn file(path: &Path) -> io::Result<File> {
    let mut how = OpenOptions::new();
    how.create(true).append(true).mode(0o600);
    regular::open_with(&mut how, OFlag::O_NOFOLLOW, path)
}
