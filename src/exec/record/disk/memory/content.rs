//! What is on a disk in memory: folders with names and files with bytes.

use super::bytes::Bytes;
use nix::errno::Errno;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path};

/// What is on the disk, and what is known outside.
#[derive(Clone, Default, Hash)]
pub(super) struct Content {
    pub(super) nodes: Vec<Node>,
    pub(super) facts: Vec<String>,
}

/// A folder or a file.
#[derive(Clone, Hash)]
pub(super) enum Node {
    Folder { seen: Names, safe: Names },
    File(Bytes),
}

/// The names in a folder, and which node each of them means.
pub(super) type Names = BTreeMap<OsString, usize>;

pub(super) fn folder() -> Node {
    Node::Folder {
        seen: Names::new(),
        safe: Names::new(),
    }
}

impl Content {
    pub(super) fn empty() -> Self {
        Self {
            nodes: vec![folder()],
            facts: Vec::new(),
        }
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<usize> {
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

    pub(super) fn names(&mut self, folder: &Path) -> io::Result<&mut Names> {
        let at = self.find(folder)?;
        match &mut self.nodes[at] {
            Node::Folder { seen, .. } => Ok(seen),
            Node::File(_) => Err(Errno::ENOTDIR.into()),
        }
    }

    pub(super) fn bytes(&mut self, at: usize) -> io::Result<&mut Bytes> {
        match &mut self.nodes[at] {
            Node::File(bytes) => Ok(bytes),
            Node::Folder { .. } => Err(Errno::EISDIR.into()),
        }
    }

    pub(super) fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
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

pub(super) fn split(path: &Path) -> (&Path, &OsStr) {
    (
        path.parent().unwrap_or(Path::new("/")),
        path.file_name().unwrap_or_default(),
    )
}
