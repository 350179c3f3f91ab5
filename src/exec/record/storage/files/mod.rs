//! Records in files: one folder a run, below the user's state folder, never in a work tree.
//!
//! ```text
//! FOLDER/
//! ├─ create.lock           held while a run comes into being
//! └─ runs/ULID/
//!    ├─ plan.json          the frozen plan
//!    ├─ plan-ULID.json     a changed plan that a person let the run go on by
//!    ├─ journal.jsonl      what happened
//!    ├─ lock               held by whoever drives the run
//!    └─ inbox/             answers from other terminals
//! ```
//!
//! A run comes into being at once: it is put together as `.ULID`, synced, and renamed.

mod lines;
mod record;

use super::{FIRST_PLAN, LockGuard, NewRun, Record, Storage, StorageError, failed_at};
use crate::exec::record::disk::{FileKind, Shared, Wait};
use record::FileRecord;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of a run's journal in its folder.
const JOURNAL: &str = "journal.jsonl";

/// Records in the files of a folder.
#[derive(Debug, Clone)]
pub struct Files {
    disk: Shared,
    folder: PathBuf,
}

impl Files {
    /// The records of one project in this folder of a disk.
    pub fn new(disk: Shared, folder: PathBuf) -> Self {
        Self { disk, folder }
    }

    fn runs(&self) -> PathBuf {
        self.folder.join("runs")
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        let folder = self.runs();
        let names = self.disk.list(FileKind::Store, &folder);
        let names = names.map_err(failed_at("read", &folder))?;
        let names = names.into_iter();
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    /// Removes what a crash left of runs that did not come into being.
    fn remove_unborn(&self) -> Result<(), StorageError> {
        for name in self.names()?.iter().filter(|name| is_unborn(name)) {
            let path = self.runs().join(name);
            let removed = self.disk.remove(FileKind::Run, &path);
            removed.map_err(failed_at("remove", &path))?;
        }
        Ok(())
    }

    /// Writes and syncs all that a run begins with.
    fn put_together(&self, folder: &Path, run: NewRun<'_>) -> Result<(), StorageError> {
        for path in [folder, &folder.join("inbox"), &folder.join("steps")] {
            let made = self.disk.make_folder(FileKind::Run, path);
            made.map_err(failed_at("make", path))?;
        }
        let path = folder.join(FIRST_PLAN);
        let written = self.disk.write_new(FileKind::Plan, &path, run.plan);
        written.map_err(failed_at("write", &path))?;
        lines::begin(&self.disk, &folder.join(JOURNAL), run.line)?;
        let synced = self.disk.sync_folder(FileKind::Run, folder);
        synced.map_err(failed_at("sync", folder))
    }
}

impl Storage for Files {
    fn ids(&self) -> Result<Vec<String>, StorageError> {
        let folder = self.runs();
        let found = self.disk.exists(FileKind::Store, &folder);
        if !found.map_err(failed_at("read", &folder))? {
            return Ok(Vec::new());
        }
        // One that lost its journal or plan is a run all the same, and has to be seen.
        let names = self.names()?.into_iter();
        Ok(names.filter(|name| is_id(name)).collect())
    }

    fn deciding(&self) -> Result<LockGuard, StorageError> {
        let runs = self.runs();
        let made = self.disk.make_folders(FileKind::Store, &runs);
        made.map_err(failed_at("make", &runs))?;
        let path = self.folder.join("create.lock");
        let held = self.disk.lock(&path, Wait::Forever);
        let held = held.map_err(failed_at("lock", &path))?;
        Ok(held.expect("a lock that waits is had"))
    }

    fn create(&self, run: NewRun<'_>) -> Result<(), StorageError> {
        self.remove_unborn()?;
        let runs = self.runs();
        let (unborn, folder) = (runs.join(format!(".{}", run.id)), runs.join(run.id));
        self.put_together(&unborn, run)?;
        let named = self.disk.rename(FileKind::Run, &unborn, &folder);
        named.map_err(failed_at("name", &folder))
    }

    fn remove(&self, id: &str) -> Result<(), StorageError> {
        let folder = self.runs().join(id);
        let gone = self.runs().join(format!(".{id}"));
        let renamed = self.disk.rename(FileKind::Run, &folder, &gone);
        renamed.map_err(failed_at("remove", &folder))?;
        let removed = self.disk.remove(FileKind::Run, &gone);
        removed.map_err(failed_at("remove", &gone))
    }

    fn record(&self, id: &str) -> Arc<dyn Record> {
        let runs = self.runs();
        let root = self.folder.parent().unwrap_or(Path::new("/")).to_owned();
        Arc::new(FileRecord {
            disk: self.disk.clone(),
            folder: runs.join(id),
            above: vec![runs, self.folder.clone(), root],
        })
    }
}

/// Whether a name in the folder of runs is that of a run.
fn is_id(name: &str) -> bool {
    ulid::Ulid::from_string(name).is_ok()
}

/// Whether a name in the folder of runs is that of one that has not come into being.
fn is_unborn(name: &str) -> bool {
    name.starts_with('.')
}
