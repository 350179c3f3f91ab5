//! Where runs are kept: one folder a run, below the user's state folder, never in a work tree.
//!
//! ```text
//! $RUNBOOK_STATE_DIR | $XDG_STATE_HOME/runbook | ~/.local/state/runbook
//! └─ PROJECT/
//!    ├─ create.lock           held while a run comes into being
//!    └─ runs/ULID/
//!       ├─ plan.json          the frozen plan
//!       ├─ journal.jsonl      what happened
//!       ├─ lock               held by whoever drives the run
//!       ├─ inbox/             answers from other terminals
//!       └─ steps/ID.N/        one try of a step: command, log, outputs, exit record
//! ```

use crate::exec::event::Event;
use crate::exec::journal::{self, Journal, JournalError};
use crate::exec::plan::{Plan, sha256};
use crate::exec::state::RunState;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Why a run could not be found, read or begun.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What we tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The journal cannot be trusted or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan is not one that this program wrote.
    #[error("the plan of run {run} cannot be read: {reason}")]
    Plan {
        /// The run.
        run: String,
        /// Why.
        reason: String,
    },
    /// Another run has the lock.
    #[error("`{key}` is locked by the open run {run} of `{runbook}`")]
    Locked {
        /// The lock.
        key: String,
        /// The run that has it.
        run: String,
        /// Its runbook.
        runbook: String,
    },
    /// Another process drives the run.
    #[error("run {0} is being driven by another process")]
    Driven(String),
    /// No run has this name.
    #[error("no run `{0}`")]
    NoRun(String),
    /// More than one run has this name.
    #[error("`{name}` means several runs: {}", runs.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// The runs it fits.
        runs: Vec<String>,
    },
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io {
        action,
        path,
        source,
    }
}

/// Makes a folder, and those above it, that only its owner can enter.
///
/// # Errors
/// The operating system's reason.
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// The runs of one project.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// A run as it stands on disk.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id, a ULID.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its plan.
    pub plan: Plan,
    /// The SHA-256 of its plan.
    pub digest: String,
}

/// A run with the right to drive it, for as long as this lives.
pub struct Driven {
    /// The run.
    pub run: Run,
    /// Its journal.
    pub journal: Journal,
    _lock: Flock<File>,
}

impl Run {
    /// What people call it: the last six characters of its id.
    pub fn short(&self) -> &str {
        &self.id[self.id.len().saturating_sub(6)..]
    }

    fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// Where answers from other terminals are put.
    pub fn inbox(&self) -> PathBuf {
        self.folder.join("inbox")
    }

    /// The state of the run, read without any right to change it.
    ///
    /// # Errors
    /// [`JournalError::Altered`] if the journal was altered.
    pub fn state(&self) -> Result<RunState, StoreError> {
        let path = self.journal();
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let contents = journal::read(&bytes, &self.digest)
            .map_err(|(line, what)| JournalError::Altered { path, line, what })?;
        Ok(RunState::fold(&contents.entries))
    }
}

