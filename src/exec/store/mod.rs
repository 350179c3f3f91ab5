//! Where runs are kept: one folder a run, below the user's state folder, never in a work tree.
//!
//! ```text
//! $RUNBOOK_STATE_DIR | $XDG_STATE_HOME/runbook | ~/.local/state/runbook
//! └─ PROJECT/
//!    ├─ create.lock           held while a run comes into being
//!    ├─ runs.index            what was found out about ended runs: a cache
//!    ├─ messages/             files that channels write to
//!    └─ runs/ULID/
//!       ├─ plan.json          the frozen plan
//!       ├─ plan-ULID.json     a changed plan that a person let the run go on by
//!       ├─ journal.jsonl      what happened
//!       ├─ lock               held by whoever drives the run
//!       ├─ inbox/             answers from other terminals
//!       ├─ evidence/          files that people attached
//!       └─ steps/ID.N/        one try of a step: command, log, outputs, exit record
//! ```
//!
//! A run comes into being at once: it is put together as `.ULID`, synced, and renamed.

mod begin;
mod closed;
mod drive;
pub mod driving;
mod error;
mod index;
mod run;
pub mod sending;
pub mod tries;

pub use drive::Driven;
pub use error::StoreError;
pub use index::{Index, Stamp};
pub use run::Run;

use crate::exec::record::disk::{self, Part, Shared};
use error::failed;
use std::path::{Path, PathBuf};

/// The runs of one project.
#[derive(Debug, Clone)]
pub struct Store {
    disk: Shared,
    folder: PathBuf,
}

impl Store {
    /// The store of a project below the state folder `root`.
    pub fn new(root: &Path, project: &str) -> Self {
        Self::on(disk::real(), root, project)
    }

    /// The same on this disk.
    pub fn on(disk: Shared, root: &Path, project: &str) -> Self {
        Self {
            disk,
            folder: root.join(project),
        }
    }

    fn runs_folder(&self) -> PathBuf {
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
        let folder = self.runs_folder();
        let found = self.disk.exists(Part::Store, &folder);
        if !found.map_err(failed("read", &folder))? {
            return Ok(Vec::new());
        }
        // One that lost its journal or plan is a run all the same, and has to be seen.
        let names = self.names()?.into_iter();
        Ok(names.filter(|name| is_id(name)).collect())
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.runs_folder();
        let names = self.disk.list(Part::Store, &folder);
        let names = names.map_err(failed("read", &folder))?;
        Ok(names
            .into_iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
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

    /// Makes sure that a run is found again. Whoever began it may have died before that.
    fn sync_names(&self) -> Result<(), StoreError> {
        let root = self.folder.parent().unwrap_or(Path::new("/"));
        for folder in [&self.runs_folder(), &self.folder, root] {
            self.disk
                .sync_folder(Part::Store, folder)
                .map_err(failed("sync", folder))?;
        }
        Ok(())
    }
}

/// What people call the run with this id: its last six characters.
pub fn short(id: &str) -> &str {
    let start = id.len().saturating_sub(6);
    id.get(start..).unwrap_or(id)
}

/// Whether a name in the folder of runs is that of a run.
fn is_id(name: &str) -> bool {
    ulid::Ulid::from_string(name).is_ok()
}

/// Whether a name in the folder of runs is that of one that has not come into being.
fn is_unborn(name: &str) -> bool {
    name.starts_with('.')
}
