//! The disk in memory as a disk: each operation passes its fail point.

use super::bytes::{Bytes, Change};
use super::content::{Node, folder, split};
use super::{Memory, Much};
use crate::exec::record::disk::points::{FileKind, Op};
use crate::exec::record::disk::{Disk, LockGuard, OpenFile, Wait};
use nix::errno::Errno;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

impl Disk for Memory {
    fn read(&self, part: FileKind, path: &Path) -> io::Result<Vec<u8>> {
        self.step(part, Op::Read, |content, _| {
            let at = content.find(path)?;
            Ok(content.bytes(at)?.seen.clone())
        })
    }

    fn exists(&self, part: FileKind, path: &Path) -> io::Result<bool> {
        self.step(part, Op::Look, |content, _| Ok(content.find(path).is_ok()))
    }

    fn list(&self, part: FileKind, folder: &Path) -> io::Result<Vec<OsString>> {
        self.step(part, Op::List, |content, _| {
            Ok(content.names(folder)?.keys().cloned().collect())
        })
    }

    fn make_folder(&self, part: FileKind, path: &Path) -> io::Result<()> {
        self.step(part, Op::MakeFolder, |content, much| match much {
            Much::All => content.add(path, folder()).map(drop),
            Much::Refused => Ok(()),
        })
    }

    fn create(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let node = self.step(part, Op::Create, |content, much| match much {
            Much::All => content.add(path, Node::File(Bytes::default())),
            Much::Refused => Ok(0),
        })?;
        Ok(Box::new(MemoryFile {
            disk: self.clone(),
            part,
            node,
        }))
    }

    fn open(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let node = self.step(part, Op::Open, |content, _| content.find(path))?;
        Ok(Box::new(MemoryFile {
            disk: self.clone(),
            part,
            node,
        }))
    }

    fn rename(&self, part: FileKind, from: &Path, to: &Path) -> io::Result<()> {
        self.step(part, Op::Rename, |content, much| {
            if much != Much::All {
                return Ok(());
            }
            let ((folder, from), (_, to)) = (split(from), split(to));
            let names = content.names(folder)?;
            let node = names.remove(from).ok_or(Errno::ENOENT)?;
            names.insert(to.to_owned(), node);
            Ok(())
        })
    }

    fn remove(&self, part: FileKind, path: &Path) -> io::Result<()> {
        self.step(part, Op::Remove, |content, much| {
            if much != Much::All {
                return Ok(());
            }
            let (folder, name) = split(path);
            let removed = content.names(folder)?.remove(name);
            Ok(removed.map(drop).ok_or(Errno::ENOENT)?)
        })
    }

    fn sync_folder(&self, part: FileKind, path: &Path) -> io::Result<()> {
        self.step(part, Op::SyncFolder, |content, much| {
            let at = content.find(path)?;
            if let (Node::Folder { seen, safe }, Much::All) = (&mut content.nodes[at], much) {
                safe.clone_from(seen);
            }
            Ok(())
        })
    }

    fn lock(&self, path: &Path, wait: Wait) -> io::Result<Option<LockGuard>> {
        let mut inner = self.inner();
        if !inner.locks.insert(path.to_owned()) {
            assert_eq!(wait, Wait::Never, "nobody would ever release {path:?}");
            return Ok(None);
        }
        Ok(Some(Box::new(MemoryLock {
            disk: self.clone(),
            path: path.to_owned(),
        })))
    }
}

struct MemoryLock {
    disk: Memory,
    path: PathBuf,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.disk.inner().locks.remove(&self.path);
    }
}

struct MemoryFile {
    disk: Memory,
    part: FileKind,
    node: usize,
}

impl OpenFile for MemoryFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let half = &bytes[..bytes.len() / 2];
        self.disk.step(self.part, Op::Write, |content, much| {
            let done = if much == Much::All { bytes } else { half };
            let change = Change::Write(offset as usize, done.to_vec());
            content.bytes(self.node)?.change(change);
            Ok(())
        })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.disk.step(self.part, Op::Cut, |content, much| {
            if much == Much::All {
                let change = Change::Cut(length as usize);
                content.bytes(self.node)?.change(change);
            }
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.step(self.part, Op::Sync, |content, much| {
            let bytes = content.bytes(self.node)?;
            match much {
                Much::All => bytes.sync(),
                Much::Refused => bytes.fail_to_sync(),
            }
            Ok(())
        })
    }
}
