//! Where runs are kept: one folder a run, below the user's state folder, never in a work tree.
//!
//! ```text
//! $RUNBOOK_STATE_DIR | $XDG_STATE_HOME/runbook | ~/.local/state/runbook
//! └─ PROJECT/
//!    ├─ create.lock           held while a run comes into being
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

use crate::exec::disk::{self, Held, Part, Shared, Wait};
use crate::exec::event::Event;
use crate::exec::inbox::Inbox;
use crate::exec::journal::{self, Contents, Journal, JournalError};
use crate::exec::machine::Machine;
use crate::exec::plan::{Plan, sha256};
use crate::exec::replan::Changed;
use crate::exec::state::{Driver, RunState};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long a verb may hold the lock of a run that we want to drive.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often that lock is tried.
const LOOK: Duration = Duration::from_millis(10);

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
    #[error("`{key}` is locked by the open run {run} of `{runbook}`{driver}")]
    Locked {
        /// The lock.
        key: String,
        /// The run that has it.
        run: String,
        /// Its runbook.
        runbook: String,
        /// Who drives it, as the end of the sentence.
        driver: String,
    },
    /// A run began under this key before.
    #[error("run {} has the key `{key}`", run.short())]
    Known {
        /// The key.
        key: String,
        /// That run.
        run: Box<Run>,
    },
    /// A run cannot be read, and what it has is not known.
    #[error("run {run} cannot be read, so nobody knows whether it has {what}: {source}")]
    Unknown {
        /// The run.
        run: String,
        /// What it may have, as in "the lock `prod`".
        what: String,
        /// Why it cannot be read.
        source: Box<StoreError>,
    },
    /// Another process drives the run.
    #[error("run {run} is being driven by {by}")]
    Driven {
        /// The run.
        run: String,
        /// That process, and since when it drives, if that is known.
        by: String,
    },
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
    disk: Shared,
    folder: PathBuf,
}

/// A run as it stands on disk.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id, a ULID.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The plan that it goes by: the last one that a person let it go on by.
    pub plan: Plan,
    /// The SHA-256 of the plan that it began with.
    pub digest: String,
    /// The SHA-256 of the plan that it goes by.
    pub current: String,
    /// The disk that it is on.
    pub disk: Shared,
}

/// A run with the right to drive it, for as long as this lives.
pub struct Driven {
    /// The run.
    pub run: Run,
    /// Its journal.
    pub journal: Journal,
    _lock: Held,
}

impl Run {
    /// What people call it: the last six characters of its id.
    pub fn short(&self) -> &str {
        short(&self.id)
    }

    fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// Where files are kept that people attach.
    pub fn evidence(&self) -> PathBuf {
        self.folder.join("evidence")
    }

    /// Where answers from other terminals are put.
    pub fn inbox(&self) -> Inbox {
        Inbox::new(self.disk.clone(), self.folder.join("inbox"))
    }

    /// What happened so far, read without any right to change it.
    ///
    /// # Errors
    /// [`JournalError::Altered`] if the journal was altered.
    pub fn contents(&self) -> Result<Contents, StoreError> {
        let path = self.journal();
        let bytes = self
            .disk
            .read(Part::Journal, &path)
            .map_err(failed("read", &path))?;
        Ok(
            journal::read(&bytes, &self.digest).map_err(|(line, what)| JournalError::Altered {
                path,
                line,
                what,
            })?,
        )
    }

    /// The state of the run, read without any right to change it.
    ///
    /// # Errors
    /// [`JournalError::Altered`] if the journal was altered.
    pub fn state(&self) -> Result<RunState, StoreError> {
        Ok(RunState::fold(&self.contents()?.entries))
    }
}

impl Driven {
    /// Lets the run go on by a changed plan: both are on disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; then the run goes by the plan it had.
    pub fn change_plan(
        &mut self,
        at: String,
        by: String,
        reason: String,
        changed: Changed,
    ) -> Result<(), StoreError> {
        let (disk, folder) = (self.run.disk.clone(), self.run.folder.clone());
        let file = format!("plan-{}.json", ulid::Ulid::generate());
        let (path, bytes) = (folder.join(&file), changed.plan.to_bytes());
        disk.write_new(Part::Plan, &path, &bytes)
            .map_err(failed("write", &path))?;
        disk.sync_folder(Part::Run, &folder)
            .map_err(failed("sync", &folder))?;
        let new = sha256(&bytes);
        let event = Event::PlanChanged {
            by,
            reason,
            file,
            old: self.run.current.clone(),
            new: new.clone(),
            difference: changed.difference,
        };
        self.journal.append(at, event)?;
        self.run.plan = changed.plan;
        self.run.current = new;
        Ok(())
    }
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
        let mut ids = Vec::new();
        for id in self.names()?.into_iter().filter(|name| !is_unborn(name)) {
            let journal = folder.join(&id).join("journal.jsonl");
            let found = self.disk.exists(Part::Run, &journal);
            if found.map_err(failed("read", &journal))? {
                ids.push(id);
            }
        }
        Ok(ids)
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

