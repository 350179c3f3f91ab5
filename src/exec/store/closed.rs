//! Whether the folder of runs is closed to other accounts. Whoever may write in it, or may put another one in
//! its place, may put runs there, take the place of ours, and have us start what they like; so nothing is read
//! or begun in one that is open to others.

use super::Store;
use super::error::StoreError;
use crate::exec::record::storage::failed_at;
use nix::unistd::Uid;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Everybody may make, rename and remove what is in a folder.
const ALL_WRITE: u32 = 0o002;
/// Everybody may reach what is in a folder.
const ALL_ENTER: u32 = 0o001;
/// What is in a folder is renamed and removed by its owner alone, as in `/tmp`.
const STICKY: u32 = 0o1000;

impl Store {
    /// Refuses a folder of runs that other accounts may write in, that is another account's, or that others may
    /// put another one in the place of. Those that are not there yet are made closed.
    ///
    /// # Errors
    /// [`StoreError::OpenToAll`], [`StoreError::NotOurs`], or the operating system's reason.
    pub fn refuse_open_to_all(&self) -> Result<(), StoreError> {
        let root = self.folder.parent().unwrap_or(Path::new("/"));
        for above in above(root) {
            let found = fs::metadata(&above).map_err(failed_at("read", &above))?;
            if is_open(&found) && !is_sticky(&found) {
                return Err(StoreError::OpenToAll {
                    folder: above,
                    close: "chmod o-w",
                });
            }
        }
        for folder in [root, &self.folder, &self.runs_folder()] {
            let found = match fs::metadata(folder) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(failed_at("read", folder)(error).into()),
            };
            if folder == root && is_open(&found) && is_sticky(&found) {
                self.is_ours_in_a_shared_one()?;
                continue;
            }
            if is_open(&found) {
                return Err(StoreError::OpenToAll {
                    folder: folder.to_owned(),
                    close: "chmod -R o=",
                });
            }
            is_ours(folder, &found)?;
            // Nobody else comes to what is below.
            if found.mode() & ALL_ENTER == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Refuses what a folder that is open to all holds under this project's name, if it is not a folder of
    /// ours: anybody may have put it there.
    fn is_ours_in_a_shared_one(&self) -> Result<(), StoreError> {
        match fs::symlink_metadata(&self.folder) {
            Ok(found) if found.is_symlink() => Err(not_ours(&self.folder, "is a symbolic link")),
            Ok(found) => is_ours(&self.folder, &found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed_at("read", &self.folder)(error).into()),
        }
    }
}

/// The folders that are there above one, links followed, from the outermost on.
fn above(folder: &Path) -> Vec<PathBuf> {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = whole.ancestors().find_map(|at| at.canonicalize().ok());
    let there = there.unwrap_or_default();
    let is_whole = whole.exists();
    let mut above: Vec<_> = there.ancestors().map(Path::to_owned).collect();
    if is_whole {
        above.remove(0);
    }
    above.reverse();
    above
}

fn is_open(found: &Metadata) -> bool {
    found.mode() & ALL_WRITE != 0 && found.mode() & ALL_ENTER != 0
}

fn is_sticky(found: &Metadata) -> bool {
    found.mode() & STICKY != 0
}

/// That a folder is this account's, or root's, who may do everything anyway.
fn is_ours(folder: &Path, found: &Metadata) -> Result<(), StoreError> {
    let owner = Uid::from_raw(found.uid());
    match owner == Uid::effective() || owner.is_root() {
        true => Ok(()),
        false => Err(not_ours(folder, &format!("belongs to account {owner}"))),
    }
}

fn not_ours(folder: &Path, why: &str) -> StoreError {
    StoreError::NotOurs {
        folder: folder.to_owned(),
        why: why.to_owned(),
    }
}
