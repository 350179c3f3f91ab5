//! The disk of the operating system. Every operation passes its fail point.

use super::fail_points::{self, at};
use super::points::{FileKind, Op};
use super::{Disk, LockGuard, OpenFile, Wait};
use crate::exec::record::private;
use crate::files::regular;
use nix::fcntl::{Flock, FlockArg};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The disk of the operating system.
#[derive(Debug)]
pub(super) struct Real;

struct RealFile {
    part: FileKind,
    file: File,
}

impl Disk for Real {
    fn read(&self, part: FileKind, path: &Path) -> io::Result<Vec<u8>> {
        at(part, Op::Read, || regular::read(path))
    }

    fn reader(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        let file = at(part, Op::Read, || regular::open(path))?;
        Ok(Box::new(file))
    }

    fn exists(&self, part: FileKind, path: &Path) -> io::Result<bool> {
        at(part, Op::Look, || path.try_exists())
    }

    fn list(&self, part: FileKind, folder: &Path) -> io::Result<Vec<OsString>> {
        at(part, Op::List, || {
            let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
            let mut names = names.collect::<io::Result<Vec<OsString>>>()?;
            names.sort();
            Ok(names)
        })
    }

    fn make_folder(&self, part: FileKind, path: &Path) -> io::Result<()> {
        at(part, Op::MakeFolder, || {
            fs::DirBuilder::new().mode(0o700).create(path)
        })
    }

    fn create(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = at(part, Op::Create, || {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        })?;
        Ok(Box::new(RealFile { part, file }))
    }

    fn open(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = at(part, Op::Open, || regular::open_to_write(path))?;
        Ok(Box::new(RealFile { part, file }))
    }

    fn rename(&self, part: FileKind, from: &Path, to: &Path) -> io::Result<()> {
        at(part, Op::Rename, || fs::rename(from, to))
    }

    fn remove(&self, part: FileKind, path: &Path) -> io::Result<()> {
        at(part, Op::Remove, || match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        })
    }

    fn sync_folder(&self, part: FileKind, path: &Path) -> io::Result<()> {
        at(part, Op::SyncFolder, || File::open(path)?.sync_all())
    }

    fn lock(&self, path: &Path, wait: Wait) -> io::Result<Option<LockGuard>> {
        let how = match wait {
            Wait::Forever => FlockArg::LockExclusive,
            Wait::Never => FlockArg::LockExclusiveNonblock,
        };
        loop {
            match Flock::lock(private::file(path)?, how) {
                Ok(held) if is_at(&held, path)? => return Ok(Some(Box::new(held))),
                // It was moved or removed before we had it: the one that is there now counts.
                Ok(_) => {}
                Err((_, nix::errno::Errno::EWOULDBLOCK)) => return Ok(None),
                Err((_, errno)) => return Err(errno.into()),
            }
        }
    }
}

/// Whether an open file is the one at this path.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((open.dev(), open.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl OpenFile for RealFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        fail_points::write(self.part, bytes, |part| {
            self.file.write_all_at(part, offset)
        })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        at(self.part, Op::Cut, || self.file.set_len(length))
    }

    fn sync(&mut self) -> io::Result<()> {
        at(self.part, Op::Sync, || self.file.sync_data())
    }
}
