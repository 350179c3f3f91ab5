//! A disk in memory that is as mean as a real one may be.
//!
//! What was written is seen at once and safe only after a sync. A sync that fails drops what it
//! was for: the bytes stay visible, and no later sync brings them to safety. Any operation can be
//! told to fail. A [`Shot`] is the disk at one moment, as it was when a process died there:
//! [`Shot::left`] gives every disk that a kill or a power cut may leave of it, with unsynced bytes
//! lost, kept or torn, and with the unsynced names of each folder lost or kept.
//!
//! Facts are what happened outside and what somebody was told. Nothing loses them.

mod bytes;
mod content;
mod disk;
mod shot;

pub(crate) use shot::Shot;

use crate::exec::record::disk::points::{FileKind, Op, name};
use content::Content;
use nix::errno::Errno;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// Which operation the disk refuses, counted from 1. Half of what was to be written is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) nth: usize,
    pub(crate) errno: Errno,
    /// Whether it refuses everything that changes it from then on.
    pub(crate) for_ever: bool,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Mutex<Inner>>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a disk in memory")
    }
}

#[derive(Default)]
struct Inner {
    content: Content,
    passed: Vec<String>,
    refusal: Option<Refusal>,
    film: Option<Vec<Shot>>,
    shots: Vec<Shot>,
    locks: BTreeSet<PathBuf>,
}

impl Memory {
    /// An empty disk.
    pub(crate) fn new() -> Self {
        Self::of(Content::empty())
    }

    fn of(content: Content) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            content,
            ..Inner::default()
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics while it has the disk")
    }

    /// Another disk with the same on it, with which nothing has been done yet.
    pub(crate) fn copy(&self) -> Self {
        Self::of(self.inner().content.clone())
    }

    /// A number that differs, as good as certainly, if anything on the disk does.
    pub(crate) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.inner().content.hash(&mut hasher);
        hasher.finish()
    }

    /// Lets the disk refuse an operation.
    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.inner().refusal = Some(refusal);
    }

    /// Begins to take a shot before each operation that changes something.
    pub(crate) fn film(&self) {
        self.inner().film = Some(Vec::new());
    }

    /// Ends the film with a shot of the present.
    pub(crate) fn cut(&self) {
        let mut inner = self.inner();
        inner.shoot("then".to_owned());
        let shots = inner.film.take();
        inner.shots.extend(shots.into_iter().flatten());
    }

    /// The shots of all films, in order.
    pub(crate) fn shots(&self) -> Vec<Shot> {
        std::mem::take(&mut self.inner().shots)
    }

    /// The disk as it is now.
    pub(crate) fn shot(&self) -> Shot {
        Shot::of("now".to_owned(), &self.inner().content)
    }

    /// The names of the fail points that were passed, in order.
    pub(crate) fn passed(&self) -> Vec<String> {
        self.inner().passed.clone()
    }

    /// Something becomes known outside.
    pub(crate) fn know(&self, fact: String) {
        self.inner().content.facts.push(fact);
    }

    /// Something happens outside, and a process may die just before it.
    pub(crate) fn happens(&self, fact: String) {
        let mut inner = self.inner();
        inner.passed.push(fact.clone());
        inner.shoot(format!("before {fact}"));
        inner.content.facts.push(fact);
    }

    /// What is known outside, in order.
    pub(crate) fn facts(&self) -> Vec<String> {
        self.inner().content.facts.clone()
    }

    /// Passes a fail point. `act` is told how much of its work to do.
    fn step<T>(
        &self,
        part: FileKind,
        op: Op,
        act: impl FnOnce(&mut Content, Much) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut inner = self.inner();
        let point = name(part, op);
        inner.passed.push(point.clone());
        let here = inner.passed.len();
        if changes(op) {
            inner.shoot(format!("before {point} ({here})"));
        }
        let refused = inner.refusal.filter(|refusal| {
            let later = refusal.for_ever && here > refusal.nth && changes(op);
            here == refusal.nth || later
        });
        match refused {
            None => act(&mut inner.content, Much::All),
            Some(refusal) => {
                act(&mut inner.content, Much::Refused)?;
                Err(refusal.errno.into())
            }
        }
    }
}

/// Whether an operation may change what a crash leaves.
fn changes(op: Op) -> bool {
    !matches!(op, Op::Read | Op::Look | Op::List | Op::Open)
}

/// How much of an operation is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Much {
    All,
    /// What a disk does although it refuses.
    Refused,
}

impl Inner {
    fn shoot(&mut self, moment: String) {
        if let Some(film) = &mut self.film {
            film.push(Shot::of(moment, &self.content));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::record::disk::{Disk, Shared};
    use std::path::Path;

    fn with_file(bytes: &[u8]) -> (Memory, Shared) {
        let memory = Memory::new();
        let disk: Shared = Arc::new(memory.clone());
        disk.write_new(FileKind::Journal, Path::new("/a"), bytes)
            .expect("nothing fails");
        (memory, disk)
    }

    fn seen(memory: &Memory) -> BTreeSet<Option<Vec<u8>>> {
        let read = |(_, disk): (String, Memory)| disk.read(FileKind::Journal, Path::new("/a")).ok();
        memory.shot().left().into_iter().map(read).collect()
    }

    #[test]
    fn a_name_is_safe_after_the_sync_of_its_folder_and_bytes_after_their_own() {
        let (memory, disk) = with_file(b"1234");
        assert_eq!(seen(&memory), [None, Some(b"1234".to_vec())].into());
        disk.sync_folder(FileKind::Run, Path::new("/"))
            .expect("nothing fails");
        assert_eq!(seen(&memory), [Some(b"1234".to_vec())].into());

        let mut file = disk
            .open(FileKind::Journal, Path::new("/a"))
            .expect("it is there");
        file.write_at(4, b"5678").expect("nothing fails");
        let possible = [&b"1234"[..], b"12345678", b"123456", b"1234\x00\x0078"];
        assert_eq!(
            seen(&memory),
            possible.map(|bytes| Some(bytes.to_vec())).into()
        );
    }

    #[test]
    fn what_a_failed_sync_was_for_stays_visible_and_is_never_safe() {
        let (memory, disk) = with_file(b"12");
        disk.sync_folder(FileKind::Run, Path::new("/"))
            .expect("nothing fails");
        let mut file = disk
            .open(FileKind::Journal, Path::new("/a"))
            .expect("it is there");
        let nth = memory.passed().len() + 2;
        memory.refuse(Refusal {
            nth,
            errno: Errno::EIO,
            for_ever: false,
        });
        file.write_at(2, b"34").expect("the write does not fail");
        file.sync().expect_err("the sync does");
        file.write_at(4, b"56").expect("nothing fails");
        file.sync().expect("nothing fails");
        assert_eq!(
            seen(&memory),
            [&b"123456"[..], b"12\x00\x0056"]
                .map(|bytes| Some(bytes.to_vec()))
                .into()
        );
    }
}
