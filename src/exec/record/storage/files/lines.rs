//! A journal in a file that grows.
//!
//! A sync that failed is never tried again: what it was for may be lost although a later one succeeds. So a
//! file that failed once takes nothing more, and whoever opens it writes its last line again before they
//! rely on it.

use crate::exec::digest::sha256;
use crate::exec::record::disk::{FileKind, OpenFile, Shared};
use crate::exec::record::storage::{Lines, StorageError, failed_at};
use std::path::{Path, PathBuf};

/// A journal's file, open for more lines.
pub(super) struct FileLines {
    path: PathBuf,
    file: Box<dyn OpenFile>,
    /// How many bytes it holds.
    length: u64,
}

/// Writes the file of a new journal, which has one line.
pub(super) fn begin(disk: &Shared, path: &Path, line: &str) -> Result<(), StorageError> {
    let file = disk.create(FileKind::Journal, path);
    let file = file.map_err(failed_at("create", path))?;
    let mut lines = FileLines {
        path: path.to_owned(),
        file,
        length: 0,
    };
    lines.add(line)
}

impl FileLines {
    /// Opens a file that holds these lines, and then `torn`, which is kept aside and only then cut off.
    pub(super) fn open(
        disk: &Shared,
        path: &Path,
        whole: &[u8],
        torn: &[u8],
    ) -> Result<Self, StorageError> {
        let file = disk.open(FileKind::Journal, path);
        let file = file.map_err(failed_at("open", path))?;
        let mut lines = Self {
            path: path.to_owned(),
            file,
            length: whole.len() as u64,
        };
        if !torn.is_empty() {
            let aside = path.with_file_name(format!("torn-{}", &sha256(torn)[..16]));
            let kept = disk.replace(FileKind::Torn, &aside, torn);
            kept.map_err(failed_at("write", &aside))?;
            let cut = lines.file.cut(lines.length);
            cut.map_err(failed_at("cut", path))?;
        }
        lines.write_last_again(whole)?;
        Ok(lines)
    }

    /// Writes the last line once more and syncs it: the process that wrote it may have been
    /// unable to.
    fn write_last_again(&mut self, whole: &[u8]) -> Result<(), StorageError> {
        let before = &whole[..whole.len().saturating_sub(1)];
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        self.write(start as u64, &whole[start..])
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let written = self.file.write_at(at, bytes);
        written.map_err(failed_at("write", &self.path))?;
        self.file.sync().map_err(failed_at("sync", &self.path))
    }
}

impl Lines for FileLines {
    fn add(&mut self, line: &str) -> Result<(), StorageError> {
        self.write(self.length, line.as_bytes())?;
        self.length += line.len() as u64;
        Ok(())
    }
}
