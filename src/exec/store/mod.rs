//! Where runs are kept: their records in a [`storage`](super::record::storage), and beside each, on the
//! machine that drives it, a folder below the user's state folder, never in a work tree.
//!
//! ```text
//! $RUNBOOK_STATE_DIR | $XDG_STATE_HOME/runbook | ~/.local/state/runbook
//! └─ PROJECT/
//!    ├─ runs.index            what was found out about ended runs: a cache
//!    ├─ messages/             files that channels write to
//!    ├─ known-errors/         which entry answers which message, as runs began
//!    └─ runs/ULID/
//!       ├─ …                  its record, where files keep it
//!       ├─ known-errors      which of them the run began with
//!       ├─ evidence/          files that people attached
//!       └─ steps/ID.N/        one try of a step: command, log, outputs, exit record
//! ```

mod begin;
mod closed;
mod drive;
pub mod driving;
mod error;
mod explained;
mod index;
mod run;
pub mod sending;
pub mod tries;

pub use drive::LockedRun;
pub use error::StoreError;
pub use explained::Explained;
pub use index::Index;
pub use run::Run;

use crate::exec::record::disk::{self, Shared};
use crate::exec::record::storage::Storage;
use crate::exec::record::storage::files::Files;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The runs of one project.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where their records are.
    storage: Arc<dyn Storage>,
    /// Where this machine keeps what their tries leave, and what is not the record of a run.
    folder: PathBuf,
}

impl Store {
    /// The store of a project below the state folder `root`.
    pub fn new(root: &Path, project: &str) -> Self {
        Self::on(disk::real(), root, project)
    }

    /// The same on this disk.
    pub fn on(disk: Shared, root: &Path, project: &str) -> Self {
        let folder = root.join(project);
        Self::over(Arc::new(Files::new(disk, folder.clone())), folder)
    }

    /// The runs whose records are in this storage, with a folder of this machine.
    pub fn over(storage: Arc<dyn Storage>, folder: PathBuf) -> Self {
        Self { storage, folder }
    }

    /// The folder with a folder for each run on this machine.
    pub fn runs_folder(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// Every run that came fully into being, the oldest first.
    ///
    /// # Errors
    /// When a folder or plan cannot be read.
    pub fn runs(&self) -> Result<Vec<Run>, StoreError> {
        self.ids()?.iter().map(|id| self.load(id)).collect()
    }

    /// The ids of the runs that came fully into being, the oldest first.
    ///
    /// # Errors
    /// When the folder of runs cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.storage.ids()?)
    }

    /// The run whose id ends with `name`, in any case of letters.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, name: &str) -> Result<Run, StoreError> {
        let wanted = name.to_ascii_uppercase();
        let mut found = self.ids()?;
        found.retain(|id| id.ends_with(&wanted));
        match found.as_slice() {
            [] => Err(StoreError::NoRun(name.to_owned())),
            [id] => self.load(id),
            ids => Err(StoreError::Ambiguous {
                name: name.to_owned(),
                runs: ids.iter().map(|id| short(id).to_owned()).collect(),
            }),
        }
    }
}

/// What people call the run with this id: its last six characters.
pub fn short(id: &str) -> &str {
    let start = id.len().saturating_sub(6);
    id.get(start..).unwrap_or(id)
}
