//! The disk that the record of a run is kept on, as narrow as the record needs it.
//!
//! Whatever the journal, the store and the inbox do to a file goes through [`Disk`], and each
//! [`Op`] on each [`FileKind`] of the record has a name at which tests fail and crash: see [`points`].
//! Two disks stand behind it: that of the operating system, and one in memory that loses whatever
//! a real one may lose.
//!
//! A file's bytes are safe after [`OpenFile::sync`]; its name is safe after
//! [`Disk::sync_folder`] of its folder. One does not give the other.

mod fail_points;
#[cfg(test)]
pub(crate) mod memory;
pub mod points;
mod real;

pub use points::{FileKind, Op};

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A disk that several parts of the program share.
pub type Shared = Arc<dyn Disk>;

/// Whether to wait for a lock that somebody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until it is free.
    Forever,
    /// Not at all.
    Never,
}

/// A lock, held for as long as this lives.
pub type LockGuard = Box<dyn Send>;

/// Where records are kept: the real file system, or one in memory that can lose power between any two operations.
pub trait Disk: fmt::Debug + Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// The operating system's reason.
    fn read(&self, part: FileKind, path: &Path) -> io::Result<Vec<u8>>;

    /// A file, to be read piece by piece.
    ///
    /// # Errors
    /// The operating system's reason.
    fn reader(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.read(part, path)?)))
    }

    /// Whether there is something with this name. Not knowing is an error, not a no.
    ///
    /// # Errors
    /// The operating system's reason.
    fn exists(&self, part: FileKind, path: &Path) -> io::Result<bool>;

    /// The names in a folder, in order.
    ///
    /// # Errors
    /// The operating system's reason.
    fn list(&self, part: FileKind, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Makes one folder that only its owner can enter.
    ///
    /// # Errors
    /// The operating system's reason; also if it is there already.
    fn make_folder(&self, part: FileKind, path: &Path) -> io::Result<()>;

    /// Makes a file that only its owner can read.
    ///
    /// # Errors
    /// The operating system's reason; also if it is there already.
    fn create(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>>;

    /// Opens a file that is there, to be written.
    ///
    /// # Errors
    /// The operating system's reason.
    fn open(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>>;

    /// Gives a file or folder another name in the same folder, in place of what has it.
    ///
    /// # Errors
    /// The operating system's reason.
    fn rename(&self, part: FileKind, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, or a folder with all that is in it.
    ///
    /// # Errors
    /// The operating system's reason.
    fn remove(&self, part: FileKind, path: &Path) -> io::Result<()>;

    /// Makes sure that the names in a folder survive a power cut.
    ///
    /// # Errors
    /// The operating system's reason.
    fn sync_folder(&self, part: FileKind, path: &Path) -> io::Result<()>;

    /// Takes the lock that a file stands for; `None` if somebody else has it and `wait` says so.
    ///
    /// # Errors
    /// The operating system's reason.
    fn lock(&self, path: &Path, wait: Wait) -> io::Result<Option<LockGuard>>;
}

/// A file open for writing.
pub trait OpenFile: Send {
    /// Writes from this byte on.
    ///
    /// # Errors
    /// The operating system's reason. Some of the bytes may then be written.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts off what follows the first `length` bytes.
    ///
    /// # Errors
    /// The operating system's reason.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// Makes sure that the bytes survive a power cut.
    ///
    /// # Errors
    /// The operating system's reason. What was not on disk then may never get there, even if a
    /// later sync succeeds.
    fn sync(&mut self) -> io::Result<()>;
}

/// The disk of the operating system.
pub fn real() -> Shared {
    Arc::new(real::Real)
}

impl dyn Disk + '_ {
    /// Makes a folder and those above it that are missing, and syncs the name of each.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn make_folders(&self, part: FileKind, path: &Path) -> io::Result<()> {
        if self.exists(part, path)? {
            return Ok(());
        }
        let above = path.parent().unwrap_or(Path::new("/"));
        self.make_folders(part, above)?;
        match self.make_folder(part, path) {
            // Somebody else may have been quicker.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.sync_folder(part, above),
        }
    }

    /// Makes a file with these bytes and syncs them; its name is for the caller to sync.
    ///
    /// # Errors
    /// The operating system's reason; also if it is there already.
    pub fn write_new(&self, part: FileKind, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.create(part, path)?;
        file.write_at(0, bytes)?;
        file.sync()
    }

    /// Puts a file in place so that it is seen whole or not at all, also after a power cut.
    ///
    /// # Errors
    /// The operating system's reason; what was in its place is then untouched.
    pub fn replace(&self, part: FileKind, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let partial = partial(path);
        // What a crash left of an earlier try.
        if self.exists(part, &partial)? {
            self.remove(part, &partial)?;
        }
        self.write_new(part, &partial, bytes)?;
        self.rename(part, &partial, path)?;
        self.sync_folder(part, path.parent().unwrap_or(Path::new("/")))
    }
}

fn partial(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    path.with_file_name(name)
}
