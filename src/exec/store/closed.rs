//! Whether the folder of runs is closed to other accounts. Whoever may write in it may put runs there, take
//! the place of ours, and have us start what they like; so nothing is read or begun in one that is open
//! to all.

use super::Store;
use super::error::{StoreError, failed};
use nix::unistd::Uid;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Everybody may make, rename and remove what is in a folder.
const ALL_WRITE: u32 = 0o002;
/// Everybody may reach what is in a folder.
const ALL_ENTER: u32 = 0o001;
/// What is in a folder is renamed and removed by its owner alone, as in `/tmp`.
const STICKY: u32 = 0o1000;

impl Store {
    /// Refuses a folder of runs that every account may write in. Those that are not there yet are made
    /// closed.
    ///
    /// # Errors
    /// [`StoreError::OpenToAll`], or the operating system's reason.
    pub fn refuse_open_to_all(&self) -> Result<(), StoreError> {
        let root = self.folder.parent().unwrap_or(Path::new("/"));
        for folder in [root, &self.folder, &self.runs_folder()] {
            let found = match fs::metadata(folder) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(failed("read", folder)(error)),
            };
            let may_share = folder == root && self.is_ours_in(&found);
            if found.mode() & ALL_WRITE != 0 && found.mode() & ALL_ENTER != 0 && !may_share {
                return Err(StoreError::OpenToAll {
                    folder: folder.to_owned(),
                });
            }
            // Nobody else comes to what is below.
            if found.mode() & ALL_ENTER == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether what a folder holds of this project is ours, and stays so.
    fn is_ours_in(&self, root: &Metadata) -> bool {
        let project = fs::symlink_metadata(&self.folder);
        let is_ours = project.map_or_else(
            |error| error.kind() == io::ErrorKind::NotFound,
            |found| found.is_dir() && found.uid() == Uid::effective().as_raw(),
        );
        root.mode() & STICKY != 0 && is_ours
    }
}
