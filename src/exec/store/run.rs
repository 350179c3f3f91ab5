//! A run as it is read: its plan, what happened, and the state that follows. Reading takes no lock.

use super::error::StoreError;
use super::explained::Knowledge;
use super::{Store, short};
use crate::exec::digest::sha256;
use crate::exec::plan::{FORMAT, Plan};
use crate::exec::record::event::Event;
use crate::exec::record::inbox::Inbox;
use crate::exec::record::journal::{self, Contents, Entry, Misfit};
use crate::exec::record::storage::{FIRST_PLAN, Record, StorageError};
use crate::exec::state::RunState;
use crate::exec::state::proofs::Followed;
use crate::exec::store::tries::Tries;
use crate::files::regular;
use serde::Deserialize;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A run as it stands in its record.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id, a ULID.
    pub id: String,
    /// The folder of this machine for what its tries leave.
    pub folder: PathBuf,
    /// The plan that it goes by: the last one that a person let it go on by.
    pub plan: Plan,
    /// The SHA-256 of the plan that it began with.
    pub digest: String,
    /// The SHA-256 of the plan that it goes by.
    pub current: String,
    /// Where plans, journal and letters are.
    pub record: Arc<dyn Record>,
    /// What the project knew of messages when it began.
    pub(super) knowledge: Knowledge,
}

impl Run {
    /// What people call it: the last six characters of its id.
    pub fn short(&self) -> &str {
        short(&self.id)
    }

    /// The state folder of the project: what all its runs share.
    pub fn state_folder(&self) -> PathBuf {
        let above = self.folder.ancestors().nth(2);
        above.unwrap_or(&self.folder).to_owned()
    }

    /// The folder that holds the state folders of all projects.
    pub fn state_root(&self) -> PathBuf {
        let project = self.state_folder();
        project.parent().unwrap_or(&project).to_owned()
    }

    /// Where files are kept that people attach.
    pub fn evidence(&self) -> PathBuf {
        self.folder.join("evidence")
    }

    /// Where answers from other terminals are put.
    pub fn inbox(&self) -> Inbox {
        Inbox::new(self.record.clone())
    }

    /// What happened so far, read without any right to change it.
    ///
    /// # Errors
    /// When the journal is not read, or cannot be.
    pub fn contents(&self) -> Result<Contents, StoreError> {
        let record = self.record.as_ref();
        Ok(journal::contents_of(record, &self.digest, &self.id)?)
    }

    /// The plans that the run went by, in order, as far as these lines of its journal say. One that is not what the
    /// journal says of it is left out.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn plans(&self, entries: &[Entry]) -> Result<Vec<Followed>, StoreError> {
        let changed = entries.iter().filter_map(|entry| match &entry.event {
            Event::PlanChanged { file, new, .. } => Some((file.as_str(), new)),
            _ => None,
        });
        let named = std::iter::once((FIRST_PLAN, &self.digest)).chain(changed);
        let mut plans = Vec::new();
        for (file, digest) in named {
            // The one that it goes by is at hand.
            if *digest == self.current {
                plans.push(Followed {
                    digest: digest.clone(),
                    plan: self.plan.clone(),
                });
                continue;
            }
            let bytes = self.record.plan(file);
            let bytes = bytes.map_err(|error| damaged(&self.id, file, error))?;
            let plan = read_plan(&bytes).map_err(|why| StoreError::Plan {
                run: self.short().to_owned(),
                reason: format!("{file}: {why}"),
            })?;
            if sha256(&bytes) == *digest {
                let digest = digest.clone();
                plans.push(Followed { digest, plan });
            }
        }
        Ok(plans)
    }

    /// The state of the run, read without any right to change it.
    ///
    /// # Errors
    /// When the journal is not read, or cannot be.
    pub fn state(&self) -> Result<RunState, StoreError> {
        let mut state = RunState::default();
        let mut apply = |at: &str, event: &Event| state.apply(at, event);
        let record = self.record.as_ref();
        journal::follow(record, &self.digest, &self.id, &mut apply)?;
        Ok(state)
    }

    /// The state of the run, which was this one a moment ago, if its folder holds no other tries than
    /// its journal knows.
    ///
    /// # Errors
    /// [`StoreError::Mixed`]; and as for [`Run::state`].
    pub fn fitting(&self, state: RunState) -> Result<RunState, StoreError> {
        let tries = Tries::of(&self.folder);
        if tries.misfits(&self.id, &self.plan, &state).is_empty() {
            return Ok(state);
        }
        // One may have begun between the two looks.
        let state = self.state()?;
        match tries
            .misfits(&self.id, &self.plan, &state)
            .into_iter()
            .next()
        {
            None => Ok(state),
            Some(what) => Err(StoreError::Mixed {
                run: self.short().to_owned(),
                what,
            }),
        }
    }

    /// Refuses a run that is in another folder as well, and would go on in both.
    ///
    /// # Errors
    /// [`StoreError::Twice`].
    pub fn refuse_twin(&self) -> Result<(), StoreError> {
        match Tries::of(&self.folder).twin() {
            None => Ok(()),
            Some(other) => Err(StoreError::Twice {
                run: self.short().to_owned(),
                folder: self.folder.clone(),
                other,
            }),
        }
    }
}