impl Store {
    /// The store of a project below the state folder `root`.
    pub fn new(root: &Path, project: &str) -> Self {
        Self {
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
        let folder = self.runs_folder();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &folder)(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed("read", &folder))?;
            if entry.path().join("journal.jsonl").exists() {
                ids.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        ids.sort();
        ids.iter().map(|id| self.load(id)).collect()
    }

    fn load(&self, id: &str) -> Result<Run, StoreError> {
        let folder = self.runs_folder().join(id);
        let path = folder.join("plan.json");
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let plan = serde_json::from_slice(&bytes).map_err(|error| StoreError::Plan {
            run: id.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Run {
            id: id.to_owned(),
            folder,
            plan,
            digest: sha256(&bytes),
        })
    }

    /// The runs that have not ended.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn open_runs(&self) -> Result<Vec<Run>, StoreError> {
        let mut open = Vec::new();
        for run in self.runs()? {
            if run.state()?.end.is_none() {
                open.push(run);
            }
        }
        Ok(open)
    }

    /// The run whose id ends with `name`, in any case of letters.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, name: &str) -> Result<Run, StoreError> {
        let wanted = name.to_ascii_uppercase();
        let mut found: Vec<Run> = self
            .runs()?
            .into_iter()
            .filter(|run| run.id.ends_with(&wanted))
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(run), true) => Ok(run),
            (None, _) => Err(StoreError::NoRun(name.to_owned())),
            (Some(last), false) => {
                found.push(last);
                let runs = found.iter().map(|run| run.short().to_owned()).collect();
                Err(StoreError::Ambiguous {
                    name: name.to_owned(),
                    runs,
                })
            }
        }
    }

    /// Begins a run: its plan and its first event are on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if an open run has the same lock.
    pub fn begin(&self, plan: Plan, at: String) -> Result<Driven, StoreError> {
        private_folder(&self.folder).map_err(failed("make", &self.folder))?;
        let _creating = lock(&self.folder.join("create.lock"), FlockArg::LockExclusive)?
            .expect("a lock that waits is had");
        self.refuse_locked(&plan)?;
        let id = ulid::Ulid::generate().to_string();
        let folder = self.runs_folder().join(&id);
        for path in [folder.join("inbox"), folder.join("steps")] {
            private_folder(&path).map_err(failed("make", &path))?;
        }
        let bytes = plan.to_bytes();
        write_synced(&folder.join("plan.json"), &bytes)?;
        let run = Run {
            digest: sha256(&bytes),
            id,
            folder,
            plan,
        };
        let held = lock(&run.folder.join("lock"), FlockArg::LockExclusiveNonblock)?;
        let created = Event::RunCreated {
            runbook: run.plan.runbook.clone(),
            version: run.plan.version.clone(),
            initiator: run.plan.initiator.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            source: Some(run.plan.source.clone()),
            target_commit: run.plan.target_commit.clone(),
            uncommitted: run.plan.uncommitted.clone(),
        };
        let journal = Journal::create(&run.journal(), &run.id, &run.digest, at, created)?;
        for folder in [&run.folder, &self.runs_folder()] {
            sync_folder(folder).map_err(failed("sync", folder))?;
        }
        let held = held.ok_or_else(|| StoreError::Driven(run.short().to_owned()))?;
        Ok(Driven {
            run,
            journal,
            _lock: held,
        })
    }

    fn refuse_locked(&self, plan: &Plan) -> Result<(), StoreError> {
        let Some(key) = &plan.lock else { return Ok(()) };
        let other = self
            .open_runs()?
            .into_iter()
            .find(|run| run.plan.lock.as_ref() == Some(key));
        match other {
            Some(run) => Err(StoreError::Locked {
                key: key.clone(),
                run: run.short().to_owned(),
                runbook: run.plan.runbook,
            }),
            None => Ok(()),
        }
    }

    /// Takes the right to drive a run, and mends what a crash left in its journal.
    ///
    /// # Errors
    /// [`StoreError::Driven`] if another process has it.
    pub fn drive(&self, run: Run, at: String) -> Result<Driven, StoreError> {
        let held = lock(&run.folder.join("lock"), FlockArg::LockExclusiveNonblock)?;
        let held = held.ok_or_else(|| StoreError::Driven(run.short().to_owned()))?;
        let journal = Journal::open(&run.journal(), &run.id, &run.digest, at)?;
        Ok(Driven {
            run,
            journal,
            _lock: held,
        })
    }
}

/// Takes a lock file; `None` if another process has it and `how` does not wait.
fn lock(path: &Path, how: FlockArg) -> Result<Option<Flock<File>>, StoreError> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(failed("open", path))?;
    match Flock::lock(file, how) {
        Ok(held) => Ok(Some(held)),
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(failed("lock", path)(errno.into())),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    use std::io::Write;
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed("create", path))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed("write", path))
}

/// Makes sure that the names in a folder survive a power cut.
///
/// # Errors
/// The operating system's reason.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
