//! The disk of the operating system. Every operation passes its fail point.

use super::passing::{self, at};
use super::points::{Op, Part};
use super::{Disk, Held, OpenFile, Wait};
use nix::fcntl::{Flock, FlockArg};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

/// The disk of the operating system.
#[derive(Debug)]
pub(super) struct Real;

struct RealFile {
    part: Part,
    file: File,
}

impl Disk for Real {
    fn read(&self, part: Part, path: &Path) -> io::Result<Vec<u8>> {
        at(part, Op::Read, || fs::read(path))
    }

    fn exists(&self, part: Part, path: &Path) -> io::Result<bool> {
        at(part, Op::Look, || path.try_exists())
    }

    fn list(&self, part: Part, folder: &Path) -> io::Result<Vec<OsString>> {
        at(part, Op::List, || {
            let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
            let mut names = names.collect::<io::Result<Vec<OsString>>>()?;
            names.sort();
            Ok(names)
        })
    }

    fn make_folder(&self, part: Part, path: &Path) -> io::Result<()> {
        at(part, Op::MakeFolder, || {
            fs::DirBuilder::new().mode(0o700).create(path)
        })
    }

    fn create(&self, part: Part, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = at(part, Op::Create, || {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        })?;
        Ok(Box::new(RealFile { part, file }))
    }

    fn open(&self, part: Part, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = at(part, Op::Open, || OpenOptions::new().write(true).open(path))?;
        Ok(Box::new(RealFile { part, file }))
    }

    fn rename(&self, part: Part, from: &Path, to: &Path) -> io::Result<()> {
        at(part, Op::Rename, || fs::rename(from, to))
    }

    fn remove(&self, part: Part, path: &Path) -> io::Result<()> {
        at(part, Op::Remove, || match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        })
    }

    fn sync_folder(&self, part: Part, path: &Path) -> io::Result<()> {
        at(part, Op::SyncFolder, || File::open(path)?.sync_all())
    }

    fn lock(&self, path: &Path, wait: Wait) -> io::Result<Option<Held>> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)?;
        let how = match wait {
            Wait::Forever => FlockArg::LockExclusive,
            Wait::Never => FlockArg::LockExclusiveNonblock,
        };
        match Flock::lock(file, how) {
            Ok(held) => Ok(Some(Box::new(held))),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
            Err((_, errno)) => Err(errno.into()),
        }
    }
}

impl OpenFile for RealFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        passing::write(self.part, bytes, |part| {
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