    /// The run with this id.
    ///
    /// # Errors
    /// When its plan cannot be read.
    pub fn load(&self, id: &str) -> Result<Run, StoreError> {
        let folder = self.runs_folder().join(id);
        let path = folder.join("plan.json");
        let bytes = self
            .disk
            .read(Part::Plan, &path)
            .map_err(failed("read", &path))?;
        let digest = sha256(&bytes);
        let bytes = self.changed_plan(&folder, &digest)?.unwrap_or(bytes);
        let plan = serde_json::from_slice(&bytes).map_err(|error| StoreError::Plan {
            run: id.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Run {
            id: id.to_owned(),
            folder,
            plan,
            digest,
            current: sha256(&bytes),
            disk: self.disk.clone(),
        })
    }

    /// The last plan that a person let the run go on by; nothing if it goes by its first. A journal
    /// that was altered names none: whoever reads it says so.
    fn changed_plan(&self, folder: &Path, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = folder.join("journal.jsonl");
        let journal = self
            .disk
            .read(Part::Journal, &path)
            .map_err(failed("read", &path))?;
        // Inside of a text the quotes would be escaped.
        if !String::from_utf8_lossy(&journal).contains(r#""type":"plan.changed""#) {
            return Ok(None);
        }
        let Ok(contents) = journal::read(&journal, digest) else {
            return Ok(None);
        };
        let Some((file, new)) = last_change(&contents) else {
            return Ok(None);
        };
        let path = folder.join(file);
        let bytes = self
            .disk
            .read(Part::Plan, &path)
            .map_err(failed("read", &path))?;
        match sha256(&bytes) == *new {
            true => Ok(Some(bytes)),
            false => Err(StoreError::Plan {
                run: short(&folder.to_string_lossy()).to_owned(),
                reason: format!("{file} is not what the journal says of it"),
            }),
        }
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

    /// Begins a run: its plan and its first event are on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Known`] if a run has the same key, [`StoreError::Locked`] if an open run has the
    /// same lock.
    pub fn begin(&self, plan: Plan, at: String) -> Result<Driven, StoreError> {
        let runs = self.runs_folder();
        self.disk
            .make_folders(Part::Store, &runs)
            .map_err(failed("make", &runs))?;
        let creating = self.folder.join("create.lock");
        let _creating = self
            .disk
            .lock(&creating, Wait::Forever)
            .map_err(failed("lock", &creating))?;
        self.refuse_known(&plan)?;
        self.refuse_locked(&plan)?;
        self.remove_unborn()?;
        let id = ulid::Ulid::generate().to_string();
        let (unborn, folder) = (runs.join(format!(".{id}")), runs.join(&id));
        self.put_together(&unborn, &id, &plan, at.clone())?;
        self.disk
            .rename(Part::Run, &unborn, &folder)
            .map_err(failed("name", &folder))?;
        self.drive(self.load(&id)?, at)
    }

    /// Writes and syncs all that a run begins with.
    fn put_together(
        &self,
        folder: &Path,
        id: &str,
        plan: &Plan,
        at: String,
    ) -> Result<(), StoreError> {
        for path in [folder, &folder.join("inbox"), &folder.join("steps")] {
            self.disk
                .make_folder(Part::Run, path)
                .map_err(failed("make", path))?;
        }
        let (path, bytes) = (folder.join("plan.json"), plan.to_bytes());
        self.disk
            .write_new(Part::Plan, &path, &bytes)
            .map_err(failed("write", &path))?;
        let created = Event::RunCreated {
            runbook: plan.runbook.clone(),
            version: plan.version.clone(),
            initiator: plan.initiator.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            source: Some(plan.source.clone()),
            target_commit: plan.target_commit.clone(),
            uncommitted: plan.uncommitted.clone(),
            run_key: plan.run_key.clone(),
            incident: plan.incident.clone(),
        };
        let path = folder.join("journal.jsonl");
        Journal::create(&self.disk, &path, id, &sha256(&bytes), at, created)?;
        self.disk
            .sync_folder(Part::Run, folder)
            .map_err(failed("sync", folder))
    }

    /// Removes what a crash left of runs that did not come into being.
    fn remove_unborn(&self) -> Result<(), StoreError> {
        for name in self.names()?.iter().filter(|name| is_unborn(name)) {
            let path = self.runs_folder().join(name);
            self.disk
                .remove(Part::Run, &path)
                .map_err(failed("remove", &path))?;
        }
        Ok(())
    }

    /// The same key is the same run.
    fn refuse_known(&self, plan: &Plan) -> Result<(), StoreError> {
        let Some(key) = &plan.run_key else {
            return Ok(());
        };
        for id in self.ids()? {
            let run = self.load(&id);
            let run = run.map_err(unknown(&id, || format!("the key `{key}`")))?;
            if run.plan.run_key.as_ref() == Some(key) {
                return Err(StoreError::Known {
                    key: key.clone(),
                    run: Box::new(run),
                });
            }
        }
        Ok(())
    }

    fn refuse_locked(&self, plan: &Plan) -> Result<(), StoreError> {
        let Some(key) = &plan.lock else { return Ok(()) };
        let what = || format!("the lock `{key}`");
        for id in self.ids()? {
            let run = self.load(&id).map_err(unknown(&id, what))?;
            if run.plan.lock.as_ref() != Some(key) {
                continue;
            }
            let state = run.state().map_err(unknown(&id, what))?;
            if state.end.is_none() {
                let driver = state.living_driver(&Machine::here());
                return Err(StoreError::Locked {
                    key: key.clone(),
                    run: run.short().to_owned(),
                    driver: driver.map_or_else(String::new, |driver| {
                        format!(", driven by {}", driver.words())
                    }),
                    runbook: run.plan.runbook,
                });
            }
        }
        Ok(())
    }

    /// Removes a run that has ended, with all that is in its folder: at once, so that a crash leaves
    /// all of it or nothing that counts.
    ///
    /// # Errors
    /// [`StoreError::Driven`] if somebody drives it.
    pub fn remove(&self, run: Run) -> Result<(), StoreError> {
        let creating = self.folder.join("create.lock");
        let _creating = self
            .disk
            .lock(&creating, Wait::Forever)
            .map_err(failed("lock", &creating))?;
        let path = run.folder.join("lock");
        let _held = self
            .disk
            .lock(&path, Wait::Never)
            .map_err(failed("lock", &path))?
            .ok_or_else(|| driven(&run, driver(&run).as_ref()))?;
        let gone = self.runs_folder().join(format!(".{}", run.id));
        self.disk
            .rename(Part::Run, &run.folder, &gone)
            .map_err(failed("remove", &run.folder))?;
        self.disk
            .remove(Part::Run, &gone)
            .map_err(failed("remove", &gone))
    }

    /// Takes the right to drive a run, and mends what a crash left in its journal.
    ///
    /// # Errors
    /// [`StoreError::Driven`] if another process has it.
    pub fn drive(&self, run: Run, at: String) -> Result<Driven, StoreError> {
        let held = self.hold(&run)?;
        self.sync_names()?;
        let journal = Journal::open(&self.disk, &run.journal(), &run.id, &run.digest, at)?;
        Ok(Driven {
            run,
            journal,
            _lock: held,
        })
    }

    /// The lock of a run that nobody drives. A verb that holds it for a moment is waited for.
    fn hold(&self, run: &Run) -> Result<Held, StoreError> {
        let path = run.folder.join("lock");
        let began = Instant::now();
        loop {
            let held = self.disk.lock(&path, Wait::Never);
            if let Some(held) = held.map_err(failed("lock", &path))? {
                return Ok(held);
            }
            let by = driver(run);
            if by.is_some() || began.elapsed() > PATIENCE {
                return Err(driven(run, by.as_ref()));
            }
            thread::sleep(LOOK);
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

/// Whoever drives a run, if that process can be seen to live.
fn driver(run: &Run) -> Option<Driver> {
    run.state().ok()?.living_driver(&Machine::here()).cloned()
}

/// Somebody else has the lock of a run: its driver, or one of the verbs that hold it for a moment.
fn driven(run: &Run, by: Option<&Driver>) -> StoreError {
    StoreError::Driven {
        run: run.short().to_owned(),
        by: by.map_or_else(|| "another process".to_owned(), Driver::words),
    }
}

fn unknown(id: &str, what: impl Fn() -> String) -> impl FnOnce(StoreError) -> StoreError {
    move |source| StoreError::Unknown {
        run: short(id).to_owned(),
        what: what(),
        source: Box::new(source),
    }
}

/// What people call the run with this id: its last six characters.
pub fn short(id: &str) -> &str {
    let start = id.len().saturating_sub(6);
    id.get(start..).unwrap_or(id)
}

/// The file of the last plan that a person let the run go on by, and its SHA-256.
fn last_change(contents: &Contents) -> Option<(&String, &String)> {
    let mut entries = contents.entries.iter().rev();
    entries.find_map(|entry| match &entry.event {
        // A name with a folder in it was never written by us.
        Event::PlanChanged { file, new, .. } if !file.contains('/') => Some((file, new)),
        _ => None,
    })
}

/// Whether a name in the folder of runs is that of one that has not come into being.
fn is_unborn(name: &str) -> bool {
    name.starts_with('.')
}
