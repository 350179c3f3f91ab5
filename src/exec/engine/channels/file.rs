//! A message as one line of a file: below the project's state folder, or where an absolute path
//! says, but never in the target of the run, and never through a symbolic link. Whatever the text
//! holds, it is one line.

use super::Places;
use crate::model::policy::{MESSAGES, file_fault};
use crate::printable::is_harmful;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, mkdirat};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

/// How a folder on the way is opened.
#[cfg(target_os = "linux")]
const FOLDER: OFlag = OFlag::O_PATH
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_CLOEXEC);

/// Adds a message to the file of a channel.
///
/// # Errors
/// Why it was not written, for people.
pub(super) fn append(file: &str, places: &Places<'_>, text: &str) -> Result<(), String> {
    if let Some(fault) = file_fault(file) {
        return Err(fault.to_owned());
    }
    let path = Path::new(file);
    let mut opened = if path.is_absolute() {
        refuse_target(path, places.target)?;
        open_below(Path::new("/"), path, &Missing::Folder)?
    } else {
        let below = Path::new(MESSAGES).join(path);
        open_below(places.state, &below, &Missing::Nothing)?
    };
    write(&mut opened, text).map_err(|error| error.to_string())
}

fn refuse_target(path: &Path, target: &Path) -> Result<(), String> {
    match path.starts_with(target) {
        true => Err(format!(
            "it is in the target {}; name a file outside it in `data/channels.yaml`, or one without `/` in front, which is kept with the runs",
            target.display()
        )),
        false => Ok(()),
    }
}

/// What may be missing on the way to a file.
enum Missing {
    /// The file alone; everybody may read it who may enter its folder.
    Folder,
    /// Everything; nobody else may read it.
    Nothing,
}

/// Opens a file to read, and to write at its end. No link below `base` is followed.
fn open_below(base: &Path, below: &Path, missing: &Missing) -> Result<File, String> {
    let mut at = base.to_owned();
    let mut folder = open(base, FOLDER, Mode::empty()).map_err(|errno| why(errno, &at))?;
    let mut names = below
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .peekable();
    while let Some(name) = names.next() {
        at.push(name);
        if names.peek().is_some() {
            folder = enter(&folder, name, missing).map_err(|errno| why(errno, &at))?;
            continue;
        }
        return file_in(&folder, name, missing, &at);
    }
    Err("it names no file".to_owned())
}

fn enter(folder: &OwnedFd, name: Component<'_>, missing: &Missing) -> Result<OwnedFd, Errno> {
    let name = name.as_os_str();
    if matches!(missing, Missing::Nothing) {
        match mkdirat(folder, name, Mode::S_IRWXU) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    openat(folder, name, FOLDER | OFlag::O_NOFOLLOW, Mode::empty())
}

fn file_in(
    folder: &OwnedFd,
    name: Component<'_>,
    missing: &Missing,
    at: &Path,
) -> Result<File, String> {
    let mode = match missing {
        Missing::Folder => Mode::from_bits_truncate(0o666),
        Missing::Nothing => Mode::from_bits_truncate(0o600),
    };
    // Without O_NONBLOCK a named pipe would hold us until somebody reads.
    let how = OFlag::O_RDWR
        | OFlag::O_APPEND
        | OFlag::O_CREAT
        | OFlag::O_NOFOLLOW
        | OFlag::O_NONBLOCK
        | OFlag::O_CLOEXEC;
    let opened = openat(folder, name.as_os_str(), how, mode).map_err(|errno| why(errno, at))?;
    let file = File::from(opened);
    let is_file = file
        .metadata()
        .map_err(|error| error.to_string())?
        .is_file();
    match is_file {
        true => Ok(file),
        false => Err(format!("{} is no regular file", at.display())),
    }
}

/// Why a path could not be opened.
fn why(errno: Errno, at: &Path) -> String {
    let link = at.symlink_metadata().is_ok_and(|found| found.is_symlink());
    match link {
        true => format!(
            "{} is a symbolic link, which is not followed; name the file itself in `data/channels.yaml`",
            at.display()
        ),
        false => format!("{}: {}", at.display(), io::Error::from(errno)),
    }
}

/// Writes a line at once, after the end of the last one: a crash, or a full disk, may have left half
/// of it.
fn write(file: &mut File, text: &str) -> io::Result<()> {
    let mut line = line(text);
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            line.insert(0, '\n');
        }
    }
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// A text as one line: what would end it, or move a cursor, is written out.
fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\u{2028}' | '\u{2029}' => line.extend(c.escape_default()),
            c if is_harmful(c) => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line.push('\n');
    line
}