impl Store {
    /// The run with this id.
    ///
    /// # Errors
    /// When its plan cannot be read.
    pub fn load(&self, id: &str) -> Result<Run, StoreError> {
        let record = self.storage.record(id);
        let bytes = record.plan(FIRST_PLAN);
        let bytes = bytes.map_err(|error| self.without_plan(id, error))?;
        let digest = sha256(&bytes);
        let changed = changed_plan(id, record.as_ref(), &digest)?;
        let bytes = changed.unwrap_or(bytes);
        let plan = read_plan(&bytes).map_err(|why| match why {
            // Who wrote the journal vouches for the plan: without that, it may have been altered as well.
            NotRead::Newer(format) if is_vouched_for(record.as_ref(), &digest) => {
                StoreError::NewerPlan {
                    run: short(id).to_owned(),
                    format,
                }
            }
            why => StoreError::Plan {
                run: short(id).to_owned(),
                reason: why.to_string(),
            },
        })?;
        Ok(Run {
            id: id.to_owned(),
            folder: self.runs_folder().join(id),
            plan,
            digest,
            current: sha256(&bytes),
            record,
            knowledge: Knowledge::default(),
        })
    }

    /// Why a run has no plan that could be read: it was removed meanwhile, or its record is damaged,
    /// as a run is never without one.
    fn without_plan(&self, id: &str, error: StorageError) -> StoreError {
        match self.storage.ids() {
            Ok(ids) if !ids.iter().any(|there| there == id) => {
                StoreError::NoRun(short(id).to_owned())
            }
            _ => damaged(id, FIRST_PLAN, error),
        }
    }
}

/// Why a plan cannot be read.
#[derive(Debug, thiserror::Error)]
enum NotRead {
    #[error("it is of format {0}, and this program knows up to {FORMAT}")]
    Newer(u32),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

fn read_plan(bytes: &[u8]) -> Result<Plan, NotRead> {
    /// The one member that every format has.
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let Head { format } = serde_json::from_slice(bytes)?;
    match format > FORMAT {
        true => Err(NotRead::Newer(format)),
        false => Ok(serde_json::from_slice(bytes)?),
    }
}

/// Whether the journal is one that was begun with the plan that has this digest.
fn is_vouched_for(record: &dyn Record, digest: &str) -> bool {
    let text = journal::text_of(record);
    text.is_ok_and(|text| match journal::read(&text, digest) {
        Ok(_) => true,
        Err(misfit) => matches!(misfit, Misfit::Newer { .. }),
    })
}

/// The last plan that a person let the run go on by; nothing if it goes by its first. A journal
/// that was altered names none: whoever reads it says so.
fn changed_plan(
    id: &str,
    record: &dyn Record,
    digest: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    if !record.has_changed_plans()? {
        return Ok(None);
    }
    let Ok(contents) = journal::read(&journal::text_of(record)?, digest) else {
        return Ok(None);
    };
    let Some((file, new)) = last_change(&contents) else {
        return Ok(None);
    };
    let bytes = record.plan(file);
    let bytes = bytes.map_err(|error| damaged(id, file, error))?;
    match sha256(&bytes) == *new {
        true => Ok(Some(bytes)),
        false => Err(StoreError::Plan {
            run: short(id).to_owned(),
            reason: format!("{file} is not what the journal says of it"),
        }),
    }
}

/// A plan could not be read: it is lost or no file, which no program of ours leaves; or the storage
/// refused.
fn damaged(id: &str, name: &str, error: StorageError) -> StoreError {
    let plan = |reason: String| StoreError::Plan {
        run: short(id).to_owned(),
        reason,
    };
    match error.source.kind() {
        io::ErrorKind::NotFound => plan(format!("{name} is missing")),
        _ if regular::is_no_file(&error.source) => plan(format!("{name}: {}", error.source)),
        _ => error.into(),
    }
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
