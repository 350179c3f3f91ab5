//! The record of one run in the files of its folder.

use super::JOURNAL;
use super::lines::FileLines;
use crate::exec::record::disk::{FileKind, Shared, Wait};
use crate::exec::record::storage::{
    CHANGED_PLAN, FIRST_PLAN, Lines, LockGuard, Record, Stamp, StorageError, failed_at,
};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The record of one run in files.
#[derive(Debug)]
pub(super) struct FileRecord {
    pub(super) disk: Shared,
    /// The folder of the run.
    pub(super) folder: PathBuf,
    /// The folders above it, whose names lead to it.
    pub(super) above: Vec<PathBuf>,
}

impl FileRecord {
    fn journal(&self) -> PathBuf {
        self.folder.join(JOURNAL)
    }

    fn inbox(&self) -> PathBuf {
        self.folder.join("inbox")
    }

    fn waiting(&self, id: &str) -> PathBuf {
        self.inbox().join(format!("{id}.json"))
    }

    fn refused(&self, id: &str) -> PathBuf {
        self.inbox().join(format!("{id}.refused"))
    }

    /// Makes sure that the run is found again. Whoever began it may have died before that.
    fn sync_names(&self) -> Result<(), StorageError> {
        for folder in &self.above {
            let synced = self.disk.sync_folder(FileKind::Store, folder);
            synced.map_err(failed_at("sync", folder))?;
        }
        Ok(())
    }

    fn exists(&self, part: FileKind, path: &Path) -> Result<bool, StorageError> {
        self.disk
            .exists(part, path)
            .map_err(failed_at("read", path))
    }
}

impl Record for FileRecord {
    fn place(&self) -> String {
        self.journal().display().to_string()
    }

    fn plan(&self, name: &str) -> Result<Vec<u8>, StorageError> {
        let path = self.folder.join(name);
        let read = self.disk.read(FileKind::Plan, &path);
        read.map_err(failed_at("read", &path))
    }

    fn has_changed_plans(&self) -> Result<bool, StorageError> {
        // Its file is there before the journal names it, and journals may be long.
        let names = self.disk.list(FileKind::Run, &self.folder);
        let names = names.map_err(failed_at("read", &self.folder))?;
        let is_changed = |name: &OsString| name.to_string_lossy().starts_with(CHANGED_PLAN);
        Ok(names.iter().any(is_changed))
    }

    fn add_plan(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let path = self.folder.join(name);
        let written = self.disk.write_new(FileKind::Plan, &path, bytes);
        written.map_err(failed_at("write", &path))?;
        let synced = self.disk.sync_folder(FileKind::Run, &self.folder);
        synced.map_err(failed_at("sync", &self.folder))
    }

    fn lines(&self) -> Result<Box<dyn Read + Send>, StorageError> {
        let path = self.journal();
        let reader = self.disk.reader(FileKind::Journal, &path);
        reader.map_err(failed_at("read", &path))
    }

    fn lock(&self) -> Result<Option<LockGuard>, StorageError> {
        let path = self.folder.join("lock");
        let held = self.disk.lock(&path, Wait::Never);
        held.map_err(failed_at("lock", &path))
    }

    fn open(&self, whole: &[u8], torn: &[u8]) -> Result<Box<dyn Lines>, StorageError> {
        self.sync_names()?;
        let lines = FileLines::open(&self.disk, &self.journal(), whole, torn)?;
        Ok(Box::new(lines))
    }

    fn send(&self, id: &str, text: &[u8]) -> Result<(), StorageError> {
        let path = self.waiting(id);
        let written = self.disk.replace(FileKind::Letter, &path, text);
        written.map_err(failed_at("write", &path))
    }

    /// A copy of a run may have come without the folder, as many tools leave out empty ones: then there
    /// are none.
    fn letters(&self) -> Result<Vec<String>, StorageError> {
        let folder = self.inbox();
        let names = match self.disk.list(FileKind::Letter, &folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            names => names.map_err(failed_at("read", &folder))?,
        };
        let id = |name: &OsString| {
            let id = name.to_str()?.strip_suffix(".json")?;
            (!id.starts_with('.')).then(|| id.to_owned())
        };
        Ok(names.iter().filter_map(id).collect())
    }

    fn letter(&self, id: &str) -> Result<Vec<u8>, StorageError> {
        let path = self.waiting(id);
        let read = self.disk.read(FileKind::Letter, &path);
        read.map_err(failed_at("read", &path))
    }

    fn put_away(&self, id: &str, refusal: Option<&str>) -> Result<(), StorageError> {
        if let Some(why) = refusal {
            let path = self.refused(id);
            let written = self.disk.replace(FileKind::Refusal, &path, why.as_bytes());
            written.map_err(failed_at("write", &path))?;
        }
        let path = self.waiting(id);
        let removed = self.disk.remove(FileKind::Letter, &path);
        removed.map_err(failed_at("remove", &path))
    }

    fn waits(&self, id: &str) -> Result<bool, StorageError> {
        self.exists(FileKind::Letter, &self.waiting(id))
    }

    fn refusal(&self, id: &str) -> Result<Option<String>, StorageError> {
        let path = self.refused(id);
        if !self.exists(FileKind::Refusal, &path)? {
            return Ok(None);
        }
        let why = self.disk.read(FileKind::Refusal, &path);
        let why = why.map_err(failed_at("read", &path))?;
        Ok(Some(String::from_utf8_lossy(&why).into_owned()))
    }

    /// Of its first plan and of its journal: length, inode, and when content and inode were changed.
    fn stamp(&self) -> Option<Stamp> {
        let mut numbers = Vec::new();
        let mut last = 0;
        for name in [FIRST_PLAN, JOURNAL] {
            let found = fs::metadata(self.folder.join(name)).ok()?;
            let content = nanoseconds(found.mtime(), found.mtime_nsec());
            let inode = nanoseconds(found.ctime(), found.ctime_nsec());
            numbers.extend([found.len().into(), found.ino().into(), content, inode]);
            last = last.max(inode);
        }
        Some(Stamp::new(numbers, last))
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}
