//! A disk in memory that is as mean as a real one may be.
//!
//! What was written is seen at once and safe only after a sync. A sync that fails drops what it
//! was for: the bytes stay visible, and no later sync brings them to safety. Any operation can be
//! told to fail. A [`Shot`] is the disk at one moment, as it was when a process died there:
//! [`Shot::left`] gives every disk that a kill or a power cut may leave of it, with unsynced bytes
//! lost, kept or torn, and with the unsynced names of each folder lost or kept.
//!
//! Facts are what happened outside and what somebody was told. Nothing loses them.

use super::points::{Op, Part, name};
use super::{Disk, Held, OpenFile, Wait};
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Component, Path, PathBuf};
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

/// What is on the disk, and what is known outside.
#[derive(Clone, Default, Hash)]
struct Content {
    nodes: Vec<Node>,
    facts: Vec<String>,
}

/// The disk at the moment when a process died.
pub(crate) struct Shot {
    /// What it was about to do.
    pub(crate) moment: String,
    content: Content,
}

#[derive(Clone, Hash)]
enum Node {
    Folder { seen: Names, safe: Names },
    File(Bytes),
}

type Names = BTreeMap<OsString, usize>;

#[derive(Clone, Default, Hash)]
struct Bytes {
    seen: Vec<u8>,
    safe: Vec<u8>,
    /// What was done since the last sync.
    unsafe_yet: Vec<Change>,
}

#[derive(Clone, Hash)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

/// What a power cut leaves of unsynced bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Nothing.
    Nothing,
    /// Everything.
    All,
    /// Of the last write, the first half.
    Head,
    /// Of the last write, the second half, with zeros before it.
    Tail,
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(length) => bytes.truncate(*length),
            Self::Write(offset, new) => {
                let end = offset + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(new);
            }
        }
    }

    fn torn(&self, left: Left) -> Option<Self> {
        let Self::Write(offset, bytes) = self else {
            return (left != Left::Nothing).then(|| self.clone());
        };
        let half = bytes.len() / 2;
        match left {
            Left::Nothing => None,
            Left::All => Some(self.clone()),
            Left::Head => Some(Self::Write(*offset, bytes[..half].to_vec())),
            Left::Tail => Some(Self::Write(offset + half, bytes[half..].to_vec())),
        }
    }
}

impl Bytes {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsafe_yet.push(change);
    }

    fn sync(&mut self) {
        for change in self.unsafe_yet.drain(..) {
            change.apply(&mut self.safe);
        }
    }

    fn after_power_cut(&self, left: Left) -> Self {
        let mut bytes = self.safe.clone();
        let whole = match left {
            Left::Nothing => 0,
            _ => self.unsafe_yet.len().saturating_sub(1),
        };
        let (first, last) = self.unsafe_yet.split_at(whole);
        first.iter().for_each(|change| change.apply(&mut bytes));
        if let Some(change) = last.first().and_then(|change| change.torn(left)) {
            change.apply(&mut bytes);
        }
        Self {
            seen: bytes.clone(),
            safe: bytes,
            unsafe_yet: Vec::new(),
        }
    }
}

impl Shot {
    /// Every disk that a kill or a power cut may leave, each with what was lost.
    pub(crate) fn left(&self) -> Vec<(String, Memory)> {
        let nodes = &self.content.nodes;
        let mut disks = vec![("killed".to_owned(), Memory::of(self.content.clone()))];
        let open: Vec<usize> = (0..nodes.len())
            .filter(|node| matches!(&nodes[*node], Node::Folder { seen, safe } if seen != safe))
            .collect();
        let all_bytes_safe = nodes
            .iter()
            .all(|node| !matches!(node, Node::File(bytes) if bytes.seen != bytes.safe));
        let left: &[Left] = match all_bytes_safe {
            true => &[Left::Nothing],
            false => &[Left::Nothing, Left::All, Left::Head, Left::Tail],
        };
        for names in 0..1_usize << open.len() {
            for left in left {
                let kept = |node: usize| {
                    let bit = open.iter().position(|open| *open == node);
                    bit.is_some_and(|bit| names >> bit & 1 == 1)
                };
                let content = Content {
                    nodes: after_power_cut(nodes, *left, kept),
                    facts: self.content.facts.clone(),
                };
                let what = format!("power cut, unsynced bytes: {left:?}, names: {names:b}");
                disks.push((what, Memory::of(content)));
            }
        }
        disks
    }
}

impl Memory {
    /// An empty disk.
    pub(crate) fn new() -> Self {
        Self::of(Content {
            nodes: vec![folder()],
            facts: Vec::new(),
        })
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
        Shot {
            moment: "now".to_owned(),
            content: self.inner().content.clone(),
        }
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
        part: Part,
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
            film.push(Shot {
                moment,
                content: self.content.clone(),
            });
        }
    }
}

fn folder() -> Node {
    Node::Folder {
        seen: Names::new(),
        safe: Names::new(),
    }
}

fn after_power_cut(nodes: &[Node], left: Left, kept: impl Fn(usize) -> bool) -> Vec<Node> {
    let survive = |(at, node): (usize, &Node)| match node {
        Node::File(bytes) => Node::File(bytes.after_power_cut(left)),
        Node::Folder { seen, safe } => {
            let names = if kept(at) { seen } else { safe };
            Node::Folder {
                seen: names.clone(),
                safe: names.clone(),
            }
        }
    };
    nodes.iter().enumerate().map(survive).collect()
}

