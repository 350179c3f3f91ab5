//! What was once found out about runs, so that a list of thousands need not read each again.
//!
//! It is only a cache: `runs.index` in the state folder may be removed at any time, and one that
//! cannot be read or written is none. What is remembered of a run counts as long as the files that
//! it follows from are those that were read, by length, inode and times. Nothing is decided by it:
//! whoever lets a run begin or go on reads plan and journal, and proves the chain.

use super::{Run, Store};
use crate::exec::record::storage::{Stamp, Storage};
use crate::files::regular;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// An index of another program, or of another form, is none.
const FORM: &str = concat!("4 ", env!("CARGO_PKG_VERSION"));

/// What is remembered of runs: a `T` for each.
#[derive(Debug)]
pub struct Index<T> {
    path: PathBuf,
    storage: Arc<dyn Storage>,
    known: BTreeMap<String, Remembered<T>>,
    is_changed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Remembered<T> {
    stamp: Stamp,
    found: T,
}

#[derive(Serialize)]
struct Written<'i, T> {
    form: &'i str,
    known: &'i BTreeMap<String, Remembered<T>>,
}

#[derive(Deserialize)]
struct Read<T> {
    form: String,
    known: BTreeMap<String, Remembered<T>>,
}

impl Store {
    /// What was remembered of the runs of this project.
    pub fn index<T: DeserializeOwned>(&self) -> Index<T> {
        let path = self.folder.join("runs.index");
        let read = regular::read(&path).ok();
        let read = read.and_then(|bytes| serde_json::from_slice::<Read<T>>(&bytes).ok());
        Index {
            path,
            storage: self.storage.clone(),
            known: read
                .filter(|read| read.form == FORM)
                .map(|read| read.known)
                .unwrap_or_default(),
            is_changed: false,
        }
    }
}

impl<T: Serialize> Index<T> {
    /// What a run is like; to be asked before it is read.
    pub fn stamp(&self, id: &str) -> Option<Stamp> {
        self.storage.record(id).stamp()
    }

    /// What is remembered of a run whose files are as they were.
    pub fn get(&self, id: &str, stamp: &Stamp) -> Option<&T> {
        let known = self.known.get(id)?;
        (known.stamp == *stamp).then_some(&known.found)
    }

    /// Remembers what was found in a run after its files had this stamp.
    pub fn put(&mut self, run: &Run, stamp: Stamp, found: T) {
        // One that goes by a changed plan follows from more files than these.
        if run.current == run.digest && !stamp.is_young(SystemTime::now()) {
            self.known
                .insert(run.id.clone(), Remembered { stamp, found });
            self.is_changed = true;
        }
    }

    /// Writes down what is remembered of these runs; the others are gone.
    pub fn keep(mut self, ids: &[String]) {
        let before = self.known.len();
        self.known.retain(|id, _| ids.binary_search(id).is_ok());
        if self.is_changed || self.known.len() < before {
            // Who may only read does without.
            let _ = self.write();
        }
    }

    fn write(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let known = &self.known;
        file.write_all(&serde_json::to_vec(&Written { form: FORM, known })?)?;
        file.persist(&self.path)?;
        Ok(())
    }
}
