//! Opening the files of a record: regular files, and nothing else that has their name.
//!
//! A FIFO would keep its reader for ever, a device may have no end, and a link leads out of the
//! run. Whatever is not a file is never waited for, and the error says what it is.

use nix::errno::Errno;
use nix::fcntl::OFlag;
use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Opens a regular file to be read.
///
/// # Errors
/// What it is instead, with [`io::ErrorKind::InvalidData`]; or the operating system's reason.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), OFlag::O_NOFOLLOW, path)
}

/// Opens a regular file to be written. It is neither made nor emptied.
///
/// # Errors
/// As [`open`].
pub fn open_to_write(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().write(true), OFlag::O_NOFOLLOW, path)
}

/// Opens a regular file that somebody named, who may name it by a link.
///
/// # Errors
/// As [`open`].
pub fn open_named(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), OFlag::empty(), path)
}

/// The bytes of a regular file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether an error of this module says that there is something else than a file.
pub fn is_no_file(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

/// Opens a regular file in this way, with these further flags.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_with(how: &mut OpenOptions, further: OFlag, path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | further;
    let file = match how.custom_flags(flags.bits()).open(path) {
        Ok(file) => file,
        Err(error) => return Err(named(path, error)),
    };
    match file.metadata()?.file_type() {
        kind if kind.is_file() => Ok(file),
        kind => Err(no_file(kind)),
    }
}

/// The error of an opening that was refused because of what has the name.
fn named(path: &Path, error: io::Error) -> io::Error {
    let is_of_kind = [Errno::ELOOP, Errno::ENXIO, Errno::EISDIR]
        .iter()
        .any(|errno| error.raw_os_error() == Some(*errno as i32));
    match fs::symlink_metadata(path) {
        Ok(found) if is_of_kind && !found.is_file() => no_file(found.file_type()),
        _ => error,
    }
}

fn no_file(kind: FileType) -> io::Error {
    let is = match kind {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_symlink() => "a symbolic link",
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    };
    io::Error::new(io::ErrorKind::InvalidData, format!("it is {is}, no file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;
    use std::os::unix::net::UnixListener;

    /// Something under a name, and what it is called.
    type Thing = (&'static str, fn(&Path));

    const THINGS: [Thing; 4] = [
        ("a folder", |path| fs::create_dir(path).expect("made")),
        ("a symbolic link", |path| {
            std::os::unix::fs::symlink("/etc/hostname", path).expect("made");
        }),
        ("a FIFO", |path| {
            nix::unistd::mkfifo(path, Mode::S_IRWXU).expect("made");
        }),
        ("a socket", |path| {
            drop(UnixListener::bind(path).expect("made"))
        }),
    ];

    #[test]
    fn only_files_are_opened_and_nothing_is_waited_for() {
        for (is, make) in THINGS {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("log");
            make(&path);
            for open in [open, open_to_write] {
                let error = open(&path).expect_err(is);
                assert!(is_no_file(&error), "{is}: {error}");
                assert_eq!(error.to_string(), format!("it is {is}, no file"));
            }
        }
        let device = open(Path::new("/dev/null")).expect_err("a device");
        assert_eq!(device.to_string(), "it is a device, no file");
    }

    #[test]
    fn a_file_is_opened_and_one_that_is_not_there_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let missing = open(&path).expect_err("it is not there");
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        fs::write(&path, "said").expect("it can be written");
        assert_eq!(read(&path).expect("it is a file"), b"said");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("it can be made");
        open_named(&link).expect("whoever names a link means its file");
    }
}