impl Content {
    fn find(&self, path: &Path) -> io::Result<usize> {
        let mut at = 0;
        for part in path.components() {
            let Component::Normal(name) = part else {
                continue;
            };
            let Node::Folder { seen, .. } = &self.nodes[at] else {
                return Err(Errno::ENOTDIR.into());
            };
            at = *seen.get(name).ok_or(Errno::ENOENT)?;
        }
        Ok(at)
    }

    fn names(&mut self, folder: &Path) -> io::Result<&mut Names> {
        let at = self.find(folder)?;
        match &mut self.nodes[at] {
            Node::Folder { seen, .. } => Ok(seen),
            Node::File(_) => Err(Errno::ENOTDIR.into()),
        }
    }

    fn bytes(&mut self, at: usize) -> io::Result<&mut Bytes> {
        match &mut self.nodes[at] {
            Node::File(bytes) => Ok(bytes),
            Node::Folder { .. } => Err(Errno::EISDIR.into()),
        }
    }

    fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let at = self.nodes.len();
        let (above, name) = split(path);
        let names = self.names(above)?;
        if names.contains_key(name) {
            return Err(Errno::EEXIST.into());
        }
        names.insert(name.to_owned(), at);
        self.nodes.push(node);
        Ok(at)
    }
}

fn split(path: &Path) -> (&Path, &OsStr) {
    (
        path.parent().unwrap_or(Path::new("/")),
        path.file_name().unwrap_or_default(),
    )
}

impl Disk for Memory {
    fn read(&self, part: Part, path: &Path) -> io::Result<Vec<u8>> {
        self.step(part, Op::Read, |content, _| {
            let at = content.find(path)?;
            Ok(content.bytes(at)?.seen.clone())
        })
    }

    fn exists(&self, part: Part, path: &Path) -> io::Result<bool> {
        self.step(part, Op::Look, |content, _| Ok(content.find(path).is_ok()))
    }

    fn list(&self, part: Part, folder: &Path) -> io::Result<Vec<OsString>> {
        self.step(part, Op::List, |content, _| {
            Ok(content.names(folder)?.keys().cloned().collect())
        })
    }

    fn make_folder(&self, part: Part, path: &Path) -> io::Result<()> {
        self.step(part, Op::MakeFolder, |content, much| match much {
            Much::All => content.add(path, folder()).map(drop),
            Much::Refused => Ok(()),
        })
    }

    fn create(&self, part: Part, path: &Path) -> io::Result<Box<dyn OpenFile>> {
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

    fn open(&self, part: Part, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let node = self.step(part, Op::Open, |content, _| content.find(path))?;
        Ok(Box::new(MemoryFile {
            disk: self.clone(),
            part,
            node,
        }))
    }

    fn rename(&self, part: Part, from: &Path, to: &Path) -> io::Result<()> {
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

    fn remove(&self, part: Part, path: &Path) -> io::Result<()> {
        self.step(part, Op::Remove, |content, much| {
            if much != Much::All {
                return Ok(());
            }
            let (folder, name) = split(path);
            let removed = content.names(folder)?.remove(name);
            Ok(removed.map(drop).ok_or(Errno::ENOENT)?)
        })
    }

    fn sync_folder(&self, part: Part, path: &Path) -> io::Result<()> {
        self.step(part, Op::SyncFolder, |content, much| {
            let at = content.find(path)?;
            if let (Node::Folder { seen, safe }, Much::All) = (&mut content.nodes[at], much) {
                safe.clone_from(seen);
            }
            Ok(())
        })
    }

    fn lock(&self, path: &Path, wait: Wait) -> io::Result<Option<Held>> {
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
    part: Part,
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
                // What a failed sync was for is given up, and never written.
                Much::Refused => bytes.unsafe_yet.clear(),
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn with_file(bytes: &[u8]) -> (Memory, super::super::Shared) {
        let memory = Memory::new();
        let disk: super::super::Shared = Arc::new(memory.clone());
        disk.write_new(Part::Journal, Path::new("/a"), bytes)
            .expect("nothing fails");
        (memory, disk)
    }

    fn seen(memory: &Memory) -> BTreeSet<Option<Vec<u8>>> {
        let read = |(_, disk): (String, Memory)| disk.read(Part::Journal, Path::new("/a")).ok();
        memory.shot().left().into_iter().map(read).collect()
    }

    #[test]
    fn a_name_is_safe_after_the_sync_of_its_folder_and_bytes_after_their_own() {
        let (memory, disk) = with_file(b"1234");
        assert_eq!(seen(&memory), [None, Some(b"1234".to_vec())].into());
        disk.sync_folder(Part::Run, Path::new("/"))
            .expect("nothing fails");
        assert_eq!(seen(&memory), [Some(b"1234".to_vec())].into());

        let mut file = disk
            .open(Part::Journal, Path::new("/a"))
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
        disk.sync_folder(Part::Run, Path::new("/"))
            .expect("nothing fails");
        let mut file = disk
            .open(Part::Journal, Path::new("/a"))
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
